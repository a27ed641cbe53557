"""What the window asks of the client of the engine (`engine.client.Client` is one)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from vmi_console.estate.identity import EntityId
from vmi_console.wire.calls import Tell


class Engine(Protocol):
    """Asks the engine; answers arrive at the `Replica`."""

    def watch(self, entities: Iterable[EntityId]) -> None:
        """From now on send samples of these, and of no others."""

    def search(self, number: int, text: str) -> None:
        """A standing query; another one of the same number replaces it, an empty text ends it."""

    async def call(self, command: str, /, **arguments: Any) -> Any:
        """Carries out a command and gives its JSON-like value; raises `VmiError`."""

    async def follow(self, told: Tell, command: str, /, **arguments: Any) -> Any:
        """As `call`; `told` hears how far it is, from those commands that say so."""
