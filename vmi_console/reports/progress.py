"""How far a report is, and that nobody wants it any more."""

from __future__ import annotations

from collections.abc import Callable

PACE = 256
"""Rows between two words about how far it is."""


class GivenUp(Exception):
    """Nobody wants the report any more: what was begun is thrown away."""


class Progress:
    """Counts what is done; `told` hears of it now and then as a share between 0 and 1.

    `given_up` is asked as often; where it says so, `step` raises `GivenUp`.
    """

    def __init__(
        self,
        told: Callable[[float], object] = lambda share: None,
        given_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self._told = told
        self._given_up = given_up
        self._done = 0
        self._total = 1

    def expect(self, total: int) -> None:
        """So many steps are to come, in place of what was expected before."""
        self._done, self._total = 0, max(1, total)
        self._tell()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._done % PACE == 0:
            self._tell()

    def _tell(self) -> None:
        if self._given_up():
            raise GivenUp
        self._told(min(1.0, self._done / self._total))
