"""Power: on, off, suspended, reset, crashed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from vmi_console.collectors.demo.commands.base import VmCommand
from vmi_console.errors import CommandRefused
from vmi_console.estate.records import VM, Nic, Power, ToolsState

if TYPE_CHECKING:
    from vmi_console.collectors.demo.world import World


class PowerOn(VmCommand, kw_only=True):
    """Starts a VM, or resumes a suspended one."""

    event = "VmPoweredOnEvent"
    paths = ("power", "booted_at")
    opens_guest = True

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        if vm.template:
            raise CommandRefused(f"{vm.name[:80]} is a template and cannot be powered on", "make a VM from it")
        if vm.power is Power.ON:
            raise CommandRefused(f"{vm.name[:80]} is on already")
        return replace(
            vm,
            power=Power.ON,
            booted_at=vm.booted_at if vm.power is Power.SUSPENDED and vm.booted_at else at,
            nics=tuple(world.plugged(vm, nic, bool(nic.connect_at_power_on)) for nic in vm.nics),
            guest=replace(vm.guest, tools=_tools(vm, ToolsState.RUNNING)),
        )


class PowerOff(VmCommand, kw_only=True):
    """Switches a VM off at once."""

    event = "VmPoweredOffEvent"
    paths = ("power", "booted_at")

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        if vm.power is Power.OFF:
            raise CommandRefused(f"{vm.name[:80]} is off already")
        return _stopped(vm, Power.OFF)


class Suspend(VmCommand, kw_only=True):
    """Freezes a running VM to disk."""

    event = "VmSuspendedEvent"
    paths = ("power",)

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        return replace(_stopped(_running(vm), Power.SUSPENDED), booted_at=vm.booted_at)


class Reset(VmCommand, kw_only=True):
    """Restarts a running VM the hard way."""

    event = "VmResettingEvent"
    paths = ("booted_at",)
    opens_guest = True

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        return replace(_running(vm), booted_at=at)


class Crash(VmCommand, kw_only=True):
    """Lets a running VM crash; no event says who did it."""

    by: str = ""

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        return _stopped(_running(vm), Power.CRASHED)


def _running(vm: VM) -> VM:
    if vm.power is not Power.ON:
        raise CommandRefused(f"{vm.name[:80]} is not running: it is {vm.power}", "power it on first")
    return vm


def _stopped(vm: VM, power: Power) -> VM:
    return replace(
        vm,
        power=power,
        booted_at=None,
        nics=tuple(_unplugged(nic) for nic in vm.nics),
        guest=replace(vm.guest, tools=_tools(vm, ToolsState.NOT_RUNNING)),
    )


def _unplugged(nic: Nic) -> Nic:
    return replace(nic, connected=False, link_up=False, addresses=())


def _tools(vm: VM, state: ToolsState) -> ToolsState:
    return ToolsState.NOT_INSTALLED if vm.guest.tools is ToolsState.NOT_INSTALLED else state
