"""Who is looked at when: asked for, new, written to, its memory due, seldom otherwise; never faster than the pace."""

from __future__ import annotations

import asyncio
from datetime import time

import pytest

from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.introspection.rounds import Due, Pace, Rounds

ONE, TWO, THREE = (entity_id("vm", "here", str(number)) for number in (1, 2, 3))
QUICK = Pace(changed_s=0.2, memory_s=0.5, idle_s=60.0, slowest_s=60.0)


async def turn(rounds: Rounds, within: float = 2.0) -> Due | None:
    """Whose turn it is, if it is anybody's by then."""
    try:
        async with asyncio.timeout(within):
            return await rounds.next()
    except TimeoutError:
        return None


async def due(rounds: Rounds, within: float = 2.0) -> EntityId | None:
    one = await turn(rounds, within)
    return None if one is None else one.vm


def looked(rounds: Rounds, one: Due | None, read_bytes: int = 0, failed: bool = False) -> None:
    assert one is not None
    rounds.done(one, read_bytes=read_bytes, failed=failed)


async def test_everybody_is_looked_at_once_in_the_order_they_were_seen() -> None:
    rounds = Rounds(QUICK, memory=False)
    for vm in (ONE, TWO, THREE):
        rounds.seen(vm, running=True, token="a")
    turns = [await turn(rounds) for _ in range(3)]
    assert [one.vm for one in turns if one is not None] == [ONE, TWO, THREE]
    for one in turns:
        looked(rounds, one)
    assert await due(rounds, 0.4) is None, "nothing has moved"


async def test_a_guest_whose_disks_are_written_to_is_looked_at_again_but_not_at_once() -> None:
    rounds = Rounds(QUICK, memory=False)
    rounds.seen(ONE, running=True, token="a")
    looked(rounds, await turn(rounds))
    rounds.seen(ONE, running=True, token="b")
    assert await due(rounds, 0.1) is None
    assert await due(rounds) == ONE


async def test_memory_is_looked_at_though_nothing_was_written() -> None:
    rounds = Rounds(QUICK)
    rounds.seen(ONE, running=True, token="a")
    rounds.seen(TWO, running=False, token="off")
    looked(rounds, await turn(rounds))
    looked(rounds, await turn(rounds))
    assert await due(rounds, 0.3) is None
    assert await due(rounds) == ONE
    assert await due(rounds, 0.7) is None, "what is switched off has no memory"


async def test_who_is_asked_for_is_next_whatever_the_pace() -> None:
    rounds = Rounds(QUICK, memory=False)
    for vm in (ONE, TWO):
        rounds.seen(vm, running=True, token="a")
    looked(rounds, await turn(rounds), read_bytes=1 << 40)
    rounds.ask_for(TWO)
    assert await due(rounds, 0.5) == TWO


async def test_bytes_are_paid_for_in_time() -> None:
    rounds = Rounds(Pace(bytes_per_s=1000, changed_s=0.0), memory=False)
    rounds.seen(ONE, running=True, token="a")
    rounds.seen(TWO, running=True, token="a")
    looked(rounds, await turn(rounds), read_bytes=500)
    assert await due(rounds, 0.2) is None
    assert await due(rounds, 2.0) == TWO


async def test_a_guest_that_cannot_be_read_is_left_alone_for_longer_and_longer() -> None:
    rounds = Rounds(QUICK, memory=False)
    rounds.seen(ONE, running=True, token="a")
    looked(rounds, await turn(rounds), failed=True)
    rounds.seen(ONE, running=True, token="b")
    assert await due(rounds, 0.25) is None
    looked(rounds, await turn(rounds), failed=True)
    rounds.seen(ONE, running=True, token="c")
    assert await due(rounds, 0.6) is None
    assert await due(rounds) == ONE


async def test_a_guest_that_was_switched_on_is_new() -> None:
    rounds = Rounds(QUICK, memory=False)
    rounds.seen(ONE, running=False, token="off")
    looked(rounds, await turn(rounds))
    rounds.seen(ONE, running=True, token="a")
    assert await due(rounds, 0.2) == ONE


async def test_a_busy_hypervisor_is_asked_less() -> None:
    rounds = Rounds(QUICK, memory=False)
    rounds.slow_down(4.0)
    rounds.seen(ONE, running=True, token="a")
    looked(rounds, await turn(rounds))
    rounds.seen(ONE, running=True, token="b")
    assert await due(rounds, 0.6) is None
    assert await due(rounds) == ONE


async def test_in_quiet_hours_only_who_is_asked_for_is_looked_at() -> None:
    rounds = Rounds(Pace(quiet=(time(22), time(6))), clock=lambda: time(23))
    rounds.seen(ONE, running=True, token="a")
    rounds.seen(TWO, running=True, token="a")
    assert await due(rounds, 0.2) is None
    rounds.ask_for(TWO)
    assert await due(rounds) == TWO


async def test_who_is_gone_is_forgotten_even_while_it_is_looked_at() -> None:
    rounds = Rounds(QUICK)
    rounds.seen(ONE, running=True, token="a")
    one = await turn(rounds)
    rounds.keep(set())
    looked(rounds, one)
    assert len(rounds) == 0


async def test_who_is_wanted_comes_before_the_others() -> None:
    rounds = Rounds(QUICK, memory=False)
    for vm in (ONE, TWO, THREE):
        rounds.seen(vm, running=True, token="a")
    rounds.want(frozenset({THREE}))
    assert [await due(rounds) for _ in range(3)] == [THREE, ONE, TWO]


async def test_who_becomes_wanted_is_looked_at_at_once_and_then_more_often() -> None:
    rounds = Rounds(Pace(changed_s=0.8, wanted=0.25), memory=False)
    for vm in (ONE, TWO):
        rounds.seen(vm, running=True, token="a")
        looked(rounds, await turn(rounds))
    rounds.want(frozenset({TWO}))
    looked(rounds, await turn(rounds, 0.1))
    assert await due(rounds, 0.1) is None, "once"
    for vm in (ONE, TWO):
        rounds.seen(vm, running=True, token="b")
    assert await due(rounds, 0.5) == TWO
    assert await due(rounds) == ONE


async def test_who_is_wanted_waits_for_bytes_to_be_paid_for_too() -> None:
    rounds = Rounds(Pace(bytes_per_s=1000), memory=False)
    for vm in (ONE, TWO):
        rounds.seen(vm, running=True, token="a")
    looked(rounds, await turn(rounds), read_bytes=500)
    rounds.want(frozenset({TWO}))
    assert await due(rounds, 0.2) is None
    assert await due(rounds, 2.0) == TWO


async def test_a_look_that_the_session_did_not_outlive_is_begun_again_but_not_for_ever() -> None:
    rounds = Rounds(QUICK, memory=False)
    rounds.seen(ONE, running=True, token="a")
    assert await due(rounds) == ONE
    rounds.interrupted(ONE)
    assert await due(rounds, 0.1) == ONE
    rounds.interrupted(ONE)
    assert await due(rounds, 0.5) is None
    assert await due(rounds) == ONE


@pytest.mark.parametrize(
    ("quiet", "now", "is_quiet"),
    [
        ((time(8), time(17)), time(12), True),
        ((time(8), time(17)), time(17), False),
        ((time(22), time(6)), time(5, 59), True),
        (None, time(3), False),
    ],
)
def test_quiet_hours(quiet: tuple[time, time] | None, now: time, is_quiet: bool) -> None:
    assert Pace(quiet=quiet).is_quiet(now) is is_quiet
