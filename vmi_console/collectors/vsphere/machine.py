"""A VM: which of its properties are watched, and the record that they and its hardware make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from vmi_console.collectors.vsphere import guest, values
from vmi_console.collectors.vsphere.alarms import TRIGGERED, alarms_of, triggered
from vmi_console.collectors.vsphere.hardware import Hardware, Plug, plugged_in
from vmi_console.collectors.vsphere.ports import Port
from vmi_console.collectors.vsphere.snapshots import lasting, measured, settled, snapshots
from vmi_console.collectors.vsphere.values import Parser, Told
from vmi_console.estate.identity import EntityId, canonical_uuid
from vmi_console.estate.records import VM, Access, Nic, Power


def custom_values(value: Any) -> tuple[tuple[int, str], ...]:
    """From CustomFieldValue[]: what people filled in, by the key of the field."""
    return tuple((int(each.key), str(getattr(each, "value", "") or "")) for each in value)


RECORD_FIELD = "VMI Console quarantine"
"""The custom attribute in which a quarantine's record is left with the VM, for other consoles to find."""

VERSION = "config.changeVersion"
NETWORKS = "network"
SNAPSHOT = "snapshot"
STATE = "runtime.connectionState"
POWER = "runtime.powerState"

WATCHED: dict[str, Parser] = {
    "name": values.name,
    "parent": values.moid,
    "parentVApp": values.moid,
    "resourcePool": values.moid,
    POWER: values.text,
    STATE: values.text,
    "runtime.host": values.moid,
    "runtime.bootTime": values.moment,
    VERSION: values.text,
    "config.template": values.truth,
    "config.uuid": values.text,
    "config.instanceUuid": values.text,
    "config.annotation": values.text,
    "config.guestFullName": values.text,
    "config.guestId": values.text,
    "config.version": values.text,
    "config.firmware": values.text,
    "config.bootOptions.efiSecureBootEnabled": values.truth,
    "config.createDate": values.moment,
    "config.hardware.numCPU": values.number,
    "config.hardware.memoryMB": values.number,
    "guest.hostName": values.text,
    "guest.guestFullName": values.text,
    "guest.guestFamily": values.text,
    "guest.guestId": values.text,
    "guest.net": guest.guest_nics,
    "guest.toolsRunningStatus": values.text,
    "guest.toolsVersionStatus2": values.text,
    "guest.toolsVersion": values.text,
    NETWORKS: values.moids,
    SNAPSHOT: snapshots,
    "customValue": custom_values,
    TRIGGERED: triggered,
}
"""VirtualMachine's narrow properties, in the API reference's paths. A server's version may lack some."""

HARDWARE = ("config.hardware.device", "config.extraConfig", SNAPSHOT)
"""Fetched at once. Snapshots are among them since they say what the disks' files are: what is watched may be of another
moment than the disks."""

LAYOUT = "layoutEx"

NEEDS_HARDWARE = (VERSION, NETWORKS, SNAPSHOT, STATE, POWER)
"""When one of these moves, the hardware has to be read again: cards connect with the power, at other ports."""


def basis(told: Told) -> tuple[object, ...]:
    """What the hardware read of a VM is good for: as long as these stay."""
    return tuple(told.get(path) for path in NEEDS_HARDWARE)


def is_readable(told: Told) -> bool:
    """Whether the server has the VM's configuration: it lacks that of one it cannot reach."""
    return "config.uuid" in told or VERSION in told


_POWER = {"poweredOn": Power.ON, "poweredOff": Power.OFF, "suspended": Power.SUSPENDED}
_ACCESS = {each.value: each for each in Access}


class Around(Protocol):
    """What a VM refers to."""

    def entity(self, kind: str, moid: str) -> EntityId: ...

    def network_of(self, plug: Plug) -> EntityId | None: ...

    def port_of(self, plug: Plug) -> Port: ...

    def alarm_names(self) -> Mapping[str, str]: ...

    def folder_of(self, parent: str | None, vapp: str | None) -> str: ...

    def pool_of(self, pool: str | None) -> str | None: ...

    def attributes_of(self, filled_in: tuple[tuple[int, str], ...]) -> dict[str, str]: ...

    def tags_of(self, moid: str) -> tuple[str, ...]: ...


def vm(moid: str, told: Told, found: Hardware | None, snapshot_sizes: dict[str, int] | None, around: Around) -> VM:
    """The record. Whatever is unset, as nearly all is of an inaccessible or orphaned VM, is not known."""
    host = told.get("runtime.host")
    hardware = found or Hardware()
    nics, disks = plugged_in(hardware, around.network_of, lambda store: around.entity("datastore", store))
    running = told.get(POWER) == "poweredOn"
    nics = tuple(
        _at_port(nic, around.port_of(card.plug), running) for nic, card in zip(nics, hardware.cards, strict=True)
    )
    memory = told.get("config.hardware.memoryMB")
    kept = lasting(told.get(SNAPSHOT) or ())
    return VM(
        id=around.entity("vm", moid),
        name=told.get("name") or moid,
        power=_POWER.get(told.get(POWER) or "", Power.UNKNOWN),
        access=_ACCESS.get(told.get(STATE) or "", Access.CONNECTED),
        uuid=canonical_uuid(told.get("config.uuid")),
        instance_uuid=canonical_uuid(told.get("config.instanceUuid")),
        host=around.entity("host", host) if host else None,
        folder=around.folder_of(told.get("parent"), told.get("parentVApp")),
        resource_pool=around.pool_of(told.get("resourcePool")),
        template=bool(told.get("config.template")),
        annotation=told.get("config.annotation") or "",
        created_at=told.get("config.createDate"),
        booted_at=told.get("runtime.bootTime"),
        vcpus=told.get("config.hardware.numCPU"),
        memory_bytes=memory << 20 if memory is not None else None,
        firmware=told.get("config.firmware"),
        secure_boot=told.get("config.bootOptions.efiSecureBootEnabled"),
        hardware=told.get("config.version"),
        config_version=told.get(VERSION),
        nics=guest.with_addresses(nics, told.get("guest.net") or ()),
        disks=settled(disks, hardware.snapshots),
        devices=hardware.devices,
        snapshots=measured(kept, snapshot_sizes) if snapshot_sizes else kept,
        guest=guest.summary(told),
        tags=around.tags_of(moid),
        attributes=around.attributes_of(told.get("customValue") or ()),
        settings=hardware.settings,
        alarms=alarms_of(moid, told, around.alarm_names()),
    )


def _at_port(nic: Nic, port: Port, running: bool) -> Nic:
    if port == Port():
        return nic
    return msgspec.structs.replace(
        nic, port_vlan=port.vlan, blocked=port.blocked, link_up=port.link_up if running else None
    )
