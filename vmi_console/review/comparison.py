"""What is different between two moments, in the words of the change log: properties before and after, by their causes.

Differences are those of `estate.differences`, so measurements and the age of answers are none. Connections are left
out: they are the console's, not the estate's; where one did not answer, `Comparison.notes` says so. Of a moment that
lacks something (an import) nobody can say whether what is empty there is not known or known to be none, so a property
that it leaves empty is no difference; `Comparison.left_out` counts those.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Annotated, Any

import msgspec

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Change
from vmi_console.estate.differences import Difference, differences, field_differences
from vmi_console.estate.facts import Guest, Looked, SoftwareImage
from vmi_console.estate.guests import moved, software_of
from vmi_console.estate.identity import EntityId, endpoint_of, kind_of
from vmi_console.estate.records import VM, Alert, Connection, State, to_builtins
from vmi_console.estate.software import Image, Software, fact_differences
from vmi_console.policy.findings import Finding
from vmi_console.response.quarantine import Quarantine
from vmi_console.review.causes import Causes, Group, Item
from vmi_console.review.counterparts import Ids, counterparts, under_other_ids
from vmi_console.review.moment import Moment, PolicyFile
from vmi_console.review.references import is_id

SCHEMA = 1
PACE = 500
"""Entities between two words about how far it is."""

LONGEST_DIFFERENCE = 2_000
"""Lines of the difference between two texts of a policy."""

type Progress = Callable[[float], None]

NOT_COMPARED = (Connection, SoftwareImage)
COMES_AND_GOES = (Guest, Alert)
"""Whose coming and going is no change of the estate: somebody looked, or raised an alarm."""


class GivenUp(Exception):
    """Nobody wants the comparison any more."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two moments. Title and source are untrusted."""

    at: datetime
    title: str = ""
    source: str = ""
    vms: Annotated[int, msgspec.Meta(description="how many there are")] = 0
    lacks: Annotated[tuple[str, ...], msgspec.Meta(description="what it cannot tell")] = ()


class PolicyDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the policy folder that came, went or says something else."""

    name: str
    action: Action
    lines: Annotated[tuple[str, ...], msgspec.Meta(description="a unified diff")] = ()


class FindingDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that is open in one of the two."""

    finding: str
    policy: str
    rule: str
    vm: EntityId
    vm_name: str
    severity: str
    title: str
    evidence: str
    actor: str | None = None
    ending: Annotated[str | None, msgspec.Meta(description="why it is no longer open, where that is known")] = None


class QuarantineDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A VM whose quarantine is at another stage; null where there is none."""

    vm: EntityId
    vm_name: str
    before: str | None
    after: str | None
    by: str = ""
    reason: str = ""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """All that is different; names and values are untrusted."""

    before: Side
    after: Side
    groups: Annotated[tuple[Group, ...], msgspec.Meta(description="differences by their causes, the widest first")] = ()
    opened: tuple[FindingDifference, ...] = ()
    resolved: tuple[FindingDifference, ...] = ()
    policies: tuple[PolicyDifference, ...] = ()
    quarantines: tuple[QuarantineDifference, ...] = ()
    names: Annotated[dict[EntityId, str], msgspec.Meta(description="of the entities that values refer to")] = {}
    left_out: Annotated[int, msgspec.Meta(description="properties that one of the two does not know")] = 0
    notes: tuple[str, ...] = ()
    schema: int = SCHEMA

    @property
    def is_empty(self) -> bool:
        """Whether both are the same."""
        return not (self.groups or self.opened or self.resolved or self.policies or self.quarantines)

    def items(self) -> Iterator[Item]:
        """All differences of entities."""
        for group in self.groups:
            yield from group.items

    def vms(self, action: Action) -> int:
        """How many VMs were added or removed, or have something else than before."""
        whole = action is not Action.CHANGED
        return len(
            {
                item.vm
                for item in self.items()
                if item.vm and (item.path == "") == whole and (not whole or item.action is action)
            }
        )


type Told = Callable[[Collection[EntityId]], Iterable[Change]]
"""Gives the recorded changes of some entities, in any order."""


def compare(
    before: Moment,
    after: Moment,
    *,
    history: Told = lambda entities: (),
    policies: bool = True,
    coming_is_told: bool = False,
    progress: Progress = lambda share: None,
    given_up: Callable[[], bool] = lambda: False,
) -> Comparison:
    """Holds two moments against each other; `history` tells more of who, beside the later moment's own changes.

    Without `policies` nothing is said of them: one of the two does not know what they were. Where `coming_is_told` (all
    changes are known), what came without being told as added was only seen for the first time: that is no difference,
    and noted. Blocks, for seconds where both are large; raises `GivenUp` where `given_up` says so.
    """
    pair = _Pair(before, after)
    found: list[tuple[AnyRecord, EntityId, Difference]] = []
    left_out = 0
    lacking = bool(before.lacks), bool(after.lacks)
    entities = pair.entities()
    for number, entity in enumerate(entities):
        if number % PACE == 0:
            if given_up():
                raise GivenUp
            progress(number / len(entities))
        old, new = pair.before.get(entity), pair.after.get(entity)
        record = new if new is not None else old
        assert record is not None
        for each in pair.differences(old, new):
            if any(lacking) and _is_unknown(each, old, new, lacking):
                left_out += 1
            else:
                found.append((record, entity, each))
    own = {ours: theirs for theirs, ours in pair.ids.items()}  # what the later moment calls them
    changed = {each for _, entity, _ in found for each in (entity, own.get(entity, entity))}
    who = _Who((*after.changes, *history(changed)) if changed else (), before.at, pair.ids)
    causes = Causes(pair.before, pair.after)
    first_seen = 0
    for record, entity, each in found:
        actor, at = who.of(entity, each)
        if coming_is_told and at is None and not each.path and each.action is Action.ADDED:
            first_seen += 1
            continue
        causes.add(
            Item(
                entity=entity,
                name=record.name,
                action=each.action,
                path=each.path,
                before=each.before,
                after=each.after,
                actor=actor,
                at=at,
            ),
        )
    opened, resolved = _findings(before.findings, after.findings, pair.ids)
    groups = causes.groups()
    return Comparison(
        before=_side(before),
        after=_side(after),
        groups=groups,
        names=pair.names(groups),
        opened=opened,
        resolved=resolved,
        policies=tuple(_policies(before.policies, after.policies)) if policies else (),
        quarantines=tuple(_quarantines(before.quarantines, after.quarantines, pair.ids)),
        left_out=left_out,
        notes=tuple(_notes(before, after, pair, first_seen)),
    )


def _referred(value: object) -> Iterator[EntityId]:
    """The entities that a value before or after refers to."""
    if isinstance(value, str) and is_id(value):
        yield EntityId(value)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _referred(each)


class _Pair:
    """The records of both, by the ids that the earlier moment has for them, and the images of both but once."""

    def __init__(self, before: Moment, after: Moment) -> None:
        self.before = {record.id: record for record in before.records}
        self.after = {record.id: record for record in after.records}
        if before.lacks or after.lacks:
            self.before = {entity: _by_name(record) for entity, record in self.before.items()}
            self.after = {entity: _by_name(record) for entity, record in self.after.items()}
        self.ids: Ids = counterparts(self.before, self.after, by_name=bool(before.lacks or after.lacks))
        if self.ids:
            exchanged = [under_other_ids(record, self.ids) for record in self.after.values()]
            self.after = {record.id: record for record in exchanged}
        self._images: tuple[dict[EntityId, Image], dict[EntityId, Image]] = {}, {}
        known: dict[EntityId, tuple[SoftwareImage, Image]] = {}
        for records, images in zip((self.before, self.after), self._images, strict=True):
            for record in records.values():
                if isinstance(record, SoftwareImage):
                    same = known.get(record.id)
                    images[record.id] = same[1] if same is not None and same[0] == record else Image(record)
                    known[record.id] = record, images[record.id]

    def entities(self) -> list[EntityId]:
        """Everything that is compared: what was there, then what came."""
        return [
            entity
            for records in (self.before, {key: value for key, value in self.after.items() if key not in self.before})
            for entity, record in records.items()
            if not isinstance(record, NOT_COMPARED)
        ]

    def differences(self, old: AnyRecord | None, new: AnyRecord | None) -> Iterator[Difference]:
        if old is None or new is None:
            if not isinstance(old or new, COMES_AND_GOES):
                action = Action.ADDED if old is None else Action.REMOVED
                yield Difference(action, "", to_builtins(old), to_builtins(new))
        elif isinstance(old, Guest) and isinstance(new, Guest):
            if old != new or self._has_other_image(old, new):
                yield from differences(old, new)
                yield from inside(software_of(old, self._images[0]), software_of(new, self._images[1]))
        elif old != new:
            yield from differences(old, new)

    def names(self, groups: Iterable[Group]) -> dict[EntityId, str]:
        """Of the entities that the values of these refer to, as the earlier moment calls them where it knows them."""
        values = (value for group in groups for item in group.items for value in (item.before, item.after))
        named = {entity: self.before.get(entity) or self.after.get(entity) for entity in chain(*map(_referred, values))}
        return {entity: record.name for entity, record in named.items() if record is not None and record.name}

    def _has_other_image(self, old: Guest, new: Guest) -> bool:
        first, second = self._images
        bases = [each for each in (old.applications.base, old.services.base) if each is not None]
        return any(first.get(base) is not second.get(base) for base in bases)


def inside(before: Software, after: Software) -> Iterator[Difference]:
    """What is different inside a guest; a set that was not looked at before tells nothing."""
    for field, old, new in moved(before, after):
        if old.facts.status is not Looked.NOT_YET and new.facts.status is not Looked.NOT_YET:
            yield from field_differences(f"{field}.", old.facts, new.facts)
        yield from fact_differences(field, old, new)


def _is_unknown(
    difference: Difference, old: AnyRecord | None, new: AnyRecord | None, lacking: tuple[bool, bool]
) -> bool:
    """Whether the side that lacks something leaves this property, or the whole collection it is in, empty."""
    if not difference.path or difference.path == "guest.source":
        return bool(difference.path)
    for record, value, lacks in ((old, difference.before, lacking[0]), (new, difference.after, lacking[1])):
        if not lacks:
            continue
        if difference.action is Action.CHANGED and (value in (None, "unknown") or _is_empty(value)):
            return True
        if difference.path.endswith(".addresses") and _ips(difference.before) == _ips(difference.after):
            return True  # and nothing else of them is known
        if difference.action is not Action.CHANGED:
            collection: Any = record
            for name in difference.path.partition("[")[0].split("."):
                collection = getattr(collection, name, None)
            if not collection:
                return True
    return False


def _is_empty(value: Any) -> bool:
    return isinstance(value, str | list | tuple | dict) and not value


def _ips(addresses: Any) -> set[str]:
    return {each["ip"] for each in addresses or ()}


def _by_name(record: AnyRecord) -> AnyRecord:
    """A VM whose snapshots go by their names: an import has no other keys for them."""
    if not isinstance(record, VM) or not record.snapshots:
        return record
    snapshots = (msgspec.structs.replace(each, key=each.name, parent=None, current=False) for each in record.snapshots)
    return msgspec.structs.replace(record, snapshots=tuple(snapshots))


# --- who ----------------------------------------------------------------------------------------------------------


class _Who:
    """Who made a difference, where a change that was recorded since tells."""

    def __init__(self, changes: Iterable[Change], since: datetime, ids: Ids) -> None:
        self._latest: dict[tuple[EntityId, str], Change] = {}
        for change in sorted(changes, key=lambda each: each.number):
            if change.observed_at > since:
                self._latest[ids.get(change.entity, change.entity), change.path] = change

    def of(self, entity: EntityId, difference: Difference) -> tuple[str | None, datetime | None]:
        change = self._latest.get((entity, difference.path))
        if change is None or change.action is not difference.action:
            return None, None
        if difference.path and _plain(change.after) != _plain(difference.after):
            return None, None
        return change.actor, change.occurred_at or change.observed_at


def _plain(value: Any) -> Any:
    """JSON-like data in one form: a change out of a file has lists where a new one has tuples."""
    match value:
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value


# --- findings, policies, quarantine -------------------------------------------------------------------------------


def _findings(
    before: Iterable[Finding], after: Iterable[Finding], ids: Ids
) -> tuple[tuple[FindingDifference, ...], tuple[FindingDifference, ...]]:
    """Those open in the later moment only, and those open in the earlier only; a VM may have another id since."""

    def by_key(findings: Iterable[Finding], other: Ids) -> dict[tuple[str, str, EntityId], Finding]:
        return {(each.policy, each.rule, other.get(each.vm, each.vm)): each for each in findings}

    old, new = by_key(before, {}), by_key(after, ids)
    opened = [each for key, each in new.items() if each.is_open and not (key in old and old[key].is_open)]
    resolved = [
        _finding(each, new.get(key))
        for key, each in old.items()
        if each.is_open and not (key in new and new[key].is_open)
    ]
    return _in_order(map(_finding, opened)), _in_order(resolved)


def _finding(finding: Finding, now: Finding | None = None) -> FindingDifference:
    return FindingDifference(
        finding=finding.id,
        policy=finding.policy,
        rule=finding.rule,
        vm=finding.vm,
        vm_name=finding.vm_name,
        severity=finding.severity,
        title=finding.title,
        evidence=finding.evidence,
        actor=finding.actor,
        ending=None if now is None else (now.ending or now.stage).value,
    )


def _in_order(findings: Iterable[FindingDifference]) -> tuple[FindingDifference, ...]:
    return tuple(sorted(findings, key=lambda each: (each.policy, each.rule, each.vm_name)))


def _policies(before: Collection[PolicyFile], after: Collection[PolicyFile]) -> Iterator[PolicyDifference]:
    old, new = {each.name: each.text for each in before}, {each.name: each.text for each in after}
    for name in sorted(old.keys() | new.keys()):
        one, other = old.get(name), new.get(name)
        if one == other:
            continue
        action = Action.ADDED if one is None else Action.REMOVED if other is None else Action.CHANGED
        lines = difflib.unified_diff((one or "").splitlines(), (other or "").splitlines(), lineterm="", n=2)
        told = [line for _, line in zip(range(LONGEST_DIFFERENCE + 2), lines, strict=False)]
        yield PolicyDifference(name=name, action=action, lines=tuple(told[2:]))  # the first two name the files


def _quarantines(before: Iterable[Quarantine], after: Iterable[Quarantine], ids: Ids) -> Iterator[QuarantineDifference]:
    old = {each.vm: each for each in before if not each.stage.is_closed}
    new = {ids.get(each.vm, each.vm): each for each in after if not each.stage.is_closed}
    for vm in {**old, **new}:
        one, other = old.get(vm), new.get(vm)
        stages = tuple(each.stage.value if each is not None else None for each in (one, other))
        if stages[0] != stages[1]:
            told = other or one
            assert told is not None
            yield QuarantineDifference(
                vm=vm, vm_name=told.vm_name, before=stages[0], after=stages[1], by=told.by, reason=told.reason
            )


# --- what has to be said with it ----------------------------------------------------------------------------------


def _side(moment: Moment) -> Side:
    return Side(
        at=moment.at,
        title=moment.title,
        source=moment.source,
        vms=sum(kind_of(record.id) == "vm" for record in moment.records),
        lacks=moment.lacks,
    )


def _notes(before: Moment, after: Moment, pair: _Pair, first_seen: int) -> Iterator[str]:
    if first_seen:
        yield f"{first_seen:,} things were seen for the first time since, and not made: they are left out"
    if after.at < before.at:
        yield "the first moment is the later one: what is told as new is what was there before"
    if before.selection != after.selection:
        yield "they are not of the same part of the estate: what only one of them has may be in neither's past"
    if before.redacted != after.redacted:
        yield "one of them is redacted: its names and addresses are not those of the other"
    for words, moment in (("the first", before), ("the second", after)):
        for record in moment.records:
            if isinstance(record, Connection) and record.health.state is not State.LIVE:
                yield f"in {words} moment {record.name} was {record.health.state}: what is told of it may be older"
    named = {
        record.endpoint: record.name
        for moment in (before, after)
        for record in moment.records
        if isinstance(record, Connection)
    }
    first, second = (set(map(endpoint_of, records)) - {"console"} for records in (pair.before, pair.after))
    for words, missing in (("the first", second - first), ("the second", first - second)):
        for endpoint in sorted(missing):
            yield f"{words} moment knows nothing of {named.get(endpoint, endpoint)}"
