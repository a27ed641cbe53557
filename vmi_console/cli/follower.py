"""What a command hears of the engine: the records as they are, and a way to wait for what it needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from vmi_console.engine import protocol
from vmi_console.engine.client import Client, Link
from vmi_console.engine.engines import Engines
from vmi_console.errors import EngineUnavailable
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.estate.records import Connection
from vmi_console.policy.findings import Finding
from vmi_console.wire.tasks import Tasks


class Follower:
    """Listens to a client; `until` waits for whatever it may hear."""

    def __init__(self) -> None:
        self.records: dict[EntityId, AnyRecord] = {}
        self.connections: dict[EntityId, Connection] = {}  # those among the records
        self.link: Link | None = None
        self.replays = 0  # complete ones
        self.discovered: set[EntityId] = set()  # connections whose first complete report is over
        self.findings: dict[str, Finding] = {}  # where the subscription has them
        self.posture: protocol.Posture | None = None
        self._unmentioned: set[EntityId] = set()
        self._news = asyncio.Event()

    async def until[T](self, answer: Callable[[], T | None]) -> T:
        """Waits until there is an answer."""
        while (value := answer()) is None:
            self._news.clear()
            await self._news.wait()
        return value

    def connection_name(self, entity: EntityId) -> str | None:
        """The name of the connection that an entity was seen through."""
        endpoint = endpoint_of(entity)
        return next((each.name for each in self.connections.values() if each.endpoint == endpoint), None)

    def name(self, entity: EntityId) -> str | None:
        """The name of an entity, where it is known."""
        record = self.records.get(entity)
        return None if record is None else record.name

    # --- engine.client.Listener -----------------------------------------------------------------------------------

    def link_changed(self, link: Link) -> None:
        self.link = link
        self._news.set()

    def replayed(self, replay: protocol.Replay) -> None:
        if replay.phase is protocol.Phase.BEGIN:
            self._unmentioned = set(self.records)
        else:
            self._forget(self._unmentioned)
            self._unmentioned = set()
            self.replays += 1
        self._news.set()

    def updated(self, update: protocol.Update) -> None:
        for record in update.records:
            self._unmentioned.discard(record.id)
            self.records[record.id] = record
            if isinstance(record, Connection):
                self.connections[record.id] = record
        self._forget(update.removed)
        self._news.set()

    def sampled(self, samples: tuple[Sample, ...]) -> None:
        """Not asked for."""

    def matched(self, matches: protocol.Matches) -> None:
        """Not asked for."""

    def progressed(self, progress: protocol.Progress) -> None:
        if progress.done is None:
            self.discovered.add(progress.connection)
            self._news.set()

    def went_round(self, told: protocol.Round) -> None:
        """Not asked for."""

    def noticed(self, notice: protocol.Notice) -> None:
        self._news.set()

    # --- engine.client.PolicyListener -----------------------------------------------------------------------------

    def found(self, findings: protocol.Findings) -> None:
        if findings.replaces:
            self.findings.clear()
        self.findings.update((finding.id, finding) for finding in findings.findings)
        for forgotten in findings.forgotten:
            self.findings.pop(forgotten, None)
        self._news.set()

    def stood(self, posture: protocol.Posture) -> None:
        self.posture = posture
        self._news.set()

    def _forget(self, entities: Iterable[EntityId]) -> None:
        for entity in entities:
            self.records.pop(entity, None)
            self.connections.pop(entity, None)
            self.discovered.discard(entity)


@asynccontextmanager
async def linked(engines: Engines, follower: Follower, subscription: protocol.Subscribe) -> AsyncIterator[Client]:
    """A client whose link is up, and is kept up while the context lasts. Raises `EngineUnavailable`."""
    client = Client(engines, follower, subscription, of_policies=follower)
    async with Tasks() as tasks:
        tasks.start(client.run(), "the link to the engine")
        link = await follower.until(lambda: follower.link)
        if not link.up:
            raise EngineUnavailable(link.reason, link.advice)
        yield client
