"""The ids of entities in a record, a finding, a change: found by the types of the fields, wherever they are nested."""

from __future__ import annotations

import types
import typing
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec

from vmi_console.estate.catalog import record_types
from vmi_console.estate.identity import EntityId

type Collect = Callable[[Sequence[Any], set[str]], None]
"""Adds the ids in some values of one type to a set: field by field of all of them, which is faster than one by one."""

KINDS = frozenset(str(each.__struct_config__.tag) for each in record_types())
LONGEST = 1000


def references(values: Iterable[Any]) -> set[str]:
    """All ids in some structs, their own among them."""
    found: set[str] = set()
    of_type: defaultdict[type[Any], list[Any]] = defaultdict(list)
    for value in values:
        of_type[type(value)].append(value)
    for struct, some in of_type.items():
        _of_struct(struct)(some, found)
    return found


def is_id(text: str) -> bool:
    """Whether this can be the id of an entity, of a kind that is known here.

    >>> is_id("vm/4c4c4544.qemu/a1"), is_id("vm//a1"), is_id("vm")
    (True, False, False)
    """
    kind, _, rest = text.partition("/")
    endpoint, slash, native = rest.partition("/")
    return bool(kind in KINDS and endpoint and slash and native) and len(text) <= LONGEST


_known: dict[type[Any], Collect] = {}


def _of_struct(struct: type[Any]) -> Collect:
    if struct not in _known:
        _known[struct] = _made(struct)
    return _known[struct]


def _made(struct: type[Any]) -> Collect:
    fields = [
        (attrgetter(name), collect)
        for name, hint in typing.get_type_hints(struct).items()
        if name in struct.__struct_fields__ and (collect := _of_hint(hint)) is not None
    ]

    def collect_fields(values: Sequence[Any], found: set[str]) -> None:
        for get, collect in fields:
            if inner := list(filter(None, map(get, values))):
                collect(inner, found)

    return collect_fields


def _of_hint(hint: Any) -> Collect | None:
    """How the ids in fields of this type are found; None where there can be none."""
    if hint is EntityId:
        return lambda values, found: found.update(values)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [collect for each in arguments if (collect := _of_hint(each)) is not None]
        return inner[0] if inner else None  # no field has two kinds of structs
    if origin in (tuple, dict) and arguments:
        each = _of_hint(arguments[0])  # of a dict the keys
        return None if each is None else lambda values, found: each(list(chain.from_iterable(values)), found)
    struct = origin if isinstance(origin, type) else hint
    if isinstance(struct, type) and issubclass(struct, msgspec.Struct) and _holds_ids(struct):
        return _of_struct(struct)
    return None


def _holds_ids(struct: type[Any]) -> bool:
    return any(
        _of_hint(hint) is not None
        for name, hint in typing.get_type_hints(struct).items()
        if name in struct.__struct_fields__
    )
