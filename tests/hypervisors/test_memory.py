"""Facts from the memory of real guests, held against what the guests say of themselves."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import msgspec
import pytest

from tests.hypervisors.conftest import do_without
from tests.hypervisors.lab import packages
from tests.hypervisors.lab.place import LabError
from tests.hypervisors.memory import guests
from tests.hypervisors.memory.guests import CONTAINER, Guest, Inside
from tests.hypervisors.memory.mutations import MemoryFile, Mutated
from tests.unit.introspection.memory.test_suspended import regions, state
from vmi_console.cli.inspection import InspectionDocument
from vmi_console.estate.facts import Looked, Process, Socket
from vmi_console.introspection.findings import Findings
from vmi_console.introspection.memory import finding, kernel, looking, modules, sockets, tasks
from vmi_console.introspection.memory.dumps import dumps
from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.physical import Physical
from vmi_console.introspection.memory.unreadable import Unreadable

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]  # half a gigabyte is written for each kernel

_READ = ("os", "processes", "services", "sockets", "modules", "signs")
_TICKS = 100  # USER_HZ


class Pictures:
    """What a guest's memory held, in several forms, and what the guest said at that moment."""

    def __init__(self, guest: Guest) -> None:
        self.processes = guest.processes()
        self.modules = guest.shell("cat /proc/modules")
        self.sockets = {table: guest.shell(f"cat /proc/net/{table}") for table in ("tcp", "tcp6", "udp", "udp6")}
        self.release = guest.shell("uname -r")
        self.booted = int(guest.shell("grep btime /proc/stat").split()[1])
        self.raw = guest.raw()
        self.core = guest.core()
        self.by_pages = guest.core("pages.core", paging=True)


@pytest.fixture(scope="module", params=[*guests.kernels(), *([] if guests.kernels() else [None])], ids=str)
def pictures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pictures]:
    """Of one guest for each kernel there is."""
    folder = tmp_path_factory.mktemp("memory")
    with _started(folder, request.param, cpus=2, memory_mib=256) as guest:
        taken = Pictures(guest)
    yield taken
    shutil.rmtree(folder)


def _started(folder: Path, choice: guests.Kernel | None = None, **options: object) -> Guest:
    try:
        packages.demand()
        each = choice or guests.kernels()[0]
        return Guest(folder, each.image, each.initramfs(), **options)  # type: ignore[arg-type]
    except LabError as error:
        do_without(error)


def _kept_in(path: Path, mib: int) -> tuple[str, ...]:
    """Options that make a file of the guest's memory, as it is at every moment."""
    backing = f"memory-backend-file,id=ram,size={mib}M,share=on,mem-path={path}"
    return ("-object", backing, "-machine", "pc,memory-backend=ram")


def _look(path: Path) -> Findings:
    with MemoryFile(path) as file:
        return looking.look(file)


def _forget_all() -> None:
    """As in a parser that was just started."""
    kernel.forget_all()


def _assert_all_read(found: Findings) -> None:
    for name in _READ:
        facts = getattr(found, name)
        assert facts.status is Looked.READ, f"{name}: {facts.because}"


# --- what is true of the guest ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["raw", "core", "by_pages"])
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_processes_are_those_that_the_guest_shows(pictures: Pictures, form: str, warm: bool) -> None:
    if not warm:
        _forget_all()
    found = _look(getattr(pictures, form))
    _assert_all_read(found)
    assert not found.signs.items
    booted = found.os.items[0].booted_at
    assert booted is not None
    seen = {process.pid: process for process in found.processes.items}
    # The kernel starts and ends workers of its own while the guest writes down what runs.
    assert {pid for pid, each in seen.items() if not each.name.startswith("kworker")} == {
        pid for pid, each in pictures.processes.items() if not each.name.startswith("kworker")
    }
    for pid in seen.keys() & pictures.processes.keys():
        _assert_same(seen[pid], pictures.processes[pid], booted)


