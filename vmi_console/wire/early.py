"""A child process that is started before there is an event loop, so that it gets ready while its parent does."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from vmi_console.wire.program import command


class EarlyProcess:
    """As much of `asyncio.subprocess.Process` as a `Child` needs. Not on Windows, whose pipes cannot be adopted."""

    stderr = None  # as ours

    def __init__(self, *arguments: str) -> None:
        """Starts this program with `arguments`. Raises OSError if it cannot be started."""
        self._process = subprocess.Popen(
            command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, bufsize=0
        )
        self.stdout: asyncio.StreamReader | None = None

    @staticmethod
    def possible() -> bool:
        return sys.platform != "win32"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.poll()

    def kill(self) -> None:
        self._process.kill()

    async def wait(self) -> int:
        """Waits until it has ended; gives its exit code."""
        return await asyncio.to_thread(self._process.wait)

    async def streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Its standard output and input; once."""
        loop = asyncio.get_running_loop()
        self.stdout = reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), self._process.stdout)
        transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, self._process.stdin)
        return reader, asyncio.StreamWriter(transport, protocol, None, loop)
