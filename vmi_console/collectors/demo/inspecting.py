"""What is inside the demo guests."""

from __future__ import annotations

import asyncio
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
from vmi_console.collectors.provider import PACES, Sink
from vmi_console.errors import CommandRefused
from vmi_console.estate.changes import Batch, Seen
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Access, Power
from vmi_console.introspection.pace import ChosenPace, InQuiet
from vmi_console.introspection.rounds import Standing

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
        self._pace = PACES["demo"]
        self._urgent: deque[EntityId] = deque()
        self._touched: dict[EntityId, None] = {}  # something has happened inside
        self._next = 0  # number of the first VM that the round has not come to
        self._wanted: frozenset[EntityId] = frozenset()
        self._images_told: set[EntityId] = set()
        self._simulation: Simulation | None = None  # while it runs

    async def inspect(self, vm: EntityId) -> None:
        self._check_grant()
        if self._simulation is not None:
            vm = reachable(self._simulation.world.find_vm(vm)).id
        self._urgent.append(vm)

    def want(self, vms: frozenset[EntityId]) -> None:
        """Nobody has to wait for long here, but in quiet hours."""
        if self._pace.wanted_in_quiet is not InQuiet.NONE:
            self._urgent.extend(vm for vm in vms - self._wanted if self.waits(vm))
        self._wanted = vms

    def go_at(self, chosen: ChosenPace) -> None:
        self._pace = chosen.over(PACES["demo"])

    def standing(self) -> Standing | None:
        if self._simulation is None:
            return None
        now = self._clock()
        world, quiet = self._simulation.world, self._pace.quiet
        left = world.next_number - self._next
        return Standing(
            guests=world.vm_count(),
            waiting=min(left + len(self._touched), world.vm_count()) if quiet.at(now) else 0,
            quiet=quiet.at(now),
            quiet_until=quiet.until(now),
        )

    def waits(self, vm: EntityId) -> bool:
        if self._simulation is None or not self._pace.quiet.at(self._clock()):
            return False
        record = self._simulation.world.vm(vm)
        if record is None or record.power is not Power.ON:
            return False
        return vm in self._touched or self._simulation.world.number(vm) >= self._next

    async def run(self, sink: Sink) -> None:
        self._check_grant()
        await asyncio.sleep(self._parameters.latency_ms / 1000)
        failures.knock(self._parameters.fail, self._start)
        simulation = Simulation(self._parameters, self._start.runtime_dir, self._clock)
        await sink.identified(simulation.world.endpoint, PRODUCT_NAME)
        self._simulation = simulation
        self._images_told.clear()
        cast = _cast(simulation.world)
        self._touched.update(dict.fromkeys(cast))
        self._next = 0
        while True:
            occurrences, leapt = simulation.advance()
            sink.contact(simulation.now())
            if leapt:
                self._next = 0
            self._touched.update((vm, None) for occurrence in occurrences for vm in occurrence.guests)
            quiet = self._pace.quiet.at(simulation.now())
            self._urgent.extend(vm for vm in self._touched if not quiet or self._may(vm))
            urgent = [simulation.world.vm(vm) for vm in dict.fromkeys(self._urgent)]
            for vm in self._urgent:
                self._touched.pop(vm, None)
            self._urgent.clear()
            await self._look(
                sink, simulation, (vm for vm in urgent if vm is not None and vm.access is Access.CONNECTED)
            )
            if not quiet:
                await self._look(sink, simulation, (vm for vm in self._passed(simulation.world) if vm.id not in cast))
            await asyncio.sleep(TICK_S)

    def _may(self, vm: EntityId) -> bool:
        """Whether a guest may be looked at for what happened inside although it is quiet."""
        return vm in self._wanted and self._pace.wanted_in_quiet is InQuiet.ALL

    def _passed(self, world: World) -> Iterator[VM]:
        """The running ones among the next few of the round."""
        full = max(FEWEST_PER_TICK, int(self._parameters.vms * TICK_S / FULL_ROUND_S))
        first = self._next
        self._next = min(first + max(1, full * self._pace.at_once // PACES["demo"].at_once), world.next_number)
        for number in range(first, self._next):
            vm = world.vm_by_number(number)
            if vm is not None and vm.power is Power.ON and vm.access is Access.CONNECTED:
                yield vm

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
