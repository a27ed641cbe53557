"""Controls in a row that is broken where there is no room."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from vmi_console.gui.theme import GAP
from vmi_console.gui.wrapping_row import WrappingRow


class Bar(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.row = WrappingRow()
        self.filter = QLineEdit()
        self.filter.setMinimumWidth(100)
        self.filter.setMaximumWidth(240)
        self.buttons = [QPushButton("x" * length) for length in (4, 20, 9)]
        self.told = QLabel("told at the end")
        self.row.add(self.filter, 1)
        for button in self.buttons:
            self.row.add(button)
        self.row.add_room()
        self.row.add(self.told)
        self.setLayout(self.row)
        self.parts: list[QWidget] = [self.filter, *self.buttons, self.told]

    def at(self, width: int) -> list[QWidget]:
        """Lays it out; gives what is shown."""
        self.resize(width, self.row.heightForWidth(width))
        self.row.setGeometry(self.rect())
        return [part for part in self.parts if not part.isHidden()]


@pytest.fixture
def bar(qapp: QApplication) -> Bar:
    return Bar()


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("hidden", [None, 2])
def test_nothing_overlaps_is_cut_or_out_of_order_at_any_width(bar: Bar, mirrored: bool, hidden: int | None) -> None:
    bar.setLayoutDirection(Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight)
    if hidden is not None:
        bar.parts[hidden].hide()
    for width in range(bar.row.minimumSize().width(), 900, 7):
        parts = bar.at(width)
        for part in parts:
            assert bar.rect().contains(part.geometry()), f"{part} at {width}"
            least = part.minimumSizeHint() if part is not bar.filter else part.minimumSize()
            assert part.width() >= least.width()
        for one, other in pairwise(part.geometry() for part in parts):
            assert not one.intersects(other)
            below = other.top() >= one.bottom()
            assert below or (other.right() < one.left() if mirrored else one.right() < other.left())


def test_it_is_one_row_where_there_is_room_and_uses_all_of_it(bar: Bar) -> None:
    wide = bar.row.sizeHint().width() + 300
    bar.at(wide)
    middles = {part.geometry().center().y() for part in bar.parts}
    assert max(middles) - min(middles) <= 1
    assert bar.filter.width() == bar.filter.maximumWidth()
    assert bar.told.geometry().right() == wide - GAP - 1
    assert bar.row.heightForWidth(wide) == bar.row.sizeHint().height()
    assert bar.row.heightForWidth(bar.row.minimumSize().width()) > 2 * bar.row.sizeHint().height()


def test_what_may_give_way_does_so_before_the_row_is_broken(bar: Bar) -> None:
    for part in (*bar.buttons[1:], bar.told):
        part.hide()
    both = 100 + bar.buttons[0].sizeHint().width() + 3 * GAP + GAP  # and the room's own gap
    bar.at(both)
    assert bar.filter.geometry().top() <= bar.buttons[0].geometry().center().y() <= bar.filter.geometry().bottom()
    assert bar.filter.width() == 100
