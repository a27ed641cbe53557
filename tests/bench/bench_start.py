"""The whole console as an operator has it: window, engine and collector, from the start on and at 45,000 VMs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.pauses import EmptyLoop, Pauses
from vmi_console.estate.records import Connection, State
from vmi_console.gui import app as window_program
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.window import MainWindow

MANY_VMS = 45_000
MANY = f"demo://?hosts=2500&vms={MANY_VMS}&changes_per_second=100"
STARTS = 5
BUSY_S = 30.0


def measure() -> Iterator[Figure]:
    """Start times in processes of their own, then the large estate in this one."""
    with tempfile.TemporaryDirectory() as bytecode:  # what is installed has some, and what has run once
        start(bytecode, "--demo")
        starts = [start(bytecode, "--demo") for _ in range(STARTS)]
    for index, (what, goal) in enumerate((("the first picture", None), ("the demo estate, live in the tree", 1.5))):
        times = [start[index] for start in starts]
        yield Figure(
            f"start to {what}", statistics.median(times), "s", goal, f"median of {STARTS}, slowest {max(times):.2f} s"
        )
    with EmptyLoop() as empty:
        observation = _Observation()
        window_program.run(window_program.Options(uris=(MANY,), scheme=Scheme.LIGHT))
        empty_gaps = empty.stop()
    yield from observation.figures(empty_gaps)


def start(bytecode: str, *arguments: str, vms: int = 2) -> tuple[float, float]:
    """Seconds from starting the program to the window's first picture, and to so many VMs being there, as they are."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = bytecode
    began = time.monotonic()
    output = subprocess.run(
        [sys.executable, "-m", "tests.bench.first_sight", *arguments, str(vms)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    painted, complete = (float(at) - began for at in output.split())
    return painted, complete


def main_window() -> MainWindow | None:
    """The window, once there is one."""
    return next((widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)), None)


def vms(window: MainWindow) -> int:
    """How many it knows."""
    return window.tree_model.replica.counts["vm"]


class _Observation(QObject):
    """Watches the window's loop while the large estate loads and then changes, and closes it."""

    def __init__(self) -> None:
        super().__init__()
        self._began = self._loaded = self._ended = time.monotonic()
        self._pauses: Pauses | None = None
        self._changes = 0
        self._memory: list[Figure] = []
        self._ticks = QTimer(self, interval=200)
        self._ticks.timeout.connect(self._tick)
        QTimer.singleShot(0, self._begin)

    def figures(self, empty_gaps: list[tuple[float, float]]) -> Iterator[Figure]:
        """What was seen, beside the gaps of an empty loop at the same time. Raises `RuntimeError` if it saw no end."""
        if self._pauses is None or not self._memory:
            raise RuntimeError("the window was closed before the estate was there")
        empty = Pauses()
        empty.gaps = empty_gaps
        yield Figure(f"{MANY_VMS:,} VMs discovered and in the window's tree", self._loaded - self._began, "s", None)
        for when, start, end in (
            ("while they load", self._began, self._loaded),
            (f"in {BUSY_S:.0f} s of 100 changes a second", self._loaded, self._ended),
        ):
            beside = f"empty loop {empty.longest_ms(start, end):.0f} ms"
            if end == self._ended:
                beside += f", {self._changes:,} changes"
            yield Figure(f"longest pause of the window {when}", self._pauses.longest_ms(start, end), "ms", 50.0, beside)
        yield from self._memory

    def _begin(self) -> None:
        window = main_window()
        if window is None or not window.isVisible():  # until then nobody waits for it
            QTimer.singleShot(0, self._begin)
            return
        self._began = time.monotonic()
        self._pauses = Pauses()
        self._ticks.start()

    def _tick(self) -> None:
        window = main_window()
        if window is None:
            return
        now = time.monotonic()
        if self._loaded == self._ended and vms(window) >= MANY_VMS and is_live(window):
            self._loaded, self._ended = now, now + BUSY_S
            self._changes = -_newest(window)
        elif self._loaded < self._ended <= now:
            self._ended = now
            self._changes += _newest(window)
            self._memory = list(_memory())
            self._ticks.stop()
            window.close()


def _newest(window: MainWindow) -> int:
    """The number of the newest change the window knows."""
    changes = window.tree_model.replica.changes
    return changes[-1].number if changes else 0


def _memory() -> Iterator[Figure]:
    """Of this process, which is the window, and of those it started."""
    goals = {"window": 400.0, "engine": 700.0, "reader": None, "inspector": None}
    commands = machine.children(os.getpid())
    for part, goal in goals.items():
        for pid in [os.getpid()] if part == "window" else [pid for pid in commands if part in commands[pid].split()]:
            beside = f"with all shared libraries {machine.resident_mib(pid):.0f} MiB"
            yield Figure(f"memory of the {part} at {MANY_VMS:,} VMs", machine.memory_mib(pid), "MiB", goal, beside)


def is_there(window: MainWindow) -> bool:
    """Whether what it shows is all there: of a living estate, or of a recorded one."""
    replica = window.tree_model.replica
    return is_live(window) if replica.review is None else not replica.dirty


def is_live(window: MainWindow) -> bool:
    """Whether a connection of its is."""
    return any(
        isinstance(record, Connection) and record.health.state is State.LIVE
        for record in window.tree_model.replica.connections()
    )
