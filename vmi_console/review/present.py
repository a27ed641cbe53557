"""A living estate as a moment, and a moment's records with the indexes of a living estate."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Self

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Change
from vmi_console.estate.facts import SoftwareImage
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Applied, Inventory
from vmi_console.policy.decisions import KeptRecord
from vmi_console.policy.documents import Document
from vmi_console.policy.findings import Finding
from vmi_console.policy.folder import PolicyFolder
from vmi_console.policy.reading import Unreadable, read_file
from vmi_console.response.quarantine import Quarantine
from vmi_console.review.moment import Moment, PolicyFile

INDEXED_AT_ONCE = 100


class Still(Inventory):
    """Records exactly as they were kept, indexed; whatever followed from networks and labels was worked out then."""

    def __init__(self, records: Iterable[AnyRecord]) -> None:
        super().__init__(itertools.count(1).__next__)
        for record in in_order(records):
            self._hold(record)

    @classmethod
    def begun(cls, records: Iterable[AnyRecord]) -> tuple[Self, Iterator[None]]:
        """The same, where only all records are known, by id and by kind; anything else when all steps were taken."""
        still = cls(())
        held = in_order(records)
        for record in held:
            still._records[record.id] = record
            still._of[type(record)][record.id] = record

        def steps() -> Iterator[None]:
            for some in itertools.batched(held, INDEXED_AT_ONCE):
                for record in some:
                    still._index(None, record)
                yield

        return still, steps()

    def become(self, records: Iterable[AnyRecord], gone: Iterable[EntityId]) -> Applied:
        """Takes these as they were at another time, and those away that were not there then; gives what differs."""
        removed, others = [], []
        for entity in gone:
            if (held := self.get(entity)) is not None:
                self._release(held)
                removed.append(entity)
        for record in records:
            if record != self.get(record.id):
                self._hold(record)
                others.append(record)
        return Applied(tuple(others), tuple(removed))


def in_order(records: Iterable[AnyRecord]) -> list[AnyRecord]:
    """The same records, software images before the guests that are based on them."""
    return sorted(records, key=lambda record: not isinstance(record, SoftwareImage))


def moment_of(
    records: Iterable[AnyRecord],
    at: datetime,
    *,
    findings: Iterable[Finding] = (),
    decisions: Iterable[KeptRecord] = (),
    policies: Iterable[PolicyFile] = (),
    quarantines: Iterable[Quarantine] = (),
    changes: Iterable[Change] = (),
    changes_since: datetime | None = None,
    title: str = "",
    source: str = "",
) -> Moment:
    """The moment `at`, of what an engine or a command knows then."""
    return Moment(
        at=at,
        records=tuple(records),
        findings=tuple(findings),
        decisions=tuple(decisions),
        policies=tuple(policies),
        quarantines=tuple(quarantines),
        changes=tuple(changes),
        changes_since=changes_since,
        title=title,
        source=source,
    )


def policy_files(folder: PolicyFolder) -> tuple[PolicyFile, ...]:
    """The texts of a folder's documents that can be read. Blocks while it reads."""
    return tuple(_texts(folder, folder.documents))


def _texts(folder: PolicyFolder, documents: Iterable[Document]) -> Iterable[PolicyFile]:
    for one in documents:
        try:
            yield PolicyFile(name=one.file, text=read_file(folder.path / one.file, one.file))
        except Unreadable:
            continue
