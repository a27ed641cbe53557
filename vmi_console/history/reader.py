"""The history as it is read: the estate at any recorded moment, and what moved between two.

A reader never writes and takes no lock: any number of consoles can read while one engine writes. Everything blocks, so
it is called on threads; one reader may be used by several, one after the other.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import sqlite3
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Self

from vmi_console.errors import StorageError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Change
from vmi_console.estate.identity import EntityId
from vmi_console.history import revisions, rows, samples
from vmi_console.history.pending import DecisionKey, Encoded, KeptFinding
from vmi_console.history.schema import MIGRATIONS, version_of

log = logging.getLogger(__name__)

SLICE = 5_000
"""Rows that are read at a time."""

BUSY_SECONDS = 5.0

FOUND_AFTERWARDS = 500
"""Changes after a time among which those are looked for that happened at some time around it."""

# Of entities the state of some time, each with the one it leans on.
_STATES = (
    "SELECT subjects.id, state.*, base.form, base.content FROM {subjects} "
    "CROSS JOIN revisions AS state ON state.entity = subjects.key AND state.at = {at} "  # or it scans all that there is
    "LEFT JOIN revisions AS base ON base.entity = state.entity AND base.at = state.base AND base.base IS NULL"
)
_LAST = "(SELECT max(at) FROM revisions WHERE entity = subjects.key AND at <= :until)"
_BETWEEN = "SELECT * FROM revisions WHERE (at, entity) > (?, ?) AND at <= ? ORDER BY at, entity LIMIT ?"
# Of entities that were known for the first time in a span of time, and not told as made, their first state.
_FIRST_SEEN = (
    "SELECT subjects.id, state.*, NULL, NULL FROM subjects "
    "CROSS JOIN revisions AS state ON state.entity = subjects.key AND state.at = "
    "(SELECT min(at) FROM revisions WHERE entity = subjects.key) AND state.at > :after AND state.at <= :until "
    "WHERE state.base IS NULL AND NOT EXISTS (SELECT 1 FROM changes WHERE changes.entity = subjects.id "
    "AND action = 'added' AND path = '' AND observed_at > :after AND observed_at <= :until)"
)
_ALL = _STATES.format(subjects="subjects", at=_LAST)
# Which states are the last ones in a span of time, the index by time tells as it tells whose they are.
_MOVED_FORTH = _STATES.format(
    subjects="(SELECT entity, max(at) AS last FROM revisions "
    "WHERE at > :after AND at <= :until GROUP BY entity) AS moved "
    "CROSS JOIN subjects ON subjects.key = moved.entity",
    at="moved.last",
)
_MOVED_BACK = _STATES.format(
    subjects="(SELECT DISTINCT entity FROM revisions WHERE at > :until AND at <= :before) AS moved "
    "CROSS JOIN subjects ON subjects.key = moved.entity",
    at=_LAST,
)


type _Values = Sequence[int | str] | dict[str, int] | dict[str, int | str] | dict[str, str | bytes]


class Span(NamedTuple):
    """From when until when there are records of the past."""

    first: datetime
    last: datetime


class Moved(NamedTuple):
    """What makes the estate of one time that of another."""

    records: list[AnyRecord]  # that are another, as they are then
    gone: list[EntityId]  # that are not there then


class KeptState(NamedTuple):
    """A state of an entity as it lies in the file, with what it leans on."""

    id: EntityId
    state: revisions.State
    base_form: int | None
    base_content: bytes | None

    @classmethod
    def of(cls, row: rows.Row) -> KeptState:
        """That of a row of `_STATES`."""
        return cls(row[0], revisions.State(*row[1:8]), row[8], row[9])

    def blob(self) -> bytes | None:
        """What it holds; None where the entity was gone, or where it cannot be read."""
        if self.state.content is None:
            return None
        try:
            return revisions.unpacked(self.state.form, self.state.content, self.base())
        except revisions.Unpackable:
            return None

    def base(self) -> bytes | None:
        """The whole state that it leans on; None where it leans on none, or on one that cannot be read."""
        if self.state.base is None or self.base_form is None or self.base_content is None:
            return None
        try:
            return revisions.unpacked(self.base_form, self.base_content, None)
        except revisions.Unpackable:
            return None


class PastState(NamedTuple):
    """A state of the journal; its content belongs to `response`."""

    number: int
    at: datetime | None  # None: an older console wrote it, and only the content says when
    subject: str
    closed: bool
    content: bytes


class Happened(StrEnum):
    """What an event of a timeline is."""

    CHANGE = "change"
    FINDING_OPENED = "finding opened"
    FINDING_RESOLVED = "finding resolved"
    QUARANTINE = "quarantine"


class Event(NamedTuple):
    """Something that happened to an entity. Who did it is in the change, the finding or the state."""

    at: datetime
    happened: Happened
    what: Change | KeptFinding | PastState


class Unwatched(NamedTuple):
    """A time in which nobody watched what changed, as far as changes that were found afterwards tell."""

    since: datetime
    until: datetime
    changes: int


class PastDecision(NamedTuple):
    """What was decided at a time; None: it was taken back."""

    at: datetime
    kind: str
    key: str
    encoded: Encoded | None


class Bucket(NamedTuple):
    """How much happened in a part of a span of time."""

    since: datetime
    changes: int
    opened: int  # findings
    resolved: int


class Reader:
    """A history file, read only. Every method raises `StorageError` where the file cannot be read."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._one_at_a_time = threading.RLock()
        self.unreadable = 0  # records of a newer console and broken ones that were left out so far

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens the file. Raises `StorageError` if it is not there, damaged, or of a newer or an older console."""
        if not path.is_file():
            raise StorageError(f"there is no history at {path}", "unless an engine has recorded one")
        with _failing(path):
            connection = _connected(path)
            try:
                version = version_of(connection)
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            except BaseException:
                connection.close()
                raise
        if version < len(MIGRATIONS):
            connection.close()
            raise StorageError(
                f"the history at {path} was written by an older version of this console",
                "so let an engine of this version open it once",
            )
        return cls(connection, path)

    def interrupt(self) -> None:
        """Gives up what another thread is reading, whoever that is: that raises `StorageError` there."""
        self._connection.interrupt()

    def alone(self) -> contextlib.AbstractContextManager[object]:
        """Whoever else wants to read waits, for the length of the block."""
        return self._one_at_a_time

    def close(self) -> None:
        """Lets go of the file."""
        with self._one_at_a_time:
            self._connection.close()

    # --- the estate at a time -------------------------------------------------------------------------------------

    def span(self) -> Span | None:
        """The first and the last moment that can be had; None where nothing was recorded yet."""
        ((first, last),) = self._rows(
            "SELECT ifnull((SELECT max(since) FROM kept), (SELECT min(at) FROM revisions)), "
            "max(ifnull((SELECT max(at) FROM revisions), 0), ifnull((SELECT max(observed_at) FROM changes), 0), "
            "ifnull((SELECT max(seen_at) FROM endpoints), 0))"
        )
        begin, end = rows.to_time(first), rows.to_time(last)
        return None if begin is None or end is None else Span(begin, max(begin, end))

    def records_at(self, at: datetime) -> list[AnyRecord]:
        """Every record as it was at that time, apart from measurements that are never told as changes."""
        return self._states(_ALL, {"until": _micros(at)}).records

    def moved(self, from_time: datetime, to_time: datetime) -> Moved:
        """What makes the records of one time those of the other, which may be the earlier one."""
        here, there = _micros(from_time), _micros(to_time)
        if there >= here:
            return self._states(_MOVED_FORTH, {"after": here, "until": there})
        found = self._states(_MOVED_BACK, {"before": here, "until": there})
        then = {record.id for record in found.records}.union(found.gone)
        came = self._rows(
            "SELECT id FROM subjects WHERE key IN (SELECT entity FROM revisions WHERE at > ? AND at <= ?)",
            (there, here),
        )
        found.gone.extend(EntityId(entity) for (entity,) in came if entity not in then)  # they had no state then
        return found

    def first_seen(self, after: datetime, until: datetime) -> list[AnyRecord]:
        """What was known for the first time in a span of time, as it was then; nothing that was made in it."""
        return self._states(_FIRST_SEEN, {"after": _micros(after), "until": _micros(until)}).records

    def states_at(self, at: datetime) -> list[KeptState]:
        """The state of every entity at that time, as it lies in the file."""
        return [KeptState.of(row) for row in self._rows(_ALL, {"until": _micros(at)})]

    def states_between(self, since: datetime, until: datetime) -> Iterator[revisions.State]:
        """Every state that was recorded after `since` and until `until`, in order of time; read in slices."""
        at, entity, end = _micros(since), sys.maxsize, _micros(until)
        while True:
            found = self._rows(_BETWEEN, (at, entity, end, SLICE))
            yield from itertools.starmap(revisions.State, found)
            if len(found) < SLICE:
                return
            entity, at, *_ = found[-1]

    def state(self, entity: int, at: int) -> revisions.State | None:
        """The state that was recorded of an entity at exactly that time."""
        found = self._rows("SELECT * FROM revisions WHERE entity = ? AND at = ?", (entity, at))
        return revisions.State(*found[0]) if found else None

    def subject(self, entity: int) -> EntityId:
        """The id of an entity of which there is a state."""
        ((found,),) = self._rows("SELECT id FROM subjects WHERE key = ?", (entity,))
        return EntityId(found)

    def _states(self, statement: str, values: dict[str, int]) -> Moved:
        found = Moved([], [])
        for row in self._rows(statement, values):
            kept = KeptState.of(row)
            if kept.state.content is None:
                found.gone.append(kept.id)
                continue
            record = self.record(kept.id, kept.blob(), kept.state.schema)
            if record is None:
                found.gone.append(kept.id)  # what cannot be told is not shown as it was at another time
            else:
                found.records.append(record)
        return found

    def record(self, entity: EntityId, blob: bytes | None, schema: int) -> AnyRecord | None:
        """The record of a state that was unpacked; None, and counted, where it cannot be read."""
        record = None if blob is None else rows.blob_record(blob, schema)
        if record is None:
            self.unreadable += 1
            log.warning("a past state of %s cannot be read", entity)
        return record

    # --- findings, decisions, quarantine --------------------------------------------------------------------------

    def findings_at(self, at: datetime) -> list[KeptFinding]:
        """The findings that had been opened and not resolved at that time, each as it was last recorded."""
        return self._findings("opened_at <= :at AND (resolved_at IS NULL OR resolved_at > :at)", {"at": _micros(at)})

    def _findings(self, which: str, values: dict[str, int | str]) -> list[KeptFinding]:
        return [
            _finding(row)
            for row in self._rows(
                f"SELECT id, vm, opened_at, resolved_at, record, schema FROM findings WHERE {which} ORDER BY opened_at",
                values,
            )
        ]

    def decisions_at(self, at: datetime) -> dict[DecisionKey, Encoded]:
        """What operators had decided at that time, by kind and subject."""
        found: dict[DecisionKey, Encoded] = {}
        for kind, key, record, schema in self._rows(
            "SELECT kind, key, record, schema FROM decided WHERE at <= ? ORDER BY number", (_micros(at),)
        ):
            if record is None:
                found.pop((kind, key), None)
            else:
                found[kind, key] = Encoded(record, schema)
        return found

    def findings_of(self, vm: EntityId, since: datetime, until: datetime) -> list[KeptFinding]:
        """The findings of a VM that were open at some time from `since` on and before `until`, as last recorded."""
        return self._findings(
            "vm = :vm AND opened_at < :until AND (resolved_at IS NULL OR resolved_at >= :since)",
            {"vm": vm, "since": _micros(since), "until": _micros(until)},
        )

    def decisions_about(self, vm: EntityId) -> list[PastDecision]:
        """What was decided about a VM's findings and its baselines, oldest first; of waivers all, whomever they are of.

        Those of an older console have a time before all others: only their content says when.
        """
        values: dict[str, str | bytes] = {"vm": vm, "mark": b"\0" + vm.encode()}
        found = self._rows(
            "SELECT at, kind, key, record, schema FROM decided WHERE kind = 'waiver' "
            "OR (kind = 'acknowledgement' AND key IN (SELECT id FROM findings WHERE vm = :vm)) "
            "OR (kind = 'baseline' AND substr(CAST(key AS BLOB), -length(:mark)) = :mark) ORDER BY number",
            values,
        )
        return [
            PastDecision(_time(at), kind, key, Encoded(record, schema) if record is not None else None)
            for at, kind, key, record, schema in found
        ]

    def acts(self, mentioning: str) -> list[bytes]:
        """The entries of the audit with a text in them, oldest first; their content belongs to `response`."""
        found = self._rows(
            "SELECT CAST(content AS BLOB) FROM audit WHERE instr(CAST(content AS BLOB), CAST(? AS BLOB)) > 0 "
            "ORDER BY number",
            (mentioning,),
        )
        return [content for (content,) in found]

    def known_since(self, entity: EntityId) -> datetime | None:
        """From when on the states of an entity are recorded; None: they are not."""
        ((at,),) = self._rows(
            "SELECT min(at) FROM revisions WHERE entity = (SELECT key FROM subjects WHERE id = ?)", (entity,)
        )
        return rows.to_time(at)

    def states(self, until: datetime, mentioning: str = "") -> list[PastState]:
        """The states of the journal until a time, oldest first; only those whose content has a text in it, if asked.

        Those of an older console have no time: only their content tells whether they were so by then.
        """
        found = self._rows(
            "SELECT number, at, subject, closed, CAST(content AS BLOB) FROM journal WHERE (at IS NULL OR at <= ?) "
            "AND (? = '' OR instr(CAST(content AS BLOB), CAST(? AS BLOB)) > 0) ORDER BY number",
            (_micros(until), mentioning, mentioning),
        )
        return [
            PastState(number, rows.to_time(at), subject, bool(closed), text)
            for number, at, subject, closed, text in found
        ]

    # --- what happened --------------------------------------------------------------------------------------------

    def timeline(self, entity: EntityId, since: datetime, until: datetime, limit: int = 200) -> list[Event]:
        """The last events of an entity (and of the inside of a VM) from `since` on and before `until`, newest first.

        At least `limit` where there are so many, since those of one time are never parted: the next page is until the
        time of the last one. States of the journal that mention the entity are given with the time they were written;
        those without one are left out.
        """
        entities = (entity, "guest/" + entity.removeprefix("vm/")) if entity.startswith("vm/") else (entity, entity)
        begin, end = _micros(since), _micros(until)
        values: dict[str, int | str] = {"one": entities[0], "two": entities[1], "since": begin, "until": end}
        found = self._rows(
            f"SELECT {rows.CHANGE_COLUMNS} FROM changes WHERE entity IN (:one, :two) AND observed_at < :until "
            "AND observed_at >= max(:since, ifnull((SELECT observed_at FROM changes WHERE entity IN (:one, :two) "
            "AND observed_at < :until ORDER BY observed_at DESC LIMIT 1 OFFSET :others), :since)) "
            "ORDER BY observed_at, number",
            values | {"others": max(0, limit - 1)},
        )
        events = [Event(change.observed_at, Happened.CHANGE, change) for change in self._changes(found)]
        for finding in self._findings(
            "vm = :one AND opened_at < :until AND (opened_at >= :since OR resolved_at >= :since)", values
        ):
            events.append(Event(finding.opened_at, Happened.FINDING_OPENED, finding))
            if finding.resolved_at is not None:
                events.append(Event(finding.resolved_at, Happened.FINDING_RESOLVED, finding))
        events += [
            Event(state.at, Happened.QUARANTINE, state)
            for state in self.states(until, mentioning=entity)
            if state.at is not None
        ]
        events = [event for event in events if since <= event.at < until]
        events.sort(key=lambda event: event.at)
        events.reverse()
        if len(events) > limit:
            oldest = events[limit - 1].at
            events = [event for event in events if event.at >= oldest]
        return events

    def changes(
        self, since: datetime, until: datetime, entities: Collection[EntityId] | None = None
    ) -> Iterator[Change]:
        """The changes told from `since` on and before `until`, oldest first, with their amendments; read in slices.

        With `entities`, only theirs. Rows that this console cannot read are left out.
        """
        wanted = None if entities is None else frozenset(entities)
        after_time, after_number, end = _micros(since), -1, _micros(until)
        while True:
            found = self._rows(
                f"SELECT {rows.CHANGE_COLUMNS} FROM changes WHERE (observed_at, number) > (?, ?) AND observed_at < ? "
                "ORDER BY observed_at, number LIMIT ?",
                (after_time, after_number, end, SLICE),
            )
            yield from self._changes(found if wanted is None else [row for row in found if row[1] in wanted])
            if len(found) < SLICE:
                return
            after_time, after_number = found[-1][7], found[-1][0]

    def recent(self, until: datetime, count: int, before: int | None = None) -> list[Change]:
        """The last `count` changes told until a time or at it, numbered below `before`; oldest first."""
        found = self._rows(
            f"SELECT {rows.CHANGE_COLUMNS} FROM changes WHERE observed_at <= ? AND number < ? "
            "ORDER BY observed_at DESC, number DESC LIMIT ?",
            (_micros(until), before if before is not None else 1 << 62, count),
        )
        return self._changes(found[::-1])

    def change_after(self, at: datetime, together: timedelta) -> datetime | None:
        """When the next change after a time was told: the last of those that came with it, within `together`."""
        ((found,),) = self._rows(
            "SELECT max(observed_at) FROM changes, "
            "(SELECT min(observed_at) AS next FROM changes WHERE observed_at > ?) "
            "WHERE observed_at >= next AND observed_at <= next + ?",
            (_micros(at), together // timedelta(microseconds=1)),
        )
        return rows.to_time(found)

    def change_before(self, at: datetime, together: timedelta) -> datetime | None:
        """When the last change was told before those that came within `together` before a time."""
        ((found,),) = self._rows(
            "SELECT max(observed_at) FROM changes WHERE observed_at < ?", (_micros(at - together),)
        )
        return rows.to_time(found)

    def unwatched(self, at: datetime) -> Unwatched | None:
        """Around a time, when nobody watched what changed; None where nothing that was found afterwards tells of it.

        Looks at the changes that were told next: after a gap those are the ones that were found.
        """
        ((count, since, until),) = self._rows(
            "SELECT count(*), min(not_before), max(observed_at) FROM (SELECT not_before, observed_at FROM changes "
            "WHERE observed_at > :at ORDER BY observed_at LIMIT :most) WHERE not_before <= :at",
            {"at": _micros(at), "most": FOUND_AFTERWARDS},
        )
        begin, end = rows.to_time(since), rows.to_time(until)
        return None if begin is None or end is None else Unwatched(begin, end, count)

    def _changes(self, found: Sequence[rows.Row]) -> list[Change]:
        changes: list[Change] = []
        for row in found:
            try:
                changes.append(rows.row_change(row))
            except rows.UNWRITABLE:
                self.unreadable += 1
        if not changes:
            return []
        numbers = sorted(change.number for change in changes)
        amendments: list[rows.Row] = []
        for start in range(0, len(numbers), 500):
            some = numbers[start : start + 500]
            marks = ", ".join("?" * len(some))
            amendments += self._rows(
                f"SELECT change, actor, occurred_at FROM amendments WHERE change IN ({marks}) ORDER BY rowid", some
            )
        return rows.amended(changes, amendments)

    def activity(self, since: datetime, until: datetime, buckets: int = 200) -> list[Bucket]:
        """How much happened in each of so many equal parts of a span of time."""
        begin, end = _micros(since), _micros(until)
        width = max(1, -(-(end - begin) // buckets))

        def counted(table: str, column: str) -> dict[int, int]:
            return dict(
                self._rows(
                    f"SELECT ({column} - :begin) / :width, count(*) FROM {table} "
                    f"WHERE {column} >= :begin AND {column} < :end GROUP BY 1",
                    {"begin": begin, "end": end, "width": width},
                )
            )

        changes = counted("changes", "observed_at")
        opened, resolved = counted("findings", "opened_at"), counted("findings", "resolved_at")
        return [
            Bucket(_time(begin + width * i), changes.get(i, 0), opened.get(i, 0), resolved.get(i, 0))
            for i in range(buckets)
        ]

    def loads(self, entity: EntityId, since: datetime, until: datetime, most: int = 1_500) -> list[samples.PastLoad]:
        """How busy an entity was, oldest first: as finely as that is kept since then, in at most so many rows."""
        now = datetime.now(UTC)
        seconds = next(
            (
                seconds
                for seconds, kept in samples.RESOLUTIONS
                if (kept is None or now - since <= kept) and (until - since).total_seconds() / seconds <= most
            ),
            samples.RESOLUTIONS[-1][0],
        )
        found = self._rows(
            "SELECT seconds, at, cpu_count, cpu_sum, cpu_most, memory_count, memory_sum, memory_most, "
            "disk_count, disk_sum, disk_most, net_count, net_sum, net_most FROM samples "
            "WHERE entity = (SELECT key FROM subjects WHERE id = ?) AND seconds = ? AND at > ? AND at < ? ORDER BY at",
            (entity, seconds, _micros(since) - seconds * 1_000_000, _micros(until)),
        )
        return [samples.row_load(row) for row in found[-most:]]

    # --- the file -------------------------------------------------------------------------------------------------

    def _rows(self, statement: str, values: _Values = ()) -> list[rows.Row]:
        with self._one_at_a_time, _failing(self._path):
            return self._connection.execute(statement, values).fetchall()


def _connected(path: Path) -> sqlite3.Connection:
    address = path.absolute().as_uri()
    connection = sqlite3.connect(
        f"{address}?mode=ro", uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False
    )
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(f"{path.name}-wal").exists():
            raise
        # Nobody has it open, and the index of its journal cannot be made: the folder is not to be written.
        return sqlite3.connect(
            f"{address}?mode=ro&immutable=1", uri=True, isolation_level=None, check_same_thread=False
        )
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _failing(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StorageError(
            f"the history at {path} cannot be read: {error}",
            "it may be damaged: then an engine that starts on it puts back what can still be read",
        ) from error


def _finding(row: rows.Row) -> KeptFinding:
    id, vm, opened_at, resolved_at, record, schema = row
    return KeptFinding(id, EntityId(vm), _time(opened_at), rows.to_time(resolved_at), Encoded(record, schema))


def _micros(time: datetime) -> int:
    micros = rows.to_micros(time)
    assert micros is not None
    return micros


def _time(micros: int) -> datetime:
    time = rows.to_time(micros)
    assert time is not None
    return time
