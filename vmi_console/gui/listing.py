"""Lists of lines as they look everywhere in the window: rows of one height, columns that share the width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, Qt
from PySide6.QtGui import QColor, QCursor, QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from vmi_console.gui.theme import ROW, colours


class RowsView(QTableView):
    """A table whose rows are the lines of a list: Home and End go to the first and the last of them."""

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        ends = {QAbstractItemView.CursorAction.MoveHome: 0, QAbstractItemView.CursorAction.MoveEnd: -1}
        rows = self.model().rowCount()
        if action not in ends or not rows:
            return super().moveCursor(action, modifiers)
        return self.model().index(ends[action] % rows, max(0, self.currentIndex().column()))


class Listing(RowsView):
    """A table of whole rows. `characters` is how much room each column wants, in figures; they share what there is.

    The row under the pointer is marked as a whole, which Qt's own hovering does not: it knows cells.
    """

    def __init__(
        self, model: QAbstractItemModel, name: str, characters: Sequence[int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._characters = characters
        self.hovered = -1  # the row under the pointer
        self._has_pointer = False
        self.setModel(model)
        self.setMouseTracking(True)
        for moved in (model.rowsInserted, model.rowsRemoved, model.layoutChanged):
            moved.connect(self.follow_pointer)
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

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt makes the first row the current one, unselected: the first key would then pass it over."""
        had_current = self.currentIndex().isValid()
        super().focusInEvent(event)
        if not (had_current or self.selectionModel().hasSelection()):
            self.selectionModel().clearCurrentIndex()

    # --- the row under the pointer --------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._has_pointer = True
        self._hover(self.rowAt(round(event.position().y())))
        super().mouseMoveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Leave:  # also to the heading, which is part of the view
            self._has_pointer = False
            self._hover(-1)
        return super().viewportEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.follow_pointer()

    def follow_pointer(self) -> None:
        """Rows have moved under it."""
        if self._has_pointer:
            self._hover(self.rowAt(self.viewport().mapFromGlobal(QCursor.pos()).y()))

    def _hover(self, row: int) -> None:
        if row != self.hovered:
            for one in (row, self.hovered):
                if one >= 0:
                    self.viewport().update(0, self.rowViewportPosition(one), self.viewport().width(), ROW)
            self.hovered = row

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hovered >= 0:
            painter = QPainter(self.viewport())
            top, height = self.rowViewportPosition(self.hovered), self.rowHeight(self.hovered)
            painter.fillRect(0, top, self.viewport().width(), height, QColor(colours().hover))
            painter.end()
        super().paintEvent(event)
