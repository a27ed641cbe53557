"""Where a client finds its engine: one that already runs, or a private one that it starts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from vmi_console.engine import protocol
from vmi_console.errors import EngineUnavailable, WireError
from vmi_console.wire import local
from vmi_console.wire.channel import Channel, Hello
from vmi_console.wire.child import Child
from vmi_console.wire.early import EarlyProcess

type EngineChannel = Channel[protocol.FromEngine]

GREETING_SECONDS = 10.0


class Engines(Protocol):
    """Gives a link to an engine, as often as it is asked."""

    def link(self) -> contextlib.AbstractAsyncContextManager[tuple[EngineChannel, str]]:
        """A greeted channel and the engine's version; raises `VmiError` if there is none to be had."""


class PrivateEngine:
    """An engine of our own over a private pair of pipes: nothing listens, and it ends with us.

    Without a workspace it is an ephemeral one: it remembers nothing from before and leaves nothing behind. `policies`
    is its policy folder at first, in place of the workspace's own.
    """

    def __init__(self, workspace: Path | None, policies: Path | None = None) -> None:
        self._arguments: tuple[str, ...] = ("--ephemeral",) if workspace is None else ("--workspace", str(workspace))
        if policies is not None:
            self._arguments += ("--policies", str(policies))
        self._early: EarlyProcess | None = None
        self.pid: int | None = None

    @classmethod
    def of_user(cls) -> PrivateEngine:
        """One on the user's own workspace: what was saved there, it knows."""
        engine = cls(None)
        engine._arguments = ()
        return engine

    @classmethod
    def of_snapshot(cls, path: Path) -> PrivateEngine:
        """One on a snapshot file, in which nothing acts."""
        engine = cls(None)
        engine._arguments = ("--review", str(path))
        return engine

    @classmethod
    def of_history(cls, path: Path, at: datetime | None = None) -> PrivateEngine:
        """One on the estate as a history file remembers it, at a time or the last one; in it nothing acts."""
        engine = cls(None)
        engine._arguments = ("--review-history", str(path))
        if at is not None:
            engine.begin_at(at)
        return engine

    def begin_at(self, at: datetime) -> None:
        """The next one on a history begins at this moment: where the last one had gone to, should it end by itself."""
        self._arguments = (*self._arguments[:2], "--at", at.isoformat())

    def prestart(self) -> None:
        """Starts it already, before there is an event loop: the first link will find it ready or nearly so."""
        if EarlyProcess.possible():
            with contextlib.suppress(OSError):  # tried again, and told, by the first link
                self._early = EarlyProcess("engine", "--private", *self._arguments)

    @asynccontextmanager
    async def link(self) -> AsyncIterator[tuple[EngineChannel, str]]:
        early, self._early = self._early, None
        try:
            child: Child[protocol.FromEngine] = await Child.start(
                "engine", "--private", *self._arguments, accepts=protocol.FromEngine, identity="client", early=early
            )
        except OSError as error:
            raise EngineUnavailable(f"the engine could not be started: {error}") from error
        self.pid = child.process.pid
        try:
            yield child.channel, child.hello.program
        except WireError as error:
            ending = await child.ending()
            raise EngineUnavailable(f"the engine {ending}", "another one is being started") from error
        finally:
            self.pid = None
            await child.stop()


class RunningEngine:
    """An engine that listens at a path."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @asynccontextmanager
    async def link(self) -> AsyncIterator[tuple[EngineChannel, str]]:
        reader, writer = await local.connect(self._path)
        channel: EngineChannel = Channel(reader, writer, protocol.FromEngine)
        try:
            try:
                async with asyncio.timeout(GREETING_SECONDS):
                    hello = await channel.greet(Hello(identity="client"))
            except TimeoutError as error:
                raise EngineUnavailable(f"the engine at {self._path} does not greet", "restart it") from error
            yield channel, hello.program
        finally:
            channel.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class FirstOf:
    """The first of several ways that works, each time anew."""

    def __init__(self, *ways: Engines) -> None:
        self._ways = ways

    @asynccontextmanager
    async def link(self) -> AsyncIterator[tuple[EngineChannel, str]]:
        *preferred, last = self._ways
        for way in preferred:
            async with contextlib.AsyncExitStack() as stack:
                try:
                    link = await stack.enter_async_context(way.link())
                except EngineUnavailable:  # one of another version is there, and says so
                    continue
                yield link
                return
        async with last.link() as link:
            yield link
