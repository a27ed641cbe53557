"""Ways to tamper with a file, drawn by lot; without copying it, since memory is large."""

from __future__ import annotations

import os
import random
import struct
from pathlib import Path

BLOCK = 64 * 1024
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, (1 << 63) - 1, (1 << 64) - 1)
_MOST_CHANGES = 24


class Original:
    """A file, and which of its blocks are read by a look into it."""

    def __init__(self, path: Path) -> None:
        self.size = path.stat().st_size
        self.touched: set[int] = set()
        self._file = os.open(path, os.O_RDONLY)

    def at(self, offset: int, length: int) -> bytes:
        """The bytes at an offset."""
        return os.pread(self._file, length, offset)

    async def read(self, offset: int, length: int) -> bytes:
        """The bytes at an offset, remembering that they were wanted."""
        self.touched.update(range(offset // BLOCK, (offset + length - 1) // BLOCK + 1))
        return self.at(offset, length)

    def close(self) -> None:
        """Closes the file."""
        os.close(self._file)


class Tampered:
    """The same file with other bytes here and there, or cut off."""

    def __init__(self, original: Original, chance: random.Random) -> None:
        self.size = original.size
        self._original = original
        self._changes: list[tuple[int, bytes]] = []
        if chance.random() < 0.05:
            self.size = chance.randrange(1, original.size)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8, _MOST_CHANGES))):
            offset = self._place(chance)
            self._changes.append((offset, self._other(offset, chance)[: max(0, self.size - offset)]))

    async def read(self, offset: int, length: int) -> bytes:
        """The bytes at an offset."""
        content = bytearray(self._original.at(offset, length))
        for start, change in self._changes:
            low, high = max(start, offset), min(start + len(change), offset + length)
            if low < high:
                content[low - offset : high - offset] = change[low - start : high - start]
        return bytes(content)

    def _place(self, chance: random.Random) -> int:
        """Somewhere in what a look reads, where there is something; mostly at the start of a structure."""
        block = chance.choice(sorted(self._original.touched))
        content = self._original.at(block * BLOCK, BLOCK)
        for _ in range(50):
            place = chance.randrange(len(content))
            if chance.random() < 0.5:
                place &= ~chance.choice((1, 3, 7, 511, 1023))
            if any(content[place : place + 8]):
                break
        return block * BLOCK + place

    def _other(self, offset: int, chance: random.Random) -> bytes:
        there = self._original.at(offset, 4096)
        match chance.randrange(8):
            case 0:
                return bytes([there[0] ^ 1 << chance.randrange(8)])
            case 1:
                return bytes([chance.randrange(256)])
            case 2 | 3:
                width = chance.choice("HIQ")
                return struct.pack(
                    chance.choice("<>") + width, chance.choice(_NUMBERS) & (1 << 8 * struct.calcsize(width)) - 1
                )
            case 4:
                (number,) = struct.unpack("<I", there[:4].ljust(4, b"\0"))
                return struct.pack("<I", (number + chance.choice((-1, 1, 8, -8, number))) & 0xFFFFFFFF)
            case 5:
                return bytes(chance.choice((4, 64, 512, 4096)))
            case 6:
                return chance.randbytes(chance.choice((4, 16, 64, 512)))
            case _:
                block = chance.choice(sorted(self._original.touched))
                return self._original.at(
                    block * BLOCK + chance.randrange(0, BLOCK, 64), chance.choice((16, 64, 256, 1024))
                )
