"""What one session has been told of a vCenter or host, put together into records, and which of them were reported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from vmi_console.collectors.vsphere import guest, machine
from vmi_console.collectors.vsphere.alarms import TRIGGERED
from vmi_console.collectors.vsphere.hardware import Hardware, Plug
from vmi_console.collectors.vsphere.memory import Fetched, Memory
from vmi_console.collectors.vsphere.places import Places
from vmi_console.collectors.vsphere.ports import Port, PortKey
from vmi_console.collectors.vsphere.values import Told
from vmi_console.collectors.vsphere.watching import Update
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, entity_id

VM_KIND = "VirtualMachine"


class Picture:
    """Knows no connection: it is told what was read, and tells what is new. Objects are meant by their moid.

    It is what `machine.vm` finds around a VM.
    """

    def __init__(self, endpoint: str, memory: Memory | None = None) -> None:
        """With what an earlier session fetched, if it was of the same endpoint."""
        self.endpoint = endpoint
        self.memory = memory or Memory()
        self.memory.begin(endpoint)
        self.places = Places(endpoint)
        self.machines: dict[str, Told] = {}
        self.forbidden: dict[str, str] = {}
        self._alarms: set[str] = set()
        self._tags: dict[str, tuple[str, ...]] = {}
        self._reported: dict[EntityId, AnyRecord] = {}

    # --- being told ---------------------------------------------------------------------------------------------------

    def take_machines(self, updates: Iterable[Update]) -> tuple[set[str], set[str], set[str]]:
        """Takes changes of VMs; gives those that changed, those of them whose hardware must be read, and those gone."""
        changed: set[str] = set()
        unread: set[str] = set()
        gone: set[str] = set()
        for update in updates:
            if update.left:
                self._drop(update.moid)
                gone.add(update.moid)
                continue
            gone.discard(update.moid)
            self._note_forbidden(update)
            self._note_alarms(update)
            known = self.machines.setdefault(update.moid, {})
            moved = {path for path, value in update.told.items() if known.get(path) != value}
            _amend(known, update.told)
            if moved or update.entered:
                changed.add(update.moid)
            if machine.is_readable(known) and not self._is_fetched(update.moid, known):
                unread.add(update.moid)
        return changed - gone, unread - gone, gone

    def take_places(self, updates: Iterable[Update]) -> bool:
        """Takes changes of everything else; True where the records of VMs may be others by that."""
        shaped = False
        for update in updates:
            self._note_forbidden(update)
            self._note_alarms(update)
            shaped = self.places.take(update) or shaped
        return shaped

    def fetched(self, moid: str, found: Fetched) -> None:
        """Takes a VM's hardware, unless it has gone meanwhile."""
        if moid in self.machines:
            self.memory.keep(moid, found)

    def name_alarms(self, names: Mapping[str, str]) -> None:
        """Takes what definitions of alarms are called, by moid."""
        self.places.alarm_names.update(names)

    def forget_alarm_names(self) -> None:
        """They may be called otherwise now."""
        self.places.alarm_names.clear()

    def put_tags(self, tags: dict[str, tuple[str, ...]]) -> set[str]:
        """Takes the names of the tags of all objects that have any; gives the VMs whose tags have changed."""
        before, self._tags = self._tags, tags
        return {
            moid for moid in before.keys() | tags.keys() if before.get(moid) != tags.get(moid) and moid in self.machines
        }

    def _drop(self, moid: str) -> None:
        self.memory.drop(moid)
        self.machines.pop(moid, None)
        self.forbidden.pop(moid, None)

    def _is_fetched(self, moid: str, told: Told) -> bool:
        known = self.memory.fetched(moid)
        return known is not None and known.basis == machine.basis(told)

    def _note_forbidden(self, update: Update) -> None:
        if update.forbidden:
            self.forbidden[update.moid] = update.kind
        elif update.entered or update.left:
            self.forbidden.pop(update.moid, None)

    def _note_alarms(self, update: Update) -> None:
        self._alarms.update(each.alarm for each in update.told.get(TRIGGERED) or ())

    # --- telling ------------------------------------------------------------------------------------------------------

    def vms(self, moids: Iterable[str]) -> Iterator[AnyRecord]:
        """The records of these VMs, and of what their guests published."""
        for moid in moids:
            told = self.machines.get(moid)
            if told is None:
                continue
            known = self.memory.fetched(moid)
            hardware = known.hardware if known is not None else None
            record = machine.vm(moid, told, hardware, known.sizes if known is not None else None, self)
            yield record
            if hardware is not None and hardware.published is not None:
                yield guest.facts(self.entity("guest", moid), record.id, record.name, hardware.published)

    def with_snapshots(self, moids: Iterable[str]) -> list[str]:
        """Those of these VMs that have any."""
        return [moid for moid in moids if self.machines.get(moid, {}).get(machine.SNAPSHOT)]

    def ports_of(self, moids: Iterable[str]) -> list[PortKey]:
        """The ports of these VMs' cards that may differ from their portgroups."""
        return self.ports_at(known.hardware for moid in moids if (known := self.memory.fetched(moid)) is not None)

    def ports_at(self, found: Iterable[Hardware]) -> list[PortKey]:
        """The ports of these cards that may differ from their portgroups."""
        return [key for hardware in found for card in hardware.cards if (key := self._own_port(card.plug)) is not None]

    def ports_named(self, switch: str | None, keys: Collection[str] | None) -> list[PortKey]:
        """The ports that a card is at, of those an event names: of a switch, by key, or all of its."""
        uuid = self.places.uuid_of(switch) if switch is not None else None
        if uuid is None:
            return []  # as most events: they come by the hundred a second, and cards are there by the ten thousand
        named = self.memory.port_keys_of(uuid) if keys is None else [(uuid, key) for key in keys]
        return [key for key in named if self.memory.plugged(key) is not None]

    def _own_port(self, plug: Plug) -> PortKey | None:
        """The port of a card, where its portgroup lets ports differ."""
        if plug.switch is None or plug.port is None or plug.portgroup is None:
            return None
        _, policy = self.places.portgroup_setting(plug.portgroup)
        return (plug.switch, plug.port) if policy.overrides else None

    def unnamed_alarms(self) -> set[str]:
        """Definitions of triggered alarms whose names are not known."""
        return self._alarms - self.places.alarm_names.keys()

    def publishing(self) -> list[str]:
        """The VMs whose guests may publish something: their Tools run."""
        return [
            moid for moid, told in self.machines.items() if told.get("guest.toolsRunningStatus") == "guestToolsRunning"
        ]

    def news(self, records: Iterable[AnyRecord]) -> tuple[AnyRecord, ...]:
        """Those that were not reported as they are now; from now on they were."""
        fresh = tuple(record for record in records if self._reported.get(record.id) != record)
        self._reported.update((record.id, record) for record in fresh)
        return fresh

    def gone(self, moids: Collection[str]) -> tuple[EntityId, ...]:
        """What was reported of these VMs; from now on it never was."""
        ids = [self.entity(kind, moid) for moid in moids for kind in ("vm", "guest")]
        return tuple(entity for entity in ids if self._reported.pop(entity, None) is not None)

    def gone_places(self, present: Iterable[AnyRecord]) -> tuple[EntityId, ...]:
        """What was reported of places that are no longer there; from now on it never was."""
        still = {record.id for record in present}
        gone = tuple(
            entity
            for entity in self._reported
            if entity not in still and entity.partition("/")[0] not in ("vm", "guest")
        )
        for entity in gone:
            del self._reported[entity]
        return gone

    def reported(self, entity: EntityId) -> AnyRecord | None:
        """What was last reported of an entity."""
        return self._reported.get(entity)

    def forget_reports(self) -> None:
        """Everything is news again."""
        self._reported.clear()

    # --- what is around a VM (`machine.Around`) -----------------------------------------------------------------------

    def entity(self, kind: str, moid: str) -> EntityId:
        return entity_id(kind, self.endpoint, moid)

    def network_of(self, plug: Plug) -> EntityId | None:
        return self.places.network_of(plug)

    def port_of(self, plug: Plug) -> Port:
        if plug.portgroup is None:
            return Port()
        common, _ = self.places.portgroup_setting(plug.portgroup)
        if (key := self._own_port(plug)) is None:
            return Port(blocked=common.blocked)
        own = self.memory.ports.get(key)
        if own is None:
            return Port()  # it may have a setting of its own
        return own if own.blocked is not None else msgspec.structs.replace(own, blocked=common.blocked)

    def alarm_names(self) -> Mapping[str, str]:
        return self.places.alarm_names

    def folder_of(self, parent: str | None, vapp: str | None) -> str:
        return self.places.folder_of(parent, vapp)

    def pool_of(self, pool: str | None) -> str | None:
        return self.places.pool_of(pool)

    def attributes_of(self, filled_in: tuple[tuple[int, str], ...]) -> dict[str, str]:
        fields = self.places.fields
        return {fields[key]: value for key, value in filled_in if key in fields}

    def tags_of(self, moid: str) -> tuple[str, ...]:
        return self._tags.get(moid, ())


def _amend(known: dict[str, Any], told: Mapping[str, Any]) -> None:
    """Puts what was told over what was known, sparing what is unset."""
    for path, value in told.items():
        if value is None:
            known.pop(path, None)
        else:
            known[path] = value
