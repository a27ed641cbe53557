"""A console without a window: a client that remembers what it hears, for tests that wait for something to be so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgspec

from vmi_console.engine import protocol
from vmi_console.engine.client import Client, Link
from vmi_console.engine.engines import Engines
from vmi_console.errors import VmiError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Change, Sample
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Connection, Health, State
from vmi_console.introspection.rounds import Standing
from vmi_console.policy.findings import Finding
from vmi_console.wire.tasks import Tasks


class Console:
    """A client and all that it heard."""

    def __init__(self, engines: Engines, subscription: protocol.Subscribe | None = None) -> None:
        self.client = Client(engines, self, subscription, of_policies=self, of_review=self)
        self.records: dict[EntityId, AnyRecord] = {}
        self.changes: list[Change] = []
        self.links: list[Link] = []
        self.healths: list[Health] = []  # of its connections, each as it was told: one may pass quickly
        self.samples: list[Sample] = []
        self.notices: list[str] = []
        self.matches: set[EntityId] = set()
        self.findings: dict[str, Finding] = {}  # where the subscription has them
        self.posture: protocol.Posture | None = None
        self.about: protocol.Review | None = None  # of an engine on the estate of another time
        self.rounds: dict[EntityId, Standing | None] = {}  # how guests are looked into, by connection
        self.replays = 0
        self._mentioned: set[EntityId] | None = None

    def link_changed(self, link: Link) -> None:
        self.links.append(link)

    def replayed(self, replay: protocol.Replay) -> None:
        if replay.phase is protocol.Phase.BEGIN:
            self._mentioned = set()
        elif self._mentioned is not None:
            self.records = {entity: self.records[entity] for entity in self._mentioned}
            self._mentioned = None
            self.replays += 1

    def updated(self, update: protocol.Update) -> None:
        for record in update.records:
            if isinstance(record, Connection) and record.health != self._health_of(record.id):
                self.healths.append(record.health)
            self.records[record.id] = record
            if self._mentioned is not None:
                self._mentioned.add(record.id)
        for entity in update.removed:
            self.records.pop(entity, None)
            if self._mentioned is not None:
                self._mentioned.discard(entity)
        if update.forgets_changes:
            self.changes = []
        self.changes.extend(update.changes)
        for amendment in update.amendments:  # who did it is often told after what was done
            self.changes = [
                msgspec.structs.replace(change, actor=amendment.actor) if change.number == amendment.number else change
                for change in self.changes
            ]

    def sampled(self, samples: tuple[Sample, ...]) -> None:
        self.samples.extend(samples)

    def matched(self, matches: protocol.Matches) -> None:
        if matches.replaces:
            self.matches = set()
        self.matches = (self.matches | set(matches.added)) - set(matches.removed)

    def went_round(self, told: protocol.Round) -> None:
        self.rounds[told.connection] = told.standing

    def progressed(self, progress: protocol.Progress) -> None:
        pass

    def noticed(self, notice: protocol.Notice) -> None:
        self.notices.append(notice.text)

    def found(self, findings: protocol.Findings) -> None:
        if findings.replaces:
            self.findings.clear()
        self.findings.update((finding.id, finding) for finding in findings.findings)
        for forgotten in findings.forgotten:
            self.findings.pop(forgotten, None)

    def stood(self, posture: protocol.Posture) -> None:
        self.posture = posture

    def opening(self, done: float | None) -> None:
        pass

    def reviewing(self, review: protocol.Review) -> None:
        self.about = review

    # --- looking at it --------------------------------------------------------------------------------------------

    @property
    def vms(self) -> list[VM]:
        return [record for record in self.records.values() if isinstance(record, VM)]

    @property
    def connections(self) -> list[Connection]:
        return [record for record in self.records.values() if isinstance(record, Connection)]

    def vm(self, name: str) -> VM:
        return next(vm for vm in self.vms if vm.name == name)

    @property
    def open_findings(self) -> list[Finding]:
        return [finding for finding in self.findings.values() if finding.is_open]

    def _health_of(self, connection: EntityId) -> Health | None:
        record = self.records.get(connection)
        return record.health if isinstance(record, Connection) else None

    def state(self) -> State | None:
        """Of the only connection."""
        return self.connections[0].health.state if self.connections else None

    async def role(self, name: str, *, after: int | None = None) -> int:
        """The process id of the only connection's role, once it has started (if need be, after another one of it)."""
        async with asyncio.timeout(20):
            while True:
                (pids,) = (await self.client.call("status"))["roles"].values()
                if pids.get(name, after) != after:
                    return int(pids[name])
                await asyncio.sleep(0.05)

    async def inspect(self, vm: EntityId, seconds: float = 60.0) -> None:
        """Has a guest looked into now, or as soon as the inspector is connected."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                await self.client.call("inspect", vm=vm)
            except VmiError as error:
                passes = "in a moment" in f"{error}"
                if not passes or asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.2)
            else:
                return

    async def add(self, uri: str, **arguments: Any) -> EntityId:
        """Adds a connection for this session and waits until it is live."""
        connection = EntityId(await self.client.call("add_connection", uri=uri, **{"saved": False, **arguments}))
        await eventually(lambda: self.state() is State.LIVE)
        return connection


def console(engines: Engines, *, findings: bool = False) -> AbstractAsyncContextManager[Console]:
    """A console whose link is up, for the length of the block."""
    return linked(Console(engines, protocol.Subscribe(findings=findings)))


@asynccontextmanager
async def linked[C: Console](one: C) -> AsyncIterator[C]:
    """Any console, with its link up for the length of the block."""
    async with Tasks() as tasks:
        tasks.start(one.client.run(), "client")
        async with asyncio.timeout(20):
            await one.client.up()
        await eventually(lambda: one.replays > 0)
        yield one


async def aside[T](work: Callable[[], T]) -> T:
    """Does blocking work on a thread that is gone afterwards."""
    with ThreadPoolExecutor(1) as thread:
        return await asyncio.get_running_loop().run_in_executor(thread, work)


async def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Waits until something is so; fails if it never is."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"never came true within {seconds} s"
        await asyncio.sleep(0.01)
