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
from dataclasses import dataclass
from pathlib import Path

from tests.hypervisors.lab.place import PROJECT, LabError, Place

_PROC = Path("/proc")
_MODULE = "tests.hypervisors.lab.namespace"
_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Process:
    """A process of the lab, by its pid outside."""

    pid: int
    program: str


class Namespace:
    """The namespaces of one lab, seen from outside."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def open(self) -> None:
        """Starts the keeper and waits until the lab's mounts are made."""
        log = self._place.log / "keeper.log"
        with log.open("ab") as output:
            keeper = subprocess.Popen(
                [sys.executable, "-m", _MODULE, str(self._place.root)],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
            )
        assert keeper.stdout is not None
        with keeper.stdout as answer:
            if answer.readline() != b"ready\n":
                raise LabError(f"the namespaces could not be made; {log} says why:\n{log.read_text()[-2000:]}")

    def close(self) -> None:
        """Ends every process of the lab and waits until none is left."""
        init = self.init
        inhabitants = self.processes() if init else []
        for pid in _keepers(self._place):
            _kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + _PATIENCE_S
        left = [process.pid for process in inhabitants]
        while left or _keepers(self._place):
            left = [pid for pid in left if (_PROC / str(pid)).exists() and not _is_zombie(pid)]
            if time.monotonic() > deadline:
                raise LabError(f"processes {left or _keepers(self._place)} do not end")
            time.sleep(0.02)

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
        found = []
        for pid in _pids():
            if pid != init and _pid_namespace(pid) == home and not _is_zombie(pid):
                process = Process(pid, _arguments(pid)[0].rpartition("/")[2])
                if not program or process.program == program:
                    found.append(process)
        return found

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

    def signal(self, program: str, number: signal.Signals) -> list[int]:
        """Sends a signal to all processes of a program; gives their pids."""
        pids = [process.pid for process in self.processes(program)]
        for pid in pids:
            _kill(pid, number)
        return pids

    def wait_gone(self, pids: Sequence[int]) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while any((_PROC / str(pid)).exists() and not _is_zombie(pid) for pid in pids):
            if time.monotonic() > deadline:
                raise LabError(f"processes {list(pids)} do not end")
            time.sleep(0.02)


def _pids() -> list[int]:
    return [int(path.name) for path in _PROC.iterdir() if path.name.isdecimal()]


def _keepers(place: Place) -> list[int]:
    """The keeper and its parent, which waits for it outside."""
    return [pid for pid in _pids() if _arguments(pid)[1:] == ["-m", _MODULE, str(place.root)] and not _is_zombie(pid)]


def _arguments(pid: int) -> list[str]:
    """The command line of a process; one empty word when it is gone."""
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().rstrip(b"\0").decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return [""]


def _status(pid: int, field: str) -> list[str]:
    try:
        lines = (_PROC / str(pid) / "status").read_text(errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return next((line.split()[1:] for line in lines if line.startswith(f"{field}:")), [])


def _pid_inside(pid: int) -> int:
    return int((_status(pid, "NSpid") or ["0"])[-1])


def _is_zombie(pid: int) -> bool:
    return _status(pid, "State")[:1] in (["Z"], ["X"], [])


def _pid_namespace(pid: int) -> int:
    try:
        return (_PROC / str(pid) / "ns" / "pid").stat().st_ino
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0


def _kill(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended by itself in between, which is what a killer wants


def _keep(place: Place) -> None:
    """The keeper's life: makes the namespaces and buries the dead until it is killed."""
    os.unshare(os.CLONE_NEWNS | os.CLONE_NEWNET | os.CLONE_NEWPID)
    child = os.fork()
    if child:
        os.close(1)  # only process 1 may answer the starter
        os.waitpid(child, 0)
        return
    # Nothing may spread to the machine's own mounts. /proc shows this process namespace and /sys this network
    # namespace only when mounted from inside them.
    mounts = [["--make-rprivate", "/"], ["-t", "proc", "proc", "/proc"], ["-t", "sysfs", "sysfs", "/sys"]]
    for ours, theirs in place.mounts.items():
        theirs.mkdir(parents=True, exist_ok=True)
        mounts.append(["--bind", str(ours), str(theirs)])
    for mount in mounts:
        _mount(*mount)
    _make_devices()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True, stdout=subprocess.DEVNULL)
    os.write(1, b"ready\n")
    os.close(1)
    # SIGCHLD is awaited, not handled: process 1 inherits every orphan, and wait() fails while there is none.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    while True:
        signal.sigwait({signal.SIGCHLD})
        while _bury():
            pass


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
