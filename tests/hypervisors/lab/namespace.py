"""The lab's own network, mount and process namespaces, held by a keeper.

The keeper is process 1 of the process namespace: whatever ends it takes every process of the lab along, by the
kernel's doing (pid_namespaces(7)), and with the last of them go the network and the mounts. It is known by its exact
arguments, so no pid file can go stale. Run as `python -m tests.hypervisors.lab.namespace DIRECTORY`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.hypervisors.lab.place import PROJECT, LabError, Place

_PROC = Path("/proc")
_MODULE = "tests.hypervisors.lab.namespace"
_PATIENCE_S = 20.0
_READY = b"ready\n"

# The QEMU driver looks them up before it reads its configuration, which names others; the package that makes them is
# not needed otherwise.
_ACCOUNTS = {
    "passwd": "libvirt-qemu:x:64055:64055:Libvirt Qemu:/var/lib/libvirt:/usr/sbin/nologin",
    "group": "libvirt-qemu:x:64055:",
}


@dataclass(frozen=True)
class Process:
    """A process of the lab, by its pid outside."""

    pid: int
    arguments: tuple[str, ...]

    @property
    def program(self) -> str:
        return self.arguments[0].rpartition("/")[2]


class Namespace:
    """The namespaces of one lab, seen from outside."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def open(self) -> None:
        """Starts the keeper and waits until the lab's mounts are made."""
        log = self._place.log / "keeper.log"
        with log.open("ab") as output:
            started = subprocess.run(
                [sys.executable, "-m", _MODULE, str(self._place.root)],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
                check=False,
            )
        if started.stdout != _READY:
            raise LabError(f"the namespaces could not be made; {log} says why:\n{log.read_text()[-2000:]}")

    def close(self) -> None:
        """Ends every process of the lab and waits until none is left."""
        pids = [process.pid for process in self.processes()]
        self.end([*_keepers(self._place), *pids], signal.SIGKILL)

    @property
    def init(self) -> int | None:
        """The keeper's pid outside, or None when the lab does not run."""
        return next((pid for pid in _keepers(self._place) if _pid_inside(pid) == 1), None)

    def processes(self, program: str = "") -> list[Process]:
        """The processes inside, the keeper excepted; of one program only, if named."""
        init = self.init
        if init is None:
            return []
        home = _pid_namespace(init)
        pids = [pid for pid in _pids() if pid != init and _pid_namespace(pid) == home and _is_alive(pid)]
        found = [Process(pid, _arguments(pid)) for pid in pids]
        return [process for process in found if program in ("", process.program)]

    def command(self, arguments: Sequence[str]) -> list[str]:
        """`arguments` as a command that enters the namespaces."""
        init = self.init
        if init is None:
            raise LabError(f"the lab in {self._place.root} does not run")
        return ["nsenter", f"--target={init}", "--mount", "--net", "--pid", "--", *arguments]

    def run(self, *arguments: str, given: str = "", environment: Mapping[str, str] | None = None) -> str:
        """Runs a command inside, with `given` on its standard input, and gives its output.

        Raises `LabError` with what it said if it fails.
        """
        done = subprocess.run(
            self.command(arguments),
            env={**os.environ, **(environment or {})},
            input=given,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            raise LabError(f"{' '.join(arguments)}: exit code {done.returncode}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def end(self, pids: Sequence[int], number: signal.Signals = signal.SIGTERM) -> None:
        """Ends these processes, frozen ones too, and waits until they are gone."""
        for pid in pids:
            send(pid, number)
            send(pid, signal.SIGCONT)
        deadline = time.monotonic() + _PATIENCE_S
        while left := [pid for pid in pids if _is_alive(pid)]:
            if time.monotonic() > deadline:
                raise LabError(f"processes {left} do not end")
            time.sleep(0.02)


def send(pid: int, number: signal.Signals) -> None:
    """Sends a signal to a process that may have ended by itself in between."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _pids() -> list[int]:
    return [int(path.name) for path in _PROC.iterdir() if path.name.isdecimal()]


def _keepers(place: Place) -> list[int]:
    """The keeper, and, while a lab opens, the process that begets it."""
    return [pid for pid in _pids() if _arguments(pid)[1:] == ("-m", _MODULE, str(place.root)) and _is_alive(pid)]


def _arguments(pid: int) -> tuple[str, ...]:
    """The command line of a process; one empty word when it is gone."""
    try:
        return tuple((_PROC / str(pid) / "cmdline").read_bytes().rstrip(b"\0").decode(errors="replace").split("\0"))
    except (FileNotFoundError, ProcessLookupError):
        return ("",)


def _status(pid: int, field: str) -> list[str]:
    try:
        lines = (_PROC / str(pid) / "status").read_text(errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return next((line.split()[1:] for line in lines if line.startswith(f"{field}:")), [])


def _pid_inside(pid: int) -> int:
    return int((_status(pid, "NSpid") or ["0"])[-1])


def _is_alive(pid: int) -> bool:
    return _status(pid, "State")[:1] not in ([], ["Z"], ["X"])


def _pid_namespace(pid: int) -> int:
    try:
        return (_PROC / str(pid) / "ns" / "pid").stat().st_ino
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0


def _keep(place: Place) -> None:
    """The keeper's life: makes the namespaces and buries the dead until it is killed."""
    os.unshare(os.CLONE_NEWNS | os.CLONE_NEWNET | os.CLONE_NEWPID)
    if os.fork():
        return  # the child is process 1 in there
    # Nothing may spread to the machine's own mounts. /proc shows this process namespace and /sys this network
    # namespace only when mounted from inside them.
    mounts = [["--make-rprivate", "/"], ["-t", "proc", "proc", "/proc"], ["-t", "sysfs", "sysfs", "/sys"]]
    for ours, theirs in place.mounts.items():
        theirs.mkdir(parents=True, exist_ok=True)
        mounts.append(["--bind", str(ours), str(theirs)])
    for mount in mounts:
        _mount(*mount)
    _make_accounts(place)
    _make_devices()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True, stdout=subprocess.DEVNULL)
    os.write(1, _READY)
    os.close(1)
    # SIGCHLD is awaited, not handled: process 1 inherits every orphan, and wait() fails while there is none.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        signal.sigwait({signal.SIGCHLD})
        while _bury():
            pass


def _make_accounts(place: Place) -> None:
    """The machine's own users and groups, and those that libvirtd cannot do without."""
    for name, needed in _ACCOUNTS.items():
        system = Path("/etc") / name
        known = system.read_text().splitlines()
        if not any(line.partition(":")[0] == needed.partition(":")[0] for line in known):
            ours = place.accounts / name
            ours.write_text("\n".join([*known, needed, ""]))
            _mount("--bind", str(ours), str(system))


def _make_devices() -> None:
    """A /dev without KVM: the guests are emulated, and probing for KVM takes libvirtd seconds, or hangs."""
    nodes = {}
    for name in ("null", "zero", "full", "random", "urandom", "tty", "net/tun"):
        nodes[Path("/dev") / name] = (Path("/dev") / name).stat()
    _mount("-t", "tmpfs", "-o", "mode=0755", "devices", "/dev")
    for path, known in nodes.items():
        path.parent.mkdir(exist_ok=True)
        os.mknod(path, known.st_mode, known.st_rdev)
    for folder in ("pts", "shm"):
        (Path("/dev") / folder).mkdir()
    _mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", "/dev/pts")
    _mount("-t", "tmpfs", "shm", "/dev/shm")
    for link, target in {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdout": "/proc/self/fd/1"}.items():
        (Path("/dev") / link).symlink_to(target)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, stdout=subprocess.DEVNULL)


def _bury() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


if __name__ == "__main__":
    _keep(Place(Path(sys.argv[1])))
