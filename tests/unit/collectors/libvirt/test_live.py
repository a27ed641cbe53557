"""The reader on libvirt's test driver: a hypervisor in this process, `test:///default`, which all connections share."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import libvirt
import pytest

from tests.unit.collectors.libvirt.recording import Recording, running
from vmi_console.collectors.libvirt import eventloop, following, live, reader
from vmi_console.collectors.libvirt.address import target
from vmi_console.collectors.libvirt.live import LibvirtReader
from vmi_console.collectors.protocol import Role, Start
from vmi_console.errors import Unreachable
from vmi_console.estate.changes import Batch, Seen
from vmi_console.estate.identity import kind_of
from vmi_console.estate.records import VM, Access, Host, Network, NetworkKind, NicKind, Power, State, Switch
from vmi_console.estate.vlan import access

URI = "test:///default"
ENDPOINT = target(URI).endpoint(None)
UUID = "0b6ff1c8-1d3b-4f0b-9a37-3c0d2f5d1a01"
DEFINITION = """<domain type='test'><name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>64</memory>
<vcpu>1</vcpu><os><type>hvm</type></os><devices>{devices}</devices></domain>"""


def definition(name: str = "guest", devices: str = "", uuid: str = UUID) -> str:
    return DEFINITION.format(name=name, uuid=uuid, devices=devices)


def a_reader() -> LibvirtReader:
    return reader(Start(role=Role.READER, uri=URI))


@pytest.fixture
def administrator() -> Iterator[libvirt.virConnect]:
    """Somebody else's connection; whatever they made is taken away afterwards."""
    eventloop.start()
    with closing(libvirt.open(URI)) as connection:
        before = {each.UUIDString() for each in (*connection.listAllDomains(), *connection.listAllNetworks())}
        yield connection
        for each in (*connection.listAllDomains(), *connection.listAllNetworks()):
            if each.UUIDString() not in before:
                with suppress(libvirt.libvirtError):
                    each.destroy()
                with suppress(libvirt.libvirtError):
                    _forget(each)


def _forget(each: libvirt.virDomain | libvirt.virNetwork) -> None:
    if isinstance(each, libvirt.virDomain):
        each.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA)
    else:
        each.undefine()


def guest(recording: Recording) -> VM:
    """The domain of these tests, which must be there."""
    vm = recording.vm("guest")
    assert vm is not None
    return vm


def mentions(batch: Batch, entity: str) -> bool:
    return entity in batch.removed or any(record.id == entity for record in batch.records)


def how(recording: Recording, entity: str) -> list[Seen]:
    """How each report of an entity came about."""
    return [batch.seen for batch in recording.batches if mentions(batch, entity)]


async def test_discovery() -> None:
    async with running(a_reader()) as recording:
        assert recording.endpoint == ENDPOINT
        assert recording.product.startswith("TEST ")
        assert sorted(map(kind_of, recording.records)) == ["datastore", "host", "network", "switch", "vm"]
        assert recording.expected is not None
        assert {batch.seen for batch in recording.batches} == {Seen.DISCOVERY}
        vm = recording.vm("test")
        assert vm is not None
        assert vm.id == f"vm/{ENDPOINT}/6695eb01-f6a4-8304-79aa-97f2502e193f"
        assert (vm.power, vm.vcpus, vm.memory_bytes, vm.persistent, vm.autostart) == (Power.ON, 2, 8 << 30, True, False)
        (host,) = (record for record in recording.records.values() if isinstance(record, Host))
        assert vm.host == host.id
        assert host.memory_bytes == 3 << 30
        (nic,) = vm.nics
        network = recording.records[nic.network or ""]  # type: ignore[index]
        assert isinstance(network, Network)
        assert (network.name, network.subnets, network.switch in recording.records) == (
            "default",
            ("192.168.122.0/24",),
            True,
        )
        assert recording.contacts


async def test_a_life_is_told_by_events(administrator: libvirt.virConnect) -> None:
    async with running(a_reader()) as recording:
        domain = administrator.defineXML(definition())
        await recording.until(lambda: recording.vm("guest"))
        entity = guest(recording).id

        def power() -> Power:
            record = recording.records[entity]
            assert isinstance(record, VM)
            return record.power

        domain.create()
        await recording.until(lambda: power() is Power.ON)
        domain.suspend()
        await recording.until(lambda: power() is Power.PAUSED)
        domain.resume()
        await recording.until(lambda: power() is Power.ON)
        domain.destroy()
        await recording.until(lambda: power() is Power.OFF)
        domain.undefine()
        await recording.until(lambda: entity not in recording.records)
        assert set(how(recording, entity)) == {Seen.EVENT}


async def test_a_transient_domain_ends_with_its_power(administrator: libvirt.virConnect) -> None:
    async with running(a_reader()) as recording:
        domain = administrator.createXML(definition())
        await recording.until(lambda: recording.vm("guest"))
        assert not guest(recording).persistent
        domain.destroy()
        await recording.until(lambda: recording.vm("guest") is None)


async def test_a_title_and_a_new_definition_are_told_by_events(administrator: libvirt.virConnect) -> None:
    domain = administrator.defineXML(definition())
    async with running(a_reader()) as recording:
        domain.setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "Shop", None, None)
        await recording.until(lambda: guest(recording).attributes.get("title") == "Shop")
        card = "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>"
        administrator.defineXML(definition(devices=card))
        await recording.until(lambda: guest(recording).nics)
        assert guest(recording).nics[0].type is NicKind.USER


