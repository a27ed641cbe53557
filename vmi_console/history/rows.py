"""Changes and records as rows of the history file, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vmi_console.estate.catalog import SCHEMA_VERSION, AnyRecord
from vmi_console.estate.changes import Action, Amendment, Change, Seen
from vmi_console.estate.identity import EntityId

type Row = tuple[Any, ...]

UNWRITABLE = (ValueError, TypeError, OverflowError, LookupError)
"""What making a row raises where no row can be: text that is no Unicode, a number of more than 64 bits, no real id."""

CHANGE_COLUMNS = (
    "number, entity, name, action, path, before, after, observed_at, occurred_at, not_before, actor, seen, schema, "
    "cause"
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_values = msgspec.msgpack.Decoder()
_records: msgspec.msgpack.Decoder[AnyRecord] = msgspec.msgpack.Decoder(AnyRecord)
_encoder = msgspec.msgpack.Encoder()


def to_micros(time: datetime | None) -> int | None:
    """Microseconds since 1970."""
    return None if time is None else (time - _EPOCH) // _MICROSECOND


def to_time(micros: int | None) -> datetime | None:
    """The time, in UTC, of microseconds since 1970."""
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def change_row(change: Change) -> Row:
    """The values of `CHANGE_COLUMNS`. Raises one of `UNWRITABLE`."""
    return (
        change.number,
        change.entity,
        change.name,
        change.action.value,
        change.path,
        None if change.before is None else _encoder.encode(change.before),
        None if change.after is None else _encoder.encode(change.after),
        to_micros(change.observed_at),
        to_micros(change.occurred_at),
        to_micros(change.not_before),
        change.actor,
        change.seen.value,
        change.schema,
        change.cause,
    )


def row_change(row: Row) -> Change:
    """The change of a row. Raises ValueError (or one of its kind) for a row that this console cannot read."""
    (number, entity, name, action, path, before, after, observed_at, occurred_at, not_before, *of_seeing) = row
    actor, seen, schema, cause = of_seeing
    observed = to_time(observed_at)
    assert observed is not None  # the column is NOT NULL
    return Change(
        number=number,
        entity=EntityId(entity),
        name=name,
        action=Action(action),
        path=path,
        before=None if before is None else _values.decode(before),
        after=None if after is None else _values.decode(after),
        observed_at=observed,
        occurred_at=to_time(occurred_at),
        not_before=to_time(not_before),
        actor=actor,
        seen=Seen(seen),
        schema=schema,
        cause=None if cause is None else EntityId(cause),
    )


def amendment_row(amendment: Amendment) -> Row:
    """The values of the table `amendments`."""
    return amendment.number, amendment.actor, to_micros(amendment.occurred_at)


def amended(changes: Sequence[Change], amendments: Iterable[Row]) -> list[Change]:
    """The changes with what the rows of `amendments`, oldest first, say of them; the last word holds."""
    by_number = {number: (actor, occurred_at) for number, actor, occurred_at in amendments}
    told: list[Change] = []
    for change in changes:
        if change.number in by_number:
            actor, occurred_at = by_number[change.number]
            change = msgspec.structs.replace(
                change, actor=actor, occurred_at=to_time(occurred_at) or change.occurred_at
            )
        told.append(change)
    return told


def record_blob(record: AnyRecord) -> bytes:
    """A record as it lies in the table `entities`."""
    return _encoder.encode(record)


def blob_record(blob: bytes, schema: int) -> AnyRecord | None:
    """The record, or None where it is of a newer schema or broken."""
    if schema > SCHEMA_VERSION:
        return None
    try:
        return _records.decode(blob)
    except ValueError:
        return None
