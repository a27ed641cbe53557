"""What happened to one entity, page by page, the newest first: changes, findings, decisions, quarantine.

Out of the history database, or out of a moment with the span of changes that it has.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from vmi_console.estate.changes import Change
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.history.reader import Reader
from vmi_console.policy.baselines import KnownGood
from vmi_console.policy.decisions import KeptRecord
from vmi_console.policy.findings import Acknowledgement, Finding
from vmi_console.policy.joining import vm_of
from vmi_console.policy.waivers import Waiver
from vmi_console.response.audit import Entry
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.review.moment import Moment
from vmi_console.review.past import kept_record, quarantine_of

WRITTEN_WITHIN = timedelta(seconds=2)
"""Between an entry of the audit and the state that is written with it."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

_entry = msgspec.msgpack.Decoder(Entry)


class What(StrEnum):
    """What happened."""

    CHANGE = "change"
    OPENED = "finding opened"
    RESOLVED = "finding resolved"
    DECISION = "decision"
    QUARANTINE = "quarantine"


_RANKS = {each: rank for rank, each in enumerate(What)}


class DecisionKind(StrEnum):
    """What somebody decided."""

    ACKNOWLEDGED = "acknowledged"
    WAIVED = "waived"
    ACCEPTED = "accepted as known to be good"


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision of somebody, or that it was taken back. Texts are untrusted."""

    key: str  # what it is known by
    kind: DecisionKind
    about: str  # the finding's title, the waived rule, the baseline
    note: str = ""
    until: datetime | None = None  # of a waiver
    taken_back: bool = False


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A quarantine that came to another stage, or (with `noticed`) something that befell it. Texts are untrusted."""

    quarantine: str  # its id
    stage: Stage
    reason: str = ""
    noticed: str = ""


