"""What a draft of a policy would mean: its members, and who would newly fail or pass compared with what is active."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import datetime

import msgspec

from vmi_console.estate.identity import EntityId
from vmi_console.policy.demands import Demand, InForce
from vmi_console.policy.evaluation import CHUNK, JUDGED_AT_ONCE, Verdicts, judge
from vmi_console.policy.groups import Membership
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
    active_members: frozenset[EntityId],
    estate: Surroundings,
    now: datetime,
    most: int,
) -> Generator[None, None, Preview]:
    """Works the preview out in steps of about a millisecond; returns it. Without a draft only members are told."""
    ids = [vm.id for vm in estate.inventory.vms()]
    demands = [Demand(draft, rule) for rule in draft.rules] if draft is not None else []
    members: set[EntityId] = set()
    failing: Verdicts = {}
    unknown: Verdicts = {}
    for start in range(0, len(ids), CHUNK):
        vms = {entity: vm for entity in ids[start : start + CHUNK] if (vm := estate.vm(entity)) is not None}
        found = membership.filter(vms.values(), estate, now)
        members.update(found)
        yield
        for demand in demands:
            for first in range(0, len(found), JUDGED_AT_ONCE):
                some = [vms[entity] for entity in found[first : first + JUDGED_AT_ONCE]]
                judge(demand, some, estate, now, failing, unknown)
                yield
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

    return Preview(
        members=len(members),
        joining=len(members - active_members),
        leaving=len(active_members - members),
        failing=len(failing),
        unknown=len(unknown.keys() - failing.keys()),
        newly_failing=len(newly_failing),
        newly_passing=len(newly_passing),
        first_members=listed(members),
        first_newly_failing=listed(newly_failing),
        first_newly_passing=listed(newly_passing),
    )
