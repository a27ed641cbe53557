"""One look into the memory of a running Linux guest, without anything prepared for its kernel.

    kernel found (finding) → symbols (kallsyms) and types (btf), or remembered (kernel)
    → tasks → processes, services, sockets, modules → signs of tampering

Without processes nothing is said; what else cannot be read of one kind does not keep the others from being read.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable
from typing import BinaryIO

import msgspec

from vmi_console.estate.facts import (
    FactSet,
    KernelModule,
    Looked,
    OperatingSystem,
    Service,
)
from vmi_console.introspection.findings import Findings
from vmi_console.introspection.memory import finding, kernel, modules, processes, sockets, tampering, tasks, units
from vmi_console.introspection.memory.clock import Clock
from vmi_console.introspection.memory.dumps import State, dumps
from vmi_console.introspection.memory.finding import Image
from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.physical import MOST_READ, Allowance, Physical
from vmi_console.introspection.memory.processes import Running
from vmi_console.introspection.memory.tasks import Tasks
from vmi_console.introspection.memory.unreadable import WINDOWS, Absent, Torn, Undescribed, Unreadable


def look(memory: BinaryIO, most_read: int = MOST_READ, *, state: BinaryIO | None = None) -> Findings:
    """What runs in the guest whose memory this is, a file object with its length in bytes as `size`; so is a `state` of
    VMware that lies beside it, where there is one, and says which addresses it has.

    Nothing of what is read is believed: lists that have no end, pointers into nowhere and tables that contradict
    themselves make facts unreadable. At most `most_read` bytes are read. What was read is kept until the look ends or a
    list turns out to have changed meanwhile; then it is read again, and a file that keeps bytes of its own is told so
    (`forget`, where it has that). Raises `Unreadable` where nothing at all can be said.
    """
    beside = State(state, state.size) if state is not None else None  # type: ignore[attr-defined]
    return _findings(*_kernel(memory, memory.size, Allowance(most_read), beside))  # type: ignore[attr-defined]


_HOSTILE = (ArithmeticError, LookupError, ValueError, struct.error)
"""What arithmetic with numbers of a hostile guest may end in, where nothing more particular was noticed."""

_FAILURES = (Unreadable, Absent, Torn, *_HOSTILE)


def _reason(error: Exception) -> str:
    if isinstance(error, _HOSTILE):
        return f"what memory says contradicts itself ({type(error).__name__}: {error})"
    return str(error)


def _kernel(memory: BinaryIO, size: int, allowance: Allowance, beside: State | None) -> tuple[Kernel, Tasks]:
    """The kernel that runs and its tasks: where they cannot be read, it was found in the wrong place."""
    forms = [(Physical(memory, size, dump.pieces, allowance), dump) for dump in dumps(memory, size, beside)]
    search = _Search()
    for physical, dump in forms:
        search.try_all((physical, image) for image in finding.said(physical, dump.note))
    for physical, _ in forms:
        search.try_all((physical, image) for image in finding.low(physical))
    if not search.kernels:
        straight = forms[0][0]
        if finding.windows(straight):
            raise Unreadable(WINDOWS)
        for image in finding.probed(straight, time.monotonic() + finding.PROBE_SECONDS):
            offset = straight.offset(image.phys_base)
            places = [(physical, physical.address(offset)) for physical, _ in forms]
            search.try_all(
                (physical, msgspec.structs.replace(image, phys_base=address))
                for physical, address in places
                if address is not None
            )
            if search.latest is not None:
                break
    if search.latest is None:
        raise Unreadable(search.reason or "no running Linux kernel for x86-64 was found in this memory")
    return search.latest


class _Search:
    """Places where a kernel may be, tried until one is found whose tasks can be read."""

    def __init__(self) -> None:
        self.latest: tuple[Kernel, Tasks] | None = None
        self.kernels = 0  # found, also such as run no more
        self.reason = ""  # why the first of all was not it
        self._now = -1

    def try_all(self, candidates: Iterable[tuple[Physical, Image]]) -> None:
        """Does nothing once one was found. Of several the one runs whose clock is later: memory survives a restart."""
        if self.latest is not None:
            return
        for physical, image in candidates:
            for anew in (False, True) if kernel.remembered(physical, image) else (False,):
                try:
                    self._try(kernel.found(physical, image, anew=anew))
                    break
                except _FAILURES as error:
                    self.kernels += isinstance(error, Undescribed)
                    self.reason = self.reason or _reason(error)

    def _try(self, found: Kernel) -> None:
        self.kernels += 1
        seen = tasks.tasks(found)
        now = Clock(found).now
        if now > self._now:
            self._now, self.latest = now, (found, seen)


def _findings(found: Kernel, seen: Tasks) -> Findings:
    clock = Clock(found)
    system = _part(lambda: (_system(found, clock),))
    try:
        running = processes.running(found, seen.all, clock)
    except _FAILURES as error:
        raise Unreadable(_reason(error)) from error
    containers = {process.pid: process.container for process in running.processes if process.container}
    findings = Findings(
        os=system,
        processes=FactSet(status=Looked.READ, items=running.processes),
        services=_part(lambda: _services(running)),
        sockets=_part(lambda: sockets.sockets(found, running.tasks, containers)),
        modules=_part(lambda: _modules(found)),
        signs=_part(lambda: tampering.signs(found, seen)),  # last: it reads anew what it suspects
    )
    found.remember()
    return findings


def _part[T](read: Callable[[], tuple[T, ...]]) -> FactSet[T]:
    try:
        return FactSet(status=Looked.READ, items=read())
    except _FAILURES as error:
        return FactSet(status=Looked.UNREADABLE, because=_reason(error))


def _system(found: Kernel, clock: Clock) -> OperatingSystem:
    names = found.symbol("init_uts_ns") + found.build.at("uts_namespace.name")
    release, node = (found.text(names + _NAME_BYTES * index, _NAME_BYTES) for index in (2, 1))
    return OperatingSystem(name="Linux", kernel=release, family="linux", hostname=node, booted_at=clock.at(0))


_NAME_BYTES = 65
"""Of each text in struct new_utsname, which is part of the interface: sysname, nodename, release, version, …"""


def _services(running: Running) -> tuple[Service, ...]:
    """Units that have a process; whoever reads this takes the others to be stopped.

    Raises `Unreadable` where no systemd says which processes are one service, or where it is not known of one of them.
    """
    paths = running.groups
    alive = [task for task in running.tasks if not task.dead and not task.kernel_thread]
    unknown = sum(task.pid not in paths for task in alive)
    if unknown:
        raise Unreadable(f"of {unknown} of {len(alive)} processes it was not found which service they belong to")
    if paths.get(1) != units.MANAGER:
        raise Unreadable("systemd does not run in this guest: its processes are not sorted by service")
    names = {name for task in alive if (name := units.service(paths[task.pid]))}
    return tuple(Service(name=name, running=True) for name in sorted(names))


def _modules(found: Kernel) -> tuple[KernelModule, ...]:
    return tuple(
        KernelModule(name=module.name, size_bytes=module.size_bytes, taints=module.taints)
        for module in sorted(modules.listed(found), key=lambda module: module.name)
        if module.state != modules.UNFORMED
    )
