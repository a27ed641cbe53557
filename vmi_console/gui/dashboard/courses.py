"""What the pictures of the dashboard show, worked out in steps: findings open over time, changes, rankings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest
from itertools import accumulate

from vmi_console.engine.protocol import PolicyStanding
from vmi_console.estate.changes import Change, Seen
from vmi_console.estate.identity import EntityId
from vmi_console.policy.findings import Finding, Stage
from vmi_console.policy.judgement import Severity

BUCKETS = 96
_BUNCH = 500
_NOT_NEW = frozenset((Seen.DISCOVERY, Seen.CONSOLE))

type Steps[T] = Generator[None, None, T]


@dataclass(frozen=True)
class Span:
    """A range of time in buckets of equal length."""

    until: datetime
    length: timedelta
    buckets: int = BUCKETS

    @property
    def since(self) -> datetime:
        return self.until - self.length

    def bucket(self, at: datetime) -> int:
        """The bucket of a time; 0 for what was before all of them."""
        share = (at - self.since) / self.length
        return max(0, min(self.buckets, int(share * self.buckets)))


@dataclass(frozen=True)
class Course:
    """How many findings were open at the end of each bucket, by severity."""

    span: Span
    open: dict[Severity, list[int]]

    @property
    def most(self) -> int:
        """The most that were open at once."""
        return max(map(sum, zip(*self.open.values(), strict=True)), default=0)


def course(findings: Iterable[Finding], span: Span) -> Steps[Course]:
    """Of a finding that came back only the last time is known. One that is waived now asks for nothing."""
    moves = {severity: [0] * (span.buckets + 1) for severity in Severity}
    for number, finding in enumerate(findings):
        if number % _BUNCH == _BUNCH - 1:
            yield
        ended = finding.resolved_at
        if finding.stage is Stage.WAIVED or (ended is not None and ended < span.since):
            continue
        of_severity = moves[finding.severity]
        of_severity[span.bucket(finding.opened_at)] += 1
        if ended is not None:
            of_severity[span.bucket(ended)] -= 1
    return Course(span, {severity: list(accumulate(steps))[: span.buckets] for severity, steps in moves.items()})


def rate(newest_first: Iterable[Change], span: Span) -> Steps[list[int]]:
    """How many changes were seen in each bucket; what was found at first, and the console's own, are none."""
    counts = [0] * (span.buckets + 1)
    for number, change in enumerate(newest_first):
        if number % _BUNCH == _BUNCH - 1:
            yield
        if change.observed_at < span.since:
            break
        if change.seen not in _NOT_NEW:
            counts[span.bucket(change.observed_at)] += 1
    return counts[: span.buckets]


@dataclass(frozen=True)
class Ranked:
    """A VM and what is wrong with it."""

    vm: EntityId
    name: str
    worst: Severity
    count: int


def worst_vms(findings: Iterable[Finding], most: int) -> Steps[list[Ranked]]:
    """The VMs with the worst open findings, and of those the ones with the most."""
    counts: dict[EntityId, Counter[Severity]] = {}
    names: dict[EntityId, str] = {}
    for number, finding in enumerate(findings):
        if number % _BUNCH == _BUNCH - 1:
            yield
        if finding.is_open:
            counts.setdefault(finding.vm, Counter())[finding.severity] += 1
            names[finding.vm] = finding.vm_name
    descending = tuple(reversed(Severity))
    keyed = []
    for number, (vm, of_vm) in enumerate(counts.items()):
        keyed.append((tuple(-of_vm[severity] for severity in descending), names[vm], vm))
        if number % _BUNCH == _BUNCH - 1:
            yield
    return [
        Ranked(vm, name, next(each for each in descending if counts[vm][each]), counts[vm].total())
        for _, name, vm in nsmallest(most, keyed)
    ]


def worst_policies(standings: Iterable[PolicyStanding], most: int) -> list[PolicyStanding]:
    """Those in force, the lowest score first; those that nobody can score last."""

    def badness(each: PolicyStanding) -> tuple[object, ...]:
        percent = each.score.percent
        return (percent is None, percent or 0.0, -each.severity.rank, each.name)

    return sorted((each for each in standings if each.enabled), key=badness)[:most]
