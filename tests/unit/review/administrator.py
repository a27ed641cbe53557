"""An administrator who works on the demo estate, and remembers what it was before each thing was touched."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vmi_console.collectors.demo.parameters import Parameters
from vmi_console.collectors.demo.world import World
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Attribution, Batch, Change, Seen
from vmi_console.estate.facts import Application, Guest
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Applied, Inventory
from vmi_console.estate.records import VM, Host, Network, Power, to_builtins
from vmi_console.estate.vlan import access
from vmi_console.review.moment import Moment
from vmi_console.review.present import moment_of

STARTED = datetime(2026, 3, 1, 8, tzinfo=UTC)

type Told = dict[tuple[EntityId, str], Any]


class Administrator:
    """Works through the inventory. `touched` has each property's value before it was first touched."""

    def __init__(self, seed: int, vms: int = 30) -> None:
        self._chance = random.Random(seed)
        self.now = STARTED
        self.world = World(Parameters(hosts=4, vms=vms, packages=15), STARTED)
        self.inventory = Inventory(itertools.count(1).__next__)
        self.changes: list[Change] = []
        self.applied: list[tuple[datetime, Applied]] = []
        self._before: dict[EntityId, AnyRecord | None] = {}
        self._touched: set[tuple[EntityId, str]] = set()
        machines = list(self.world.vms())
        guests: list[AnyRecord] = []
        for vm in machines[: vms * 3 // 4]:
            guests += [self.world.image(vm), self.world.guest(vm)]
        for records in itertools.batched([*self.world.containers(), *machines, *guests], 100):
            self.inventory.apply(Batch(records=records, seen=Seen.DISCOVERY), STARTED)

    def moment(self) -> Moment:
        """The estate now, with who did what until now."""
        return moment_of(self.inventory.all(), self.now, changes=self.changes, changes_since=STARTED)

    def begin(self) -> None:
        """From now on everything counts."""
        self._before = {record.id: record for record in self.inventory.all()}
        self._touched = set()

    def work(self, actions: int) -> None:
        """Does so many things at random."""
        for _ in range(actions):
            self.now += timedelta(seconds=self._chance.randrange(1, 3600))
            self._chance.choice(
                (self._power, self._vlan, self._memory, self._rename, self._move, self._upgrade, self._remove,
                 self._recreate, self._tag, self._measure, self._unplug)
            )()  # fmt: skip

    def expected(self) -> set[tuple[EntityId, str, str, str]]:
        """What was changed and is still another: entity, property, before, after (as text, to be in a set)."""
        found = set()
        for entity, path in self._touched:
            old, new = self._before.get(entity), self.inventory.get(entity)
            if old is None and new is None:
                continue
            if isinstance(old or new, Guest) and (old is None or new is None):
                continue  # goes with its VM
            if old is None or new is None:
                found.add((entity, "", repr(to_builtins(old)), repr(to_builtins(new))))
                continue
            if not path:
                continue  # it went, and came back as it was
            before, after = self._value(old, path), self._value(new, path)
            if before != after:
                found.add((entity, path, repr(before), repr(after)))
        return found

    def _value(self, record: AnyRecord, path: str) -> Any:
        """What a path that this administrator touches leads to."""
        if path.startswith("nics["):
            key, _, field = path.removeprefix("nics[").partition("].")
            assert isinstance(record, VM)
            return to_builtins(next(getattr(nic, field) for nic in record.nics if nic.key == key))
        if path.startswith("applications["):
            name = path.removeprefix("applications[").removesuffix("].version")
            assert isinstance(record, Guest)
            own = [item.version for item in record.applications.items if item.name == name]
            return (
                own[0] if own else self.world.image(self._vm_of(record)).applications[self._place(record, name)].version
            )
        return to_builtins(getattr(record, path))

    def _vm_of(self, guest: Guest) -> VM:
        vm = self.world.vm(guest.vm)
        assert vm is not None
        return vm

    def _place(self, guest: Guest, name: str) -> int:
        return [item.name for item in self.world.image(self._vm_of(guest)).applications].index(name)

    def _tell(self, record: AnyRecord, *paths: str, by: str | None = "erika") -> None:
        self._touched |= {(record.id, path) for path in paths}
        attributions = (
            () if by is None else (Attribution(entity=record.id, paths=paths, actor=by, occurred_at=self.now),)
        )
        self._apply(Batch(records=(record,), attributions=attributions))

    def _apply(self, batch: Batch) -> None:
        applied = self.inventory.apply(batch, self.now)
        self.changes += applied.changes
        self.applied.append((self.now, applied))

    def _some_vm(self) -> VM:
        return self._chance.choice(list(self.inventory.vms()))

    def _put(self, path: str, value: Any) -> None:
        self._tell(msgspec.structs.replace(self._some_vm(), **{path: value}), path)

    def _power(self) -> None:
        self._put("power", self._chance.choice([Power.ON, Power.OFF]))

    def _memory(self) -> None:
        self._put("memory_bytes", self._chance.choice([2 << 30, 4 << 30]))

    def _rename(self) -> None:
        self._put("name", self._chance.choice(["a", "b", "<b>"]))

    def _tag(self) -> None:
        self._put("tags", self._chance.choice([(), ("red",), ("red", "blue")]))

    def _move(self) -> None:
        vm = self._some_vm()
        host = self._chance.choice(list(self.inventory.of(Host)))
        self._tell(msgspec.structs.replace(vm, host=host.id), "host", *(f"nics[{nic.key}].vlan" for nic in vm.nics))

    def _vlan(self) -> None:
        """Shows in everybody who is plugged into it, unless their port says otherwise."""
        network = self._chance.choice(list(self.inventory.of(Network)))
        for vm in self.inventory.vms():
            self._touched |= {(vm.id, f"nics[{nic.key}].vlan") for nic in vm.nics}
        self._tell(msgspec.structs.replace(network, vlan=access(self._chance.choice([7, 8, 9]))), "vlan")

    def _unplug(self) -> None:
        vm = self._some_vm()
        if vm.nics:
            card = self._chance.choice(vm.nics)
            nics = tuple(
                msgspec.structs.replace(nic, connected=not nic.connected) if nic is card else nic for nic in vm.nics
            )
            self._tell(msgspec.structs.replace(vm, nics=nics), f"nics[{card.key}].connected", by=None)

    def _measure(self) -> None:
        """Nothing anybody changed: a disk grew."""
        vm = self._some_vm()
        disks = tuple(
            msgspec.structs.replace(disk, allocated_bytes=self._chance.randrange(1 << 30)) for disk in vm.disks
        )
        self._tell(msgspec.structs.replace(vm, disks=disks, config_version=str(self.now)))

    def _upgrade(self) -> None:
        """One package in several guests."""
        guests = list(self.inventory.of(Guest))
        name = self.world.image(self._vm_of(guests[0])).applications[0].name
        version = self._chance.choice(["9.1", "9.2"])
        for guest in self._chance.sample(guests, min(5, len(guests))):
            installed = {item.name: item for item in self.world.image(self._vm_of(guest)).applications}
            installed |= {item.name: item for item in guest.applications.items}
            if (item := installed.get(name)) is None or item.key in guest.applications.removed:
                continue
            newer: Application = msgspec.structs.replace(item, version=version)
            others = tuple(each for each in guest.applications.items if each.name != name)
            facts = msgspec.structs.replace(guest.applications, items=(*others, newer), read_at=self.now)
            self._tell(msgspec.structs.replace(guest, applications=facts), f"applications[{name}].version", by=None)

    def _remove(self) -> None:
        vm = self._some_vm()
        if len(self.inventory.vms()) > 20:
            self._touched.add((vm.id, ""))
            self._apply(Batch(removed=(vm.id,)))

    def _recreate(self) -> None:
        """One that is gone comes back as it was, or a new one is made from another."""
        gone = [
            record
            for record in self._before.values()
            if isinstance(record, VM) and self.inventory.vm(record.id) is None
        ]
        if gone and self._chance.random() < 0.5:
            vlans = (f"nics[{nic.key}].vlan" for nic in gone[0].nics)  # what its networks are now shows in it
            self._tell(gone[0], "", *vlans)
        else:
            vm = self._some_vm()
            self._tell(msgspec.structs.replace(vm, id=EntityId(f"{vm.id}-{len(self.applied)}")), "")
