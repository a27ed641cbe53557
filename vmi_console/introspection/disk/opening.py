"""Which of the file systems on a machine's disks is the system's, and what it mounts where."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from vmi_console.introspection.disk.file_systems import FileSystem, Node
from vmi_console.introspection.disk.files import Absent, Kind, Unreadable
from vmi_console.introspection.disk.mounted import Mounted
from vmi_console.introspection.disk.volumes import Found

_BTRFS_ROOTS = ("", "@", "root", "@rootfs", "@/.snapshots/1/snapshot")
"""Subvolumes that distributions put their root in; the first is the default one."""

_UNIX = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs"})
_NOT_OURS = frozenset(
    {"swap", "proc", "sysfs", "tmpfs", "devtmpfs", "devpts", "nfs", "nfs4", "cifs", "overlay", "none"}
)
_LONGEST_TABLE = 1 << 20


class Line(msgspec.Struct, frozen=True):
    """One line of a file system table."""

    device: str
    path: str
    kind: str
    options: tuple[str, ...]


def opened(found: Found) -> Mounted:
    """The files of the system on these disks. Raises `Unreadable`, saying what is there instead."""
    systems = [system for system, _ in found.file_systems]
    for looks_like in (_is_linux, _is_windows):
        for system in systems:
            for node in _roots(system):
                files = Mounted(system, node)
                if looks_like(files):
                    _mount_all(files, found)
                    for problem in found.problems:
                        files.complain(problem)
                    return files
    if found.problems:
        raise Unreadable("; ".join(found.problems))
    if systems:
        kinds = ", ".join(dict.fromkeys(system.kind for system in systems))
        raise Unreadable(f"no operating system was found on the disks ({kinds})")
    raise Unreadable("no file system was found on the disks")


def _roots(system: FileSystem) -> Iterator[Node]:
    if system.kind != "btrfs":
        yield system.root
        return
    for path in _BTRFS_ROOTS:
        try:
            node = system.volume(path) if path else system.root
        except Exception:
            continue  # a damaged subvolume is not the root that is looked for
        if node is not None:
            yield node


def _is_linux(files: Mounted) -> bool:
    if files.kind not in _UNIX:
        return False
    return _is_folder(files, "/etc") and (_is_folder(files, "/usr") or _is_folder(files, "/bin"))


def _is_windows(files: Mounted) -> bool:
    return files.kind == "ntfs" and _is_folder(files, "/Windows/System32/config")


def _is_folder(files: Mounted, path: str) -> bool:
    try:
        return files.entry(path).kind is Kind.FOLDER
    except (Absent, Unreadable):
        return False


def _mount_all(files: Mounted, found: Found) -> None:
    """Mounts what the system's table says; what is not there is said, if it is not optional."""
    by_name = {name: system for system, names in found.file_systems for name in names}
    for line in sorted(_table(files), key=lambda line: line.path.count("/")):
        if line.path in ("/", "none", "swap") or line.kind in _NOT_OURS or not line.path.startswith("/"):
            continue
        system = by_name.get(_device(line.device))
        if system is None:
            if "nofail" not in line.options and "noauto" not in line.options:
                files.complain(f"{line.path} ({line.device}) is on none of the disks that were looked at")
            continue
        try:
            files.mount(line.path, system, _subvolume(system, line.options))
        except Exception as error:
            files.complain(f"{line.path} ({line.device}) cannot be mounted: {error}")


def _subvolume(system: FileSystem, options: tuple[str, ...]) -> Node | None:
    for option in options:
        name, _, value = option.partition("=")
        if name in ("subvol", "subvolid"):
            return system.volume(value)
    return None


def _device(name: str) -> str:
    """A device as the names of file systems have it: UUIDs in lower case, without quotes."""
    kind, equals, value = name.partition("=")
    value = value.strip("\"'")
    if equals:
        return f"{kind}={value.lower() if kind in ('UUID', 'PARTUUID') else value}"
    return name


def _table(files: Mounted) -> Iterator[Line]:
    try:
        text = files.read("/etc/fstab", _LONGEST_TABLE).decode(errors="replace")
    except (Absent, Unreadable):
        return
    for line in text.splitlines()[:1000]:
        fields = line.split()
        if len(fields) >= 3 and not line.lstrip().startswith("#"):
            options = tuple(fields[3].split(",")) if len(fields) > 3 else ()
            path = fields[1].replace("\\040", " ")
            yield Line(fields[0], path.rstrip("/") or "/", fields[2], options)
