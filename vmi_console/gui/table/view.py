"""The table of VMs on screen: lines that stand still under the pointer, a header that sorts, moves and remembers."""

from __future__ import annotations

from PySide6.QtCore import (
    QElapsedTimer,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QTableView, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.gui.listing import Listing
from vmi_console.gui.table.columns import COLUMNS, Column
from vmi_console.gui.table.model import VmModel
from vmi_console.gui.table.order import Line
from vmi_console.gui.table.painting import PAD, LinePainter
from vmi_console.gui.table.picking import Picking
from vmi_console.gui.theme import ROW
from vmi_console.gui.tree.view import MOST_PICKED

QUIET_MS = 2_000
"""How long nobody may have touched the lines before they move because their values did."""

_NARROWEST = 40
_WIDEST = 2_000


class VmView(Listing):
    """`picked` says what the operator selected, `chosen` what was opened with Enter or a double click."""

    picked = Signal(tuple)  # of EntityId, at most `MOST_PICKED`; the one at the current row leads
    chosen = Signal(str)  # EntityId
    columns_moved = Signal()  # by the operator: which, in which order
    widths_moved = Signal()

    def __init__(self, model: VmModel, parent: QWidget | None = None) -> None:
        super().__init__(model, "", (), parent)
        self.setAccessibleName(self.tr("Virtual machines"))
        self.setAccessibleDescription(
            self.tr("One line each; Enter opens a machine, Shift and Ctrl select several, the menu key shows what else")
        )
        self.lines = model
        self._anchor: tuple[Line, int] | None = None
        self._unrevealed: EntityId | None = None
        self._told: tuple[EntityId, ...] = ()  # what was picked, or shown, last
        self._sought = ""  # what was typed to find a line
        self._typed = QElapsedTimer()
        self._arranging = False
        self.picking = Picking(model, self)
        replaced = self.selectionModel()
        self.setSelectionModel(self.picking)
        replaced.deleteLater()
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self._painter = LinePainter(self, model)
        self.setCornerWidget(QWidget(self))  # Qt paints a square where two scroll bars meet
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        header = self.horizontalHeader()
        # It would ask about each row of a column whether it is selected, to paint a heading that looks no different.
        header.setSelectionModel(QItemSelectionModel(model, header))
        header.setStretchLastSection(False)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(_NARROWEST)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setAccessibleName(self.tr("Columns"))
        header.setToolTip(self.tr("Click sorts, dragging moves a column, a right click chooses columns"))
        header.sectionClicked.connect(self._sort)
        header.sectionMoved.connect(self._column_moved)
        header.sectionResized.connect(self._column_resized)
        header.sectionHandleDoubleClicked.connect(self.fit)
        self._quiet = QTimer(self, singleShot=True, interval=QUIET_MS)
        self._quiet.timeout.connect(lambda: model.hold(False))
        self._soon = QTimer(self, singleShot=True, interval=0)  # by then the current row is where the keyboard went
        self._soon.timeout.connect(self._tell)
        self.picking.moved.connect(self._soon.start)
        self.activated.connect(self._open)
        model.about_to_move.connect(self._hold)
        model.settled.connect(self._restore)

    # --- selection ------------------------------------------------------------------------------------------------

    def show_entities(self, entities: tuple[EntityId, ...]) -> None:
        """Selects these without telling anybody, now or once they are shown; the first comes into view."""
        if entities == self._told:
            return
        self._soon.stop()
        self._told = entities
        self.picking.pick(entities)
        self._unrevealed = entities[0] if entities else None
        self._restore()

    @property
    def telling(self) -> bool:
        """Whether the operator selected something that was not told yet."""
        return self._soon.isActive()

    def _tell(self) -> None:
        picked = self.picking.shown(MOST_PICKED)
        line = self.line_at(self.currentIndex())
        if line is not None and line.entity in self.picking.ids:
            picked = tuple(dict.fromkeys((line.entity, *picked)))
        self._told = picked[:MOST_PICKED]
        self._unrevealed = None
        self.picked.emit(self._told)

    def selectionCommand(
        self, index: QModelIndex | QPersistentModelIndex, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """A right click on what is selected leaves it so, also where Qt was not told of it."""
        if (
            isinstance(event, QMouseEvent)
            and event.button() is Qt.MouseButton.RightButton
            and (line := self.line_at(index)) is not None
            and line.entity in self.picking.ids
        ):
            return QItemSelectionModel.SelectionFlag.NoUpdate
        return super().selectionCommand(index, event)

    def line_at(self, index: QModelIndex | QPersistentModelIndex) -> Line | None:
        return self.lines.rows[index.row()] if index.isValid() else None

    def _open(self, index: QModelIndex) -> None:
        if (line := self.line_at(index)) is not None:
            self.chosen.emit(line.entity)

    # --- columns --------------------------------------------------------------------------------------------------

    def columns(self) -> tuple[Column, ...]:
        """Those that are shown, in their order."""
        header = self.horizontalHeader()
        places = (header.logicalIndex(place) for place in range(len(COLUMNS)))
        return tuple(COLUMNS[place] for place in places if not header.isSectionHidden(place))

    def show_columns(self, columns: tuple[Column, ...]) -> None:
        """Shows these in this order and hides all others; without telling anybody."""
        self._arranging = True
        header = self.horizontalHeader()
        hidden = (column for column in COLUMNS if column not in columns)
        for place, column in enumerate((*columns, *hidden)):
            section = COLUMNS.index(column)
            header.moveSection(header.visualIndex(section), place)
            header.setSectionHidden(section, place >= len(columns))
        self._arranging = False

    def widths(self) -> dict[str, int]:
        """Of the columns that are shown, in device-independent pixels."""
        header = self.horizontalHeader()
        return {column.name: header.sectionSize(COLUMNS.index(column)) for column in self.columns()}

    def set_widths(self, widths: dict[str, int]) -> None:
        """Those that are not named come as wide as their column, and its heading, want to be."""
        self._arranging = True
        figure = self.fontMetrics().horizontalAdvance("0")
        for section, column in enumerate(COLUMNS):
            at_first = max(column.characters * figure + 2 * PAD, self.horizontalHeader().sectionSizeHint(section))
            self.setColumnWidth(section, min(max(_NARROWEST, widths.get(column.name, at_first)), _WIDEST))
        self._arranging = False

    def fit(self, section: int) -> None:
        """Makes a column as wide as its heading and what is on screen of it."""
        seen = self.viewport().height() // ROW + 1
        top = max(self.rowAt(0), 0)
        column = COLUMNS[section]
        widths = (self._painter.width(line, column) for line in self.lines.rows[top : top + seen])
        self.setColumnWidth(section, max(self.horizontalHeader().sectionSizeHint(section), *widths, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        QTableView.resizeEvent(self, event)  # these columns are as wide as the operator made them

    def _sort(self, section: int) -> None:
        column = COLUMNS[section]
        self.lines.sort_by(column, column is self.lines.column and not self.lines.descending)

    def _column_moved(self) -> None:
        if not self._arranging:
            self.columns_moved.emit()

    def _column_resized(self) -> None:
        if not self._arranging:
            self.widths_moved.emit()

    # --- standing still while lines move --------------------------------------------------------------------------

    def _disturbed(self) -> None:
        """Somebody is at the lines: they stay where they are until it has been quiet for a while."""
        self.lines.hold(True)
        self._quiet.start()

    def _let_go(self) -> None:
        self._quiet.stop()
        self.lines.hold(False)

    def _hold(self, asked: bool) -> None:
        """Remembers which line is where on screen: the one under the pointer, else a selected one, else the first.

        Where the operator asked for other lines, a selected one stays in sight, and else they begin at the first.
        """
        if self._anchor is not None or not self.lines.rows:
            return
        top = max(self.rowAt(0), 0)
        seen = range(top, min(top + self.viewport().height() // ROW, len(self.lines.rows)))
        selected = next((row for row in seen if self.lines.rows[row].entity in self.picking.ids), None)
        row = selected if asked or self.hovered not in seen else self.hovered
        if row is not None:
            self._anchor = self.lines.rows[row], row - top
        elif asked:
            self.scrollToTop()
        elif top:
            self._anchor = self.lines.rows[top], 0

    def _restore(self) -> None:
        """Puts the remembered line back where it was, and shows what was selected before it was there."""
        if self._anchor is not None:
            line, offset = self._anchor
            self._anchor = None
            if (row := self.lines.row_of(line)) is not None:
                self.verticalScrollBar().setValue(row - offset)
        if self._unrevealed is not None and (line_ := self.lines.lines.get(self._unrevealed)) is not None:
            row = self.lines.row_of(line_)
            if row is not None:
                self._unrevealed = None
                index = self.lines.index(row, self.horizontalHeader().logicalIndex(0))
                self.picking.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
                if self.rowAt(0) > row or row >= self.rowAt(0) + self.viewport().height() // ROW:
                    self.verticalScrollBar().setValue(row - self.viewport().height() // ROW // 3)
        self.follow_pointer()
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._disturbed()
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._disturbed()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._disturbed()
        super().mouseMoveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._disturbed()
        super().wheelEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._let_go()
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if not self.underMouse():
            self._let_go()
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        self._painter.paint(painter, event.rect(), self.picking.ids, self.hovered)
        painter.end()

    def keyboardSearch(self, search: str) -> None:
        """Finds the next line whose name starts with what was typed; Qt's own asks the model about every cell."""
        if self._typed.hasExpired(QGuiApplication.styleHints().keyboardInputInterval()):
            self._sought = ""
        self._typed.start()
        self._sought += search.casefold()
        rows = self.lines.rows
        start = max(self.currentIndex().row() + (len(self._sought) == 1), 0)
        for number in (*range(start, len(rows)), *range(min(start, len(rows)))):
            vm = self.lines.vm(rows[number])
            if vm is not None and vm.name[:80].casefold().startswith(self._sought):
                self.setCurrentIndex(self.lines.index(number, max(self.currentIndex().column(), 0)))
                return
