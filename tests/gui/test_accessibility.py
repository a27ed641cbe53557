"""The window without eyes or a mouse: what a screen reader is told, where Tab goes, and how focus is seen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import groupby

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QMenu, QRadioButton, QVBoxLayout, QWidget

from tests.gui import estates
from tests.gui.conftest import Console
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import Certificate, Health, State
from vmi_console.gui.dialogs.attach import AttachDialog
from vmi_console.gui.dialogs.connect import ConnectDialog
from vmi_console.gui.dialogs.secret import SecretDialog
from vmi_console.gui.dialogs.settings import SettingsDialog
from vmi_console.gui.dialogs.trust import TrustDialog
from vmi_console.gui.docks import tab_bars
from vmi_console.gui.window import MainWindow

Role = QAccessible.Role
WITH_ROWS = {Role.Table, Role.Tree, Role.List}  # rows have tests of their own
STANDING = 60  # more presses of Tab than there are controls

VM = entity_id("vm", "vc", "1")
SELECTIONS = {
    "a VM": (VM,),
    "two VMs": (VM, entity_id("vm", "vc", "2")),
    "a host": (entity_id("host", "vc", "1"),),
    "a network": (entity_id("network", "vc", "1"),),
    "a connection": (entity_id("connection", "console", "vc"),),
}


def interfaces(root: QWidget) -> Iterator[QAccessibleInterface]:
    """Everything that a screen reader finds below a widget, but for the rows of lists."""
    waiting = [QAccessible.queryAccessibleInterface(root)]
    while waiting:
        one = waiting.pop()
        if one is None or not one.isValid():
            continue
        yield one
        if one.role() not in WITH_ROWS:
            waiting += [one.child(place) for place in range(one.childCount())]


def in_sight(widget: QWidget) -> bool:
    return not widget.visibleRegion().isEmpty()


def unnamed(root: QWidget) -> list[str]:
    """What takes the keyboard and does not say what it is; a label with nothing to say is none."""
    return [
        f"{type(one.object()).__name__} {one.object().objectName()} in {type(one.object().parent()).__name__}"
        for one in interfaces(root)
        if one.state().focusable and not one.state().invisible and one.role() is not Role.StaticText
        if not one.text(QAccessible.Text.Name) or one.role() is Role.NoRole
        if not isinstance(widget := one.object(), QWidget) or in_sight(widget)
    ]


def stops(window: QWidget) -> set[QWidget]:
    """What can be clicked into on screen, and so must be reached by keyboard."""
    return {
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isEnabled()
        and widget.window() is window
        and widget.focusProxy() is None
        and not widget.visibleRegion().isEmpty()
    }


async def walk(console: Console, key: Qt.Key = Qt.Key.Key_Tab) -> list[QWidget]:
    """What Tab reaches from where the keyboard is, until it is there again."""
    window, reached = console.window, list[QWidget]()
    await console.until(lambda: QApplication.focusWidget() is not None)
    while (focused := QApplication.focusWidget()) not in reached and len(reached) < STANDING:
        assert focused is not None
        reached.append(focused)
        QTest.keyClick(focused, key)
    assert focused is reached[0], f"Tab goes round without {reached[0]}"
    assert all(widget.window() is window for widget in reached)
    return reached


async def looked_at(console: Console, entities: tuple[EntityId, ...] = (VM,)) -> MainWindow:
    """A window on an estate, with something selected and the keyboard in the tree."""
    estates.replay(console.replica, estates.estate(hosts=2, vms=8))
    window = console.window
    await console.until(window.estate_dock.isVisible)
    window.selection.choose_all(entities)
    await console.settle()
    window.activateWindow()
    window.estate_dock.come_forward()
    await console.until(window.tree.hasFocus)
    return window


@pytest.mark.parametrize("entities", SELECTIONS.values(), ids=SELECTIONS)
async def test_every_pane_says_what_it_is_and_tab_reaches_all_of_it(
    console: Console, entities: tuple[EntityId, ...]
) -> None:
    window = await looked_at(console, entities)
    for kind in window.panel.offered:
        window.panel.turn_to(kind.name)
        await console.settle()
        assert not unnamed(window), kind.name
        window.tree.setFocus()
        reached = await walk(console)
        assert not stops(window) - set(reached), kind.name
        assert reached[1:] == list(reversed((await walk(console, Qt.Key.Key_Backtab))[1:])), kind.name


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
async def test_tab_goes_through_the_window_as_it_is_read(console: Console, direction: Qt.LayoutDirection) -> None:
    window = await looked_at(console)
    window.setLayoutDirection(direction)
    for dock in window.docks[1:]:
        dock.come_forward()
        await console.until(partial(in_sight, dock))
        assert not unnamed(window), dock.objectName()
        beside = sorted((window.estate_dock, window.panel), key=lambda part: part.mapTo(window, QPoint()).x())
        if direction is Qt.LayoutDirection.RightToLeft:
            beside.reverse()
        areas = [window.search, *beside, *tab_bars(window), dock]
        window.search.setFocus()
        reached = await walk(console)
        assert not stops(window) - set(reached), dock.objectName()
        parts = [next(part for part in areas if part.isAncestorOf(one) or part is one) for one in reached]
        assert [part for part, _ in groupby(parts)] == [part for part in areas if part in parts], dock.objectName()


async def test_a_torn_off_pane_is_reached_by_keyboard_too(console: Console) -> None:
    window = await looked_at(console)
    window.tear()
    torn = window.pane_windows[0]
    torn.activateWindow()
    torn.panel.tabs.setFocus()
    await console.until(torn.panel.tabs.hasFocus)
    reached = set[QWidget]()
    for _ in range(STANDING):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert not stops(torn) - reached
    assert not unnamed(torn)
    torn.close()


async def test_the_first_page_says_what_it_offers(console: Console) -> None:
    window = console.window
    window.activateWindow()
    window.search.setFocus()
    assert not unnamed(window)
    assert not stops(window) - set(await walk(console))


async def test_dialogs_say_what_they_ask(console: Console) -> None:
    window = await looked_at(console)
    asking = estates.connection(
        health=Health(state=State.TRUST, since=estates.NOW, certificate=Certificate(fingerprint=":".join(["ab"] * 32)))
    )
    window.open_settings()
    window.attach()
    window.connections.open_new()
    SecretDialog(window, asking, console.engine, window.errands).open()
    TrustDialog(window, asking, console.engine, window.errands).open()
    for kind in (SettingsDialog, AttachDialog, ConnectDialog, SecretDialog, TrustDialog):
        dialog = window.findChild(kind)
        assert isinstance(dialog, QDialog)
        assert dialog.isVisible()
        assert not unnamed(dialog), kind.__name__
        dialog.reject()
    window.palette_box.open()
    assert not unnamed(window.palette_box)
    window.palette_box.close()
    await console.until(lambda: not any(dialog.isVisible() for dialog in window.findChildren(QDialog)))


async def test_every_menu_entry_has_a_letter_or_can_be_reached(console: Console) -> None:
    window = await looked_at(console)
    for menu in window.menuBar().findChildren(QMenu):
        interface = QAccessible.queryAccessibleInterface(menu)
        names = [interface.child(place).text(QAccessible.Text.Name) for place in range(interface.childCount())]
        assert len(names) == len(menu.actions())
        assert all(name for name, action in zip(names, menu.actions(), strict=True) if not action.isSeparator())


def picture(widget: QWidget) -> QImage:
    """A control with what is around it: focus may be a frame."""
    corner = widget.mapTo(widget.window(), QPoint())
    return widget.window().grab(widget.rect().translated(corner).adjusted(-3, -3, 3, 3)).toImage()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_focus_is_seen_on_every_control(console: Console, scheme: str) -> None:
    window = await looked_at(console)
    window.preferences.choose(scheme=scheme)
    unseen = set[str]()
    for dock in window.docks[1:]:
        dock.come_forward()
        await console.settle()
        for control in stops(window):
            other = window.search if control is not window.search else window.tree
            other.setFocus(Qt.FocusReason.TabFocusReason)
            without = picture(control)
            control.setFocus(Qt.FocusReason.TabFocusReason)
            if picture(control) == without:
                unseen.add(f"{type(control).__name__} {control.accessibleName()} in {dock.objectName()}")
    window.preferences.choose(scheme="system")
    assert not unseen


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
async def test_a_choice_is_seen_and_so_is_its_focus(
    console: Console, kind: type[QCheckBox | QRadioButton], scheme: str
) -> None:
    console.window.preferences.choose(scheme=scheme)
    dialog = QDialog(console.window)
    one, other = kind("", dialog), kind("", dialog)
    layout = QVBoxLayout(dialog)
    for choice in (one, other):
        choice.setAutoExclusive(False)
        layout.addWidget(choice)
    dialog.show()
    dialog.activateWindow()
    background = dialog.grab().toImage().pixelColor(1, 1).lightnessF()
    for chosen in (False, True):
        one.setChecked(chosen)
        other.setFocus(Qt.FocusReason.TabFocusReason)
        await console.until(other.hasFocus)
        without = picture(one)
        one.setFocus(Qt.FocusReason.TabFocusReason)
        assert picture(one) != without
        shades = [
            without.pixelColor(x, y).lightnessF() for x in range(without.width()) for y in range(without.height())
        ]
        assert max(abs(shade - background) for shade in shades) > 0.3, "it is not seen that there is a choice"
    dialog.close()
    console.window.preferences.choose(scheme="system")
