"""What the picture is painted with: pens and texts of the theme in force, and lines of text that never overlap."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from vmi_console.gui import icons
from vmi_console.gui.states import Look
from vmi_console.gui.theme import Colours, Tone, colours
from vmi_console.gui.topology.glyphs import DIMMED, STALE, look_of

CODES = 128
LEAST = 4  # characters of a text that is too long
FAINT = 0.3  # opacity of what is dimmed
_STRENGTH = {  # of a tone on a whole area: what is normal stays calm
    Tone.PLAIN: 0.28,
    Tone.MUTED: 0.22,
    Tone.ACCENT: 0.75,
    Tone.GOOD: 0.38,
    Tone.WARNING: 0.9,
    Tone.BAD: 1.0,
}


class Line(NamedTuple):
    """A line of text; names are shortened in their middle, all else at its end."""

    text: str
    colour: str
    bold: bool = False
    name: bool = False


class Ink:
    """A painter with the theme's colours and two fonts. `ratio` is device pixels for a logical one."""

    def __init__(self, painter: QPainter, font: QFont, ratio: float) -> None:
        self.painter = painter
        self.theme = colours()
        self.ratio = ratio
        self.font = font
        self.bold = QFont(font)
        self.bold.setWeight(QFont.Weight.DemiBold)
        self.metrics = QFontMetrics(font)
        self.bold_metrics = QFontMetrics(self.bold)
        self.line = self.metrics.height()
        painter.setFont(font)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # a diagram is not mirrored, nor are its labels
        self._is_bold = False

    def text(
        self,
        rect: QRect,
        text: str,
        colour: str,
        *,
        bold: bool = False,
        plate: str = "",
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
    ) -> int:
        """One line in the middle of `rect`, shortened to it; gives the pixels it took, 0 where there is no room.

        A `plate` of that colour is put under it, where wires may pass.
        """
        if rect.height() < self.line - 3 or not text:
            return 0
        if bold is not self._is_bold:
            self._is_bold = bold
            self.painter.setFont(self.bold if bold else self.font)
        metrics = self.bold_metrics if bold else self.metrics
        width = metrics.horizontalAdvance(text)
        if width > rect.width():
            if rect.width() < LEAST * metrics.averageCharWidth():
                return 0  # what is left of it would tell nothing
            text = metrics.elidedText(text, elide, rect.width())
            width = metrics.horizontalAdvance(text)
        if plate:
            self.painter.fillRect(rect.x() - 2, rect.y(), width + 4, rect.height(), QColor(plate))
        self.painter.setPen(QColor(colour))
        side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        self.painter.drawText(rect, int(side) | Qt.TextFlag.TextSingleLine, text)
        return width

    def lines(self, rect: QRect, lines: Sequence[Line], plate: str = "") -> None:
        """As many lines as fit, from the top; a single one is put in the middle."""
        shown = max(1, min(len(lines), rect.height() // self.line))
        if shown == 1:
            self._line(rect, lines[0], plate)
            return
        for place, line in enumerate(lines[:shown]):
            self._line(QRect(rect.x(), rect.y() + place * self.line, rect.width(), self.line), line, plate)

    def _line(self, rect: QRect, line: Line, plate: str) -> None:
        elide = Qt.TextElideMode.ElideMiddle if line.name else Qt.TextElideMode.ElideRight
        self.text(rect, line.text, line.colour, bold=line.bold, plate=plate, elide=elide)

    def icon(self, name: str, tone: Tone, x: int, y: int, size: int = icons.SIZE) -> None:
        self.painter.drawPixmap(x, y, icons.pixmap(name, tone, size, self.ratio))

    def frame(self, rect: QRect, line: str, fill: str | None = None, width: int = 1) -> None:
        """A filled rectangle with a sharp border inside it."""
        if fill is not None:
            self.painter.fillRect(rect, QColor(fill))
        colour = QColor(line)
        across, down = min(width, rect.width()), min(width, rect.height())
        self.painter.fillRect(rect.x(), rect.y(), rect.width(), down, colour)
        self.painter.fillRect(rect.x(), rect.bottom() + 1 - down, rect.width(), down, colour)
        self.painter.fillRect(rect.x(), rect.y(), across, rect.height(), colour)
        self.painter.fillRect(rect.right() + 1 - across, rect.y(), across, rect.height(), colour)


def tone_of(look: Look, *, stale: bool) -> Tone:
    """What is stale does not look live: what was good no longer is; warnings stay."""
    return Tone.MUTED if stale and look.tone in (Tone.PLAIN, Tone.GOOD) else look.tone


@lru_cache(maxsize=4)
def colour_table(theme: Colours) -> list[int]:
    """The colour of every byte of a cell, for areas too small for shapes."""
    table = [0] * CODES
    for code in range(CODES):
        look = look_of(code)
        if look is not None:
            tone = tone_of(look, stale=bool(code & STALE))
            strength = _STRENGTH[tone] * (FAINT if code & DIMMED else 1)
            table[code] = _blend(theme.tone(tone), theme.surface, strength)
    return table


def _blend(colour: str, ground: str, strength: float) -> int:
    """An opaque colour that is so much the one and else the other."""
    one, other = QColor(colour), QColor(ground)
    mixed = (
        round(getattr(one, part)() * strength + getattr(other, part)() * (1 - strength))
        for part in ("red", "green", "blue")
    )
    return QColor(*mixed).rgba()
