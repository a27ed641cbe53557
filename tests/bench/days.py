"""Days in the life of an estate of 45,000 VMs, 100,000 changes each, as an engine would give them to its history.

What changes is what does in such estates: hypervisors move VMs about all day, addresses and powers come and go, people
tag and resize, VMs are made and removed, a network's VLAN shows in all that is plugged into it, and inside guests
packages are brought up one by one, and by the image.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from tests.bench import bench_inventory as estate
from vmi_console.collectors.quarantine import Image, Mode
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Change, Sample, Seen
from vmi_console.estate.facts import Application, Guest
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Address, Connection, Health, Power, State, to_builtins
from vmi_console.estate.vlan import access
from vmi_console.history.journal import State as Written
from vmi_console.history.pending import Encoded, KeptFinding
from vmi_console.history.samples import Gatherer
from vmi_console.history.store import History
from vmi_console.policy.findings import SCHEMA_VERSION, Ending, Finding, Stage, finding_id
from vmi_console.policy.judgement import Verdict
from vmi_console.response.quarantine import Case, Quarantine
from vmi_console.response.quarantine import Stage as Standing

CHANGES_A_DAY = 100_000

SHARES = {
    "moved": 52_000,
    "addressed": 16_000,
    "power": 9_000,
    "tagged": 5_000,
    "resized": 3_000,
    "upgraded": 4_000,  # one package of one guest
    "patched": 5,  # images: each in 90 guests, by 20 packages
    "vlan": 5,  # networks: each with 225 cards behind it
    "made": 400,
    "removed": 400,
}
"""How often a day each happens; about 100,000 changes come of it."""

FINDINGS_A_DAY = 1_000
QUARANTINES_A_DAY = 10
WATCHED = 40
"""VMs whose load somebody looks at, eight hours a day."""

PATCHED = 20
TOLD_AT_ONCE = 2_000

_encode = msgspec.msgpack.Encoder().encode


class Occurrence(NamedTuple):
    """What happened at one time."""

    at: datetime
    records: list[AnyRecord]
    changes: list[Change]
    removed: list[EntityId]


class Life:
    """An estate from `since` on. The same every time."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        self._chance = random.Random(7)
        self._number = 0
        self._at = since
        self._vms: dict[int, VM] = {number: plugged(estate.vm(number)) for number in range(estate.VMS)}
        self._guests: dict[int, Guest] = {number: estate.guest(number) for number in range(estate.VMS)}
        self._newest = estate.VMS
        self._images = estate.IMAGES

    def _beginning(self) -> Iterator[AnyRecord]:
        """Everything as it was found first."""
        endpoint = estate.of("vm", 0).split("/")[1]
        health = Health(state=State.LIVE, since=self.since)
        yield Connection(
            id=EntityId("connection/console/1"), name="Site", uri="vsphere://site", provider="vsphere",
            endpoint=endpoint, health=health,
        )  # fmt: skip
        yield from map(estate.host, range(estate.HOSTS))
        yield from map(estate.network, range(estate.NETWORKS))
        yield from map(estate.image, range(estate.IMAGES))
        yield from self._vms.values()
        yield from self._guests.values()

    def _day(self, number: int) -> Iterator[Occurrence]:
        """What happened on a day, in order."""
        kinds = [kind for kind, count in SHARES.items() for _ in range(count)]
        self._chance.shuffle(kinds)
        step = timedelta(days=1) / len(kinds)
        for position, kind in enumerate(kinds):
            self._at = self.since + timedelta(days=number) + step * position
            yield getattr(self, f"_{kind}")()

    async def begin(self, history: History) -> None:
        """Gives a history all that was found first."""
        for some in itertools.batched(self._beginning(), TOLD_AT_ONCE):
            history.revise(self.since, some)
            history.keep(some)
            await history.flush()

    async def record(self, history: History, day: int) -> None:
        """Gives a history all that happened on a day, as an engine does."""
        told = 0
        for happened in self._day(day):
            history.record(happened.changes)
            history.keep(happened.records, happened.removed)
            entities = {change.entity for change in happened.changes}
            history.revise(happened.at, happened.records, happened.removed, told=entities)
            told += len(happened.changes)
            if told >= TOLD_AT_ONCE:
                told = 0
                await history.flush()
        since = self.since + timedelta(days=day)
        history.keep_findings(_findings(since))
        await _quarantine(history, since)
        _watch(history, since)
        await history.flush()

    # --- what happens ---------------------------------------------------------------------------------------------

    def _moved(self) -> Occurrence:
        return self._with("host", estate.of("host", self._chance.randrange(estate.HOSTS)), actor="DRS")

    def _power(self) -> Occurrence:
        vm = self._any()
        power = Power.OFF if self._vms[vm].power is Power.ON else Power.ON
        return self._with("power", power, vm, actor="VSPHERE.LOCAL\\administrator")

    def _tagged(self) -> Occurrence:
        return self._with("tags", (f"tier-{self._chance.randrange(5)}", "linux", f"team-{self._chance.randrange(40)}"))

    def _resized(self) -> Occurrence:
        return self._with("memory_bytes", self._chance.randrange(2, 65) << 30)

    def _addressed(self) -> Occurrence:
        number = self._any()
        vm = self._vms[number]
        first = vm.nics[0]
        address = Address(ip=f"10.0.{self._chance.randrange(256)}.{self._chance.randrange(256)}", prefix=16)
        nics = (msgspec.structs.replace(first, addresses=(address,)), *vm.nics[1:])
        return self._with("nics", nics, number, f"nics[{first.mac}].addresses", first.addresses, (address,))

    def _vlan(self) -> Occurrence:
        number = self._chance.randrange(estate.NETWORKS)
        tag = self._chance.randrange(1, 4000)
        vlan, network = access(tag), estate.network(number, tag)
        found = Occurrence(self._at, [network], [], [])
        found.changes.append(self._change(network, "vlan", None, to_builtins(vlan), actor="net-admin"))
        for place in range(number, estate.VMS, estate.NETWORKS):
            if (vm := self._vms.get(place)) is not None:
                first = vm.nics[0]
                nics = (msgspec.structs.replace(first, vlan=vlan), *vm.nics[1:])
                vm = self._vms[place] = msgspec.structs.replace(vm, nics=nics)
                found.records.append(vm)
                before, after = to_builtins(first.vlan), to_builtins(vlan)
                found.changes.append(self._change(vm, f"nics[{first.mac}].vlan", before, after, cause=network.id))
        return found

    def _upgraded(self) -> Occurrence:
        number = self._any()
        guest = self._guests[number]
        items = list(guest.applications.items or ())
        place = self._chance.randrange(len(items))
        before = items[place]
        items[place] = Application(
            name=before.name, version=f"2.{self._chance.randrange(1000)}", arch="amd64", manager="dpkg"
        )
        facts = msgspec.structs.replace(guest.applications, items=tuple(items), read_at=self._at)
        guest = self._guests[number] = msgspec.structs.replace(guest, applications=facts)
        path = f"applications[{before.name}].version"
        change = self._change(guest, path, before.version, items[place].version, seen=Seen.INSPECTION)
        return Occurrence(self._at, [guest], [change], [])

    def _patched(self) -> Occurrence:
        """An image is brought up: whoever is based on it is based on another one."""
        old = self._guests[self._any()].applications.base
        new, self._images = self._images, self._images + 1
        image = estate.image(new)
        found = Occurrence(self._at, [image], [], [] if old is None else [old])
        for number, guest in self._guests.items():
            if guest.applications.base != old:
                continue
            facts = msgspec.structs.replace(guest.applications, base=image.id, read_at=self._at)
            services = msgspec.structs.replace(guest.services, base=image.id, read_at=self._at)
            guest = self._guests[number] = msgspec.structs.replace(guest, applications=facts, services=services)
            found.records.append(guest)
            for package in self._chance.sample(range(estate.PACKAGES), PATCHED):
                path = f"applications[package-{package}].version"
                found.changes.append(self._change(guest, path, "1.0", f"1.{new}", seen=Seen.INSPECTION))
        return found

    def _made(self) -> Occurrence:
        number, self._newest = self._newest, self._newest + 1
        vm = self._vms[number] = plugged(estate.vm(number))
        guest = self._guests[number] = estate.guest(number)
        change = self._change(vm, "", None, to_builtins(vm), Action.ADDED, actor="deployer")
        return Occurrence(self._at, [vm, guest], [change], [])

    def _removed(self) -> Occurrence:
        number = self._any()
        vm = self._vms.pop(number)
        guest = self._guests.pop(number)
        change = self._change(vm, "", to_builtins(vm), None, Action.REMOVED, actor="deployer")
        return Occurrence(self._at, [], [change], [vm.id, guest.id])

    # --- how it is told -------------------------------------------------------------------------------------------

    def _any(self) -> int:
        while (number := self._chance.randrange(estate.VMS)) not in self._vms:
            pass
        return number

    def _with(
        self, field: str, value: Any, number: int | None = None, path: str = "", before: Any = None, after: Any = None,
        actor: str | None = None,
    ) -> Occurrence:  # fmt: skip
        if number is None:
            number = self._any()
        vm = self._vms[number]
        old = getattr(vm, field)
        vm = self._vms[number] = msgspec.structs.replace(vm, **{field: value})
        change = self._change(
            vm, path or field, to_builtins(before if path else old), to_builtins(after if path else value), actor=actor
        )
        return Occurrence(self._at, [vm], [change], [])

    def _change(
        self, record: AnyRecord, path: str, before: Any, after: Any, action: Action = Action.CHANGED, **more: Any
    ) -> Change:
        self._number += 1
        return Change(
            number=self._number, entity=record.id, name=record.name, action=action, path=path, before=before,
            after=after, observed_at=self._at, **more,
        )  # fmt: skip


