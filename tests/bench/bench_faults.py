"""The window's longest pause while what it depends on freezes, dies and comes back: libvirtd, its reader, the engine.

Needs the lab of tests/hypervisors. Each fault ends when everything is live again.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QMetaObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.pauses import EmptyLoop, Pauses
from tests.hypervisors.lab.laboratory import Laboratory
from vmi_console.estate.records import State
from vmi_console.gui import app as window_program
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.window import MainWindow

FROZEN_S = 10.0  # longer than it takes to notice
PATIENCE_S = 90.0
PAUSE_GOAL_MS = 50.0


def measure() -> Iterator[Figure]:
    """One figure for each fault, beside the longest pause of an empty loop in the same time."""
    with tempfile.TemporaryDirectory() as folder, Laboratory(Path(folder)) as lab, EmptyLoop() as empty:
        driver = _Driver(lab)
        QTimer.singleShot(0, driver.start)
        window_program.run(window_program.Options(demo=True, uris=(lab.uri,), scheme=Scheme.LIGHT))
        empty_gaps = empty.stop()
    yield from driver.figures(empty_gaps)


class _Driver:
    """Breaks one thing after the other, on a thread of its own, and closes the window at the end."""

    def __init__(self, lab: Laboratory) -> None:
        self._lab = lab
        self._pauses: Pauses | None = None
        self._times: list[tuple[str, float, float]] = []
        self._failure: BaseException | None = None

    def start(self) -> None:
        self._pauses = Pauses()
        threading.Thread(target=self._run, name="faults", daemon=True).start()

    def figures(self, empty_gaps: list[tuple[float, float]]) -> Iterator[Figure]:
        """What was seen. Raises what the driver failed with."""
        if self._failure is not None:
            raise self._failure
        assert self._pauses is not None
        empty = Pauses()
        empty.gaps = empty_gaps
        for what, start, end in self._times:
            yield Figure(
                f"longest pause of the window, {what}",
                self._pauses.longest_ms(start, end),
                "ms",
                PAUSE_GOAL_MS,
                f"empty loop {empty.longest_ms(start, end):.0f} ms; live again after {end - start:.1f} s",
            )

    def _run(self) -> None:
        faults = self._lab.faults
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("libvirtd frozen", lambda: self._for_a_while(faults.freeze, faults.thaw)),
            ("libvirtd killed and restarted", lambda: self._for_a_while(faults.kill, faults.restart)),
            ("libvirtd silent and restarted", lambda: self._for_a_while(faults.silent, faults.restart)),
            ("a reader killed", lambda: self._signal("reader", signal.SIGKILL)),
            ("a reader stopped", lambda: self._signal("reader", signal.SIGSTOP)),
            ("the engine killed", lambda: self._signal("engine", signal.SIGKILL)),
            ("the engine stopped", lambda: self._signal("engine", signal.SIGSTOP)),
        )
        try:
            self._wait_until_live()
            for what, act in steps:
                began = time.monotonic()
                act()
                self._wait_until(lambda: not self._live())
                self._wait_until_live()
                self._times.append((what, began, time.monotonic()))
        except BaseException as error:
            self._failure = error
        finally:
            if (window := _window()) is not None:
                QMetaObject.invokeMethod(window, "close", Qt.ConnectionType.QueuedConnection)

    def _for_a_while(self, fault: Callable[[], None], mend: Callable[[], None]) -> None:
        fault()
        self._wait_until(lambda: not self._live())
        time.sleep(FROZEN_S)
        mend_later = threading.Timer(0.5, mend)  # so that it is still broken when this fault is looked at
        mend_later.start()

    def _signal(self, part: str, number: signal.Signals) -> None:
        commands = machine.children(os.getpid())
        os.kill(next(pid for pid in commands if part in commands[pid].split()), number)

    def _live(self) -> bool:
        window = _window()
        if window is None or not window.isVisible():
            return False
        replica = window.tree_model.replica
        connections = list(replica.connections())
        return (
            replica.link.up
            and len(connections) == 2
            and all(connection.health.state is State.LIVE for connection in connections)
        )

    def _wait_until_live(self) -> None:
        self._wait_until(self._live)

    def _wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {len(self._times)} faults it did not come about in {PATIENCE_S:.0f} s")
            time.sleep(0.02)


def _window() -> MainWindow | None:
    return next((widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)), None)
