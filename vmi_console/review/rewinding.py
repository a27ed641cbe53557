"""The past of a snapshot: its records, led back through the changes that it carries.

A change tells one property before and after, so that it can be undone. What is never told as a change (measurements,
`differences.UNTOLD`) stays as it was at the end, and so does whether a guest had been looked into: the first look is
told by no change. Where a change cannot be undone, what its entity was before is not known, and the entity is left out
of everything before it rather than shown as it never was.
"""

from __future__ import annotations

import itertools
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from types import UnionType
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Change
from vmi_console.estate.differences import UNTOLD, label
from vmi_console.estate.facts import FactSet, Guest, Looked, SoftwareImage
from vmi_console.estate.guests import software_of
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.inventory import NOT_OF_THE_ESTATE
from vmi_console.estate.records import Alert, Part
from vmi_console.estate.software import Image
from vmi_console.review.moment import Moment
from vmi_console.review.references import is_id, references
from vmi_console.review.replay import GivenUp, Step


class Past(NamedTuple):
    """The estate of `since`, and the steps from there to the moment's time."""

    since: datetime
    records: tuple[AnyRecord, ...]
    steps: tuple[Step, ...]
    unclear: frozenset[EntityId] = frozenset()  # of which a part of the past cannot be told

    def begun_at(self, since: datetime) -> Past:
        """The same from a later time on."""
        if since <= self.since:
            return self
        records = {record.id: record for record in self.records}
        steps = iter(self.steps)
        first: tuple[Step, ...] = ()
        for step in steps:
            if step.at > since:
                first = (step,)
                break
            for entity in step.gone:
                records.pop(entity, None)
            records.update((record.id, record) for record in step.records)
        return Past(since, tuple(records.values()), (*first, *steps), self.unclear)


def past_of(moment: Moment, given_up: Callable[[], bool] = lambda: False) -> Past:
    """The past that a moment knows, which is none where it has no changes. Blocks. Raises `GivenUp`."""
    if moment.changes_since is None:
        return Past(moment.at, moment.records, ())
    return _Rewinding(moment).through(moment.changes, moment.changes_since, given_up)


class _Unclear(Exception):
    """What was before a change cannot be told."""


class _Rewinding:
    def __init__(self, moment: Moment) -> None:
        self._records: dict[EntityId, AnyRecord] = {record.id: record for record in moment.records}
        self._images = {each.id: Image(each) for each in moment.records if isinstance(each, SoftwareImage)}
        self._alerts = [each for each in moment.records if isinstance(each, Alert)]
        self._unclear: set[EntityId] = set()

    def through(self, changes: Iterable[Change], since: datetime, given_up: Callable[[], bool]) -> Past:
        told = [change for change in changes if change.observed_at >= since]
        told.sort(key=lambda change: (change.observed_at, change.number))
        steps = []
        for at, together in itertools.groupby(reversed(told), key=lambda change: change.observed_at):
            if given_up():
                raise GivenUp
            steps.append(self._before(at, list(together)))
        for alert in self._alerts:  # they come without a change
            if alert.at > since:
                self._records.pop(alert.id, None)
                steps.append(Step(alert.at, (alert,)))
        steps.sort(key=lambda step: step.at)
        return Past(since, tuple(self._records.values()), tuple(steps), frozenset(self._unclear))

    def _before(self, at: datetime, newest_first: Sequence[Change]) -> Step:
        """Undoes what was told at one time; gives what it had brought."""
        after: dict[EntityId, AnyRecord | None] = {}
        for change in newest_first:
            for entity in self._touched(change):
                after.setdefault(entity, self._records.get(entity))
            if change.entity not in self._unclear:
                try:
                    self._undo(change)
                except (_Unclear, msgspec.ValidationError, TypeError, ValueError):
                    self._unclear.add(change.entity)
                    self._records.pop(change.entity, None)
        records = tuple(record for record in after.values() if record is not None)
        return Step(at, records, tuple(entity for entity, record in after.items() if record is None))

    def _touched(self, change: Change) -> Iterator[EntityId]:
        yield change.entity
        if change.path == "" and change.entity.startswith("vm/"):  # what is inside comes and goes with it, untold
            yield _guest_of(change.entity)

    def _undo(self, change: Change) -> None:
        entity = change.entity
        if change.path == "":
            for touched in self._touched(change):
                self._records.pop(touched, None)
            if change.action is Action.REMOVED:
                self._records[entity] = _checked(_whole(change), entity)
        elif (record := self._records.get(entity)) is not None:
            if isinstance(record, Guest):
                record = self._by_itself(record, change.path)
            self._records[entity] = _checked(typing.cast(AnyRecord, _undone(record, change.path, change)), entity)

    def _by_itself(self, guest: Guest, path: str) -> Guest:
        """The guest without its image in the set of facts that a path begins with."""
        field = _field(path)
        facts = getattr(guest, field, None)
        if not isinstance(facts, FactSet) or facts.base is None:
            return guest
        found = software_of(guest, self._images).facts(field)
        if found.status is Looked.NOT_YET:
            raise _Unclear
        whole = replace(facts, items=tuple(found), base=None, removed=())
        return replace(guest, **{field: whole})


