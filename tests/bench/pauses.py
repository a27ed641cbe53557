"""How long an event loop does not get to run: the gaps between the ticks of a 5 ms timer.

As a program it is an empty Qt loop that prints its own gaps, to be run beside the loop that is measured: what it
suffers is the machine's doing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import Self

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer

TICK_MS = 5
NOTEWORTHY_S = 0.008


class Gaps(list[tuple[float, float]]):
    """When each ended, and its seconds; `time.monotonic`, which processes share."""

    def longest_ms(self, start: float, end: float) -> float:
        """The longest that lay (partly) between two times."""
        return 1000 * max((gap for when, gap in self if start < when and when - gap < end), default=0.0)


class Pauses(QObject):
    """Gaps in the event loop that it lives in.

    `busiest` has, for every tick, what the thread itself computed since the one before: on a machine that is busy with
    other things a gap is longer than that.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gaps = Gaps()
        self.busiest: list[tuple[float, float]] = []
        self._last = time.monotonic()
        self._computed = time.thread_time()
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now, computed = time.monotonic(), time.thread_time()
        self.busiest.append((now, computed - self._computed))
        self._computed = computed
        if now - self._last > NOTEWORTHY_S:
            self.gaps.append((now, now - self._last))
            self.noted(now, now - self._last)
        self._last = now

    def most_computed_ms(self, start: float, end: float) -> float:
        """The most that the thread itself computed in one go between two times."""
        return 1000 * max((spent for when, spent in self.busiest if start < when <= end), default=0.0)

    def stop(self) -> None:
        """Ticks no more: a loop that is measured for what it costs does not."""
        self._timer.stop()

    def noted(self, now: float, gap: float) -> None:
        """A gap worth telling has ended."""


class _Printing(Pauses):
    _measuring = os.getppid()

    def noted(self, now: float, gap: float) -> None:
        print(f"{now} {gap}", flush=True)
        if os.getppid() != self._measuring:  # whoever measured has ended, however that came about
            os._exit(1)


class EmptyLoop:
    """An empty Qt loop in a process beside this one; has its gaps when it has ended."""

    gaps: Gaps

    def __enter__(self) -> Self:
        self._output = tempfile.TemporaryFile("w+")  # a pipe that nobody reads would fill, and stop it
        self._process = subprocess.Popen([sys.executable, "-m", "tests.bench.pauses"], stdout=self._output)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        with self._output as output:
            output.seek(0)
            self.gaps = Gaps((float(when), float(gap)) for when, gap in map(str.split, output))


if __name__ == "__main__":
    application = QCoreApplication([])
    measured = _Printing()
    sys.exit(application.exec())
