"""Happenings in words: what sort they are, how they look, what was before and after."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QObject

from vmi_console.estate.changes import Action, Change
from vmi_console.estate.identity import kind_of
from vmi_console.estate.records import Power
from vmi_console.gui.findings.looks import SEVERITY, STAGE
from vmi_console.gui.quarantine import looks as quarantine
from vmi_console.gui.states import POWER, Look
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, Wording, clock, moment
from vmi_console.plain_text import visible
from vmi_console.policy import findings
from vmi_console.policy.findings import Ending, Finding
from vmi_console.review.timeline import Decision, DecisionKind, Happening, What


class Sort(StrEnum):
    """What an operator tells apart. The values are kept in preferences."""

    COMING = "coming"  # and going
    POWER = "power"
    PLACE = "place"
    CONFIGURATION = "configuration"
    INSIDE = "inside"
    FINDING = "finding"
    DECISION = "decision"
    QUARANTINE = "quarantine"


_PLACES = frozenset(("host", "cluster", "datacenter", "folder", "resource_pool", "datastore"))
_DECIDED = {
    DecisionKind.ACKNOWLEDGED: STAGE[findings.Stage.ACKNOWLEDGED],
    DecisionKind.WAIVED: STAGE[findings.Stage.WAIVED],
    DecisionKind.ACCEPTED: Look("baseline", ""),
}
_CHANGED = {
    Action.ADDED: Look("added", "", Tone.ACCENT),
    Action.REMOVED: Look("removed", "", Tone.ACCENT),
    Action.CHANGED: Look("changed", "", Tone.ACCENT),
}


class Telling(QObject):
    """Everything it says is harmless."""

    def __init__(self, wording: Wording) -> None:
        super().__init__()
        self._wording = wording

    def title(self, sort: Sort) -> str:
        """The sort, as the operator chooses it."""
        return {
            Sort.COMING: self.tr("Coming and going"),
            Sort.POWER: self.tr("Power"),
            Sort.PLACE: self.tr("Moves"),
            Sort.CONFIGURATION: self.tr("Configuration"),
            Sort.INSIDE: self.tr("Inside the guest"),
            Sort.FINDING: self.tr("Findings"),
            Sort.DECISION: self.tr("Decisions"),
            Sort.QUARANTINE: self.tr("Quarantine"),
        }[sort]

    def sort(self, happening: Happening) -> Sort:
        """What sort it is."""
        change = happening.change
        if change is None:
            return {What.DECISION: Sort.DECISION, What.QUARANTINE: Sort.QUARANTINE}.get(happening.what, Sort.FINDING)
        if kind_of(change.entity) == "guest":
            return Sort.INSIDE
        if not change.path:
            return Sort.COMING
        if change.path in ("power", "state"):
            return Sort.POWER
        return Sort.PLACE if change.path in _PLACES else Sort.CONFIGURATION

    def look(self, happening: Happening) -> Look:
        """Its icon and tone."""
        change = happening.change
        if change is not None:
            if change.path == "power" and change.after in set(Power):
                return POWER[Power(change.after)]
            return Look("host", "", Tone.ACCENT) if change.path in _PLACES else _CHANGED[change.action]
        if happening.finding is not None:
            resolved = happening.what is What.RESOLVED
            return STAGE[findings.Stage.RESOLVED] if resolved else SEVERITY[happening.finding.severity]
        if happening.decision is not None:
            return _DECIDED[happening.decision.kind]
        assert happening.step is not None
        if happening.step.noticed:
            return Look("info", "", Tone.WARNING)
        return quarantine.STAGE[happening.step.stage]

    def what(self, happening: Happening) -> str:
        """What happened to what."""
        if (change := happening.change) is not None:
            return self._change(change)
        if happening.finding is not None:
            title = self.finding(happening.finding)
            resolved = happening.what is What.RESOLVED
            return self.tr("resolved: {0}").format(title) if resolved else self.tr("finding: {0}").format(title)
        if happening.decision is not None:
            return self._decision(happening.decision)
        assert happening.step is not None
        if happening.step.noticed:
            return self.tr("in quarantine: {0}").format(visible(happening.step.noticed, 200))
        return self.tr("quarantine: {0}").format(quarantine.STAGE[happening.step.stage].word)

    def finding(self, finding: Finding) -> str:
        """Of which rule it is."""
        return visible(finding.title or f"{finding.policy} · {finding.rule}", 120)

    def sides(self, happening: Happening) -> tuple[str, str]:
        """Before and after; or nothing, and what there is to say."""
        if (change := happening.change) is not None:
            return self._wording.sides(change) if change.path else ("", "")
        if (finding := happening.finding) is not None:
            if happening.what is What.RESOLVED:
                return "", self._ending(finding)
            return "", visible(finding.evidence, 200)
        if (decision := happening.decision) is not None:
            until = self.tr("until {0}").format(clock(decision.until)) if decision.until is not None else ""
            return "", " · ".join(filter(None, (visible(decision.note, 160), until)))
        assert happening.step is not None
        return "", visible(happening.step.reason, 200)

    def who(self, happening: Happening) -> str:
        """Who did it, as far as that is known."""
        return visible(happening.by, 60) if happening.by else UNKNOWN

    def seen(self, happening: Happening) -> str:
        """How it came to be known."""
        if happening.change is not None:
            return self._wording.seen(happening.change.seen)
        return self.tr("policy") if happening.finding is not None else self.tr("this console")

    def details(self, happening: Happening) -> tuple[str, ...]:
        """Lines that say all of it."""
        before, after = self.sides(happening)
        change = happening.change
        lines = [self.what(happening), f"{before} → {after}" if before or (change and change.path) else after]
        lines.append(moment(happening.at))
        if change is not None:
            if change.occurred_at is not None:
                lines.append(self.tr("by the hypervisor's clock: {0}").format(moment(change.occurred_at)))
            if change.not_before is not None:
                lines.append(self.tr("not before {0}: nobody watched until then").format(moment(change.not_before)))
        lines.append(self.tr("by {0}").format(self.who(happening)) if happening.by else "")
        return tuple(line for line in lines if line)

    def _change(self, change: Change) -> str:
        text = self._wording.action(change)
        return self.tr("in the guest: {0}").format(text) if kind_of(change.entity) == "guest" else text

    def _decision(self, decision: Decision) -> str:
        about = visible(decision.about, 120)
        if decision.taken_back:
            return {
                DecisionKind.ACKNOWLEDGED: self.tr("no longer acknowledged: {0}"),
                DecisionKind.WAIVED: self.tr("waiver taken back: {0}"),
                DecisionKind.ACCEPTED: self.tr("no longer known to be good: {0}"),
            }[decision.kind].format(about)
        return {
            DecisionKind.ACKNOWLEDGED: self.tr("acknowledged: {0}"),
            DecisionKind.WAIVED: self.tr("waived: {0}"),
            DecisionKind.ACCEPTED: self.tr("accepted as baseline: {0}"),
        }[decision.kind].format(about)

    def _ending(self, finding: Finding) -> str:
        if finding.ending is None:
            return ""
        return {
            Ending.PASSES: self.tr("it holds again"),
            Ending.GONE: self.tr("the VM is gone"),
            Ending.NOT_A_MEMBER: self.tr("the VM is no longer a member"),
            Ending.WITHDRAWN: self.tr("the policy or its rule was withdrawn"),
        }[finding.ending]
