"""Paths of files and of control groups, put together from the kernel's own trees of names."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.unreadable import Absent

DELETED = " (deleted)"
"""Behind the path of a file that no longer has one, as the kernel itself writes it."""

_DEEPEST = 128
_LONGEST_NAME = 255
_MOST_MOUNTS = 64


class File(msgspec.Struct, frozen=True, gc=False):
    """What an open file points to."""

    mount: int  # struct vfsmount
    dentry: int
    operations: int
    private: int


class Files:
    """Open files, and the paths of what they are."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        at = kernel.build.at
        self._file_mount = at("file.f_path.mnt")
        self._file_dentry = at("file.f_path.dentry")
        self._file_operations = at("file.f_op")
        self._file_private = at("file.private_data")
        self.size = kernel.build.types.size("file")
        self._parent = at("dentry.d_parent")
        self._name = at("dentry.d_name.name")
        self._length = at("dentry.d_name.len")
        self._hashed = at("dentry.d_hash.pprev")
        self._dentry_size = kernel.build.types.size("dentry")
        self._mnt = at("mount.mnt")
        self._mnt_root = at("mount.mnt.mnt_root")
        self._mnt_parent = at("mount.mnt_parent")
        self._mnt_point = at("mount.mnt_mountpoint")
        self._mount_size = kernel.build.types.size("mount")
        self._dentries: dict[int, tuple[int, str, bool]] = {}

    def read(self, address: int) -> File:
        raw = self._kernel.read(address, self.size)

        def pointer(at: int) -> int:
            return int.from_bytes(raw[at : at + 8], "little")

        return File(
            mount=pointer(self._file_mount),
            dentry=pointer(self._file_dentry),
            operations=pointer(self._file_operations),
            private=pointer(self._file_private),
        )

    def fetch(self, files: list[File]) -> None:
        """Reads ahead what the paths of these are made of."""
        kernel = self._kernel
        kernel.fetch((file.mount - self._mnt for file in files), self._mount_size)
        level = {file.dentry for file in files}
        for _ in range(_DEEPEST):
            level -= self._dentries.keys()
            if not level:
                break
            kernel.fetch(level, self._dentry_size)
            above = set()
            for dentry in level:
                try:
                    above.add(self._dentry(dentry)[0])
                except Absent:
                    continue
            level = above

    def path(self, file: File) -> str:
        """From the root of the file system tree that the file is in; ` (deleted)` behind it where it has no name."""
        kernel = self._kernel
        mount, dentry = file.mount - self._mnt, file.dentry
        parent, name, hashed = self._dentry(dentry)
        if not name:
            raise Absent("this file's name was being given back while it was read")
        if parent == dentry and name != "/":
            return f"/{name}{DELETED}"  # a file of memory alone, such as memfd_create makes
        gone = not hashed and parent != dentry
        parts: list[str] = []
        for _ in range(_MOST_MOUNTS):
            root = kernel.u64(mount + self._mnt_root)
            for _ in range(_DEEPEST):
                if dentry == root:
                    break
                parent, name, _ = self._dentry(dentry)
                if parent == dentry:
                    break
                parts.append(name)
                dentry = parent
            above = kernel.u64(mount + self._mnt_parent)
            if above == mount:
                if gone and not parts:
                    raise Absent("this file was given back while it was read: nobody removes a root")
                return "/" + "/".join(reversed(parts)) + (DELETED if gone else "")
            dentry = kernel.u64(mount + self._mnt_point)
            mount = above
        raise Absent("this file's path has no end")

    def _dentry(self, address: int) -> tuple[int, str, bool]:
        """Its parent, its name, and whether it is still to be found by it."""
        known = self._dentries.get(address)
        if known is None:
            raw = self._kernel.read(address, self._dentry_size)

            def number(at: int, size: int) -> int:
                return int.from_bytes(raw[at : at + size], "little")

            length = min(number(self._length, 4), _LONGEST_NAME)
            name = self._kernel.read(number(self._name, 8), length).decode(errors="replace") if length else ""
            known = number(self._parent, 8), name, number(self._hashed, 8) != 0
            self._dentries[address] = known
        return known


class ControlGroups:
    """Paths of control groups: of the unified tree, and where that is not used, of systemd's own."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        at = kernel.build.at
        self._default = at("css_set.dfl_cgrp")
        self._links = at("css_set.cgrp_links")
        self._link = at("cgrp_cset_link.cgrp_link")
        self._link_cgroup = at("cgrp_cset_link.cgrp")
        self._node = at("cgroup.kn")
        self._root = at("cgroup.root")
        self._root_name = at("cgroup_root.name")
        self._name = at("kernfs_node.name")
        self._parent = kernel.build.first("kernfs_node.__parent", "kernfs_node.parent")
        self._node_size = kernel.build.types.size("kernfs_node")
        self._set_size = kernel.build.types.size("css_set")
        self._group_size = self._node + 8
        self._paths: dict[int, str] = {}

    def fetch(self, sets: set[int]) -> None:
        """Reads ahead what the paths of these (css_set) are made of."""
        kernel = self._kernel
        kernel.fetch(sets, self._set_size)
        groups = _readable(kernel, (each + self._default for each in sets))
        kernel.fetch(groups, self._group_size)
        level = _readable(kernel, (group + self._node for group in groups))
        for _ in range(_DEEPEST):
            if not level:
                break
            kernel.fetch(level, self._node_size)
            level = {each for each in _readable(kernel, (node + self._parent for node in level)) if each} - level

    def path(self, css_set: int) -> str:
        known = self._paths.get(css_set)
        if known is None:
            known = self._of(self._kernel.u64(css_set + self._default))
            if known == "/":
                known = self._systemds(css_set) or known
            self._paths[css_set] = known
        return known

    def _systemds(self, css_set: int) -> str:
        """The path in the tree that systemd uses where the unified one is not."""
        head = css_set + self._links
        at = self._kernel.u64(head)
        for _ in range(64):
            if at == head:
                break
            group = self._kernel.u64(at - self._link + self._link_cgroup)
            root = self._kernel.u64(group + self._root)
            if self._kernel.read(root + self._root_name, 8) == b"systemd\x00":
                return self._of(group)
            at = self._kernel.u64(at)
        return ""

    def _of(self, group: int) -> str:
        parts: list[str] = []
        node = self._kernel.u64(group + self._node)
        for _ in range(_DEEPEST):
            parent = self._kernel.u64(node + self._parent)
            if not parent:
                return "/" + "/".join(reversed(parts))
            parts.append(self._kernel.text(self._kernel.u64(node + self._name), _LONGEST_NAME))
            node = parent
        raise Absent("this control group's path has no end")


def _readable(kernel: Kernel, addresses: Iterable[int]) -> set[int]:
    """The pointers at these addresses, of those that can be read."""
    found = set()
    for address in addresses:
        try:
            found.add(kernel.u64(address))
        except Absent:
            continue
    return found
