"""The tasks of a running kernel, by two ways that a healthy one keeps in step.

The table of process ids is a shallow tree, so it is read a level at a time, all tasks with few calls; the list of tasks
can only be followed from one to the next, and by then its members are there already. The two are held against each
other by `tampering`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import msgspec

from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.unreadable import Absent, Torn, Unreadable

MOST_TASKS = 65_536
_MOST_NODES = 65_536
_TRIES = 4

_KERNEL_THREAD = 0x0020_0000  # PF_KTHREAD
_SLOTS = 64
_INTERNAL = 2  # XArray's mark of a node
_PID, _TGID = 0, 1  # enum pid_type
_PID_LIMIT = 1 << 22

_u32, _u64 = struct.Struct("<I"), struct.Struct("<Q")


class Task(msgspec.Struct, frozen=True, gc=False):
    """A process as its first thread shows it: numbers, and addresses of what else belongs to it."""

    address: int
    pid: int
    name: str
    parent: int  # address of the task
    kernel_thread: bool
    dead: bool
    started_ns: int  # after the boot
    mm: int
    cred: int
    files: int
    css_set: int

    @property
    def identity(self) -> tuple[int, int, int]:
        """What no other process of this boot has."""
        return self.address, self.pid, self.started_ns


class Tasks(msgspec.Struct, frozen=True):
    """What the two ways say. A process of one of them only may just have begun or ended."""

    listed: tuple[Task, ...]  # by the list of tasks
    numbered: tuple[Task, ...] | None  # by the table of process ids; None where this kernel's is not understood

    @property
    def all(self) -> tuple[Task, ...]:
        """What is in either: a process that is hidden from one of them is a process all the same."""
        known = {task.identity for task in self.listed}
        hidden = (task for task in self.numbered or () if task.identity not in known and not task.dead)
        return (*self.listed, *hidden)


def tasks(kernel: Kernel) -> Tasks:
    """Raises `Unreadable` where the list cannot be read whole, though it was tried more than once."""
    reason = ""
    for attempt in range(_TRIES):
        if attempt:
            kernel.forget()
        try:
            return _tasks(kernel)
        except (Torn, Absent) as error:
            reason = error.message
    raise Unreadable(f"the list of processes was not found whole in {_TRIES} tries: {reason}")


def changed(kernel: Kernel, seen: Iterable[Task]) -> dict[int, Task | None]:
    """Of these tasks those that are others by now, by address: as they are now, or None where they are gone."""
    shape = _Shape(kernel)
    seen = tuple(seen)
    kernel.fetch((task.address for task in seen), shape.size, anew=True)
    found: dict[int, Task | None] = {}
    for task in seen:
        try:
            now = shape.read(task.address)
        except Absent:
            now = None
        if now is None or now.identity != task.identity:
            found[task.address] = None
        elif now != task:
            found[task.address] = now
    return found


def _tasks(kernel: Kernel) -> Tasks:
    shape = _Shape(kernel)
    numbered: tuple[Task, ...] | None = None
    if kernel.build.has("pid_namespace.idr.idr_rt.xa_head"):
        addresses = _numbered(kernel)
        kernel.fetch(addresses, shape.size)
        numbered = tuple(task for task in map(shape.read, addresses) if task is not None)
    listed = []
    seen: set[int] = set()
    first = kernel.symbol("init_task")
    link = first + shape.tasks
    before = link
    at = kernel.u64(link)
    while at != link:
        if at in seen or len(seen) >= MOST_TASKS:
            raise Torn("the list of processes does not come back to its beginning")
        seen.add(at)
        task = shape.read(at - shape.tasks)
        if task is None or kernel.u64(at + 8) != before:
            raise Torn(f"the list of processes is broken behind {len(seen) - 1} of them")
        listed.append(task)
        before, at = at, kernel.u64(at)
    if kernel.u64(link + 8) != before:
        raise Torn("the end of the list of processes is not its beginning's neighbour")
    if not any(task.pid == 1 for task in listed):
        raise Torn("the list of processes has no first one")
    return Tasks(tuple(listed), numbered)


def _numbered(kernel: Kernel) -> list[int]:
    """Addresses of the first threads of all processes in the table of process ids."""
    at = kernel.build.at
    head = kernel.u64(kernel.symbol("init_pid_ns") + at("pid_namespace.idr.idr_rt.xa_head"))
    slots = at("xa_node.slots")
    level = [head]
    pids: list[int] = []
    nodes = 0
    while level:
        inner = [entry - _INTERNAL for entry in level if entry & 3 == _INTERNAL and entry > 4096]
        pids += [entry for entry in level if entry & 3 == 0 and entry]
        nodes += len(inner)
        if nodes > _MOST_NODES or len(pids) > MOST_TASKS:
            raise Torn("the table of process ids has no end")
        kernel.fetch(inner, slots + 8 * _SLOTS)
        level = [
            entry for node in inner for (entry,) in _u64.iter_unpack(kernel.read(node + slots, 8 * _SLOTS)) if entry
        ]
    lists = at("pid.tasks")
    kernel.fetch(pids, lists + 32)
    leader = at("task_struct.pid_links") + 16 * _TGID
    first = (kernel.u64(pid + lists + 8 * _TGID) for pid in pids)
    return [each - leader for each in first if each]


class _Shape:
    """Where in a task is what."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        build = kernel.build
        at = build.at
        self.tasks = at("task_struct.tasks")
        self._pid = at("task_struct.pid")
        self._tgid = at("task_struct.tgid")
        self._comm = at("task_struct.comm")
        self._flags = at("task_struct.flags")
        self._exit_state = at("task_struct.exit_state")
        self._parent = at("task_struct.real_parent")
        self._started = build.first("task_struct.start_boottime", "task_struct.real_start_time")
        self._mm = at("task_struct.mm")
        self._cred = at("task_struct.cred")
        self._files = at("task_struct.files")
        self._cgroups = at("task_struct.cgroups")
        # Beyond these members there are the registers of the floating point unit: several KiB that nobody needs.
        self.size = 16 + max(
            *(self.tasks, self._pid, self._tgid, self._comm, self._flags, self._exit_state, self._parent),
            *(self._started, self._mm, self._cred, self._files, self._cgroups),
        )

    def read(self, address: int) -> Task | None:
        """None where this is no first thread of a process."""
        raw = self._kernel.read(address, self.size)
        (pid,) = _u32.unpack_from(raw, self._pid)
        (tgid,) = _u32.unpack_from(raw, self._tgid)
        if pid != tgid or not 0 < pid < _PID_LIMIT:
            return None

        def pointer(at: int) -> int:
            return int(_u64.unpack_from(raw, at)[0])

        return Task(
            address=address,
            pid=pid,
            name=raw[self._comm : self._comm + 16].partition(b"\x00")[0].decode(errors="replace"),
            parent=pointer(self._parent),
            kernel_thread=bool(_u32.unpack_from(raw, self._flags)[0] & _KERNEL_THREAD),
            dead=_u32.unpack_from(raw, self._exit_state)[0] != 0,
            started_ns=pointer(self._started),
            mm=pointer(self._mm),
            cred=pointer(self._cred),
            files=pointer(self._files),
            css_set=pointer(self._cgroups),
        )
