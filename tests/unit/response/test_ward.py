"""The ward: in and out, killed at every step, undone by others, changed under its hands."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from tests.unit.response.hospital import (
    ORDER,
    Estate,
    Hospital,
    Keyring,
    Killed,
    LockedKeyring,
    Steps,
    hospital,
)
from vmi_console.collectors.demo.commands.quarantine import ATTRIBUTE
from vmi_console.collectors.quarantine import ISOLATE, RESTORE, VERIFY, Done, Hold, Mode, Request, Survey
from vmi_console.errors import CommandRefused, VmiError
from vmi_console.estate.changes import Action, Amendment, Change
from vmi_console.estate.records import Power
from vmi_console.history.store import History
from vmi_console.response import acts, rounds
from vmi_console.response.journal import Journal
from vmi_console.response.keys import Keys
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.response.ward import Choice
from vmi_console.wire.tasks import Tasks

NAME = "db-01"


@pytest.fixture(autouse=True)
def looks_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "LOOK_AFTER_SECONDS", 0.0)


@pytest.fixture
def estate() -> Estate:
    return Estate()


def networks(estate: Estate, name: str = NAME) -> list[str]:
    return [estate.world.networks[nic.network].name for nic in estate.vm(name).nics if nic.network]


async def release(one: Hospital, choice: Choice = Choice.EXACT, name: str = NAME) -> Quarantine:
    return await one.ward.release(one.estate.vm(name).id, "s.tester", "over", choice)


class SlowEstate(Estate):
    """One whose actors take their time for a command: until `goes_on` is set."""

    def __init__(self, slow: str) -> None:
        super().__init__()
        self.slow = slow
        self.asked = asyncio.Event()
        self.goes_on = asyncio.Event()

    async def ask[T](self, command: str, request: Request, answer: type[T], /) -> T:
        if command == self.slow:
            self.asked.set()
            await self.goes_on.wait()
        return await super().ask(command, request, answer)


# --- in and out -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
async def test_in_and_out(estate: Estate, tmp_path: Path, mode: Mode) -> None:
    before = estate.vm(NAME)
    async with hospital(estate, tmp_path) as one:
        isolated = await one.isolate(NAME, mode=mode)
        assert isolated.stage is (Stage.OBSERVED if mode is Mode.OBSERVE else Stage.ISOLATED)
        assert one.ward.count() == (mode is not Mode.OBSERVE)
        assert (await release(one)).stage is Stage.RELEASED
        assert one.ward.all() == []
    assert estate.vm(NAME) == before


async def test_isolated_in_part_is_said_loudly(estate: Estate, tmp_path: Path) -> None:
    estate.do("add_device", vm=NAME, label="10G card")
    before = estate.vm(NAME)
    async with hospital(estate, tmp_path) as one:
        plan = await one.ward.plan(before.id, Mode.ISOLATE)
        assert plan.outlook is Stage.PARTLY
        assert "10G card" in plan.warnings[0]
        partly = await one.ward.isolate(plan.token, ORDER)
        assert partly.stage is Stage.PARTLY
        assert "10G card: not held" in partly.because
        await release(one)
    assert estate.vm(NAME) == before


@pytest.mark.parametrize("slow", [ISOLATE, RESTORE])
async def test_what_was_begun_goes_on_without_whoever_ordered_it(tmp_path: Path, slow: str) -> None:
    estate = SlowEstate(slow)
    async with hospital(estate, tmp_path) as one, Tasks() as tasks:
        if slow == RESTORE:
            await one.isolate(NAME)
        ordered = tasks.start(one.isolate(NAME) if slow == ISOLATE else release(one), "an order")
        await estate.asked.wait()
        tasks.cancel(ordered)
        await asyncio.wait([ordered])
        estate.goes_on.set()
        stage = Stage.ISOLATED if slow == ISOLATE else Stage.RELEASED
        await one.until(lambda: one.told[-1].stage is stage)


async def test_a_token_is_good_for_one_act(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        plan = await one.ward.plan(estate.vm(NAME).id, Mode.ISOLATE)
        await one.ward.isolate(plan.token, ORDER)
        await release(one)
        with pytest.raises(CommandRefused, match="no such plan"):
            await one.ward.isolate(plan.token, ORDER)


async def test_a_plan_with_problems_is_not_carried_out(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        with pytest.raises(CommandRefused, match="no network “nowhere”"):
            await one.isolate(NAME, network="nowhere")
        assert one.ward.all() == []


async def test_every_act_is_in_the_audit(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
        await release(one)
        lines = await one.journal.entries()
        assert [(line.act, line.outcome, line.by) for line in lines] == [
            ("isolate", "begun", "s.tester"),
            ("isolate", "isolated", "s.tester"),
            ("release", "begun", "s.tester"),
            ("release", "released", "s.tester"),
        ]
        assert [line.why for line in lines] == ["a test", "a test", "over", "a test"]
        assert lines[0].details == ("Network adapter 1: prod-db → quarantine", "Network adapter 2: backup → quarantine")


class Counting(Estate):
    """Somebody counts the frames of the cards: so many at each look."""

    def __init__(self, *counts: int) -> None:
        super().__init__()
        self._counts = iter(counts)

    async def ask[T](self, command: str, request: Request, answer: type[T], /) -> T:
        found = await super().ask(command, request, answer)
        if isinstance(found, (Done, Survey)) and command in (ISOLATE, VERIFY):
            frames = next(self._counts)
            channels = tuple(replace(each, frames=frames, frame_bytes=frames * 60) for each in found.channels)
            found = replace(found, channels=channels)
        return found


@pytest.mark.parametrize(
    ("counts", "stage", "notes"),
    [
        ((10, 10), Stage.ISOLATED, ()),
        ((10, 25, 25), Stage.ISOLATED, acts.LATE_FRAMES),  # what waited in a queue came all at once
        ((10, 25, 26, 27), Stage.PARTLY, ()),
    ],
)
async def test_frames_that_go_on_and_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counts: tuple[int, ...], stage: Stage, notes: tuple[str, ...]
) -> None:
    monkeypatch.setattr(acts, "BETWEEN_LOOKS_S", 0.0)
    async with hospital(Counting(*counts), tmp_path) as one:
        isolated = await one.isolate(NAME)
        assert (isolated.stage, isolated.notes) == (stage, notes)


# --- killed ---------------------------------------------------------------------------------------------------------

ISOLATING_STEPS = 10  # before and after: survey, the intention, isolate, verify, the outcome
RELEASING_STEPS = 8  # before and after: verify, the intention, restore, the outcome


@pytest.mark.parametrize("until", range(ISOLATING_STEPS + 1))
async def test_killed_while_isolating(estate: Estate, tmp_path: Path, until: int) -> None:
    before = estate.vm(NAME)
    estate.steps.until = until
    died = False
    async with hospital(estate, tmp_path) as one:
        try:
            await one.isolate(NAME)
        except Killed:
            died = True
    assert died == (until < ISOLATING_STEPS), "the number of steps is another"
    estate.steps.until = None
    async with hospital(estate, tmp_path) as two:
        await two.until(lambda: _is_settled(two))
        if until < 4:  # the intention was not on disk, or nobody knows that it was
            assert (two.of(NAME) is None) == (estate.vm(NAME) == before)
        if two.of(NAME) is not None:
            assert networks(estate) == ["quarantine", "quarantine"]
            assert (await release(two)).stage is Stage.RELEASED
    assert estate.vm(NAME) == before


@pytest.mark.parametrize("until", range(RELEASING_STEPS + 1))
async def test_killed_while_releasing(estate: Estate, tmp_path: Path, until: int) -> None:
    before = estate.vm(NAME)
    died = False
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
    async with hospital(estate, tmp_path) as one:
        await one.until(lambda: any(each.verified_at for each in one.told))  # its first look is over
        estate.steps.taken, estate.steps.until = 0, until
        try:
            await release(one)
        except Killed:
            died = True
    assert died == (until < RELEASING_STEPS), "the number of steps is another"
    estate.steps.until = None
    async with hospital(estate, tmp_path) as two:
        await two.until(lambda: _is_settled(two))
        if two.of(NAME) is not None:
            assert until <= 4, "what was begun is finished"
            assert networks(estate) == ["quarantine", "quarantine"]
            assert (await release(two)).stage is Stage.RELEASED
    assert estate.vm(NAME) == before


@pytest.mark.parametrize("releasing", [False, True])
@pytest.mark.parametrize("record_left", [True, False])
async def test_found_half_way(estate: Estate, tmp_path: Path, releasing: bool, record_left: bool) -> None:
    """The actor died with one of two network cards moved."""
    before = estate.vm(NAME)

    def half_way(request: Request) -> None:
        vm = estate.vm(NAME)
        attributes = {name: value for name, value in vm.attributes.items() if name != ATTRIBUTE}
        if record_left:
            attributes[ATTRIBUTE] = request.record
        network = estate.world.find_network("prod-db" if releasing else "quarantine", vm)
        first = estate.world.moved(vm.nics[0], network)
        estate.world.put(msgspec.structs.replace(vm, nics=(first, *vm.nics[1:]), attributes=attributes))
        raise Killed

    async with hospital(estate, tmp_path) as one:
        if releasing:
            await one.isolate(NAME)
        else:
            plan = await one.ward.plan(before.id, Mode.ISOLATE)
        estate.before_each[RESTORE if releasing else ISOLATE] = half_way
        with pytest.raises(Killed):
            await (release(one) if releasing else one.ward.isolate(plan.token, ORDER))
    async with hospital(estate, tmp_path) as two:
        await two.until(lambda: _is_settled(two))
        if releasing:
            assert two.of(NAME) is None
        else:
            assert networks(estate) == ["quarantine", "quarantine"]
            await release(two)
    after = estate.vm(NAME)
    assert networks(estate) == ["prod-db", "backup"]
    assert after == before


def _is_settled(one: Hospital) -> bool:
    """Nothing is under way, and what is left has been looked at."""
    quarantine = one.of(NAME)
    return quarantine is None or (quarantine.stage.is_settled and any(each.verified_at for each in one.told))


# --- actors that fail -----------------------------------------------------------------------------------------------


async def test_a_refusal_changes_nothing_and_says_so(estate: Estate, tmp_path: Path) -> None:
    before = estate.vm(NAME)
    estate.fails[ISOLATE] = CommandRefused("no right to reconfigure")
    async with hospital(estate, tmp_path) as one:
        failed = await one.isolate(NAME)
        assert failed.stage is Stage.FAILED
        assert failed.because == "nothing was changed: no right to reconfigure"
        assert one.of(NAME) is None
    assert estate.vm(NAME) == before


async def test_an_answer_that_never_comes_is_looked_after(estate: Estate, tmp_path: Path) -> None:
    before = estate.vm(NAME)
    estate.mute[ISOLATE] = CommandRefused("no answer within 60 s")
    async with hospital(estate, tmp_path) as one:
        isolated = await one.isolate(NAME)
        assert (isolated.stage, isolated.because) == (Stage.ISOLATED, "no answer within 60 s")
        estate.mute[RESTORE] = CommandRefused("no answer within 60 s")
        assert (await release(one)).stage is Stage.RELEASED
    assert estate.vm(NAME) == before


async def test_what_cannot_be_looked_at_is_uncertain_until_it_can(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        estate.mute[ISOLATE] = CommandRefused("no answer")
        estate.fails[VERIFY] = CommandRefused("no connection")
        uncertain = await one.isolate(NAME)
        assert (uncertain.stage, uncertain.because) == (Stage.UNCERTAIN, "no answer; no connection")
        one.ward.silent(estate.world.endpoint)
        one.ward.live(estate.world.endpoint)
        await one.until(lambda: one.of(NAME) is not None and one.of(NAME).stage is Stage.ISOLATED)  # type: ignore[union-attr]


async def test_what_others_do_while_it_is_uncertain_is_told(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        estate.mute[ISOLATE] = CommandRefused("no answer")
        estate.fails[VERIFY] = CommandRefused("no connection")

        def add_a_card(quarantine: Quarantine) -> None:
            if quarantine.stage is Stage.UNCERTAIN:
                one.hearers.clear()
                estate.do("add_nic", vm=NAME, network="test", by="j.kim")

        one.hearers.append(add_a_card)  # before anybody looks again, which is at once
        assert (await one.isolate(NAME)).stage is Stage.UNCERTAIN
        found = await noticing(one, "network card 4002 was added")
        assert (found.stage, [each.actor for each in found.noticed]) == (Stage.ISOLATED, ["j.kim"])
        assert networks(estate) == ["quarantine"] * 3, "and what was confirmed is finished"


async def test_what_was_released_in_part_is_not_put_back_by_itself(estate: Estate, tmp_path: Path) -> None:
    before = estate.vm(NAME)

    def half_way(request: Request) -> None:
        estate.do("move_nic", vm=NAME, nic="4000", network="prod-db")

    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME, ORDER._replace(reasserts=True))
        estate.before_each[RESTORE] = half_way
        estate.fails[RESTORE] = CommandRefused("a task is in progress")
        undone = await release(one)
        assert (undone.stage, "released in part only" in undone.because) == (Stage.UNDONE, True)
        at = undone.verified_at
        assert at is not None
        # It is looked at, since it has changed; maybe before whoever asked for the release has heard of it.
        await one.until(lambda: any(each.verified_at is not None and each.verified_at > at for each in one.told))
        await asyncio.sleep(0.1)  # in which it would be put back
        found = one.of(NAME)
        assert found is not None
        assert (found.stage, found.tries) == (Stage.UNDONE, 0)
        assert networks(estate) == ["prod-db", "quarantine"]
        assert (await release(one, Choice.FORCE)).stage is Stage.RELEASED
    assert estate.vm(NAME) == before


async def test_a_release_that_is_refused_leaves_the_vm_in_quarantine(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
        estate.fails[RESTORE] = CommandRefused("a task is in progress")
        still = await release(one)
        assert still.stage is Stage.ISOLATED
        assert "not released: a task" in still.because
        assert (await release(one)).stage is Stage.RELEASED


# --- between plan and act -------------------------------------------------------------------------------------------


async def test_a_vm_that_was_changed_since_the_plan_is_left_alone(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        plan = await one.ward.plan(estate.vm(NAME).id, Mode.ISOLATE)
        estate.do("move_nic", vm=NAME, nic="4000", network="test")
        failed = await one.ward.isolate(plan.token, ORDER)
        assert failed.stage is Stage.FAILED
        assert "was changed since it was looked at" in failed.because
    assert networks(estate) == ["test", "backup"]


async def test_a_way_that_was_closed_all_the_time_is_no_work_of_ours(estate: Estate, tmp_path: Path) -> None:
    """Of a VM that was changed since the plan: nothing was done to it, although a card of it is closed."""
    vm = estate.vm(NAME)
    pulled = msgspec.structs.replace(vm.nics[0], connected=False, connect_at_power_on=False, link_up=False)
    estate.world.put(msgspec.structs.replace(vm, nics=(pulled, *vm.nics[1:])))
    async with hospital(estate, tmp_path) as one:
        plan = await one.ward.plan(vm.id, Mode.ISOLATE)
        assert [channel.already for channel in plan.channels] == [True, False]
        estate.do("move_nic", vm=NAME, nic="4001", network="test")
        failed = await one.ward.isolate(plan.token, ORDER)
        assert (failed.stage, "nothing was changed" in failed.because) == (Stage.FAILED, True)
        assert one.ward.all() == []


async def test_a_vm_that_was_powered_off_or_moved_since_the_plan_is_isolated(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        plan = await one.ward.plan(estate.vm(NAME).id, Mode.ISOLATE)
        estate.do("migrate", vm=NAME)
        estate.do("power_off", vm=NAME)
        assert (await one.ward.isolate(plan.token, ORDER)).stage is Stage.ISOLATED
        await release(one)
    assert networks(estate) == ["prod-db", "backup"]
    assert estate.vm(NAME).power is Power.OFF


async def test_a_vm_that_is_gone_since_the_plan(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        vm = estate.do("create_vm", name="short-lived")["vm"]
        plan = await one.ward.plan(vm, Mode.ISOLATE)
        estate.do("remove_vm", vm=vm)
        gone = await one.ward.isolate(plan.token, ORDER)
        assert (gone.stage, gone.because) == (Stage.FAILED, "the VM was deleted before it was isolated")
        assert one.ward.all() == []


async def test_two_orders_for_one_vm(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        first = await one.ward.plan(estate.vm(NAME).id, Mode.ISOLATE)
        second = await one.ward.plan(estate.vm(NAME).id, Mode.DISCONNECT)
        await one.ward.isolate(first.token, ORDER)
        with pytest.raises(CommandRefused, match="already"):
            await one.ward.isolate(second.token, ORDER)
        assert (await one.ward.plan(estate.vm(NAME).id, Mode.ISOLATE)).problems


# --- noticing -------------------------------------------------------------------------------------------------------


async def noticing(one: Hospital, *words: str) -> Quarantine:
    """Waits until something was noticed of the VM, in these words."""

    def found() -> bool:
        quarantine = one.of(NAME)
        told = "; ".join(each.what for each in quarantine.noticed) if quarantine is not None else ""
        return all(word in told for word in words)

    await one.until(found)
    quarantine = one.of(NAME)
    assert quarantine is not None
    return quarantine


async def test_our_own_doing_is_not_noticed(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        isolated = await one.isolate(NAME)
        await one.until(lambda: one.told[-1].verified_at != isolated.verified_at)
        assert (one.told[-1].stage, one.told[-1].noticed) == (Stage.ISOLATED, ())


async def test_undone_by_somebody(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
        estate.do("move_nic", vm=NAME, nic="4000", network="prod-db", by="j.kim")
        undone = await noticing(one, "network card 4000 was plugged in elsewhere")
        assert undone.stage is Stage.UNDONE
        assert [each.actor for each in undone.noticed] == ["j.kim"]
        assert "plugged into prod-db" in undone.because
        estate.do("move_nic", vm=NAME, nic="4000", network="quarantine", by="j.kim")
        await one.until(lambda: one.of(NAME).stage is Stage.ISOLATED)  # type: ignore[union-attr]


async def test_who_did_it_may_be_told_while_the_vm_is_looked_at(estate: Estate, tmp_path: Path) -> None:
    """As a vCenter does whose events come behind the changes."""
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
        vm = estate.vm(NAME)
        change = Change(
            number=4711,
            entity=vm.id,
            name=vm.name,
            action=Action.CHANGED,
            path="host",
            observed_at=estate.world.now,
        )
        amendment = Amendment(number=4711, actor="j.kim")
        estate.before_each[VERIFY] = lambda _: one.ward.published((), (), (), (amendment,))
        one.ward.published((), (), (change,), ())
        await noticing(one, "it was moved to another host")
        await one.until(lambda: [each.actor for each in one.told[-1].noticed] == ["j.kim"])


async def test_a_network_card_that_is_added(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
        estate.do("add_nic", vm=NAME, network="test")
        assert (await noticing(one, "network card 4002 was added")).stage is Stage.UNDONE
        again = await one.ward.reassert(estate.vm(NAME).id, "s.tester")
        assert (again.stage, again.tries) == (Stage.ISOLATED, 1)
        assert networks(estate) == ["quarantine"] * 3
        assert (await release(one)).stage is Stage.RELEASED  # the console itself has looked at that card since
    assert networks(estate) == ["prod-db", "backup", "quarantine"]


async def test_taken_back_to_a_snapshot(estate: Estate, tmp_path: Path) -> None:
    estate.do("take_snapshot", vm=NAME, name="clean")
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
        estate.do("take_snapshot", vm=NAME, name="later")
        estate.do("revert_snapshot", vm=NAME, name="clean")
        assert (await noticing(one, "it may have been taken back to it")).stage is Stage.UNDONE


async def test_what_does_not_open_it_is_told_all_the_same(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
        estate.do("migrate", vm=NAME)
        estate.do("reset", vm=NAME)
        held = await noticing(one, "moved to another host", "was started")
        assert (held.stage, held.because) == (Stage.ISOLATED, "")
        assert (await release(one)).stage is Stage.RELEASED


async def test_deleted_and_back_again(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
        estate.do("power_off", vm=NAME)
        vm = estate.vm(NAME)
        estate.do("remove_vm", vm=NAME)
        await one.until(lambda: one.ward.of(vm.id).stage is Stage.GONE)  # type: ignore[union-attr]
        estate.world.put(vm)
        estate.do("power_on", vm=NAME)
        await one.until(lambda: one.ward.of(vm.id).stage is Stage.ISOLATED)  # type: ignore[union-attr]


async def test_put_back_but_not_for_ever(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME, ORDER._replace(reasserts=True, policy="p"))
        for tries in range(1, rounds.MOST_TRIES + 1):
            estate.do("move_nic", vm=NAME, nic="4000", network="prod-db")
            await one.until(lambda tries=tries: one.of(NAME).tries == tries and one.of(NAME).stage is Stage.ISOLATED)  # type: ignore[union-attr,misc]
            assert networks(estate) == ["quarantine", "quarantine"]
        estate.do("move_nic", vm=NAME, nic="4000", network="prod-db")
        await one.until(lambda: one.of(NAME).advice == "find out who does that")  # type: ignore[union-attr]
        assert one.of(NAME).stage is Stage.UNDONE  # type: ignore[union-attr]
        assert networks(estate)[0] == "prod-db"


async def test_undone_while_it_is_being_put_back(estate: Estate, tmp_path: Path) -> None:
    """Whoever undoes it does so in two steps, and the console comes in between."""

    def undo() -> None:
        estate.do("move_nic", vm=NAME, nic="4000", network="prod-db", by="j.kim")

    def second_step(_: Request) -> None:
        estate.before_each[VERIFY] = lambda _: undo()

    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME, ORDER._replace(reasserts=True))
        estate.before_each[ISOLATE] = second_step
        undo()
        await one.until(lambda: one.of(NAME).tries == 2)  # type: ignore[union-attr]
        await one.until(lambda: one.of(NAME).stage is Stage.ISOLATED)  # type: ignore[union-attr]
    assert networks(estate) == ["quarantine", "quarantine"]


async def test_what_happened_while_nobody_looked(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
    estate.do("move_nic", vm=NAME, nic="4000", network="prod-db")
    async with hospital(estate, tmp_path) as two:
        await two.until(lambda: two.of(NAME).stage is Stage.UNDONE)  # type: ignore[union-attr]
        assert "plugged into prod-db" in two.of(NAME).because  # type: ignore[union-attr]


# --- release of what was changed ------------------------------------------------------------------------------------


async def test_a_vm_changed_meanwhile_is_released_only_by_choice(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
        estate.do("add_nic", vm=NAME, network="test")
        await noticing(one, "was added")
        outlook = await one.ward.outlook(estate.vm(NAME).id)
        assert outlook.changed
        with pytest.raises(CommandRefused, match=r"changed while it was in quarantine: network card 4002 was added"):
            await release(one)
        assert networks(estate) == ["quarantine", "quarantine", "test"]
        forced = await release(one, Choice.FORCE)
        assert (forced.stage, forced.notes) == (
            Stage.RELEASED,
            ("Network adapter 3 was added meanwhile and stays as it is",),
        )
    assert networks(estate) == ["prod-db", "backup", "test"]


async def test_keep_leaves_the_vm_as_it_is(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
        kept = await release(one, Choice.KEEP)
        assert kept.stage is Stage.KEPT
        assert one.ward.all() == []
        with pytest.raises(CommandRefused, match="not in quarantine"):
            await release(one)
    assert networks(estate) == ["quarantine", "quarantine"]


# --- other consoles -------------------------------------------------------------------------------------------------


async def test_one_console_acts_at_a_time(estate: Estate, tmp_path: Path) -> None:
    leases = tmp_path / "leases"
    async with (
        hospital(estate, _made(tmp_path / "one"), leases=leases) as one,
        hospital(estate, _made(tmp_path / "two"), leases=leases) as two,
    ):
        await one.isolate(NAME)
        with pytest.raises(CommandRefused, match=r"another console is in charge.*the console in one"):
            await two.isolate("web-01")
        assert two.ward.count() == 0
        await release(one)
        assert (await two.isolate("web-01")).stage is Stage.ISOLATED
    assert list(leases.iterdir()) == []


@pytest.mark.parametrize("knows_the_key", [True, False])
async def test_another_console_finds_and_releases(estate: Estate, tmp_path: Path, knows_the_key: bool) -> None:
    before = estate.vm(NAME)
    keyring = Keyring()
    async with hospital(estate, _made(tmp_path / "one"), keyring=keyring) as one:
        await one.isolate(NAME)
    async with hospital(estate, _made(tmp_path / "two"), keyring=keyring if knows_the_key else Keyring()) as two:
        estate.do("rename", vm=NAME, name="anything")  # its record is told again
        estate.do("rename", vm="anything", name=NAME)
        await two.until(lambda: two.of(NAME) is not None)
        found = two.of(NAME)
        assert found is not None
        assert (found.stage, found.trusted, found.by, found.reason) == (
            Stage.FOUND,
            knows_the_key,
            "s.tester",
            "a test",
        )
        if not knows_the_key:
            with pytest.raises(CommandRefused, match=r"not to be trusted.*does not know"):
                await release(two)
        released = await release(two, Choice.EXACT if knows_the_key else Choice.FORCE)
        assert released.stage is Stage.RELEASED
        assert f"found/{before.id}" in two.forgotten
    assert estate.vm(NAME) == before


async def test_a_record_that_is_gone_while_the_keyring_is_unlocked_is_not_told_of(
    estate: Estate, tmp_path: Path
) -> None:
    async with hospital(estate, _made(tmp_path / "one")) as one:
        await one.isolate(NAME)
        await one.isolate("web-01")
        keyring = LockedKeyring()
        async with hospital(estate, _made(tmp_path / "two"), keyring=keyring) as two:
            for name in (NAME, "web-01"):
                two.ward.published([estate.vm(name)], [], [], [])
            await keyring.asked.wait()
            assert (await release(one)).stage is Stage.RELEASED
            keyring.unlocked.set()
            await two.until(lambda: two.of("web-01") is not None)
            assert two.of(NAME) is None
            assert [each.vm_name for each in two.told] == ["web-01"]


async def test_what_another_console_did_is_no_half_done_work_of_ours(estate: Estate, tmp_path: Path) -> None:
    """Where the lease does not reach, both may have planned the same; whose record is with the VM, it is in charge."""
    before = estate.vm(NAME)
    async with hospital(estate, _made(tmp_path / "one")) as one, hospital(estate, _made(tmp_path / "two")) as two:
        plan = await two.ward.plan(before.id, Mode.ISOLATE)
        await one.isolate(NAME)
        failed = await two.ward.isolate(plan.token, ORDER)
        assert (failed.stage, "was changed since" in failed.because) == (Stage.FAILED, True)
        await two.until(lambda: two.of(NAME) is not None)
        assert two.of(NAME).stage is Stage.FOUND  # type: ignore[union-attr]
        assert (await release(two, Choice.KEEP)).stage is Stage.KEPT
        estate.do("rename", vm=NAME, name="anything")  # its record is told again
        estate.do("rename", vm="anything", name=NAME)
        await asyncio.sleep(0.1)  # in which it would be read
        assert two.of(NAME) is None, "somebody wants to hear no more of it"
        assert (await release(one)).stage is Stage.RELEASED
    assert estate.vm(NAME) == before


async def test_a_clone_s_record_is_of_no_use(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, _made(tmp_path / "one")) as one:
        await one.isolate(NAME)
    record = estate.vm(NAME).attributes[ATTRIBUTE]
    clone = estate.vm("web-01")
    estate.world.put(msgspec.structs.replace(clone, attributes={ATTRIBUTE: record}))
    async with hospital(estate, _made(tmp_path / "two")) as two:
        estate.do("rename", vm="web-01", name="clone")
        await two.until(lambda: two.ward.of(clone.id) is not None)
        assert "about another VM" in two.ward.of(clone.id).because  # type: ignore[union-attr]
        with pytest.raises(CommandRefused, match="of no use"):
            await two.ward.release(clone.id, "s.tester", "", Choice.FORCE)
        assert (await two.ward.release(clone.id, "s.tester", "", Choice.KEEP)).stage is Stage.KEPT


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


# --- a disk that refuses --------------------------------------------------------------------------------------------


async def test_nothing_is_done_that_cannot_be_written_down(estate: Estate, tmp_path: Path) -> None:
    before = estate.vm(NAME)

    class Refusing(Steps):
        def step(self) -> None:
            raise VmiError("not a step of the journal")

    async with hospital(estate, tmp_path) as one:
        plan = await one.ward.plan(before.id, Mode.ISOLATE)
        one.journal._store._steps = Refusing()  # type: ignore[attr-defined]
        with pytest.raises(VmiError):
            await one.ward.isolate(plan.token, ORDER)
        assert one.of(NAME) is None
    assert estate.vm(NAME) == before
    assert all(channel.hold is Hold.HELD for channel in plan.channels)


async def test_a_case_that_cannot_be_read_is_counted(estate: Estate, tmp_path: Path) -> None:
    async with hospital(estate, tmp_path) as one:
        await one.isolate(NAME)
    with contextlib.closing(sqlite3.connect(tmp_path / "history.db")) as file:
        file.execute("UPDATE journal SET content = x'c1'")
        file.commit()
    history = await History.open(tmp_path / "history.db")
    assert await Journal(history, Keys(Keyring())).open_cases() == ([], 1)
    await history.close()
