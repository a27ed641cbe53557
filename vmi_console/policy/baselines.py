"""Baselines: a state that is known to be good, and every property in which a VM has drifted from it.

A baseline is held against the estate as a policy with one rule for each kind of property (`nics`, `applications`), so
that drift is found, joined to its author, acknowledged and waived as any failure is. The states lie in the console's
database: the folder says only whom a baseline concerns and what of it matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

import msgspec
from msgspec.structs import replace

from vmi_console.errors import InputError
from vmi_console.estate.differences import UNTOLD, Difference, differences
from vmi_console.estate.facts import FactSet, Guest, Looked
from vmi_console.estate.identity import EntityId
from vmi_console.estate.patterns import glob
from vmi_console.estate.records import VM, GuestSummary
from vmi_console.estate.software import Software, fact_differences, view
from vmi_console.plain_text import visible
from vmi_console.policy.check import Check, Estate
from vmi_console.policy.findings import Kept
from vmi_console.policy.joining import touches
from vmi_console.policy.judgement import PASSED, Judgement, failed, unknown
from vmi_console.policy.policies import Baseline, Policy, Rule
from vmi_console.policy.surroundings import Surroundings

FACTS = ("os", "applications", "services", "patches", "users", "sockets")

RESTLESS = frozenset(
    {"power", "access", "booted_at", "host", "resource_pool", "snapshots", "alarms", "labels", "guest"}
)
"""Properties that move every day without anybody drifting: compared only where a baseline names them."""

MOST_VMS = 2_000
"""Of which states can be taken one by one; more are better held against one gold VM."""

SHOWN = 3
LONGEST_VALUE = 60


class KnownGood(Kept):
    """The state of one VM when a baseline was taken: its record, and all that was known from inside it."""

    baseline: str
    vm: EntityId
    by: str
    at: datetime
    record: VM
    guest: Guest | None = None

    @property
    def key(self) -> str:
        """What the decision is known by."""
        return f"{self.baseline}\0{self.vm}"


class States(msgspec.Struct, frozen=True, eq=False):
    """The states of one baseline, by VM. Equal only to itself: other states are another baseline."""

    of_vm: Mapping[EntityId, KnownGood]
    gold: KnownGood | None = None  # where all are held against one


NOTHING_TAKEN = States({})


class Drift(Check, dict=True):
    """The check behind a rule of a baseline; it has no word in documents."""

    kind = "baseline"
    title = "Baseline"
    help = "The VM is as it was when the baseline was taken."
    examples = ()
    remediation = "Put it back as it was, or accept its state as the new baseline."

    baseline: str
    field: str
    states: States
    watch: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.field})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        known = self.states.gold or self.states.of_vm.get(vm.id)
        if known is None:
            return unknown("its known-good state has not been taken yet")
        if known.vm == vm.id:
            return self._judged(known.record, vm, known, estate)
        return self._judged(without_identity(known.record), without_identity(vm), known, estate)

    def _judged(self, before: VM, after: VM, known: KnownGood, estate: Estate) -> Judgement:
        if self.field in FACTS:
            found = self._inside(known.guest, estate.software(after.id))
            if isinstance(found, str):
                return unknown(found, self.field)
        else:
            found = differences(_only(before, self.field, after), after)
        drifted = [each for each in found if self._matters(each.path)]
        if not drifted:
            return PASSED
        told = "; ".join(f"{each.path}: {_shown(each.before)} → {_shown(each.after)}" for each in drifted[:SHOWN])
        more = f"; and {len(drifted) - SHOWN} more" if len(drifted) > SHOWN else ""
        return failed(told + more, *(each.path for each in drifted))

    def _inside(self, known: Guest | None, software: Software | None) -> Iterator[Difference] | str:
        before: FactSet[object] = getattr(known, self.field) if known is not None else FactSet()
        if before.status is not Looked.READ:
            return f"its {self.field} were not known when the baseline was taken"
        if software is None:
            return "nobody has looked into the guest yet"
        after = software.facts(self.field)
        if after.status is not Looked.READ:
            return visible(after.because, 200) or f"nobody has looked at the guest's {self.field} yet"
        return fact_differences(self.field, view(before), after)

    def _matters(self, path: str) -> bool:
        if self.watch and not any(covers(path) for covers in self._watched):
            return False
        return not any(covers(path) for covers in self._allowed)

    @cached_property
    def _watched(self) -> list[Covers]:
        return [Covers(each) for each in self.watch]

    @cached_property
    def _allowed(self) -> list[Covers]:
        return [Covers(each) for each in self.allow]


class Covers:
    """Whether a path is, or is part of, what a pattern such as `nics[*].vlan` or `nics` names."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern.strip()
        # In paths, brackets are what they are.
        self._matches = glob(self._pattern.replace("[", "[[]").casefold())

    def __call__(self, path: str) -> bool:
        return bool(self._matches(path.casefold())) or (
            len(path) >= len(self._pattern) and touches(path, self._pattern)
        )


