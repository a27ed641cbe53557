"""An engine on the estate of another time: it answers what any engine answers, and nothing in it acts.

It has an inventory, findings and policies of its own, made of a moment, and a clock that stands at that moment. It has
no connections, nobody who inspects or acts, and leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, Self

from msgspec.structs import replace

from vmi_console.engine import protocol
from vmi_console.engine.hub import Hub
from vmi_console.engine.policies import Policies
from vmi_console.engine.reports import Shares
from vmi_console.engine.review_commands import ReviewCommands
from vmi_console.engine.session import Pending, Session
from vmi_console.errors import StorageError
from vmi_console.estate.changes import Change
from vmi_console.estate.columns import Columns
from vmi_console.estate.inventory import Inventory
from vmi_console.history.store import History
from vmi_console.policy.decisions import KeptRecord
from vmi_console.policy.findings import Finding
from vmi_console.policy.folder import is_inside
from vmi_console.response.keys import Keys
from vmi_console.response.quarantine import Quarantine
from vmi_console.review import snapshots
from vmi_console.review.moment import Moment, PolicyFile
from vmi_console.review.present import Still, policy_files
from vmi_console.secrets import Secrets
from vmi_console.wire.channel import Channel
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

type Progress = Callable[[float], None]


class Source(Protocol):
    """Where moments come from. Everything in it blocks, and is called on threads."""

    def first(self, progress: Progress) -> tuple[Moment, protocol.Review]:
        """The moment to begin with, and what is said of it. Raises `InputError`, `StorageError`."""

    def close(self) -> None:
        """Lets go of whatever is open."""


class SnapshotSource:
    """The one moment of a snapshot file, which may come from anybody."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def first(self, progress: Progress) -> tuple[Moment, protocol.Review]:
        moment = snapshots.read(self._path, progress=progress)
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

    def close(self) -> None:
        pass


class Review:
    """Holds the estate of a moment. Made by `open`; ended by `close`."""

    policies: Policies

    def __init__(self, source: Source, about: protocol.Review, inventory: Inventory, history: History) -> None:
        self.inventory = inventory
        self.history = history  # of this review alone: it is gone with it
        self.hub = Hub()
        self._source = source
        self._about = about
        self._quarantines: tuple[Quarantine, ...] = ()
        self._decisions: tuple[KeptRecord, ...] = ()
        self._changes: tuple[Change, ...] = ()
        self.shares = Shares()
        self._commands = ReviewCommands(self)
        self._sessions: list[Session] = []
        self._tasks = Tasks()
        self._folder = Path()

    @classmethod
    async def open(cls, source: Source, progress: Progress = lambda done: None, keys: Keys | None = None) -> Self:
        """A review of the first moment of a source. Raises `InputError`, `StorageError`.

        `progress` is told the share that is done, on another thread; by `keys` it is known what this console signed.
        """

        def read() -> tuple[Moment, protocol.Review, Inventory]:
            moment, about = source.first(progress)
            return moment, about, Still(moment.records)

        moment, about, inventory = await asyncio.to_thread(read)
        if about.signed_with:  # and not changed since, or it would not have been read
            ours = await (keys or Keys(Secrets())).kept()
            about = replace(about, trusted=ours is not None and ours.name == about.signed_with)
        folder = Path(tempfile.mkdtemp(prefix="vmi-console-review-"))
        try:
            history = await History.open(folder / "history.db")
            review = cls(source, about, inventory, history)
            review._folder = folder
            await review._take(moment)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return review

    async def close(self) -> None:
        """Ends what runs, and takes away what lies on disk."""
        await self._tasks.close()
        await self.policies.close()
        self.hub.flush()
        await self.history.close()
        await asyncio.to_thread(self._source.close)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def serve(self, channel: Channel[protocol.ToEngine], pending: Pending) -> None:
        """Serves one client, already greeted, until it is gone."""
        session = Session(self, channel, pending)
        self._sessions.append(session)
        try:
            await session.serve()
        finally:
            self._sessions.remove(session)

    async def _take(self, moment: Moment) -> None:
        folder = self._folder / "policies"
        await asyncio.to_thread(write_policies, folder, moment.policies)
        self.history.record(moment.changes)
        self._quarantines, self._decisions, self._changes = moment.quarantines, moment.decisions, moment.changes
        self.policies = Policies(self, self.history, folder, recorded=True)
        self.policies.restore(moment.findings, moment.decisions, moment.changes)
        self.policies.start()

    # --- what a session asks (session.Backend) --------------------------------------------------------------------

    def now(self) -> datetime:
        return self._about.at

    def about(self) -> protocol.Review | None:
        return self._about

    def columns(self) -> Columns:
        return self.policies.estate.columns

    async def recent_changes(self, count: int) -> list[Change]:
        return await self.history.recent(count)

    def findings(self) -> Mapping[str, Finding]:
        return self.policies.ledger.all()

    def posture(self) -> protocol.Posture:
        return self.policies.posture()

    def quarantines(self) -> Sequence[Quarantine]:
        return self._quarantines

    async def command(self, name: str, arguments: dict[str, Any]) -> Any:
        return await self._commands.carry_out(name, arguments)

    def watches_changed(self) -> None:
        """Nothing is measured here."""

    # --- what policies and commands ask ---------------------------------------------------------------------------

    def notice(self, text: str, advice: str = "") -> None:
        """Tells the operator something that belongs to no entity."""
        log.warning("%s", f"{text} ({advice})" if advice else text)
        self.hub.announce(protocol.Notice(at=self.now(), text=text, advice=advice))

    async def moment(self) -> Moment:
        """What is shown, as it was recorded."""
        policies = await asyncio.to_thread(policy_files, self.policies.folder)
        return Moment(
            at=self._about.at,
            records=tuple(self.inventory.all()),
            findings=tuple(self.policies.ledger.all().values()),
            decisions=self._decisions,
            policies=policies,
            quarantines=self._quarantines,
            changes=self._changes,
            changes_since=self._about.changes_since,
            title=self._about.title,
            source=self._about.source,
            selection=self._about.selection,
            redacted=self._about.redacted,
            lacks=self._about.lacks,
        )

    async def moment_since(self, since: datetime | None) -> Moment:
        """The same, with those of its changes that are later; it tells of a period no longer than it knows."""
        moment = await self.moment()
        if moment.changes_since is None or since is None:
            return replace(moment, changes=(), changes_since=None)
        since = max(since, moment.changes_since)
        changes = tuple(change for change in moment.changes if change.observed_at >= since)
        return replace(moment, changes=changes, changes_since=since)

    async def judge_by(self, folder: Path) -> None:
        """Judges this estate by the policies of another folder; what was found at its time is no longer shown.

        Raises `InputError`.
        """
        fresh = Policies(self, self.history, folder)
        await fresh.open_folder(folder)
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
