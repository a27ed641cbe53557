"""Choosing the columns of the table: a list to check, search and put in order."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.table.columns import COLUMNS, DEFAULT, Column, chosen
from vmi_console.gui.theme import GAP, GROUP, ROW, Tone

_COLUMN = Qt.ItemDataRole.UserRole


class ColumnChooser(QDialog):
    """What is checked is shown at once, in the order of the list."""

    chosen = Signal(tuple)  # of Column

    def __init__(self, columns: tuple[Column, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Columns of the table"))
        self.search = QLineEdit(clearButtonEnabled=True, placeholderText=self.tr("Find a column"))
        self.search.setAccessibleName(self.tr("Find a column"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Columns; Space shows or hides one, Alt with up or down moves it"))
        self.list.setDragDropMode(QListWidget.DragDropMode.InternalMove)
        self.list.installEventFilter(self)
        self.up = QPushButton(self.tr("Move &up"))
        self.up.setToolTip(self.tr("The column comes earlier (Alt+Up)"))
        self.down = QPushButton(self.tr("Move &down"))
        self.down.setToolTip(self.tr("The column comes later (Alt+Down)"))
        buttons = Buttons(QDialogButtonBox.StandardButton.Close)
        self.reset = QPushButton(self.tr("&Reset"))
        self.reset.setToolTip(self.tr("The columns that the table has at first, in their order"))
        buttons.addButton(self.reset, QDialogButtonBox.ButtonRole.ResetRole)
        movers = QHBoxLayout()
        movers.setSpacing(GAP)
        movers.addWidget(self.up)
        movers.addWidget(self.down)
        movers.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        layout.addLayout(movers)
        layout.addWidget(
            PlainLabel(self.tr("Checked columns are shown, from the top of this list on."), Tone.MUTED).wrapped()
        )
        layout.addWidget(buttons)
        self.resize(340, 20 * ROW)
        self._fill(columns)
        self.search.textChanged.connect(self._find)
        self.list.itemChanged.connect(self._tell)
        self.list.model().rowsMoved.connect(self._tell)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.reset.clicked.connect(self._reset)
        buttons.rejected.connect(self.reject)

    def columns(self) -> tuple[Column, ...]:
        """What is checked."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return chosen(item.data(_COLUMN) for item in items if item.checkState() is Qt.CheckState.Checked)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            ways = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
            if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in ways:
                self._move(ways[Qt.Key(event.key())])
                return True
        return super().eventFilter(watched, event)

    def _fill(self, columns: tuple[Column, ...]) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        for column in (*columns, *(column for column in COLUMNS if column not in columns)):
            item = QListWidgetItem(column.title)
            item.setSizeHint(QSize(0, ROW))
            item.setData(_COLUMN, column.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if column in columns else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.blockSignals(False)

    def _find(self, text: str) -> None:
        """Hides what does not fit; the first that does is the current one."""
        found = [item for row in range(self.list.count()) if not self._hide(item := self.list.item(row), text)]
        if found and self.list.currentItem() not in found:
            self.list.setCurrentItem(found[0])

    def _hide(self, item: QListWidgetItem, text: str) -> bool:
        hidden = text.casefold() not in item.text().casefold()
        item.setHidden(hidden)
        return hidden

    def _move(self, way: int) -> None:
        """To the next place that is seen."""
        row = self.list.currentRow()
        place = row + way
        while 0 <= place < self.list.count() and self.list.item(place).isHidden():
            place += way
        if row >= 0 and 0 <= place < self.list.count():
            self.list.insertItem(place, self.list.takeItem(row))
            self.list.setCurrentRow(place)
            self._tell()

    def _reset(self) -> None:
        self.search.clear()
        self._fill(chosen(DEFAULT))
        self._tell()

    def _tell(self) -> None:
        self.chosen.emit(self.columns())
