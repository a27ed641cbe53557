"""Tables out of a workbook (.xlsx) or a folder of CSV files that may come from anybody, within bounds.

A workbook is a zip archive of XML. Before a library touches it, its directory is checked: how many members there are,
how large they say that they are (no more is ever unpacked), and how well they were packed. It is read row by row; no
formula is worked out (the value that was stored with it counts) and no link is followed.
"""

from __future__ import annotations

import csv
import re
import time
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl

from vmi_console.errors import InputError
from vmi_console.plain_text import visible

MOST_MEMBERS = 2_000
MOST_BYTES = 1 << 30
MOST_SHARED_BYTES = 128 << 20
"""Of texts that cells share: they are all held at once."""

LARGE_BYTES, HIGHEST_RATIO = 16 << 20, 200
"""What is that large unpacked was never packed that well by a spreadsheet."""

MOST_ROWS = 1_000_000
MOST_COLUMNS = 300
MOST_CELLS = 50_000_000
LONGEST_TEXT = 10_000
MOST_FILE_BYTES = 512 << 20
LONGEST_SECONDS = 600.0

type Row = Mapping[str, Any]
"""Values by the names of their columns, as `column` writes them."""

type Tables = dict[str, list[Row]]

_UNITS = re.compile(r"\bmib\b")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([.,' \u00a0\u202f’])\d{3})(?:\1\d{3})*")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?.*", re.DOTALL)
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,? +(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,? +(\d{1,2}):(\d{2})(?::(\d{2}))?)? *([AaPp][Mm])?")

_YES = frozenset({"true", "yes", "1", "wahr", "ja", "vrai", "oui", "verdadero", "vero"})
_NO = frozenset({"false", "no", "0", "falsch", "nein", "faux", "non", "falso"})


class Bounds:
    """What is left of what may be read."""

    def __init__(self, path: Path, given_up: Callable[[], bool]) -> None:
        self._path = path
        self._given_up = given_up
        self._cells = MOST_CELLS
        self._deadline = time.monotonic() + LONGEST_SECONDS

    def take(self, cells: int, rows: int) -> None:
        """So many cells more, in a table of so many rows until now. Raises `InputError` beyond a bound."""
        self._cells -= cells
        if self._cells < 0 or rows > MOST_ROWS:
            raise refused(self._path, "it has more rows or cells than any estate")
        if rows % 1000 == 0 and (self._given_up() or time.monotonic() > self._deadline):
            raise refused(self._path, "reading it was given up")


def refused(path: Path, because: str) -> InputError:
    """What is said of a file that is not read."""
    return InputError(
        f"{visible(str(path), 300)} cannot be read as an export of RVTools: {visible(because, 300)}",
        "give the workbook (.xlsx) or the folder of CSV files that RVTools wrote",
    )


def tables(path: Path, names: Iterable[str], given_up: Callable[[], bool] = lambda: False) -> Tables:
    """The tables of these names. Raises `InputError`.

    A table may be called `vInfo`, `tabvInfo` or `RVTools_tabvInfo`, as several versions do.
    """
    wanted = {name.casefold(): name for name in names}
    bounds = Bounds(path, given_up)
    try:
        found = _of_folder(path, wanted, bounds) if path.is_dir() else _of_workbook(path, wanted, bounds)
    except InputError:
        raise
    except OSError as error:
        raise refused(path, error.strerror or str(error)) from error
    except MemoryError as error:
        raise refused(path, "it takes more memory than there is") from error
    except Exception as error:  # whatever openpyxl says of a workbook that is none: it has no errors of its own
        raise refused(path, f"it is damaged ({type(error).__name__}: {error})") from error
    return found


def column(name: object) -> str:
    """The name of a column in one form: RVTools wrote MB for MiB until version 4.

    >>> column(" In Use MiB"), column("# VMs")
    ('in use mb', '# vms')
    """
    return _UNITS.sub("mb", " ".join(str(name).split()).casefold())


# --- values -------------------------------------------------------------------------------------------------------


def text(value: object) -> str | None:
    """A text without space around it; None where there is none."""
    if value is None:
        return None
    return str(value)[:LONGEST_TEXT].strip() or None


def number(value: object) -> int | None:
    """A whole number of at most 62 bits, with thousands separated as anywhere; None where it is none.

    >>> [number(each) for each in (7, 7.9, "1,024", "1.024.000", "1 024", "12,5", "n/a", True, 10**30)]
    [7, 7, 1024, 1024000, 1024, None, None, None, None]
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        value = int(value) if abs(value) < 2**62 else None
    elif isinstance(value, str):
        digits = value.strip()
        if _GROUPED.fullmatch(digits):
            digits = re.sub(r"[^\d+-]", "", digits)
        value = int(digits) if re.fullmatch(r"[+-]?[0-9]{1,18}", digits) else None
    return value if isinstance(value, int) and abs(value) < 2**62 else None


def yes(value: object) -> bool | None:
    """A truth value in the words of a few languages, since a spreadsheet may have written them anew."""
    if isinstance(value, bool) or value is None:
        return value
    word = str(value).strip().casefold()
    return True if word in _YES else False if word in _NO else None


def moment(value: object) -> datetime | None:
    """A time, taken as UTC, since an export does not say of which zone it is; None where it can mean two days.

    >>> [f"{moment(each):%d %b %H:%M}" for each in ("2026/03/01 12:30:00", "1.3.2026 12:30", "3/1/2026 1:30 PM")]
    ['01 Mar 12:30', '01 Mar 12:30', '01 Mar 13:30']
    >>> moment("3/1/2026 13:30") is None
    True
    """
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if not isinstance(value, str) or len(value) > 40:
        return None
    given = value.strip()
    if match := _ISO.fullmatch(given):
        year, month, day, *clock = match.groups()
    elif match := _GERMAN.fullmatch(given):
        day, month, year, *clock = match.groups()
    elif match := _SLASHED.fullmatch(given):
        month, day, year, *clock, half = match.groups()
        if half is None:
            if int(month) > 12:
                month, day = day, month
            elif int(day) <= 12 and month != day:
                return None  # of March or of January: nothing tells
        elif clock[0] is not None:
            clock[0] = str(int(clock[0]) % 12 + (12 if half.lower() == "pm" else 0))
    else:
        return None
    hour, minute, second = (int(each or 0) for each in clock)
    try:
        return datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


# --- workbooks ----------------------------------------------------------------------------------------------------


def _of_workbook(path: Path, wanted: Mapping[str, str], bounds: Bounds) -> Tables:
    _check_archive(path)
    found: Tables = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of extensions and styles that it does not know
        # The file is ours to close: openpyxl leaves what it opened itself to the garbage collector where it raises.
        with (
            path.open("rb") as file,
            closing(openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)) as book,
        ):
            for sheet in book.worksheets:
                name = wanted.get(_table_name(sheet.title))
                if name is not None and name not in found:
                    sheet.reset_dimensions()  # it says how large it is, and need not be
                    rows = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
                    found[name] = list(_rows(rows, bounds))
    return found


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise refused(path, "it is no .xlsx workbook") from error
    if len(members) > MOST_MEMBERS:
        raise refused(path, f"it has {len(members):,} parts")
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise refused(path, "it is larger unpacked than any workbook of an estate")
    for member in members:
        if member.flag_bits & 1:
            raise refused(path, "it is encrypted")
        if member.file_size > LARGE_BYTES and member.file_size > HIGHEST_RATIO * max(1, member.compress_size):
            raise refused(path, "a part of it is packed as no spreadsheet packs: it may be a trap")
        if "sharedstrings" in member.filename.casefold() and member.file_size > MOST_SHARED_BYTES:
            raise refused(path, "it has more texts than any workbook of an estate")


def _table_name(title: str) -> str:
    return re.sub(r"^(?:rvtools[_ ]?)?(?:tab)?", "", title.strip().casefold())


def _rows(rows: Iterable[tuple[Any, ...]], bounds: Bounds) -> Iterator[Row]:
    """The rows below the first one that has any text, which names the columns."""
    names: list[str] | None = None
    for count, row in enumerate(rows):
        bounds.take(len(row), count)
        if not any(value is not None for value in row):
            continue
        if names is None:
            names = [column(value) if value is not None else "" for value in row]
            continue
        yield {name: value for name, value in zip(names, row, strict=False) if name and value is not None}


# --- folders of CSV -----------------------------------------------------------------------------------------------


def _of_folder(path: Path, wanted: Mapping[str, str], bounds: Bounds) -> Tables:
    found: Tables = {}
    files = sorted(each for each in path.iterdir() if each.suffix.casefold() == ".csv" and each.is_file())
    left = MOST_FILE_BYTES
    for file in files[:MOST_MEMBERS]:
        match = re.search(r"(?:^|[_ ])(?:tab)?(v\w+?|dv\w+?)$", file.stem.casefold())
        name = wanted.get(match[1]) if match is not None else None
        if name is None or name in found:
            continue
        left -= file.stat().st_size
        if left < 0:
            raise refused(path, "its files are larger than any export of an estate")
        lines = _decoded(file.read_bytes()).splitlines(keepends=True)
        csv.field_size_limit(LONGEST_TEXT * 10)
        delimiter = max(",;\t", key=lines[0].count) if lines else ","
        found[name] = list(_rows((tuple(_cells(row)) for row in csv.reader(lines, delimiter=delimiter)), bounds))
    return found


def _cells(row: Iterable[str]) -> Iterator[str | None]:
    return (cell if cell.strip() else None for cell, _ in zip(row, range(MOST_COLUMNS), strict=False))


def _decoded(content: bytes) -> str:
    for encoding in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", "replace")
