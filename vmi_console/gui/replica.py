"""What the engine sent, as the window knows it: records by id, and which of them changed since the last look.

The replica is the client's listener. It does little per message, since messages come by the hundred a second; what
is shown is brought up to date by `refreshed`, at most four times a second.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Set
from datetime import UTC, datetime
from itertools import count, islice
from typing import cast

import msgspec
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from vmi_console.engine import protocol
from vmi_console.engine.client import Link
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Amendment, Change, Sample
from vmi_console.estate.identity import EntityId, endpoint_of, kind_of
from vmi_console.estate.records import VM, Cluster, Connection, Datastore, Host, HostState, Network, State, Switch
from vmi_console.gui.quarantines import Quarantines
from vmi_console.gui.sharing import Sharing
from vmi_console.gui.verdicts import Verdicts
from vmi_console.gui.work import Work
from vmi_console.introspection.rounds import Standing

REFRESH_MS = 250
GATHER_MS = 20
"""How long the first change after a pause may wait for those that belong to it."""

MOST_AT_ONCE = 5_000
"""Entities that `refreshed` tells of in one go."""

BUNCH = 100  # entities taken away between two looks at the clock
CHANGES_KEPT = 10_000
LIVELY = frozenset((State.LIVE, State.DEGRADED))
KNOWN_THEN = frozenset((*LIVELY, State.RECORDED))
"""States of connections whose estate is shown as it is, or as it was then."""
SILENT = frozenset((HostState.NOT_RESPONDING, HostState.DISCONNECTED))


class Delta(msgspec.Struct, frozen=True):
    """What happened since the last one: `before` has every id that was added (None), changed or removed."""

    before: dict[EntityId, AnyRecord | None]
    changes: tuple[Change, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    forgets_changes: bool = False  # those that were told before are no longer part of the log


class Replica(QObject):
    """Records by id, who refers to whom, the newest changes and samples, the matches of the search, and the link."""

    refreshed = Signal(object)  # Delta
    link_moved = Signal()
    sampled_now = Signal(tuple)  # of Sample: what came
    matches_moved = Signal()
    progress_moved = Signal()
    rounds_moved = Signal()
    noticed_now = Signal(object)  # protocol.Notice
    review_moved = Signal()  # another time is shown than before

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.records: dict[EntityId, AnyRecord] = {}
        self.verdicts = Verdicts(self)
        self.quarantines = Quarantines(self)
        self.living_verdicts = self.verdicts  # of the living estate, whatever time is shown (see `review.visits`)
        self.living_quarantines = self.quarantines
        self.has_living = True  # whether there is a living estate behind what is shown
        self.review: protocol.Review | None = None  # of which time all this is; None: of now
        self.counts: Counter[str] = Counter()  # by kind
        self.changes: deque[Change] = deque(maxlen=CHANGES_KEPT)  # oldest first
        self.samples: dict[EntityId, Sample] = {}
        self.link = Link(up=False, since=datetime.now(UTC))
        self.was_linked = False
        self.searching = False
        self.matches: set[EntityId] = set()
        self.search_error = ""
        self.progress: dict[EntityId, protocol.Progress] = {}
        self.rounds: dict[EntityId, Standing] = {}  # how guests are looked into, by connection
        self._connections: dict[EntityId, Connection] = {}
        self._endpoints: dict[str, EntityId] = {}  # endpoint → the connection that shows it
        self._sharing = Sharing()
        self._inside: defaultdict[tuple[str, str], set[EntityId]] = defaultdict(set)  # by endpoint and kind
        self._referring: defaultdict[tuple[EntityId, str], set[EntityId]] = defaultdict(set)  # by kind
        self._before: dict[EntityId, AnyRecord | None] = {}
        self._new_changes: list[Change] = []
        self._amendments: list[Amendment] = []
        self._forgets_changes = False
        self._mentioned: set[EntityId] | None = None  # during a replay
        self._told: set[tuple[int, datetime]] = set()  # changes that a replay may repeat
        self._awaited: set[EntityId] = set()  # known from before, of connections that are being discovered again
        self._anew = False  # the next replay is of another estate than what is known: nothing of that may come back
        self._leaving: set[EntityId] = set()  # not mentioned by the last replay, nor since
        self._farewells: Iterator[None] = iter(())
        self._work = Work(self)
        self._every_ms = REFRESH_MS
        self._refreshed = QElapsedTimer()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._refresh_some)

    @property
    def now(self) -> datetime:
        """The time that counts as now: that of the moment that is shown."""
        return self.review.at if self.review is not None else datetime.now(UTC)

    @property
    def knows_policies(self) -> bool:
        """Whether having no policies means that none is in force: a history does not tell which were."""
        return self.review is None or bool(self.review.path) or bool(self.verdicts.posture.policies)

    # --- questions ------------------------------------------------------------------------------------------------

    def connection_of(self, entity: EntityId) -> EntityId | None:
        """The connection through which an entity is seen; a connection is seen through itself."""
        return entity if kind_of(entity) == "connection" else self._endpoints.get(endpoint_of(entity))

    def is_stale(self, entity: EntityId) -> bool:
        """Whether what is known of it may no longer be true."""
        connection = self._connections.get(self.connection_of(entity) or entity)
        if not self.link.up or connection is None or connection.health.state not in KNOWN_THEN:
            return True
        record = self.records.get(entity)
        host = self.records.get(record.host) if isinstance(record, VM) and record.host is not None else None
        return isinstance(host, Host) and host.state in SILENT

    def referring(self, entity: EntityId, kind: str) -> list[EntityId]:
        """Entities of one kind that name this one: the VMs of a host, network or datastore, a network's portgroups."""
        return list(self._referring.get((entity, kind), ()))

    def count_referring(self, entity: EntityId, kind: str) -> int:
        """How many they are."""
        return len(self._referring.get((entity, kind), ()))

    def inside(self, endpoint: str, kind: str) -> Set[EntityId]:
        """All entities of one kind that an endpoint shows, as of now and from now on."""
        return self._inside[endpoint, kind]

    @property
    def dirty(self) -> bool:
        """Whether something changed that `refreshed` has not told yet."""
        return self._timer.isActive() or bool(self._leaving)

    def connections(self) -> list[Connection]:
        return list(self._connections.values())

    # --- the client's listener ------------------------------------------------------------------------------------

    def receive(self, records: Iterable[AnyRecord]) -> None:
        """Records came, maybe before they count: from here on they have in common what they can."""
        for record in records:
            self._sharing.share(record)

    def link_changed(self, link: Link) -> None:
        self.link = link
        self.was_linked |= link.up
        self.link_moved.emit()

    def replayed(self, replay: protocol.Replay) -> None:
        if replay.phase is protocol.Phase.BEGIN:
            self._mentioned = set()
            self.rounds.clear()
            self._told = {(change.number, change.observed_at) for change in self.changes}
        elif self._mentioned is not None:
            self._leaving = self.records.keys() - self._mentioned
            self._farewells = self._say_farewell(set() if self._anew else self._mentioned)
            self._anew = False
            self._work.start(self._farewells)
            self._mentioned = None
            self._soon()

    def updated(self, update: protocol.Update) -> None:
        for record in update.records:
            self._put(record)
        for entity in update.removed:
            self._remove(entity)
        if update.forgets_changes:
            self._forget_changes()
        fresh = [change for change in update.changes if (change.number, change.observed_at) not in self._told]
        self.changes.extend(fresh)
        self._new_changes.extend(fresh)
        self._amendments.extend(update.amendments)
        self._soon()

    def sampled(self, samples: tuple[Sample, ...]) -> None:
        self.samples.update((sample.entity, sample) for sample in samples)
        self.sampled_now.emit(samples)

    def matched(self, matches: protocol.Matches) -> None:
        if not self.searching:
            return
        if matches.replaces:
            self.matches.clear()
        self.search_error = matches.error
        self.matches.update(matches.added)
        self.matches.difference_update(matches.removed)
        self.matches_moved.emit()

    def progressed(self, progress: protocol.Progress) -> None:
        if progress.done is None:
            self.progress.pop(progress.connection, None)
        else:
            self.progress[progress.connection] = progress
        self.progress_moved.emit()

    def went_round(self, told: protocol.Round) -> None:
        if told.standing is None:
            self.rounds.pop(told.connection, None)
        else:
            self.rounds[told.connection] = told.standing
        self.rounds_moved.emit()

    def noticed(self, notice: protocol.Notice) -> None:
        self.noticed_now.emit(notice)

    def found(self, findings: protocol.Findings) -> None:
        self.verdicts.take(findings)

    def stood(self, posture: protocol.Posture) -> None:
        self.verdicts.stand(posture)

    # --- another time -----------------------------------------------------------------------------------------------

    def keep_living_apart(self, has_living: bool) -> None:
        """What asks for somebody in the living estate is told by whoever hears that, also while another is shown."""
        self.living_verdicts = Verdicts(self)
        self.living_quarantines = Quarantines(self)
        self.has_living = has_living

    def show_then(self, review: protocol.Review) -> None:
        """What is told from now on is of this moment."""
        self._turn_to(review, anew=self.review is None)

    def show_now(self) -> None:
        """What is told from now on is so now: a replay follows."""
        self._turn_to(None, anew=True)

    def _turn_to(self, review: protocol.Review | None, *, anew: bool) -> None:
        self.review = review
        if anew:
            self._anew = True
            self._awaited.clear()
            self._forget_changes()
            self.samples.clear()
            self.progress.clear()
            self.rounds.clear()
        self.review_moved.emit()

    def _forget_changes(self) -> None:
        """The log is that of another time from now on."""
        self.changes.clear()
        self._new_changes, self._amendments, self._told = [], [], set()
        self._forgets_changes = True
        self._soon()

    # --- the window's side ----------------------------------------------------------------------------------------

    def expect_matches(self, searching: bool) -> None:
        """A search was sent (or ended): what matched before no longer counts once the first answer is here."""
        self.searching = searching
        self.search_error = ""
        if not searching:
            self.matches.clear()
            self.matches_moved.emit()

    def refresh_every(self, milliseconds: int) -> None:
        """From now on tells what changed at most this often."""
        self._every_ms = milliseconds

    def refresh(self) -> None:
        """Tells what changed since the last time, now."""
        self._timer.stop()
        self._refreshed.start()
        for _ in self._farewells:
            pass
        more = True
        while more:
            more = self._tell_some()

    def _refresh_some(self) -> None:
        """The same in parts: whoever listens looks at each entity of a part in one go."""
        self._refreshed.start()
        if self._tell_some():
            self._timer.start(0)

    def _tell_some(self) -> bool:
        """One part; gives whether there is more."""
        if self._amendments:
            self._amend()
        before, self._before = self._before, {}
        if len(before) > MOST_AT_ONCE:
            rest = iter(before.items())
            before, self._before = dict(islice(rest, MOST_AT_ONCE)), dict(rest)
        delta = Delta(before, tuple(self._new_changes), tuple(self._amendments), self._forgets_changes)
        self._new_changes, self._amendments, self._forgets_changes = [], [], False
        self.refreshed.emit(delta)
        return bool(self._before)

    def _soon(self) -> None:
        """What comes after a pause is told almost at once, what comes all the time every so often."""
        if not self._timer.isActive():
            since = self._refreshed.elapsed() if self._refreshed.isValid() else self._every_ms
            self._timer.start(max(GATHER_MS, self._every_ms - since))

    def _put(self, record: AnyRecord) -> None:
        entity = record.id
        if self.review is not None and isinstance(record, Connection):
            record = _recorded(record)
        old = self.records.get(entity)
        self._before.setdefault(entity, old)
        self.records[entity] = record
        self._awaited.discard(entity)
        self._leaving.discard(entity)
        if self._mentioned is not None:
            self._mentioned.add(entity)
        if old is None:
            self.counts[record.kind] += 1
            self._inside[endpoint_of(entity), record.kind].add(entity)
        if isinstance(record, Connection):
            self._connections[entity] = record
            if record.health.state in LIVELY:
                self._give_up(entity)
            if record.endpoint is not None:
                self._endpoints.setdefault(record.endpoint, entity)
        self._refer(old, record)

    def _remove(self, entity: EntityId) -> None:
        if (old := self.records.pop(entity, None)) is None:
            return
        self._before.setdefault(entity, old)
        self.counts[old.kind] -= 1
        self._inside[endpoint_of(entity), old.kind].discard(entity)
        self.samples.pop(entity, None)
        self._refer(old, None)
        self._awaited.discard(entity)
        if entity in self._connections:
            self._give_up(entity)
        connection = self._connections.pop(entity, None)
        if connection is not None and connection.endpoint is not None:
            self._hand_over(connection.endpoint, entity)

    def _say_farewell(self, mentioned: set[EntityId]) -> Iterator[None]:
        """Takes away what a replay did not mention, unless it may come back."""
        for number in count(1):
            if not self._leaving:
                return
            entity = self._leaving.pop()
            if self._may_return(entity, mentioned):
                self._awaited.add(entity)
            else:
                self._remove(entity)
                self._soon()
            if number % BUNCH == 0:
                yield

    def _may_return(self, entity: EntityId, mentioned: set[EntityId]) -> bool:
        """A new engine knows its connections before it has discovered anything: until then the old stays, as stale."""
        connection = self._connections.get(self.connection_of(entity) or entity)
        return connection is not None and entity != connection.id in mentioned and connection.health.state not in LIVELY

    def _give_up(self, connection: EntityId) -> None:
        """What has not come back with its connection is gone."""
        for entity in [entity for entity in self._awaited if self.connection_of(entity) == connection]:
            self._remove(entity)

    def _hand_over(self, endpoint: str, gone: EntityId) -> None:
        """Of two connections that showed one endpoint the other one takes over."""
        if self._endpoints.get(endpoint) == gone:
            del self._endpoints[endpoint]
            for other in self._connections.values():
                if other.endpoint == endpoint:
                    self._endpoints.setdefault(endpoint, other.id)

    def _refer(self, old: AnyRecord | None, new: AnyRecord | None) -> None:
        owner = old or new
        assert owner is not None
        before = set() if old is None else references(old)
        after = set() if new is None else references(new)
        for other in before - after:
            self._referring[other, owner.kind].discard(owner.id)
        for other in after - before:
            self._referring[other, owner.kind].add(owner.id)

    def _amend(self) -> None:
        authors = {amendment.number: amendment for amendment in self._amendments}

        def amended(change: Change) -> Change:
            if (author := authors.get(change.number)) is None:
                return change
            occurred_at = author.occurred_at or change.occurred_at
            return msgspec.structs.replace(change, actor=author.actor, occurred_at=occurred_at)

        self.changes = deque(map(amended, self.changes), maxlen=CHANGES_KEPT)
        self._new_changes = list(map(amended, self._new_changes))


def _recorded(connection: Connection) -> Connection:
    """A connection of another time: one that answered then answers nobody now."""
    health = connection.health
    if health.state not in LIVELY and health.state is not State.CONNECTING:
        return connection
    return msgspec.structs.replace(connection, health=msgspec.structs.replace(health, state=State.RECORDED))


def references(record: AnyRecord) -> set[EntityId]:
    """The entities a record names that want to know who names them."""
    named: set[EntityId | None]
    match record:
        case VM():
            named = {record.host}
            named.update([nic.network for nic in record.nics])
            named.update([disk.datastore for disk in record.disks])
        case Host():
            named = {record.cluster, record.datacenter}
        case Network():
            named = {record.parent, record.switch, record.datacenter}
        case Cluster() | Datastore() | Switch():
            named = {record.datacenter}
        case _:
            return set()
    named.discard(None)
    return cast(set[EntityId], named)
