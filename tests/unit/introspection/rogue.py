"""A parser that misbehaves as its disk tells it: `python -m tests.unit.introspection.rogue`.

The process, its sandbox and its conversation are the real ones; in place of the parsers of disks is what somebody might
do who has taken them over. What it finds is told in `fingerprint`.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from vmi_console.estate.facts import FactSet, Looked, OperatingSystem, User
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.findings import Findings
from vmi_console.introspection.parser import process
from vmi_console.introspection.parser.conversation import Conversation
from vmi_console.introspection.parser.protocol import Found, Open, Ready, Want
from vmi_console.introspection.parser.streams import BlockFile

GIB = 1 << 30


class Rogue:
    """Does what the first line of the disk says."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def look(self, disks: Sequence[BlockFile], known: str) -> tuple[Findings, str, bool]:
        name, _, argument = disks[0].file.readline().decode().strip().partition(" ")
        told = getattr(self, name)(disks[0], argument)
        return Findings(), told or "", False

    # --- what is allowed ------------------------------------------------------------------------------------------

    def pid(self, disk: BlockFile, _: str) -> str:
        return str(os.getpid())

    def sum(self, disk: BlockFile, _: str) -> str:
        disk.seek(0)
        return str(sum(disk.read()))

    def environment(self, disk: BlockFile, _: str) -> str:
        return " ".join(sorted(os.environ))

    def other(self, disk: BlockFile, name: str) -> str:
        return disk.other(name).read().decode()

    def descriptors(self, disk: BlockFile, _: str) -> str:
        """Those that are open, by trying each."""
        return " ".join(str(number) for number in range(256) if _is_open(number))

    def halves(self, disk: BlockFile, _: str) -> str:
        return "half \ud83d of a character"

    # --- what costs too much --------------------------------------------------------------------------------------

    def hang(self, disk: BlockFile, _: str) -> None:
        while True:
            pass

    def sleep(self, disk: BlockFile, _: str) -> None:
        time.sleep(3600)

    def hog(self, disk: BlockFile, _: str) -> None:
        kept = []
        while True:
            kept.append(b"x" * (16 << 20))

    def read_on(self, disk: BlockFile, _: str) -> None:
        while True:
            disk.forget()
            disk.at(0, 4 << 20)

    def recurse(self, disk: BlockFile, _: str) -> None:
        self.recurse(disk, "")

    def name_on(self, disk: BlockFile, _: str) -> None:
        while True:
            disk.other("another")

    # --- what goes wrong ------------------------------------------------------------------------------------------

    def crash(self, disk: BlockFile, _: str) -> None:
        ctypes.string_at(0)

    def leave(self, disk: BlockFile, code: str) -> None:
        os._exit(int(code))

    def fail(self, disk: BlockFile, _: str) -> None:
        raise KeyError("a defect")

    def unreadable(self, disk: BlockFile, _: str) -> None:
        raise Unreadable("it is encrypted")

    # --- what makes no sense --------------------------------------------------------------------------------------

    def garbage(self, disk: BlockFile, _: str) -> None:
        os.write(self._conversation._outgoing, os.urandom(4096))
        time.sleep(3600)

    def endless_frame(self, disk: BlockFile, _: str) -> None:
        os.write(self._conversation._outgoing, b"\x7f\xff\xff\xff\0\0\0\0")
        time.sleep(3600)

    def outside(self, disk: BlockFile, _: str) -> None:
        self._conversation.send(Want(stream=0, offset=disk.size, length=1))
        time.sleep(3600)

    def before(self, disk: BlockFile, _: str) -> None:
        self._conversation.send(Want(stream=0, offset=-1, length=1))
        time.sleep(3600)

    def nowhere(self, disk: BlockFile, _: str) -> None:
        self._conversation.send(Want(stream=7, offset=0, length=1))
        time.sleep(3600)

    def much(self, disk: BlockFile, _: str) -> None:
        self._conversation.send(Want(stream=0, offset=0, length=64 << 20))
        time.sleep(3600)

    def ready_again(self, disk: BlockFile, _: str) -> None:
        self._conversation.send(Ready())
        time.sleep(3600)

    def name_nowhere(self, disk: BlockFile, _: str) -> None:
        self._conversation.send(Open(stream=-1, name="x"))
        time.sleep(3600)

    def flood(self, disk: BlockFile, _: str) -> None:
        users = FactSet(status=Looked.READ, items=tuple(User(name="x" * 1000) for _ in range(20_000)))
        self._conversation.send(Found(disk=Findings(users=users)))

    def answer_another(self, disk: BlockFile, _: str) -> str:
        """Answers what it was not asked, or not yet: it must not count for the next guest."""
        os_set = FactSet(status=Looked.READ, items=(OperatingSystem(name="another guest's"),))
        self._conversation.send(Found(disk=Findings(os=os_set), fingerprint="made up"))
        time.sleep(3600)
        return ""

    # --- what is forbidden: each says how far it got --------------------------------------------------------------

    def escape(self, disk: BlockFile, how: str) -> str:
        return _outcome(_ESCAPES[how])

    def execute(self, disk: BlockFile, _: str) -> str:
        return _outcome(lambda: os.execv(sys.executable, [sys.executable]))

    def trace(self, disk: BlockFile, _: str) -> str:
        return _outcome(lambda: _checked(_libc.ptrace(0, 0, None, None)))


_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _more_memory() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    kept = [mmap.mmap(-1, GIB) for _ in range(64)]
    raise AssertionError(len(kept))


def _parents_limits() -> None:
    resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))


_ESCAPES: dict[str, Callable[[], object]] = {
    "read": lambda: Path("/etc/passwd").read_text(),
    "read_here": lambda: Path(__file__).read_text(),
    "write": lambda: Path("/tmp/escaped").write_text("x"),
    "list": lambda: os.scandir("/"),
    "look_for": lambda: Path("/etc/passwd").stat(),
    "link": lambda: Path("/tmp/escaped").symlink_to("/etc/passwd"),
    "remove": lambda: Path("/tmp/escaped").unlink(),
    "folder": lambda: os.chdir("/"),
    "memory": lambda: Path("/proc/self/mem").read_bytes(),
    "tcp": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "pair": lambda: socket.socketpair(),
    "pipe": lambda: os.pipe(),
    "duplicate": lambda: os.dup(0),
    "fork": lambda: os.fork(),
    "spawn": lambda: subprocess.run([sys.executable, "-c", "1"], check=True),
    "thread": lambda: threading.Thread(target=int).start(),
    "kill": lambda: os.kill(os.getppid(), signal.SIGTERM),
    "limits": _parents_limits,
    "more_memory": _more_memory,
    "code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
    "in_memory_file": lambda: os.memfd_create("x"),
    "import": lambda: __import__("http.server"),
    "mount": lambda: _checked(_libc.mount(b"none", b"/mnt", b"tmpfs", 0, None)),
    "user": lambda: os.setuid(1000),
    "key": lambda: _checked(_libc.syscall(250, 0, 0, 0, 0, 0)),  # keyctl
}
ESCAPES = tuple(_ESCAPES)


def _is_open(descriptor: int) -> bool:
    try:
        os.lseek(descriptor, 0, os.SEEK_CUR)
    except OSError as error:
        return error.errno != errno.EBADF
    return True


def _outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except (OSError, ImportError, MemoryError, RuntimeError) as error:
        return f"refused: {type(error).__name__}"
    return "done"


if __name__ == "__main__":
    process.serve(lambda conversation: process.Parser(conversation, Rogue(conversation), None, ()))
