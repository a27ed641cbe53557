"""What clients may ask about the history's file: how much of the past is kept in it (see `commands`)."""

from __future__ import annotations

import typing

from vmi_console.engine.remembering import Remembered, Remembering
from vmi_console.history.retention import Limits
from vmi_console.wire.calls import teller


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    remembering: Remembering


class HistoryCommands:
    """Commands about how much is kept."""

    def __init__(self, engine: Backend) -> None:
        self._of_history = engine

    async def history(self) -> Remembered:
        """How much of the past is kept, and what that takes now."""
        return await self._of_history.remembering.state()

    async def set_history(self, limits: Limits) -> None:
        """Keeps another part of the past from now on: what is more is given up little by little."""
        await self._of_history.remembering.set(limits)

    async def compact_history(self) -> None:
        """Gives up what is not kept, and gives its room back, now. Tells the share that is done, between 0 and 1.

        Cancelled, it goes on in its own time.
        """
        await self._of_history.remembering.compact(teller())
