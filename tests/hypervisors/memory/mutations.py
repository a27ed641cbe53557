"""Memory that somebody damaged, at random or knowing where it hurts."""

from __future__ import annotations

import io
import random
from pathlib import Path

BLOCK = 64 * 1024


class MemoryFile(io.FileIO):
    """A memory file as a look wants it, which counts what it is asked for."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self.size = path.stat().st_size
        self.calls = 0
        self.read_bytes = 0
        self.blocks: set[int] = set()

    def read(self, size: int | None = -1, /) -> bytes:
        first = self.tell() // BLOCK
        content = super().read(-1 if size is None else size) or b""
        self.calls += 1
        self.read_bytes += len(content)
        self.blocks.update(range(first, first + -(-len(content) // BLOCK)))
        return content


class Mutated(MemoryFile):
    """The same with other bytes in some of the places that a look reads. The file itself stays as it is."""

    def __init__(self, path: Path, used: list[int], seed: int) -> None:
        super().__init__(path)
        chance = random.Random(seed)
        self._changes = dict(self._change(chance, used) for _ in range(chance.choice((1, 4, 32, 400))))
        if chance.random() < 0.05:
            self.size = chance.randrange(self.size)

    def read(self, size: int | None = -1, /) -> bytes:
        start = self.tell()
        content = bytearray(super().read(size))
        for place, change in self._changes.items():
            at = place - start
            if at >= 0 and at + len(change) <= len(content):
                content[at : at + len(change)] = change
        return bytes(content)

    def _change(self, chance: random.Random, used: list[int]) -> tuple[int, bytes]:
        """A place in a block that is used, and what is there now."""
        place = chance.choice(used) * BLOCK + 8 * chance.randrange(BLOCK // 8)
        match chance.randrange(7):
            case 0:
                return place + chance.randrange(8), bytes((chance.randrange(256),))
            case 1:
                return place, chance.randbytes(8)
            case 2:
                return place, bytes(8)
            case 3:
                return place, b"\xff" * 8
            case 4:  # a pointer that leads somewhere else, perhaps in a circle
                return place, self._elsewhere(chance, used)
            case 5:  # a number that is far too large, or nearly
                return place, chance.choice((1 << 31, (1 << 32) - 1, 1 << 16, 4096)).to_bytes(8, "little")
            case _:
                return place, self._elsewhere(chance, used) * chance.choice((16, 512))

    def _elsewhere(self, chance: random.Random, used: list[int]) -> bytes:
        """Some word of this memory, of those that look like pointers if there are any in that place."""
        self.seek(chance.choice(used) * BLOCK)
        block = io.FileIO.read(self, BLOCK) or bytes(8)
        words = memoryview(block[: len(block) & ~7]).cast("Q")
        pointers = [word for word in words if word >> 47 == (1 << 17) - 1]
        return chance.choice(pointers or [0]).to_bytes(8, "little")
