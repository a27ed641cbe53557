"""What can still be had out of a damaged history: row by row, from every page that can be read.

What the engine cannot start without (the journal, the audit, decisions, findings, what was last known) is read at once;
changes, past states and loads follow in the background.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from vmi_console.estate.catalog import SCHEMA_VERSION
from vmi_console.history import revisions, rows
from vmi_console.history.pages import DEEPEST, Cell, Kind, PageMap, Pages, Unreadable, Use, Value

ROWS_AT_ONCE = 500
BYTES_AT_ONCE = 4 << 20
MOST_HOMELESS = 50_000
"""States kept in memory until another one tells whose they are."""

HIGHEST_NUMBER = 1 << 53

NUMBERS_APART = 10_000
"""How far numbers go on above the last that was found: the file may have lost the newest."""

_LATEST = 253_402_300_799_999_999  # the end of the year 9999, in microseconds


class Table(NamedTuple):
    """What a row of a table looks like: a letter for each column, `-` for one that is the number of the row itself.

    i whole number, n number, m time, t text, b bytes, x either of the two; a capital: or nothing.
    """

    name: str
    columns: tuple[str, ...]
    shape: str
    least: int  # columns that every version of the file has
    has_rowid: bool = True
    grows_only: bool = True  # rows that were removed from it cannot do harm when they come back


_LOADS = tuple(
    f"{metric}_{figure}" for metric in ("cpu", "memory", "disk", "net") for figure in ("count", "sum", "most")
)

_TABLES = {
    table.name: table
    for table in (
        Table("journal", ("number", "subject", "closed", "content", "at"), "-tixM", 4),
        Table("audit", ("number", "content", "digest", "signature", "key"), "-xxxt", 5),
        Table("decided", ("number", "at", "kind", "key", "record", "schema"), "-mttBi", 6),
        Table("decisions", ("kind", "key", "record", "schema"), "ttbi", 4, has_rowid=False, grows_only=False),
        Table("labels", ("entity", "label"), "tt", 2, has_rowid=False, grows_only=False),
        Table("endpoints", ("endpoint", "seen_at"), "tm", 2, grows_only=False),
        Table("entities", ("id", "endpoint", "record", "schema", "seen_at"), "ttbim", 5, grows_only=False),
        Table(
            "findings",
            ("id", "vm", "opened_at", "resolved_at", "record", "schema"),
            "ttmMbi",
            6,
            has_rowid=False,
            grows_only=False,
        ),
        Table("kept", ("since",), "m", 1),
        Table("subjects", ("key", "id"), "-t", 2),
        Table("changes", tuple(rows.CHANGE_COLUMNS.split(", ")), "-ttttBBmMMTtiT", 13),
        Table("amendments", ("change", "actor", "occurred_at"), "itM", 3),
        Table(
            "revisions",
            ("entity", "at", "nth", "base", "form", "content", "schema"),
            "imiMiBi",
            7,
            has_rowid=False,
        ),
        Table("samples", ("entity", "seconds", "at", *_LOADS), "iim" + "inn" * 4, 15, has_rowid=False),
    )
}
AT_ONCE = ("journal", "audit", "decided", "decisions", "labels", "endpoints", "entities", "findings", "kept")
LATER = ("changes", "revisions", "amendments", "samples")
OF_ENTITIES = ("revisions", "samples")
"""Tables that name entities by a number, which another file may have given to another one."""

_KINDS: dict[str, tuple[type, ...]] = {
    "i": (int,),
    "m": (int,),
    "n": (int, float),
    "t": (str,),
    "b": (bytes,),
    "x": (bytes, str),
}


class Batch(NamedTuple):
    """Rows of a table. In those of `OF_ENTITIES` the id of the entity is in place of its number."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Value, ...]]


