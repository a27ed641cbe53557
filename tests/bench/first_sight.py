"""Starts the program as a person does, and prints when its window was first painted and when it showed an estate: the
demo's, or all of a snapshot file that is named with the number of its VMs.

Nothing that the program itself puts off is imported before it does.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

from vmi_console.cli import run

if TYPE_CHECKING:
    from vmi_console.gui.replica import Replica

LOOK_MS = 2


def watch() -> None:
    """On a thread: waits for the program's application, and has its event loop look for the window."""
    while getattr(sys.modules.get("PySide6.QtWidgets"), "QApplication", None) is None:
        time.sleep(LOOK_MS / 1000)
    from PySide6.QtCore import QCoreApplication, QEvent, QObject

    class FirstSight(QObject):
        painted = 0.0

        def customEvent(self, event: QEvent) -> None:
            self.startTimer(LOOK_MS)

        def timerEvent(self, event: QEvent) -> None:
            from tests.bench.stage import main_window

            window = main_window()
            if window is None or not window.isVisible():
                return
            if not self.painted:
                window.grab()
                self.painted = time.monotonic()
            if is_there(window.desk.replica) and window.tree_model.rowCount() > 1:
                window.grab()
                print(self.painted, time.monotonic())
                window.close()

    while (application := QCoreApplication.instance()) is None:
        time.sleep(LOOK_MS / 1000)
    sight = FirstSight()
    sight.moveToThread(application.thread())
    QCoreApplication.postEvent(sight, QEvent(QEvent.Type.User))
    kept.append(sight)


def is_there(replica: Replica) -> bool:
    """Whether all that is wanted is: of a living estate, or of a recorded one."""
    living = any(connection.health.state == "live" for connection in replica.connections())
    return replica.counts["vm"] >= wanted and (living if replica.review is None else not replica.dirty)


if __name__ == "__main__":
    kept: list[object] = []
    *arguments, wanted_vms = sys.argv[1:]
    wanted = int(wanted_vms)
    threading.Thread(target=watch, daemon=True).start()
    sys.exit(run([*arguments, "--theme", "light"]))
