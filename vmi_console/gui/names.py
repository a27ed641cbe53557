"""The names of an estate, ready to be looked through at each keystroke."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import batched, compress

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.gui.likeness import LONGEST, fold

KINDS = frozenset(("vm", "host", "network", "datastore", "cluster", "datacenter", "connection"))
ENOUGH = 30
AT_ONCE = 2000  # names looked at between two looks at the clock: about a millisecond


class Names:
    """Read once, short names first; looking through 45,000 of them takes a few milliseconds, in steps.

    Kept as batches of names, without regard to case, beside those of whose they are: what is asked of a batch runs
    at the speed of C.
    """

    def __init__(self) -> None:
        self._batches: list[tuple[tuple[str, ...], tuple[EntityId, ...]]] | None = None

    def read(self, records: Iterable[AnyRecord]) -> Iterator[None]:
        """Takes the names of `records`, unless that was done before."""
        if self._batches is not None:
            return
        by_length: defaultdict[int, list[tuple[str, EntityId]]] = defaultdict(list)
        named = [(record.name, record.id) for record in records if record.kind in KINDS]
        yield
        for some in batched(named, AT_ONCE):
            for name, entity in some:
                by_length[len(name)].append((fold(name[:LONGEST]), entity))
            yield
        names: list[tuple[str, EntityId]] = []
        for _, alike in sorted(by_length.items()):
            alike.sort()
            names += alike
            yield
        self._batches = [
            (tuple(name for name, _ in some), tuple(entity for _, entity in some)) for some in batched(names, AT_ONCE)
        ]

    def where(
        self, fits: Callable[[tuple[str, ...]], Iterable[object]], start: str
    ) -> Generator[None, None, list[EntityId]]:
        """Whose names fit; `fits` gives a truth for each of a batch.

        Names that begin with `start` come before others, and short ones before long ones.
        """
        begun: list[EntityId] = []
        others: list[EntityId] = []
        for names, entities in self._batches or ():
            for name, entity in compress(zip(names, entities, strict=True), fits(names)):
                (begun if name.startswith(start) else others).append(entity)
                if len(begun) >= ENOUGH:
                    return begun
            del others[ENOUGH:]
            yield
        return (begun + others)[:ENOUGH]
