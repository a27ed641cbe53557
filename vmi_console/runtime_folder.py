"""Folders for what a process needs while it lives: those of processes that were killed are taken away by later ones."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from vmi_console.file_lock import try_lock

PREFIX = "vmi-console-"
HELD = "held"
"""The file in each that its process holds locked."""

YOUNG_S = 60.0
"""A folder of this age may not be held yet."""


class RuntimeFolder:
    """A folder of this process, open to its user alone, where the system keeps what may be lost.

    Raises OSError where there can be none.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._held = os.open(self.path / HELD, os.O_RDWR | os.O_CREAT, 0o600)
        try_lock(self._held)

    def remove(self) -> None:
        """Takes it away with all that is in it. Blocks."""
        os.close(self._held)
        shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()


def sweep() -> None:
    """Takes away the folders of this user's processes that are gone. Blocks."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # somebody else's, or another process was faster
            if _is_left_behind(path):
                shutil.rmtree(path)


def _is_left_behind(path: Path) -> bool:
    """Raises OSError where that cannot be told."""
    if path.is_symlink() or (sys.platform != "win32" and path.stat().st_uid != os.getuid()):
        return False
    held = os.open(path / HELD, os.O_RDWR)
    try:
        if time.time() - os.fstat(held).st_mtime < YOUNG_S:
            return False
        try_lock(held)
    finally:
        os.close(held)
    return True
