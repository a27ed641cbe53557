"""Processes, with what belongs to each: command line, user, executable, unit, container.

Everything is read in rounds, the same step for all processes, so that each round is a few large reads.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

import msgspec

from vmi_console.estate.facts import Process
from vmi_console.introspection.memory import units
from vmi_console.introspection.memory.clock import Clock
from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.paging import PAGE, PageTables, fetch_tables
from vmi_console.introspection.memory.paths import DELETED, ControlGroups, Files
from vmi_console.introspection.memory.tasks import Task, changed
from vmi_console.introspection.memory.unreadable import Absent

_LONGEST_COMMAND = 4096
_SHORTEST_CUT = 64
_MOST_OF_COMMANDS = 3 << 20
"""Characters of all command lines together."""

_USER_HALF_ENDS = 1 << 56


_YOUNG_S = 30.0
"""Since its start, by the guest's clock: a process that may not have found its executable yet."""


class _Space(msgspec.Struct, frozen=True, gc=False):
    """A process's memory, as far as it is looked at."""

    root: int  # physical address of the page tables
    executable: int  # struct file
    start: int  # of the command line
    end: int


class Running(msgspec.Struct, frozen=True):
    """What still ran when it had been read: processes, their tasks, and the paths of their control groups by pid."""

    processes: tuple[Process, ...]
    tasks: tuple[Task, ...]
    groups: dict[int, str]


def running(kernel: Kernel, tasks: Iterable[Task], clock: Clock) -> Running:
    """The processes of these tasks, with what belongs to each."""
    tasks = tuple(tasks)
    euid = kernel.build.at("cred.euid")
    spaces = _spaces(kernel, tasks)
    kernel.fetch({task.cred for task in tasks}, euid + 4)
    groups = ControlGroups(kernel)
    groups.fetch({task.css_set for task in tasks})
    executables = _executables(kernel, spaces)
    commands = _fitting(_commands(kernel, spaces))
    users = _each(tasks, lambda task: str(kernel.u32(task.cred + euid)))
    paths = _each(tasks, lambda task: groups.path(task.css_set))
    parents = {task.address: task.pid for task in tasks}
    # What a process that ends leaves behind belongs to others at once. Only of one that is as it was is that believed.
    moved = changed(kernel, (task for task in tasks if not task.kernel_thread))
    still = []
    for task in tasks:
        now = moved.get(task.address, task)
        if now is not task:
            for facts in (executables, commands, users, paths):
                facts.pop(task.pid, None)
        if now is not None:
            still.append(now)
    _confirm(kernel, still, executables, clock)
    paths |= _each((task for task in still if task.pid not in paths), lambda task: groups.path(task.css_set))
    found = tuple(
        Process(
            pid=task.pid,
            name=task.name,
            parent=_parent(kernel, task, parents),
            command=commands.get(task.pid, ""),
            user=users.get(task.pid),
            started_at=clock.at(task.started_ns),
            service=units.service(paths.get(task.pid, "")),
            executable=executables.get(task.pid),
            container=units.container(paths.get(task.pid, "")),
        )
        for task in sorted(still, key=lambda task: task.pid)
    )
    return Running(found, tuple(still), paths)


def _confirm(kernel: Kernel, tasks: Iterable[Task], executables: dict[int, str], clock: Clock) -> None:
    """Keeps of executables that are gone, or of processes that are young, only those that are so when read anew.

    Pages are not all read at one moment: what a process was given a moment ago was somebody else's just before, and a
    file that is being given back looks as if it had been deleted.
    """
    doubtful = [task for task in tasks if executables.get(task.pid, "").endswith(DELETED) or _is_young(task, clock)]
    if not any(task.pid in executables for task in doubtful):
        return
    kernel.forget()
    again = _executables(kernel, _spaces(kernel, tuple(doubtful)))
    for task in doubtful:
        if again.get(task.pid) != executables.get(task.pid):
            executables.pop(task.pid, None)


def _is_young(task: Task, clock: Clock) -> bool:
    started = clock.at(task.started_ns)
    return started is None or clock.now - started.timestamp() < _YOUNG_S


def _each(tasks: Iterable[Task], read: Callable[[Task], str]) -> dict[int, str]:
    """Something of each task by its pid, where it is there."""
    found = {}
    for task in tasks:
        with contextlib.suppress(Absent):
            found[task.pid] = read(task)
    return found


