"""Modules that were loaded into the kernel, by its list of them and by what it shows in /sys."""

from __future__ import annotations

import msgspec

from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.unreadable import Absent, Torn, Unreadable

_MOST = 16_384
_TRIES = 4
_LIVE, _COMING, _GOING, UNFORMED = range(4)  # enum module_state
LOADED = (_LIVE, _COMING)
"""States of modules whose code may run."""
_NAME = 56  # MODULE_NAME_LEN

_TAINTS = "PFSRMBUDAWCIOELKXTN"
"""The kernel's letters by bit (kernel/panic.c, taint_flags)."""


class Module(msgspec.Struct, frozen=True, gc=False):
    """A module in memory."""

    address: int
    name: str
    state: int
    size_bytes: int
    taints: str


def listed(kernel: Kernel) -> tuple[Module, ...]:
    """By the list. Raises `Unreadable` where it cannot be read whole, though it was tried more than once."""
    reason = ""
    for attempt in range(_TRIES):
        if attempt:
            kernel.forget()
        try:
            return _listed(kernel)
        except (Torn, Absent) as error:
            reason = error.message
    raise Unreadable(f"the list of kernel modules was not found whole in {_TRIES} tries: {reason}")


def shown(kernel: Kernel) -> frozenset[int]:
    """Addresses of the modules that have a folder in /sys/module. Raises `Torn` and `Absent` as they come."""
    at = kernel.build.at
    kset = kernel.u64(kernel.symbol("module_kset"))
    head = kset + at("kset.list")
    entry, inner, owner = at("kobject.entry"), at("module_kobject.kobj"), at("module_kobject.mod")
    found = set()
    place, count = kernel.u64(head), 0
    while place != head:
        count += 1
        if count > _MOST:
            raise Torn("the list of modules in /sys does not come back to its beginning")
        module = kernel.u64(place - entry - inner + owner)
        if module:  # what is built in has a folder, too
            found.add(module)
        place = kernel.u64(place)
    return frozenset(found)


def read(kernel: Kernel, address: int) -> Module:
    """Raises `Absent` where there is none."""
    return _Shape(kernel).read(address)


def _listed(kernel: Kernel) -> tuple[Module, ...]:
    shape = _Shape(kernel)
    head = kernel.symbol("modules")
    found = []
    seen: set[int] = set()
    before, at = head, kernel.u64(head)
    while at != head:
        if at in seen or len(seen) >= _MOST:
            raise Torn("it does not come back to its beginning")
        seen.add(at)
        if kernel.u64(at + 8) != before:
            raise Torn(f"it is broken behind {len(seen) - 1} of them")
        found.append(shape.read(at - shape.list))
        before, at = at, kernel.u64(at)
    return tuple(found)


class _Shape:
    """Where in a module is what."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        build = kernel.build
        self.list = build.at("module.list")
        self._state = build.at("module.state")
        self._name = build.at("module.name")
        self._taints = build.at("module.taints")
        if build.has("module.mem"):  # from 6.4 on
            count = build.types.length("module", "mem")
            each = build.types.element_size("module", "mem")
            first = build.at("module.mem") + build.types.element_offset("module", "mem", "size")
            self._sizes = [first + number * each for number in range(count)]
        else:
            self._sizes = [build.at(f"module.{part}_layout.size") for part in ("core", "init")]

    def read(self, address: int) -> Module:
        kernel = self._kernel
        taints = kernel.u64(address + self._taints)
        return Module(
            address=address,
            name=kernel.text(address + self._name, _NAME),
            state=kernel.u32(address + self._state),
            size_bytes=sum(kernel.u32(address + place) for place in self._sizes),
            taints="".join(letter for bit, letter in enumerate(_TAINTS) if taints >> bit & 1),
        )
