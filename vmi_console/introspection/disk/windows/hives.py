"""Reading registry hives, whoever wrote them: bounded, without a hive's own promises being believed.

Format: "Windows registry file format specification" by Maxim Suhanov (CC BY 4.0). A hive is read in pages as they are
needed, with what its transaction logs change laid over them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import BinaryIO

from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.windows.filetimes import moment
from vmi_console.introspection.disk.windows.transactions import BASE_BLOCK, LARGEST_HIVE, SECTOR, BaseBlock, replayed

_PAGE = 64 * 1024
_MOST_PAGES = 2048  # kept: 128 MiB
_MOST_CELLS = 4_000_000  # read of one hive
_LARGEST_CELL = 2 << 20
_MOST_SUBKEYS = 100_000
_MOST_VALUES = 20_000
_LARGEST_VALUE = 1 << 20
_SEGMENT = 16_344
_NOWHERE = 0xFFFFFFFF
_LISTS = {b"li": 4, b"lf": 8, b"lh": 8}
"""Kinds of lists of subkeys, and the bytes of an element."""
_COMPACT_NAME = {"key": 0x20, "value": 0x01}
_TOMBSTONE = 0x02

SZ, EXPAND_SZ, BINARY, DWORD, DWORD_BIG_ENDIAN, LINK, MULTI_SZ, QWORD = 1, 2, 3, 4, 5, 6, 7, 11


class Hive:
    """One hive. Raises `Unreadable` where it is none; so do its keys wherever it is damaged."""

    def __init__(self, name: str, file: BinaryIO, logs: Sequence[BinaryIO] = ()) -> None:
        self.name = name
        self._file = file
        self._pages: dict[int, bytes] = {}
        self._cells = 0
        file.seek(0)
        head = file.read(BASE_BLOCK + 32)
        replay = replayed(head, logs)
        if replay is None:
            raise self.damaged("its head is not that of a registry hive")
        self.base: BaseBlock = replay.base
        self.size = replay.size
        self.is_complete = replay.is_complete
        self.replayed_sectors = len(replay.sectors)
        self._sectors = replay.sectors
        self._changed_pages = {sector * SECTOR // _PAGE for sector in replay.sectors}
        if self.size > LARGEST_HIVE:
            raise self.damaged("it is larger than any registry hive")

    @cached_property
    def root(self) -> Key:
        return Key(self, self.base.root)

    @property
    def doubt(self) -> str:
        """Why its content may be half of what it was to become; empty where there is nothing to doubt."""
        if self.is_complete:
            return ""
        return f"{self.name} was being written, and its logs do not tell all that was to be in it"

    def damaged(self, what: str) -> Unreadable:
        return Unreadable(f"{self.name} is damaged: {what}")

    def cell(self, offset: int) -> bytes:
        """What an allocated cell holds."""
        self._cells += 1
        if self._cells > _MOST_CELLS:
            raise self.damaged("it has more in it than any hive")
        if offset % 8 or not 32 <= offset <= self.size - 8:
            raise self.damaged("something lies outside of it")
        number, start = divmod(offset, _PAGE)
        page = self._page(number)
        size = -int.from_bytes(page[start : start + 4], "little", signed=True)
        if not 8 <= size <= min(_LARGEST_CELL, self.size - offset):
            raise self.damaged("something that is used is not there")
        return page[start + 4 : start + size] if start + size <= _PAGE else self._bytes(offset + 4, size - 4)

    def _bytes(self, offset: int, length: int) -> bytes:
        number, start = divmod(offset, _PAGE)
        data = self._page(number)[start : start + length]
        while len(data) < length:
            number += 1
            data += self._page(number)[: length - len(data)]
        return data

    def _page(self, number: int) -> bytes:
        page = self._pages.get(number)
        if page is None:
            try:
                self._file.seek(BASE_BLOCK + number * _PAGE)
                page = self._file.read(_PAGE).ljust(_PAGE, b"\0")  # a hive grows by its logs, and zeros are no cell
            except Exception as error:  # whatever a file system's parser raises
                raise Unreadable(f"{self.name} cannot be read: {error or type(error).__name__}") from error
            if number in self._changed_pages:
                first = number * _PAGE // SECTOR
                page = b"".join(
                    self._sectors.get(first + place, page[place * SECTOR : (place + 1) * SECTOR])
                    for place in range(_PAGE // SECTOR)
                )
            if len(self._pages) >= _MOST_PAGES:
                self._pages.clear()
            self._pages[number] = page
        return page


class Key:
    """A key. Names are compared without regard to case."""

    def __init__(self, hive: Hive, offset: int) -> None:
        data = hive.cell(offset)
        if data[:2] != b"nk" or len(data) < 76:
            raise hive.damaged("a key is none")
        self._hive = hive
        self._offset = offset
        flags, self._written = struct.unpack_from("<HQ", data, 2)
        self._count, _, self._list = struct.unpack_from("<III", data, 20)
        self._value_count, self._value_list = struct.unpack_from("<II", data, 36)
        length = int.from_bytes(data[72:74], "little")
        self.name = _name(data[76 : 76 + length], flags & _COMPACT_NAME["key"])
        if len(data) < 76 + length:
            raise hive.damaged("a key's name is cut off")

    @property
    def written_at(self) -> datetime | None:
        """When a value or a subkey of it was last changed."""
        return moment(self._written)

    # --- subkeys ------------------------------------------------------------------------------------------------------

    def subkeys(self) -> Iterator[Key]:
        for offset, _ in self._subkeys():
            yield Key(self._hive, offset)

    def subkey(self, name: str) -> Key | None:
        """The subkey of this name, or None."""
        folded = name.upper()
        hashed = _hashed(folded)
        for offset, hash_ in self._subkeys():
            if hash_ is None or hash_ == hashed:
                key = Key(self._hive, offset)
                if key.name.upper() == folded:
                    return key
        return None

    def find(self, path: str) -> Key | None:
        """The key at a path below this one, with `\\`; None where there is none."""
        key: Key | None = self
        for name in path.split("\\"):
            if key is None:
                return None
            key = key.subkey(name)
        return key

    def at(self, path: str) -> Key:
        """The same. Raises `Absent`."""
        key = self.find(path)
        if key is None:
            raise Absent(f"{path} in {self._hive.name}")
        return key

    def _subkeys(self) -> Iterator[tuple[int, int | None]]:
        """Offsets of subkeys, with the hashes of their names where they are known."""
        if not self._count:
            return
        if self._count > _MOST_SUBKEYS:
            raise self._hive.damaged(f"{self.name} says to have {self._count:,} keys")
        data = self._hive.cell(self._list)
        lists: Iterator[bytes] = iter((data,))
        if data[:2] == b"ri":
            lists = (self._hive.cell(offset) for (offset,) in struct.iter_unpack("<I", self._elements(data, 4)))
        seen = 0
        for data in lists:
            width = _LISTS.get(data[:2])
            if width is None:
                raise self._hive.damaged(f"the list of keys in {self.name} is none")
            elements = self._elements(data, width)
            seen += len(elements) // width
            if seen > self._count:
                raise self._hive.damaged(f"{self.name} has more keys than it says")
            for place in range(0, len(elements), width):
                offset = int.from_bytes(elements[place : place + 4], "little")
                hashed = int.from_bytes(elements[place + 4 : place + 8], "little") if data[:2] == b"lh" else None
                yield offset, hashed
        if seen < self._count:
            raise self._hive.damaged(f"{self.name} has fewer keys than it says")

    def _elements(self, data: bytes, width: int) -> bytes:
        length = int.from_bytes(data[2:4], "little") * width
        if len(data) < 4 + length:
            raise self._hive.damaged(f"the list of keys in {self.name} is cut off")
        return data[4 : 4 + length]

    # --- values -------------------------------------------------------------------------------------------------------

    @cached_property
    def _values(self) -> dict[str, tuple[str, int, int, int]]:
        """Name, type, size and place of each value, by its name in upper case."""
        if not self._value_count:
            return {}
        if self._value_count > _MOST_VALUES:
            raise self._hive.damaged(f"{self.name} says to have {self._value_count:,} values")
        offsets = self._hive.cell(self._value_list)
        if len(offsets) < 4 * self._value_count:
            raise self._hive.damaged(f"the list of values in {self.name} is cut off")
        found: dict[str, tuple[str, int, int, int]] = {}
        for (offset,) in struct.iter_unpack("<I", offsets[: 4 * self._value_count]):
            data = self._hive.cell(offset)
            if data[:2] != b"vk" or len(data) < 20:
                raise self._hive.damaged(f"a value in {self.name} is none")
            length, size, place, kind, flags = struct.unpack_from("<HIIIH", data, 2)
            if len(data) < 20 + length:
                raise self._hive.damaged(f"the name of a value in {self.name} is cut off")
            if flags & _TOMBSTONE:
                continue
            name = _name(data[20 : 20 + length], flags & _COMPACT_NAME["value"])
            inline = size & 0x80000000
            found.setdefault(name.upper(), (name, kind, size, offset + 8 if inline else place))
        return found

    @property
    def value_names(self) -> list[str]:
        return [name for name, *_ in self._values.values()]

    def __contains__(self, name: str) -> bool:
        return name.upper() in self._values

    def kind(self, name: str) -> int | None:
        """The number of a value's type; None where there is no such value."""
        value = self._values.get(name.upper())
        return value[1] if value else None

    def data(self, name: str) -> bytes | None:
        """A value's bytes; None where there is no such value."""
        value = self._values.get(name.upper())
        if value is None:
            return None
        _, _, size, place = value
        if size & 0x80000000:
            if size & 0x7FFFFFFF > 4:
                raise self._hive.damaged(f"the value {name} in {self.name} is longer than its place")
            return self._hive._bytes(place + 4, size & 0x7FFFFFFF)
        if not size:
            return b""
        if size > _LARGEST_VALUE:
            raise self._hive.damaged(f"the value {name} in {self.name} says to be {size:,} bytes long")
        data = self._hive.cell(place)
        if size > _SEGMENT and self._hive.base.minor > 3 and data[:2] == b"db":
            data = self._segments(data)
        if len(data) < size:
            raise self._hive.damaged(f"the value {name} in {self.name} is cut off")
        return data[:size]

    def text(self, name: str) -> str:
        """A value's text; empty where there is none. Names of environment variables are left as they are."""
        if self.kind(name) not in (SZ, EXPAND_SZ, LINK):
            return ""
        return _text(self.data(name) or b"")

    def texts(self, name: str) -> list[str]:
        """The texts of a value that holds several, or its only one."""
        if self.kind(name) != MULTI_SZ:
            text = self.text(name)
            return [text] if text else []
        texts = (self.data(name) or b"").decode("utf-16-le", "replace").split("\0")
        return [text for text in texts if text]

    def number(self, name: str) -> int | None:
        """A value's number; None where there is none."""
        kind = self.kind(name)
        if kind not in (DWORD, DWORD_BIG_ENDIAN, QWORD):
            return None
        data = self.data(name) or b""
        if len(data) not in (4, 8):
            return None
        return int.from_bytes(data, "big" if kind == DWORD_BIG_ENDIAN else "little")

    def _segments(self, data: bytes) -> bytes:
        """What is too long for one cell."""
        count, place = struct.unpack_from("<HI", data, 2)
        offsets = self._hive.cell(place)[: 4 * count]
        if count > _LARGEST_VALUE // _SEGMENT + 1 or len(offsets) < 4 * count:
            raise self._hive.damaged(f"a long value in {self.name} is cut off")
        return b"".join(self._hive.cell(offset)[:_SEGMENT] for (offset,) in struct.iter_unpack("<I", offsets))


def _text(data: bytes) -> str:
    """UTF-16 up to the first null, which may be missing."""
    return data[: len(data) & ~1].decode("utf-16-le", "replace").partition("\0")[0]


def _name(data: bytes, is_compact: int) -> str:
    return data.decode("latin-1") if is_compact else data.decode("utf-16-le", "replace")


def _hashed(name: str) -> int:
    """The hash of a name in upper case.

    >>> hex(_hashed("SELECT"))
    '0x5f0024a0'
    """
    value = 0
    for unit in struct.unpack(f"<{len(name.encode('utf-16-le')) // 2}H", name.encode("utf-16-le")):
        value = (37 * value + unit) & 0xFFFFFFFF
    return value
