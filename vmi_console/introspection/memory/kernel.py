"""A kernel found in memory: its symbols, its types, and reading by its virtual addresses.

What is the same for every machine that runs one build (its tables of symbols and types) is decoded once and kept, under
a digest of those tables as this machine's memory has them: a guest that says it runs a build cannot change what is
known of others that do. A guest that is looked at again is known by a secret that its kernel drew at its start (the
stack canary of its first task), and its tables are not read again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from vmi_console.introspection.memory.btf import Btf
from vmi_console.introspection.memory.finding import START_KERNEL_MAP, Image, image_of_tables
from vmi_console.introspection.memory.kallsyms import Located, Symbols, decode, search
from vmi_console.introspection.memory.paging import PAGE, PageTables
from vmi_console.introspection.memory.physical import Physical
from vmi_console.introspection.memory.unreadable import Absent, Undescribed, Unreadable

_SYMBOLS = (
    *("_text", "_stext", "_etext", "_end", "__start_rodata", "__start_BTF", "__stop_BTF", "linux_banner"),
    *("init_task", "init_pid_ns", "init_uts_ns", "init_net", "init_top_pgt", "page_offset_base", "tk_core"),
    *("modules", "module_kset", "sys_call_table", "socket_file_ops", "tcp_hashinfo", "udp_table"),
)
_STRUCTS = (
    *("task_struct", "pid", "pid_namespace", "xa_node", "mm_struct", "cred", "uts_namespace"),
    *("file", "dentry", "mount", "files_struct", "fdtable"),
    *("css_set", "cgroup", "cgroup_root", "cgrp_cset_link", "kernfs_node"),
    *("inet_hashinfo", "inet_listen_hashbucket", "udp_table", "udp_hslot"),
    *("socket", "sock", "net", "module", "module_kobject", "kset", "kobject", "timekeeper", "tk_data"),
)

_UNMOVED = 0xFFFF_FFFF_8100_0000
"""The base of symbols as they are kept: where the kernel's text would be if it were not moved."""

_KEPT_BUILDS = 8  # some 6 MiB each
_KEPT_MACHINES = 1024
_LARGEST_BTF = 64 << 20
_LOWER_HALF_ENDS = 1 << 63
_DIRECT_MAPS = {4: 0xFFFF_8880_0000_0000, 5: 0xFF11_0000_0000_0000}
"""Where all physical memory is mapped if it was not moved, by levels of page tables (Documentation/arch/x86)."""


class Build:
    """What one build of the kernel says of itself, its symbols as if it were not moved. `key` is a digest of that."""

    def __init__(self, key: bytes, symbols: Symbols, types: Btf) -> None:
        self.key = key
        self.symbols = symbols
        self.types = types
        self._offsets: dict[str, int] = {}

    def at(self, path: str) -> int:
        """Where a member is within its structure: `at("task_struct.se.vruntime")`."""
        found = self._offsets.get(path)
        if found is None:
            name, _, member = path.partition(".")
            found = self._offsets[path] = self.types.offset(name, member)
        return found

    def first(self, *paths: str) -> int:
        """Of the first of these that this build has: members move and are renamed between versions."""
        for path in paths[:-1]:
            name, _, member = path.partition(".")
            if self.types.has_member(name, member):
                return self.at(path)
        return self.at(paths[-1])

    def has(self, path: str) -> bool:
        name, _, member = path.partition(".")
        return self.types.has(name) and self.types.has_member(name, member)


class Machine:
    """What is remembered of a machine between looks."""

    def __init__(self, build: bytes, shift: int, secret: bytes) -> None:
        self.build = build  # its key, since builds are not kept for ever
        self.shift = shift
        self.secret = secret
        self.used: tuple[int, ...] = ()  # blocks of its memory, in the last look


_tables: OrderedDict[bytes, Symbols] = OrderedDict()
_builds: OrderedDict[bytes, Build] = OrderedDict()
_machines: OrderedDict[tuple[int, int, int], Machine] = OrderedDict()


def forget_all() -> None:
    """As if nothing had been looked at yet."""
    for cache in (_tables, _builds, _machines):
        cache.clear()