def _assert_same(seen: Process, inside: Inside, booted: datetime) -> None:
    # /proc shows longer names of kernel threads than a task has, and adds to a worker's what it does.
    assert inside.name.startswith(seen.name)
    assert seen.name == inside.name or not inside.executable
    assert seen.parent == inside.parent
    assert seen.user == str(inside.uid)
    assert (seen.executable or "") == inside.executable
    assert seen.command.rstrip(" ") == inside.command[:4096].rstrip(" ")
    assert seen.started_at is not None
    assert (seen.started_at - booted).total_seconds() == pytest.approx(inside.started_ticks / _TICKS, abs=0.02)


def test_processes_know_their_service_and_container(pictures: Pictures) -> None:
    found = _look(pictures.raw)
    by_command = {process.command: process for process in found.processes.items}
    assert by_command["httpd -f -p 80 -h /www"].service == "web"
    assert by_command["udhcpd -f /etc/udhcpd.conf"].service == "tick"
    assert by_command["/bin/sleep 86401"].service == "user@1000"
    assert by_command["/bin/sleep 86401"].user == "1000"
    assert by_command["nc -l -p 5000"].container == CONTAINER
    assert by_command["nc -l -p 5000"].service is None
    assert by_command["/srv/deep/sleep 86403"].executable == "/srv/deep/sleep (deleted)"
    assert [service.name for service in found.services.items] == ["tick", "user@1000", "web"]
    assert all(service.running for service in found.services.items)


def test_sockets_are_those_that_the_guest_shows(pictures: Pictures) -> None:
    found = _look(pictures.raw).sockets.items
    own = {(each.protocol, each.address, each.port) for each in found if not each.network}
    assert own == {
        endpoint for table, text in pictures.sockets.items() for endpoint in _listening(table.rstrip("6"), text)
    }
    assert {(each.port, each.process) for each in found} == {(80, "httpd"), (4000, "nc"), (5000, "nc"), (67, "udhcpd")}
    assert [each.network for each in found if each.port == 5000] == [CONTAINER]


def test_sockets_that_belong_to_no_process_are_found_too(pictures: Pictures) -> None:
    """As if nobody had any of them: NFS and WireGuard have such sockets."""
    intruder = Rootkit(pictures.raw)
    unowned = sockets.sockets(intruder.kernel, (), {})
    intruder.close()
    found = _look(pictures.raw).sockets.items
    assert {(each.protocol, each.address, each.port) for each in unowned} == {
        (each.protocol, each.address, each.port) for each in found
    }
    assert {each.process for each in unowned} == {None}
    (contained,) = (each for each in unowned if each.port == 5000)
    assert contained.network.startswith("net:[")


