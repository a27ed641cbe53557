"""A VM's virtual hardware and settings: `config.hardware.device` and `config.extraConfig` → NICs, disks and devices.

Fetched apart from what is watched, since a VM's hardware is twenty times the rest of it (see `following`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from pyVmomi import vim

from vmi_console.collectors.vsphere import guest
from vmi_console.collectors.vsphere.guest import Published
from vmi_console.collectors.vsphere.snapshots import snapshots
from vmi_console.collectors.vsphere.values import moid, number, text, truth
from vmi_console.estate.hardening import KEPT, is_kept
from vmi_console.estate.identity import EntityId, canonical_uuid
from vmi_console.estate.records import Device, Disk, DiskKind, Nic, NicKind, Snapshot

_device = vim.vm.device

PUBLISHED = "guestinfo.appInfo"

_UNREAD_DEVICES = (
    b"VirtualKeyboard|VirtualPointingDevice|VirtualMachineVideoCard|VirtualMachineVMCIDevice"
    b"|VirtualPS2Controller|VirtualPCIController"
)
_UNREAD_VALUES = (
    b"summary|device|busNumber|unitNumber|numaNode|hotAddRemove|sharedBus|scsiCtlrUnitNumber|split|writeThrough"
    b"|eagerlyScrub|digestEnabled|contentId|changeId|deltaDiskFormat|deltaDiskFormatVariant|deltaGrainSize"
    b"|backingObjectId|diskObjectId|nativeUnmanagedLinkedClone|iofilter|guestReadOnly|useAutoDetect|connectionCookie"
    b"|allowGuestControl|migrateConnect|status|addressType|externalId|wakeOnLanEnabled|uptCompatibilityEnabled"
    b"|uptv2Enabled"
)
_UNREAD_PARTS = b"slotInfo|storageIOAllocation|resourceAllocation|vFlashCacheConfigInfo"
_READ_SETTINGS = b"(?i:%s)|%s" % (KEPT.pattern.replace(".+", "[^<]+").encode(), re.escape(PUBLISHED).encode())

SPARED = re.compile(
    rb'<VirtualDevice [^>]*type="(?:%s)"[^>]*(?<!/)>.*?</VirtualDevice>'
    rb"|<OptionValue[^>]*><key>(?!(?:%s)</key>)[^<]*</key><value[^>]*(?<!/)>[^<]*</value></OptionValue>"
    rb"|<(?P<value>%s)>[^<]*</(?P=value)>"
    rb"|<(?P<part>%s)(?: [^>]*)?(?<!/)>.*?</(?P=part)>"
    % (_UNREAD_DEVICES, _READ_SETTINGS, _UNREAD_VALUES, _UNREAD_PARTS),
    re.DOTALL,
)
"""What is not read of an answer with devices and settings: most of the elements, and of the time it takes to parse."""


class Plug(msgspec.Struct, frozen=True, gc=False):
    """Where a card is plugged in, in vSphere's words; `machine` finds the record of it."""

    network: str | None = None  # managed object id
    name: str | None = None
    switch: str | None = None  # UUID of a distributed switch
    portgroup: str | None = None  # key on it
    port: str | None = None  # key on it
    opaque: str | None = None  # id that another system, such as NSX, gave the network


class Card(msgspec.Struct, frozen=True, gc=False):
    """A NIC, and where it is plugged in."""

    nic: Nic
    plug: Plug


class Hardware(msgspec.Struct, frozen=True, gc=False):
    """What one VM's devices and settings are."""

    cards: tuple[Card, ...] = ()
    disks: tuple[tuple[Disk, str | None], ...] = ()  # each with its datastore's managed object id
    devices: tuple[Device, ...] = ()
    settings: dict[str, str] | None = None
    published: Published | None = None
    snapshots: tuple[Snapshot, ...] = ()  # that there were with these disks


