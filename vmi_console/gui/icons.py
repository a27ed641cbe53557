"""The icon family: SVG files of one pen width, painted in the colour of what they say."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from vmi_console.gui.theme import LIGHT, PICTURES, Tone, colours

SIZE = 16


@lru_cache(maxsize=1024)
def _painted(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    drawing = (PICTURES / f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size * ratio, size * ratio))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def pixmap(name: str, tone: Tone = Tone.PLAIN, size: int = SIZE, ratio: float = 1.0) -> QPixmap:
    """The icon in the theme's colour for `tone`; `size` in device-independent pixels."""
    return _painted(name, colours().tone(tone), size, ratio)


def icon(name: str, tone: Tone = Tone.PLAIN) -> QIcon:
    """The icon for buttons and menus, in the theme's colours of now: make it again when the theme changes."""
    made = QIcon()
    for ratio in (1.0, 1.25, 1.5, 2.0):
        made.addPixmap(pixmap(name, tone, SIZE, ratio))
        made.addPixmap(pixmap(name, tone, SIZE, ratio), QIcon.Mode.Selected)  # a row's colour is behind it, not in it
        made.addPixmap(_painted(name, colours().muted, SIZE, ratio), QIcon.Mode.Disabled)
    return made


def plate(name: str, tone: Tone) -> QIcon:
    """The icon in white on a plate in the colour of `tone`: for panels of any colour, such as the one of trays."""
    made = QIcon()
    for size in (16, 22, 24, 32, 48, 64):
        picture = QPixmap(size, size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(LIGHT.tone(tone)))
        painter.drawRoundedRect(picture.rect(), size / 5, size / 5)
        inner = size - 2 * round(size / 10)
        painter.drawPixmap((size - inner) // 2, (size - inner) // 2, _painted(name, "#ffffff", inner, 1.0))
        painter.end()
        made.addPixmap(picture)
    return made


def application_icon() -> QIcon:
    """The program's own mark, in all sizes that desktops ask for."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128):
        made.addPixmap(_painted("app", colours().accent, size, 1.0))
    return made
