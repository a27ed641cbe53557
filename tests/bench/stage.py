"""The real window on an engine that listens, and beside it a script that breaks things, on a thread of its own.

The script has a console of its own on the same engine: it adds connections, trusts certificates, and sees what the
engine says; what the window shows it reads off the window's replica.
"""

from __future__ import annotations

import asyncio
import subprocess
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtCore import QMetaObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.bench.pauses import EmptyLoop, Pauses
from tests.console import eventually, linked
from tests.hypervisors.vsphere_console import VcenterConsole
from vmi_console.engine.engines import RunningEngine
from vmi_console.gui import app as window_program
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.replica import Replica
from vmi_console.gui.window import MainWindow
from vmi_console.wire.program import command

type Script = Callable[["Stage", VcenterConsole], Awaitable[None]]


class Stage:
    """Where a script is played; afterwards it knows the pauses of the window, and of an empty loop beside it."""

    def __init__(self, folder: Path) -> None:
        self._workspace = folder / "workspace"
        self._socket = folder / "engine"
        self._pauses: Pauses | None = None
        self._empty: list[tuple[float, float]] = []
        self._failure: BaseException | None = None
        self.engine_pid = 0

    def play(self, script: Script) -> None:
        """Shows the window until the script has come to its end. Raises what it failed with."""
        engine = subprocess.Popen(command("engine", "--listen", str(self._socket), "--workspace", str(self._workspace)))
        self.engine_pid = engine.pid
        try:
            with EmptyLoop() as empty:
                QTimer.singleShot(0, lambda: self._begin(script))
                options = window_program.Options(engines=RunningEngine(self._socket), scheme=Scheme.LIGHT)
                window_program.run(options)
                self._empty = empty.stop()
        finally:
            engine.terminate()
            engine.wait(timeout=30)
        if self._failure is not None:
            raise self._failure

    def longest_ms(self, start: float, end: float) -> tuple[float, float, float]:
        """The window's longest pause between two times, an empty loop's, and the most the window computed at once."""
        assert self._pauses is not None
        empty = 1000 * max((gap for when, gap in self._empty if start < when and when - gap < end), default=0.0)
        return self._pauses.longest_ms(start, end), empty, self._pauses.most_computed_ms(start, end)

    @property
    def window(self) -> MainWindow:
        """Once it is there."""
        return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))

    @property
    def replica(self) -> Replica:
        """What the window knows; it belongs to the window's thread, so look only at single things."""
        return self.window.tree_model.replica

    def _begin(self, script: Script) -> None:
        self._pauses = Pauses()
        threading.Thread(target=self._run, args=(script,), name="script", daemon=True).start()

    def _run(self, script: Script) -> None:
        try:
            asyncio.run(self._act(script))
        except BaseException as error:
            self._failure = error
        finally:
            QMetaObject.invokeMethod(self.window, "close", Qt.ConnectionType.QueuedConnection)

    async def _act(self, script: Script) -> None:
        await eventually(self._socket.exists, seconds=60)
        async with linked(VcenterConsole(RunningEngine(self._socket))) as one:
            await eventually(lambda: self.replica.link.up, seconds=60)
            await script(self, one)
