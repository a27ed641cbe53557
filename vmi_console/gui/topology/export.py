"""The picture as a file: SVG, or PNG at twice the size of the screen's pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QSize
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator

SCALE = 2  # device pixels of a PNG for a logical one
MOST = 16_384  # pixels of a side

type Draw = Callable[[QPainter, QRect, float], None]
"""Paints on a painter, an area, at so many device pixels for a logical one."""


def save(path: Path, size: QSize, title: str, draw: Draw) -> None:
    """Writes what `draw` paints on `size` logical pixels. Raises `OSError` where that is not possible."""
    area = QRect(0, 0, size.width(), size.height())
    if path.suffix.lower() == ".svg":
        _save_svg(path, area, title, draw)
    else:
        _save_png(path, area, draw)


def _save_svg(path: Path, area: QRect, title: str, draw: Draw) -> None:
    path.open("ab").close()  # says why, where it cannot be written: the generator would not
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(area.size())
    generator.setViewBox(area)
    generator.setTitle(title)
    painter = QPainter(generator)
    draw(painter, area, 1.0)
    painter.end()


def _save_png(path: Path, area: QRect, draw: Draw) -> None:
    scale = min(SCALE, MOST / max(area.width(), area.height()))
    image = QImage(area.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    painter = QPainter(image)
    draw(painter, area, scale)
    painter.end()
    path.open("ab").close()
    writer = QImageWriter(str(path), QByteArray(b"png"))
    if not writer.write(image):
        raise OSError(writer.errorString())
