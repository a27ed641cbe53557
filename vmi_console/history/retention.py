"""How much of the past is kept, and how the rest is given up: in slices so small that no writing waits for one.

What is too old goes, and where the file is too large the oldest. Of each entity the state it had at the bound stays,
with the one that leans under it: the past is whole from there on. The journal, the audit, decisions and findings that
are not resolved are never cut.
"""

from __future__ import annotations

import sqlite3
import time

import msgspec

from vmi_console.errors import InputError
from vmi_console.history import samples

SLICE_SECONDS = 0.004
ROWS_AT_ONCE = 100
PAGES_AT_ONCE = 50

GIB = 1 << 30
MOST_DAYS = 36_500
LEAST_BYTES = 64 << 20
MOST_BYTES = 1 << 44

ROOM_MADE = 20
"""What is given up when the file is too large: that part of the limit, so as not to cut all day."""

LEAST_KEPT = 60 * 60 * 1_000_000
"""The newest part of the past, in microseconds, which no limit of size takes."""

_CHANGES = (
    # The last number stays: those that follow are to be higher.
    "SELECT number FROM changes WHERE observed_at < ? AND number < (SELECT max(number) FROM changes) "
    "ORDER BY observed_at LIMIT ?"
)
_FINDINGS = (
    "DELETE FROM findings WHERE id IN (SELECT id FROM findings WHERE resolved_at < ? ORDER BY resolved_at LIMIT ?)"
)
_FORSAKEN = (
    "DELETE FROM subjects WHERE key = :entity AND NOT EXISTS (SELECT 1 FROM revisions WHERE entity = :entity) "
    "AND NOT EXISTS (SELECT 1 FROM samples WHERE entity = :entity)"
)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator wants kept; None: without a limit."""

    days: int | None = 400
    largest_bytes: int | None = 20 * GIB

    def check(self) -> None:
        """Raises `InputError` for limits that make no sense."""
        if self.days is not None and not 1 <= self.days <= MOST_DAYS:
            raise InputError(
                f"the past cannot be kept for {self.days:,} days", f"choose 1 to {MOST_DAYS:,}, or no limit"
            )
        if self.largest_bytes is not None and not LEAST_BYTES <= self.largest_bytes <= MOST_BYTES:
            raise InputError(
                f"a history cannot be held at {self.largest_bytes:,} bytes",
                f"choose {LEAST_BYTES >> 20} MiB to {MOST_BYTES >> 40} TiB, or no limit",
            )


EVERYTHING = Limits(days=None, largest_bytes=None)


class Sweep:
    """Gives up what was before a time (microseconds since 1970), slice by slice."""

    def __init__(self, before: int) -> None:
        self.before = before
        self.changes = 0  # given up so far
        self._entity = -1  # whose states have been looked through last
        self._last_entity = 0
        self._events_done = False

    @property
    def share(self) -> float:
        """How much of it is done, roughly."""
        return max(0, self._entity) / self._last_entity if self._events_done and self._last_entity else 0.0

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
        numbers = connection.execute(_CHANGES, (self.before, ROWS_AT_ONCE)).fetchall()
        connection.executemany("DELETE FROM amendments WHERE change = ?", numbers)
        connection.executemany("DELETE FROM changes WHERE number = ?", numbers)
        others = connection.execute(samples.FORGET, (samples.RESOLUTIONS[-1][0], self.before, ROWS_AT_ONCE)).rowcount
        others += connection.execute(_FINDINGS, (self.before, ROWS_AT_ONCE)).rowcount
        if numbers:
            self._whole_from_here(connection)
        self.changes += len(numbers)
        return len(numbers) + others

    def _states(self, connection: sqlite3.Connection) -> bool:
        """Looks through the states of one entity; False where there is none left."""
        if not self._last_entity:
            (self._last_entity,) = connection.execute("SELECT ifnull(max(key), 0) FROM subjects").fetchone()
        (entity,) = connection.execute("SELECT min(key) FROM subjects WHERE key > ?", (self._entity,)).fetchone()
        if entity is None:
            return False
        then = connection.execute(
            "SELECT at, base, content IS NULL FROM revisions WHERE entity = ? AND at <= ? ORDER BY at DESC LIMIT 1",
            (entity, self.before),
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
            connection.execute(_FORSAKEN, {"entity": entity})
        return True

    def _whole_from_here(self, connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO kept SELECT ? WHERE NOT EXISTS (SELECT 1 FROM kept)", (self.before,))
        connection.execute("UPDATE kept SET since = max(since, ?)", (self.before,))


def bound_of_the_oldest(connection: sqlite3.Connection, after: int, count: int, ceiling: int) -> int | None:
    """A time after another one, about so many changes or states later, at most the ceiling; None: there is none."""
    (kept,) = connection.execute("SELECT ifnull(max(since), 0) FROM kept").fetchone()
    found = [
        at
        for statement, since in (
            ("SELECT observed_at FROM changes WHERE observed_at > ? ORDER BY observed_at LIMIT 1 OFFSET ?", after),
            # Before, there are those that hold at the bound.
            ("SELECT at FROM revisions WHERE at > ? ORDER BY at LIMIT 1 OFFSET ?", max(after, kept)),
        )
        for (at,) in connection.execute(statement, (since, count))
    ]
    bound = min([*found, ceiling])
    return bound if bound > after else None
