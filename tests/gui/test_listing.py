"""Lists of lines: the row under the pointer is marked as a whole."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint
from PySide6.QtGui import QColor, QStandardItem, QStandardItemModel
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from vmi_console.gui.listing import Listing
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.theme import ROW, Theme, colours


@pytest.fixture
def model() -> QStandardItemModel:
    model = QStandardItemModel(0, 3)
    for row in range(20):
        model.appendRow([QStandardItem(f"{row}") for _ in range(3)])
    return model


@pytest.fixture
def listing(qtbot: QtBot, model: QStandardItemModel) -> Listing:
    listing = Listing(model, "Rows", (10, 10, 10))
    qtbot.addWidget(listing)
    listing.resize(600, 8 * ROW)
    listing.show()
    return listing


def grounds(listing: Listing, row: int) -> set[str]:
    """The colours behind the end of each cell of a row."""
    image = listing.viewport().grab().toImage()
    y = listing.rowViewportPosition(row) + ROW // 2
    ends = [listing.columnViewportPosition(column) + listing.columnWidth(column) - 3 for column in range(3)]
    return {image.pixelColor(x, y).name() for x in ends}


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_the_row_under_the_pointer_is_marked_in_all_its_cells(listing: Listing, scheme: Scheme) -> None:
    Theme.current.choose(scheme)
    plain, marked = {QColor(colours().surface).name()}, {QColor(colours().hover).name()}
    for row in (2, 3):
        QTest.mouseMove(listing.viewport(), QPoint(250, listing.rowViewportPosition(row) + 5))
        assert grounds(listing, row) == marked
        assert grounds(listing, 5 - row) == plain
    listing.selectRow(3)
    assert grounds(listing, 3) == {QColor(colours().selected).name()}
    Theme.current.choose(Scheme.LIGHT)


def test_the_mark_stays_under_the_pointer_when_rows_move_and_goes_with_it(
    listing: Listing, model: QStandardItemModel, qtbot: QtBot
) -> None:
    QTest.mouseMove(listing.viewport(), QPoint(250, 2 * ROW + 5))
    assert listing.hovered == 2
    listing.verticalScrollBar().setValue(4)
    assert listing.hovered == 6
    model.removeRows(10, 10)
    model.removeRows(0, 6)
    qtbot.waitUntil(lambda: listing.hovered == 2)  # it is scrolled back
    model.insertRow(0, [QStandardItem("first") for _ in range(3)])
    assert listing.hovered == 2
    QCoreApplication.sendEvent(listing.viewport(), QEvent(QEvent.Type.Leave))
    assert listing.hovered == -1
