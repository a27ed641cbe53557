"""A list of items with a box to filter it, a count, and a word where there is nothing."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.listing import Listing
from vmi_console.gui.panes.copying import copy_rows
from vmi_console.gui.panes.items import DEPTH, Column, Items
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.gui.wording import number

DEEPEST = 12  # what hangs deeper is painted as far in as this


class Hanging(QStyledItemDelegate):
    """Paints what hangs below others further in."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if depth := index.data(DEPTH):
            option.text = "\u2003" * min(depth, DEEPEST) + option.text


class ItemList[Item](QWidget):
    """`activated` gives the item that was double-clicked, or on which Enter was pressed."""

    activated = Signal(object)

    def __init__(self, name: str, columns: tuple[Column[Item], ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.items: Items[Item] = Items(columns, self)
        self.view = Listing(self.items, name, [column.width for column in columns])
        if any(column.depth is not None for column in columns):
            self.view.setItemDelegate(Hanging(self.view))
        self.view.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        header = self.view.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.view.setSortingEnabled(True)
        self.filter = QLineEdit(clearButtonEnabled=True, placeholderText=self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter: {0}").format(name))
        self.filter.setMaximumWidth(280)
        self._count = PlainLabel(tone=Tone.MUTED)
        self._status = PlainLabel(tone=Tone.MUTED)
        self._empty = PlainLabel(tone=Tone.MUTED).wrapped()
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._why = self.tr("There is nothing here.")
        self._bar = bar = QHBoxLayout()
        bar.setContentsMargins(GROUP, GAP, GROUP, GAP)
        bar.setSpacing(GAP)
        bar.addWidget(self.filter, 1)
        bar.addWidget(self._count)
        bar.addStretch(1)
        bar.addWidget(self._status)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self._stack, 1)
        self._typed = QTimer(self, singleShot=True, interval=120)
        self._typed.timeout.connect(lambda: self.items.narrow(self.filter.text()))
        self.filter.textChanged.connect(lambda: self._typed.start())
        self.items.settled.connect(self._tell)
        self.view.activated.connect(self._activate)
        copy = QAction(self.tr("Copy"), self.view)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.setToolTip(self.tr("Copy the selected rows as text, columns parted by tabs"))
        copy.triggered.connect(lambda: copy_rows(self.view))
        self.view.addAction(copy)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setFocusProxy(self.view)

    def add_to_bar(self, *widgets: QWidget) -> None:
        """Puts more beside the box: what else chooses which rows are shown, or does something with them."""
        for widget in widgets:
            self._bar.insertWidget(self._bar.count() - 2, widget)  # before the room that is left, and the status

    def say(self, status: str, why_empty: str, tone: Tone = Tone.MUTED) -> None:
        """Where the items come from, and what stands in their place where there are none."""
        self._status.setText(status)
        self._status.set_tone(tone)
        self._why = why_empty
        self._tell()

    def _tell(self) -> None:
        shown, total = len(self.items.rows), self.items.total
        if shown == total:
            self._count.setText(number(total) if total else "")
        else:
            self._count.setText(self.tr("{0} of {1}").format(number(shown), number(total)))
        self._empty.setText(self.tr("Nothing contains “{0}”.").format(self.filter.text()) if total else self._why)
        if not self.items.busy:
            self._stack.setCurrentIndex(0 if shown else 1)

    def _activate(self, index: QModelIndex) -> None:
        self.activated.emit(self.items.rows[index.row()].item)
