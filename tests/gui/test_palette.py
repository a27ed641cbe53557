"""The command palette: what it finds for what is typed, and what choosing does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from tests.gui import estates
from vmi_console.engine import protocol
from vmi_console.engine.client import Link
from vmi_console.estate.identity import entity_id
from vmi_console.gui.desk import Desk
from vmi_console.gui.likeness import fold, letters, likeness
from vmi_console.gui.offers import OFFER, REASON, Offer, Offers
from vmi_console.gui.palette import Palette
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.watching import Watchlist

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support", extend=True)


@dataclass
class Stage:
    """A window with two menus, an estate, and a palette over it."""

    window: QMainWindow
    desk: Desk
    palette: Palette
    actions: dict[str, QAction]
    done: list[str] = field(default_factory=list)

    def type(self, text: str) -> list[str]:
        """What is offered for a text that is typed."""
        self.palette.box.clear()
        QTest.keyClicks(self.palette.box, text)
        self.settle()
        return self.titles()

    def settle(self) -> None:
        for _ in range(1000):
            QTest.qWait(1)
            if not self.palette.busy:
                return
        raise AssertionError("it never answered")

    def titles(self) -> list[str]:
        return [row.offer.title for row in self.palette.offers.rows]

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.palette.box, key)
        QTest.qWait(5)


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    window = QMainWindow()
    qtbot.addWidget(window)
    replica, engine = Replica(window), estates.NotingEngine()
    desk = Desk(replica, engine, Errands(lambda error: None), Preferences(), Watchlist(engine))
    actions: dict[str, QAction] = {}
    for title, texts in (("&View", ("Expand &all", "Save && close", "Sort by name")), ("&Estate", ("Reconnect",))):
        menu = window.menuBar().addMenu(title)
        for text in texts:
            actions[text] = menu.addAction(text)
        menu.addSeparator()
    actions["Sort by name"].setCheckable(True)
    actions["Expand &all"].setShortcut("Ctrl+Shift+E")
    palette = Palette(window, lambda: [*actions.values(), *actions.values()], desk)
    stage = Stage(window, desk, palette, actions)
    for text, action in actions.items():
        action.triggered.connect(lambda _=False, text=text: stage.done.append(text))
    palette.chosen.connect(stage.done.append)
    palette.search_wanted.connect(lambda text: stage.done.append(f"search {text}"))
    estates.replay(replica, estates.estate(hosts=4, vms=40))
    window.show()
    palette.open()
    yield stage
    palette.close()


def test_it_opens_with_every_action_once_and_where_it_is(stage: Stage) -> None:
    assert stage.titles() == ["Expand all", "Save & close", "Sort by name", "Reconnect"]
    offers = [row.offer for row in stage.palette.offers.rows]
    assert [offer.place for offer in offers] == ["View", "View", "View", "Estate"]
    assert offers[0].shortcut == "Ctrl+Shift+E"


def test_letters_find_actions_and_entities(stage: Stage) -> None:
    assert stage.type("rec")[0] == "Reconnect"
    assert stage.type("esx2")[0] == "esx-02.example"
    assert stage.type("vm 39")[0] == "vm-00039"
    assert stage.type("VM-00039")[0] == "vm-00039"
    assert stage.type("view exp")[0] == "Expand all"
    assert stage.type("no such thing") == ["Search the estate for “no such thing”"]


def test_enter_does_what_is_chosen_and_closes(stage: Stage) -> None:
    stage.type("recon")
    stage.press(Qt.Key.Key_Return)
    assert stage.done == ["Reconnect"]
    assert not stage.palette.isVisible()


def test_an_entity_is_shown_and_a_text_searched(stage: Stage) -> None:
    stage.type("vm-00039")
    stage.press(Qt.Key.Key_Return)
    stage.palette.open()
    stage.type("zzz")
    stage.press(Qt.Key.Key_Return)
    assert stage.done == [entity_id("vm", "vc", "39"), "search zzz"]


def test_enter_before_the_answer_waits_for_it(stage: Stage) -> None:
    stage.palette.box.setText("vm-00039")
    assert stage.palette.busy
    stage.press(Qt.Key.Key_Return)
    stage.settle()
    QTest.qWait(5)
    assert stage.done == [entity_id("vm", "vc", "39")]


def test_up_and_down_go_round(stage: Stage) -> None:
    def current() -> str:
        return str(stage.palette.list.currentIndex().data())

    assert current() == "Expand all"
    stage.press(Qt.Key.Key_Up)
    assert current() == "Reconnect"
    stage.press(Qt.Key.Key_Down)
    stage.press(Qt.Key.Key_Down)
    assert current() == "Save & close"
    stage.press(Qt.Key.Key_PageDown)
    assert current() == "Reconnect"


def test_escape_closes_and_does_nothing(stage: Stage) -> None:
    stage.press(Qt.Key.Key_Escape)
    assert not stage.palette.isVisible()
    assert not stage.done


def test_what_is_disabled_says_why_and_is_not_done(stage: Stage) -> None:
    stage.palette.close()
    reconnect = stage.actions["Reconnect"]
    reconnect.setEnabled(False)
    reconnect.setProperty(REASON, "no connection is selected")
    stage.palette.open()
    stage.type("reconnect")
    offer = stage.palette.list.currentIndex().data(OFFER)
    assert (offer.title, offer.enabled, offer.why_not) == ("Reconnect", False, "no connection is selected")
    stage.press(Qt.Key.Key_Return)
    assert stage.palette.isVisible()
    assert not stage.done


def test_recent_choices_come_first_also_after_a_restart(stage: Stage) -> None:
    stage.type("vm-00039")
    stage.press(Qt.Key.Key_Return)
    stage.palette.open()
    stage.type("save")
    stage.press(Qt.Key.Key_Return)
    again = Palette(stage.window, lambda: stage.actions.values(), stage.desk)
    again.open()
    assert [row.offer.title for row in again.offers.rows][:3] == ["Save & close", "vm-00039", "Expand all"]
    again.close()
    stage.desk.replica.updated(protocol.Update(removed=(entity_id("vm", "vc", "39"),)))
    again.open()
    assert [row.offer.title for row in again.offers.rows][:2] == ["Save & close", "Expand all"]
    again.close()


def test_what_is_stale_is_said_to_be(stage: Stage) -> None:
    stage.desk.replica.link_changed(Link(up=False, since=estates.NOW))
    stage.type("vm-00039")
    assert stage.palette.list.currentIndex().data(OFFER).place == "Virtual machine · esx-04.example · stale"


def test_names_from_outside_are_plain_text(stage: Stage) -> None:
    stage.palette.close()
    stage.desk.replica.updated(protocol.Update(records=(estates.vm(77, name="<b>evil</b>\x00\u202e" + "x" * 9999),)))
    stage.palette.open()
    (title, *_) = stage.type("evil")
    assert title.startswith("<b>evil</b>␀⟨U+202E⟩xxx")
    assert len(title) < 300
    stage.palette.list.grab()


def test_a_screen_reader_hears_each_line_whole(stage: Stage) -> None:
    names = {QAccessible.queryAccessibleInterface(one).text(QAccessible.Text.Name) for one in (stage.palette.box,)}
    assert names == {"Command or name"}
    stage.type("exp")
    spoken = stage.palette.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Expand all, View, Ctrl+Shift+E"


def test_a_closed_palette_holds_no_names(stage: Stage) -> None:
    stage.type("vm")
    stage.palette.close()
    assert list(stage.palette._names.where(lambda names: map(bool, names), "vm")) == []


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=6))
def test_the_model_becomes_what_is_offered(steps: list[list[str]]) -> None:
    model = Offers()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for number, keys in enumerate(steps):
        model.offer([Offer(key, f"{key} {number}") for key in keys])
        assert [row.offer.title for row in model.rows] == [f"{key} {number}" for key in keys]
    del tester


@given(st.text(max_size=6), st.text(max_size=30))
def test_likeness_marks_letters_that_were_typed(text: str, name: str) -> None:
    like = likeness(text, name)
    if like is not None:
        marked = "".join(fold(name)[at] for at in like.hits)
        assert set(marked) == set("".join(fold(text).split()))
    elif text.strip():
        assert fold(text) not in fold(name) or text != text.strip()


@given(st.text("ab-", min_size=1, max_size=4), st.text("ab-", max_size=12))
def test_the_quick_test_lets_pass_what_is_alike_by_initials(text: str, name: str) -> None:
    like = likeness(text, name)
    if like is not None and text not in name:
        assert letters(text).search(fold(name))


def test_the_best_likeness_is_first() -> None:
    names = ["fallback", "Expand all", "all", "allow"]
    best = sorted(names, key=lambda name: -(found.score if (found := likeness("all", name)) else 0))
    assert best == ["all", "allow", "Expand all", "fallback"]
