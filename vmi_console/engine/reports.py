"""Reports of one engine: written when somebody asks, and by themselves when they are due.

A report is made of a moment that no longer changes, by a process of its own (`reports.reporter`): a thread would make
the engine answer late. Whoever asked may give it up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from vmi_console.errors import ChannelClosed, CommandRefused, InputError, StorageError, VmiError
from vmi_console.plain_text import visible
from vmi_console.reports import schedule
from vmi_console.reports.report import Kind
from vmi_console.reports.reporter import Failure, FromReporter, Share, Wanted, Written, parts_of
from vmi_console.reports.schedule import PERIODS, Job
from vmi_console.reports.subject import Scope
from vmi_console.review.moment import Moment
from vmi_console.wire.child import Child
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

LOOK_SECONDS = 20.0

TIDYING_SECONDS = 3.0
"""For which a reporter may take away what it has begun."""


class Owner(Protocol):
    """The engine, as its reports see it."""

    async def moment_since(self, since: datetime | None) -> Moment:
        """The estate as it is now, with the changes since then."""

    def notice(self, text: str, advice: str = "") -> None:
        """Tells the operator something."""


class Shares:
    """How far the reports are that are being written, by their paths."""

    def __init__(self) -> None:
        self._shares: dict[str, float] = {}

    def of(self, path: str) -> float | None:
        """Between 0 and 1; None where it is not being written."""
        return self._shares.get(path)

    async def write(self, kind: Kind, moment: Moment, path: Path, scope: Scope, table: str) -> int:
        """Has a report written by a process of its own; gives how many VMs it is about. Raises `VmiError`.

        Cancelling it ends the work.
        """
        name = str(path)
        self._shares[name] = 0.0
        try:
            child: Child[FromReporter] = await Child.start("reporter", accepts=FromReporter)
            try:
                return await self._written(child, Wanted(kind=kind, path=name, scope=scope, table=table, moment=moment))
            except ChannelClosed as error:
                raise CommandRefused(
                    f"the reporter {await child.ending()}", "try again: see the engine's log"
                ) from error
            finally:
                await child.stop(TIDYING_SECONDS)
        except OSError as error:
            raise CommandRefused(f"the reporter could not be started: {error}") from error
        finally:
            self._shares.pop(name, None)

    async def _written(self, child: Child[FromReporter], wanted: Wanted) -> int:
        parts, rest = parts_of(wanted.moment)
        for part in parts:
            await child.channel.send(part)
            await asyncio.sleep(0)
        child.channel.post(replace(wanted, moment=rest))
        while True:
            match await child.channel.receive():
                case Share(done=done):
                    self._shares[wanted.path] = done
                case Written(vms=vms):
                    return vms
                case Failure(error=error, advice=advice):
                    raise VmiError(error, advice)


class Reports:
    """The schedule of one engine. Made by `open`."""

    def __init__(self, engine: Owner, path: Path, jobs: tuple[Job, ...], shares: Shares) -> None:
        self.jobs = jobs
        self._engine = engine
        self._path = path
        self._shares = shares
        self._keeping = asyncio.Lock()  # of two who change the schedule the later one stays, on disk too
        self._tasks = Tasks()

    @classmethod
    def open(cls, engine: Owner, path: Path, shares: Shares) -> Reports:
        """The schedule that was kept, at work; one that cannot be read is told to the operator."""
        try:
            jobs = schedule.load(path)
        except StorageError as error:
            engine.notice(error.message, error.advice)
            jobs = ()
        reports = cls(engine, path, jobs, shares)
        reports._tasks.start(reports._follow_clock(), "scheduled reports")
        return reports

    async def close(self) -> None:
        """Ends what runs; of a report that is not whole nothing is left."""
        await self._tasks.close()

    async def set(self, jobs: Sequence[Job]) -> None:
        """Takes another schedule; what is known of reports of the same name stays.

        Raises `InputError`, `StorageError`.
        """
        await self._tasks.to_the_end(self._set(jobs), "setting the schedule")  # or it would be kept, and not kept to

    async def _set(self, jobs: Sequence[Job]) -> None:
        async with self._keeping:
            now = datetime.now(UTC)
            known = {job.name: job for job in self.jobs}
            taken = []
            for job in jobs:
                before = known.get(job.name)
                if before is None:
                    taken.append(replace(job, since=now, last_at=None, last_error=""))
                else:
                    kept = replace(job, since=before.since, last_at=before.last_at, last_error=before.last_error)
                    taken.append(kept if kept == before else replace(kept, since=now))
            schedule.check(tuple(taken))
            await asyncio.to_thread(schedule.save, self._path, tuple(taken))
            self.jobs = tuple(taken)

    async def look(self, now: datetime) -> None:
        """Carries out whatever is due, one after the other."""
        for job in [job for job in self.jobs if job.is_due(now)]:
            await self._carry_out(job, now)

    async def run(self, name: str) -> str:
        """Writes one of the reports now; gives its file. Raises `VmiError`."""
        for job in self.jobs:
            if job.name == name:
                return str(await self._write(job, datetime.now(UTC)))
        raise InputError(f"there is no report “{visible(name, 80)}” in the schedule", "see the list")

    async def _follow_clock(self) -> None:
        while True:
            await self.look(datetime.now(UTC))
            await asyncio.sleep(LOOK_SECONDS)

    async def _carry_out(self, job: Job, now: datetime) -> None:
        wrong = ""
        try:
            await self._write(job, now)
        except VmiError as error:
            wrong = error.message
            self._engine.notice(f"the report “{visible(job.name, 80)}” was not written: {wrong}", error.advice)
        except Exception:  # of a library; the schedule goes on
            wrong = "an error of the program: see the engine's log"
            log.exception("the report %s was not written", job.name)
            self._engine.notice(f"the report “{visible(job.name, 80)}” was not written", wrong)
        async with self._keeping:  # it may be another job by now, or none
            self.jobs = tuple(
                replace(each, last_at=now, last_error=wrong) if each.name == job.name else each for each in self.jobs
            )
            try:
                await asyncio.to_thread(schedule.save, self._path, self.jobs)
            except StorageError as error:
                self._engine.notice(error.message, error.advice)

    async def _write(self, job: Job, now: datetime) -> Path:
        moment = await self._engine.moment_since(now - PERIODS[job.every])
        path = job.file(now)
        await self._shares.write(job.kind, moment, path, job.scope, job.table)
        try:
            await asyncio.to_thread(_tidy, job)
        except OSError as error:
            self._engine.notice(f"older files of the report “{visible(job.name, 80)}” stay: {error.strerror}")
        return path


def _tidy(job: Job) -> None:
    for path in job.outdated():
        path.unlink(missing_ok=True)
