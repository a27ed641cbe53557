"""What a hive's transaction logs hold that was not yet written to the hive itself.

Windows writes changes to NAME.LOG1 or NAME.LOG2 and tells that they are safe; to the hive they come up to an hour
later. Formats: "Windows registry file format specification" by Maxim Suhanov (CC BY 4.0); since Windows 8.1 a log is a
chain of entries (HvLE) with checksums, before that a bitmap of dirty sectors (DIRT) and these sectors.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import xor
from typing import BinaryIO

import msgspec

from vmi_console.introspection.disk.windows.marvin import marvin32

SECTOR = 512
BASE_BLOCK = 4096
"""Bytes before the hive's content, to which all offsets are relative."""
LARGEST_HIVE = 1 << 30
_LARGEST_ENTRY = 32 << 20
_MOST_LOGGED = 48 << 20  # bytes of entries that are replayed; their checksums take a second for every six megabytes
_MOST_ENTRIES = 20_000
_ENTRY = struct.Struct("<4s5I8s8s")  # signature, size, flags, sequence, size of the hive, pages, two checksums
_PRIMARY, _OLD_LOGS, _NEW_LOG = 0, (1, 2), 6


class BaseBlock(msgspec.Struct, frozen=True):
    """The head of a hive, a part of which each of its logs has too."""

    primary: int  # sequence numbers: the first is raised before the hive is written, the second after it
    secondary: int
    written: int  # FILETIME
    minor: int
    kind: int
    root: int
    size: int

    @classmethod
    def parsed(cls, data: bytes) -> BaseBlock | None:
        """None where it is damaged."""
        if len(data) < SECTOR or data[:4] != b"regf":
            return None
        words = struct.unpack_from("<128I", data)
        sum_ = reduce(xor, words[:127])
        if {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(sum_, sum_) != words[127]:
            return None
        primary, secondary, written, _major, minor, kind, _format, root, size = struct.unpack_from("<IIQ6I", data, 4)
        return cls(primary, secondary, written, minor, kind, root, size)

    @property
    def is_dirty(self) -> bool:
        return self.primary != self.secondary


class Replay(msgspec.Struct):
    """A hive's head and size after its logs, and the sectors that they change, by number."""

    base: BaseBlock
    size: int
    sectors: dict[int, bytes]
    is_complete: bool  # False where a hive was being written, and no log tells what

    def put(self, offset: int, data: bytes) -> None:
        for position in range(0, len(data), SECTOR):
            self.sectors[(offset + position) // SECTOR] = data[position : position + SECTOR]


class _Entry(msgspec.Struct, frozen=True):
    sequence: int
    size: int  # of the hive
    pages: tuple[tuple[int, bytes], ...]


class _Chain(msgspec.Struct):
    """What of a log can be replayed. `is_cut`: there is more, and it is more than is read of one."""

    base: BaseBlock
    entries: list[_Entry]
    size: int  # bytes of the log
    is_cut: bool = False


class _Log(msgspec.Struct, frozen=True):
    file: BinaryIO
    base: BaseBlock


def replayed(head: bytes, logs: Sequence[BinaryIO]) -> Replay | None:
    """A hive as Windows would recover it. `head` are its first bytes: the base block and the first bin's head.

    None where the base block is damaged and no log has another. What libraries raise as they read goes on from here.
    """
    base = BaseBlock.parsed(head)
    if base is not None and not base.is_dirty:
        return Replay(base, base.size, {}, True)
    known = [
        _Log(log, parsed)
        for log in logs
        if (parsed := BaseBlock.parsed(_at(log, 0, SECTOR))) and parsed.kind != _PRIMARY
    ]
    new = [log for log in known if log.base.kind == _NEW_LOG]
    if new:
        return _of_entries(base, new)
    return _of_sectors(base, head, [log for log in known if log.base.kind in _OLD_LOGS])


def last_sequence(log: BinaryIO) -> int:
    """The number of the last entry in a log, or 0. For fingerprints: its checksum is not looked at."""
    base = BaseBlock.parsed(_at(log, 0, SECTOR))
    if base is None:
        return 0
    last = base.primary
    for head, _ in _heads(log, base.primary):
        last = head[3]
    return last


# --- chains of entries ------------------------------------------------------------------------------------------------


def _of_entries(base: BaseBlock | None, logs: list[_Log]) -> Replay | None:
    """Every entry that follows on what the hive has, in the order of their numbers, from both logs."""
    chains: list[_Chain] = []
    left = _MOST_LOGGED
    for log in sorted(logs, key=lambda log: log.base.primary):
        if base is not None and log.base.primary < base.secondary:
            continue  # an old log, whose entries the hive has
        chain = _chain(log, left)
        if chain.entries or chain.is_cut:
            chains.append(chain)
            left -= chain.size
        elif base is not None:
            break  # what the next log has would follow on an entry that was lost
    if base is None:
        if not chains:
            return None
        chains = chains[-1:]  # the other may be older than what the hive has
        base = chains[0].base
    replay = Replay(base, base.size, {}, bool(chains) and not any(chain.is_cut for chain in chains))
    expected: int | None = None
    for entry in (entry for chain in chains for entry in chain.entries):
        if expected is not None and entry.sequence != expected:
            break
        for offset, page in entry.pages:
            replay.put(offset, page)
        replay.size = entry.size
        expected = entry.sequence + 1
    return replay


def _chain(log: _Log, most: int) -> _Chain:
    """The entries that hold together, up to so many bytes of them."""
    chain = _Chain(log.base, [], 0)
    for head, offset in _heads(log.file, log.base.primary):
        _, size, _, sequence, hive_size, count, checksum, checksum_of_head = head
        if hive_size % BASE_BLOCK or hive_size > LARGEST_HIVE:
            break
        if size > _LARGEST_ENTRY or chain.size + size > most:
            chain.is_cut = True
            break
        data = _at(log.file, offset, size)
        if len(data) != size or marvin32(data[:32]) != checksum_of_head or marvin32(data[40:]) != checksum:
            break  # it was not written to its end, as happens; Windows stops here too
        pages = _pages(data, count, hive_size)
        if pages is None:
            break
        chain.entries.append(_Entry(sequence, hive_size, pages))
        chain.size += size
    return chain


def _pages(data: bytes, count: int, hive_size: int) -> tuple[tuple[int, bytes], ...] | None:
    """The pages of an entry with their offsets; None where they cannot be in it."""
    start = _ENTRY.size + 8 * count
    if start > len(data):
        return None
    found = []
    for offset, length in struct.iter_unpack("<II", data[_ENTRY.size : start]):
        if offset % SECTOR or length % SECTOR or start + length > len(data) or offset + length > hive_size:
            return None
        found.append((offset, data[start : start + length]))
        start += length
    return tuple(found)


def _heads(log: BinaryIO, sequence: int) -> Iterator[tuple[tuple[bytes, int, int, int, int, int, bytes, bytes], int]]:
    """Heads of entries, numbered from `sequence` on without a gap, and where they are."""
    offset = SECTOR
    for expected in range(sequence, sequence + _MOST_ENTRIES):
        data = _at(log, offset, _ENTRY.size)
        if len(data) < _ENTRY.size:
            return
        head = _ENTRY.unpack(data)
        if head[0] != b"HvLE" or head[3] != expected or head[1] < SECTOR or head[1] % SECTOR:
            return
        yield head, offset
        offset += head[1]


# --- bitmaps of sectors -----------------------------------------------------------------------------------------------


def _of_sectors(base: BaseBlock | None, head: bytes, logs: list[_Log]) -> Replay | None:
    """The sectors of the newest log that belongs to this state of the hive."""
    written = base.written if base is not None else int.from_bytes(head[BASE_BLOCK + 20 : BASE_BLOCK + 28], "little")
    fitting = [log for log in logs if not log.base.is_dirty and log.base.written == written]
    log = max(fitting, key=lambda log: log.base.primary, default=None)
    if log is None:
        return Replay(base, base.size, {}, False) if base is not None else None
    base = base or log.base
    replay = Replay(base, base.size, {}, False)
    if log.base.size > LARGEST_HIVE:
        return replay
    length = log.base.size // SECTOR // 8
    vector = _at(log.file, SECTOR, 4 + length)
    if len(vector) != 4 + length or vector[:4] != b"DIRT":
        return replay
    dirty = [8 * place + bit for place, byte in enumerate(vector[4:]) if byte for bit in range(8) if byte >> bit & 1]
    start = SECTOR + -(-len(vector) // SECTOR) * SECTOR
    if len(dirty) * SECTOR > _MOST_LOGGED:
        return replay
    data = _at(log.file, start, len(dirty) * SECTOR)
    if len(data) != len(dirty) * SECTOR:
        return replay
    for place, sector in enumerate(dirty):
        replay.sectors[sector] = data[place * SECTOR : (place + 1) * SECTOR]
    replay.base, replay.size, replay.is_complete = log.base, log.base.size, True
    return replay


def _at(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    return file.read(length)
