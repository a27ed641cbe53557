"""The demo's reader, inspector and actor: three roles, one world."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from vmi_console.collectors import demo
from vmi_console.collectors.demo import failures, simulation
from vmi_console.collectors.demo.chronicle import EFFECT_AFTER, FILE_NAME, Chronicle
from vmi_console.collectors.demo.inspecting import DemoInspector
from vmi_console.collectors.demo.parameters import parse
from vmi_console.collectors.demo.reading import DemoReader
from vmi_console.collectors.demo.simulation import Simulation
from vmi_console.collectors.protocol import Role, Start
from vmi_console.collectors.provider import Inspector, Reader, load
from vmi_console.errors import (
    CommandRefused,
    ConnectionUriError,
    CredentialsNeeded,
    StorageError,
    TrustNeeded,
    Unreachable,
    Unsupported,
)
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Attribution, Batch, Sample, Seen
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Grants, Power, State
from vmi_console.introspection.pace import ChosenPace
from vmi_console.introspection.quiet import Quiet, read

EVERYTHING_GRANTED = Grants(read_guests=True, temporary_snapshots=True, quarantine=True)
QUIET = "demo://?hosts=2&vms=40&story=off"


class Recording:
    """A sink that keeps what it is told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.records: dict[EntityId, AnyRecord] = {}
        self.attributions: list[Attribution] = []
        self.batches: list[Batch] = []
        self.samples_seen: list[Sample] = []
        self.states: list[State] = []
        self.contacts = 0
        self._news = asyncio.Event()

    async def identified(self, endpoint: str, product: str) -> None:
        self._tell(f"identified {endpoint}")

    async def discovery_begins(self, expected: int | None = None) -> None:
        self.records.clear()
        self._tell(f"begins {expected}")

    async def discovery_ends(self) -> None:
        self._tell(f"ends {len(self.records)}")

    async def report(self, batch: Batch) -> None:
        self.records |= {record.id: record for record in batch.records}
        for entity in batch.removed:
            del self.records[entity]
        self.attributions += batch.attributions
        self.batches.append(batch)
        self._tell("batch")

    async def samples(self, samples: Sequence[Sample]) -> None:
        self.samples_seen += samples
        self._tell("samples")

    async def condition(self, state: State, reason: str = "", advice: str = "") -> None:
        self.states.append(state)
        self._tell(state)

    def contact(self, at: datetime | None = None) -> None:
        self.contacts += 1

    def vm(self, name: str) -> VM:
        return next(record for record in self.records.values() if isinstance(record, VM) and record.name == name)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for as long as it takes; the test's own timeout ends it."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    def _tell(self, what: str) -> None:
        self.told.append(what)
        self._news.set()


def start(role: Role, folder: Path | str = "", uri: str = QUIET, **fields: Any) -> Start:
    return Start(role=role, uri=uri, runtime_dir=str(folder), **({"grants": EVERYTHING_GRANTED} | fields))


@asynccontextmanager
async def running(role: Reader | Inspector) -> AsyncIterator[Recording]:
    sink = Recording()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(role.run(sink))
        yield sink
        task.cancel()


class Moment:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


# --- the reader ---------------------------------------------------------------------------------------------------


async def test_the_reader_tells_everything_once_containers_first() -> None:
    async with running(demo.reader(start(Role.READER))) as sink:
        await sink.until(lambda: State.LIVE in sink.states)
        assert sink.told[0].startswith("identified demo-1-")
        expected = int(sink.told[1].removeprefix("begins "))
        assert sink.told[-2:] == [f"ends {expected}", "live"]
        assert sum(len(batch.records) for batch in sink.batches) == expected == len(sink.records)
        kinds = [record.kind for batch in sink.batches for record in batch.records]
        assert kinds[0] == "datacenter"
        assert kinds.index("vm") == len(kinds) - 40
        assert {batch.seen for batch in sink.batches} == {Seen.DISCOVERY}


