"""Exceptions that nobody expected: told to the operator once each, with what was being done, and then counted."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal

log = logging.getLogger(__name__)

KEPT = 50
_DOING = "while: "


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Has whatever goes wrong inside remember `what` was being done, in the operator's words."""
    try:
        yield
    except Exception as error:
        error.add_note(_DOING + what)
        raise


@dataclass
class Mishap:
    """One defect: the same exception from the same place, however often it came."""

    doing: str  # what the operator or the program was about, in words; may be empty
    what: str  # the exception in a line
    trace: str  # the stack, for whoever mends it
    first_at: datetime
    last_at: datetime = field(init=False)
    count: int = 1

    def __post_init__(self) -> None:
        self.last_at = self.first_at

    def __str__(self) -> str:
        return self.what


class Mishaps(QObject):
    """All of this session, oldest first; a flood of different ones is not kept beyond a bound."""

    happened = Signal(object)  # Mishap: one that was not there before
    repeated = Signal(object)  # Mishap: once more

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._by_place: dict[tuple[str, ...], Mishap] = {}

    @property
    def all(self) -> tuple[Mishap, ...]:
        return tuple(self._by_place.values())

    def note(self, error: BaseException, where: str = "") -> None:
        """Takes one down. `where` says what was being done unless the exception itself knows (see `doing`)."""
        notes = [note.removeprefix(_DOING) for note in getattr(error, "__notes__", ()) if note.startswith(_DOING)]
        doing = notes[-1] if notes else where
        frames = traceback.extract_tb(error.__traceback__)
        what = f"{type(error).__name__}: {error}"
        last = (frames[-1].filename, str(frames[-1].lineno)) if frames else (what,)
        place = (type(error).__name__, doing, *last)
        if (known := self._by_place.get(place)) is not None:
            known.count += 1
            known.last_at = datetime.now(UTC)
            log.warning("once more (%d): %s, while: %s", known.count, what, doing)
            self.repeated.emit(known)
            return
        log.error("unexpected, while: %s", doing, exc_info=error)
        if len(self._by_place) < KEPT:
            mishap = Mishap(doing, what, "".join(traceback.format_exception(error)), datetime.now(UTC))
            self._by_place[place] = mishap
            self.happened.emit(mishap)
