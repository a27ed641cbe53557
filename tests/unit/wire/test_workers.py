"""Threads that nobody waits for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from vmi_console.wire.workers import Workers


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
