"""Turns: so many at once, in order; the number may change, and nobody's turn gets lost."""

from __future__ import annotations

import asyncio

from vmi_console.introspection.turns import Turns


class Queue:
    """Numbered tasks that hold a turn until they are let go."""

    def __init__(self, at_once: int) -> None:
        self.turns = Turns(at_once)
        self.came: list[int] = []
        self.ends: dict[int, asyncio.Event] = {}

    async def hold(self, number: int) -> None:
        self.ends[number] = asyncio.Event()
        async with self.turns:
            self.came.append(number)
            await self.ends[number].wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_turns_come_in_order_and_as_many_as_there_are() -> None:
    queue = Queue(2)
    async with asyncio.TaskGroup() as tasks:
        held = [tasks.create_task(queue.hold(number)) for number in range(6)]
        await settled()
        assert queue.came == [0, 1]
        queue.turns.allow(3)
        await settled()
        assert queue.came == [0, 1, 2]
        queue.turns.allow(1)
        held[3].cancel()
        for number in (0, 1):
            queue.ends[number].set()
        await settled()
        assert queue.came == [0, 1, 2], "two were too many"
        queue.ends[2].set()
        await settled()
        assert queue.came == [0, 1, 2, 4]
        queue.ends[4].set()
        held[5].cancel()  # in the same moment as it comes
        await settled()
        assert all(each.done() for each in held)
    async with asyncio.timeout(1):
        async with queue.turns:
            pass
