"""Lists of lines as they look everywhere in the window: rows of one height, columns that share the width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from vmi_console.gui.theme import ROW


class RowsView(QTableView):
    """A table whose rows are the lines of a list: Home and End go to the first and the last of them."""

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        ends = {QAbstractItemView.CursorAction.MoveHome: 0, QAbstractItemView.CursorAction.MoveEnd: -1}
        rows = self.model().rowCount()
        if action not in ends or not rows:
            return super().moveCursor(action, modifiers)
        return self.model().index(ends[action] % rows, max(0, self.currentIndex().column()))


class Listing(RowsView):
    """A table of whole rows. `characters` is how much room each column wants, in figures; they share what there is."""

    def __init__(
        self, model: QAbstractItemModel, name: str, characters: Sequence[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._characters = characters
        self.setModel(model)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(ROW)
        rows.setDefaultSectionSize(ROW)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(24)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() == event.oldSize().width():
            return
        figure = self.fontMetrics().horizontalAdvance("0")
        wanted = [characters * figure + 16 for characters in self._characters]
        share = min(1.0, event.size().width() / sum(wanted))
        for column, width in enumerate(wanted[:-1]):
            self.setColumnWidth(column, int(width * share))
        rest = event.size().width() - sum(int(width * share) for width in wanted[:-1])
        self.setColumnWidth(len(wanted) - 1, rest)  # by itself the last one never gets less than Qt's usual width
