"""What a draft of a policy would mean: its members, and who would newly fail or pass compared with what is active."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from vmi_console.estate.columns import NOBODY, Steps
from vmi_console.estate.identity import EntityId
from vmi_console.policy.demands import InForce
from vmi_console.policy.groups import Membership
from vmi_console.policy.holding import Verdicts, hold
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
    members = yield from membership.query.sieve.rows(columns, now, columns.everybody)
    failing: Verdicts = {}
    unknown: Verdicts = {}
    for rule in draft.rules if draft is not None else ():
        fails, vague = yield from hold(rule.check, members, columns, estate, now)
        failing |= fails
        unknown |= vague
        yield
    active_members = active.rows if active is not None else NOBODY
    fail_now = {entity for demand in active.demands for entity in demand.failing} if active is not None else set()
    newly_failing = [entity for entity in failing if entity not in fail_now]
    newly_passing = [entity for entity in fail_now if entity not in failing and entity not in unknown]

    def listed(entities: Iterable[EntityId]) -> tuple[Listed, ...]:
        shown = []
        for entity, _ in zip(entities, range(most), strict=False):
            vm = estate.vm(entity)
            if vm is not None:
                evidence = failing[entity].evidence if entity in failing else ""
                shown.append(Listed(vm=entity, name=vm.name, evidence=evidence))
        return tuple(shown)

    staying = members & active_members
    return Preview(
        members=members.bit_count(),
        joining=(members ^ staying).bit_count(),
        leaving=(active_members ^ staying).bit_count(),
        failing=len(failing),
        unknown=len(unknown.keys() - failing.keys()),
        newly_failing=len(newly_failing),
        newly_passing=len(newly_passing),
        first_members=listed(vm.id for row in columns.picked(members) if (vm := columns.vms[row]) is not None),
        first_newly_failing=listed(newly_failing),
        first_newly_passing=listed(newly_passing),
    )
