"""Marvin32, the checksum of the registry's transaction logs."""

from __future__ import annotations

import struct

_MASK = 0xFFFFFFFF
_SEED = (0x7A4E55C5, 0x82EF4D88)  # of the registry, which keeps it no secret


def marvin32(data: bytes) -> bytes:
    """The eight bytes that stand in a log for this data.

    >>> marvin32(b"").hex()
    '086e9603a4fc9eb3'
    """
    words = len(data) // 4
    last = int.from_bytes(data[4 * words :] + b"\x80", "little")
    low, high = _SEED
    for word in (*struct.unpack_from(f"<{words}I", data), last, 0):
        low = (low + word) & _MASK
        high ^= low
        low = (((low << 20) | (low >> 12)) + high) & _MASK
        high = (((high << 9) | (high >> 23)) & _MASK) ^ low
        low = (((low << 27) | (low >> 5)) + high) & _MASK
        high = ((high << 19) | (high >> 13)) & _MASK
    return struct.pack("<II", low, high)
