"""Where the program's own messages go: what needs a developer to standard error, what tells a story to a file.

Names in messages come from outside, so every line is made harmless before it is written.
"""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

from vmi_console.plain_text import visible

LONGEST_LINE = 2000
FILE_BYTES = 1 << 20
FILES_KEPT = 3


class PlainFormatter(logging.Formatter):
    """Time, process, level, logger and message; each line of it plain text."""

    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(visible(line, LONGEST_LINE) for line in super().format(record).split("\n"))


def to_standard_error(process: str, level: int = logging.ERROR) -> None:
    """Writes messages of at least `level` to standard error; less than errors is what health and notices tell."""
    handler = logging.StreamHandler()
    handler.setLevel(level)
    _add(handler, process)


def to_file(process: str, path: Path) -> None:
    """Writes warnings and worse to a file too, which is begun anew now and then; without one where it cannot be."""
    try:
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, delay=False)
    except OSError as error:
        logging.getLogger(__name__).error("no log can be written at %s: %s", path, error)
        return
    handler.setLevel(logging.WARNING)
    _add(handler, process)


def _add(handler: logging.Handler, process: str) -> None:
    handler.setFormatter(PlainFormatter(process))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level, handler.level))
