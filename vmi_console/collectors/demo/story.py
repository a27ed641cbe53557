"""What happens in the demo estate within its first two minutes; docs/demo.md tells it to people."""

from __future__ import annotations

from typing import NamedTuple

from vmi_console.collectors.demo import casting
from vmi_console.collectors.demo.commands import Command
from vmi_console.collectors.demo.commands.inside import InstallApplication, SetService
from vmi_console.collectors.demo.commands.lifecycle import (
    CreateVm,
    HostReturns,
    HostStops,
    Migrate,
    RemoveVm,
    Rename,
    TakeSnapshot,
)
from vmi_console.collectors.demo.commands.networking import AddNic, MoveNic
from vmi_console.collectors.demo.commands.power import PowerOff, PowerOn, Reset, Suspend


class Step(NamedTuple):
    """One step: the second of the world's life at which it happens, and the command that it is."""

    second: float
    command: Command


SILENT_HOST = "esx-fra-05.demo.example"
STORY: tuple[Step, ...] = (
    Step(6, Migrate(vm="app-03", by=casting.DRS)),
    Step(10, PowerOff(vm="test-02", by="m.okafor")),
    Step(14, TakeSnapshot(vm="db-02", name="before patch day", by="s.lindqvist")),
    Step(18, Migrate(vm="vdi-14", by=casting.DRS)),
    Step(22, MoveNic(vm="web-pci-07", nic="4000", network="guest-dmz", by="j.kim")),
    Step(28, InstallApplication(vm="web-pci-03", name="telnetd", version="0.17-42")),
    Step(33, SetService(vm="db-pci-02", name="auditd", enabled=False)),
    Step(38, PowerOn(vm="build-04", by="r.patel")),
    Step(42, HostStops(host=SILENT_HOST)),
    Step(62, HostReturns(host=SILENT_HOST)),
    Step(68, CreateVm(name="app-canary", by="r.patel")),
    Step(72, PowerOn(vm="app-canary", by="r.patel")),
    Step(76, Rename(vm="test-01", name="test-01-DO-NOT-DELETE", by="m.okafor")),
    Step(82, AddNic(vm="app-07", network="prod-db", by="j.kim")),
    Step(88, RemoveVm(vm="legacy-04", by="s.lindqvist")),
    Step(94, Suspend(vm="vdi-21", by="a.novak")),
    Step(100, Migrate(vm="web-04", by=casting.DRS)),
    Step(106, Reset(vm="mail-02", by="s.lindqvist")),
    Step(112, PowerOff(vm="web-09", by="m.okafor")),
    Step(116, PowerOn(vm="web-09", by="m.okafor")),
)
ENDS_AT_SECOND = 120.0
