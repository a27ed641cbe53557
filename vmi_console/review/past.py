"""The estate at any time that the history has seen, and steps from one time to another."""

from __future__ import annotations

from datetime import datetime

import msgspec

from vmi_console.estate.catalog import SCHEMA_VERSION, AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.history.pending import Encoded
from vmi_console.history.reader import Moved, PastState, Reader
from vmi_console.policy.decisions import KeptRecord
from vmi_console.policy.findings import Finding, Stage
from vmi_console.response.quarantine import Case, Quarantine
from vmi_console.review.moment import Moment
from vmi_console.review.present import moment_of

SHOWN_DECISIONS = ("armed", "baseline", "acknowledgement", "waiver")
"""Kinds of decisions that are part of a moment; the others are about this console."""

_kept: msgspec.msgpack.Decoder[KeptRecord] = msgspec.msgpack.Decoder(KeptRecord)
_case = msgspec.msgpack.Decoder(Case)


def moment_at(reader: Reader, at: datetime, *, changes_since: datetime | None = None) -> Moment:
    """The estate as it was then, with the changes from `changes_since` on. Blocks. Raises `StorageError`.

    Policies as they were then are not recorded.
    """
    return _moment(reader, at, reader.records_at(at), changes_since)


def _moment(reader: Reader, at: datetime, records: list[AnyRecord], changes_since: datetime | None) -> Moment:
    return moment_of(
        records,
        at,
        findings=findings_at(reader, at),
        decisions=decisions_at(reader, at),
        quarantines=quarantines_at(reader, at),
        changes=() if changes_since is None else reader.changes(changes_since, at),
        changes_since=changes_since,
    )


def findings_at(reader: Reader, at: datetime) -> list[Finding]:
    """The findings that were not resolved then. What became of them later is not in them."""
    decoded = (kept_record(each.encoded) for each in reader.findings_at(at))
    return [_as_at(each, at) for each in decoded if isinstance(each, Finding)]


def decisions_at(reader: Reader, at: datetime) -> list[KeptRecord]:
    """What people had decided about findings, policies and baselines then."""
    decided = (kept_record(each) for (kind, _), each in reader.decisions_at(at).items() if kind in SHOWN_DECISIONS)
    return [each for each in decided if each is not None]


def quarantines_at(reader: Reader, at: datetime) -> list[Quarantine]:
    """The quarantines that were under way then."""
    latest: dict[str, tuple[PastState, Quarantine]] = {}
    for state in reader.states(at):
        quarantine = quarantine_of(state)
        if quarantine is not None and (state.at or quarantine.since) <= at:
            latest[state.subject] = state, quarantine
    return [quarantine for state, quarantine in latest.values() if not state.closed]


def quarantine_of(state: PastState) -> Quarantine | None:
    """The quarantine of a state of the journal; None where this console cannot read it."""
    try:
        return _case.decode(state.content).quarantine
    except ValueError:
        return None


class Journey:
    """Goes from one time to another, reading only what moved in between. Blocks. Raises `StorageError`."""

    def __init__(self, reader: Reader, at: datetime) -> None:
        self._reader = reader
        self._records: dict[EntityId, AnyRecord] = {record.id: record for record in reader.records_at(at)}
        self.at = at

    def go(self, at: datetime) -> Moved:
        """Goes to a time; gives what is another there."""
        moved = self._reader.moved(self.at, at)
        for entity in moved.gone:
            self._records.pop(entity, None)
        for record in moved.records:
            self._records[record.id] = record
        self.at = at
        return moved

    def moment(self, *, changes_since: datetime | None = None) -> Moment:
        """The estate at the time gone to."""
        return _moment(self._reader, self.at, list(self._records.values()), changes_since)


def _as_at(finding: Finding, at: datetime) -> Finding:
    """A finding without what happened to it after a time, as far as it says when."""
    if finding.resolved_at is not None and finding.resolved_at > at:
        finding = msgspec.structs.replace(finding, resolved_at=None, ending=None)
    if finding.acknowledged is not None and finding.acknowledged.at > at:
        finding = msgspec.structs.replace(finding, acknowledged=None)
    if finding.stage is Stage.RESOLVED or (finding.stage is Stage.ACKNOWLEDGED and finding.acknowledged is None):
        stage = Stage.OPEN if finding.acknowledged is None else Stage.ACKNOWLEDGED
        finding = msgspec.structs.replace(finding, stage=stage)
    return finding


def kept_record(encoded: Encoded) -> KeptRecord | None:
    """What is kept of policies, decoded; None where this console cannot read it."""
    if encoded.schema > SCHEMA_VERSION:
        return None
    try:
        return _kept.decode(encoded.record)
    except ValueError:
        return None
