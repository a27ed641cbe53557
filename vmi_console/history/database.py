"""The history file itself. Everything here blocks; `store` calls it on a thread of its own."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from vmi_console.estate.catalog import SCHEMA_VERSION, AnyRecord
from vmi_console.estate.changes import Change
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.history import clock, journal, retention, revisions, rows, salvage, samples
from vmi_console.history.pending import DecisionKey, Encoded, Pending
from vmi_console.history.schema import MIGRATIONS, migrate, tables_of, version_of

JOURNAL_BYTES = 64 << 20
"""To what SQLite's journal is cut when it has grown, because somebody read for long."""

NEWEST_IMAGINABLE = 10_000
"""A version above is no newer console's but a damaged header's."""

VERSIONS_AHEAD = 50
"""So far a newer console can be whose tables have the names that ours have."""

_UNWRITABLE = (*rows.UNWRITABLE, sqlite3.IntegrityError)
"""What writing a row raises where there can be none, as of what came out of a file that was damaged unnoticed."""

_FORMATS = (b"\1\1", b"\2\2")  # to write and to read
_NEWEST_SCHEMA_FORMAT = 4

OPERATIONS_BETWEEN_LOOKS = 10_000


class Known(NamedTuple):
    """What was last known of an endpoint, and when it answered last."""

    records: list[AnyRecord]
    seen_at: datetime | None
    unreadable: int = 0  # records of a newer console, or broken


class Room(NamedTuple):
    """What a file takes on its disk."""

    file_bytes: int
    used_bytes: int  # the rest is free, and is used again or given back
    gives_back: bool  # whether it can get smaller without being rebuilt


class Damaged(sqlite3.DatabaseError):
    """The file has another shape than any console has ever given one."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def is_damage(error: BaseException) -> bool:
    """Whether the file's content is destroyed, so that trying again cannot help."""
    if isinstance(error, UnicodeDecodeError) or "decode to UTF-8" in str(error):
        return True  # Python's own, which have no code
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_full(error: BaseException) -> bool:
    """Whether there is no room on the disk."""
    return _code(error) == sqlite3.SQLITE_FULL


def _code(error: BaseException) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF  # without the extension


def _aside(path: Path, why: str) -> Path:
    return path.with_name(f"{path.name}.{why}-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")


