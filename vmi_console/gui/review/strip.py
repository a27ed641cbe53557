"""The strip of a time bar: how much happened when, and the handle that says which moment is shown."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vmi_console.engine.past_commands import Activity
from vmi_console.gui.focus import paint_focus
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.review.marks import marks
from vmi_console.gui.review.words import typed
from vmi_console.gui.theme import Theme, colours

FOOT = 18  # pixels for the names of the axis
HEAD = 5  # and for the grip of the handle
MARK = 84  # pixels between two names, at least
BAR = 6  # pixels of a bar with its gap
EDGE = 8  # so near to the end means now
STEPS = 200  # of a key through what is shown
LARGE_STEPS = 10


class Strip(QWidget):
    """Paints a span of time, and tells what the operator wants; whoever owns it does it."""

    wanted = Signal(object)  # datetime: this moment is to be shown; None: now
    change_wanted = Signal(bool)  # the next one, or the one before
    zoom_wanted = Signal(float, object)  # by this factor, around a datetime
    pan_wanted = Signal(float)  # by this part of what is shown
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.since = datetime.now(UTC)
        self.until = self.since + timedelta(seconds=1)
        self.first: datetime | None = None  # nothing was recorded before
        self.last: datetime | None = None  # now, where the living estate is recorded
        self.at: datetime | None = None  # shown; None: now
        self.wish: datetime | None = None  # asked for, and not shown yet
        self.activity: Activity | None = None
        self._dragged = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Time"))
        Theme.current.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(600, 56)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 56)

    @property
    def bins(self) -> int:
        """Into how many parts what is shown is cut."""
        return max(20, min(1_000, self.width() // BAR))

    def show_span(self, since: datetime, until: datetime) -> None:
        """Shows this span; what is known of another is painted where it belongs until its own comes."""
        self.since, self.until = since, max(until, since + timedelta(seconds=1))
        self.update()

    def tell(self, said: str) -> None:
        """What of it is read aloud."""
        if said != self.accessibleDescription():
            self.setAccessibleDescription(said)

    # --- places and times -----------------------------------------------------------------------------------------

    def place(self, at: datetime) -> float:
        """Where a time is, in pixels."""
        share = (at - self.since) / (self.until - self.since)
        if self.isRightToLeft():
            share = 1 - share
        return share * self.width()

    def time_at(self, x: float) -> datetime:
        """The time at a place; not before anything was recorded, nor after the last."""
        share = x / max(1, self.width())
        if self.isRightToLeft():
            share = 1 - share
        at = self.since + (self.until - self.since) * share
        if self.first is not None:
            at = max(at, self.first)
        return min(at, self.last) if self.last is not None else at

    # --- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = colours()
        area = QRectF(0, HEAD, self.width(), self.height() - FOOT - HEAD)
        painter.fillRect(area, QColor(theme.surface))
        if self.first is not None and self.first > self.since:
            before = QRectF(QPointF(self.place(self.since), area.top()), QPointF(self.place(self.first), area.bottom()))
            painter.fillRect(before.normalized(), QColor(theme.window))
        self._paint_bars(painter, area)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QPointF(0, area.bottom() + 0.5), QPointF(self.width(), area.bottom() + 0.5))
        self._paint_names(painter, area)
        if self.wish is not None and self.wish != self.at:
            self._paint_handle(painter, area, self.wish, hollow=True)
        shown = self.at or self.last
        if shown is not None:
            self._paint_handle(painter, area, shown, hollow=False)
        paint_focus(painter, self, 3)
        painter.end()

    def _paint_bars(self, painter: QPainter, area: QRectF) -> None:
        activity = self.activity
        if activity is None or not activity.changes:
            return
        theme = colours()
        most = math.sqrt(max(activity.changes) or 1)  # a few stay to be seen beside very many
        width = (activity.until - activity.since) / len(activity.changes)
        painter.setPen(Qt.PenStyle.NoPen)
        bar, bad = QColor(theme.accent), QColor(theme.bad)
        bar.setAlphaF(0.7)
        for number, changes in enumerate(activity.changes):
            opened = activity.opened[number]
            if not (changes or opened):
                continue
            since = activity.since + width * number
            ends = sorted((self.place(since), self.place(since + width)))
            if ends[1] < 0 or ends[0] > self.width():
                continue
            left, wide = ends[0], max(3.0, ends[1] - ends[0] - 1)
            if changes:
                height = max(2.0, (area.height() - 6) * math.sqrt(changes) / most)
                painter.setBrush(bar)
                painter.drawRect(QRectF(left, area.bottom() - height, wide, height))
            if opened:  # a finding stands under what brought it
                painter.setBrush(bad)
                painter.drawRect(QRectF(left, area.bottom() - 2, wide, 3))

    def _paint_names(self, painter: QPainter, area: QRectF) -> None:
        theme = colours()
        metrics = self.fontMetrics()
        until = self.last if self.last is not None and self.last < self.until else self.until
        for mark in marks(self.since, until, max(1, self.width() // MARK)):
            x = self.place(mark.at)
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QLineF(x, area.bottom(), x, area.bottom() + 4))
            width = metrics.horizontalAdvance(mark.name) + 4
            left = min(max(0.0, x - width / 2), self.width() - width)
            painter.setPen(QColor(theme.muted))
            box = QRectF(left, area.bottom() + 3, width, FOOT - 4)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), mark.name)

    def _paint_handle(self, painter: QPainter, area: QRectF, at: datetime, *, hollow: bool) -> None:
        theme = colours()
        x = min(max(self.place(at), 0.0), float(self.width()))
        if abs(self.place(at) - x) > 1:
            return  # out of sight
        x = min(max(x, 5.0), self.width() - 5.0)
        colour = QColor(theme.accent if self.at is not None or hollow else theme.muted)
        pen = QPen(colour, 2 if not hollow else 1)
        if hollow:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        painter.drawLine(QLineF(x, area.top(), x, area.bottom() + 1))
        painter.setPen(QPen(colour, 1.3))
        painter.setBrush(QColor(theme.surface) if hollow else colour)
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(x - 4.5, 1),
                    QPointF(x + 4.5, 1),
                    QPointF(x + 4.5, HEAD + 1),
                    QPointF(x, HEAD + 6),
                    QPointF(x - 4.5, HEAD + 1),
                ]
            )
        )

    # --- the operator's hands -------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.first is not None:
            self._dragged = True
            self._want(self.time_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.first is None:
            return
        at = self.time_at(event.position().x())
        if self._dragged:
            self._want(at)
        QToolTip.showText(event.globalPosition().toPoint(), tooltip(*self.told(at)), self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton or not self._dragged:
            return
        self._dragged = False
        if self._is_now(self.time_at(event.position().x())):
            self.wanted.emit(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        if self.first is None or turned.isNull():
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(turned.x()) > abs(turned.y()):
            self.pan_wanted.emit(-(turned.x() or turned.y()) / 120 / LARGE_STEPS)
        else:
            self.zoom_wanted.emit(1.25 ** (-turned.y() / 120), self.time_at(event.position().x()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, by_change = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        forward = Qt.Key.Key_Left if self.isRightToLeft() else Qt.Key.Key_Right
        match key:
            case Qt.Key.Key_Left | Qt.Key.Key_Right if by_change:
                self.change_wanted.emit(key == forward)
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self.step((1 if key == forward else -1) / STEPS)
            case Qt.Key.Key_PageUp:
                self.step(-1 / LARGE_STEPS)
            case Qt.Key.Key_PageDown:
                self.step(1 / LARGE_STEPS)
            case Qt.Key.Key_Home if self.first is not None:
                self.wanted.emit(self.first)
            case Qt.Key.Key_End:
                self.wanted.emit(None)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_wanted.emit(0.5, self.wish or self.at or self.until)
            case Qt.Key.Key_Minus:
                self.zoom_wanted.emit(2.0, self.wish or self.at or self.until)
            case _:
                super().keyPressEvent(event)

    def step(self, share: float) -> None:
        """By a part of what is shown, from what was asked for last."""
        if self.first is None or self.last is None:
            return
        at = (self.wish or self.at or self.last) + (self.until - self.since) * share
        self.wanted.emit(None if at >= self.last else max(at, self.first))

    def told(self, at: datetime) -> list[str]:
        """What is said of a time."""
        said = [typed(at)]
        if (activity := self.activity) is not None and activity.since <= at < activity.until:
            place = int((at - activity.since) / (activity.until - activity.since) * len(activity.changes))
            said.append(self.tr("%Ln change(s)", "", activity.changes[place]))
            if activity.opened[place]:
                said.append(self.tr("%Ln finding(s) opened", "", activity.opened[place]))
            if activity.resolved[place]:
                said.append(self.tr("%Ln finding(s) resolved", "", activity.resolved[place]))
        return said

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _want(self, at: datetime) -> None:
        if not self._is_now(at):  # that is gone to where the handle is let go
            self.wanted.emit(at)

    def _is_now(self, at: datetime) -> bool:
        return self.last is not None and at >= self.last - (self.until - self.since) * (EDGE / max(1, self.width()))
