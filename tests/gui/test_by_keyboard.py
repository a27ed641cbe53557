"""What an operator does every day, without a mouse: each test presses keys on the real window."""

from __future__ import annotations

import asyncio
import csv
import gc
import io
import threading

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLineEdit, QWidget

from tests.gui import estates
from tests.gui.conftest import Console
from vmi_console.engine import protocol
from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import Certificate, Health, State
from vmi_console.gui.dialogs.connect import ConnectDialog
from vmi_console.gui.dialogs.secret import SecretDialog
from vmi_console.gui.dialogs.settings import SettingsDialog
from vmi_console.gui.dialogs.trust import TrustDialog
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.table.view import VmView

Key = Qt.Key
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
ADDRESS = "vsphere://reader@vc.example/"


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """A key, wherever the keyboard is."""
    target = QApplication.focusWidget() or QApplication.activeWindow()
    assert target is not None
    QTest.keyClick(target, key, modifiers)


def write(text: str) -> None:
    target = QApplication.focusWidget()
    assert isinstance(target, QLineEdit)
    QTest.keyClicks(target, text)


async def asked[D: QWidget](console: Console, kind: type[D]) -> D:
    """The dialog of a kind, once it has the keyboard."""
    await console.until(lambda: any(one.isVisible() for one in console.window.findChildren(kind)))
    dialog = next(one for one in console.window.findChildren(kind) if one.isVisible())
    dialog.activateWindow()
    await console.until(lambda: (focus := QApplication.focusWidget()) is not None and dialog.isAncestorOf(focus))
    return dialog


async def gone(console: Console, kind: type[QWidget]) -> None:
    await console.until(lambda: not any(one.isVisible() for one in console.window.findChildren(kind)))
    console.window.activateWindow()


async def begun(console: Console, vms: int = 8) -> None:
    """The window on an estate, with the keyboard in the tree."""
    estates.replay(console.replica, estates.estate(hosts=2, vms=vms))
    await console.until(console.window.estate_dock.isVisible)
    await console.settle()
    console.window.activateWindow()
    QTest.keyClick(console.window, Key.Key_1, CTRL)
    await console.until(console.window.tree.hasFocus)


def told(console: Console, state: State, **health: object) -> None:
    """The engine tells how the connection is."""
    health_now = Health(state=state, since=estates.NOW, **health)  # type: ignore[arg-type]
    console.replica.updated(protocol.Update(records=(estates.connection(health=health_now),)))
    console.replica.refresh()


async def test_adding_a_connection_with_a_wrong_password_then_the_right_one(console: Console) -> None:
    window, engine = console.window, console.engine
    fingerprint = ":".join(["ab"] * 32)
    engine.answers["add_connection"] = estates.connection().id
    window.activateWindow()
    QTest.keyClick(window, Key.Key_N, CTRL)
    dialog = await asked(console, ConnectDialog)
    write("nonsense")
    press(Key.Key_Return)
    await console.until(lambda: "nonsense" in dialog.message.text())
    press(Key.Key_A, CTRL)
    write(ADDRESS)
    while QApplication.focusWidget() is not dialog.secret:
        press(Key.Key_Tab)
    write("wrong")
    press(Key.Key_Return)
    await gone(console, ConnectDialog)
    assert engine.calls[-1][0] == "add_connection"
    assert (engine.calls[-1][1]["uri"], engine.calls[-1][1]["secret"]) == (ADDRESS, "wrong")

    told(console, State.TRUST, certificate=Certificate(fingerprint=fingerprint, subject="CN=vc"))
    trust = await asked(console, TrustDialog)
    while QApplication.focusWidget() is not trust.trust_button:
        press(Key.Key_Tab)
    press(Key.Key_Space)
    await gone(console, TrustDialog)
    assert engine.calls[-1] == ("trust", {"id": estates.connection().id, "fingerprint": fingerprint})

    told(console, State.CREDENTIALS, reason="vc.example refused the user name or password")
    await asked(console, SecretDialog)
    write("still wrong")
    engine.answers["provide_secret"] = CommandRefused("not now", "try again")
    press(Key.Key_Return)
    await console.until(lambda: engine.calls[-1][0] == "provide_secret")
    asking = await asked(console, SecretDialog)
    await console.until(lambda: "not now" in asking.message.text())
    engine.answers["provide_secret"] = None
    asking.secret.setFocus()
    press(Key.Key_A, CTRL)
    write("right")
    press(Key.Key_Return)
    await gone(console, SecretDialog)
    assert engine.calls[-1][1]["secret"] == "right"


