"""The demo world: the same in every process, at every moment, whatever the steps in which it got there."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmi_console.collectors.demo import casting, loads, story
from vmi_console.collectors.demo.commands import COMMANDS, Occurrence
from vmi_console.collectors.demo.parameters import Failure, Parameters, parse
from vmi_console.collectors.demo.world import Order, World
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.facts import Application, FactSet, Looked, Service
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Access, Datacenter, Host, HostState, Network, Power, ToolsState
from vmi_console.estate.vlan import VlanMode, access

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)


def world_of(uri: str) -> World:
    return World(parse(uri), BEGIN)


def second(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def everything(world: World) -> list[AnyRecord]:
    return [*world.containers(), *world.vms(), *(world.guest(vm) for vm in world.vms())]


def named(world: World, name: str) -> VM:
    return world.find_vm(name)


def order(at: float, name: str, /, **arguments: object) -> Order:
    return Order(second(at), 0, f"{name} at {at}", name, arguments)


# --- the same everywhere ------------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(st.lists(st.floats(0, 200), max_size=12), st.integers(0, 9))
def test_steps_do_not_matter(moments: list[float], seed: int) -> None:
    uri = f"demo://?hosts=4&vms=130&changes_per_second=2&seed={seed}"
    orders = [order(31.5, "suspend", vm="web-01"), order(90, "create_vm", name="made here"), order(95, "explode")]
    at_once, by_and_by = world_of(uri), world_of(uri)
    at_once.schedule(orders)
    by_and_by.schedule(orders)
    told = [occurrence for moment in sorted(moments) for occurrence in by_and_by.advance(second(moment))]
    assert at_once.advance(second(200)) == told + by_and_by.advance(second(200))
    assert everything(at_once) == everything(by_and_by)


def test_seeds_and_beginnings_make_other_worlds() -> None:
    first, other_seed = world_of("demo://?seed=1"), world_of("demo://?seed=2")
    later = World(parse("demo://?seed=1"), second(1))
    assert len({first.endpoint, other_seed.endpoint, later.endpoint}) == 3
    uuids = [{vm.uuid for vm in world.vms()} for world in (first, later)]
    assert uuids[0].isdisjoint(uuids[1])


def test_what_is_told_leads_from_the_first_day_to_now() -> None:
    uri = "demo://?hosts=6&changes_per_second=20&seed=3"
    world = world_of(uri)
    replica: dict[EntityId, AnyRecord] = {record.id: record for record in (*world.containers(), *world.vms())}
    for occurrence in world.advance(second(150)):
        replica |= {record.id: record for record in occurrence.records}
        for gone in occurrence.removed:
            del replica[gone]
    assert replica == {record.id: record for record in (*world.containers(), *world.vms())}


def test_residents_are_the_vms_that_name_the_host() -> None:
    world = world_of("demo://?hosts=7&vms=150&changes_per_second=20")
    world.advance(second(130))
    hosts = [record for record in world.containers() if isinstance(record, Host)]
    for host in hosts:
        assert [vm.id for vm in world.residents(host.id)] == [vm.id for vm in world.vms() if vm.host == host.id]


def test_changes_come_at_the_rate_that_was_asked_for() -> None:
    world = world_of("demo://?hosts=20&changes_per_second=100&story=off")
    occurrences = world.advance(second(30))
    assert 2_800 <= len(occurrences) <= 3_000
    assert {bool(occurrence.attributions) for occurrence in occurrences} == {True, False}
    assert [o.at for o in occurrences] == sorted(o.at for o in occurrences)
    events = {attribution.event for occurrence in occurrences for attribution in occurrence.attributions}
    assert events >= {
        "VmMigratedEvent",
        "VmPoweredOffEvent",
        "VmPoweredOnEvent",
        "VmReconfiguredEvent",
        "VmRenamedEvent",
    }


def test_a_still_estate_is_still_and_a_calm_one_is_calm() -> None:
    assert world_of("demo://?story=off").advance(second(3600)) == []
    assert world_of("demo://?story=off&changes_per_second=0").advance(second(3600)) == []
    calm = [o for o in world_of("demo://").advance(second(story.ENDS_AT_SECOND + 600)) if o.at >= second(120)]
    assert 30 <= len(calm) <= 41
    assert all(occurrence.attributions for occurrence in calm)


# --- what it is like ----------------------------------------------------------------------------------------------


def test_the_default_estate_is_complete_and_consistent() -> None:
    world = world_of("demo://")
    records = {record.id: record for record in (*world.containers(), *world.vms())}
    vms = list(world.vms())
    hosts = [record for record in records.values() if isinstance(record, Host)]
    networks = [record for record in records.values() if isinstance(record, Network)]
    assert (len(hosts), len(vms), len(records)) == (10, 200, world.container_count() + world.vm_count())
    assert sum(isinstance(record, Datacenter) for record in records.values()) == 2
    assert len({host.name for host in hosts}) == 10
    for host in hosts:
        assert host.cluster in records
        assert host.datacenter in records
        assert all((host.location, host.vendor, host.model, host.serial, host.uuid, host.addresses, host.memory_bytes))
        assert all(nic.switch in records for nic in host.nics)
    for network in networks:
        assert network.hosts
        assert network.datacenter in records
    for vm in vms:
        assert vm.host in records
        assert all(nic.network in records for nic in vm.nics)
        assert all(disk.datastore in records for disk in vm.disks)
        assert vm.attributes["owner"]
        assert bool(vm.booted_at) == (vm.power is Power.ON)
    unique: list[Iterable[object]] = [
        [vm.name for vm in vms],
        [vm.uuid for vm in vms],
        [vm.instance_uuid for vm in vms],
        [nic.mac for vm in vms for nic in vm.nics],
        [address.ip for vm in vms for nic in vm.nics for address in nic.addresses],
    ]
    for values in unique:
        values = list(values)
        assert len(values) == len(set(values))
    assert all(nic.mac and nic.mac.startswith("00:50:56:") for vm in vms for nic in vm.nics)


def test_the_default_estate_has_something_of_everything() -> None:
    world = world_of("demo://")
    vms = list(world.vms())
    assert {vm.power for vm in vms} == {Power.ON, Power.OFF, Power.SUSPENDED}
    assert any(vm.template for vm in vms)
    assert {vm.guest.tools for vm in vms} == set(ToolsState)
    assert {vm.guest.os for vm in vms} == {system.name for system in casting.SYSTEMS}
    ages = [BEGIN - snapshot.created_at for vm in vms for snapshot in vm.snapshots if snapshot.created_at]
    assert max(ages) > timedelta(days=180)
    assert any(snapshot.parent for vm in vms for snapshot in vm.snapshots)
    networks = {network.name: network for network in world.networks.values()}
    assert networks["prod-web"].vlan == access(110)
    assert networks["quarantine"].vlan == access(999)
    trunk = networks["fw-trunk"]
    assert trunk.vlan is not None
    assert trunk.vlan.mode is VlanMode.TRUNK
    assert named(world, "fw-01").nics[0].network in {n.id for n in world.networks.values() if n.name == "fw-trunk"}
    assert networks["legacy-lan"].vlan is None, "hosts disagree about it"
    assert len(set(networks["legacy-lan"].host_vlans.values())) == 2


def test_names_lead_back_to_machines() -> None:
    world = world_of("demo://?hosts=30")
    for vm in world.vms():
        assert world.find_vm(vm.name) == vm
    for nonsense in ("web", "web-", "web-0", "web-x", "web-²", "nobody-01", "web-99999", "-01", ""):
        assert world.machines.number_of_name(nonsense) is None


@pytest.mark.parametrize("uri", ["demo://?hosts=1&vms=0", "demo://?hosts=1&vms=1", "demo://?hosts=40&vms=3"])
def test_tiny_estates_play_what_they_can(uri: str) -> None:
    world = world_of(uri)
    world.advance(second(600))
    assert everything(world)


MAKE_45_000 = """
from datetime import UTC, datetime, timedelta
from pathlib import Path
from vmi_console.collectors.demo.parameters import parse
from vmi_console.collectors.demo.world import World
begin = datetime(2026, 3, 2, 9, tzinfo=UTC)
world = World(parse("demo://?hosts=2500&vms=45000&changes_per_second=100&story=off"), begin)
assert sum(1 for _ in world.vms()) == 45_000
assert world.advance(begin + timedelta(seconds=5))
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(status["VmHWM"].split()[0])
"""


def test_45_000_vms_take_little_memory() -> None:
    """What was never touched is not kept, so that a reader of a large estate is a small process."""
    made = subprocess.run([sys.executable, "-c", MAKE_45_000], capture_output=True, text=True, check=True)
    assert int(made.stdout) < 80 * 1024, "KiB at the highest, interpreter included"


# --- inside guests ------------------------------------------------------------------------------------------------


def test_guests_differ_from_their_image_by_up_to_twenty_packages() -> None:
    world = world_of("demo://?packages=400&images=50&vms=300")
    images = {}
    differences = set()
    for vm in world.vms():
        image, guest = world.image(vm), world.guest(vm)
        images[image.id] = image
        if guest.applications.status is Looked.UNREADABLE:
            assert guest.applications.because
            assert all(disk.encrypted for disk in vm.disks)
            continue
        assert guest.applications.base == guest.services.base == image.id
        keys = {application.key for application in image.applications}
        assert set(guest.applications.removed) <= keys
        own = {application.key for application in guest.applications.items}
        assert own.isdisjoint(guest.applications.removed)
        differences.add(len(own) + len(guest.applications.removed))
        assert guest.os.items[0].name == vm.guest.os
    assert max(differences) <= 20
    assert len(differences) > 10
    assert 20 < len(images) <= 50
    for image in images.values():
        assert len({application.key for application in image.applications}) == 400
        assert all(application.version for application in image.applications)


def test_images_have_a_believable_number_of_packages_by_default() -> None:
    world = world_of("demo://")
    counts = {len(world.image(vm).applications) for vm in world.vms()}
    assert len(counts) > 5
    assert all(60 <= count <= 120 for count in counts)


# --- loads --------------------------------------------------------------------------------------------------------


def test_loads_are_smooth_bounded_and_repeatable() -> None:
    world = world_of("demo://")
    vm = named(world, "db-01")
    curve = [loads.sample(world, vm.id, second(tick)) for tick in range(3600)]
    cpu = [sample.cpu_percent for sample in curve if sample and sample.cpu_percent is not None]
    assert len(cpu) == 3600
    assert 0 <= min(cpu) < max(cpu) <= 100
    assert max(cpu) - min(cpu) > 10
    assert max(abs(after - before) for before, after in itertools.pairwise(cpu)) < 20
    assert curve[7] == loads.sample(world_of("demo://"), vm.id, second(7))


def test_a_hosts_load_is_its_vms() -> None:
    world = world_of("demo://")
    host = next(record for record in world.containers() if isinstance(record, Host))
    of_host = loads.sample(world, host.id, second(60))
    of_vms = [loads.sample(world, vm.id, second(60)) for vm in world.residents(host.id)]
    assert of_host is not None
    assert of_host.net_receive_bytes_per_s == sum(vm.net_receive_bytes_per_s or 0 for vm in of_vms if vm)
    assert of_host.cpu_percent is not None
    assert 0 < of_host.cpu_percent < 100


def test_no_load_of_what_cannot_be_asked() -> None:
    world = world_of("demo://")
    world.advance(second(50))
    silent = world.find_host(story.SILENT_HOST)
    resident = next(world.residents(silent.id))
    nowhere = EntityId(f"vm/{world.endpoint}/vm-99999")
    for entity in (silent.id, resident.id, nowhere, EntityId("host/x/host-10"), EntityId("network/x/y")):
        assert loads.sample(world, entity, second(50)) is None
    off = loads.sample(world, named(world, "build-08").id, second(50))
    assert off is not None
    assert off.cpu_percent == 0


# --- the story ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told() -> list[Occurrence]:
    """The story as it is told by a world of default parameters but another seed."""
    return world_of("demo://?seed=5").advance(second(story.ENDS_AT_SECOND))


def test_every_step_happens_at_its_second(told: list[Occurrence]) -> None:
    assert [occurrence.at for occurrence in told] == [second(step.second) for step in story.STORY]
    assert story.STORY[-1].second < story.ENDS_AT_SECOND


@pytest.mark.parametrize(
    ("at", "name", "actor", "paths"),
    [
        (6, "app-03", "DRS", ("host",)),
        (10, "test-02", "m.okafor", ("power", "booted_at")),
        (14, "db-02", "s.lindqvist", ("snapshots",)),
        (22, "web-pci-07", "j.kim", ("nics",)),
        (38, "build-04", "r.patel", ("power", "booted_at")),
        (68, "app-canary", "r.patel", ()),
        (76, "test-01-DO-NOT-DELETE", "m.okafor", ("name",)),
        (82, "app-07", "j.kim", ("nics",)),
        (94, "vdi-21", "a.novak", ("power",)),
    ],
)
def test_steps_name_who_did_what(told: list[Occurrence], at: int, name: str, actor: str, paths: tuple[str]) -> None:
    occurrence = next(occurrence for occurrence in told if occurrence.at == second(at))
    (record,) = occurrence.records
    (attribution,) = occurrence.attributions
    assert record.name == name
    assert (attribution.entity, attribution.actor, attribution.paths) == (record.id, actor, paths)
    assert attribution.occurred_at == second(at)
    assert attribution.event


def test_a_cardholder_web_server_ends_up_on_the_guest_vlan() -> None:
    world = world_of("demo://")
    before = named(world, "web-pci-07").nics[0].network
    world.advance(second(22))
    after = named(world, "web-pci-07").nics[0].network
    assert before is not None
    assert after is not None
    assert world.networks[before].vlan == access(110)
    assert world.networks[after].vlan == access(666)
    assert world.networks[before].datacenter == world.networks[after].datacenter


def test_a_host_falls_silent_with_its_vms_and_returns() -> None:
    world = world_of("demo://")
    world.advance(second(41))
    residents = [vm.id for vm in world.residents(world.find_host(story.SILENT_HOST).id)]
    (silence,) = world.advance(second(42))
    host, *vms = silence.records
    assert isinstance(host, Host)
    assert host.state is HostState.NOT_RESPONDING
    assert [vm.id for vm in vms] == residents
    assert len(residents) == 20
    assert all(isinstance(vm, VM) and vm.access is Access.DISCONNECTED for vm in vms)
    (back,) = world.advance(second(62))
    assert isinstance(back.records[0], Host)
    assert back.records[0].state is HostState.CONNECTED
    assert all(isinstance(vm, VM) and vm.access is Access.CONNECTED for vm in back.records[1:])
    assert set(back.guests) == {vm.id for vm in back.records if isinstance(vm, VM) and vm.power is Power.ON}
    assert silence.guests == ()


def _application(facts: FactSet[Application], name: str) -> Application | None:
    return next((application for application in facts.items if application.name == name), None)


def _service(facts: FactSet[Service], name: str) -> Service | None:
    return next((service for service in facts.items if service.name == name), None)


def test_what_happens_inside_is_seen_inside_only() -> None:
    world = world_of("demo://")
    victim, unguarded = named(world, "web-pci-03"), named(world, "db-pci-02")
    world.advance(second(27))
    assert _application(world.guest(victim).applications, "telnetd") is None
    (installed,) = world.advance(second(28))
    assert (installed.records, installed.attributions, installed.guests) == ((), (), (victim.id,))
    assert _application(world.guest(victim).applications, "telnetd") == Application(
        name="telnetd", version="0.17-42", arch="amd64", manager="dpkg"
    )
    image = world.image(unguarded)
    assert Service(name="auditd", enabled=True, running=True, state="enabled") in image.services
    assert _service(world.guest(unguarded).services, "auditd") is None
    world.advance(second(33))
    assert _service(world.guest(unguarded).services, "auditd") == Service(
        name="auditd", enabled=False, running=False, state="disabled"
    )


def test_a_vm_comes_another_goes() -> None:
    world = world_of("demo://")
    ids = {vm.id for vm in world.vms()}
    legacy = named(world, "legacy-04")
    (removed,) = [occurrence for occurrence in world.advance(second(120)) if occurrence.removed]
    assert removed.removed == (legacy.id,)
    assert removed.attributions[0].paths == ()
    new = named(world, "app-canary")
    assert {vm.id for vm in world.vms()} == ids - {legacy.id} | {new.id}
    assert world.vm_count() == 200
    assert new.power is Power.ON
    assert world.vm(legacy.id) is None


# --- what people are told -----------------------------------------------------------------------------------------

DOCUMENT = (Path(__file__).parents[3] / "docs" / "demo.md").read_text(encoding="utf-8")


def test_the_document_has_the_timetable() -> None:
    rows = [re.match(r"\| (\d+) \| (.*) \| (.*?) ?\|$", line) for line in DOCUMENT.splitlines()]
    told_rows = [(float(row[1]), row[2], row[3]) for row in rows if row]
    assert [at for at, _, _ in told_rows] == [step.second for step in story.STORY]
    for (_, text, who), step in zip(told_rows, story.STORY, strict=True):
        arguments = msgspec.structs.asdict(step.command)
        subject = arguments.get("vm") or arguments.get("name") or arguments["host"].partition(".")[0]
        assert subject in text
        assert who == step.command.by or not step.command.by


def test_the_document_has_every_parameter_failure_and_command() -> None:
    for word in (*Parameters.__struct_fields__, *Failure, *COMMANDS):
        assert f"`{word}`" in DOCUMENT
