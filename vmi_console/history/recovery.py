"""A damaged history on its way into another one.

What is read of it (`salvage`) is put beside what is recorded meanwhile and never over it, so that a recovery that was
broken off can be begun again: a small file beside the damaged one says that it is not finished.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec

from vmi_console.errors import StorageError
from vmi_console.history.database import Database
from vmi_console.history.salvage import HIGHEST_NUMBER, Batch, Salvage, lost_in_words, saved_in_words
from vmi_console.settings import load_file, save_file

log = logging.getLogger(__name__)

type Ask = Callable[[Callable[[Database], None]], Future[None]]
"""Has something done with the new file, on the thread that owns it."""

type Report = Callable[[str, str], None]
"""Takes a text for the operator and an advice; called on any thread."""


class Unfinished(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Kept beside a damaged file until all that can be had of it is in the new one."""

    floor: int = 0  # numbers of changes go on above it
    begun: bool = False  # what is needed at once is in the new file


class Recovery:
    """A damaged file that was set aside, and how far it was read. Every method raises OSError."""

    def __init__(self, aside: Path, unfinished: Unfinished) -> None:
        self.aside = aside
        self.unfinished = unfinished

    @classmethod
    def begin(cls, path: Path) -> Recovery:
        """Sets a damaged file and its companions aside."""
        aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
        recovery = cls(aside, Unfinished())
        recovery.note(Unfinished())  # before: a file that is aside must not be forgotten
        for ending in ("-wal", "-shm", ""):
            with contextlib.suppress(*([FileNotFoundError] if ending else [])):
                path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
        return recovery

    @classmethod
    def left(cls, path: Path) -> list[Recovery]:
        """Those that an earlier session began and did not finish, the oldest first."""
        found = []
        for marker in sorted(path.parent.glob(f"{path.name}.damaged-*.recovering")):
            aside = marker.with_suffix("")
            try:
                unfinished = load_file(marker, Unfinished, "how far a recovery was", "it begins again")
            except StorageError as error:
                log.warning("%s", error)
                unfinished = Unfinished(begun=True)
            if aside.is_file() and unfinished is not None:
                found.append(cls(aside, unfinished))
            else:
                marker.unlink(missing_ok=True)
        return found

    def note(self, unfinished: Unfinished) -> None:
        """Keeps how far it is."""
        self.unfinished = unfinished
        try:
            save_file(self._marker, unfinished)
        except StorageError as error:  # on a full disk it is gone through to the end, or not at all
            log.warning("%s", error)

    def finish(self) -> None:
        """There is nothing left to be had."""
        self._marker.unlink(missing_ok=True)

    @property
    def _marker(self) -> Path:
        return self.aside.with_name(f"{self.aside.name}.recovering")


class Background(threading.Thread):
    """Puts what can be read of a damaged file into the new one, besides what was needed at once."""

    def __init__(self, recovery: Recovery, ask: Ask, report: Report) -> None:
        super().__init__(name="history-recovery", daemon=True)
        self._recovery = recovery
        self._ask = ask
        self._report = report
        self._salvage: Salvage | None = None
        self._given_up = threading.Event()

    @property
    def share(self) -> float:
        """How much of the file has been read."""
        return 0.0 if self._salvage is None else self._salvage.done

    def give_up(self) -> None:
        """Ends it soon; the next start goes on with it."""
        self._given_up.set()

    def run(self) -> None:
        aside = self._recovery.aside
        try:
            with Salvage(aside, self._given_up.is_set) as salvage:
                self._salvage = salvage
                salvage.highest_number = self._recovery.unfinished.floor or HIGHEST_NUMBER
                for batch in salvage.later():
                    self._ask(partial(_take_in, batch)).result()
            if self._given_up.is_set():
                return
            self._recovery.finish()
        except (OSError, sqlite3.Error, StorageError) as error:
            if not self._given_up.is_set():
                self._report(
                    f"the damaged history could not be put back to the end ({error})",
                    f"it is kept as {aside}, and the next start goes on with it",
                )
            return
        except Exception as error:
            log.exception("a damaged history cannot be put back by a mistake of this program")
            self._report(
                f"the damaged history could not be put back, by a mistake of this program ({error!r})",
                f"it is kept as {aside}",
            )
            return
        saved = saved_in_words(salvage.saved)
        self._report(
            f"of the damaged history {saved or 'nothing'} could be put back; {lost_in_words(salvage)}",
            f"the damaged one is kept as {aside}: remove it when you do not need it",
        )


def _take_in(batch: Batch, database: Database) -> None:
    database.take_in(batch)
