"""Disk images: the disk that a file holds in a format of its own, with the files behind it.

Formats are parsed by dissect.hypervisor, which would open backing files and extents itself where it is given paths; it
never is. A file that an image names is asked for by name, and whoever is asked decides whether it may be had.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from dissect.hypervisor.disk.qcow2 import QCow2
from dissect.hypervisor.disk.vdi import VDI
from dissect.hypervisor.disk.vhd import VHD
from dissect.hypervisor.disk.vhdx import VHDX
from dissect.hypervisor.disk.vmdk import VMDK, DiskDescriptor, RawDisk, SparseDisk
from dissect.util.stream import AlignedStream

from vmi_console.introspection.disk.files import Unreadable

DEEPEST = 32
"""Files behind one another. QEMU allows 200 and nobody uses ten."""

_NO_PARENT = "ffffffff"
_SPARSE = frozenset({"SPARSE", "VMFSSPARSE", "SESPARSE"})
_FLAT = frozenset({"FLAT", "VMFS"})
_VHD_DIFFERENCING = 4
_LONGEST_DESCRIPTOR = 1 << 20
_SECTOR = 512

type Other = Callable[[str], BinaryIO]
"""Gives the file that an image names. Raises OSError where it may not be had."""


class Image:
    """A disk out of a file, and why it may be older than it looks."""

    def __init__(self, disk: BinaryIO, doubts: tuple[str, ...] = ()) -> None:
        self.disk = disk
        self.doubts = doubts


def opened(file: BinaryIO, other: Other, depth: int = 0) -> Image:
    """The disk in an image; a file of no known format is a disk itself. Raises `Unreadable`."""
    if depth > DEEPEST:
        raise Unreadable(f"more than {DEEPEST} images are behind one another")
    try:
        return _opened(file, other, depth)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(f"the image cannot be opened: {str(error) or type(error).__name__}") from error


def _opened(file: BinaryIO, other: Other, depth: int) -> Image:
    file.seek(0)
    start = file.read(_SECTOR)
    file.seek(0)
    if start.startswith(b"QFI\xfb"):
        return _qcow2(file, other, depth)
    if start.startswith((b"KDMV", b"COWD")) or start[:8] == b"\xbe\xba\xfe\xca\x00\x00\x00\x00":
        return _sparse_vmdk(file, other, depth)
    if start.startswith(b"# Disk DescriptorFile"):
        return _described_vmdk(file, other, depth)
    if start.startswith(b"vhdxfile"):
        return _vhdx(file)
    if start[0x40:0x44] == b"\x7f\x10\xda\xbe":
        return _vdi(file)
    if start.startswith(b"conectix") or _has_footer(file):
        return _vhd(file)
    return Image(file)


def _qcow2(file: BinaryIO, other: Other, depth: int) -> Image:
    image = QCow2(file, allow_no_data_file=True, allow_no_backing_file=True)
    if image.has_subclusters:
        raise Unreadable("qcow2 images with extended L2 entries are not read here: convert it with extended_l2=off")
    if image.needs_data_file:
        image.data_file = other(_name(image.image_data_file or ""))
    if not image.auto_backing_file:
        return Image(image.open())
    backing_file = other(_name(image.auto_backing_file))
    # A raw backing file holds what the guest wrote, which may look like an image that names another file.
    raw = image.backing_format == "RAW"
    behind = Image(backing_file) if raw else opened(backing_file, other, depth + 1)
    image.backing_file = _Endless(behind.disk)
    return Image(image.open(), behind.doubts)


def _sparse_vmdk(file: BinaryIO, other: Other, depth: int) -> Image:
    disk = SparseDisk(file)
    if disk.descriptor is None:
        return Image(_Extents([disk]))
    if any(extent.type not in _SPARSE for extent in disk.descriptor.extents) or len(disk.descriptor.extents) > 1:
        return _from_descriptor(disk.descriptor, other, depth)
    disk.parent, doubts = _parent(disk.descriptor, other, depth)
    return Image(_Extents([disk]), doubts)


def _described_vmdk(file: BinaryIO, other: Other, depth: int) -> Image:
    return _from_descriptor(DiskDescriptor.parse(file.read(_LONGEST_DESCRIPTOR).decode(errors="replace")), other, depth)


def _from_descriptor(descriptor: DiskDescriptor, other: Other, depth: int) -> Image:
    parent, doubts = _parent(descriptor, other, depth)
    disks: list[Any] = []
    if len(descriptor.extents) > 1024:
        raise Unreadable("the VMDK has more than 1,024 extents")
    for extent in descriptor.extents:
        if extent.type in _SPARSE:
            disks.append(SparseDisk(other(_name(extent.filename or "")), parent=parent))
        elif extent.type in _FLAT:
            start = (extent.start_sector or 0) * _SECTOR
            disks.append(_Flat(other(_name(extent.filename or "")), extent.sectors * _SECTOR, start))
        elif extent.type == "ZERO":
            disks.append(_Zeros(extent.sectors))
        else:
            raise Unreadable(f"the VMDK has an extent of the kind {extent.type}, which is a device")
    if not disks:
        raise Unreadable("the VMDK names no extents")
    return Image(_Extents(disks), doubts)


def _parent(descriptor: DiskDescriptor, other: Other, depth: int) -> tuple[Any, tuple[str, ...]]:
    """The disk that a VMDK holds the differences to, as something that has `read_sectors`; None where it holds all."""
    if descriptor.attr.get("parentCID", _NO_PARENT).lower() == _NO_PARENT:
        return None, ()
    behind = opened(other(_name(descriptor.attr.get("parentFileNameHint", ""))), other, depth + 1)
    return behind.disk if hasattr(behind.disk, "read_sectors") else _Sectors(behind.disk), behind.doubts


def _vhdx(file: BinaryIO) -> Image:
    try:
        disk = VHDX(file)
    except AttributeError as error:  # it looked for its parent beside a path
        raise Unreadable("a differencing VHDX cannot be read without its parent: merge it first") from error
    dirty = any(bytes(disk.header.log_guid))
    return Image(disk, ("the VHDX was not closed properly: what its log holds is not seen",) if dirty else ())


def _vhd(file: BinaryIO) -> Image:
    disk = VHD(file)
    if int(disk.disk.footer.disk_type) == _VHD_DIFFERENCING:
        raise Unreadable("a differencing VHD cannot be read without its parent: merge it first")
    return Image(disk)


def _vdi(file: BinaryIO) -> Image:
    image = VDI(file)
    if int(image.type) == 4:  # differencing; it knows its parent by a UUID only
        raise Unreadable("a differencing VDI cannot be read without its parent: merge it first")
    return Image(image.open())


def _has_footer(file: BinaryIO) -> bool:
    """Whether a file ends as a VHD of fixed size does."""
    size = file.seek(0, 2)
    if size < _SECTOR:
        return False
    file.seek(size - _SECTOR)
    return file.read(8) == b"conectix"


def _name(name: str) -> str:
    """The last part of a path that an image names: where it was made says nothing of where it is now."""
    name = name.removeprefix("json:").replace("\\", "/").rpartition("/")[2]
    if not name:
        raise Unreadable("the image names no file where one belongs")
    return name


class _Extents(VMDK):  # type: ignore[misc]
    """Several extents as one disk, as `VMDK` reads them, from files that are already open."""

    def __init__(self, disks: list[Any]) -> None:
        self.disks = disks
        self.parent = None
        self.descriptor = None
        self._disk_offsets: list[int] = []
        self.sector_count = 0
        size = 0
        for disk in self.disks:
            if size:
                self._disk_offsets.append(self.sector_count)
            disk.offset, disk.sector_offset = size, self.sector_count
            size += disk.size
            self.sector_count += disk.sector_count
        AlignedStream.__init__(self, size)


class _Flat(RawDisk):  # type: ignore[misc]
    """An extent that lies somewhere in a file as it is."""

    def __init__(self, file: BinaryIO, size: int, start: int) -> None:
        super().__init__(file, size)
        self._start = start

    def read_sectors(self, sector: int, count: int) -> bytes:
        self.fh.seek(self._start + (sector - self.sector_offset) * _SECTOR)
        content: bytes = self.fh.read(count * _SECTOR)
        return content.ljust(count * _SECTOR, b"\0")


class _Zeros:
    """An extent that holds nothing."""

    def __init__(self, sectors: int) -> None:
        self.sector_count = sectors
        self.size = sectors * _SECTOR

    def read_sectors(self, sector: int, count: int) -> bytes:
        return bytes(count * _SECTOR)


class _Endless:
    """A disk behind another that may be longer: past its end there are zeros."""

    def __init__(self, disk: BinaryIO) -> None:
        self._disk = disk
        self.seek = disk.seek

    def read(self, length: int) -> bytes:
        return self._disk.read(length).ljust(length, b"\0")


class _Sectors:
    """A disk of another format behind a VMDK."""

    def __init__(self, disk: BinaryIO) -> None:
        self._disk = disk

    def read_sectors(self, sector: int, count: int) -> bytes:
        self._disk.seek(sector * _SECTOR)
        return self._disk.read(count * _SECTOR).ljust(count * _SECTOR, b"\0")
