"""Reports that are written by themselves: which, when, where to, and how many are kept."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from vmi_console.errors import InputError
from vmi_console.estate.query import parse_search
from vmi_console.reports.report import Kind
from vmi_console.reports.subject import Scope
from vmi_console.settings import load_file, save_file


class Every(StrEnum):
    """How often."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


PERIODS = {Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7), Every.MONTH: timedelta(days=31)}
"""Of what changed, by how often it is told."""


class Job(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One report that is written again and again. Times of day are those of the engine's machine.

    `last_at` and `last_error` are the engine's: when it was due last and was carried out, and what went wrong then.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    kind: Kind
    folder: str  # whole path
    every: Every = Every.WEEK
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 6
    minute: Annotated[int, msgspec.Meta(ge=0, le=59)] = 0
    weekday: Annotated[int, msgspec.Meta(ge=0, le=6)] = 0  # of every week: 0 is Monday
    day: Annotated[int, msgspec.Meta(ge=1, le=28)] = 1  # of every month
    query: str = ""
    group: str = ""
    table: str = "vms"
    keep: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 12
    enabled: bool = True
    since: datetime | None = None  # when it was made, or changed last: what was due before is not made up for
    last_at: datetime | None = None
    last_error: str = ""

    @property
    def scope(self) -> Scope:
        """Which VMs it is about."""
        return Scope(query=self.query, group=self.group)

    def due_after(self, moment: datetime, zone: tzinfo | None = None) -> datetime:
        """The next time it is due after a moment. `zone` is that of the times of day (None: this machine's)."""
        local = moment.astimezone(zone)
        day = local.date()
        while True:
            if self._is_on(day):
                at = datetime.combine(day, time(self.hour, self.minute))
                due = at.replace(tzinfo=zone) if zone is not None else at.astimezone()
                if due > local:
                    return due
            day += timedelta(days=1)

    def _is_on(self, day: date) -> bool:
        match self.every:
            case Every.DAY:
                return True
            case Every.WEEK:
                return day.weekday() == self.weekday
            case Every.MONTH:
                return day.day == self.day

    def is_due(self, now: datetime, zone: tzinfo | None = None) -> bool:
        """Whether its time has come since it was carried out last (or since it was made)."""
        begin = max((each for each in (self.last_at, self.since) if each is not None), default=now)
        return self.enabled and self.due_after(begin, zone) <= now

    def file(self, at: datetime) -> Path:
        """The file that is written then."""
        return Path(self.folder) / f"{self.stem}-{at.astimezone():%Y-%m-%d-%H%M%S}{self.kind.suffix}"

    @property
    def stem(self) -> str:
        """How the names of its files begin."""
        return re.sub(r"[^\w.-]+", "-", self.name).strip("-.") or "report"

    def outdated(self) -> list[Path]:
        """Its files beyond those that are kept, the oldest first. Raises `OSError`."""
        form = re.compile(re.escape(self.stem) + r"-\d{4}-\d\d-\d\d-\d{6}" + re.escape(self.kind.suffix))
        own = sorted(path for path in Path(self.folder).iterdir() if form.fullmatch(path.name))
        return own[: -self.keep]


class _File(msgspec.Struct, frozen=True):
    version: int = 1
    jobs: tuple[Job, ...] = ()


def load(path: Path) -> tuple[Job, ...]:
    """What was kept; nothing where there is no such file. Raises `StorageError`."""
    kept = load_file(path, _File, "the schedule of reports", "so none is written")
    return kept.jobs if kept is not None else ()


def save(path: Path, jobs: tuple[Job, ...]) -> None:
    """Writes the file whole or not at all. Raises `StorageError`."""
    save_file(path, _File(jobs=jobs))


def check(jobs: tuple[Job, ...]) -> None:
    """Raises `InputError` for what cannot be carried out, and says how it can."""
    stems = [job.stem.casefold() for job in jobs]
    for job in jobs:
        if not job.name.strip():
            raise InputError("a report has no name", "give it one: its files are called by it")
        if stems.count(job.stem.casefold()) > 1:
            raise InputError(f"two reports write files called {job.stem}", "give each a name of its own")
        if job.query.strip():
            parse_search(job.query)
        if not Path(job.folder).is_absolute():
            raise InputError(f"“{job.folder}” is no whole path of a folder", "name it whole, such as /srv/reports")
