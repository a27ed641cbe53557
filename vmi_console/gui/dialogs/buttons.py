"""The row of buttons below a dialog."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QDialogButtonBox


class Buttons(QDialogButtonBox):
    """One that Tab goes through as it is read.

    Qt lets the keyboard into such a row at its default button and never back to what stands before it: where Cancel is
    the default, what the dialog is about could not be reached.
    """

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Show, QEvent.Type.StyleChange):  # it has been laid out, with such a proxy
            self.setFocusProxy(None)  # type: ignore[arg-type]
        return done
