"""The forms in which a machine's memory comes: raw, an ELF core, a virtual machine's memory file or suspended state.

Each becomes a tuple of pieces: which physical addresses lie where in the file. Formats that are compressed or that
another program's state is mixed into are refused by name.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import msgspec

from vmi_console.introspection.memory.suspended import MAGICS, regions_beside, suspended
from vmi_console.introspection.memory.unreadable import WINDOWS, Unreadable

_MIB, _GIB = 1 << 20, 1 << 30

_REFUSED = (
    (0, b"KDUMP   ", "a kdump-compressed dump"),
    (0, b"DISKDUMP", "a diskdump"),
    (0, b"makedumpfile", "a flattened dump of makedumpfile"),
    (0, b"QEVM", "a saved state of QEMU"),
    (0, b"LibvirtQemudSave", "a saved guest of libvirt"),
    (0, b"EMiL", "a LiME or AVML dump"),
    (0, b"\xd0\xbe\xd0\xbe", "a suspended state of VMware in its older form (.vmss, .vmsn)"),
    (0, b"\xd0\xbe\xd2\xbe", "a suspended state of VMware in its older form (.vmss, .vmsn)"),
    (0, b"\x1f\x8b", "a compressed file (gzip)"),
    (0, b"\xfd7zXZ\x00", "a compressed file (xz)"),
    (0, b"\x28\xb5\x2f\xfd", "a compressed file (zstd)"),
)

_OF_WINDOWS = (b"PAGEDU64", b"PAGEDUMP")
"""How crash dumps begin that Windows, or a hypervisor in its place, writes."""

_ELF64_LITTLE = b"\x7fELF\x02\x01\x01"
_CORE, _LOAD, _NOTE = 4, 1, 4
_X86_64, _AARCH64 = 62, 183
_elf = struct.Struct("<16sHHIQQQIHHHHHH")
_segment = struct.Struct("<IIQQQQQQ")
_note = struct.Struct("<III")
_MANY = 0xFFFF  # PN_XNUM: the number of segments is in the first section's header
_MOST_SEGMENTS = 65_536
_MOST_NOTES = _MIB

_HOLE_ENDS = 4 * _GIB
_HOLES = (3 * _GIB, 2 * _GIB, 3584 * _MIB)
"""Where the hole for devices below 4 GiB may begin: of VMware and QEMU's pc machine, of q35, of small pc machines."""


class Piece(msgspec.Struct, frozen=True):
    """`size` bytes of physical memory from `address` on, which are at `offset` in the file."""

    address: int
    size: int
    offset: int


class Dump(msgspec.Struct, frozen=True):
    """Where physical memory is in a file, and the VMCOREINFO note where the file has one."""

    pieces: tuple[Piece, ...]
    note: bytes = b""


class State(msgspec.Struct, frozen=True):
    """A suspended state of VMware that lies beside a memory file."""

    file: BinaryIO
    size: int


def dumps(file: BinaryIO, size: int, beside: State | None = None) -> tuple[Dump, ...]:
    """What the file may be, the likeliest first: raw memory does not say whether it leaves out the hole below 4 GiB.
    A state that lies `beside` it says it.

    Raises `Unreadable` for formats that are known and not read, and for cores that are damaged or of other machines.
    """
    file.seek(0)
    head = file.read(4096)
    for offset, magic, name in _REFUSED:
        if head[offset : offset + len(magic)] == magic:
            raise Unreadable(f"this is {name}, which is not read; take a raw or an ELF memory dump")
    if head.startswith(_OF_WINDOWS):
        raise Unreadable(WINDOWS)
    if head.startswith(b"\x7fELF"):
        return (_core(file, size, head),)
    if head.startswith(MAGICS):
        return _suspended(file, size)
    return (*_told(beside, size), *_bare(0, size))


def _told(beside: State | None, size: int) -> tuple[Dump, ...]:
    """By what a state says, if it says anything: nobody named it, so that one that cannot be read is no hindrance."""
    if beside is None:
        return ()
    try:
        regions = regions_beside(beside.file, beside.size, size)
    except Unreadable:
        return ()
    pieces = [Piece(each.address, each.size, each.offset) for each in regions]
    return (Dump(_apart(pieces)),) if pieces else ()


def _bare(begin: int, size: int) -> tuple[Dump, ...]:
    """Memory that lies at `begin` of the file, and does not say which addresses it has."""
    straight = Dump((Piece(0, size, begin),))
    holes = (Dump((Piece(0, at, begin), Piece(_HOLE_ENDS, size - at, begin + at))) for at in _HOLES if size > at)
    return (straight, *holes)


def _suspended(file: BinaryIO, size: int) -> tuple[Dump, ...]:
    state = suspended(file, size)
    pieces = [Piece(each.address, each.size, state.offset + each.offset) for each in state.regions]
    return (Dump(_apart(pieces)),) if pieces else _bare(state.offset, state.size)


def _core(file: BinaryIO, size: int, head: bytes) -> Dump:
    """The segments of an ELF core (System V ABI; QEMU's dump-guest-memory), by physical address."""
    if len(head) < _elf.size or not head.startswith(_ELF64_LITTLE):
        raise Unreadable("this ELF file is not a 64-bit little-endian one")
    _, kind, machine, _, _, table, sections, _, _, entry, number, _, _, _ = _elf.unpack_from(head)
    if kind != _CORE:
        raise Unreadable("this ELF file is not a core")
    if machine == _AARCH64:
        raise Unreadable("the memory of AArch64 guests is not read yet")
    if machine != _X86_64:
        raise Unreadable(f"this core is of a machine that is not read (ELF machine {machine})")
    if number == _MANY and 0 < sections <= size - 48:
        file.seek(sections + 44)
        number = int.from_bytes(file.read(4), "little")
    if entry != _segment.size or number > _MOST_SEGMENTS or table + number * entry > size:
        raise Unreadable("this core's table of segments is damaged")
    file.seek(table)
    pieces = []
    note = b""
    for kind, _, offset, _, address, length, _, _ in _segment.iter_unpack(file.read(number * entry)):
        length = min(length, size - offset)
        if length <= 0:
            continue
        if kind == _LOAD:
            pieces.append(Piece(address, length, offset))
        elif kind == _NOTE and not note:
            file.seek(offset)
            note = _vmcoreinfo(file.read(min(length, _MOST_NOTES)))
    if not pieces:
        raise Unreadable("this core holds no memory")
    return Dump(_apart(pieces), note)


def _apart(pieces: list[Piece]) -> tuple[Piece, ...]:
    """In order, and no address twice: a core by virtual addresses has the same memory in several segments."""
    found: list[Piece] = []
    end = 0
    for piece in sorted(pieces, key=lambda piece: (piece.address, -piece.size)):
        known = max(0, end - piece.address)
        if known < piece.size:
            found.append(Piece(piece.address + known, piece.size - known, piece.offset + known))
            end = piece.address + piece.size
    return tuple(found)


def _vmcoreinfo(notes: bytes) -> bytes:
    """What the note VMCOREINFO says, if it is among them."""
    at = 0
    while at + _note.size <= len(notes):
        name_length, length, _ = _note.unpack_from(notes, at)
        at += _note.size
        name = notes[at : at + name_length]
        at += (name_length + 3) & ~3
        if name.rstrip(b"\x00") == b"VMCOREINFO":
            return notes[at : at + length]
        at += (length + 3) & ~3
    return b""
