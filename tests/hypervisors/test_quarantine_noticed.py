"""What others do to a VM in quarantine on a real libvirtd and a vCenter is noticed, told, and put back where ordered.

Live migration between libvirt hosts is not here: the lab has one host. In its place, vCenter moves a VM.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import libvirt
import pytest

from tests.console import aside, eventually
from tests.hypervisors.lab import definitions
from tests.hypervisors.lab.admin import Administrator
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.test_acting_libvirt import LAN, defined, interface
from tests.hypervisors.test_acting_vsphere import QUARANTINE, Ward, a_ward
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.vcenter import Vcenter
from tests.hypervisors.wards import WardConsole, ward_console
from vmi_console.collectors.libvirt.acting.measures import FILTER
from vmi_console.collectors.quarantine import Hold
from vmi_console.errors import VmiError
from vmi_console.estate.records import VM
from vmi_console.response.quarantine import Quarantine, Stage

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

MAC, SECOND_MAC = "52:54:00:1a:b0:71", "52:54:00:1a:b0:72"


@pytest.fixture(autouse=True)
def leases_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


def is_put_back(found: Quarantine, tries: int, cards: int) -> None:
    """It is isolated again, after so many times, with all of its cards."""
    assert (found.stage, found.tries) == (Stage.ISOLATED, tries), found
    assert sum(channel.hold is Hold.HELD for channel in found.channels) >= cards


async def put_back(one: WardConsole, vm: VM, tries: int, *words: str) -> Quarantine:
    """Waits until something was noticed, the VM was seen to be open, and is closed again."""
    await one.settles(vm, Stage.ISOLATED, lambda found: found.tries == tries)
    assert Stage.UNDONE in [each.stage for each in one.told if each.vm == vm.id and each.tries == tries - 1]
    return await one.sees(vm, *words)


async def is_given_up(one: WardConsole, vm: VM) -> None:
    """After three times a person must see to it: it stays open, and that is said; a release asks first."""
    await one.settles(vm, Stage.UNDONE, lambda found: "put back 3 times, and undone again" in found.because)
    with pytest.raises(VmiError, match="was changed while it was in quarantine"):
        await one.release(vm)
    assert (await one.release(vm, "force")).stage is Stage.RELEASED


# --- libvirt --------------------------------------------------------------------------------------------------------


@pytest.fixture
def connection(lab: Laboratory) -> Iterator[libvirt.virConnect]:
    lab.start()
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    with closing(lab.libvirtd.connect()) as connection:
        yield connection


async def test_on_libvirt(lab: Laboratory, connection: libvirt.virConnect, tmp_path: Path) -> None:
    async def act(what: Callable[[Administrator], None]) -> None:
        def work() -> None:
            with lab.administrator() as administrator:
                what(administrator)

        await aside(work)

    image = lab.place.images / "watched.qcow2"
    make = ["qemu-img", "create", "-q", "-f", "qcow2", str(image), "1M"]
    await aside(lambda: subprocess.run(make, check=True))
    disk = (
        f"<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{image}'/>"
        "<target dev='vda' bus='virtio'/></disk>"
    )
    with defined(lab, connection, interface(LAN) + disk, "watched") as ward:
        snapshot = ward.domain.snapshotCreateXML("<domainsnapshot><name>clean</name></domainsnapshot>")
        try:
            await aside(ward.domain.create)
            async with ward_console(tmp_path / "workspace") as one:
                await one.connect_libvirt(lab)
                vm = await one.known("watched")
                assert (await one.isolate(vm, reassert=True)).stage is Stage.ISOLATED

                await act(lambda admin: admin.filter("watched", MAC))
                found = await put_back(one, vm, 1, f"network card {MAC} was given another filter")
                is_put_back(found, 1, cards=1)
                assert {each.actor for each in found.noticed} == {None}, "libvirt tells of no one"

                await act(lambda admin: admin.add_nic("watched", SECOND_MAC, definitions.LAN))
                is_put_back(await put_back(one, vm, 2, f"network card {SECOND_MAC} was added"), 2, cards=2)
                assert ward.stored.count(FILTER) == 2

                await act(lambda admin: admin.power_off("watched"))
                await one.sees(vm, "it is off, and was on")
                await act(lambda admin: admin.power_on("watched"))
                is_put_back(await one.sees(vm, "it is on, and was"), 2, cards=2)

                await aside(lambda: ward.domain.revertToSnapshot(snapshot))
                assert FILTER not in ward.stored, "and the record is gone with it"
                is_put_back(await put_back(one, vm, 3), 3, cards=1)
                assert FILTER in ward.stored

                await act(lambda admin: admin.filter("watched", MAC))
                await is_given_up(one, vm)
                assert FILTER not in ward.stored
                assert FILTER not in connection.listNWFilters()
        finally:
            snapshot.delete(libvirt.VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY)
            image.unlink()


# --- vSphere --------------------------------------------------------------------------------------------------------


@pytest.fixture
def alice(vcenter: Vcenter) -> Iterator[VcenterAdministrator]:
    vcenter.start()
    with vcenter.administrator() as administrator:
        yield administrator


async def test_on_vsphere(vcenter: Vcenter, alice: VcenterAdministrator, tmp_path: Path) -> None:
    name, mallory = "fra-watched", accounts.MALLORY
    beside = a_ward(vcenter, alice).name
    await aside(lambda: alice.create(name, "00:50:56:3f:0c:01", "fra-web-110", beside))
    ward = Ward(vcenter, alice, name)
    for step in (alice.power_on, lambda vm: alice.snapshot(vm, "clean"), lambda vm: alice.snapshot(vm, "later")):
        await aside(lambda step=step: step(name))  # type: ignore[misc]
    mac = ward.mac

    async def act(what: Callable[[VcenterAdministrator], None]) -> None:
        def work() -> None:
            with vcenter.administrator(mallory) as administrator:
                what(administrator)

        await aside(work)

    def revert(admin: VcenterAdministrator) -> None:
        """The simulator makes the snapshot the present one; the cards are put back to it here, as a vCenter does."""
        admin.revert(name, "clean")
        admin.move_nic(name, mac, "fra-web-110")

    try:
        async with ward_console(tmp_path / "workspace") as one:
            await one.connect_vcenter(vcenter)
            vm = await one.known(name)
            await eventually(lambda: len(one.vm(name).snapshots) == 2)
            assert (await one.isolate(vm, QUARANTINE, reassert=True)).stage is Stage.ISOLATED
            card = vm.nics[0].key

            await act(lambda admin: admin.move_nic(name, mac, "fra-app-120"))
            is_put_back(await put_back(one, vm, 1, f"network card {card} was plugged in elsewhere"), 1, cards=1)
            await one.settles(vm, Stage.ISOLATED, lambda found: mallory.actor in {each.actor for each in found.noticed})
            assert ward.networks == {QUARANTINE}

            await act(lambda admin: admin.add_nic(name, "00:50:56:3f:0c:02", "fra-app-120"))
            is_put_back(await put_back(one, vm, 2, "was added"), 2, cards=2)
            assert ward.networks == {QUARANTINE}

            other = _another_host(ward)
            await act(lambda admin: admin.migrate(name, other))
            is_put_back(await one.sees(vm, "it was moved to another host"), 2, cards=2)

            await act(lambda admin: admin.power_off(name))
            await act(lambda admin: admin.power_on(name))
            is_put_back(await one.sees(vm, "it was started"), 2, cards=2)

            await act(revert)
            is_put_back(await put_back(one, vm, 3, "it may have been taken back to it"), 3, cards=2)
            assert ward.networks == {QUARANTINE}

            await act(lambda admin: admin.move_nic(name, mac, "fra-app-120"))
            await is_given_up(one, vm)
            assert (ward.networks, ward.record) == ({"fra-web-110", QUARANTINE}, ""), "the card that was added stays"
    finally:
        await aside(lambda: alice.remove(name))


def _another_host(ward: Ward) -> str:
    host = ward.handle.runtime.host
    return next(str(other.name) for other in host.parent.host if other._moId != host._moId)
