"""What is drawn of a course: lanes one below the other, with spans and marks over time. Nothing here draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from PySide6.QtCore import QObject

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Change
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Host, HostState, Network, Power, to_builtins
from vmi_console.gui.findings.looks import SEVERITY, worst_first
from vmi_console.gui.quarantine.looks import STAGE
from vmi_console.gui.states import HOST, POWER
from vmi_console.gui.theme import Tone
from vmi_console.gui.timeline.course import Course
from vmi_console.gui.timeline.telling import Sort, Telling
from vmi_console.gui.wording import Wording
from vmi_console.plain_text import visible
from vmi_console.policy.findings import Finding, Stage
from vmi_console.review.timeline import What

MOST_CARDS = 3
MOST_ROWS = 5
"""Of findings beside each other; what finds no place is counted in the last row."""


class Style(Enum):
    """How a span is drawn: as strong as what it says."""

    STRONG = "strong"
    SOFT = "soft"
    EMPTY = "empty"  # an outline


@dataclass(frozen=True)
class Span:
    """Something that was so from one time to another (seconds since 1970)."""

    since: float
    until: float
    text: str  # made harmless
    tone: Tone
    style: Style
    icon: str = ""
    key: str = ""  # of the happening with which it began; empty: that is not known
    ending: str = ""  # of the one that ended it, where that is one of its own


@dataclass(frozen=True)
class Mark:
    """Something that happened."""

    at: float
    key: str
    icon: str
    tone: Tone
    not_before: float | None = None  # after a gap: it happened at some time since then


@dataclass(frozen=True)
class Lane:
    """`rows` of spans below each other; marks stand in the first one. `said` is what there is to say without any."""

    title: str
    rows: tuple[tuple[Span, ...], ...] = ((),)
    marks: tuple[Mark, ...] = ()
    said: str = ""


@dataclass
class _Row:
    """Findings beside each other that do not overlap."""

    spans: list[Span] = field(default_factory=list)
    until: float = float("-inf")


type Values = dict[str, Any]


class Lanes(QObject):
    """Makes the lanes of one entity at a time."""

    def __init__(self, wording: Wording, telling: Telling) -> None:
        super().__init__()
        self._wording = wording
        self._telling = telling

    def of(self, course: Course, record: AnyRecord | None, now: datetime) -> tuple[Lane, ...]:
        """All lanes that have something to say."""
        begin = self._begin(course)
        made: list[Lane] = []
        for title, paths, present, drawn in self._bands(record, course):
            spans = tuple(self._band(course, paths, present, drawn, begin, now.timestamp()))
            if spans or record is not None:
                said = "" if spans else self._since_unknown(drawn(present)[0])
                made.append(Lane(title, (spans,), said=said))
        made.append(self._changes(course))
        if (findings := self._findings(course, now.timestamp())) is not None:
            made.append(findings)
        if decisions := self._marks(course, Sort.DECISION):
            made.append(Lane(self.tr("Decisions"), marks=decisions))
        if (quarantine := self._quarantine(course, now.timestamp())) is not None:
            made.append(quarantine)
        return tuple(made)

    def _begin(self, course: Course) -> float | None:
        """Since when what was so is known."""
        if course.more and course.loaded_from is not None:
            return course.loaded_from.timestamp()
        if course.known_since is not None:
            return course.known_since.timestamp()
        return course.happenings[-1].at.timestamp() if course.happenings else None

    def _since_unknown(self, what: str) -> str:
        return self.tr("{0}; nobody recorded since when").format(what) if what else ""

    # --- bands ----------------------------------------------------------------------------------------------------

    def _bands(
        self, record: AnyRecord | None, course: Course
    ) -> Iterator[tuple[str, tuple[str, ...], Values, Callable[[Values], tuple[str, Tone, Style, str]]]]:
        """Title, the properties that it follows, what they are now, and how that looks."""
        match record:
            case VM():
                yield self.tr("Power"), ("power",), {"power": record.power.value}, self._power
                yield self.tr("Host"), ("host",), {"host": record.host}, self._place
                for nic in record.nics[:MOST_CARDS]:
                    title = visible(nic.label, 24) or self.tr("NIC {0}").format(visible(nic.key, 12))
                    prefix = f"nics[{nic.key}]"
                    paths = f"{prefix}.network", f"{prefix}.vlan", prefix
                    present = {paths[0]: nic.network, paths[1]: to_builtins(nic.vlan)}
                    yield title, paths, present, self._card
            case Host():
                yield self.tr("State"), ("state",), {"state": record.state.value}, self._host_state
                yield self.tr("Cluster"), ("cluster",), {"cluster": record.cluster}, self._place
            case Network():
                yield self.tr("VLAN"), ("vlan",), {"vlan": to_builtins(record.vlan)}, self._vlan
            case _:
                return

    def _band(
        self,
        course: Course,
        paths: tuple[str, ...],
        present: Values,
        drawn: Callable[[Values], tuple[str, Tone, Style, str]],
        begin: float | None,
        now: float,
    ) -> Iterator[Span]:
        changes = [
            each
            for each in reversed(course.happenings)
            if each.change is not None
            and each.change.entity == course.entity
            and (each.change.path in paths or not each.change.path)
        ]
        values: Values | None = dict(present)
        for each in reversed(changes):  # what was so at the beginning
            values = _undone(each.change, values, paths, present)
        since, key = begin, ""
        for place, each in enumerate(changes):
            at = each.at.timestamp()
            together = place + 1 < len(changes) and changes[place + 1].at == each.at
            if values is not None and since is not None and at > since:
                yield self._span(since, at, values, drawn, key)
            values = _done(each.change, values, paths, present)
            if since is None or at > since or not together:
                since, key = at, each.key
        if values is not None and since is not None and now > since:
            yield self._span(since, now, values, drawn, key)

    def _span(
        self,
        since: float,
        until: float,
        values: Values,
        drawn: Callable[[Values], tuple[str, Tone, Style, str]],
        key: str,
    ) -> Span:
        text, tone, style, icon = drawn(values)
        return Span(since, until, text, tone, style, icon, key)

    def _power(self, values: Values) -> tuple[str, Tone, Style, str]:
        try:
            power = Power(values["power"])
        except ValueError:
            power = Power.UNKNOWN
        look = POWER[power]
        style = {Power.ON: Style.SOFT, Power.OFF: Style.EMPTY, Power.UNKNOWN: Style.EMPTY}.get(power, Style.SOFT)
        return look.word, look.tone, Style.STRONG if power is Power.CRASHED else style, look.icon

    def _host_state(self, values: Values) -> tuple[str, Tone, Style, str]:
        try:
            look = HOST[HostState(values["state"])]
        except ValueError:
            return visible(str(values["state"]), 40), Tone.MUTED, Style.EMPTY, ""
        return look.word, look.tone, Style.SOFT, look.icon

    def _place(self, values: Values) -> tuple[str, Tone, Style, str]:
        (place,) = values.values()
        name = self._wording.name(EntityId(place)) if place is not None else self._wording.none()
        return name, Tone.PLAIN, Style.SOFT if place is not None else Style.EMPTY, ""

    def _card(self, values: Values) -> tuple[str, Tone, Style, str]:
        network, vlan = (values.get(path) for path in list(values)[:2])
        parts = [self._wording.value(network) if network else "", self._vlan_text(vlan)]
        text = " · ".join(filter(None, parts))
        return text or self._wording.none(), Tone.PLAIN, Style.SOFT if text else Style.EMPTY, ""

    def _vlan(self, values: Values) -> tuple[str, Tone, Style, str]:
        text = self._vlan_text(values["vlan"])
        return text or self._wording.value(None), Tone.PLAIN, Style.SOFT if text else Style.EMPTY, ""

    def _vlan_text(self, vlan: Any) -> str:
        if not isinstance(vlan, dict):
            return ""
        text = self._wording.value(vlan)
        return text if vlan.get("mode") == "none" else self.tr("VLAN {0}").format(text)

    # --- what happened --------------------------------------------------------------------------------------------

    def _changes(self, course: Course) -> Lane:
        marks = self._marks(course, Sort.CONFIGURATION, Sort.INSIDE, Sort.COMING)
        said = "" if marks or course.more else self.tr("none recorded")
        return Lane(self.tr("Changes"), marks=marks, said=said)

    def _marks(self, course: Course, *sorts: Sort) -> tuple[Mark, ...]:
        marks = []
        for each in course.happenings:
            if self._telling.sort(each) in sorts:
                look = self._telling.look(each)
                not_before = each.change.not_before if each.change is not None else None
                since = not_before.timestamp() if not_before is not None else None
                marks.append(Mark(each.at.timestamp(), each.key, look.icon, look.tone, since))
        return tuple(marks)

    def _findings(self, course: Course, now: float) -> Lane | None:
        """The worst take the first rows; more than find a place are counted in the last."""
        ordered = worst_first(course.findings.values())
        if not ordered:
            return None
        ended = {(each.finding.id, each.what): each.key for each in course.happenings if each.finding is not None}
        rows: list[_Row] = []
        left: list[Finding] = []
        for finding in ordered:
            since = finding.opened_at.timestamp()
            until = finding.resolved_at.timestamp() if finding.resolved_at is not None else now
            row = next(
                (row for row in rows if all(one.until <= since or one.since >= until for one in row.spans)), None
            )
            if row is None and len(rows) < MOST_ROWS:
                rows.append(row := _Row())
            if row is None:
                left.append(finding)
                continue
            look = SEVERITY[finding.severity]
            calm = finding.stage in (Stage.WAIVED, Stage.RESOLVED)
            row.spans.append(
                Span(
                    since,
                    until,
                    self._telling.finding(finding),
                    Tone.MUTED if finding.stage is Stage.WAIVED else look.tone,
                    Style.SOFT if calm else Style.STRONG,
                    look.icon,
                    ended.get((finding.id, What.OPENED), ""),
                    ended.get((finding.id, What.RESOLVED), ""),
                )
            )
        said = self.tr("%Ln finding(s) more", "", len(left)) if left else ""
        title = self.tr("Findings")
        return Lane(title, tuple(tuple(sorted(row.spans, key=lambda each: each.since)) for row in rows), said=said)

    def _quarantine(self, course: Course, now: float) -> Lane | None:
        steps = [each for each in reversed(course.happenings) if each.step is not None]
        if not steps and course.held is None:
            return None
        spans: list[Span] = []
        stage, key = (course.held.stage, "") if course.held is not None else (None, "")
        since = course.loaded_from.timestamp() if course.loaded_from is not None else now
        turns = [
            (each.at.timestamp(), each.step.stage, each.key) for each in steps if each.step and not each.step.noticed
        ]
        for at, following, of in (*turns, (now, None, "")):
            if stage is not None and not stage.is_closed and at > since:
                look = STAGE[stage]
                style = Style.STRONG if stage.counts else Style.SOFT
                spans.append(Span(since, at, look.word, look.tone, style, look.icon, key))
            stage, since, key = following, at, of
        marks = tuple(
            Mark(each.at.timestamp(), each.key, self._telling.look(each).icon, self._telling.look(each).tone)
            for each in steps
            if each.step is not None and (each.step.noticed or each.step.stage.is_closed)
        )
        return Lane(self.tr("Quarantine"), (tuple(spans),), marks)


def _done(change: Change | None, values: Values | None, paths: Sequence[str], present: Values) -> Values | None:
    """What the properties are after a change; None: the whole is not there."""
    assert change is not None
    if not change.path:
        if change.action is Action.REMOVED:
            return None
        return _read(change.after, present) if values is None else values
    if change.path in present:
        return {**(values or present), change.path: change.after}
    return _part(change.after, paths, present)


def _undone(change: Change | None, values: Values | None, paths: Sequence[str], present: Values) -> Values | None:
    """What they were before it."""
    assert change is not None
    if not change.path:
        if change.action is Action.ADDED:
            return None
        return _read(change.before, present)
    if change.path in present:
        return {**(values or present), change.path: change.before}
    return _part(change.before, paths, present)


def _read(whole: Any, present: Values) -> Values:
    """The properties of a whole entity; those of its parts are told by themselves."""
    if not isinstance(whole, dict):
        return dict(present)
    return {path: whole.get(path, now) if "[" not in path else now for path, now in present.items()}


def _part(part: Any, paths: Sequence[str], present: Values) -> Values | None:
    """The properties of a part that came or went as a whole."""
    if not isinstance(part, dict):
        return None
    return {path: part.get(path.rpartition(".")[2]) for path in paths if path in present}


def bounds(lanes: Iterable[Lane]) -> tuple[float, float] | None:
    """From the first to the last of all that is drawn."""
    times = [
        time
        for lane in lanes
        for time in (
            *(mark.at for mark in lane.marks),
            *(edge for row in lane.rows for span in row for edge in (span.since, span.until)),
        )
    ]
    return (min(times), max(times)) if times else None
