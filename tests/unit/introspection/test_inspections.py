"""Whoever asks for a look hears how far it is, gets it, and may give it up; the round goes on beside that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from vmi_console.errors import CommandRefused, SourceError
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.introspection.inspections import Inspections
from vmi_console.introspection.looking import Cost, Effort, Step
from vmi_console.introspection.pace import Pace
from vmi_console.introspection.rounds import Due, Rounds

ONE, TWO = (entity_id("vm", "here", str(number)) for number in (1, 2))


class Guests:
    """Guests whose looks take until they are let go on."""

    def __init__(self, *vms: EntityId) -> None:
        self.inspections = Inspections(Rounds(Pace(at_once=1, changed_s=60.0), memory=False))
        for vm in vms:
            self.inspections.rounds.seen(vm, running=True, token="a")
        self.begun: asyncio.Queue[EntityId] = asyncio.Queue()
        self.go_on = asyncio.Event()
        self.reported: list[EntityId] = []
        self.ended: list[EntityId] = []
        self.failure: Exception | None = None

    async def look(self, due: Due, effort: Effort) -> Cost:
        effort.step = Step.DISKS
        self.begun.put_nowait(due.vm)
        try:
            await self.go_on.wait()
            if self.failure is not None:
                raise self.failure
            self.reported.append(due.vm)
        finally:
            self.ended.append(due.vm)
        return Cost(read_bytes=0, failed=False)

    @asynccontextmanager
    async def looked_at(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as tasks:
            rounds = tasks.create_task(self.inspections.go_round(self.look))
            yield
            rounds.cancel()


def heard() -> tuple[list[Any], Callable[[Any], None]]:
    told: list[Any] = []
    return told, told.append


async def soon[T](awaited: Awaitable[T]) -> T:
    async with asyncio.timeout(5.0):
        return await awaited


async def test_who_asks_hears_how_far_it_is_and_waits_for_what_is_found() -> None:
    guests = Guests(ONE)
    told, tell = heard()
    async with guests.looked_at(), asyncio.TaskGroup() as tasks:
        guests.go_on.set()
        await soon(guests.begun.get())
        guests.go_on.clear()
        asked = tasks.create_task(guests.inspections.ask(ONE, tell))
        assert await soon(guests.begun.get()) == ONE
        await asyncio.sleep(0)
        assert not asked.done()
        guests.go_on.set()
        await soon(asked)
    assert [each["step"] for each in told][:2] == ["waiting", "disks"]
    assert all(each.keys() == {"step", "read_bytes", "seconds"} for each in told)


async def test_who_asks_while_a_look_is_under_way_gets_another_one() -> None:
    guests = Guests(ONE)
    async with guests.looked_at(), asyncio.TaskGroup() as tasks:
        await soon(guests.begun.get())
        asked = tasks.create_task(guests.inspections.ask(ONE, heard()[1]))
        await asyncio.sleep(0)
        guests.go_on.set()
        await soon(asked)
        assert guests.reported == [ONE, ONE]


async def test_a_look_that_nobody_waits_for_any_more_ends_and_the_round_goes_on() -> None:
    guests = Guests(ONE, TWO)
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(guests.inspections.ask(TWO, heard()[1]))
        await asyncio.sleep(0)
        async with guests.looked_at():
            assert await soon(guests.begun.get()) == TWO
            asked.cancel()
            assert await soon(guests.begun.get()) == ONE
            assert guests.ended == [TWO]
            guests.go_on.set()
            await asyncio.sleep(0.05)
            assert guests.reported == [ONE], "not again at once, either"


async def test_a_look_that_somebody_else_waits_for_goes_on() -> None:
    guests = Guests(ONE)
    async with asyncio.TaskGroup() as tasks:
        one = tasks.create_task(guests.inspections.ask(ONE, heard()[1]))
        other = tasks.create_task(guests.inspections.ask(ONE, heard()[1]))
        await asyncio.sleep(0)
        async with guests.looked_at():
            await soon(guests.begun.get())
            one.cancel()
            await asyncio.sleep(0.05)
            assert guests.ended == []
            guests.go_on.set()
            await soon(other)
    assert guests.reported == [ONE]


async def test_a_look_of_the_round_goes_on_though_who_asked_meanwhile_gives_up() -> None:
    guests = Guests(ONE)
    async with guests.looked_at(), asyncio.TaskGroup() as tasks:
        await soon(guests.begun.get())
        asked = tasks.create_task(guests.inspections.ask(ONE, heard()[1]))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.sleep(0)
        guests.go_on.set()
        await asyncio.sleep(0.05)
    assert guests.reported == [ONE], "and there is no second one"


async def test_what_is_refused_is_told_to_who_asked() -> None:
    guests = Guests(ONE)
    guests.failure = SourceError("the VM was removed")
    guests.go_on.set()
    async with guests.looked_at():
        with pytest.raises(CommandRefused, match="the VM was removed"):
            await soon(guests.inspections.ask(ONE, heard()[1]))
        with pytest.raises(CommandRefused, match="no such VM"):
            await soon(guests.inspections.ask(TWO, heard()[1]))


async def test_who_asked_outlives_the_session() -> None:
    guests = Guests(ONE, TWO)
    guests.failure = ConnectionError("the session is over")
    guests.go_on.set()
    async with asyncio.TaskGroup() as tasks:
        asked = tasks.create_task(guests.inspections.ask(ONE, heard()[1]))
        await asyncio.sleep(0)
        with pytest.raises(ExceptionGroup) as ended:
            await soon(guests.inspections.go_round(guests.look))
        assert ended.group_contains(ConnectionError)
        assert not asked.done()
        guests.failure = None
        async with guests.looked_at():
            await soon(asked)


async def test_who_waits_is_told_that_nobody_looks_any_more() -> None:
    guests = Guests(ONE, TWO)

    async def end() -> None:
        guests.inspections.keep({TWO})
        guests.inspections.give_up()

    asked = (guests.inspections.ask(vm, heard()[1]) for vm in (ONE, TWO))
    gone, lost, _ = await soon(asyncio.gather(*asked, end(), return_exceptions=True))
    assert "was removed" in str(gone)
    assert "was lost" in str(lost)
    with pytest.raises(CommandRefused, match="was lost"):  # also of one who comes too late
        await soon(guests.inspections.ask(TWO, heard()[1]))


async def test_as_many_are_looked_at_as_the_pace_says_while_it_changes() -> None:
    guests = Guests(*(entity_id("vm", "here", str(number)) for number in range(1, 6)))
    guests.inspections.rounds.go_at(Pace(at_once=1))
    async with guests.looked_at():
        await soon(guests.begun.get())
        await asyncio.sleep(0.05)
        assert guests.begun.empty()
        guests.inspections.rounds.go_at(Pace(at_once=3))
        for _ in range(2):
            await soon(guests.begun.get())
        await asyncio.sleep(0.05)
        assert guests.begun.empty()
        guests.inspections.rounds.go_at(Pace(at_once=1))
        guests.go_on.set()
        for _ in range(2):
            await soon(guests.begun.get())
    assert len(guests.reported) == 5
