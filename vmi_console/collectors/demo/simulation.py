"""The demo world as one role process has it: made from the chronicle, and brought to the present again and again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from vmi_console.collectors.demo.chronicle import Chronicle, Clock, Entry, utc_now
from vmi_console.collectors.demo.commands import Occurrence
from vmi_console.collectors.demo.parameters import Parameters
from vmi_console.collectors.demo.world import Order, World

LEAP = 1_000  # occurrences; where there are more (than VMs, too), looking at everything again is cheaper


class Present(NamedTuple):
    """What happened since the last look. `leapt`: it is not the whole story, and everything must be looked at again."""

    occurrences: list[Occurrence]
    leapt: bool


class Simulation:
    """A world and the chronicle that drives it. `world` is replaced where the past has to be corrected."""

    def __init__(self, parameters: Parameters, folder: str, clock: Clock = utc_now) -> None:
        self._parameters = parameters
        self._chronicle = Chronicle(parameters.folder or folder, clock)
        self._clock = clock
        self._entries: list[Entry] = []
        self.world = World(parameters, self._chronicle.started_at)
        self.advance()

    def now(self) -> datetime:
        return self._clock()

    def order(self, command: str, arguments: dict[str, Any]) -> Entry:
        """Writes a command down, for every role to carry out at its moment."""
        return self._chronicle.append(command, arguments)

    def advance(self) -> Present:
        """Brings the world to the present.

        A command that was written down so late that its moment has passed here means that this world took a wrong
        turn: it is made again from the beginning, which the roles that were in time need not do.
        """
        until = max(self._clock(), self.world.now)  # before the chronicle is read, so that nothing is passed over
        news = self._chronicle.news()
        first = len(self._entries)
        self._entries += news
        late = any(entry.at <= self.world.now for entry in news)
        if late:
            self.world = World(self._parameters, self._chronicle.started_at)
            first = 0
        self.world.schedule(
            Order(entry.at, rank, entry.key, entry.command, entry.arguments)
            for rank, entry in enumerate(self._entries[first:], first)
        )
        occurrences = self.world.advance(until)
        return Present(occurrences, late or len(occurrences) > max(LEAP, self.world.vm_count()))
