"""Events: who did what. Each that names a VM, host or network and a property of it becomes an attribution.

The names are those of the API reference (`Event` and what extends it); what a VmReconfiguredEvent changed is in its
`configSpec`, or, from 6.5 on, in words in its `configChanges`. A migration has an author even where no person did it:
DRS and HA are named as such, since otherwise nobody could tell them from an operator; and so is vCenter, which watches
for alarms by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from pyVmomi import vim

from vmi_console.collectors.vsphere.values import moid, moment, text
from vmi_console.estate.changes import Attribution
from vmi_console.estate.identity import EntityId

PAGE_EVENTS = 30
"""An update brings the whole page of latest events; what does not fit is asked for (see `following`)."""

type Naming = Callable[[str, str], EntityId]
"""From a kind of record and a managed object id to the id of the record."""

DRS, HA, VCENTER = "vSphere DRS", "vSphere HA", "vCenter"
_NOBODY = frozenset(("", "system", "user"))

_event = vim.event


class Happened(msgspec.Struct, frozen=True, gc=False):
    """One event, as far as the console is interested in it."""

    key: int
    at: datetime | None
    attributions: tuple[Attribution, ...] = ()
    name: str = ""
    actor: str = ""
    switch: str | None = None  # whose ports are others now
    ports: tuple[str, ...] | None = None  # their keys; None: any
    tags_changed: bool = False
    alarms_changed: bool = False  # their definitions


_WHOLE: tuple[str, ...] = ()
"""The coming or going of the entity itself."""

_POWER = ("power", "booted_at")
_MOVE = ("host",)

_OF_VM: dict[str, tuple[str, ...]] = {
    "VmRenamedEvent": ("name",),
    "VmPoweredOnEvent": _POWER,
    "DrsVmPoweredOnEvent": _POWER,
    "VmPoweredOffEvent": _POWER,
    "VmSuspendedEvent": _POWER,
    "VmGuestShutdownEvent": _POWER,
    "VmResettingEvent": ("booted_at",),
    "VmGuestRebootEvent": ("booted_at",),
    "VmMigratedEvent": _MOVE,
    "DrsVmMigratedEvent": _MOVE,
    "VmRelocatedEvent": ("host", "disks", "folder", "resource_pool"),
    "VmRestartedOnAlternateHostEvent": (*_MOVE, *_POWER),
    "VmResourcePoolMovedEvent": ("resource_pool",),
    "VmCreatedEvent": _WHOLE,
    "VmClonedEvent": _WHOLE,
    "VmDeployedEvent": _WHOLE,
    "VmRegisteredEvent": _WHOLE,
    "VmDiscoveredEvent": _WHOLE,
    "VmRemovedEvent": _WHOLE,
    "VmOrphanedEvent": ("access",),
    "VmDisconnectedEvent": ("access",),
    "VmConnectedEvent": ("access",),
    "VmUuidChangedEvent": ("uuid",),
    "VmInstanceUuidChangedEvent": ("instance_uuid",),
}

_OF_HOST: dict[str, tuple[str, ...]] = {
    "EnteredMaintenanceModeEvent": ("state",),
    "ExitMaintenanceModeEvent": ("state",),
    "HostConnectedEvent": ("state",),
    "HostDisconnectedEvent": ("state",),
    "HostConnectionLostEvent": ("state",),
    "HostAddedEvent": _WHOLE,
    "HostRemovedEvent": _WHOLE,
}

_OF_PORTGROUP: dict[str, tuple[str, ...]] = {
    "DVPortgroupReconfiguredEvent": ("vlan", "name", "blocked"),
    "DVPortgroupRenamedEvent": ("name",),
    "DVPortgroupCreatedEvent": _WHOLE,
    "DVPortgroupDestroyedEvent": _WHOLE,
}

_OF_TASK: dict[str, tuple[str, ...]] = {
    "VirtualMachine.createSnapshot": ("snapshots",),
    "VirtualMachine.removeAllSnapshots": ("snapshots",),
    "VirtualMachine.consolidateDisks": ("disks",),
    "vm.Snapshot.remove": ("snapshots",),
    "vm.Snapshot.revert": ("snapshots", *_POWER),
    "vm.Snapshot.rename": ("snapshots",),
    "VirtualMachine.revertToCurrentSnapshot": ("snapshots", *_POWER),
    "VirtualMachine.markAsTemplate": ("template",),
    "VirtualMachine.markAsVirtualMachine": ("template",),
    "VirtualMachine.upgradeVirtualHardware": ("hardware",),
    "Folder.moveIntoFolder": ("folder",),
}
"""TaskEvent.info.descriptionId: what has no event of its own. A task's event comes when it begins, and it may fail."""

