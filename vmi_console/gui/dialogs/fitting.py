"""How large dialogs and windows are: as high as what they say, and never larger than their screen."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog, QWidget

FRAME = QSize(8, 40)
"""Room for what the desktop puts round a window."""


def fit(dialog: QDialog) -> None:
    """Makes a dialog high enough for its width; it never becomes lower, so that nothing jumps."""
    layout = dialog.layout()
    if layout is not None:
        layout.activate()
        dialog.resize(dialog.width(), max(dialog.height(), layout.totalHeightForWidth(dialog.width())))


def resize(window: QWidget, width: int, height: int) -> None:
    """Gives a window this size, or what its screen has room for: at its lower end is what closes it."""
    room = window.screen().availableGeometry().size() - FRAME
    window.resize(QSize(width, height).boundedTo(room))