async def test_the_story_arrives_live() -> None:
    clock = Moment()
    async with running(DemoReader(start(Role.READER, uri="demo://"), clock)) as sink:
        await sink.until(lambda: State.LIVE in sink.states)
        first = len(sink.batches)
        clock.pass_(23)
        await sink.until(lambda: len(sink.batches) == first + 5)
        moved = sink.batches[-1]
        assert moved.records == (sink.vm("web-pci-07"),)
        assert moved.occurred_at == clock.now - timedelta(seconds=1)
        assert moved.attributions[0].actor == "j.kim"
        assert moved.attributions[0].paths == ("nics",)
        assert moved.seen is Seen.EVENT
        clock.pass_(66)
        await sink.until(lambda: any(batch.removed for batch in sink.batches))
        assert "ends" not in " ".join(sink.told[sink.told.index("live") :]), "no second discovery"


async def test_a_long_absence_is_told_as_a_discovery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "LEAP", 50)
    clock = Moment()
    uri = "demo://?hosts=2&vms=40&story=off&changes_per_second=10"
    async with running(DemoReader(start(Role.READER, uri=uri), clock)) as sink:
        await sink.until(lambda: State.LIVE in sink.states)
        clock.pass_(60)
        await sink.until(lambda: len(sink.states) == 2)
        assert [word.split()[0] for word in sink.told if word != "batch"][-3:] == ["begins", "ends", "live"]


async def test_resync_tells_everything_again() -> None:
    reader = demo.reader(start(Role.READER))
    async with running(reader) as sink:
        await sink.until(lambda: State.LIVE in sink.states)
        await reader.resync()
        await sink.until(lambda: len(sink.states) == 2)
        assert len([word for word in sink.told if word.startswith("ends")]) == 2


async def test_samples_are_of_the_watched_and_no_others() -> None:
    reader = demo.reader(start(Role.READER))
    async with running(reader) as sink:
        await sink.until(lambda: State.LIVE in sink.states)
        assert sink.samples_seen == []
        watched = {sink.vm("web-01").id, next(entity for entity in sink.records if entity.startswith("host/"))}
        reader.watch(frozenset(watched))
        await sink.until(lambda: len(sink.samples_seen) >= 4)
        assert {sample.entity for sample in sink.samples_seen} == watched
        assert all(sample.cpu_percent is not None for sample in sink.samples_seen)


async def test_a_reader_that_is_started_again_goes_on_with_the_same_world(tmp_path: Path) -> None:
    clock = Moment()
    uri = "demo://?hosts=10&changes_per_second=5"
    async with running(DemoReader(start(Role.READER, tmp_path, uri), clock)) as first:
        await first.until(lambda: State.LIVE in first.states)
        clock.pass_(50)
        await first.until(lambda: any(batch.occurred_at for batch in first.batches))
    clock.pass_(10)
    async with running(DemoReader(start(Role.READER, tmp_path, uri), clock)) as second:
        await second.until(lambda: State.LIVE in second.states)
    undisturbed = Simulation(parse(uri), str(tmp_path), clock).world
    assert second.told[0] == first.told[0] == f"identified {undisturbed.endpoint}"
    assert second.records == {record.id: record for record in (*undisturbed.containers(), *undisturbed.vms())}
    assert second.records.keys() == first.records.keys()
    assert second.records != first.records


# --- the chronicle ------------------------------------------------------------------------------------------------


