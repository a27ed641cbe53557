"""Acting on the demo estate."""

from __future__ import annotations

import asyncio
from typing import Any

from vmi_console.collectors.demo import failures
from vmi_console.collectors.demo.chronicle import Clock, utc_now
from vmi_console.collectors.demo.commands import parse as parse_command
from vmi_console.collectors.demo.commands.quarantine import FORBIDDEN
from vmi_console.collectors.demo.parameters import Failure
from vmi_console.collectors.demo.parameters import parse as parse_uri
from vmi_console.collectors.demo.simulation import Simulation
from vmi_console.collectors.protocol import Start
from vmi_console.collectors.quarantine import SURVEY, VERIFY, check_grant
from vmi_console.errors import CommandRefused

TICK_S = 0.02


class DemoActor:
    """Writes a command into the chronicle, waits until it has taken effect, and tells what came of it."""

    def __init__(self, start: Start, clock: Clock = utc_now) -> None:
        """Raises `ConnectionUriError`."""
        self._start = start
        self._parameters = parse_uri(start.uri)
        self._clock = clock
        self._simulation: Simulation | None = None

    async def act(self, command: str, arguments: dict[str, Any]) -> Any:
        check_grant(self._start.grants.quarantine)
        parse_command(command, arguments)  # what cannot even be understood is not written down
        await asyncio.sleep(self._parameters.latency_ms / 1000)
        failures.knock(self._parameters.fail, self._start)
        if self._parameters.fail is Failure.FORBIDDEN and command not in (SURVEY, VERIFY):
            raise CommandRefused(FORBIDDEN, "take fail=forbidden out of its address")
        if self._simulation is None:
            self._simulation = Simulation(self._parameters, self._start.runtime_dir, self._clock)
        simulation = self._simulation
        entry = simulation.order(command, arguments)
        while entry.key not in simulation.world.outcomes:
            await asyncio.sleep(TICK_S)
            simulation.advance()
        outcome = simulation.world.outcomes[entry.key]
        if isinstance(outcome, CommandRefused):
            raise outcome
        return outcome.value
