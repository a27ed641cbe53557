from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import pytest

from vmi_console.introspection.memory.dumps import Dump, Piece, dumps
from vmi_console.introspection.memory.unreadable import Unreadable

NOTE = b"OSRELEASE=6.1.0\nNUMBER(phys_base)=0\n"


def _notes(*named: tuple[bytes, bytes]) -> bytes:
    return b"".join(
        struct.pack("<III", len(name) + 1, len(content), 0)
        + (name + b"\x00").ljust(-(-(len(name) + 1) // 4) * 4, b"\x00")
        + content.ljust(-(-len(content) // 4) * 4, b"\x00")
        for name, content in named
    )


def _core(
    loads: Sequence[tuple[int, bytes]], notes: bytes = b"", *, kind: int = 4, machine: int = 62, many: bool = False
) -> bytes:
    """A core with this memory, each piece at its physical address. With `many` the section header has their number."""
    number = len(loads) + 1
    start = 4096
    segments, body = [], bytearray(notes)
    segments.append(struct.pack("<IIQQQQQQ", 4, 0, start, 0, 0, len(notes), len(notes), 0))
    for address, content in loads:
        size = len(content)
        segments.append(struct.pack("<IIQQQQQQ", 1, 0, start + len(body), 0xFF << 56, address, size, size, 0))
        body += content
    section = 64 + 56 * number
    fields = (kind, machine, 1, 0, 64, section if many else 0, 0, 64, 56, 0xFFFF if many else number, 64, int(many), 0)
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", *fields) + b"".join(segments)
    if many:
        head += bytes(44) + struct.pack("<I", number) + bytes(16)
    return head.ljust(start, b"\x00") + bytes(body)


def _dumps(content: bytes) -> tuple[Dump, ...]:
    return dumps(io.BytesIO(content), len(content))


@pytest.mark.parametrize("many", [False, True])
def test_a_core_has_pieces_by_physical_address_and_the_kernels_note(many: bool) -> None:
    notes = _notes((b"QEMU", bytes(50)), (b"VMCOREINFO", NOTE))
    (dump,) = _dumps(_core([(1 << 32, b"high" * 10), (0, b"low" * 20)], notes, many=many))
    assert dump.note == NOTE
    assert [(piece.address, piece.size) for piece in dump.pieces] == [(0, 60), (1 << 32, 40)]


def test_memory_that_a_core_has_twice_is_taken_once() -> None:
    content = bytes(range(100))
    (dump,) = _dumps(_core([(1000, content), (1000, content[:10]), (1050, content[50:] + b"more"), (1020, b"x" * 5)]))
    first, second = dump.pieces
    assert (first.address, first.size, second.address, second.size) == (1000, 100, 1100, 4)
    assert second.offset == first.offset + 100 + 10 + 50


def test_a_core_that_is_cut_off_has_what_is_there() -> None:
    content = _core([(0, bytes(8192))])
    (dump,) = _dumps(content[:-4096])
    assert [(piece.address, piece.size) for piece in dump.pieces] == [(0, 4096)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"KDUMP   " + bytes(100), "kdump-compressed"),
        (b"makedumpfile" + bytes(100), "flattened"),
        (b"\xd0\xbe\xd0\xbe" + bytes(100), "older form"),
        (b"EMiL" + bytes(100), "LiME"),
        (b"PAGEDU64" + bytes(100), "Windows"),
        (b"LibvirtQemudSave" + bytes(100), "libvirt"),
        (b"\x7fELF\x01\x01\x01" + bytes(100), "64-bit"),
        (_core([(0, bytes(10))], kind=2), "not a core"),
        (_core([(0, bytes(10))], machine=183), "AArch64"),
        (_core([(0, bytes(10))], machine=8), "machine 8"),
        (_core([]), "no memory"),
        (_core([(0, bytes(10))])[:100], "damaged"),
    ],
)
def test_what_is_not_read_is_refused_by_name(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        _dumps(content)


def test_raw_memory_may_leave_out_the_hole_below_4_gib() -> None:
    size = 5 << 30
    found = dumps(io.BytesIO(b""), size)
    assert found[0].pieces == (Piece(0, size, 0),)
    assert (Piece(0, 3 << 30, 0), Piece(4 << 30, 2 << 30, 3 << 30)) in [dump.pieces for dump in found[1:]]
    assert len(dumps(io.BytesIO(b""), 1 << 30)) == 1
