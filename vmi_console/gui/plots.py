"""A chart of load over time, painted: one line for each entity, the same colour in all charts beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from vmi_console.gui.axes import Scale, scale, tick, time_of_day, time_ticks, words
from vmi_console.gui.dragging import Stretch, paint_stretch
from vmi_console.gui.focus import paint_focus
from vmi_console.gui.loads import Quantity
from vmi_console.gui.theme import GAP, Theme, colours
from vmi_console.gui.traces import Line, Subject

FEW = 3  # lines; more of them are painted more coarsely: there is less to see of each
STEP = 40  # pixels between two names of an axis, at least
BOX_NAME = 150  # pixels of a name beside the pointer


class Plot(QWidget):
    """Paints lines over a range of time. It only tells what the operator wants; whoever owns it does it, for all charts
    beside each other."""

    range_wanted = Signal(float, float)  # seconds since 1970
    zoom_wanted = Signal(float, float)  # factor, around what time
    pan_wanted = Signal(float)  # by this part of the range, to the right
    live_wanted = Signal()
    marked = Signal(object)  # the time under the pointer, or None

    def __init__(self, subject: Subject, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.subject = subject
        self.lines: Sequence[Line] = ()
        self.start, self.end = 0.0, 60.0
        self.scale = Scale(0.0, 1.0, ())
        self._mark: float | None = None
        self._stretch = Stretch()
        self._picture: QPixmap | None = None
        self._measure()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 132)
        self.setAccessibleName(subject.title)
        Theme.current.changed.connect(self.paint_anew)

    def sizeHint(self) -> QSize:
        return QSize(420, 180)

    # --- what is shown --------------------------------------------------------------------------------------------

    def show_range(self, start: float, end: float) -> None:
        """Shows `lines` from one time to another (seconds since 1970), with the figures of that range."""
        self.start, self.end = start, max(end, start + 1.0)
        most = dict.fromkeys(self.subject.quantities, 0.0)
        for line in self.lines:
            for quantity, trace in line.traces.items():
                figures = line.figures[quantity] = trace.series.figures(self.start, self.end)
                most[quantity] = max(most[quantity], figures.most if figures is not None else 0.0)
            if self.subject.up is Quantity.MEMORY:
                most[Quantity.MEMORY] = max(most[Quantity.MEMORY], line.load.memory_bytes or 0.0)
        up, down = most[self.subject.up], most[self.subject.down] if self.subject.down is not None else 0.0
        steps = max(2, min(4, int(self._area.height() // STEP)))
        self.scale = scale(self.subject.unit, up, down or (1e-9 if self.subject.down is not None else 0.0), steps)
        self.paint_anew()

    def mark(self, at: float | None) -> None:
        """Shows the values at a time."""
        if at != self._mark:
            self._mark = at
            self.update()

    def paint_anew(self) -> None:
        """Something that is painted has changed."""
        self._picture = None
        self.update()

    def latest(self) -> str:
        """The last values of the range in words, where there is one line."""
        if len(self.lines) != 1:
            return ""
        line = self.lines[0]
        parts = []
        for quantity, word in ((self.subject.up, self.subject.up_word), (self.subject.down, self.subject.down_word)):
            if quantity is not None and (figures := line.figures.get(quantity)) is not None:
                parts.append(f"{word} {words(self.subject.unit, figures.last)}".strip())
        text = " · ".join(parts)
        if text and self.subject.up is Quantity.MEMORY and line.load.memory_bytes:
            return self.tr("{0} of {1}").format(text, tick(self.subject.unit, line.load.memory_bytes))
        return text

    # --- geometry -------------------------------------------------------------------------------------------------

    def _measure(self) -> None:
        """Where the lines are: as far from the left in every chart, so that their times stand below each other."""
        self._small = QFont(self.font())
        self._small.setPointSizeF(self.font().pointSizeF() * 0.9)
        metrics = QFontMetricsF(self._small)
        left = metrics.horizontalAdvance("1000 MB/s") + GAP
        top = QFontMetricsF(self.font()).height() + metrics.height() / 2 + GAP
        bottom = metrics.height() + GAP / 2
        width, height = max(10.0, self.width() - left - GAP), max(10.0, self.height() - top - bottom)
        self._area = QRectF(left, top, width, height)

    def _time(self, x: float) -> float:
        area = self._area
        return self.start + (min(max(x, area.left()), area.right()) - area.left()) / area.width() * (
            self.end - self.start
        )

    def _x(self, at: float) -> float:
        area = self._area
        return area.left() + (at - self.start) / (self.end - self.start) * area.width()

    def _y(self, value: float) -> float:
        area = self._area
        return area.bottom() - (value - self.scale.bottom) / (self.scale.top - self.scale.bottom) * area.height()

    # --- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture is None:
            self._picture = self._painted()
        painter.drawPixmap(0, 0, self._picture)
        if (marked := self._stretch.marked) is not None:
            paint_stretch(painter, self._area, *marked)
        elif self._mark is not None:
            self._paint_mark(painter, self._mark)
        paint_focus(painter, self)
        painter.end()

    def _painted(self) -> QPixmap:
        """Everything that does not follow the pointer."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(colours().surface))
        painter = QPainter(picture)
        painter.setFont(self.font())
        self._paint_title(painter)
        self._paint_axes(painter)
        self._paint_lines(painter)
        painter.end()
        return picture

    def _paint_title(self, painter: QPainter) -> None:
        area = self._area
        row = QRectF(GAP, GAP / 2, area.right() - GAP, QFontMetricsF(self.font()).height())
        start, end = (
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
        )
        rightwards = self.layoutDirection() is Qt.LayoutDirection.LeftToRight
        if not rightwards:
            start, end = end, start
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(colours().text))
        metrics = QFontMetricsF(font)
        title = metrics.elidedText(self.subject.title, Qt.TextElideMode.ElideRight, row.width())
        painter.drawText(row, start, title)
        taken = metrics.horizontalAdvance(title) + GAP
        if self.subject.down is not None:  # which way is which
            painter.setFont(self._small)
            painter.setPen(QColor(colours().muted))
            ways = f"↑ {self.subject.up_word}  ↓ {self.subject.down_word}"
            painter.drawText(row.adjusted(taken, 0, 0, 0) if rightwards else row.adjusted(0, 0, -taken, 0), start, ways)
            taken += QFontMetricsF(self._small).horizontalAdvance(ways) + GAP
        painter.setFont(self.font())
        left = row.width() - taken
        latest = QFontMetricsF(self.font()).elidedText(self.latest(), Qt.TextElideMode.ElideRight, max(0.0, left))
        stale = any(line.stale for line in self.lines)
        painter.setPen(QColor(colours().muted if stale else colours().text))
        painter.drawText(row, end, latest)

    def _paint_axes(self, painter: QPainter) -> None:
        area, theme = self._area, colours()
        painter.setFont(self._small)
        height = QFontMetricsF(self._small).height()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in self.scale.ticks:
            y = round(self._y(value)) + 0.5
            painter.setPen(QPen(QColor(theme.muted if value == 0 else theme.line), 1))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            painter.setPen(QColor(theme.muted))
            painter.drawText(
                QRectF(0, y - height / 2, area.left() - GAP / 2, height), right, tick(self.subject.unit, value)
            )
        metrics = QFontMetricsF(self._small)
        most = int(area.width() // (1.6 * metrics.horizontalAdvance("00:00:00")))
        for at, text in time_ticks(self.start, self.end, most):
            x = round(self._x(at)) + 0.5
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            half = metrics.horizontalAdvance(text) / 2 + 1
            if area.left() <= x - half and x + half <= self.width():  # neither into the other axis nor out of sight
                painter.setPen(QColor(theme.muted))
                row = QRectF(x - half, area.bottom() + 2, 2 * half, height)
                painter.drawText(row, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_lines(self, painter: QPainter) -> None:
        area = self._area
        painter.save()
        painter.setClipRect(area.adjusted(0, -1, 0, 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        a_second = area.width() / (self.end - self.start)
        a_unit = area.height() / (self.scale.top - self.scale.bottom)
        coarse = (2.5 if len(self.lines) <= FEW else 5.0) / a_second
        # Pens of more than one pixel of the screen take Qt twenty times as long: stronger lines are several beside
        # each other.
        ratio = self.devicePixelRatioF()
        strokes, shift = round(ratio) + (len(self.lines) <= 2), 0.5 / ratio
        for quantity in self.subject.quantities:
            way = -a_unit if quantity is self.subject.up else a_unit
            transform = QTransform(a_second, 0, 0, way, area.left() - self.start * a_second, self._y(0))
            for stroke in range(strokes):
                painter.save()
                painter.translate(stroke * shift, stroke * shift)
                painter.setTransform(transform, combine=True)
                for line in sorted(self.lines, key=lambda line: not line.faded):
                    painter.setPen(line.pen())
                    line.traces[quantity].paint(painter, self.start, self.end, coarse)
                painter.restore()
        painter.restore()

    def _paint_mark(self, painter: QPainter, at: float) -> None:
        area, theme = self._area, colours()
        if not self.start <= at <= self.end:
            return
        x = self._x(at)
        painter.setPen(QPen(QColor(theme.muted), 1))
        painter.drawLine(QLineF(round(x) + 0.5, area.top(), round(x) + 0.5, area.bottom()))
        several = len(self.lines) > 1
        rows = self.values_at(at) if self.underMouse() or not several else []  # eight of them, once
        painter.setFont(self._small)
        metrics = QFontMetricsF(self._small)
        names = [metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, BOX_NAME) for name, _, _ in rows]
        left = max((metrics.horizontalAdvance(name) for name in names), default=0.0) + 14 + GAP if several else 0.0
        right = max((metrics.horizontalAdvance(text) for _, text, _ in rows), default=0.0)
        width = max((left + right) if rows else 0.0, metrics.horizontalAdvance("00:00:00")) + 2 * GAP
        height = metrics.height() * (1 + len(rows)) + GAP
        box = QRectF(x + GAP, area.top() + GAP / 2, width, height)
        if box.right() > area.right():
            box.moveRight(x - GAP)
        box.moveTop(max(1.0, min(box.top(), self.height() - box.height() - 1)))
        painter.setBrush(QColor(theme.raised))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawRoundedRect(box, 4, 4)
        text = box.adjusted(GAP, GAP / 2, -GAP, -GAP / 2)
        painter.setPen(QColor(theme.muted))
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, time_of_day(at))
        for number, (name, (_, value, line)) in enumerate(zip(names, rows, strict=True), 1):
            row = QRectF(text.left(), text.top() + number * metrics.height(), text.width(), metrics.height())
            painter.setPen(QColor(theme.text))
            painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
            if several:
                painter.drawText(
                    row.adjusted(14, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name
                )
                painter.fillRect(QRectF(row.left(), row.center().y() - 2, 9, 4), QColor(line.pen().color()))

    def values_at(self, at: float) -> list[tuple[str, str, Line]]:
        """Of each line with a sample near that time: its name, and its values in words."""
        found = []
        for line in self.lines:
            near = [trace.series.near(at, line.load.gap / 2) for trace in line.traces.values()]
            if any(near):
                arrows = ("↑ ", "↓ ") if len(near) > 1 else ("",)
                texts = [
                    arrow + words(self.subject.unit, sample[1])
                    for arrow, sample in zip(arrows, near, strict=True)
                    if sample is not None
                ]
                found.append((line.name, "  ".join(texts), line))
        return found

    # --- pointer and keyboard -------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            self._stretch.press(event.position().x())
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._stretch.move(x):
            self.update()
        area = self._area
        self.marked.emit(self._time(x) if area.left() <= x <= area.right() else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        marked = self._stretch.release()
        self.update()
        if marked is not None:
            self.range_wanted.emit(*sorted(map(self._time, marked)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.live_wanted.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl it zooms; without, the page scrolls."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            factor = 0.8 if event.angleDelta().y() > 0 else 1.25
            self.zoom_wanted.emit(factor, self._time(event.position().x()))
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        middle = (self.start + self.end) / 2
        match event.key():
            case Qt.Key.Key_Left:
                self.pan_wanted.emit(-0.2)
            case Qt.Key.Key_Right:
                self.pan_wanted.emit(0.2)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom_wanted.emit(0.5, middle)
            case Qt.Key.Key_Minus:
                self.zoom_wanted.emit(2.0, middle)
            case Qt.Key.Key_End | Qt.Key.Key_Escape:
                self.live_wanted.emit()
            case _:
                super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.marked.emit(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()
        self.show_range(self.start, self.end)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.LayoutDirectionChange):
            self._measure()
            self.paint_anew()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self.paint_anew()
        return super().event(event)
