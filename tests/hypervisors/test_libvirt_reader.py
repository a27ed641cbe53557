"""The reader on a real libvirtd: what its guests do, and what becomes of it when the daemon fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from tests.hypervisors.lab import definitions
from tests.hypervisors.lab.laboratory import Laboratory
from tests.unit.collectors.libvirt.recording import Recording, running
from vmi_console.collectors.libvirt import reader
from vmi_console.collectors.libvirt.live import LibvirtReader
from vmi_console.collectors.protocol import Role, Start
from vmi_console.errors import CollectorError, CredentialsNeeded, Unreachable
from vmi_console.estate.changes import Seen
from vmi_console.estate.records import VM, Nic, NicKind, Power, Source, State
from vmi_console.estate.vlan import access, trunk
from vmi_console.wire.workers import Workers

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

WEB, DB = definitions.WEB, definitions.DB
PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def mended(lab: Laboratory) -> Iterator[None]:
    """libvirtd answers and the guests run, after each of these tests."""
    yield
    lab.start()


def a_reader(lab: Laboratory, secret: str | None = None, user: str = "") -> LibvirtReader:
    return reader(
        Start(role=Role.READER, uri=lab.uri.replace("///", f"//{user}@/") if user else lab.uri, secret=secret)
    )


def vm(recording: Recording, name: str) -> VM:
    found = recording.vm(name)
    assert found is not None
    return found


def nic(recording: Recording, name: str, mac: str) -> Nic | None:
    return next((each for each in vm(recording, name).nics if each.mac == mac), None)


async def test_the_guests_are_read(lab: Laboratory) -> None:
    async with running(a_reader(lab)) as recording:
        assert recording.product.startswith("QEMU ")
        web, db = vm(recording, "web"), vm(recording, "db")
        assert (web.power, vm(recording, "archive").power) == (Power.ON, Power.OFF)
        assert web.host is not None
        assert recording.endpoint == f"{web.host.rpartition('/')[2]}.qemu"
        lan = nic(recording, "web", WEB.lan_mac)
        assert lan is not None
        assert [(each.ip, each.source) for each in lan.addresses] == [(WEB.lan_address, Source.LEASE)]
        assert lan.filter == "lab-no-spoofing"
        tagged, trunked = nic(recording, "web", WEB.vlan_mac), nic(recording, "db", DB.vlan_mac)
        assert tagged is not None
        assert trunked is not None
        assert (tagged.type, trunked.type) == (NicKind.PORTGROUP, NicKind.PORTGROUP)
        assert tagged.network in recording.records
        assert (tagged.port_vlan, trunked.port_vlan) == (
            access(110),
            trunk([(110, 110), (120, 120), (130, 130)], 130),
        )
        assert [disk.capacity_bytes for disk in db.disks] == [16 << 20]
        assert [snapshot.name for snapshot in db.snapshots] == ["fresh"]


async def test_what_an_administrator_does_is_told(lab: Laboratory) -> None:
    """By an event where libvirt has one, else found by looking again."""
    mac = "52:54:00:1a:b0:99"
    hands = Workers("administrator", 1)
    with lab.administrator() as administrator:
        async with running(a_reader(lab)) as recording:

            async def seen(how: Seen, deed: Callable[[], None], true: Callable[[], object]) -> None:
                known = len(recording.batches)
                await hands.run(deed)
                await recording.until(true, PATIENCE_S)
                assert how in {batch.seen for batch in recording.batches[known:]}

            await seen(
                Seen.EVENT, lambda: administrator.create("newcomer", mac), lambda: recording.vm("newcomer") is not None
            )
            await seen(Seen.EVENT, lambda: administrator.rename("newcomer", "renamed"), lambda: recording.vm("renamed"))
            await seen(
                Seen.EVENT,
                lambda: administrator.power_on("renamed"),
                lambda: vm(recording, "renamed").power is Power.ON,
            )
            await seen(
                Seen.POLL,
                lambda: administrator.link("renamed", mac, "down"),
                lambda: (card := nic(recording, "renamed", mac)) and card.link_up is False,
            )
            await seen(
                Seen.POLL,
                lambda: administrator.move_nic("renamed", mac, definitions.APART),
                lambda: (card := nic(recording, "renamed", mac)) and card.source == definitions.APART,
            )
            await seen(Seen.EVENT, lambda: administrator.remove("renamed"), lambda: recording.vm("renamed") is None)
    hands.stop()


async def test_samples_of_host_and_guest(lab: Laboratory) -> None:
    subject = a_reader(lab)
    async with running(subject) as recording:
        web = vm(recording, "web")
        subject.watch(frozenset((web.id, web.host or web.id)))
        await recording.until(
            lambda: {each.entity for each in recording.taken if each.cpu_percent is not None} == {web.id, web.host}
        )
        last = recording.taken[-1]
        assert last.memory_bytes
        subject.watch(frozenset())


async def test_a_frozen_daemon_is_stale_and_recovers(lab: Laboratory) -> None:
    async with running(a_reader(lab)) as recording:
        lab.faults.freeze()
        await recording.until(lambda: recording.conditions[-1][0] is State.STALE, PATIENCE_S)
        assert "has not answered since" in recording.conditions[-1][1]
        assert vm(recording, "web").power is Power.ON
        lab.faults.thaw()
        await recording.until(lambda: recording.conditions[-1][0] is State.LIVE, PATIENCE_S)


async def failure(lab: Laboratory, subject: LibvirtReader) -> CollectorError:
    with pytest.raises(CollectorError) as caught:
        async with asyncio.timeout(PATIENCE_S):
            await subject.run(Recording())
    return caught.value


async def test_a_killed_daemon_ends_the_run(lab: Laboratory) -> None:
    recording = Recording()
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(_ended(a_reader(lab), recording))
        await recording.until(lambda: (State.LIVE, "") in recording.conditions, PATIENCE_S)
        lab.faults.kill()
        assert isinstance(await run, Unreachable)
    async with asyncio.timeout(PATIENCE_S):
        message = ""
        while "is not running" not in message:  # its socket may take a connection still, and reset it
            again = await failure(lab, a_reader(lab))
            assert isinstance(again, Unreachable)
            message = again.message


async def _ended(subject: LibvirtReader, recording: Recording) -> CollectorError | None:
    try:
        await subject.run(recording)
    except CollectorError as error:
        return error
    return None


async def test_a_password_is_asked_for_and_used(lab: Laboratory) -> None:
    lab.faults.password("console", "right")
    assert isinstance(await failure(lab, a_reader(lab)), CredentialsNeeded)
    assert isinstance(await failure(lab, a_reader(lab, "wrong", "console")), CredentialsNeeded)
    async with running(a_reader(lab, "right", "console")) as recording:
        assert recording.vm("web") is not None
