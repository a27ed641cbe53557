"""Inside VMs of a simulated vCenter: their disks out of its datastores, and snapshots that are gone again."""

from __future__ import annotations

import asyncio
import json
import lzma
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyVmomi import vim

from tests.console import aside, eventually
from tests.hypervisors.conftest import do_without
from tests.hypervisors.lab.place import LabError
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.accounts import Account
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.control import Faults, Reply
from tests.hypervisors.vcsim.vcenter import ADDRESS, Size, Vcenter
from tests.hypervisors.vsphere_console import VcenterConsole, vcenter_console
from tests.unit.introspection.disk.disks import run
from vmi_console.cli.inspection import InspectionDocument
from vmi_console.cli.selftest import GUEST
from vmi_console.errors import VmiError
from vmi_console.estate.facts import FactSet, Guest, Looked
from vmi_console.estate.identity import native_of
from vmi_console.estate.records import VM, Power, Source, State
from vmi_console.introspection.pace import ChosenPace
from vmi_console.introspection.quiet import Quiet, read
from vmi_console.introspection.temporary import PREFIX

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]

FILE = "/folder"
BOTH = {"read_guests": True, "temporary_snapshots": True}
FORMS = (
    "",
    "-o subformat=streamOptimized",
    "-o subformat=monolithicFlat",
    "-o subformat=twoGbMaxExtentSparse",
    "-o subformat=twoGbMaxExtentFlat",
)


@pytest.fixture
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


def overlay(path: Path, behind: Path) -> None:
    """A disk that holds nothing of its own before another one."""
    path.unlink(missing_ok=True)
    run("qemu-img", "create", "-q", "-f", "vmdk", "-F", "vmdk", "-b", behind, path)


def file_of(vcenter: Vcenter, vm: VM) -> Path:
    assert vm.disks[0].path is not None
    datastore, _, path = vm.disks[0].path.removeprefix("[").partition("] ")
    return vcenter.folder / "datastores" / datastore / path


async def look(one: VcenterConsole, vm: VM) -> Guest:
    """Looks into a guest as soon as the inspector is connected, and gives what was found."""
    await one.inspect(vm.id)
    return msgspec.convert(await one.client.call("guest", vm=vm.id), Guest)


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
    vm, size = one.a_vm(), await aside(lambda: image.stat().st_size)
    for form in FORMS:
        await aside(lambda form=form: put(vcenter, vm, image, form))  # type: ignore[misc]
        made = calls(vcenter, "CreateSnapshot_Task")
        guest = await look(one, vm)
        assert_is_debian(guest)
        disk = next(each for each in guest.looks if each.source is Source.DISK)
        assert (disk.way, disk.status) == ("datastore file", Looked.READ)
        assert 0 < disk.read_bytes < size
        assert calls(vcenter, "CreateSnapshot_Task") > made
        assert not await aside(lambda: temporary(one, vm))
        assert not notes(tmp_path, vm)
        memory = next(each for each in guest.looks if each.source is Source.MEMORY)
        assert memory.status is Looked.UNREADABLE
        assert "memory" in memory.because


async def test_what_is_behind_a_disk_is_read_and_nothing_else(
    vcenter: Vcenter, one: VcenterConsole, image: Path
) -> None:
    """A VM that is off and has a snapshot: what it wrote since lies before what it wrote until then."""
    await connect(one, {})
    vm, another = [vm for vm in one.vms if vm.power is Power.ON][:2]
    for each in (vm, another):
        await aside(lambda each=each: put(vcenter, each, image))  # type: ignore[misc]
    await one.act(lambda admin: admin.snapshot(vm.name, "an administrator's"))
    await one.act(lambda admin: admin.power_off(vm.name))
    await eventually(lambda: "-000001" in (one.now(vm).disks[0].path or ""))
    top = file_of(vcenter, one.now(vm))
    await aside(lambda: overlay(top, file_of(vcenter, vm)))
    await allow(one, {"read_guests": True})
    assert_is_debian(await look(one, vm))
    await aside(lambda: overlay(top, file_of(vcenter, another)))
    assert "no file of disk" in why(await look(one, vm))


async def test_without_the_grant_running_vms_are_not_read(vcenter: Vcenter, one: VcenterConsole, image: Path) -> None:
    await connect(one, {"read_guests": True})
    running, off = one.a_vm(), one.a_vm(power=Power.OFF)
    await aside(lambda: put(vcenter, running, image))
    await aside(lambda: put(vcenter, off, image))
    assert "allow it to make temporary snapshots" in why(await look(one, running))
    assert_is_debian(await look(one, off))
    assert not calls(vcenter, "CreateSnapshot_Task")


