"""The topology picture on screen, driven by mouse and keyboard, and read by what a screen reader is told."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from tests.gui import estates
from vmi_console.engine import protocol
from vmi_console.errors import VmiError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM, Nic, NicKind, Power, State
from vmi_console.estate.vlan import access
from vmi_console.gui.desk import Desk
from vmi_console.gui.preferences import Preferences, Scheme
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.theme import Theme
from vmi_console.gui.topology.camera import NEAREST
from vmi_console.gui.topology.canvas import TopologyCanvas
from vmi_console.gui.topology.finding import Spot
from vmi_console.gui.topology.glyphs import DIMMED
from vmi_console.gui.topology.view import TopologyView
from vmi_console.gui.watching import Watchlist

NONE = Qt.KeyboardModifier.NoModifier
VM_3 = entity_id("vm", "vc", "3")


class Picture:
    """A view with its replica, and what it told."""

    def __init__(self, qtbot: QtBot, preferences: Preferences | None = None) -> None:
        self.qtbot = qtbot
        self.replica = Replica()
        engine = estates.NotingEngine()
        self.preferences = preferences or Preferences()
        desk = Desk(self.replica, engine, Errands(_failed), self.preferences, Watchlist(engine))
        self.view = TopologyView(desk)
        qtbot.addWidget(self.view)
        self.view.resize(1200, 800)
        self.chosen: list[str] = []
        self.picked: list[tuple[EntityId, ...]] = []
        self.view.chosen.connect(self.chosen.append)
        self.view.picked.connect(self.picked.append)

    @property
    def canvas(self) -> TopologyCanvas:
        return self.view.canvas

    def is_lit(self, entity: EntityId) -> bool:
        """Whether an entity is not dimmed."""
        scene = self.view.keeper.scene
        return all(not cell.states[cell.where[entity]] & DIMMED for cell in scene.cells_of(entity))

    def settle(self) -> None:
        self.replica.refresh()
        self.qtbot.waitUntil(lambda: not self.view.keeper.busy and not self.canvas.chunks.busy)

    def point(self, entity: EntityId) -> QPoint:
        """The middle of an entity's first tile, in the viewport."""
        x, y = self.view.keeper.scene.boxes_of(entity)[0].middle
        return QPoint(self.canvas.camera.across(x), self.canvas.camera.down(y))

    def click(self, entity: EntityId, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mouseClick(self.canvas.viewport(), Qt.MouseButton.LeftButton, keys, self.point(entity))

    def press(self, *keys: Qt.Key, alt: bool = False) -> None:
        for key in keys:
            held = Qt.KeyboardModifier.AltModifier if alt else Qt.KeyboardModifier.NoModifier
            QTest.keyClick(self.canvas, key, held)

    def update(self, *records: AnyRecord, removed: tuple[EntityId, ...] = ()) -> None:
        self.replica.updated(protocol.Update(records=records, removed=removed))
        self.settle()

    def close_up(self, entity: EntityId) -> None:
        """Shows an entity at a zoom where it can be aimed at."""
        box = self.view.keeper.scene.boxes_of(entity)[0]
        self.canvas.zoom_into(box)
        self.qtbot.waitUntil(lambda: self.canvas.viewport().rect().contains(self.point(entity)))
        self.qtbot.waitUntil(lambda: self.canvas.zoom > 0.8)


@pytest.fixture
def picture(qtbot: QtBot) -> Iterator[Picture]:
    made = Picture(qtbot)
    estates.replay(made.replica, estates.estate(hosts=4, vms=60))
    made.view.show()
    made.settle()
    yield made
    made.view.close()


def test_it_says_what_to_do_while_nothing_is_connected(qtbot: QtBot) -> None:
    made = Picture(qtbot)
    made.view.show()
    made.settle()
    assert "demo" in made.view.empty_advice.text()
    estates.replay(made.replica, [estates.connection()])
    made.settle()
    assert made.view.empty_title.text() == "Nothing is known yet"
    assert made.view.empty_title.isVisible()
    estates.replay(made.replica, estates.estate(hosts=2, vms=4))
    made.settle()
    qtbot.waitUntil(made.canvas.isVisible)
    made.view.close()


def test_it_does_nothing_while_hidden_and_catches_up(picture: Picture) -> None:
    picture.view.hide()
    new = estates.vm(500)
    picture.replica.updated(protocol.Update(records=(new,)))
    picture.replica.refresh()
    picture.qtbot.wait(20)
    assert not picture.view.keeper.scene.boxes_of(new.id)
    picture.view.show()
    picture.settle()
    assert picture.view.keeper.scene.boxes_of(new.id)


def test_a_click_chooses_and_several_are_picked(picture: Picture) -> None:
    picture.close_up(VM_3)
    picture.click(VM_3)
    assert picture.chosen == [VM_3]
    other = entity_id("vm", "vc", "43")  # its neighbour
    picture.click(other, Qt.KeyboardModifier.ControlModifier)
    assert picture.picked == [(VM_3, other)]
    picture.click(VM_3, Qt.KeyboardModifier.ControlModifier)
    assert picture.picked[-1] == (other,)


def test_far_away_a_click_means_the_network(picture: Picture) -> None:
    picture.view.resize(500, 400)
    picture.settle()
    picture.click(VM_3)
    assert picture.chosen == [entity_id("network", "vc", "3")]


def test_a_selection_made_elsewhere_is_lit_brought_into_view_and_not_echoed(picture: Picture) -> None:
    picture.canvas.zoom_to(1.0)
    far = entity_id("vm", "vc", "39")
    picture.view.show_entities((far,))
    picture.settle()
    picture.qtbot.waitUntil(lambda: picture.canvas.viewport().rect().contains(picture.point(far)))
    assert not picture.chosen
    assert picture.is_lit(far)
    assert not picture.is_lit(VM_3)
    assert picture.view.keeper.wires.lively
    picture.press(Qt.Key.Key_Escape)
    picture.settle()
    assert picture.is_lit(VM_3)
    assert not picture.chosen


def test_the_keyboard_walks_zooms_and_chooses(picture: Picture) -> None:
    picture.canvas.setFocus()
    picture.press(Qt.Key.Key_Right)
    first = picture.chosen[-1]
    assert first.startswith("vm/")
    picture.press(Qt.Key.Key_Right)
    second = picture.chosen[-1]
    assert second != first
    picture.press(Qt.Key.Key_Left)
    assert picture.chosen[-1] == first
    picture.press(Qt.Key.Key_Up, alt=True)
    assert picture.chosen[-1].startswith("network/")
    picture.press(Qt.Key.Key_Down, alt=True)
    assert picture.chosen[-1] == first
    least = picture.canvas.zoom
    picture.press(Qt.Key.Key_Plus)
    assert picture.canvas.zoom > least
    picture.press(Qt.Key.Key_Minus, Qt.Key.Key_Minus)
    assert picture.canvas.zoom == pytest.approx(least)
    picture.press(Qt.Key.Key_Plus, Qt.Key.Key_Plus, Qt.Key.Key_0)
    assert picture.canvas.zoom == pytest.approx(least)
    picture.chosen.clear()
    picture.press(Qt.Key.Key_Return)
    assert picture.chosen == [first]


def test_the_wheel_zooms_at_the_pointer_and_dragging_pans(picture: Picture) -> None:
    middle = entity_id("vm", "vc", "20")
    picture.canvas.zoom_to(0.8)  # there is more than the window shows in both directions
    picture.view.show_entities((middle,))
    picture.qtbot.waitUntil(lambda: picture.canvas.viewport().rect().contains(picture.point(middle)))
    at = picture.point(middle)
    _turn(picture, at, 360)
    moved = picture.point(middle) - at
    assert picture.canvas.zoom > 1.2
    assert abs(moved.x()) <= 2
    assert abs(moved.y()) <= 2
    start = picture.point(middle)
    port = picture.canvas.viewport()
    QTest.mousePress(port, Qt.MouseButton.LeftButton, NONE, start)
    _drag(port, start + QPoint(-20, -10))
    _drag(port, start + QPoint(-60, -30))
    QTest.mouseRelease(port, Qt.MouseButton.LeftButton, NONE, start + QPoint(-60, -30))
    assert picture.point(middle) == start + QPoint(-60, -30)
    assert not picture.chosen
    for _ in range(60):
        _turn(picture, at, 120)
    assert picture.canvas.zoom == NEAREST


def test_a_double_click_zooms_to_what_is_there(picture: Picture) -> None:
    before = picture.canvas.zoom
    QTest.mouseDClick(picture.canvas.viewport(), Qt.MouseButton.LeftButton, NONE, picture.point(VM_3))
    picture.qtbot.waitUntil(lambda: picture.canvas.zoom > 2 * before)


def test_what_is_looked_at_stays_where_it_is_when_the_picture_grows(picture: Picture) -> None:
    low = entity_id("vm", "vc", "39")
    picture.close_up(low)
    picture.click(low)
    picture.settle()
    before, boxes = picture.point(low), picture.view.keeper.scene.boxes_of(low)
    picture.update(*(estates.vm(1_000 + number, nics=estates.vm(0).nics) for number in range(300)))
    picture.qtbot.waitUntil(lambda: picture.view.keeper.scene.is_tidy and not picture.view.keeper.busy)
    assert picture.view.keeper.scene.boxes_of(low) != boxes
    moved = picture.point(low) - before
    assert abs(moved.x()) <= 1
    assert abs(moved.y()) <= 1


def test_a_search_dims_the_rest(picture: Picture) -> None:
    picture.view.show_only({VM_3})
    picture.settle()
    assert picture.is_lit(VM_3)
    assert not picture.is_lit(entity_id("vm", "vc", "4"))
    picture.view.show_only(None)
    picture.settle()
    assert picture.is_lit(entity_id("vm", "vc", "4"))


def test_only_what_is_wired_is_laid_out_and_followed(picture: Picture) -> None:
    picture.view.show_entities((VM_3,))
    picture.view.narrow.setChecked(True)
    picture.settle()
    counts = picture.view.keeper.scene.counts()
    assert (counts["vm"], counts["host"], counts["network"]) == (1, 1, 2)
    host = entity_id("host", "vc", "0")
    picture.view.show_entities((host,))
    picture.settle()
    assert picture.view.keeper.scene.counts()["vm"] == 15
    picture.view.narrow.setChecked(False)
    picture.settle()
    assert picture.view.keeper.scene.counts()["vm"] == 60


def test_one_out_of_place_is_said_and_found(picture: Picture) -> None:
    assert not picture.view.next_flagged.isEnabled()
    kin = [_named(200 + number, f"web-pci-{number:02}", 110) for number in range(9)]
    odd = _named(220, "web-pci-77", 139)
    picture.update(*kin, odd)
    assert picture.view.next_flagged.text() == "1 out of place"
    picture.view.next_flagged.trigger()
    assert picture.chosen == [odd.id]
    picture.settle()
    spot = _spot(picture)
    tip = picture.canvas.telling.tooltip(picture.view.keeper.scene, spot)
    assert "9 of 10" in tip
    assert "VLAN 110" in tip
    change = estates.change(1, odd, "nics[1].network", "network/vc/10", "network/vc/39", actor="j.kim")
    picture.replica.updated(protocol.Update(changes=(change,)))
    assert "j.kim" in picture.canvas.telling.tooltip(picture.view.keeper.scene, spot)


def test_a_screen_reader_is_told_what_there_is_and_what_is_focused(picture: Picture) -> None:
    picture.view.show_entities((VM_3,))
    picture.settle()
    said = picture.canvas.accessibleDescription()
    assert [words.split()[0] for words in said.split(";")[0].split(", ")] == ["4", "40", "60"]
    assert "vm-00003" in said
    assert "VLAN 103" in said
    picture.update(estates.vm(3, power=Power.CRASHED))
    picture.canvas.show_entities(())
    picture.canvas.show_entities((VM_3,))
    assert "crashed" in picture.canvas.accessibleDescription()
    for widget in picture.view.findChildren(QToolButton):
        if widget.isVisible():
            assert widget.accessibleName() or widget.text() or widget.toolTip()
    for action in picture.view.actions_for_menu:
        assert action.text()
        assert action.toolTip()
        assert not action.icon().isNull()


def test_a_connection_can_be_left_out_and_that_is_remembered(qtbot: QtBot, picture: Picture) -> None:
    picture.update(*estates.estate(2, 10, "other"))
    assert len(picture.view.keeper.scene.sections) == 2
    picture.view._list_connections()
    other = next(action for action in picture.view._connection_menu.actions() if action.text() == "other estate")
    other.trigger()
    picture.settle()
    assert [section.endpoint for section in picture.view.keeper.scene.sections] == ["vc"]
    again = Picture(qtbot, picture.preferences)
    assert again.view.keeper.hidden == {"other"}


def test_stale_looks_stale_and_both_themes_differ(picture: Picture) -> None:
    def image() -> QImage:
        picture.settle()
        return QImage(picture.canvas.grab().toImage())

    live = image()
    picture.update(estates.connection(state=State.STALE))
    stale = image()
    assert stale != live
    Theme.current.choose(Scheme.DARK)
    try:
        assert image().pixelColor(3, 3).lightness() < 80 < stale.pixelColor(3, 3).lightness()
    finally:
        Theme.current.choose(Scheme.LIGHT)


def test_every_zoom_paints_names_that_are_not_trusted_as_plain_text(picture: Picture) -> None:
    picture.update(estates.vm(3, name="<b>x</b>\x00\u202e" + "long" * 200), estates.host(0, name="&<i>"))
    for zoom in (0.01, 0.1, 0.25, 0.4, 0.7, 1.0, NEAREST):
        picture.canvas.zoom_to(zoom)
        picture.settle()
        assert not picture.canvas.grab().isNull()
    picture.view.show_entities((VM_3,))
    tip = picture.canvas.telling.tooltip(picture.view.keeper.scene, _spot(picture))
    assert "<b>" not in tip
    assert "&lt;b&gt;" in tip


@pytest.mark.parametrize("name", ["topology.svg", "topology.png"])
def test_the_picture_is_saved(name: str, tmp_path: Path, picture: Picture) -> None:
    picture.view.save_as.trigger()
    dialog = picture.view.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / name))
    dialog.reject()
    written = (tmp_path / name).read_bytes()
    assert written.startswith(b"\x89PNG") if name.endswith("png") else b"<svg" in written
    picture.view.save(tmp_path / "missing" / name)
    assert "could not be saved" in picture.view.line.text()


