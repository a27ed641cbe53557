"""Tasks and their owner: each ends in order, whoever gives up waiting for that, and nothing is left halfway."""

from __future__ import annotations

import asyncio

import pytest

from vmi_console.errors import CommandRefused
from vmi_console.wire.tasks import Tasks


class Tidy:
    """Work that has to tidy up after itself, and says when it begins to and that it has."""

    def __init__(self) -> None:
        self.running = asyncio.Event()
        self.tidying = asyncio.Event()
        self.may_go_on = asyncio.Event()
        self.tidied = False

    async def work(self) -> None:
        try:
            self.running.set()
            await asyncio.Event().wait()
        finally:
            self.tidying.set()
            await self.may_go_on.wait()
            self.tidied = True


@pytest.mark.parametrize("gives_up", [False, True], ids=["closed twice", "closed by somebody who is cancelled"])
async def test_whoever_ends_them_a_second_time_does_not_tear_a_task_out_of_its_tidying(gives_up: bool) -> None:
    tasks, tidy, others = Tasks(), Tidy(), Tasks()
    tasks.start(tidy.work(), "tidy")
    await tidy.running.wait()
    first = others.start(tasks.close(), "the first to close")
    await tidy.tidying.wait()
    if gives_up:
        others.cancel(first)
        await asyncio.wait([first])
    second = others.start(tasks.close(), "the second to close")
    await asyncio.sleep(0)
    tidy.may_go_on.set()
    await second
    assert tidy.tidied
    await others.close()


async def test_a_task_that_was_cancelled_by_itself_is_not_cancelled_again_at_the_end() -> None:
    tasks, tidy = Tasks(), Tidy()
    task = tasks.start(tidy.work(), "tidy")
    await tidy.running.wait()
    tasks.cancel(task)
    await tidy.tidying.wait()
    tasks.cancel(task)
    tidy.may_go_on.set()
    await tasks.close()
    assert tidy.tidied


async def test_what_must_not_be_left_halfway_goes_on_without_whoever_waited() -> None:
    begun, goes_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> int:
        begun.set()
        await goes_on.wait()
        done.set()
        return 7

    async with Tasks() as owner, Tasks() as others:
        waiting = others.start(owner.to_the_end(work(), "work"), "somebody who waits")
        await begun.wait()
        others.cancel(waiting)
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        goes_on.set()
        await done.wait()
        assert await owner.to_the_end(work(), "work") == 7


async def test_a_refusal_is_told_to_whoever_waits_and_to_nobody_else() -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))

    async def refuse() -> None:
        raise CommandRefused("no")

    async with Tasks() as owner:
        with pytest.raises(CommandRefused, match="no"):
            await owner.to_the_end(refuse(), "work")
    assert not told
