"""The file of the history, whatever becomes of it: deleted, replaced by another, or damaged."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from vmi_console.history.database import Damaged, Database, Identity, is_damage
from vmi_console.history.recovery import Ask, Background, Recovery, Report, Unfinished
from vmi_console.history.salvage import AT_ONCE, NUMBERS_APART, Salvage, saved_in_words

log = logging.getLogger(__name__)


class CurrentFile:
    """What is at the path: opened when something is to be done with it, begun anew where it is gone, and where it is
    damaged out of what can be read of it.

    It belongs to one thread; `recovered_share` may be asked from others.
    """

    def __init__(
        self,
        path: Path,
        report: Report,
        ask: Ask,
        begun_anew: Callable[[], None],
        told: Callable[[], int],
        *,
        in_order: bool,
    ) -> None:
        """`ask` has something done on the thread later, `begun_anew` hears that the file at the path is a new one,
        `told` gives the highest number of a change.
        """
        self._path = path
        self._report = report
        self._ask = ask
        self._begun_anew = begun_anew
        self._told = told
        self._in_order = in_order
        self._database: Database | None = None
        self._identity: Identity | None = None  # of the one that was opened last
        self.floor = 0  # numbers of changes are to be higher: what damaged files may have held
        self._to_recover: list[Recovery] = []
        self.recoveries: list[Background] = []

    def look_for_damaged(self) -> None:
        """Notes which files an earlier session did not put back to the end. Raises OSError."""
        self._to_recover = Recovery.left(self._path)

    @property
    def recovered_share(self) -> float | None:
        """How much of a damaged file has been read; None where there is none to be read."""
        shares = [each.share for each in list(self.recoveries) if each.is_alive()]
        return min(shares, default=None)

    def in_place(self) -> bool:
        """Whether what is open, if anything is, is still the file at the path."""
        return self._database is None or self._database.in_place()

    def distrust(self, why: str) -> None:
        """Replaces the file, which was found to be damaged; unless it is the one that replaced another."""
        if self._database is not None and not self._to_recover and not self.recoveries:
            self._replace(Damaged(why))

    def attempt[T](self, action: Callable[[Database], T]) -> T:
        """Does something with the file; if that shows that it is destroyed, again with a new one."""
        try:
            return action(self._open())
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
            self._replace(error)
            return action(self._open())

    def drop(self) -> None:
        """Lets go of the file until something is to be done with it."""
        if self._database is not None:
            with contextlib.suppress(OSError, sqlite3.Error):  # it failed before, and that was told
                self._database.close()
            self._database = None

    def _replace(self, error: Exception) -> None:
        """Sets a damaged file aside; the next one begins with what can be read of it."""
        log.error("the history is damaged: %s", error)
        self.drop()
        self._to_recover.append(Recovery.begin(self._path))
        self._begin_anew()

    def _open(self) -> Database:
        """The file at the path, which may have become another than before."""
        if self._database is not None and not self._database.in_place():
            self.drop()
        if self._database is None:
            self._database = Database(self._path, in_order=self._in_order)
            # The number of a deleted file may be given to the next one: that of a new file says nothing.
            if self._identity is not None and (self._database.is_new or self._database.identity != self._identity):
                self._begin_anew()
                self._report(
                    f"another history has been begun, because the file {self._path} was deleted, renamed or replaced; "
                    "what it held is lost",
                    "unless you put it, or a copy of it, back while no engine is running",
                )
            self._identity = self._database.identity
            try:
                self._recover(self._database)
            except BaseException:
                self.drop()  # nothing is to come before what is needed of the damaged one
                raise
        return self._database

    def _recover(self, database: Database) -> None:
        """Takes what is needed at once out of damaged files, and begins to take the rest."""
        while self._to_recover:
            recovery = self._to_recover[0]
            if not recovery.unfinished.begun:
                try:
                    self._take_at_once(recovery, database)
                except sqlite3.Error:  # the new file cannot be written now
                    raise
                except Exception as error:
                    log.exception("a damaged history cannot be read")
                    recovery.note(Unfinished(floor=int(time.time() * 1000), begun=True))
                    self._report(
                        f"the history is damaged, so another has been begun; nothing of it could be read ({error})",
                        f"the damaged one is kept as {recovery.aside}",
                    )
            self.floor = max(self.floor, recovery.unfinished.floor)
            self._to_recover.pop(0)
            self.recoveries = [each for each in self.recoveries if each.is_alive()]
            self.recoveries.append(Background(recovery, self._ask, self._report))
            self.recoveries[-1].start()

    def _take_at_once(self, recovery: Recovery, database: Database) -> None:
        with Salvage(recovery.aside) as salvage:
            last = salvage.last_number()
            floor = max(self._told(), int(time.time() * 1000) if last is None else last + NUMBERS_APART)
            for batch in salvage.at_once():
                database.take_in(batch)
            if any(salvage.unreadable_pages.values()) or any(salvage.unreadable_rows.values()):
                database.decide_as_before()
        recovery.note(Unfinished(floor=floor, begun=True))
        saved = saved_in_words(salvage.saved, AT_ONCE)
        self._report(
            "the history is damaged, so another has been begun"
            + (f", with {saved} that could be read" if saved else ""),
            f"the damaged one is kept as {recovery.aside}; what else can be read of it, past states above all, "
            "is put back while you go on",
        )

    def _begin_anew(self) -> None:
        self._identity = None
        self._begun_anew()
