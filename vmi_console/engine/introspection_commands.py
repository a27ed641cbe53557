"""What clients may ask about how fast guests are looked into (see `commands`)."""

from __future__ import annotations

import typing

from vmi_console.engine.connections import Connections
from vmi_console.engine.introspection import Introspection
from vmi_console.estate.identity import EntityId
from vmi_console.introspection.pace import ChosenPace


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    connections: Connections
    introspection: Introspection


class IntrospectionCommands:
    """Commands about the pace of introspection."""

    def __init__(self, engine: Backend) -> None:
        self._of_introspection = engine

    async def pace(self) -> ChosenPace:
        """How fast guests are looked into, where the operator chose that; else as each provider has it."""
        return self._of_introspection.introspection.pace

    async def set_pace(self, pace: ChosenPace) -> None:
        """Looks into guests at this pace from now on; on disk when it returns."""
        await self._of_introspection.introspection.set(pace)

    async def waits(self, vm: EntityId) -> bool:
        """Whether a look into a guest is due, and waits for quiet hours to end."""
        return await self._of_introspection.connections.collector_of(vm).waits(vm)
