"""One example of every record and message, with every field set: what golden files are made of."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from datetime import UTC, datetime, time
from enum import Enum
from types import UnionType
from typing import Any

import msgspec

from vmi_console.collectors import protocol as role_protocol
from vmi_console.engine import protocol as engine_protocol
from vmi_console.estate.catalog import record_types
from vmi_console.policy.decisions import KeptRecord

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def records() -> Iterator[msgspec.Struct]:
    """Every kind of record."""
    return (example(kind) for kind in record_types())


def role_messages() -> Iterator[msgspec.Struct]:
    """Everything that an engine and a role say to each other."""
    return (example(kind) for kind in members(role_protocol.ToRole) + members(role_protocol.FromRole))


def engine_messages() -> Iterator[msgspec.Struct]:
    """Everything that a client and the engine say to each other."""
    return (example(kind) for kind in members(engine_protocol.ToEngine) + members(engine_protocol.FromEngine))


def kept_records() -> Iterator[msgspec.Struct]:
    """Everything that is kept about policies."""
    return (example(kind) for kind in members(KeptRecord))


def members(union: Any) -> tuple[type[msgspec.Struct], ...]:
    """The classes of a `type … = A | B` alias."""
    return typing.get_args(getattr(union, "__value__", union))


def example(kind: Any) -> Any:
    """A value of a type, made from its annotations; nothing in it equals a default, so that all of it is encoded."""
    kind = getattr(kind, "__value__", kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        value = example(arguments[0])
        notes = [note for note in arguments[1:] if isinstance(note, msgspec.Meta)]
        least = max((note.ge for note in notes if note.ge is not None), default=value)
        most = min((note.le for note in notes if note.le is not None), default=value)
        return type(value)(min(max(value, least), max(most, least)))
    if origin in (typing.Union, UnionType):
        return example(next(member for member in arguments if member is not type(None)))
    if origin is tuple:
        return tuple(example(member) for member in arguments if member is not Ellipsis)
    if origin is dict:
        return {example(arguments[0]): example(arguments[1])}
    if isinstance(struct := origin or kind, type) and issubclass(struct, msgspec.Struct):
        return _struct(struct, kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)[-1]
    simple = {bool: True, int: 7, float: 1.5, str: "text", datetime: MOMENT, time: MOMENT.time(), Any: "anything"}
    return simple.get(getattr(kind, "__supertype__", kind), "text")


def _struct(struct: type[msgspec.Struct], kind: Any) -> msgspec.Struct:
    values = {}
    for field in msgspec.inspect.type_info(kind).fields:  # type: ignore[attr-defined]
        hint = typing.get_type_hints(struct, include_extras=True)[field.name]
        if isinstance(hint, typing.TypeVar) or typing.TypeVar in map(type, typing.get_args(hint)):
            hint = tuple[typing.get_args(kind)[0], ...]  # type: ignore[misc]
        values[field.name] = _other_than(field.default, example(hint))
    return struct(**values)


def _other_than(default: Any, value: Any) -> Any:
    if isinstance(default, bool):
        return not default
    if isinstance(default, Enum):
        return next(member for member in type(default) if member is not default)
    return value
