"""How one VM stands against the policies, as a sheet: what is open, each rule and its verdict, why it counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject

from vmi_console.gui.findings.lines import FindingWords
from vmi_console.gui.findings.looks import SEVERITY, STAGE, VERDICT, worst_first
from vmi_console.gui.panes.sheet import Card, Cell, Fact, Line, Remark, Sheet, Table
from vmi_console.gui.replica import Replica
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, clock, moment
from vmi_console.plain_text import visible
from vmi_console.policy.explanations import PolicyExplained, RuleExplained
from vmi_console.policy.findings import Ending, Finding, Stage
from vmi_console.policy.groups import Clause, Explanation
from vmi_console.policy.judgement import Verdict
from vmi_console.policy.scores import Score

CARDS = 6
HISTORY = 30
LONG = 600


def percent(share: float | None) -> str:
    """A share in words; never rounded up to all, or down to nothing."""
    if share is None:
        return UNKNOWN
    rounded = round(share)
    if rounded == 100 and share < 100:
        rounded = 99
    elif rounded == 0 and share > 0:
        rounded = 1
    return f"{rounded} %"


class Descriptions(QObject):
    """Makes sheets and tables of what the engine explained."""

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.words = FindingWords(replica, self)

    def sheet(
        self,
        told: Sequence[PolicyExplained],
        score: Score | None,
        findings: Sequence[Finding],
        groups: Sequence[Explanation] = (),
    ) -> Sheet:
        """All of one VM; `groups` are all that there are, whether it belongs to them or not."""
        concerned = [each for each in told if each.members.verdict is not False]
        remedies = {rule.finding: rule.remediation for each in told for rule in each.rules}
        unresolved = worst_first(each for each in findings if each.stage is not Stage.RESOLVED)
        return Sheet(
            figures=(*self._figures(score, findings, len(concerned), len(told)), *self._groups(groups)),
            cards=tuple(self._card(each, remedies.get(each.id, "")) for each in unresolved[:CARDS]),
            tables=(
                *(self.rules(each) for each in concerned),
                self._membership(told),
                *([self._of_groups(groups)] if groups else []),
                *self._history(findings),
            ),
        )

    def _figures(self, score: Score | None, findings: Sequence[Finding], concerned: int, all_: int) -> tuple[Fact, ...]:
        held = score or Score()
        opened = worst_first(each for each in findings if each.is_open)
        worst = SEVERITY[opened[0].severity] if opened else None
        said = f"{len(opened)} · {worst.word}" if worst is not None else self.tr("none")
        waived = self.tr("%Ln of them waived", "", held.waived) if held.waived else ""
        told = self.tr("{0} hold, {1} fail, {2} not known").format(held.passed, held.failed, held.unknown)
        unknown = held.unknown > 0
        return (
            Fact(self.tr("Open findings"), said, "", worst.tone if worst is not None else Tone.PLAIN),
            Fact(self.tr("Score"), percent(held.percent), "\n".join(filter(None, (told, waived)))),
            Fact(
                self.tr("Coverage"),
                percent(held.coverage_percent),
                self.tr("The share of judgements that could be made: what is not known never counts as a pass"),
                Tone.WARNING if unknown else Tone.PLAIN,
            ),
            Fact(self.tr("Policies that concern it"), self.tr("{0} of {1}").format(concerned, all_)),
        )

    def _card(self, finding: Finding, remedy: str) -> Card:
        look = SEVERITY[finding.severity]
        calm = not finding.is_open
        remarks = [
            Remark(self.words.evidence(finding), strong=not calm),
            Remark(f"{look.word} · {visible(finding.policy, 80)}", tone=Tone.MUTED),
            Remark(self._since(finding), moment(finding.opened_at), Tone.PLAIN),
        ]
        if finding.stage in (Stage.ACKNOWLEDGED, Stage.WAIVED):
            by = finding.acknowledged
            told = self.tr("{0} by {1}").format(self.words.stage(finding), visible(by.by, 40)) if by is not None else ""
            note = visible(by.note, 120) if by is not None else ""
            remarks.append(Remark(told or self.words.stage(finding), note, Tone.MUTED))
        if remedy:
            remarks.append(Remark(visible(remedy, 200), visible(remedy, LONG), Tone.MUTED))
        icon = STAGE[finding.stage].icon if calm else look.icon
        return Card(
            visible(finding.title or finding.rule, 120), icon, tuple(remarks), Tone.MUTED if calm else look.tone
        )

    def _since(self, finding: Finding) -> str:
        if finding.origin is None:
            return self.tr("since {0}; by whom is not known").format(clock(finding.opened_at))
        return self.words.cause(finding)

    # --- tables ---------------------------------------------------------------------------------------------------

    def rules(self, told: PolicyExplained) -> Table:
        """The rules of one policy, what fails first."""
        columns = (
            self.tr("Rule"),
            self.tr("Verdict"),
            self.tr("Severity"),
            self.tr("What there is"),
            self.tr("What to do"),
        )
        ranks = {Verdict.FAIL: 0, Verdict.UNKNOWN: 1, None: 2, Verdict.PASS: 3}
        rules = sorted(told.rules, key=lambda rule: (ranks[rule.verdict], -rule.severity.rank))
        lines = tuple(Line(rule.key, self._rule(rule)) for rule in rules)
        title = visible(told.policy, 120)
        if told.members.verdict is None:
            title = self.tr("{0} – whether it concerns this VM is not known").format(title)
        return Table(title, columns, (34, 14, 12, 50, 50), lines, self.tr("This policy has no rules."))

    def _rule(self, rule: RuleExplained) -> tuple[Cell, ...]:
        title = visible(rule.title or rule.key, 120)
        texts = (title, rule.rationale, *rule.references)
        tip = "\n".join(visible(text, LONG) for text in texts if text)
        severity = SEVERITY[rule.severity]
        return (
            Cell(title, tip),
            self.verdict(rule),
            Cell(severity.word, tone=Tone.MUTED),
            Cell(self.told(rule), tone=Tone.MUTED if rule.verdict is Verdict.PASS else Tone.PLAIN),
            Cell(visible(rule.remediation, LONG) if rule.verdict is not Verdict.PASS else "", tone=Tone.MUTED),
        )

    def verdict(self, rule: RuleExplained) -> Cell:
        """What a rule says of the VM, in a word and a shape."""
        if rule.overridden_by:
            tip = self.tr("“{0}” has the higher priority").format(visible(rule.overridden_by, 80))
            return Cell(self.tr("does not count"), tip, Tone.MUTED, "info")
        if rule.verdict is None:
            return Cell(self.tr("not judged"), tone=Tone.MUTED, icon="vm-unknown")
        look = VERDICT[rule.verdict]
        failing = SEVERITY[rule.severity]
        if rule.verdict is Verdict.FAIL:
            return Cell(look.word, tone=failing.tone, icon=failing.icon)
        return Cell(look.word, tone=look.tone, icon=look.icon)

    def told(self, rule: RuleExplained) -> str:
        """What the verdict rests on."""
        if rule.overridden_by:
            return self.tr("“{0}” counts in its place").format(visible(rule.overridden_by, 80))
        return visible(rule.because if rule.verdict is Verdict.UNKNOWN else rule.evidence, LONG)

    def _membership(self, told: Sequence[PolicyExplained]) -> Table:
        """Why it belongs to each policy or not, clause by clause; those that concern it first."""
        ordered = sorted(told, key=lambda each: each.members.verdict is False)
        lines = tuple(line for each in ordered for line in self._of_policy(each))
        return self._clauses(self.tr("Why these policies, clause by clause"), lines)

    def _groups(self, groups: Sequence[Explanation]) -> Iterator[Fact]:
        """Which groups it belongs to, if there are any."""
        if not groups:
            return
        names = [visible(each.group, 60) for each in groups if each.verdict]
        unsure = [visible(each.group, 60) for each in groups if each.verdict is None]
        said = ", ".join(names) or self.tr("none")
        tip = self.tr("Of these nobody can tell: {0}").format(", ".join(unsure)) if unsure else said
        yield Fact(self.tr("Groups"), said, tip, Tone.WARNING if unsure else Tone.PLAIN)

    def _of_groups(self, groups: Sequence[Explanation]) -> Table:
        """Why it belongs to each group or not, clause by clause; those that it belongs to first."""
        ranks = {True: 0, None: 1, False: 2}
        columns = self.tr("Group, and who belongs"), self.tr("Meets it"), self.tr("What the VM has")
        lines: list[Line] = []
        for each in sorted(groups, key=lambda each: ranks[each.verdict]):
            name, picked = visible(each.group, 120), Cell(self._picked(each))
            lines.append(Line(each.group, (Cell(name, each.text), self._meets(each.verdict), picked)))
            lines.extend(self._of_clauses(each.group, each.clauses, 1))
        return Table(self.tr("Groups, clause by clause"), columns, (70, 16, 60), tuple(lines), "")

    def clauses(self, told: PolicyExplained) -> Table:
        """Why it belongs to one policy or not."""
        lines = tuple(self._of_policy(told))
        return self._clauses(self.tr("Why the policy concerns the VM, clause by clause"), lines)

    def _clauses(self, title: str, lines: tuple[Line, ...]) -> Table:
        columns = (self.tr("Policy, and who is meant"), self.tr("Meets it"), self.tr("What the VM has"))
        return Table(title, columns, (70, 16, 60), lines, self.tr("No policy is in force."))

    def _of_policy(self, told: PolicyExplained) -> Iterator[Line]:
        members = told.members
        yield Line(
            told.policy, (Cell(visible(told.policy, 120)), self._meets(members.verdict), Cell(self._picked(members)))
        )
        yield from self._of_clauses(told.policy, members.clauses, 1)

    def _of_clauses(self, key: str, clauses: Sequence[Clause], depth: int) -> Iterator[Line]:
        for number, clause in enumerate(clauses):
            values = ", ".join(f"{visible(name, 60)} = {visible(value, 160)}" for name, value in clause.values)
            own = f"{key}/{number}"
            cell = Cell(visible(clause.text, LONG), tone=Tone.MUTED, depth=depth)
            yield Line(own, (cell, self._meets(clause.verdict), Cell(values, tone=Tone.MUTED)))
            if clause.via is not None:
                yield from self._of_clauses(own, clause.via.clauses, depth + 1)

    def _meets(self, verdict: bool | None) -> Cell:
        if verdict is None:
            look = VERDICT[Verdict.UNKNOWN]
            return Cell(look.word, tone=look.tone, icon=look.icon)
        if verdict:
            return Cell(self.tr("yes"), tone=Tone.PLAIN, icon="check")
        return Cell(self.tr("no"), tone=Tone.MUTED, icon="close")

    def _picked(self, members: Explanation) -> str:
        if members.excepted:
            return self.tr("among the exceptions")
        return self.tr("picked by hand") if members.picked else ""

    def _history(self, findings: Sequence[Finding]) -> Iterator[Table]:
        """What was wrong and is not any more."""
        ended = sorted(
            (each for each in findings if each.resolved_at is not None),
            key=lambda each: each.resolved_at or each.opened_at,
            reverse=True,
        )
        if not ended:
            return
        columns = (
            self.tr("Resolved"),
            self.tr("Opened"),
            self.tr("Severity"),
            self.tr("Rule"),
            self.tr("What was"),
            "",
        )
        endings = {
            Ending.PASSES: self.tr("holds again"),
            Ending.GONE: self.tr("the VM was gone"),
            Ending.NOT_A_MEMBER: self.tr("no longer concerned"),
            Ending.WITHDRAWN: self.tr("rule withdrawn"),
        }
        lines = tuple(
            Line(
                each.id,
                (
                    Cell(clock(each.resolved_at), moment(each.resolved_at), Tone.MUTED),
                    Cell(clock(each.opened_at), moment(each.opened_at), Tone.MUTED),
                    Cell(SEVERITY[each.severity].word, tone=Tone.MUTED),
                    Cell(self.words.rule(each)),
                    Cell(visible(each.evidence, LONG)),
                    Cell(endings.get(each.ending, "") if each.ending is not None else "", tone=Tone.MUTED),
                ),
            )
            for each in ended[:HISTORY]
        )
        yield Table(self.tr("Resolved of late"), columns, (18, 18, 12, 36, 44, 24), lines, "")
