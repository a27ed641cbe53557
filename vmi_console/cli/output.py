"""Lines to standard output from a coroutine: a reader that takes its time, such as a pager, holds nothing up."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sys
import threading

MOST_WAITING = 100_000
"""Lines kept for a slow reader; more are left out, and it is told how many."""

CLOSE_SECONDS = 2.0


class Output:
    """Writes lines on a daemon thread. When that cannot be done any more, `failed` is set and `failure` says why."""

    def __init__(self) -> None:
        self.failed = asyncio.Event()
        self.failure: OSError | None = None
        self._loop = asyncio.get_running_loop()
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._left_out = 0
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)
        self._thread.start()

    def line(self, text: str) -> None:
        """Writes a line when its turn comes."""
        if self._lines.qsize() >= MOST_WAITING:
            self._left_out += 1
            return
        self._lines.put(text)

    def close(self) -> None:
        """Writes what waits, for at most `CLOSE_SECONDS`."""
        self._lines.put(None)
        self._thread.join(CLOSE_SECONDS)

    def _write(self) -> None:
        try:
            while (text := self._lines.get()) is not None:
                sys.stdout.write(text + "\n")
                if self._lines.empty():
                    sys.stdout.flush()
                    self._tell_left_out()
            sys.stdout.flush()
        except OSError as error:
            self.failure = error
            with contextlib.suppress(RuntimeError):  # the loop has closed already
                self._loop.call_soon_threadsafe(self.failed.set)

    def _tell_left_out(self) -> None:
        if self._left_out:
            print(f"vmi-console: {self._left_out} lines came faster than they were read", file=sys.stderr)
            self._left_out = 0
