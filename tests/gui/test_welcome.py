"""The page for a console that is connected to nothing: each way begins with one click, or one key."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QPushButton
from pytestqt.qtbot import QtBot

from tests.gui import estates
from tests.gui.conftest import Console
from vmi_console.engine import protocol
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.attach import AttachDialog
from vmi_console.gui.dialogs.connect import ConnectDialog
from vmi_console.gui.panes.welcome import RECENT, WelcomePane
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.watching import Watchlist


@dataclass
class Stage:
    """The page, and what it asked for."""

    window: QMainWindow
    desk: Desk
    page: WelcomePane
    wanted: list[tuple[str, ...]] = field(default_factory=list)

    def again(self) -> list[str]:
        """The names of recent connections, once they are laid out."""
        QTest.qWait(1)
        return [
            button.text()
            for button in self.page.findChildren(QPushButton)
            if button not in self.page.cards and not button.isHidden()
        ]


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    window = QMainWindow()
    qtbot.addWidget(window)
    replica, engine = Replica(window), estates.NotingEngine()
    desk = Desk(replica, engine, Errands(lambda error: None), Preferences(tmp_path), Watchlist(engine))
    stage = Stage(window, desk, WelcomePane(desk))
    window.setCentralWidget(stage.page)
    for name in ("demo_wanted", "add_wanted", "engine_wanted"):
        getattr(stage.page, name).connect(lambda *what, name=name: stage.wanted.append((name, *what)))
    window.show()
    return stage


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_every_way_begins_with_one_key(stage: Stage, key: Qt.Key) -> None:
    for card in stage.page.cards:
        assert card.accessibleName()
        assert card.accessibleDescription()
        card.setFocus()
        QTest.keyClick(card, key)
    assert stage.wanted == [
        ("demo_wanted",),
        ("add_wanted", "vsphere", ""),
        ("add_wanted", "libvirt", ""),
        ("engine_wanted",),
    ]


def test_recent_connections_are_offered_again_but_for_demos(stage: Stage) -> None:
    assert stage.again() == []
    names = [f"h{number}" for number in range(RECENT + 2)]
    for name in names:
        stage.desk.replica.updated(protocol.Update(records=(estates.connection(name, name=f"<b>&{name}"),)))
        stage.desk.replica.refresh()
    stage.desk.replica.updated(protocol.Update(records=(estates.connection("x", uri="demo://", provider="demo"),)))
    stage.desk.replica.refresh()
    expected = [f"<b>&&{name}" for name in reversed(names)][:RECENT]
    assert stage.again() == expected
    again = Stage(stage.window, stage.desk, WelcomePane(stage.desk))
    again.page.show()
    assert again.again() == expected
    again.page.close()
    next(one for one in stage.page.findChildren(QPushButton) if one.text() == expected[0]).click()
    assert stage.wanted == [("add_wanted", "", "vsphere://reader@h5.example/")]
    again.page.deleteLater()


async def test_the_ways_open_dialogs_that_are_filled_in(console: Console) -> None:
    window = console.window
    window.welcome.add_wanted.emit("vsphere", "")
    dialog = window.findChild(ConnectDialog)
    assert dialog is not None
    assert (dialog.kind.currentData(), dialog.uri.text()) == ("vsphere", "")
    dialog.close()
    window.welcome.add_wanted.emit("", "demo://?hosts=3")
    *_, dialog = window.findChildren(ConnectDialog)
    assert (dialog.kind.currentData(), dialog.uri.text()) == ("demo", "demo://?hosts=3")
    dialog.close()


def demos(mark: str) -> dict[int, list[str]]:
    """The command lines of windows on the demo, of the processes that have this in their environment."""
    found = {}
    for listing in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # of another user, or gone meanwhile
            words = listing.read_bytes().decode().split("\0")[:-1]
            if "--demo" in words and mark.encode() in (listing.parent / "environ").read_bytes():
                found[int(listing.parent.name)] = words
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for the other window")
async def test_the_demo_opens_in_a_window_of_its_own_and_leaves_the_users_engine_alone(
    console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", mark := str(tmp_path / "config"))
    window, card = console.window, console.window.welcome.cards[0]
    name = card.accessibleName()
    for _ in range(2):  # a double click opens one
        QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    assert card.accessibleName() == "Another window opens…"
    await console.until(lambda: len(demos(mark)) > 0)
    ((pid, words),) = demos(mark).items()
    os.kill(pid, signal.SIGTERM)
    await console.until(lambda: not demos(mark))
    assert words[-3:] == ["-m", "vmi_console", "--demo"]  # as on a command line
    assert not window.notices.other.isVisible()
    assert "add_connection" not in [name for name, _ in console.engine.calls]
    assert not (tmp_path / "config").exists()
    await console.until(lambda: card.accessibleName() == name)


async def test_a_demo_that_cannot_be_opened_is_said(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    QTest.mouseClick(console.window.welcome.cards[0], Qt.MouseButton.LeftButton)
    assert console.window.notices.other.label.text() == "Another window could not be started."


def test_an_engine_that_is_not_there_is_said_in_place(stage: Stage, tmp_path: Path) -> None:
    dialog = AttachDialog(stage.page, tmp_path / "engine")
    dialog.open()
    QTest.keyClick(dialog.path, Qt.Key.Key_Return)
    assert dialog.message.text() == f"Nothing listens there: {tmp_path / 'engine'}"
    assert dialog.isVisible()
    dialog.reject()