def hardware(devices: Iterable[Any] | None, extra: Iterable[Any] | None, taken: Any = None) -> Hardware:
    """From VirtualDevice[], OptionValue[] and VirtualMachineSnapshotInfo; None where the server did not tell."""
    cards: list[Card] = []
    disks: list[tuple[Disk, str | None]] = []
    others: list[Device] = []
    buses = {}
    known = list(devices or ())
    for each in known:
        if isinstance(each, _device.VirtualController):
            buses[each.key] = _bus(each)
    for each in known:
        if isinstance(each, _device.VirtualEthernetCard):
            cards.append(_card(each))
        elif isinstance(each, _device.VirtualDisk):
            disks.append(_disk(each, buses))
        elif isinstance(each, (_device.VirtualCdrom, _device.VirtualFloppy)):
            disks.append(_drive(each, buses))
        elif (kind := _kind_of(each)) is not None:
            others.append(_other(each, *kind))
    options = {str(option.key): option.value for option in extra} if extra is not None else None
    return Hardware(
        tuple(cards),
        tuple(disks),
        tuple(others),
        None if options is None else _settings(options),
        None if options is None else guest.published(text(options.get(PUBLISHED))),
        () if taken is None else snapshots(taken),
    )


def _settings(options: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(options[key]) for key in sorted(options) if is_kept(key)}


def _label(device: Any) -> str:
    return str(device.deviceInfo.label or "") if device.deviceInfo is not None else ""


def _class_of(device: Any) -> str:
    return str(type(device).__name__).rpartition(".")[2]


# --- NICs ---------------------------------------------------------------------------------------------------------


def _card(device: Any) -> Card:
    kind, plug, source = _plug(device.backing)
    if isinstance(device, _device.VirtualSriovEthernetCard):
        kind = NicKind.HOSTDEV
    nic = Nic(
        key=str(device.key),
        label=_label(device),
        mac=(text(device.macAddress) or "").lower() or None,
        model=_class_of(device).removeprefix("Virtual").removesuffix("EthernetCard").lower() or None,
        type=kind,
        source=source,
        port=plug.port,
        connected=truth(device.connectable.connected) if device.connectable is not None else None,
        connect_at_power_on=truth(device.connectable.startConnected) if device.connectable is not None else None,
    )
    return Card(nic, plug)


def _plug(backing: Any) -> tuple[NicKind, Plug, str | None]:
    ethernet = _device.VirtualEthernetCard
    match backing:
        case ethernet.DistributedVirtualPortBackingInfo(port=port) if port is not None:
            plug = Plug(switch=text(port.switchUuid), portgroup=text(port.portgroupKey), port=text(port.portKey))
            return NicKind.PORTGROUP, plug, None
        case ethernet.NetworkBackingInfo():
            plug = Plug(network=moid(backing.network), name=text(backing.deviceName))
            return NicKind.PORTGROUP, plug, plug.name
        case ethernet.OpaqueNetworkBackingInfo():
            plug = Plug(opaque=text(backing.opaqueNetworkId))
            return NicKind.OPAQUE, plug, text(backing.opaqueNetworkType)
        case ethernet.LegacyNetworkBackingInfo():
            plug = Plug(name=text(backing.deviceName))
            return NicKind.PORTGROUP, plug, plug.name
        case None:
            return NicKind.NONE, Plug(), None
        case _:
            return NicKind.OTHER, Plug(), None


# --- disks and drives ---------------------------------------------------------------------------------------------

_BUSES: tuple[tuple[Any, str], ...] = (
    (_device.VirtualSCSIController, "scsi"),
    (_device.VirtualIDEController, "ide"),
    (_device.VirtualSATAController, "sata"),
    (_device.VirtualNVMEController, "nvme"),
    (_device.VirtualSIOController, "fdc"),
    (_device.VirtualUSBController, "usb"),
    (_device.VirtualUSBXHCIController, "usb"),
)


def _bus(controller: Any) -> str | None:
    return next((bus for kind, bus in _BUSES if isinstance(controller, kind)), None)


def _disk(device: Any, buses: dict[int, str | None]) -> tuple[Disk, str | None]:
    backing = device.backing
    path = text(getattr(backing, "fileName", None))
    raw = isinstance(backing, _device.VirtualDisk.RawDiskMappingVer1BackingInfo)
    size = number(device.capacityInBytes) or (number(device.capacityInKB) or 0) * 1024
    disk = Disk(
        key=str(device.key),
        label=_label(device),
        type=DiskKind.FILE if path is not None and not raw else DiskKind.BLOCK if raw else DiskKind.OTHER,
        path=path if path is not None else text(getattr(backing, "deviceName", None)),
        capacity_bytes=size or None,
        format=_format(backing),
        bus=buses.get(device.controllerKey),
        backing=tuple(_parents(backing)),
        readonly=text(getattr(backing, "diskMode", None)) == "independent_nonpersistent",
        shareable=text(getattr(backing, "sharing", None)) == "sharingMultiWriter",
        encrypted=getattr(backing, "keyId", None) is not None,
        serial=canonical_uuid(text(getattr(backing, "uuid", None))),
    )
    return disk, moid(getattr(backing, "datastore", None))


