"""Values of a Berkeley DB hash (`Packages`), which RPM used until 2020: RHEL 8 and older, SUSE 15 and older.

By the documented page layouts (Berkeley DB's dbinc/db_page.h): page 0 describes the hash, buckets are chains of pages
of keys and values in turn, and a large value is a chain of overflow pages. Numbers are in the order of bytes of the
machine that wrote them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.linux.blobs import Blob, Chained, Chunks

_MAGIC = 0x00061561
_UNSORTED, _HASH, _OVERFLOW = 2, 13, 7  # types of pages
_ON_PAGE, _OFF_PAGE = 1, 3  # types of items
_HEAD = 26  # bytes of a page's header
_MOST_BUCKETS = 1 << 20


class _Hash:
    def __init__(self, file: BinaryIO) -> None:
        self._chunks = Chunks(file, "the database")
        meta = self._chunks.read(0, 512)
        self._order = next((order for order in "<>" if struct.unpack_from(f"{order}I", meta, 12)[0] == _MAGIC), "")
        if not self._order:
            raise Unreadable("this is no Berkeley DB hash")
        version, self._page_size = struct.unpack_from(f"{self._order}II", meta, 16)
        if not 8 <= version <= 10 or not 512 <= self._page_size <= 65_536 or self._page_size & (self._page_size - 1):
            raise Unreadable("this is no Berkeley DB hash of a version that is known")
        if meta[24]:
            raise Unreadable("the database is encrypted")
        (self._last_page,) = struct.unpack_from(f"{self._order}I", meta, 32)
        (self._last_bucket,) = struct.unpack_from(f"{self._order}I", meta, 72)
        self._spares = struct.unpack_from(f"{self._order}32I", meta, 96)
        if self._last_bucket >= _MOST_BUCKETS:
            raise Unreadable("the database is damaged")

    def values(self) -> Iterator[Blob]:
        """The stored values in the order in which they lie in the file, which is not that of the buckets."""
        return (value for _, value in sorted(self._values(), key=_place))

    def _values(self) -> Iterator[tuple[int, Blob]]:
        """Every value with the number of the page where it begins."""
        seen: set[int] = set()
        for bucket in range(self._last_bucket + 1):
            number = bucket + self._spares[bucket.bit_length()]
            while number:
                if number in seen:
                    raise Unreadable("the database refers to itself")
                seen.add(number)
                page, following, entries, _, kind = self._page(number)
                if kind not in (_UNSORTED, _HASH):
                    if kind == 0 and not entries:
                        break  # a bucket that was made and never filled
                    raise Unreadable(f"page {number} of the database is damaged")
                yield from self._page_values(number, page, entries)
                number = following

    def _page(self, number: int) -> tuple[bytes, int, int, int, int]:
        """A page, the number of the next, its entries, the offset of its highest free byte, its type."""
        if not 0 < number <= self._last_page:
            raise Unreadable("the database is damaged")
        page = self._chunks.read(number * self._page_size, self._page_size)
        itself, _, following, entries, free, _, kind = struct.unpack_from(f"{self._order}IIIHHBB", page, 8)
        if itself != number and kind:
            raise Unreadable(f"page {number} of the database is damaged")
        return page, following, entries, free, kind

    def _page_values(self, itself: int, page: bytes, entries: int) -> Iterator[tuple[int, Blob]]:
        if _HEAD + 2 * entries > self._page_size:
            raise Unreadable("a page of the database is damaged")
        offsets = struct.unpack_from(f"{self._order}{entries}H", page, _HEAD)
        for index in range(1, entries, 2):
            end, start = offsets[index - 1], offsets[index]
            if not _HEAD <= start < end <= self._page_size:
                raise Unreadable("a page of the database is damaged")
            match page[start]:
                case kind if kind == _ON_PAGE:
                    yield itself, Chained(end - start - 1, iter((page[start + 1 : end],)))
                case kind if kind == _OFF_PAGE and end - start == 12:
                    number, size = struct.unpack_from(f"{self._order}II", page, start + 4)
                    yield number, Chained(size, self._overflow(number, size))
                case _:
                    raise Unreadable("a page of the database is damaged")

    def _overflow(self, number: int, size: int) -> Iterator[bytes]:
        while size > 0:
            page, following, _, length, kind = self._page(number)
            if kind != _OVERFLOW or not 0 < length <= self._page_size - _HEAD:
                raise Unreadable(f"page {number} of the database is damaged")
            yield page[_HEAD : _HEAD + length]
            size -= length
            number = following


def _place(value: tuple[int, Blob]) -> int:
    return value[0]


def values(file: BinaryIO) -> Iterator[Blob]:
    """The stored values, without RPM's own counter, which has four bytes. Raises `Unreadable`."""
    for value in _Hash(file).values():
        if len(value.upto(5)) > 4:
            yield value