class Happening(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened; one of the last four fields says what. `by` is untrusted."""

    at: datetime  # by our clock
    what: What
    by: str | None = None
    change: Change | None = None
    finding: Finding | None = None
    decision: Decision | None = None
    step: Step | None = None

    @property
    def key(self) -> str:
        """What it is known by for good: the same happening asked for again has the same."""
        if self.change is not None:
            return f"change {self.change.number}"
        if self.finding is not None:
            return f"{self.what.value} {self.finding.id} {self.at.timestamp()}"
        if self.decision is not None:
            return f"decision {self.decision.key} {self.at.timestamp()} {self.decision.taken_back}"
        assert self.step is not None
        return f"step {self.step.quarantine} {self.at.timestamp()} {self.step.stage.value} {self.step.noticed}"


class Timeline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page: everything from `since` on and before `until`.

    `more` says that there is more before `since`, of what was asked for; the next page is until `since`.
    """

    entity: EntityId
    since: datetime
    until: datetime
    happenings: tuple[Happening, ...] = ()  # the newest first
    findings: tuple[Finding, ...] = ()  # that were open at some time of the page
    held: Step | None = None  # the stage of its quarantine at `since`
    more: bool = False
    known_since: datetime | None = None  # when its states began to be recorded, where they are
    recorded_since: datetime | None = None  # where the past begins at all


def timeline_of(reader: Reader, entity: EntityId, since: datetime, until: datetime, most: int) -> Timeline:
    """A page out of the history, of at least `most` happenings where there are so many. Blocks. Raises `StorageError`.

    What is of one time is never parted.
    """
    events = reader.timeline(entity, since, until, most + 1)
    more = len(events) > most
    begin = events[most - 1].at if more else since
    happenings = [_change(event.what) for event in events if isinstance(event.what, Change)]
    findings = _findings(reader, entity, begin, until)
    happenings += _of_findings(findings, happenings)
    steps: list[Happening] = []
    if kind_of(entity) == "vm":
        happenings += _decisions(_decided(reader, entity), _findings(reader, entity, LONG_AGO, until), entity)
        steps = list(_steps(reader, entity, until))
    span = reader.span()
    return Timeline(
        entity=entity,
        since=begin,
        until=until,
        happenings=_between(happenings + steps, begin, until),
        findings=tuple(findings),
        held=_held(steps, begin),
        more=more,
        known_since=reader.known_since(entity),
        recorded_since=span.first if span is not None else None,
    )


def timeline_in(moment: Moment, entity: EntityId, since: datetime, until: datetime, most: int) -> Timeline:
    """The same out of a moment, with as much of the past as it has."""
    findings = [finding for finding in moment.findings if finding.vm == entity]
    decided = [
        _Decided(each.at, _key_of(each), each)
        for each in moment.decisions
        if isinstance(each, Acknowledgement | Waiver | KnownGood)
    ]
    steps = [
        Happening(at=each.since, what=What.QUARANTINE, by=each.by or None, step=_step(each))
        for each in moment.quarantines
        if each.vm == entity
    ]
    happenings = [_change(change) for change in moment.changes if entity in (change.entity, vm_of(change.entity))]
    happenings += [*_of_findings(findings, happenings), *_decisions(decided, findings, entity), *steps]
    told = _between(happenings, since, until)
    more = len(told) > most
    begin = told[most - 1].at if more else since
    return Timeline(
        entity=entity,
        since=begin,
        until=until,
        happenings=_between(told, begin, until),
        findings=tuple(
            each for each in findings if each.opened_at < until and not (each.resolved_at and each.resolved_at < begin)
        ),
        held=_held(steps, begin),
        more=more,
        known_since=moment.changes_since,
        recorded_since=moment.changes_since,
    )


def _between(happenings: Iterable[Happening], since: datetime, until: datetime) -> tuple[Happening, ...]:
    """Those of a span of time, the newest first; of one time, what came of something before it."""
    told = (each for each in happenings if since <= each.at < until)
    return tuple(sorted(told, key=lambda each: (each.at, _RANKS[each.what], _number(each)), reverse=True))


def _number(happening: Happening) -> int:
    return happening.change.number if happening.change is not None else 0


# --- changes and findings -----------------------------------------------------------------------------------------


def _change(change: Change) -> Happening:
    return Happening(at=change.observed_at, what=What.CHANGE, by=change.actor, change=change)


def _findings(reader: Reader, vm: EntityId, since: datetime, until: datetime) -> list[Finding]:
    decoded = (kept_record(kept.encoded) for kept in reader.findings_of(vm, since, until))
    return [each for each in decoded if isinstance(each, Finding)]


def _of_findings(findings: Iterable[Finding], changes: Iterable[Happening]) -> list[Happening]:
    told = []
    behind = [each.change for each in changes if each.change is not None]
    for finding in findings:
        by = _opener(finding, behind)
        told.append(Happening(at=finding.opened_at, what=What.OPENED, by=by, finding=finding))
        if finding.resolved_at is not None:
            told.append(Happening(at=finding.resolved_at, what=What.RESOLVED, finding=finding))
    return told


def _opener(finding: Finding, changes: Iterable[Change]) -> str | None:
    """Who made the change that opened a finding: it names the one behind its present evidence, which may be later."""
    origin = finding.origin
    if origin is not None and origin.observed_at <= finding.opened_at:
        return origin.actor
    spoke = [each for each in changes if each.path in finding.paths and each.observed_at <= finding.opened_at]
    return max(spoke, key=lambda each: each.number).actor if spoke else None


# --- decisions ----------------------------------------------------------------------------------------------------


class _Decided(NamedTuple):
    """Something that was decided at a time; None: what had been decided was taken back."""

    at: datetime
    key: str
    record: KeptRecord | None


def _decided(reader: Reader, vm: EntityId) -> Iterator[_Decided]:
    for each in reader.decisions_about(vm):
        record = kept_record(each.encoded) if each.encoded is not None else None
        if record is not None or each.encoded is None:
            at = record.at if isinstance(record, Acknowledgement | Waiver | KnownGood) else each.at
            yield _Decided(at, each.key, record)


def _key_of(decision: Acknowledgement | Waiver | KnownGood) -> str:
    match decision:
        case Acknowledgement(finding=key) | Waiver(id=key):
            return key
        case _:
            return decision.key


def _decisions(decided: Iterable[_Decided], findings: Sequence[Finding], vm: EntityId) -> Iterator[Happening]:
    """What was decided about a VM and its findings; what was decided about others too, as far as it covers them."""
    by_id = {finding.id: finding for finding in findings}
    known: dict[str, tuple[Decision, str]] = {}
    for at, key, record in decided:
        if record is None:
            if key in known and not _ended_with(by_id.get(key), at):
                decision, _ = known.pop(key)
                yield Happening(at=at, what=What.DECISION, decision=replace(decision, taken_back=True, note=""))
        elif (told := _decision(record, by_id, vm)) is not None:
            known[key] = told
            yield Happening(at=at, what=What.DECISION, by=told[1] or None, decision=told[0])


def _decision(record: KeptRecord, findings: Mapping[str, Finding], vm: EntityId) -> tuple[Decision, str] | None:
    match record:
        case Acknowledgement(finding=id) if id in findings:
            about = findings[id].title or findings[id].rule
            return Decision(key=id, kind=DecisionKind.ACKNOWLEDGED, about=about, note=record.note), record.by
        case Waiver() if record.vm == vm or any(
            record.covers(each, lambda group, member: False) for each in findings.values()
        ):
            about = " · ".join(filter(None, (record.policy, record.rule)))
            decision = Decision(
                key=record.id,
                kind=DecisionKind.WAIVED,
                about=about,
                note=record.justification,
                until=record.expires_at,
            )
            return decision, record.by
        case KnownGood() if record.vm == vm:
            return Decision(key=record.key, kind=DecisionKind.ACCEPTED, about=record.baseline), record.by
        case _:
            return None


def _ended_with(finding: Finding | None, at: datetime) -> bool:
    """Whether what was decided about a finding ended because that was resolved."""
    return finding is not None and finding.resolved_at is not None and abs(finding.resolved_at - at) <= WRITTEN_WITHIN


# --- quarantine ---------------------------------------------------------------------------------------------------


def _steps(reader: Reader, vm: EntityId, until: datetime) -> Iterator[Happening]:
    """The stages that its quarantines went through, and what befell it meanwhile; who, as far as the audit tells."""
    acts: dict[str, list[Entry]] = {}
    for content in reader.acts(mentioning=vm):
        with contextlib.suppress(msgspec.DecodeError, msgspec.ValidationError):
            entry = _entry.decode(content)
            acts.setdefault(entry.quarantine, []).append(entry)
    last: dict[str, Quarantine] = {}
    for state in reader.states(until, mentioning=vm):
        quarantine = quarantine_of(state)
        if quarantine is None or quarantine.vm != vm:
            continue
        at = state.at or quarantine.since
        before = last.get(quarantine.id)
        last[quarantine.id] = quarantine
        if before is None or before.stage is not quarantine.stage:
            act = _act_behind(acts.get(quarantine.id, ()), at)
            by = act.by if act is not None and act.by else quarantine.by
            step = _step(quarantine, act.why if act is not None else "")
            yield Happening(at=at, what=What.QUARANTINE, by=by or None, step=step)
        for noticed in quarantine.noticed[len(before.noticed) if before is not None else 0 :]:
            step = Step(quarantine=quarantine.id, stage=quarantine.stage, noticed=noticed.what)
            yield Happening(at=noticed.at, what=What.QUARANTINE, by=noticed.actor, step=step)


def _act_behind(acts: Sequence[Entry], at: datetime) -> Entry | None:
    """What was done when a state was written: the last entry until then."""
    return next((entry for entry in reversed(acts) if entry.at <= at + WRITTEN_WITHIN), None)


def _step(quarantine: Quarantine, why: str = "") -> Step:
    reason = quarantine.because or why or quarantine.reason
    return Step(quarantine=quarantine.id, stage=quarantine.stage, reason=reason)


def _held(steps: Iterable[Happening], at: datetime) -> Step | None:
    """The stage at a time; None where there was no quarantine."""
    last = None
    for each in sorted(steps, key=lambda step: step.at):
        if each.at < at and each.step is not None and not each.step.noticed:
            last = each.step
    return last if last is not None and not last.stage.is_closed else None
