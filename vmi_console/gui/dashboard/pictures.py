"""The two pictures over time: findings that were open, stacked by severity, and changes, as bars."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vmi_console.gui.dashboard.courses import Course, Span
from vmi_console.gui.findings.looks import SEVERITY
from vmi_console.gui.focus import paint_focus
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.theme import GAP, Theme, colours
from vmi_console.gui.wording import number
from vmi_console.policy.judgement import Severity

FOOT = 18  # room for times below
TOP = 6
TICKS = 5
OPACITY = {Severity.CRITICAL: 1.0, Severity.HIGH: 0.55, Severity.MEDIUM: 0.75, Severity.LOW: 0.35}
"""Two severities share the tone of what is bad: the worse one is the stronger."""


def nice(most: int) -> int:
    """The least of 1, 2, 5, 10, 20 … that is not below `most`, and at least 4: an axis ends at it.

    >>> [nice(most) for most in (0, 4, 7, 31)]
    [4, 4, 10, 50]
    """
    if most <= 4:
        return 4
    step = 1
    while True:
        for factor in (1, 2, 5):
            if factor * step >= most:
                return factor * step
        step *= 10


class Picture(QWidget):
    """A plot over a span of time: what a value axis ends at, lines across, times below. A click leads to the list."""

    clicked = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._span: Span | None = None
        self._end = nice(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name)
        Theme.current.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(360, 150)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 96)

    def told(self, bucket: int) -> list[str]:
        """What is said of one bucket."""
        raise NotImplementedError

    def paint_values(self, painter: QPainter, area: QRectF) -> None:
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = colours()
        area = self._area()
        painter.setPen(QPen(QColor(theme.line), 1))
        for share in (0.0, 0.5, 1.0):
            y = round(area.bottom() - share * area.height()) + 0.5
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        if self._span is not None:
            self.paint_values(painter, area)
            self._paint_axes(painter, area, self._span)
        paint_focus(painter, self)
        painter.end()

    def _area(self) -> QRectF:
        left = self.fontMetrics().horizontalAdvance(number(self._end)) + GAP
        return QRectF(left, TOP, max(1, self.width() - left - 1), max(1, self.height() - FOOT - TOP))

    def _paint_axes(self, painter: QPainter, area: QRectF, span: Span) -> None:
        painter.setPen(QColor(colours().muted))
        for share in (0.0, 0.5, 1.0):
            y = area.bottom() - share * area.height()
            value = self._end * share
            box = QRectF(0, y - 8, area.left() - GAP / 2, 16)
            text = number(int(value)) if value == int(value) else ""
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), text)
        for tick in range(TICKS):
            share = tick / (TICKS - 1)
            text = self._when(span.since + span.length * share)
            width = self.fontMetrics().horizontalAdvance(text) + 2
            left = min(max(area.left() + share * area.width() - width / 2, area.left()), area.right() - width)
            box = QRectF(left, area.bottom() + 2, width, FOOT - 2)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)

    def _when(self, at: datetime) -> str:
        local = at.astimezone()
        assert self._span is not None
        return f"{local:%a %H:%M}" if self._span.length > timedelta(days=1) else f"{local:%H:%M}"

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        area = self._area()
        span = self._span
        if span is None or not area.contains(event.position()):
            return
        bucket = min(span.buckets - 1, int((event.position().x() - area.left()) / area.width() * span.buckets))
        at = self._when(span.since + span.length * ((bucket + 1) / span.buckets))
        QToolTip.showText(event.globalPosition().toPoint(), tooltip(at, *self.told(bucket)), self)


class OpenFindings(Picture):
    """Stacked steps, the worst at the bottom: there they can be compared."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._course: Course | None = None

    def show_course(self, course: Course) -> None:
        if course != self._course:
            self._course, self._span = course, course.span
            self._end = nice(course.most)
            now = [f"{values[-1]} {SEVERITY[each].word}" for each, values in course.open.items() if values[-1]]
            self.setAccessibleDescription(", ".join(reversed(now)))
            self.update()

    def told(self, bucket: int) -> list[str]:
        assert self._course is not None
        values = self._course.open
        return [
            f"{number(values[each][bucket])} {look.word}" for each, look in SEVERITY.items() if values[each][bucket]
        ]

    def paint_values(self, painter: QPainter, area: QRectF) -> None:
        assert self._course is not None
        assert self._span is not None
        width = area.width() / self._span.buckets
        below = [0] * self._span.buckets
        painter.setPen(Qt.PenStyle.NoPen)
        for severity, look in SEVERITY.items():
            above = [low + value for low, value in zip(below, self._course.open[severity], strict=True)]
            if above != below:
                colour = QColor(colours().tone(look.tone))
                colour.setAlphaF(OPACITY[severity])
                painter.setBrush(colour)
                painter.drawPolygon(self._steps(above, below, area, width))
            below = above

    def _steps(self, above: list[int], below: list[int], area: QRectF, width: float) -> QPolygonF:
        def corners(values: list[int]) -> list[QPointF]:
            return [
                QPointF(area.left() + place * width, area.bottom() - value / self._end * area.height())
                for bucket, value in enumerate(values)
                for place in (bucket, bucket + 1)
            ]

        return QPolygonF([*corners(above), *reversed(corners(below))])


class Changes(Picture):
    """A bar for each bucket."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._counts: list[int] = []

    def show_counts(self, counts: list[int], span: Span) -> None:
        self._counts, self._span = counts, span
        self._end = nice(max(counts, default=0))
        self.setAccessibleDescription(self.tr("%Ln change(s)", "", sum(counts)))
        self.update()

    def told(self, bucket: int) -> list[str]:
        return [self.tr("%Ln change(s)", "", self._counts[bucket])]

    def paint_values(self, painter: QPainter, area: QRectF) -> None:
        width = area.width() / max(1, len(self._counts))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours().accent))
        for bucket, count in enumerate(self._counts):
            if count:
                height = max(1.0, count / self._end * area.height())
                left = area.left() + bucket * width
                painter.drawRect(QRectF(left + 0.5, area.bottom() - height, max(1.0, width - 1), height))
