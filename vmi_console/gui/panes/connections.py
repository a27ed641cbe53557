"""Connection health: the state of each connection, since when, why, and what a person can do about it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QIcon
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Connection, State
from vmi_console.gui import icons
from vmi_console.gui.connection_actions import ConnectionActions
from vmi_console.gui.listing import Listing
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import Replica
from vmi_console.gui.rounds import RoundWords
from vmi_console.gui.rows import Index, TitledRows
from vmi_console.gui.states import CONNECTION, STALE
from vmi_console.gui.theme import GAP, colours
from vmi_console.gui.tree.forest import natural
from vmi_console.gui.wording import Wording, clock, moment
from vmi_console.plain_text import visible

NAME, STATE, SINCE, REASON, ADVICE, ADDRESS = range(6)


class _Row:
    __slots__ = ("id",)

    def __init__(self, id: EntityId) -> None:
        self.id = id


class ConnectionsModel(TitledRows[_Row]):
    """One row for each connection, by name."""

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._wording = Wording(replica)
        self._rounds = RoundWords()
        self._by_id: dict[EntityId, _Row] = {}
        self.titles = (
            self.tr("Connection"),
            self.tr("State"),
            self.tr("Since"),
            self.tr("Reason"),
            self.tr("What to do"),
            self.tr("Address"),
        )
        replica.refreshed.connect(self._show)
        replica.link_moved.connect(self.touch_all)
        replica.progress_moved.connect(self.touch_all)
        replica.rounds_moved.connect(self.touch_all)
        self._show()

    def connection(self, index: Index) -> Connection | None:
        record = self._replica.records.get(self.rows[index.row()].id) if index.isValid() else None
        return record if isinstance(record, Connection) else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        connection = self.connection(index)
        if connection is None:
            return None
        look = CONNECTION[connection.health.state] if self._replica.link.up else STALE
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(connection, index.column())
            case Qt.ItemDataRole.DecorationRole if index.column() == STATE:
                return QIcon(icons.icon(look.icon, look.tone))
            case Qt.ItemDataRole.ForegroundRole if index.column() == STATE:
                return QColor(colours().tone(look.tone))
            case Qt.ItemDataRole.ForegroundRole if index.column() in (SINCE, ADDRESS):
                return QColor(colours().muted)
            case Qt.ItemDataRole.ToolTipRole if index.column() == SINCE:
                return tooltip(moment(connection.health.since))
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(self._text(connection, index.column()))
        return None

    def _text(self, connection: Connection, column: int) -> str:
        health = connection.health
        match column:
            case 0:
                return visible(connection.name) or self.tr("(no name)")
            case 1:
                return self._wording.progress(connection) or self._wording.state(connection)
            case 2:
                return clock(health.since)
            case 3:
                return visible(health.reason) or self._quiet(connection)
            case 4:
                return visible(health.prospects)
            case _:
                return visible(connection.uri)

    def _quiet(self, connection: Connection) -> str:
        """That its guests are left alone for now, where they are."""
        standing = self._replica.rounds.get(connection.id)
        return self._rounds.said(standing) if standing is not None and standing.quiet else ""

    def _show(self) -> None:
        connections = sorted(self._replica.connections(), key=lambda connection: natural(connection.name))
        wanted = [self._by_id.setdefault(connection.id, _Row(connection.id)) for connection in connections]
        self._by_id = {row.id: row for row in wanted}
        self.become(wanted)
        self.touch_all()


class ConnectionsPane(QWidget):
    """The list, with the actions for the selected connection below it."""

    chosen = Signal(str)  # EntityId

    def __init__(self, replica: Replica, actions: ConnectionActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._actions = actions
        self._model = ConnectionsModel(replica, self)
        self.view = Listing(self._model, self.tr("Connections"), (24, 18, 20, 40, 40, 30))
        bar = QHBoxLayout()
        bar.setContentsMargins(GAP, 4, GAP, 4)
        bar.setSpacing(GAP)
        for action in actions.all:
            button = QPushButton(action.text())
            button.setToolTip(action.toolTip())
            button.setEnabled(action.isEnabled())
            button.clicked.connect(action.trigger)
            action.changed.connect(lambda button=button, action=action: button.setEnabled(action.isEnabled()))
            bar.addWidget(button)
        bar.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.view)
        self.view.selectionModel().selectionChanged.connect(self._selected)
        self.view.activated.connect(self._activated)

    def _selected(self) -> None:
        rows = self.view.selectionModel().selectedRows()
        if rows and not self._model.moving and (connection := self._model.connection(rows[0])) is not None:
            self.chosen.emit(connection.id)

    def _activated(self, index: QModelIndex) -> None:
        """Enter or a double click does what the state asks for."""
        connection = self._model.connection(index)
        if connection is None:
            return
        match connection.health.state:
            case State.CREDENTIALS:
                self._actions.enter_secret.trigger()
            case State.TRUST if self._actions.judge.isEnabled():
                self._actions.judge.trigger()
            case State.STALE | State.UNSUPPORTED | State.DEGRADED | State.TRUST:
                self._actions.reconnect.trigger()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addActions(self._actions.all)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())
