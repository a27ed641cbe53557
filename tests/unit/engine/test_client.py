"""A client whose user goes on while its engine is slow to hear it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.console import Console
from tests.unit.wire.test_channel import Pipe
from vmi_console.engine import protocol
from vmi_console.engine.client import Client
from vmi_console.engine.engines import EngineChannel
from vmi_console.errors import EngineUnavailable
from vmi_console.wire.channel import Channel
from vmi_console.wire.tasks import Tasks


class Busy(Pipe):
    """What an engine hears; whenever its client has to wait for it, another search is begun."""

    def __init__(self) -> None:
        super().__init__()
        self.console: Console | None = None
        self.number = 10

    async def drain(self) -> None:
        assert self.console is not None
        self.number += 1
        self.console.client.search(self.number, f"while it waited: {self.number}")
        await asyncio.sleep(0)


class Slow:
    """The way to one engine that hears and says nothing."""

    def __init__(self, heard: Pipe) -> None:
        self._heard = heard

    @asynccontextmanager
    async def link(self) -> AsyncIterator[tuple[EngineChannel, str]]:
        yield Channel(Pipe(), self._heard, protocol.FromEngine), "1"


async def test_whoever_searches_while_the_engine_is_told_of_other_searches_is_heard_too() -> None:
    heard = Busy()
    heard.console = one = Console(Slow(heard))
    for number in (1, 2, 3):
        one.client.search(number, f"before: {number}")
    engine: Channel[protocol.ToEngine] = Channel(heard, Pipe(), protocol.ToEngine)
    async with Tasks() as tasks, asyncio.timeout(10):
        tasks.start(one.client.run(), "client")
        first = await engine.receive()
        searches: dict[int, str] = {}
        while 11 not in searches or not searches.keys() >= {1, 2, 3}:
            message = await engine.receive()
            assert isinstance(message, protocol.Search)
            searches[message.number] = message.text
    assert isinstance(first, protocol.Subscribe)


async def test_whoever_waits_for_an_answer_is_told_when_the_client_ends() -> None:
    heard = Pipe()
    client = Console(Slow(heard)).client
    engine: Channel[protocol.ToEngine] = Channel(heard, Pipe(), protocol.ToEngine)
    async with Tasks() as tasks, asyncio.timeout(10):
        running = tasks.start(client.run(), "client")
        await engine.receive()
        asking = tasks.start(_gone(client), "a call")
        await engine.receive()
        tasks.cancel(running)
        await asking


async def _gone(client: Client) -> None:
    with pytest.raises(EngineUnavailable, match="is gone"):
        await client.call("status")
