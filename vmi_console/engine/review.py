"""An engine on the estate of another time: it answers what any engine answers, and nothing in it acts.

It has an inventory, findings and policies of its own, made of a moment, and a clock that stands at that moment. It has
no connections, nobody who inspects or acts, and leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence, Set
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

from msgspec.structs import replace

from vmi_console.engine import protocol
from vmi_console.engine.hub import Hub, updates
from vmi_console.engine.policies import RECENT_CHANGES, Policies
from vmi_console.engine.reports import Shares
from vmi_console.engine.review_commands import ReviewCommands
from vmi_console.engine.session import Pending, Session
from vmi_console.errors import InputError, StorageError, VmiError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Change
from vmi_console.estate.columns import Columns
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Inventory
from vmi_console.history.store import History
from vmi_console.policy.decisions import KeptRecord
from vmi_console.policy.findings import Finding
from vmi_console.policy.folder import is_inside
from vmi_console.response.keys import Keys
from vmi_console.response.quarantine import Quarantine
from vmi_console.review import snapshots
from vmi_console.review.moment import Moment, PolicyFile
from vmi_console.review.present import Still, in_order, policy_files
from vmi_console.review.snapshots import Ahead, Progress
from vmi_console.runtime_folder import RuntimeFolder
from vmi_console.secrets import Secrets
from vmi_console.wire.channel import Channel
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

RECORDS_AT_ONCE = 200
"""Taken in at another moment before others get their turn."""


class Step(NamedTuple):
    """What makes the estate of the moment before that of another."""

    about: protocol.Review
    records: Sequence[AnyRecord]  # that are another
    gone: Sequence[EntityId]
    findings: Sequence[Finding]  # all of them, as they were
    decisions: Sequence[KeptRecord]
    quarantines: Sequence[Quarantine]


class Source(Protocol):
    """Where moments come from. Everything in it blocks, and is called on threads; all but `give_up`."""

    history_path: Path | None  # where there is more than one moment

    def first(self, progress: Progress, ahead: Ahead) -> tuple[Moment, protocol.Review]:
        """The moment to begin with, and what is said of it. Raises `InputError`, `StorageError`."""

    def go(self, at: datetime) -> Step:
        """To another moment. Raises `InputError`, `StorageError`, and then it is where it was."""

    def give_up(self) -> None:
        """Nobody waits for what is being read any more: it raises `StorageError`."""

    def recent(self, until: datetime, count: int, before: int | None = None) -> list[Change]:
        """The last changes until a time (numbered below `before`), oldest first. Raises `StorageError`."""

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        """All changes from `since` on, oldest first. Raises `StorageError`."""

    def close(self) -> None:
        """Lets go of whatever is open."""


class SnapshotSource:
    """The one moment of a snapshot file, which may come from anybody."""

    def __init__(self, path: Path) -> None:
        self.history_path: Path | None = None
        self._path = path
        self._changes: tuple[Change, ...] = ()

    def first(self, progress: Progress, ahead: Ahead) -> tuple[Moment, protocol.Review]:
        moment = snapshots.read(self._path, progress=progress, ahead=ahead)
        self._changes = moment.changes
        about = protocol.Review(
            at=moment.at,
            title=moment.title,
            source=moment.source,
            path=str(self._path),
            selection=moment.selection,
            redacted=moment.redacted,
            lacks=moment.lacks,
            signed_with=snapshots.info(self._path).signed_with,
            changes_since=moment.changes_since,
        )
        return moment, about

    def go(self, at: datetime) -> Step:
        raise InputError("a snapshot is of one moment only", "go to another time in the history of a console")

    def give_up(self) -> None:
        pass

    def recent(self, until: datetime, count: int, before: int | None = None) -> list[Change]:
        changes = [each for each in self._changes if before is None or each.number < before]
        return changes[-count:]

    def changes(self, since: datetime, until: datetime) -> Sequence[Change]:
        return [each for each in self._changes if each.observed_at >= since]

    def close(self) -> None:
        pass


class Review:
    """Holds the estate of a moment. Made by `open`; ended by `close`."""

    policies: Policies
    _getting_ready: asyncio.Task[None] | None = None
    _rest: Callable[[], Coroutine[Any, Any, None]]  # what is to be done until it is ready

    def __init__(
        self, source: Source, about: protocol.Review, inventory: Still, history: History, folder: RuntimeFolder
    ) -> None:
        self.inventory: Inventory = inventory
        self.history_path = source.history_path
        self._still = inventory
        self.history = history  # of this review alone: it is gone with it
        self.is_ready = False
        self.hub = Hub()
        self._source = source
        self._about = about
        self._quarantines: tuple[Quarantine, ...] = ()
        self._decisions: tuple[KeptRecord, ...] = ()
        self._judged_by: Path | None = None  # policies that are not those of the time
        self._moving = asyncio.Lock()
        self._wishes = 0  # how often another moment was asked for
        self.shares = Shares()
        self._commands = ReviewCommands(self)
        self._sessions: list[Session] = []
        self._tasks = Tasks()
        self._folder = folder

    @classmethod
    async def open(cls, source: Source, keys: Keys | None = None) -> Self:
        """A review of the first moment of a source. Raises `InputError`, `StorageError`.

        By `keys` it is known what this console signed.
        """

        review = await cls.begin(source, keys)
        await review.ready()
        return review

    @classmethod
    async def begin(
        cls,
        source: Source,
        keys: Keys | None = None,
        *,
        progress: Progress = lambda done: None,
        ahead: Ahead = lambda records: None,
    ) -> Self:
        """The same as soon as it can tell which records there are; whatever else is asked of it waits until `ready`.

        `progress` and `ahead` are called on another thread.
        """

        def read() -> tuple[Moment, protocol.Review, Still, Iterator[None]]:
            moment, about = source.first(progress, ahead)
            return moment, about, *Still.begun(moment.records)

        moment, about, inventory, indexing = await asyncio.to_thread(read)
        if about.signed_with:  # and not changed since, or it would not have been read
            ours = await (keys or Keys(Secrets())).kept()
            about = replace(about, trusted=ours is not None and ours.name == about.signed_with)
        async with contextlib.AsyncExitStack() as opened:
            opened.callback(source.close)
            folder = RuntimeFolder()
            opened.callback(folder.remove)
            history = await History.open(folder.path / "history.db")
            opened.push_async_callback(history.close)
            review = cls(source, about, inventory, history, folder)
            await review._take(moment, indexing)
            opened.pop_all()  # it is the review's own from here on
        return review

    async def close(self) -> None:
        """Ends what runs, and takes away what lies on disk."""
        self._source.give_up()
        await self._tasks.close()
        await self.policies.close()
        self.hub.flush()
        await self.history.close()
        await asyncio.to_thread(self._source.close)
        await asyncio.to_thread(self._folder.remove)

    async def serve(
        self, channel: Channel[protocol.ToEngine], pending: Pending, ahead: Set[EntityId] = frozenset()
    ) -> None:
        """Serves one client, already greeted, until it is gone; `ahead` are the records that it has already."""
        session = Session(self, channel, pending, ahead)
        self._sessions.append(session)
        try:
            await session.serve()
        finally:
            self._sessions.remove(session)

    async def _take(self, moment: Moment, indexing: Iterator[None]) -> None:
        folder = self._folder.path / "policies"
        await asyncio.to_thread(write_policies, folder, moment.policies)
        self._quarantines, self._decisions = moment.quarantines, moment.decisions
        self.policies = Policies(self, self.history, folder, recorded=True)
        changes = await asyncio.to_thread(self._source.recent, moment.at, RECENT_CHANGES)
        self._rest = partial(self._get_ready, moment, changes, indexing)

    async def _get_ready(self, moment: Moment, changes: Sequence[Change], indexing: Iterator[None]) -> None:
        """What nobody waits for who only wants to see what is there."""
        for _ in indexing:
            await asyncio.sleep(0)
        self.policies.restore(moment.findings, moment.decisions, changes)
        self.policies.start()
        self.is_ready = True

    async def ready(self) -> None:
        """Begun when it is asked for the first time: indexing would delay the threads that send the records."""
        if self._getting_ready is None:
            self._getting_ready = self._tasks.start(self._rest(), "getting ready")
        await asyncio.shield(self._getting_ready)

    # --- what a session asks (session.Backend) --------------------------------------------------------------------

    def now(self) -> datetime:
        return self._about.at

    def about(self) -> protocol.Review | None:
        return self._about

    def columns(self) -> Columns:
        return self.policies.estate.columns

    async def recent_changes(self, count: int) -> list[Change]:
        return await self.changes(count)

    def findings(self) -> Mapping[str, Finding]:
        return self.policies.ledger.all()

    def posture(self) -> protocol.Posture:
        return self.policies.posture()

    def quarantines(self) -> Sequence[Quarantine]:
        return self._quarantines

    async def command(self, name: str, arguments: dict[str, Any]) -> Any:
        await self.ready()
        return await self._commands.carry_out(name, arguments)

    def watches_changed(self) -> None:
        """Nothing is measured here."""

    # --- going to another moment ----------------------------------------------------------------------------------

    async def go_to(self, at: datetime) -> protocol.Review:
        """Goes to the estate of another moment, of which only what differs is told; gives where it is then.

        Of several wishes at a time only the last one counts. Raises `InputError`, `StorageError`.
        """
        self._wishes += 1
        wish = self._wishes
        if self._moving.locked():
            self._source.give_up()
        # Whoever waits may be gone before it is there: what is told must be whole all the same.
        refused = await asyncio.shield(self._tasks.start(self._go(at, wish), "going to another moment"))
        if refused is not None:
            raise refused
        return self._about

    async def _go(self, at: datetime, wish: int) -> VmiError | None:
        """Gives why there is no going there, if anybody still wants to."""
        async with self._moving:
            if wish != self._wishes:
                return None
            try:
                await self._become(await asyncio.to_thread(self._source.go, at))
            except (InputError, StorageError) as error:
                return error if wish == self._wishes else None
            return None

    async def _become(self, step: Step) -> None:
        self._about = step.about
        await self._apply((), step.gone)
        for records in itertools.batched(in_order(step.records), RECORDS_AT_ONCE):
            await self._apply(records, ())
        self.hub.flush()
        await self._tell_changes()
        self._decisions = tuple(step.decisions)
        if self._judged_by is None:
            self.policies.become(step.findings, step.decisions)
        else:
            await self._judge_by(self._judged_by)
        if (quarantines := tuple(step.quarantines)) != self._quarantines:
            self._quarantines = quarantines
            self.hub.announce(protocol.Quarantines(replaces=True, quarantines=quarantines))
        self.hub.flush()
        self.hub.announce(step.about)  # last: whoever hears it can ask about that time
        for session in self._sessions:
            session.search_anew()

    async def _apply(self, records: Sequence[AnyRecord], gone: Sequence[EntityId]) -> None:
        applied = self._still.become(records, gone)
        self.hub.tell(applied.records, applied.removed)
        self.policies.published(applied)
        await asyncio.sleep(0)

    async def _tell_changes(self) -> None:
        """The log as it was, in place of what was told of it."""
        wanted = [session.subscription for session in self._sessions if session.subscription is not None]
        count = max((each.recent_changes for each in wanted if each.changes), default=0)
        forgets = True
        for told in updates((), changes=await self.changes(count) if count else ()):
            self.hub.announce(replace(told, forgets_changes=forgets))
            forgets = False
        if forgets:
            self.hub.announce(protocol.Update(forgets_changes=True))

    # --- what policies and commands ask ---------------------------------------------------------------------------

    def notice(self, text: str, advice: str = "") -> None:
        """Tells the operator something that belongs to no entity."""
        log.warning("%s", f"{text} ({advice})" if advice else text)
        self.hub.announce(protocol.Notice(at=self.now(), text=text, advice=advice))

    async def changes(self, count: int, before: int | None = None) -> list[Change]:
        """The newest changes (numbered below `before`), oldest first. Raises `StorageError`."""
        return await asyncio.to_thread(self._source.recent, self._about.at, count, before)

    async def moment(self) -> Moment:
        """What is shown, as it was recorded."""
        async with self._moving:
            return await self._moment()

    async def _moment(self) -> Moment:
        since = self._about.changes_since
        # Of a snapshot all its changes; of a history they are far too many to be taken without being asked for.
        changes = () if since is None or self.history_path else self._source.changes(since, self._about.at)
        policies = await asyncio.to_thread(policy_files, self.policies.folder)
        return Moment(
            at=self._about.at,
            records=tuple(self.inventory.all()),
            findings=tuple(self.policies.ledger.all().values()),
            decisions=self._decisions,
            policies=policies,
            quarantines=self._quarantines,
            changes=tuple(changes),
            changes_since=None if self.history_path else since,
            title=self._about.title,
            source=self._about.source,
            selection=self._about.selection,
            redacted=self._about.redacted,
            lacks=self._about.lacks,
        )

    async def moment_since(self, since: datetime | None) -> Moment:
        """The same, with those of its changes that are later; it tells of a period no longer than it knows."""
        async with self._moving:
            moment = await self._moment()
            known_since = self._about.changes_since
            if known_since is None or since is None:
                return replace(moment, changes=(), changes_since=None)
            since = max(since, known_since)
            changes = await asyncio.to_thread(self._source.changes, since, moment.at)
            return replace(moment, changes=tuple(changes), changes_since=since)

    async def judge_by(self, folder: Path) -> None:
        """Judges this estate by the policies of another folder; what was found at its time is no longer shown.

        Raises `InputError`.
        """
        # As with moments: whoever asked for it may be gone before all of it is done.
        await self._tasks.to_the_end(self._judge_alone(folder), "judging by other policies")

    async def _judge_alone(self, folder: Path) -> None:
        async with self._moving:  # which judges anew, too
            await self._judge_by(folder)

    async def _judge_by(self, folder: Path) -> None:
        fresh = Policies(self, self.history, folder)
        await fresh.open_folder(folder)
        self._judged_by = folder
        before, self.policies = self.policies, fresh
        await before.close()
        fresh.start()
        self.hub.announce(protocol.Findings(replaces=True))
        self.hub.announce(fresh.posture())


def write_policies(folder: Path, policies: Sequence[PolicyFile]) -> None:
    """The documents of a moment as a folder of policies. Names that lead elsewhere, or are no policy's, are left out.

    Raises `StorageError`.
    """
    try:
        folder.mkdir(mode=0o700)
        for each in policies:
            if is_inside(each.name) and not (path := folder / each.name).exists():
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.write_text(each.text, encoding="utf-8", newline="")
    except (OSError, UnicodeError) as error:
        raise StorageError(
            f"the policies of the snapshot cannot be unpacked: {error}", "see to the disk of the temporary folder"
        ) from error
