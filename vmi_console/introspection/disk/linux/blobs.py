"""Stored values, as each kind of RPM database gives them: read from their front as far as needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from vmi_console.introspection.disk.files import Unreadable

_CHUNK = 64 << 10  # what is read at once: a guest's disk is far away, and answers in blocks of this size
_CHUNKS = 64  # that are kept


class Blob(Protocol):
    """One stored value."""

    def upto(self, length: int) -> bytes:
        """Its first `length` bytes, or more; fewer only where it ends before. Raises `Unreadable`."""


class Chunks:
    """Reads of a file at any place, made of few large reads. Raises `Unreadable` for what is beyond its end."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._kept: dict[int, bytes] = {}

    def read(self, offset: int, length: int) -> bytes:
        first, last = offset // _CHUNK, (offset + length - 1) // _CHUNK
        begin = offset - first * _CHUNK
        data = self._chunk(first)
        if last > first:
            data = b"".join((data, *map(self._chunk, range(first + 1, last + 1))))
        if len(data) < begin + length:
            raise Unreadable(f"{self._name} ends before what it says is in it")
        return data[begin : begin + length]

    def _chunk(self, number: int) -> bytes:
        data = self._kept.get(number)
        if data is None:
            if len(self._kept) >= _CHUNKS:
                del self._kept[next(iter(self._kept))]
            try:
                self._file.seek(number * _CHUNK)
                data = self._file.read(_CHUNK)
            except (OSError, EOFError, ValueError) as error:
                raise Unreadable(f"{self._name}: {error}") from error
            self._kept[number] = data
        return data


class Chained:
    """A value that is spread over pages, of which each names the next: no more of them are followed than asked for."""

    def __init__(self, size: int, pieces: Iterator[bytes], skipped: int = 0) -> None:
        self._size = size - skipped
        self._pieces = pieces
        self._skipped = skipped  # of its front, which does not belong to the value
        self._data = bytearray()

    def upto(self, length: int) -> bytes:
        wanted = min(length, self._size) + self._skipped
        while len(self._data) < wanted:
            piece = next(self._pieces, b"")
            if not piece:
                raise Unreadable("a stored value ends too early")
            self._data += piece
        return bytes(self._data[self._skipped : wanted])
