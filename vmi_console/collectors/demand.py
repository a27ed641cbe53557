"""What the engine wants of a reader beside the changes; it outlives sessions."""

from __future__ import annotations

import asyncio

from vmi_console.estate.identity import EntityId


class Demand:
    """Both are what `provider.Reader` is asked for."""

    def __init__(self) -> None:
        self.watched: frozenset[EntityId] = frozenset()
        self.watching = asyncio.Event()
        self.resync = asyncio.Event()

    def watch(self, entities: frozenset[EntityId]) -> None:
        """From now on samples of these are wanted, and of nothing else."""
        self.watched = entities
        if entities:
            self.watching.set()
        else:
            self.watching.clear()
