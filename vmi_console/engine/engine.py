"""The composition root of the core: connections and their collectors, inventory, history, clients.

Everything here runs on one event loop and never blocks it; what blocks (SQLite, the keyring) has a thread of its own,
and what may hang or crash (a hypervisor's library) a process of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from vmi_console import __version__
from vmi_console.collectors.protocol import Phase
from vmi_console.engine import protocol
from vmi_console.engine.collector import Collector
from vmi_console.engine.commands import Commands
from vmi_console.engine.connections import Connections
from vmi_console.engine.hub import Hub
from vmi_console.engine.introspection import Introspection
from vmi_console.engine.policies import RECENT_CHANGES, Policies, all_decided
from vmi_console.engine.remembering import Remembering, kept_limits
from vmi_console.engine.reports import Reports, Shares
from vmi_console.engine.response import Response
from vmi_console.engine.search import concerned
from vmi_console.engine.sensor import Sensor
from vmi_console.engine.session import Pending, Session
from vmi_console.engine.snapshot_commands import changes_since_then
from vmi_console.errors import StorageError
from vmi_console.estate.changes import Batch, Change, Sample, Seen
from vmi_console.estate.columns import Columns
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Applied, Inventory
from vmi_console.estate.records import VM, Connection
from vmi_console.history.samples import Gatherer
from vmi_console.history.store import History
from vmi_console.policy.findings import Finding
from vmi_console.response.quarantine import Quarantine
from vmi_console.review.moment import Moment
from vmi_console.review.present import moment_of, policy_files
from vmi_console.secrets import Secrets
from vmi_console.settings import Workspace
from vmi_console.wire.channel import Channel

log = logging.getLogger(__name__)

SEARCH_AGAIN_SECONDS = 0.2
CONTACT_NOTED_EVERY = timedelta(seconds=30)
"""How exactly the history knows when an endpoint was last heard of, should this engine be killed."""


class Engine:
    """Holds the estate. Made by `open`, which reads what was known before; ended by `close`.

    `policies`, `response`, `sensor` and the like are there once it is open.
    """

    policies: Policies
    response: Response
    sensor: Sensor
    reports: Reports
    introspection: Introspection

    def __init__(self, workspace: Workspace, history: History) -> None:
        self.history = history
        self.inventory = Inventory(history.next_number, labels=history.labels())
        self.hub = Hub()
        self.secrets = Secrets()
        self.connections = Connections(self, workspace, history, self.secrets)
        self.remembering = Remembering(history, workspace.history, workspace.history_limits)
        self.shares = Shares()
        self.history_path: Path | None = workspace.history
        self._remembers_all = False
        self._commands = Commands(self)
        self._sessions: list[Session] = []
        self._contacts_noted: dict[str, datetime] = {}
        self._loads = Gatherer(history.keep_loads)
        self._known: set[str] = set()  # endpoints that were discovered before, now or in an earlier session
        self._to_search: set[EntityId] = set()
        self._search_timer: asyncio.TimerHandle | None = None

    @classmethod
    async def open(cls, workspace: Workspace, policies: Path | None = None, *, remembers_all: bool = False) -> Engine:
        """An engine on a workspace, with the saved connections at work. Raises `StorageError`.

        `policies` is the policy folder at first, in place of the workspace's own. `remembers_all`: the workspace is
        gone with this session, so that what belongs to this session alone is part of its past, too.
        """
        workspace.prepare()
        engine: Engine | None = None

        def notice(text: str, advice: str = "") -> None:
            if engine is not None:
                engine.notice(text, advice)

        limits, unread = kept_limits(workspace.history_limits)
        engine = cls(workspace, await History.open(workspace.history, notice, limits))
        if unread is not None:
            engine.notice(unread.message, unread.advice)
        engine._remembers_all = remembers_all
        engine.policies = await Policies.open(engine, engine.history, policies or workspace.policies)
        engine.policies.want = engine.connections.want
        engine.introspection = Introspection.open(engine, engine.connections, workspace.introspection)
        engine.response = await Response.open(engine, workspace)
        try:
            await engine.connections.reopen()
        except StorageError as error:
            engine.notice(error.message, error.advice)
        engine.policies.start()
        engine.response.start()
        engine.sensor = Sensor.open(engine, engine.policies.estate, workspace.sensor)
        engine.reports = Reports.open(engine, workspace.reports, engine.shares)
        return engine

    async def close(self) -> None:
        """Stops every collector and writes what is still to be written."""
        await self.reports.close()
        await self.sensor.close()
        await self.introspection.close()
        await self.remembering.close()
        await self.policies.close()  # what they find last is still told
        await self.response.close()
        await self.connections.close()
        if self._search_timer is not None:
            self._search_timer.cancel()
        self.hub.flush()
        self._loads.flush()
        await self.history.close()

    async def serve(self, channel: Channel[protocol.ToEngine], pending: Pending) -> None:
        """Serves one client, already greeted, until it is gone."""
        session = Session(self, channel, pending)
        self._sessions.append(session)
        try:
            await session.serve()
        finally:
            self._sessions.remove(session)

    # --- what a session asks (session.Backend) --------------------------------------------------------------------

    is_ready = True

    async def ready(self) -> None:
        """It was before it served anybody."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def about(self) -> protocol.Review | None:
        return None  # what is told is so now

    def columns(self) -> Columns:
        return self.policies.estate.columns

    async def recent_changes(self, count: int) -> list[Change]:
        return await self.history.recent(count)

    def findings(self) -> Mapping[str, Finding]:
        return self.policies.ledger.all()

    def posture(self) -> protocol.Posture:
        return self.policies.posture()

    def quarantines(self) -> Sequence[Quarantine]:
        return self.response.all()

    async def command(self, name: str, arguments: dict[str, Any]) -> Any:
        return await self._commands.carry_out(name, arguments)

    def watches_changed(self) -> None:
        self.connections.watch(self.hub.watched())

    # --- what collectors tell (collector.Estate) ------------------------------------------------------------------

    def identified(self, collector: Collector, endpoint: str, product: str) -> None:
        self.connections.identified(collector, endpoint, product)

    def discovery(self, collector: Collector, phase: Phase, expected: int | None) -> None:
        endpoint = collector.endpoint
        if endpoint is None:
            log.warning("%s reports before it said who it is", collector.connection.name)
        elif phase is Phase.BEGIN:
            collector.begin_discovery(Seen.RESYNC if endpoint in self._known else Seen.DISCOVERY, expected)
            self.inventory.begin(endpoint)
            self._announce_progress(collector)
        else:
            collector.end_discovery()
            self._known.add(endpoint)
            self.publish(self.inventory.end(endpoint, datetime.now(UTC), not_before=collector.last_live), collector)
            self.policies.discovered(endpoint)
            self._announce_progress(collector)

    async def reported(self, collector: Collector, batch: Batch) -> None:
        not_before = None
        if (discovering := collector.discovering) is not None:
            batch = msgspec.structs.replace(batch, seen=discovering.seen)
            not_before = collector.last_live
            discovering.done += len(batch.records)
        self.publish(self.inventory.apply(batch, datetime.now(UTC), not_before=not_before), collector)
        if discovering is not None:
            self._announce_progress(collector)
        await asyncio.sleep(0)  # one batch may take milliseconds; let the clients have a turn

    def sampled(self, samples: Iterable[Sample]) -> None:
        samples = tuple(samples)
        self.hub.sampled(samples)
        self._loads.add(samples)

    def health_changed(self, collector: Collector) -> None:
        self.connections.health_changed(collector)
        self.response.health_changed(collector)

    def round_moved(self, collector: Collector) -> None:
        self.hub.announce(protocol.Round(connection=collector.connection.id, standing=collector.standing))

    def contacted(self, collector: Collector) -> None:
        lasts = collector.saved or self._remembers_all
        if lasts and collector.endpoint is not None and collector.last_live is not None:
            noted = self._contacts_noted.get(collector.endpoint)
            if noted is None or collector.last_live - noted >= CONTACT_NOTED_EVERY:
                self._contacts_noted[collector.endpoint] = collector.last_live
                self.history.contacted(collector.endpoint, collector.last_live)

    def recalled(self, endpoint: str) -> None:
        """What was last known of an endpoint is in the inventory: what differs from it has changed since."""
        self._known.add(endpoint)

    def forgotten(self, endpoint: str) -> None:
        """Nothing is known of an endpoint any more."""
        self._known.discard(endpoint)
        self.publish(self.inventory.forget(endpoint, datetime.now(UTC)), None)

    # --- the one way by which anything changes --------------------------------------------------------------------

    def apply(self, batch: Batch) -> None:
        """Applies what the console itself knows: connections and their health."""
        self.publish(self.inventory.apply(batch, datetime.now(UTC)), None)

    def publish(self, applied: Applied, collector: Collector | None) -> None:
        """Remembers and tells what changed in the inventory."""
        self.history.record(applied.changes, applied.amendments)
        if collector is not None and collector.saved:
            self.history.keep(applied.records, applied.removed)
        self._revise(applied, collector)
        self.hub.tell(applied.records, applied.removed, applied.changes, applied.amendments)
        self.policies.published(applied)
        self.response.published(applied)
        if self._sessions:
            self._to_search.update(concerned(self.inventory, applied.records, applied.removed))
            if self._to_search and self._search_timer is None:
                self._search_timer = asyncio.get_running_loop().call_later(SEARCH_AGAIN_SECONDS, self._search_again)

    def _revise(self, applied: Applied, collector: Collector | None) -> None:
        """Remembers what was told for good, unless it belongs to this session alone."""
        if collector is not None and not (collector.saved or self._remembers_all):
            return
        at = applied.changes[0].observed_at if applied.changes else datetime.now(UTC)
        told = {change.entity for change in applied.changes}
        if collector is not None and collector.discovering is not None and collector.discovering.seen is Seen.DISCOVERY:
            # A network that comes after the VMs that are plugged into it shows in them, and no change is told of it.
            told.update(record.id for record in applied.records)
        own = [record for record in applied.records if isinstance(record, Connection)]
        if own:
            lasting = [record for record in own if self._remembers_all or self.connections.is_saved(record.id)]
            self.history.revise(at, lasting, told=told)
        others = [record for record in applied.records if not isinstance(record, Connection)]
        if others or applied.removed:
            self.history.revise(at, others, applied.removed, told=told, begins=collector is not None)

    def notice(self, text: str, advice: str = "") -> None:
        """Tells the operator something that belongs to no entity."""
        log.warning("%s", f"{text} ({advice})" if advice else text)
        self.hub.announce(protocol.Notice(at=datetime.now(UTC), text=text, advice=advice))

    async def moment(self) -> Moment:
        """The estate as it is now."""
        policies = await asyncio.to_thread(policy_files, self.policies.folder)
        return moment_of(
            self.inventory.all(),
            self.now(),
            findings=self.policies.ledger.all().values(),
            decisions=all_decided(self.history),
            policies=policies,
            quarantines=self.response.all(),
            changes=await self.history.recent(RECENT_CHANGES),
        )

    async def moment_since(self, since: datetime | None) -> Moment:
        """The same, with all changes since then; without any where no time is given. Raises `InputError`."""
        changes = () if since is None else await changes_since_then(self.history, since)
        return replace(
            await self.moment(),
            changes=tuple(changes),
            changes_since=since,
            source=f"vmi-console {__version__}",
        )

    def set_labels(self, entities: Sequence[EntityId], labels: tuple[str, ...]) -> None:
        """The operator's own labels on VMs, in place of those they had."""
        for entity in entities:
            if isinstance(self.inventory.get(entity), VM):
                self.history.set_labels(entity, labels)
                self.publish(self.inventory.set_labels(entity, labels, datetime.now(UTC)), None)

    def _search_again(self) -> None:
        self._search_timer = None
        vms, self._to_search = self._to_search, set()
        self.hub.flush()  # a client hears of a VM before it hears that the VM matches
        for session in self._sessions:
            session.searched(vms)

    def _announce_progress(self, collector: Collector) -> None:
        discovering = collector.discovering
        self.hub.announce(
            protocol.Progress(
                connection=collector.connection.id,
                done=discovering.done if discovering else None,
                expected=discovering.expected if discovering else None,
            )
        )
