"""A client that is slow to read what it is told, and says other things meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.unit.wire.test_channel import Pipe
from vmi_console.engine import protocol
from vmi_console.engine.hub import Hub
from vmi_console.engine.session import Session
from vmi_console.errors import CommandRefused
from vmi_console.estate.changes import Change
from vmi_console.estate.columns import Columns
from vmi_console.estate.inventory import Inventory
from vmi_console.policy.findings import Finding
from vmi_console.response.quarantine import Quarantine
from vmi_console.wire.channel import Channel, encode
from vmi_console.wire.tasks import Tasks


class Backend:
    """An engine with an empty estate."""

    is_ready = True

    def __init__(self) -> None:
        self.hub = Hub()
        self.inventory = Inventory(count().__next__)
        self._columns = Columns(self.inventory)

    async def ready(self) -> None: ...

    def now(self) -> datetime:
        return datetime.now(UTC)

    def about(self) -> None:
        return None

    def columns(self) -> Columns:
        return self._columns

    async def recent_changes(self, count: int) -> list[Change]:
        return []

    def findings(self) -> Mapping[str, Finding]:
        return {}

    def posture(self) -> protocol.Posture:
        return protocol.Posture()

    def quarantines(self) -> Sequence[Quarantine]:
        return ()

    async def command(self, name: str, arguments: dict[str, Any]) -> Any:
        raise CommandRefused(name)

    def watches_changed(self) -> None: ...


class SlowToRead(Pipe):
    """What a client is told: whoever waits until it has read that waits for its next search, too."""

    def __init__(self, said: Channel[protocol.ToEngine]) -> None:
        super().__init__()
        self.said = said
        self.number = 10

    async def drain(self) -> None:
        self.number += 1
        self.said.post_payload(encode(protocol.Search(number=self.number, text="meanwhile")))
        for _ in range(5):  # in which it is heard
            await asyncio.sleep(0)


async def test_whoever_searches_for_more_while_it_is_told_of_its_searches_is_told_of_all() -> None:
    lost: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: lost.append(context))
    saying = Pipe()
    client: Channel[protocol.ToEngine] = Channel(Pipe(), saying, protocol.ToEngine)
    told = SlowToRead(client)
    session = Session(Backend(), Channel(saying, told, protocol.ToEngine), lambda: 0)
    engine: Channel[protocol.FromEngine] = Channel(told, Pipe(), protocol.FromEngine)
    for number in (1, 2, 3):
        client.post(protocol.Search(number=number, text="before"))
    client.post(protocol.Subscribe(records=False, changes=False))
    matched: list[int] = []
    async with Tasks() as tasks, asyncio.timeout(10):
        tasks.start(session.serve(), "session")
        while matched.count(3) < 2 and not lost:  # once when it was begun, and again with the replay
            if isinstance(message := await engine.receive(), protocol.Matches):
                matched.append(message.number)
    assert not lost
