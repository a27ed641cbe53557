"""A table model whose rows are objects, brought towards a wanted order in steps small enough for a smooth window.

Trees are flattened into such a model (see `tree.model`): Qt's own tree view asks the model about every visible row
whenever one comes or goes, which takes seconds at 45,000 rows, while a table view asks about what is on screen.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import compress, count, pairwise, repeat
from operator import is_
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex

_AT_ONCE = 5_000  # rows looked at between two looks at the clock


class Rows[Row](QAbstractTableModel):
    """Rows are compared and looked up by identity or hash; one object appears once."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self.moving = False  # rows are coming and going, not the operator

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def row_of(self, row: Row) -> int | None:
        """Where the object is now, None where it is not shown. Under a millisecond at 45,000 rows."""
        return next(compress(count(), map(is_, self.rows, repeat(row))), None)

    def approach(self, wanted: list[Row]) -> Iterator[None]:
        """Removes, reorders and inserts until the rows are those wanted, in steps of a few milliseconds.

        Never resets: selection and scrolling survive. Whoever wants something else by then stops taking steps.
        """
        if self.rows == wanted:  # compares identities first, at the speed of C
            return
        there = set(self.rows)
        yield
        then = set(wanted)
        yield
        gone = there - then
        yield
        new = then - there
        yield
        if gone:
            yield from self._remove((yield from _places(self.rows, gone)))
        if not new:
            self._reorder(wanted)
            return
        ranges = yield from _places(wanted, new)
        stay: list[Row] = []
        for (_, end), (start, _) in pairwise([(0, -1), *ranges, (len(wanted), 0)]):
            stay += wanted[end + 1 : start]
        self._reorder(stay)
        yield
        yield from self._insert(wanted, ranges)

    def become(self, wanted: list[Row]) -> None:
        """All steps of `approach` at once, for lists that are short."""
        for _ in self.approach(wanted):
            pass

    def shift(self, first: list[Row], gone: int = 0) -> None:
        """Puts rows at the top and takes some away at the bottom: what a log does, whatever its length."""
        if gone:
            with self._moving():
                self.beginRemoveRows(QModelIndex(), len(self.rows) - gone, len(self.rows) - 1)
                del self.rows[-gone:]
                self.endRemoveRows()
        if first:
            with self._moving():
                self.beginInsertRows(QModelIndex(), 0, len(first) - 1)
                self.rows[:0] = first
                self.endInsertRows()

    def touch(self, rows: Iterable[Row]) -> None:
        """The objects look different now: tells the views, in as few ranges as there are."""
        touched = set(rows)
        numbers = [number for number, row in enumerate(self.rows) if row in touched] if touched else []
        last = self.columnCount() - 1
        for low, high in ranges(numbers):
            self.dataChanged.emit(self.index(low, 0), self.index(high, last))

    def touch_all(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, self.columnCount() - 1))

    # --- steps ----------------------------------------------------------------------------------------------------

    def _remove(self, ranges: list[tuple[int, int]]) -> Iterator[None]:
        for low, high in reversed(ranges):  # from the end, so that the numbers before stay true
            with self._moving():
                self.beginRemoveRows(QModelIndex(), low, high)
                del self.rows[low : high + 1]
                self.endRemoveRows()
            yield

    def _reorder(self, rows: list[Row]) -> None:
        if self.rows == rows:
            return
        with self._moving():
            self.layoutAboutToBeChanged.emit()
            before = self.persistentIndexList()
            kept = [self.rows[index.row()] for index in before]
            self.rows = list(rows)
            places = {row: self.row_of(row) or 0 for row in set(kept)}  # a header keeps one index for each column
            after = [self.index(places[row], index.column()) for index, row in zip(before, kept, strict=True)]
            self.changePersistentIndexList(before, after)
            self.layoutChanged.emit()

    def _insert(self, wanted: list[Row], ranges: list[tuple[int, int]]) -> Iterator[None]:
        for low, high in ranges:
            with self._moving():
                self.beginInsertRows(QModelIndex(), low, high)
                self.rows[low:low] = wanted[low : high + 1]
                self.endInsertRows()
            yield

    @contextmanager
    def _moving(self) -> Iterator[None]:
        self.moving = True
        try:
            yield
        finally:
            self.moving = False


class TitledRows[Row](Rows[Row]):
    """Rows with a title above each column."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.titles: tuple[str, ...] = ()

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.titles[section] if 0 <= section < len(self.titles) else None
        return None


def _places[Row](rows: list[Row], chosen: set[Row]) -> Generator[None, None, list[tuple[int, int]]]:
    """First and last of each run of chosen rows, found in steps."""
    found: list[tuple[int, int]] = []
    for start in range(0, len(rows), _AT_ONCE):
        part = enumerate(rows[start : start + _AT_ONCE], start)
        for low, high in ranges([number for number, row in part if row in chosen]):
            if found and found[-1][1] == low - 1:
                found[-1] = found[-1][0], high
            else:
                found.append((low, high))
        yield
    return found


def ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of consecutive numbers; they ascend."""
    if not numbers:
        return []
    breaks = [at for at, (one, next_) in enumerate(pairwise(numbers), 1) if next_ != one + 1]
    return [(numbers[low], numbers[high - 1]) for low, high in pairwise([0, *breaks, len(numbers)])]
