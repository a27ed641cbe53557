"""What a running guest has committed to the journal of its ext4 file system, and not yet written where it belongs.

The disk of a running guest is minutes old without it. The journal (JBD2, format of Linux `include/linux/jbd2.h`) is
replayed here as the kernel would at the next mount, but into a map instead of onto the disk: which block of the file
system is to be read from which block of the journal. Blocks are read, and their checksums compared, when somebody
wants them, so that a long journal costs no more than the blocks that hold its tables of contents.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import msgspec
from dissect.util.hash import crc32c
from dissect.util.stream import AlignedStream

_MAGIC = 0xC03B3998
_DESCRIPTOR, _COMMIT, _REVOKE = 1, 2, 5
_SUPERBLOCKS = (3, 4)

_COMPAT_CHECKSUM = 0x1
_INCOMPAT_64BIT, _INCOMPAT_CSUM_V2, _INCOMPAT_CSUM_V3, _INCOMPAT_FAST_COMMIT = 0x2, 0x8, 0x10, 0x20
_KNOWN_INCOMPAT = 0x3F

_ESCAPED, _SAME_UUID, _LAST_TAG = 0x1, 0x2, 0x8

_header = struct.Struct(">III")
_tag3 = struct.Struct(">IIII")
_tag = struct.Struct(">IHH")
_u32, _u64 = struct.Struct(">I"), struct.Struct(">Q")
_fast_commit_head = struct.Struct("<HHII")

_FAST_COMMIT_HEAD = 9
_FAST_COMMIT_BLOCKS = 256
"""Of the journal's end, where its superblock does not say how many."""

_MOST_BLOCKS = 1 << 20
"""Blocks of a journal: 4 GiB, four times what mke2fs makes at most."""


class JournalError(Exception):
    """The journal cannot be understood; what the disk says without it may be old."""


class Journal(msgspec.Struct, frozen=True):
    """What a journal's superblock says, all in blocks."""

    block_size: int
    length: int
    first: int  # where the log begins; it wraps around to here
    last: int  # and behind which it does so
    start: int  # of the oldest transaction that is still needed; 0 where none is
    sequence: int  # of that transaction
    incompatible: int  # features
    seed: int  # of the checksums

    @property
    def checksums(self) -> bool:
        return bool(self.incompatible & (_INCOMPAT_CSUM_V2 | _INCOMPAT_CSUM_V3))


class Kept(msgspec.Struct, frozen=True):
    """Where the newest content of a block of the file system lies in the journal."""

    at: int  # block of the journal
    sequence: int
    checksum: int | None
    escaped: bool


def read_journal(log: BinaryIO) -> Journal:
    """The superblock of a journal. Raises `JournalError`."""
    log.seek(0)
    content = log.read(1024)
    if len(content) < 1024:
        raise JournalError("its superblock is cut off")
    magic, kind, _ = _header.unpack_from(content)
    if magic != _MAGIC or kind not in _SUPERBLOCKS:
        raise JournalError("it has no superblock")
    block_size, length, first, sequence, start = struct.unpack_from(">5I", content, 12)
    incompatible = _u32.unpack_from(content, 0x28)[0] if kind == _SUPERBLOCKS[1] else 0
    if incompatible & ~_KNOWN_INCOMPAT:
        raise JournalError(f"it uses features that are not known here ({incompatible & ~_KNOWN_INCOMPAT:#x})")
    if not 1024 <= block_size <= 65536 or block_size & (block_size - 1) or not 0 < first < length <= _MOST_BLOCKS:
        raise JournalError("its superblock makes no sense")
    last = length
    if incompatible & _INCOMPAT_FAST_COMMIT:
        last -= _u32.unpack_from(content, 0x54)[0] or _FAST_COMMIT_BLOCKS
    if not first < last or not (start == 0 or first <= start < last):
        raise JournalError("its superblock makes no sense")
    return Journal(
        block_size=block_size,
        length=length,
        first=first,
        last=last,
        start=start,
        sequence=sequence,
        incompatible=incompatible,
        seed=_checksum(0xFFFFFFFF, content[0x30:0x40]),
    )


