"""A stretch of an axis that is marked with the pointer, from where the button went down."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from vmi_console.gui.theme import colours

DRAG = 4  # pixels before a press is a drag


class Stretch:
    """All places are pixels along the axis."""

    def __init__(self) -> None:
        self._pressed: float | None = None
        self._dragged: float | None = None

    @property
    def held(self) -> bool:
        """Whether the button is down."""
        return self._pressed is not None

    @property
    def marked(self) -> tuple[float, float] | None:
        """From where to where, in ascending order; None while nothing is dragged."""
        if self._pressed is None or self._dragged is None:
            return None
        return min(self._pressed, self._dragged), max(self._pressed, self._dragged)

    def press(self, x: float) -> None:
        """The button went down."""
        self._pressed, self._dragged = x, None

    def move(self, x: float) -> bool:
        """The pointer moved; says whether that marks something."""
        if self._pressed is None or (self._dragged is None and abs(x - self._pressed) < DRAG):
            return False
        self._dragged = x
        return True

    def release(self) -> tuple[float, float] | None:
        """The button went up: what was marked, if that is more than a trembling hand."""
        marked = self.marked
        self._pressed = self._dragged = None
        return marked if marked is not None and marked[1] - marked[0] >= DRAG else None


def paint_stretch(painter: QPainter, area: QRectF, left: float, right: float) -> None:
    """What is marked, as far as it lies in the area of a picture."""
    accent = QColor(colours().accent)
    band = QRectF(left, area.top(), right - left, area.height()).intersected(area)
    ground = QColor(accent)
    ground.setAlphaF(0.15)
    painter.fillRect(band, ground)
    painter.setPen(QPen(accent, 1))
    painter.drawLine(band.topLeft(), band.bottomLeft())
    painter.drawLine(band.topRight(), band.bottomRight())
