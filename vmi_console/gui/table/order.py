"""Lines in the order of one column, kept so while lines come, go and change. No Qt here."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Generator, Iterator
from operator import attrgetter

import msgspec

from vmi_console.estate.identity import EntityId

type Value = str | int | float | bytes | tuple[int, ...]
"""What a column sorts by: all of one column's are of one type."""

type Key = tuple[bool, Value, str]

_key = attrgetter("key")
_CHUNK = 2_000  # lines sorted in one step
_SAMPLE = 100  # every so many lines one is looked at to find where to cut
_GROUPS = 500  # groups of equals turned around in one step


class Line(msgspec.Struct, eq=False, gc=False):
    """A VM's line. `key` is whether its value is not known, the value, and what decides between equals: unique."""

    entity: EntityId
    key: Key
    told: str | None = None  # what a filter looks at, once one has


def key_of(value: Value | None, name: str) -> Key:
    """Where a line belongs; `name` is unique."""
    return (True, 0, name) if value is None else (False, value, name)


class Order:
    """`lines` ascend by their keys. Before a line's key is changed it is taken out."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def add(self, line: Line) -> None:
        insort(self.lines, line, key=_key)

    def remove(self, line: Line) -> None:
        """Raises `ValueError` for a line that is not where its key says."""
        at = bisect_left(self.lines, line.key, key=_key)
        if at == len(self.lines) or self.lines[at] is not line:
            raise ValueError(f"{line.entity} is not in its place")
        del self.lines[at]

    def sort(self, lines: list[Line]) -> Iterator[None]:
        """Takes `lines` for all there are, and sorts them in steps: chunks, then all that lies between two keys."""
        chunks: list[list[Line]] = []
        for start in range(0, len(lines), _CHUNK):
            chunks.append(sorted(lines[start : start + _CHUNK], key=_key))
            yield
        samples = sorted(line.key for chunk in chunks for line in chunk[::_SAMPLE])
        yield
        ordered: list[Line] = []
        starts = [0] * len(chunks)
        for limit in (*samples[_CHUNK // _SAMPLE :: _CHUNK // _SAMPLE], None):
            ends = [len(chunk) if limit is None else bisect_left(chunk, limit, key=_key) for chunk in chunks]
            part = [line for chunk, start, end in zip(chunks, starts, ends, strict=True) for line in chunk[start:end]]
            part.sort(key=_key)
            ordered += part
            starts = ends
            yield
        self.lines = ordered

    def shown(self, descending: bool) -> Generator[None, None, list[Line]]:
        """All lines as they are shown: what is not known last, equals by name, whichever way the values go."""
        if not descending:
            return list(self.lines)
        lines = self.lines
        known = bisect_left(lines, (True,), key=_key)
        wanted: list[Line] = []
        end = known
        while end:
            for _ in range(_GROUPS):
                start = end - 1
                value = lines[start].key[1]
                if start and lines[start - 1].key[1] == value:
                    start = bisect_left(lines, (False, value), hi=start, key=_key)
                wanted += lines[start:end]
                end = start
                if not end:
                    break
            yield
        wanted += lines[known:]
        return wanted
