"""What is told: one shape for all outputs, in JSON for machines and in a sentence for people."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from vmi_console.history.journal import Link
from vmi_console.plain_text import visible
from vmi_console.policy.findings import Finding, Stage
from vmi_console.policy.judgement import Severity
from vmi_console.response.audit import Entry

LONGEST_TEXT = 2000


class Event(StrEnum):
    """What happened."""

    FINDING_OPENED = "finding opened"
    FINDING_CHANGED = "finding changed"
    FINDING_CLOSED = "finding closed"
    ACT = "act"
    TEST = "test"


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event. Fields may be added with defaults; texts hold untrusted words, made visible and bounded."""

    event: Event
    at: datetime
    id: str = ""  # of the finding; of an act its number in the audit
    severity: Severity = Severity.LOW
    text: str = ""
    vm: str = ""
    vm_name: str = ""
    policy: str = ""
    rule: str = ""
    check: str = ""
    verdict: str = ""
    stage: str = ""
    evidence: str = ""
    actor: str | None = None  # who made the change behind it, where the hypervisor names somebody
    digest: str = ""  # of an act: the head of the audit with it, to be compared with later


def of_finding(event: Event, finding: Finding, at: datetime) -> Told:
    """What is told of a finding."""
    stage = "" if finding.stage is Stage.OPEN else f" ({finding.stage.value})"
    what = finding.evidence or finding.because
    return Told(
        event=event,
        at=at,
        id=finding.id,
        severity=finding.severity,
        text=visible(f"{finding.vm_name}: {finding.title or finding.rule}: {what}{stage}", LONGEST_TEXT),
        vm=finding.vm,
        vm_name=visible(finding.vm_name),
        policy=visible(finding.policy),
        rule=finding.rule,
        check=finding.check,
        verdict=finding.verdict.value,
        stage=finding.stage.value,
        evidence=visible(what, LONGEST_TEXT),
        actor=visible(finding.actor) if finding.actor is not None else None,
    )


def of_link(link: Link) -> Told:
    """What is told of an act, with what the head of the audit is with it."""
    entry = msgspec.msgpack.decode(link.content, type=Entry)
    words = (entry.act.value, entry.vm_name, entry.outcome, entry.why)
    return Told(
        event=Event.ACT,
        at=entry.at,
        id=str(link.number),
        severity=Severity.HIGH,
        text=visible(" · ".join(filter(None, words)), LONGEST_TEXT),
        vm=entry.vm,
        vm_name=visible(entry.vm_name),
        actor=visible(entry.by) or None,
        digest=link.digest.hex(),
    )
