"""How large a history is, how far it reaches back and how fast it grows; read beside the engine that writes it."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from vmi_console.errors import StorageError
from vmi_console.history import clock, rows
from vmi_console.history.reader import BUSY_SECONDS

COUNTING_SECONDS = 2.0
"""How long rows are counted: with very many of them it is not worth more."""

_OPERATIONS_BETWEEN_LOOKS = 100_000
_RECENT = 7 * clock.DAY


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file; None: there is nothing yet, or too much to be counted quickly."""

    path: str
    file_bytes: int = 0  # with what SQLite keeps beside it
    free_bytes: int = 0  # of it: not used now, and used again or given back
    first: datetime | None = None
    last: datetime | None = None
    changes: int | None = None
    states: int | None = None
    bytes_per_day: int | None = None  # of late

    def expected_bytes(self, days: int | None, largest_bytes: int | None) -> int | None:
        """What it would grow to, if it goes on like this and is kept for so many days; None: nobody can tell."""
        if self.bytes_per_day is None:
            return None
        if days is None:
            return largest_bytes
        used = self.file_bytes - self.free_bytes
        spanned = (self.last - self.first).days if self.first is not None and self.last is not None else 0
        expected = max(0, used + self.bytes_per_day * (days - min(spanned, days)))
        return expected if largest_bytes is None else min(expected, largest_bytes)


def figures(path: Path) -> Figures:
    """Those of a history file. Blocks for some seconds at most. Raises `StorageError` where it cannot be read."""
    if not path.is_file():
        return Figures(path=str(path))
    beside = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]
    try:
        file_bytes = sum(each.stat().st_size for each in beside if each.exists())
        with contextlib.closing(_connected(path)) as connection:
            return _figures(connection, path, file_bytes)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the history at {path} cannot be looked at: {error}", "try again later") from error


def _connected(path: Path) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS)


def _figures(connection: sqlite3.Connection, path: Path, file_bytes: int) -> Figures:
    page_bytes, free = (int(connection.execute(f"PRAGMA {of}").fetchone()[0]) for of in ("page_size", "freelist_count"))
    newest = clock.newest(connection)
    (oldest,) = connection.execute(
        "SELECT ifnull((SELECT max(since) FROM kept), min(at)) FROM (SELECT min(observed_at) AS at FROM changes "
        "UNION ALL SELECT min(at) FROM revisions)"
    ).fetchone()
    known = Figures(
        path=str(path),
        file_bytes=file_bytes,
        free_bytes=free * page_bytes,
        first=rows.to_time(oldest),
        last=rows.to_time(newest),
    )
    if newest is None or oldest is None:
        return known
    changes = _counted(connection, "SELECT count(*) FROM changes")
    states = _counted(connection, "SELECT count(*) FROM revisions")
    since = max(oldest, newest - _RECENT)
    recent = _counted(connection, f"SELECT count(*) FROM revisions WHERE at > {since:d}")
    growth = None
    if states and recent is not None and newest - oldest >= clock.DAY:  # before, it is the first discovery that tells
        growth = round((file_bytes - known.free_bytes) / states * recent / ((newest - since) / clock.DAY))
    return msgspec.structs.replace(known, changes=changes, states=states, bytes_per_day=growth)


def _counted(connection: sqlite3.Connection, statement: str) -> int | None:
    """The count that a statement gives, unless that takes too long."""
    try:
        with _no_longer_than(connection, COUNTING_SECONDS):
            (count,) = connection.execute(statement).fetchone()
    except sqlite3.OperationalError:
        return None
    return int(count)


@contextlib.contextmanager
def _no_longer_than(connection: sqlite3.Connection, seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, _OPERATIONS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