def as_policy(baseline: Baseline, states: States) -> Policy:
    """The baseline as a policy: a rule for each kind of property that matters."""
    return Policy(
        name=name_of(baseline.name),
        description=baseline.description,
        members=baseline.members,
        severity=baseline.severity,
        rules=tuple(
            Rule(
                key=field,
                check=Drift(
                    baseline=baseline.name, field=field, states=states, watch=baseline.watch, allow=baseline.allow
                ),
                title=f"{field.replace('_', ' ').capitalize()} as in the baseline",
            )
            for field in fields(baseline)
        ),
        file=baseline.file,
    )


def name_of(baseline: str) -> str:
    """What findings call the policy that a baseline is."""
    return f"Baseline: {baseline}"


def fields(baseline: Baseline) -> list[str]:
    """The kinds of properties that a baseline compares."""
    told = [field for field in VM.__struct_fields__ if field != "id" and field not in UNTOLD[VM]]
    everything = list(dict.fromkeys([*told, *FACTS]))
    if not baseline.watch:
        return [field for field in everything if field not in RESTLESS]
    return [field for field in everything if any(_may_cover(pattern, field) for pattern in baseline.watch)]


def taken(baseline: Baseline, vms: Iterable[EntityId], estate: Surroundings, by: str, at: datetime) -> list[KnownGood]:
    """The present states of some VMs, as known to be good. Raises `InputError` if there are too many, or none."""
    records = [record for vm in vms if (record := estate.vm(vm)) is not None]
    if not records:
        raise InputError("there is no such VM", "name VMs that are there")
    if len(records) > MOST_VMS:
        raise InputError(
            f"the states of {len(records):,} VMs are too many to take", "hold them against one gold VM instead"
        )
    return [
        KnownGood(
            baseline=baseline.name, vm=record.id, by=by, at=at, record=record, guest=_whole(estate.software(record.id))
        )
        for record in records
    ]


def gold_of(baseline: Baseline, estate: Surroundings) -> EntityId:
    """The VM that all are held against. Raises `InputError` where its name is nobody's, or several VMs'."""
    if estate.vm(EntityId(baseline.gold)) is not None:
        return EntityId(baseline.gold)
    found = [vm.id for vm in estate.inventory.vms() if vm.name.casefold() == baseline.gold.casefold()]
    if len(found) != 1:
        many = f"{len(found)} VMs are" if found else "no VM is"
        raise InputError(f"{many} called “{visible(baseline.gold, 80)}”", "name the gold VM by its id")
    return found[0]


def without_identity(vm: VM) -> VM:
    """A VM without what tells it from its siblings: names, addresses, places; parts go by their position."""
    return replace(
        vm,
        name="",
        uuid=None,
        instance_uuid=None,
        host=None,
        folder="",
        annotation="",
        created_at=None,
        booted_at=None,
        attributes={},
        guest=replace(vm.guest, hostname=None) if vm.guest != GuestSummary() else vm.guest,
        nics=tuple(
            replace(nic, key=str(position), label="", mac=None, port=None, addresses=(), device=None)
            for position, nic in enumerate(vm.nics, start=1)
        ),
        disks=tuple(
            replace(disk, key=str(position), label="", path=None, backing=(), datastore=None, serial=None)
            for position, disk in enumerate(vm.disks, start=1)
        ),
    )


def _only(before: VM, field: str, after: VM) -> VM:
    """The later state with one field as it was before."""
    return replace(after, **{field: getattr(before, field)})


def _whole(software: Software | None) -> Guest | None:
    """A guest whose facts stand for themselves, without a software image that may be forgotten."""
    if software is None:
        return None
    guest = software.guest
    if software.applications.status is Looked.READ:
        items = tuple(software.applications)
        guest = replace(guest, applications=replace(guest.applications, items=items, base=None, removed=()))
    if software.services.status is Looked.READ:
        running = tuple(software.services)
        guest = replace(guest, services=replace(guest.services, items=running, base=None, removed=()))
    return replace(guest, processes=FactSet())


def _may_cover(pattern: str, field: str) -> bool:
    head = pattern.strip().partition("[")[0].partition(".")[0].casefold()
    return bool(glob(head)(field)) if head else False


def _shown(value: object) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
    return visible(text, LONGEST_VALUE)
