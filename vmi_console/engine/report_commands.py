"""What clients may ask about reports: to write one now, and which are written by themselves (see `commands`)."""

from __future__ import annotations

import typing
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from vmi_console.engine.reports import Reports, Shares
from vmi_console.errors import InputError
from vmi_console.estate.identity import EntityId
from vmi_console.plain_text import visible
from vmi_console.reports.report import Kind
from vmi_console.reports.schedule import Job
from vmi_console.reports.subject import Scope
from vmi_console.review.moment import Moment


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is there."""

    path: str
    vms: int
    file_bytes: int


class Backend(typing.Protocol):
    """Whoever has an estate to report of: an engine, or a review."""

    shares: Shares

    async def moment_since(self, since: datetime | None) -> Moment:
        """What is shown, with the changes since then."""


class ReportCommands:
    """Commands that write reports."""

    def __init__(self, backend: Backend) -> None:
        self._of_reports = backend

    async def report(
        self,
        path: str,
        kind: Kind,
        vms: tuple[EntityId, ...] | None = None,
        query: str = "",
        group: str = "",
        table: str = "vms",
        changes_since: datetime | None = None,
    ) -> Written:
        """Writes a report of all VMs, or of those that everything said fits, to a file on the engine's machine.

        A file that is there is replaced, whole or not at all. Cancelling the call ends the work.
        """
        place = Path(path)
        if not place.is_absolute():
            raise InputError(f"{visible(path, 300)} is no whole path", "give the whole path of the file to write")
        backend = self._of_reports
        moment = await backend.moment_since(changes_since)
        scope = Scope(vms=vms, query=query, group=group)
        count = await backend.shares.write(kind, moment, place, scope, table)
        return Written(path=path, vms=count, file_bytes=place.stat().st_size)  # noqa: ASYNC240 - it was just written

    async def report_share(self, path: str) -> float | None:
        """How far a report is, between 0 and 1; None where it is not being written."""
        return self._of_reports.shares.of(path)


class ScheduleBackend(typing.Protocol):
    """The engine, as these commands see it."""

    reports: Reports


class ScheduleCommands:
    """Commands about reports that are written by themselves."""

    def __init__(self, engine: ScheduleBackend) -> None:
        self._of_schedule = engine

    async def report_jobs(self) -> Sequence[Job]:
        """The schedule, with what became of each the last time."""
        return self._of_schedule.reports.jobs

    async def set_report_jobs(self, jobs: tuple[Job, ...]) -> None:
        """Takes another schedule in place of this one."""
        await self._of_schedule.reports.set(jobs)

    async def run_report_job(self, name: str) -> str:
        """Writes one of the reports of the schedule now; gives its file."""
        return await self._of_schedule.reports.run(name)
