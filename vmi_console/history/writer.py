"""The thread that alone touches the history: it gathers, commits, and tries again while the disk refuses."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple

from vmi_console.errors import StorageError
from vmi_console.estate.identity import EntityId
from vmi_console.history.check import Check, is_due
from vmi_console.history.current_file import CurrentFile
from vmi_console.history.database import Database, is_full
from vmi_console.history.lock import WorkspaceLock
from vmi_console.history.pending import DecisionKey, Encoded, Pending, joined, split
from vmi_console.history.recovery import Background, Report
from vmi_console.history.retention import Limits
from vmi_console.history.upkeep import Compaction, Told, Upkeep

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.25
ROWS_PER_COMMIT = 500

MOST_WAITING = 100_000
"""Changes (and as many amendments, past states and loads) kept in memory while they cannot be written; the oldest are
given up first.

Records need no such bound: of each entity only the latest waits, and the inventory holds the same object.
"""

UPKEEP_PAUSE_SECONDS = 0.02
"""Between slices of giving up what is too old, so that it takes a small part of a processor."""

LOOK_SECONDS = 3.0
"""How long a deleted file may stay unnoticed while nothing is written."""

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0

_FAILURES = (OSError, sqlite3.Error, StorageError)


class Opened(NamedTuple):
    """What a start needs to know at once."""

    last_number: int
    labels: dict[EntityId, tuple[str, ...]]
    decisions: dict[DecisionKey, Encoded]


class Writer:
    """Owns the history file at `path` from `start` until the future of `close` is done."""

    def __init__(self, path: Path, report: Report, limits: Limits | None = None) -> None:
        self._path = path
        self._upkeep = None if limits is None else Upkeep(limits, report)
        self._report = report
        self._opened: Future[Opened] = Future()
        self._closed: Future[None] = Future()
        # shared with the thread, under the lock of `_wake`
        self._wake = threading.Condition()
        self._pending = Pending()
        self._jobs: list[tuple[Callable[[], None], Future[Any]]] = []  # each with its answer
        self._closing = False
        self._lost = 0
        self._told = 0  # the highest number of a change
        # what operators said, all of it: a new file is to have it as well
        self._labels: dict[EntityId, tuple[str, ...]] = {}
        self._decisions: dict[DecisionKey, Encoded] = {}
        # the thread's own
        self._taken: list[tuple[Callable[[], None], Future[Any]]] = []  # jobs that are answered next
        self._file = CurrentFile(
            path, report, self.ask, self._begin_anew, lambda: self._told, in_order=limits is not None
        )
        self._due: float | None = None  # when what waits is to be written
        self._pause: float | None = None  # until the next attempt, while writing fails
        self._check: Check | None = None
        self._found: str | None = None  # what is wrong with the file; set from the check's thread

    def start(self) -> Future[Opened]:
        """Opens the file. The future raises `WorkspaceBusy`, or `StorageError` if a newer console wrote the file."""
        # A disk may hang: a daemon thread does not keep the program from ending.
        threading.Thread(target=self._run, name="history", daemon=True).start()
        return self._opened

    def add(self, more: Pending) -> None:
        """Adds to what waits."""
        with self._wake:
            pending = self._pending
            was_empty = not pending
            pending.changes.extend(more.changes)
            self._told = max(self._told, more.changes[-1].number if more.changes else 0)
            pending.amendments.extend(more.amendments)
            pending.records.update(more.records)
            pending.revisions.extend(more.revisions)
            pending.samples.extend(more.samples)
            pending.contacts.update(more.contacts)
            pending.labels.update(more.labels)
            pending.findings.update(more.findings)
            pending.decisions.update(more.decisions)
            self._labels.update(more.labels)
            for key, decision in more.decisions.items():
                if decision is None:
                    self._decisions.pop(key, None)
                else:
                    self._decisions[key] = decision
            self._keep_bound()
            if was_empty or len(pending) >= ROWS_PER_COMMIT:
                self._wake.notify()

    def ask[T](self, question: Callable[[Database], T]) -> Future[T]:
        """The answer to a question, asked after all that was added before has been written, or could not be.

        The future raises OSError, sqlite3.Error or `StorageError`, and whatever else the question raises.
        """
        answer: Future[T] = Future()
        with self._wake:
            if self._closing:
                answer.set_exception(StorageError("the history is closed"))
            else:
                self._jobs.append((lambda: self._answer(question, answer), answer))
                self._wake.notify()
        return answer

    def written(self) -> Future[None]:
        """Done when all that was added before is on disk; raises `StorageError` if it cannot be written now."""

        def check(_: Database) -> None:
            if self._pause is not None:
                raise StorageError("the history cannot be written now", f"until the disk of {self._path} is seen to")

        return self.ask(check)

    @property
    def limits(self) -> Limits | None:
        """What is kept; it can be set to other limits where there are any."""
        return None if self._upkeep is None else self._upkeep.limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        assert self._upkeep is not None
        self._upkeep.limits = limits
        with self._wake:
            self._wake.notify()

    def compact(self, told: Told) -> Future[None]:
        """Gives up what the limits do not keep, and gives the room back, now; `told` takes the share on the thread."""
        answer: Future[None] = Future()
        with self._wake:
            if self._closing or self._upkeep is None:
                answer.set_exception(StorageError("the history is closed"))
            else:
                self._upkeep.hasten(Compaction(told, answer))
                self._wake.notify()
        return answer

    @property
    def recovered_share(self) -> float | None:
        """How much of a damaged file has been read; None where there is none to be read."""
        return self._file.recovered_share

    @property
    def floor(self) -> int:
        """Numbers of changes are to be higher: what damaged files may have held."""
        return self._file.floor

    def close(self) -> Future[None]:
        """Writes what waits, as far as that is possible, and lets go of the file."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        return self._closed

    # --- on the thread --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            lock = WorkspaceLock(self._path.with_suffix(".lock"))
            try:
                self._file.look_for_damaged()
                is_to_be_checked = self._upkeep is not None and is_due(self._path)
                self._opened.set_result(self._open())
                if is_to_be_checked and not self._file.recoveries:
                    self._check = Check(self._path, self._distrust)
                    self._check.start()
                self._work()
            finally:
                self._end_asking()
                self._file.drop()
                lock.release()
        except Exception as error:
            if not self._opened.done():
                self._opened.set_exception(error)
                return
            log.exception("the thread of the history has ended by a mistake of this program")
            self._report(
                f"the history is not written any more, by a mistake of this program ({error!r})", "so start it again"
            )
        finally:
            self._closed.set_result(None)

    def _end_asking(self) -> None:
        """Nobody is to wait for an answer that never comes."""
        with self._wake:
            self._closing = True
            jobs, self._jobs = [*self._taken, *self._jobs], []
        for _, answer in jobs:
            if not answer.done() and answer.set_running_or_notify_cancel():
                answer.set_exception(StorageError("the history is closed"))
        if self._upkeep is not None:
            self._upkeep.stop()
        others: list[Background | Check] = [*self._file.recoveries, *([] if self._check is None else [self._check])]
        for each in others:
            each.give_up()
        for each in others:
            each.join()

    def _open(self) -> Opened:
        try:
            opened = self._file.attempt(_opened)
        except (OSError, sqlite3.Error) as error:
            self._failed(error)
            # How far the file has counted is not known. These numbers are higher, and so are all that follow them.
            return Opened(int(time.time() * 1000), {}, {})
        with self._wake:
            self._labels = opened.labels | self._labels
            self._decisions = opened.decisions | self._decisions
        return opened._replace(last_number=max(opened.last_number, self.floor))

    def _work(self) -> None:
        closing = False
        while not closing:
            closing = self._wait()
            if self._found is not None:
                self._replace_distrusted()
            self._take_jobs()  # first: what was told before they were asked is written before they are answered
            if self._taken or closing or self._is_due():
                self._write_all()
            for job, _ in self._taken:
                job()
            if not closing:
                self._keep_within_limits()
        if lost := self._lost + len(self._pending.changes):
            self._report(f"{lost} changes were not written to the history before the end, and are lost", "")

    def _wait(self) -> bool:
        """Until something is to be done: a job, enough rows, or rows that have waited long enough; until the file
        is to be looked for, or a slice of upkeep is due. True at the end."""
        pause = LOOK_SECONDS
        if self._upkeep is not None and self._pause is None:
            pause = (
                0.0 if self._upkeep.is_hurried() else UPKEEP_PAUSE_SECONDS if self._upkeep.under_way else LOOK_SECONDS
            )
        rest = time.monotonic() + pause
        with self._wake:
            while not (self._jobs or self._closing or self._found or self._is_hurried()):
                if self._pending and self._due is None:
                    self._due = time.monotonic() + GATHER_SECONDS
                until = rest if self._due is None or pause < LOOK_SECONDS else self._due
                if time.monotonic() >= until or (self._pending and self._is_due()):
                    break
                self._wake.wait(until - time.monotonic())
            return self._closing

    def _is_hurried(self) -> bool:
        return (
            self._upkeep is not None
            and self._pause is None
            and self._upkeep.is_hurried()
            and self.recovered_share is None  # nothing is given up before
        )

    def _is_due(self) -> bool:
        """Whether what waits is to be written, or the file to be looked for where nothing does."""
        if not self._pending:
            return True
        if self._pause is None and len(self._pending) >= ROWS_PER_COMMIT:
            return True
        return self._due is not None and time.monotonic() >= self._due

    def _write_all(self) -> None:
        try:
            self._file.attempt(lambda _: None)  # even where nothing waits: the file may be gone
            while batch := self._take():
                self._write(batch)
        except _FAILURES as error:
            self._failed(error)
        else:
            self._succeeded()

    def _write(self, batch: Pending) -> None:
        try:
            left_out = self._file.attempt(lambda database: database.write(batch))
            while not self._file.in_place():  # deleted, maybe before the commit
                left_out = self._file.attempt(lambda database: database.write(batch))
        except _FAILURES:
            with self._wake:
                self._pending = joined(batch, self._pending)
                self._keep_bound()
            raise
        if left_out:
            log.error("%d rows hold what no file can keep, and were left out of the history", left_out)

    def _take(self) -> Pending:
        """Some of what waits, the oldest first."""
        with self._wake:
            batch, self._pending = split(self._pending, ROWS_PER_COMMIT)
            return batch

    def _take_jobs(self) -> None:
        with self._wake:
            self._taken, self._jobs = self._jobs, []

    def _keep_within_limits(self) -> None:
        """One slice of what is more than the limits keep."""
        upkeep = self._upkeep
        if upkeep is None or self._pause is not None or self.recovered_share is not None:
            return
        try:
            self._file.attempt(lambda database: upkeep.slice(database, self._is_wanted))
        except _FAILURES as error:  # writing will tell the operator if it fails as well
            log.warning("what is not to be kept could not be given up: %s", error)
            upkeep.failed(error)

    def _is_wanted(self) -> bool:
        return bool(self._jobs or self._closing)

    def _answer[T](self, question: Callable[[Database], T], answer: Future[T]) -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(self._file.attempt(question))
        except Exception as error:  # whoever asked is to know, whatever it is; others go on being answered
            answer.set_exception(error)

    def _distrust(self, why: str) -> None:
        """The check has found something wrong; on its thread."""
        with self._wake:
            self._found = why
            self._wake.notify()

    def _replace_distrusted(self) -> None:
        why, self._found = self._found or "", None
        try:
            self._file.distrust(why)
        except OSError as error:
            self._failed(error)

    def _begin_anew(self) -> None:
        """What is known and no longer on disk is to be written again."""
        with self._wake:
            self._pending.labels = self._labels | self._pending.labels
            self._pending.decisions = {**self._decisions, **self._pending.decisions}

    # --- failing, and working again -------------------------------------------------------------------------------

    def _failed(self, error: BaseException) -> None:
        if self._pause is None:
            self._pause = FIRST_PAUSE_SECONDS
            self._report(
                f"the history cannot be written ({getattr(error, 'strerror', None) or error})",
                f"until the disk of {self._path} is seen to; the last {MOST_WAITING:,} changes wait in memory",
            )
        else:
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        self._due = time.monotonic() + self._pause
        if not is_full(error):
            self._file.drop()  # a handle that has seen a broken disk may stay broken; a full one can still be read

    def _succeeded(self) -> None:
        self._due = None
        if self._pause is None:
            return
        self._pause = None
        with self._wake:
            lost, self._lost = self._lost, 0
        outcome = f"{lost} changes of the time between are lost" if lost else "nothing of the time between is lost"
        self._report(f"the history is written again; {outcome}", "")

    def _keep_bound(self) -> None:
        """Gives up the oldest changes over the bound. Under the lock."""
        while len(self._pending.changes) > MOST_WAITING:
            self._pending.changes.popleft()
            self._lost += 1
        waiting: tuple[deque[Any], ...] = (self._pending.amendments, self._pending.revisions, self._pending.samples)
        for each in waiting:
            while len(each) > MOST_WAITING:
                each.popleft()


def _opened(database: Database) -> Opened:
    return Opened(database.last_number(), database.labels(), database.decisions())
