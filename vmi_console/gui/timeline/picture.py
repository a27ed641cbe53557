"""Lanes over time, painted: spans and marks that can be picked, above an axis that can be zoomed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vmi_console.gui import icons
from vmi_console.gui.axes import calendar_ticks
from vmi_console.gui.dragging import Stretch, paint_stretch
from vmi_console.gui.focus import paint_focus
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.theme import GAP, Theme, Tone, colours
from vmi_console.gui.timeline.lanes import Lane, Mark, Span, Style

ICON = 14
APART = 13  # pixels between marks, below which they are one
MOST_TITLE = 150  # pixels of a lane's title
NAMED = 8  # happenings in a tooltip
_FILLS = {Style.STRONG: 0.3, Style.SOFT: 0.15, Style.EMPTY: 0.0}


@dataclass(frozen=True)
class _Target:
    """Something that can be pointed at; `keys` are of the happenings it stands for, the newest first."""

    room: QRectF
    keys: tuple[str, ...]
    text: str = ""
    span: Span | None = None


class Picture(QWidget):
    """Paints lanes over a range of time. It only tells what the operator wants; whoever owns it does it."""

    picked = Signal(str)  # the key of a happening
    moment_wanted = Signal(float)  # seconds since 1970: the operator wants to be there
    stepped = Signal(int)  # to the next later (1) or earlier (-1) happening
    range_wanted = Signal(float, float)
    zoom_wanted = Signal(float, float)  # factor, around what time
    pan_wanted = Signal(float)  # by this part of the range, to the right
    live_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lanes: Sequence[Lane] = ()
        self.start, self.end = 0.0, 60.0
        self.now = 60.0
        self._shown: float | None = None
        self.said = ""  # in the place of lanes, where there are none
        self.describe: Callable[[str], Sequence[str]] = lambda key: ()
        self._selected: tuple[str, float] | None = None
        self._targets: list[_Target] = []
        self._picture: QPixmap | None = None
        self._stretch = Stretch()
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # it is a diagram: time goes one way everywhere
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName(self.tr("What happened, over time"))
        self._measure()
        Theme.current.changed.connect(self.paint_anew)

    # --- what is shown --------------------------------------------------------------------------------------------

    def show_lanes(self, lanes: Sequence[Lane], now: float, shown: float | None = None) -> None:
        """Shows these lanes, of which nothing is later than `now`; `shown` is the moment that the window shows."""
        self.lanes, self.now, self._shown = lanes, now, shown
        self._measure()
        self.updateGeometry()
        self.paint_anew()

    def show_range(self, start: float, end: float) -> None:
        """Shows the lanes from one time to another (seconds since 1970)."""
        self.start, self.end = start, max(end, start + 1.0)
        self.paint_anew()

    def select(self, key: str, at: float | None) -> None:
        """Shows where one happening is; none with an empty key."""
        self._selected = (key, at) if at is not None else None
        self.update()

    def paint_anew(self) -> None:
        """Something that is painted has changed."""
        self._picture = None
        self.update()

    def spot_of(self, key: str) -> QPointF | None:
        """Where a happening is drawn, where it is in sight."""
        self._paint_if_needed()
        found = (target.room.center() for target in self._targets if key in target.keys and target.span is None)
        edges = (target.room.topLeft() for target in self._targets if key in target.keys)
        return next(found, next(edges, None))

    def sizeHint(self) -> QSize:
        return QSize(640, round(self._height))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, round(self._height))

    # --- places ---------------------------------------------------------------------------------------------------

    def _measure(self) -> None:
        self._small = QFont(self.font())
        self._small.setPointSizeF(self.font().pointSizeF() * 0.9)
        metrics = QFontMetricsF(self._small)
        self._row = max(18.0, metrics.height() + 4)
        titles = max((metrics.horizontalAdvance(lane.title) for lane in self.lanes), default=60.0)
        left = min(float(MOST_TITLE), titles) + 2 * GAP
        rows = sum(len(lane.rows) for lane in self.lanes)
        lanes_height = rows * (self._row + 2) + len(self.lanes) * GAP
        self._height = lanes_height + metrics.height() + GAP + 2
        self._area = QRectF(left, 2, max(10.0, self.width() - left - GAP), max(lanes_height, self._row))

    def _x(self, at: float) -> float:
        area = self._area
        return area.left() + (at - self.start) / (self.end - self.start) * area.width()

    def _time(self, x: float) -> float:
        area = self._area
        within = min(max(x, area.left()), area.right())
        return self.start + (within - area.left()) / area.width() * (self.end - self.start)

    # --- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_if_needed()
        assert self._picture is not None
        painter.drawPixmap(0, 0, self._picture)
        if (marked := self._stretch.marked) is not None:
            paint_stretch(painter, self._area, *marked)
        if self._selected is not None:
            self._paint_selected(painter, *self._selected)
        paint_focus(painter, self)
        painter.end()

    def _paint_if_needed(self) -> None:
        if self._picture is not None:
            return
        ratio = self.devicePixelRatioF()
        self._picture = QPixmap(self.size() * ratio)
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(QColor(colours().surface))
        self._targets = []
        painter = QPainter(self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._small)
        self._paint_axis(painter)
        self._paint_lanes(painter)
        self._paint_now(painter)
        painter.end()

    def _paint_axis(self, painter: QPainter) -> None:
        area, theme = self._area, colours()
        metrics = QFontMetricsF(self._small)
        most = max(2, int(area.width() // (1.8 * metrics.horizontalAdvance("00:00:00"))))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for at, text in calendar_ticks(self.start, self.end, most):
            x = round(self._x(at)) + 0.5
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom() + 3))
            half = metrics.horizontalAdvance(text) / 2 + 1
            if area.left() - GAP <= x - half and x + half <= self.width():
                painter.setPen(QColor(theme.muted))
                row = QRectF(x - half, area.bottom() + 4, 2 * half, metrics.height())
                painter.drawText(row, Qt.AlignmentFlag.AlignCenter, text)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _paint_lanes(self, painter: QPainter) -> None:
        area, theme = self._area, colours()
        metrics = QFontMetricsF(self._small)
        beside = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if not self.lanes and self.said:
            painter.setPen(QColor(theme.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.said)
        y = area.top()
        for number, lane in enumerate(self.lanes):
            if number:
                painter.setPen(QPen(QColor(theme.line), 1))
                painter.drawLine(QLineF(GAP, y - GAP / 2 + 0.5, area.right(), y - GAP / 2 + 0.5))
            painter.setPen(QColor(theme.muted))
            title = metrics.elidedText(lane.title, Qt.TextElideMode.ElideMiddle, area.left() - 2 * GAP)
            painter.drawText(QRectF(0, y, area.left() - GAP, self._row), beside, title)
            first = y
            painter.save()
            painter.setClipRect(QRectF(area.left(), 0, area.width(), self.height()))
            for row in lane.rows:
                painted = area.left() - GAP  # until where; of many within a pixel one is enough
                for span in row:
                    if self._x(span.until) > painted:
                        painted = self._paint_span(painter, span, y)
                y += self._row + 2
            self._paint_marks(painter, lane.marks, first)
            if lane.said:
                self._paint_said(painter, lane, y - self._row - 2)
            painter.restore()
            y += GAP

    def _paint_said(self, painter: QPainter, lane: Lane, y: float) -> None:
        """What there is to say of a lane, at the end of its last row where that is not empty."""
        painter.setPen(QColor(colours().muted))
        room = QRectF(self._area.left() + 4, y, self._area.width() - 8, self._row)
        side = Qt.AlignmentFlag.AlignRight if any(lane.rows) else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, lane.said)

    def _paint_span(self, painter: QPainter, span: Span, y: float) -> float:
        """Gives until where."""
        if span.until < self.start or span.since > self.end:
            return self._area.left() - GAP
        area, theme = self._area, colours()
        left, right = self._x(span.since), self._x(span.until)
        begins = left >= area.left()  # in sight
        left, right = max(left, area.left() - 6), min(right, area.right() + 6)
        room = QRectF(left, y + 1, max(3.0, right - left - 1), self._row - 2)
        colour = QColor(theme.muted if span.tone is Tone.PLAIN else theme.tone(span.tone))
        fill = QColor(colour)
        fill.setAlphaF(_FILLS[span.style])
        edge = QColor(colour)
        edge.setAlphaF(1.0 if span.style is Style.STRONG else 0.45)
        painter.setBrush(fill)
        painter.setPen(QPen(edge, 1) if span.style is not Style.SOFT else Qt.PenStyle.NoPen)
        painter.drawRoundedRect(room.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        if begins and room.width() >= 6 and span.style is not Style.EMPTY:  # where it began is what matters
            painter.setBrush(colour)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(QRectF(room.left(), room.top(), 3, room.height()), 1.5, 1.5)
        keys = tuple(key for key in (span.key, span.ending) if key)
        self._targets.append(_Target(room, keys, span.text, span))
        self._label(painter, span, room.intersected(area))
        return room.right()

    def _label(self, painter: QPainter, span: Span, room: QRectF) -> None:
        """Icon and text of a span, as far as there is room."""
        x = room.left() + 6
        if span.icon and room.width() >= ICON + 8:
            self._icon(painter, span.icon, span.tone, QPointF(x + ICON / 2, room.center().y()))
            x += ICON + 4
        metrics = QFontMetricsF(self._small)
        left = room.right() - x - 4
        if left < metrics.horizontalAdvance("MMMM…"):
            return
        painter.setPen(QColor(colours().muted if span.style is Style.EMPTY else colours().text))
        text = metrics.elidedText(span.text, Qt.TextElideMode.ElideMiddle, left)
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(x, room.top(), left, room.height()), side, text)

    def _paint_marks(self, painter: QPainter, marks: Sequence[Mark], y: float) -> None:
        theme = colours()
        middle = y + self._row / 2
        for group in self._groups(marks):
            x = self._x(group[0].at)
            if len(group) == 1:
                mark = group[0]
                if mark.not_before is not None:  # it happened at some time since then
                    painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DotLine))
                    painter.drawLine(
                        QLineF(max(self._x(mark.not_before), self._area.left()), middle, x - ICON / 2, middle)
                    )
                room = QRectF(x - ICON / 2 - 1, middle - ICON / 2 - 1, ICON + 2, ICON + 2)
                painter.setBrush(QColor(theme.surface))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.drawEllipse(room)
                self._icon(painter, mark.icon, mark.tone, QPointF(x, middle))
            else:
                x = (self._x(group[0].at) + self._x(group[-1].at)) / 2
                text = str(len(group))
                width = max(self._row - 2, QFontMetricsF(self._small).horizontalAdvance(text) + 10)
                room = QRectF(x - width / 2, middle - self._row / 2 + 1, width, self._row - 2)
                painter.setBrush(QColor(theme.selected))
                painter.setPen(QPen(QColor(theme.accent), 1))
                painter.drawRoundedRect(room, room.height() / 2, room.height() / 2)
                painter.setPen(QColor(theme.text))
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
            self._targets.append(_Target(room, tuple(mark.key for mark in group)))

    def _groups(self, marks: Sequence[Mark]) -> Iterator[list[Mark]]:
        """Marks in sight, those that would cover each other together; the newest first."""
        group: list[Mark] = []
        margin = (self.end - self.start) * ICON / self._area.width()
        for mark in sorted(marks, key=lambda each: -each.at):
            if not self.start - margin <= mark.at <= self.end + margin:
                continue
            if group and self._x(group[0].at) - self._x(mark.at) > APART:
                yield group
                group = []
            group.append(mark)
        if group:
            yield group

    def _icon(self, painter: QPainter, name: str, tone: Tone, middle: QPointF) -> None:
        picture = icons.pixmap(name, tone, ICON, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(round(middle.x() - ICON / 2), round(middle.y() - ICON / 2)), picture)

    def _paint_now(self, painter: QPainter) -> None:
        """Where now is; and the moment that is shown, with what came later in the shade."""
        area, accent = self._area, QColor(colours().accent)
        if self.start <= self.now <= self.end:
            x = round(self._x(self.now)) + 0.5
            painter.setPen(QPen(accent, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        if self._shown is None or self._shown >= self.end:
            return
        x = round(max(self._x(self._shown), area.left())) + 0.5
        shade = QColor(colours().surface)
        shade.setAlphaF(0.6)
        painter.fillRect(QRectF(x, area.top(), area.right() - x + 6, area.height()), shade)
        if self._shown >= self.start:
            painter.setPen(QPen(accent, 2))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            painter.setBrush(accent)
            painter.setPen(Qt.PenStyle.NoPen)
            foot = area.bottom() + 4
            painter.drawPolygon([QPointF(x - 4, foot), QPointF(x + 4, foot), QPointF(x, area.bottom() - 1)])

    def _paint_selected(self, painter: QPainter, key: str, at: float) -> None:
        area, accent = self._area, QColor(colours().accent)
        if not self.start <= at <= self.end:
            return
        x = round(self._x(at)) + 0.5
        line = QColor(accent)
        line.setAlphaF(0.6)
        painter.setPen(QPen(line, 1))
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(accent, 2))
        painter.setClipRect(area.adjusted(-8, -2, 8, 4))
        for target in self._targets:
            if key in target.keys:
                painter.drawRoundedRect(target.room.adjusted(-1, -1, 1, 1), 4, 4)

    # --- pointer and keyboard -------------------------------------------------------------------------------------

    def _target(self, at: QPointF) -> _Target | None:
        """What is at a place: marks before the spans that they lie on."""
        self._paint_if_needed()
        found = [target for target in self._targets if target.room.adjusted(-1, -1, 1, 1).contains(at)]
        return max(found, key=lambda target: target.span is None, default=None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            self._stretch.press(event.position().x())
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._stretch.move(event.position().x()):
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_held, marked = self._stretch.held, self._stretch.release()
        self.update()
        if marked is not None:
            self.range_wanted.emit(*sorted(map(self._time, marked)))
        elif was_held and (target := self._target(event.position())) is not None and target.keys:
            self.picked.emit(self._nearest(target, event.position().x()))

    def _nearest(self, target: _Target, x: float) -> str:
        """The end of a span that is nearer, else the newest of what the target stands for."""
        if target.span is None or not target.span.ending or not target.span.key:
            return target.keys[0]
        middle = (self._x(target.span.since) + self._x(target.span.until)) / 2
        return target.span.key if x < middle else target.span.ending

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._area.contains(event.position()):
            self.moment_wanted.emit(min(self._time(event.position().x()), self.now))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl it zooms; sideways, or with Shift, it moves; else the page scrolls."""
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and turned.y():
            self.zoom_wanted.emit(0.8 if turned.y() > 0 else 1.25, self._time(event.position().x()))
            event.accept()
        elif turned.x() or (event.modifiers() & Qt.KeyboardModifier.ShiftModifier and turned.y()):
            self.pan_wanted.emit(-0.1 if (turned.x() or turned.y()) > 0 else 0.1)
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        middle = self._selected[1] if self._selected is not None else (self.start + self.end) / 2
        middle = middle if self.start <= middle <= self.end else (self.start + self.end) / 2
        match event.key():
            case Qt.Key.Key_Left:
                self.pan_wanted.emit(-0.2)
            case Qt.Key.Key_Right:
                self.pan_wanted.emit(0.2)
            case Qt.Key.Key_Up:
                self.stepped.emit(1)
            case Qt.Key.Key_Down:
                self.stepped.emit(-1)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_wanted.emit(0.5, middle)
            case Qt.Key.Key_Minus:
                self.zoom_wanted.emit(2.0, middle)
            case Qt.Key.Key_End | Qt.Key.Key_Escape:
                self.live_wanted.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self._selected is not None:
                self.moment_wanted.emit(self._selected[1])
            case _:
                super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self.paint_anew()
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            target = self._target(QPointF(event.pos()))
            text = tooltip(*self._said_of(target)) if target is not None else ""
            QToolTip.showText(
                event.globalPos(), text, self, target.room.toRect() if target is not None else self.rect()
            )
            return True
        return super().event(event)

    def _said_of(self, target: _Target) -> list[str]:
        """What a target stands for, in lines."""
        lines = [target.text] if target.text else []
        if target.span is not None:
            lines.append(self._from_to(target.span))
        for key in target.keys[:NAMED] if len(target.keys) <= NAMED else target.keys[: NAMED - 1]:
            lines += self.describe(key) if len(target.keys) == 1 else self.describe(key)[:1]
        if len(target.keys) > NAMED:
            lines.append(self.tr("and {0} more").format(len(target.keys) - NAMED + 1))
        return lines

    def _from_to(self, span: Span) -> str:
        since, until = (time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) for at in (span.since, span.until))
        if span.until >= self.now:
            return self.tr("since {0}").format(since)
        return self.tr("from {0} to {1}").format(since, until)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()
        self.paint_anew()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._measure()
            self.updateGeometry()
            self.paint_anew()
