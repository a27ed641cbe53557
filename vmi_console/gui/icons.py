"""The icon family: SVG files of one pen width, painted in the colour of what they say."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from vmi_console.gui.theme import LIGHT, PICTURES, Tone, colours

SIZE = 16
COUNTED_FROM = 22  # pixels of a plate: below that nobody reads a figure
MOST_COUNTED = 99


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


def plate(name: str, tone: Tone, count: int = 0) -> QIcon:
    """The icon in white on a plate in the colour of `tone`: for panels of any colour, such as the one of trays.

    With a `count` it stands in a corner, where there is room for it.
    """
    made = QIcon()
    for size in (16, 22, 24, 32, 48, 64):
        picture = QPixmap(size, size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(LIGHT.tone(tone)))
        painter.drawRoundedRect(picture.rect(), size / 5, size / 5)
        counted = count > 0 and size >= COUNTED_FROM
        inner = size - 2 * round(size / 10) if not counted else round(size * 0.7)
        place = (size - inner) // 2 if not counted else 0
        painter.drawPixmap(place, place, _painted(name, "#ffffff", inner, 1.0))
        if counted:
            _count(painter, size, count, LIGHT.tone(tone))
        painter.end()
        made.addPixmap(picture)
    return made


def _count(painter: QPainter, size: int, count: int, colour: str) -> None:
    """A number in the lower right corner, on white."""
    text = str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"
    height = round(size * 0.55)
    width = max(height, round(height * (0.35 + 0.45 * len(text))))
    badge = QRectF(size - width, size - height, width, height)
    rim = size / 14  # in the plate's colour: the icon is white, too
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(badge.adjusted(-rim, -rim, 0, 0), height / 2, height / 2)
    painter.setBrush(QColor("#ffffff"))
    painter.drawRoundedRect(badge, height / 2, height / 2)
    font = QFont()
    font.setPixelSize(max(8, round(height * (0.75 if len(text) < 3 else 0.6))))
    font.setWeight(QFont.Weight.Bold)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


def application_icon() -> QIcon:
    """The program's own mark, in all sizes that desktops ask for."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128):
        made.addPixmap(_painted("app", colours().accent, size, 1.0))
    return made
