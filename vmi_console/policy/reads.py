"""What verdicts depend on, as sets of topics: a change touches some, and only who reads one of them looks again.

A topic is a field of the VM's record (`nics`), a set of guest facts (`guest.applications`), a kind of other record
(`host`) or the clock. A set of them is an integer with a bit for each, which makes asking who reads any of them cheap.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from vmi_console.estate.attributes import ATTRIBUTES
from vmi_console.estate.facts import FACT_SETS, FactSet, Guest
from vmi_console.estate.records import VM

OTHERS = ("connection", "datacenter", "cluster", "host", "switch", "network", "datastore", "filter", "alert")
ADVISORIES = "advisories"
VM_FIELDS = VM.__struct_fields__

_NAMES = (*VM_FIELDS, *(f"guest.{facts}" for facts in FACT_SETS), "guest.read", *OTHERS, ADVISORIES, "clock")
_BITS = {name: 1 << position for position, name in enumerate(_NAMES)}

NOTHING = 0
EVERYTHING = (1 << len(_NAMES)) - 1
CLOCK = _BITS["clock"]
ANY_FACT = sum(_BITS[f"guest.{facts}"] for facts in FACT_SETS) | _BITS["guest.read"]
IMAGE = _BITS["guest.applications"] | _BITS["guest.services"] | _BITS["guest.read"]

_field = re.compile(r"\bvm\.(\w+)")


def topic(name: str) -> int:
    """The set of one topic."""
    return _BITS[name]


@lru_cache(maxsize=4096)
def topics(reads: frozenset[str], via: frozenset[str] = frozenset(), by_clock: bool = False) -> int:
    """The topics behind what a query or a check says that it reads; a name nobody knows stands for everything."""
    found = CLOCK if by_clock else NOTHING
    for name in (*reads, *via):
        found |= _behind(name)
    return found


def _behind(name: str) -> int:
    found = NOTHING
    attribute = ATTRIBUTES.get(name)
    if attribute is not None:
        found |= _all(_field.findall(attribute.key) or (VM_FIELDS if not attribute.via else ())) | _all(attribute.via)
    match name:
        case "guest":
            return found | ANY_FACT | _BITS["guest"]
        case "filters":
            return found | _all(("nics", "filter", "network"))
        case "alerts":
            return found | _BITS["alert"]
        case _ if name in FACT_SETS:
            found |= _BITS[f"guest.{name}"]
    if name in _BITS:
        found |= _BITS[name]
    return found or EVERYTHING


def _all(names: Iterable[str]) -> int:
    found = NOTHING
    for name in names:
        found |= _BITS.get(name, EVERYTHING)
    return found


def fields_behind(topics: int) -> dict[str, frozenset[str]]:
    """Of the records of VMs and guests the fields that topics stand for, and those by which VMs are named and found."""
    fields = {"name", *(name for name in VM_FIELDS if topics & _BITS[name])}
    if topics & (_BITS["network"] | _BITS["switch"]):
        fields.add("nics")
    if topics & _BITS["cluster"]:
        fields.add("host")
    sets = (
        FACT_SETS if topics & _BITS["guest.read"] else [name for name in FACT_SETS if topics & _BITS[f"guest.{name}"]]
    )
    return {"vm": frozenset(fields), "guest": frozenset(sets)}


def moved_in_vm(before: VM | None, after: VM) -> int:
    """The topics that differ between two states of a VM's record."""
    if before is None:
        return EVERYTHING
    found = NOTHING
    for field in VM_FIELDS:
        old, new = getattr(before, field), getattr(after, field)
        if old is not new and old != new:
            found |= _BITS[field]
    return found


def moved_in_guest(before: Guest | None, after: Guest | None) -> int:
    """The topics that differ between two looks into a guest. That it was looked at again is one of its own."""
    if before is None or after is None:
        return ANY_FACT
    found = NOTHING
    for field in FACT_SETS:
        old: FactSet[object] = getattr(before, field)
        new: FactSet[object] = getattr(after, field)
        if old is new or old == new:
            continue
        found |= _BITS["guest.read"]
        if (old.status, old.because, old.base, old.removed, old.items) != (
            new.status,
            new.because,
            new.base,
            new.removed,
            new.items,
        ):
            found |= _BITS[f"guest.{field}"]
    return found
