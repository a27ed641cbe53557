"""Threads for blocking calls, which never keep anybody waiting who does not want their answer.

The standard executor joins its threads when the program ends, and so a hung daemon would hang it too. These are daemon
threads with a queue; an abandoned call runs on alone, and its answer is dropped.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable

type _Job = tuple[Callable[[], object], asyncio.AbstractEventLoop, asyncio.Future[object]]


class Stopped(Exception):
    """The threads were stopped before they began with this."""


class Workers:
    """`count` threads that serve one queue. Used from one event loop."""

    def __init__(self, name: str, count: int) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._working = 0
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}-{number + 1}", daemon=True) for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    async def run[T](self, function: Callable[..., T], *arguments: object) -> T:
        """The function's result, or its exception. Cancelling returns at once and leaves the thread to it.

        Raises `Stopped` where no thread will begin with it.
        """
        if self._stopped:
            raise Stopped
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put((lambda: function(*arguments), loop, future))  # type: ignore[arg-type]
        return await future

    @property
    def busy(self) -> bool:
        """Whether a call is under way, be its answer wanted or not."""
        return self._working > 0

    def stop(self) -> None:
        """Lets each thread end after what it is doing; whoever waits for what was not begun by then is told."""
        self._stopped = True
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is not None and not job[2].done():
                job[2].set_exception(Stopped())
        for _ in self._threads:
            self._jobs.put(None)

    def join(self) -> None:
        """Waits (blocking, and for ever where a call hangs) until every thread has ended; after `stop`."""
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, loop, future = job
            if future.cancelled():
                continue
            with self._lock:
                self._working += 1
            try:
                result, error = function(), None
            except BaseException as raised:  # it belongs to whoever waits
                result, error = None, raised
            with self._lock:
                self._working -= 1
            try:
                loop.call_soon_threadsafe(_settle, future, result, error)
            except RuntimeError:
                return  # the loop is closed: nobody waits any more
            del job, function, future, result, error


def _settle(future: asyncio.Future[object], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
