"""File systems, each as a root node: what dissect's parsers have in common, and why one may be older than it looks."""

from __future__ import annotations

import io
import stat
import struct
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any, BinaryIO, Protocol

from dissect.btrfs import Btrfs
from dissect.extfs import ExtFS
from dissect.extfs.c_ext import c_ext
from dissect.fat import FATFS
from dissect.ntfs import NTFS
from dissect.ntfs.c_ntfs import ATTRIBUTE_TYPE_CODE, FILE_NAME_DOS
from dissect.xfs import XFS

from vmi_console.introspection.disk import log_states
from vmi_console.introspection.disk.ext4_journal import JournalError, Replay, Replayed
from vmi_console.introspection.disk.files import Kind
from vmi_console.introspection.disk.ntfs_folders import Folder


class Node(Protocol):
    """One file or folder of one file system. Whatever a parser raises comes through; the caller expects anything."""

    kind: Kind
    name: str

    @property
    def size(self) -> int: ...

    @property
    def changed_ns(self) -> int: ...

    @property
    def mode(self) -> int: ...

    def child(self, name: str) -> Node | None:
        """The node of this name in a folder."""

    def children(self) -> Iterator[Node]: ...

    def link(self) -> str: ...

    def open(self) -> BinaryIO: ...


class FileSystem:
    """One file system that was found: by what names others mount it, and its root."""

    def __init__(
        self, kind: str, root: Node, *, uuid: str = "", label: str = "", folds_case: bool = False, doubt: str = ""
    ) -> None:
        self.kind = kind
        self.root = root
        self.uuid = uuid.lower()
        self.label = label
        self.folds_case = folds_case
        self._doubt = doubt
        self.overtaken: Callable[[], bool] = lambda: False
        self.volume: Callable[[str], Node | None] = lambda _path: None
        """A subvolume by its path, where the file system has some."""

    @property
    def doubt(self) -> str:
        """Why what it says may be older than it looks; grows while it is read."""
        if self.overtaken():
            return f"the guest wrote over its {self.kind} journal while it was read"
        return self._doubt


_INODE_KINDS = {stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.FOLDER, stat.S_IFLNK: Kind.LINK}


_LONGEST_LINK = 4096  # PATH_MAX
_SHORTEST_ENTRY = 8
_LARGEST_FOLDER = 64 << 20
"""What the parsers would go through, or hold, of a size that is made up; names of a million files are less."""


# --- Linux ----------------------------------------------------------------------------------------------------------


class InodeNode:
    """A node of ext or XFS, whose parsers are alike. Folders are read whole, once."""

    def __init__(self, inode: Any, name: str, mode: Callable[[Any], int], kind: Kind | None = None) -> None:
        """`kind` where the parser does not tell it as ext's and XFS's do."""
        self._inode = inode
        self._mode = mode
        self._children: dict[str, InodeNode] | None = None
        self.name = name
        self.kind = kind if kind is not None else _INODE_KINDS.get(inode.filetype, Kind.OTHER)

    @property
    def size(self) -> int:
        return int(self._inode.size)

    @property
    def changed_ns(self) -> int:
        return int(self._inode.mtime_ns)

    @property
    def mode(self) -> int:
        return self._mode(self._inode) & 0o7777

    def child(self, name: str) -> InodeNode | None:
        return self._all().get(name)

    def children(self) -> Iterator[InodeNode]:
        yield from self._all().values()

    def link(self) -> str:
        if self.size > _LONGEST_LINK:
            raise ValueError(f"a link of {self.size:,} bytes leads nowhere")
        return str(self._inode.link)

    def open(self) -> BinaryIO:
        file: BinaryIO = self._inode.open()
        return file

    def _all(self) -> dict[str, InodeNode]:
        if self._children is None:
            if self.size > _LARGEST_FOLDER:
                raise ValueError(f"a folder of {self.size:,} bytes is not read")
            self._children = {name: node for name, node in self._inside() if name not in (".", "..")}
        return self._children

    def _inside(self) -> Iterator[tuple[str, InodeNode]]:
        return ((inode.filename, type(self)(inode, inode.filename, self._mode)) for inode in self._inode.iterdir())


