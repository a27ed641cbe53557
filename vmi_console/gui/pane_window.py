"""A pane torn off into a window of its own: it follows the selection, or stays with what it shows."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons, reading_order
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import separator
from vmi_console.gui.panel import SelectionPanel
from vmi_console.gui.panes.kinds import KINDS
from vmi_console.gui.selection import Selection
from vmi_console.gui.theme import GAP, GROUP
from vmi_console.plain_text import visible


class Place(msgspec.Struct, frozen=True):
    """Where a torn-off pane was and what it showed, for the next start."""

    geometry: bytes
    front: str
    pinned: tuple[EntityId, ...] = ()  # empty: it follows the selection


class PaneWindow(QWidget):
    """All panes of a selection, with one of them in front. `gone` says that it was closed."""

    chosen = Signal(str)  # EntityId
    moment_wanted = Signal(object)  # datetime: show the estate as it was then
    gone = Signal()

    def __init__(self, desk: Desk, selection: Selection, front: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowIcon(icons.application_icon())
        self.resize(760, 620)
        self._desk = desk
        self._selection = selection
        self.panel = SelectionPanel(desk, KINDS, torn=True)
        self.panel.chosen.connect(self.chosen)
        self.panel.moment_wanted.connect(self.moment_wanted)
        self.panel.turned.connect(self._name)
        self.follow = QCheckBox(self.tr("Follow the selection"))
        self.follow.setToolTip(self.tr("Off: this window stays with what it shows now"))
        self.follow.setChecked(True)
        self.follow.toggled.connect(self._follow)
        row = QHBoxLayout()
        row.setContentsMargins(GROUP, GAP, GROUP, GAP)
        row.addWidget(self.follow)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.panel, 1)
        column.addWidget(separator())
        column.addLayout(row)
        close = QAction(self)
        close.setShortcut(QKeySequence.StandardKey.Close)
        close.triggered.connect(self.close)
        self.addAction(close)
        selection.moved.connect(self._follow)
        desk.replica.refreshed.connect(self._name)
        self.panel.turn_to(front)
        self._follow()

    @property
    def entities(self) -> tuple[EntityId, ...]:
        return self.panel.entities

    @property
    def place(self) -> Place:
        """What brings it back."""
        pinned = () if self.follow.isChecked() else self.entities
        return Place(bytes(self.saveGeometry().data()), self.panel.wanted, pinned)

    def take(self, place: Place) -> None:
        """Comes back to where it was."""
        self.restoreGeometry(QByteArray(place.geometry))
        if place.pinned:
            self.pin_to(place.pinned)

    def pin_to(self, entities: tuple[EntityId, ...]) -> None:
        """Stays with these, whatever is selected."""
        self.follow.setChecked(False)
        self.panel.show_entities(entities)
        self._name()

    def _follow(self) -> None:
        if self.follow.isChecked() and self._selection.entities:
            self.panel.show_entities(self._selection.entities)
        self._name()

    def _name(self) -> None:
        entities = self.panel.entities
        record = self._desk.replica.records.get(entities[0]) if entities else None
        name = visible(record.name, 60) if record is not None else ""
        if len(entities) > 1:
            name = self.tr("%Ln selected", "", len(entities))
        kind = next((kind.title() for kind in self.panel.offered if kind.name == self.panel.front), "")
        self.setWindowTitle(" · ".join(filter(None, (name, kind))) or self.tr("Selection"))

    def focusNextPrevChild(self, forward: bool) -> bool:
        return reading_order.move_on((self,), forward=forward)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.gone.emit()
