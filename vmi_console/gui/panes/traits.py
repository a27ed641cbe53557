"""A record as a flat list of what is true of it: what a comparison lines up, whatever the kind of record."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Alarm, GuestSummary, Part, Power, Record, ToolsState
from vmi_console.estate.vlan import Vlan
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import POWER
from vmi_console.gui.wording import UNKNOWN, Wording, moment, size
from vmi_console.plain_text import visible


class Trait(NamedTuple):
    """What is compared: a field; a field of the so-many-th part; or an entry of a dictionary."""

    field: str
    part: int = -1
    within: str = ""


ABSENT = object()
"""In place of what a record has none of: a third network card, a setting."""

_BOOKKEEPING = frozenset(("id", "name", "key", "config_version", "host_vlans", "read_at", "port", "device", "hosts"))
OWN = frozenset(("uuid", "instance_uuid", "mac", "addresses", "path", "serial", "hostname", "created_at", "booted_at"))
"""What is each one's own by its nature: that it differs is no difference."""

_ASKED_FIRST = (
    *("power", "state", "health", "access", "host", "cluster", "datacenter", "guest", "nics"),
    *("network_name", "vlan", "mac", "addresses", "connected", "link_up", "blocked", "filter"),
)


def traits(record: Record) -> dict[Trait, Any]:
    """All traits of a record, what is asked for first coming first; a field that is not known is None."""
    found: dict[Trait, Any] = {}
    for field in _ordered(record.__struct_fields__):
        if field in _BOOKKEEPING:
            continue
        value = getattr(record, field)
        if isinstance(value, dict):
            found.update((Trait(field, within=key), entry) for key, entry in value.items())
        elif isinstance(value, Part):
            found.update(_of_part(field, -1, value))
        elif isinstance(value, tuple) and value and isinstance(value[0], Part) and not isinstance(value[0], Alarm):
            for place, part in enumerate(value):
                found.update(_of_part(field, place, part))
        elif field not in ("nics", "disks", "devices", "snapshots", "settings", "attributes"):
            found[Trait(field)] = value
    return found


def _ordered(fields: tuple[str, ...]) -> list[str]:
    return sorted(fields, key=lambda field: _ASKED_FIRST.index(field) if field in _ASKED_FIRST else len(_ASKED_FIRST))


def _of_part(field: str, place: int, part: Part) -> dict[Trait, Any]:
    return {
        Trait(field, place, name): getattr(part, name)
        for name in _ordered(part.__struct_fields__)
        if name not in _BOOKKEEPING and not (name == "network" and field == "nics")
    }


class TraitWords:
    """Says traits and their values."""

    def __init__(self, replica: Replica) -> None:
        self._wording = Wording(replica)

    def label(self, trait: Trait) -> str:
        """What a trait is called."""
        label = self._label(trait)
        return label[:1].upper() + label[1:]

    def _label(self, trait: Trait) -> str:
        field = self._wording.field(trait.field)
        if trait.part >= 0:
            return f"{self._wording.part(trait.field)} {trait.part + 1} · {self._wording.field(trait.within)}"
        if trait.within:
            within = self._wording.field(trait.within) if trait.field in ("guest", "health") else trait.within
            return f"{field} · {visible(within, 80)}"
        return field

    def said(self, trait: Trait, value: Any) -> str:
        """A value of it in words."""
        match value:
            case None:
                return UNKNOWN
            case _ if value is ABSENT:
                return self._wording.none()
            case Power():
                return POWER[value].word
            case ToolsState():
                return self._wording.tools(GuestSummary(tools=value))
            case Vlan():
                return self._wording.vlan(value)
            case datetime():
                return moment(value)
            case bool():
                return self._wording.yes_no(value)
            case int() if (trait.within or trait.field).endswith("_bytes"):
                return size(value)
            case tuple():
                names = (getattr(item, "ip", None) or getattr(item, "name", None) or item for item in value)
                return visible(", ".join(str(name) for name in names), 200) or self._wording.none()
            case str() if trait.field in REFERENCES or trait.within in REFERENCES:
                return self._wording.name(EntityId(value))
            case str():
                return visible(value, 200) or self._wording.none()
            case _:
                return self._wording.value(msgspec.to_builtins(value))


REFERENCES = frozenset(("host", "cluster", "datacenter", "network", "datastore", "switch", "parent"))
"""Fields that hold the id of another entity."""
