"""What a parser reads: files to seek in, whose bytes are asked for over the channel when they are needed."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from collections.abc import Buffer
from typing import BinaryIO, Protocol, cast

from vmi_console.introspection.parser.protocol import BLOCK, MOST_WANTED, SMALL_BLOCK, Content, Stream

KEPT_BYTES = 32 << 20
"""Of blocks that a look keeps."""

SMALL_BYTES = 512 * 1024
"""Read in small blocks at first, where a look may find nothing new: more means that it did."""

FEWEST_IN_A_ROW = 2
LONGEST_AHEAD = 16
"""Blocks that are asked for in advance, where others were read in a row."""


class Asking(Protocol):
    """Whoever has the bytes. Both methods raise OSError where something cannot be had."""

    def want(self, stream: Stream, offset: int, length: int) -> bytes:
        """Exactly these bytes."""

    def open(self, stream: Stream, name: str) -> Stream:
        """The file that an image names."""


class Blocks:
    """The blocks that were read last in one look, of all its streams.

    Where a look is told what was found last time, what it reads of disks at first is read in small blocks: some hundred
    places on a disk tell that nothing has moved.
    """

    def __init__(self, asking: Asking, *, small: bool = False) -> None:
        self.asking = asking
        self.of_disks = SMALL_BLOCK if small else BLOCK
        """Bytes of a block of a disk at the moment."""
        self._small_bytes = 0
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._kept_bytes = 0

    def get(self, stream: Stream, number: int) -> bytes | None:
        """A block, if it is still there."""
        if (block := self._kept.get((stream.number, number))) is not None:
            self._kept.move_to_end((stream.number, number))
        return block

    def fetch(self, stream: Stream, size: int, number: int, count: int) -> bytes:
        """Asks for some blocks of a size in a row, and gives the first."""
        start = number * size
        length = min((number + count) * size, stream.size) - start
        data = self.asking.want(stream, start, length)
        for index in range(count - 1, -1, -1):
            if block := data[index * size : (index + 1) * size]:
                self._keep((stream.number, number + index), block)
        if size == SMALL_BLOCK:
            self._small_bytes += length
            if self._small_bytes > SMALL_BYTES:
                self.of_disks = BLOCK
                self._kept.clear()
                self._kept_bytes = 0
        return data[:size]

    def forget(self, stream: Stream) -> None:
        """Drops what was read of a stream."""
        for key in [key for key in self._kept if key[0] == stream.number]:
            self._kept_bytes -= len(self._kept.pop(key))

    def _keep(self, key: tuple[int, int], block: bytes) -> None:
        self._kept_bytes += len(block) - len(self._kept.get(key, b""))
        self._kept[key] = block
        self._kept.move_to_end(key)
        while self._kept_bytes > KEPT_BYTES:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped)


class BlockFile(io.RawIOBase):
    """A stream as a file. Reading past its end gives less, as in any file; OSError where bytes cannot be had."""

    def __init__(self, stream: Stream, blocks: Blocks) -> None:
        super().__init__()
        self.size = stream.size
        self.content = stream.content
        self.name = stream.name
        self._stream = stream
        self._blocks = blocks
        self._position = 0
        self._next = -1  # where what was asked for last ends
        self._in_a_row = 0

    @property
    def file(self) -> BinaryIO:
        """This, as those call it who parse it."""
        return cast(BinaryIO, self)

    def other(self, name: str) -> BinaryIO:
        """The file that this image names: its backing file, or an extent. Raises OSError where it may not be had."""
        return BlockFile(self._blocks.asking.open(self._stream, name), self._blocks).file

    def forget(self) -> None:
        """What is read from now on is read anew: of memory that has moved meanwhile."""
        self._blocks.forget(self._stream)

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes; all that are left without it."""
        left = max(0, self.size - self._position)
        length = left if size is None or size < 0 else min(size, left)
        data = self.at(self._position, length)
        self._position += len(data)
        return data

    def readall(self) -> bytes:
        """All that are left."""
        return self.read()

    def readinto(self, buffer: Buffer, /) -> int:
        """Fills the buffer as far as there are bytes."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def at(self, offset: int, length: int) -> bytes:
        """The bytes at an offset, without seeking; fewer where the stream ends before."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        parts = []
        end = offset + length
        while offset < end:  # once, nearly always
            size = self._block_size
            number, start = divmod(offset, size)
            block = self._block(size, number, (end - 1) // size)
            parts.append(block[start : start + end - offset])
            offset += len(parts[-1])
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Moves to a position; it may be past the end."""
        if whence == os.SEEK_CUR:
            offset += self._position
        elif whence == os.SEEK_END:
            offset += self.size
        if offset < 0:
            raise OSError("a negative position")
        self._position = offset
        return offset

    def tell(self) -> int:
        """The position."""
        return self._position

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    @property
    def _block_size(self) -> int:
        return BLOCK if self.content is Content.MEMORY else self._blocks.of_disks

    def _block(self, size: int, number: int, last: int) -> bytes:
        """A block; where it must be asked for, with those up to `last` that are not there either, and some ahead."""
        if (block := self._blocks.get(self._stream, number)) is not None:
            return block
        count = 1
        while number + count <= last and count < MOST_WANTED // size and not self._has(number + count):
            count += 1
        self._in_a_row = self._in_a_row + count if number * size == self._next else count
        if self._in_a_row > FEWEST_IN_A_ROW and self.content is not Content.MEMORY:
            ahead = min(self._in_a_row, LONGEST_AHEAD)
            while count < ahead and (number + count) * size < self.size and not self._has(number + count):
                count += 1
        self._next = (number + count) * size
        return self._blocks.fetch(self._stream, size, number, count)

    def _has(self, number: int) -> bool:
        return self._blocks.get(self._stream, number) is not None
