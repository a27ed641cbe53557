"""pyVmomi's values → plain ones, so that none of its objects outlives the answer that brought it.

pyVmomi has its own subclasses of int and str, and objects that would make a call when an attribute is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

type Told = dict[str, Any]
"""What a property collector told of one object: property path → parsed value. A path that is unset is not there."""

type Parser = Callable[[Any], object]


def moid(reference: Any) -> str | None:
    """The managed object id of a reference, which a server never reuses; None for no reference."""
    return str(reference._moId) if reference is not None else None


def moids(references: Any) -> tuple[str, ...]:
    """The ids of several references, sorted: their order means nothing."""
    return tuple(sorted(str(reference._moId) for reference in references or ()))


def text(value: Any) -> str | None:
    """A string or a member of an enumeration; empty ones, which servers send for unset, are None."""
    return str(value) or None if value is not None else None


def number(value: Any) -> int | None:
    """A whole number."""
    return int(value) if value is not None else None


def truth(value: Any) -> bool | None:
    """Yes, no, or not said."""
    return bool(value) if value is not None else None


def moment(value: Any) -> datetime | None:
    """A time in UTC."""
    return value.astimezone(UTC) if isinstance(value, datetime) else None


def name(value: Any) -> str:
    """An entity's name as people typed it: on the wire %, / and \\ are escaped (ManagedEntity.name)."""
    return unescaped(str(value or ""))


def unescaped(escaped: str) -> str:
    """The name behind one that has %, / and \\ escaped.

    >>> unescaped("50%25 in %2fvar")
    '50% in /var'
    """
    for code, character in (("%2f", "/"), ("%2F", "/"), ("%5c", "\\"), ("%5C", "\\"), ("%25", "%")):
        escaped = escaped.replace(code, character)
    return escaped


def parsed(parsers: Mapping[str, Parser], path: str, value: Any) -> object:
    """The value at a path, parsed; None where it is unset or not to be understood.

    One property that makes no sense must not cost the object, let alone the answer it came with.
    """
    if value is None or path not in parsers:
        return None
    try:
        return parsers[path](value)
    except (AttributeError, TypeError, ValueError, LookupError):
        return None
