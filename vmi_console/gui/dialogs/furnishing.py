"""What the settings dialog shows besides single choices: the connections, and where the files are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Connection
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.connect import ConnectDialog
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.plain_text import action_text, tooltip
from vmi_console.gui.replica import Delta
from vmi_console.gui.states import CONNECTION
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone
from vmi_console.gui.wording import size
from vmi_console.plain_text import visible
from vmi_console.settings import Workspace


class ConnectionRows(QWidget):
    """The connections with their state; each can be edited."""

    def __init__(self, desk: Desk, add: Callable[[], object]) -> None:
        super().__init__()
        self._desk = desk
        self._shown: list[Connection] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self._column.addLayout(self._rows)
        foot = QHBoxLayout()
        button = QPushButton(self.tr("Add a connection…"))
        button.setAutoDefault(False)
        button.clicked.connect(lambda: add())
        foot.addWidget(button)
        foot.addStretch(1)
        self._column.addLayout(foot)
        desk.replica.refreshed.connect(self._refreshed)
        desk.replica.link_moved.connect(self._show)
        Theme.current.changed.connect(self._show_anew)
        self._show()

    def _refreshed(self, delta: Delta) -> None:
        if any(entity.startswith("connection/") for entity in delta.before):
            self._show()

    def _show_anew(self) -> None:
        self._shown = None
        self._show()

    def _show(self) -> None:
        connections = sorted(self._desk.replica.connections(), key=lambda one: one.name.casefold())
        if connections == self._shown:
            return
        focused = self._focused()
        self._shown = connections
        while (item := self._rows.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for connection in connections:
            self._rows.addWidget(self._row(connection, connection.id == focused))
        if not connections:
            self._rows.addWidget(PlainLabel(self.tr("Nothing is connected yet."), Tone.MUTED))

    def _row(self, connection: Connection, focused: bool) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        look = CONNECTION[connection.health.state]
        picture = QLabel()
        picture.setPixmap(icons.pixmap(look.icon, look.tone, ratio=self.devicePixelRatioF()))
        picture.setToolTip(tooltip(look.word, connection.health.reason))
        name, uri = visible(connection.name, 80), visible(connection.uri)
        line.addWidget(picture)
        line.addWidget(ElidedLabel(name), 2)
        line.addWidget(PlainLabel(look.word, look.tone))
        line.addWidget(ElidedLabel(uri, Tone.MUTED, elide=Qt.TextElideMode.ElideMiddle), 3)
        edit = QPushButton(self.tr("Edit…"))
        edit.setAutoDefault(False)
        edit.setObjectName(connection.id)
        edit.setAccessibleName(self.tr("Edit {0}").format(action_text(connection.name)))
        edit.setEnabled(self._desk.replica.link.up)
        edit.clicked.connect(partial(self._edit, connection.id))
        line.addWidget(edit)
        if focused:
            edit.setFocus()
        return row

    def _focused(self) -> EntityId | None:
        widget = self.focusWidget()
        return EntityId(widget.objectName()) if widget is not None and widget.hasFocus() else None

    def _edit(self, entity: EntityId) -> None:
        connection = self._desk.replica.records.get(entity)
        if isinstance(connection, Connection):
            ConnectDialog(self.window(), self._desk.engine, self._desk.errands, connection).open()


class DataRows(QFrame):
    """Where the files are, how large they are, and the way to them."""

    def __init__(self, workspace: Workspace | None) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GROUP)
        grid.setVerticalSpacing(4)
        if workspace is None:
            text = self.tr("This session keeps nothing: it has no folder, and forgets everything when it ends.")
            grid.addWidget(PlainLabel(text, Tone.MUTED).wrapped(), 0, 0)
            return
        files = (
            (self.tr("History of changes"), workspace.history),
            (self.tr("Saved connections"), workspace.connections),
            (self.tr("Log of the engine"), workspace.log),
            (self.tr("Log of the window"), workspace.window_log),
        )
        for number, (title, path) in enumerate(files):
            grid.addWidget(PlainLabel(title), number, 0)
            length = PlainLabel(size(_length(path)), Tone.MUTED)
            grid.addWidget(length, number, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            place = ElidedLabel(visible(str(path)), Tone.MUTED, elide=Qt.TextElideMode.ElideMiddle)
            place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            place.setToolTip(tooltip(str(path)))
            grid.addWidget(place, number, 2)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.setContentsMargins(0, 4, 0, 0)
        for text, path in (
            (self.tr("Open the folder"), workspace.data),
            (self.tr("Open the engine's log"), workspace.log),
        ):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.setEnabled(path.exists())
            button.clicked.connect(partial(self._open, path))
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._failed = PlainLabel(tone=Tone.BAD).wrapped()
        self._failed.hide()
        grid.addLayout(buttons, len(files), 0, 1, 3)
        grid.addWidget(self._failed, len(files) + 1, 0, 1, 3)
        grid.setColumnStretch(2, 1)

    def _open(self, path: Path) -> None:
        opened = QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
        self._failed.setText(self.tr("This desktop opens no files: look at {0}").format(visible(str(path))))
        self._failed.setVisible(not opened)


def _length(path: Path) -> int | None:
    """Of a file in bytes, with what SQLite keeps beside it; None where there is none."""
    lengths = [each.stat().st_size for each in path.parent.glob(f"{path.name}*") if each.is_file()]
    return sum(lengths) if lengths else None
