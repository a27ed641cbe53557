"""Long work in the window's own thread, in slices that leave the event loop free in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import ClassVar
from weakref import WeakSet

from PySide6.QtCore import QObject, QTimer

SLICE = 0.008
"""Seconds that slices may hold the event loop, all works under way together."""

LEAST = 0.002
"""Seconds that each gets at least."""


class Work(QObject):
    """Takes steps of a work, slice by slice, until it is done. Another work replaces what is left of it.

    Each turn of the event loop gives every one a slice: the more are under way, the less each of them gets.
    """

    _under_way: ClassVar[WeakSet[Work]] = WeakSet()

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
        self._under_way.add(self)
        self._timer.start()

    def _slice(self) -> None:
        until = perf_counter() + max(LEAST, SLICE / len(self._under_way))
        steps = self._steps
        while steps is not None and perf_counter() < until:
            try:
                next(steps)
            except BaseException as error:
                self._timer.stop()
                self._under_way.discard(self)
                self._steps = None
                if not isinstance(error, StopIteration):
                    raise
                if self._done is not None:
                    self._done()
                return
