"""Rows find their way to any wanted order without a reset, under the eyes of Qt's model tester."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from vmi_console.gui.rows import Index, Rows


class Numbers(Rows[int]):
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return str(self.rows[index.row()]) if role == Qt.ItemDataRole.DisplayRole else None


orders = st.lists(st.integers(0, 30), unique=True)


@given(st.lists(orders, min_size=1, max_size=6), st.integers(0, 40))
def test_any_order_is_reached_in_steps(wanted: list[list[int]], patience: int) -> None:
    model = Numbers()
    resets: list[None] = []
    model.modelReset.connect(lambda: resets.append(None))
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for order in wanted:
        kept = {number: QPersistentModelIndex(model.index(model.row_of(number) or 0, 0)) for number in model.rows}
        stays = set(model.rows) & set(order)
        for number, _ in enumerate(model.approach(order)):
            if number >= patience:  # whoever wants something else gives up half-way …
                break
        model.become(order)  # … and the next one starts from there
        assert model.rows == order
        assert all(model.row_of(number) == row for row, number in enumerate(order))
        assert all(kept[number].row() == order.index(number) for number in stays)
    assert not resets
    del tester


def test_touched_rows_are_told_in_ranges() -> None:
    model = Numbers()
    model.become(list(range(10)))
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    model.touch([7, 2, 3, 4, 99])
    assert told == [(2, 4), (7, 7)]
