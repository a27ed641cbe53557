"""Policies made ready to be judged by, and what is known of who meets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vmi_console.errors import QueryError
from vmi_console.estate.columns import Rows
from vmi_console.estate.identity import EntityId
from vmi_console.estate.query import Query
from vmi_console.policy import reads
from vmi_console.policy.findings import Ending
from vmi_console.policy.groups import Groups, Membership
from vmi_console.policy.judgement import Judgement
from vmi_console.policy.policies import Policy, Rule
from vmi_console.policy.rolls import Rolls


class Demand:
    """One rule of one policy in force, and the VMs that do not pass; who is a member and in neither passes.

    `higher` are the policies (a bit for each) that count in its place for those VMs that are their members too.
    """

    __slots__ = ("check", "failing", "higher", "overridden", "policy", "reads", "rule", "severity", "unknown")

    def __init__(self, policy: Policy, rule: Rule) -> None:
        self.policy = policy.name
        self.rule = rule
        self.severity = rule.severity or policy.severity
        self.check = rule.check
        self.reads = reads.topics(rule.check.reads, by_clock=rule.check.by_clock)
        self.higher = 0
        self.failing: dict[EntityId, Judgement] = {}
        self.unknown: dict[EntityId, Judgement] = {}
        self.overridden: set[EntityId] = set()

    @property
    def title(self) -> str:
        """What it is called: its own title, or that of its kind."""
        return self.rule.title or self.check.title

    @property
    def key(self) -> tuple[str, str]:
        """The policy's name and the rule's key."""
        return self.policy, self.rule.key

    def follow(self, older: Demand) -> None:
        """Takes over what is known of an older version of the same rule."""
        self.failing, self.unknown, self.overridden = older.failing, older.unknown, older.overridden


class InForce:
    """One policy, with its place in the sets of policies that VMs are members of.

    Policies of one `kin` have the same members.
    """

    __slots__ = ("_rolls", "bit", "demands", "is_member", "kin", "membership", "policy", "reads")

    def __init__(self, policy: Policy, membership: Membership, bit: int, rolls: Rolls) -> None:
        self.policy = policy
        self.membership = membership
        self.is_member = membership.query.verdict
        self.bit = bit
        self.kin = 0
        self.reads = reads.topics(membership.reads, membership.via, membership.by_clock)
        self.demands = [Demand(policy, rule) for rule in policy.rules]
        self._rolls = rolls

    @property
    def members(self) -> int:
        """How many members it has."""
        return self._rolls.count(self.bit)

    @property
    def rows(self) -> Rows:
        """The rows of its members (see `estate.columns`)."""
        return self._rolls.rows(self.bit)

    def says_the_same(self, other: InForce) -> bool:
        """Whether nobody's verdict differs: texts and severities may."""
        return (
            self.membership.query == other.membership.query
            and self.policy.priority == other.policy.priority
            and [(rule.key, type(rule.check), rule.check) for rule in self.policy.rules]
            == [(rule.key, type(rule.check), rule.check) for rule in other.policy.rules]
        )


class Move(NamedTuple):
    """A verdict that is another now. `judgement` is None where the demand is no longer made of the VM: `ending` says
    why."""

    demand: Demand
    vm: EntityId
    judgement: Judgement | None
    ending: Ending | None = None


def in_force(policies: Iterable[Policy], groups: Groups, bits: dict[str, int], rolls: Rolls) -> Iterator[InForce]:
    """The enabled policies whose members can be resolved, each with the bit of its name."""
    kins: dict[Query, int] = {}
    for policy in policies:
        if policy.enabled:
            try:
                membership = groups.membership(policy.members)
            except QueryError:  # its document was read with this problem, which is told there
                continue
            each = InForce(policy, membership, bits[policy.name], rolls)
            each.kin = kins.setdefault(membership.query, len(kins))
            yield each


def settle_precedence(policies: Iterable[InForce]) -> None:
    """Of two policies with the same kind of check, lets that of higher priority count for those who are in both."""
    of_kind: dict[str, dict[int, int]] = {}
    policies = list(policies)
    for each in policies:
        for demand in each.demands:
            by_priority = of_kind.setdefault(demand.check.kind, {})
            by_priority[each.policy.priority] = by_priority.get(each.policy.priority, 0) | each.bit
    for each in policies:
        for demand in each.demands:
            demand.higher = 0
            for priority, bits in of_kind[demand.check.kind].items():
                if priority > each.policy.priority:
                    demand.higher |= bits
