"""How a role cuts what it reports, what its errors mean, and what it does when it is asked early."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.console import eventually
from tests.unit.wire.test_channel import Pipe
from vmi_console.collectors import protocol
from vmi_console.collectors.demo.reading import DemoReader
from vmi_console.collectors.protocol import Role, Start
from vmi_console.collectors.provider import Sink
from vmi_console.collectors.role import RoleProcess, condition_of, cut
from vmi_console.engine import supervisor
from vmi_console.engine.supervisor import Supervisor
from vmi_console.errors import (
    CommandRefused,
    ConnectionUriError,
    CredentialsNeeded,
    TrustNeeded,
    Unreachable,
    Unsupported,
)
from vmi_console.estate.changes import MAX_BATCH, Attribution, Batch, Seen
from vmi_console.estate.facts import Application, FactSet, Guest
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Grants, Nic, State
from vmi_console.introspection.pace import ChosenPace
from vmi_console.introspection.quiet import Quiet, read
from vmi_console.wire.channel import Channel
from vmi_console.wire.tasks import Tasks


def vm(number: int, nics: int = 0) -> VM:
    return VM(id=EntityId(f"vm/e/{number}"), name=f"vm{number}", nics=tuple(Nic(key=str(key)) for key in range(nics)))


@given(st.lists(st.integers(0, 40), max_size=400), st.integers(0, 3))
def test_a_batch_is_cut_without_loss_and_in_order(nics: list[int], removals: int) -> None:
    records = tuple(vm(number, count) for number, count in enumerate(nics))
    removed = tuple(EntityId(f"vm/e/gone{number}") for number in range(removals))
    author = Attribution(entity=EntityId("vm/e/0"), paths=("name",), actor="somebody")
    parts = list(cut(Batch(records=records, removed=removed, attributions=(author,), seen=Seen.POLL)))
    assert tuple(record for part in parts for record in part.records) == records
    assert tuple(entity for part in parts for entity in part.removed) == removed
    assert [part.attributions for part in parts if part.attributions] == [(author,)]
    assert all(part.seen is Seen.POLL and len(part.records) <= 2 * MAX_BATCH for part in parts)


def test_heavy_records_travel_in_small_company() -> None:
    packages = tuple(Application(name=f"p{number}") for number in range(400))
    guests = tuple(
        Guest(
            id=EntityId(f"guest/e/{number}"),
            name="g",
            vm=EntityId(f"vm/e/{number}"),
            applications=FactSet(items=packages),
        )
        for number in range(10)
    )
    assert max(len(part.records) for part in cut(Batch(records=guests))) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Unreachable("no route"), State.STALE),
        (CredentialsNeeded("wrong password"), State.CREDENTIALS),
        (TrustNeeded("unknown certificate", "aa:bb"), State.TRUST),
        (Unsupported("not here"), State.UNSUPPORTED),
        (ConnectionUriError("not an address"), State.UNSUPPORTED),
        (ConnectionRefusedError(111, "refused"), State.STALE),
    ],
)
def test_an_error_becomes_the_state_of_its_remedy(error: Exception, state: State) -> None:
    condition = condition_of(error)
    assert condition.state is state
    assert condition.reason


def test_a_certificate_to_judge_comes_with_what_a_person_needs() -> None:
    condition = condition_of(TrustNeeded("changed", "aa", subject="CN=vc", validity="2026–2027", previous="bb"))
    assert condition.certificate is not None
    assert (condition.certificate.fingerprint, condition.certificate.previous) == ("aa", "bb")


class Ear:
    """Remembers what a role says."""

    def __init__(self) -> None:
        self.heard: list[protocol.FromRole] = []

    async def hear(self, role: Role, message: protocol.FromRole) -> None:
        self.heard.append(message)


def start_of_inspector(folder: Path, trouble: str = "") -> Start:
    """Of four demo guests."""
    uri = "demo://?hosts=2&vms=4&story=off" + (f"&{trouble}" if trouble else "")
    return Start(role=Role.INSPECTOR, uri=uri, runtime_dir=str(folder), grants=Grants(read_guests=True))


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("latency_ms=700", "there is no VM"),  # only a world that was read knows that
        ("fail=unreachable", "not connected for reading guests: the demo hypervisor does not answer"),
    ],
)
async def test_who_asks_an_inspector_that_is_still_connecting_waits_for_it_or_for_what_keeps_it(
    trouble: str, told: str, tmp_path: Path
) -> None:
    inspector = Supervisor(start_of_inspector(tmp_path, trouble), Ear())
    async with Tasks() as tasks:
        tasks.start(inspector.run(), "inspector")
        with pytest.raises(CommandRefused, match=told):
            await inspector.call("inspect", {"vm": "vm/e/nobody"})


async def test_what_a_role_is_to_do_holds_from_its_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Channel.post

    def interrupted_after_the_start(channel: Channel[protocol.FromRole], message: protocol.ToRole) -> None:
        if not isinstance(message, protocol.Paced):
            post(channel, message)

    monkeypatch.setattr(Channel, "post", interrupted_after_the_start)
    ear = Ear()
    inspector = Supervisor(start_of_inspector(tmp_path), ear)
    inspector.wish(protocol.Paced(chosen=ChosenPace(quiet=Quiet(read("0-24")))))
    async with Tasks() as tasks:
        tasks.start(inspector.run(), "inspector")
        await eventually(lambda: any(isinstance(each, protocol.Round) and each.standing for each in ear.heard))
    assert not [each for each in ear.heard if isinstance(each, protocol.Report)], "it is quiet"


def conditions(ear: Ear) -> list[State]:
    return [each.state for each in ear.heard if isinstance(each, protocol.Condition)]


async def test_what_a_person_has_to_do_is_told_again_after_a_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "SILENT_SECONDS", 0.2)  # less than between two heartbeats
    monkeypatch.setattr(supervisor, "DEAD_SECONDS", 30.0)
    ear = Ear()
    reader = Supervisor(Start(role=Role.READER, uri="demo://?fail=credentials", runtime_dir=str(tmp_path)), ear)
    async with Tasks() as tasks:
        tasks.start(reader.run(), "reader")
        await eventually(lambda: State.CREDENTIALS in conditions(ear))
        ear.heard.clear()
        await eventually(lambda: State.STALE in conditions(ear))
        await eventually(lambda: State.CREDENTIALS in conditions(ear))


async def test_what_is_missing_is_told_again_after_a_complete_report(tmp_path: Path) -> None:
    ear = Ear()
    reader = Supervisor(Start(role=Role.READER, uri="demo://?vms=4&fail=degraded", runtime_dir=str(tmp_path)), ear)
    async with Tasks() as tasks:
        tasks.start(reader.run(), "reader")
        await eventually(lambda: State.DEGRADED in conditions(ear))
        ear.heard.clear()
        reader.resync()
        end = protocol.Discovery(phase=protocol.Phase.END)
        await eventually(lambda: end in ear.heard and State.DEGRADED in conditions_after(ear, end))


def conditions_after(ear: Ear, message: protocol.FromRole) -> list[State]:
    rest = Ear()
    rest.heard = ear.heard[ear.heard.index(message) :]
    return conditions(rest)


async def test_a_reader_that_fails_by_a_mistake_is_not_taken_for_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(reader: DemoReader, sink: Sink) -> None:
        await sink.condition(State.LIVE)
        raise ZeroDivisionError

    monkeypatch.setattr(DemoReader, "run", fail)
    told, silence = Pipe(), Pipe()
    engine: Channel[protocol.FromRole] = Channel(told, silence, protocol.FromRole)
    start = Start(role=Role.READER, uri="demo://?vms=4", runtime_dir=str(tmp_path))
    role = RoleProcess(Role.READER, start, Channel(silence, told, protocol.ToRole))
    heard: list[protocol.Condition] = []
    async with Tasks() as tasks:
        tasks.start(role.run(), "role")
        while len(heard) < 2:
            message = await engine.receive()
            if isinstance(message, protocol.Condition):
                heard.append(message)
    assert [each.state for each in heard] == [State.LIVE, State.STALE]
    assert "ZeroDivisionError" in heard[1].reason


class Clumsy(Ear):
    """Fails by a mistake at the first record that it hears of."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = False

    async def hear(self, role: Role, message: protocol.FromRole) -> None:
        if isinstance(message, protocol.Report) and not self.failed:
            self.failed = True
            raise ZeroDivisionError
        await super().hear(role, message)


async def test_whoever_fails_to_take_in_what_a_role_tells_is_told_it_again(tmp_path: Path) -> None:
    ear = Clumsy()
    async with Tasks() as tasks:
        start = Start(role=Role.READER, uri="demo://?vms=4", runtime_dir=str(tmp_path))
        tasks.start(Supervisor(start, ear).run(), "reader")
        await eventually(lambda: any(isinstance(each, protocol.Report) for each in ear.heard))
    (stale,) = [each for each in ear.heard if isinstance(each, protocol.Condition) and each.state is State.STALE]
    assert "ZeroDivisionError" in stale.reason
