"""The change store as an engine uses it: told on the event loop, written on a thread, never in anybody's way.

A full disk or a damaged file does not stop the engine. The operator is told once; what is to be written waits in
memory up to a bound and is tried again after growing pauses; a file whose content is destroyed is set aside and
another begun, as for one that somebody deletes or renames. When writing works again the operator is told so, and what
was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from vmi_console.errors import StorageError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Amendment, Change
from vmi_console.estate.identity import EntityId
from vmi_console.history import journal, rows
from vmi_console.history.database import Database
from vmi_console.history.pending import DecisionKey, Encoded, KeptFinding, Pending
from vmi_console.history.retention import EVERYTHING, Limits
from vmi_console.history.revisions import Revision
from vmi_console.history.samples import Load
from vmi_console.history.writer import Writer

log = logging.getLogger(__name__)

CLOSE_SECONDS = 5.0
"""How long the end of the program may wait for a disk."""

_FAILURES = (OSError, sqlite3.Error, StorageError)


class Notify(Protocol):
    """Tells the operator something; called on the event loop."""

    def __call__(self, text: str, advice: str = "", /) -> None: ...


class History:
    """The change store of one workspace. Made by `open`, ended by `close`; every method belongs to the event loop."""

    def __init__(self, path: Path, notify: Notify | None = None, limits: Limits | None = None) -> None:
        self._notify = _log if notify is None else notify
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(path, self._report, limits)
        self._number = 0
        self._labels: dict[EntityId, tuple[str, ...]] = {}
        self._decisions: dict[DecisionKey, Encoded] = {}
        self._notices: list[tuple[str, str]] | None = []  # those of the opening

    @classmethod
    async def open(cls, path: Path, notify: Notify | None = None, limits: Limits | None = None) -> History:
        """The history in the file `path`, which is made if need be; no other engine can have it until `close`.

        What is more than the `limits` keep is given up little by little, and the order of what happens is held whatever
        the clock says; None is for one that is gone with its session.

        `notify` is told (not before this has returned) when writing fails and when it works again. Raises
        `WorkspaceBusy`, and `StorageError` if a newer console wrote the file.
        """
        history = cls(path, notify, limits)
        opened = await asyncio.wrap_future(history._writer.start())
        history._number, history._labels = opened.last_number, opened.labels
        history._decisions = opened.decisions
        notices, history._notices = history._notices or [], None
        for text, advice in notices:
            history._loop.call_soon(history._notify, text, advice)
        return history

    async def close(self) -> None:
        """Writes what waits and lets go of the file; a disk that hangs is given up after `CLOSE_SECONDS`."""
        done, _ = await asyncio.wait([asyncio.wrap_future(self._writer.close())], timeout=CLOSE_SECONDS)
        if not done:
            log.error("the disk of the history hangs; what was not written yet is lost")

    # --- telling it -----------------------------------------------------------------------------------------------

    def next_number(self) -> int:
        """A number for a change: higher than any before, over restarts too."""
        self._number = max(self._number, self._writer.floor) + 1
        return self._number

    def record(self, changes: Iterable[Change] = (), amendments: Iterable[Amendment] = ()) -> None:
        """Adds changes, and what became known of earlier ones. Never waits, never fails."""
        self._writer.add(Pending(changes=deque(changes), amendments=deque(amendments)))

    def keep(self, records: Iterable[AnyRecord] = (), removed: Iterable[EntityId] = ()) -> None:
        """Remembers the records as last known, as of now, and no longer those that are gone."""
        now = datetime.now(UTC)
        latest: dict[EntityId, tuple[AnyRecord | None, datetime]] = {record.id: (record, now) for record in records}
        latest.update((entity, (None, now)) for entity in removed)
        self._writer.add(Pending(records=latest))

    def revise(
        self,
        at: datetime,
        records: Iterable[AnyRecord] = (),
        removed: Iterable[EntityId] = (),
        *,
        told: Collection[EntityId] = (),
        begins: bool = True,
    ) -> None:
        """Remembers for good what the records were from `at` on, and which were gone.

        Of those that are not `told`, since only a measurement moved or nobody had seen them before, only the first
        state is kept. Without `begins` the history of no entity begins by this.
        """
        micros = rows.to_micros(at)
        assert micros is not None
        revisions = deque(Revision(record.id, record, micros, record.id in told, begins) for record in records)
        revisions.extend(Revision(entity, None, micros) for entity in removed)
        self._writer.add(Pending(revisions=revisions))

    def keep_loads(self, loads: Iterable[Load]) -> None:
        """Remembers how busy entities were."""
        self._writer.add(Pending(samples=deque(loads)))

    def contacted(self, endpoint: str, at: datetime) -> None:
        """The endpoint answered at that time: what is kept of it was still true then."""
        self._writer.add(Pending(contacts={endpoint: at}))

    def set_labels(self, entity: EntityId, labels: Iterable[str]) -> None:
        """The operators' labels of an entity, in place of those it had."""
        self._labels[entity] = tuple(sorted(set(labels)))
        self._writer.add(Pending(labels={entity: self._labels[entity]}))

    def keep_findings(self, findings: Iterable[KeptFinding]) -> None:
        """Remembers findings as they are now."""
        self._writer.add(Pending(findings={finding.id: finding for finding in findings}))

    def decide(self, kind: str, key: str, decision: Encoded | None) -> None:
        """Remembers what an operator decided, in place of what was decided of the same; None takes it back.

        `flush` waits until it is on disk.
        """
        if decision is None:
            self._decisions.pop((kind, key), None)
        else:
            self._decisions[kind, key] = decision
        self._writer.add(Pending(decisions={(kind, key): decision}))

    # --- asking it ------------------------------------------------------------------------------------------------

    def labels(self) -> Mapping[EntityId, tuple[str, ...]]:
        """The operators' labels of all entities, sorted."""
        return {entity: labels for entity, labels in self._labels.items() if labels}

    def decisions(self, kind: str) -> Mapping[str, Encoded]:
        """What operators decided, by what it is about."""
        return {key: decision for (of_kind, key), decision in self._decisions.items() if of_kind == kind}

    async def findings(self, resolved: int) -> list[Encoded]:
        """The findings that are not resolved, and before them so many of those that were, the latest last.

        Nothing while the file cannot be read: the operator was told why.
        """
        try:
            return await asyncio.wrap_future(self._writer.ask(lambda database: database.findings(resolved)))
        except _FAILURES as error:
            log.warning("the findings cannot be read: %s", error)
            return []

    async def recent(self, count: int, before: int | None = None) -> list[Change]:
        """The newest `count` changes (numbered below `before`), oldest first, with their amendments.

        Empty while the file cannot be read: the operator was told why.
        """
        try:
            return await asyncio.wrap_future(self._writer.ask(lambda database: database.recent(count, before)))
        except _FAILURES as error:
            log.warning("the history cannot be read: %s", error)
            return []

    async def load(self, endpoint: str) -> tuple[list[AnyRecord], datetime | None]:
        """The last known records of an endpoint, and when it was last seen.

        Records of a newer console and broken ones are left out and counted. Nothing while the file cannot be read.
        """
        try:
            known = await asyncio.wrap_future(self._writer.ask(lambda database: database.known(endpoint)))
        except _FAILURES as error:
            log.warning("the last known records of %s cannot be read: %s", endpoint, error)
            return [], None
        if known.unreadable:
            self._notify(f"{known.unreadable} of the last known records of {endpoint} cannot be read", "")
        return known.records, known.seen_at

    async def forget(self, endpoint: str) -> None:
        """Removes what was last known of an endpoint; what happened there stays. Raises `StorageError`."""
        try:
            await asyncio.wrap_future(self._writer.ask(lambda database: database.forget(endpoint)))
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"what was known of {endpoint} could not be removed: {error}") from error

    # --- what response must not forget ----------------------------------------------------------------------------

    async def append(self, states: Sequence[journal.State], contents: Sequence[bytes], forge: journal.Forge) -> None:
        """Adds states to the journal and links to the audit. They are on disk when this returns.

        `forge` is called on the writer's thread. Raises `StorageError` if they cannot be written now.
        """
        await self._must(lambda database: database.append(states, contents, forge), "written")

    async def open_states(self) -> list[journal.State]:
        """The present state of everything that is under way. Raises `StorageError`."""
        return await self._must(lambda database: database.open_states(), "read")

    async def past_states(self, count: int) -> list[journal.State]:
        """The last states of what was closed last, newest first. Raises `StorageError`."""
        return await self._must(lambda database: database.past_states(count), "read")

    async def links(self, after: int, count: int) -> list[journal.Link]:
        """Links of the audit with numbers above `after`, oldest first. Raises `StorageError`."""
        return await self._must(lambda database: database.links(after, count), "read")

    async def _must[T](self, question: Callable[[Database], T], what: str) -> T:
        try:
            return await asyncio.wrap_future(self._writer.ask(question))
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"the journal cannot be {what} now ({getattr(error, 'strerror', None) or error})",
                "see to the disk of the console's data folder",
            ) from error

    async def flush(self) -> None:
        """Waits until all that was told is on disk. Raises `StorageError` if it cannot be written now."""
        try:
            await asyncio.wrap_future(self._writer.written())
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"the history cannot be written now: {error}") from error

    # --- how much is kept -----------------------------------------------------------------------------------------

    @property
    def limits(self) -> Limits:
        """What is kept."""
        return self._writer.limits or EVERYTHING

    def keep_within(self, limits: Limits) -> None:
        """Keeps another part of the past from now on; only where it was opened with limits."""
        self._writer.limits = limits

    async def compact(self, told: Callable[[float], None]) -> None:
        """Gives up what the limits do not keep, now, and gives the room back; `told` takes the share that is done.

        Cancelling it lets it go on in its own time. Raises `StorageError`.
        """

        def tell(share: float) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has closed
                self._loop.call_soon_threadsafe(told, share)

        try:
            await asyncio.wrap_future(self._writer.compact(tell))
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"the history cannot be made smaller now: {error}") from error

    @property
    def recovered_share(self) -> float | None:
        """How much of a damaged history has been put back; None where that is done, or not needed."""
        return self._writer.recovered_share

    # --- on the writer's thread -----------------------------------------------------------------------------------

    def _report(self, text: str, advice: str) -> None:
        try:
            self._loop.call_soon_threadsafe(self._pass_on, text, advice)
        except RuntimeError:  # the loop has closed: nobody listens any more
            _log(text, advice)

    def _pass_on(self, text: str, advice: str) -> None:
        if self._notices is not None:
            self._notices.append((text, advice))
        else:
            self._notify(text, advice)


def _log(text: str, advice: str = "", /) -> None:
    log.warning("%s %s", text, advice)