def _listening(protocol: str, table: str) -> Iterator[tuple[str, str, int]]:
    """Of a table in /proc/net: addresses are in hexadecimal words of the machine's byte order."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        address, _, port = fields[1].partition(":")
        if fields[3] == ("0A" if protocol == "tcp" else "07"):
            raw = b"".join(bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8))
            text = str(IPv4Address(raw) if len(raw) == 4 else IPv6Address(raw))
            yield protocol, text, int(port, 16)


def test_modules_and_system_are_those_that_the_guest_shows(pictures: Pictures) -> None:
    found = _look(pictures.core)
    rows = [line.split() for line in pictures.modules.splitlines()]
    assert {(each.name, each.size_bytes) for each in found.modules.items} == {(row[0], int(row[1])) for row in rows}
    (system,) = found.os.items
    assert (system.kernel, system.hostname, system.family) == (pictures.release, "inside", "linux")
    assert system.booted_at is not None
    assert abs(system.booted_at - datetime.fromtimestamp(pictures.booted, UTC)).total_seconds() <= 1


# --- ways to the kernel -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("append", "cpu", "cpus"),
    [("nokaslr", "Nehalem", 1), ("", "max,+la57", 2), ("nopti", "max", 1)],
    ids=["nokaslr", "five levels of page tables", "without page table isolation"],
)
def test_kernels_are_found_however_they_were_started(tmp_path: Path, append: str, cpu: str, cpus: int) -> None:
    with _started(tmp_path, append=append, cpu=cpu, cpus=cpus, vmcoreinfo=False) as guest:
        raw, core = guest.raw(), guest.core()
    for path in (raw, core):
        _forget_all()
        found = _look(path)
        _assert_all_read(found)
        assert not found.signs.items
        assert "httpd" in {process.name for process in found.processes.items}


def test_a_kernel_is_found_without_low_memory(pictures: Pictures, tmp_path: Path) -> None:
    altered = Path(shutil.copy(pictures.raw, tmp_path / "memory.raw"))
    with altered.open("r+b") as file:
        file.write(bytes(1 << 20))
    _forget_all()
    assert _look(altered).processes == _look(pictures.raw).processes
    altered.unlink()


def test_memory_files_without_the_hole_are_read(tmp_path: Path) -> None:
    """As VMware's .vmem has it, and a file that QEMU keeps memory in: above 4 GiB follows what is below 3 GiB."""
    with _started(tmp_path, memory_mib=4096, options=_kept_in(tmp_path / "ram", 4096)) as guest:
        inside = {pid for pid, each in guest.processes().items() if each.executable}
    _forget_all()
    found = _look(tmp_path / "ram")
    _assert_all_read(found)
    assert {process.pid for process in found.processes.items if process.executable} == inside
    (tmp_path / "ram").unlink()


def test_a_vmem_is_read_by_the_regions_of_the_state_beside_it(pictures: Pictures, tmp_path: Path) -> None:
    """As `vmi-console inspect` reads it: the first MiB is at the end, and everything else a MiB before its place."""
    memory, low = pictures.raw.read_bytes(), 1 << 20
    vmem = tmp_path / "web.vmem"
    vmem.write_bytes(memory[low:] + memory[:low])
    pages, first = len(memory) // 4096, low // 4096
    assert not _inspected(vmem)
    (tmp_path / "web.vmss").write_bytes(state(None, regions((0, pages - first, first), (first, 0, pages - first))))
    assert _inspected(vmem) == {process.pid for process in _look(pictures.raw).processes.items}
    vmem.unlink()


def _inspected(path: Path) -> set[int]:
    """The processes that the console prints; nothing where it says why there are none."""
    command = (sys.executable, "-m", "vmi_console", "inspect", path, "--format", "json")
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        assert b"unreadable" in done.stderr, done.stderr
        return set()
    return {each.pid for each in msgspec.json.decode(done.stdout, type=InspectionDocument).processes or ()}


# --- signs of tampering -----------------------------------------------------------------------------------------------


class Rootkit:
    """Somebody who writes into a guest's memory."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b", buffering=0)
        size = path.stat().st_size
        physical = Physical(self._file, size, dumps(self._file, size)[0].pieces)
        self.kernel: Kernel = kernel.found(physical, next(finding.low(physical)))

    def unlink(self, entry: int) -> None:
        """Takes a list's entry out of it, as list_del does."""
        following, before = self.kernel.u64(entry), self.kernel.u64(entry + 8)
        self.write(before, following)
        self.write(following + 8, before)

    def write(self, virtual: int, value: int) -> None:
        self._file.seek(self.kernel.to_physical(virtual))
        self._file.write(value.to_bytes(8, "little"))

    def close(self) -> None:
        self._file.close()


@pytest.fixture
def rootkit(pictures: Pictures, tmp_path: Path) -> Iterator[tuple[Rootkit, Path]]:
    path = Path(shutil.copy(pictures.raw, tmp_path / "memory.raw"))
    intruder = Rootkit(path)
    yield intruder, path
    intruder.close()
    path.unlink()


