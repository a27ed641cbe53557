"""The commands that the demo hypervisor takes, each as data: its arguments, and what it does to the world."""

from __future__ import annotations

import difflib
from typing import Any

import msgspec

from vmi_console.collectors.demo.commands.base import Command, Occurrence
from vmi_console.collectors.demo.commands.inside import InstallApplication, RemoveApplication, SetService
from vmi_console.collectors.demo.commands.lifecycle import (
    CreateVm,
    HostReturns,
    HostStops,
    Migrate,
    RemoveVm,
    Rename,
    RevertSnapshot,
    TakeSnapshot,
)
from vmi_console.collectors.demo.commands.networking import (
    AddDevice,
    AddNic,
    ConnectNic,
    DisconnectNic,
    MoveNic,
    RemoveNic,
    SetVlan,
)
from vmi_console.collectors.demo.commands.power import Crash, PowerOff, PowerOn, Reset, Suspend
from vmi_console.collectors.demo.commands.quarantine import IsolateVm, RestoreVm, SurveyVm, VerifyVm
from vmi_console.collectors.quarantine import ISOLATE, RESTORE, SURVEY, VERIFY
from vmi_console.errors import CommandRefused

__all__ = ["COMMANDS", "Command", "Occurrence", "parse"]

COMMANDS: dict[str, type[Command]] = {
    "power_on": PowerOn,
    "power_off": PowerOff,
    "suspend": Suspend,
    "reset": Reset,
    "crash": Crash,
    "rename": Rename,
    "migrate": Migrate,
    "take_snapshot": TakeSnapshot,
    "revert_snapshot": RevertSnapshot,
    "create_vm": CreateVm,
    "remove_vm": RemoveVm,
    "connect_nic": ConnectNic,
    "disconnect_nic": DisconnectNic,
    "move_nic": MoveNic,
    "add_nic": AddNic,
    "remove_nic": RemoveNic,
    "add_device": AddDevice,
    SURVEY: SurveyVm,
    ISOLATE: IsolateVm,
    RESTORE: RestoreVm,
    VERIFY: VerifyVm,
    "set_vlan": SetVlan,
    "install_application": InstallApplication,
    "remove_application": RemoveApplication,
    "set_service": SetService,
    "host_stops": HostStops,
    "host_returns": HostReturns,
}


def parse(name: str, arguments: dict[str, Any]) -> Command:
    """A command by name and arguments; raises `CommandRefused`, which says what is possible."""
    command = COMMANDS.get(name)
    if command is None:
        close = difflib.get_close_matches(name[:80], COMMANDS, n=1)
        advice = f"did you mean {close[0]}?" if close else f"it takes {', '.join(COMMANDS)}"
        raise CommandRefused(f"the demo hypervisor has no command “{name[:80]}”", advice)
    try:
        return msgspec.convert(arguments, command)
    except msgspec.ValidationError as error:
        raise CommandRefused(f"{name} cannot be carried out: {error}", f"{name} takes {_takes(command)}") from error


def _takes(command: type[Command]) -> str:
    fields = msgspec.structs.fields(command)
    return ", ".join(field.name if field.required else f"{field.name} (optional)" for field in fields)