class ExtNode(InodeNode):
    """A node of ext, whose parser takes a folder to end where it is damaged: what is behind must not look absent."""

    def _inside(self) -> Iterator[tuple[str, InodeNode]]:
        extfs, inode = self._inode.extfs, self._inode
        # Within an inode entries lie otherwise, and lengths in blocks of 64 KiB are written otherwise.
        if extfs.block_size <= 32768 and not inode.inode.i_flags & c_ext.EXT4_INLINE_DATA_FL:
            _check_entries(inode.open().read(), extfs.block_size)
        return super()._inside()


class BtrfsNode(InodeNode):
    """A node of Btrfs, whose parser gives names beside the nodes and knows kinds in its own way."""

    def __init__(self, inode: Any, name: str) -> None:
        super().__init__(inode, name, lambda inode: int(inode.mode), _btrfs_kind(inode))

    def _inside(self) -> Iterator[tuple[str, InodeNode]]:
        return ((name, BtrfsNode(inode, name)) for name, inode in self._inode.iterdir())


def _check_entries(folder: bytes, block_size: int) -> None:
    """Raises `ValueError` unless entries fill each block of an ext folder (Linux Documentation/filesystems/ext4)."""
    for block in range(0, len(folder), block_size):
        at, end = block, block + block_size
        while at < end:
            length = int.from_bytes(folder[at + 4 : at + 6], "little")
            if length < _SHORTEST_ENTRY or length & 3 or at + length > end:
                raise ValueError(f"the folder is damaged at byte {at:,}")
            at += length


def _btrfs_kind(inode: Any) -> Kind:
    if inode.is_dir():
        return Kind.FOLDER
    if inode.is_symlink():
        return Kind.LINK
    return Kind.FILE if inode.is_file() else Kind.OTHER


def ext(volume: BinaryIO, size: int) -> FileSystem:
    """ext2, ext3 or ext4, with its journal replayed where it was not closed properly."""
    plain = ExtFS(volume)
    doubt, overlay = "", None
    needs_recovery = plain.sb.s_feature_incompat & c_ext.EXT3_FEATURE_INCOMPAT_RECOVER
    if needs_recovery and plain.sb.s_journal_inum == 0:
        doubt = "its journal is on another device, and was not replayed"
    elif needs_recovery:
        try:
            replay = Replay(plain.get_inode(plain.sb.s_journal_inum).open())
        except JournalError as error:
            doubt = f"its journal was not replayed: {error}"
        else:
            doubt = replay.doubt
            if replay.kept:
                overlay = Replayed(volume, size, replay)
    parsed = ExtFS(overlay) if overlay is not None else plain
    root = ExtNode(parsed.root, "", lambda inode: int(inode.inode.i_mode))
    found = FileSystem(f"ext{parsed.type}", root, uuid=str(parsed.uuid), label=parsed.volume_name, doubt=doubt)
    if overlay is not None:
        found.overtaken = lambda: overlay.overtaken
    return found


def xfs(volume: BinaryIO, size: int) -> FileSystem:
    """XFS. Its log is not replayed, only looked at."""
    parsed = XFS(volume)
    root = InodeNode(parsed.root, "", lambda inode: int(inode.inode.di_mode))
    return FileSystem("xfs", root, uuid=str(parsed.uuid), label=parsed.name, doubt=log_states.xfs(volume, parsed))


def btrfs(volumes: list[BinaryIO]) -> FileSystem:
    """Btrfs on all of its devices."""
    parsed = Btrfs(volumes)
    doubt = "what was synchronised to its log tree is not seen" if int(parsed.sb.log_root) else ""
    found = FileSystem(
        "btrfs", BtrfsNode(parsed.root, ""), uuid=str(parsed.uuid), label=parsed.label.rstrip("\0"), doubt=doubt
    )

    def volume(path: str) -> BtrfsNode | None:
        if path.isdecimal():
            return BtrfsNode(parsed.open_subvolume(int(path)).root, "")
        subvolume = parsed.find_subvolume(path.strip("/"))
        return BtrfsNode(subvolume.root, "") if subvolume is not None else None

    found.volume = volume
    return found


# --- Windows and firmware ---------------------------------------------------------------------------------------------


