"""What waits to be written."""

from __future__ import annotations

from collections import deque
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Amendment, Change
from vmi_console.estate.identity import EntityId


@dataclass
class Pending:
    """Changes in order, and of everything else only the latest state."""

    changes: deque[Change] = field(default_factory=deque)
    amendments: deque[Amendment] = field(default_factory=deque)
    records: dict[EntityId, tuple[AnyRecord | None, datetime]] = field(default_factory=dict)  # None: it is gone
    contacts: dict[str, datetime] = field(default_factory=dict)  # endpoint → when it answered last
    labels: dict[EntityId, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return (
            len(self.changes) + len(self.amendments) + len(self.records) + len(self.contacts) + len(self.labels)
        )  # fmt: skip


def split(pending: Pending, rows: int) -> tuple[Pending, Pending]:
    """At most `rows` of each kind, the oldest, and the rest (`pending` itself, shortened)."""
    batch = Pending(
        changes=deque(pending.changes.popleft() for _ in range(min(rows, len(pending.changes)))),
        amendments=deque(pending.amendments.popleft() for _ in range(min(rows, len(pending.amendments)))),
        records=_first(pending.records, rows),
        contacts=_first(pending.contacts, rows),
        labels=_first(pending.labels, rows),
    )
    return batch, pending


def joined(older: Pending, newer: Pending) -> Pending:
    """Both, where the newer state of a thing holds."""
    return Pending(
        changes=older.changes + newer.changes,
        amendments=older.amendments + newer.amendments,
        records=older.records | newer.records,
        contacts=older.contacts | newer.contacts,
        labels=older.labels | newer.labels,
    )


def _first[K, V](mapping: MutableMapping[K, V], count: int) -> dict[K, V]:
    keys = [key for key, _ in zip(mapping, range(count), strict=False)]
    return {key: mapping.pop(key) for key in keys}
