"""The tray: what its icon, menu and messages say, with and without one, and on a real desktop."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from tests.gui import estates, judged
from vmi_console.engine import protocol
from vmi_console.engine.client import Link
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import Connection, Health, HostState, State
from vmi_console.gui import news
from vmi_console.gui.desk import Desk
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.tray import Tray
from vmi_console.gui.watching import Watchlist
from vmi_console.policy.judgement import Severity

VC = entity_id("connection", "console", "vc")


@dataclass
class Stage:
    """A tray over an estate; `heard` is what its signals said."""

    desk: Desk
    tray: Tray
    heard: list[tuple[object, ...]] = field(default_factory=list)

    def become(self, *connections: Connection) -> None:
        self.desk.replica.updated(protocol.Update(records=connections))
        self.desk.replica.refresh()

    def said(self) -> list[str]:
        """Titles of what was said, after enough time for all of it."""
        QTest.qWait(news.GATHERED_MS + news.APART_MS + 40)
        titles = [str(one[1]) for one in self.heard if one[0] == "said"]
        self.heard.clear()
        return titles

    def entries(self) -> dict[str, QAction]:
        self.tray.menu.aboutToShow.emit()
        return {action.text(): action for action in self.tray.menu.actions() if not action.isSeparator()}


@pytest.fixture
def stage(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(news, "GATHERED_MS", 20)
    monkeypatch.setattr(news, "APART_MS", 60)
    owner = QMainWindow()
    qtbot.addWidget(owner)
    replica, engine = Replica(owner), estates.NotingEngine()
    desk = Desk(replica, engine, Errands(lambda error: None), Preferences(), Watchlist(engine))
    stage = Stage(desk, Tray(desk, owner))
    for name in ("chosen", "window_wanted", "quit_wanted", "said"):
        getattr(stage.tray, name).connect(lambda *what, name=name: stage.heard.append((name, *what)))
    estates.replay(replica, [estates.connection(), estates.connection("kvm"), estates.host(1)])
    yield stage
    stage.tray.close()


def test_the_icon_says_the_worst_state_by_word_too(stage: Stage) -> None:
    icon = stage.tray.icon
    assert icon.toolTip() == "VMI Console: 2 of 2 live"
    calm = icon.icon().pixmap(32).toImage()
    stage.become(estates.connection(state=State.CREDENTIALS))
    assert icon.toolTip() == "VMI Console: 1 of 2 needs a password, 1 of 2 live"
    assert icon.icon().pixmap(32).toImage() != calm
    stage.desk.replica.link_changed(Link(up=False, since=estates.NOW))
    assert icon.toolTip() == "VMI Console: stale · the engine does not answer"
    estates.replay(stage.desk.replica, [])
    assert icon.toolTip() == "VMI Console: not connected"


def test_the_icon_has_the_number_of_the_worst_findings(stage: Stage) -> None:
    icon = stage.tray.icon
    judged.tell(stage.desk.replica, judged.finding(0, severity=Severity.CRITICAL))
    one, small = icon.icon().pixmap(32).toImage(), icon.icon().pixmap(16).toImage()
    judged.tell(stage.desk.replica, judged.finding(1, severity=Severity.CRITICAL))
    two = icon.icon().pixmap(32).toImage()
    assert two != one
    assert icon.icon().pixmap(16).toImage() == small  # where there is no room for a figure
    judged.tell(stage.desk.replica, judged.finding(2, severity=Severity.LOW))
    assert icon.icon().pixmap(32).toImage() == two
    assert "2 critical, 1 low" in icon.toolTip()


def test_the_menu_opens_problems_the_worst_first(stage: Stage) -> None:
    assert not stage.entries()["No problems"].isEnabled()
    stage.become(estates.connection(state=State.STALE), estates.connection("kvm", state=State.TRUST, name="<b>&kvm"))
    stage.desk.replica.updated(protocol.Update(records=(estates.host(1, state=HostState.NOT_RESPONDING),)))
    entries = stage.entries()
    assert list(entries)[1:4] == ["<b>&&kvm – needs trust", "vc estate – stale", "esx-02.example – not responding"]
    entries["vc estate – stale"].trigger()
    assert stage.heard == [("window_wanted", True), ("chosen", VC)]


def test_the_menu_shows_and_hides_the_window_and_quits(stage: Stage) -> None:
    window = stage.tray.parent()
    assert isinstance(window, QMainWindow)
    stage.entries()["Show the window"].trigger()
    window.show()
    stage.entries()["Hide the window"].trigger()
    window.hide()
    stage.entries()["Quit"].trigger()
    assert stage.heard == [("window_wanted", True), ("window_wanted", False), ("quit_wanted",)]
    stage.tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    assert stage.heard[-1] == ("window_wanted", True)


def test_trouble_and_recovery_are_told_where_there_is_no_tray(stage: Stage) -> None:
    assert not stage.tray.available
    stage.become(estates.connection(health=Health(state=State.STALE, since=estates.NOW, reason="no route")))
    QTest.qWait(news.GATHERED_MS + 20)
    assert stage.heard == [("said", "vc estate: stale", "no route\nit is tried again", VC)]
    stage.said()
    stage.become(estates.connection(state=State.CONNECTING))
    assert stage.said() == []
    stage.become(estates.connection())
    assert stage.said() == ["vc estate answers again"]


def test_what_settles_at_once_is_no_news(stage: Stage) -> None:
    stage.become(estates.connection(state=State.STALE))
    stage.become(estates.connection())
    assert stage.said() == []


def test_much_at_once_is_one_message_and_more_waits(stage: Stage) -> None:
    stage.become(*(estates.connection(f"h{number}", state=State.CREDENTIALS) for number in range(7)))
    QTest.qWait(news.GATHERED_MS + 20)
    (told,) = stage.heard
    assert told[1].startswith("7 ")  # type: ignore[attr-defined]
    assert len(str(told[2]).splitlines()) == news.LISTED + 1
    stage.tray.tell("one")
    stage.tray.tell("two")
    QTest.qWait(news.GATHERED_MS + 10)
    assert len(stage.heard) == 1
    QTest.qWait(news.APART_MS)
    assert str(stage.heard[1][2]).splitlines() == ["one", "two"]


def test_an_engine_that_is_gone_is_told_once_and_its_connections_are_not(stage: Stage) -> None:
    stage.desk.replica.link_changed(Link(up=False, since=estates.NOW, reason="the engine has stopped"))
    stage.become(estates.connection(state=State.STALE))
    assert stage.said() == ["The engine does not answer"]
    estates.replay(stage.desk.replica, [estates.connection()])
    assert stage.said() == ["The engine answers again"]


def test_muted_and_switched_off_messages_are_not_told(stage: Stage) -> None:
    stage.entries()["Mute notifications for an hour"].trigger()
    stage.tray.tell("one")
    assert stage.said() == []
    (muted,) = (action for text, action in stage.entries().items() if text.startswith("Notifications are muted until"))
    assert muted.isChecked()
    muted.trigger()
    stage.tray.tell("two")
    assert stage.said() == ["two"]
    stage.desk.preferences.choose(notify=False)
    stage.tray.tell("three")
    assert stage.said() == []


def test_without_a_tray_closing_the_window_is_not_taken_over(stage: Stage) -> None:
    assert not stage.tray.takes_over()


PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
from tests.gui import estates
from vmi_console.gui import news
from vmi_console.gui.desk import Desk
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.theme import Theme
from vmi_console.gui.tray import Tray
from vmi_console.gui.watching import Watchlist

app = QApplication([])
Theme(app)
engine = estates.NotingEngine()
replica = Replica(app)
desk = Desk(replica, engine, Errands(print), Preferences(), Watchlist(engine))
window = QMainWindow()
tray = Tray(desk, app)
app.setQuitOnLastWindowClosed(False)

def say(*what):
    print(*what, flush=True)

def heard():
    place = tray.icon.geometry()
    if tray.available and place.width() > 1:
        say("at", place.center().x(), place.center().y())
        say("takes over", tray.takes_over(), tray.takes_over())
        desk.preferences.choose(close_to_tray=False)
        say("takes over", tray.takes_over())
        watching.stop()

tray.window_wanted.connect(lambda shown: say("window", shown))
tray.quit_wanted.connect(app.quit)
estates.replay(replica, [estates.connection()])
watching = QTimer(interval=50)
watching.timeout.connect(heard)
watching.start()
QTimer.singleShot(30_000, lambda: sys.exit(3))
app.exec()
tray.close()
say("ended")
"""


