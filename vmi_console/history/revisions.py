"""Past states of records: of each entity a row wherever something was told of it, so that every moment can be had back.

A state is whole, or it is what differs from a whole one before it (its base): deflate with the base as the dictionary,
or Zstandard where both together are larger than deflate's window. So any state is read with at most one other, and one
that nobody needs any more can be removed without touching those after it, as long as bases are kept.
"""

from __future__ import annotations

import sqlite3
import zlib
from enum import IntEnum
from typing import NamedTuple

from backports import zstd

from vmi_console.estate.catalog import SCHEMA_VERSION, AnyRecord
from vmi_console.estate.facts import FACT_SETS, Guest
from vmi_console.estate.guests import TOLD_FACTS
from vmi_console.estate.identity import EntityId
from vmi_console.history import rows

GROUP = 16
"""States that may lean on one base: what they differ by grows as the estate moves away from it."""

LARGEST_STATE_BYTES = 64 << 20
"""A state that claims to be larger is none that was written here."""

_WINDOW_BYTES = 32_000  # of deflate, less what its format needs


class Form(IntEnum):
    """How a state lies in its row. The numbers are in files."""

    RAW = 0
    DEFLATED = 1
    DEFLATED_UPON_BASE = 2
    ZSTD_UPON_BASE = 3


class Unpackable(ValueError):
    """A state that is not what was written."""


class State(NamedTuple):
    """A row of `revisions`; `content` is None where the entity was gone."""

    entity: int
    at: int
    nth: int  # since its base; 0: it is whole
    base: int | None  # the time of the state that it leans on
    form: int
    content: bytes | None
    schema: int


def packed(blob: bytes, base: bytes | None) -> tuple[Form, bytes]:
    """The smallest way of keeping a state: upon its base where that makes it much smaller, or whole."""
    whole = zlib.compress(blob)
    if base is not None:
        if len(base) + len(blob) <= _WINDOW_BYTES:
            deflate = zlib.compressobj(6, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, base)
            form, content = Form.DEFLATED_UPON_BASE, deflate.compress(blob) + deflate.flush()
        else:
            content = zstd.compress(blob, 3, zstd_dict=zstd.ZstdDict(base, is_raw=True).as_prefix)
            form = Form.ZSTD_UPON_BASE
        if len(content) * 2 < len(whole):
            return form, content
    return Form.DEFLATED, whole


def unpacked(form: int, content: bytes, base: bytes | None) -> bytes:
    """The state. Raises `Unpackable`."""
    try:
        match form:
            case Form.RAW:
                return content
            case Form.DEFLATED:
                return _inflated(zlib.decompressobj(), content)
            case Form.DEFLATED_UPON_BASE if base is not None:
                return _inflated(zlib.decompressobj(-15, base), content)
            case Form.ZSTD_UPON_BASE if base is not None:
                decompressor = zstd.ZstdDecompressor(zstd.ZstdDict(base, is_raw=True).as_prefix)
                blob = decompressor.decompress(content, LARGEST_STATE_BYTES)
                if not decompressor.eof:
                    raise Unpackable("a state of the history is larger than any, or cut off")
                return blob
    except (zlib.error, zstd.ZstdError, ValueError, TypeError) as error:
        raise Unpackable(f"a state of the history cannot be read: {error}") from error
    raise Unpackable("a state of the history leans on one that is not there")


def _inflated(inflate: zlib._Decompress, content: bytes) -> bytes:
    blob = inflate.decompress(content, LARGEST_STATE_BYTES)
    if not inflate.eof:
        raise Unpackable("a state of the history is larger than any, or cut off")
    return blob


class Revision(NamedTuple):
    """What became of an entity, on its way to the file."""

    entity: EntityId
    record: AnyRecord | None  # None: it is gone
    at: int  # microseconds since 1970
    told: bool = True  # where nothing was told, only first states are kept, and guests of which more is known
    begins: bool = True  # whether the history of an entity may begin with it


def write(connection: sqlite3.Connection, revision: Revision) -> None:
    """Adds a state within the caller's transaction, where it is another than the last.

    Raises one of `rows.UNWRITABLE` where there can be no such row.
    """
    last = _last(connection, revision.entity)
    lives = last is not None and last.content is not None
    if not lives and (revision.record is None or not revision.begins):
        return
    if lives and not revision.told and revision.record is not None and not isinstance(revision.record, Guest):
        return  # only a measurement moved
    entity = last.entity if last is not None else _subject(connection, revision.entity)
    at = revision.at
    if last is not None and at < last.at:
        at = last.at + 1  # a clock was set back: what is known later stays later
    if revision.record is None:
        _put(connection, State(entity, at, 0, None, Form.RAW, None, SCHEMA_VERSION))
        return
    blob = rows.record_blob(revision.record)
    base: State | None = None
    base_blob: bytes | None = None
    nth = 0
    if last is not None and last.content is not None:
        base = last if last.base is None else state(connection, entity, last.base)
        try:
            base_blob = whole(base)
            before = unpacked(last.form, last.content, base_blob if last.base is not None else None)
            if before == blob or (not revision.told and _as_much(before, last.schema, revision.record)):
                return
        except Unpackable:
            base_blob = None  # a damaged one: nothing may lean on it
        nth = last.nth + 1
    if base is None or nth >= GROUP or base.at >= at:
        base_blob = None
    form, content = packed(blob, base_blob)
    if base is not None and form in (Form.DEFLATED_UPON_BASE, Form.ZSTD_UPON_BASE):
        _put(connection, State(entity, at, nth, base.at, form, content, SCHEMA_VERSION))
    else:
        _put(connection, State(entity, at, 0, None, form, content, SCHEMA_VERSION))


def _as_much(blob: bytes, schema: int, record: AnyRecord) -> bool:
    """Whether as much was known of a guest before: the first look at a set of its facts is told by no change."""
    before = rows.blob_record(blob, schema)
    return isinstance(before, Guest) and isinstance(record, Guest) and _known(before) == _known(record)


def _known(guest: Guest) -> list[tuple[object, ...]]:
    sets = {field: getattr(guest, field) for field in FACT_SETS}
    return [
        (facts.status, facts.items, facts.base, facts.removed) if field in TOLD_FACTS else (facts.status,)
        for field, facts in sets.items()
    ]


def whole(base: State | None) -> bytes | None:
    """The content of a state that leans on none. Raises `Unpackable`."""
    if base is None or base.content is None or base.base is not None:
        return None
    return unpacked(base.form, base.content, None)


def state(connection: sqlite3.Connection, entity: int, at: int) -> State | None:
    """The state that was written at exactly that time."""
    row = connection.execute("SELECT * FROM revisions WHERE entity = ? AND at = ?", (entity, at)).fetchone()
    return None if row is None else State(*row)


def _last(connection: sqlite3.Connection, entity: EntityId) -> State | None:
    row = connection.execute(
        "SELECT revisions.* FROM subjects JOIN revisions ON revisions.entity = subjects.key "
        "WHERE subjects.id = ? ORDER BY revisions.at DESC LIMIT 1",
        (entity,),
    ).fetchone()
    return None if row is None else State(*row)


def _subject(connection: sqlite3.Connection, entity: EntityId) -> int:
    connection.execute("INSERT OR IGNORE INTO subjects (id) VALUES (?)", (entity,))
    (key,) = connection.execute("SELECT key FROM subjects WHERE id = ?", (entity,)).fetchone()
    return int(key)


def _put(connection: sqlite3.Connection, row: State) -> None:
    # One of the same time is the last one, so nothing leans on it: see `base.at >= at` above.
    connection.execute("INSERT OR REPLACE INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
