"""Parsers kept warm, and the looks they take: what an inspector or the command line has to do with parsing.

A parser is told of streams by number and asks for their bytes. What it may cost is held here: it is ended when it takes
longer than its budget, reads more, or says what makes no sense. Another one takes its place; a guest costs no more than
its budget, whatever it holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

import msgspec

from vmi_console.errors import ChannelClosed, IntrospectionError, SourceError, VmiError, WireError
from vmi_console.introspection.parser.protocol import (
    LARGEST_MESSAGE,
    MOST_WANTED,
    Budget,
    Content,
    Data,
    Found,
    FromParser,
    Look,
    Open,
    Opened,
    Ready,
    Stream,
    Want,
)
from vmi_console.plain_text import visible
from vmi_console.wire.child import Child, end
from vmi_console.wire.tasks import Tasks

GUESTS_PER_PARSER = 200
READY_SECONDS = 60.0
LONGEST_REASON = 500

KEPT_ENVIRONMENT = frozenset(
    {
        *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "TEMP", "TMP", "TMPDIR", "__PYVENV_LAUNCHER__"),
    }
)
"""What starting this program again takes. Nothing else of ours is a hostile guest's business."""


class Bytes(Protocol):
    """Where the bytes of a stream come from: see `blocks.cache`."""

    size: int

    async def read(self, offset: int, length: int) -> bytes:
        """Exactly these bytes, which are inside. Raises `SourceError`."""


class Subject(msgspec.Struct, frozen=True):
    """Something to look at: its bytes, what they are, and the name of its file for messages."""

    bytes: Bytes
    content: Content
    name: str = ""


type Opener = Callable[[Subject, str], Awaitable[Subject]]
"""Gives the file that an image names. Raises `VmiError` where it may not be had."""


class ParserPool:
    """Up to `size` parsers, each with one look under way. To be closed by its owner, or used with `async with`."""

    def __init__(
        self, size: int = 2, *, guests_per_parser: int = GUESTS_PER_PARSER, program: Sequence[str] | None = None
    ) -> None:
        """`program` is the command line of a parser, where it is not this program's own."""
        self._size = size
        self._guests_per_parser = guests_per_parser
        self._program = program
        self._tasks = Tasks()
        self._starting = 0
        self._leaving = 0
        self._parsers: set[_Parser] = set()
        self._idle: asyncio.Queue[_Parser | VmiError] = asyncio.Queue()
        self._waiting = 0
        self._closed = False

    def warm_up(self) -> None:
        """Starts every parser, so that the next looks need not wait for one."""
        while len(self._parsers) + self._starting < self._size:
            self._launch()

    def resize(self, size: int) -> None:
        """From now on up to so many; of too many, each ends after its next look."""
        self._size = size
        self._launch_for_those_who_wait()

    async def ready(self) -> Ready:
        """What a parser said of itself when it was ready. Raises `IntrospectionError` where none can be started."""
        parser = await self._take()
        self._give_back(parser, fit=True)
        return parser.ready

    async def look(
        self,
        subjects: Sequence[Subject],
        *,
        budget: Budget | None = None,
        known: str = "",
        opener: Opener | None = None,
    ) -> Found:
        """Looks at the disks and the memory of one machine.

        Whatever they hold: a failure is told in what is found, and so is a `SourceError`. Raises `IntrospectionError`
        only where no parser can be started, and what else a source raises. Cancelling it ends the parser.
        """
        parser = await self._take()
        fit = False
        try:
            found = await _Sitting(parser, subjects, budget or Budget(), opener).look(known)
            fit = not found.worn and parser.looks < self._guests_per_parser
            return found
        except _Failed as failed:
            return _failure(subjects, str(failed))
        finally:
            self._give_back(parser, fit)

    async def close(self) -> None:
        """Ends every parser, also those that look."""
        self._closed = True
        await self._tasks.close()
        await asyncio.gather(*(parser.end() for parser in self._parsers))
        self._parsers.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # --- coming and going -----------------------------------------------------------------------------------------

    async def _take(self) -> _Parser:
        while True:
            self._waiting += 1
            try:
                self._launch_for_those_who_wait()
                taken = await self._idle.get()
            finally:
                self._waiting -= 1
            if isinstance(taken, VmiError):
                raise taken
            if taken.alive:
                return taken
            self._give_back(taken, fit=False)  # it ended while nobody looked

    def _give_back(self, parser: _Parser, fit: bool) -> None:
        if self._closed:
            parser.kill()
        elif fit and len(self._parsers) - self._leaving <= self._size:
            self._idle.put_nowait(parser)
        else:
            self._leaving += 1
            self._tasks.start(self._replace(parser), "replacing a parser")

    async def _replace(self, parser: _Parser) -> None:
        try:
            await parser.end()
        finally:
            self._leaving -= 1
        self._parsers.discard(parser)
        if len(self._parsers) + self._starting < self._size:
            self._launch()

    def _launch_for_those_who_wait(self) -> None:
        while self._idle.qsize() + self._starting < self._waiting and len(self._parsers) + self._starting < self._size:
            self._launch()

    def _launch(self) -> None:
        self._starting += 1
        self._tasks.start(self._start(), "starting a parser")

    async def _start(self) -> None:
        try:
            parser = await _Parser.start(self._program)
        except Exception as error:
            advice = error.advice if isinstance(error, VmiError) else ""
            if self._waiting:
                self._idle.put_nowait(IntrospectionError(f"the parser cannot be started: {_words(error)}", advice))
            if not isinstance(error, VmiError | OSError):
                raise  # a defect of ours
        else:
            self._parsers.add(parser)
            self._idle.put_nowait(parser)
        finally:
            self._starting -= 1
        self._launch_for_those_who_wait()


