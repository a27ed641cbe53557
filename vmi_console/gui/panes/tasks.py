"""What this console is busy with: discoveries with their progress, commands under way, and how the last ones ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QHideEvent, QIcon, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Connection
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.listing import Listing
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import LIVELY, Replica
from vmi_console.gui.rows import Index, TitledRows
from vmi_console.gui.runtime import KEPT, Errand, Errands, Outcome
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, colours
from vmi_console.gui.wording import UNKNOWN, clock, moment, number
from vmi_console.plain_text import visible

NAME, STATE, STARTED, TOOK, DETAIL = range(5)
BAR = 3  # height of a progress bar, pixels
PROGRESS = Qt.ItemDataRole.UserRole
TICK_MS = 1000

_LOOKS = {
    Outcome.UNDER_WAY: ("state-connecting", Tone.ACCENT),
    Outcome.DONE: ("check", Tone.GOOD),
    Outcome.FAILED: ("state-unsupported", Tone.BAD),
    Outcome.CANCELLED: ("close", Tone.MUTED),
}


@dataclass(eq=False)
class Discovery(Errand):
    """A connection's estate being read as a whole, by the engine: how many records so far, and of how many."""

    connection: EntityId = field(kw_only=True)
    done: int = 0
    expected: int | None = None


class Discoveries(QObject):
    """Follows the discoveries that the engine reports, and remembers how they ended."""

    moved = Signal()

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self.under_way: dict[EntityId, Discovery] = {}
        self.ended: list[Discovery] = []  # oldest first
        replica.progress_moved.connect(self._follow)
        replica.link_moved.connect(self._follow)

    def _follow(self) -> None:
        linked = self._replica.link.up
        for entity, progress in self._replica.progress.items() if linked else ():
            connection = self._replica.records.get(entity)
            if (discovery := self.under_way.get(entity)) is None and connection is not None:
                name = self.tr("Discover {0}").format(visible(connection.name, 80))
                discovery = Discovery(name, datetime.now(UTC), connection=entity)
                self.under_way[entity] = discovery
            if discovery is not None:
                discovery.done, discovery.expected = progress.done or 0, progress.expected
        for entity, discovery in list(self.under_way.items()):
            if not linked or entity not in self._replica.progress:
                del self.under_way[entity]
                self._end(discovery)
        self.moved.emit()

    def _end(self, discovery: Discovery) -> None:
        connection = self._replica.records.get(discovery.connection)
        if not self._replica.link.up:
            discovery.end(Outcome.CANCELLED, self.tr("the engine is gone"))
        elif not isinstance(connection, Connection):
            discovery.end(Outcome.CANCELLED, self.tr("the connection was removed"))
        elif connection.health.state in LIVELY or not connection.health.reason:
            discovery.end(Outcome.DONE, self.tr("%Ln record(s)", "", discovery.done))
        else:
            discovery.end(Outcome.FAILED, connection.health.reason)
        self.ended = [*self.ended[-KEPT + 1 :], discovery]

    def forget(self) -> None:
        """Keeps none of those that have ended."""
        self.ended = []
        self.moved.emit()


