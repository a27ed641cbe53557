"""One engine at a time in a workspace: a lock that the operating system takes back when its holder dies."""

from __future__ import annotations

import os
from pathlib import Path

from vmi_console.errors import StorageError, WorkspaceBusy
from vmi_console.file_lock import try_lock


class WorkspaceLock:
    """Holds the file `path` locked until released. The file stays: removing it would let two engines lock two files.

    Raises `WorkspaceBusy`, naming the process that holds it, and `StorageError` if there can be no such file.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageError(
                f"{path} cannot be made ({error.strerror})",
                "make its folder one that can be written, or choose another",
            ) from error
        try:
            try_lock(self._descriptor)
        except OSError as error:
            holder = os.read(self._descriptor, 20).decode("ascii", errors="replace").strip()
            os.close(self._descriptor)
            raise WorkspaceBusy(
                f"another engine{f' (process {holder})' if holder else ''} is at work in {path.parent}",
                "so use that one, or start this one with another --workspace; what it has recorded can be read all the "
                "same, as by vmi-console replay",
            ) from error
        try:
            os.truncate(self._descriptor, 0)
            os.write(self._descriptor, str(os.getpid()).encode())
        except OSError:  # a full disk: it is locked all the same, only the holder's name is missing
            return

    def release(self) -> None:
        """Lets the next one have it."""
        os.close(self._descriptor)
