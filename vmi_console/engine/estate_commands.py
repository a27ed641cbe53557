"""What clients may ask about the estate itself, of now or of another time (see `commands`)."""

from __future__ import annotations

import typing
from datetime import datetime
from typing import Any

import msgspec

from vmi_console.errors import InputError
from vmi_console.estate.changes import Change
from vmi_console.estate.contradictions import contradictions
from vmi_console.estate.facts import Guest
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, native_of
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.query import parse_search
from vmi_console.estate.records import VM, to_builtins
from vmi_console.history.store import History


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    inventory: Inventory
    history: History

    def now(self) -> datetime:
        """The time that counts as now."""


class EstateCommands:
    """Commands that look."""

    def __init__(self, engine: Backend) -> None:
        self._of_estate = engine

    async def guest(self, vm: EntityId) -> dict[str, Any] | None:
        """What is known from inside a VM, base and difference put together; None where nobody looked."""
        inventory = self._of_estate.inventory
        guest = inventory.get(entity_id("guest", endpoint_of(vm), native_of(vm)))
        if not isinstance(guest, Guest):
            return None
        software = inventory.software(vm)
        known = inventory.get(vm)
        if isinstance(known, VM):
            guest = msgspec.structs.replace(guest, contradictions=contradictions(known, guest))
        answer: dict[str, Any] = to_builtins(guest)
        if software is not None:
            answer["applications"]["items"] = to_builtins(tuple(software.applications))
            answer["services"]["items"] = to_builtins(tuple(software.services))
        return answer

    async def query(self, text: str) -> list[EntityId]:
        """The VMs that match now."""
        inventory = self._of_estate.inventory
        return list(parse_search(text).filter(inventory.vms(), inventory, self._of_estate.now()))

    async def changes(self, count: int = 1000, before: int | None = None) -> list[Change]:
        """The newest changes (before the one of a number), oldest first."""
        return await self._of_estate.history.recent(within(count), before)


def within(count: int) -> int:
    """The number of changes that are asked for at once. Raises `InputError`."""
    if not 0 < count <= 10_000:
        raise InputError(f"{count} changes at once are too many", "ask for at most 10,000")
    return count
