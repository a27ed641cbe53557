"""When the window looks for garbage that holds on to itself, and through how much of what it has.

A full collection walks every container there is: at 45,000 VMs that held the event loop for up to 90 ms, whenever
enough had been made since the last one. So collections are frequent and small, and what survived one that took long
(an estate that was loaded, a picture of it) is not walked again. What turns to garbage after that is found when nobody
can see it.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

THRESHOLDS = (700, 10, 3)
"""Containers made, collections of the young and of the middle-aged between two: some 20,000 containers at most."""

LONG_S = 0.005  # of a full collection: then there is much that it need not walk again
MANY = 20_000  # containers spared since all were walked: from here on it is worth it
REST_MS = 10_000  # out of sight before all are walked


class Garbage(QObject):
    """Sees to the collections of this process until it is closed."""

    def __init__(self, application: QGuiApplication) -> None:
        super().__init__(application)
        self._application = application
        self._began = 0.0
        self._walked = 0
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._walk_all)
        self._before = gc.get_threshold()
        gc.set_threshold(*THRESHOLDS)
        gc.freeze()  # what was imported stays
        gc.callbacks.append(self._collecting)
        application.applicationStateChanged.connect(self._state_changed)

    def close(self) -> None:
        """Leaves collections to Python again."""
        self._rest.stop()
        self._application.applicationStateChanged.disconnect(self._state_changed)
        gc.callbacks.remove(self._collecting)
        gc.set_threshold(*self._before)

    def _collecting(self, phase: str, about: dict[str, int]) -> None:
        if about["generation"] < 2:
            return
        if phase == "start":
            self._began = time.thread_time()
        elif time.thread_time() - self._began > LONG_S:
            gc.freeze()

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self._rest.stop()
        else:
            self._rest.start()

    def _walk_all(self) -> None:
        """While no window is on the screen, as in the tray: it takes a quarter of a second."""
        seen = any(window.isExposed() for window in self._application.topLevelWindows())
        if not seen and gc.get_freeze_count() > self._walked + MANY:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            self._walked = gc.get_freeze_count()
