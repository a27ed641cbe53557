"""Page tables of x86-64, with four and five levels (Intel SDM volume 3, chapter 4; AMD APM volume 2, chapter 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vmi_console.introspection.memory.physical import Physical
from vmi_console.introspection.memory.unreadable import Absent

PAGE = 4096

PRESENT = 1 << 0
WRITABLE = 1 << 1
LARGE = 1 << 7
NOT_EXECUTABLE = 1 << 63
ADDRESS = 0x000F_FFFF_FFFF_F000


class PageTables:
    """One address space. `root` is the physical address of its top table."""

    def __init__(self, physical: Physical, root: int, levels: int) -> None:
        self._physical = physical
        self._root = root
        self._shifts = tuple(12 + 9 * level for level in range(levels - 1, -1, -1))
        self._known: dict[int, int] = {}

    def translate(self, virtual: int) -> int:
        """The physical address. Raises `Absent` where nothing is mapped."""
        page = virtual >> 12
        known = self._known.get(page)
        if known is None:
            known = self._known[page] = self._walk(virtual)
        return known | virtual & (PAGE - 1)

    def fetch(self, addresses: Sequence[int]) -> None:
        """Reads the tables that lead to these addresses, and nothing of what is there."""
        fetch_tables(self._physical, [(self._root, address) for address in addresses], len(self._shifts))

    def forget(self) -> None:
        self._known.clear()

    def _walk(self, virtual: int) -> int:
        table = self._root
        for shift in self._shifts:
            entry = self._physical.u64(table | (virtual >> shift & 511) << 3)
            if not entry & PRESENT:
                raise Absent(f"nothing is mapped at {virtual:#x}")
            if shift == 12 or (entry & LARGE and shift <= 30):
                inside = (1 << shift) - 1
                return (entry & ADDRESS & ~inside | virtual & inside) & ~(PAGE - 1)
            table = entry & ADDRESS
        raise Absent(f"nothing is mapped at {virtual:#x}")


def fetch_tables(physical: Physical, places: Iterable[tuple[int, int]], levels: int) -> None:
    """Reads the tables that lead to (root, virtual address), one level of all of them at a time."""
    at = list(places)
    for level in range(levels - 1, -1, -1):
        shift = 12 + 9 * level
        physical.fetch((table | (virtual >> shift & 511) << 3, 8) for table, virtual in at)
        deeper = []
        for table, virtual in at:
            try:
                entry = physical.u64(table | (virtual >> shift & 511) << 3)
            except Absent:
                continue
            if entry & PRESENT and not (entry & LARGE and shift <= 30):
                deeper.append((entry & ADDRESS, virtual))
        at = deeper
