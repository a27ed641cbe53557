"""Locks on files that the operating system takes back when their holder dies."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import msvcrt

    HELD_BYTE = 1 << 30
    """Locked bytes cannot be read on Windows: one far behind the text is locked, so that the holder can be read."""

    def try_lock(descriptor: int) -> None:
        """Locks an open file until it is closed; raises OSError if somebody else has."""
        os.lseek(descriptor, HELD_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
else:
    import fcntl

    def try_lock(descriptor: int) -> None:
        """Locks an open file until it is closed; raises OSError if somebody else has."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