class NtfsNode:
    """A node of NTFS. Folders are searched by their index, since those of Windows are large."""

    def __init__(self, record: Any, name: str) -> None:
        self._record = record
        self.name = name
        if record.is_symlink() or record.is_mount_point():
            self.kind = Kind.LINK
        else:
            self.kind = Kind.FOLDER if record.is_dir() else Kind.FILE

    @property
    def size(self) -> int:
        return int(self._record.size()) if self.kind is Kind.FILE else 0

    @property
    def changed_ns(self) -> int:
        times = self._record.attributes[ATTRIBUTE_TYPE_CODE.STANDARD_INFORMATION]
        return int(times[0].last_modification_time_ns) if times else 0

    @property
    def mode(self) -> int:
        return 0

    def child(self, name: str) -> NtfsNode | None:
        entry = Folder(self._record).find(name)
        return NtfsNode(entry.dereference(), entry.attribute.file_name) if entry is not None else None

    def children(self) -> Iterator[NtfsNode]:
        for entry in Folder(self._record).entries():
            if entry.attribute.flags != FILE_NAME_DOS and entry.attribute.file_name != ".":
                yield NtfsNode(entry.dereference(), entry.attribute.file_name)

    def link(self) -> str:
        target = str(self._record.reparse_point_substitute_name).removeprefix("\\??\\")
        if target[1:2] == ":":
            target = target[2:]  # a drive: ours begins at the system's
        return target.replace("\\", "/")

    def open(self) -> BinaryIO:
        file: BinaryIO = self._record.open()
        return file


class FatNode:
    """A node of FAT."""

    def __init__(self, entry: Any, name: str) -> None:
        self._entry = entry
        self.name = name
        self.kind = Kind.FOLDER if entry.is_directory() else Kind.FILE

    @property
    def size(self) -> int:
        return int(self._entry.size) if self.kind is Kind.FILE else 0

    @property
    def changed_ns(self) -> int:
        return int(self._entry.mtime.replace(tzinfo=UTC).timestamp()) * 1_000_000_000

    @property
    def mode(self) -> int:
        return 0

    def child(self, name: str) -> FatNode | None:
        folded = name.casefold()
        return next((node for node in self.children() if node.name.casefold() == folded), None)

    def children(self) -> Iterator[FatNode]:
        for entry in self._entry.iterdir():
            if entry.name not in (".", "..") and not entry.is_volume_id():
                yield FatNode(entry, entry.name)

    def link(self) -> str:
        raise OSError("FAT has no links")

    def open(self) -> BinaryIO:
        file: BinaryIO = self._entry.open()
        return file


def ntfs(volume: BinaryIO, size: int) -> FileSystem:
    """NTFS. Its log is not replayed, only looked at."""
    # What it would look for by itself, by paths that it follows without end, is given as empty: nobody reads it.
    parsed = NTFS(volume, sds=io.BytesIO(), usnjrnl=io.BytesIO())
    volume.seek(0x48)
    serial = struct.unpack("<Q", volume.read(8))[0]
    root = NtfsNode(parsed.mft.root, "")
    label = parsed.volume_name or ""
    return FileSystem("ntfs", root, uuid=f"{serial:016x}", label=label, folds_case=True, doubt=log_states.ntfs(parsed))


def fat(volume: BinaryIO, size: int) -> FileSystem:
    """FAT12, FAT16 or FAT32."""
    parsed = FATFS(volume)
    serial = parsed.volume_id.zfill(8)
    uuid = f"{serial[:4]}-{serial[4:]}"
    return FileSystem("vfat", FatNode(parsed.root, ""), uuid=uuid, label=parsed.volume_label.strip(), folds_case=True)


def kind_of(volume: BinaryIO) -> str:
    """What a volume says that it is: ext, xfs, btrfs, ntfs, fat, exfat; empty where nothing is known."""
    volume.seek(0)
    start = volume.read(4096)
    if start.startswith(b"XFSB"):
        return "xfs"
    if start[3:11] == b"NTFS    ":
        return "ntfs"
    if start[3:11] == b"EXFAT   ":
        return "exfat"
    if start[82:87] == b"FAT32" or start[54:58] == b"FAT1":
        return "fat"
    if start[0x438:0x43A] == b"\x53\xef":
        return "ext"
    volume.seek(0x10040)
    return "btrfs" if volume.read(8) == b"_BHRfS_M" else ""