def _parent(kernel: Kernel, task: Task, pids: dict[int, int]) -> int | None:
    """A parent may be any thread of another process; the list has only the first ones."""
    known = pids.get(task.parent)
    if known is not None:
        return known
    try:
        return kernel.u32(task.parent + kernel.build.at("task_struct.tgid"))
    except Absent:
        return None


def _spaces(kernel: Kernel, tasks: tuple[Task, ...]) -> dict[int, _Space]:
    """By pid, of those that have memory of their own: kernel threads and the dead have none."""
    at = kernel.build.at
    places = (at("mm_struct.pgd"), at("mm_struct.exe_file"), at("mm_struct.arg_start"), at("mm_struct.arg_end"))
    size = max(places) + 8
    kernel.fetch({task.mm for task in tasks if task.mm}, size)
    spaces = {}
    for task in tasks:
        if task.mm and not task.kernel_thread:
            try:
                raw = kernel.read(task.mm, size)
                root, executable, start, end = (int.from_bytes(raw[place : place + 8], "little") for place in places)
                spaces[task.pid] = _Space(kernel.to_physical(root), executable, start, end)
            except Absent:
                continue
    return spaces


def _executables(kernel: Kernel, spaces: dict[int, _Space]) -> dict[int, str]:
    files = Files(kernel)
    kernel.fetch({space.executable for space in spaces.values() if space.executable}, files.size)
    opened = {}
    for pid, space in spaces.items():
        try:
            opened[pid] = files.read(space.executable)
        except Absent:
            continue
    files.fetch(list(opened.values()))
    paths = {}
    for pid, file in opened.items():
        try:
            paths[pid] = files.path(file)
        except Absent:
            continue
    return paths


def _commands(kernel: Kernel, spaces: dict[int, _Space]) -> dict[int, str]:
    """Command lines, of those whose pages are in memory."""
    physical = kernel.physical
    pages = [
        (pid, space, page)
        for pid, space in spaces.items()
        if 0 < space.start < space.end < _USER_HALF_ENDS
        for page in range(space.start & ~(PAGE - 1), min(space.end, space.start + _LONGEST_COMMAND), PAGE)
    ]
    fetch_tables(physical, ((space.root, page) for _, space, page in pages), kernel.levels)
    tables = {pid: PageTables(physical, space.root, kernel.levels) for pid, space, _ in pages}
    places = {}
    for pid, _, page in pages:
        try:
            places[pid, page] = tables[pid].translate(page)
        except Absent:
            continue
    physical.fetch((address, PAGE) for address in places.values())
    found = {}
    for pid, space in spaces.items():
        raw = _words(kernel, places, pid, space)
        if raw:
            found[pid] = _text(raw)
    return found


def _fitting(commands: dict[int, str], most: int = _MOST_OF_COMMANDS) -> dict[int, str]:
    """The same, with long ones cut so far that all together are not more than what an answer can carry.

    >>> _fitting({1: "sleep", 2: "x" * 500}, most=300)[2].count("x")
    255
    """
    longest = _LONGEST_COMMAND
    while longest > _SHORTEST_CUT and sum(min(len(command), longest) for command in commands.values()) > most:
        longest //= 2
    return {
        pid: command if len(command) <= longest else f"{command[: longest - 1]}…" for pid, command in commands.items()
    }


def _words(kernel: Kernel, places: dict[tuple[int, int], int], pid: int, space: _Space) -> bytes:
    """The command line's bytes as far as they can be read."""
    pieces = []
    at, end = space.start, min(space.end, space.start + _LONGEST_COMMAND)
    while at < end:
        page = at & ~(PAGE - 1)
        length = min(end, page + PAGE) - at
        place = places.get((pid, page))
        if place is None:
            break
        try:
            pieces.append(kernel.physical.read(place + at - page, length))
        except Absent:
            break
        at += length
    return b"".join(pieces)


def _text(raw: bytes) -> str:
    """Words with spaces between them. A program that wrote a title over its words ends it anywhere, with a NUL."""
    if not raw.endswith(b"\x00") and b"\x00" in raw and len(raw) < _LONGEST_COMMAND:
        raw = raw.partition(b"\x00")[0]
    return raw.rstrip(b"\x00").replace(b"\x00", b" ").decode(errors="replace")
