"""What is older than it is kept, given up in slices so small that no writing waits for one.

Of each entity the state it had at the bound stays, with the one that leans under it: the past is whole from there on.
The journal, the audit and decisions are never cut.
"""

from __future__ import annotations

import sqlite3
import time

from vmi_console.history import samples

SLICE_SECONDS = 0.004
ROWS_AT_ONCE = 100
PAGES_AT_ONCE = 50

_CHANGES = (
    # The last number stays: those that follow are to be higher.
    "SELECT number FROM changes WHERE observed_at < ? AND number < (SELECT max(number) FROM changes) "
    "ORDER BY observed_at LIMIT ?"
)


class Sweep:
    """Gives up what was before a time (microseconds since 1970), slice by slice."""

    def __init__(self, before: int) -> None:
        self._before = before
        self._entity = -1  # whose states have been looked through last
        self._events_done = False

    def slice(self, connection: sqlite3.Connection) -> bool:
        """Gives up some within the caller's transaction; whether nothing is left."""
        end = time.monotonic() + SLICE_SECONDS
        while time.monotonic() < end:
            if not self._events_done:
                self._events_done = not self._events(connection)
            elif not self._states(connection):
                return True
        return False

    def _events(self, connection: sqlite3.Connection) -> int:
        numbers = connection.execute(_CHANGES, (self._before, ROWS_AT_ONCE)).fetchall()
        connection.executemany("DELETE FROM amendments WHERE change = ?", numbers)
        connection.executemany("DELETE FROM changes WHERE number = ?", numbers)
        days = connection.execute(samples.FORGET, (samples.RESOLUTIONS[-1][0], self._before, ROWS_AT_ONCE)).rowcount
        if numbers:
            self._whole_from_here(connection)
        return len(numbers) + days

    def _states(self, connection: sqlite3.Connection) -> bool:
        """Looks through the states of one entity; False where there is none left."""
        (entity,) = connection.execute("SELECT min(key) FROM subjects WHERE key > ?", (self._entity,)).fetchone()
        if entity is None:
            return False
        then = connection.execute(
            "SELECT at, base, content IS NULL FROM revisions WHERE entity = ? AND at <= ? ORDER BY at DESC LIMIT 1",
            (entity, self._before),
        ).fetchone()
        given_up = 0
        if then is not None:
            at, base, is_gone = then
            given_up = connection.execute(
                "DELETE FROM revisions WHERE entity = :entity AND at IN (SELECT at FROM revisions "
                "WHERE entity = :entity AND at < :end AND at IS NOT :base ORDER BY at LIMIT :most)",
                {"entity": entity, "end": at + 1 if is_gone else at, "base": base, "most": ROWS_AT_ONCE},
            ).rowcount
        if given_up:
            self._whole_from_here(connection)
        if given_up < ROWS_AT_ONCE:
            self._entity = entity
        return True

    def _whole_from_here(self, connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO kept SELECT ? WHERE NOT EXISTS (SELECT 1 FROM kept)", (self._before,))
        connection.execute("UPDATE kept SET since = max(since, ?)", (self._before,))
