"""What is still to be told, on disk: one SQLite file for all outputs, used from one thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

MOST = 100_000
"""Lines that wait for one output; beyond that the oldest are given up, and counted."""

_TABLES = """
CREATE TABLE IF NOT EXISTS waiting (number INTEGER PRIMARY KEY, output TEXT NOT NULL, payload BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS waiting_of ON waiting (output, number);
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class Spool:
    """Blocking; raises `sqlite3.Error`, and OSError where it cannot be made. What `put` returned from is on disk.

    The file is readable by its owner only. Without one (`path` is None) all is kept in memory.
    """

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.touch(mode=0o600)  # SQLite gives its companions the same permissions
        self._database = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)

    def put(self, outputs: Sequence[str], payloads: Sequence[bytes], mark: tuple[str, int] | None = None) -> int:
        """Adds payloads for outputs, and moves a mark with them; gives how many old ones had to be given up."""
        with closing(self._database.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                rows = [(output, payload) for payload in payloads for output in outputs]
                cursor.executemany("INSERT INTO waiting (output, payload) VALUES (?, ?)", rows)
                if mark is not None:
                    cursor.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", mark)
                lost = sum(self._trim(cursor, output) for output in set(outputs))
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
        return lost

    def next(self, output: str, count: int) -> list[tuple[int, bytes]]:
        """The oldest that wait for an output, with the numbers by which they are struck off."""
        found = self._database.execute(
            "SELECT number, payload FROM waiting WHERE output = ? ORDER BY number LIMIT ?", (output, count)
        )
        return list(found)

    def strike(self, output: str, number: int, taken_at: int | None = None) -> None:
        """Everything for an output up to a number is done with; `taken_at`: it was taken then (seconds of Unix)."""
        with closing(self._database.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                cursor.execute("DELETE FROM waiting WHERE output = ? AND number <= ?", (output, number))
                if taken_at is not None:
                    cursor.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (_taken(output), taken_at))
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise

    def last_taken(self, output: str) -> int:
        """When a receiver last took a line, in seconds of Unix; 0 where none ever did."""
        return self.mark(_taken(output))

    def waiting(self, output: str) -> int:
        """How many wait for an output."""
        (count,) = self._database.execute("SELECT count(*) FROM waiting WHERE output = ?", (output,)).fetchone()
        return int(count)

    def mark(self, name: str) -> int:
        """A mark; 0 where there is none."""
        row = self._database.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row is not None else 0

    def forget(self, kept: Sequence[str]) -> None:
        """Gives up what waits for outputs that are no more."""
        marks = ",".join("?" * len(kept))
        self._database.execute(f"DELETE FROM waiting WHERE output NOT IN ({marks})", tuple(kept))
        self._database.execute(
            f"DELETE FROM marks WHERE name LIKE ? AND name NOT IN ({marks})", (_taken("%"), *map(_taken, kept))
        )

    def close(self) -> None:
        self._database.close()

    def _trim(self, cursor: sqlite3.Cursor, output: str) -> int:
        excess = self.waiting(output) - MOST
        if excess <= 0:
            return 0
        cursor.execute(
            "DELETE FROM waiting WHERE number IN (SELECT number FROM waiting WHERE output = ? ORDER BY number LIMIT ?)",
            (output, excess),
        )
        return excess


def _taken(output: str) -> str:
    """The name of the mark that says when an output last took a line."""
    return f"taken/{output}"
