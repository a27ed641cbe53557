"""The differences between two states of a record, property by property, as the change log tells them.

A difference is named by its path: `power`, `guest.hostname`, `nics[52:54:00:12:34:56].network`, `attributes[owner]`.
Parts that have a key (cards, disks, snapshots) are compared key by key, and come and go as a whole; other tuples
(tags, addresses) are one value; the order of keyed parts means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec

from vmi_console.estate.changes import Action
from vmi_console.estate.facts import Application, FactSet, Guest, OperatingSystem
from vmi_console.estate.records import (
    VM,
    Alarm,
    Connection,
    Datastore,
    Disk,
    GuestSummary,
    Health,
    Nic,
    Part,
    Record,
    Snapshot,
    to_builtins,
)

UNTOLD: dict[type[msgspec.Struct], frozenset[str]] = {
    # When something was looked at, or has been so since: the age of an answer is no property of the estate.
    Connection: frozenset({"seen_at"}),
    Health: frozenset({"since", "reason", "advice"}),  # which follow the state
    GuestSummary: frozenset({"read_at"}),
    # … and its content is told item by item, by `software.fact_differences`.
    FactSet: frozenset({"read_at", "source", "items", "base", "removed"}),
    # They follow from the services that started and the packages that came and went.
    OperatingSystem: frozenset({"booted_at", "software_changed_at"}),
    # Moves with every reconfiguration, which is told by what it changed.
    VM: frozenset({"config_version"}),
    # Measurements: a thin disk grows and a datastore fills all the time.
    Disk: frozenset({"allocated_bytes"}),
    Datastore: frozenset({"free_bytes"}),
    Snapshot: frozenset({"size_bytes"}),
    # They follow from `status` and `acknowledged`; who did it is the change's actor.
    Alarm: frozenset({"since", "acknowledged_by", "acknowledged_at"}),
    # `device` is another at every power-on; name and switch follow from the network, whose change is told there.
    Nic: frozenset({"device", "network_name", "switch"}),
    # Processes come and go by the second; `vm` is in the id, the name is the VM's, whose change is told there; and what
    # a look cost is no property of the guest.
    Guest: frozenset({"name", "vm", "processes", "looks"}),
}
"""Fields that are kept up to date but whose movement is no change of the estate."""


class Difference(NamedTuple):
    """One property that differs; `before` and `after` are JSON-like data (None where there is no such property)."""

    action: Action
    path: str
    before: Any = None
    after: Any = None


def differences(before: Record, after: Record) -> Iterator[Difference]:
    """What differs between two states of one entity, except for what is `UNTOLD`.

    Sets of guest facts are left out: part of them may lie in a software image (see `guests`).
    """
    return field_differences("", before, after)


def field_differences(prefix: str, before: msgspec.Struct, after: msgspec.Struct) -> Iterator[Difference]:
    """What differs between two structs of one type, each path beginning with `prefix`."""
    for field in _told(type(before)):
        old, new = getattr(before, field), getattr(after, field)
        if old is not new and old != new:
            yield from _values(prefix + field, old, new)


def part_differences(path: str, before: Iterable[Part], after: Iterable[Part]) -> Iterator[Difference]:
    """The differences between two collections of keyed parts.

    Parts of one collection that share a key (kernels of several versions) are told apart by their whole value.
    """
    old, new = by_key(before), by_key(after)
    for key, parts in old.items():
        counterparts = new.get(key, [])
        if len(parts) == len(counterparts) == 1:
            yield from field_differences(f"{path}[{label(parts[0])}].", parts[0], counterparts[0])
        else:
            for part in parts:
                if part not in counterparts:
                    yield Difference(Action.REMOVED, f"{path}[{label(part)}]", before=to_builtins(part))
    for key, parts in new.items():
        counterparts = old.get(key, [])
        if len(parts) != 1 or len(counterparts) != 1:
            for part in parts:
                if part not in counterparts:
                    yield Difference(Action.ADDED, f"{path}[{label(part)}]", after=to_builtins(part))


def by_key(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """The parts under their keys, in their order."""
    keyed: dict[str, list[Part]] = {}
    for part in parts:
        keyed.setdefault(key_of(part), []).append(part)
    return keyed


def key_of(part: Part) -> str:
    """What tells a part from its siblings."""
    key: str = part.key  # type: ignore[attr-defined]  # asked of keyed parts only
    return key


def label(part: Part) -> str:
    """What a path calls a part: an application goes by its name, anything else by its key."""
    return part.name if isinstance(part, Application) else key_of(part)


@cache
def _told(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    untold = UNTOLD.get(struct, frozenset())
    return tuple(field for field in struct.__struct_fields__ if field not in untold)


def _values(path: str, old: Any, new: Any) -> Iterator[Difference]:
    if isinstance(old, FactSet):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _entries(path, old, new)
    elif isinstance(old, Part) and isinstance(new, Part):
        yield from field_differences(path + ".", old, new)
    elif isinstance(old, tuple) and isinstance(new, tuple) and hasattr((old or new)[0], "key"):
        yield from part_differences(path, old, new)
    else:
        yield Difference(Action.CHANGED, path, to_builtins(old), to_builtins(new))


def _entries(path: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Difference]:
    for key, value in old.items():
        if key not in new:
            yield Difference(Action.REMOVED, f"{path}[{key}]", before=to_builtins(value))
        elif new[key] != value:
            yield Difference(Action.CHANGED, f"{path}[{key}]", to_builtins(value), to_builtins(new[key]))
    for key, value in new.items():
        if key not in old:
            yield Difference(Action.ADDED, f"{path}[{key}]", after=to_builtins(value))
