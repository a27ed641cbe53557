"""What policies want: proposals, countdowns that can be stopped, limits, and whatever turns acting into asking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.unit.response.hospital import Estate, Hospital, LockedKeyring, hospital
from vmi_console.collectors.quarantine import SURVEY, Mode
from vmi_console.errors import CommandRefused
from vmi_console.estate.columns import Columns
from vmi_console.estate.identity import entity_id
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM
from vmi_console.policy.demands import InForce
from vmi_console.policy.findings import Finding, finding_id
from vmi_console.policy.findings import Stage as Life
from vmi_console.policy.groups import Groups
from vmi_console.policy.judgement import Verdict
from vmi_console.policy.policies import Automatic as Wanted
from vmi_console.policy.policies import Group, Limit, Policy, Respond
from vmi_console.policy.rolls import Rolls
from vmi_console.response.audit import Entry
from vmi_console.response.automatic import GIVEN_BACK, Automatic
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.response.ward import Choice

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LATER = 3600.0


class Policies:
    """One policy in force."""

    def __init__(self, respond: Respond) -> None:
        members = Group(name="all", members='"web" in name')
        self.policy = Policy(name="no telnet", members=members, respond=respond)
        columns = Columns(
            Inventory(count().__next__),
            [VM(id=entity_id("vm", "vc", str(number)), name="web") for number in range(100)],
        )
        self.rolls = Rolls(columns)
        self.rolls.turn(1, columns.everybody)
        self.armed = True

    def in_force(self, policy: str) -> InForce:
        return InForce(self.policy, Groups(()).membership(self.policy.members), 1, self.rolls)

    def may_act(self, policy: str) -> bool:
        return self.armed


class Ordered:
    """What is automatic on one estate, and what it told."""

    def __init__(self, one: Hospital, policies: Policies) -> None:
        self.one = one
        self.policies = policies
        self.told: list[Quarantine] = []
        self.forgotten: list[str] = []
        self.noted: list[Entry] = []
        self.automatic = Automatic(
            one.ward, policies, lambda vm: "", self.told.append, self.forgotten.append, self.noted.append
        )

    def finding(self, name: str, **more: object) -> Finding:
        vm = self.one.estate.vm(name)
        finding = Finding(
            id=finding_id("no telnet", "r", vm.id),
            policy="no telnet",
            rule="r",
            check="applications",
            vm=vm.id,
            vm_name=name,
            title="telnet is installed",
            evidence="telnetd 0.17",
            opened_at=NOW,
            first_opened_at=NOW,
        )
        return replace(finding, **more)

    def opens(self, *names: str) -> None:
        self.automatic.findings_moved([self.finding(name) for name in names], [], [])

    def closes(self, name: str) -> None:
        self.automatic.findings_moved([], [], [self.finding(name, stage=Life.RESOLVED)])

    def stages(self) -> list[Stage]:
        return [each.stage for each in self.automatic.all()]

    async def until_in(self, *names: str) -> None:
        ward, estate = self.one.ward, self.one.estate

        def all_in() -> bool:
            found: Iterable[Quarantine | None] = [ward.of(estate.vm(name).id) for name in names]
            return all(each is not None and each.stage is Stage.ISOLATED for each in found)

        await self.one.until(all_in)


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Hospital]:
    async with hospital(Estate("demo://?story=off&hosts=10"), tmp_path) as one:
        yield one


@pytest.fixture
async def make(one: Hospital) -> AsyncIterator[Callable[[Respond], Ordered]]:
    """Makes what is automatic by one policy; as in the engine, it hears who is in quarantine."""
    made: list[Ordered] = []

    def make(respond: Respond) -> Ordered:
        ordered = Ordered(one, Policies(respond))
        one.hearers.append(ordered.automatic.quarantined)
        made.append(ordered)
        return ordered

    yield make
    for each in made:
        await each.automatic.close()


type Make = Callable[[Respond], Ordered]


def respond(after: float = 0.0, wanted: Wanted = Wanted.AUTOMATIC, **more: object) -> Respond:
    return replace(Respond(quarantine=wanted, after_seconds=after), **more)


async def test_it_acts_by_itself_when_it_is_due(make: Make) -> None:
    ordered = make(respond())
    ordered.opens("web-01")
    assert ordered.stages() == [Stage.COUNTDOWN]
    await ordered.until_in("web-01")
    quarantine = ordered.one.ward.of(ordered.one.estate.vm("web-01").id)
    assert quarantine is not None
    assert (quarantine.by, quarantine.reason, quarantine.evidence) == (
        "policy “no telnet”",
        "telnet is installed",
        "telnetd 0.17",
    )
    assert ordered.stages() == []
    assert len(ordered.forgotten) == 1


async def test_a_countdown_is_told_and_can_be_stopped(make: Make) -> None:
    ordered = make(respond(LATER))
    ordered.opens("web-01")
    (counting,) = ordered.automatic.all()
    assert counting.due is not None
    assert (counting.due - counting.since).total_seconds() == pytest.approx(LATER, abs=1)
    stopped = ordered.automatic.stop(counting.id, "s.tester", "known")
    assert stopped.stage is Stage.STOPPED
    assert [(line.act, line.by, line.why) for line in ordered.noted] == [("stop", "s.tester", "known")]
    assert ordered.stages() == []
    with pytest.raises(CommandRefused, match="nothing is to be stopped"):
        ordered.automatic.stop(counting.id, "s.tester", "again")


async def test_nobody_is_told_that_it_was_stopped_once_it_is_being_done(tmp_path: Path) -> None:
    keyring = LockedKeyring()
    async with hospital(Estate("demo://?story=off&hosts=10"), tmp_path, keyring=keyring) as one:
        ordered = Ordered(one, Policies(respond()))
        one.hearers.append(ordered.automatic.quarantined)
        ordered.opens("web-01")
        (counting,) = ordered.automatic.all()
        await keyring.asked.wait()  # to sign the record that is left with the VM
        with pytest.raises(CommandRefused, match="web-01 is being put into quarantine"):
            ordered.automatic.stop(counting.id, "s.tester", "known")
        keyring.unlocked.set()
        await ordered.until_in("web-01")
        assert ordered.noted == []
        await ordered.automatic.close()


async def test_what_passes_again_is_withdrawn(make: Make) -> None:
    ordered = make(respond(LATER))
    ordered.opens("web-01", "web-02")
    ordered.closes("web-01")
    assert [each.vm_name for each in ordered.automatic.all()] == ["web-02"]


async def test_a_finding_that_comes_and_goes_is_followed(make: Make) -> None:
    ordered = make(respond(LATER))
    ordered.opens("web-01")
    gone = ordered.finding("web-01", verdict=Verdict.PASS, flapping=True)
    ordered.automatic.findings_moved([], [gone], [])
    assert ordered.stages() == []
    acknowledged = replace(gone, stage=Life.ACKNOWLEDGED)
    ordered.automatic.findings_moved([], [acknowledged], [])
    assert ordered.stages() == []
    ordered.automatic.findings_moved([], [replace(acknowledged, verdict=Verdict.FAIL)], [])
    assert ordered.stages() == [Stage.COUNTDOWN]


async def test_a_policy_that_asks_or_is_not_armed_proposes(make: Make) -> None:
    asks = make(respond(wanted=Wanted.ASK))
    asks.opens("web-01")
    assert [(each.stage, each.because) for each in asks.automatic.all()] == [(Stage.ASKED, "")]
    proposed = asks.automatic.proposed(asks.one.estate.vm("web-01").id)
    assert proposed is not None
    assert proposed.policy == "no telnet"
    unarmed = make(respond())
    unarmed.policies.armed = False
    unarmed.opens("web-02")
    assert "not armed" in next(iter(unarmed.automatic.all())).because
    never = make(respond(wanted=Wanted.NEVER))
    never.opens("web-03")
    assert never.stages() == []


async def test_what_nobody_can_tell_is_no_reason(make: Make) -> None:
    ordered = make(respond())
    unknown = ordered.finding("web-01", verdict=Verdict.UNKNOWN)
    ordered.automatic.findings_moved([unknown], [], [])
    assert ordered.stages() == []


async def test_beyond_the_limit_it_asks(make: Make) -> None:
    ordered = make(respond(limit=Limit(vms=2, percent=100)))
    ordered.opens("web-01", "web-02", "web-03")
    assert ordered.stages() == [Stage.COUNTDOWN, Stage.COUNTDOWN, Stage.ASKED]
    await ordered.until_in("web-01", "web-02")
    (asked,) = ordered.automatic.all()
    assert "allows 2 at once" in asked.because
    assert ordered.one.ward.count("no telnet") == 2


async def test_what_changed_during_the_countdown_turns_it_into_a_question(make: Make) -> None:
    ordered = make(respond(0.05))
    ordered.opens("web-01")
    ordered.policies.armed = False
    await ordered.one.until(lambda: ordered.stages() == [Stage.ASKED])
    assert "edited or disarmed" in ordered.told[-1].because
    assert ordered.one.ward.count() == 0


async def test_a_refusal_turns_it_into_a_question(make: Make) -> None:
    ordered = make(respond())
    ordered.one.estate.fails[SURVEY] = CommandRefused("quarantine was not granted")
    ordered.opens("web-01")
    await ordered.one.until(lambda: ordered.stages() == [Stage.ASKED])
    assert "not granted" in ordered.told[-1].because


async def test_a_start_asks_about_what_was_open_and_not_dealt_with(make: Make) -> None:
    ordered = make(respond())
    dealt_with, still_open = ordered.finding("web-01"), ordered.finding("web-02")
    past = replace(_released(ordered), finding=dealt_with.id)
    ordered.automatic.resume([dealt_with, still_open], [past])
    await asyncio.sleep(0)
    assert [(each.vm_name, each.stage) for each in ordered.automatic.all()] == [("web-02", Stage.ASKED)]


@pytest.mark.parametrize("while_in_quarantine", [True, False])
async def test_what_somebody_gave_back_is_not_taken_again_without_asking(make: Make, while_in_quarantine: bool) -> None:
    ordered = make(respond())
    ordered.opens("web-01")
    await ordered.until_in("web-01")
    if while_in_quarantine:
        ordered.opens("web-01")
    await ordered.one.ward.release(ordered.one.estate.vm("web-01").id, "s.tester", "known", Choice.EXACT)
    if not while_in_quarantine:
        ordered.opens("web-01")
    (asked,) = ordered.automatic.all()
    assert (asked.stage, asked.because) == (Stage.ASKED, GIVEN_BACK)


def _released(ordered: Ordered) -> Quarantine:
    vm = ordered.one.estate.vm("web-01")
    return Quarantine(
        id="q",
        vm=vm.id,
        vm_name=vm.name,
        mode=Mode.ISOLATE,
        stage=Stage.RELEASED,
        since=NOW,
        opened_at=NOW,
        by="s.tester",
        reason="",
    )


async def test_it_says_how_many_the_limit_allows(make: Make) -> None:
    ordered = make(respond(limit=Limit(vms=10, percent=3)))
    assert ordered.automatic.allowed("no telnet") == 3  # of a hundred members
