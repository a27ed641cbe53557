"""How some VMs stand against the policies of a moment: scores with their coverage, and what nobody can tell.

Findings are what a console found then. Where a moment has policies that nobody has held it against (an import, a draft,
an estate that was just read), `judged` does so.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime

import msgspec

from vmi_console.errors import InputError, QueryError
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Inventory
from vmi_console.policy import baselines, checks
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.baselines import NOTHING_TAKEN, KnownGood, States
from vmi_console.policy.documents import document
from vmi_console.policy.evaluation import Evaluation
from vmi_console.policy.findings import Acknowledgement, Finding, Stage
from vmi_console.policy.folder import settled
from vmi_console.policy.groups import Groups
from vmi_console.policy.joining import Origins
from vmi_console.policy.judgement import Severity
from vmi_console.policy.ledger import Ledger
from vmi_console.policy.policies import Policy, PolicySet
from vmi_console.policy.scores import Score
from vmi_console.policy.surroundings import Surroundings
from vmi_console.policy.waivers import Waiver
from vmi_console.review.moment import Moment, PolicyFile
from vmi_console.review.present import Still

assert checks.__all__  # importing them is what registers the kinds of checks


class PolicyStanding(msgspec.Struct, frozen=True, kw_only=True):
    """One policy. `members` are those of the chosen VMs that it concerns."""

    name: str
    file: str
    severity: Severity
    members: int
    score: Score


class NotKnown(msgspec.Struct, frozen=True, kw_only=True):
    """Judgements that nobody can make for one reason, and on how many VMs."""

    policy: str
    title: str
    because: str
    vms: int


class Compliance(msgspec.Struct, frozen=True, kw_only=True):
    """The policies in force, all of them together, and what counts against coverage, most first.

    `problems` is how many mistakes the documents have: a document with any says nothing here.
    """

    policies: tuple[PolicyStanding, ...] = ()
    score: Score = Score()
    unknown: tuple[NotKnown, ...] = ()
    problems: int = 0

    @classmethod
    def of(
        cls,
        moment: Moment,
        policies: PolicySet,
        estate: Inventory,
        chosen: Container[EntityId],
        advisories: Advisories | None = None,
    ) -> Compliance:
        """Holds a moment's estate against its policies, as its own clock was, and counts the chosen VMs."""
        evaluation = evaluated(moment, policies, estate, advisories)
        waived: dict[str, int] = {}
        for finding in moment.findings:
            if finding.stage is Stage.WAIVED and finding.vm in chosen:
                waived[finding.policy] = waived.get(finding.policy, 0) + 1
        standings: list[PolicyStanding] = []
        reasons: dict[tuple[str, str, str], int] = {}
        total = Score()
        for each in evaluation.policies():
            policy = each.policy
            members = [vm for vm in evaluation.members(policy.name) if vm in chosen]
            passed = failed = unknown = 0
            for demand in each.demands:
                fails = sum(vm in chosen for vm in demand.failing)
                vague = [judgement for vm, judgement in demand.unknown.items() if vm in chosen]
                for judgement in vague:
                    key = policy.name, demand.title, judgement.because
                    reasons[key] = reasons.get(key, 0) + 1
                counted = len(members) - sum(vm in chosen for vm in demand.overridden)
                passed += max(0, counted - fails - len(vague))
                failed += fails
                unknown += len(vague)
            score = Score(passed=passed, failed=failed, unknown=unknown, waived=min(failed, waived.get(policy.name, 0)))
            standings.append(
                PolicyStanding(
                    name=policy.name, file=policy.file, severity=policy.severity, members=len(members), score=score
                )
            )
            total += score
        return cls(
            policies=tuple(sorted(standings, key=lambda each: each.name.casefold())),
            score=total,
            unknown=tuple(
                NotKnown(policy=policy, title=title, because=because, vms=count)
                for (policy, title, because), count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
            ),
            problems=len(policies.problems),
        )