def plugged(vm: VM) -> VM:
    """With the VLANs that follow from its networks."""
    nics = []
    for nic in vm.nics:
        assert nic.network is not None
        nics.append(msgspec.structs.replace(nic, vlan=access(int(nic.network.rpartition("-")[2]) + 1)))
    return msgspec.structs.replace(vm, nics=tuple(nics))


def _findings(day: datetime) -> Iterator[KeptFinding]:
    """Nine of ten are resolved within a few days."""
    chance = random.Random(day.toordinal())
    for _ in range(FINDINGS_A_DAY):
        vm = chance.randrange(estate.VMS)
        opened = day + timedelta(seconds=chance.randrange(86_400))
        resolved = opened + timedelta(hours=chance.randrange(72)) if chance.random() < 0.9 else None
        policy = f"Tier {vm % 5}"
        finding = Finding(
            id=finding_id(policy, "vlans", estate.of("vm", vm)) + f"/{opened:%j%H%M%S}",
            policy=policy, rule="vlans", check="vlans", vm=estate.of("vm", vm), vm_name=f"web-{vm:05}",
            title="Allowed VLANs", evidence="Network adapter 1 is in VLAN 271, which is not allowed",
            opened_at=opened, first_opened_at=opened, resolved_at=resolved,
            stage=Stage.OPEN if resolved is None else Stage.RESOLVED,
            ending=None if resolved is None else Ending.PASSES,
            verdict=Verdict.FAIL,
        )  # fmt: skip
        yield KeptFinding(finding.id, finding.vm, opened, resolved, Encoded(_encode(finding), SCHEMA_VERSION))