async def test_without_the_privileges_it_says_which(vcenter: Vcenter, one: VcenterConsole) -> None:
    await connect(one, BOTH, accounts.OPERATOR)
    running, off = one.a_vm(), one.a_vm(power=Power.OFF)
    assert "VirtualMachine.State.CreateSnapshot" in why(await look(one, running))
    assert "Datastore.FileManagement" in why(await look(one, off))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply.WHOLE, "only the whole"),
        (Reply.UNAVAILABLE, "503"),
        (Reply.HALF, "more expected"),
        (Reply.DROP, "closed"),
    ],
)
async def test_servers_that_do_not_give_what_was_asked_for(
    vcenter: Vcenter, one: VcenterConsole, image: Path, reply: Reply, words: str
) -> None:
    await connect(one, {"read_guests": True})
    vm = one.a_vm(power=Power.OFF)
    await aside(lambda: put(vcenter, vm, image, "-o subformat=monolithicFlat"))
    vcenter.control.faults(Faults(reply=reply, methods=(FILE,)))
    assert words in why(await look(one, vm))
    vcenter.control.faults(Faults())
    assert_is_debian(await look(one, vm))
    await aside(file_of(vcenter, vm).unlink)
    assert "is not there" in why(await look(one, vm))


async def test_a_vm_at_which_another_task_is_at_work_is_tried_again(
    vcenter: Vcenter, one: VcenterConsole, image: Path
) -> None:
    await connect(one, {})
    vm = one.a_vm()
    await aside(lambda: put(vcenter, vm, image))
    vcenter.control.faults(Faults(busy=2))
    await allow(one, BOTH)
    assert_is_debian(await look(one, vm))


async def test_never_two_snapshots_at_once_in_one_datastore(vcenter: Vcenter, one: VcenterConsole) -> None:
    """Of several VMs that are due and two that may be looked at, one waits for the other."""
    await connect(one, {})
    running = [vm for vm in one.vms if vm.power is Power.ON]
    assert len(running) > 1
    assert len({vm.disks[0].datastore for vm in running}) == 1
    vcenter.control.faults(Faults(reply=Reply.SILENCE, methods=(FILE,)))
    await allow(one, BOTH)
    for _ in range(300):
        if calls(vcenter, "CreateSnapshot_Task"):
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(3.0)
    assert calls(vcenter, "CreateSnapshot_Task") == 1


# --- what ends in the middle ------------------------------------------------------------------------------------------


async def in_the_middle(tasks: asyncio.TaskGroup, one: VcenterConsole, vm: VM) -> asyncio.Task[Guest]:
    """A look that waits for a file of a VM while its snapshot exists."""
    one.vcenter.control.faults(Faults(reply=Reply.SILENCE, methods=(FILE,)))
    looking = tasks.create_task(look(one, vm))
    for _ in range(600):
        if await aside(lambda: temporary(one, vm)):
            return looking
        await asyncio.sleep(0.1)
    pytest.fail("no snapshot was made")


async def none_is_left(one: VcenterConsole, vm: VM, but: tuple[str, ...] = ()) -> None:
    for _ in range(600):
        if await aside(lambda: temporary(one, vm)) == list(but):
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"left: {temporary(one, vm)}")


async def test_a_look_is_no_change_of_the_vm(vcenter: Vcenter, one: VcenterConsole, image: Path) -> None:
    await connect(one, {})
    vm = one.a_vm()
    await aside(lambda: put(vcenter, vm, image))
    await allow(one, BOTH)
    async with asyncio.TaskGroup() as tasks:
        await in_the_middle(tasks, one, vm)
        await one.act(lambda admin: admin.title(vm.name, "seen"))
        await eventually(lambda: one.now(vm).annotation == "seen")
        assert one.now(vm).snapshots == vm.snapshots
        assert one.now(vm).disks == vm.disks
        vcenter.control.faults(Faults())
    await none_is_left(one, vm)
    await one.act(lambda admin: admin.title(vm.name, "and again"))
    await eventually(lambda: one.now(vm).annotation == "and again")
    assert {change.path for change in one.changes if change.entity == vm.id} <= {"annotation"}


async def test_a_session_that_ends_in_the_middle(
    vcenter: Vcenter, one: VcenterConsole, image: Path, tmp_path: Path
) -> None:
    """Another one is begun, the snapshot of the first removed, and the VM looked into after all."""
    await connect(one, {})
    vm = one.a_vm()
    await aside(lambda: put(vcenter, vm, image))
    await allow(one, BOTH)
    async with asyncio.TaskGroup() as tasks:
        looking = await in_the_middle(tasks, one, vm)
        await asyncio.sleep(5.0)  # a session that ends at once would be tried again after a pause
        vcenter.control.expire_sessions()
        vcenter.control.faults(Faults())
    assert_is_debian(looking.result())
    await none_is_left(one, vm)
    assert not notes(tmp_path, vm)


