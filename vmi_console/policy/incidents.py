"""Incidents: findings of one cause, such as all that a portgroup's VLAN edit brought about, told as one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from vmi_console.policy.findings import Finding
from vmi_console.policy.joining import Origin
from vmi_console.policy.judgement import Severity


class Incident(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Findings that have their `Finding.incident` in common. One with a cause of its own has one finding, or several
    rules' on one VM under one change."""

    id: str
    severity: Severity  # of the worst
    opened_at: datetime  # of the first
    findings: tuple[str, ...]
    vms: int
    origin: Origin | None = None


def incidents(findings: Iterable[Finding]) -> list[Incident]:
    """The incidents that findings belong to; the worst first, and of those the latest."""
    together: dict[str, list[Finding]] = {}
    for finding in findings:
        together.setdefault(finding.incident, []).append(finding)
    found = [
        Incident(
            id=identity,
            severity=max((each.severity for each in alike), key=lambda severity: severity.rank),
            opened_at=min(each.opened_at for each in alike),
            findings=tuple(each.id for each in alike),
            vms=len({each.vm for each in alike}),
            origin=alike[0].origin,
        )
        for identity, alike in together.items()
    ]
    found.sort(key=lambda incident: (incident.severity.rank, incident.opened_at), reverse=True)
    return found
