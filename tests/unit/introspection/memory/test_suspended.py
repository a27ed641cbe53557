"""Suspended states of VMware, made in the layout that is known of them from a small memory."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.introspection.memory.test_looking import SIZE, kernel_without_types
from vmi_console.introspection.memory import looking
from vmi_console.introspection.memory.dumps import Piece, State, dumps
from vmi_console.introspection.memory.physical import Physical
from vmi_console.introspection.memory.suspended import MAGICS
from vmi_console.introspection.memory.unreadable import Unreadable

PAGE = 4096
LOW, HIGH = b"low " * 2048, b"high" * 1024  # two pages and one


def tag(name: bytes, indices: tuple[int, ...], length: int) -> bytes:
    head = struct.pack("<H", len(name) << 8 | len(indices) << 6 | length)
    return head + name + b"".join(struct.pack("<I", index) for index in indices)


def value(name: bytes, number: int, *indices: int, length: int = 4) -> bytes:
    return tag(name, indices, length) + number.to_bytes(length, "little")


def block(name: bytes, content: bytes, *indices: int, at: int = 0, compressed: bool = False) -> bytes:
    """A block that begins `at` this place of its file, with its content where a page does."""
    head = tag(name, indices, 62 if compressed else 63)
    padding = -(at + len(head) + 18) % PAGE
    return head + struct.pack("<QQH", len(content), len(content), padding) + bytes(padding) + content


def regions(*told: tuple[int, int, int]) -> bytes:
    """Of each the physical page, the page in the file, and how many there are."""
    made = value(b"regionsCount", len(told))
    for index, numbers in enumerate(told):
        for name, number in zip((b"regionPPN", b"regionPageNum", b"regionSize"), numbers, strict=True):
            made += value(name, number, index)
    return made


def state(
    content: bytes | None,
    told: bytes = b"",
    *,
    magic: bytes = MAGICS[0],
    compressed: bool = False,
    end: bytes = b"\0\0",
) -> bytes:
    """A state with another group before that of memory, and a value and a block that nobody here knows."""
    other = value(b"numVCPUs", 2) + block(b"gpregs", bytes(128), 0) + b"\0\0"
    begin = 12 + 2 * 80
    head = magic + struct.pack("<II", 8, 2)
    head += struct.pack("<64sQQ", b"cpu", begin, len(other))
    head += struct.pack("<64sQQ", b"memory", begin + len(other), 0)
    made = head + other + value(b"align_mask", 0xFFF) + value(b"hotSet", 1, 0, 3, length=1) + told
    if content is not None:
        made += block(b"Memory", content, 0, 0, at=len(made), compressed=compressed)
    return made + end


def pieces(content: bytes) -> tuple[Piece, ...]:
    return dumps(io.BytesIO(content), len(content))[0].pieces


@pytest.mark.parametrize("magic", MAGICS)
def test_regions_say_where_memory_is(magic: bytes) -> None:
    content = state(LOW + HIGH, regions((0x100000, 2, 1), (0, 0, 2)), magic=magic)
    (dump,) = dumps(io.BytesIO(content), len(content))
    physical = Physical(io.BytesIO(content), len(content), dump.pieces)
    assert [(piece.address, piece.size) for piece in dump.pieces] == [(0, 2 * PAGE), (4 << 30, PAGE)]
    assert physical.read(0, 2 * PAGE) == LOW
    assert physical.read(4 << 30, PAGE) == HIGH
    assert dump.pieces[0].offset % PAGE == 0


def test_without_regions_memory_is_as_in_a_vmem() -> None:
    for told in (b"", regions()):
        content = state(LOW, told)
        (dump,) = dumps(io.BytesIO(content), len(content))
        (piece,) = dump.pieces
        assert (piece.address, content[piece.offset : piece.offset + piece.size]) == (0, LOW)


def test_without_regions_the_hole_is_tried(tmp_path: Path) -> None:
    content = state(LOW)
    at = content.index(LOW)
    head = content[:at]
    length = head.rindex(struct.pack("<QQ", len(LOW), len(LOW)))
    size = at + (5 << 30) + 2
    with (tmp_path / "large.vmss").open("w+b") as file:  # with 5 GiB that nobody wrote
        file.write(head[:length] + struct.pack("<QQ", 5 << 30, 5 << 30) + head[length + 16 :])
        file.truncate(size)
        found = dumps(file, size)
    assert found[0].pieces == (Piece(0, 5 << 30, at),)
    assert (Piece(0, 3 << 30, at), Piece(4 << 30, 2 << 30, at + (3 << 30))) in [dump.pieces for dump in found]


def test_regions_have_no_more_than_is_held() -> None:
    found = pieces(state(LOW, regions((0, 0, 1), (0x100000, 1, 1000), (0x200000, 50, 1))))
    assert [(piece.address, piece.size) for piece in found] == [(0, PAGE), (4 << 30, PAGE)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (state(None), r"name the \.vmem"),
        (state(LOW, compressed=True), "compressed"),
        (state(LOW, value(b"regionsCount", 2) + value(b"regionPPN", 0, 0)), "where region 0 is"),
        (state(LOW, value(b"regionsCount", 1 << 31)), "too many regions"),
        (state(LOW + LOW, block(b"Memory", LOW, 1, 0)), "several parts"),
        (state(None, end=b""), "damaged or cut off"),
        (state(LOW, regions((0, 0, 2)))[:-PAGE], "damaged or cut off"),
        (state(None, value(b"x" * 200, 1) * 10, end=value(b"y", 1)[:4]), "damaged or cut off"),
        (MAGICS[0] + struct.pack("<II", 8, 0), "nothing of memory"),
        (MAGICS[0] + struct.pack("<II", 8, 1 << 31), "table of groups"),
        (MAGICS[0], "cut off"),
        (MAGICS[0] + struct.pack("<II64sQQ", 8, 1, b"memory", 1 << 63, 0), "damaged or cut off"),
    ],
)
def test_what_is_not_read_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        pieces(content)


@given(st.binary(max_size=400), st.integers(0, 400))
def test_whatever_stands_there_is_read_or_unreadable(junk: bytes, at: int) -> None:
    content = state(LOW, regions((0, 0, 2)))
    content = content[:4] + (content[4 : 4 + at] + junk + content[4 + at + len(junk) :])
    try:
        for piece in pieces(content):
            assert 0 <= piece.offset < piece.offset + piece.size <= len(content)
    except Unreadable:
        pass


class Memory(io.BytesIO):
    @property
    def size(self) -> int:
        return len(self.getbuffer())


def test_a_look_goes_by_the_regions() -> None:
    memory = bytes(kernel_without_types())
    half = SIZE // 2
    content = state(
        memory[half:] + memory[:half], regions((0, half // PAGE, half // PAGE), (half // PAGE, 0, half // PAGE))
    )
    with pytest.raises(Unreadable, match=r"3\.10\.0-1160\.el7\.x86_64.*BTF"):
        looking.look(Memory(content))


# --- beside a .vmem ---------------------------------------------------------------------------------------------------


def beside(content: bytes) -> State:
    return State(io.BytesIO(content), len(content))


def test_regions_of_a_state_say_where_the_memory_of_a_vmem_is() -> None:
    vmem = HIGH + LOW
    found = dumps(io.BytesIO(vmem), len(vmem), beside(state(None, regions((0, 1, 2), (0x100000, 0, 1)))))
    assert found[0].pieces == (Piece(0, 2 * PAGE, PAGE), Piece(4 << 30, PAGE, 0))
    assert found[1:] == dumps(io.BytesIO(vmem), len(vmem)), "what is said may be of another machine"


@pytest.mark.parametrize(
    "content",
    [
        state(None),  # says nothing
        state(None, regions((0, 0, 2)), end=b""),  # cut off
        state(LOW, regions((0, 0, 2))),  # has memory of its own
        b"\xd0\xbe\xd0\xbe" + state(None, regions((0, 0, 2)))[4:],  # of an older form
        b"",
    ],
)
def test_a_state_beside_that_says_nothing_is_no_hindrance(content: bytes) -> None:
    assert dumps(io.BytesIO(LOW), len(LOW), beside(content)) == dumps(io.BytesIO(LOW), len(LOW))
