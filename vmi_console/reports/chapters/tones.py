"""In which tone a report says a severity and a state."""

from __future__ import annotations

from vmi_console.estate.records import Power, State
from vmi_console.policy.judgement import Severity
from vmi_console.reports.content import Tone
from vmi_console.response.quarantine import Stage

SEVERITY_TONES = {
    Severity.CRITICAL: Tone.WORST,
    Severity.HIGH: Tone.BAD,
    Severity.MEDIUM: Tone.WARNING,
    Severity.LOW: Tone.MUTED,
}
STAGE_TONES = {
    Stage.ISOLATED: Tone.GOOD,
    Stage.RELEASED: Tone.MUTED,
    Stage.KEPT: Tone.MUTED,
    Stage.OBSERVED: Tone.ACCENT,
    Stage.PARTLY: Tone.BAD,
    Stage.UNDONE: Tone.WORST,
    Stage.FAILED: Tone.BAD,
    Stage.UNCERTAIN: Tone.UNKNOWN,
    Stage.GONE: Tone.UNKNOWN,
}
STATE_TONES = {State.LIVE: Tone.GOOD, State.DEGRADED: Tone.WARNING}
POWER_TONES = {
    Power.ON: Tone.GOOD,
    Power.OFF: Tone.MUTED,
    Power.PAUSED: Tone.WARNING,
    Power.SUSPENDED: Tone.WARNING,
    Power.CRASHED: Tone.BAD,
    Power.UNKNOWN: Tone.UNKNOWN,
}
