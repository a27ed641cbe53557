"""What is made on a hypervisor to read a guest, and has to go again: backup jobs and snapshots.

Each is noted on disk before it is made, under a token that its name on the hypervisor carries. The note is locked as
long as its maker lives; one that nobody holds tells of something that was left behind, and is ours to remove. What
others made carries no token of ours and is never touched.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec

from vmi_console.errors import StorageError
from vmi_console.file_lock import try_lock
from vmi_console.settings import Workspace

PREFIX = "vmi-console-"
"""Begins the name of whatever is made, before the token."""

_SUFFIX = ".json"


class Noted(msgspec.Struct, frozen=True):
    """What a note says."""

    token: str
    endpoint: str
    vm: str  # the endpoint's own id
    what: str  # backup job, snapshot
    where: str = ""  # a path that goes with it

    @property
    def name(self) -> str:
        """What it is called on the hypervisor."""
        return PREFIX + self.token


class Note:
    """One thing that is about to be made, or was. `done` when it is gone again."""

    def __init__(self, noted: Noted, path: Path, descriptor: int) -> None:
        self.noted = noted
        self._path = path
        self._descriptor: int | None = descriptor

    def done(self) -> None:
        """It is gone from the hypervisor: so is the note."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
            self.leave()

    def leave(self) -> None:
        """It may still be there: whoever comes next looks after it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Notes:
    """The notes of one user's consoles on this machine, whatever their workspace."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Workspace.of_user().data / "temporary"

    def take(self, endpoint: str, vm: str, what: str, where: str = "") -> Note:
        """Notes on disk what is about to be made. Raises `StorageError`: then it must not be made."""
        noted = Noted(secrets.token_hex(8), endpoint, vm, what, where)
        path = self._folder / (noted.token + _SUFFIX)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                try_lock(descriptor)
                os.write(descriptor, msgspec.json.encode(noted))
                os.fsync(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as error:
            raise StorageError(
                f"{path} cannot be written ({error.strerror}), and without it no {what} is made",
                "make room there, or see to the folder's permissions",
            ) from error
        return Note(noted, path, descriptor)

    def leftovers(self, endpoint: str) -> Iterator[Note]:
        """What was made at this endpoint by consoles that are no longer there."""
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            try:
                descriptor = os.open(path, os.O_RDWR)
            except OSError:
                continue  # its maker has just finished
            try:
                try_lock(descriptor)
                noted = msgspec.json.decode(os.read(descriptor, 1 << 16), type=Noted)
            except (
                OSError,
                msgspec.MsgspecError,
            ):  # somebody holds it; or died before it was written, and made nothing
                os.close(descriptor)
                continue
            if noted.endpoint == endpoint and path.name == noted.token + _SUFFIX:
                yield Note(noted, path, descriptor)
            else:
                os.close(descriptor)
