"""Rows of a table in an SQLite database, read from its pages, with what waits in its write-ahead log.

By SQLite's “Database File Format” (sqlite.org/fileformat2.html). Only what an RPM database needs: tables with a rowid,
read in whole, never written. SQLite itself wants a file to open, which this process may not, and runs what a hostile
schema tells it to; this does neither.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.linux.blobs import Chained, Chunks

_MAGIC = b"SQLite format 3\0"
_LOG_MAGICS = {0x377F0682: "<", 0x377F0683: ">"}  # and the order of bytes in which its checksums add up
_LOG_HEADER, _FRAME_HEADER = 32, 24
_INTERIOR, _LEAF = 0x05, 0x0D  # of a table's tree
_DEEPEST = 20
_MOST_FRAMES = 65_536
_MOST_ROWS = 200_000
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # serial types and their bytes


class Database:
    """A database, and its write-ahead log where there is one. Every method raises `Unreadable`."""

    def __init__(self, file: BinaryIO, log: BinaryIO | None = None) -> None:
        self._chunks = Chunks(file, "the database")
        head = self._chunks.read(0, 100)
        if not head.startswith(_MAGIC):
            raise Unreadable("this is no SQLite database")
        size = int.from_bytes(head[16:18], "big")
        self._page_size = 65_536 if size == 1 else size
        if self._page_size < 512 or self._page_size & (self._page_size - 1):
            raise Unreadable(f"an SQLite database cannot have pages of {self._page_size} bytes")
        self._usable = self._page_size - head[20]
        if self._usable < 480:
            raise Unreadable("an SQLite database cannot leave so little of its pages to be used")
        self._log = _Log(log, self._page_size) if log is not None else None

    def rows(self, table: str) -> Iterator[tuple[int, Chained]]:
        """Rowid and record of each row of a table, in the order of their rowids."""
        for _, record in self._tree(1):
            kind, name, _, root = columns(record, 4)
            if kind == b"table" and name == table.encode() and isinstance(root, int):
                return self._tree(root)
        raise Unreadable(f"the database has no table {table}")

    def _tree(self, root: int) -> Iterator[tuple[int, Chained]]:
        """The rows of a tree. What refers to itself is found out by the pages that were seen."""
        waiting, seen, rows = [(root, 0)], set(), 0
        while waiting:
            number, depth = waiting.pop()
            if number in seen or depth > _DEEPEST:
                raise Unreadable("a table of the database refers to itself")
            seen.add(number)
            page = self._page(number)
            start = 100 if number == 1 else 0
            kind, count = page[start], int.from_bytes(page[start + 3 : start + 5], "big")
            if kind not in (_INTERIOR, _LEAF):
                raise Unreadable(f"page {number} of the database is damaged")
            pointers = start + (12 if kind == _INTERIOR else 8)
            if pointers + 2 * count > self._usable:
                raise Unreadable(f"page {number} of the database is damaged")
            cells = struct.unpack_from(f">{count}H", page, pointers)
            if kind == _INTERIOR:
                children = [int.from_bytes(page[cell : cell + 4], "big") for cell in cells]
                children.append(int.from_bytes(page[start + 8 : start + 12], "big"))
                waiting.extend((child, depth + 1) for child in reversed(children))
                continue
            for cell in cells:
                rows += 1
                if rows > _MOST_ROWS:
                    raise Unreadable(f"a table of the database has more than {_MOST_ROWS} rows")
                yield self._cell(page, cell)

    def _cell(self, page: bytes, at: int) -> tuple[int, Chained]:
        size, at = _varint(page, at)
        rowid, at = _varint(page, at)
        most = self._usable - 35
        if size <= most:
            local = size
        else:
            least = (self._usable - 12) * 32 // 255 - 23
            local = least + (size - least) % (self._usable - 4)
            local = local if local <= most else least
        if at + local > self._usable:
            raise Unreadable("a page of the database is damaged")
        return rowid, Chained(size, self._pieces(page, at, local, size))

    def _pieces(self, page: bytes, at: int, local: int, size: int) -> Iterator[bytes]:
        yield page[at : at + local]
        left, number = size - local, int.from_bytes(page[at + local : at + local + 4], "big")
        while left > 0:  # ends with the record's size, so that a circle of pages does
            overflow = self._page(number)
            number = int.from_bytes(overflow[:4], "big")
            piece = overflow[4 : min(self._usable, 4 + left)]
            left -= len(piece)
            yield piece

    def _page(self, number: int) -> bytes:
        if number < 1:
            raise Unreadable("a page of the database is missing")
        if self._log is not None and (newer := self._log.page(number)) is not None:
            return newer
        return self._chunks.read((number - 1) * self._page_size, self._page_size)


class _Log:
    """The write-ahead log: the newest committed state of pages that the database itself does not have yet."""

    def __init__(self, file: BinaryIO, page_size: int) -> None:
        self._frames: dict[int, int] = {}  # page: the frame that holds it
        self._checked: set[int] = set()
        self._chunks = Chunks(file, "the write-ahead log")
        try:
            head = self._chunks.read(0, _LOG_HEADER)
        except Unreadable:
            return  # empty: all is in the database
        magic, version, log_page_size = struct.unpack_from(">III", head)
        self._order = _LOG_MAGICS.get(magic, "")
        if not self._order or version != 3_007_000 or log_page_size != page_size:
            return  # never begun, or another database's: SQLite leaves it aside too
        self._salts, self._sums = head[16:24], head[24:32]
        if self._sum(b"\0" * 8, head[:24]) != self._sums:
            return
        self._frame_size = _FRAME_HEADER + page_size
        self._take()

    def page(self, number: int) -> bytes | None:
        """A page as the last commit left it; None where the log does not have it."""
        frame = self._frames.get(number)
        if frame is None:
            return None
        if frame not in self._checked:
            if not self._sound(frame):
                raise Unreadable("the database's write-ahead log is damaged")
            self._checked.add(frame)
        return self._chunks.read(_LOG_HEADER + frame * self._frame_size + _FRAME_HEADER, self._frame_size - 24)

    def _take(self) -> None:
        """Finds the frames of the present generation (its salts) up to the last commit that was written in whole."""
        numbers: list[int] = []
        commits: list[int] = []
        while len(numbers) < _MOST_FRAMES:
            try:
                head = self._chunks.read(_LOG_HEADER + len(numbers) * self._frame_size, _FRAME_HEADER)
            except Unreadable:
                break
            number, size_after_commit = struct.unpack_from(">II", head)
            if head[8:16] != self._salts or not number:
                break
            if size_after_commit:
                commits.append(len(numbers))
            numbers.append(number)
        while commits and not self._sound(commits[-1]):
            commits.pop()
        if commits:
            self._frames = {number: frame for frame, number in enumerate(numbers[: commits[-1] + 1])}

    def _sound(self, frame: int) -> bool:
        """Whether a frame is as it was written. Sums go on from frame to frame, so the one before is the seed."""
        at = _LOG_HEADER + frame * self._frame_size
        try:
            data = self._chunks.read(at, self._frame_size)
            before = self._chunks.read(at - self._frame_size + 16, 8) if frame else self._sums
        except Unreadable:
            return False
        return self._sum(before, data[:8] + data[_FRAME_HEADER:]) == data[16:24]

    def _sum(self, seed: bytes, data: bytes) -> bytes:
        one, other = struct.unpack(">II", seed)
        words = iter(struct.unpack(f"{self._order}{len(data) // 4}I", data))
        for first, second in zip(words, words, strict=True):
            one = (one + first + other) & 0xFFFFFFFF
            other = (other + second + one) & 0xFFFFFFFF
        return struct.pack(">II", one, other)


def columns(record: Chained, count: int) -> tuple[int | bytes | None, ...]:
    """The first columns of a row: integers, and texts and blobs as bytes. Raises `Unreadable`."""
    found: list[int | bytes | None] = []
    for kind, start, size in _columns(record, count):
        if kind in _INTEGERS:
            found.append(int.from_bytes(record.upto(start + size)[start:], "big", signed=True))
        elif kind in (8, 9):
            found.append(kind - 8)
        elif kind >= 12:
            found.append(record.upto(start + size)[start : start + size])
        else:
            found.append(None)
    return (*found, *(None for _ in range(count - len(found))))


class Column:
    """A blob within a row, read from its front as far as it is asked for."""

    def __init__(self, record: Chained, number: int) -> None:
        """Raises `Unreadable` where the row has no such column."""
        found = [*_columns(record, number + 1)]
        if len(found) <= number or found[number][0] < 12:
            raise Unreadable("a row of the database lacks its value")
        _, self._start, self._size = found[number]
        self._record = record

    def upto(self, length: int) -> bytes:
        return self._record.upto(self._start + min(length, self._size))[self._start :]


def _columns(record: Chained, count: int) -> Iterator[tuple[int, int, int]]:
    """Serial type, place and size of a row's first columns."""
    head_size, at = _varint(record.upto(9), 0)
    if head_size > 10_000:
        raise Unreadable("a row of the database is damaged")
    head = record.upto(head_size)
    place = head_size
    while at < len(head) and count:
        kind, at = _varint(head, at)
        size = (kind - 12) // 2 if kind >= 12 else _INTEGERS.get(kind, 8 if kind == 7 else 0)
        yield kind, place, size
        place += size
        count -= 1


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place, byte in enumerate(data[at : at + 9]):
        if place == 8:
            return (value << 8) | byte, at + 9
        value = (value << 7) | (byte & 0x7F)
        if byte < 0x80:
            return value, at + place + 1
    raise Unreadable("a page of the database is damaged")
