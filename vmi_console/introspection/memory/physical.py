"""Physical memory, read in few and large pieces.

Each call to a hypervisor costs more than the bytes it brings (half a millisecond against 3 µs for a page), so whoever
knows what it will want next says so with `fetch`: everything that is missing is sorted, neighbours are joined over
small gaps, and one call brings up to 4 MiB. What was read is kept until `forget`: a running guest moves on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import BinaryIO, Protocol, runtime_checkable

from vmi_console.introspection.memory.dumps import Piece
from vmi_console.introspection.memory.unreadable import Absent, Unreadable

BLOCK = 64 * 1024
_SHIFT = 16
_MASK = BLOCK - 1
_LARGEST = 64  # blocks in one call: what libvirt's memoryPeek carries at most
_GAP = 3  # blocks that are read although nobody asked, rather than making another call

MOST_KEPT = 4096
"""Blocks kept at a time, 256 MiB; past it all are forgotten, which costs time and nothing else."""

MOST_READ = 1 << 30
"""Bytes that one look may read."""


@runtime_checkable
class Forgetful(Protocol):
    """A file that keeps what was read of it."""

    def forget(self) -> None:
        """What is read from now on is read anew."""


class Allowance:
    """Bytes that may still be read, by all who share it."""

    def __init__(self, most: int = MOST_READ) -> None:
        self._most = self._left = most

    def take(self, length: int) -> None:
        """Raises `Unreadable` where that is more than is left."""
        if length > self._left:
            raise Unreadable(f"more than {self._most >> 20} MiB would have to be read")
        self._left -= length


class Physical:
    """Reads by physical address. `calls` and `read_bytes` say what that cost so far."""

    def __init__(
        self, file: BinaryIO, size: int, pieces: tuple[Piece, ...], allowance: Allowance | None = None
    ) -> None:
        self.pieces = pieces
        self.size = size
        self.calls = 0
        self.read_bytes = 0
        self._file = file
        self._allowance = allowance or Allowance()
        self._starts = [piece.address for piece in pieces]
        self._blocks: dict[int, bytes] = {}
        self._used: set[int] = set()

    @property
    def end(self) -> int:
        """The highest physical address, plus one."""
        return max(piece.address + piece.size for piece in self.pieces)

    def read(self, address: int, length: int) -> bytes:
        """Raises `Absent` where the memory is not in the dump or cannot be read."""
        offset = self.offset(address, length)
        number, start = offset >> _SHIFT, offset & _MASK
        self._used.add(number)
        if start + length <= BLOCK:
            block = self._blocks.get(number)
            if block is None:
                block = self._block(number)
            found = block[start : start + length]
        else:
            self.fetch(((address, length),))
            found = b"".join(self._block(each) for each in range(number, (offset + length - 1 >> _SHIFT) + 1))
            found = found[start : start + length]
        if len(found) < length:
            raise Absent(f"memory at {address:#x} cannot be read")
        return found

    def u64(self, address: int) -> int:
        return int.from_bytes(self.read(address, 8), "little")

    def fetch(self, ranges: Iterable[tuple[int, int]], *, anew: bool = False) -> None:
        """Reads what of these (address, length) is not there yet, or all of it `anew`.

        Addresses that do not exist are passed over.
        """
        wanted: set[int] = set()
        for address, length in ranges:
            try:
                offset = self.offset(address, length)
            except Absent:
                continue
            wanted.update(range(offset >> _SHIFT, (offset + length - 1 >> _SHIFT) + 1))
        if anew:
            self._lose(wanted)
        self._sweep(wanted)

    @property
    def used(self) -> tuple[int, ...]:
        """The blocks that answers came from, for `repeat`."""
        return tuple(self._used)

    def repeat(self, used: tuple[int, ...]) -> None:
        """Reads at once what an earlier look at this memory used: most of it will be wanted again, a step at a time."""
        self._sweep(set(used))

    def _sweep(self, wanted: set[int]) -> None:
        missing = sorted(wanted - self._blocks.keys())
        if len(self._blocks) + len(missing) > MOST_KEPT:
            self.forget()
            missing = sorted(wanted)[:MOST_KEPT]
        at = 0
        while at < len(missing):
            first = last = missing[at]
            while at < len(missing) and missing[at] - last <= _GAP + 1 and missing[at] - first < _LARGEST:
                last = missing[at]
                at += 1
            self._take(first, last - first + 1)

    def forget(self) -> None:
        """Whatever is read next is read anew."""
        self._lose(set(self._blocks))

    def glimpse(self, address: int, length: int) -> bytes:
        """As `read`, but nothing is kept: for searches, which look at much and need little."""
        content = self._bytes(self.offset(address, length), length)
        if len(content) < length:
            raise Absent(f"memory at {address:#x} cannot be read")
        return content

    def _lose(self, numbers: set[int]) -> None:
        for number in numbers:
            self._blocks.pop(number, None)
        if isinstance(self._file, Forgetful):
            self._file.forget()

    def offset(self, address: int, length: int = 1) -> int:
        """Where this is in the file."""
        number = bisect_right(self._starts, address) - 1
        if number >= 0 and length > 0:
            piece = self.pieces[number]
            if address + length <= piece.address + piece.size:
                return piece.offset + address - piece.address
        raise Absent(f"there is no memory at {address:#x}")

    def address(self, offset: int) -> int | None:
        """What is at this place of the file; None where that is no memory."""
        for piece in self.pieces:
            if piece.offset <= offset < piece.offset + piece.size:
                return piece.address + offset - piece.offset
        return None

    def _block(self, number: int) -> bytes:
        block = self._blocks.get(number)
        if block is None:
            if len(self._blocks) >= MOST_KEPT:
                self.forget()
            self._take(number, 1)
            block = self._blocks[number]
        return block

    def _take(self, first: int, count: int) -> None:
        content = self._bytes(first << _SHIFT, min(count << _SHIFT, self.size - (first << _SHIFT)))
        if count == 1:
            self._blocks[first] = content
        elif not content:  # one that cannot be had keeps the others from being had
            for number in range(first, first + count):
                self._take(number, 1)
        else:
            for number in range(count):
                self._blocks[first + number] = content[number << _SHIFT : (number + 1) << _SHIFT]

    def _bytes(self, offset: int, length: int) -> bytes:
        self._allowance.take(length)
        self.calls += 1
        self.read_bytes += length
        try:
            self._file.seek(offset)
            return self._file.read(length)
        except OSError:
            return b""
