"""A table of parts inside a pane: as high as its rows, up to a point."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from vmi_console.gui import icons
from vmi_console.gui.listing import Listing
from vmi_console.gui.panes.sheet import Line, Table
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.rows import Index, Rows
from vmi_console.gui.theme import ROW, Tone, colours

MOST_ROWS = 12
INDENT = 16  # for each level that a cell hangs deeper
BAR_TEXT = 44  # room for “100 %” before a bar
BAR_HEIGHT = 6


class _Row:
    """A line that keeps its identity while what it says changes."""

    __slots__ = ("line",)

    def __init__(self, line: Line) -> None:
        self.line = line


class Lines(Rows[_Row]):
    """The lines of a `Table`; the same keys keep their rows."""

    def __init__(self, table: Table, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = table.columns
        self._by_key: dict[str, _Row] = {}
        self.show_lines(table.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and 0 <= section < len(self._columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return self._columns[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                numbers = bool(self.rows) and self.rows[0].line.cells[section].number
                return _side(numbers)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        cell = self.rows[index.row()].line.cells[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(*cell.tip.split("\n")) if cell.tip else tooltip(cell.text)
            case Qt.ItemDataRole.ForegroundRole if cell.tone is not Tone.PLAIN and not cell.icon:
                return QColor(colours().tone(cell.tone))
            case Qt.ItemDataRole.DecorationRole if cell.icon:
                return QIcon(icons.icon(cell.icon, cell.tone))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(cell.number)
        return None

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        wanted: list[_Row] = []
        changed: list[_Row] = []
        by_key: dict[str, _Row] = {}
        for line in lines:
            key = line.key
            while key in by_key:  # two parts may claim one key
                key += "′"
            row = self._by_key.get(key)
            if row is None:
                row = _Row(line)
            elif row.line != line:
                row.line = line
                changed.append(row)
            by_key[key] = row
            wanted.append(row)
        self._by_key = by_key
        self.become(wanted)
        self.touch(changed)


class LinesView(Listing):
    """Shows `Lines`. Double click or Enter on a line that leads somewhere goes there."""

    chosen = Signal(str)  # EntityId

    def __init__(self, table: Table, parent: QWidget | None = None) -> None:
        self._lines = Lines(table)
        super().__init__(self._lines, table.title, table.widths, parent)
        self._lines.setParent(self)
        self.setItemDelegate(_CellPainter(self, self._lines))
        self.activated.connect(self._activate)
        self._fit()

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        count = len(self._lines.rows)
        self._lines.show_lines(lines)
        if count != len(lines):
            self._fit()

    def _fit(self) -> None:
        rows = min(len(self._lines.rows), MOST_ROWS)
        self.setFixedHeight(rows * ROW + self.horizontalHeader().sizeHint().height() + 2)

    def _activate(self, index: QModelIndex) -> None:
        if (entity := self._lines.rows[index.row()].line.entity) is not None:
            self.chosen.emit(entity)


class _CellPainter(QStyledItemDelegate):
    """Paints cells that hang below others further in, and shares of a whole as bars."""

    def __init__(self, view: LinesView, lines: Lines) -> None:
        super().__init__(view)
        self._lines = lines

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        cell = self._lines.rows[index.row()].line.cells[index.column()]
        if cell.depth:
            room = QRect(option.rect)
            room.setLeft(room.left() + min(INDENT * cell.depth, room.width() // 2))
            option.rect = QStyle.visualRect(option.direction, option.rect, room)
        super().paint(painter, option, index)
        if cell.share is not None:
            self._paint_bar(painter, option, cell.share, cell.tone)

    def _paint_bar(self, painter: QPainter, option: QStyleOptionViewItem, share: float, tone: Tone) -> None:
        whole = QRect(option.rect).adjusted(BAR_TEXT + 6, 0, -12, 0)
        if whole.width() < BAR_TEXT:
            return
        top = whole.top() + (whole.height() - BAR_HEIGHT) // 2
        bar = QRect(whole.left(), top, whole.width(), BAR_HEIGHT)
        full = QRect(bar.left(), top, round(bar.width() * min(1.0, max(0.0, share))), BAR_HEIGHT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colour = colours().tone(Tone.ACCENT if tone is Tone.PLAIN else tone)
        for part, painted in ((bar, colours().line), (full, colour)):
            painter.setBrush(QColor(painted))
            rect = QStyle.visualRect(option.direction, option.rect, part)
            painter.drawRoundedRect(QRectF(rect), BAR_HEIGHT / 2, BAR_HEIGHT / 2)
        painter.restore()


def _side(number: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