class Salvage:
    """Reads what can be read of a damaged file; counts what was, and what could not be. Used as a context; raises
    OSError where the file cannot be opened."""

    def __init__(self, path: Path, given_up: Callable[[], bool] = lambda: False) -> None:
        self._given_up = given_up
        self._tables: dict[int, str] = {}  # root → name
        self._others: set[int] = {1}  # roots of what is no table of ours
        with contextlib.ExitStack() as opened:
            self._pages = opened.enter_context(Pages(path))
            self._map = PageMap.of(self._pages)
            self._read_schema()
            self._walked = {} if self._map is not None else self._walk_all()
            self._opened = opened.pop_all()
        self._owners: dict[int, str | None] = {}  # page → table, of those above others
        self._subjects: dict[int, str] = {}
        self.saved: Counter[str] = Counter()
        self.unreadable_pages: Counter[str] = Counter()  # "": nobody knows whose
        self.unreadable_rows: Counter[str] = Counter()
        self.pages = max(self._pages.count, min(self._pages.claimed, 2 * self._pages.count))
        self.missing_pages = self.pages - self._pages.count  # the file is cut off
        self.done = 0.0  # the share of what is read later
        self.highest_number = HIGHEST_NUMBER  # of changes: a higher one was never given, but is damage

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._opened.close()

    @property
    def knows_its_pages(self) -> bool:
        """Whether the file's own map of them was found: without it garbage looks like a page that is not used."""
        return self._map is not None

    # --- what is read ---------------------------------------------------------------------------------------------

    def at_once(self) -> Iterator[Batch]:
        """The rows of `AT_ONCE`."""
        return _batches(self._rows(AT_ONCE, told=False))

    def later(self) -> Iterator[Batch]:
        """The rows of `LATER`."""
        for _, values in self._rows(("subjects",), told=False):
            key, entity = values
            if isinstance(key, int) and isinstance(entity, str):
                self._subjects[key] = entity
        self.saved.pop("subjects", None)
        return _batches(self._with_ids(self._rows(LATER, told=True)))

    def last_number(self) -> int | None:
        """The highest number of a change; None where it cannot be read, or is none that was ever counted to."""
        root = next((root for root, name in self._tables.items() if name == "changes"), None)
        if root is None:
            return None
        try:
            for _ in range(DEEPEST):
                if self._pages.kind(root) is Kind.TABLE_LEAF:
                    numbers = [cell.rowid or 0 for cell in self._pages.rows(root) if cell is not None]
                    return max((number for number in numbers if number < HIGHEST_NUMBER), default=None)
                *_, root = self._pages.children(root)
        except Unreadable:
            pass
        return None

    def _rows(self, wanted: Collection[str], *, told: bool) -> Iterator[tuple[Table, tuple[Value, ...]]]:
        """The rows of these tables. `told`: how far it is."""
        for number in range(1, self._pages.count + 1):
            if self._given_up():
                return
            if told:
                self.done = number / self._pages.count
            owner = self._owner(number)
            if owner is None:
                yield from self._stray(number, wanted)
            elif owner in wanted:
                yield from self._page(number, _TABLES[owner])

    def _page(self, number: int, table: Table) -> Iterator[tuple[Table, tuple[Value, ...]]]:
        try:
            for cell in self._pages.rows(number):
                values = None if cell is None else _fitting(table, cell)
                if values is None:
                    self.unreadable_rows[table.name] += 1
                else:
                    self.saved[table.name] += 1
                    yield table, values
        except Unreadable:
            self.unreadable_pages[table.name] += 1

    def _stray(self, number: int, wanted: Collection[str]) -> Iterator[tuple[Table, tuple[Value, ...]]]:
        """The rows of a page of which nobody knows whose it is: known by what they look like."""
        use = Use.UNKNOWN if self._map is None else self._map.entry(number)[0]
        in_use = use in (Use.ROOT, Use.TREE)
        try:
            cells = list(self._pages.rows(number))
        except Unreadable:
            if in_use and "changes" in wanted:
                self.unreadable_pages[""] += 1
            return
        # One that may have been given up long ago must bring nothing back that was taken back since.
        tables = [_TABLES[name] for name in _TABLES if _TABLES[name].grows_only or (in_use and name != "labels")]
        fits = {table: [_fitting(table, cell) for cell in cells if cell is not None] for table in tables}
        table = max(tables, key=lambda each: sum(values is not None for values in fits[each]))
        found = [values for values in fits[table] if values is not None]
        if table.name not in wanted or len(found) * 2 < len(cells):
            return
        self.unreadable_rows[table.name] += len(cells) - len(found)
        self.saved[table.name] += len(found)
        for values in found:
            yield table, values

    def _with_ids(self, found: Iterable[tuple[Table, tuple[Value, ...]]]) -> Iterator[tuple[Table, tuple[Value, ...]]]:
        """Puts ids in place of the numbers of entities; a whole state tells itself whose it is."""
        homeless: list[tuple[Table, tuple[Value, ...]]] = []
        for table, values in found:
            key = values[0]
            assert isinstance(key, int)  # by its shape
            if table.name not in OF_ENTITIES:
                if key <= self.highest_number:
                    yield table, values
                else:
                    self._lose(table)
                continue
            entity = self._subjects.get(key)
            if entity is None and table.name == "revisions":
                entity = _told_by_itself(values)
                if entity is not None:
                    self._subjects[key] = entity
            if entity is not None:
                yield table, (entity, *values[1:])
            elif len(homeless) < MOST_HOMELESS:
                homeless.append((table, values))
            else:
                self._lose(table)
        for table, values in homeless:
            key = values[0]
            if isinstance(key, int) and key in self._subjects:
                yield table, (self._subjects[key], *values[1:])
            else:
                self._lose(table)

    def _lose(self, table: Table) -> None:
        self.saved[table.name] -= 1
        self.unreadable_rows[table.name] += 1

    # --- whose a page is ------------------------------------------------------------------------------------------

    def _owner(self, number: int) -> str | None:
        """The table a page belongs to; empty: none of ours; None: nobody knows."""
        if number == self._pages.lock_page():
            return ""
        if self._map is None:
            return self._walked.get(number)
        if self._map.is_of_map(number):
            return ""
        use, above = self._map.entry(number)
        if use is Use.UNKNOWN:
            return None
        if use not in (Use.ROOT, Use.TREE):
            return ""
        if use is Use.TREE and above in self._owners:
            return self._owners[above]
        root = self._map.root(number)
        owner = None if root is None else self._tables.get(root, "" if root in self._others else None)
        if use is Use.TREE:
            self._owners[above] = owner
        return owner

    def _read_schema(self) -> None:
        """Finds the roots of all trees, as far as the table of tables can be read."""
        for number in self._tree(1) or (1,):
            with contextlib.suppress(Unreadable):
                for cell in self._pages.rows(number):
                    if cell is None or len(cell.values) != 5:
                        continue
                    kind, name, _, root, _ = cell.values
                    if not isinstance(root, int) or not isinstance(name, str):
                        continue
                    if kind == "table" and name in _TABLES:
                        self._tables[root] = name
                    else:
                        self._others.add(root)

    def _tree(self, root: int) -> list[int] | None:
        """All pages of a tree that can have rows; None where it cannot be gone through."""
        found: list[int] = []
        waiting, seen = [(root, 0)], {root}
        try:
            while waiting:
                number, depth = waiting.pop()
                kind = self._pages.kind(number)
                if kind is not Kind.TABLE_INTERIOR:
                    found.append(number)
                if kind in (Kind.TABLE_INTERIOR, Kind.INDEX_INTERIOR):
                    below = list(self._pages.children(number))
                    below.reverse()
                    if depth >= DEEPEST or not seen.isdisjoint(below):
                        return None
                    seen.update(below)
                    waiting += [(each, depth + 1) for each in below]
        except Unreadable:
            return None
        return found

    def _walk_all(self) -> dict[int, str]:
        """Whose each page is that can be reached, in a file that keeps no map; free ones are nobody's."""
        found: dict[int, str] = {}
        for root, name in [*self._tables.items(), *((root, "") for root in self._others)]:
            waiting = [root]
            while waiting:
                number = waiting.pop()
                if number in found:
                    continue
                found[number] = name
                with contextlib.suppress(Unreadable):
                    waiting += self._pages.children(number)
        return found


