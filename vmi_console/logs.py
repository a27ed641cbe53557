"""Where the program's own messages go: what needs a developer to standard error, what tells a story to a file.

Names in messages come from outside, so every line is made harmless before it is written.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from pathlib import Path
from typing import TextIO

from vmi_console.plain_text import visible

LONGEST_LINE = 2000


class PlainFormatter(logging.Formatter):
    """Time, process, level, logger and message; each line of it plain text."""

    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s {process} %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(visible(line, LONGEST_LINE) for line in super().format(record).split("\n"))


class Brief(logging.Handler):
    """Says in one line on standard error, and once, that messages get lost: a stack over a terminal helps nobody."""

    place = "standard error"
    _said = False

    def handleError(self, record: logging.LogRecord) -> None:
        if self._said:
            return
        self._said = True
        line = visible(f"messages are missing in {self.place}, because of this: {sys.exception()}", LONGEST_LINE)
        with contextlib.suppress(OSError, ValueError, AttributeError):  # there may be no standard error any more
            print(line, file=sys.stderr, flush=True)


class _StandardError(Brief, logging.StreamHandler[TextIO]):
    pass


def to_standard_error(process: str, level: int = logging.ERROR) -> None:
    """Writes messages of at least `level` to standard error; less than errors is what health and notices tell."""
    handler = _StandardError()
    handler.setLevel(level)
    _add(handler, process)


def to_file(process: str, path: Path) -> None:
    """Writes warnings and worse to a file too, which is begun anew now and then; without one where it cannot be."""
    from vmi_console.log_file import LogFile  # of all processes only the window writes one

    try:
        handler = LogFile(path)
    except OSError as error:
        logging.getLogger(__name__).error("no log can be written at %s: %s", path, error.strerror)
        return
    handler.setLevel(logging.WARNING)
    _add(handler, process)


def _add(handler: logging.Handler, process: str) -> None:
    handler.setFormatter(PlainFormatter(process))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level, handler.level))
