"""What is in the folders of NTFS: the tree of names in `$I30`, walked within bounds.

A folder is a B-tree: entries in its root, and in blocks that entries name. What a guest has written may name a block
twice, or blocks without end, so each is taken once, and there is a most of them. Layout as in the structures
INDEX_ROOT, INDEX_ALLOCATION_BUFFER and INDEX_ENTRY (Linux-NTFS documentation; dissect.ntfs has their declarations).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

from dissect.ntfs.c_ntfs import c_ntfs
from dissect.ntfs.index import IndexEntry

NAMES = "$I30"

MOST_BLOCKS = 16_384
"""Of one folder: 64 MiB in blocks of 4 KiB, which hold some half a million names."""

DEEPEST = 32
"""Blocks below one another; a million names are four deep."""

_LARGEST_ROOT = 64 * 1024  # it lies in a file record, which has 1 or 4 KiB
_SMALLEST_BLOCK, _LARGEST_BLOCK = 512, 64 * 1024
_ROOT_BYTES, _ENTRY_BYTES = len(c_ntfs._INDEX_ROOT), len(c_ntfs._INDEX_ENTRY)
_BLOCK_HEADER = 0x18  # where the index's own header begins in a block


class DamagedFolder(OSError):
    """A folder's index is no tree: says why."""


class Folder:
    """The names in one folder."""

    def __init__(self, record: Any) -> None:
        """`record` is the folder's in the file table. Raises whatever the parser raises."""
        self._index = record.index(NAMES)
        size = self._index.root.bytes_per_index_buffer
        if not _SMALLEST_BLOCK <= size <= _LARGEST_BLOCK:
            raise DamagedFolder(f"the blocks of a folder are said to have {size} bytes")

    def find(self, name: str) -> IndexEntry | None:
        """The entry of this name, whatever its case."""
        wanted = _order(name)
        seen: set[int] = set()
        entries = self._root()
        for _ in range(DEEPEST):
            found = _first_not_before(entries, wanted)
            if found is None:
                return None
            if not found.is_end and _order(found.attribute.file_name) == wanted:
                return found
            if not found.is_node:
                return None
            entries = self._block(found.node_vcn, seen)
        raise DamagedFolder(f"a folder is more than {DEEPEST} blocks deep")

    def entries(self) -> Iterator[IndexEntry]:
        """All of them, in order."""
        seen: set[int] = set()
        above = [self._root()]
        while above:
            entry = next(above[-1], None)
            if entry is None:
                above.pop()
                continue
            if entry.is_node:
                if len(above) > DEEPEST:
                    raise DamagedFolder(f"a folder is more than {DEEPEST} blocks deep")
                above.append(self._block(entry.node_vcn, seen))
            if not entry.is_end:
                yield entry

    def _root(self) -> Iterator[IndexEntry]:
        root = self._index.root
        root.fh.seek(0)
        held = root.fh.read(_LARGEST_ROOT)
        return self._held(held, _ROOT_BYTES, root.header.IndexHeader.TotalSizeOfEntries)

    def _block(self, number: int, seen: set[int]) -> Iterator[IndexEntry]:
        if number in seen:
            raise DamagedFolder("a folder's index goes round in circles")
        if len(seen) >= MOST_BLOCKS:
            raise DamagedFolder(f"a folder has more than {MOST_BLOCKS:,} blocks")
        seen.add(number)
        block = self._index.index_buffer(number)
        header = block.header.IndexHeader
        return self._held(block.data, _BLOCK_HEADER + header.FirstEntryOffset, header.TotalSizeOfEntries)

    def _held(self, data: bytes, at: int, end: int) -> Iterator[IndexEntry]:
        """The entries in a root or block, the last one among them, which has no name."""
        file: BinaryIO = io.BytesIO(data)
        end = min(at + end, len(data))
        while at + _ENTRY_BYTES <= end:
            entry = IndexEntry(self._index, file, at)
            if not entry.is_end and entry.length < _ENTRY_BYTES:
                raise DamagedFolder("a folder has an entry that is shorter than any")
            yield entry
            if entry.is_end:
                return
            at += entry.length


def _first_not_before(entries: Iterator[IndexEntry], wanted: bytes) -> IndexEntry | None:
    """The first entry that is called so or comes after, the last one being after all; None in a damaged block."""
    return next((entry for entry in entries if entry.is_end or _order(entry.attribute.file_name) >= wanted), None)


def _order(name: str) -> bytes:
    """By what names are sorted: their UTF-16 units in upper case."""
    return name.upper().encode("utf-16-be", "surrogatepass")
