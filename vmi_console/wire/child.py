"""The parent's side: starting this program again as a child and speaking to it over its standard streams."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Mapping, Sequence

from vmi_console.errors import WireError
from vmi_console.wire.channel import MAX_FRAME, Channel, Hello
from vmi_console.wire.early import EarlyProcess
from vmi_console.wire.program import command

GREETING_SECONDS = 20.0
ENDING_SECONDS = 0.5
if sys.platform == "win32":
    _FLAGS = subprocess.CREATE_NO_WINDOW
else:
    _FLAGS = 0

type Process = asyncio.subprocess.Process | EarlyProcess


class Child[In]:
    """A child process and the channel to it. Made by `start`."""

    def __init__(self, process: Process, channel: Channel[In], hello: Hello) -> None:
        self.process = process
        self.channel = channel
        self.hello = hello

    @classmethod
    async def start(
        cls,
        *arguments: str,
        accepts: object,
        identity: str = "",
        early: EarlyProcess | None = None,
        environment: Mapping[str, str] | None = None,
        longest: int = MAX_FRAME,
        program: Sequence[str] | None = None,
    ) -> Child[In]:
        """Starts this program with `arguments` and exchanges greetings; `early` is one that was started with them.

        It gets our environment unless it is given another, and may send frames of at most `longest` bytes. `program`
        is the command line of one that takes this one's place.

        The child is in a session of its own, so that Ctrl+C in a terminal reaches only the parent, which ends it in
        order. Raises `WireError` if it does not greet, OSError if it cannot be started.
        """
        process: Process
        if early is not None:
            process, (reader, writer) = early, await early.streams()
        else:
            process, (reader, writer) = await _start(program or command(*arguments), environment)
        channel: Channel[In] = Channel(reader, writer, accepts, longest)
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                hello = await channel.greet(Hello(identity=identity))
        except BaseException as error:
            channel.close()
            await end(process, grace=0)
            if isinstance(error, TimeoutError):
                raise WireError(f"the child process {arguments[0]!r} did not greet") from error
            raise
        return cls(process, channel, hello)

    async def ending(self) -> str:
        """How a child that is gone came to its end, in words that follow “the process”."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ENDING_SECONDS):
                await self.process.wait()
        match self.process.returncode:
            case None:
                return "has closed its end"
            case code if code < 0:
                return f"was ended by signal {-code}"
            case code:
                return f"has ended with exit code {code}"

    async def stop(self, grace: float = 2.0) -> None:
        """Closes the channel, waits `grace` seconds for the child to end by itself, then ends it."""
        self.channel.close()
        await end(self.process, grace)


async def _start(
    program: Sequence[str], environment: Mapping[str, str] | None
) -> tuple[asyncio.subprocess.Process, tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    process = await asyncio.create_subprocess_exec(
        *program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environment,
        start_new_session=sys.platform != "win32",
        creationflags=_FLAGS,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    return process, (process.stdout, process.stdin)


async def end(process: Process, grace: float) -> None:
    """Waits for a process, and kills it if it has not ended after `grace` seconds, or at once where this is cancelled.

    What it still says is read and dropped meanwhile: asyncio counts no process as ended, and closes none of its pipes,
    before they have been read to their end. Nobody else may be reading from it.
    """
    async with asyncio.TaskGroup() as rest:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                rest.create_task(_drop(stream))
        try:
            if grace:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(grace):
                        await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()


async def _drop(stream: asyncio.StreamReader) -> None:
    while await stream.read(1 << 16):
        pass
