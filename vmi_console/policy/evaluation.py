"""Holds the estate against the policies: all of it when a policy changes, and else whoever a change concerns.

A few VMs are looked at one by one. Many are held against one policy after the other, by what they have in common
(`estate.columns`, `policy.holding`): that is many times as fast, and gives the same.

Everything is done in steps of about a millisecond, between which whoever drives it (`Evaluation.work`) may let others
have their turn. What is marked meanwhile is judged again afterwards: in the end the verdicts are those that a single
pass over the present estate would give, whatever the order of events.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from vmi_console.estate.columns import NOBODY, Columns, Rows
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
from vmi_console.policy.displaced import Displacement, verdict_of
from vmi_console.policy.findings import Ending
from vmi_console.policy.groups import Groups
from vmi_console.policy.holding import Verdicts, hold
from vmi_console.policy.joining import vm_of
from vmi_console.policy.judgement import PASSED, Judgement, Verdict
from vmi_console.policy.policies import PolicySet
from vmi_console.policy.rolls import Rolls, Vms, bits
from vmi_console.policy.scores import Score
from vmi_console.policy.surroundings import Surroundings

FEW = 200
"""So many VMs are quicker looked at one by one."""

EMPTY_ROWS = 1_000
"""So many rows of VMs that have gone are kept, and half of all, before the columns are made anew."""

GATHERING_SECONDS = 0.2
MOST_GATHERING_SECONDS = 3.0
"""For how long VMs that come in masses are waited for, after the last ones and in all."""

JUDGEMENTS_KEPT = 2_000

type Clock = Callable[[], datetime]


class Evaluation:
    """The verdicts of all policies in force on all VMs. Plain Python that belongs to one thread.

    Up to `few` VMs that have changed are looked at one by one, and at least `spare` rows of VMs that have gone are
    kept: neither shows in anything but the time it takes.
    """

    def __init__(
        self, estate: Surroundings, clock: Clock = lambda: datetime.now(UTC), *, few: int = FEW, spare: int = EMPTY_ROWS
    ) -> None:
        self._few = few
        self._spare = spare
        self._estate = estate
        self._inventory = estate.inventory
        self._clock = clock
        self._policies: dict[str, InForce] = {}
        self._bits: dict[str, int] = {}
        self._rolls = Rolls(estate.columns)
        self._to_do: dict[EntityId, int] = {}  # topics that moved
        self._unsettled: set[str] = set()  # policies that not everybody was held against yet
        self._clock_is_due = False
        self._steps: Iterator[None] | None = None
        self._vms: dict[EntityId, VM] = {}  # as they were when last told of
        self._guests: dict[EntityId, Guest] = {}
        self._displaced: dict[EntityId, Displacement] = {}
        self._names: dict[EntityId, str] = {}  # of records of which only the name matters
        self._moves: list[Move] = []
        self._seeds: dict[tuple[str, str], Verdicts] = {}
        self._unknowns: dict[Judgement, Judgement] = {}
        self._by_bit: dict[int, InForce] = {}
        self._read = reads.NOTHING  # by anything in force
        self._in_hand: dict[EntityId, int] = {}  # taken from `_to_do`, and not wholly judged yet
        self._readers: dict[int, list[InForce]] = {}  # by topics: whose membership reads any of them
        self._swept = b""  # by row: whether many VMs, this one among them, are held against policies just now
        self._late = bytearray()  # by row: who of these has changed meanwhile
        self._late_rows: Rows | None = 0
        self._massed = 0
        self._massed_since = self._massed_until = 0.0

    # --- what to judge by -----------------------------------------------------------------------------------------

    def seed(self, policy: str, rule: str, vm: EntityId, judgement: Judgement) -> None:
        """Tells, before `adopt`, of a failure known from an earlier session."""
        self._seeds.setdefault((policy, rule), {})[vm] = judgement

    def adopt(self, policies: PolicySet) -> None:
        """From now on judges by these. Verdicts of policies that say the same as before stay as they are."""
        before = self._policies
        self._give_bits([policy.name for policy in policies.policies if policy.enabled])
        newest = in_force(policies.policies, Groups(policies.groups), self._bits, self._rolls)
        after = {each.policy.name: each for each in newest}
        for name in self._bits.keys() - after.keys():
            self._rolls.forget(self._bits[name])
        for name, older in before.items():
            if name not in after:
                self._withdraw(older)
        older_demands = {demand.key: demand for each in before.values() for demand in each.demands}
        for name, newer in after.items():
            known = before.get(name)
            if known is None or not known.says_the_same(newer):
                self._unsettled.add(name)
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
        self._readers = {}
        self._settle_precedence(before)
        self._read = reads.NOTHING
        for each in after.values():
            self._read |= each.reads
            for demand in each.demands:
                self._read |= demand.reads
        self._begin_again()

    @property
    def reads(self) -> int:
        """The topics that anything in force reads: who moves in no other has the verdict that it had."""
        return self._read

    def unclaimed(self) -> dict[tuple[str, str], Verdicts]:
        """The seeds of policies and rules that are not in force; they are forgotten."""
        seeds, self._seeds = self._seeds, {}
        return seeds

    def _give_bits(self, names: Collection[str]) -> None:
        for name in [name for name in self._bits if name not in names]:
            self._rolls.forget(self._bits.pop(name))
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
            for demand in each.demands:
                if not demand.higher:
                    demand.overridden = set()

    def _begin_again(self) -> None:
        """Leaves the pass under way, which judges by what is no longer in force, without losing anybody."""
        if self._steps is not None:
            self._steps = None
            self._clock_is_due = True
            self._swept = b""
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

    def advised(self) -> None:
        """Other advisories were loaded: what depends on them is to be looked at again."""
        self._mark_vms(self._vms, reads.topic(reads.ADVISORIES))

    def displace(self, vm: EntityId, displacement: Displacement | None) -> None:
        """From now on judges a VM without what a quarantine does to it, or (None) as it is."""
        known = self._displaced.pop(vm, None)
        if displacement is not None:
            if known is not None and known.before == displacement.before:
                displacement = replace(displacement, placed=known.placed)
            self._displaced[vm] = displacement
        if known == displacement:
            return
        if vm in self._vms:
            self._mark_vms((vm,), reads.EVERYTHING)

    def displacement(self, vm: EntityId) -> Displacement | None:
        """What a quarantine does to a VM, as far as that was told."""
        return self._displaced.get(vm)

    def _estate_follows(self, applied: Applied) -> None:
        for entity in applied.removed:
            if kind_of(entity) == "alert" and (vm := self._estate.alerted(entity)) is not None:
                self._mark_vms((vm,), reads.topic("alert"))
            elif kind_of(entity) == "vm":
                self._rolls.leave(entity)
        self._estate.follow(applied.records, applied.removed)

    def _mark_vms(self, vms: Iterable[EntityId], topics: int) -> None:
        if topics & self._read:
            for vm in vms:
                self._to_do[vm] = self._to_do.get(vm, 0) | topics
                if self._swept:
                    self._note_late(vm)

    def _mark(self, record: Record) -> None:
        inventory = self._inventory
        match record:
            case VM(id=entity):
                if self._read:  # else nobody asks what moved
                    self._mark_vms((entity,), reads.moved_in_vm(self._vms.get(entity), record))
                self._vms[entity] = record
            case Guest(vm=vm):
                if self._read:
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
                self._mark_vms(self._displaced, reads.topic("network") | reads.topic("nics"))
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
        self._to_do.pop(vm, None)
        self._displaced.pop(vm, None)
        self._vms.pop(vm, None)
        self._guests.pop(vm, None)
        for each in self._policies.values():
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

    def work(self, seconds: float, *, patient: bool = False) -> bool:
        """Judges for about so long; says whether there is more to do.

        `patient`: where masses of VMs come in, as when an endpoint is discovered, it waits until they are together.
        """
        deadline = time.perf_counter() + seconds
        while True:
            if self._steps is None:
                if self.is_settled:
                    return False
                if patient and self.is_gathering:
                    return True
                self._steps = self._next_pass()
            for _ in self._steps:
                if time.perf_counter() >= deadline:
                    return True
            self._steps = None

    @property
    def is_gathering(self) -> bool:
        """Whether masses of VMs are being marked, and more are likely to come in a moment."""
        marked, now = len(self._to_do), time.monotonic()
        if marked <= self._few or self._steps is not None:
            self._massed = 0
            return False
        if not self._massed:
            self._massed_since = now
        if marked != self._massed:
            self._massed, self._massed_until = marked, now + GATHERING_SECONDS
        return now < min(self._massed_until, self._massed_since + MOST_GATHERING_SECONDS)

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
        self._in_hand, self._to_do = self._to_do, {}
        if len(self._in_hand) <= self._few:
            for vm, topics in self._in_hand.items():
                self._look_at(vm, topics)
                yield
        else:
            alike: dict[int, list[EntityId]] = {}
            for vm, topics in self._in_hand.items():
                alike.setdefault(topics, []).append(vm)
            for topics, vms in alike.items():
                if len(vms) <= self._few:
                    for vm in vms:
                        self._look_at(vm, topics)
                        yield
                else:
                    yield from self._sweep_by_topics(self._columns.rows_of(vms), topics)
        self._in_hand = {}

    def _everybody(self) -> Iterator[None]:
        """Everybody against the policies that are new or say something else; nobody else's verdicts move."""
        self._tidy()
        names = set(self._unsettled)
        policies = [each for name, each in self._policies.items() if name in names]
        demands = {demand for each in policies for demand in each.demands}
        yield from self._sweep(self._columns.everybody, policies, demands, gives_way=True)
        self._unsettled -= names

    def _by_the_clock(self) -> Iterator[None]:
        self._tidy()
        self._clock_is_due = False
        yield from self._sweep_by_topics(self._columns.everybody, reads.CLOCK, by_clock=True)

    @property
    def _columns(self) -> Columns:
        return self._estate.columns

    def _tidy(self) -> None:
        """Between two passes, when nobody holds rows."""
        columns = self._columns
        if columns.empty > max(self._spare, len(columns) // 2):
            self._estate.columns, kept = columns.tidied()
            self._rolls.renumber(self._estate.columns, kept)

    # --- one VM ---------------------------------------------------------------------------------------------------

    def _look_at(self, entity: EntityId, topics: int, *, by_clock: bool = False) -> None:
        """Finds anew what a VM is a member of, and judges it by all that reads any of the topics, or that depends on a
        membership that moved. `by_clock`: only because time has passed."""
        vm = self._inventory.vm(entity)
        if vm is None:
            return
        now, estate = self._clock(), self._estate
        was = self._without_displacement(vm)
        before = after = self._rolls.policies(entity)
        same: dict[int, bool] = {}
        for each in self._whose_members_read(topics):
            is_member = same.get(each.kin)
            if is_member is None:
                is_member = each.is_member(was, estate, now) or (was is not vm and each.is_member(vm, estate, now))
                same[each.kin] = is_member
            after = after | each.bit if is_member else after & ~each.bit
        moved = before ^ after
        if moved:
            self._rolls.put(entity, after)
        whole = topics == reads.EVERYTHING  # also what is only remembered of it from an earlier session
        for bit in self._by_bit if whole else bits(before | after):
            for demand in self._by_bit[bit].demands:
                if not (demand.reads & topics or moved & (bit | demand.higher)):
                    continue
                if demand.higher & after and bit & after:
                    demand.overridden.add(entity)
                elif demand.higher:
                    demand.overridden.discard(entity)
                counts = bit & after and not demand.higher & after
                judgement = self._judgement(demand, vm, was, now) if counts else None
                if by_clock and judgement is not None:
                    judgement = told_as_before(judgement, demand.failing.get(entity))
                self._put_down(demand, entity, judgement)

    def _judgement(self, demand: Demand, vm: VM, was: VM, now: datetime) -> Judgement:
        """What a demand says of a VM that `was` so without its quarantine."""
        judge, estate = demand.check.judge, self._estate
        if was is vm:
            return judge(vm, estate, now)
        return verdict_of(lambda each: judge(each, estate, now), vm, was)

    def _without_displacement(self, vm: VM) -> VM:
        """The VM as it would be without its quarantine; forgets one that is over and of which nothing is left."""
        displacement = self._displaced.get(vm.id)
        if displacement is None:
            return vm
        displacement = self._displaced[vm.id] = displacement.seen(vm)
        was = displacement.as_before(vm, self._inventory.network)
        if was is vm and displacement.left is not None:
            del self._displaced[vm.id]
        return was

    def _whose_members_read(self, topics: int) -> list[InForce]:
        readers = self._readers.get(topics)
        if readers is None:
            if len(self._readers) > JUDGEMENTS_KEPT:
                self._readers.clear()
            readers = self._readers[topics] = [each for each in self._policies.values() if each.reads & topics]
        return readers

    # --- many VMs -------------------------------------------------------------------------------------------------

    def _sweep_by_topics(self, among: Rows, topics: int, *, by_clock: bool = False) -> Iterator[None]:
        """Holds the VMs in some rows against all that reads any of the topics."""
        policies = [each for each in self._policies.values() if each.reads & topics]
        demands = {demand for each in self._policies.values() for demand in each.demands if demand.reads & topics}
        return self._sweep(among, policies, demands, by_clock=by_clock, gives_way=by_clock)

    def _sweep(
        self,
        among: Rows,
        policies: Collection[InForce],
        demands: Collection[Demand],
        *,
        by_clock: bool = False,
        gives_way: bool = False,
    ) -> Iterator[None]:
        """Finds anew who in these rows is a member of these policies, and judges by these demands and by all others
        that depend on a membership that moved.

        `by_clock`: only because time has passed; `gives_way`: whoever is marked meanwhile comes first, once all
        members are found.
        """
        now, columns = self._clock(), self._columns
        displaced = [vm for vm in self._displaced if vm in Vms(columns, among)]
        among ^= among & columns.rows_of(displaced)  # whose columns tell how they are, and not how they were
        for vm in displaced:
            self._look_at(vm, reads.CLOCK if by_clock else reads.EVERYTHING, by_clock=by_clock)
            yield
        self._watch(among)
        of_kin: dict[int, Rows] = {}
        moved = 0
        for each in policies:
            if each.kin not in of_kin:
                of_kin[each.kin] = yield from each.membership.query.sieve.rows(columns, now, among)
            turned = among & columns.everybody & (self._rolls.rows(each.bit) ^ of_kin[each.kin])
            turned ^= turned & self._those_late()
            if turned:
                moved |= each.bit
                self._rolls.turn(each.bit, turned)
            yield
        for each in self._policies.values():
            for demand in each.demands:
                if demand in demands or moved & (each.bit | demand.higher):
                    counted = self._counted(demand, each.bit, among)
                    failing, unknown = yield from hold(demand.check, counted, columns, self._estate, now)
                    if by_clock:
                        keep_evidence(failing, demand.failing)
                    self._settle(demand, among, counted, failing, unknown)
                    yield
                    if gives_way and 0 < len(self._to_do) <= self._few:
                        yield from self._those_marked()
                        self._watch(among)
        self._swept = b""

    def _watch(self, among: Rows) -> None:
        """From now on notes who in these rows changes: what is found of them is of no account, and they will be looked
        at anew, by everything."""
        self._swept = among.to_bytes(len(self._columns), "little")
        self._late = bytearray(len(self._swept))
        self._late_rows = 0
        for vm in self._to_do:
            self._note_late(vm)

    def _note_late(self, vm: EntityId) -> None:
        row = self._columns.row(vm)
        if row is not None and row < len(self._swept) and self._swept[row]:
            self._to_do[vm] = reads.EVERYTHING
            self._late[row] = 1
            self._late_rows = None

    def _those_late(self) -> Rows:
        if self._late_rows is None:
            self._late_rows = int.from_bytes(self._late, "little")
        return self._late_rows

    def _counted(self, demand: Demand, bit: int, among: Rows) -> Rows:
        """Those of a policy's members for whom no policy of higher priority counts."""
        members = among & self._rolls.rows(bit)
        if not demand.higher:
            return members
        higher = 0
        for each in bits(demand.higher):
            higher |= self._rolls.rows(each)
        demand.overridden -= demand.overridden & set(Vms(self._columns, among))
        demand.overridden.update(Vms(self._columns, members & higher))
        return members ^ (members & higher)

    def _settle(self, demand: Demand, among: Rows, counted: Rows, failing: Verdicts, unknown: Verdicts) -> None:
        """Puts down the verdicts of one demand on the VMs that were looked at, and tells those that moved."""
        among ^= among & self._those_late()
        looked_at = Vms(self._columns, among)
        demanded = Vms(self._columns, counted)
        for entity in [*shared(demand.failing, looked_at), *shared(demand.unknown, looked_at)]:
            if entity not in failing and entity not in unknown:
                self._put_down(demand, entity, PASSED if entity in demanded else None)
        for entity, judgement in failing.items():
            if demand.failing.get(entity) != judgement and entity in looked_at:
                self._put_down(demand, entity, judgement)
        for entity, judgement in unknown.items():
            if demand.unknown.get(entity) is not judgement and entity in looked_at:
                self._put_down(demand, entity, judgement)

    def _put_down(self, demand: Demand, vm: EntityId, judgement: Judgement | None) -> None:
        """Puts down what a demand says of a VM (None: nothing is demanded of it), and tells it if that moved."""
        if judgement is not None and judgement.verdict is Verdict.FAIL:
            demand.unknown.pop(vm, None)
            if demand.failing.get(vm) != judgement:
                demand.failing[vm] = judgement
                self._moves.append(Move(demand, vm, judgement))
        elif judgement is not None and judgement.verdict is Verdict.UNKNOWN:
            demand.unknown[vm] = self._unknowns.setdefault(judgement, judgement)
            if demand.failing.pop(vm, None) is not None:
                self._moves.append(Move(demand, vm, judgement))
            if len(self._unknowns) > JUDGEMENTS_KEPT:
                self._unknowns.clear()
        elif demand.failing.pop(vm, None) is not None or demand.unknown.pop(vm, None) is not None:
            ending = Ending.NOT_A_MEMBER if judgement is None else None
            self._moves.append(Move(demand, vm, judgement, ending))

    # --- what came of it ------------------------------------------------------------------------------------------

    def policies(self) -> Iterable[InForce]:
        """Those in force."""
        return self._policies.values()

    def members(self, policy: str) -> list[EntityId]:
        """Who is a member of a policy in force; nobody is of any other."""
        each = self._policies.get(policy)
        return [] if each is None else self._rolls.members(each.bit)

    def asked_inside(self) -> Vms:
        """The VMs of which a policy asks what is inside them."""
        rows = NOBODY
        for each in self._policies.values():
            if any(demand.reads & reads.ANY_FACT for demand in each.demands):
                rows |= each.rows
        return Vms(self._rolls.columns, rows)

    def policies_of(self, vm: EntityId) -> list[InForce]:
        """The policies that a VM is a member of."""
        member_of = self._rolls.policies(vm)
        return [each for each in self._policies.values() if member_of & each.bit]

    def judgement(self, demand: Demand, vm: EntityId) -> Judgement | None:
        """What a demand says of a VM; None where it is not made of it."""
        policy = self._policies.get(demand.policy)
        if policy is None or not self._rolls.policies(vm) & policy.bit or vm in demand.overridden:
            return None
        return demand.failing.get(vm) or demand.unknown.get(vm) or PASSED

    def score_of_policy(self, policy: InForce) -> Score:
        """Of all its demands on all its members; waivers are not known here.

        Failures known from an earlier session count before their VMs have been seen again.
        """
        failed = sum(len(demand.failing) for demand in policy.demands)
        unknown = sum(len(demand.unknown) for demand in policy.demands)
        members = policy.members
        total = sum(members - len(demand.overridden) for demand in policy.demands)
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


def keep_evidence(failing: Verdicts, known: Verdicts) -> None:
    """Lets failures be told as before: that something is a minute older than it was is no news."""
    for entity in shared(failing, known):
        failing[entity] = told_as_before(failing[entity], known[entity])


def told_as_before(judgement: Judgement, known: Judgement | None) -> Judgement:
    """The failure as it is known already, where the same speaks against the VM."""
    same = known is not None and (judgement.verdict, judgement.paths) == (known.verdict, known.paths)
    return known if known is not None and same else judgement


def shared(one: Collection[EntityId], other: Collection[EntityId]) -> list[EntityId]:
    """What is in both (whose membership tests are quick)."""
    small, large = (one, other) if len(one) < len(other) else (other, one)
    return [entity for entity in small if entity in large] if small else []
