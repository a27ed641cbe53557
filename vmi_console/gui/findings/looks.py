"""How severities, stages and verdicts look, the same everywhere: shape, word and tone."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QT_TRANSLATE_NOOP

from vmi_console.gui.states import Look
from vmi_console.gui.theme import Tone
from vmi_console.policy.findings import Finding, Stage
from vmi_console.policy.judgement import Severity, Verdict

SEVERITY = {
    Severity.CRITICAL: Look("severity-critical", QT_TRANSLATE_NOOP("State", "critical"), Tone.BAD),
    Severity.HIGH: Look("severity-high", QT_TRANSLATE_NOOP("State", "high"), Tone.BAD),
    Severity.MEDIUM: Look("severity-medium", QT_TRANSLATE_NOOP("State", "medium"), Tone.WARNING),
    Severity.LOW: Look("severity-low", QT_TRANSLATE_NOOP("State", "low"), Tone.MUTED),
}
"""The worst first."""

STAGE = {
    Stage.OPEN: Look("finding-open", QT_TRANSLATE_NOOP("State", "open")),
    Stage.ACKNOWLEDGED: Look("finding-acknowledged", QT_TRANSLATE_NOOP("State", "acknowledged"), Tone.MUTED),
    Stage.WAIVED: Look("finding-waived", QT_TRANSLATE_NOOP("State", "waived"), Tone.MUTED),
    Stage.RESOLVED: Look("check", QT_TRANSLATE_NOOP("State", "resolved"), Tone.GOOD),
}

VERDICT = {
    Verdict.FAIL: Look("severity-high", QT_TRANSLATE_NOOP("State", "fails"), Tone.BAD),
    Verdict.UNKNOWN: Look("vm-unknown", QT_TRANSLATE_NOOP("State", "not known"), Tone.WARNING),
    Verdict.PASS: Look("check", QT_TRANSLATE_NOOP("State", "holds"), Tone.GOOD),
}

QUARANTINED = Look("lock", QT_TRANSLATE_NOOP("State", "in quarantine"), Tone.WARNING)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sorted by severity, then the newest first."""
    return sorted(findings, key=lambda each: (-each.severity.rank, -each.opened_at.timestamp()))