def _companions(path: Path) -> tuple[Path, Path]:
    """SQLite's journal and the index of it."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _version(connection: sqlite3.Connection, header: bytes) -> int:
    """As `version_of`, where the file has the tables of that version. Raises `Damaged`."""
    if header and (header[18:20] not in _FORMATS or int.from_bytes(header[44:48], "big") > _NEWEST_SCHEMA_FORMAT):
        raise Damaged("its header is of no version of SQLite's files")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    (claimed,) = connection.execute("PRAGMA user_version").fetchone()
    ours = len(MIGRATIONS)
    is_like_ours = tables == set(tables_of(ours))
    if not 0 <= claimed <= NEWEST_IMAGINABLE or (is_like_ours and not ours <= claimed <= ours + VERSIONS_AHEAD):
        raise Damaged(f"it says that it is of version {claimed}")
    version = version_of(connection)
    if missing := set(tables_of(version)) - tables:
        raise Damaged(f"{', '.join(sorted(missing))} are missing")
    return version


def _in_order(pending: Pending, newest: int) -> tuple[Pending, int]:
    """The same, where nothing happened long before the newest of what was written before; and the newest now."""
    earliest = newest - clock.TOLERANCE
    late = rows.to_time(newest)
    assert late is not None
    begin = rows.to_time(earliest)
    assert begin is not None
    ordered = replace(
        pending,
        changes=deque(
            each if each.observed_at >= begin else msgspec.structs.replace(each, observed_at=late)
            for each in pending.changes
        ),
        revisions=deque(each if each.at >= earliest else each._replace(at=newest) for each in pending.revisions),
        samples=deque(
            each if each.at >= earliest - clock.DAY else each._replace(at=newest - newest % (each.seconds * 1_000_000))
            for each in pending.samples
        ),
    )
    times = [each.observed_at for each in ordered.changes]
    told = rows.to_micros(max(times)) if times else None
    return ordered, max([newest, told or 0, *(each.at for each in ordered.revisions)])


class Identity(NamedTuple):
    """Which file it is, whatever its name."""

    device: int
    inode: int

    @classmethod
    def at(cls, path: Path) -> Identity | None:
        """That of the file at the path; None where there is none, or none can be seen."""
        try:
            status = path.stat()
        except OSError:
            return None
        return cls(status.st_dev, status.st_ino)


class Database:
    """An open history file, readable by its owner only. Raises OSError, sqlite3.Error, and `StorageError` if a newer
    console wrote it.

    One `in_order` puts what a clock that was set back would have happen long before the newest right after that.
    """

    def __init__(self, path: Path, *, in_order: bool = False) -> None:
        self._path = path
        with contextlib.ExitStack() as opened:
            # SQLite gives its companions the same permissions. Closing this before SQLite's own would end its locks.
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            opened.callback(os.close, self._descriptor)
            self._connection = opened.enter_context(contextlib.closing(sqlite3.connect(path, isolation_level=None)))
            version = _version(self._connection, os.read(self._descriptor, 100))  # before anything is changed
            if version == 0:
                self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # what is given up can be given back
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")  # what was committed survives a power failure
            self._connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
            migrate(self._connection, version)
            self._newest = (clock.newest(self._connection) or 0) if in_order else None
            self._opened = opened.pop_all()
        self.is_new = version == 0
        self.identity = Identity.at(path)
        self._companions = {each: Identity.at(each) for each in _companions(path)}

    def in_place(self) -> bool:
        """Whether it is still the file at its path: a deleted or renamed one can be written without any error."""
        return self.identity is not None and Identity.at(self._path) == self.identity

    def close(self) -> None:
        """Closes the file; committed rows are moved from the journal into it."""
        with self._opened:
            if not self.in_place():
                self._part_from_companions()

    def _part_from_companions(self) -> None:
        """Sees to the journal of a file that was taken away: the next one at the path would take it for its own.

        SQLite moves it into the file at the end, and removes it, only where the file is in place.
        """
        is_deleted = os.fstat(self._descriptor).st_nlink == 0
        is_needed = not is_deleted and not self._journal_moved_into_file()
        journal, _ = _companions(self._path)
        for companion, identity in self._companions.items():
            if identity is None or Identity.at(companion) != identity:
                continue
            if companion == journal and is_needed:
                companion.rename(_aside(companion, "left"))
            else:
                companion.unlink()

    def _journal_moved_into_file(self) -> bool:
        try:
            self._connection.execute("PRAGMA busy_timeout = 0")  # nobody is to wait for a reader of a file that is gone
            (busy, *_) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            return False
        return not busy

    # --- writing --------------------------------------------------------------------------------------------------

    def write(self, pending: Pending) -> int:
        """Writes everything or nothing; gives the number of rows left out because no file could hold them."""
        newest = self._newest
        if newest is not None:
            pending, newest = _in_order(pending, newest)
        with self._transaction():
            left_out = sum(
                (
                    # The outcome of a commit that failed is not known: a number that is there already is the same
                    # change, written then.
                    self._each(
                        f"INSERT OR IGNORE INTO changes ({rows.CHANGE_COLUMNS}) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        pending.changes,
                        rows.change_row,
                    ),
                    self._each("INSERT INTO amendments VALUES (?, ?, ?)", pending.amendments, rows.amendment_row),
                    self._write_records(pending),
                    self._write_revisions(pending),
                    self._write_samples(pending),
                    self._write_labels(pending),
                    self._write_findings(pending),
                    self._write_decisions(pending),
                    self._each(
                        "INSERT INTO endpoints VALUES (?, ?) ON CONFLICT (endpoint) "
                        "DO UPDATE SET seen_at = max(seen_at, excluded.seen_at)",
                        pending.contacts.items(),
                        lambda contact: (contact[0], rows.to_micros(contact[1])),
                    ),
                )
            )
        self._newest = newest
        return left_out

    def append(self, states: Sequence[journal.State], contents: Sequence[bytes], forge: journal.Forge) -> None:
        """Adds states to the journal and links to the audit, all of them or none."""
        with self._transaction():
            journal.append(self._connection, states, contents, forge)

    def _write_records(self, pending: Pending) -> int:
        known = [(record, at) for record, at in pending.records.values() if record is not None]
        gone = [entity for entity, (record, _) in pending.records.items() if record is None]
        return self._each(
            "INSERT OR REPLACE INTO entities VALUES (?, ?, ?, ?, ?)",
            known,
            lambda item: (
                item[0].id,
                endpoint_of(item[0].id),
                rows.record_blob(item[0]),
                SCHEMA_VERSION,
                rows.to_micros(item[1]),
            ),
        ) + self._each("DELETE FROM entities WHERE id = ?", gone, lambda entity: (entity,))

    def _write_revisions(self, pending: Pending) -> int:
        left_out = 0
        for revision in pending.revisions:
            try:
                revisions.write(self._connection, revision)
            except _UNWRITABLE:
                left_out += 1
        return left_out

    def _write_samples(self, pending: Pending) -> int:
        left_out = self._each(samples.ADD_SUBJECT, pending.samples, lambda load: (load.entity,)) + self._each(
            samples.ADD, pending.samples, samples.load_row
        )
        if pending.samples:
            now = datetime.now(UTC)
            for seconds, kept in samples.RESOLUTIONS:
                if kept is not None:
                    too_old = rows.to_micros(now - kept)
                    self._connection.execute(samples.FORGET, (seconds, too_old, samples.FORGOTTEN_AT_ONCE))
        return left_out

    def _write_labels(self, pending: Pending) -> int:
        return self._each("DELETE FROM labels WHERE entity = ?", pending.labels, lambda entity: (entity,)) + self._each(
            "INSERT OR IGNORE INTO labels VALUES (?, ?)",
            [(entity, label) for entity, labels in pending.labels.items() for label in labels],
            lambda row: row,
        )

    def _write_findings(self, pending: Pending) -> int:
        return self._each(
            "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?, ?)",
            pending.findings.values(),
            lambda finding: (
                finding.id,
                finding.vm,
                rows.to_micros(finding.opened_at),
                rows.to_micros(finding.resolved_at),
                *finding.encoded,
            ),
        )

    def _write_decisions(self, pending: Pending) -> int:
        taken_back = [key for key, decision in pending.decisions.items() if decision is None]
        made = [(*key, *decision) for key, decision in pending.decisions.items() if decision is not None]
        now = rows.to_micros(datetime.now(UTC))
        past = [(now, *key, *(decision or (None, 0))) for key, decision in pending.decisions.items()]
        return (
            self._each("DELETE FROM decisions WHERE kind = ? AND key = ?", taken_back, lambda key: key)
            + self._each("INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?)", made, lambda row: row)
            + self._each(
                "INSERT INTO decided (at, kind, key, record, schema) VALUES (?, ?, ?, ?, ?)", past, lambda row: row
            )
        )

    def _each[T](self, statement: str, items: Iterable[T], row: Callable[[T], rows.Row]) -> int:
        """Executes the statement for each item; gives how many could not be made into rows."""
        left_out = 0
        for item in items:
            try:
                self._connection.execute(statement, row(item))
            except _UNWRITABLE:
                left_out += 1
        return left_out

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # some errors have rolled back already
                with contextlib.suppress(sqlite3.Error):  # the first error is the one to tell
                    self._connection.execute("ROLLBACK")
            raise

    # --- reading --------------------------------------------------------------------------------------------------

    def open_states(self) -> list[journal.State]:
        """The present state of everything that is under way."""
        return journal.open_states(self._connection)

    def past_states(self, count: int) -> list[journal.State]:
        """The last states of what was closed last, newest first."""
        return journal.past_states(self._connection, count)

    def links(self, after: int, count: int) -> list[journal.Link]:
        """Links of the audit with numbers above `after`, oldest first."""
        return journal.links(self._connection, after, count)

    def last_number(self) -> int:
        """The highest number of a change that was ever told of here; 0 in an empty file."""
        (number,) = self._connection.execute(
            "SELECT max(ifnull((SELECT max(number) FROM changes), 0), ifnull((SELECT max(change) FROM amendments), 0))"
        ).fetchone()
        ((checked,),) = _of([(number,)], int)
        return int(checked)

    def recent(self, count: int, before: int | None) -> list[Change]:
        """The newest `count` changes (with a number below `before`), oldest first, with their amendments.

        Rows that this console cannot read are left out.
        """
        found = self._connection.execute(
            f"SELECT {rows.CHANGE_COLUMNS} FROM changes WHERE number < ? ORDER BY number DESC LIMIT ?",
            (before if before is not None else 1 << 62, count),
        ).fetchall()
        changes: list[Change] = []
        for row in reversed(found):
            with contextlib.suppress(*rows.UNWRITABLE):
                changes.append(rows.row_change(row))
        if not changes:
            return []
        amendments = self._connection.execute(
            "SELECT change, actor, occurred_at FROM amendments WHERE change BETWEEN ? AND ? ORDER BY rowid",
            (changes[0].number, changes[-1].number),
        )
        return rows.amended(changes, amendments)

    def known(self, endpoint: str) -> Known:
        """The last known records of an endpoint."""
        records: list[AnyRecord] = []
        unreadable = 0
        for blob, schema in self._connection.execute(
            "SELECT record, schema FROM entities WHERE endpoint = ?", (endpoint,)
        ):
            record = rows.blob_record(blob, schema)
            if record is None:
                unreadable += 1
            else:
                records.append(record)
        (seen_at,) = self._connection.execute(
            "SELECT max(seen_at) FROM (SELECT seen_at FROM endpoints WHERE endpoint = :endpoint "
            "UNION ALL SELECT max(seen_at) FROM entities WHERE endpoint = :endpoint)",
            {"endpoint": endpoint},
        ).fetchone()
        return Known(records, rows.to_time(seen_at), unreadable)

    def forget(self, endpoint: str) -> None:
        """Removes what was last known of an endpoint. What happened there stays in history."""
        with self._transaction():
            self._connection.execute("DELETE FROM entities WHERE endpoint = ?", (endpoint,))
            self._connection.execute("DELETE FROM endpoints WHERE endpoint = ?", (endpoint,))

    def give_up(self, sweep: retention.Sweep) -> bool:
        """One slice of what is too old; whether nothing is left. The room it took is given back, a little at a time."""
        with self._transaction():
            is_done = sweep.slice(self._connection)
        free = self._free_pages()
        self._connection.execute(f"PRAGMA incremental_vacuum({retention.PAGES_AT_ONCE})").fetchall()
        return is_done and self._free_pages() in (0, free)  # a file of an older console keeps its room

    def next_bound(self, after: int, count: int) -> int | None:
        """A time after another one, before which about so many more changes or states can be given up for their size;
        None: none can."""
        now = time.time_ns() // 1000
        ceiling = min(now, clock.newest(self._connection) or 0) - retention.LEAST_KEPT
        return retention.bound_of_the_oldest(self._connection, after, count, ceiling)

    def room(self) -> Room:
        """What the file takes."""
        page_bytes, pages, gives_back = (
            int(self._connection.execute(f"PRAGMA {what}").fetchone()[0])
            for what in ("page_size", "page_count", "auto_vacuum")
        )
        free = self._free_pages()
        return Room(page_bytes * pages, page_bytes * (pages - free), gives_back != 0)

    def rebuild(self, give_up: Callable[[], bool]) -> None:
        """Writes a file of an older console anew, so that it gives its room back now and from then on.

        Raises sqlite3.OperationalError where `give_up` said so meanwhile; the file is as it was then.
        """
        self._connection.set_progress_handler(give_up, OPERATIONS_BETWEEN_LOOKS)
        try:
            self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            self._connection.execute("VACUUM")
        finally:
            self._connection.set_progress_handler(None, 0)

    # --- time -----------------------------------------------------------------------------------------------------

    def believed(self, now: int) -> int:
        """The time that age counts from."""
        return clock.believed(self._connection, now)

    def is_older(self, than: int) -> bool:
        """Whether anything was recorded before a time."""
        return clock.is_older(self._connection, than)

    def is_behind(self, now: int) -> int | None:
        """The newest time that was recorded, where that is well after now."""
        return self._newest if self._newest is not None and now < self._newest - clock.TOLERANCE else None

    def put_right(self, now: int) -> bool:
        """Puts what a clock that was ahead had written as of the future at the present; whether there was any."""
        if not clock.was_ahead(self._connection, now):
            return False
        with self._transaction():
            clock.put_right(self._connection, now)
        self._newest = clock.newest(self._connection) or 0
        return True

    # --- out of a damaged file ------------------------------------------------------------------------------------

    def take_in(self, batch: salvage.Batch) -> None:
        """Adds rows that were saved, but for those that are there."""
        marks = ", ".join("?" * len(batch.columns))
        into = f"INSERT OR IGNORE INTO {batch.table} ({', '.join(batch.columns)})"
        with self._transaction():
            if batch.table in salvage.OF_ENTITIES:
                others = ", ".join("?" * (len(batch.columns) - 1))
                self._connection.executemany(samples.ADD_SUBJECT, {(row[0],) for row in batch.rows})
                self._connection.executemany(
                    f"{into} SELECT key, {others} FROM subjects WHERE id = ?",
                    [(*row[1:], row[0]) for row in batch.rows],
                )
            elif batch.table == "amendments":  # nothing else tells two of them apart
                self._connection.executemany(
                    f"{into} SELECT {marks} WHERE NOT EXISTS (SELECT 1 FROM amendments "
                    "WHERE change = ? AND actor = ? AND occurred_at IS ?)",
                    [row * 2 for row in batch.rows],
                )
            else:
                self._connection.executemany(f"{into} VALUES ({marks})", batch.rows)

    def decide_as_before(self) -> None:
        """Fills in what was decided last, of whatever nothing is known of now."""
        self._connection.execute(
            "INSERT OR IGNORE INTO decisions SELECT kind, key, record, schema FROM decided WHERE record IS NOT NULL "
            "AND number IN (SELECT max(number) FROM decided GROUP BY kind, key)"
        )

    def _free_pages(self) -> int:
        (count,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        return int(count)

    def labels(self) -> dict[EntityId, tuple[str, ...]]:
        """All labels by entity, sorted."""
        found: dict[EntityId, list[str]] = {}
        rows_found = self._connection.execute("SELECT entity, label FROM labels ORDER BY entity, label")
        for entity, label in _of(rows_found, str, str):
            found.setdefault(EntityId(entity), []).append(label)
        return {entity: tuple(labels) for entity, labels in found.items()}

    def findings(self, resolved: int) -> list[Encoded]:
        """The findings that are not resolved, and before them so many of those that were, the latest last."""
        found = self._connection.execute(
            "SELECT record, schema FROM findings WHERE resolved_at IS NOT NULL ORDER BY resolved_at DESC LIMIT ?",
            (resolved,),
        ).fetchall()
        found.reverse()
        found += self._connection.execute("SELECT record, schema FROM findings WHERE resolved_at IS NULL")
        return [Encoded(record, schema) for record, schema in _of(found, bytes, int)]

    def decisions(self) -> dict[DecisionKey, Encoded]:
        """Everything that operators decided."""
        found = self._connection.execute("SELECT kind, key, record, schema FROM decisions")
        return {(kind, key): Encoded(record, schema) for kind, key, record, schema in _of(found, str, str, bytes, int)}


def _of(found: Iterable[rows.Row], *types: type) -> Iterator[rows.Row]:
    """The rows, whose values are of these types. Raises `Damaged` where one is not: nothing else was ever written."""
    for row in found:
        if not all(map(isinstance, row, types)):
            raise Damaged("it holds what no console has written")
        yield row
