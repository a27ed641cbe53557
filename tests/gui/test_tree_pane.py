"""The estate pane: selecting several, arranging and sorting by its header, and coming back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from tests.gui import estates
from tests.gui.test_tree import settle, update
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import State
from vmi_console.gui.desk import Desk
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.tree import view as tree_view
from vmi_console.gui.tree.arrangements import ARRANGEMENTS, LOCATION, NETWORK, TAG
from vmi_console.gui.tree.forest import Order
from vmi_console.gui.tree.model import EstateModel
from vmi_console.gui.tree.pane import EstatePane
from vmi_console.gui.tree.view import EstateView
from vmi_console.gui.watching import Watchlist


def vm(number: int) -> EntityId:
    return entity_id("vm", "vc", str(number))


class Estate:
    """A shown pane on an estate of its own, and what it told."""

    def __init__(self, qtbot: QtBot, preferences: Preferences | None = None) -> None:
        self.qtbot = qtbot
        self.replica = Replica()
        engine = estates.NotingEngine()
        self.preferences = preferences or Preferences()
        self.pane = EstatePane(
            Desk(self.replica, engine, Errands(lambda error: None), self.preferences, Watchlist(engine))
        )
        self.told: list[tuple[EntityId, ...]] = []
        self.pane.picked.connect(self.told.append)
        self.pane.resize(320, 600)
        self.pane.show()
        qtbot.addWidget(self.pane)

    @property
    def model(self) -> EstateModel:
        return self.pane.model

    @property
    def view(self) -> EstateView:
        return self.pane.view

    def load(self, hosts: int = 2, vms: int = 8) -> None:
        estates.replay(self.replica, estates.estate(hosts, vms))
        self.settle()

    def settle(self) -> None:
        settle(self.qtbot, self.replica, self.model)

    def unfold(self) -> None:
        self.model.open_all()
        self.settle()

    def click(self, name: str, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        row = [self.model.name(node) for node in self.model.rows].index(name)
        place = self.view.visualRect(self.model.index(row, 0)).center()
        QTest.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, modifier, place)
        QApplication.processEvents()

    def last(self) -> tuple[EntityId, ...]:
        """What was told last."""
        return self.told[-1]

    def returning(self) -> bool:
        """Whether what was selected at an earlier start is waited for."""
        return self.pane.memory.returning

    def selected(self) -> list[str]:
        """The names of the selected rows, from the top."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return [self.model.name(self.model.rows[row]) for row in rows]


@pytest.fixture
def estate(qtbot: QtBot) -> Iterator[Estate]:
    estate = Estate(qtbot)
    estate.load()
    estate.unfold()
    yield estate
    estate.pane.hide()


# --- selecting ----------------------------------------------------------------------------------------------------


def test_several_by_mouse_and_the_last_one_leads(estate: Estate) -> None:
    estate.click("vm-00000")
    estate.click("vm-00004", Qt.KeyboardModifier.ShiftModifier)
    assert set(estate.last()) == {vm(0), vm(2), vm(4)}
    assert estate.last()[0] == vm(4)
    estate.click("vm-00003", Qt.KeyboardModifier.ControlModifier)
    assert estate.last() == (vm(3), vm(0), vm(2), vm(4))
    estate.click("vm-00001")
    assert estate.last() == (vm(1),)


