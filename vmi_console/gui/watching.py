"""Whose load is wanted: what the engine is told to watch is what some part of some window shows now."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from vmi_console.estate.identity import EntityId
from vmi_console.gui.link import Engine

MOST = 500
"""Entities watched at once: load is read for those in view, not for an estate."""


class Watchlist:
    """Gathers what each viewer wants and tells the engine where it differs from before."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._wanted: dict[Hashable, tuple[EntityId, ...]] = {}
        self._told: tuple[EntityId, ...] = ()

    def want(self, viewer: Hashable, entities: Iterable[EntityId]) -> None:
        """From now on `viewer` shows the load of these and of no others; of none when it is hidden."""
        entities = tuple(entities)
        if entities:
            self._wanted[viewer] = entities
        else:
            self._wanted.pop(viewer, None)
        union = tuple(dict.fromkeys(entity for wanted in self._wanted.values() for entity in wanted))[:MOST]
        if union != self._told:
            self._told = union
            self._engine.watch(union)