def _format(backing: Any) -> str | None:
    kinds = _device.VirtualDisk
    match backing:
        case kinds.SeSparseBackingInfo():
            return "vmdk (SE sparse)"
        case kinds.SparseVer1BackingInfo() | kinds.SparseVer2BackingInfo():
            return "vmdk (sparse)"
        case kinds.RawDiskMappingVer1BackingInfo(compatibilityMode=mode):
            return f"raw device ({mode or 'mapped'})"
        case kinds.RawDiskVer2BackingInfo():
            return "raw device"
        case kinds.FlatVer2BackingInfo(thinProvisioned=thin):
            return "vmdk (thin)" if thin else "vmdk"
        case _ if getattr(backing, "fileName", None):
            return "vmdk"
        case _:
            return None


def _parents(backing: Any) -> Iterator[str]:
    for _ in range(64):  # of a chain: vSphere allows 32 snapshots
        backing = getattr(backing, "parent", None)
        if backing is None:
            return
        yield str(backing.fileName)


def _drive(device: Any, buses: dict[int, str | None]) -> tuple[Disk, str | None]:
    """A CD-ROM or floppy drive. A drive that passes through the client's own shows nothing of ours: it is empty."""
    backing = device.backing
    path = getattr(backing, "fileName", None)
    host_device = getattr(backing, "deviceName", None) if path is None else None
    remote = isinstance(backing, _device.VirtualDevice.RemoteDeviceBackingInfo)
    known = backing is not None
    disk = Disk(
        key=str(device.key),
        label=_label(device),
        type=DiskKind.FILE if path else DiskKind.BLOCK if host_device and not remote else DiskKind.NONE,
        device="floppy" if isinstance(device, _device.VirtualFloppy) else "cdrom",
        path=str(path or (host_device if not remote else None) or "") if known else None,
        bus=buses.get(device.controllerKey),
        readonly=isinstance(device, _device.VirtualCdrom),
    )
    return disk, moid(getattr(backing, "datastore", None))


# --- everything else ----------------------------------------------------------------------------------------------

_KINDS: tuple[tuple[str, str, bool], ...] = (
    ("VirtualPCIPassthrough", "pci", True),
    ("VirtualSCSIPassthrough", "scsi", True),
    ("VirtualUSB", "usb", True),
    ("VirtualTPM", "tpm", False),
    ("VirtualSerialPort", "serial", False),
    ("VirtualParallelPort", "parallel", False),
    ("VirtualSoundCard", "sound", False),
    ("VirtualWDT", "watchdog", False),
    ("VirtualNVDIMM", "nvdimm", False),
    ("VirtualPrecisionClock", "clock", False),
)
_CLASSES = tuple((getattr(_device, name), kind, passthrough) for name, kind, passthrough in _KINDS)


def _kind_of(device: Any) -> tuple[str, bool] | None:
    """The type of a device worth knowing about, and whether it is a real one passed through."""
    for kind_of_device, kind, passthrough in _CLASSES:
        if isinstance(device, kind_of_device):
            vgpu = isinstance(device.backing, _device.VirtualPCIPassthrough.VmiopBackingInfo)
            return ("gpu" if vgpu else kind), passthrough
    return None


def _other(device: Any, kind: str, passthrough: bool) -> Device:
    backing = device.backing
    details = [
        str(detail)
        for attribute in ("vgpu", "deviceName", "fileName", "serviceURI", "customLabel")
        if (detail := getattr(backing, attribute, None))
    ]
    return Device(
        key=str(device.key),
        type=kind,
        label=": ".join(filter(None, (_label(device), details[0] if details else ""))),
        passthrough=passthrough,
    )


# --- in the words of records --------------------------------------------------------------------------------------


def plugged_in(
    found: Hardware, network: Callable[[Plug], EntityId | None], datastore: Callable[[str], EntityId]
) -> tuple[tuple[Nic, ...], tuple[Disk, ...]]:
    """Cards and disks with their networks and datastores."""
    nics = tuple([msgspec.structs.replace(card.nic, network=network(card.plug)) for card in found.cards])
    disks = tuple(
        [msgspec.structs.replace(disk, datastore=datastore(store)) if store else disk for disk, store in found.disks]
    )
    return nics, disks
