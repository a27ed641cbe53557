"""Values of properties as people read them, in place of the data that changes and differences carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from vmi_console.collectors.quarantine import RECORD_PREFIX
from vmi_console.estate.identity import EntityId
from vmi_console.estate.vlan import Vlan, VlanMode

_NAMES = ("label", "name", "ip", "key", "network_name")
"""Fields by which a part of something is known, the best first."""

_DETAILS = ("network_name", "vlan", "version", "value", "detail", "process", "command", "path")
"""Fields that say more of it than its name does."""


def utc(at: datetime) -> str:
    """The time, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def in_words(
    value: Any, name_of: Callable[[EntityId], str | None] = lambda _: None, time: Callable[[datetime], str] = utc
) -> str:
    """What a property is. It may hold untrusted text, of any length.

    `name_of` knows what entities are called; None where it does not.

    >>> in_words([{"ip": "10.0.0.7", "prefix": 16, "source": "tools"}])
    '10.0.0.7'
    >>> in_words({"mode": "none"})
    'untagged'
    """
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return time(value)
        case str() if value.startswith(RECORD_PREFIX):
            return "the console's signed record"  # a thousand characters that tell nobody anything
        case str():
            return name_of(EntityId(value)) or value or "empty"
        case {"mode": str()} if (vlan := _vlan(value)) is not None:
            return "untagged" if vlan.mode is VlanMode.NONE else str(vlan)
        case dict() if value:
            return called(value)
        case list() | tuple() if value:
            return ", ".join(in_words(each, name_of, time) for each in value)
        case dict() | list() | tuple():
            return "none"
        case _:
            return str(value)


def called(part: Mapping[str, Any]) -> str:
    """What a part that came or went is called, and what more there is to know it by; no word of any language.

    >>> called({"key": "4001", "label": "Network adapter 2", "network_name": "prod-db"})
    'Network adapter 2 (prod-db)'
    >>> called({"protocol": "tcp", "address": "::", "port": 23, "process": "telnetd"})
    'tcp [::]:23 (telnetd)'
    """
    name = _name(part)
    details = [each for each in _details(part) if each != name]
    return f"{name} ({', '.join(details)})" if details else name


def _name(part: Mapping[str, Any]) -> str:
    match part:
        case {"protocol": str(protocol), "port": int(port)}:
            address = str(part.get("address", ""))
            return f"{protocol} {f'[{address}]' if ':' in address else address}:{port}"
        case {"interface": str(interface), "address": str(address)}:
            return f"{interface} {address}"
        case _:
            named = (str(part[field]) for field in _NAMES if part.get(field))
            return next(named, None) or ", ".join(f"{field} {value}" for field, value in part.items())


def _details(part: Mapping[str, Any]) -> Iterator[str]:
    for field in _DETAILS:
        match part.get(field):
            case str(text) if text:
                yield text
            case dict(setting) if (vlan := _vlan(setting)) is not None and vlan.mode is not VlanMode.NONE:
                yield f"VLAN {vlan}"
            case _:
                pass


def _vlan(value: Mapping[str, Any]) -> Vlan | None:
    try:
        return msgspec.convert(value, Vlan)
    except msgspec.ValidationError:
        return None
