"""How the lines of the table are painted: row by row, with the shapes of texts kept.

Qt's own way asks the style sheet, the selection and the model about every cell, and shapes each text twice: tens of
milliseconds for a full screen, at every change.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QStaticText, QTextOption
from PySide6.QtWidgets import QHeaderView, QTableView

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.states import look
from vmi_console.gui.table.columns import COLUMNS, NAME, Column
from vmi_console.gui.table.model import VmModel
from vmi_console.gui.table.order import Line
from vmi_console.gui.theme import ROW, Tone, colours

PAD = 8  # as in the headings
ICON = icons.SIZE + 6  # with the room behind it
BAR = 2


class LinePainter:
    """Paints what is on screen of a table's lines."""

    def __init__(self, view: QTableView, lines: VmModel) -> None:
        self._view = view
        self._lines = lines
        self._font = QFont()
        self._mirrored = False
        self._shaped = lru_cache(4_096)(self._shape)

    def paint(self, painter: QPainter, area: QRect, selected: set[EntityId], hovered: int) -> None:
        """The rows in `area` of the viewport."""
        view, rows, theme = self._view, self._lines.rows, colours()
        self._mirrored = view.layoutDirection() is Qt.LayoutDirection.RightToLeft
        if view.font() != self._font:
            self._font = view.font()
            self._shaped.cache_clear()
        first, last = view.rowAt(area.top()), view.rowAt(area.bottom())
        if first < 0:
            return
        last = len(rows) - 1 if last < 0 else min(last, len(rows) - 1)
        places = self._places(area)
        columns = tuple(column for column, _, _ in places)
        tones = {tone: QColor(theme.tone(tone)) for tone in Tone}
        grounds = QColor(theme.selected), QColor(theme.hover)
        focused = view.currentIndex().row() if view.hasFocus() else -1
        for row in range(first, last + 1):
            line, top = rows[row], view.rowViewportPosition(row)
            if line.entity in selected:
                painter.fillRect(area.left(), top, area.width(), ROW, grounds[0])
            elif row == hovered:
                painter.fillRect(area.left(), top, area.width(), ROW, grounds[1])
            cells = self._lines.cells(line, columns)
            for (column, left, width), (text, tone) in zip(places, cells, strict=True):
                painter.setPen(tones[tone])
                if column is NAME:
                    self._icon(painter, left, width, top, line)
                    left, width = (left, width - ICON) if self._mirrored else (left + ICON, width - ICON)
                if width > 2 * PAD:
                    self._text(painter, left + PAD, width - 2 * PAD, top, column, text)
            if row == focused:
                self._bar(painter, top, tones[Tone.ACCENT])

    def width(self, line: Line, column: Column) -> int:
        """How much room a cell wants."""
        wanted = QFontMetrics(self._view.font()).horizontalAdvance(self._lines.text(line, column)) + 2 * PAD + 2
        return wanted + ICON if column is NAME else wanted

    def _places(self, area: QRect) -> list[tuple[Column, int, int]]:
        """Columns in `area`, where each begins and how wide it is."""
        header: QHeaderView = self._view.horizontalHeader()
        places = []
        for section, column in enumerate(COLUMNS):
            if not header.isSectionHidden(section):
                left, width = header.sectionViewportPosition(section), header.sectionSize(section)
                if left <= area.right() and left + width > area.left():
                    places.append((column, left, width))
        return places

    def _text(self, painter: QPainter, left: int, width: int, top: int, column: Column, text: str) -> None:
        shape = self._shaped(text, width, column.elide)
        size = shape.size()
        start = left + width - size.width() if column.number is not self._mirrored else left
        painter.drawStaticText(QPointF(start, top + (ROW - size.height()) / 2), shape)

    def _shape(self, text: str, width: int, elide: Qt.TextElideMode) -> QStaticText:
        """A text cut to `width` and laid out; one without a direction of its own, such as figures, is not mirrored."""
        shape = QStaticText(QFontMetrics(self._font).elidedText(text, elide, width))
        shape.setTextFormat(Qt.TextFormat.PlainText)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        option.setTextDirection(
            Qt.LayoutDirection.LeftToRight if text.isascii() else Qt.LayoutDirection.LayoutDirectionAuto
        )
        shape.setTextOption(option)
        shape.prepare(font=self._font)
        return shape

    def _icon(self, painter: QPainter, left: int, width: int, top: int, line: Line) -> None:
        """The state, before the name."""
        if (vm := self._lines.vm(line)) is None:
            return
        seen = look(vm)
        stale = seen.tone in (Tone.PLAIN, Tone.GOOD) and self._lines.replica.is_stale(line.entity)
        picture = icons.pixmap(
            seen.icon, Tone.MUTED if stale else seen.tone, icons.SIZE, self._view.devicePixelRatioF()
        )
        at = left + width - PAD - icons.SIZE if self._mirrored else left + PAD
        painter.drawPixmap(QPoint(at, top + (ROW - icons.SIZE) // 2), picture)

    def _bar(self, painter: QPainter, top: int, colour: QColor) -> None:
        """Where the keyboard is: a bar at the beginning of the row."""
        painter.fillRect(self._view.viewport().width() - BAR if self._mirrored else 0, top, BAR, ROW, colour)
