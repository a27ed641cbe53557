"""Ways to the world: NICs plugged, moved, added; devices passed through; VLANs of portgroups."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec.structs import replace

from vmi_console.collectors.demo.commands.base import Command, Occurrence, VmCommand, Word, reachable
from vmi_console.collectors.demo.machines import FIRST_NIC_KEY, MAX_NICS
from vmi_console.errors import CommandRefused
from vmi_console.estate.records import VM, Device, Nic, Power
from vmi_console.estate.vlan import access

if TYPE_CHECKING:
    from vmi_console.collectors.demo.world import World


class NicCommand(VmCommand, kw_only=True):
    """A command that changes one NIC of a VM."""

    nic: Word  # key, label or MAC

    event = "VmReconfiguredEvent"
    paths = ("nics",)

    def edit_nic(self, world: World, vm: VM, nic: Nic) -> Nic:
        """The NIC as it is afterwards."""
        raise NotImplementedError

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        chosen = find_nic(vm, self.nic)
        return replace(vm, nics=tuple(self.edit_nic(world, vm, nic) if nic is chosen else nic for nic in vm.nics))


class ConnectNic(NicCommand, kw_only=True):
    """Plugs a NIC in."""

    def edit_nic(self, world: World, vm: VM, nic: Nic) -> Nic:
        return world.plugged(vm, replace(nic, connect_at_power_on=True), vm.power is Power.ON)


class DisconnectNic(NicCommand, kw_only=True):
    """Unplugs a NIC, now and at the next start."""

    def edit_nic(self, world: World, vm: VM, nic: Nic) -> Nic:
        return world.plugged(vm, replace(nic, connect_at_power_on=False), False)


class MoveNic(NicCommand, kw_only=True):
    """Plugs a NIC into another network of the VM's datacenter. The guest keeps its address, as guests do."""

    network: Word  # id or name

    def edit_nic(self, world: World, vm: VM, nic: Nic) -> Nic:
        return world.moved(nic, world.find_network(self.network, vm))


class AddNic(VmCommand, kw_only=True):
    """Adds a NIC to a VM, running or not."""

    network: Word  # id or name

    event = "VmReconfiguredEvent"
    paths = ("nics",)

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        taken = {nic.key for nic in vm.nics}
        card = next((card for card in range(MAX_NICS) if str(FIRST_NIC_KEY + card) not in taken), None)
        if card is None:
            raise CommandRefused(f"{vm.name[:80]} has {MAX_NICS} NICs, and no VM can have more")
        network = world.find_network(self.network, vm)
        nic = world.machines.nic(world.number(vm.id), card, network.id, network.name, vm.power is Power.ON)
        return replace(vm, nics=(*vm.nics, nic))


class RemoveNic(VmCommand, kw_only=True):
    """Takes a NIC out of a VM."""

    nic: Word  # key, label or MAC

    event = "VmReconfiguredEvent"
    paths = ("nics",)

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        gone = find_nic(vm, self.nic)
        return replace(vm, nics=tuple(nic for nic in vm.nics if nic is not gone))


class AddDevice(VmCommand, kw_only=True):
    """Passes a device of the host through to a VM, past every virtual switch."""

    label: Word

    event = "VmReconfiguredEvent"
    paths = ("devices",)

    def edit(self, world: World, vm: VM, at: datetime) -> VM:
        key = f"pci-{len(vm.devices) + 1}"
        return replace(vm, devices=(*vm.devices, Device(key=key, type="pci", label=self.label, passthrough=True)))


class SetVlan(Command, kw_only=True):
    """Gives a portgroup another VLAN id, on every host; 0 is untagged."""

    network: Word  # id, or name where just one network has it
    vlan: Annotated[int, msgspec.Meta(ge=0, le=4094)]

    event = "DVPortgroupReconfiguredEvent"

    def apply(self, world: World, at: datetime) -> Occurrence:
        network = world.find_network(self.network)
        vlan = access(self.vlan)
        network = replace(network, vlan=vlan, host_vlans=dict.fromkeys(network.host_vlans, vlan))
        world.networks[network.id] = network
        return Occurrence(
            at=at,
            records=(network,),
            attributions=self.attribution(network.id, ("vlan", "host_vlans"), at),
            value={"network": network.id},
        )


def find_nic(vm: VM, text: str) -> Nic:
    """The NIC of a VM by key, label or MAC."""
    for nic in reachable(vm).nics:
        if text in (nic.key, nic.label) or text.lower() == nic.mac:
            return nic
    has = ", ".join(f"{nic.key} ({nic.label}, {nic.mac})" for nic in vm.nics) or "none"
    raise CommandRefused(f"{vm.name[:80]} has no NIC “{text[:80]}”", f"its NICs are: {has}")
