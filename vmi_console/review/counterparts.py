"""Who of a later moment is who of an earlier one, where the ids do not say: another endpoint told of them.

Ids come first. Whoever has none in common is looked for by UUID, by the rules of `estate.sightings` except that both
may run: two moments are two times. What stands around the machines (networks, datastores, clusters, …) has no identity
beyond its endpoint; it is found by its name where an endpoint of one moment takes the place of one of the other, and
only where one alone is called so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of, native_of
from vmi_console.estate.indexes import uuids
from vmi_console.estate.records import VM, Alert, Connection, Host
from vmi_console.estate.sightings import one_host, one_vm_later

NOT_BY_NAME = (VM, Guest, SoftwareImage, Alert, Connection)

type Ids = dict[EntityId, EntityId]
"""From the id in the later moment to that in the earlier one."""


def counterparts(
    before: Mapping[EntityId, AnyRecord], after: Mapping[EntityId, AnyRecord], *, by_name: bool = False
) -> Ids:
    """The entities that both have under different ids.

    `by_name`: one of them (an import) has no ids for some of what stands around the machines, so names count for that
    within one endpoint, too.
    """
    gone = [record for entity, record in before.items() if entity not in after]
    come = [record for entity, record in after.items() if entity not in before]
    if not gone or not come:
        return {}
    ids = _machines(gone, come)
    places = _places(gone, come, ids, before, after)
    if by_name:
        places |= {endpoint: endpoint for endpoint in set(map(endpoint_of, before)) & set(map(endpoint_of, after))}
    ids |= _named(gone, come, places, ids)
    for record in come:
        if isinstance(record, Guest) and (vm := ids.get(record.vm)) is not None:
            ids[record.id] = entity_id("guest", endpoint_of(vm), native_of(vm))
    return ids


def under_other_ids[Value: msgspec.Struct](value: Value, ids: Ids) -> Value:
    """A record, finding or change with the ids that the earlier moment has for what it speaks of."""
    told = msgspec.to_builtins(value)
    changed = _exchanged(told, ids)
    return value if changed is told else msgspec.convert(changed, type(value))


def _machines(gone: Iterable[AnyRecord], come: Iterable[AnyRecord]) -> Ids:
    by_uuid: defaultdict[tuple[str, str], list[VM | Host]] = defaultdict(list)
    for record in gone:
        for uuid in _uuids(record):
            by_uuid[record.kind, uuid].append(record)  # type: ignore[arg-type]  # only those two have any
    found: dict[EntityId, list[EntityId]] = {}
    for record in come:
        others = {other.id: other for uuid in _uuids(record) for other in by_uuid.get((record.kind, uuid), ())}
        same = [other.id for other in others.values() if _is_one(other, record)]
        if same:
            found[record.id] = same
    claims = Counter(other for same in found.values() for other in same)
    return {entity: same[0] for entity, same in found.items() if len(same) == 1 and claims[same[0]] == 1}


def _uuids(record: AnyRecord) -> tuple[str, ...]:
    match record:
        case VM():
            return uuids(record)
        case Host(uuid=str() as uuid):
            return (uuid,)
        case _:
            return ()


def _is_one(before: AnyRecord, after: AnyRecord) -> bool:
    if isinstance(before, VM) and isinstance(after, VM):
        return one_vm_later(before, after)
    return isinstance(before, Host) and isinstance(after, Host) and one_host(before, after)


def _places(
    gone: Iterable[AnyRecord],
    come: Iterable[AnyRecord],
    ids: Ids,
    before: Collection[EntityId],
    after: Collection[EntityId],
) -> dict[str, str]:
    """The endpoints of the later moment that take the place of one of the earlier: most of their machines are its."""
    stayed = set(map(endpoint_of, before)) & set(map(endpoint_of, after))
    shared = Counter((endpoint_of(new), endpoint_of(old)) for new, old in ids.items())
    places: dict[str, str] = {}
    for (new, old), _ in shared.most_common():
        if new not in stayed and old not in stayed and new not in places and old not in places.values():
            places[new] = old
    return places


def _named(gone: Iterable[AnyRecord], come: Iterable[AnyRecord], places: Mapping[str, str], ids: Ids) -> Ids:
    taken = set(ids.values())
    old: defaultdict[tuple[str, str, str], list[EntityId]] = defaultdict(list)
    new: defaultdict[tuple[str, str, str], list[EntityId]] = defaultdict(list)
    ends = set(places.values())
    for record in gone:
        if endpoint_of(record.id) in ends and record.id not in taken and not isinstance(record, NOT_BY_NAME):
            old[kind_of(record.id), endpoint_of(record.id), record.name].append(record.id)
    for record in come:
        place = places.get(endpoint_of(record.id))
        if place is not None and record.id not in ids and not isinstance(record, NOT_BY_NAME):
            new[kind_of(record.id), place, record.name].append(record.id)
    return {
        entities[0]: old[key][0] for key, entities in new.items() if len(entities) == 1 and len(old.get(key, ())) == 1
    }


def _exchanged(value: Any, ids: Mapping[Any, EntityId]) -> Any:
    """JSON-like data with other ids; the same object where there is none in it."""
    match value:
        case str():
            return ids.get(value, value)
        case dict():
            made = {_exchanged(key, ids): _exchanged(each, ids) for key, each in value.items()}
            same = all(
                one is other
                for pair in zip(value.items(), made.items(), strict=False)
                for one, other in zip(*pair, strict=True)
            )
            return value if same and len(made) == len(value) else made
        case list() | tuple():
            taken = [_exchanged(each, ids) for each in value]
            return value if all(one is other for one, other in zip(taken, value, strict=True)) else taken
        case _:
            return value