@pytest.mark.skipif(
    any(shutil.which(program) is None for program in ("Xvfb", "openbox", "trayer", "xdotool")),
    reason="a desktop with a tray needs Xvfb, openbox, trayer and xdotool",
)
def test_on_a_desktop_the_icon_shows_the_window_and_its_menu_quits() -> None:
    with ExitStack() as stack:

        def start(*command: str, **more: object) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                command,
                text=True,
                env=environment,
                stdout=subprocess.PIPE if more else subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS", "QT_"))}
        screen = start("Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", read=True)
        assert screen.stdout is not None
        stack.callback(screen.stdout.close)
        environment |= {"DISPLAY": f":{screen.stdout.readline().strip()}", "QT_QPA_PLATFORM": "xcb"}
        start("openbox")
        start("trayer", "--edge", "bottom", "--align", "right", "--widthtype", "request", "--height", "32")
        program = start(sys.executable, "-c", PROGRAM, read=True)
        said = program.stdout
        assert said is not None
        stack.callback(said.close)
        _, x, y = said.readline().split()
        # The first closing is told by a message of the tray; the operator's choice ends it.
        assert said.readline() == "takes over True True\n"
        assert said.readline() == "takes over False\n"

        def hand(*what: str) -> None:
            subprocess.run(["xdotool", *what], env=environment, check=True)
            time.sleep(0.5)

        hand("mousemove", x, y, "click", "1")
        assert said.readline() == "window True\n"
        hand("click", "3")
        hand("key", "Up", "Return")
        assert said.read().splitlines()[-1] == "ended"
