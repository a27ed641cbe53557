"""Keeps the file within the limits that an operator set: on the writer's thread, in slices, between everything else."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import NamedTuple

from vmi_console.errors import StorageError
from vmi_console.history import clock, rows
from vmi_console.history.database import Database
from vmi_console.history.retention import ROOM_MADE, Limits, Sweep

log = logging.getLogger(__name__)

SWEEP_SECONDS = 60 * 60.0
"""How long after what was too old has been given up it is looked for again."""

LEAST_ROWS = 100
BYTES_OF_A_CHANGE = 4_096
"""More than a change takes with all that belongs to it, as long as that was not measured: rather too little at once."""

DOUBTED = timedelta(days=90)
"""A clock that leapt further is told of."""

MORE_ROOM = "let it take more under Settings, History, to keep more"

type Told = Callable[[float], None]
"""Takes the share that is done; called on the thread."""


class Compaction(NamedTuple):
    """Somebody wants the room back now."""

    told: Told
    answer: Future[None]


class Upkeep:
    """What is given up, and when. Everything but `limits` and `hasten` belongs to the thread."""

    def __init__(self, limits: Limits, report: Callable[[str, str], None]) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._limits = limits
        self._asked: list[Compaction] = []
        self._compactions: list[Compaction] = []
        self._sweep: Sweep | None = None
        self._for_room = 0  # what the file is to be shrunk to by the sweep; 0: it is for age
        self._before_sweep = 0
        self._swept = 0  # until when there is nothing left that could be given up for room
        self._bytes_of_a_change = BYTES_OF_A_CHANGE
        self._most_free = 0
        self._due = 0.0
        self._stuck_until = 0.0  # nothing more can be given up for its size
        self._clock_due = 0.0
        self._told_of_size = self._told_stuck = self._told_of_clock = self._told_of_leap = False
        self.under_way = False

    @property
    def limits(self) -> Limits:
        """The limits in force; they can be set from anywhere."""
        with self._lock:
            return self._limits

    @limits.setter
    def limits(self, limits: Limits) -> None:
        with self._lock:
            self._limits = limits
            self._due = self._stuck_until = 0.0
            self._told_of_size = self._told_stuck = False

    def hasten(self, compaction: Compaction) -> None:
        """Gives up what is to be given up now, without pauses, and gives the room back."""
        with self._lock:
            self._asked.append(compaction)

    def is_hurried(self) -> bool:
        """Whether somebody waits for it."""
        with self._lock:
            return bool(self._asked or self._compactions)

    def stop(self) -> None:
        """Nobody is to wait for what does not come any more."""
        with self._lock:
            asked, self._asked = self._asked, []
        self._compactions += asked
        self._answer(StorageError("the history is closed"))

    # --- a slice --------------------------------------------------------------------------------------------------

    def slice(self, database: Database, is_wanted: Callable[[], bool]) -> None:
        """Does as much as nobody has to wait for. Raises OSError and sqlite3.Error.

        `is_wanted` says whether somebody waits for the database, where more cannot be done in slices.
        """
        self._look_at_clock(database)
        self._begin_compactions(database, is_wanted)
        if self._sweep is None:
            self._begin_sweep(database)
        if self._sweep is not None:
            self._go_on(database, self._sweep)
        self.under_way = self._sweep is not None
        self._tell_share(database)

    def failed(self, error: Exception) -> None:
        """A slice could not be done: it is tried again later."""
        self._sweep, self._swept, self.under_way = None, 0, False
        self._due = time.monotonic() + SWEEP_SECONDS
        self._answer(error)

    def _answer(self, error: Exception | None = None) -> None:
        """Lets nobody wait any longer."""
        answered, self._compactions = self._compactions, []
        for compaction in answered:
            if compaction.answer.set_running_or_notify_cancel():
                if error is None:
                    compaction.answer.set_result(None)
                else:
                    compaction.answer.set_exception(error)

    def _begin_sweep(self, database: Database) -> None:
        limits = self.limits
        if limits.largest_bytes is not None and time.monotonic() >= self._stuck_until:
            used = database.room().used_bytes
            target = self._for_room or limits.largest_bytes
            if used > target:
                self._for_room = min(target, limits.largest_bytes - limits.largest_bytes // ROOM_MADE)
                self._begin_for_room(database, limits.largest_bytes, used)
                return
            self._for_room = 0
        if time.monotonic() >= self._due:
            now = time.time_ns() // 1000
            counts = now if limits.days is None else database.believed(now)
            if limits.days is not None and database.is_older(now - limits.days * clock.DAY):
                self._tell_of_leap(now, counts)
            # Also where all is kept: what is free has to be given back.
            self._sweep = Sweep(0 if limits.days is None else counts - limits.days * clock.DAY)

    def _begin_for_room(self, database: Database, largest: int, used: int) -> None:
        rows_over = max(LEAST_ROWS, (used - self._for_room) // self._bytes_of_a_change)
        bound = database.next_bound(self._swept, rows_over)
        if bound is None:
            self._for_room = 0
            self._stuck_until = time.monotonic() + SWEEP_SECONDS
            if not self._told_stuck:
                self._told_stuck = True
                self._report(
                    f"the history takes {_size(used)}, more than the {_size(largest)} it may, and nothing more of it "
                    "can be given up: the newest hour, the journal, the audit and what is known now stay",
                    MORE_ROOM,
                )
            return
        self._before_sweep, self._swept = used, bound
        self._sweep = Sweep(bound)

    def _go_on(self, database: Database, sweep: Sweep) -> None:
        if not database.give_up(sweep):
            return
        self._sweep = None
        if self._for_room:
            freed = self._before_sweep - database.room().used_bytes
            if freed > 0:
                self._tell_of_size(sweep.before)
            if sweep.changes:
                self._bytes_of_a_change = min(BYTES_OF_A_CHANGE, max(200, freed // sweep.changes))
            self._begin_sweep(database)
            return
        self._due = time.monotonic() + SWEEP_SECONDS
        self._answer()

    # --- for somebody who waits -----------------------------------------------------------------------------------

    def _begin_compactions(self, database: Database, is_wanted: Callable[[], bool]) -> None:
        with self._lock:
            asked, self._asked = self._asked, []
        self._compactions = [each for each in self._compactions if not each.answer.cancelled()]
        if not asked:
            return
        self._compactions += asked
        room = database.room()
        if not room.gives_back and room.used_bytes < room.file_bytes:
            try:
                database.rebuild(is_wanted)
            except sqlite3.OperationalError as error:
                refused = StorageError(
                    f"the history could not be written anew: {error}",
                    "the file is as it was; try again when less happens and its disk has room for it twice",
                )
                self._answer(refused)
                return
        self._most_free = 0
        self._due = self._stuck_until = 0.0
        if not self._for_room:
            self._sweep = None  # it may be one that looks only for what is too old

    def _tell_share(self, database: Database) -> None:
        if not self._compactions or self._sweep is None:
            return
        room = database.room()
        free = room.file_bytes - room.used_bytes
        self._most_free = max(self._most_free, free)
        given_back = 1 - free / self._most_free if self._most_free else 1.0
        for compaction in self._compactions:
            compaction.told((self._sweep.share + given_back) / 2)

    # --- what the operator is told --------------------------------------------------------------------------------

    def _tell_of_size(self, before: int) -> None:
        largest, since = self.limits.largest_bytes, rows.to_time(before)
        if self._told_of_size or largest is None or since is None:
            return
        self._told_of_size = True
        self._report(
            f"the history has reached the {_size(largest)} it may take, so what happened longest ago is given up: "
            f"now what was before {since:%Y-%m-%d %H:%M} UTC",
            MORE_ROOM,
        )

    def _tell_of_leap(self, now: int, counts: int) -> None:
        if not self._told_of_leap and clock.days(now - counts) > DOUBTED:
            self._told_of_leap = True
            self._report(
                f"the clock of this computer says {_date(now)}, and what was recorded before is from {_date(counts)}: "
                "nothing is given up for its age until the clock has shown itself for some days",
                "set the clock if it is wrong",
            )

    def _look_at_clock(self, database: Database) -> None:
        now = time.time_ns() // 1000
        newest = database.is_behind(now)
        if newest is None:
            self._told_of_clock = False
            return
        if time.monotonic() < self._clock_due:
            return
        self._clock_due = time.monotonic() + 60.0
        if database.put_right(now):
            self._report(
                f"the clock of this computer was ahead: what was recorded as of {_date(newest)} has been put at "
                f"{_date(now)}, in the order in which it happened",
                "",
            )
        elif not self._told_of_clock:
            self._told_of_clock = True
            self._report(
                f"the clock of this computer says {_date(now)}, and the history was written until {_date(newest)}: "
                "what happens is put right after that, in its order, until the clock is past it",
                "set the clock if it is wrong",
            )


def _date(micros: int) -> str:
    at = rows.to_time(micros)
    return f"{at:%Y-%m-%d}"


def _size(count: int) -> str:
    return f"{count / (1 << 30):,.1f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):,.0f} MiB"
