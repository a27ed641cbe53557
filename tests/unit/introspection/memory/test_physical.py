from __future__ import annotations

import io

import pytest

from vmi_console.introspection.memory.dumps import Piece
from vmi_console.introspection.memory.paging import PageTables
from vmi_console.introspection.memory.physical import BLOCK, Allowance, Physical
from vmi_console.introspection.memory.unreadable import Absent, Unreadable

SIZE = 64 * BLOCK


class Watched(io.BytesIO):
    """Memory that notes what is asked of it, and moves on."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.asked: list[tuple[int, int]] = []
        self.forgotten = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked.append((self.tell() // BLOCK, (size or 0) // BLOCK))
        return super().read(size)

    def forget(self) -> None:
        self.forgotten += 1


@pytest.fixture
def file() -> Watched:
    return Watched(bytes(range(256)) * (SIZE // 256))


def _physical(file: Watched, allowance: int = 1 << 30) -> Physical:
    half = SIZE // 2
    return Physical(file, SIZE, (Piece(0, half, 0), Piece(1 << 32, half, half)), Allowance(allowance))


def test_neighbours_are_fetched_in_one_call_and_read_from_what_is_there(file: Watched) -> None:
    physical = _physical(file)
    physical.fetch([(7 * BLOCK, 8), (0, 8), (BLOCK, 8), (20 * BLOCK - 4, 8), (1 << 32, 8)])
    # Small gaps are read along: a further call costs more.
    assert file.asked == [(0, 2), (7, 1), (19, 2), (32, 1)]
    assert physical.read(20 * BLOCK - 4, 8) == bytes((252, 253, 254, 255, 0, 1, 2, 3))
    assert physical.u64(1 << 32) == 0x0706050403020100
    assert len(file.asked) == 4
    physical.fetch([(2 * BLOCK, 8), (3 * BLOCK, 8)])
    assert file.asked[4:] == [(2, 2)]


def test_what_a_look_used_is_read_again_in_one_sweep(file: Watched) -> None:
    physical = _physical(file)
    for number in (9, 1, 8, 3):
        physical.read(number * BLOCK, 8)
    again = _physical(file)
    file.asked.clear()
    again.repeat(physical.used)
    assert file.asked == [(1, 3), (8, 2)]


def test_what_was_read_is_kept_until_it_is_forgotten(file: Watched) -> None:
    physical = _physical(file)
    assert physical.read(0, 1) == b"\x00"
    file.getbuffer()[0] = 7
    assert physical.read(0, 1) == b"\x00"
    physical.forget()
    assert physical.read(0, 1) == b"\x07"
    assert file.forgotten == 1  # whoever keeps bytes below is told


@pytest.mark.parametrize("address", [SIZE // 2, SIZE // 2 - 4, (1 << 32) - 1, (1 << 32) + SIZE // 2, 1 << 63, -8])
def test_addresses_between_and_behind_pieces_are_absent(file: Watched, address: int) -> None:
    physical = _physical(file)
    physical.fetch([(address, 8)])
    with pytest.raises(Absent):
        physical.read(address, 8)


def test_no_more_is_read_than_is_allowed(file: Watched) -> None:
    physical = _physical(file, allowance=3 * BLOCK)
    physical.fetch([(0, 3 * BLOCK)])
    with pytest.raises(Unreadable, match="more than"):
        physical.read(10 * BLOCK, 1)


def test_errors_of_the_source_are_absent_memory() -> None:
    class Failing(Watched):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError("the hypervisor does not give it")

    with pytest.raises(Absent, match="cannot be read"):
        _physical(Failing(b"")).read(0, 8)


def test_a_block_that_cannot_be_had_keeps_no_others_away(file: Watched) -> None:
    class Holed(Watched):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() <= 5 * BLOCK < self.tell() + (size or 0):
                raise OSError("there is a device")
            return super().read(size)

    physical = _physical(Holed(file.getvalue()))
    physical.fetch([(4 * BLOCK, 3 * BLOCK)])
    assert physical.read(4 * BLOCK + 1, 1) == physical.read(6 * BLOCK + 1, 1) == b"\x01"
    with pytest.raises(Absent):
        physical.read(5 * BLOCK, 8)


# --- page tables ------------------------------------------------------------------------------------------------------


def _tables(levels: int, entries: dict[tuple[int, int], int]) -> PageTables:
    memory = bytearray(SIZE)
    for (table, index), value in entries.items():
        memory[table + 8 * index : table + 8 * index + 8] = value.to_bytes(8, "little")
    return PageTables(Physical(io.BytesIO(memory), SIZE, (Piece(0, SIZE, 0),)), 0x1000, levels)


def test_small_pages_are_found_through_four_levels() -> None:
    tables = _tables(
        4, {(0x1000, 257): 0x2001, (0x2000, 3): 0x3001, (0x3000, 4): 0x4001, (0x4000, 5): 1 << 63 | 0x9003}
    )
    virtual = 0xFFFF_0000_0000_0000 | 257 << 39 | 3 << 30 | 4 << 21 | 5 << 12 | 0x123
    assert tables.translate(virtual) == 0x9123
    with pytest.raises(Absent):
        tables.translate(virtual + 4096)


def test_large_pages_end_the_walk() -> None:
    tables = _tables(4, {(0x1000, 1): 0x2001, (0x2000, 3): 0x4000_0081, (0x2000, 4): 0x3001, (0x3000, 9): 0x60_0081})
    assert tables.translate(1 << 39 | 3 << 30 | 0x12_3456) == 0x4012_3456
    assert tables.translate(1 << 39 | 4 << 30 | 9 << 21 | 0x1_2345) == 0x61_2345


def test_a_fifth_level_comes_first() -> None:
    entries = {(0x1000, 256): 0x2001, (0x2000, 7): 0x3001, (0x3000, 0): 0x4001, (0x4000, 1): 0x20_0081}
    assert _tables(5, entries).translate(0xFF00_0000_0000_0000 | 7 << 39 | 1 << 21 | 5) == 0x20_0005


def test_tables_that_lead_to_themselves_end() -> None:
    tables = _tables(4, {(0x1000, 0): 0x1001, (0x1000, 511): 0x1001})
    assert tables.translate(0) == 0x1000
    tables.fetch([0, 0xFFFF_FFFF_FFFF_F000])
    assert tables.translate(0xFFFF_FFFF_FFFF_F008) == 0x1008
