"""When, where and how far the window looks for garbage that holds on to itself.

Left alone, Python looks for it in whichever thread has just made something, and takes apart what it finds there. What
belongs to Qt must not be taken apart outside the thread of the window: while the event loop uses it, that is a crash.
So it is looked for here alone, when the loop has nothing to do but wait.

A full collection walks every container there is: at 45,000 VMs that held the event loop for up to 90 ms, whenever
enough had been made since the last one. So collections are frequent and small, and what survived one that took long
(an estate that was loaded, a picture of it) is not walked again. What turns to garbage after that is found when nobody
can see it.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QAbstractEventDispatcher, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

YOUNG = 700
"""Containers made since the last collection that make another one due."""

MIDDLE_EVERY, FULL_EVERY = 4, 12
"""Of the collections: every how many looks at what survived one before, and at all.

In an estate with 1,000 changes a second the longest take some 20 ms; with 10 and 30 they took 40, and no less in all.
"""

LONG_S = 0.005  # of a full collection: then there is much that it need not walk again
MANY = 20_000  # containers spared since all were walked: from here on it is worth it
REST_MS = 10_000  # out of sight before all are walked


class Garbage(QObject):
    """Sees to the collections of this process until it is closed. Made in the thread of the window."""

    def __init__(self, application: QGuiApplication) -> None:
        super().__init__(application)
        self._application = application
        self._collections = 0
        self._walked = 0
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._walk_all)
        self._was_automatic = gc.isenabled()
        gc.disable()
        gc.freeze()  # what was imported stays
        self._dispatcher = QAbstractEventDispatcher.instance()
        self._dispatcher.aboutToBlock.connect(self._look)
        application.applicationStateChanged.connect(self._state_changed)

    def close(self) -> None:
        """Leaves collections to Python again."""
        self._rest.stop()
        self._application.applicationStateChanged.disconnect(self._state_changed)
        self._dispatcher.aboutToBlock.disconnect(self._look)
        if self._was_automatic:
            gc.enable()

    def _look(self) -> None:
        if gc.get_count()[0] <= YOUNG:
            return
        self._collections += 1
        if self._collections % FULL_EVERY == 0:
            began = time.thread_time()
            gc.collect()
            if time.thread_time() - began > LONG_S:
                gc.freeze()
        else:
            gc.collect(1 if self._collections % MIDDLE_EVERY == 0 else 0)

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
