"""Holds the estate against the policies: all of it when a policy changes, and else whoever a change concerns.

Everything is done in steps of well under a millisecond, between which whoever drives it (`Evaluation.work`) may let
others have their turn. What is marked meanwhile is judged again afterwards: in the end the verdicts are those that a
single pass over the present estate would give, whatever the order of events.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId, endpoint_of, kind_of
from vmi_console.estate.inventory import Applied
from vmi_console.estate.records import (
    VM,
    Alert,
    Cluster,
    Connection,
    Datacenter,
    Datastore,
    Filter,
    Host,
    Network,
    Record,
    Switch,
)
from vmi_console.policy import reads
from vmi_console.policy.demands import Demand, InForce, Move, in_force, settle_precedence
from vmi_console.policy.findings import Ending
from vmi_console.policy.groups import Groups, Membership
from vmi_console.policy.joining import vm_of
from vmi_console.policy.judgement import PASSED, Judgement, Verdict
from vmi_console.policy.policies import PolicySet
from vmi_console.policy.scores import Score
from vmi_console.policy.surroundings import Surroundings

CHUNK = 2_000
"""VMs that are looked at together: enough to share what they have in common."""

JUDGED_AT_ONCE = 50

FEW = 4
"""So many VMs are quicker asked one by one."""

type Vms = dict[EntityId, VM]
type Verdicts = dict[EntityId, Judgement]
type Clock = Callable[[], datetime]


class Evaluation:
    """The verdicts of all policies in force on all VMs. Plain Python that belongs to one thread."""

    def __init__(self, estate: Surroundings, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._estate = estate
        self._inventory = estate.inventory
        self._clock = clock
        self._policies: dict[str, InForce] = {}
        self._bits: dict[str, int] = {}
        self._masks: dict[EntityId, int] = {}  # the policies that each VM is a member of
        self._to_do: dict[EntityId, int] = {}  # topics that moved
        self._unsettled: set[str] = set()  # policies that not everybody was held against yet
        self._clock_is_due = False
        self._steps: Iterator[None] | None = None
        self._departures = 0
        self._vms: dict[EntityId, VM] = {}  # as they were when last told of
        self._guests: dict[EntityId, Guest] = {}
        self._names: dict[EntityId, str] = {}  # of records of which only the name matters
        self._moves: list[Move] = []
        self._seeds: dict[tuple[str, str], Verdicts] = {}
        self._unknowns: dict[Judgement, Judgement] = {}
        self._by_bit: dict[int, InForce] = {}
        self._read = reads.NOTHING  # by anything in force
        self._in_hand: dict[EntityId, int] = {}  # taken from `_to_do`, and not wholly judged yet

    # --- what to judge by -----------------------------------------------------------------------------------------

    def seed(self, policy: str, rule: str, vm: EntityId, judgement: Judgement) -> None:
        """Tells, before `adopt`, of a failure known from an earlier session."""
        self._seeds.setdefault((policy, rule), {})[vm] = judgement

    def adopt(self, policies: PolicySet) -> None:
        """From now on judges by these. Verdicts of policies that say the same as before stay as they are."""
        before = self._policies
        self._give_bits([policy.name for policy in policies.policies if policy.enabled])
        after = {each.policy.name: each for each in in_force(policies.policies, Groups(policies.groups), self._bits)}
        for name, older in before.items():
            if name not in after:
                self._withdraw(older)
        older_demands = {demand.key: demand for each in before.values() for demand in each.demands}
        for name, newer in after.items():
            known = before.get(name)
            if known is None or not known.says_the_same(newer):
                self._unsettled.add(name)
            newer.members = known.members if known is not None else 0
            for demand in newer.demands:
                if (same := older_demands.pop(demand.key, None)) is not None:
                    demand.follow(same)
                elif demand.key in self._seeds:
                    demand.failing = self._seeds.pop(demand.key)
        for demand in older_demands.values():
            if demand.policy in after:
                self._withdraw_demand(demand)
        self._unsettled &= after.keys()
        self._policies = after
        self._by_bit = {each.bit: each for each in after.values()}
        self._settle_precedence(before)
        self._read = reads.NOTHING
        for each in after.values():
            self._read |= each.reads
            for demand in each.demands:
                self._read |= demand.reads
        self._begin_again()

    def unclaimed(self) -> dict[tuple[str, str], Verdicts]:
        """The seeds of policies and rules that are not in force; they are forgotten."""
        seeds, self._seeds = self._seeds, {}
        return seeds

    def _give_bits(self, names: Collection[str]) -> None:
        gone = 0
        for name in [name for name in self._bits if name not in names]:
            gone |= self._bits.pop(name)
        if gone:
            for vm, mask in self._masks.items():
                if mask & gone:
                    self._masks[vm] = mask & ~gone
        free = (1 << position for position in range(len(names)))
        taken = set(self._bits.values())
        for name in names:
            if name not in self._bits:
                self._bits[name] = next(bit for bit in free if bit not in taken)

    def _settle_precedence(self, before: dict[str, InForce]) -> None:
        older = {demand.key: demand.higher for each in before.values() for demand in each.demands}
        settle_precedence(self._policies.values())
        for name, each in self._policies.items():
            if any(demand.higher != older.get(demand.key, 0) for demand in each.demands):
                self._unsettled.add(name)

    def _begin_again(self) -> None:
        """Leaves the pass under way, which judges by what is no longer in force, without losing anybody."""
        if self._steps is not None:
            self._steps = None
            self._clock_is_due = True
        for vm, topics in self._in_hand.items():
            self._to_do[vm] = self._to_do.get(vm, 0) | topics
        self._in_hand = {}

    def _withdraw(self, policy: InForce) -> None:
        for demand in policy.demands:
            self._withdraw_demand(demand)

    def _withdraw_demand(self, demand: Demand) -> None:
        self._moves.extend(Move(demand, vm, None, Ending.WITHDRAWN) for vm in demand.failing)
        demand.failing, demand.unknown, demand.overridden = {}, {}, set()

    # --- what has changed -----------------------------------------------------------------------------------------

    def changed(self, applied: Applied) -> None:
        """Marks whoever what was applied to the inventory concerns."""
        self._estate_follows(applied)
        for entity in applied.removed:
            self._mark_removed(entity)
        for record in applied.records:
            self._mark(record)

    def clock_moved(self) -> None:
        """Time has passed: what depends on it is to be looked at again."""
        self._clock_is_due = bool(self._read & reads.CLOCK)

    def _estate_follows(self, applied: Applied) -> None:
        for entity in applied.removed:
            if kind_of(entity) == "alert" and (vm := self._estate.alerted(entity)) is not None:
                self._mark_vms((vm,), reads.topic("alert"))
        self._estate.follow(applied.records, applied.removed)

    def _mark_vms(self, vms: Iterable[EntityId], topics: int) -> None:
        if topics & self._read:
            for vm in vms:
                self._to_do[vm] = self._to_do.get(vm, 0) | topics

    def _mark(self, record: Record) -> None:
        inventory = self._inventory
        match record:
            case VM(id=entity):
                self._mark_vms((entity,), reads.moved_in_vm(self._vms.get(entity), record))
                self._vms[entity] = record
            case Guest(vm=vm):
                self._mark_vms((vm,), reads.moved_in_guest(self._guests.get(vm), record))
                self._guests[vm] = record
            case SoftwareImage(id=entity):
                self._mark_vms(inventory.vms_of_image(entity), reads.IMAGE)
            case Host(id=entity):
                self._mark_vms(inventory.vms_of_host(entity), reads.topic("host"))
            case Cluster(id=entity):
                self._mark_vms(inventory.vms_of_cluster(entity), reads.topic("cluster"))
            case Network(id=entity):
                self._mark_vms(inventory.vms_of_network(entity), reads.topic("network"))
            case Connection(endpoint=str() as endpoint):
                self._mark_endpoint(endpoint, "connection")
            case Alert(vm=str() as vm):
                self._mark_vms((EntityId(vm),), reads.topic("alert"))
            case Filter(id=entity):
                self._mark_endpoint(endpoint_of(entity), "filter")
            case Datacenter(id=entity, name=name) | Switch(id=entity, name=name) | Datastore(id=entity, name=name):
                if self._names.get(entity) != name:  # all else of it moves often and nobody reads
                    self._names[entity] = name
                    self._mark_endpoint(endpoint_of(entity), record.kind)
            case _:
                pass

    def _mark_removed(self, entity: EntityId) -> None:
        inventory = self._inventory
        match kind_of(entity):
            case "vm":
                self._depart(entity)
            case "guest":
                vm = vm_of(entity)
                self._guests.pop(vm, None)
                if vm in self._vms:
                    self._mark_vms((vm,), reads.ANY_FACT)
            case "host":
                self._mark_vms(inventory.vms_of_host(entity), reads.topic("host") | reads.topic("cluster"))
            case "network":
                self._mark_vms(inventory.vms_of_network(entity), reads.topic("network"))
            case "softwareimage":
                self._mark_vms(inventory.vms_of_image(entity), reads.IMAGE)
            case "datacenter" | "switch" | "datastore" | "cluster" | "filter" as kind:
                self._names.pop(entity, None)
                self._mark_endpoint(endpoint_of(entity), kind)
            case "connection":
                self._mark_vms(self._vms, reads.topic("connection"))
            case _:
                pass

    def _mark_endpoint(self, endpoint: str, kind: str) -> None:
        topics = reads.topic(kind)
        if topics & self._read:
            self._mark_vms(self._inventory.vms_of_endpoint(endpoint), topics)

    def _depart(self, vm: EntityId) -> None:
        """A VM is gone: nothing is demanded of it any more."""
        self._departures += 1
        self._to_do.pop(vm, None)
        self._vms.pop(vm, None)
        self._guests.pop(vm, None)
        mask = self._masks.pop(vm, 0)
        for each in self._policies.values():
            if mask & each.bit:
                each.members -= 1
            for demand in each.demands:
                demand.unknown.pop(vm, None)
                demand.overridden.discard(vm)
                if demand.failing.pop(vm, None) is not None:
                    self._moves.append(Move(demand, vm, None, Ending.GONE))

    # --- judging --------------------------------------------------------------------------------------------------

    @property
    def is_settled(self) -> bool:
        """Whether everything that was marked has been judged."""
        return self._steps is None and not (self._to_do or self._unsettled or self._clock_is_due)

    @property
    def has_news(self) -> bool:
        """Whether there is something to judge, or moves that nobody has taken."""
        return bool(self._moves) or not self.is_settled

    def work(self, seconds: float) -> bool:
        """Judges for about so long; says whether there is more to do."""
        deadline = time.perf_counter() + seconds
        while True:
            if self._steps is None:
                if self.is_settled:
                    return False
                self._steps = self._next_pass()
            for _ in self._steps:
                if time.perf_counter() >= deadline:
                    return True
            self._steps = None

    def finish(self) -> None:
        """Judges all that there is to judge."""
        while self.work(1.0):
            pass

    def moves(self) -> list[Move]:
        """The verdicts that became others since the last call, in order."""
        moves, self._moves = self._moves, []
        return moves

    def _next_pass(self) -> Iterator[None]:
        """First whoever has changed: somebody waits for that. Then what a policy or the clock has changed."""
        if self._to_do:
            return self._those_marked()
        if self._unsettled:
            return self._everybody()
        return self._by_the_clock()

    def _those_marked(self) -> Iterator[None]:
        alike: dict[int, list[EntityId]] = {}
        for vm in [vm for vm, _ in zip(self._to_do, range(CHUNK), strict=False)]:
            topics = self._in_hand[vm] = self._to_do.pop(vm)
            alike.setdefault(topics, []).append(vm)
        for topics, vms in alike.items():
            yield from self._hold_against(vms, topics)
        self._in_hand = {}

    def _everybody(self) -> Iterator[None]:
        """Everybody against the policies that are new or say something else; nobody else's verdicts move."""
        names = set(self._unsettled)
        ids = [vm.id for vm in self._inventory.vms()]
        for start in range(0, len(ids), CHUNK):
            policies = [each for name, each in self._policies.items() if name in names]
            yield from self._assess(ids[start : start + CHUNK], policies, {d for p in policies for d in p.demands})
            if self._to_do:
                yield from self._those_marked()
        self._unsettled -= names

    def _by_the_clock(self) -> Iterator[None]:
        self._clock_is_due = False
        ids = [vm.id for vm in self._inventory.vms()]
        for start in range(0, len(ids), CHUNK):
            yield from self._hold_against(ids[start : start + CHUNK], reads.CLOCK)
            if self._to_do:
                yield from self._those_marked()

    def _hold_against(self, vms: Sequence[EntityId], topics: int) -> Iterator[None]:
        """Looks at all that reads any of the topics."""
        policies = [each for each in self._policies.values() if each.reads & topics]
        demands = {demand for each in self._policies.values() for demand in each.demands if demand.reads & topics}
        return self._assess(vms, policies, demands, by_clock=topics == reads.CLOCK)

    def _assess(
        self,
        entities: Sequence[EntityId],
        policies: Sequence[InForce],
        demands: Collection[Demand],
        *,
        by_clock: bool = False,
    ) -> Iterator[None]:
        """Finds anew who of these is a member of these policies, and judges by these demands and by all others that
        depend on a membership that moved. `by_clock`: only because time has passed."""
        now = self._clock()
        departures = self._departures
        vms: Vms = {entity: vm for entity in entities if (vm := self._inventory.vm(entity)) is not None}
        recomputed = sum(each.bit for each in policies)
        after = {entity: self._masks.get(entity, 0) & ~recomputed for entity in vms}
        of_policy: dict[int, list[EntityId]] = {}
        same: dict[int, list[EntityId]] = {}
        for each in policies:
            if each.kin not in same:
                same[each.kin] = belonging(each.membership, vms, self._estate, now)
            found = of_policy[each.bit] = same[each.kin]
            bit = each.bit
            for entity in found:
                after[entity] |= bit
            yield
        if departures != self._departures:
            departures = self._departures
            self._drop_departed(vms, after, of_policy)
        moved = self._note_members(after)
        for each in self._policies.values():
            members: list[VM] | None = None
            for demand in each.demands:
                if demand not in demands and not moved & (each.bit | demand.higher):
                    continue
                if members is None:
                    if each.bit in of_policy:
                        members = [vms[entity] for entity in of_policy[each.bit]]
                    else:
                        members = [vm for entity, vm in vms.items() if after[entity] & each.bit]
                counted = self._counted(demand, members, after) if demand.higher else members
                failing: Verdicts = {}
                unknown: Verdicts = {}
                for start in range(0, len(counted), JUDGED_AT_ONCE):
                    judge(demand, counted[start : start + JUDGED_AT_ONCE], self._estate, now, failing, unknown)
                    yield
                if departures != self._departures:
                    departures = self._departures
                    self._drop_departed(vms, after, of_policy)
                    counted = [vm for vm in counted if vm.id in vms]
                    for verdicts in (failing, unknown):
                        for entity in verdicts.keys() - vms.keys():
                            del verdicts[entity]
                    members = None
                if by_clock:
                    keep_evidence(failing, demand.failing)
                self._settle(demand, vms, counted, failing, unknown)

    def _drop_departed(
        self, vms: dict[EntityId, VM], after: dict[EntityId, int], of_policy: dict[int, list[EntityId]]
    ) -> None:
        """Leaves out the VMs that went while others had their turn."""
        for entity in [entity for entity in vms if self._inventory.vm(entity) is None]:
            del vms[entity], after[entity]
        for bit, members in of_policy.items():
            of_policy[bit] = [entity for entity in members if entity in vms]

    def _note_members(self, after: dict[EntityId, int]) -> int:
        """Puts down who is a member of what; gives the policies whose members are others now."""
        masks = self._masks
        all_moved = 0
        for entity, mask in after.items():
            before = masks.get(entity, 0)
            if before != mask:
                masks[entity] = mask
                all_moved |= before ^ mask
                for bit in bits(before ^ mask):
                    self._by_bit[bit].members += 1 if mask & bit else -1
        return all_moved

    def _counted(self, demand: Demand, members: Sequence[VM], after: dict[EntityId, int]) -> list[VM]:
        """Those of the members for whom no policy of higher priority counts."""
        higher = demand.higher
        demand.overridden.difference_update(after)
        counted = [vm for vm in members if not after[vm.id] & higher]
        if len(counted) != len(members):
            demand.overridden.update(vm.id for vm in members if after[vm.id] & higher)
        return counted

    def _settle(
        self,
        demand: Demand,
        looked_at: Collection[EntityId],
        counted: Sequence[VM],
        failing: Verdicts,
        unknown: Verdicts,
    ) -> None:
        """Puts down the verdicts of one demand on the VMs that were looked at, and tells those that moved."""
        moves = self._moves
        ended = [entity for entity in shared(demand.failing, looked_at) if entity not in failing]
        cleared = [entity for entity in shared(demand.unknown, looked_at) if entity not in unknown]
        demanded = {vm.id for vm in counted} if ended or cleared else set()
        for entity in ended:
            del demand.failing[entity]
            if entity in unknown:
                moves.append(Move(demand, entity, unknown[entity]))
            elif entity in demanded:
                moves.append(Move(demand, entity, PASSED))
            else:
                moves.append(Move(demand, entity, None, Ending.NOT_A_MEMBER))
        for entity in cleared:
            del demand.unknown[entity]
            if entity not in failing:
                ending = None if entity in demanded else Ending.NOT_A_MEMBER
                moves.append(Move(demand, entity, PASSED if ending is None else None, ending))
        for entity, judgement in failing.items():
            if demand.failing.get(entity) != judgement:
                demand.failing[entity] = judgement
                moves.append(Move(demand, entity, judgement))
        for entity, judgement in unknown.items():
            demand.unknown[entity] = self._unknowns.setdefault(judgement, judgement)
        if len(self._unknowns) > CHUNK:
            self._unknowns.clear()

    # --- what came of it ------------------------------------------------------------------------------------------

    def policies(self) -> Iterable[InForce]:
        """Those in force."""
        return self._policies.values()

    def members(self, policy: str) -> list[EntityId]:
        """Who is a member of a policy in force; nobody is of any other."""
        each = self._policies.get(policy)
        return [] if each is None else [entity for entity, mask in self._masks.items() if mask & each.bit]

    def policies_of(self, vm: EntityId) -> list[InForce]:
        """The policies that a VM is a member of."""
        mask = self._masks.get(vm, 0)
        return [each for each in self._policies.values() if mask & each.bit]

    def judgement(self, demand: Demand, vm: EntityId) -> Judgement | None:
        """What a demand says of a VM; None where it is not made of it."""
        policy = self._policies.get(demand.policy)
        if policy is None or not self._masks.get(vm, 0) & policy.bit or vm in demand.overridden:
            return None
        return demand.failing.get(vm) or demand.unknown.get(vm) or PASSED

    def score_of_policy(self, policy: InForce) -> Score:
        """Of all its demands on all its members; waivers are not known here.

        Failures known from an earlier session count before their VMs have been seen again.
        """
        failed = sum(len(demand.failing) for demand in policy.demands)
        unknown = sum(len(demand.unknown) for demand in policy.demands)
        total = sum(policy.members - len(demand.overridden) for demand in policy.demands)
        return Score(passed=max(0, total - failed - unknown), failed=failed, unknown=unknown)

    def score_of_vm(self, vm: EntityId) -> Score:
        """Of all demands on one VM; waivers are not known here."""
        passed = failed = unknown = 0
        for policy in self.policies_of(vm):
            for demand in policy.demands:
                if vm in demand.failing:
                    failed += 1
                elif vm in demand.unknown:
                    unknown += 1
                elif vm not in demand.overridden:
                    passed += 1
        return Score(passed=passed, failed=failed, unknown=unknown)


