"""The pages of a SQLite file that SQLite itself no longer reads, and the rows that lie on them.

The format is that of https://www.sqlite.org/fileformat2.html. Nothing here trusts a byte: what is not as it should be
is `Unreadable`, one cell or one page at a time, and what is beside it is read all the same.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self

USUAL_PAGE_BYTES = 4096
LARGEST_RECORD_BYTES = 128 << 20
DEEPEST = 20
"""Levels of a tree: more than any file can have."""

_MAGIC = b"SQLite format 3\0"
_LOCK_BYTE = 0x4000_0000  # where locks lie: the page with it holds nothing
_WAL_MAGICS = {0x377F0682: "<", 0x377F0683: ">"}
_WAL_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}

type Value = int | float | str | bytes | None


class Unreadable(Exception):
    """Bytes that are not what should be there."""


class Kind(IntEnum):
    """What a page of a tree is; the numbers are the format's."""

    INDEX_INTERIOR = 2
    TABLE_INTERIOR = 5
    INDEX_LEAF = 10
    TABLE_LEAF = 13


class Use(IntEnum):
    """What the file's own map says of a page; the numbers are the format's."""

    UNKNOWN = 0
    ROOT = 1
    FREE = 2
    OVERFLOW = 3
    MORE_OVERFLOW = 4
    TREE = 5


class Cell(NamedTuple):
    """A row as it lies on its page."""

    rowid: int | None  # None: the table has none
    values: tuple[Value, ...]


class Pages:
    """The pages of a file, with those over them that were committed to its journal. Ended by `close`.

    Raises OSError where it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        with contextlib.ExitStack() as opened:
            self._file = opened.enter_context(path.open("rb"))
            self._size = path.stat().st_size
            self._journal: BinaryIO | None = None
            journal = path.with_name(f"{path.name}-wal")
            if journal.is_file():
                self._journal = opened.enter_context(journal.open("rb"))
            self._over: dict[int, int] = {}  # page → where it lies in the journal
            first = self._file.read(100)
            self.has_header = first[:16] == _MAGIC and self._takes(first)
            if not self.has_header:
                self.page_bytes, self.usable = USUAL_PAGE_BYTES, USUAL_PAGE_BYTES
            self.count = self._size // self.page_bytes
            # how many there should be, which counts where the same writer said so who last changed the file
            says = self.has_header and first[24:28] == first[92:96]
            self.claimed = int.from_bytes(first[28:32], "big") if says else self.count
            if self._journal is not None:
                self._read_journal(self._journal)
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Lets go of the file."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _takes(self, header: bytes) -> bool:
        if len(header) < 100:
            return False
        size = int.from_bytes(header[16:18], "big")
        size = 65536 if size == 1 else size
        if size < 512 or size & (size - 1) or header[20] > 32:
            return False
        self.page_bytes, self.usable = size, size - header[20]
        return True

    def _read_journal(self, journal: BinaryIO) -> None:
        """Finds the newest committed content of each page, up to the first frame that is not whole."""
        header = journal.read(_WAL_HEADER_BYTES)
        if len(header) < _WAL_HEADER_BYTES:
            return
        magic, _, size = struct.unpack(">III", header[:12])
        order = _WAL_MAGICS.get(magic)
        if order is None or size != self.page_bytes:
            return
        salts, sums = header[16:24], _checksum(order, header[:24], (0, 0))
        if sums != struct.unpack(">II", header[24:32]):
            return
        since_commit: dict[int, int] = {}
        while len(frame := journal.read(_FRAME_HEADER_BYTES + size)) == _FRAME_HEADER_BYTES + size:
            number, commits = struct.unpack(">II", frame[:8])
            sums = _checksum(order, frame[_FRAME_HEADER_BYTES:], _checksum(order, frame[:8], sums))
            if frame[8:16] != salts or sums != struct.unpack(">II", frame[16:24]):
                return
            since_commit[number] = journal.tell() - size
            if commits:
                self._over |= since_commit
                since_commit = {}
                self.count = self.claimed = commits

    def page(self, number: int) -> bytes:
        """The content of a page; they are numbered from 1. Raises `Unreadable`."""
        if not 1 <= number <= self.count:
            raise Unreadable(f"there is no page {number}")
        try:
            if self._journal is not None and number in self._over:
                self._journal.seek(self._over[number])
                return self._journal.read(self.page_bytes)
            self._file.seek((number - 1) * self.page_bytes)
            content = self._file.read(self.page_bytes)
        except OSError as error:  # a broken disk: others of it may be whole
            raise Unreadable(f"page {number} cannot be read: {error}") from error
        if len(content) < self.page_bytes:
            raise Unreadable(f"page {number} is cut off")
        return content

    def lock_page(self) -> int:
        """The number of the page that never holds anything."""
        return _LOCK_BYTE // self.page_bytes + 1

    # --- what lies on a page --------------------------------------------------------------------------------------

    def kind(self, number: int) -> Kind:
        """Which kind of page of a tree it is. Raises `Unreadable`."""
        try:
            return Kind(self.page(number)[100 if number == 1 else 0])
        except ValueError as error:
            raise Unreadable(f"page {number} is of no tree") from error

    def children(self, number: int) -> Iterator[int]:
        """The pages right below an interior one. Raises `Unreadable`."""
        page, kind, offsets = self._cells(number)
        if kind not in (Kind.TABLE_INTERIOR, Kind.INDEX_INTERIOR):
            raise Unreadable(f"page {number} has nothing below it")
        for offset in offsets:
            yield int.from_bytes(page[offset : offset + 4], "big")
        begin = 100 if number == 1 else 0
        yield int.from_bytes(page[begin + 8 : begin + 12], "big")

    def rows(self, number: int) -> Iterator[Cell | None]:
        """The rows on a page, None for each that cannot be read. Raises `Unreadable` where none can."""
        page, kind, offsets = self._cells(number)
        if kind is Kind.TABLE_INTERIOR:
            return
        for offset in offsets:
            try:
                yield self._cell(page, kind, offset)
            except (Unreadable, IndexError, ValueError, struct.error):
                yield None

    def _cells(self, number: int) -> tuple[bytes, Kind, list[int]]:
        page = self.page(number)
        begin = 100 if number == 1 else 0
        try:
            kind = Kind(page[begin])
        except ValueError as error:
            raise Unreadable(f"page {number} is of no tree") from error
        count = int.from_bytes(page[begin + 3 : begin + 5], "big")
        array = begin + (8 if kind in (Kind.INDEX_LEAF, Kind.TABLE_LEAF) else 12)
        if array + 2 * count > self.usable:
            raise Unreadable(f"page {number} says that it has {count} cells")
        return page, kind, list(struct.unpack_from(f">{count}H", page, array))

    def _cell(self, page: bytes, kind: Kind, offset: int) -> Cell:
        if kind is Kind.INDEX_INTERIOR:
            offset += 4  # the page below it
        length, offset = varint(page, offset)
        rowid: int | None = None
        if kind is Kind.TABLE_LEAF:
            rowid, offset = varint(page, offset)
            rowid = rowid - (1 << 64) if rowid >= 1 << 63 else rowid
        return Cell(rowid, values(self._payload(page, offset, length, in_table=rowid is not None)))

    def _payload(self, page: bytes, offset: int, length: int, *, in_table: bool) -> bytes:
        if length > LARGEST_RECORD_BYTES:
            raise Unreadable("a record is longer than any")
        most = self.usable - 35 if in_table else (self.usable - 12) * 64 // 255 - 23
        if length <= most:
            if offset + length > self.usable:
                raise Unreadable("a record goes beyond its page")
            return page[offset : offset + length]
        least = (self.usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (self.usable - 4)
        local = local if local <= most else least
        if offset + local + 4 > self.usable:
            raise Unreadable("a record goes beyond its page")
        parts, left = [page[offset : offset + local]], length - local
        following = int.from_bytes(page[offset + local : offset + local + 4], "big")
        while left > 0:
            more = self.page(following)
            following = int.from_bytes(more[:4], "big")
            parts.append(more[4 : 4 + min(left, self.usable - 4)])
            left -= self.usable - 4
        if following != 0:
            raise Unreadable("a record goes on where it should end")
        return b"".join(parts)


class PageMap:
    """Which use each page has: what the file keeps where it can give room back (auto-vacuum)."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._each = pages.usable // 5  # pages that one page of the map tells of
        self._read: tuple[int, bytes] = (0, b"")

    @classmethod
    def of(cls, pages: Pages) -> PageMap | None:
        """The map of a file; None where it has none. Judged by what is there: the header may be gone."""
        found = cls(pages)
        for at in range(2, pages.count, found._each + 1):  # whichever is whole
            told = [found.entry(number)[0] for number in range(at + 1, min(pages.count, at + found._each) + 1)]
            if sum(use is Use.UNKNOWN for use in told) <= len(told) // 50:
                return found
        return None

    def is_of_map(self, number: int) -> bool:
        """Whether the page is one of the map's own."""
        return number >= 2 and (number - 2) % (self._each + 1) == 0

    def entry(self, number: int) -> tuple[Use, int]:
        """The use of a page, and the page above it in its tree."""
        at = (number - 2) // (self._each + 1) * (self._each + 1) + 2
        if self._read[0] != at:
            try:
                self._read = at, self._pages.page(at)
            except Unreadable:
                self._read = at, b""
        offset = 5 * (number - at - 1)
        told = self._read[1][offset : offset + 5]
        if len(told) < 5 or not Use.ROOT <= told[0] <= Use.TREE:
            return Use.UNKNOWN, 0
        use, above = Use(told[0]), int.from_bytes(told[1:], "big")
        is_right = above == 0 if use in (Use.ROOT, Use.FREE) else 1 <= above <= self._pages.count
        return (use, above) if is_right else (Use.UNKNOWN, 0)

    def root(self, number: int) -> int | None:
        """The root of the tree that the page is in; None where it is in none, or that cannot be told."""
        use, above = self.entry(number)
        for _ in range(DEEPEST):
            if use is Use.ROOT:
                return number
            if use is not Use.TREE:
                return None
            if above == 1:
                return 1
            number = above
            use, above = self.entry(number)
        return None