class Kernel:
    """Reads by virtual address. Raises `Absent` wherever memory is not there."""

    def __init__(self, physical: Physical, image: Image, build: Build, shift: int) -> None:
        """`shift` is how far the image was moved against where the build's symbols have it."""
        self.physical = physical
        self.build = build
        self.shift = shift
        self.machine: Machine | None = None
        self._start, self._end = self.symbol("_text"), self.symbol("_end")
        self._to_physical = image.phys_base - START_KERNEL_MAP
        root = self.symbol("init_top_pgt") + self._to_physical
        self.levels = image.levels or _levels(physical, root)
        self.tables = PageTables(physical, root, self.levels)
        self._direct = self._direct_map(root)
        self._direct_end = self._direct + physical.end if self._direct else 0
        if not self.banner.startswith("Linux version "):
            raise Unreadable("what looked like a kernel is none")

    @property
    def banner(self) -> str:
        """What /proc/version shows."""
        return self.text(self.symbol("linux_banner"), 512)

    def symbol(self, name: str) -> int:
        return self.build.symbols[name] + self.shift

    def end_of(self, name: str) -> int:
        """The address of the next symbol."""
        return self.build.symbols.ends[name] + self.shift

    def has_symbol(self, name: str) -> bool:
        return self.build.symbols.get(name) is not None

    def to_physical(self, virtual: int) -> int:
        if self._direct <= virtual < self._direct_end:
            return virtual - self._direct
        if self._start <= virtual < self._end:
            return virtual + self._to_physical
        if virtual < _LOWER_HALF_ENDS:
            raise Absent(f"{virtual:#x} is no address of the kernel's")
        return self.tables.translate(virtual)

    def read(self, virtual: int, length: int) -> bytes:
        if self._linear(virtual):
            return self.physical.read(self.to_physical(virtual), length)
        pieces = []
        while length > 0:
            part = min(length, PAGE - virtual % PAGE)
            pieces.append(self.physical.read(self.to_physical(virtual), part))
            virtual += part
            length -= part
        return b"".join(pieces)

    def u64(self, virtual: int) -> int:
        return int.from_bytes(self.read(virtual, 8), "little")

    def u32(self, virtual: int) -> int:
        return int.from_bytes(self.read(virtual, 4), "little")

    def text(self, virtual: int, most: int) -> str:
        """Up to the first NUL."""
        found = b""
        while len(found) < most and b"\x00" not in found:
            # Not further than this page: the next one may not be there.
            found += self.read(virtual + len(found), min(most - len(found), PAGE - (virtual + len(found)) % PAGE))
        return found.partition(b"\x00")[0].decode(errors="replace")

    def fetch(self, addresses: Iterable[int], length: int, *, anew: bool = False) -> None:
        """Reads what is at these addresses in as few calls as that takes; with `anew` also what was read already."""
        linear: list[int] = []
        mapped: list[int] = []
        for virtual in addresses:
            (linear if self._linear(virtual) else mapped).append(virtual)
        ranges = [(self.to_physical(virtual), length) for virtual in linear]
        mapped = [virtual for virtual in mapped if virtual >= _LOWER_HALF_ENDS]
        if mapped:
            self.tables.fetch(mapped)
            for virtual in mapped:
                for page in range(virtual & ~(PAGE - 1), virtual + length, PAGE):
                    try:
                        ranges.append((self.tables.translate(page), PAGE))
                    except Absent:
                        break
        self.physical.fetch(ranges, anew=anew)

    def remember(self) -> None:
        """Lets the next look at this machine begin with what this one used."""
        if self.machine is not None:
            self.machine.used = self.physical.used

    def forget(self) -> None:
        """Whatever is read from now on is read anew: a running guest has moved on."""
        self.physical.forget()
        self.tables.forget()

    def _linear(self, virtual: int) -> bool:
        return self._direct <= virtual < self._direct_end or self._start <= virtual < self._end

    def _direct_map(self, root: int) -> int:
        """The virtual address of physical address 0, if the page tables agree; 0 where they must always be asked."""
        start = _DIRECT_MAPS[self.levels]
        if self.has_symbol("page_offset_base"):
            start = self.physical.u64(self.symbol("page_offset_base") + self._to_physical)
        try:
            return start if start >= _LOWER_HALF_ENDS and self.tables.translate(start + root) == root else 0
        except Absent:
            return 0


