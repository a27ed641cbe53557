"""A file for the program's own messages."""

from __future__ import annotations

import io
import logging.handlers
import os
from pathlib import Path

from vmi_console.logs import Brief

FILE_BYTES = 1 << 20
FILES_KEPT = 3


class LogFile(Brief, logging.handlers.RotatingFileHandler):
    """A file that is begun anew now and then, each readable by its owner only."""

    def __init__(self, path: Path) -> None:
        self.place = str(path)
        super().__init__(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT)

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")
