"""What clients may ask about the recorded past, of an engine on the living estate or on that past (see `commands`)."""

from __future__ import annotations

import asyncio
import contextlib
import typing
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from vmi_console.errors import InputError, StorageError
from vmi_console.history.reader import Reader

MOST_BINS = 2_000

TOGETHER = timedelta(seconds=2)
"""Changes that were told within this time are gone to as one."""


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of the past: from when until when. Both are None where that is nothing yet."""

    path: str = ""  # of the history; empty: there is none, as in a snapshot
    first: datetime | None = None
    last: datetime | None = None


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """How much happened in each of the equal parts of a span of time."""

    since: datetime
    until: datetime
    changes: tuple[int, ...]
    opened: tuple[int, ...]  # findings
    resolved: tuple[int, ...]


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    history_path: Path | None  # None: nothing is remembered


class PastCommands:
    """Commands that look back. A history is opened for each: that takes a millisecond, and the file may be another."""

    def __init__(self, engine: Backend) -> None:
        self._of_past = engine

    async def recorded(self) -> Recorded:
        """From when until when the past is remembered, and in which file. Raises `StorageError`."""
        path = self._of_past.history_path
        if path is None:
            return Recorded()
        span = await self._read(Reader.span)
        if span is None:
            return Recorded(path=str(path))
        return Recorded(path=str(path), first=span.first, last=span.last)

    async def activity(self, since: datetime, until: datetime, bins: int = 200) -> Activity:
        """How much happened in each of so many equal parts of a span. Raises `InputError`, `StorageError`."""
        if not 0 < bins <= MOST_BINS:
            raise InputError(f"{bins} parts of a span are too many", f"ask for at most {MOST_BINS:,}")
        check(since, until)
        if since >= until:
            raise InputError("the span ends before it begins")
        parts = await self._read(lambda reader: reader.activity(since, until, bins))
        return Activity(
            since=since,
            until=until,
            changes=tuple(part.changes for part in parts),
            opened=tuple(part.opened for part in parts),
            resolved=tuple(part.resolved for part in parts),
        )

    async def nearest_change(self, at: datetime, later: bool) -> datetime | None:
        """The time of the next change after a moment, or of the one before it; None where there is none.

        Changes that came together count as one. Raises `InputError`, `StorageError`.
        """
        check(at)

        def near(reader: Reader) -> datetime | None:
            return reader.change_after(at, TOGETHER) if later else reader.change_before(at, TOGETHER)

        return await self._read(near)

    async def _read[T](self, question: Callable[[Reader], T]) -> T:
        path = self._of_past.history_path
        if path is None:
            raise StorageError("there is no history here", "a snapshot is of one moment")

        def read() -> T:
            with contextlib.closing(Reader.open(path)) as reader:
                return question(reader)

        return await asyncio.to_thread(read)


def check(*times: datetime) -> None:
    """Raises `InputError` for a time that does not say of which zone it is."""
    for time in times:
        if time.tzinfo is None:
            raise InputError(f"{time} has no time zone", "add one, such as +00:00")