async def _quarantine(history: History, day: datetime) -> None:
    chance = random.Random(day.toordinal())
    for number in range(QUARANTINES_A_DAY):
        vm = chance.randrange(estate.VMS)
        standing = Quarantine(
            id=f"{day:%j}-{number}", vm=estate.of("vm", vm), vm_name=f"web-{vm:05}", mode=Mode.ISOLATE,
            stage=Standing.ISOLATED, since=day, opened_at=day, by="operator", reason="It spoke to 203.0.113.9",
        )  # fmt: skip
        image = Image(vm=standing.vm, name=standing.vm_name, power="on", version="1", state={"nics": ["4000", "4001"]})
        content = _encode(Case(quarantine=standing, before=image))
        states = [Written(standing.id, content, closed) for closed in (False, False, False, True)]
        await history.append(states, [], lambda *_: NotImplemented)


def _watch(history: History, day: datetime) -> None:
    gatherer = Gatherer(history.keep_loads)
    for minute in range(8 * 60):
        at = day + timedelta(hours=8, minutes=minute)
        gatherer.add(
            Sample(
                entity=estate.of("vm", number),
                at=at,
                cpu_percent=minute % 100,
                memory_used_bytes=minute << 20,
                disk_read_bytes_per_s=1.0,
                disk_write_bytes_per_s=1.0,
                net_receive_bytes_per_s=1.0,
                net_transmit_bytes_per_s=1.0,
            )
            for number in range(WATCHED)
        )
    gatherer.flush()
