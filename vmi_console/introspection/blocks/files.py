"""Disk images and memory in files of this machine."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path

from vmi_console.errors import SourceError
from vmi_console.plain_text import visible
from vmi_console.wire.workers import Workers

_O_BINARY = getattr(os, "O_BINARY", 0)
_O_UNUSUAL = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
"""Opening a pipe must not wait for its other end, nor opening a terminal make it ours."""


class FileSource:
    """`BlockSource` of a plain file (or, where that was asked for, of a block device)."""

    way = "file"

    def __init__(self, path: Path, workers: Workers, *, devices: bool = False) -> None:
        """Opens it; `workers` read it. Raises `SourceError` if it cannot be read, or is no file."""
        self.path = path
        self._workers = workers
        self._descriptor: int | None = None
        self._lock = threading.Lock()  # a descriptor closed while it is read may be another file's the next moment
        try:
            self._descriptor = os.open(path, os.O_RDONLY | _O_BINARY | _O_UNUSUAL)
            kind = os.fstat(self._descriptor).st_mode
            if not stat.S_ISREG(kind) and not (devices and stat.S_ISBLK(kind)):
                raise SourceError(
                    f"{self._shown} is {_kind(kind)}, no file",
                    "say --device to read a device" if stat.S_ISBLK(kind) else "name the file of the image",
                )
            self.size = os.lseek(self._descriptor, 0, os.SEEK_END)
        except OSError as error:
            self._give_up()
            raise self._failed(error) from error
        except SourceError:
            self._give_up()
            raise

    async def read(self, offset: int, length: int) -> bytes:
        return await self._workers.run(self._read, offset, length)

    async def token(self) -> str | None:
        return await self._workers.run(self._token)

    async def close(self) -> None:
        await self._workers.run(self._give_up)

    @property
    def _shown(self) -> str:
        return visible(str(self.path))

    def _read(self, offset: int, length: int) -> bytes:
        try:
            parts = []
            while length:
                part = self._part(offset, length)
                if not part:
                    raise SourceError(f"{self._shown} has become shorter while it was read", "try again")
                parts.append(part)
                offset += len(part)
                length -= len(part)
            return parts[0] if len(parts) == 1 else b"".join(parts)
        except OSError as error:
            raise self._failed(error) from error

    def _part(self, offset: int, length: int) -> bytes:
        with self._lock:
            if self._descriptor is None:
                raise SourceError(f"{self._shown} was closed while it was read")
            if hasattr(os, "pread"):
                return os.pread(self._descriptor, length, offset)
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            return os.read(self._descriptor, length)

    def _token(self) -> str | None:
        with self._lock:
            if self._descriptor is None:
                return None
            try:
                known = os.fstat(self._descriptor)
            except OSError as error:
                raise self._failed(error) from error
        if not stat.S_ISREG(known.st_mode):
            return None  # nothing tells when a device was written to
        return f"{known.st_dev}:{known.st_ino}:{known.st_size}:{known.st_mtime_ns}"

    def _give_up(self) -> None:
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def _failed(self, error: OSError) -> SourceError:
        advice = {
            errno.ENOENT: "check how it is written",
            errno.EACCES: "run this as a user who may read it",
            errno.EPERM: "run this as a user who may read it",
        }.get(error.errno or 0, "")
        return SourceError(f"{self._shown} cannot be read: {error.strerror or error}", advice)


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISBLK(mode) or stat.S_ISCHR(mode):
        return "a device"
    return "a pipe or socket"
