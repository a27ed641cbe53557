"""What happened to a VM in quarantine, as its changes tell it."""

from __future__ import annotations

import re
from enum import Enum

from vmi_console.estate.changes import Action, Change


class Weight(Enum):
    """What a change means for a VM in quarantine."""

    GONE = "gone"
    ECHO = "echo"  # it may be what the console itself has just done: only a look at the VM can tell
    WORTH_TELLING = "worth telling"


_part = re.compile(r"(nics|devices|disks|snapshots)\[(.*?)\](?:\.(\w+))?", re.DOTALL)
CARD_FIELDS = frozenset(
    "network port port_vlan connected connect_at_power_on link_up blocked filter type source vlan".split()  # noqa: SIM905
)


def noticed(change: Change) -> tuple[Weight, str] | None:
    """What a change of a VM means for its quarantine, and how to say it; None where it means nothing."""
    if not change.path:
        if change.action is Action.REMOVED:
            return Weight.GONE, "it was deleted"
        return Weight.WORTH_TELLING, "it is there again"
    match change.path:
        case "host":
            return Weight.WORTH_TELLING, "it was moved to another host"
        case "power":
            return Weight.ECHO, f"its power is {change.after}, and was {change.before}"
        case "booted_at" if change.after is not None:
            return Weight.WORTH_TELLING, "it was started"
        case _:
            part = _part.match(change.path)
            return None if part is None else _of_part(change, part[1], part[2], part[3])


def _of_part(change: Change, parts: str, key: str, field: str | None) -> tuple[Weight, str] | None:
    if field is None:
        what = {"nics": "network card", "devices": "device", "disks": "disk", "snapshots": "snapshot"}[parts]
        verb = {Action.ADDED: "was added", Action.REMOVED: "was taken out", Action.CHANGED: "was changed"}
        return Weight.WORTH_TELLING, f"{what} {key} {verb[change.action]}"
    match parts:
        case "nics" if field in CARD_FIELDS:
            return Weight.ECHO, f"network card {key}: {field} is {change.after}, and was {change.before}"
        case "snapshots" if field == "current" and change.after:
            return Weight.WORTH_TELLING, f"snapshot {key} is its present one: it may have been taken back to it"
        case "disks" if field == "shareable":
            return Weight.WORTH_TELLING, f"disk {key} {'may' if change.after else 'can no longer'} be shared"
        case _:
            return None
