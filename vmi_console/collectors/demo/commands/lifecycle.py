"""Machines come, go, move, get new names and snapshots; hosts fall silent and return."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from vmi_console.collectors.demo import casting
from vmi_console.collectors.demo.commands.base import Command, Name, Occurrence, VmCommand, Word, reachable
from vmi_console.errors import CommandRefused
from vmi_console.estate.records import VM, Access, Host, HostState, Power, Snapshot, ToolsState

if TYPE_CHECKING:
    from vmi_console.collectors.demo.world import World


class Rename(VmCommand, kw_only=True):
    """Gives a VM another name."""

    name: Name

    event = "VmRenamedEvent"
    paths = ("name",)

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        return replace(vm, name=self.name)


class Migrate(VmCommand, kw_only=True):
    """Moves a VM to another host of its cluster; without one, to the next that answers."""

    host: Word | None = None  # id or name

    event = "VmMigratedEvent"
    paths = ("host",)

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        here = world.number_of_host(vm)
        cluster = [host for host in world.cluster_hosts(vm) if host.id != vm.host and host.state is HostState.CONNECTED]
        if self.host is None:
            later = (host for host in cluster if world.layout.host_number(host.id) > here)
            target = next(later, cluster[0] if cluster else None)
        else:
            wanted = world.find_host(self.host)
            target = wanted if wanted in cluster else None
        if target is None:
            names = ", ".join(host.name for host in cluster) or "none"
            raise CommandRefused(f"{vm.name[:80]} cannot move there", f"hosts of its cluster that answer: {names}")
        return replace(vm, host=target.id)


class TakeSnapshot(VmCommand, kw_only=True):
    """Takes a snapshot of a VM."""

    name: Name

    event = "VmSnapshotCreatedEvent"
    paths = ("snapshots",)

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        current = next((snapshot.key for snapshot in vm.snapshots if snapshot.current), None)
        taken = Snapshot(
            key=f"snapshot-{len(vm.snapshots) + 1}",
            name=self.name,
            parent=current,
            current=True,
            created_at=at,
            size_bytes=0,
            power=vm.power,
        )
        world.kept[vm.id, taken.key] = vm.nics
        return replace(vm, snapshots=(*(replace(snapshot, current=False) for snapshot in vm.snapshots), taken))


class RevertSnapshot(VmCommand, kw_only=True):
    """Takes a VM back to a snapshot: its network cards are plugged in as they were then."""

    name: Name

    event = "VmReconfiguredEvent"
    paths = ("snapshots", "nics")

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        snapshot = next((snapshot for snapshot in vm.snapshots if snapshot.name == self.name), None)
        if snapshot is None:
            has = ", ".join(snapshot.name for snapshot in vm.snapshots) or "none"
            raise CommandRefused(f"{vm.name[:80]} has no snapshot “{self.name[:80]}”", f"its snapshots are: {has}")
        nics = world.kept.get((vm.id, snapshot.key)) or world.machines.make(world.number(vm.id)).nics
        return replace(
            vm,
            nics=nics,
            snapshots=tuple(replace(each, current=each is snapshot) for each in vm.snapshots),
        )


class CreateVm(Command, kw_only=True):
    """Makes a VM, powered off, with one NIC, on a host or wherever there is room."""

    name: Name
    host: Word | None = None  # id or name

    event = "VmCreatedEvent"

    def apply(self, world: World, at: datetime) -> Occurrence:
        number = world.next_number
        first = world.machines.make(number)
        host = world.find_host(self.host) if self.host is not None else world.host(first.host)
        if host.state is not HostState.CONNECTED:
            raise CommandRefused(f"no VM can be made on {host.name}: it is {host.state}", "name another host")
        datacenter = world.layout.datacenter_of_host(world.layout.host_number(host.id))
        network_name = casting.NEW_MACHINE.networks[0]
        vm = replace(
            first,
            name=self.name,
            host=host.id,
            power=Power.OFF,
            created_at=at,
            booted_at=None,
            snapshots=(),
            nics=(
                world.machines.nic(number, 0, world.layout.network_id(datacenter, network_name), network_name, False),
            ),
            guest=replace(first.guest, hostname=None, tools=ToolsState.NOT_RUNNING, read_at=None, source=None),
        )
        world.put(vm)
        return Occurrence(at=at, records=(vm,), attributions=self.attribution(vm.id, (), at), value={"vm": vm.id})


class RemoveVm(Command, kw_only=True):
    """Deletes a VM that is off, with its disks."""

    vm: Word

    event = "VmRemovedEvent"

    def apply(self, world: World, at: datetime) -> Occurrence:
        vm = reachable(world.find_vm(self.vm))
        if vm.power is not Power.OFF:
            raise CommandRefused(f"{vm.name[:80]} cannot be removed: it is {vm.power}", "power it off first")
        world.remove(vm)
        return Occurrence(at=at, removed=(vm.id,), attributions=self.attribution(vm.id, (), at), value={"vm": vm.id})


class HostStops(Command, kw_only=True):
    """A host answers no longer, and nobody can tell how its VMs are."""

    host: Word
    by: str = ""

    def apply(self, world: World, at: datetime) -> Occurrence:
        return _host_turns(world, world.find_host(self.host), HostState.NOT_RESPONDING, Access.DISCONNECTED, at)


class HostReturns(Command, kw_only=True):
    """The host answers again."""

    host: Word
    by: str = ""

    def apply(self, world: World, at: datetime) -> Occurrence:
        return _host_turns(world, world.find_host(self.host), HostState.CONNECTED, Access.CONNECTED, at)


def _host_turns(world: World, host: Host, state: HostState, access: Access, at: datetime) -> Occurrence:
    if host.state is state:
        raise CommandRefused(f"{host.name} is {state} already")
    host = replace(host, state=state)
    world.put_host(host)
    residents = tuple(replace(vm, access=access) for vm in world.residents(host.id))
    for vm in residents:
        world.put(vm)
    back = tuple(vm.id for vm in residents if vm.access is Access.CONNECTED and vm.power is Power.ON)
    return Occurrence(at=at, records=(host, *residents), guests=back, value={"host": host.id})
