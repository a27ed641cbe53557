"""Where the kernel is in physical memory. It is somewhere else after each start (KASLR), virtually and physically.

Three ways, the cheapest first. A core may say it (VMCOREINFO). Otherwise the first MiB holds the page table with which
Linux starts further processors and wakes up (`real_mode_init`): its last entry leads to the tables of the kernel's own
image. Where that is gone, each physical address at which the kernel's constants may begin is looked at.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import itemgetter

import msgspec

from vmi_console.introspection.memory.paging import ADDRESS, LARGE, NOT_EXECUTABLE, PRESENT, WRITABLE
from vmi_console.introspection.memory.physical import Physical
from vmi_console.introspection.memory.unreadable import Absent, Unreadable

START_KERNEL_MAP = 0xFFFF_FFFF_8000_0000
_IMAGE_LIMIT = 1 << 30  # KERNEL_IMAGE_SIZE
_HUGE = 2 << 20

_LOW = 1 << 20
_FEWEST_PAGES = 4  # of 2 MiB that show an image
_LARGEST_CONSTANTS = 64 << 20

PROBE_SECONDS = 7.0
"""How long the last way may take."""

_FEWEST_POINTERS = 96  # in the first page of the constants, which begin with the table of system calls

_line = re.compile(rb"^(SYMBOL|NUMBER)\(([\w.]+)\)=(.*)$", re.MULTILINE)


class Image(msgspec.Struct, frozen=True):
    """Where the kernel's image is: virtual addresses, and what to add to them for physical ones."""

    phys_base: int
    constants: tuple[tuple[int, int], ...]  # virtual address and size of what is neither written nor run
    start: int = 0
    end: int = 0
    levels: int = 0  # of the page tables; 0 where not known yet

    def physical(self, virtual: int) -> int:
        return virtual - START_KERNEL_MAP + self.phys_base


class Note(msgspec.Struct, frozen=True):
    """What VMCOREINFO says."""

    symbols: dict[str, int]
    numbers: dict[str, int]


def note(content: bytes) -> Note | None:
    """VMCOREINFO taken apart (Linux Documentation/admin-guide/kdump/vmcoreinfo.rst); None where it is of no use."""
    symbols: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for key, name, value in _line.findall(content[: 64 * 1024]):
        try:
            if key == b"SYMBOL":
                symbols[name.decode()] = int(value, 16)
            else:
                numbers[name.decode()] = int(value)
        except ValueError:
            continue
    if "phys_base" not in numbers or "swapper_pg_dir" not in symbols:
        return None
    return Note(symbols, numbers)


def said(physical: Physical, content: bytes) -> Iterator[Image]:
    """Where the core's note VMCOREINFO says that the kernel is."""
    said = note(content)
    if said is None:
        return
    root = said.symbols["swapper_pg_dir"] - START_KERNEL_MAP + said.numbers["phys_base"]
    for levels in (5, 4) if said.numbers.get("pgtable_l5_enabled") else (4, 5):
        image = image_of_tables(physical, root, levels)
        if image is not None and image.phys_base == said.numbers["phys_base"]:
            yield image


def low(physical: Physical) -> Iterator[Image]:
    """Where page tables in the first MiB lead to. More than one where an earlier start left some behind."""
    known = set()
    for root in _low_tables(physical):
        for levels in (4, 5):
            image = image_of_tables(physical, root, levels)
            if image is not None and image not in known:
                known.add(image)
                yield image


def windows(physical: Physical) -> bool:
    """Whether the first MiB holds the code with which Windows starts processors (its processor start block)."""
    for page in range(0, _LOW, 4096):
        try:
            if physical.u64(page) & 0xFFFF_FFFF_FFFF_00FF == 0x0000_0001_0006_00E9:
                return True
        except Absent:
            continue
    return False