def _fitting(table: Table, cell: Cell) -> tuple[Value, ...] | None:
    """The values of a row, if it can be one of the table."""
    values = cell.values
    if (cell.rowid is not None) is not table.has_rowid or not table.least <= len(values) <= len(table.columns):
        return None
    for letter, value in zip(table.shape, values, strict=False):
        if letter == "-":
            if value is not None:
                return None
        elif value is None:
            if letter.islower():
                return None
        elif not isinstance(value, _KINDS[letter.lower()]) or (letter in "mM" and not _is_time(value)):
            return None
    whole = tuple(cell.rowid if letter == "-" else value for letter, value in zip(table.shape, values, strict=False))
    whole += (None,) * (len(table.columns) - len(whole))
    return whole if _makes_sense(table.name, whole) else None


def _makes_sense(table: str, values: tuple[Value, ...]) -> bool:
    """Whether what lies in a row can be what it says, as far as that tells itself."""
    if table == "changes":
        try:
            rows.row_change(values)
        except rows.UNWRITABLE:
            return False
    elif table == "entities":
        _, _, record, schema, _ = values
        assert isinstance(record, bytes)
        assert isinstance(schema, int)
        return schema > SCHEMA_VERSION or rows.blob_record(record, schema) is not None
    elif table == "revisions" and values[3] is None and isinstance(content := values[5], bytes):
        form = values[4]
        assert isinstance(form, int)
        try:
            revisions.unpacked(form, content, None)
        except revisions.Unpackable:
            return False
    return True


