"""What happened to a VM in quarantine, as its changes tell it."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from vmi_console.estate.changes import Action, Change


class Weight(Enum):
    """What a change means for a VM in quarantine."""

    GONE = "gone"
    ECHO = "echo"  # it may be what the console itself has just done: only a look at the VM can tell
    NEWS = "news"


class Sign(NamedTuple):
    """A change that matters, in words that follow the VM's name."""

    weight: Weight
    what: str
    card: str = ""  # the network card's key, where it is about one
    field: str = ""


PARTS = {"nics": "network card", "devices": "device", "disks": "disk", "snapshots": "snapshot"}
CARDS = {
    "network": "was plugged in elsewhere",
    "source": "was plugged in elsewhere",
    "type": "was plugged in otherwise",
    "port_vlan": "was given another VLAN",
    "filter": "was given another filter",
    "connected": ("was connected", "was disconnected"),
    "connect_at_power_on": ("is to be connected at a start", "is not to be connected at a start"),
    "link_up": ("has its link up", "has its link down"),
    "blocked": ("has its port blocked", "has its port open"),
}
"""What is said of a property of a card: of one that is true or false, both."""

_part = re.compile(r"(nics|devices|disks|snapshots)\[(.*?)\](?:\.(\w+))?", re.DOTALL)


def noticed(change: Change) -> Sign | None:
    """What a change of a VM means for its quarantine; None where it means nothing."""
    match change.path:
        case "" if change.action is Action.REMOVED:
            return Sign(Weight.GONE, "it was deleted")
        case "":
            return Sign(Weight.NEWS, "it is there again")
        case "host":
            return Sign(Weight.NEWS, "it was moved to another host")
        case "power":
            return Sign(Weight.ECHO, f"it is {change.after}, and was {change.before}", field="power")
        case "booted_at" if change.after is not None:
            return Sign(Weight.NEWS, "it was started")
        case _:
            part = _part.match(change.path)
            return None if part is None else _of_part(change, part[1], part[2], part[3])


def _of_part(change: Change, parts: str, key: str, field: str | None) -> Sign | None:
    if field is None:
        verb = {Action.ADDED: "was added", Action.REMOVED: "was taken out", Action.CHANGED: "was changed"}
        return Sign(Weight.NEWS, f"{PARTS[parts]} {key} {verb[change.action]}")
    match parts:
        case "nics" if (said := CARDS.get(field)) is not None:
            words = said if isinstance(said, str) else said[not change.after]
            return Sign(Weight.ECHO, f"network card {key} {words}", key, field)
        case "snapshots" if field == "current" and change.after:
            return Sign(Weight.NEWS, f"snapshot {key} is its present one: it may have been taken back to it")
        case "disks" if field == "shareable":
            return Sign(Weight.NEWS, f"disk {key} {'may' if change.after else 'can no longer'} be shared")
        case _:
            return None
