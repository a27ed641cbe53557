"""Values of an RPM database of the kind `ndb` (`Packages.db`), which SUSE uses.

By RPM's lib/backend/ndb/rpmpkg.c: a header of 32 bytes, slots of 16 bytes that say where each value lies in blocks of
16 bytes, and values with a head of their own. All numbers are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.linux.blobs import Blob, Chained, Chunks

_MAGIC, _SLOT, _HEAD = b"RpmP", b"Slot", b"BlbS"
_PAGE, _BLOCK = 4096, 16
_MOST_PAGES = 4096  # of slots: a million packages
_PIECE = 16 << 10


def values(file: BinaryIO) -> Iterator[Blob]:
    """The stored values. Raises `Unreadable`."""
    chunks = Chunks(file, "the database")
    magic, version, _, pages = struct.unpack("<4sIII", chunks.read(0, 16))
    if magic != _MAGIC or version != 0:
        raise Unreadable("this is no ndb database of a version that is known")
    if not 0 < pages <= _MOST_PAGES:
        raise Unreadable("the database's list of packages is damaged")
    slots = chunks.read(32, pages * _PAGE - 32)
    for magic, number, block, count in struct.iter_unpack("<4sIII", slots):
        if magic != _SLOT:
            raise Unreadable("the database's list of packages is damaged")
        if block and number and count:
            yield _value(chunks, number, block * _BLOCK, count * _BLOCK)


def _value(chunks: Chunks, number: int, offset: int, room: int) -> Blob:
    magic, owner, _, size = struct.unpack("<4sIII", chunks.read(offset, 16))
    if magic != _HEAD or owner != number or size + 28 > room:
        return Chained(8, iter(()))  # an unsound value, which says so when it is read
    return Chained(size, _pieces(chunks, offset + 16, size))


def _pieces(chunks: Chunks, offset: int, size: int) -> Iterator[bytes]:
    for at in range(0, size, _PIECE):
        yield chunks.read(offset + at, min(_PIECE, size - at))
