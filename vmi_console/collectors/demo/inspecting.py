"""What is inside the demo guests."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Iterable, Iterator

from vmi_console.collectors.demo import failures, story
from vmi_console.collectors.demo.chronicle import Clock, utc_now
from vmi_console.collectors.demo.commands.base import reachable
from vmi_console.collectors.demo.commands.inside import GuestCommand
from vmi_console.collectors.demo.parameters import parse
from vmi_console.collectors.demo.reading import PRODUCT_NAME
from vmi_console.collectors.demo.simulation import Simulation
from vmi_console.collectors.demo.world import World
from vmi_console.collectors.protocol import Start
from vmi_console.collectors.provider import Sink
from vmi_console.errors import CommandRefused
from vmi_console.estate.changes import Batch, Seen
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Access, Power

TICK_S = 0.2
FULL_ROUND_S = 120.0  # for a large estate; a small one is done sooner
FEWEST_PER_TICK = 10
GUESTS_PER_BATCH = 20


class DemoInspector:
    """Looks into every running guest once, and again where something has changed inside."""

    def __init__(self, start: Start, clock: Clock = utc_now) -> None:
        """Raises `ConnectionUriError`."""
        self._start = start
        self._parameters = parse(start.uri)
        self._clock = clock
        self._urgent: deque[EntityId] = deque()
        self._images_told: set[EntityId] = set()
        self._simulation: Simulation | None = None  # while it runs

    async def inspect(self, vm: EntityId) -> None:
        self._check_grant()
        if self._simulation is not None:
            vm = reachable(self._simulation.world.find_vm(vm)).id
        self._urgent.append(vm)

    def want(self, vms: frozenset[EntityId]) -> None:
        """Nobody has to wait for long here."""

    async def run(self, sink: Sink) -> None:
        self._check_grant()
        await asyncio.sleep(self._parameters.latency_ms / 1000)
        failures.knock(self._parameters.fail, self._start)
        simulation = Simulation(self._parameters, self._start.runtime_dir, self._clock)
        await sink.identified(simulation.world.endpoint, PRODUCT_NAME)
        self._simulation = simulation
        self._images_told.clear()
        cast = _cast(simulation.world)
        self._urgent.extend(cast)
        waiting: Iterator[VM] = (vm for vm in simulation.world.vms() if vm.id not in cast)
        quota = max(FEWEST_PER_TICK, int(self._parameters.vms * TICK_S / FULL_ROUND_S))
        while True:
            occurrences, leapt = simulation.advance()
            sink.contact(simulation.now())
            if leapt:
                waiting = simulation.world.vms()
            self._urgent.extend(vm for occurrence in occurrences for vm in occurrence.guests)
            urgent = [simulation.world.vm(vm) for vm in dict.fromkeys(self._urgent)]
            self._urgent.clear()
            await self._look(
                sink, simulation, (vm for vm in urgent if vm is not None and vm.access is Access.CONNECTED)
            )
            await self._look(sink, simulation, _running(waiting, quota))
            await asyncio.sleep(TICK_S)

    async def _look(self, sink: Sink, simulation: Simulation, vms: Iterable[VM]) -> None:
        """Reports guests, each after the image that it is based on."""
        records: list[SoftwareImage | Guest] = []
        for vm in vms:
            image = simulation.world.image(vm)
            if image.id not in self._images_told:
                self._images_told.add(image.id)
                records.append(image)
            records.append(simulation.world.guest(vm))
            if len(records) >= GUESTS_PER_BATCH:
                await sink.report(Batch(records=tuple(records), seen=Seen.INSPECTION))
                records.clear()
        if records:
            await sink.report(Batch(records=tuple(records), seen=Seen.INSPECTION))

    def _check_grant(self) -> None:
        if not self._start.grants.read_guests:
            raise CommandRefused(
                "the console may not look into the guests of this connection",
                "allow it to read guests in the connection's settings",
            )


def _cast(world: World) -> list[EntityId]:
    """The VMs inside which the story takes place, where the estate is large enough to have them."""
    names = [step.command.vm for step in story.STORY if isinstance(step.command, GuestCommand)]
    numbers = [number for name in names if (number := world.machines.number_of_name(name)) is not None]
    return [world.machines.id(number) for number in numbers]


def _running(vms: Iterator[VM], quota: int) -> Iterator[VM]:
    """The running ones among the next few."""
    for vm in itertools.islice(vms, quota):
        if vm.power is Power.ON and vm.access is Access.CONNECTED:
            yield vm
