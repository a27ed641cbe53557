"""The tables of the history file, as the steps by which every earlier version becomes the present one.

A step is never edited once it was released: what it should have been is another step. Times are microseconds since
1970 (UTC). Values before and after a change are msgpack, which keeps times apart from text.
"""

from __future__ import annotations

import sqlite3

from vmi_console.errors import StorageError

MIGRATIONS = (
    """
    -- Changes are only ever added. An amendment (who did it, known later) is a row of its own, laid over its change
    -- by whoever reads: what was told at which time can always be shown.
    CREATE TABLE changes (
        number INTEGER PRIMARY KEY,
        entity TEXT NOT NULL,
        name TEXT NOT NULL,
        action TEXT NOT NULL,
        path TEXT NOT NULL,
        before BLOB,
        after BLOB,
        observed_at INTEGER NOT NULL,
        occurred_at INTEGER,
        not_before INTEGER,
        actor TEXT,
        seen TEXT NOT NULL,
        schema INTEGER NOT NULL
    );
    CREATE INDEX changes_by_entity ON changes (entity, number);
    CREATE INDEX changes_by_time ON changes (observed_at);
    CREATE TABLE amendments (
        change INTEGER NOT NULL,
        actor TEXT NOT NULL,
        occurred_at INTEGER
    );
    CREATE INDEX amendments_by_change ON amendments (change);

    -- What was last known, so that the next start can show it as stale and tell what a gap changed.
    CREATE TABLE entities (
        id TEXT PRIMARY KEY,
        endpoint TEXT NOT NULL,
        record BLOB NOT NULL,
        schema INTEGER NOT NULL,
        seen_at INTEGER NOT NULL
    );
    CREATE INDEX entities_by_endpoint ON entities (endpoint);
    CREATE TABLE endpoints (
        endpoint TEXT PRIMARY KEY,
        seen_at INTEGER NOT NULL
    );

    -- The operators' own.
    CREATE TABLE labels (
        entity TEXT NOT NULL,
        label TEXT NOT NULL,
        PRIMARY KEY (entity, label)
    ) WITHOUT ROWID;
    """,
    """
    -- What is done about findings. Of each subject the last state counts; rows are only ever added.
    CREATE TABLE journal (
        number INTEGER PRIMARY KEY,
        subject TEXT NOT NULL,
        closed INTEGER NOT NULL,
        content BLOB NOT NULL
    );
    CREATE INDEX journal_by_subject ON journal (subject, number);

    -- A chain: each digest is over the content and the digest before it.
    CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        content BLOB NOT NULL,
        digest BLOB NOT NULL,
        signature BLOB NOT NULL,
        key TEXT NOT NULL
    );
    """,
    """
    -- Findings as they stand, and those that were resolved. The record has everything; the columns are for looking.
    CREATE TABLE findings (
        id TEXT PRIMARY KEY,
        vm TEXT NOT NULL,
        opened_at INTEGER NOT NULL,
        resolved_at INTEGER,
        record BLOB NOT NULL,
        schema INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX findings_by_vm ON findings (vm);
    CREATE INDEX findings_by_resolution ON findings (resolved_at);

    -- What operators decided: acknowledgements, waivers, armed policies, baselines. They cannot be worked out again.
    CREATE TABLE decisions (
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        record BLOB NOT NULL,
        schema INTEGER NOT NULL,
        PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
    """,
    """
    -- Past states. An entity has a number here: its id is long, and there are many states.
    CREATE TABLE subjects (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE
    );
    CREATE TABLE revisions (
        entity INTEGER NOT NULL,
        at INTEGER NOT NULL,
        nth INTEGER NOT NULL,
        base INTEGER,
        form INTEGER NOT NULL,
        content BLOB,
        schema INTEGER NOT NULL,
        PRIMARY KEY (entity, at)
    ) WITHOUT ROWID;
    CREATE INDEX revisions_by_time ON revisions (at, entity);
    -- What was last known when the console was older is the first that is known of the past.
    INSERT INTO subjects (id) SELECT id FROM entities;
    INSERT INTO revisions
        SELECT subjects.key, entities.seen_at, 0, NULL, 0, entities.record, entities.schema
        FROM entities JOIN subjects ON subjects.id = entities.id;

    -- Decisions as they were; NULL: taken back.
    CREATE TABLE decided (
        number INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        record BLOB,
        schema INTEGER NOT NULL
    );
    INSERT INTO decided (at, kind, key, record, schema) SELECT 0, kind, key, record, schema FROM decisions;

    -- When a state was written, by our clock. Those of an older console say so themselves.
    ALTER TABLE journal ADD COLUMN at INTEGER;
    -- The network whose change brought a VM's about.
    ALTER TABLE changes ADD COLUMN cause TEXT;
    CREATE INDEX findings_by_opening ON findings (opened_at);

    -- Loads: sums, so that a row can take in more, and the highest. `seconds` is how long a row's span is.
    CREATE TABLE samples (
        entity INTEGER NOT NULL,
        seconds INTEGER NOT NULL,
        at INTEGER NOT NULL,
        cpu_count INTEGER NOT NULL, cpu_sum REAL NOT NULL, cpu_most REAL NOT NULL,
        memory_count INTEGER NOT NULL, memory_sum REAL NOT NULL, memory_most REAL NOT NULL,
        disk_count INTEGER NOT NULL, disk_sum REAL NOT NULL, disk_most REAL NOT NULL,
        net_count INTEGER NOT NULL, net_sum REAL NOT NULL, net_most REAL NOT NULL,
        PRIMARY KEY (entity, seconds, at)
    ) WITHOUT ROWID;
    CREATE INDEX samples_by_time ON samples (seconds, at);

    -- From when on the past is whole: what was before was given up.
    CREATE TABLE kept (
        since INTEGER NOT NULL
    );
    """,
)


def tables_of(version: int) -> list[str]:
    """The names of the tables that a file of a version has."""
    return [line.split()[2] for step in MIGRATIONS[:version] for line in step.splitlines() if "CREATE TABLE" in line]


def version_of(connection: sqlite3.Connection) -> int:
    """How many of the steps the file has had. Raises `StorageError` if a newer console wrote it."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise StorageError(
            f"the history was written by a newer version of this console (its format is {version}, "
            f"this one knows {len(MIGRATIONS)})",
            "so use that version, or another --workspace",
        )
    return int(version)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Brings the tables from `version` to the present one, step by step, each whole or not at all."""
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step}; PRAGMA user_version = {number}; COMMIT;")
