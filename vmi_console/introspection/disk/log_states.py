"""Whether the logs of file systems that are not replayed here hold anything: then what the disk says may be old."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

_XFS_RECORD = 0xFEEDBABE
_XFS_UNMOUNTED = 0x20
_BASIC_BLOCK = 512
_LONGEST_RECORD = 1024
"""Basic blocks: 256 KiB of log buffer and its headers."""

_HEADER_COVERS = 32 * 1024
"""Bytes of a record's buffer that one header block speaks of."""

_LOG_FILE = 2  # number of $LogFile in the master file table
_NO_CLIENT = 0xFFFF
_VOLUME_IS_CLEAN = 0x2


def xfs(volume: BinaryIO, parsed: Any) -> str:
    """What to doubt of an XFS file system: its log ends with an unmount record only if it was unmounted."""
    superblock = parsed.sb
    start = int(superblock.sb_logstart)
    if start == 0:
        return "its log is on another device, and was not replayed"
    group, block = start >> int(superblock.sb_agblklog), start & ((1 << int(superblock.sb_agblklog)) - 1)
    offset = (group * int(superblock.sb_agblocks) + block) * int(superblock.sb_blocksize)
    blocks = int(superblock.sb_logblocks) * int(superblock.sb_blocksize) // _BASIC_BLOCK
    log = _XfsLog(volume, offset, blocks)
    return "" if log.was_unmounted() else "its log was not replayed, as the guest was running or did not shut down"


class _XfsLog:
    """The log of XFS, in basic blocks that each begin with the number of the cycle in which they were written."""

    def __init__(self, volume: BinaryIO, offset: int, blocks: int) -> None:
        self._volume = volume
        self._offset = offset
        self._blocks = blocks

    def was_unmounted(self) -> bool:
        head = self._head()
        for back in range(1, min(_LONGEST_RECORD, self._blocks) + 1):
            at = (head - back) % self._blocks
            header = self._block(at)
            if int.from_bytes(header[:4]) == _XFS_RECORD:
                operations, buffer_size = int.from_bytes(header[40:44]), int.from_bytes(header[320:324])
                headers = max(1, -(-buffer_size // _HEADER_COVERS)) if int.from_bytes(header[8:12]) & 2 else 1
                first = self._block((at + headers) % self._blocks)
                return operations == 1 and bool(first[9] & _XFS_UNMOUNTED)
        return False

    def _head(self) -> int:
        """The block behind the newest: where the cycle falls by one. Found by halving, as the kernel does."""
        newest = self._cycle(0)
        if self._cycle(self._blocks - 1) == newest:
            return 0
        low, high = 0, self._blocks - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._cycle(middle) == newest else (low, middle)
        return high

    def _cycle(self, number: int) -> int:
        block = self._block(number)
        first, second = struct.unpack_from(">II", block)
        return int(second if first == _XFS_RECORD else first)

    def _block(self, number: int) -> bytes:
        self._volume.seek(self._offset + number * _BASIC_BLOCK)
        return self._volume.read(_BASIC_BLOCK)


def ntfs(parsed: Any) -> str:
    """What to doubt of an NTFS volume, by the restart area of its $LogFile."""
    log = parsed.mft.get(_LOG_FILE).open()
    content = log.read(4096)
    if content[:4] != b"RSTR":
        return "" if content.strip(b"\xff") == b"" else "its log cannot be read, and was not replayed"
    at = int.from_bytes(content[0x18:0x1A], "little")
    in_use, flags = struct.unpack_from("<HH", content, at + 0x0C)
    if in_use == _NO_CLIENT or flags & _VOLUME_IS_CLEAN:
        return ""
    return "its log was not replayed, as the guest was running or did not shut down"
