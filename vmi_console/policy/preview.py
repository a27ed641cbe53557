"""What a draft of a policy would mean: its members, and who would newly fail or pass compared with what is active."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from vmi_console.estate.columns import NOBODY, Rows, Steps
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM
from vmi_console.policy.demands import InForce
from vmi_console.policy.groups import Membership
from vmi_console.policy.holding import weigh
from vmi_console.policy.judgement import Verdict
from vmi_console.policy.policies import Policy, Problem
from vmi_console.policy.surroundings import Surroundings


class Listed(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A VM in a list; `name` and `evidence` are untrusted text."""

    vm: EntityId
    name: str
    evidence: str = ""


class Preview(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a draft would mean. Counts are of VMs; lists hold the first of them. With problems there is nothing else.

    A VM *fails* where any rule does, and is *unknown* where none fails and nobody can tell of one. `newly_passing` are
    those that fail now and would not, be it that they would no longer be members.
    """

    problems: tuple[Problem, ...] = ()
    members: int = 0
    joining: int = 0
    leaving: int = 0
    failing: int = 0
    unknown: int = 0
    newly_failing: int = 0
    newly_passing: int = 0
    first_members: tuple[Listed, ...] = ()
    first_newly_failing: tuple[Listed, ...] = ()
    first_newly_passing: tuple[Listed, ...] = ()


def previewing(
    draft: Policy | None,
    membership: Membership,
    active: InForce | None,
    estate: Surroundings,
    now: datetime,
    most: int,
) -> Steps[Preview]:
    """Works the preview out in steps of about a millisecond; returns it. Without a draft only members are told.

    What it is compared with is the policy in force that it would replace.
    """
    columns = estate.columns
    rules = draft.rules if draft is not None else ()
    members = yield from membership.query.sieve.rows(columns, now, columns.everybody)
    failing = unknown = NOBODY
    for rule in rules:
        fails, vague = yield from weigh(rule.check, members, columns, estate, now)
        failing |= fails
        unknown |= vague
        yield
    unknown ^= unknown & failing
    active_members = fail_now = NOBODY
    if active is not None:
        active_members = active.rows
        fail_now = columns.rows_of(vm for demand in active.demands for vm in demand.failing)
    yield
    staying, failing_still = members & active_members, failing & fail_now
    newly_failing = failing ^ failing_still
    newly_passing = fail_now ^ (fail_now & (failing | unknown))

    def listed(rows: Rows) -> Iterator[Listed]:
        for row in columns.picked(rows)[:most]:
            if (vm := columns.vms[row]) is not None:
                yield Listed(vm=vm.id, name=vm.name, evidence=evidence(vm) if failing >> 8 * row & 1 else "")

    def evidence(vm: VM) -> str:
        judgements = (rule.check.judge(vm, estate, now) for rule in rules)
        return next((judgement.evidence for judgement in judgements if judgement.verdict is Verdict.FAIL), "")

    first: list[tuple[Listed, ...]] = []
    for rows in (members, newly_failing, newly_passing):
        some = []
        for one in listed(rows):
            some.append(one)
            yield
        first.append(tuple(some))
    return Preview(
        members=members.bit_count(),
        joining=(members ^ staying).bit_count(),
        leaving=(active_members ^ staying).bit_count(),
        failing=failing.bit_count(),
        unknown=unknown.bit_count(),
        newly_failing=newly_failing.bit_count(),
        newly_passing=newly_passing.bit_count(),
        first_members=first[0],
        first_newly_failing=first[1],
        first_newly_passing=first[2],
    )