_PORTS = ("DvsPortReconfiguredEvent", "DvsPortLinkUpEvent", "DvsPortLinkDownEvent")
_SWITCH = "DvsReconfiguredEvent"
OF_PORT = ("blocked", "port_vlan", "vlan")
"""What of a card is set at its port."""

_ALARM_CHANGED, _ALARM_ACKNOWLEDGED = "AlarmStatusChangedEvent", "AlarmAcknowledgedEvent"
_ALARMS = (_ALARM_CHANGED, _ALARM_ACKNOWLEDGED, "AlarmClearedEvent")
_ALARM_DEFINED = "AlarmReconfiguredEvent"

WANTED = (
    *_OF_VM,
    *_OF_HOST,
    *_OF_PORTGROUP,
    *_PORTS,
    _SWITCH,
    *_ALARMS,
    _ALARM_DEFINED,
    "VmReconfiguredEvent",
    "CustomFieldValueChangedEvent",
    "TaskEvent",
    "EventEx",
)
"""The types of events that a collector is asked for."""

_SPEC: dict[str, str] = {
    "name": "name",
    "numCPUs": "vcpus",
    "memoryMB": "memory_bytes",
    "annotation": "annotation",
    "guestId": "guest",
    "version": "hardware",
    "firmware": "firmware",
    "uuid": "uuid",
    "instanceUuid": "instance_uuid",
}
"""VirtualMachineConfigSpec's fields, and what of a VM they set."""

_WORDS: dict[str, str] = {
    "hardware.numCPU": "vcpus",
    "hardware.memoryMB": "memory_bytes",
    "hardware.device": "",
    "extraConfig": "settings",
    "bootOptions.efiSecureBootEnabled": "secure_boot",
    **{field: path for field, path in _SPEC.items() if field not in ("numCPUs", "memoryMB")},
}
"""VirtualMachineConfigInfo's properties, as `configChanges` names them; a device may be of any kind."""

_DEVICES = ("nics", "disks", "devices")
_ANYTHING = ("vcpus", "memory_bytes", "annotation", "settings", "secure_boot", *_DEVICES)
"""What a reconfiguration may have changed, where its event does not say."""


def happened(page: Iterable[Any], naming: Naming) -> tuple[Happened, ...]:
    """From Event[], newest first as a page has them: oldest first."""
    found = []
    for event in page:
        try:
            found.append(_happened(event, naming))
        except (AttributeError, TypeError, ValueError, LookupError):
            continue  # one event that makes no sense must not cost the others
    return tuple(sorted(found, key=lambda each: each.key))


def _happened(event: Any, naming: Naming) -> Happened:
    at = moment(event.createdTime)
    kind = str(type(event).__name__).rpartition(".")[2]
    names = str(getattr(event, "eventTypeId", "") or "") if kind in ("EventEx", "ExtendedEvent") else kind
    actor = _actor(event, kind)
    attributions = tuple(
        Attribution(entity=entity, paths=paths, actor=actor, occurred_at=at, event=names)
        for entity, paths in (_named(event, kind, naming) if actor else ())
    )
    of_ports = kind in (*_PORTS, _SWITCH) and event.dvs is not None
    return Happened(
        key=int(event.key),
        at=at,
        attributions=attributions,
        name=names,
        actor=actor,
        switch=moid(event.dvs.dvs) if of_ports else None,
        ports=tuple(map(str, _port_keys(event))) if of_ports and kind != _SWITCH else None,
        tags_changed=names.startswith("com.vmware.cis.tagging"),
        alarms_changed=kind == _ALARM_DEFINED,
    )


def _port_keys(event: Any) -> Iterable[str]:
    """DvsPortReconfiguredEvent has several, the others one."""
    return (event.portKey,) if isinstance(event.portKey, str) else event.portKey or ()


