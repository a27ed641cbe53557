"""Whether a history is whole, looked at in the background: damage that nobody comes across is found all the same."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

LARGEST_BYTES = 256 << 20
"""A larger file is only looked through after an end that was none of the program's own."""

_OPERATIONS_BETWEEN_LOOKS = 10_000


def is_due(path: Path) -> bool:
    """Whether a file is to be looked through before it is gone on with. Before it is opened: then nobody can tell."""
    journal = path.with_name(f"{path.name}-wal")
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size <= LARGEST_BYTES or (journal.exists() and journal.stat().st_size > 0)
    return False


class Check(threading.Thread):
    """Looks through a file beside whoever writes it; `found` is told what is wrong, on this thread."""

    def __init__(self, path: Path, found: Callable[[str], None]) -> None:
        super().__init__(name="history-check", daemon=True)
        self._path = path
        self._found = found
        self._given_up = threading.Event()

    def give_up(self) -> None:
        """Ends it soon."""
        self._given_up.set()

    def run(self) -> None:
        address = f"{self._path.absolute().as_uri()}?mode=ro"
        try:
            with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
                connection.set_progress_handler(self._given_up.is_set, _OPERATIONS_BETWEEN_LOOKS)
                ((said,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_CORRUPT:
                log.debug("the history was not looked through: %s", error)
                return
            said = str(error)
        if said != "ok" and not self._given_up.is_set():
            self._found(" ".join(str(said).split()))
