"""A table model whose rows are objects, brought towards a wanted order in steps small enough for a smooth window.

Trees are flattened into such a model (see `tree.model`): Qt's own tree view asks the model about every visible row
whenever one comes or goes, which takes seconds at 45,000 rows, while a table view asks about what is on screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from time import perf_counter
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex

from vmi_console.gui.work import SLICE

Index = QModelIndex | QPersistentModelIndex


class Rows[Row](QAbstractTableModel):
    """Rows are compared and looked up by identity or hash; one object appears once."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self._numbers: dict[Row, int] | None = {}
        self.moving = False  # rows are coming and going, not the operator

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def row_of(self, row: Row) -> int | None:
        """Where the object is now, None where it is not shown. O(1) but for the first call after a move."""
        if self._numbers is None:
            self._numbers = dict(zip(self.rows, range(len(self.rows)), strict=True))
        return self._numbers.get(row)

    def advance(self, wanted: Sequence[Row], seconds: float = SLICE) -> bool:
        """Removes, reorders and inserts until the rows are those wanted or the time is over; True if they are.

        Never resets: selection and scrolling survive, and whoever calls again may want something else by then.
        """
        until = perf_counter() + seconds
        start = _common(self.rows, wanted)
        if start == len(self.rows) == len(wanted):
            return True
        self.moving = True
        try:
            tail = _common(reversed(self.rows[start:]), reversed(wanted[start:]))
            return (
                self._remove(wanted, start, tail, until)
                and self._reorder(wanted, start, tail)
                and self._insert(wanted, start, tail, until)
            )
        finally:
            self.moving = False

    def touch(self, rows: Sequence[Row]) -> None:
        """The objects look different now: tells the views, in as few ranges as there are."""
        numbers = sorted(number for row in rows if (number := self.row_of(row)) is not None)
        if not numbers:
            return
        breaks = [index for index, (one, next_) in enumerate(pairwise(numbers), 1) if next_ != one + 1]
        last = self.columnCount() - 1
        for low, high in pairwise([0, *breaks, len(numbers)]):
            self.dataChanged.emit(self.index(numbers[low], 0), self.index(numbers[high - 1], last))

    def touch_all(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, self.columnCount() - 1))

    # --- steps ----------------------------------------------------------------------------------------------------

    def _remove(self, wanted: Sequence[Row], start: int, tail: int, until: float) -> bool:
        keep = set(wanted[start : len(wanted) - tail])
        high = len(self.rows) - tail  # from the end, so that the numbers before stay true
        while high > start:
            if self.rows[high - 1] in keep:
                high -= 1
                continue
            low = high - 1
            while low > start and self.rows[low - 1] not in keep:
                low -= 1
            self.beginRemoveRows(QModelIndex(), low, high - 1)
            del self.rows[low:high]
            self._numbers = None
            self.endRemoveRows()
            high = low
            if perf_counter() > until:
                return False
        return True

    def _reorder(self, wanted: Sequence[Row], start: int, tail: int) -> bool:
        old = self.rows[start : len(self.rows) - tail]
        there = set(old)
        new = [row for row in wanted[start : len(wanted) - tail] if row in there]
        if old != new:
            self.layoutAboutToBeChanged.emit()
            before = self.persistentIndexList()
            rows = [self.rows[index.row()] for index in before]
            self.rows[start : len(self.rows) - tail] = new
            self._numbers = None
            after = [self.index(self.row_of(row) or 0, index.column()) for index, row in zip(before, rows, strict=True)]
            self.changePersistentIndexList(before, after)
            self.layoutChanged.emit()
        return True

    def _insert(self, wanted: Sequence[Row], start: int, tail: int, until: float) -> bool:
        there = set(self.rows[start : len(self.rows) - tail])
        end = len(wanted) - tail
        low = start
        while low < end:
            if wanted[low] in there:
                low += 1
                continue
            high = low + 1
            while high < end and wanted[high] not in there:
                high += 1
            self.beginInsertRows(QModelIndex(), low, high - 1)
            self.rows[low:low] = wanted[low:high]
            self._numbers = None
            self.endInsertRows()
            low = high
            if perf_counter() > until:
                return low >= end
        return True


def _common(one: Iterable[Any], other: Iterable[Any]) -> int:
    """How many first elements are the same objects."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a is not b:
            break
        count += 1
    return count
