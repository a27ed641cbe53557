"""What clients may ask about the difference between two moments, or two machines (see `commands`)."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import typing
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from vmi_console.errors import CommandRefused, InputError
from vmi_console.estate.changes import Change
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM, to_builtins
from vmi_console.history.reader import Reader
from vmi_console.history.store import History
from vmi_console.plain_text import visible
from vmi_console.review import snapshots
from vmi_console.review.causes import Group, Item
from vmi_console.review.comparison import Comparison, GivenUp, Told, compare
from vmi_console.review.likeness import Sighted, likeness
from vmi_console.review.moment import Moment
from vmi_console.review.past import moment_at
from vmi_console.wire.calls import teller

MOST_ITEMS = 20_000
"""Differences that are told; how many there are is told of all."""

JUST_AFTER = timedelta(microseconds=1)

type Progress = Callable[[float], None]


class Which(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A moment: that of a snapshot file, a recorded one, or with neither the one that is shown."""

    path: str = ""
    at: datetime | None = None


SHOWN = Which()


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    inventory: Inventory
    history: History
    history_path: Path | None  # where the past is recorded; None: nowhere

    def now(self) -> datetime:
        """The time that counts as now."""

    async def moment(self) -> Moment:
        """The estate that it shows."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison, with as many of its differences as are told."""

    comparison: Comparison
    items: int  # how many differences there are
    told: int


class CompareCommands:
    """Commands that hold the estate against another moment, and a machine against another one."""

    def __init__(self, engine: Backend) -> None:
        self._of_moments = engine

    async def compare(self, before: Which = SHOWN, after: Which = SHOWN) -> dict[str, Any]:
        """What changed between two moments. Says how far it is.

        A time before the history began is taken for its beginning. Raises `InputError`, also for a file that cannot
        be read, and `StorageError`.
        """
        if before == after:
            raise InputError("both are the same", "choose two different moments")
        for which in (before, after):
            if which.path and not Path(which.path).is_absolute():
                raise InputError(f"{visible(which.path, 300)} is no whole path", "give the whole path of a snapshot")
            if which.at is not None and which.at.tzinfo is None:
                raise InputError(f"{which.at} has no time zone", "add one, such as +00:00")
        engine = self._of_moments
        path = engine.history_path
        if path is None and (before.at is not None or after.at is not None):
            raise InputError("there is no history here", "a snapshot is of one moment: compare it with another file")
        shown = await engine.moment()
        if path is not None:
            await engine.history.flush()
        loop, tell, given_up = asyncio.get_running_loop(), teller(), threading.Event()

        def progress(start: float, share: float) -> Progress:
            def told(done: float) -> None:
                loop.call_soon_threadsafe(tell, start + share * done)

            return told

        def work() -> Compared:
            with _Moments(shown, path, given_up.is_set) as moments:
                earlier = moments.of(before, progress(0.0, 0.3))
                later = moments.of(after, progress(0.3, 0.3))
                if before.at is not None and not after.path:
                    earlier = moments.completed(earlier, later.at)
                comparison = compare(
                    earlier,
                    later,
                    history=moments.told(earlier, later),
                    policies=before.at is None and after.at is None,
                    coming_is_told=before.at is not None and not after.path,
                    progress=progress(0.6, 0.4),
                    given_up=given_up.is_set,
                )
                return _bounded(replace(comparison, notes=(*comparison.notes, *moments.notes)))

        try:
            compared = await asyncio.to_thread(work)
        except GivenUp as error:
            raise CommandRefused("nobody waited for the comparison") from error
        finally:
            given_up.set()  # who waits may be cancelled, and a thread goes on
        answer: dict[str, Any] = to_builtins(compared)
        return answer

    async def compare_vms(self, gold: EntityId, vm: EntityId) -> dict[str, Any]:
        """What a VM has otherwise than another, such as the gold image it was made from, by aspects.

        What is each one's own (names, addresses, paths) is no difference. Raises `InputError`.
        """
        if gold == vm:
            raise InputError("both are the same", "choose two different VMs")
        first, second = self._sighted(gold), self._sighted(vm)
        at = self._of_moments.now()
        compared = await asyncio.to_thread(lambda: _bounded(likeness(first, second, at)))
        answer: dict[str, Any] = to_builtins(compared)
        return answer

    def _sighted(self, vm: EntityId) -> Sighted:
        inventory = self._of_moments.inventory
        record = inventory.get(vm)
        if not isinstance(record, VM):
            raise InputError(f"{visible(vm, 200)} is no VM that is known", "it may be gone: choose another one")
        return Sighted(record, inventory.software(vm))


class _Moments:
    """Reads the moments that are compared; the history stays open meanwhile. Blocks."""

    def __init__(self, shown: Moment, path: Path | None, given_up: Callable[[], bool]) -> None:
        self._shown = shown
        self._path = path
        self._given_up = given_up
        self._open = contextlib.ExitStack()
        self._reader: Reader | None = None
        self._noted: dict[str, None] = {}  # in order, each once

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be said of them."""
        return tuple(self._noted)

    def of(self, which: Which, progress: Progress) -> Moment:
        """The moment. Raises `InputError`, `StorageError`, `GivenUp`."""
        if self._given_up():
            raise GivenUp
        if which.path:
            return snapshots.read(Path(which.path), progress=progress, given_up=self._given_up)
        if which.at is None:
            return self._shown
        reader = self._history()
        span = reader.span() if reader is not None else None
        if reader is None or span is None:
            raise InputError("nothing was recorded yet", "compare again when something has happened")
        at = min(max(which.at, span.first), self._shown.at)
        if at > which.at:
            self._noted[f"what was before {span.first:%Y-%m-%d %H:%M:%S} UTC is not remembered"] = None
        self._noted["what policies said at another time is not recorded, so they are not compared"] = None
        return moment_at(reader, at)

    def completed(self, before: Moment, until: datetime) -> Moment:
        """The earlier moment with what was seen for the first time since: it did not come, somebody began to look."""
        reader = self._history()
        known = {record.id for record in before.records}
        seen = () if reader is None or before.at >= until else reader.first_seen(before.at, until)
        later = [record for record in seen if record.id not in known]
        if sum(isinstance(record, VM) for record in later):
            self._noted["what was seen for the first time since is compared with what it was then"] = None
        return replace(before, records=(*before.records, *later))

    def told(self, before: Moment, after: Moment) -> Told:
        """What the history tells of the time between the two."""
        reader = self._history()

        def told(entities: Collection[EntityId]) -> Iterator[Change]:
            if reader is not None and before.at < after.at:
                for change in reader.changes(before.at, after.at + JUST_AFTER, entities):
                    if self._given_up():
                        raise GivenUp
                    yield change

        return told

    def _history(self) -> Reader | None:
        if self._reader is None and self._path is not None:
            self._reader = self._open.enter_context(contextlib.closing(Reader.open(self._path)))
        return self._reader


def _bounded(comparison: Comparison) -> Compared:
    """What can be told at once: of entities that came or went their names, and of all differences the first."""
    count = sum(len(group.items) for group in comparison.groups)
    left = MOST_ITEMS
    groups = []
    for group in comparison.groups:
        kept = tuple(_slim(group.items[:left]))
        left -= len(kept)
        groups.append(replace(group, items=kept))
    told = [group for group in groups if group.items]
    return Compared(comparison=replace(comparison, groups=tuple[Group, ...](told)), items=count, told=MOST_ITEMS - left)


def _slim(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        yield replace(item, before=None, after=None) if item.path == "" else item
