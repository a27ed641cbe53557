"""One client's connection to the engine."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, Protocol

from vmi_console.engine import protocol
from vmi_console.engine.hub import FINDINGS_PER_FRAME, Hub, payloads, updates
from vmi_console.engine.search import Search
from vmi_console.errors import ChannelClosed, WireError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Change
from vmi_console.estate.columns import Columns
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Inventory
from vmi_console.policy.findings import Finding
from vmi_console.response.quarantine import Quarantine
from vmi_console.wire.calls import Call, Callee, Cancel
from vmi_console.wire.channel import Channel, encode
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 1.0
CLOCK_SECONDS = 30.0
"""How long a search for what is older than something may be behind."""
TOO_FAR_BEHIND_BYTES = 64 * 1024 * 1024
"""A client with this much unread loses updates; it sees the gap and asks for a replay when it is back."""


class Backend(Protocol):
    """What a session asks of the engine."""

    inventory: Inventory
    hub: Hub

    async def ready(self) -> None:
        """Waits until it can answer more than which records there are."""

    @property
    def is_ready(self) -> bool:
        """Whether it can."""

    def now(self) -> datetime:
        """The time that counts as now, for searches."""

    def about(self) -> protocol.Review | None:
        """Of which time the estate is, where it is not the living one."""

    def columns(self) -> Columns:
        """What the VMs have in common, for searches."""

    async def recent_changes(self, count: int) -> list[Change]:
        """The newest changes, oldest first."""

    def findings(self) -> Mapping[str, Finding]:
        """All that are kept, by id; resolved ones of late among them."""

    def posture(self) -> protocol.Posture:
        """How the policies stand."""

    def quarantines(self) -> Sequence[Quarantine]:
        """Who is in quarantine, or proposed for it."""

    async def command(self, name: str, arguments: dict[str, Any]) -> Any:
        """Carries out a command; raises `VmiError`."""

    def watches_changed(self) -> None:
        """Some client watches other entities than before."""


class Pending(Protocol):
    """How many bytes wait to be read by the client."""

    def __call__(self) -> int: ...


class Session:
    """Serves one client until it is gone."""

    def __init__(
        self,
        backend: Backend,
        channel: Channel[protocol.ToEngine],
        pending: Pending,
        ahead: Set[EntityId] = frozenset(),
    ) -> None:
        """`ahead` are records that the client got while the engine got ready (`opening`), as they still are."""
        self.subscription: protocol.Subscribe | None = None
        self.watched: frozenset[EntityId] = frozenset()
        self._backend = backend
        self._channel = channel
        self._pending = pending
        self._tasks = Tasks()
        self._callee = Callee(channel, backend.command, self._tasks)
        self._searches: dict[int, Search] = {}
        self._ahead = ahead
        self._replay: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Answers the client until it closes its end."""
        self._backend.hub.join(self)
        try:
            async with self._tasks:
                self._tasks.start(self._beat(), "heartbeat to a client")
                self._tasks.start(self._follow_the_clock(), "searches for what time changes")
                while True:
                    self._handle(await self._channel.receive())
        except ChannelClosed:
            log.debug("a client has left")
        except WireError as error:
            log.warning("a client was dismissed: %s", error)
        finally:
            self._backend.hub.leave(self)
            self.watched = frozenset()
            self._backend.watches_changed()
            self._channel.close()

    def post(self, payload: bytes) -> None:
        """Sends a payload, or leaves it out if the client is too far behind."""
        if self._pending() > TOO_FAR_BEHIND_BYTES:
            self._channel.leave_out()
        else:
            self._channel.post_payload(payload)

    def searched(self, vms: Iterable[EntityId], *, by_clock: bool = False) -> None:
        """Looks again at VMs that may match otherwise than before; `by_clock`: only because time has passed."""
        for search in self._searches.values():
            if by_clock and not search.by_clock:
                continue
            if (matches := search.again(vms)) is not None:
                self.post(encode(matches))

    def search_anew(self) -> None:
        """Finds everything that is searched for again: another time is shown."""
        for search in self._searches.values():
            for matches in search.first():
                self.post(encode(matches))

    def _handle(self, message: protocol.ToEngine) -> None:
        match message:
            case protocol.Subscribe():
                self.subscription = message
                if (about := self._backend.about()) is not None:
                    self.post(encode(about))
                for notice in self._backend.hub.notices:
                    self.post(encode(notice))
                self._start_replay()
            case protocol.Resync():
                self._start_replay()
            case protocol.Watch(entities=entities):
                self.watched = frozenset(entities)
                self._backend.watches_changed()
            case protocol.Search(number=number, text=text):
                self._search(number, text)
            case Call():
                self._callee.take(message)
            case Cancel(number=number):
                self._callee.cancel(number)

    def _search(self, number: int, text: str) -> None:
        if not text.strip():
            self._searches.pop(number, None)
            return
        search = self._searches[number] = Search(number, text, self._backend.columns, self._backend.now)
        if self._backend.is_ready:  # else it is answered after the replay
            for matches in search.first():
                self.post(encode(matches))

    def _start_replay(self) -> None:
        if self._replay is not None:
            self._replay.cancel()
        self._replay = self._tasks.start(self._send_all(), "replay to a client")

    async def _send_all(self) -> None:
        """Everything as it is. A record is encoded when it is sent, so what follows live is always newer."""
        assert self.subscription is not None
        inventory = self._backend.inventory
        if self.subscription.records:
            ahead, self._ahead = self._ahead, frozenset()
            ids = [record.id for record in inventory.all()]
            begin = protocol.Replay(phase=protocol.Phase.BEGIN, expected=len(ids), ahead=bool(ahead))
            await self._channel.send(begin)
            ids = [entity for entity in ids if entity not in ahead]
            for start in range(0, len(ids), MAX_BATCH):
                slice_ = (inventory.get(entity) for entity in ids[start : start + MAX_BATCH])
                await self._send_updates(records=[record for record in slice_ if record is not None])
            await self._channel.send(protocol.Replay(phase=protocol.Phase.END))
            for told in list(self._backend.hub.rounds.values()):
                await self._channel.send(told)
        await self._backend.ready()
        if self.subscription.changes and self.subscription.recent_changes:
            await self._send_updates(changes=await self._backend.recent_changes(self.subscription.recent_changes))
        if self.subscription.findings:
            await self._send_findings()
            await self._send_quarantines()
        for number in list(self._searches):
            if (search := self._searches.get(number)) is None:
                continue  # it was ended while the client was slow to read
            log.debug("search %d again", number)
            for matches in search.first():
                self._channel.post(matches)  # in one go: of one that takes its place the matches come after these
            await self._channel.drain()

    async def _send_findings(self) -> None:
        """All of them; as with records, each is encoded when it is sent."""
        findings = self._backend.findings()
        replaces = True
        for ids in itertools.batched(list(findings), FINDINGS_PER_FRAME):
            told = tuple(finding for each in ids if (finding := findings.get(each)) is not None)
            await self._channel.send(protocol.Findings(replaces=replaces, findings=told))
            await asyncio.sleep(0)
            replaces = False
        if replaces:
            await self._channel.send(protocol.Findings(replaces=True))
        await self._channel.send(self._backend.posture())

    async def _send_quarantines(self) -> None:
        replaces = True
        for told in itertools.batched(self._backend.quarantines(), FINDINGS_PER_FRAME):
            await self._channel.send(protocol.Quarantines(replaces=replaces, quarantines=told))
            replaces = False
        if replaces:
            await self._channel.send(protocol.Quarantines(replaces=True))

    async def _send_updates(self, records: Iterable[AnyRecord] = (), changes: Iterable[Change] = ()) -> None:
        for update in updates(records, changes=changes):
            for payload in payloads(update):
                await self._channel.send_payload(payload)
                await asyncio.sleep(0)

    async def _follow_the_clock(self) -> None:
        while True:
            await asyncio.sleep(CLOCK_SECONDS)
            self.searched([vm.id for vm in self._backend.inventory.vms()], by_clock=True)

    async def _beat(self) -> None:
        while True:
            self.post(encode(protocol.Heartbeat()))
            await asyncio.sleep(HEARTBEAT_SECONDS)
