"""What response has to know after a crash, and the record of what it did: states and links of a chain, as rows.

The rows' content belongs to `response`; here they are bytes. A state is written whole each time it changes and never
edited: the last of a subject is the present one. A link of the chain holds the digest of the one before it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from vmi_console.history.rows import to_micros


class State(NamedTuple):
    """A state of something under way, such as a quarantine. A closed one needs nothing any more."""

    subject: str
    content: bytes
    closed: bool = False


class Link(NamedTuple):
    """One link of the chain: numbers ascend by one; `signature` is over the digest, by the key of that name."""

    number: int
    content: bytes
    digest: bytes
    signature: bytes
    key: str


type Forge = Callable[[int, bytes, bytes], Link]
"""Makes the link of a number with a content after one of a digest (empty: there is none)."""


def append(connection: sqlite3.Connection, states: Sequence[State], contents: Sequence[bytes], forge: Forge) -> None:
    """Adds states, and links with these contents, within the transaction of the caller."""
    now = to_micros(datetime.now(UTC))
    connection.executemany(
        "INSERT INTO journal (subject, closed, content, at) VALUES (?, ?, ?, ?)",
        [(state.subject, state.closed, state.content, now) for state in states],
    )
    for content in contents:
        number, digest = head(connection)
        connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?)", forge(number + 1, content, digest))


def head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    """Number and digest of the newest link; 0 and nothing where there is none."""
    found = connection.execute("SELECT number, digest FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return found or (0, b"")


def open_states(connection: sqlite3.Connection) -> list[State]:
    """The present state of every subject that is not closed, in the order in which they last changed."""
    rows = connection.execute(
        "SELECT subject, content, closed FROM journal WHERE number IN (SELECT max(number) FROM journal "
        "GROUP BY subject) AND NOT closed ORDER BY number"
    )
    return [State(subject, content, bool(closed)) for subject, content, closed in rows]


def past_states(connection: sqlite3.Connection, count: int) -> list[State]:
    """The last state of the `count` subjects that were closed last, newest first."""
    rows = connection.execute(
        "SELECT subject, content, closed FROM journal WHERE number IN (SELECT max(number) FROM journal "
        "GROUP BY subject) AND closed ORDER BY number DESC LIMIT ?",
        (count,),
    )
    return [State(subject, content, bool(closed)) for subject, content, closed in rows]


def links(connection: sqlite3.Connection, after: int, count: int) -> list[Link]:
    """At most `count` links with numbers above `after`, oldest first."""
    rows = connection.execute(
        "SELECT number, CAST(content AS BLOB), CAST(digest AS BLOB), CAST(signature AS BLOB), CAST(key AS TEXT) "
        "FROM audit WHERE number > ? ORDER BY number LIMIT ?",  # whoever edits a file need not keep to its types
        (after, count),
    )
    return [Link(*row) for row in rows]
