"""Chance that is the same in every process: a keyed digest in place of a random number generator.

Any entity's dice can be thrown at any time, in any order, without throwing those of the entities before it.
"""

from __future__ import annotations

import hashlib
import zlib

GRAIN_BYTES = 48


def grain(seed: int | str, what: str, number: int = 0) -> bytes:
    """48 bytes of chance that belong to one thing."""
    return hashlib.blake2b(f"{seed}/{what}/{number}".encode(), digest_size=GRAIN_BYTES).digest()


def uuid_from(sixteen: bytes, prefix: str) -> str:
    """A canonical UUID of version 4 that begins with `prefix` (two hex digits), as VMware's do with 42 and 50."""
    digits = sixteen.hex()
    return f"{prefix}{digits[2:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def smooth_noise(key: int, second: float, grid_s: float) -> float:
    """A smooth curve in 0…1 that belongs to `key`: chance at every `grid_s` seconds, eased in between."""
    cell, within = divmod(second / grid_s, 1.0)
    left = zlib.crc32(b"%d %d" % (key, int(cell))) / 0xFFFFFFFF
    right = zlib.crc32(b"%d %d" % (key, int(cell) + 1)) / 0xFFFFFFFF
    return left + (right - left) * within * within * (3 - 2 * within)
