"""Differences by their causes: a network's edit and the VMs it shows in are one group, not thirty differences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action
from vmi_console.estate.effective import cause_of_vlan
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.inventory import plugging
from vmi_console.estate.records import VM, Network
from vmi_console.policy.joining import vm_of

_INSIDE = re.compile(r"(\w+)\[(.*?)\](?:\.\w+)?", re.DOTALL)
_CARD_VLAN = re.compile(r"nics\[.*\]\.vlan", re.DOTALL)


class Cause(StrEnum):
    """What differences of a group have in common."""

    NETWORK = "network"  # an edit of a network, and what it did to those who are plugged in
    MOVE = "move"  # VMs that left a host
    INSIDE = "inside guests"  # the same package, service or setting in several guests
    ITSELF = "itself"  # one entity's own
    ASPECT = "aspect"  # of two machines that were held against each other: one side of what they are


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One property of one entity, before and after: JSON-like data, as in a `Change`; untrusted."""

    entity: EntityId
    name: str
    action: Action
    path: Annotated[str, msgspec.Meta(description="the property; empty: the entity as a whole")] = ""
    before: Any = None
    after: Any = None
    actor: Annotated[str | None, msgspec.Meta(description="who did it, where the history tells")] = None
    at: Annotated[datetime | None, msgspec.Meta(description="when, where the history tells")] = None

    @property
    def vm(self) -> EntityId | None:
        """The VM it is of, or of whose guest."""
        return vm_of(self.entity) if kind_of(self.entity) in ("vm", "guest") else None


class Group(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Differences of one cause. `name` is the network's, the host's, the package's or the entity's; untrusted."""

    cause: Cause
    name: str
    entity: Annotated[EntityId | None, msgspec.Meta(description="the network, host or entity; null: inside guests")] = (
        None
    )
    field: Annotated[str, msgspec.Meta(description="inside guests: applications, …; of two machines: the aspect")] = ""
    vms: Annotated[int, msgspec.Meta(description="how many VMs it shows in")] = 0
    actors: Annotated[tuple[str, ...], msgspec.Meta(description="who did it, as far as the history tells")] = ()
    items: tuple[Item, ...] = ()


class Causes:
    """Gathers differences. Records are by the ids of the earlier moment."""

    def __init__(self, before: Mapping[EntityId, AnyRecord], after: Mapping[EntityId, AnyRecord]) -> None:
        self._before = before
        self._after = after
        self._networks = dict(_changed_networks(before, after))
        self._items: dict[tuple[Cause, str, str], list[Item]] = {}

    def add(self, item: Item) -> None:
        """Puts a difference to those of its cause."""
        self._items.setdefault(self._key(item), []).append(item)

    def groups(self) -> tuple[Group, ...]:
        """The groups, those that show in most VMs first."""
        made = [self._group(*key, items) for key, items in self._settled()]
        return tuple(sorted(made, key=lambda group: (-group.vms, group.cause.value, group.name, group.entity or "")))

    def _key(self, item: Item) -> tuple[Cause, str, str]:
        kind = kind_of(item.entity)
        if kind == "network" and item.entity in self._networks:
            return Cause.NETWORK, self._networks[item.entity], ""
        if kind == "guest" and (match := _INSIDE.fullmatch(item.path)) is not None:
            return Cause.INSIDE, match[1], match[2]
        if kind == "vm" and item.path:
            return self._key_of_vm(item)
        return Cause.ITSELF, item.vm or item.entity, ""

    def _key_of_vm(self, item: Item) -> tuple[Cause, str, str]:
        before, after = self._before.get(item.entity), self._after.get(item.entity)
        if isinstance(before, VM) and isinstance(after, VM):
            if before.host is not None and after.host is not None and before.host != after.host:
                if item.path == "host" or _CARD_VLAN.fullmatch(item.path):
                    return Cause.MOVE, before.host, ""
            elif self._networks and (cause := cause_of_vlan(before, after, item.path, self._networks)) is not None:
                return Cause.NETWORK, cause, ""
        return Cause.ITSELF, item.entity, ""

    def _settled(self) -> Iterable[tuple[tuple[Cause, str, str], list[Item]]]:
        """What is inside one guest only is that VM's own; a network's edit that shows nowhere is its own."""
        settled: dict[tuple[Cause, str, str], list[Item]] = {}
        for key, items in self._items.items():
            if key[0] is Cause.INSIDE and len({item.vm for item in items}) == 1:
                key = Cause.ITSELF, items[0].vm or items[0].entity, ""
            elif key[0] is Cause.NETWORK and not any(item.vm for item in items):
                key = Cause.ITSELF, key[1], ""
            settled.setdefault(key, []).extend(items)
        return settled.items()

    def _group(self, cause: Cause, about: str, label: str, items: list[Item]) -> Group:
        own = [item for item in items if item.entity == about] if cause is Cause.NETWORK else items
        actors = dict.fromkeys(item.actor for item in own if item.actor is not None)
        vms = {item.vm for item in items if item.vm is not None}
        inside = cause is Cause.INSIDE
        return Group(
            cause=cause,
            name=label if inside else self._name(about, items),
            entity=None if inside else EntityId(about),
            field=about if inside else "",
            vms=len(vms),
            actors=tuple(actors),
            items=tuple(sorted(items, key=lambda item: item.vm is not None)),  # the cause before what it did
        )

    def _name(self, entity: str, items: list[Item]) -> str:
        record = self._after.get(EntityId(entity)) or self._before.get(EntityId(entity))
        return record.name if record is not None else items[0].name


def _changed_networks(
    before: Mapping[EntityId, AnyRecord], after: Mapping[EntityId, AnyRecord]
) -> Iterator[tuple[EntityId, EntityId]]:
    """Each network whose ports may have another VLAN → the network that was changed: itself or what it is part of."""
    changed = {
        entity
        for records in (before, after)
        for entity, record in records.items()
        if isinstance(record, Network) and _plugging(before.get(entity)) != _plugging(after.get(entity))
    }
    for records in (before, after):
        for entity, record in records.items():
            if isinstance(record, Network) and entity not in changed and record.parent in changed:
                yield entity, record.parent
    for entity in changed:
        yield entity, entity


def _plugging(record: AnyRecord | None) -> tuple[object, ...] | None:
    return plugging(record) if isinstance(record, Network) else None
