"""The icon in the desktop's tray: the worst state at a glance, a menu, and messages while nobody looks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QSystemTrayIcon

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Host, State
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.findings.desktop import DEFAULT, DesktopMessages
from vmi_console.gui.findings.looks import SEVERITY, worst_first
from vmi_console.gui.findings.news import FindingNews
from vmi_console.gui.news import Item, News
from vmi_console.gui.plain_text import action_text
from vmi_console.gui.replica import SILENT, Delta
from vmi_console.gui.states import CONNECTION, HOST, STALE, Look
from vmi_console.gui.theme import Theme, Tone
from vmi_console.gui.wording import number
from vmi_console.plain_text import visible

LISTED = 8
MUTED_HOURS = 1
ACKNOWLEDGE, MUTE = "acknowledge", "mute"  # buttons of a message
MESSAGE_MS = 10_000
TOLD = "tray-told"  # that closing the window leaves the program running: what the preferences call it

_WITHOUT_DESKTOP = ("offscreen", "minimal")
_WORST_FIRST = (
    State.UNSUPPORTED,
    State.TRUST,
    State.CREDENTIALS,
    State.STALE,
    State.DEGRADED,
    State.CONNECTING,
    State.RECORDED,
    State.LIVE,
)


@dataclass(frozen=True)
class Problem:
    """Something that is wrong: how it looks, in words, and where to see it."""

    look: Look
    text: str
    entity: EntityId
    finding: str = ""


class Tray(QObject):
    """Works the same without a tray: then there is no icon, and `said` has what the window is to show itself."""

    chosen = Signal(str)  # EntityId: the operator wants to see that one
    window_wanted = Signal(bool)  # to be shown, or hidden
    finding_chosen = Signal(str)  # its id: likewise
    finding_acknowledged = Signal(str)  # its id: the operator has seen it
    quit_wanted = Signal()
    said = Signal(str, str, str)  # title, text, EntityId or empty: there is no other place to say it
    finding_said = Signal(str, str, str)  # title, text, id of the finding: likewise

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._about: Item | None = None  # the last message
        self._shown: tuple[str, Tone, str] | None = None
        self.news = News(desk, self)
        self.news.told.connect(self._told)
        self.finding_news = FindingNews(desk, lambda: self.news.silent, self)
        self.finding_news.told.connect(self._told)
        self.desktop = DesktopMessages(desk.errands, self)
        self.desktop.chosen.connect(self._answered)
        self.desktop.lost.connect(self._show_message)
        self.icon = QSystemTrayIcon(self)
        self.menu = QMenu()  # an icon is no widget, and cannot own one
        self.destroyed.connect(self.menu.deleteLater)
        self.menu.setToolTipsVisible(True)
        self.show_window = QAction(self.tr("Show the window"), self)
        self.mute = QAction(self.tr("Mute notifications for an hour"), self, checkable=True)
        self.quit = QAction(self.tr("Quit"), self)
        self.show_window.triggered.connect(lambda: self.window_wanted.emit(not _window_shown()))
        self.mute.triggered.connect(self._mute)
        self.quit.triggered.connect(self.quit_wanted)
        self.menu.aboutToShow.connect(self._fill)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self._message_clicked)
        desk.replica.refreshed.connect(self._refreshed)
        desk.replica.link_moved.connect(self._show)
        desk.replica.living_verdicts.moved.connect(self._show)
        Theme.current.changed.connect(self._show)
        self._show()
        self._fill()
        if QApplication.platformName() not in _WITHOUT_DESKTOP:  # elsewhere a tray may still come
            self.icon.show()

    @property
    def available(self) -> bool:
        """Whether the desktop has a tray now."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def listen(self) -> None:
        """Looks for a desktop whose messages have buttons; until one is found the icon's own are used."""
        if QApplication.platformName() not in _WITHOUT_DESKTOP:
            self.desktop.open()

    def takes_over(self) -> bool:
        """Whether the program goes on in the tray when its window closes; the first time the operator is told so."""
        if not (self.available and self._desk.preferences.choices.close_to_tray and self._desk.replica.has_living):
            return False
        if self._desk.preferences.remembered(TOLD) is None:
            self._desk.preferences.remember(TOLD, b"yes")
            text = self.tr("It goes on watching. A click on this icon shows the window again, “Quit” ends it.")
            self._say(Item(self.tr("VMI Console is still here"), text))
        return True

    def tell(self, title: str, text: str = "", entity: EntityId | None = None) -> None:
        """Tells the operator something soon: outside the window if nobody looks at it, else in it."""
        self.news.tell(Item(title, text, entity))

    def close(self) -> None:
        """Takes the icon away, at the end of the program."""
        self.icon.hide()
        self.menu.deleteLater()

    # --- messages -------------------------------------------------------------------------------------------------

    def _told(self, item: Item) -> None:
        by_icon = self.available and QSystemTrayIcon.supportsMessages()
        if QApplication.activeWindow() is None and (self.desktop.ready or by_icon):
            self._say(item)
        elif item.finding:
            self.finding_said.emit(item.title, item.text, item.finding)
        else:
            self.said.emit(item.title, item.text, item.entity or "")

    def _say(self, item: Item) -> None:
        self._about = item
        if not self.desktop.ready:
            self._show_message(item.title, item.text)
            return
        actions = {DEFAULT: self.tr("Show")}
        if item.finding:
            actions |= {ACKNOWLEDGE: self.tr("Acknowledge")} if item.alone else {}
            actions |= {MUTE: self.tr("Mute for an hour")}
        self.desktop.say(item.title, item.text, item.finding, actions, critical=item.urgent)

    def _show_message(self, title: str, text: str) -> None:
        self.icon.showMessage(title, text, self.icon.icon(), MESSAGE_MS)

    def _answered(self, finding: str, action: str) -> None:
        """A button of a message was pressed, or the message itself."""
        if action == ACKNOWLEDGE:
            self.finding_acknowledged.emit(finding)
        elif action == MUTE:
            self._mute(True)
        else:
            self._message_clicked()

    def _message_clicked(self) -> None:
        self.window_wanted.emit(True)
        about = self._about
        if about is not None and about.finding:
            self.finding_chosen.emit(about.finding)
        elif about is not None and about.entity is not None:
            self.chosen.emit(about.entity)

    def _mute(self, muted: bool) -> None:
        self.news.mute(MUTED_HOURS if muted else 0)
        self._fill()

    # --- the icon and its menu ------------------------------------------------------------------------------------

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.window_wanted.emit(True)

    def _refreshed(self, delta: Delta) -> None:
        if any(entity.startswith("connection/") for entity in delta.before):
            self._show()

    def _show(self) -> None:
        look, text = self._verdict()
        picture = "app" if look is CONNECTION[State.LIVE] else look.icon
        tone = Tone.ACCENT if look.tone in (Tone.GOOD, Tone.PLAIN) else look.tone
        if self._shown != (picture, tone, text):
            self._shown = picture, tone, text
            self.icon.setIcon(icons.plate(picture, tone, self._count(look)))
            self.icon.setToolTip(text)

    def _count(self, shown: Look) -> int:
        """How many findings are as bad as what is shown, where that is how bad findings are."""
        found = self._desk.replica.living_verdicts.open
        return next((found[severity] for severity, look in SEVERITY.items() if look is shown), 0)

    def _verdict(self) -> tuple[Look, str]:
        """The worst state, and in words: how many are in which, with the program's name before it."""
        replica = self._desk.replica
        name = self.tr("VMI Console")
        if not replica.link.up:
            look = STALE if replica.was_linked else CONNECTION[State.CONNECTING]
            silent = self.tr("the engine does not answer")
            return look, f"{name}: {look.word} · {silent}"
        states = [connection.health.state for connection in replica.connections()]
        if not states:
            unconnected = self.tr("not connected")
            return Look("app", ""), f"{name}: {unconnected}"
        worst = min(states, key=_WORST_FIRST.index)
        counts = [
            self.tr("{0} of {1} {2}").format(states.count(state), len(states), CONNECTION[state].word)
            for state in _WORST_FIRST
            if state in states
        ]
        found = replica.living_verdicts.open
        counts += [f"{number(found[severity])} {seen.word}" for severity, seen in SEVERITY.items() if found[severity]]
        severity = replica.living_verdicts.worst
        alarming = (
            severity is not None
            and SEVERITY[severity].tone is Tone.BAD
            and worst in (State.LIVE, State.DEGRADED, State.RECORDED)
        )
        look = SEVERITY[severity] if severity is not None and alarming else CONNECTION[worst]
        return look, f"{name}: {', '.join(counts)}"

    def problems(self) -> list[Problem]:
        """What is wrong now, the worst first: connections, then hosts that their manager does not hear from."""
        replica = self._desk.replica
        connections = sorted(replica.connections(), key=lambda one: (_WORST_FIRST.index(one.health.state), one.name))
        found = [
            Problem(look, f"{visible(one.name, 60)} – {look.word}", one.id)
            for one in connections
            if one.health.state not in (State.LIVE, State.CONNECTING, State.RECORDED)
            for look in [CONNECTION[one.health.state]]
        ]
        for record in replica.records.values():
            if isinstance(record, Host) and record.state in SILENT and len(found) < LISTED:
                look = HOST[record.state]
                found.append(Problem(look, f"{visible(record.name, 60)} – {look.word}", record.id))
        worst = worst_first(one for one in replica.living_verdicts.findings.values() if one.is_open)
        found += [
            Problem(look, f"{visible(one.vm_name, 60)} – {visible(one.evidence or one.title, 80)}", one.vm, one.id)
            for one in worst[:LISTED]
            for look in [SEVERITY[one.severity]]
        ]
        return found[:LISTED]

    def _fill(self) -> None:
        self.menu.clear()  # those of problems end with it, the others are ours
        self.show_window.setText(self.tr("Hide the window") if _window_shown() else self.tr("Show the window"))
        self.menu.addAction(self.show_window)
        self.menu.addSeparator()
        problems = self.problems()
        for problem in problems:
            action = self.menu.addAction(icons.icon(problem.look.icon, problem.look.tone), action_text(problem.text))
            action.triggered.connect(partial(self._open, problem))
        if not problems:
            nothing = self.menu.addAction(self.tr("No problems"))
            nothing.setEnabled(False)
        self.menu.addSeparator()
        until = self.news.muted_until if self.news.muted else None
        self.mute.setChecked(until is not None)
        self.mute.setText(
            self.tr("Notifications are muted until {0}").format(f"{until.astimezone():%H:%M}")
            if until
            else self.tr("Mute notifications for an hour")
        )
        self.menu.addAction(self.mute)
        self.menu.addSeparator()
        self.menu.addAction(self.quit)

    def _open(self, problem: Problem) -> None:
        self.window_wanted.emit(True)
        if problem.finding:
            self.finding_chosen.emit(problem.finding)
        else:
            self.chosen.emit(problem.entity)


def _window_shown() -> bool:
    windows = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMainWindow))
    return any(window.isVisible() and not window.isMinimized() for window in windows)