def _actor(event: Any, kind: str) -> str:
    user = text(event.userName)
    if kind in ("DrsVmMigratedEvent", "DrsVmPoweredOnEvent"):
        return DRS if (user or "").lower() in _NOBODY else f"{DRS} ({user})"
    if kind == "VmRestartedOnAlternateHostEvent" or "restartedbyha" in str(getattr(event, "eventTypeId", "")).lower():
        return HA
    if kind == _ALARM_CHANGED and (user or "").lower() in _NOBODY:
        return VCENTER
    return user or ""


def _named(event: Any, kind: str, naming: Naming) -> Iterator[tuple[EntityId, tuple[str, ...]]]:
    """The entities and properties that an event speaks of."""
    if event.vm is not None and event.vm.vm is not None:
        vm = naming("vm", str(event.vm.vm._moId))
        if kind == "VmReconfiguredEvent":
            yield vm, _reconfigured(event)
        elif kind in _OF_VM:
            yield vm, _OF_VM[kind]
        elif kind == "TaskEvent" and (paths := _OF_TASK.get(str(event.info.descriptionId))):
            yield vm, paths
        elif "VmRestartedByHA" in str(getattr(event, "eventTypeId", "")):
            yield vm, (*_MOVE, *_POWER)
    if kind in _OF_HOST and event.host is not None and event.host.host is not None:
        yield naming("host", str(event.host.host._moId)), _OF_HOST[kind]
    if kind in _OF_PORTGROUP and event.net is not None and event.net.network is not None:
        yield naming("network", str(event.net.network._moId)), _OF_PORTGROUP[kind]
    if kind in _ALARMS and (entity := _entity_of(event.entity.entity)) is not None:
        yield (
            naming(entity, str(event.entity.entity._moId)),
            (f"alarms[{moid(event.alarm.alarm)}]{_of_alarm(event, kind)}",),
        )
    if kind == "CustomFieldValueChangedEvent" and isinstance(event.entity.entity, vim.VirtualMachine):
        yield naming("vm", str(event.entity.entity._moId)), (f"attributes[{event.name}]",)


_ENTITIES: tuple[tuple[Any, str], ...] = (
    (vim.VirtualMachine, "vm"),
    (vim.HostSystem, "host"),
    (vim.ClusterComputeResource, "cluster"),
    (vim.Network, "network"),
    (vim.Datastore, "datastore"),
    (vim.DistributedVirtualSwitch, "switch"),
)


def _entity_of(reference: Any) -> str | None:
    """The kind of record that a managed object has."""
    return next((kind for known, kind in _ENTITIES if isinstance(reference, known)), None)


def _of_alarm(event: Any, kind: str) -> str:
    """What of an alarm became another; empty where it came or went as a whole."""
    if kind == _ALARM_ACKNOWLEDGED:
        return ".acknowledged"
    return ".status" if kind == _ALARM_CHANGED and "green" not in (getattr(event, "from"), event.to) else ""


def _reconfigured(event: Any) -> tuple[str, ...]:
    paths = dict.fromkeys([*_of_spec(event.configSpec), *_of_words(getattr(event, "configChanges", None))])
    return tuple(paths) or _ANYTHING


def _of_spec(spec: Any) -> Iterator[str]:
    if spec is None:
        return
    for field, path in _SPEC.items():
        if getattr(spec, field, None) not in (None, ""):
            yield path
    if spec.extraConfig:
        yield "settings"
    if getattr(spec.bootOptions, "efiSecureBootEnabled", None) is not None:
        yield "secure_boot"
    for change in spec.deviceChange or ():
        yield _of_device(change.device)


def _of_device(device: Any) -> str:
    known = vim.vm.device
    key = int(device.key)
    exact = f"[{key}]" if key > 0 else ""  # one that is being added has no key yet
    if isinstance(device, known.VirtualEthernetCard):
        return f"nics{exact}"
    if isinstance(device, (known.VirtualDisk, known.VirtualCdrom, known.VirtualFloppy)):
        return f"disks{exact}"
    return f"devices{exact}"


def _of_words(changes: Any) -> Iterator[str]:
    """From ChangesInfoEventArgument: lines such as `config.hardware.numCPU: 2 -> 4; `."""
    for part in (getattr(changes, "modified", ""), getattr(changes, "added", ""), getattr(changes, "deleted", "")):
        for words in re.findall(r"\bconfig\.([A-Za-z][\w.]*)", part or ""):
            for known, path in _WORDS.items():
                if words == known or words.startswith(f"{known}."):
                    yield from (path,) if path else _DEVICES