def belonging(membership: Membership, vms: Vms, estate: Surroundings, now: datetime) -> list[EntityId]:
    """Who of these belongs to a group."""
    if len(vms) <= FEW:
        return [entity for entity, vm in vms.items() if membership.matches(vm, estate, now)]
    return membership.filter(vms.values(), estate, now)


def judge(
    demand: Demand, vms: Sequence[VM], estate: Surroundings, now: datetime, failing: Verdicts, unknown: Verdicts
) -> None:
    """Judges some VMs by one demand; puts down those that do not pass."""
    check = demand.check
    for vm in check.suspects(vms, estate, now):
        judgement = check.judge(vm, estate, now)
        match judgement.verdict:
            case Verdict.FAIL:
                failing[vm.id] = judgement
            case Verdict.UNKNOWN:
                unknown[vm.id] = judgement
            case _:
                pass


def keep_evidence(failing: Verdicts, known: Verdicts) -> None:
    """Lets failures be told as before: that something is a minute older than it was is no news."""
    for entity in shared(failing, known):
        if failing[entity].paths == known[entity].paths:
            failing[entity] = known[entity]


def shared(one: Collection[EntityId], other: Collection[EntityId]) -> list[EntityId]:
    """What is in both (whose membership tests are quick)."""
    small, large = (one, other) if len(one) < len(other) else (other, one)
    return [entity for entity in small if entity in large] if small else []


def bits(mask: int) -> Iterator[int]:
    """The bits that are set, one by one."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit
