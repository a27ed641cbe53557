"""A moment as it can be shown to strangers: every name, address and user is another one, consistently everywhere.

What becomes of each field that holds text is said in one table (`redacted_texts`). What people or checks composed
(notes, evidence, policies) cannot be redacted for certain: it is left out, and `Moment.lacks` says so. What software is
called stays: that is what such a file is shared for.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from vmi_console.estate import facts as inside
from vmi_console.estate import records as outside
from vmi_console.estate.catalog import record_types
from vmi_console.estate.changes import Change
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of, native_of
from vmi_console.policy.findings import Finding, finding_id
from vmi_console.policy.joining import Origin
from vmi_console.review import redacted_texts as texts
from vmi_console.review.moment import Moment
from vmi_console.review.pseudonyms import Pseudonyms
from vmi_console.review.redacted_texts import FIELDS, LEFT_OUT, Rule

LACKS = (
    "names, addresses and users are replaced by others, the same for the same",
    "notes, evidence and reasons are left out, and so are the texts of policies: what a person wrote may name anything",
)


def redacted(moment: Moment) -> Moment:
    """The moment with other names in it. Two redactions of one moment have nothing in common. Takes seconds for a
    large estate, and may be called on any thread."""
    redaction = _Redaction(_somebodys(moment))
    redaction.moment(moment)
    redaction.learned()
    return redaction.moment(moment)


def _somebodys(moment: Moment) -> set[str]:
    """Names and MACs that must not be given to anybody else by chance."""
    found: set[str] = set()
    for record in moment.records:
        found.add(record.name.casefold())
        if isinstance(record, outside.VM):
            found.update(nic.mac.lower() for nic in record.nics if nic.mac)
        elif isinstance(record, inside.Guest):
            found.update(user.name.casefold() for user in record.users.items)
    return found


type Turn = Callable[[_Redaction, Any], Any]
"""What becomes of a value."""


class _Redaction:
    def __init__(self, avoid: set[str]) -> None:
        self.other = Pseudonyms(avoid)
        self._items: dict[outside.Part, outside.Part] = {}
        self._ids: dict[EntityId, EntityId] = {}

    def learned(self) -> None:
        """All names are known."""
        self.other.learning = False
        self._items.clear()

    def moment(self, moment: Moment) -> Moment:
        order = {kind: number for number, kind in enumerate(record_types())}
        in_order = sorted(moment.records, key=lambda record: order[type(record)])  # who is named first gives the word
        for record in in_order:
            FIELDS[type(record)]["name"](self.other, record.name)
        records = {record.id: self.struct(record) for record in in_order}
        for finding in moment.findings:
            policy, rule = (
                FIELDS[Finding]["policy"](self.other, finding.policy),
                texts.rule_key(self.other, finding.rule),
            )
            self.other.given[finding.id] = finding_id(policy, rule, self.id(finding.vm))
        return Moment(
            at=moment.at,
            records=tuple(records[record.id] for record in moment.records),
            findings=tuple(map(self._finding, moment.findings)),
            decisions=tuple(self.struct(each) for each in moment.decisions),
            quarantines=tuple(self.struct(each) for each in moment.quarantines),
            changes=tuple(map(self._change, moment.changes)),
            changes_since=moment.changes_since,
            source=moment.source if re.fullmatch(r"[\w .+-]{0,60}", moment.source) else "",
            selection=LEFT_OUT if moment.selection else "",
            redacted=True,
            lacks=(*map(self.other.text, moment.lacks), *LACKS),
        )

    def id(self, entity: EntityId) -> EntityId:
        """The id of an entity, at another endpoint and of another name there."""
        found = self._ids.get(entity)
        if found is None:
            endpoint = texts.endpoint(self.other, endpoint_of(entity))
            found = self._ids[entity] = entity_id(kind_of(entity), endpoint, self.other.opaque(native_of(entity)))
        return found

    def struct(self, value: Any) -> Any:
        """Any struct of a moment."""
        if isinstance(value, inside.Application | inside.Service):  # the same ones are in many guests
            found = self._items.get(value)
            if found is None:
                found = self._items[value] = self._struct(value)
            return found
        return self._struct(value)

    def _struct(self, value: Any) -> Any:
        changed = {}
        for field, turn in _turns(type(value)):
            old = getattr(value, field)
            if old is not None and (new := turn(self, old)) != old:
                changed[field] = new
        return msgspec.structs.replace(value, **changed) if changed else value

    def _finding(self, finding: Finding) -> Finding:
        other: Finding = self.struct(finding)
        return msgspec.structs.replace(other, title=finding.check)

    def _change(self, change: Change) -> Change:
        """What cannot be understood of a change is left out of it: that something changed stays."""
        kind = next((kind for kind in record_types() if kind.__struct_config__.tag == kind_of(change.entity)), None)
        path, hint = ("", kind) if not change.path else _other_path(self, kind, change.path)
        name = FIELDS[kind]["name"] if kind is not None else texts.drop
        return msgspec.structs.replace(
            change,
            entity=self.id(change.entity),
            name=name(self.other, change.name),
            path=path,
            before=self._builtins(change.before, hint, change.path),
            after=self._builtins(change.after, hint, change.path),
            actor=None if change.actor is None else texts.user(self.other, change.actor),
            cause=None if change.cause is None else self.id(change.cause),
        )

    def _builtins(self, value: Any, hint: Any, path: str) -> Any:
        """A value before or after a change, read as what it is."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if hint is None:
            return LEFT_OUT
        turn = _turn(hint.type, hint.rule) if isinstance(hint, _Spot) else _turn(hint, None)
        wanted = hint.type if isinstance(hint, _Spot) else hint
        try:
            read = msgspec.convert(value, wanted, builtin_types=(), strict=False)
        except (msgspec.ValidationError, TypeError):
            return LEFT_OUT
        return outside.to_builtins(read if turn is None else turn(self, read))


class _Spot(msgspec.Struct, frozen=True):
    """Where a path leads: the type of what is there, and what becomes of the text in it."""

    type: Any
    rule: Rule | None


_known: dict[type[Any], list[tuple[str, Turn]]] = {}


def _turns(struct: type[Any]) -> list[tuple[str, Turn]]:
    """The fields of a struct that become something else."""
    if struct not in _known:
        hints = typing.get_type_hints(struct)
        turns = ((field, _field_turn(struct, field, hints[field])) for field in struct.__struct_fields__)
        _known[struct] = [(field, turn) for field, turn in turns if turn is not None]
    return _known[struct]


def _field_turn(struct: type[Any], field: str, hint: Any) -> Turn | None:
    if (struct, field) in _OWN_WAYS:
        return _OWN_WAYS[struct, field]
    return _turn(hint, FIELDS.get(struct, {}).get(field))


def _turn(hint: Any, rule: Rule | None) -> Turn | None:
    """What becomes of values of a type; None where they stay. Raises TypeError for text of which nothing is said."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is EntityId:
        return lambda redaction, value: redaction.id(value)
    if hint is str:
        if rule is None:
            raise TypeError("nothing says what becomes of this text")
        said = rule
        return lambda redaction, value: said(redaction.other, value)
    if origin in (typing.Union, types.UnionType):
        turns = [turn for each in arguments if (turn := _turn(each, rule)) is not None]
        if len(turns) > 1:
            raise TypeError(f"{hint} may be several things")
        return turns[0] if turns else None
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        each = _turn(arguments[0], rule)
        return None if each is None else lambda redaction, value: tuple([each(redaction, item) for item in value])
    if origin is dict and arguments[0] is EntityId:
        inner = _turn(arguments[1], rule)
        return lambda redaction, value: {
            redaction.id(key): each if inner is None else inner(redaction, each) for key, each in value.items()
        }
    if isinstance(hint, typing.TypeVar) or _is_struct(origin or hint):
        return lambda redaction, value: redaction.struct(value)
    if origin is tuple and set(arguments) <= {int}:
        return None
    if isinstance(hint, type) and not issubclass(hint, str) and origin is None and hint is not dict:
        return None  # numbers, times
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return None
    if origin is tuple and all(_turn(each, rule) is None for each in arguments if each is not Ellipsis):
        return None
    raise TypeError(f"nothing says what becomes of {hint}")


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)


def _entries(key: Rule, value: Rule) -> Turn:
    return lambda redaction, entries: {
        key(redaction.other, name): value(redaction.other, text) for name, text in entries.items()
    }


def _parameters(redaction: _Redaction, parameters: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Variables of a network filter: addresses, mostly."""
    return tuple(
        (texts.variable(redaction.other, name), texts.address(redaction.other, text)) for name, text in parameters
    )


def _paths(redaction: _Redaction, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Properties of a VM or its guest."""
    others = (_path_of_vm(redaction, path) for path in paths)
    return tuple(path for path in others if path)


def _path_of_vm(redaction: _Redaction, path: str) -> str:
    return _other_path(redaction, outside.VM, path)[0] or _other_path(redaction, inside.Guest, path)[0]


def _path_of_origin(redaction: _Redaction, path: str) -> str:
    return _path_of_vm(redaction, path) or _other_path(redaction, outside.Network, path)[0]


_OWN_WAYS: dict[tuple[type[Any], str], Turn] = {
    (outside.VM, "attributes"): _entries(texts.named("attribute"), texts.named("value")),
    (outside.VM, "settings"): _entries(texts.keep, texts.value),
    (outside.Nic, "filter_parameters"): _parameters,
    (Finding, "paths"): _paths,
    (Origin, "path"): _path_of_origin,
}


# --- paths of properties ----------------------------------------------------------------------------------------------


def _other_path(redaction: _Redaction, root: type[Any] | None, path: str) -> tuple[str, _Spot | None]:
    """A path such as `nics[4000].vlan` with other keys, and what is there; empty where it is not understood."""
    struct, rest, other = root, path, ""
    while struct is not None:
        match = re.match(r"\w+", rest)
        if match is None or match[0] not in struct.__struct_fields__:
            break
        field, rest = match[0], rest[match.end() :]
        other += field
        hint = _without_none(typing.get_type_hints(struct)[field])
        rule = FIELDS.get(struct, {}).get(field)
        if rest.startswith("["):
            inner, key, value_rule = _inside(struct, field, hint)
            end = rest.rfind("]")
            if inner is None or key is None or end < 0:
                break
            other += f"[{key(redaction, rest[1:end])}]"
            hint, rule, rest = inner, value_rule, rest[end + 1 :]
        if not rest:
            return other, _Spot(hint, rule)
        if not rest.startswith("."):
            break
        other += "."
        rest = rest[1:]
        bare = typing.get_origin(hint) or hint
        struct = bare if _is_struct(bare) else None
    return "", None


def _inside(struct: type[Any], field: str, hint: Any) -> tuple[Any, Turn | None, Rule | None]:
    """Of a field with keys: the type of what is at one, what becomes of the key, and of text that is there."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if (struct, field) == (outside.VM, "attributes"):
        return str, _of_text(texts.named("attribute")), texts.named("value")
    if (struct, field) == (outside.VM, "settings"):
        return str, _of_text(texts.keep), texts.value
    if origin is dict and arguments[0] is EntityId:
        return arguments[1], lambda redaction, key: redaction.id(EntityId(key)), None
    if origin is inside.FactSet or origin is tuple:
        item = arguments[0]
        fields = FIELDS.get(item, {})
        composed = item in (inside.Socket, inside.GuestAddress, inside.Autostart, inside.Sign, inside.Process)
        rule = texts.opaque if composed else fields.get("key") or fields.get("name") or texts.opaque
        return item, _of_text(rule), None
    return None, None, None


def _of_text(rule: Rule) -> Turn:
    return lambda redaction, text: rule(redaction.other, text)


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (first, *_) = (each for each in typing.get_args(hint) if each is not type(None))
        return first
    return hint
