"""A child process's end of the pipes to its parent: its standard input and output, taken over.

Two threads carry the bytes, which works alike on every platform and with every event loop. The reading one is also
the child's watchdog: when the parent is gone the pipe ends, and a child that does not finish by itself is ended, even
if its event loop or a C library hangs.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
import time

GRACE_SECONDS = 3.0
CHUNK = 1 << 18
HIGH_WATER = 1 << 20


class PipeWriter:
    """Writes to a file descriptor on a thread of its own; `drain` waits while more than `HIGH_WATER` is pending."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._pending = 0
        self._broken = False
        self._is_last = False  # the stream ends after what was taken
        self._room = asyncio.Event()
        self._room.set()
        self._thread = threading.Thread(target=self._carry, name="pipe writer", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Queues bytes; after the pipe broke they are dropped, and `drain` tells."""
        with self._lock:
            self._pending += len(data)
            if self._pending > HIGH_WATER:
                self._room.clear()
        self._queue.put(data)

    async def drain(self) -> None:
        """Waits for room; raises BrokenPipeError if the parent is gone."""
        await self._room.wait()
        if self._broken:
            raise BrokenPipeError("the parent process has closed its end")

    def pending(self) -> int:
        """How many bytes the parent has not read yet."""
        return self._pending

    def close(self) -> None:
        """Ends the stream after what is queued; waits for it at most `GRACE_SECONDS`."""
        self._queue.put(None)
        self._thread.join(GRACE_SECONDS)

    def _carry(self) -> None:
        while (data := self._taken()) is not None:
            view = memoryview(data)
            while view and not self._broken:
                try:
                    view = view[os.write(self._descriptor, view) :]
                except OSError:
                    self._broken = True
            with self._lock:
                self._pending -= len(data)
                room = self._broken or self._pending <= HIGH_WATER // 2
            if room:
                self._tell(self._room.set)
        os.close(self._descriptor)

    def _taken(self) -> bytes | None:
        """What is queued, up to `HIGH_WATER`, or None at the end: each write waits for a thread that computes."""
        if self._is_last or (data := self._queue.get()) is None:
            return None
        parts, size = [data], len(data)
        while size < HIGH_WATER and not self._queue.empty():
            if (data := self._queue.get()) is None:
                self._is_last = True
                break
            parts.append(data)
            size += len(data)
        return b"".join(parts)

    def _tell(self, callback: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback)  # type: ignore[arg-type]
        except RuntimeError:  # the loop has closed: nobody waits
            return


def take_over() -> tuple[asyncio.StreamReader, PipeWriter]:
    """The streams to the parent process.

    Standard input and output become private to them: whatever else reads 0 finds it empty, and whatever prints, a
    C library included, prints to standard error.
    """
    incoming, outgoing = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()

    def carry() -> None:
        while True:
            try:
                data = os.read(incoming, CHUNK)
            except OSError:
                data = b""
            try:
                if not data:
                    loop.call_soon_threadsafe(reader.feed_eof)
                    break
                loop.call_soon_threadsafe(reader.feed_data, data)
            except RuntimeError:  # the loop has closed: the process is ending
                break
        time.sleep(GRACE_SECONDS)
        os._exit(0)

    threading.Thread(target=carry, name="pipe reader", daemon=True).start()
    return reader, PipeWriter(outgoing)