def _guest_of(vm: EntityId) -> EntityId:
    return EntityId("guest/" + vm.removeprefix("vm/"))


def _whole(change: Change) -> AnyRecord:
    record: AnyRecord = msgspec.convert(change.before, AnyRecord, builtin_types=(datetime,))
    if isinstance(record, NOT_OF_THE_ESTATE):
        raise _Unclear  # no console tells of their coming and going
    return record


def _checked(record: AnyRecord, entity: EntityId) -> AnyRecord:
    """The record, if it is that entity's and names nothing but entities: a file may say anything."""
    if record.id != entity or kind_of(entity) != record.kind or not all(map(is_id, references((record,)))):
        raise _Unclear
    return record


# --- one property -----------------------------------------------------------------------------------------------------


def _field(path: str) -> str:
    """The first word of a path."""
    return path[: min((place for place in (path.find("."), path.find("[")) if place >= 0), default=len(path))]


def _undone(struct: msgspec.Struct, path: str, change: Change) -> msgspec.Struct:
    """The struct as it was before a change of what the path leads to. Raises `_Unclear`, or what conversion does."""
    field = _field(path)
    if isinstance(struct, Guest) and path == "name":
        return struct  # told by earlier versions: it is the VM's, and stays as it was at the end
    if field not in struct.__struct_fields__ or field in UNTOLD.get(type(struct), ()):
        raise _Unclear
    rest, value, kind = path[len(field) :], getattr(struct, field), _types(type(struct))[field]
    before: Any
    if not rest:
        before = _converted(change.before, kind)
    elif isinstance(value, FactSet) and rest.startswith("["):
        items = _parts(value.items, rest[1:], change, typing.get_args(kind)[0])
        before = replace(value, items=items)
    elif rest.startswith(".") and isinstance(value, msgspec.Struct):
        before = _undone(value, rest[1:], change)
    elif isinstance(value, dict):
        before = _entries(value, rest[1:-1], change, kind)
    elif isinstance(value, tuple) and isinstance(_element(kind), type) and issubclass(_element(kind), Part):
        before = _parts(value, rest[1:], change, _element(kind))
    else:
        raise _Unclear
    return replace(struct, **{field: before})


def _entries(entries: dict[str, Any], key: str, change: Change, kind: Any) -> dict[str, Any]:
    others = {name: value for name, value in entries.items() if name != key}
    if change.action is Action.ADDED:
        return others
    (value_kind,) = (typing.get_args(each)[1] for each in _choices(kind) if typing.get_origin(each) is dict)
    return {**others, key: _converted(change.before, value_kind)}


def _parts(parts: tuple[Any, ...], inside: str, change: Change, kind: Any) -> tuple[Any, ...]:
    """Keyed parts as they were; `inside` is what follows the bracket: a part's label, and maybe a path within it."""
    within = [
        (place, inside[len(label(part)) + 2 :])
        for place, part in enumerate(parts)
        if inside.startswith(f"{label(part)}].")
    ]
    if within:
        found = [(place, part) for place, path in within if (part := _part_undone(parts[place], path, change))]
        if len(found) != 1:
            raise _Unclear
        place, part = found[0]
        return (*parts[:place], part, *parts[place + 1 :])
    if change.action is Action.REMOVED:
        return (*parts, _converted(change.before, kind))
    named = [place for place, part in enumerate(parts) if label(part) == inside[:-1]]
    came = _converted(change.after, kind) if named else None
    same = [place for place in named if parts[place] == came]
    if change.action is not Action.ADDED or len(same or named) != 1:
        raise _Unclear
    (place,) = same or named
    return (*parts[:place], *parts[place + 1 :])


def _part_undone(part: Part, path: str, change: Change) -> msgspec.Struct | None:
    """The part before the change; None where it is not the one that was changed."""
    if path in part.__struct_fields__ and getattr(part, path) != _converted(change.after, _types(type(part))[path]):
        return None
    try:
        return _undone(part, path, change)
    except _Unclear:
        return None


def _converted(value: Any, kind: Any) -> Any:
    return msgspec.convert(value, kind, builtin_types=(datetime,))


def _choices(kind: Any) -> tuple[Any, ...]:
    """The members of an optional type, or the type alone."""
    return typing.get_args(kind) if isinstance(kind, UnionType) else (kind,)


def _element(kind: Any) -> Any:
    for each in _choices(kind):
        if typing.get_origin(each) is tuple:
            return typing.get_args(each)[0]
    raise _Unclear


@cache
def _types(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return typing.get_type_hints(struct)