@pytest.mark.slow
async def test_what_has_no_event_is_found_by_looking_again(administrator: libvirt.virConnect) -> None:
    domain = administrator.defineXML(definition())
    async with running(a_reader()) as recording:
        domain.snapshotCreateXML("<domainsnapshot><name>before</name></domainsnapshot>")
        await recording.until(lambda: guest(recording).snapshots)
        (snapshot,) = guest(recording).snapshots
        assert (snapshot.name, snapshot.current, snapshot.power) == ("before", True, Power.OFF)
        assert how(recording, guest(recording).id)[-1] is Seen.POLL


async def test_looking_again_at_what_is_unchanged_reports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "POLL_S", 0.02)
    async with running(a_reader()) as recording:
        batches = len(recording.batches)
        await recording.contacted(200)  # every kind of look, the slow ones included
        assert len(recording.batches) == batches


async def test_networks_come_and_go_and_take_their_names_with_them(administrator: libvirt.virConnect) -> None:
    card = "<interface type='network'><source network='ovs' portgroup='web'/></interface>"
    administrator.defineXML(definition(devices=card))
    async with running(a_reader()) as recording:
        assert guest(recording).nics[0].network is None
        network = administrator.networkDefineXML(
            "<network><name>ovs</name><forward mode='bridge'/><bridge name='ovs0'/>"
            "<virtualport type='openvswitch'/><portgroup name='web'><vlan><tag id='110'/></vlan></portgroup></network>"
        )
        group = f"network/{ENDPOINT}/{network.UUIDString()}#web"
        await recording.until(lambda: guest(recording).nics[0].network == group)
        record = recording.records[group]  # type: ignore[index]
        assert isinstance(record, Network)
        assert (record.type, record.vlan) == (NetworkKind.PORTGROUP, access(110))
        network.undefine()
        await recording.until(lambda: group not in recording.records)
        await recording.until(lambda: guest(recording).nics[0].network is None)


async def test_bridges_exist_while_domains_are_plugged_into_them(administrator: libvirt.virConnect) -> None:
    bridge = f"network/{ENDPOINT}/bridge:br7"
    async with running(a_reader()) as recording:
        card = "<interface type='bridge'><source bridge='br7'/></interface>"
        domain = administrator.defineXML(definition(devices=card))
        await recording.until(lambda: bridge in recording.records)
        record = recording.records[bridge]  # type: ignore[index]
        assert isinstance(record, Network)
        assert isinstance(recording.records[record.switch or ""], Switch)  # type: ignore[index]
        domain.undefine()
        await recording.until(lambda: bridge not in recording.records)


async def test_samples_are_taken_of_what_is_watched() -> None:
    subject = a_reader()
    async with running(subject) as recording:
        vm = recording.vm("test")
        assert vm is not None
        subject.watch(frozenset((vm.id, vm.host or vm.id)))
        await recording.until(lambda: {sample.entity for sample in recording.taken} == {vm.id, vm.host})
        subject.watch(frozenset())


async def test_a_resync_reports_everything_again() -> None:
    subject = a_reader()
    async with running(subject) as recording:
        known = dict(recording.records)
        recording.records.clear()
        await subject.resync()
        await recording.until(lambda: recording.discoveries == 2)
        assert recording.records == known


async def test_a_definition_that_cannot_be_read_does_not_hide_its_vm(
    administrator: libvirt.virConnect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The length limit is the one thing a valid definition can run into; it is lowered here to be met."""
    administrator.defineXML(definition())
    monkeypatch.setattr("vmi_console.collectors.libvirt.markup.MAX_DOCUMENT_CHARACTERS", 20)
    async with running(a_reader()) as recording:
        vm = recording.vm("guest")
        assert vm is not None
        assert (vm.power, vm.uuid, vm.vcpus, vm.access) == (Power.OFF, UUID, None, Access.INVALID)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_giving_up_on_a_daemon_that_never_answers(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SILENCE_S", 0.2)
    recording = Recording()
    subject = reader(Start(role=Role.READER, uri=f"qemu+tcp://127.0.0.1:{silent_port}/system"))
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(subject.run(recording))
        await recording.until(lambda: recording.conditions)
        run.cancel()
    assert recording.conditions == [(State.CONNECTING, f"libvirt on 127.0.0.1:{silent_port} has not answered yet")]


async def test_a_daemon_that_never_answers_is_unreachable(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vmi_console.collectors.libvirt.session.OPEN_TIMEOUT_S", 0.2)
    subject = reader(Start(role=Role.READER, uri=f"qemu+tcp://127.0.0.1:{silent_port}/system"))
    with pytest.raises(Unreachable, match="has not answered for"):
        await subject.run(Recording())


async def test_a_call_that_hangs_makes_the_estate_stale_until_it_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop goes on, the connection says since when, and recovers by itself."""
    release = threading.Event()
    monkeypatch.setattr(following, "SILENCE_S", 0.3)
    monkeypatch.setattr(following, "POLL_S", 0.1)
    async with running(a_reader()) as recording:
        monkeypatch.setattr(
            "vmi_console.collectors.libvirt.survey.Survey.domains", lambda _survey: release.wait() and {}
        )
        monkeypatch.setattr("vmi_console.collectors.libvirt.survey.Survey.ping", lambda _survey: release.wait())
        await recording.until(lambda: recording.conditions[-1][0] is State.STALE)
        assert "has not answered since" in recording.conditions[-1][1]
        assert recording.vm("test") is not None
        monkeypatch.undo()
        release.set()
        await recording.until(lambda: recording.conditions[-1][0] is State.LIVE)
