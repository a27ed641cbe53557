"""Where an engine has the recorded past from: the history of an engine that may be recording it at this moment."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vmi_console.engine import protocol
from vmi_console.engine.review import Step
from vmi_console.errors import InputError
from vmi_console.estate.changes import Change
from vmi_console.history.reader import Reader
from vmi_console.review import past
from vmi_console.review.moment import Moment
from vmi_console.review.snapshots import Ahead, Progress

LACKS = (
    "policies as they were: shown are the findings that were open then",
    "loads",
    "measurements that moved without any change",
)

QUIET = timedelta(minutes=2)
"""An engine notes more often than this that it watches."""


class HistorySource:
    """The moments of a history file, which is only read."""

    def __init__(self, path: Path, at: datetime | None = None) -> None:
        """Begins at a time, or at the last that was recorded."""
        self.history_path: Path | None = path
        self._path = path
        self._begin = at
        self._reader: Reader | None = None
        self._journey: past.Journey | None = None
        self._going = False
        self._giving_up = threading.Lock()  # held where that begins and ends, so that nothing else is interrupted

    def first(self, progress: Progress, ahead: Ahead) -> tuple[Moment, protocol.Review]:
        self._reader = reader = Reader.open(self._path)
        try:
            about = self._about(reader, self._begin)
            self._journey = past.Journey(reader, about.at)
            return self._journey.moment(), about
        except BaseException:
            self.close()
            raise

    def go(self, at: datetime) -> Step:
        assert self._reader is not None
        with self._reader.alone():
            self._goes(True)
            try:
                return self._gone(self._reader, at)
            finally:
                self._goes(False)

    def give_up(self) -> None:
        with self._giving_up:
            if self._going and self._reader is not None:
                self._reader.interrupt()

    def recent(self, until: datetime, count: int, before: int | None = None) -> list[Change]:
        assert self._reader is not None
        return self._reader.recent(until, count, before)

    def changes(self, since: datetime, until: datetime) -> list[Change]:
        assert self._reader is not None
        return list(self._reader.changes(since, until))

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()

    def _goes(self, going: bool) -> None:
        with self._giving_up:
            self._going = going

    def _gone(self, reader: Reader, at: datetime) -> Step:
        assert self._journey is not None
        about = self._about(reader, at)
        findings = past.findings_at(reader, about.at)
        decisions = past.decisions_at(reader, about.at)
        quarantines = past.quarantines_at(reader, about.at)
        moved = self._journey.go(about.at)  # last: where anything fails, it stays where it was
        return Step(about, moved.records, moved.gone, findings, decisions, quarantines)

    def _about(self, reader: Reader, at: datetime | None) -> protocol.Review:
        """What is said of a time. Raises `InputError` where there is nothing of it."""
        span = reader.span()
        if span is None:
            raise InputError("nothing has been recorded yet", "the past of connections that are saved is, from now on")
        at = span.last if at is None else min(at, max(span.last, datetime.now(UTC)))
        if at < span.first:
            raise InputError(
                f"{at.astimezone():%Y-%m-%d %H:%M} is before anything was recorded",
                f"the past begins at {span.first.astimezone():%Y-%m-%d %H:%M}",
            )
        lacks: tuple[str, ...] = LACKS
        if (unwatched := reader.unwatched(at)) is not None:
            lacks = (
                f"whether it was before or after: {unwatched.changes:,} change(s) that happened between "
                f"{unwatched.since.astimezone():%Y-%m-%d %H:%M} and {unwatched.until.astimezone():%Y-%m-%d %H:%M}, "
                "while nobody watched",
                *LACKS,
            )
        if at - span.last > QUIET:
            lacks = (f"what happened after {span.last.astimezone():%Y-%m-%d %H:%M}: nothing was recorded since", *lacks)
        if reader.unreadable:
            lacks = (*lacks, f"{reader.unreadable:,} records that this console cannot read")
        return protocol.Review(at=at, lacks=lacks, changes_since=span.first, earliest=span.first, latest=span.last)
