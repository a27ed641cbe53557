"""The program's own window, with whatever engine it is given, and a script that looks at it and acts in it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tests.bench.scene import Scene, Story
from vmi_console.estate.records import State
from vmi_console.gui import app as window_program
from vmi_console.gui.replica import Replica
from vmi_console.gui.window import MainWindow
from vmi_console.wire.program import command
from vmi_console.wire.tasks import Tasks


class Stage(Scene):
    """A scene in the program as a person starts it; the window is closed at the script's end."""

    def __init__(self, options: window_program.Options) -> None:
        super().__init__()
        self._options = options
        self.busy = self._is_busy

    @property
    def window(self) -> MainWindow:
        """Once it is there."""
        window = main_window()
        assert window is not None
        return window

    @property
    def replica(self) -> Replica:
        """What the window knows; it belongs to the window's thread, so look from others only at single things."""
        return self.window.desk.replica

    @property
    def state(self) -> State | None:
        """Of the connection, once there is one."""
        return next((connection.health.state for connection in self.replica.connections()), None)

    def knows(self, vms: int) -> bool:
        """Whether all of the estate is here."""
        return self.state is State.LIVE and self.replica.counts["vm"] >= vms

    def _is_busy(self) -> bool:
        window = self.window
        parts = window.tree_model, window.changes, window.table, window.topology.keeper
        return window.panel.heading.counting or any(part.busy for part in parts)

    def _run(self, story: Story) -> None:
        tasks = Tasks()

        async def told() -> None:
            await story()
            self.window.close()

        QTimer.singleShot(0, lambda: tasks.start(told(), "the script"))
        window_program.run(self._options)

    async def _shown(self) -> None:
        await self.until(lambda: (window := main_window()) and window.isVisible())


def main_window() -> MainWindow | None:
    """The program's, once there is one."""
    return next((widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)), None)


@contextmanager
def listening_engine(folder: Path) -> Iterator[Path]:
    """An engine for several windows and consoles, with its workspace in the folder; gives its socket."""
    socket = folder / "engine"
    process = subprocess.Popen(command("engine", "--listen", str(socket), "--workspace", str(folder / "workspace")))
    try:
        yield socket
    finally:
        process.terminate()
        process.wait(timeout=30)
