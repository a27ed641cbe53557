"""When a draft would have fired, as bars over the span; it only shows, the list beside it has the figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.theme import GAP, Theme, Tone, colours
from vmi_console.gui.wording import clock, number

BAR = 5  # pixels from one bar to the next, at least


class FiringsChart(QWidget):
    """Bars from left to right, with the first and the last time below and the highest count at the side."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: tuple[int, ...] = ()
        self._since: datetime | None = None
        self._until: datetime | None = None
        self._stale = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("When it would have fired"))
        Theme.current.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, 56 + 2 * self.fontMetrics().height())

    def show_counts(self, counts: Sequence[int], since: datetime, until: datetime) -> None:
        """Shows how often it fired in equal parts of a span."""
        self._counts, self._since, self._until = tuple(counts), since, until
        highest = max(counts, default=0)
        self.setAccessibleDescription(
            self.tr("From {0} to {1}, at most {2} at once, around {3}").format(
                clock(since), clock(until), number(highest), clock(self._time(self._counts.index(highest), len(counts)))
            )
            if highest
            else self.tr("Never")
        )
        self.update()

    def set_stale(self, stale: bool) -> None:
        """Whether it is about an earlier text."""
        if stale != self._stale:
            self._stale = stale
            self.update()

    # --- painting -------------------------------------------------------------------------------------------------

    @property
    def _area(self) -> QRectF:
        line = self.fontMetrics().height()
        side = self.fontMetrics().horizontalAdvance(number(max(self._counts, default=0))) + GAP
        return QRectF(side, line / 2, max(1, self.width() - side), max(1, self.height() - 2 * line))

    def _bars(self) -> list[int]:
        """The counts, put together so far that a bar can be seen."""
        parts = len(self._counts)
        wanted = max(1, min(parts, int(self._area.width() // BAR)))
        together = -(-parts // wanted) if parts else 1
        return [sum(self._counts[start : start + together]) for start in range(0, parts, together)]

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._since is None or self._until is None:
            return
        theme, area, bars = colours(), self._area, self._bars()
        highest = max(bars, default=0)
        painter = QPainter(self)
        painter.setPen(QColor(theme.line))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        if highest:
            painter.drawLine(area.topLeft(), area.topRight())
        width = area.width() / max(1, len(bars))
        bar = QColor(theme.tone(Tone.MUTED if self._stale else Tone.ACCENT))
        for place, count in enumerate(bars):
            if count:
                height = max(3.0, area.height() * count / highest)
                corner = QPointF(area.left() + place * width, area.bottom() - height)
                painter.fillRect(QRectF(corner.x(), corner.y(), max(2.0, width - 1), height), bar)
        painter.setPen(QColor(theme.muted))
        metrics = QFontMetrics(self.font())
        right, top = Qt.AlignmentFlag.AlignRight, metrics.height()
        if highest:
            painter.drawText(QRectF(0, area.top() - top / 2, area.left() - GAP, top), right, number(highest))
        painter.drawText(QRectF(0, area.bottom() - top / 2, area.left() - GAP, top), right, "0")
        below = QRectF(area.left(), area.bottom() + top / 2, area.width(), top)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, clock(self._since))
        painter.drawText(below, right, clock(self._until))
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            text = self._told(event.pos().x())
            if text:
                QToolTip.showText(event.globalPos(), tooltip(text), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _told(self, x: float) -> str:
        bars, area = self._bars(), self._area
        place = int((x - area.left()) / area.width() * len(bars)) if bars else -1
        if not 0 <= place < len(bars) or self._since is None:
            return ""
        times = self.tr("%Ln time(s)", "", bars[place])
        return self.tr("{0} between {1} and {2}").format(
            times, clock(self._time(place, len(bars))), clock(self._time(place + 1, len(bars)))
        )

    def _time(self, place: int, parts: int) -> datetime:
        assert self._since is not None
        assert self._until is not None
        return self._since + (self._until - self._since) * place / max(1, parts)
