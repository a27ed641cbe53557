"""Whether this computer's clock can be believed: the past is put in order by it, and given up by it.

A clock that is far ahead must not make everything too old, so age counts from where the clock was before it leapt,
until it has gone on from there on several days. What a clock that is behind would put before the past is put at its
end. What was written while a clock was ahead is put at the present when the clock is right again.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

DAY = 24 * 60 * 60 * 1_000_000
TOLERANCE = DAY
"""How far behind the newest a time may be and count as told: clocks are set right by less than that every day."""

LEAP = 7 * DAY
"""Time in which nothing was recorded, after which a clock has to show itself first."""

DAYS_TO_BELIEVE = 7
"""On which something was recorded since it leapt."""

NEAR = 30 * DAY
_AHEAD = 366 * DAY
_PROGRAM_BEGAN = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000

_NEWEST = (
    "SELECT max(at) FROM (SELECT max(observed_at) AS at FROM changes WHERE observed_at < :end "
    "UNION ALL SELECT max(at) FROM revisions WHERE at < :end)"
)
_OLDEST_AFTER = (
    "SELECT min(at) FROM (SELECT min(observed_at) AS at FROM changes WHERE observed_at > :begin "
    "UNION ALL SELECT min(at) FROM revisions WHERE at > :begin)"
)

TIMES = (
    ("changes", "observed_at"),
    ("findings", "opened_at"),
    ("findings", "resolved_at"),
    ("decided", "at"),
    ("journal", "at"),
    ("entities", "seen_at"),
    ("endpoints", "seen_at"),
    ("kept", "since"),
)
"""Columns with times by our clock, but for those of states and loads."""


def newest(connection: sqlite3.Connection, before: int = 1 << 62) -> int | None:
    """The newest time that was recorded before one, in microseconds since 1970."""
    (at,) = connection.execute(_NEWEST, {"end": before}).fetchone()
    return None if at is None else int(at)


def is_older(connection: sqlite3.Connection, than: int) -> bool:
    """Whether anything was recorded before a time."""
    statement = (
        "SELECT EXISTS (SELECT 1 FROM changes WHERE observed_at < :at) "
        "OR EXISTS (SELECT 1 FROM revisions WHERE at < :at)"
    )
    (is_so,) = connection.execute(statement, {"at": than}).fetchone()
    return bool(is_so)


def believed(connection: sqlite3.Connection, now: int) -> int:
    """The time that age counts from: now, or the last one before the clock leapt, for as long as that is news."""
    counts, later = now, now
    for _ in range(DAYS_TO_BELIEVE):
        at = newest(connection, later - later % DAY if later != now else now + 1)
        if at is None:
            break
        if later - at > LEAP:
            counts = at
        later = at
    return counts


def was_ahead(connection: sqlite3.Connection, now: int) -> bool:
    """Whether the present follows what was recorded before it, and what lies after it is the work of a few days when
    the clock was wrong."""
    (ahead,) = connection.execute(_OLDEST_AFTER, {"begin": now + TOLERANCE}).fetchone()
    if ahead is None:
        return False
    last = newest(connection, now + TOLERANCE + 1)
    if last is None:
        if now < _PROGRAM_BEGAN or ahead - now <= _AHEAD:
            return False
    elif now - last > NEAR or ahead - last <= LEAP:
        return False
    begin = 1 << 62
    for _ in range(DAYS_TO_BELIEVE + 1):
        later = newest(connection, begin)
        if later is None or later <= now + TOLERANCE:
            return True
        begin = later - later % DAY
    return False


def put_right(connection: sqlite3.Connection, now: int) -> None:
    """Puts what was recorded as of the future at the present, in the order in which it came, within the caller's
    transaction. Loads of the future are given up: they belong to no time."""
    limit = now + TOLERANCE
    for table, column in TIMES:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {column} > ?", (now, limit))
    connection.execute("DELETE FROM samples WHERE at > ?", (limit,))
    for (entity,) in connection.execute("SELECT DISTINCT entity FROM revisions WHERE at > ?", (limit,)).fetchall():
        (before,) = connection.execute(
            "SELECT ifnull(max(at), 0) FROM revisions WHERE entity = ? AND at <= ?", (entity, limit)
        ).fetchone()
        times = connection.execute(
            "SELECT at FROM revisions WHERE entity = ? AND at > ? ORDER BY at", (entity, limit)
        ).fetchall()
        for number, (at,) in enumerate(times, max(now, before + 1)):
            connection.execute("UPDATE revisions SET at = ? WHERE entity = ? AND at = ?", (number, entity, at))
            connection.execute("UPDATE revisions SET base = ? WHERE entity = ? AND base = ?", (number, entity, at))


def days(micros: int) -> timedelta:
    """A span of time."""
    return timedelta(microseconds=micros)