def test_several_by_keyboard(estate: Estate) -> None:
    estate.click("vm-00000")
    QTest.keyClick(estate.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QApplication.processEvents()
    assert estate.last() == (vm(2), vm(0))
    QTest.keyClick(estate.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    assert set(estate.last()) == {node.id for node in estate.model.rows if node.heading is None}


def test_a_heading_selects_the_vms_below_it(estate: Estate) -> None:
    estate.model.arrange(NETWORK)
    estate.settle()
    estate.click("VLAN 107")
    assert set(estate.last()) == {vm(0), vm(7)}
    assert estate.selected() == ["VLAN 107"]
    estate.pane.show_entities(estate.last())  # as the window does with what it was told
    assert estate.selected() == ["VLAN 107"]


def test_a_selection_tells_no_more_than_anybody_can_look_at(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_view, "MOST_PICKED", 3)
    estate.view.selectAll()
    QApplication.processEvents()
    assert len(estate.last()) == 3
    assert len(estate.selected()) == len(estate.model.rows)


def test_what_was_selected_elsewhere_is_shown_and_not_told(estate: Estate) -> None:
    estate.model.close_all()
    estate.settle()
    estate.pane.show_entities((vm(5), vm(2)))
    estate.settle()
    assert estate.selected() == ["vm-00002", "vm-00005"]
    assert estate.view.node_at(estate.view.currentIndex()).id == vm(5)  # type: ignore[union-attr]
    assert estate.told == []


def test_a_search_that_nothing_matches_says_so_in_place_of_the_rows(estate: Estate) -> None:
    estate.load()
    assert estate.pane.nothing.isHidden()
    estate.model.show_only({entity_id("vm", "vc", "none")})
    estate.settle()
    assert estate.pane.nothing.isVisible()
    estate.model.show_only({vm(1)})
    estate.settle()
    assert estate.pane.nothing.isHidden()
    estate.model.show_only(())
    estate.settle()
    estate.model.show_only(None)
    estate.settle()
    assert estate.pane.nothing.isHidden()


def test_the_selection_follows_vms_that_move(estate: Estate) -> None:
    estate.pane.show_entities((vm(5), vm(2)))
    estate.settle()
    update(estate.replica, estates.vm(5, 0, name="moved"), estates.vm(2, 1), removed=[vm(3)])
    estate.settle()
    assert estate.selected() == ["moved", "vm-00002"]
    estate.model.show_only({vm(1)})
    estate.settle()
    assert estate.selected() == []
    estate.model.show_only(None)
    estate.settle()
    assert estate.selected() == ["moved", "vm-00002"]
    assert estate.told == []


def test_the_selection_is_found_again_in_another_arrangement(estate: Estate) -> None:
    estate.click("vm-00003")
    estate.model.arrange(NETWORK)
    estate.settle()
    assert estate.selected() == ["vm-00003"]
    estate.model.arrange(LOCATION)
    estate.settle()
    assert estate.selected() == ["vm-00003"]
    assert estate.told == [(vm(3),)]


def test_of_one_vm_in_two_networks_the_row_that_was_clicked_stays_selected(estate: Estate) -> None:
    estate.model.arrange(NETWORK)
    estate.settle()
    estate.unfold()
    rows = [number for number, node in enumerate(estate.model.rows) if node.id == vm(7)]
    assert len(rows) == 2
    estate.view.setCurrentIndex(estate.model.index(rows[1], 0))
    update(estate.replica, estates.vm(7, 1, name="vm-renamed"))
    estate.settle()
    node = estate.view.node_at(estate.view.currentIndex())
    assert node is not None
    assert node.parent is not None
    assert (node.id, estate.model.name(node.parent)) == (vm(7), "vlan-114")


def test_menus_are_asked_for_by_mouse_and_by_keyboard(estate: Estate) -> None:
    wanted: list[tuple[tuple[EntityId, ...], QPoint]] = []
    estate.pane.menu_wanted.connect(lambda entities, at: wanted.append((entities, at)))
    estate.click("vm-00001")
    rectangle = estate.view.visualRect(estate.view.currentIndex())
    for reason, at in (
        (QContextMenuEvent.Reason.Keyboard, QPoint()),
        (QContextMenuEvent.Reason.Mouse, rectangle.center()),
    ):
        event = QContextMenuEvent(reason, at, estate.view.viewport().mapToGlobal(at))
        QApplication.sendEvent(estate.view.viewport(), event)
    assert [entities for entities, _ in wanted] == [(vm(1),), (vm(1),)]
    below = estate.view.viewport().mapFromGlobal(wanted[0][1])
    assert below == rectangle.bottomLeft()


def test_enter_and_double_click_open_a_vm(estate: Estate) -> None:
    opened: list[EntityId] = []
    estate.pane.chosen.connect(opened.append)
    estate.click("vm-00001")
    QTest.keyClick(estate.view, Qt.Key.Key_Return)
    place = estate.view.visualRect(estate.view.currentIndex()).center()
    QTest.mouseDClick(estate.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened == [vm(1), vm(1)]


def test_a_star_opens_all_that_is_below(estate: Estate) -> None:
    everything = [estate.model.name(node) for node in estate.model.rows]
    estate.model.close_all()
    estate.settle()
    estate.view.setCurrentIndex(estate.model.index(0, 0))
    QTest.keyClick(estate.view, Qt.Key.Key_Asterisk)
    estate.settle()
    assert [estate.model.name(node) for node in estate.model.rows] == everything


# --- the header ---------------------------------------------------------------------------------------------------


def test_arranging_by_the_header_is_preferred_from_then_on(estate: Estate) -> None:
    by_tag = next(action for action in estate.pane.arrangements.actions() if action.text() == "Estate by tag")
    by_tag.trigger()
    estate.settle()
    assert estate.model.arrangement is TAG
    assert estate.preferences.choices.arrangement == "tag"
    assert by_tag.isChecked()
    estate.preferences.choose(arrangement="network", order="state")  # as another window would
    estate.settle()
    assert estate.model.arrangement is NETWORK
    assert estate.model.order is Order.STATE
    assert not by_tag.isChecked()


def test_everything_in_the_header_has_a_name_and_is_reached_by_keyboard(estate: Estate) -> None:
    for button in estate.pane.findChildren(QToolButton):
        interface = QAccessible.queryAccessibleInterface(button)
        assert interface.text(QAccessible.Text.Name)
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    actions = estate.pane.actions_for_menu
    assert len(actions) == len(ARRANGEMENTS) + len(Order) + 2
    assert all(action.toolTip() and not action.icon().isNull() for action in actions)


# --- from one start to the next -----------------------------------------------------------------------------------


def test_it_comes_back_as_it_was(qtbot: QtBot, tmp_path: Path) -> None:
    first = Estate(qtbot, Preferences(tmp_path))
    first.load(hosts=6, vms=300)
    first.preferences.choose(arrangement="network")
    first.settle()
    first.unfold()
    first.pane.show_entities((vm(120), vm(121)))
    first.settle()
    first.view.verticalScrollBar().setValue(60)
    opened, top = set(first.model.open_in["network"]), first.view.top
    assert top is not None
    first.pane.hide()
    first.preferences.save()

    again = Estate(qtbot, Preferences(tmp_path))
    assert again.returning()
    again.load(hosts=6, vms=300)
    assert again.model.arrangement is NETWORK
    assert again.model.open_in["network"] == opened
    assert again.told == [(vm(120), vm(121))]
    assert not again.returning()
    assert again.view.top is not None
    assert again.view.top.key == top.key
    again.pane.hide()


def test_whoever_selects_first_is_right(qtbot: QtBot, tmp_path: Path) -> None:
    first = Estate(qtbot, Preferences(tmp_path))
    first.load()
    first.pane.show_entities((vm(1),))
    first.pane.hide()
    again = Estate(qtbot, first.preferences)
    estates.replay(again.replica, [*estates.estate(2, 0), estates.connection(state=State.CONNECTING)])
    again.settle()
    assert again.returning()
    again.unfold()
    again.click("Berlin")
    update(again.replica, estates.vm(1))
    again.settle()
    assert again.told == [(entity_id("datacenter", "vc", "1"),)]
    again.pane.hide()


def test_what_is_gone_or_overtaken_is_not_waited_for(qtbot: QtBot) -> None:
    first = Estate(qtbot)
    first.load()
    first.pane.show_entities((vm(7),))
    first.pane.hide()
    again = Estate(qtbot, first.preferences)
    estates.replay(again.replica, [estates.connection(state=State.CONNECTING)])
    again.settle()
    again.pane.show_entities((estates.connection().id,))  # as a window does with nothing selected
    assert again.returning()
    again.pane.memory.keep()  # does not forget it either
    again.load(vms=3)
    assert not again.returning()
    assert again.told == []
    again.pane.hide()
    third = Estate(qtbot)
    third.preferences.remember("estate", b'{"selected":["vm/vc/1"]}')
    third = Estate(qtbot, third.preferences)
    third.pane.show_entities((vm(2),))
    assert not third.returning()
    third.pane.hide()


def test_what_was_selected_is_not_waited_for_where_nobody_has_it(qtbot: QtBot) -> None:
    first = Estate(qtbot)
    first.load()
    first.pane.show_entities((vm(7),))
    first.pane.hide()
    again = Estate(qtbot, first.preferences)
    given_up: list[bool] = []
    again.pane.memory.given_up.connect(lambda: given_up.append(again.returning()))
    estates.replay(again.replica, [estates.connection("kvm", state=State.CONNECTING)])
    again.settle()
    assert again.returning(), "it may be the one"
    update(again.replica, estates.connection("kvm"))
    again.settle()
    assert given_up == [False]
    again.pane.hide()


def test_a_memory_of_another_version_costs_nothing(qtbot: QtBot) -> None:
    preferences = Preferences()
    preferences.remember("estate", b"\xff")
    estate = Estate(qtbot, preferences)
    estate.load()
    assert [estate.model.name(node) for node in estate.model.rows][:2] == ["vc estate", "Berlin"]
    estate.pane.hide()
