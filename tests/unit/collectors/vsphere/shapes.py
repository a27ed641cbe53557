"""Objects of the vSphere API as its reference documents them, small, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyVmomi import vim

from vmi_console.collectors.vsphere import machine, places
from vmi_console.collectors.vsphere.hardware import Hardware
from vmi_console.collectors.vsphere.memory import Fetched
from vmi_console.collectors.vsphere.picture import VM_KIND, Picture
from vmi_console.collectors.vsphere.values import Parser, parsed
from vmi_console.collectors.vsphere.watching import Update
from vmi_console.estate.records import VM

ENDPOINT = "6630cac2-adce-56b0-9d42-d7e2f553d73c"
PARSERS: dict[str, Mapping[str, Parser]] = {
    **places.WATCHED,
    VM_KIND: machine.WATCHED,
    places.FIELDS: places.CUSTOM_FIELDS,
}


def entered(kind: str, moid: str, properties: Mapping[str, Any]) -> Update:
    """An object that came into view with these properties, in pyVmomi's own values."""
    parsers = PARSERS[kind]
    return Update(
        kind=kind,
        moid=moid,
        told={path: parsed(parsers, path, value) for path, value in properties.items()},
        entered=True,
    )


def modified(kind: str, moid: str, properties: Mapping[str, Any]) -> Update:
    """An object some of whose properties are others now; None for one that is unset."""
    update = entered(kind, moid, properties)
    return Update(kind=kind, moid=moid, told=update.told)


def left(kind: str, moid: str) -> Update:
    """An object that is gone."""
    return Update(kind=kind, moid=moid, told={}, left=True)


def ref(kind: Any, moid: str) -> Any:
    """A reference to a managed object; reading any property of it would fail, since it has no connection."""
    return kind(moid)


def small_estate() -> Picture:
    """A datacenter with a folder, a cluster of two hosts, pools, a distributed and a standard portgroup."""
    picture = Picture(ENDPOINT)
    picture.take_places(
        [
            entered("Folder", "group-d1", {"name": "Datacenters"}),
            entered("Datacenter", "datacenter-2", {"name": "Frankfurt", "parent": ref(vim.Folder, "group-d1")}),
            entered("Folder", "group-v3", {"name": "vm", "parent": ref(vim.Datacenter, "datacenter-2")}),
            entered("Folder", "group-v4", {"name": "Web%2fShop", "parent": ref(vim.Folder, "group-v3")}),
            entered("Folder", "group-v5", {"name": "Blue", "parent": ref(vim.Folder, "group-v4")}),
            entered("Folder", "group-h3", {"name": "host", "parent": ref(vim.Datacenter, "datacenter-2")}),
            entered("ClusterComputeResource", "domain-c7", {"name": "fra", "parent": ref(vim.Folder, "group-h3")}),
            entered(
                "ResourcePool", "resgroup-8", {"name": "Resources", "parent": ref(vim.ComputeResource, "domain-c7")}
            ),
            entered("ResourcePool", "resgroup-9", {"name": "Gold", "parent": ref(vim.ResourcePool, "resgroup-8")}),
            entered(
                "VirtualApp",
                "resgroup-v10",
                {
                    "name": "Shop",
                    "parent": ref(vim.ResourcePool, "resgroup-9"),
                    "parentFolder": ref(vim.Folder, "group-v4"),
                },
            ),
            *(_host(number) for number in (11, 12)),
            entered(
                "DistributedVirtualSwitch",
                "dvs-20",
                {"name": "dvs", "uuid": "50 0d", "parent": ref(vim.Folder, "group-n3")},
            ),
            portgroup("dvportgroup-21", "web-110", vlan_id(110)),
            entered(
                "Network",
                "network-30",
                {
                    "name": "Management",
                    "parent": ref(vim.Datacenter, "datacenter-2"),
                    "host": [ref(vim.HostSystem, "host-11"), ref(vim.HostSystem, "host-12")],
                },
            ),
        ]
    )
    return picture


def _host(number: int) -> Update:
    spec = vim.host.PortGroup.Specification(name="Management", vlanId=number, vswitchName="vSwitch0")
    return entered(
        "HostSystem",
        f"host-{number}",
        {
            "name": f"esx{number}.example",
            "parent": ref(vim.ClusterComputeResource, "domain-c7"),
            "runtime.connectionState": "connected",
            "config.network.portgroup": [vim.host.PortGroup(key="key-vim.host.PortGroup-Management", spec=spec)],
            "config.network.vswitch": [
                vim.host.VirtualSwitch(name="vSwitch0", mtu=9000, pnic=["key-vim.host.PhysicalNic-vmnic0"])
            ],
            "config.network.pnic": [
                vim.host.PhysicalNic(key="key-vim.host.PhysicalNic-vmnic0", device="vmnic0", mac="00:0C:29:AA:BB:CC")
            ],
        },
    )


def vlan_id(number: int, *, inherited: bool = False) -> Any:
    return vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(vlanId=number, inherited=inherited)


def portgroup(moid: str, name: str, vlan: Any, key: str | None = None) -> Update:
    setting = vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(vlan=vlan)
    return entered(
        places.PORTGROUP,
        moid,
        {
            "name": name,
            "key": key or moid,
            "parent": ref(vim.Folder, "group-n3"),
            "config.distributedVirtualSwitch": ref(vim.DistributedVirtualSwitch, "dvs-20"),
            "config.defaultPortConfig": setting,
            "config.policy": vim.dvs.VmwareDistributedVirtualSwitch.VMwarePortgroupPolicy(vlanOverrideAllowed=True),
        },
    )


def card(key: int, backing: Any, kind: Any = vim.vm.device.VirtualVmxnet3) -> Any:
    return kind(
        key=key,
        deviceInfo=vim.Description(label=f"Network adapter {key - 3999}", summary=""),
        macAddress="00:50:56:AA:BB:01",
        backing=backing,
        connectable=vim.vm.device.VirtualDevice.ConnectInfo(
            connected=True, startConnected=True, allowGuestControl=True
        ),
    )


def port_backing(portgroup_key: str, port: str = "7") -> Any:
    connection = vim.dvs.PortConnection(switchUuid="50 0d", portgroupKey=portgroup_key, portKey=port)
    return vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(port=connection)


def policy(**fields: Any) -> Any:
    """A port's setting, of a portgroup or its own."""
    return vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(**fields)


def fetched(picture: Picture, found: Hardware, moid: str = "vm-40") -> None:
    """Has the hardware of a VM fetched as it is now."""
    picture.fetched(moid, Fetched(found, machine.basis(picture.machines[moid])))


def the_vm(picture: Picture, moid: str = "vm-40") -> VM:
    record = next(iter(picture.vms([moid])))
    assert isinstance(record, VM)
    return record