def test_the_legend_opens_beside_its_button(picture: Picture) -> None:
    picture.view.show_legend.trigger()
    assert not picture.view.legend.isHidden()
    QTest.keyClick(picture.view.legend, Qt.Key.Key_Escape)
    assert not picture.view.legend.isVisible()


def test_the_slider_goes_from_everything_to_every_detail(picture: Picture) -> None:
    picture.view.slider.setValue(picture.view.slider.maximum())
    assert picture.canvas.zoom == pytest.approx(NEAREST, rel=0.01)
    picture.view.slider.setValue(0)
    assert picture.canvas.zoom == pytest.approx(picture.canvas.least_zoom)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_it_goes_on(seed: int, picture: Picture) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        number = chance.randrange(80)
        vm = entity_id("vm", "vc", str(number))
        match chance.randrange(9):
            case 0:
                picture.update(estates.vm(number, number % 4, nics=estates.vm(number * 7).nics))
            case 1:
                picture.update(removed=(vm,))
            case 2:
                picture.view.show_entities((vm,))
            case 3:
                picture.canvas.zoom_by(chance.choice((0.5, 2.0)))
            case 4:
                picture.canvas.scroll_by(chance.randrange(-300, 300), chance.randrange(-300, 300))
            case 5:
                picture.press(chance.choice((Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Escape)))
            case 6:
                picture.view.narrow.toggle()
            case 7:
                picture.update(removed=(entity_id("connection", "console", "vc"),))
            case _:
                picture.update(estates.connection())
        QApplication.processEvents()
    picture.settle()
    picture.canvas.clear()
    picture.view.narrow.setChecked(False)
    picture.settle()
    assert picture.view.keeper.scene.counts()["vm"] == picture.replica.counts["vm"]


def _failed(error: VmiError) -> None:
    pytest.fail(str(error))


def _drag(port: QWidget, at: QPoint) -> None:
    """A move with the button held, which QTest's own does not tell."""
    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(
        QMouseEvent.Type.MouseMove,
        QPointF(at),
        QPointF(port.mapToGlobal(at)),
        left,
        left,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(port, event)


def _turn(picture: Picture, at: QPoint, angle: int) -> None:
    port = picture.canvas.viewport()
    event = QWheelEvent(
        QPointF(at),
        QPointF(port.mapToGlobal(at)),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(port, event)


def _spot(picture: Picture) -> Spot:
    assert picture.canvas.spot is not None
    return picture.canvas.spot


def _named(number: int, name: str, vlan: int) -> VM:
    nic = Nic(key="1", type=NicKind.PORTGROUP, network=entity_id("network", "vc", str(vlan - 100)), vlan=access(vlan))
    return msgspec.structs.replace(estates.vm(number, name=name), nics=(nic,))