def policies_of(moment: Moment) -> PolicySet:
    """What the policy documents of a moment say, baselines among them as policies of their own.

    A document with a mistake says nothing, and its problems are told with the set.
    """
    read = {file.name: document(file.text, file.name) for file in moment.policies}
    said, _ = settled(read, {})
    states: dict[str, States] = {}
    for known in moment.decisions:
        if isinstance(known, KnownGood):
            before = states.get(known.baseline, NOTHING_TAKEN)
            states[known.baseline] = States({**before.of_vm, known.vm: known})
    names = {policy.name for policy in said.policies}
    held: list[Policy] = []
    for baseline in said.baselines:
        if baselines.name_of(baseline.name) not in names:
            taken = states.get(baseline.name, NOTHING_TAKEN)
            if baseline.gold and taken.of_vm:
                taken = States(taken.of_vm, max(taken.of_vm.values(), key=lambda known: known.at))
            held.append(baselines.as_policy(baseline, taken))
    return msgspec.structs.replace(said, policies=(*said.policies, *held))


def evaluated(
    moment: Moment, policies: PolicySet, estate: Inventory, advisories: Advisories | None = None
) -> Evaluation:
    """The verdicts of these policies on a moment's estate, with the moment's own time for a clock."""
    surroundings = Surroundings(estate)
    surroundings.advisories = advisories
    evaluation = Evaluation(surroundings, lambda: moment.at)
    evaluation.adopt(policies)
    evaluation.finish()
    return evaluation


def judged(moment: Moment, policies: Iterable[PolicyFile], advisories: Advisories | None = None) -> Moment:
    """The moment held against other policies: these, and what they find in place of what was found.

    Waivers and acknowledgements of the moment count, its changes say who was it. Raises `InputError` where a document
    has a mistake: what is not judged must not seem to pass.
    """
    moment = msgspec.structs.replace(moment, policies=tuple(policies), findings=())
    said = policies_of(moment)
    if said.problems:
        raise InputError(f"the policies have mistakes: {said.problems[0]}", "correct them: vmi-console policy lint DIR")
    estate = Still(moment.records)
    evaluation = evaluated(moment, said, estate, advisories)
    groups = Groups(said.groups)
    surroundings = Surroundings(estate)

    def is_member(group: str, vm: EntityId) -> bool:
        record = estate.vm(vm)
        try:
            return record is not None and groups.named(group).matches(record, surroundings, moment.at)
        except (KeyError, QueryError):
            return False

    def name_of(vm: EntityId) -> str:
        record = estate.vm(vm)
        return "" if record is None else record.name

    origins = Origins()
    origins.remember(moment.changes)
    ledger = Ledger(origins, is_member, name_of, lambda: moment.at)
    ledger.restore(
        [],
        [each for each in moment.decisions if isinstance(each, Acknowledgement)],
        [each for each in moment.decisions if isinstance(each, Waiver)],
    )
    ledger.take(evaluation.moves())
    return msgspec.structs.replace(moment, findings=tuple(ledger.all().values()))


def open_by_severity(findings: Iterable[Finding]) -> Mapping[Severity, int]:
    """How many findings ask for something, worst first."""
    counted = {severity: 0 for severity in reversed(Severity)}
    for finding in findings:
        if finding.is_open:
            counted[finding.severity] += 1
    return counted


def risks(findings: Iterable[Finding], most: int) -> list[tuple[EntityId, str, tuple[Finding, ...]]]:
    """The VMs with the worst open findings: id, name, findings (worst first). Worst is who has more of the worst."""
    of_vm: dict[EntityId, list[Finding]] = {}
    for finding in findings:
        if finding.is_open:
            of_vm.setdefault(finding.vm, []).append(finding)

    def weight(each: list[Finding]) -> tuple[int, ...]:
        return tuple(sum(finding.severity is severity for finding in each) for severity in reversed(Severity))

    ranked = sorted(of_vm.items(), key=lambda item: item[1][0].vm_name.casefold())
    ranked.sort(key=lambda item: weight(item[1]), reverse=True)
    return [
        (vm, told[0].vm_name, tuple(sorted(told, key=lambda each: -each.severity.rank))) for vm, told in ranked[:most]
    ]


def age_text(since: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that says something: “3 days”."""
    seconds = max(0, int((now - since).total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "moments"
