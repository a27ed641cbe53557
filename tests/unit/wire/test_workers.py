"""Threads that nobody waits for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from vmi_console.wire.tasks import Tasks
from vmi_console.wire.workers import Stopped, Workers


async def test_results_and_errors_come_back() -> None:
    workers = Workers("test", 2)
    assert await workers.run(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await workers.run(divmod, 7, 0)
    workers.stop()


@pytest.mark.timeout(20)
async def test_giving_up_does_not_wait_and_drops_the_answer() -> None:
    workers = Workers("test", 1)
    begun, release, ended = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        begun.set()
        release.wait()
        ended.set()

    async with asyncio.TaskGroup() as tasks:
        hanging = tasks.create_task(workers.run(hang))
        waiting = tasks.create_task(workers.run(threading.get_ident))
        await asyncio.sleep(0)
        begun.wait()
        hanging.cancel()
        waiting.cancel()
    assert not ended.is_set()
    workers.stop()
    release.set()
    ended.wait()


async def test_whoever_waits_for_what_is_not_begun_any_more_is_told() -> None:
    workers = Workers("test", 1)
    begun, release = threading.Event(), threading.Event()

    def hang() -> int:
        begun.set()
        release.wait()
        return 7

    async with Tasks() as tasks, asyncio.timeout(10):
        first = tasks.start(workers.run(hang), "first")
        await asyncio.sleep(0)
        begun.wait()
        second = tasks.start(_refused(workers), "second")
        await asyncio.sleep(0)
        workers.stop()
        await second
        await _refused(workers)
        release.set()
        assert await first == 7, "what was begun is answered"


async def _refused(workers: Workers) -> None:
    with pytest.raises(Stopped):
        await workers.run(threading.get_ident)
