"""The lines of the table of findings: what one says, what it is sorted and looked for by, and how lines are grouped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from PySide6.QtCore import QObject

from vmi_console.estate.identity import EntityId
from vmi_console.gui.findings.looks import SEVERITY, STAGE
from vmi_console.gui.replica import Replica
from vmi_console.gui.tree.forest import natural
from vmi_console.gui.wording import UNKNOWN, Wording, clock
from vmi_console.plain_text import visible
from vmi_console.policy.findings import Finding, Stage
from vmi_console.policy.judgement import Severity, Verdict

MOST_EVIDENCE = 300


class Column(IntEnum):
    """The columns, in their order."""

    SEVERITY = 0
    VM = 1
    EVIDENCE = 2
    RULE = 3
    SINCE = 4
    WHO = 5
    STAGE = 6


class Grouping(StrEnum):
    """What findings are put together by."""

    NONE = "none"
    VM = "vm"
    POLICY = "policy"
    CAUSE = "cause"


@dataclass(frozen=True)
class Sieve:
    """Which findings are wanted."""

    words: tuple[str, ...] = ()
    least: Severity = Severity.LOW
    waived: bool = False
    resolved: bool = False
    vms: frozenset[EntityId] | None = None  # None: of all

    def passes(self, line: Line, haystack: Callable[[Finding], str]) -> bool:
        """Whether a line is wanted; `haystack` says what its words are looked for in."""
        finding = line.finding
        if finding.severity not in _AT_LEAST[self.least]:
            return False
        if finding.stage is Stage.WAIVED and not self.waived:
            return False
        if finding.stage is Stage.RESOLVED and not self.resolved:
            return False
        if self.vms is not None and finding.vm not in self.vms:
            return False
        if not self.words:
            return True
        line.haystack = line.haystack or haystack(finding)
        return all(word in line.haystack for word in self.words)


_AT_LEAST = {least: frozenset(one for one in Severity if one.rank >= least.rank) for least in Severity}


class Line:
    """A finding in the table; it keeps its identity while the finding changes."""

    __slots__ = ("finding", "haystack", "key")

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        self.key: tuple[object, ...] = ()
        self.haystack = ""


class Group:
    """A heading above findings that have something in common."""

    __slots__ = ("count", "key", "title", "worst")

    def __init__(self, key: str) -> None:
        self.key = key
        self.title = ""
        self.count = 0
        self.worst = Severity.LOW


type Row = Line | Group

_URGENCY = {severity: -severity.rank for severity in Severity}
_STAGES = {stage: number for number, stage in enumerate(Stage)}


def key_of(finding: Finding, column: Column) -> tuple[object, ...]:
    """What a finding is sorted by; the worst first, then the newest, decide between equals."""
    newest = -finding.opened_at.timestamp()
    match column:
        case Column.SEVERITY:
            return (_URGENCY[finding.severity], newest, finding.id)
        case Column.VM:
            return (natural(finding.vm_name), _URGENCY[finding.severity], newest, finding.id)
        case Column.EVIDENCE:
            return (finding.evidence.casefold(), newest, finding.id)
        case Column.RULE:
            return (natural(finding.policy), natural(finding.title), _URGENCY[finding.severity], newest, finding.id)
        case Column.SINCE:
            return (newest, finding.id)
        case Column.WHO:
            return (finding.actor is None, (finding.actor or "").casefold(), newest, finding.id)
        case Column.STAGE:
            return (_STAGES[finding.stage], _URGENCY[finding.severity], newest, finding.id)


class FindingWords(QObject):
    """What lines and headings say."""

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wording = Wording(replica)
        self._replica = replica

    def vm(self, finding: Finding) -> str:
        """The name of the VM now, or as it was when the finding was made."""
        record = self._replica.records.get(finding.vm)
        return visible(record.name if record is not None else finding.vm_name, 120) or self.tr("(no name)")

    def evidence(self, finding: Finding) -> str:
        """What the VM has and what is allowed; where nobody can tell now, why."""
        told = visible(finding.evidence, MOST_EVIDENCE) or visible(finding.title, 120)
        if finding.verdict is Verdict.UNKNOWN:
            why = visible(finding.because, MOST_EVIDENCE) or self.tr("nobody can tell")
            return self.tr("{0} · now not known: {1}").format(told, why)
        return told

    def rule(self, finding: Finding) -> str:
        return f"{visible(finding.policy, 80)} · {visible(finding.title or finding.rule, 80)}"

    def who(self, finding: Finding) -> str:
        return visible(finding.actor, 60) if finding.actor else UNKNOWN

    def stage(self, finding: Finding) -> str:
        word = STAGE[finding.stage].word
        if not finding.flapping:
            return word
        if not finding.reopened:
            return self.tr("{0} · comes and goes").format(word)
        return self.tr("{0} · comes and goes, %Ln time(s)", "", finding.reopened).format(word)

    def text(self, finding: Finding, column: Column) -> str:
        match column:
            case Column.SEVERITY:
                return SEVERITY[finding.severity].word
            case Column.VM:
                return self.vm(finding)
            case Column.EVIDENCE:
                return self.evidence(finding)
            case Column.RULE:
                return self.rule(finding)
            case Column.SINCE:
                return clock(finding.opened_at)
            case Column.WHO:
                return self.who(finding)
            case Column.STAGE:
                return self.stage(finding)

    def haystack(self, finding: Finding) -> str:
        """What a filter looks into."""
        record = self._replica.records.get(finding.vm)
        name = record.name if record is not None else finding.vm_name
        words = f"{SEVERITY[finding.severity].word}\n{STAGE[finding.stage].word}\n{finding.rule}\n{finding.check}"
        told = f"{finding.evidence}\n{finding.because}\n{finding.policy}\n{finding.title}\n{finding.actor or ''}"
        return f"{name}\n{words}\n{told}".casefold()

    def cause(self, finding: Finding) -> str:
        """The change behind it in one line."""
        origin = finding.origin
        if origin is None:
            return self.tr("No change behind them is known")
        what = f"{visible(origin.name, 80)} · {self._property(origin.path)}"
        at = clock(origin.occurred_at or origin.observed_at)
        who = visible(origin.actor, 60) if origin.actor else self.tr("by whom is not known")
        return " · ".join((what, at, who))

    def _property(self, path: str) -> str:
        return self._wording.field(path.rpartition(".")[2].partition("[")[0]) if path else self.tr("appeared")

    def group_of(self, finding: Finding, grouping: Grouping) -> str:
        """What findings of one group have in common: a key."""
        match grouping:
            case Grouping.VM:
                return finding.vm
            case Grouping.POLICY:
                return finding.policy
            case Grouping.CAUSE:
                return f"change/{finding.origin.number}" if finding.origin is not None else ""
            case Grouping.NONE:
                return ""

    def heading(self, finding: Finding, grouping: Grouping) -> str:
        """What stands above a group; any finding of it will do."""
        match grouping:
            case Grouping.VM:
                return self.vm(finding)
            case Grouping.POLICY:
                return visible(finding.policy, 120)
            case Grouping.CAUSE:
                return self.cause(finding)
            case Grouping.NONE:
                return ""
