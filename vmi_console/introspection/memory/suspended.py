"""The state of a virtual machine that VMware suspended (.vmss) or took a snapshot of (.vmsn), as far as it is memory.

A header, a table of groups, and in each group values by name: a tag (lengths of name and value, number of indices), the
name, the indices, the value. The group `memory` says which physical pages are where, and may hold them; else they lie
in a .vmem beside. The layout is that of crash's and Volatility's readers; VMware publishes none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from vmi_console.introspection.memory.unreadable import Unreadable

MAGICS = (b"\xd2\xbe\xd2\xbe", b"\xd3\xbe\xd3\xbe", b"\xd1\xba\xd1\xba", b"\xd2\xba\xd2\xba")
"""Of a whole state, of one in part, and of those that were resumed or cannot be."""

_PAGE = 4096
_MOST_GROUPS = 1024
_MOST_VALUES = 65_536
_MOST_REGIONS = 4096
_header = struct.Struct("<III")
_group = struct.Struct("<64sQQ")
_block = struct.Struct("<QQH")
_BLOCK, _COMPRESSED = 63, 62  # lengths of values that stand for others
_LONGEST = 2 + 255 + 3 * 4 + _block.size
_REGION = (b"regionPPN", b"regionPageNum", b"regionSize")


class Region(msgspec.Struct, frozen=True):
    """`size` bytes of physical memory from `address` on, which are at `offset` among those that are held."""

    address: int
    size: int
    offset: int


class Suspended(msgspec.Struct, frozen=True):
    """Where in the file memory is, and how it is laid out; without regions nothing was said of that."""

    offset: int
    size: int
    regions: tuple[Region, ...] = ()


class _Value(msgspec.Struct, frozen=True):
    name: bytes
    indices: tuple[int, ...]
    number: int  # of a block: its length
    block: int | None = None  # where a block's content is
    compressed: bool = False


class _Table(msgspec.Struct, frozen=True):
    """What the group `memory` says."""

    memory: _Value | None
    count: int  # of regions
    told: dict[tuple[bytes, int], int]

    def regions(self, held: int) -> tuple[Region, ...]:
        """Those of `held` bytes of memory."""
        return tuple(_regions(self.count, self.told, held))


def suspended(file: BinaryIO, size: int) -> Suspended:
    """Raises `Unreadable` for what is damaged, compressed, or holds no memory."""
    table = _table(file, size)
    memory = table.memory
    if memory is None or memory.block is None or not memory.number:
        raise Unreadable("this suspended state of VMware holds no memory: name the .vmem that lies beside it instead")
    return Suspended(memory.block, memory.number, table.regions(memory.number))


def regions_beside(file: BinaryIO, size: int, held: int) -> tuple[Region, ...]:
    """What a state says of the memory in a .vmem beside it, of `held` bytes; nothing where it says nothing of that.

    A region's page in the file is then one of the .vmem (Volatility's VmwareLayer). Raises `Unreadable` for a state
    that is damaged, of an older form, or holds memory of its own.
    """
    file.seek(0)
    if file.read(4) not in MAGICS:
        raise Unreadable("this is no suspended state of VMware that is read")
    table = _table(file, size)
    if table.memory is not None and table.memory.number:
        raise Unreadable("this suspended state of VMware holds memory of its own")
    return table.regions(held)


def _table(file: BinaryIO, size: int) -> _Table:
    memory: _Value | None = None
    count = 0
    told: dict[tuple[bytes, int], int] = {}
    for value in _values(file, size, _of_memory(file, size)):
        if value.name == b"Memory" and value.block is not None:
            if value.compressed:
                raise Unreadable("the memory in this suspended state of VMware is compressed, which is not read")
            if memory is not None:
                raise Unreadable("the memory in this suspended state of VMware is in several parts, which is not read")
            memory = value
        elif value.name == b"regionsCount" and value.block is None:
            count = value.number
        elif value.name in _REGION and value.block is None and len(value.indices) == 1:
            told[value.name, value.indices[0]] = value.number
    if count > _MOST_REGIONS:
        raise Unreadable("this suspended state of VMware is damaged: it has too many regions of memory")
    return _Table(memory, count, told)


def _regions(count: int, told: dict[tuple[bytes, int], int], held: int) -> Iterator[Region]:
    for index in range(count):
        try:
            page, at, pages = (told[name, index] for name in _REGION)
        except KeyError:
            raise Unreadable(
                f"this suspended state of VMware is damaged: it does not say where region {index} is"
            ) from None
        length = min(pages * _PAGE, held - at * _PAGE)
        if length > 0:
            yield Region(page * _PAGE, length, at * _PAGE)


def _of_memory(file: BinaryIO, size: int) -> int:
    """Where the values of the group `memory` begin."""
    file.seek(0)
    head = file.read(_header.size)
    if len(head) < _header.size:
        raise Unreadable("this suspended state of VMware is cut off")
    _, _, count = _header.unpack(head)
    if count > _MOST_GROUPS or _header.size + count * _group.size > size:
        raise Unreadable("the table of groups of this suspended state of VMware is damaged")
    table = file.read(count * _group.size)
    for name, position, _ in _group.iter_unpack(table[: len(table) // _group.size * _group.size]):
        if name.partition(b"\x00")[0] == b"memory":
            return int(position)
    raise Unreadable("this suspended state of VMware says nothing of memory")


def _values(file: BinaryIO, size: int, at: int) -> Iterator[_Value]:
    """Those of a group, up to the tag that ends it. Each is longer than nothing, so that they come to an end."""
    damaged = Unreadable("the values of this suspended state of VMware are damaged or cut off")
    for _ in range(_MOST_VALUES):
        if not 0 <= at < size:
            raise damaged
        file.seek(at)
        head = file.read(min(_LONGEST, size - at))
        if len(head) < 2:
            raise damaged
        tag = int.from_bytes(head[:2], "little")
        if not tag:
            return
        length, indices, name_length = tag & 63, tag >> 6 & 3, tag >> 8
        name = head[2 : 2 + name_length]
        start = 2 + name_length + 4 * indices
        numbers = tuple(
            int.from_bytes(head[start - 4 * n : start - 4 * n + 4], "little") for n in range(indices, 0, -1)
        )
        if length in (_BLOCK, _COMPRESSED):
            if start + _block.size > len(head):
                raise damaged
            held, _, padding = _block.unpack_from(head, start)
            content = at + start + _block.size + padding
            yield _Value(name, numbers, held, content, length == _COMPRESSED)
            at = content + held
        else:
            if start + min(length, 8) > len(head):
                raise damaged
            yield _Value(name, numbers, int.from_bytes(head[start : start + min(length, 8)], "little"))
            at += start + length
    raise damaged