class _Parser:
    """One parser process."""

    def __init__(self, child: Child[FromParser], ready: Ready) -> None:
        self.child = child
        self.ready = ready
        self.looks = 0

    @classmethod
    async def start(cls, program: Sequence[str] | None) -> _Parser:
        """Raises `WireError` or OSError."""
        child: Child[FromParser] = await Child.start(
            "parser",
            accepts=FromParser,
            environment=_environment(os.environ),
            longest=LARGEST_MESSAGE,
            program=program,
        )
        try:
            ready = await cls._readiness(child)
        except BaseException:
            await child.stop(grace=0)
            raise
        return cls(child, ready)

    @staticmethod
    async def _readiness(child: Child[FromParser]) -> Ready:
        try:
            async with asyncio.timeout(READY_SECONDS):
                ready = await child.channel.receive()
        except ChannelClosed as error:
            raise WireError(f"it {await child.ending()}") from error
        except TimeoutError as error:
            raise WireError(f"it was not ready within {READY_SECONDS:g} s") from error
        if not isinstance(ready, Ready):
            raise WireError("it spoke before it was ready")
        return ready

    @property
    def alive(self) -> bool:
        return self.child.process.returncode is None

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.child.process.kill()

    async def end(self) -> None:
        self.child.channel.close()
        await end(self.child.process, grace=0)


class _Failed(Exception):
    """A look came to nothing, and its parser with it: says why."""


class _Sitting:
    """One look of one parser: serves what it asks for, within the budget."""

    def __init__(self, parser: _Parser, subjects: Sequence[Subject], budget: Budget, opener: Opener | None) -> None:
        self._parser = parser
        self._budget = budget
        self._opener = opener
        self._subjects = list(subjects)
        self._opened = 0
        self._read_bytes = 0
        self._waited = 0.0
        self._took = 0.0

    async def look(self, known: str) -> Found:
        """Raises `_Failed`."""
        self._parser.looks += 1
        clock = asyncio.get_running_loop().time
        number = secrets.randbits(63)
        answer: msgspec.Struct = Look(
            number=number,
            streams=tuple(_stream(number, subject) for number, subject in enumerate(self._subjects)),
            budget=self._budget,
            known=known,
        )
        while True:
            began = clock()
            message = await self._say(answer)
            self._took += clock() - began
            began = clock()
            match message:
                case Found(number=said) if said == number:
                    return message
                case Want():
                    answer = await self._served(message)
                case Open():
                    answer = await self._open(message)
                case _:
                    raise _Failed("the parser said what makes no sense")
            self._waited += clock() - began
            if self._waited > self._budget.waiting_seconds:
                raise _Failed(f"its bytes took longer than {self._budget.waiting_seconds:g} s")

    async def _say(self, message: msgspec.Struct) -> FromParser:
        """Says something to the parser and gives what it says next."""
        channel = self._parser.child.channel
        try:
            async with asyncio.timeout(max(0.0, self._budget.seconds - self._took)):
                await channel.send(message)
                return await channel.receive()
        except TimeoutError:
            raise _Failed(f"it takes longer than {self._budget.seconds:g} s") from None
        except ChannelClosed:
            raise _Failed(f"the parser {await self._parser.child.ending()} while it looked") from None
        except WireError as error:
            raise _Failed(f"the parser said what makes no sense: {error.message}") from None

    async def _served(self, want: Want) -> Data:
        subject = self._subject(want.stream)
        if want.length <= 0 or want.length > MOST_WANTED or not 0 <= want.offset <= subject.bytes.size - want.length:
            raise _Failed(f"the parser asked for {want.length} bytes at {want.offset}, where there are none")
        self._read_bytes += want.length
        if self._read_bytes > self._budget.read_bytes:
            raise _Failed(f"it takes more than {self._budget.read_bytes:,} bytes to read")
        try:
            async with asyncio.timeout(max(0.0, self._budget.waiting_seconds - self._waited)):
                return Data(content=await subject.bytes.read(want.offset, want.length))
        except TimeoutError:
            raise _Failed(f"its bytes took longer than {self._budget.waiting_seconds:g} s") from None
        except SourceError as error:
            return Data(error=str(error))

    async def _open(self, asked: Open) -> Opened:
        subject = self._subject(asked.stream)
        self._opened += 1
        if self._opened > self._budget.files:
            raise _Failed(f"it names more than {self._budget.files} files")
        if self._opener is None:
            return Opened(error="files that an image names are not to be had here")
        try:
            opened = await self._opener(subject, asked.name)
        except VmiError as error:
            return Opened(error=str(error))
        self._subjects.append(opened)
        return Opened(stream=_stream(len(self._subjects) - 1, opened))

    def _subject(self, number: int) -> Subject:
        if not 0 <= number < len(self._subjects):
            raise _Failed("the parser asked for a file that there is not")
        return self._subjects[number]


def _stream(number: int, subject: Subject) -> Stream:
    return Stream(number=number, content=subject.content, size=subject.bytes.size, name=subject.name)


def _failure(subjects: Iterable[Subject], reason: str) -> Found:
    """What was found where the parser did not live to say it."""
    reason = visible(reason, LONGEST_REASON)
    contents = {subject.content for subject in subjects}
    return Found(
        disk_failure=reason if any(content.is_disk for content in contents) else "",
        memory_failure=reason if Content.MEMORY in contents else "",
        worn=True,
    )


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in ours.items() if name.upper() in KEPT_ENVIRONMENT}


def _words(error: Exception) -> str:
    return error.message if isinstance(error, VmiError) else str(error)
