"""Controls in a bar that is broken where there is no room."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from vmi_console.gui.theme import GAP
from vmi_console.gui.wrapping_bar import WrappingBar


class Pane(QWidget):
    """A bar above something that takes the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = WrappingBar()
        self.filter = QLineEdit()
        self.filter.setMinimumWidth(100)
        self.filter.setMaximumWidth(240)
        self.buttons = [QPushButton("x" * length) for length in (4, 20, 9)]
        self.told = QLabel("told at the end")
        self.bar.add(self.filter, 1)
        for button in self.buttons:
            self.bar.add(button)
        self.bar.add_room()
        self.bar.add(self.told)
        self.parts: list[QWidget] = [self.filter, *self.buttons, self.told]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.bar)
        column.addWidget(QWidget(), 1)

    def at(self, width: int) -> list[QWidget]:
        """Lays it out; gives what is shown."""
        self.resize(width, 400)
        return [part for part in self.parts if not part.isHidden()]


@pytest.fixture
def pane(qtbot: QtBot) -> Pane:
    pane = Pane()
    qtbot.addWidget(pane)
    pane.show()
    return pane


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("hidden", [None, 2])
def test_nothing_overlaps_is_cut_or_out_of_order_at_any_width(
    pane: Pane, qtbot: QtBot, mirrored: bool, hidden: int | None
) -> None:
    pane.setLayoutDirection(Qt.LayoutDirection.RightToLeft if mirrored else Qt.LayoutDirection.LeftToRight)
    if hidden is not None:
        pane.parts[hidden].hide()
    qtbot.waitUntil(lambda: pane.minimumWidth() == pane.bar.minimumSizeHint().width())  # it is laid out
    for width in range(pane.bar.minimumSizeHint().width(), 900, 7):
        parts = pane.at(width)
        assert pane.bar.height() == pane.bar.heightForWidth(width)
        for part in parts:
            assert pane.bar.rect().contains(part.geometry()), f"{part} at {width}"
            least = part.minimumSizeHint() if part is not pane.filter else part.minimumSize()
            assert part.width() >= least.width()
        for one, other in pairwise(part.geometry() for part in parts):
            assert not one.intersects(other)
            below = other.top() >= one.bottom()
            assert below or (other.right() < one.left() if mirrored else one.right() < other.left())


def test_it_is_one_row_where_there_is_room_and_uses_all_of_it(pane: Pane) -> None:
    wide = pane.bar.sizeHint().width() + 300
    pane.at(wide)
    middles = {part.geometry().center().y() for part in pane.parts}
    assert max(middles) - min(middles) <= 1
    assert pane.filter.width() == pane.filter.maximumWidth()
    assert pane.told.geometry().right() == wide - GAP - 1
    assert pane.bar.height() == pane.bar.sizeHint().height()
    pane.at(pane.bar.minimumSizeHint().width())
    assert pane.bar.height() > 2 * pane.bar.sizeHint().height()


def test_what_may_give_way_does_so_before_the_row_is_broken(pane: Pane) -> None:
    for part in (*pane.buttons[1:], pane.told):
        part.hide()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    both = 100 + pane.buttons[0].sizeHint().width() + 3 * GAP + GAP  # and the room's own gap
    pane.at(both)
    assert pane.filter.geometry().top() <= pane.buttons[0].geometry().center().y() <= pane.filter.geometry().bottom()
    assert pane.filter.width() == 100


def test_a_text_that_grows_moves_what_comes_after_it(pane: Pane, qtbot: QtBot) -> None:
    pane.at(pane.bar.sizeHint().width())
    height = pane.bar.height()
    pane.buttons[1].setText("x" * 40)
    qtbot.waitUntil(lambda: pane.bar.height() > height)
    assert pane.buttons[1].width() == pane.buttons[1].sizeHint().width()
    pane.buttons[1].setText("x")
    qtbot.waitUntil(lambda: pane.bar.height() == height)


def test_those_with_the_largest_stretch_get_what_they_want_first(pane: Pane) -> None:
    eager = QLineEdit()
    eager.setMinimumWidth(50)
    pane.bar.add(eager, 4)
    eager.show()
    for part in (*pane.buttons, pane.told):
        part.hide()
    wanted = eager.sizeHint().width()
    pane.at(2 * GAP + 100 + GAP + GAP + wanted)  # and the room's own gap
    assert (pane.filter.width(), eager.width()) == (100, wanted)
    pane.at(2 * GAP + 120 + GAP + GAP + wanted)
    assert (pane.filter.width(), eager.width()) == (120, wanted)
