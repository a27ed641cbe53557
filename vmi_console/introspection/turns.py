"""Turns at something of which there are only so many at once, a number that may change meanwhile."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Turns:
    """Held with `async with`. Those who wait come in their order. Used from one event loop."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._taken = 0
        self._waiting: list[asyncio.Future[None]] = []

    def allow(self, at_once: int) -> None:
        """From now on so many at once; nobody who has a turn loses it."""
        self._at_once = at_once
        self._call_next()

    async def __aenter__(self) -> None:
        if self._taken < self._at_once:
            self._taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(turn)
            else:  # it came in the same moment
                self._give_back()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()

    def _give_back(self) -> None:
        self._taken -= 1
        self._call_next()

    def _call_next(self) -> None:
        for turn in [turn for turn in self._waiting if not turn.done()][: max(0, self._at_once - self._taken)]:
            self._taken += 1
            self._waiting.remove(turn)
            turn.set_result(None)
