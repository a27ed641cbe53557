"""The names of an estate, ready to be looked through at each keystroke."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import batched
from typing import NamedTuple

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.gui.likeness import LONGEST, fold

KINDS = frozenset(("vm", "host", "network", "datastore", "cluster", "datacenter", "connection"))
ENOUGH = 30
AT_ONCE = 2000  # names looked at between two looks at the clock: about a millisecond


class Name(NamedTuple):
    """Without regard to case, and whose it is."""

    folded: str
    entity: EntityId


class Names:
    """Read once, short names first; looking through 45,000 of them takes a few milliseconds, in steps."""

    def __init__(self) -> None:
        self._names: list[Name] | None = None

    def read(self, records: Iterable[AnyRecord]) -> Iterator[None]:
        """Takes the names of `records`, unless that was done before."""
        if self._names is not None:
            return
        by_length: defaultdict[int, list[Name]] = defaultdict(list)
        named = [(record.name, record.id) for record in records if record.kind in KINDS]
        yield
        for some in batched(named, AT_ONCE):
            for name, entity in some:
                by_length[len(name)].append(Name(fold(name[:LONGEST]), entity))
            yield
        names: list[Name] = []
        for _, alike in sorted(by_length.items()):
            alike.sort()
            names += alike
            yield
        self._names = names

    def where(self, fitting: Callable[[tuple[Name, ...]], list[Name]], start: str) -> Generator[None, None, list[Name]]:
        """The first of those that fit: names that begin with `start` before others, and short ones before long ones."""
        begun: list[Name] = []
        others: list[Name] = []
        for some in batched(self._names or (), AT_ONCE):
            for one in fitting(some):
                (begun if one.folded.startswith(start) else others).append(one)
            if len(begun) >= ENOUGH:
                break
            del others[ENOUGH:]
            yield
        return (begun + others)[:ENOUGH]
