"""Tables as files: CSV that spreadsheets open without running anything, and Parquet for those who analyse."""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from vmi_console.errors import Unsupported
from vmi_console.plain_text import defused, visible
from vmi_console.reports.json_lines import utf8
from vmi_console.reports.progress import Progress
from vmi_console.reports.subject import Subject
from vmi_console.reports.tables import Kind, Row, Table, Value

LONGEST_CELL = 32_767
"""Characters: what spreadsheets can hold."""

ROWS_AT_ONCE = 20_000
"""Of a Parquet file's groups."""


def write_csv(table: Table, subject: Subject, path: Path, progress: Progress) -> None:
    """Writes a table as CSV (RFC 4180, UTF-8 with a byte order mark). Raises `OSError`, `GivenUp`.

    Booleans are `true` and `false`, times as ISO 8601; what is not known is empty. A text that a spreadsheet would run
    as a formula begins with an apostrophe (`plain_text.defused`).
    """
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([column.name for column in table.columns])
        for row in _watched(table, subject, progress):
            writer.writerow([as_cell(value) for value in row])


def as_cell(value: Value) -> str:
    """A value as a cell of a CSV file.

    >>> [as_cell(value) for value in (None, True, 12, "=1+1", "web\\x0001")]
    ['', 'true', '12', "'=1+1", 'web␀01']
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case str():
            return defused(visible(value, LONGEST_CELL - 1))
        case _:
            return str(value)


def write_parquet(table: Table, subject: Subject, path: Path, progress: Progress) -> None:
    """Writes a table as Parquet, its values as they are. Raises `OSError`, `GivenUp`, `Unsupported` without pyarrow."""
    arrow, parquet = _arrow()
    types = {
        Kind.TEXT: arrow.string(),
        Kind.INTEGER: arrow.int64(),
        Kind.TRUTH: arrow.bool_(),
        Kind.TIME: arrow.timestamp("us", tz="UTC"),
    }
    schema = arrow.schema([(column.name, types[column.kind]) for column in table.columns])
    with parquet.ParquetWriter(os.fspath(path), schema, compression="zstd") as writer:
        for rows in itertools.batched(_watched(table, subject, progress), ROWS_AT_ONCE):
            columns = zip(*rows, strict=True)
            arrays = [
                arrow.array([_storable(value) for value in values], field.type)
                for values, field in zip(columns, schema, strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow  # an extra of its own: it is larger than the console
        import pyarrow.parquet
    except ImportError as error:
        raise Unsupported(
            "Parquet files need pyarrow, which is not installed",
            "install it with: pip install 'vmi-console[parquet]', or choose CSV",
        ) from error
    return pyarrow, pyarrow.parquet


def _storable(value: Value) -> Value:
    return utf8(value) if isinstance(value, str) else value


def _watched(table: Table, subject: Subject, progress: Progress) -> Iterator[Row]:
    for row in table.rows(subject):
        progress.step()
        yield row
