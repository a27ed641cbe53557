"""Files that the desktop hands to the running program: macOS does so with a double click, and never by an argument."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from vmi_console.gui.review.opening import SUFFIX


class Application(QApplication):
    """The application; files that come before anybody takes them wait."""

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(list(arguments))
        self._waiting: list[str] = []
        self._take: Callable[[str], object] | None = None

    def hand_to(self, take: Callable[[str], object] | None) -> None:
        """From now on gives the paths of snapshot files to `take`; None: to nobody."""
        self._take = take
        while take is not None and self._waiting:
            take(self._waiting.pop(0))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent):
            path = event.file()
            if not path.lower().endswith(SUFFIX):
                return False
            self._waiting.append(path)
            self.hand_to(self._take)
            return True
        return super().event(event)
