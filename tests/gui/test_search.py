"""The search box: what it recalls, what it explains, and what a screen reader hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from vmi_console.estate.attributes import ATTRIBUTES
from vmi_console.estate.functions import FUNCTIONS
from vmi_console.estate.query import parse_search
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.query_help import QueryHelp
from vmi_console.gui.search import SearchBox

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support", extend=True)


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path)


@pytest.fixture
def box(qtbot: QtBot, preferences: Preferences) -> Iterator[SearchBox]:
    window = QMainWindow()
    box = SearchBox(preferences=preferences)
    window.setMenuWidget(box)
    window.resize(900, 600)
    window.show()
    qtbot.addWidget(window)
    window.activateWindow()
    box.setFocus()
    yield box
    box.completions.list.hide()
    window.close()


def search(box: SearchBox, text: str) -> None:
    QTest.keyClicks(box, text)
    QTest.keyClick(box, Qt.Key.Key_Return)


def description(box: SearchBox) -> str:
    return QAccessible.queryAccessibleInterface(box).text(QAccessible.Text.Description)


def offered(box: SearchBox) -> list[str]:
    model = box.completions.list.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_down_in_the_empty_box_recalls_what_was_searched_for(box: SearchBox, preferences: Preferences) -> None:
    for text in ("web-pci", 'power == "on"', "web-pci", "nonsense ==", "db"):
        search(box, text)
        QTest.keyClick(box, Qt.Key.Key_Escape)
        assert box.text() == ""
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.completions.list.isVisible()
    assert offered(box) == ["db", "web-pci", 'power == "on"']
    QTest.keyClick(box.completions.list, Qt.Key.Key_Down)
    QTest.keyClick(box.completions.list, Qt.Key.Key_Down)
    QTest.keyClick(box.completions.list, Qt.Key.Key_Return)
    assert box.text() == "web-pci"
    again = SearchBox(preferences=preferences)
    QTest.keyClick(again, Qt.Key.Key_Down)
    assert offered(again) == ["db", "web-pci", 'power == "on"']
    again.completions.list.hide()


@pytest.mark.parametrize("key", [Qt.Key.Key_F1, Qt.Key.Key_Question])
def test_help_opens_beside_the_box_and_its_examples_search(qtbot: QtBot, box: SearchBox, key: Qt.Key) -> None:
    QTest.keyClick(box, key)
    help = box.window().findChild(QueryHelp)
    assert help is not None
    assert help.isVisible()
    assert not help.isModal()
    assert box.text() == ""
    row = 4 + list(ATTRIBUTES).index("vlans")
    help.list.setCurrentIndex(help.list.model().index(row, 0))
    with qtbot.waitSignal(box.searched) as searched:
        QTest.keyClick(help.list, Qt.Key.Key_Return)
    assert searched.args == [ATTRIBUTES["vlans"].example]
    assert help.isVisible()
    help.list.setFocus()
    QTest.keyClick(help.list, Qt.Key.Key_Escape)
    assert not help.isVisible()
    assert box.hasFocus()


def test_help_goes_on_with_what_was_begun(box: SearchBox) -> None:
    box.setText('power == "on"')
    box.show_help.trigger()
    help = box.window().findChild(QueryHelp)
    assert help is not None
    help.taken.emit("30 in vlans")
    assert box.text() == 'power == "on" and 30 in vlans'
    help.leave()


def test_every_example_in_the_help_can_be_searched_for(box: SearchBox) -> None:
    box.show_help.trigger()
    help = box.window().findChild(QueryHelp)
    assert help is not None
    taken: list[str] = []
    help.taken.connect(taken.append)
    for row in range(help.list.model().rowCount()):
        help.list.activated.emit(help.list.model().index(row, 0))
    assert len(taken) == 4 + len(ATTRIBUTES) + len(FUNCTIONS)
    for example in taken:
        parse_search(example)
    help.leave()


def test_a_screen_reader_hears_what_is_wrong_and_how_many_match(box: SearchBox) -> None:
    assert "F1" in description(box)
    box.tell("12 matches")
    assert description(box) == "12 matches"
    box.tell("")
    search(box, 'pwer == "on"')
    assert box.error is not None
    assert description(box) == str(box.error)
    QTest.keyClick(box, Qt.Key.Key_Escape)
    assert "F1" in description(box)


def test_a_wrong_text_is_not_said_to_match_what_the_last_one_did(box: SearchBox) -> None:
    search(box, "web")
    box.tell("12 matches")
    assert box.told == "12 matches"
    search(box, " ==")
    assert box.told == ""
    for _ in range(3):
        QTest.keyClick(box, Qt.Key.Key_Backspace)
    box.search_now()
    assert box.told == "12 matches"