async def test_what_a_killed_inspector_left_is_removed_and_nothing_else(
    vcenter: Vcenter, one: VcenterConsole, image: Path, tmp_path: Path
) -> None:
    await connect(one, {})
    vm, another = [vm for vm in one.vms if vm.power is Power.ON][:2]
    theirs = f"{PREFIX}0123456789abcdef"
    await aside(lambda: put(vcenter, another, image))
    await allow(one, BOTH)
    with pytest.RaisesGroup(VmiError):
        async with asyncio.TaskGroup() as tasks:
            await in_the_middle(tasks, one, vm)
            await one.act(lambda admin: admin.snapshot(vm.name, theirs))
            os.kill(await one.role("inspector"), signal.SIGKILL)
    assert len(await aside(lambda: temporary(one, vm))) == 2
    assert notes(tmp_path, vm)
    vcenter.control.faults(Faults())
    await none_is_left(one, vm, but=(theirs,))
    await eventually(lambda: not notes(tmp_path, vm))
    assert_is_debian(await look(one, another))


async def test_a_vcenter_that_is_restarted_in_the_middle_of_the_round(
    vcenter: Vcenter, one: VcenterConsole, image: Path, tmp_path: Path
) -> None:
    """What was noted is cleared up, and everybody is looked into as before, at the pace that the operator chose."""
    await one.client.call("set_pace", pace=ChosenPace(changed_s=1.0, slowest_s=1.0))
    await connect(one, {})
    running = [vm for vm in one.vms if vm.power is Power.ON]
    await allow(one, BOTH)
    async with asyncio.TaskGroup() as tasks:
        looking = await in_the_middle(tasks, one, running[0])
        assert notes(tmp_path, running[0])
        await aside(vcenter.kill)
        await eventually(lambda: one.state() is not State.LIVE, seconds=60)
        await aside(vcenter.start)
        await eventually(lambda: one.state() is State.LIVE, seconds=90)
        for vm in running:
            await aside(lambda vm=vm: put(vcenter, vm, image))  # type: ignore[misc]
    assert looking.result()
    for vm in running:  # nobody asks for these
        await until_debian(one, vm)
    await one.client.call("set_pace", pace=ChosenPace(quiet=Quiet(read("0-24"))))
    for vm in running:
        await none_is_left(one, vm)
        await eventually(lambda vm=vm: not notes(tmp_path, vm), seconds=70)  # type: ignore[misc]


async def until_debian(one: VcenterConsole, vm: VM) -> None:
    for _ in range(600):
        told = await one.client.call("guest", vm=vm.id)
        guest = msgspec.convert(told, Guest | None)
        facts = guest.applications if guest is not None else FactSet()
        # What Tools publish is there sooner, and so may be a look before the disk was there.
        if guest is not None and facts.source is Source.DISK and facts.status is Looked.READ:
            assert_is_debian(guest)
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"nobody looks into {vm.name}")


# --- as a person starts it --------------------------------------------------------------------------------------------


def test_from_the_command_line(vcenter: Vcenter, image: Path, tmp_path: Path) -> None:
    """With the password and the trust that a person gives at the terminal."""
    with VcenterAdministrator(ADDRESS, vcenter.port, accounts.ALICE) as admin:
        vms: list[Any] = [admin.vm(name) for name in admin.names(vim.VirtualMachine)]
        vm = next(each for each in vms if each.runtime.powerState == "poweredOn")
        name = str(vm.name)
        disk: Any = next(each for each in vm.config.hardware.device if isinstance(each, vim.vm.device.VirtualDisk))
        datastore, _, path = disk.backing.fileName.removeprefix("[").partition("] ")
    place = vcenter.folder / "datastores" / datastore / path
    place.unlink()
    run("qemu-img", "convert", "-O", "vmdk", image, place)
    printed = at_a_terminal(tmp_path, "inspect", f"{vcenter.uri_for(accounts.ALICE)}#{name}", "--backups")
    found = msgspec.json.decode(printed, type=InspectionDocument)
    assert found.hostname == "selftest"
    assert [(each.way, each.status) for each in found.sources if each.kind == "disk"] == [("datastore file", "read")]


def at_a_terminal(folder: Path, *arguments: str) -> bytes:
    """What the console prints for somebody who trusts the certificate and types Alice's password."""
    questions = {b"yes or no: ": b"yes\n", b"Password: ": accounts.ALICE.password.encode() + b"\n"}
    folder.chmod(0o700)
    ours, theirs = os.openpty()
    with (folder / "printed").open("w+b") as printed:
        process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", sys.executable, "-m", "vmi_console", *arguments],
            cwd=Path(__file__).parents[2],
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)},
            stdin=theirs,
            stdout=printed,
            stderr=theirs,
        )
        os.close(theirs)
        said = b""
        try:
            while part := _read(ours):
                said += part
                for question in [each for each in questions if each in said]:
                    os.write(ours, questions.pop(question))
            assert process.wait(60) == 0, said.decode(errors="replace")
        finally:
            os.close(ours)
            if process.poll() is None:
                process.kill()
                process.wait()
        printed.seek(0)
        return printed.read()


def _read(terminal: int) -> bytes:
    """What is said next; nothing once everybody has left the terminal."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
