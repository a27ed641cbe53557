"""The table of findings on screen: headings across all columns, rows that stay under the eye when others come."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from vmi_console.gui import icons
from vmi_console.gui.findings.lines import Column, Group, Line, Row
from vmi_console.gui.findings.looks import SEVERITY
from vmi_console.gui.findings.model import FindingsModel
from vmi_console.gui.listing import Listing
from vmi_console.gui.theme import Tone, colours
from vmi_console.gui.wording import number

WIDTHS = (13, 17, 46, 36, 12, 12, 17)
PAD = 6
FOLDS = Qt.Key.Key_Left, Qt.Key.Key_Right


class FindingsView(Listing):
    """Several rows can be selected; `moved` says that the operator did so."""

    moved = Signal()

    def __init__(self, model: FindingsModel, parent: QWidget | None = None) -> None:
        super().__init__(model, QCoreApplication.translate("FindingsView", "Findings"), WIDTHS, parent)
        self._rows = model
        self._anchor: Row | None = None
        self.setSelectionMode(Listing.SelectionMode.ExtendedSelection)
        self.setItemDelegate(_Painter(self, model))
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort)
        self.selectionModel().selectionChanged.connect(self._selected)
        model.about_to_move.connect(self._hold)
        model.settled.connect(self._stay)

    def lines(self) -> list[Line]:
        """The selected findings in the order of their rows, the current one first; headings stand for none."""
        numbers = sorted({index.row() for index in self.selectionModel().selectedRows()})
        current = self.currentIndex().row()
        numbers.sort(key=lambda number: number != current)
        return [row for number in numbers if isinstance(row := self._rows.rows[number], Line)]

    def select(self, row: Row) -> bool:
        """Selects one row and brings it into sight; False where it is not shown."""
        place = self._rows.row_of(row)
        if place is None:
            return False
        index = self._rows.index(place, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        return True

    def _selected(self) -> None:
        if not self._rows.moving:
            self.moved.emit()

    def _sort(self, section: int) -> None:
        column = Column(section)
        self._rows.sort_by(column, column is self._rows.column and not self._rows.descending)

    # --- nothing jumps --------------------------------------------------------------------------------------------

    def _hold(self) -> None:
        """The row that is first on screen stays where it is, unless it is the first of all: there news is seen."""
        top = self.verticalScrollBar().value()
        self._anchor = self._rows.rows[top] if 0 < top < len(self._rows.rows) else None

    def _stay(self) -> None:
        if self._anchor is not None and (place := self._rows.row_of(self._anchor)) is not None:
            self.verticalScrollBar().setValue(place)
        self._anchor = None

    # --- headings -------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self._row(self.currentIndex())
        if isinstance(row, Group) and event.key() in (*FOLDS, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            forward = Qt.Key.Key_Left if self.isRightToLeft() else Qt.Key.Key_Right
            opened = event.key() == forward if event.key() in FOLDS else not self._rows.is_open(row)
            self._rows.set_open(row, opened)
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        row = self._row(self.indexAt(event.position().toPoint()))
        if isinstance(row, Group) and event.button() is Qt.MouseButton.LeftButton:
            x = self.viewport().width() - event.position().x() if self.isRightToLeft() else event.position().x()
            if x < PAD + icons.SIZE + PAD:
                self._rows.set_open(row, not self._rows.is_open(row))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        row = self._row(self.indexAt(event.position().toPoint()))
        if isinstance(row, Group):
            self._rows.set_open(row, not self._rows.is_open(row))
        else:
            super().mouseDoubleClickEvent(event)

    def _row(self, index: QModelIndex) -> Row | None:
        return self._rows.rows[index.row()] if index.isValid() else None


class _Painter(QStyledItemDelegate):
    """Each cell of a heading paints its part of the whole row: Qt repaints cells alone."""

    def __init__(self, view: FindingsView, model: FindingsModel) -> None:
        super().__init__(view)
        self._view = view
        self._rows = model

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        long = index.column() in (Column.EVIDENCE, Column.STAGE)
        option.textElideMode = Qt.TextElideMode.ElideRight if long else Qt.TextElideMode.ElideMiddle

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = self._rows.rows[index.row()]
        bar = self._view.hasFocus() and index.row() == self._view.currentIndex().row() and index.column() == 0
        if isinstance(row, Group):
            painter.save()
            painter.setClipRect(option.rect)
            self._paint_heading(painter, option, row)
            painter.restore()
        else:
            super().paint(painter, option, index)
        if bar:
            edge = QRect(option.rect.left(), option.rect.top(), 2, option.rect.height())
            painter.fillRect(QStyle.visualRect(option.direction, option.rect, edge), QColor(colours().accent))

    def _paint_heading(self, painter: QPainter, option: QStyleOptionViewItem, group: Group) -> None:
        theme = colours()
        whole = QRect(0, option.rect.top(), self._view.viewport().width(), option.rect.height())
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(whole, QColor(theme.selected if selected else theme.hover))
        middle = whole.top() + (whole.height() - icons.SIZE) // 2
        ratio = self._view.devicePixelRatioF()

        def put(left: int, name: str, tone: Tone) -> None:
            box = QStyle.visualRect(option.direction, whole, QRect(left, middle, icons.SIZE, icons.SIZE))
            painter.drawPixmap(box.topLeft(), icons.pixmap(name, tone, icons.SIZE, ratio))

        arrow = "expand" if self._rows.is_open(group) else "collapse"
        if arrow == "collapse" and option.direction is Qt.LayoutDirection.RightToLeft:
            arrow = "back"
        put(PAD, arrow, Tone.MUTED)
        look = SEVERITY[group.worst]
        put(PAD + icons.SIZE + PAD, look.icon, look.tone)
        left = PAD + 2 * (icons.SIZE + PAD)
        font = QFont(option.font)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(theme.text))
        count = number(group.count)
        room = whole.width() - left - PAD - option.fontMetrics.horizontalAdvance(count) - 2 * PAD
        title = painter.fontMetrics().elidedText(group.title, Qt.TextElideMode.ElideMiddle, room)
        taken = painter.fontMetrics().horizontalAdvance(title)
        flags = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        box = QRect(left, whole.top(), room, whole.height())
        painter.drawText(QStyle.visualRect(option.direction, whole, box), flags, title)
        painter.setFont(option.font)
        painter.setPen(QColor(theme.muted))
        box = QRect(left + taken + PAD, whole.top(), whole.width() - left - taken - 2 * PAD, whole.height())
        painter.drawText(QStyle.visualRect(option.direction, whole, box), flags, count)