def varint(content: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where it ends. Raises IndexError."""
    value = 0
    for _ in range(8):
        byte = content[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    return value << 8 | content[at], at + 1


def values(record: bytes) -> tuple[Value, ...]:
    """The values of a record, all of it accounted for. Raises `Unreadable`, IndexError and ValueError."""
    begin, at = varint(record, 0)
    if begin > len(record):
        raise Unreadable("a record's head is longer than the record")
    found: list[Value] = []
    body = begin
    while at < begin:
        kind, at = varint(record, at)
        if kind == 0:
            found.append(None)
        elif kind <= 6:
            size = _INTEGER_BYTES[kind]
            found.append(int.from_bytes(record[body : body + size], "big", signed=True))
            body += size
        elif kind == 7:
            (real,) = struct.unpack(">d", record[body : body + 8])
            found.append(real)
            body += 8
        elif kind in (8, 9):
            found.append(kind - 8)
        elif kind >= 12:
            size = (kind - 12) // 2
            if body + size > len(record):
                raise Unreadable("a value goes beyond its record")
            content = record[body : body + size]
            found.append(content.decode() if kind % 2 else content)
            body += size
        else:
            raise Unreadable("a value is of no kind")
    if at != begin or body != len(record):
        raise Unreadable("a record is not as long as its values")
    return tuple(found)


def _checksum(order: str, content: bytes, before: tuple[int, int]) -> tuple[int, int]:
    first, second = before
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return first, second
