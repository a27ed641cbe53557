"""From disks to file systems: partitions, logical volumes and RAID sets, however they lie in one another.

What is encrypted, damaged or of an unknown kind is not passed over: it is said, as a guest's files may be in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from dissect.util.stream import RangeStream
from dissect.volume.disk import Disk
from dissect.volume.lvm import LVM2, LVM2Device
from dissect.volume.md import MD, MDPhysicalDisk
from dissect.volume.md.md import find_super_block

from vmi_console.introspection.disk import file_systems
from vmi_console.introspection.disk.file_systems import FileSystem

MOST_VOLUMES = 256
"""Of one machine. A hostile disk may claim any number."""

DEEPEST = 5
"""Of volumes in one another: a disk, its partition, a RAID set in it, a logical volume in that, and one to spare."""

_LVM_SECTORS = 4
_SECTOR = 512
_EXTENDED_PARTITIONS = frozenset({0x05, 0x0F, 0x85})


class Volume:
    """Bytes that may hold a file system, with the names by which a guest may mount it."""

    def __init__(self, stream: BinaryIO, size: int, name: str, names: frozenset[str], depth: int) -> None:
        self.stream = stream
        self.size = size
        self.name = name  # as a person would call it, in what is said about it
        self.names = names  # PARTUUID=…, PARTLABEL=…, /dev/…
        self.depth = depth


class Found:
    """The file systems of a machine, each with its names, and what could not be read."""

    def __init__(self) -> None:
        self.file_systems: list[tuple[FileSystem, frozenset[str]]] = []
        self.problems: list[str] = []


def search(disks: list[tuple[BinaryIO, int]]) -> Found:
    """Everything on these disks (stream and size of each). Never raises: what cannot be read is one of the problems."""
    search = _Search()
    for number, (stream, size) in enumerate(disks):
        letter = chr(ord("a") + number % 26)
        names = frozenset(f"/dev/{kind}{letter}" for kind in ("sd", "vd", "xvd", "hd"))
        search.waiting.append(Volume(stream, size, f"disk {number + 1}", names, 0))
    search.run()
    return search.found


class _Search:
    def __init__(self) -> None:
        self.waiting: list[Volume] = []
        self.found = Found()
        self._seen = 0
        self._physical: list[Volume] = []
        self._members: list[Volume] = []
        self._btrfs: dict[str, list[Volume]] = {}

    def run(self) -> None:
        while self.waiting:
            while self.waiting:
                volume = self.waiting.pop(0)
                self._seen += 1
                if self._seen > MOST_VOLUMES:
                    self.found.problems.append(f"more than {MOST_VOLUMES} volumes: the rest was not looked at")
                    return self._open_btrfs()
                try:
                    self._look(volume)
                except Exception as error:
                    self._complain(volume, error)
            self._assemble()
        self._open_btrfs()

    def _look(self, volume: Volume) -> None:
        """Finds out what a volume is, and opens it or puts it aside until all of its kind are there."""
        start = _read(volume, 0, _LVM_SECTORS * _SECTOR)
        kind = file_systems.kind_of(volume.stream)
        if start.startswith(b"LUKS\xba\xbe"):
            self.found.problems.append(f"{volume.name} is encrypted (LUKS)")
        elif start[3:11] == b"-FVE-FS-":
            self.found.problems.append(f"{volume.name} is encrypted (BitLocker)")
        elif any(start[at : at + 8] == b"LABELONE" for at in range(0, len(start), _SECTOR)):
            self._physical.append(volume)
        elif kind in ("xfs", "ntfs", "fat"):
            self._open(volume, kind)
        elif _is_raid_member(volume):
            self._members.append(volume)
        elif (volume.depth == 0 or not kind) and (parts := list(_partitions(volume))):
            self.waiting.extend(parts)
        elif kind == "btrfs":
            self._btrfs.setdefault(_read(volume, 0x10020, 16).hex(), []).append(volume)
        elif kind == "exfat":
            self.found.problems.append(f"{volume.name} is of a kind that is not read here (exFAT)")
        elif kind:
            self._open(volume, kind)

    def _open(self, volume: Volume, kind: str) -> None:
        opener = {
            "ext": file_systems.ext,
            "xfs": file_systems.xfs,
            "ntfs": file_systems.ntfs,
            "fat": file_systems.fat,
        }[kind]
        self._take(opener(volume.stream, volume.size), volume.names)

    def _take(self, found: FileSystem, names: frozenset[str]) -> None:
        own = {f"UUID={found.uuid}", f"/dev/disk/by-uuid/{found.uuid}"}
        if found.label:
            own |= {f"LABEL={found.label}", f"/dev/disk/by-label/{found.label}"}
        self.found.file_systems.append((found, names | own))

    def _assemble(self) -> None:
        """Turns the physical volumes and RAID members found so far into volumes to look at."""
        members, self._members = self._members, []
        physical, self._physical = self._physical, []
        for volumes, make in ((members, _raid_sets), (physical, _logical_volumes)):
            if volumes:
                try:
                    self.waiting.extend(make(volumes))
                except Exception as error:
                    self._complain(volumes[0], error)

    def _open_btrfs(self) -> None:
        for volumes in self._btrfs.values():
            try:
                found = file_systems.btrfs([volume.stream for volume in volumes])
                self._take(found, frozenset[str]().union(*(volume.names for volume in volumes)))
            except Exception as error:
                self._complain(volumes[0], error)

    def _complain(self, volume: Volume, error: Exception) -> None:
        self.found.problems.append(f"{volume.name} cannot be read: {str(error) or type(error).__name__}")


def _partitions(volume: Volume) -> Iterator[Volume]:
    """The partitions of a disk; none where it has no table, or lies too deep in others."""
    if volume.depth == DEEPEST:
        return
    volume.stream.seek(0)
    try:
        table = Disk(volume.stream)
    except Exception:
        return
    for partition in table.partitions[:MOST_VOLUMES]:
        inside = 0 < partition.offset < volume.size and partition.size > 0
        if not inside or partition.type in _EXTENDED_PARTITIONS:
            continue
        size = min(partition.size, volume.size - partition.offset)
        names = {f"{name}{partition.number}" for name in volume.names}
        if partition.guid is not None:
            names.add(f"PARTUUID={str(partition.guid).lower()}")
        elif table.serial is not None:
            names.add(f"PARTUUID={table.serial:08x}-{partition.number:02x}")
        if partition.name:
            names.add(f"PARTLABEL={partition.name}")
        stream = RangeStream(volume.stream, partition.offset, size)
        name = f"partition {partition.number} of {volume.name}"
        yield Volume(stream, size, name, frozenset(names), volume.depth + 1)


def _logical_volumes(physical: list[Volume]) -> Iterator[Volume]:
    """The logical volumes on these physical ones."""
    groups: dict[str, list[tuple[LVM2Device, Volume]]] = {}
    for volume in physical:
        device = LVM2Device(volume.stream)
        name = next((key for key, value in device.metadata.items() if isinstance(value, dict)), "")
        groups.setdefault(name, []).append((device, volume))
    for group, devices in groups.items():
        depth = max(volume.depth for _, volume in devices) + 1
        if depth > DEEPEST:
            continue
        volumes = LVM2([device for device, _ in devices]).volume_group
        extent_bytes = volumes.extent_size * _SECTOR
        for logical in volumes.lv[:MOST_VOLUMES]:
            if not logical.is_visible:
                continue
            size = sum(segment.extent_count for segment in logical.segments) * extent_bytes
            mapped = f"{group.replace('-', '--')}-{logical.name.replace('-', '--')}"
            names = frozenset({f"/dev/{group}/{logical.name}", f"/dev/mapper/{mapped}"})
            stream = RangeStream(logical.open(), 0, size)
            yield Volume(stream, size, f"logical volume {group}/{logical.name}", names, depth)


def _is_raid_member(volume: Volume) -> bool:
    volume.stream.seek(0)
    sector, _, _ = find_super_block(RangeStream(volume.stream, 0, volume.size))
    return sector is not None


def _raid_sets(members: list[Volume]) -> Iterator[Volume]:
    """The RAID sets that these are members of."""
    depth = max(volume.depth for volume in members) + 1
    if depth > DEEPEST:
        return
    disks = [MDPhysicalDisk(RangeStream(volume.stream, 0, volume.size)) for volume in members]
    for configuration in MD(disks).configurations:
        for virtual in configuration.virtual_disks:
            name = virtual.name.rpartition(":")[2] if virtual.name else ""
            names = frozenset({f"/dev/md{name}", f"/dev/md/{name}"}) if name else frozenset[str]()
            yield Volume(virtual.open(), virtual.size, f"RAID set {virtual.name or virtual.uuid}", names, depth)


def _read(volume: Volume, offset: int, length: int) -> bytes:
    volume.stream.seek(offset)
    return volume.stream.read(length)
