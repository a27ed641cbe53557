"""The picture in square pieces, painted one by one, like a map: what is seen is never waited for.

A piece that is not painted yet is shown coarsely; one that is out of date is shown as it was until it is painted again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter

from PySide6.QtCore import QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap, QRegion

from vmi_console.gui.topology.camera import Camera
from vmi_console.gui.topology.packing import Box
from vmi_console.gui.work import SLICE

SIDE = 256  # logical pixels
KEPT = 160  # pieces
AT_ONCE = 0.006  # seconds of a paint in which missing pieces may be painted

type Key = tuple[int, int]
type Paint = Callable[[QPainter, QRect, Camera, bool], None]
"""Paints what a camera sees on an area whose corner is at 0, 0; coarsely where that is said."""


class Chunks(QObject):
    """Keeps the pieces of one zoom."""

    ready = Signal()  # a piece that is seen has been painted

    def __init__(self, paint: Paint, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paint = paint
        self._pieces: OrderedDict[Key, QPixmap] = OrderedDict()
        self._dated: set[Key] = set()
        self._wanted: dict[Key, None] = {}
        self._zoom = 0.0
        self._ratio = 1.0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._slice)

    @property
    def busy(self) -> bool:
        return self._timer.isActive()

    def forget(self) -> None:
        """Everything is elsewhere now: nothing that was painted can be shown."""
        self._pieces.clear()
        self._dated.clear()

    def date(self, boxes: Iterable[Box] | None = None) -> None:
        """What is in these boxes (None: everywhere) looks different now."""
        if boxes is None:
            self._dated = set(self._pieces)
            return
        camera = Camera(self._zoom)
        for box in boxes:
            for key in _keys(
                QRect(
                    camera.across(box.x),
                    camera.down(box.y),
                    camera.across(box.right) - camera.across(box.x) + 1,
                    camera.down(box.bottom) - camera.down(box.y) + 1,
                )
            ):
                if key in self._pieces:
                    self._dated.add(key)

    def show(self, painter: QPainter, area: QRect, camera: Camera, ratio: float) -> None:
        """Paints the pieces that are seen, and has those that are missing or out of date painted."""
        if camera.zoom != self._zoom or ratio != self._ratio:
            self.forget()
            self._zoom, self._ratio = camera.zoom, ratio
        until = perf_counter() + AT_ONCE
        missing = QRegion()
        self._wanted = {}
        for key in _keys(area.translated(camera.left, camera.top)):
            x, y = key[0] * SIDE - camera.left, key[1] * SIDE - camera.top
            if key not in self._pieces and perf_counter() < until:
                self._make(key)
            piece = self._pieces.get(key)
            if piece is None:
                missing = missing.united(QRect(x, y, SIDE, SIDE))
            else:
                painter.drawPixmap(x, y, piece)
                self._pieces.move_to_end(key)
            if piece is None or key in self._dated:
                self._wanted[key] = None
        if not missing.isEmpty():
            painter.save()
            painter.setClipRegion(missing, Qt.ClipOperation.IntersectClip)
            self._paint(painter, area, camera, True)
            painter.restore()
        if self._wanted:
            self._timer.start()

    def _slice(self) -> None:
        until = perf_counter() + SLICE
        while self._wanted and perf_counter() < until:
            key = next(iter(self._wanted))
            del self._wanted[key]
            self._make(key)
        if not self._wanted:
            self._timer.stop()
        self.ready.emit()

    def _make(self, key: Key) -> None:
        piece = QPixmap(round(SIDE * self._ratio), round(SIDE * self._ratio))
        piece.setDevicePixelRatio(self._ratio)
        painter = QPainter(piece)
        self._paint(painter, QRect(0, 0, SIDE, SIDE), Camera(self._zoom, key[0] * SIDE, key[1] * SIDE), False)
        painter.end()
        self._pieces[key] = piece
        self._pieces.move_to_end(key)
        self._dated.discard(key)
        while len(self._pieces) > KEPT:
            old, _ = self._pieces.popitem(last=False)
            self._dated.discard(old)


def _keys(rect: QRect) -> Iterator[Key]:
    """The pieces that a rectangle in pixels of the whole picture reaches into."""
    for down in range(rect.top() // SIDE, rect.bottom() // SIDE + 1):
        for across in range(rect.left() // SIDE, rect.right() // SIDE + 1):
            yield across, down
