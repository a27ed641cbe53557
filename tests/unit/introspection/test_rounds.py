"""Who is looked at when: asked for, new, written to, its memory due, seldom otherwise; never faster than the pace."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.introspection.pace import InQuiet, Pace
from vmi_console.introspection.quiet import Quiet, read
from vmi_console.introspection.rounds import Due, Rounds

ONE, TWO, THREE = (entity_id("vm", "here", str(number)) for number in (1, 2, 3))
QUICK = Pace(at_once=3, changed_s=0.2, memory_s=0.5, idle_s=60.0, slowest_s=60.0)


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
    assert rounds.standing().slowness == 4.0
    rounds.seen(ONE, running=True, token="a")
    looked(rounds, await turn(rounds))
    rounds.seen(ONE, running=True, token="b")
    assert await due(rounds, 0.6) is None
    assert await due(rounds) == ONE


class Clock:
    """A clock that is put."""

    def __init__(self, at: str) -> None:
        self.now = datetime.fromisoformat(at).replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


NIGHTS = Quiet(read("22:00-06:00"), "Etc/UTC")


async def test_in_quiet_hours_only_who_is_asked_for_is_looked_at() -> None:
    rounds = Rounds(Pace(quiet=NIGHTS), clock=Clock("2026-11-30T23:00"))
    rounds.seen(ONE, running=True, token="a")
    rounds.seen(TWO, running=True, token="a")
    assert await due(rounds, 0.2) is None
    assert (rounds.waits(ONE), rounds.standing().waiting) == (True, 2)
    assert rounds.standing().quiet_until == datetime(2026, 12, 1, 6, tzinfo=UTC)
    rounds.ask_for(TWO)
    assert await due(rounds) == TWO
    assert (rounds.standing().waiting, rounds.standing().under_way) == (1, 1)


async def test_a_clock_that_is_put_back_is_believed() -> None:
    clock = Clock("2026-11-30T23:00")
    rounds = Rounds(Pace(quiet=NIGHTS), clock=clock)
    rounds.seen(ONE, running=True, token="a")
    assert rounds.standing().quiet
    clock.now -= timedelta(hours=2)
    assert not rounds.standing().quiet
    assert await due(rounds) == ONE


async def test_a_quiet_without_an_end_is_told_as_such() -> None:
    rounds = Rounds(Pace(quiet=Quiet(read("0-24"), "Etc/UTC")), clock=Clock("2026-11-30T23:00"))
    rounds.seen(ONE, running=True, token="a")
    assert await due(rounds, 0.1) is None
    standing = rounds.standing()
    assert (standing.quiet, standing.quiet_until, standing.waiting) == (True, None, 1)


async def test_when_quiet_hours_are_over_the_round_goes_on_by_itself() -> None:
    clock = Clock("2026-12-01T05:59:59")
    clock.now += timedelta(seconds=0.9)
    rounds = Rounds(Pace(quiet=NIGHTS), clock=clock)
    rounds.seen(ONE, running=True, token="a")
    asyncio.get_running_loop().call_later(0.05, setattr, clock, "now", datetime(2026, 12, 1, 6, tzinfo=UTC))
    assert await due(rounds) == ONE
    assert not rounds.standing().quiet


async def test_who_is_wanted_is_looked_at_in_quiet_hours_as_far_as_the_operator_says() -> None:
    def quiet(choice: InQuiet) -> Rounds:
        pace = Pace(changed_s=0.05, memory_s=60.0, quiet=NIGHTS, wanted_in_quiet=choice)
        rounds = Rounds(pace, clock=Clock("2026-11-30T23:00"))
        rounds.seen(ONE, running=True, token="a")
        rounds.seen(TWO, running=True, token="a")
        rounds.want(frozenset({TWO}))
        return rounds

    assert await due(quiet(InQuiet.NONE), 0.1) is None
    once = quiet(InQuiet.AT_ONCE)
    looked(once, await turn(once))
    once.seen(TWO, running=True, token="b")
    assert await due(once, 0.3) is None, "the rolling schedule waits"
    assert once.waits(TWO)
    once.want(frozenset())
    once.want(frozenset({TWO}))
    assert await due(once) == TWO, "somebody begins to ask again"
    always = quiet(InQuiet.ALL)
    looked(always, await turn(always))
    always.seen(TWO, running=True, token="b")
    assert await due(always) == TWO


async def test_another_pace_holds_at_once() -> None:
    rounds = Rounds(Pace(at_once=1, quiet=NIGHTS), memory=False, clock=Clock("2026-11-30T23:00"))
    for vm in (ONE, TWO, THREE):
        rounds.seen(vm, running=True, token="a")
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(turn(rounds, 5.0))
        await asyncio.sleep(0)
        rounds.go_at(Pace(at_once=1))
    looking = first.result()
    assert looking is not None, "the quiet was over"
    assert await due(rounds, 0.1) is None, "one at once"
    rounds.ask_for(TWO)
    assert await due(rounds, 0.1) is None, "whoever asks waits for a turn, too"
    async with asyncio.TaskGroup() as tasks:
        second = tasks.create_task(due(rounds, 5.0))
        await asyncio.sleep(0)
        rounds.go_at(Pace(at_once=2))
    assert second.result() == TWO
    looked(rounds, looking)
    assert await due(rounds) == THREE


async def test_what_is_owed_for_bytes_is_paid_off_at_the_new_rate() -> None:
    rounds = Rounds(Pace(bytes_per_s=1000), memory=False)
    for vm in (ONE, TWO):
        rounds.seen(vm, running=True, token="a")
    looked(rounds, await turn(rounds), read_bytes=1_000_000)
    assert await due(rounds, 0.1) is None
    rounds.go_at(Pace(bytes_per_s=100_000_000))
    assert await due(rounds, 0.5) == TWO


async def test_calls_are_paid_for_in_time() -> None:
    rounds = Rounds(Pace(calls_per_s=100.0), memory=False)
    for vm in (ONE, TWO):
        rounds.seen(vm, running=True, token="a")
    one = await turn(rounds)
    assert one is not None
    rounds.done(one, read_bytes=1, calls=50)
    assert await due(rounds, 0.2) is None
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