class Replay:
    """The blocks that a journal would write: found by reading its tables of contents once."""

    def __init__(self, log: BinaryIO) -> None:
        """Reads all complete transactions. Raises `JournalError`, and what reading `log` raises."""
        self._log = log
        self.journal = read_journal(log)
        self.kept: dict[int, Kept] = {}
        self.doubt = ""
        self._next_sequence = self.journal.sequence
        if self.journal.start:
            self._collect()
        if self.journal.incompatible & _INCOMPAT_FAST_COMMIT and self._has_fast_commits():
            self.doubt = "its journal holds fast commits, which are not replayed"

    def content(self, kept: Kept) -> bytes | None:
        """A block out of the journal; None where it is no longer what was committed (the guest went on)."""
        content = self._block(kept.at)
        if kept.checksum is not None:
            found = _checksum(_checksum(self.journal.seed, _u32.pack(kept.sequence)), content)
            mask = 0xFFFFFFFF if self.journal.incompatible & _INCOMPAT_CSUM_V3 else 0xFFFF
            if found & mask != kept.checksum:
                return None
        return _u32.pack(_MAGIC) + content[4:] if kept.escaped else content

    def _collect(self) -> None:
        """Goes through the transactions, each complete only with its commit block."""
        revoked: dict[int, int] = {}
        written: list[tuple[int, Kept]] = []
        pending: list[tuple[int, Kept]] = []
        pending_revokes: list[int] = []
        journal = self.journal
        at, sequence, seen = journal.start, journal.sequence, 0
        while seen < journal.last - journal.first:
            content = self._block(at)
            magic, kind, found = _header.unpack_from(content)
            if magic != _MAGIC or found != sequence:
                break
            seen, at = seen + 1, self._after(at, 1)
            if kind == _DESCRIPTOR:
                if not self._tail_holds(content):
                    break
                for count, (block, checksum, flags) in enumerate(self._tags(content)):
                    kept = Kept(self._after(at, count), sequence, checksum, bool(flags & _ESCAPED))
                    pending.append((block, kept))
                blocks = count + 1
                seen, at = seen + blocks, self._after(at, blocks)
            elif kind == _REVOKE:
                if not self._tail_holds(content):
                    break
                pending_revokes.extend(self._revokes(content))
            elif kind == _COMMIT:
                if not self._commit_holds(content):
                    break
                written += pending
                revoked.update(dict.fromkeys(pending_revokes, sequence))
                pending, pending_revokes = [], []
                sequence = (sequence + 1) & 0xFFFFFFFF
            else:
                break
        self._next_sequence = sequence
        for block, kept in written:
            last_revoked = revoked.get(block)
            if last_revoked is None or _is_before(last_revoked, kept.sequence):
                self.kept[block] = kept

    def _tags(self, content: bytes) -> Iterator[tuple[int, int | None, int]]:
        """Of a descriptor block: the block of the file system, its checksum, flags. Raises `JournalError`."""
        features = self.journal.incompatible
        wide = bool(features & _INCOMPAT_64BIT)
        end = len(content) - (4 if self.journal.checksums else 0)
        size = 16 if features & _INCOMPAT_CSUM_V3 else 8 + 4 * wide + 2 * bool(features & _INCOMPAT_CSUM_V2)
        at = _header.size
        while at + size <= end:
            checksum: int | None
            if features & _INCOMPAT_CSUM_V3:
                low, flags, high, checksum = _tag3.unpack_from(content, at)
            else:
                low, short, flags = _tag.unpack_from(content, at)
                high = _u32.unpack_from(content, at + 8)[0] if wide else 0
                checksum = short if features & _INCOMPAT_CSUM_V2 else None
            yield low | (high << 32 if wide else 0), checksum, flags
            if flags & _LAST_TAG:
                return
            at += size + (0 if flags & _SAME_UUID else 16)
        if at == _header.size:
            raise JournalError("a table of contents is empty")

    def _revokes(self, content: bytes) -> Iterator[int]:
        used = min(_u32.unpack_from(content, 12)[0], len(content))
        number = _u64 if self.journal.incompatible & _INCOMPAT_64BIT else _u32
        for at in range(16, used - number.size + 1, number.size):
            yield number.unpack_from(content, at)[0]

    def _tail_holds(self, content: bytes) -> bool:
        """Whether a block of tags or revocations is what was written."""
        if not self.journal.checksums:
            return True
        return _checksum(self.journal.seed, content[:-4] + bytes(4)) == int.from_bytes(content[-4:])

    def _commit_holds(self, content: bytes) -> bool:
        if not self.journal.checksums:
            return True
        blanked = content[:16] + bytes(4) + content[20:]
        return _checksum(self.journal.seed, blanked) == int.from_bytes(content[16:20])

    def _has_fast_commits(self) -> bool:
        """Whether the area at the journal's end belongs to the transaction that would come next."""
        content = self._block(self.journal.last)
        tag, _, _, transaction = _fast_commit_head.unpack_from(content)
        return (tag, transaction) == (_FAST_COMMIT_HEAD, self._next_sequence)

    def _after(self, at: int, count: int) -> int:
        """The block `count` after `at`, where the log wraps around."""
        span = self.journal.last - self.journal.first
        return self.journal.first + (at - self.journal.first + count) % span

    def _block(self, number: int) -> bytes:
        self._log.seek(number * self.journal.block_size)
        content = self._log.read(self.journal.block_size)
        if len(content) != self.journal.block_size:
            raise JournalError("it is shorter than it says")
        return content


class Replayed(AlignedStream):  # type: ignore[misc]
    """A file system's volume as it will be once its journal has been replayed."""

    def __init__(self, volume: BinaryIO, size: int, replay: Replay) -> None:
        super().__init__(size, align=replay.journal.block_size)
        self._volume = volume
        self._replay = replay
        self.overtaken = False
        """Whether a block was asked for that the guest has meanwhile written over in its journal."""

    def _read(self, offset: int, length: int) -> bytes:
        block_size = self._replay.journal.block_size
        kept = self._replay.kept
        blocks = range(offset // block_size, (offset + length + block_size - 1) // block_size)
        if not any(block in kept for block in blocks):
            return self._straight(offset, length)
        pieces = []
        for block in blocks:
            content = self._replay.content(kept[block]) if block in kept else None
            if content is None:
                self.overtaken |= block in kept
                content = self._straight(block * block_size, block_size)
            pieces.append(content)
        return b"".join(pieces)[:length]

    def _straight(self, offset: int, length: int) -> bytes:
        self._volume.seek(offset)
        return self._volume.read(length)


def _checksum(seed: int, content: bytes) -> int:
    """CRC32C as the kernel chains it: without inverting at either end."""
    return int(crc32c.crc32c(content, seed ^ 0xFFFFFFFF)) ^ 0xFFFFFFFF


def _is_before(one: int, other: int) -> bool:
    """Whether a transaction came before another; their numbers wrap around."""
    return 0 < (other - one) & 0xFFFFFFFF < 1 << 31