async def test_searching_and_going_to_what_was_found(console: Console) -> None:
    await begun(console)
    window = console.window
    press(Key.Key_F, CTRL)
    await console.until(window.search.hasFocus)
    write("vm-00003")
    press(Key.Key_Return)
    assert console.engine.searches[-1] == (1, "vm-00003")
    vm = entity_id("vm", "vc", "3")
    console.replica.matched(protocol.Matches(number=1, replaces=True, added=(vm,)))
    await console.settle()
    while not window.tree.hasFocus():
        press(Key.Key_Tab)
    press(Key.Key_End)
    await console.until(lambda: window.selection.entity == vm)
    press(Key.Key_F, CTRL)
    press(Key.Key_Escape)
    assert console.engine.searches[-1] == (1, "")


async def test_comparing_several_and_copying_them(console: Console) -> None:
    await begun(console)
    window = console.window
    window.show_pane("vms")
    table = window.table.findChild(VmView)
    assert table is not None
    await console.until(lambda: table.model().rowCount() == 8)
    while not table.hasFocus():
        press(Key.Key_Tab)
    press(Key.Key_End)
    press(Key.Key_Home)
    press(Key.Key_Down)
    press(Key.Key_Down, SHIFT)
    press(Key.Key_Down, SHIFT)
    await console.until(lambda: len(window.selection.entities) == 3)
    await console.until(lambda: window.panel.front == "comparison")
    press(Key.Key_K, CTRL)
    await console.until(window.palette_box.box.hasFocus)
    write("copy as csv")
    await console.until(lambda: window.palette_box.list.currentIndex().isValid())
    press(Key.Key_Return)
    await console.until(lambda: "vm-0000" in QApplication.clipboard().text())
    lines = list(csv.reader(io.StringIO(QApplication.clipboard().text())))
    names = [console.replica.records[entity].name for entity in window.selection.entities]
    assert lines[0][0] == "Name"
    assert sorted(line[0] for line in lines[1:]) == sorted(names)


async def test_commands_of_the_palette(console: Console) -> None:
    await begun(console)
    window = console.window
    for words, holds in (
        ("dark", lambda: window.preferences.choices.scheme is Scheme.DARK),
        ("colours of the system", lambda: window.preferences.choices.scheme is Scheme.SYSTEM),
        ("lists only", lambda: not window.panel.isVisible()),
        ("lists only", window.panel.isVisible),
        ("vm-00005", lambda: window.selection.entity == entity_id("vm", "vc", "5")),
    ):
        QTest.keyClick(window, Key.Key_K, CTRL)
        await console.until(window.palette_box.box.hasFocus)
        write(words)
        press(Key.Key_Return)
        await console.until(holds)
        await console.until(lambda: not window.palette_box.isVisible())


@pytest.mark.slow
async def test_opening_and_closing_leaves_nothing_behind(console: Console, qapp: QApplication) -> None:
    """Torn-off panes and dialogs, twenty times: no object of Qt, no thread and no timer is there that was not."""
    await begun(console)
    window = console.window

    async def around() -> None:
        window.selection.choose(entity_id("vm", "vc", "1"))
        window.tear()
        window.pane_windows[0].close()
        for opened in (window.open_settings, window.attach, window.connections.open_new, window.tell_about):
            opened()
            dialog = next(one for one in window.findChildren(QDialog) if one.isVisible())
            dialog.reject()
        window.palette_box.open()
        window.palette_box.close()
        window.show_pane("topology")
        window.show_pane("vms")
        for _ in range(3):
            await asyncio.sleep(0)
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()

    def there() -> tuple[int, int, int, int]:
        timers = sum(timer.isActive() for timer in window.findChildren(QTimer))
        return len(window.findChildren(QObject)), timers, len(qapp.topLevelWidgets()), threading.active_count()

    for _ in range(3):  # what is made once and kept
        await around()
    await console.settle()
    before = there()
    for _ in range(20):
        await around()
    await console.settle()
    await console.until(lambda: all(now <= then for now, then in zip(there(), before, strict=True)))


async def test_a_setting_is_found_chosen_and_undone(console: Console) -> None:
    await begun(console)
    QTest.keyClick(console.window, Key.Key_Comma, CTRL)
    await asked(console, SettingsDialog)
    write("dark")
    before = console.window.preferences.choices
    while not isinstance(QApplication.focusWidget(), QComboBox):
        press(Key.Key_Tab)
    press(Key.Key_End)
    press(Key.Key_Return)
    await console.until(lambda: console.window.preferences.choices.scheme is Scheme.DARK)
    press(Key.Key_Z, CTRL)
    await console.until(lambda: console.window.preferences.choices == before)
    press(Key.Key_Escape)
    press(Key.Key_Escape)
    await gone(console, SettingsDialog)
