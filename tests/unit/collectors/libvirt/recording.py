"""A sink that keeps what a reader reports, as an engine would, and lets tests wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from vmi_console.collectors.libvirt.live import LibvirtReader
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Batch, Sample
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, State


class Recording:
    """Implements `provider.Sink`; `records` is the estate as reported, a discovery's silence included."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.product = ""
        self.expected: int | None = None
        self.discoveries = 0
        self.records: dict[EntityId, AnyRecord] = {}
        self.batches: list[Batch] = []
        self.taken: list[Sample] = []
        self.conditions: list[tuple[State, str]] = []
        self.contacts = 0
        self._mentioned: set[EntityId] = set()
        self._news = asyncio.Condition()
        self._touched = asyncio.Event()

    async def identified(self, endpoint: str, product: str) -> None:
        self.endpoint, self.product = endpoint, product

    async def discovery_begins(self, expected: int | None = None) -> None:
        self.expected = expected
        self._mentioned = set()

    async def discovery_ends(self) -> None:
        self.records = {entity: record for entity, record in self.records.items() if entity in self._mentioned}
        self.discoveries += 1
        await self._tell()

    async def report(self, batch: Batch) -> None:
        self.batches.append(batch)
        for record in batch.records:
            self.records[record.id] = record
            self._mentioned.add(record.id)
        for entity in batch.removed:
            del self.records[entity]
        await self._tell()

    async def samples(self, samples: Sequence[Sample]) -> None:
        self.taken.extend(samples)
        await self._tell()

    async def condition(self, state: State, reason: str = "", advice: str = "") -> None:
        self.conditions.append((state, reason))
        await self._tell()

    def contact(self, at: datetime | None = None) -> None:
        self.contacts += 1
        self._touched.set()

    def vm(self, name: str) -> VM | None:
        return next(
            (record for record in self.records.values() if isinstance(record, VM) and record.name == name), None
        )

    async def until(self, true: Callable[[], object], within_s: float = 20.0) -> None:
        """Waits until something holds; the limit is only there so that a failing test ends."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(true)

    async def contacted(self, times: int) -> None:
        """Waits for so many more answers of the hypervisor."""
        goal = self.contacts + times
        async with asyncio.timeout(20.0):
            while self.contacts < goal:
                self._touched.clear()
                await self._touched.wait()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def running(reader: LibvirtReader) -> AsyncIterator[Recording]:
    """A reader at work, discovered; given up at the end."""
    recording = Recording()
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(reader.run(recording))
        await recording.until(lambda: (State.LIVE, "") in recording.conditions)
        yield recording
        run.cancel()
