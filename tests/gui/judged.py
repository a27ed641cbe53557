"""Made-up findings and postures, for tests and benchmarks of the window."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tests.gui import estates
from vmi_console.engine import protocol
from vmi_console.estate.identity import entity_id
from vmi_console.gui.replica import Replica
from vmi_console.policy.findings import Finding, Stage, finding_id
from vmi_console.policy.joining import Origin
from vmi_console.policy.judgement import Severity
from vmi_console.policy.scores import Score

POLICIES = ("PCI web", "Hygiene", "Servers")


def finding(number: int = 0, vm: int = 1, severity: Severity = Severity.HIGH, **more: Any) -> Finding:
    """The finding of one rule on one VM of `estates.estate`; opened a moment ago."""
    entity = entity_id("vm", "vc", str(vm))
    policy = more.pop("policy", POLICIES[number % len(POLICIES)])
    rule = f"rule-{number}"
    opened_at = more.pop("opened_at", datetime.now(UTC) - timedelta(seconds=number % 50))
    fields: dict[str, Any] = {
        "id": finding_id(policy, rule, entity),
        "policy": policy,
        "rule": rule,
        "check": "vlans",
        "vm": entity,
        "vm_name": f"vm-{vm:05}",
        "title": "In its segment",
        "evidence": f"on VLAN {600 + number}, allowed 110, 120",
        "severity": severity,
        "opened_at": opened_at,
        "first_opened_at": opened_at,
    }
    return Finding(**(fields | more))


def origin(number: int, actor: str | None = "j.kim", entity: str = "vm/vc/1", **more: Any) -> Origin:
    """The change behind a finding."""
    fields: dict[str, Any] = {"name": "vm-00001", "path": "nics[4000].vlan", "observed_at": estates.NOW}
    return Origin(number=number, entity=entity, actor=actor, **(fields | more))  # type: ignore[arg-type]


def tell(replica: Replica, *findings: Finding, replaces: bool = False, forgotten: Iterable[str] = ()) -> None:
    """Findings as the engine tells them, and shown at once."""
    replica.found(protocol.Findings(replaces=replaces, findings=findings, forgotten=tuple(forgotten)))
    replica.verdicts.refresh()


def stand(replica: Replica, *policies: str, unknown: int = 0, **more: Any) -> None:
    """Policies in force, each with ten VMs of which one fails."""
    standings = tuple(
        protocol.PolicyStanding(name=name, file=f"{name}.yaml", members=10, score=Score(passed=9, failed=1))
        for name in policies
    )
    score = Score(passed=9 * len(policies), failed=len(policies), unknown=unknown)
    fields: dict[str, Any] = {"folder": "/policies", "policies": standings, "score": score}
    replica.stood(protocol.Posture(**(fields | more)))


def resolved(of: Finding) -> Finding:
    """The same, some time later."""
    return msgspec.structs.replace(of, stage=Stage.RESOLVED, resolved_at=datetime.now(UTC))