def test_whoever_comes_first_begins_the_world(tmp_path: Path) -> None:
    clock = Moment()
    first = Chronicle(str(tmp_path), clock)
    clock.pass_(5)
    second = Chronicle(str(tmp_path), clock)
    assert first.started_at == second.started_at == clock.now - timedelta(seconds=5)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_many_processes_that_begin_at_once_agree(tmp_path: Path) -> None:
    script = (
        "import sys; from vmi_console.collectors.demo.chronicle import Chronicle; "
        "c = Chronicle(sys.argv[1]); c.append('x' * 300, {}); print(c.started_at)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    beginnings = {process.communicate()[0] for process in processes}
    assert len(beginnings) == 1
    assert len(Chronicle(str(tmp_path)).news()) == 4


def test_half_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    chronicle = Chronicle(str(tmp_path))
    path = tmp_path / FILE_NAME
    chronicle.append("reset", {"vm": "web-01"})
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert chronicle.news() == []
    path.write_bytes(whole)
    assert [entry.command for entry in chronicle.news()] == ["reset"]
    assert chronicle.news() == []


def test_a_damaged_chronicle_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{}\n")
    with pytest.raises(StorageError, match="remove it"):
        Chronicle(str(tmp_path))


def test_a_command_that_comes_late_is_fitted_in_where_it_belongs(tmp_path: Path) -> None:
    clock = Moment()
    parameters = parse("demo://?hosts=2&vms=40&changes_per_second=10")
    ahead = Simulation(parameters, str(tmp_path), clock)
    slow = Simulation(parameters, str(tmp_path), clock)
    slow.order("reset", {"vm": "web-01"})
    clock.pass_(EFFECT_AFTER.total_seconds() + 20)
    assert ahead.advance().leapt is False, "it was read in time"
    path = tmp_path / FILE_NAME
    late = path.read_bytes().splitlines(keepends=True)[-1].replace(b"reset", b"suspend").replace(b"web-01", b"web-02")
    with path.open("ab") as file:
        file.write(late)
    assert ahead.advance().leapt is True
    assert slow.advance().leapt is False
    assert list(ahead.world.vms()) == list(slow.world.vms())
    assert ahead.world.find_vm("web-02").power is Power.SUSPENDED


# --- the actor ----------------------------------------------------------------------------------------------------


async def test_what_the_actor_does_the_reader_shows(tmp_path: Path) -> None:
    async with running(demo.reader(start(Role.READER, tmp_path))) as sink:
        await sink.until(lambda: State.LIVE in sink.states)
        vm = sink.vm("web-01")
        moving = {"vm": vm.id, "nic": "4000", "network": "guest-dmz", "by": "a.novak"}
        value = await demo.actor(start(Role.ACTOR, tmp_path)).act("move_nic", moving)
        assert value == {"vm": vm.id}
        await sink.until(lambda: bool(sink.attributions))
        assert sink.vm("web-01").nics[0].network != vm.nics[0].network
        assert sink.attributions[0].actor == "a.novak"


async def test_the_actor_passes_on_refusals(tmp_path: Path) -> None:
    actor = demo.actor(start(Role.ACTOR, tmp_path))
    with pytest.raises(CommandRefused, match="is on already"):
        await actor.act("power_on", {"vm": "web-01"})
    with pytest.raises(CommandRefused, match="no command"):
        await actor.act("explode", {})
    assert b"explode" not in (tmp_path / FILE_NAME).read_bytes()


async def test_an_actor_alone_acts_on_a_world_of_its_own() -> None:
    actor = demo.actor(start(Role.ACTOR))
    made = await actor.act("create_vm", {"name": "new"})
    assert await actor.act("power_on", {"vm": "new"}) == made


async def test_acting_needs_the_grant(tmp_path: Path) -> None:
    only_reading = Grants(read_guests=True)
    with pytest.raises(CommandRefused, match="may not act"):
        await demo.actor(start(Role.ACTOR, tmp_path, grants=only_reading)).act("reset", {"vm": "web-01"})


# --- the inspector ------------------------------------------------------------------------------------------------


async def test_the_inspector_looks_into_every_running_guest(tmp_path: Path) -> None:
    async with running(demo.inspector(start(Role.INSPECTOR, tmp_path))) as sink:
        world = Simulation(parse(QUIET), str(tmp_path)).world
        expected = {vm.id for vm in world.vms() if vm.power is Power.ON}
        await sink.until(lambda: {r.vm for r in sink.records.values() if isinstance(r, Guest)} >= expected)
        guests = [record for batch in sink.batches for record in batch.records if isinstance(record, Guest)]
        assert {guest.vm for guest in guests} == expected
        assert len(guests) == len(expected), "each once"
        known: set[EntityId] = set()
        for record in (record for batch in sink.batches for record in batch.records):
            if isinstance(record, SoftwareImage):
                assert record.id not in known
                known.add(record.id)
            elif isinstance(record, Guest) and record.applications.base:
                assert record.applications.base in known
        assert {batch.seen for batch in sink.batches} == {Seen.INSPECTION}


async def test_the_inspector_sees_what_the_story_does_inside(tmp_path: Path) -> None:
    clock = Moment()

    def telnet_found(sink: Recording) -> list[str]:
        return [
            guest.name
            for guest in sink.records.values()
            if isinstance(guest, Guest) and any(a.name == "telnetd" for a in guest.applications.items)
        ]

    async with running(DemoInspector(start(Role.INSPECTOR, tmp_path, "demo://"), clock)) as sink:
        await sink.until(lambda: bool(sink.batches))
        early = [record.name for record in sink.batches[0].records if isinstance(record, Guest)]
        assert early[:2] == ["web-pci-03", "db-pci-02"], "the story's first"
        assert telnet_found(sink) == []
        clock.pass_(28)
        await sink.until(lambda: bool(telnet_found(sink)))
        assert telnet_found(sink) == ["web-pci-03"]


async def test_inspection_on_request(tmp_path: Path) -> None:
    role = demo.inspector(start(Role.INSPECTOR, tmp_path))
    async with running(role) as sink:
        await sink.until(lambda: len(sink.batches) > 0)
        world = Simulation(parse(QUIET), str(tmp_path)).world
        switched_off = next(vm for vm in world.vms() if vm.power is Power.OFF)
        await role.inspect(switched_off.id)
        await sink.until(lambda: any(isinstance(r, Guest) and r.vm == switched_off.id for r in sink.records.values()))
        with pytest.raises(CommandRefused, match="there is no VM"):
            await role.inspect(EntityId("vm/x/y"))


async def test_in_quiet_hours_only_who_is_asked_for_is_inspected(tmp_path: Path) -> None:
    role = demo.inspector(start(Role.INSPECTOR, tmp_path))
    always = Quiet(read("0-24"))
    role.go_at(ChosenPace(quiet=always))
    async with running(role) as sink:
        await sink.until(lambda: role.standing() is not None)
        world = Simulation(parse(QUIET), str(tmp_path)).world
        one, other = [vm for vm in world.vms() if vm.power is Power.ON][-2:]
        await sink.until(lambda: role.waits(one.id))
        await role.inspect(one.id)
        await sink.until(lambda: any(isinstance(r, Guest) and r.vm == one.id for r in sink.records.values()))
        assert not any(isinstance(r, Guest) and r.vm == other.id for r in sink.records.values())
        standing = role.standing()
        assert standing is not None
        assert (standing.quiet, standing.quiet_until) == (True, None)
        assert standing.waiting > 0
        role.go_at(ChosenPace())
        await sink.until(lambda: any(isinstance(r, Guest) and r.vm == other.id for r in sink.records.values()))
        assert not role.waits(one.id)


async def test_inspecting_needs_the_grant() -> None:
    role = demo.inspector(start(Role.INSPECTOR, grants=Grants(quarantine=True)))
    with pytest.raises(CommandRefused, match="may not look into"):
        await role.run(Recording())
    with pytest.raises(CommandRefused, match="may not look into"):
        await role.inspect(EntityId("vm/x/y"))


# --- failures -----------------------------------------------------------------------------------------------------


async def test_credentials() -> None:
    for secret, said in ((None, "wants a password"), ("wrong", "does not accept")):
        with pytest.raises(CredentialsNeeded, match=said):
            await demo.reader(start(Role.READER, uri="demo://?fail=credentials", secret=secret)).run(Recording())
    async with running(demo.reader(start(Role.READER, uri="demo://?fail=credentials", secret="demo"))) as sink:
        await sink.until(lambda: State.LIVE in sink.states)


async def test_trust() -> None:
    with pytest.raises(TrustNeeded) as caught:
        await demo.reader(start(Role.READER, uri="demo://?fail=trust")).run(Recording())
    fingerprint = caught.value.fingerprint
    assert len(fingerprint.split(":")) == 32
    async with running(demo.reader(start(Role.READER, uri="demo://?fail=trust", trusted=(fingerprint,)))) as sink:
        await sink.until(lambda: State.LIVE in sink.states)


@pytest.mark.parametrize(("mode", "error"), [("unreachable", Unreachable), ("unsupported", Unsupported)])
async def test_no_connection(mode: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await demo.reader(start(Role.READER, uri=f"demo://?fail={mode}")).run(Recording())
    with pytest.raises(error):
        await demo.inspector(start(Role.INSPECTOR, uri=f"demo://?fail={mode}")).run(Recording())
    with pytest.raises(error):
        await demo.actor(start(Role.ACTOR, uri=f"demo://?fail={mode}")).act("reset", {"vm": "web-01"})


async def test_degraded_tells_no_loads() -> None:
    reader = demo.reader(start(Role.READER, uri="demo://?fail=degraded&changes_per_second=20"))
    async with running(reader) as sink:
        await sink.until(lambda: State.DEGRADED in sink.states)
        reader.watch(frozenset({sink.vm("web-01").id}))
        await sink.until(lambda: any(batch.seen is Seen.EVENT for batch in sink.batches))
        assert (sink.samples_seen, sink.states) == ([], [State.DEGRADED])


async def test_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "DROPS_AFTER_S", 0.5)
    sink = Recording()
    with pytest.raises(Unreachable, match="closed the connection"):
        await demo.reader(start(Role.READER, uri="demo://?fail=drops")).run(sink)
    assert sink.states == [State.LIVE]


HANGING = """
import asyncio, sys, threading
from tests.unit.collectors.test_demo_roles import Recording
from vmi_console.collectors import demo
from vmi_console.collectors.demo import failures
from vmi_console.collectors.protocol import Role, Start

class Loud(Recording):
    async def condition(self, state, reason="", advice=""):
        print(state, flush=True)

async def beat():
    while True:
        print("beat", flush=True)
        await asyncio.sleep(0.05)

async def main():
    failures.LAST_WORDS_S = 0.3
    async with asyncio.TaskGroup() as group:
        group.create_task(beat())
        group.create_task(demo.reader(Start(role=Role.READER, uri=sys.argv[1])).run(Loud()))

watcher = threading.Timer(3, lambda: print("thread is alive", flush=True))
watcher.daemon = True
watcher.start()
asyncio.run(main())
"""


@pytest.mark.slow
def test_hang_stops_the_heart_after_going_live() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HANGING, "demo://?hosts=1&fail=hang"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith("thread"):
                break
        assert process.poll() is None
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    live = lines.index("live")
    assert "beat" in lines[live:], "it lived a while"
    assert len(lines[live:]) < 20, "and beats no more, though the process is there"


def test_crash_ends_the_process() -> None:
    process = subprocess.run(
        [sys.executable, "-c", HANGING, "demo://?hosts=1&fail=crash"], capture_output=True, text=True, check=False
    )
    assert process.returncode < 0
    assert "live" in process.stdout.splitlines()


async def test_latency_delays_and_harms_nothing() -> None:
    async with running(demo.reader(start(Role.READER, uri="demo://?hosts=1&latency_ms=5"))) as sink:
        await sink.until(lambda: State.LIVE in sink.states)


def test_the_provider_is_found_by_its_name_and_refuses_wrong_addresses() -> None:
    provider = load("demo")
    for role, make in (
        (Role.READER, provider.reader),
        (Role.INSPECTOR, provider.inspector),
        (Role.ACTOR, provider.actor),
    ):
        with pytest.raises(ConnectionUriError, match="did you mean hosts"):
            make(start(role, uri="demo://?host=1"))
