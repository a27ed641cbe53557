"""What a VM has that can be read: its disks, the files that each consists of, and what keeps them from being read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from pyVmomi import vim

from vmi_console.collectors.vsphere.inspecting.places import Datastore
from vmi_console.collectors.vsphere.session import Caller
from vmi_console.collectors.vsphere.values import Told, moid, name, text, truth
from vmi_console.collectors.vsphere.watching import retrieve

MOST_DISKS = 64
DEEPEST = 64
"""Images behind one another; vSphere makes 32 snapshots."""

_disk = vim.vm.device.VirtualDisk
_DEVICES = "config.hardware.device"
_LAYOUT = "layoutEx.file"
_PATHS = (
    "name",
    "runtime.powerState",
    "runtime.connectionState",
    "runtime.consolidationNeeded",
    "runtime.host",
    "datastore",
    _DEVICES,
    _LAYOUT,
)
_IMAGES = frozenset({"diskDescriptor", "diskExtent"})
_path = re.compile(r"\[([^\]]*)\] ?(.*)", re.DOTALL)
_WITHOUT_FILES = {
    "vsand": "vSAN keeps disks as objects, which are no files that could be read",
    "vsan": "vSAN keeps disks as objects, which are no files that could be read",
    "vvol": "virtual volumes are objects of the storage system, which are no files that could be read",
    "pmem": "persistent memory of a host is not read",
}


class File(msgspec.Struct, frozen=True):
    """A file in a datastore."""

    datastore: str  # managed object id
    path: str  # from the datastore's root

    @property
    def name(self) -> str:
        """Its last part, by which images name one another."""
        return self.path.rpartition("/")[2]


class GuestDisk(msgspec.Struct, frozen=True):
    """One disk of a VM."""

    key: int
    label: str
    chain: tuple[File, ...] = ()  # descriptors: the disk's own first, then those behind it
    obstacle: str = ""  # why it cannot be read at all
    independent: bool = False  # snapshots leave it out, so that it is never at rest while the VM runs

    def files_called(self, called: str, others: Iterable[File]) -> list[File]:
        """The files of that name that this disk may consist of: images say only the last part of a path.

        Those of its chain and the extents beside them; where there is none, of the `others` that are the VM's.
        """
        beside = (File(each.datastore, f"{each.path.rpartition('/')[0]}/{called}".lstrip("/")) for each in self.chain)
        own = [file for file in beside if any(_is_extent(file, each) for each in self.chain)]
        for candidates in ((*self.chain, *own), others):
            if found := [each for each in dict.fromkeys(candidates) if each.name == called]:
                return found
        return []


class Machine(msgspec.Struct, frozen=True):
    """One VM, as vSphere tells of it."""

    moid: str
    name: str
    running: bool
    suspended: bool
    connection: str
    host: str | None
    datastores: tuple[str, ...]
    disks: tuple[GuestDisk, ...]
    images: tuple[tuple[str, str], ...]  # (name of a datastore, path) of every image's file that is counted to it
    wants_consolidation: bool

    def files(self, datastores: dict[str, Datastore]) -> tuple[File, ...]:
        """The images' files, as far as their datastores are known."""
        by_name = {each.name: key for key, each in datastores.items()}
        return tuple(File(by_name[store], path) for store, path in self.images if store in by_name)


async def machine(caller: Caller, content: Any, vm: str) -> Machine | None:
    """A VM by its managed object id, None where it is gone. Raises as `Caller.call`."""
    return (await retrieve(caller, content, "VirtualMachine", [vm], _PATHS, _machine)).get(vm)


async def frozen_disks(caller: Caller, content: Any, snapshot: str) -> tuple[GuestDisk, ...]:
    """The disks as a snapshot has them: files that nobody writes to while it exists. Raises as `Caller.call`."""
    found = await retrieve(
        caller, content, "VirtualMachineSnapshot", [snapshot], [_DEVICES], lambda _, told: disks(told.get(_DEVICES))
    )
    return found.get(snapshot, ())


