"""Inside VMs of a simulated vCenter: their disks out of its datastores, and snapshots that are gone again."""

from __future__ import annotations

import asyncio
import json
import lzma
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.console import aside, eventually
from tests.hypervisors.conftest import do_without
from tests.hypervisors.lab.place import LabError
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.accounts import Account
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.control import Faults, Reply
from tests.hypervisors.vcsim.vcenter import ADDRESS, Size, Vcenter
from tests.hypervisors.vsphere_console import VcenterConsole, vcenter_console
from tests.unit.introspection.disk.disks import empty, run
from vmi_console.cli.selftest import GUEST
from vmi_console.errors import VmiError
from vmi_console.estate.facts import Guest, Looked
from vmi_console.estate.identity import native_of
from vmi_console.estate.records import VM, Power, Source, State
from vmi_console.introspection.temporary import PREFIX

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

FILE = "/folder"
BOTH = {"read_guests": True, "temporary_snapshots": True}
FORMS = (
    "",
    "-o subformat=streamOptimized",
    "-o subformat=monolithicFlat",
    "-o subformat=twoGbMaxExtentSparse",
    "-o subformat=twoGbMaxExtentFlat",
)


@pytest.fixture(scope="module")
def vcenter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vcenter]:
    """A vCenter with a handful of VMs."""
    size = Size(datacenters=1, clusters=1, hosts=2, standalone=2, pools=1, vms=1, portgroups=3)
    simulator = Vcenter(tmp_path_factory.mktemp("vcenter"), size, bound=True)
    try:
        simulator.start()
    except LabError as error:
        do_without(error)
    yield simulator
    simulator.stop()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A raw disk with a Debian."""
    path = tmp_path_factory.mktemp("image") / "guest.img"
    path.write_bytes(lzma.decompress(GUEST.read_bytes()))
    return path


@pytest.fixture
async def one(vcenter: Vcenter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VcenterConsole]:
    """A console that is not connected, and that shares nothing with others of this user."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    await aside(vcenter.start)
    async with vcenter_console(vcenter) as one:
        yield one
    await aside(vcenter.start)


async def connect(one: VcenterConsole, grants: dict[str, bool], account: Account = accounts.ALICE) -> None:
    arguments: dict[str, Any] = {"uri": one.vcenter.uri_for(account), "secret": account.password, "saved": False}
    await one.client.call("add_connection", grants=grants, **arguments)
    await eventually(lambda: one.state() is State.TRUST, seconds=60)
    await one.trust()
    await eventually(lambda: one.state() is State.LIVE, seconds=60)


async def allow(one: VcenterConsole, grants: dict[str, bool]) -> None:
    (connection,) = one.connections
    await one.client.call("edit_connection", id=connection.id, name=connection.name, uri=connection.uri, grants=grants)


def put(vcenter: Vcenter, vm: VM, image: Path, form: str = "") -> None:
    """Makes the image a VM's first disk, as files of a form that qemu-img knows."""
    assert vm.disks[0].path is not None
    datastore, _, path = vm.disks[0].path.removeprefix("[").partition("] ")
    place = vcenter.folder / "datastores" / datastore / path
    for former in place.parent.glob("*.vmdk"):
        former.unlink()
    run("qemu-img", "convert", "-O", "vmdk", *form.split(), image, place)


def file_of(vcenter: Vcenter, vm: VM) -> Path:
    assert vm.disks[0].path is not None
    datastore, _, path = vm.disks[0].path.removeprefix("[").partition("] ")
    return vcenter.folder / "datastores" / datastore / path


async def look(one: VcenterConsole, vm: VM) -> Guest:
    """Looks into a guest as soon as the inspector is connected, and gives what was found."""
    for _ in range(300):
        try:
            await one.client.call("inspect", vm=vm.id)
        except VmiError as error:
            if "moment" not in f"{error}":
                raise
            await asyncio.sleep(0.2)
        else:
            return msgspec.convert(await one.client.call("guest", vm=vm.id), Guest)
    pytest.fail("nobody looks")


def temporary(one: VcenterConsole, vm: VM) -> list[str]:
    """Of a VM's snapshots, those that may be ours."""
    return [name for name in snapshots(one, vm) if name.startswith(PREFIX)]


def snapshots(one: VcenterConsole, vm: VM) -> list[str]:
    """The names of a VM's snapshots, from vCenter itself."""
    with VcenterAdministrator(ADDRESS, one.vcenter.port, accounts.MALLORY) as admin:
        info = admin.vm(vm.name).snapshot
        trees, names = list(info.rootSnapshotList) if info is not None else [], []
        while trees:
            tree = trees.pop()
            names.append(str(tree.name))
            trees += tree.childSnapshotList or ()
        return sorted(names)


def assert_is_debian(guest: Guest) -> None:
    assert guest.applications.status is Looked.READ, guest.applications.because
    assert [each.name for each in guest.applications.items] == ["hello"]
    assert guest.os.items[0].hostname == "selftest"


def why(guest: Guest) -> str:
    assert guest.applications.status is Looked.UNREADABLE
    return guest.applications.because


def calls(vcenter: Vcenter, method: str) -> int:
    traffic = vcenter.control.requests().get(method)
    return traffic.requests if traffic is not None else 0


def notes(tmp_path: Path, vm: VM) -> list[str]:
    """The tokens of snapshots of a VM that are noted."""
    noted = (json.loads(path.read_bytes()) for path in tmp_path.glob("data/**/temporary/*.json"))
    return [each["token"] for each in noted if each["vm"] == native_of(vm.id)]


# --- disks ------------------------------------------------------------------------------------------------------------


async def test_running_vms_are_read_from_snapshots_that_are_gone_again(
    vcenter: Vcenter, one: VcenterConsole, image: Path, tmp_path: Path
) -> None:
    await connect(one, BOTH)
    vm = one.a_vm()
    for form in FORMS:
        await aside(lambda form=form: put(vcenter, vm, image, form))  # type: ignore[misc]
        made = calls(vcenter, "CreateSnapshot_Task")
        guest = await look(one, vm)
        assert_is_debian(guest)
        disk = next(each for each in guest.looks if each.source is Source.DISK)
        assert (disk.way, disk.status) == ("datastore file", Looked.READ)
        assert 0 < disk.read_bytes < image.stat().st_size
        assert calls(vcenter, "CreateSnapshot_Task") > made
        assert not await aside(lambda: temporary(one, vm))
        assert not notes(tmp_path, vm)
        memory = next(each for each in guest.looks if each.source is Source.MEMORY)
        assert memory.status is Looked.UNREADABLE
        assert "memory" in memory.because
