"""Dialogs as high as what they say: texts that wrap need more room the longer they are."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog


def fit(dialog: QDialog) -> None:
    """Makes a dialog high enough for its width; it never becomes lower, so that nothing jumps."""
    layout = dialog.layout()
    if layout is not None:
        layout.activate()
        dialog.resize(dialog.width(), max(dialog.height(), layout.totalHeightForWidth(dialog.width())))