def image_of_tables(physical: Physical, root: int, levels: int) -> Image | None:
    """The image as the page table at `root` maps it, in pages of 2 MiB; None where it does not."""
    try:
        table = root
        for index in (511, 510) if levels == 4 else (511, 511, 510):
            entry = physical.u64(table + 8 * index)
            if not entry & PRESENT or entry & LARGE:
                return None
            table = entry & ADDRESS
        entries = memoryview(physical.read(table, 4096)).cast("Q")
    except Absent:
        return None
    mapped = {at: entry for at, entry in enumerate(entries) if entry & PRESENT and entry & LARGE}
    # The image is in one piece; modules may share the table with it.
    places = {at: (entry & ADDRESS & ~(_HUGE - 1)) - at * _HUGE for at, entry in mapped.items()}
    phys_base, pages = max(Counter(places.values()).items(), key=itemgetter(1), default=(0, 0))
    if pages < _FEWEST_PAGES:
        return None
    huge = {at: entry for at, entry in mapped.items() if places[at] == phys_base}
    present = [at for at, entry in enumerate(entries) if entry & PRESENT and min(huge) <= at <= max(huge) + 8]
    return Image(
        phys_base=phys_base,
        constants=_constants(entries, huge),
        start=START_KERNEL_MAP + min(huge) * _HUGE,
        end=START_KERNEL_MAP + (present[-1] + 1) * _HUGE,
        levels=levels,
    )


def _constants(entries: Sequence[int], huge: dict[int, int]) -> tuple[tuple[int, int], ...]:
    """Runs of pages of 2 MiB that are neither written nor run, each as virtual address and size."""
    runs: list[list[int]] = []
    for at, entry in huge.items():
        if entry & NOT_EXECUTABLE and not entry & WRITABLE:
            if runs and runs[-1][1] == at:
                runs[-1][1] = at + 1
            else:
                runs.append([at, at + 1])
    for run in runs:
        # What is left of the constants is mapped in pages of 4 KiB, together with what follows them.
        end = entries[run[1]] if run[1] < len(entries) else 0
        run[1] += end & PRESENT and not end & LARGE
    return tuple(
        (START_KERNEL_MAP + first * _HUGE, min((end - first) * _HUGE, _LARGEST_CONSTANTS)) for first, end in runs
    )


def _low_tables(physical: Physical) -> Iterator[int]:
    """Pages of the first MiB that look like a top table: a last entry, and nothing for the lower half but the first."""
    physical.fetch(((0, _LOW),))
    for root in range(0, _LOW, 4096):
        try:
            page = physical.read(root, 4096)
        except Absent:
            continue
        last = int.from_bytes(page[-8:], "little")
        if last & PRESENT and not last & LARGE and last & ADDRESS and not any(page[8:2048]):
            yield root


def probed(physical: Physical, deadline: float) -> Iterator[Image]:
    """Where the constants may begin, at multiples of 2 MiB: a page full of pointers to the kernel's text.

    Their virtual address is not known yet: `start` is 0, and `phys_base` says where they are. Raises `Unreadable` when
    it is later than `deadline` (of the monotonic clock).
    """
    for piece in physical.pieces:
        for address in range(-(-piece.address // _HUGE) * _HUGE, piece.address + piece.size - 4096, _HUGE):
            if time.monotonic() > deadline:
                raise Unreadable(f"no kernel was found in the {PROBE_SECONDS:g} s that the search may take")
            try:
                page = physical.glimpse(address, 4096)
            except Absent:
                continue
            if page.count(b"\xff\xff\xff\xff") < _FEWEST_POINTERS:
                continue
            pointers = sum(START_KERNEL_MAP <= each < START_KERNEL_MAP + _IMAGE_LIMIT for each in _words(page))
            if pointers >= _FEWEST_POINTERS:
                yield Image(phys_base=address, constants=((0, min(_LARGEST_CONSTANTS, _left(physical, address))),))


def _words(page: bytes) -> memoryview:
    return memoryview(page).cast("Q")


def _left(physical: Physical, address: int) -> int:
    """Bytes from this address to the end of its piece."""
    return next(
        piece.address + piece.size - address
        for piece in physical.pieces
        if piece.address <= address < piece.address + piece.size
    )