def test_a_hidden_process_is_noticed_and_shown(rootkit: tuple[Rootkit, Path]) -> None:
    intruder, path = rootkit
    task = next(each for each in tasks.tasks(intruder.kernel).listed if each.name == "httpd")
    intruder.unlink(task.address + intruder.kernel.build.at("task_struct.tasks"))
    found = _look(path)
    assert [(sign.name, sign.detail) for sign in found.signs.items] == [
        ("hidden process", f"{task.pid} (httpd) is not in the list of tasks")
    ]
    assert task.pid in {process.pid for process in found.processes.items}


def test_a_hidden_module_is_noticed(rootkit: tuple[Rootkit, Path]) -> None:
    intruder, path = rootkit
    module = next(each for each in modules.listed(intruder.kernel) if each.name == "loop")
    intruder.unlink(module.address + intruder.kernel.build.at("module.list"))
    found = _look(path)
    assert [sign.name for sign in found.signs.items] == ["hidden module"]
    assert "loop" in found.signs.items[0].detail


def test_a_diverted_system_call_is_noticed(rootkit: tuple[Rootkit, Path]) -> None:
    intruder, path = rootkit
    module = modules.listed(intruder.kernel)[0]
    intruder.write(intruder.kernel.symbol("sys_call_table") + 8 * 59, module.address)
    assert [sign.detail.split(" leads")[0] for sign in _look(path).signs.items] == ["call 59"]


# --- guests that go on ------------------------------------------------------------------------------------------------


def test_a_busy_guest_is_read_while_it_runs_without_false_signs(tmp_path: Path) -> None:
    memory = tmp_path / "ram"
    with _started(tmp_path, cpus=2, vmcoreinfo=False, options=_kept_in(memory, 512)) as guest:
        for _ in range(3):
            guest.shell("(while :; do true | cat; /bin/true; done) &")
        guest.shell("(while :; do rmmod dummy; insmod /modules/dummy.ko; done) &")
        until = time.monotonic() + 10
        looks = 0
        while time.monotonic() < until:
            found = _look(memory)
            looks += 1
            for name in ("os", "processes", "services", "sockets"):
                assert getattr(found, name).status is Looked.READ, getattr(found, name).because
            assert not found.signs.items
            assert [service.name for service in found.services.items] == ["tick", "user@1000", "web"]
            # What is read of a process that ends meanwhile is nobody else's.
            executables = {process.executable for process in found.processes.items}
            assert executables <= {None, "/bin/busybox", "/srv/deep/er/busybox", "/srv/deep/sleep (deleted)"}
            assert {process.user for process in found.processes.items} <= {None, "0", "1000"}
        assert looks > 10
        # A service that is stopped is gone from memory, whatever its unit's file says.
        guest.shell("killall httpd; sleep 1")
        found = _look(memory)
        assert [service.name for service in found.services.items] == ["tick", "user@1000"]
        assert not [socket for socket in found.sockets.items if socket.port == 80]


# --- hostile memory ---------------------------------------------------------------------------------------------------


def test_damaged_memory_costs_no_more_than_its_allowance(pictures: Pictures) -> None:
    allowance = 300 << 20
    _forget_all()
    with MemoryFile(pictures.raw) as file:
        before = looking.look(file)
        cold = sorted(file.blocks)
    with MemoryFile(pictures.raw) as file:
        looking.look(file)
        warm = sorted(file.blocks)
    read = 0
    for seed in range(60):
        if seed % 5 == 0:
            _forget_all()
        with Mutated(pictures.raw, warm if seed % 2 else cold, seed) as file:
            with contextlib.suppress(Unreadable):
                read += looking.look(file, allowance).processes.status is Looked.READ
            assert file.read_bytes <= allowance + (1 << 20)
    assert read > 10
    # What a damaged kernel said of its build is not believed of a sound one.
    assert _look(pictures.raw).processes == before.processes


def test_sockets_have_keys_of_their_own(pictures: Pictures) -> None:
    keys = [Socket.key.fget(each) for each in _look(pictures.raw).sockets.items]  # type: ignore[attr-defined]
    assert len(keys) == len(set(keys))
