"""The demo estate's live inventory."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from datetime import datetime, timedelta

from vmi_console.collectors.demo import failures, loads
from vmi_console.collectors.demo.chronicle import Clock, utc_now
from vmi_console.collectors.demo.layout import PRODUCT
from vmi_console.collectors.demo.parameters import Failure, parse
from vmi_console.collectors.demo.simulation import Simulation
from vmi_console.collectors.demo.world import World
from vmi_console.collectors.protocol import Start
from vmi_console.collectors.provider import Sink
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Batch, Seen
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import State

PRODUCT_NAME = f"Demo hypervisor ({PRODUCT})"
TICK_S = 0.1
SAMPLE_EVERY = timedelta(seconds=1)
DISCOVERY_BATCH = 50


class DemoReader:
    """Reports the world as a hypervisor would: once in full, then each occurrence as it happens."""

    def __init__(self, start: Start, clock: Clock = utc_now) -> None:
        """Raises `ConnectionUriError`."""
        self._start = start
        self._parameters = parse(start.uri)
        self._clock = clock
        self._watched: frozenset[EntityId] = frozenset()
        self._told_all = False
        self._sampled_at: datetime | None = None

    def watch(self, entities: frozenset[EntityId]) -> None:
        self._watched = entities
        self._sampled_at = None

    async def resync(self) -> None:
        self._told_all = False

    async def run(self, sink: Sink) -> None:
        failure = self._parameters.fail
        await asyncio.sleep(self._parameters.latency_ms / 1000)
        failures.knock(failure, self._start)
        simulation = Simulation(self._parameters, self._start.runtime_dir, self._clock)
        await sink.identified(simulation.world.endpoint, PRODUCT_NAME)
        self._told_all = False
        drops_at = simulation.now() + timedelta(seconds=failures.DROPS_AFTER_S)
        while failure is not Failure.DROPS or simulation.now() < drops_at:
            await self._tell(sink, simulation)
            await asyncio.sleep(TICK_S)
        raise failures.dropped()

    async def _tell(self, sink: Sink, simulation: Simulation) -> None:
        """Everything, or what is new; and the loads that are due."""
        occurrences, leapt = simulation.advance()
        sink.contact(simulation.now())
        if leapt or not self._told_all:
            self._told_all = True  # a resync that is asked for meanwhile is another one
            await self._tell_all(sink, simulation.world)
        else:
            for occurrence in occurrences:
                if occurrence.records or occurrence.removed:
                    await sink.report(
                        Batch(
                            records=occurrence.records,
                            removed=occurrence.removed,
                            attributions=occurrence.attributions,
                            seen=Seen.EVENT,
                            occurred_at=occurrence.at,
                        )
                    )
        await self._sample(sink, simulation.world)

    async def _tell_all(self, sink: Sink, world: World) -> None:
        """Containers first, then VMs. The world stands still meanwhile: what happens is told right after."""
        await sink.discovery_begins(world.container_count() + world.vm_count())
        records: Iterable[AnyRecord] = itertools.chain(world.containers(), world.vms())
        for batch in itertools.batched(records, DISCOVERY_BATCH):
            await asyncio.sleep(self._parameters.latency_ms / 1000)
            await sink.report(Batch(records=batch, seen=Seen.DISCOVERY))
        await sink.discovery_ends()
        await self._go_live(sink)

    async def _go_live(self, sink: Sink) -> None:
        failure = self._parameters.fail
        if failure is Failure.DEGRADED:
            await sink.condition(
                State.DEGRADED, "the demo hypervisor does not tell of loads", "take fail=degraded away"
            )
            return
        await sink.condition(State.LIVE)
        if failure in (Failure.HANG, Failure.CRASH):
            await asyncio.sleep(failures.LAST_WORDS_S)
            failures.hang() if failure is Failure.HANG else failures.crash()

    async def _sample(self, sink: Sink, world: World) -> None:
        due = self._sampled_at is None or world.now - self._sampled_at >= SAMPLE_EVERY
        if not self._watched or not due or self._parameters.fail is Failure.DEGRADED:
            return
        self._sampled_at = world.now
        samples = [loads.sample(world, entity, world.now) for entity in sorted(self._watched)]
        await sink.samples([sample for sample in samples if sample is not None])
