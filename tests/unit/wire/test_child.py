"""Child processes come to their end, whatever they still had to say."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys

import pytest

from vmi_console.wire.child import end
from vmi_console.wire.tasks import Tasks

WORDY = "import os; os.write(1, b'x' * {size}); {then}"
MORE_THAN_IS_BUFFERED = 1 << 20


async def wordy(then: str = "", size: int = MORE_THAN_IS_BUFFERED) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WORDY.format(size=size, then=then)), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


async def ended(process: asyncio.subprocess.Process, grace: float) -> int | None:
    """The exit code; and nothing of the process is left open, which would be told where it is collected."""
    assert process.stdin is not None
    process.stdin.close()
    async with asyncio.timeout(10):
        await end(process, grace)
    return process.returncode


async def test_one_that_was_not_read_to_the_end_ends_by_itself() -> None:
    assert await ended(await wordy(), grace=8) == 0
    gc.collect()


async def test_one_that_never_stops_speaking_is_killed() -> None:
    process = await wordy("\nwhile True: os.write(1, b'x' * 65536)")
    await asyncio.sleep(0.3)  # until its words pile up
    assert await ended(process, grace=0.2) == -9
    del process
    gc.collect()


async def test_one_that_nobody_waits_for_any_more_is_killed_at_once() -> None:
    process = await wordy("\nwhile True: os.write(1, b'x' * 65536)")
    async with Tasks() as tasks:
        ending = tasks.start(ended(process, grace=60), "ending")
        await asyncio.sleep(0)  # it waits
        tasks.cancel(ending)
        await asyncio.wait([ending])
    assert process.returncode == -9
    del process
    gc.collect()


@pytest.mark.parametrize("size", [0, 3, MORE_THAN_IS_BUFFERED // 8])
async def test_one_that_has_ended_already_leaves_nothing_open(size: int) -> None:
    process = await wordy(size=size)
    while process.returncode is None:  # noqa: ASYNC110  # to wait for it is what is not done yet
        await asyncio.sleep(0.01)
    assert await ended(process, grace=0) == 0
    del process
    gc.collect()
