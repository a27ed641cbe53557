"""What waits to be written."""

from __future__ import annotations

from collections import deque
from collections.abc import MutableMapping, Sized
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Amendment, Change
from vmi_console.estate.identity import EntityId
from vmi_console.history.revisions import Revision
from vmi_console.history.samples import Load


class Encoded(NamedTuple):
    """A record of a room above this one: its bytes, and the version of their schema."""

    record: bytes
    schema: int


class KeptFinding(NamedTuple):
    """A finding as it is kept."""

    id: str
    vm: EntityId
    opened_at: datetime
    resolved_at: datetime | None
    encoded: Encoded


type DecisionKey = tuple[str, str]
"""The kind of a decision, and what it is about."""


@dataclass
class Pending:
    """Changes, revisions and loads in order, and of everything else only the latest state."""

    changes: deque[Change] = field(default_factory=deque)
    amendments: deque[Amendment] = field(default_factory=deque)
    records: dict[EntityId, tuple[AnyRecord | None, datetime]] = field(default_factory=dict)  # None: it is gone
    revisions: deque[Revision] = field(default_factory=deque)
    samples: deque[Load] = field(default_factory=deque)
    contacts: dict[str, datetime] = field(default_factory=dict)  # endpoint → when it answered last
    labels: dict[EntityId, tuple[str, ...]] = field(default_factory=dict)
    findings: dict[str, KeptFinding] = field(default_factory=dict)
    decisions: dict[DecisionKey, Encoded | None] = field(default_factory=dict)  # None: it was taken back

    def __len__(self) -> int:
        waiting: tuple[Sized, ...] = (
            self.changes,
            self.amendments,
            self.records,
            self.revisions,
            self.samples,
            self.contacts,
            self.labels,
            self.findings,
            self.decisions,
        )
        return sum(map(len, waiting))


def split(pending: Pending, rows: int) -> tuple[Pending, Pending]:
    """At most `rows` of each kind, the oldest, and the rest (`pending` itself, shortened)."""
    batch = Pending(
        changes=_oldest(pending.changes, rows),
        amendments=_oldest(pending.amendments, rows),
        revisions=_oldest(pending.revisions, rows),
        samples=_oldest(pending.samples, rows),
        records=_first(pending.records, rows),
        contacts=_first(pending.contacts, rows),
        labels=_first(pending.labels, rows),
        findings=_first(pending.findings, rows),
        decisions=_first(pending.decisions, rows),
    )
    return batch, pending


def joined(older: Pending, newer: Pending) -> Pending:
    """Both, where the newer state of a thing holds."""
    return Pending(
        changes=older.changes + newer.changes,
        amendments=older.amendments + newer.amendments,
        revisions=older.revisions + newer.revisions,
        samples=older.samples + newer.samples,
        records=older.records | newer.records,
        contacts=older.contacts | newer.contacts,
        labels=older.labels | newer.labels,
        findings=older.findings | newer.findings,
        decisions=older.decisions | newer.decisions,
    )


def _oldest[T](waiting: deque[T], count: int) -> deque[T]:
    return deque(waiting.popleft() for _ in range(min(count, len(waiting))))


def _first[K, V](mapping: MutableMapping[K, V], count: int) -> dict[K, V]:
    keys = [key for key, _ in zip(mapping, range(count), strict=False)]
    return {key: mapping.pop(key) for key in keys}
