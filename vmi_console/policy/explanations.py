"""Why a VM stands as it does: of each policy, whether it is a member and by which clauses, and what each rule says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from vmi_console.estate.records import VM
from vmi_console.policy.demands import Demand, InForce
from vmi_console.policy.evaluation import Evaluation
from vmi_console.policy.findings import finding_id
from vmi_console.policy.groups import Explanation
from vmi_console.policy.judgement import Severity, Verdict
from vmi_console.policy.surroundings import Surroundings


class RuleExplained(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule and what it says of the VM; `verdict` is None where it is not made of it."""

    key: str
    check: str
    title: str
    severity: Severity
    verdict: Verdict | None = None
    evidence: str = ""
    because: str = ""
    overridden_by: str = ""  # the policy of higher priority that counts in its place
    finding: str = ""  # id of the finding, which may be resolved or waived
    rationale: str = ""
    remediation: str = ""
    references: tuple[str, ...] = ()


class PolicyExplained(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One policy and one VM."""

    policy: str
    members: Explanation
    rules: tuple[RuleExplained, ...] = ()


def explained(
    policies: Iterable[InForce], vm: VM, evaluation: Evaluation, estate: Surroundings, now: datetime
) -> list[PolicyExplained]:
    """Every one of the policies held against one VM; what is judged later has no verdict yet."""
    of_vm = evaluation.policies_of(vm.id)
    told = []
    for each in policies:
        rules = tuple(_rule(demand, vm, evaluation, of_vm) for demand in each.demands)
        members = each.membership.explain(vm, estate, now)
        told.append(PolicyExplained(policy=each.policy.name, members=members, rules=rules))
    return told


def _rule(demand: Demand, vm: VM, evaluation: Evaluation, of_vm: list[InForce]) -> RuleExplained:
    judgement = evaluation.judgement(demand, vm.id)
    higher = next((each.policy.name for each in of_vm if demand.higher & each.bit), "")
    rule = demand.rule
    return RuleExplained(
        key=rule.key,
        check=demand.check.kind,
        title=demand.title,
        severity=demand.severity,
        verdict=judgement.verdict if judgement is not None else None,
        evidence=judgement.evidence if judgement is not None else "",
        because=judgement.because if judgement is not None else "",
        overridden_by=higher if vm.id in demand.overridden else "",
        finding=finding_id(demand.policy, rule.key, vm.id),
        rationale=rule.rationale,
        remediation=rule.remediation or demand.check.remediation,
        references=rule.references,
    )
