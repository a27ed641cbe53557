"""What a parser reads: files to seek in, whose bytes are asked for over the channel when they are needed."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from collections.abc import Buffer
from typing import BinaryIO, Protocol, cast

from vmi_console.introspection.parser.protocol import BLOCK, MOST_WANTED, Content, Stream

KEPT_BLOCKS = 512
"""Blocks that a look keeps: 32 MiB."""

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
    """The blocks that were read last in one look, of all its streams."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def get(self, stream: Stream, number: int) -> bytes | None:
        """A block, if it is still there."""
        if (block := self._kept.get((stream.number, number))) is not None:
            self._kept.move_to_end((stream.number, number))
        return block

    def fetch(self, stream: Stream, number: int, count: int) -> bytes:
        """Asks for some blocks in a row, and gives the first."""
        start = number * BLOCK
        length = min((number + count) * BLOCK, stream.size) - start
        data = self.asking.want(stream, start, length)
        for index in range(count - 1, -1, -1):
            block = data[index * BLOCK : (index + 1) * BLOCK]
            if block:
                self._kept[stream.number, number + index] = block
                self._kept.move_to_end((stream.number, number + index))
        while len(self._kept) > KEPT_BLOCKS:
            self._kept.popitem(last=False)
        return data[:BLOCK]

    def forget(self, stream: Stream) -> None:
        """Drops what was read of a stream."""
        for key in [key for key in self._kept if key[0] == stream.number]:
            del self._kept[key]


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
        self._next = -1  # the block behind the one that was asked for last
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
        first, start = divmod(offset, BLOCK)
        if start + length <= BLOCK:  # nearly always
            return self._block(first, first)[start : start + length]
        last = (offset + length - 1) // BLOCK
        joined = b"".join(self._block(number, last) for number in range(first, last + 1))
        return joined[start : start + length]

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

    def _block(self, number: int, last: int) -> bytes:
        """A block; where it must be asked for, with those up to `last` that are not there either, and some ahead."""
        if (block := self._blocks.get(self._stream, number)) is not None:
            return block
        count = 1
        while number + count <= last and count < MOST_WANTED // BLOCK and not self._has(number + count):
            count += 1
        self._in_a_row = self._in_a_row + count if number == self._next else count
        if self._in_a_row > FEWEST_IN_A_ROW and self.content is not Content.MEMORY:
            ahead = min(self._in_a_row, LONGEST_AHEAD)
            while count < ahead and (number + count) * BLOCK < self.size and not self._has(number + count):
                count += 1
        self._next = number + count
        return self._blocks.fetch(self._stream, number, count)

    def _has(self, number: int) -> bool:
        return self._blocks.get(self._stream, number) is not None
