"""Long work in the window's own thread, in slices that leave the event loop free in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter

from PySide6.QtCore import QObject, QTimer

SLICE = 0.008
"""Seconds that a slice may hold the event loop."""


class Work(QObject):
    """Takes steps of a work, slice by slice, until it is done. Another work replaces what is left of it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: Iterator[object] | None = None
        self._done: Callable[[], None] | None = None
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._slice)

    @property
    def busy(self) -> bool:
        return self._steps is not None

    def start(self, steps: Iterator[object], done: Callable[[], None] | None = None) -> None:
        """Does `steps` from the next turn of the event loop on, and calls `done` at the end."""
        self._steps, self._done = steps, done
        self._timer.start()

    def _slice(self) -> None:
        until = perf_counter() + SLICE
        steps = self._steps
        while steps is not None and perf_counter() < until:
            try:
                next(steps)
            except BaseException as error:
                self._timer.stop()
                self._steps = None
                if not isinstance(error, StopIteration):
                    raise
                if self._done is not None:
                    self._done()
                return