def remembered(physical: Physical, image: Image) -> bool:
    """Whether a machine was seen that may be this one."""
    return (physical.size, image.phys_base, image.start) in _machines


def found(physical: Physical, image: Image, *, anew: bool = False) -> Kernel:
    """The kernel of this image, by what is remembered of the machine unless it is to be looked at `anew`.

    Raises `Unreadable` where there is none, or it does not describe itself.
    """
    place = (physical.size, image.phys_base, image.start)
    machine = _machines.pop(place, None)
    known = None if anew or machine is None else _known(physical, image, machine)
    if known is not None and machine is not None:
        _machines[place] = machine  # again, as the one that was used last
        return known
    kernel = _new(physical, image)
    secret = _secret(kernel)
    if secret is not None and image.start:
        kernel.machine = _machines[place] = Machine(kernel.build.key, kernel.shift, secret)
        while len(_machines) > _KEPT_MACHINES:
            _machines.popitem(last=False)
    return kernel


def _known(physical: Physical, image: Image, machine: Machine) -> Kernel | None:
    """The kernel of a machine that was seen before, if this is that one still."""
    build = _builds.get(machine.build)
    if build is None:
        return None
    _builds.move_to_end(machine.build)
    try:
        kernel = Kernel(physical, image, build, machine.shift)
        if _secret(kernel) != machine.secret:
            return None
    except (Unreadable, Absent):
        return None
    kernel.machine = machine
    physical.repeat(machine.used)
    return kernel


def _new(physical: Physical, image: Image) -> Kernel:
    for virtual, size in image.constants:
        try:
            address = image.physical(virtual) if image.start else image.phys_base
            content = physical.glimpse(address, size)
            located = search(content)
            if located is None:
                continue
            symbols, digest = _symbols(located)
            shift = located.base - _UNMOVED
            if not image.start:
                # Only now is known at which virtual address the constants are.
                virtual = symbols["__start_rodata"] + shift
                image = msgspec.structs.replace(image, phys_base=address - virtual + START_KERNEL_MAP)
            build = _build(physical, image, symbols, shift, digest)
            return Kernel(physical, image, build, shift)
        except Absent:
            continue
    raise Unreadable("no kernel's table of symbols was found")


def _symbols(located: Located) -> tuple[Symbols, bytes]:
    """The symbols, as if the kernel were not moved, and a digest of the tables that they are from."""
    digest = blake2b(located.tokens)
    digest.update(located.names)
    digest.update(located.offsets)
    key = digest.digest()
    symbols = _tables.get(key)
    if symbols is None:
        symbols = decode(msgspec.structs.replace(located, base=_UNMOVED), _SYMBOLS)
        _keep(_tables, key, symbols)
    return symbols, key


def _build(physical: Physical, image: Image, symbols: Symbols, shift: int, digest: bytes) -> Build:
    start, stop = symbols.get("__start_BTF"), symbols.get("__stop_BTF")
    if start is None or stop is None or not 0 < stop - start < _LARGEST_BTF:
        banner = symbols.get("linux_banner")
        words = physical.read(image.physical(banner + shift), 128).decode(errors="replace").split() if banner else []
        release = words[2] if len(words) > 2 else "its release is not known either"
        raise Undescribed(f"this kernel ({release}) carries no description of its types (BTF)")
    content = physical.glimpse(image.physical(start + shift), stop - start)
    key = blake2b(content, key=digest).digest()
    build = _builds.get(key)
    if build is None:
        build = Build(key, symbols, Btf(content, _STRUCTS))
        _keep(_builds, key, build)
    return build


def _keep[T](cache: OrderedDict[bytes, T], key: bytes, value: T) -> None:
    cache[key] = value
    while len(cache) > _KEPT_BUILDS:
        cache.popitem(last=False)


def _levels(physical: Physical, root: int) -> int:
    for levels in (4, 5):
        if image_of_tables(physical, root, levels) is not None:
            return levels
    raise Unreadable("the kernel's page tables are not where they should be")


def _secret(kernel: Kernel) -> bytes | None:
    """What the kernel drew at its start and no other machine knows."""
    if not kernel.build.has("task_struct.stack_canary"):
        return None
    canary = kernel.read(kernel.symbol("init_task") + kernel.build.at("task_struct.stack_canary"), 8)
    return canary if any(canary) else None