def _is_time(value: Value) -> bool:
    return isinstance(value, int) and 0 <= value <= _LATEST


def _told_by_itself(values: tuple[Value, ...]) -> str | None:
    """The id in a whole state."""
    _, _, _, base, form, content, schema = values
    if base is not None or not isinstance(content, bytes) or not isinstance(form, int) or not isinstance(schema, int):
        return None
    try:
        record = rows.blob_record(revisions.unpacked(form, content, None), schema)
    except revisions.Unpackable:
        return None
    return None if record is None else record.id


def _batches(found: Iterable[tuple[Table, tuple[Value, ...]]]) -> Iterator[Batch]:
    """Rows gathered by their tables, so many at a time as one commit takes."""
    gathered: dict[str, list[tuple[Value, ...]]] = {}
    lengths: Counter[str] = Counter()
    for table, values in found:
        gathered.setdefault(table.name, []).append(values)
        lengths[table.name] += sum(len(value) for value in values if isinstance(value, str | bytes))
        if len(gathered[table.name]) >= ROWS_AT_ONCE or lengths[table.name] >= BYTES_AT_ONCE:
            yield Batch(table.name, table.columns, gathered.pop(table.name))
            lengths[table.name] = 0
    for name, rest in gathered.items():
        yield Batch(name, _TABLES[name].columns, rest)


# --- in words -----------------------------------------------------------------------------------------------------

_WORDS = {
    "changes": "changes",
    "revisions": "past states",
    "findings": "findings",
    "decisions": "decisions",
    "journal": "entries of the quarantine journal",
    "audit": "entries of the audit",
    "entities": "last known records",
    "labels": "labels",
    "samples": "loads",
    "amendments": "additions to changes",
    "decided": "earlier decisions",
}


def saved_in_words(saved: Counter[str], names: Collection[str] = tuple(_WORDS)) -> str:
    """What was saved, by kinds; empty where nothing was."""
    return _listed(f"{saved[name]:,} {word}" for name, word in _WORDS.items() if name in names and saved[name] > 0)


def lost_in_words(salvage: Salvage) -> str:
    """What could not be read."""
    pages = sum(salvage.unreadable_pages.values()) + salvage.missing_pages
    unreadable = salvage.unreadable_rows
    lost = [f"{unreadable[name]:,} {word}" for name, word in _WORDS.items() if unreadable[name]]
    if pages:
        whose = [word for name, word in _WORDS.items() if salvage.unreadable_pages[name]]
        of = f" ({_listed(whose)})" if whose and not salvage.missing_pages else ""
        lost.append(f"what was on {pages:,} of its {salvage.pages:,} pages{of}")
    if lost:
        return f"{_listed(lost)} could not be read and is lost"
    if not salvage.knows_its_pages:
        return "whether something of it is lost cannot be told"
    return "nothing of it is lost"


def _listed(words: Iterable[str]) -> str:
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last
