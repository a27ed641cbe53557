"""What clients may ask about the difference between two moments (see `commands`)."""

from __future__ import annotations

import asyncio
import threading
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from vmi_console.errors import CommandRefused, InputError
from vmi_console.estate.records import to_builtins
from vmi_console.plain_text import visible
from vmi_console.review import snapshots
from vmi_console.review.causes import Group, Item
from vmi_console.review.comparison import Comparison, GivenUp, compare
from vmi_console.review.moment import Moment
from vmi_console.wire.calls import teller

MOST_ITEMS = 20_000
"""Differences that are told; how many there are is told of all."""


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    async def moment(self) -> Moment:
        """The estate that it shows."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison, with as many of its differences as are told."""

    comparison: Comparison
    items: int  # how many differences there are
    told: int


class CompareCommands:
    """Commands that hold the estate against another moment."""

    def __init__(self, engine: Backend) -> None:
        self._of_moments = engine

    async def compare(self, before: str = "", after: str = "") -> dict[str, Any]:
        """What changed between two moments: each is a snapshot file, or the estate that is shown where it is empty.

        Says how far it is. Raises `InputError`, also for a file that cannot be read.
        """
        if before == after:
            raise InputError("both are the same", "choose two different moments")
        for path in (before, after):
            if path and not Path(path).is_absolute():
                raise InputError(f"{visible(path, 300)} is no whole path", "give the whole path of a snapshot")
        shown = await self._of_moments.moment()
        loop, tell, given_up = asyncio.get_running_loop(), teller(), threading.Event()

        def progress(start: float, share: float) -> typing.Callable[[float], None]:
            def told(done: float) -> None:
                loop.call_soon_threadsafe(tell, start + share * done)

            return told

        def work() -> Compared:
            sides = []
            for number, path in enumerate((before, after)):
                told = progress(0.3 * number, 0.3)
                sides.append(snapshots.read(Path(path), progress=told, given_up=given_up.is_set) if path else shown)
            return _bounded(compare(*sides, progress=progress(0.6, 0.4), given_up=given_up.is_set))

        try:
            compared = await asyncio.to_thread(work)
        except GivenUp as error:
            raise CommandRefused("nobody waited for the comparison") from error
        finally:
            given_up.set()  # who waits may be cancelled, and a thread goes on
        answer: dict[str, Any] = to_builtins(compared)
        return answer


def _bounded(comparison: Comparison) -> Compared:
    """What can be told at once: of entities that came or went their names, and of all differences the first."""
    count = sum(len(group.items) for group in comparison.groups)
    left = MOST_ITEMS
    groups = []
    for group in comparison.groups:
        kept = tuple(_slim(group.items[:left]))
        left -= len(kept)
        groups.append(replace(group, items=kept))
    told = [group for group in groups if group.items]
    return Compared(comparison=replace(comparison, groups=tuple[Group, ...](told)), items=count, told=MOST_ITEMS - left)


def _slim(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        yield replace(item, before=None, after=None) if item.path == "" else item