def disks(devices: Iterable[Any] | None) -> tuple[GuestDisk, ...]:
    """From VirtualDevice[]."""
    found = [each for each in devices or () if isinstance(each, _disk)]
    return tuple(map(_guest_disk, found[:MOST_DISKS]))


def obstacle(disk: GuestDisk, datastores: dict[str, Datastore]) -> str:
    """Why a disk cannot be read, by itself or where it lies; empty where nothing speaks against it."""
    if disk.obstacle:
        return f"{disk.label}: {disk.obstacle}"
    for file in disk.chain:
        place = datastores.get(file.datastore)
        if place is None:
            return f"{disk.label}: its datastore may not be seen"
        if not place.accessible:
            return f"{disk.label}: the datastore {place.name} is not accessible"
        if reason := _WITHOUT_FILES.get(place.kind.lower()):
            return f"{disk.label}: the datastore {place.name} is of the kind {place.kind}: {reason}"
    return ""


def _machine(vm: str, told: Told) -> Machine:
    power = text(told.get("runtime.powerState"))
    return Machine(
        moid=vm,
        name=name(told.get("name")),
        running=power == "poweredOn",
        suspended=power == "suspended",
        connection=text(told.get("runtime.connectionState")) or "",
        host=moid(told.get("runtime.host")),
        datastores=tuple(key for each in told.get("datastore") or () if (key := moid(each)) is not None),
        disks=disks(told.get(_DEVICES)),
        images=tuple(_images(told.get(_LAYOUT))),
        wants_consolidation=truth(told.get("runtime.consolidationNeeded")) is True,
    )


def _images(files: Iterable[Any] | None) -> Iterator[tuple[str, str]]:
    for each in files or ():
        found = _path.fullmatch(str(each.name or ""))
        if str(each.type) in _IMAGES and found is not None:
            yield found[1], found[2]


def _guest_disk(device: Any) -> GuestDisk:
    label = str(device.deviceInfo.label or "") if device.deviceInfo is not None else ""
    label = label or f"disk {device.key}"
    backing = device.backing
    reason = _obstacle(backing)
    mode = text(getattr(backing, "diskMode", None)) or ""
    return GuestDisk(
        key=int(device.key),
        label=label,
        chain=() if reason else tuple(_chain(backing)),
        obstacle=reason,
        independent=mode.startswith("independent"),
    )


def _obstacle(backing: Any) -> str:
    if isinstance(backing, _disk.RawDiskMappingVer1BackingInfo | _disk.RawDiskVer2BackingInfo):
        return "a raw device is mapped into the VM, which is no file that could be read"
    if isinstance(backing, getattr(_disk, "LocalPMemBackingInfo", ())):
        return "it is persistent memory of its host"
    if getattr(backing, "keyId", None) is not None:
        return "it is encrypted"
    if not getattr(backing, "fileName", None) or getattr(backing, "datastore", None) is None:
        return "it is in no file that could be read"
    return "" if any(_chain(backing)) else "its files cannot be told"


def _chain(backing: Any) -> Iterator[File]:
    for _ in range(DEEPEST):
        store = moid(getattr(backing, "datastore", None))
        found = _path.fullmatch(str(getattr(backing, "fileName", None) or ""))
        if store is None or found is None:
            return
        yield File(store, found[2])
        backing = getattr(backing, "parent", None)
        if backing is None:
            return


def _is_extent(file: File, descriptor: File) -> bool:
    """Whether a file is called as vSphere calls the extents of a descriptor, and lies beside it."""
    stem = re.escape(descriptor.path.removesuffix(".vmdk"))
    return file.datastore == descriptor.datastore and bool(
        re.fullmatch(rf"{stem}-(?:flat|delta|sesparse|[sf]\d{{3}})\.vmdk", file.path)
    )
