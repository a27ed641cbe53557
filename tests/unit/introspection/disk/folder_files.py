"""The files of a guest that lie in a folder of this machine: what `Files` is for a disk, without the disk."""

from __future__ import annotations

import errno
import stat
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from vmi_console.introspection.disk.files import LARGEST_READ, Absent, Entry, Kind, Unreadable

_MOST_LINKS = 40
_KINDS = {stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.FOLDER, stat.S_IFLNK: Kind.LINK}


class FolderFiles:
    """`Files` below a root; links stay inside it. Counts what it is asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.calls = 0
        self.read_bytes = 0
        self.touched: set[str] = set()

    doubts: tuple[str, ...] = ()

    def read(self, path: str, limit: int = LARGEST_READ) -> bytes:
        where = self._asked(path)
        if not where.is_file():
            raise Unreadable(f"{path} is no file")
        if where.stat().st_size > limit:
            raise Unreadable(f"{path} is longer than {limit} bytes")
        data = where.read_bytes()
        self.read_bytes += len(data)
        return data

    def open(self, path: str) -> BinaryIO:
        return _Counted(self._asked(path).read_bytes(), self)

    def entries(self, path: str) -> Iterator[Entry]:
        where = self._asked(path)
        if not where.is_dir():
            raise Unreadable(f"{path} is no folder")
        return (self._entry(child) for child in where.iterdir())

    def entry(self, path: str, follow: bool = True) -> Entry:
        return self._entry(self._asked(path, follow))

    def target(self, path: str) -> str:
        where = self._asked(path, follow=False)
        if not where.is_symlink():
            raise Unreadable(f"{path} is no link")
        return str(where.readlink())

    def _asked(self, path: str, follow: bool = True) -> Path:
        self.calls += 1
        self.touched.add(path)
        return self._resolved(path, follow)

    def _resolved(self, path: str, follow: bool) -> Path:
        waiting, where, links = [part for part in path.split("/")[::-1] if part], self._root, 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                where = where if where == self._root else where.parent
                continue
            if part == ".":
                continue
            child = where / part
            try:
                mode = child.lstat().st_mode
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.ENOTDIR):
                    raise Absent(path) from error
                raise Unreadable(str(error)) from error
            if not stat.S_ISLNK(mode) or (not waiting and not follow):
                where = child
                continue
            links += 1
            if links > _MOST_LINKS:
                raise Unreadable(f"{path}: links in a circle")
            target = str(child.readlink())
            where = self._root if target.startswith("/") else where
            waiting.extend(part for part in target.split("/")[::-1] if part)
        return where

    def _entry(self, where: Path) -> Entry:
        found = where.lstat()
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), Kind.OTHER)
        return Entry(where.name, kind, found.st_size, found.st_mtime_ns, stat.S_IMODE(found.st_mode))


class _Counted(BytesIO):
    def __init__(self, data: bytes, files: FolderFiles) -> None:
        super().__init__(data)
        self._files = files

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._files.calls += 1
        self._files.read_bytes += len(data)
        return data