class TasksModel(TitledRows[Errand]):
    """What is under way before what has ended, the newest first."""

    def __init__(self, discoveries: Discoveries, errands: Errands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._discoveries = discoveries
        self._errands = errands
        self.titles = (self.tr("Task"), self.tr("State"), self.tr("Started"), self.tr("Took"), self.tr("Details"))
        self._words = {
            Outcome.UNDER_WAY: self.tr("under way"),
            Outcome.DONE: self.tr("done"),
            Outcome.FAILED: self.tr("failed"),
            Outcome.CANCELLED: self.tr("given up"),
        }

    def bring_up_to_date(self) -> None:
        """Shows what there is now."""
        now: list[Errand] = [*self._discoveries.under_way.values(), *self._errands.under_way]
        past: list[Errand] = [*self._discoveries.ended, *self._errands.ended]
        now.sort(key=lambda errand: errand.started_at, reverse=True)
        past.sort(key=lambda errand: errand.ended_at or errand.started_at, reverse=True)
        self.become(now + past)
        self.touch_all()

    def errand(self, index: Index) -> Errand | None:
        return self.rows[index.row()] if index.isValid() else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        errand = self.errand(index)
        if errand is None:
            return None
        icon, tone = _LOOKS[errand.outcome]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(errand, index.column())
            case Qt.ItemDataRole.DecorationRole if index.column() == STATE:
                return QIcon(icons.icon(icon, tone))
            case Qt.ItemDataRole.ForegroundRole if index.column() == STATE:
                return QColor(colours().tone(tone))
            case Qt.ItemDataRole.ForegroundRole if index.column() in (STARTED, TOOK):
                return QColor(colours().muted)
            case Qt.ItemDataRole.ToolTipRole if index.column() == STARTED:
                return tooltip(moment(errand.started_at))
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(self._text(errand, index.column()))
        return self._share(errand) if role == PROGRESS and index.column() == STATE else None

    def _text(self, errand: Errand, column: int) -> str:
        match column:
            case 0:
                return visible(errand.name)
            case 1:
                return self._progress(errand) or self._words[errand.outcome]
            case 2:
                return clock(errand.started_at)
            case 3:
                return self._took(errand)
            case _:
                return visible(errand.detail)

    def _progress(self, errand: Errand) -> str:
        if not isinstance(errand, Discovery) or errand.outcome is not Outcome.UNDER_WAY:
            return ""
        done = number(errand.done)
        return f"{done} / {number(errand.expected)}" if errand.expected else done

    def _share(self, errand: Errand) -> float | None:
        """How much of it is done, between 0 and 1; None where nobody knows."""
        if isinstance(errand, Discovery) and errand.expected and errand.outcome is Outcome.UNDER_WAY:
            return min(1.0, errand.done / errand.expected)
        return None

    def _took(self, errand: Errand) -> str:
        seconds = ((errand.ended_at or datetime.now(UTC)) - errand.started_at).total_seconds()
        if seconds < 0:
            return UNKNOWN  # the clock was set
        if seconds < 60:
            running = errand.outcome is Outcome.UNDER_WAY
            return self.tr("{0} s").format(f"{seconds:.0f}" if running else f"{seconds:.1f}")
        return self.tr("{0} min {1} s").format(int(seconds // 60), f"{int(seconds % 60):02}")


class TasksPane(QWidget):
    """The list, with what can be done to the selected one above it. Keeps up only while it is shown."""

    chosen = Signal(str)  # EntityId: of the connection that is being discovered

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._errands = desk.errands
        self._discoveries = Discoveries(desk.replica, self)
        self.model = TasksModel(self._discoveries, desk.errands, self)
        self.view = Listing(self.model, self.tr("Tasks"), (40, 24, 20, 14, 60))
        self.view.setItemDelegateForColumn(STATE, _Painter(self.view))
        self.cancel = self._action(self.tr("Cancel"), "close", self.tr("Give the selected task up"), self._cancel)
        self.again = self._action(
            self.tr("Try again"), "reconnect", self.tr("Do once more what failed or was given up"), self._again
        )
        self.forget = self._action(
            self.tr("Clear finished tasks"), "remove", self.tr("Forget the tasks that have ended"), self._forget
        )
        self.actions_for_menu = (self.cancel, self.again, self.forget)
        self._lay_out()
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self._show)
        self.view.selectionModel().currentRowChanged.connect(self._enable)
        self.view.activated.connect(self._activated)
        desk.errands.moved.connect(self._moved)
        self._discoveries.moved.connect(self._moved)
        Theme.current.changed.connect(self._paint)
        self._paint()
        self._enable()

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(GAP, 4, GAP, 4)
        bar.setSpacing(GAP)
        for action in self.actions_for_menu:
            button = QPushButton(action.text())
            button.setToolTip(action.toolTip())
            button.clicked.connect(action.trigger)
            action.changed.connect(lambda button=button, action=action: button.setEnabled(action.isEnabled()))
            bar.addWidget(button)
        bar.addStretch(1)
        empty = PlainLabel(
            self.tr("Nothing is under way. Discoveries and commands of this console appear here."), Tone.MUTED
        ).wrapped()
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        self._stack = QStackedLayout()
        self._stack.addWidget(empty)
        self._stack.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addLayout(self._stack, 1)

    def _action(self, text: str, icon: str, tip: str, run: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setData(icon)
        action.setToolTip(tip)
        action.setStatusTip(tip)
        action.triggered.connect(lambda: run())
        return action

    def _paint(self) -> None:
        for action in self.actions_for_menu:
            action.setIcon(icons.icon(str(action.data())))

    # --- keeping up -----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()

    def _moved(self) -> None:
        if self.isVisible():
            self._show()
        else:
            self._enable()

    def _show(self) -> None:
        self.model.bring_up_to_date()
        self._stack.setCurrentIndex(1 if self.model.rows else 0)
        self._enable()
        if self._errands.under_way or self._discoveries.under_way:
            self._tick.start()
        else:
            self._tick.stop()

    def _enable(self) -> None:
        errand = self._current()
        self.cancel.setEnabled(errand is not None and errand.outcome is Outcome.UNDER_WAY and errand.stop is not None)
        ended_badly = errand is not None and errand.outcome in (Outcome.FAILED, Outcome.CANCELLED)
        self.again.setEnabled(errand is not None and ended_badly and errand.again is not None)
        self.forget.setEnabled(bool(self._errands.ended or self._discoveries.ended))

    def _current(self) -> Errand | None:
        return self.model.errand(self.view.currentIndex())

    # --- what is done ---------------------------------------------------------------------------------------------

    def _cancel(self) -> None:
        if (errand := self._current()) is not None:
            errand.cancel()

    def _again(self) -> None:
        if (errand := self._current()) is not None and errand.again is not None:
            errand.again()

    def _forget(self) -> None:
        self._discoveries.forget()
        self._errands.forget()

    def _activated(self, index: QModelIndex) -> None:
        errand = self.model.errand(index)
        if isinstance(errand, Discovery):
            self.chosen.emit(errand.connection)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addActions(self.actions_for_menu)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())


class _Painter(QStyledItemDelegate):
    """A bar at the foot of the cell where it is known how much is done."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        share = index.data(PROGRESS)
        if share is None:
            return
        theme = colours()
        width = option.rect.width() - 10
        track = QRectF(option.rect.left() + 5, option.rect.bottom() - BAR, width, BAR)
        done = QRectF(track)
        done.setWidth(width * share)
        if option.direction is Qt.LayoutDirection.RightToLeft:
            done.moveRight(track.right())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for bar, colour in ((track, theme.line), (done, theme.accent)):
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.restore()
