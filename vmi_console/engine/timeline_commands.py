"""What clients may ask about what happened to one entity, of an engine on any time (see `commands`)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import typing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vmi_console.errors import InputError, StorageError
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import to_builtins
from vmi_console.history.reader import Reader
from vmi_console.history.store import History
from vmi_console.review.moment import Moment
from vmi_console.review.timeline import LONG_AGO, Timeline, timeline_in, timeline_of

log = logging.getLogger(__name__)

MOST_AT_ONCE = 5_000

JUST_AFTER = timedelta(microseconds=1)
"""What is of the present moment is part of the past until now."""


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    history: History
    history_path: Path | None  # where the past is recorded; None: only in what is shown

    def now(self) -> datetime:
        """The time that counts as now."""

    async def moment(self) -> Moment:
        """The estate that it shows."""


class TimelineCommands:
    """Commands that look back on one entity."""

    def __init__(self, engine: Backend) -> None:
        self._of_timelines = engine

    async def timeline(
        self, entity: EntityId, since: datetime | None = None, until: datetime | None = None, most: int = 500
    ) -> dict[str, Any]:
        """A page of what happened to an entity from `since` on and before `until` (now), the newest first.

        At least `most` where there are so many (`review.timeline.Timeline`). Where the recorded past is shown, what
        came after the moment that is shown is told too, if asked for. Raises `InputError`, `StorageError`.
        """
        if not 0 < most <= MOST_AT_ONCE:
            raise InputError(f"{most} happenings at once are too many", f"ask for at most {MOST_AT_ONCE:,}")
        if any(time is not None and time.tzinfo is None for time in (since, until)):
            raise InputError("a time has no time zone", "add one, such as +00:00")
        engine = self._of_timelines
        now = engine.now() + JUST_AFTER
        begin, end = since or LONG_AGO, until or now
        path = engine.history_path
        page: Timeline
        if path is None:
            page = await asyncio.to_thread(timeline_in, await engine.moment(), entity, begin, end, most)
        else:
            try:
                await engine.history.flush()
            except StorageError as error:  # what is on disk is told all the same
                log.warning("the newest part of a timeline is missing: %s", error)
            page = await asyncio.to_thread(_read, path, entity, begin, end, most)
        answer: dict[str, Any] = to_builtins(page)
        return answer


def _read(path: Path, entity: EntityId, since: datetime, until: datetime, most: int) -> Timeline:
    with contextlib.closing(Reader.open(path)) as reader:
        return timeline_of(reader, entity, since, until, most)
