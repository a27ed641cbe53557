"""A week as a picture of days and hours, in which hours are painted by mouse or keyboard."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QPoint, QRect, QRectF, QSize, Qt, QTime, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from vmi_console.gui.theme import GAP, Theme, colours
from vmi_console.introspection.quiet import DAY, Span, changed, in_order, share

HOURS = 24
NARROWEST, WIDEST = 12, 26  # of an hour
LOW = 20  # of a day
EVERY = 3  # hours with their number above

type Cell = tuple[int, int]
"""Day (0 is Monday) and hour."""


class WeekPicture(QWidget):
    """Quiet hours as filled parts of a grid. A drag, or Shift and arrows, takes a block of days and hours."""

    painted = Signal(tuple)  # of Span: what is quiet now

    def __init__(self) -> None:
        super().__init__()
        self._spans: tuple[Span, ...] = ()
        self._cursor: Cell = (0, 8)
        self._anchor: Cell = self._cursor
        self._brush: bool | None = None  # while a block is being dragged: what it becomes
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Quiet hours of the week"))
        self._tell_cursor()
        Theme.current.changed.connect(self.update)

    @property
    def spans(self) -> tuple[Span, ...]:
        """What is quiet."""
        return self._spans

    def show_spans(self, spans: tuple[Span, ...]) -> None:
        self._spans = in_order(spans)
        self._tell_cursor()
        self.update()

    # --- where things are -----------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(self._label + HOURS * 20, self._top + 7 * LOW + 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._label + HOURS * NARROWEST, self.sizeHint().height())

    @property
    def _label(self) -> int:
        """Width of the days' names."""
        return max(self.fontMetrics().horizontalAdvance(self._day_name(day)) for day in range(7)) + GAP

    @property
    def _top(self) -> int:
        return self.fontMetrics().height() + 2

    @property
    def _hour(self) -> int:
        """Width of an hour."""
        return max(NARROWEST, min(WIDEST, (self.width() - self._label - 1) // HOURS))

    def _day_name(self, day: int, form: QLocale.FormatType = QLocale.FormatType.ShortFormat) -> str:
        return QLocale().dayName(day + 1, form)

    def _left(self, hour: float) -> float:
        """Where an hour begins, in the direction of reading."""
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            return self.width() - self._label - hour * self._hour
        return self._label + hour * self._hour

    def cell_at(self, at: QPoint) -> Cell | None:
        """The day and hour there; None beside the grid."""
        across = at.x() - self._label
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            across = self.width() - self._label - at.x()
        day, hour = (at.y() - self._top) // LOW, across // self._hour
        return (day, hour) if 0 <= day < 7 and 0 <= hour < HOURS else None

    def rect_of(self, cell: Cell) -> QRect:
        """Where an hour of a day is."""
        left = min(self._left(cell[1]), self._left(cell[1] + 1))
        return QRect(int(left), self._top + cell[0] * LOW, self._hour, LOW)

    # --- painting the picture -------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(colours().muted))
        metrics = self.fontMetrics()
        for hour in range(0, HOURS + 1, EVERY):
            middle = self._left(hour)
            place = QRectF(middle - 30, 0, 60, metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, str(hour))
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for day in range(7):
            x = self.width() - self._label + GAP if rtl else 0
            place = QRectF(x, self._top + day * LOW, self._label - GAP, LOW)
            side = Qt.AlignmentFlag.AlignRight if rtl else Qt.AlignmentFlag.AlignLeft
            painter.drawText(
                place, side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter, self._day_name(day)
            )
        self._paint_hours(painter)
        self._paint_cursor(painter)
        painter.end()

    def _paint_hours(self, painter: QPainter) -> None:
        grid = QRectF(min(self._left(0), self._left(HOURS)), self._top, HOURS * self._hour, 7 * LOW)
        painter.fillRect(grid, QColor(colours().raised))
        spans = self._shown()
        for day in range(7):
            for hour in range(HOURS):
                begin = day * DAY + hour * 60
                quiet = share(spans, begin, begin + 60)
                if quiet == 1:
                    painter.fillRect(self.rect_of((day, hour)), QColor(colours().accent))
                elif quiet:
                    self._paint_minutes(painter, spans, day, begin)
        painter.setPen(QColor(colours().line))
        for hour in range(HOURS + 1):
            x = int(self._left(hour))
            painter.drawLine(x, self._top, x, self._top + 7 * LOW)
        for day in range(8):
            y = self._top + day * LOW
            painter.drawLine(int(grid.left()), y, int(grid.right()), y)

    def _paint_minutes(self, painter: QPainter, spans: tuple[Span, ...], day: int, begin: int) -> None:
        """An hour that is not all quiet, by its twelfths."""
        for minute in range(begin, begin + 60, 5):
            if share(spans, minute, minute + 5) > 0.5:
                first, last = sorted(self._left((each - day * DAY) / 60) for each in (minute, minute + 5))
                painter.fillRect(QRectF(first, self._top + day * LOW, last - first, LOW), QColor(colours().accent))

    def _paint_cursor(self, painter: QPainter) -> None:
        if not self.hasFocus() and self._brush is None:
            return
        corners = [self.rect_of(cell) for cell in (self._anchor, self._cursor)]
        frame = corners[0].united(corners[1]).adjusted(0, 0, 1, 1)
        for width, colour in ((4, colours().raised), (2, colours().text)):  # seen on filled and on empty hours
            painter.setPen(QPen(QColor(colour), width))
            painter.drawRect(frame)

    # --- painting hours -------------------------------------------------------------------------------------------

    def _shown(self) -> tuple[Span, ...]:
        """With the block that is being dragged."""
        return self._spans if self._brush is None else self._with_block(self._brush)

    def _with_block(self, quiet: bool) -> tuple[Span, ...]:
        days, hours = (sorted(pair) for pair in zip(self._anchor, self._cursor, strict=True))
        spans = self._spans
        for day in range(days[0], days[1] + 1):
            spans = changed(spans, day * DAY + hours[0] * 60, day * DAY + (hours[1] + 1) * 60, quiet)
        return spans

    def _is_quiet(self, cell: Cell) -> bool:
        begin = cell[0] * DAY + cell[1] * 60
        return share(self._spans, begin, begin + 60) > 0.5

    def _put(self, quiet: bool) -> None:
        spans = self._with_block(quiet)
        self._brush = None
        if spans != self._spans:
            self.show_spans(spans)
            self.painted.emit(spans)
        self.update()

    def _take(self, anchor: Cell, cursor: Cell) -> None:
        self._anchor, self._cursor = anchor, cursor
        self._tell_cursor()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        at = event.position().toPoint()
        if (cell := self.cell_at(at)) is not None:
            self._take(cell, cell)
            self._brush = not self._is_quiet(cell)
        elif (row := self.cell_at(QPoint(int(self._left(0.5)), at.y()))) is not None:  # the name of a day
            self._take((row[0], 0), (row[0], HOURS - 1))
            self._put(not self._all_quiet())
        elif (column := self.cell_at(QPoint(at.x(), self._top + 1))) is not None:  # the number of an hour
            self._take((0, column[1]), (6, column[1]))
            self._put(not self._all_quiet())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().toPoint())
        self.setToolTip(self._said(cell) if cell is not None else "")
        if self._brush is not None and cell is not None and cell != self._cursor:
            self._take(self._anchor, cell)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._brush is not None and event.button() is Qt.MouseButton.LeftButton:
            self._put(self._brush)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        day, hour = self._cursor
        back = -1 if self.layoutDirection() is Qt.LayoutDirection.LeftToRight else 1
        match event.key():
            case Qt.Key.Key_Left:
                hour += back
            case Qt.Key.Key_Right:
                hour -= back
            case Qt.Key.Key_Up:
                day -= 1
            case Qt.Key.Key_Down:
                day += 1
            case Qt.Key.Key_Home:
                hour = 0
            case Qt.Key.Key_End:
                hour = HOURS - 1
            case Qt.Key.Key_Space:
                self._put(not self._all_quiet())
                return
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self._put(False)
                return
            case Qt.Key.Key_Escape if self._brush is not None:
                self._brush = None
                self.update()
                return
            case _:
                super().keyPressEvent(event)
                return
        cursor = max(0, min(6, day)), max(0, min(HOURS - 1, hour))
        self._take(self._anchor if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else cursor, cursor)

    def _all_quiet(self) -> bool:
        return self._with_block(True) == self._spans

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return super().event(event)

    # --- saying it ------------------------------------------------------------------------------------------------

    def _said(self, cell: Cell) -> str:
        begin, end = (
            QLocale().toString(QTime(hour % HOURS, 0), QLocale.FormatType.ShortFormat)
            for hour in (cell[1], cell[1] + 1)
        )
        day = self._day_name(cell[0], QLocale.FormatType.LongFormat)
        word = self.tr("quiet") if self._is_quiet(cell) else self.tr("not quiet")
        return self.tr("{0} {1}–{2}: {3}").format(day, begin, end, word)

    def _tell_cursor(self) -> None:
        self.setAccessibleDescription(
            self.tr("{0}. Arrows move, Space paints, Shift and arrows take a block.").format(self._said(self._cursor))
        )
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
