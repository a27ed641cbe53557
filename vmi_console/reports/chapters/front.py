"""The beginning of a report: what it is about, what must be said of it first, and the figures that matter most."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from vmi_console.estate.records import Connection, Power, State
from vmi_console.policy.judgement import Severity
from vmi_console.policy.scores import Score
from vmi_console.reports.chapters.bounds import MOST_REASONS
from vmi_console.reports.chapters.phrases import many, name, percent, saying, when
from vmi_console.reports.compliance import open_by_severity
from vmi_console.reports.content import Note, Tile, Tone
from vmi_console.reports.subject import Subject
from vmi_console.response.quarantine import Stage


def facts(subject: Subject) -> Iterable[tuple[str, str]]:
    """What it is about, and from when."""
    moment = subject.moment
    yield "As it was at", f"{when(moment.at)} UTC"
    yield "VMs", f"{subject.scope}" if not subject.is_whole else "everything that is known"
    if moment.selection:
        yield "Snapshot of", saying(moment.selection)
    if moment.changes_since is not None:
        yield "Changes since", f"{when(moment.changes_since)} UTC"
    if moment.source:
        yield "Made by", saying(moment.source)


def notes(subject: Subject) -> Iterable[Note]:
    """What whoever reads it must know first."""
    moment = subject.moment
    if moment.redacted:
        yield Note("Names, addresses and users were replaced: this report can be shared.", Tone.ACCENT)
    for lack in moment.lacks[:MOST_REASONS]:
        yield Note(f"Not known: {saying(lack)}", Tone.UNKNOWN)
    old = [each for each in subject.estate.of(Connection) if each.health.state not in (State.LIVE, State.DEGRADED)]
    if old and not moment.lacks:
        names = ", ".join(name(each.name) for each in old[:5]) + (" and others" if len(old) > 5 else "")
        yield Note(f"Not heard of at that time, so that what is told of it may be older: {names}.", Tone.WARNING)
    if subject.compliance.problems:
        told = many(subject.compliance.problems, "mistake")
        yield Note(f"The policy documents have {told}: documents with mistakes are not judged by.", Tone.BAD)


def tiles(subject: Subject) -> Iterable[Tile]:
    """The figures that matter most."""
    running = sum(vm.power is Power.ON for vm in subject.vms)
    yield Tile("Virtual machines", f"{len(subject.vms):,}", f"{running:,} running")
    score = subject.compliance.score
    note = f"{percent(score.coverage_percent)} of it can be told" if score.total else "no policies"
    yield Tile("Compliance", percent(score.percent), note, _tone(score))
    severities = open_by_severity(subject.findings)
    worst = severities[Severity.CRITICAL] + severities[Severity.HIGH]
    found = sum(severities.values())
    yield Tile(
        "Open findings", f"{found:,}", f"{worst:,} critical or high", Tone.BAD if worst else _good_where(not found)
    )
    held = [each for each in subject.quarantines if each.stage.counts]
    leaking = sum(each.stage is not Stage.ISOLATED for each in held)
    yield Tile(
        "In quarantine",
        f"{len(held):,}",
        f"{leaking:,} not wholly closed" if held else "nobody",
        Tone.BAD if leaking else Tone.PLAIN,
    )
    if subject.moment.changes_since is None:
        yield Tile("Changes", "–", "no period was asked for", Tone.MUTED)
    else:
        days = max(1, round((subject.at - subject.moment.changes_since) / timedelta(days=1)))
        yield Tile("Changes", f"{len(subject.changes):,}", f"in {many(days, 'day')}")


def _tone(score: Score) -> Tone:
    if score.percent is None:
        return Tone.UNKNOWN
    if score.failed > score.waived:
        return Tone.BAD if score.percent < 90 else Tone.WARNING
    return Tone.GOOD if not score.unknown else Tone.UNKNOWN


def _good_where(so: bool) -> Tone:
    return Tone.GOOD if so else Tone.PLAIN
