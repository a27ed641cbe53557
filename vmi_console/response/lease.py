"""One console acts on an endpoint at a time: two would each apply the limits, and undo what the other does.

A lease is a locked file in a folder that all consoles of one user on one machine share, whatever their workspace; the
system takes the lock back when its holder dies. It knows nothing of consoles on other machines: there the record with
the VM is all that one sees of the other.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from vmi_console.errors import CommandRefused, StorageError
from vmi_console.file_lock import try_lock
from vmi_console.settings import Workspace

TRIES = 10


def folder_of_user() -> Path:
    """Where all consoles of this user look."""
    return Workspace.of_user().runtime / "acting"


class Leases:
    """The leases that one engine holds."""

    def __init__(self, folder: Path, holder: str) -> None:
        """`holder` is what others are told of this one."""
        self._folder = folder
        self._holder = holder
        self._held: dict[str, int] = {}  # endpoint → file descriptor

    def take(self, endpoint: str) -> None:
        """Holds the endpoint's lease from now on. Raises `CommandRefused`, naming the holder, or `StorageError`."""
        if endpoint in self._held:
            return
        path = self._path(endpoint)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._held[endpoint] = self._locked(path)
        except BlockingIOError as error:
            raise CommandRefused(
                f"another console is in charge of quarantine there ({_holder(path) or 'of another process'})",
                "act in that one, or end it",
            ) from error
        except OSError as error:
            raise StorageError(
                f"the lease {path} cannot be taken ({error.strerror})", "see to the folder's permissions"
            ) from error

    def leave(self, endpoint: str) -> None:
        """Lets another console act there."""
        descriptor = self._held.pop(endpoint, None)
        if descriptor is not None:
            with contextlib.suppress(OSError):  # Windows removes no file that is open: it stays, and is taken again
                self._path(endpoint).unlink()  # before the lock is gone: it is still ours to remove
            os.close(descriptor)

    def close(self) -> None:
        """Leaves all."""
        for endpoint in tuple(self._held):
            self.leave(endpoint)

    def _path(self, endpoint: str) -> Path:
        return self._folder / hashlib.blake2b(endpoint.encode(), digest_size=12).hexdigest()

    def _locked(self, path: Path) -> int:
        """A descriptor of the file at the path, locked: its last holder may remove it between opening and locking."""
        for _ in range(TRIES):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                try_lock(descriptor)
            except OSError as error:
                os.close(descriptor)
                raise BlockingIOError(*error.args) from error
            with contextlib.suppress(OSError):  # removed by then; or a full disk, and only the holder's name is missing
                if os.path.samestat(path.stat(), os.fstat(descriptor)):
                    os.truncate(descriptor, 0)
                    os.write(descriptor, self._holder.encode()[:500])
                    return descriptor
            os.close(descriptor)
        raise BlockingIOError("it is taken and left all the time")


def _holder(path: Path) -> str:
    try:
        return path.read_text(errors="replace")[:500]
    except OSError:
        return ""
