"""The rows of the estate tree for Qt: the flattened forest, kept up to date in slices."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import Cluster, Connection, Datacenter, Host, Network
from vmi_console.estate.vlan import Vlan, VlanMode
from vmi_console.gui.findings.looks import SEVERITY, worst_first
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.quarantine.looks import STAGE as QUARANTINE
from vmi_console.gui.replica import Delta, Replica
from vmi_console.gui.rows import Index, Rows
from vmi_console.gui.states import STALE, Look, look, look_of_group
from vmi_console.gui.tree.arrangements import ARRANGEMENTS, LOCATION, NETWORK, Arrangement
from vmi_console.gui.tree.forest import BUNCH, Forest, Heading, Node, Order, trunks_first
from vmi_console.gui.verdicts import Moves
from vmi_console.gui.wording import Wording, number
from vmi_console.gui.work import Work
from vmi_console.plain_text import visible

_MANY = 2_000  # new nodes
_NAMED = 3  # findings in a tooltip
_SCATTERED = 300  # rows that look different


class EstateModel(Rows[Node]):
    """One column. Which nodes are open is remembered by key, whatever comes, goes, moves or is hidden by a search.

    Each arrangement has its own open nodes; changing the arrangement plants a new forest beside the one on show, in
    slices, and then shows that one.
    """

    settled = Signal()  # rows are what they should be, for now
    about_to_move = Signal()
    arranged = Signal()  # another arrangement is on show
    opened_moved = Signal()  # the operator opened or closed something

    def __init__(
        self,
        replica: Replica,
        parent: QObject | None = None,
        arrangement: Arrangement = LOCATION,
        order: Order = Order.NAME,
    ) -> None:
        super().__init__(parent)
        self.replica = replica
        self.arrangement = arrangement  # that is wanted, and on show as soon as it has grown
        self.order = order
        self.forest = Forest(replica, arrangement.places, order)
        self.open_in: dict[str, set[str]] = {name: set() for name in ARRANGEMENTS}  # keys of nodes
        self.greeted: set[EntityId] = set()  # connections, opened once when they first appear
        self._shown = arrangement
        self._closed_in_search: set[str] = set()
        self._matches: Collection[EntityId] | None = None
        self._deltas: deque[Delta] = deque()
        self._queue: deque[tuple[EntityId, AnyRecord | None]] = deque()
        self._touched: set[Node] = set()
        self._felled: list[Forest] = []
        self._unplanted = bool(replica.records)  # what was known before this model was made
        self._dirty = False
        self._frozen = 0
        self._wording = Wording(replica)
        self._work = Work(self)
        replica.refreshed.connect(self._take)
        replica.verdicts.moved.connect(self._judged)
        replica.quarantines.moved.connect(self._locked)
        replica.link_moved.connect(self.touch_all)
        if self._unplanted:
            self._start()

    # --- for Qt ---------------------------------------------------------------------------------------------------

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.name(node)
            case Qt.ItemDataRole.ToolTipRole:
                record = None if node.heading is not None else self.replica.records.get(node.id)
                told = self._wording.tooltip(record) if record is not None else [self.kind_word(node)]
                vms = self._vms(node) if node.below and node.vms else ""
                return tooltip(self.name(node), *told, vms, self.trouble_word(node), *self.wrong(node))
            case Qt.ItemDataRole.AccessibleTextRole:
                opened = (self.tr("open") if self.is_open(node) else self.tr("closed")) if node.below else ""
                words = (
                    self.name(node),
                    self.kind_word(node),
                    self.state_word(node),
                    self.detail(node),
                    *self.wrong(node),
                )
                told = [*words, self.trouble_word(node), opened]
                return ", ".join(dict.fromkeys(word for word in told if word))
        return None

    # --- what a row says ------------------------------------------------------------------------------------------

    def name(self, node: Node) -> str:
        if node.heading is not None:
            return self._name_of_heading(node.heading)
        record = self.replica.records.get(node.id)
        return self._wording.name(node.id) if record is None else visible(record.name) or self.tr("(no name)")

    def _name_of_heading(self, heading: Heading) -> str:
        match heading.about:
            case Vlan(mode=VlanMode.ACCESS):
                return self.tr("VLAN {0}").format(str(heading.about))
            case Vlan():
                return self._wording.vlan(heading.about)
            case Look():
                return heading.about.word
            case str():
                return visible(heading.about) or self.tr("(not plugged in)")
        words = {
            "networks": self.tr("Networks"),
            "datastores": self.tr("Storage"),
            "vlan": self.tr("VLAN not known"),
            "no-network": self.tr("(no network card)"),
            "no-folder": self.tr("(no folder)"),
            "no-pool": self.tr("(no resource pool)"),
            "no-tag": self.tr("(no tag)"),
        }
        return words.get(heading.kind, "")

    def look(self, node: Node) -> Look:
        if node.heading is not None:
            return node.heading.about if isinstance(node.heading.about, Look) else look_of_group(node.kind)
        record = self.replica.records.get(node.id)
        if record is None:
            return look_of_group(node.kind)
        return STALE if isinstance(record, Connection) and not self.replica.link.up else look(record)

    def is_stale(self, node: Node) -> bool:
        above: Node | None = node
        while above is not None and above.heading is not None:
            above = above.parent
        return not self.replica.link.up if above is None else self.replica.is_stale(above.id)

    def kind_word(self, node: Node) -> str:
        if node.heading is None:
            return self._wording.kind(node.kind)
        words = {
            "vlan": self.tr("VLAN"),
            "network": self.tr("Network"),
            "folder": self.tr("Folder"),
            "pool": self.tr("Resource pool"),
            "tag": self.tr("Tag"),
            "state": self.tr("State"),
        }
        return words.get(node.kind, "")

    def state_word(self, node: Node) -> str:
        record = None if node.heading is not None else self.replica.records.get(node.id)
        return self._wording.state(record) if record is not None else ""

    def trouble_word(self, node: Node) -> str:
        """What is wrong somewhere below; empty where nothing is."""
        count = node.broken + node.worrying
        return self.tr("%Ln in trouble below", "", count) if count else ""

    def severity(self, node: Node) -> Look | None:
        """How bad the worst open finding of its own is."""
        worst = self.replica.verdicts.worst_of(node.id) if node.heading is None else None
        return SEVERITY[worst] if worst is not None else None

    def lock(self, node: Node) -> Look | None:
        """How its quarantine is, if it is in one."""
        one = self.replica.quarantines.locked(node.id) if node.heading is None else None
        return QUARANTINE[one.stage] if one is not None else None

    def wrong(self, node: Node) -> list[str]:
        """The worst of its own findings, in words."""
        if self.severity(node) is None:
            return [lock.word] if (lock := self.lock(node)) is not None else []
        found = worst_first(self.replica.verdicts.open_of(node.id))
        told = [f"{SEVERITY[one.severity].word}: {visible(one.evidence or one.title, 160)}" for one in found[:_NAMED]]
        more = len(found) - _NAMED
        return [*told, self.tr("and {0} more").format(number(more))] if more > 0 else told

    def detail(self, node: Node) -> str:
        """The quiet word at the end of a row: a state that is not the normal one, or how much is below."""
        if node.heading is not None:
            return number(len(node.below or ())) if node.kind in ("networks", "datastores") else self._vms(node)
        record = self.replica.records.get(node.id)
        if isinstance(record, Connection):
            return self._wording.connection_detail(record)
        if record is not None and not (seen := look(record)).calm:
            return f"{seen.word} · {STALE.word}" if self.is_stale(node) else seen.word
        if node.below is None and record is not None and self.is_stale(node):
            return STALE.word
        if (lock := self.lock(node)) is not None:
            return lock.word
        if (severity := self.severity(node)) is not None:
            return severity.word
        if isinstance(record, Network) and self._shown is LOCATION:
            return self._wording.vlan_of_network(record)
        if isinstance(record, Network) and self._shown is NETWORK and record.datacenter in self.replica.records:
            return f"{self._wording.name(record.datacenter)} · {self._vms(node)}"  # two may have one name
        return self._vms(node) if isinstance(record, Datacenter | Cluster | Host | Network) else ""

    def _vms(self, node: Node) -> str:
        return self.tr("%Ln VM(s)", "", node.vms)

    # --- opening and closing --------------------------------------------------------------------------------------

    @property
    def _opened(self) -> set[str]:
        return self.open_in[self._shown.name]

    def is_open(self, node: Node) -> bool:
        return bool(node.below) and (
            node.key in self._opened if self._matches is None else node.key not in self._closed_in_search
        )

    def set_open(self, node: Node, opened: bool) -> None:
        if self._matches is None:
            self._opened.add(node.key) if opened else self._opened.discard(node.key)
            self.opened_moved.emit()
        else:
            self._closed_in_search.discard(node.key) if opened else self._closed_in_search.add(node.key)
        self._move({node})

    def open_all(self) -> None:
        self._closed_in_search.clear()
        if self._matches is None:
            self._opened.update(self.forest.inner())
            self.opened_moved.emit()
        self._move(set())
        self.touch_all()

    def open_below(self, node: Node) -> None:
        """Opens a node and every branch below it."""
        waiting = [node]
        for one in waiting:
            waiting += [child for child in one.below or () if child.below]
        keys = {one.key for one in waiting}
        if self._matches is None:
            self._opened.update(keys)
            self.opened_moved.emit()
        else:
            self._closed_in_search -= keys
        self._move(set(waiting))

    def close_all(self) -> None:
        if self._matches is None:
            self._opened.clear()
            self.opened_moved.emit()
        else:
            self._closed_in_search = self.forest.inner()
        self._move(set())
        self.touch_all()

    def reveal(self, nodes: Iterable[Node]) -> bool:
        """Opens what is above these nodes; False if their rows are not there yet, and `settled` will come."""
        for node in nodes:
            above = node.parent
            while above is not None:
                if not self.is_open(above):
                    self.set_open(above, True)
                above = above.parent
        return not self.busy

    # --- searching, sorting, arranging ----------------------------------------------------------------------------

    @property
    def narrowed(self) -> bool:
        """Whether only what matches a search is shown."""
        return self._matches is not None

    def show_only(self, matches: Collection[EntityId] | None) -> None:
        """Hides what does not match and is not above a match; None shows everything as it was before."""
        if (matches is None) != (self._matches is None):
            self._closed_in_search.clear()
            self.touch_all()
        self._matches = matches
        self._move(set())

    def sort_by(self, order: Order) -> None:
        self.order = order
        self._start()

    def arrange(self, arrangement: Arrangement) -> None:
        """Shows the estate in another arrangement, as soon as it has grown; `arranged` says when."""
        self.arrangement = arrangement
        self._start()

    def shows(self, arrangement: Arrangement) -> bool:
        """Whether this arrangement has grown and is on show."""
        return self._shown is arrangement

    @property
    def busy(self) -> bool:
        return self._work.busy

    # --- keeping up -----------------------------------------------------------------------------------------------

    def _take(self, delta: Delta) -> None:
        if delta.before:
            self._deltas.append(delta)
            self._start()

    def _locked(self, vms: frozenset[EntityId]) -> None:
        for vm in vms:
            self._touch(vm)
        if not self._work.busy:
            self._work.start(self._steps(), self.settled.emit)

    def _judged(self, moves: Moves) -> None:
        """What the nodes above say of trouble below follows findings as it follows states."""
        records = self.replica.records
        before: dict[EntityId, AnyRecord | None] = {vm: records[vm] for vm in moves.vms if vm in records}
        for vm in before:
            self._touch(vm)
        self._take(Delta(before))

    def _move(self, touched: set[Node]) -> None:
        self._touched |= touched
        self._dirty = True
        self._start()

    def _start(self) -> None:
        if not self._work.busy:
            self._work.start(self._steps(), self.settled.emit)

    def _spare_collections(self, forest: Forest) -> None:
        """Takes new nodes out of garbage collection: walking all of them would hold the event loop each time."""
        if forest.count > self._frozen + _MANY:
            self._frozen = forest.count
            gc.freeze()

    def _steps(self) -> Iterator[None]:
        while self._unfinished:
            if self._unplanted or self.arrangement is not self._shown:
                yield from self._grow(self.arrangement)
            while self._deltas:
                yield from self._line_up(self._deltas.popleft())
            while self._queue:
                for _ in range(min(BUNCH, len(self._queue))):
                    yield from self._place(*self._queue.popleft())
                self._spare_collections(self.forest)
                yield
            if self.order is not self.forest.order:
                yield from self.forest.sort(self.order)
                self._dirty = True
                yield
            if self._dirty or self.forest.changed:
                yield from self._show_rows()
        yield
        touched = self._touched | self.forest.recounted
        self._touched, self.forest.recounted = set(), set()
        if len(touched) < _SCATTERED:
            self.touch(touched)
        else:
            self.touch_all()  # one message: only what is on screen is painted
        yield
        while self._felled:
            yield from self._felled.pop().fell()

    @property
    def _unfinished(self) -> bool:
        return bool(
            self._deltas
            or self._dirty
            or self.forest.changed
            or self._unplanted
            or self.arrangement is not self._shown
            or self.order is not self.forest.order
        )

    def _show_rows(self) -> Iterator[None]:
        """Brings the rows to what the forest holds; stops early when something else is wanted by then."""
        self._dirty = self.forest.changed = False
        opened = self._opened if self._matches is None else self._closed_in_search
        wanted = yield from self.forest.flat(opened, self._matches)
        yield
        self.about_to_move.emit()
        for _ in self.approach(wanted):
            yield
            if self._dirty:
                return

    def _grow(self, arrangement: Arrangement) -> Iterator[None]:
        """Plants everything that is known in another arrangement, beside the forest on show, and then shows it."""
        forest = Forest(self.replica, arrangement.places, self.order)
        self._frozen = 0
        for _ in forest.grow():
            self._spare_collections(forest)
            yield
            if self.arrangement is not arrangement:  # thought better of it
                self._felled.append(forest)
                return
        self.about_to_move.emit()
        self._felled.append(self.forest)
        self.forest, self._shown, self._dirty = forest, arrangement, True
        self._unplanted = False
        self._closed_in_search.clear()
        for connection in self.replica.connections():
            self._greet(connection, None)
        self.arranged.emit()

    def _line_up(self, delta: Delta) -> Iterator[None]:
        """Puts what changed in an order in which it can be placed: leaves go first, trunks come first."""
        records = self.replica.records
        groups = yield from trunks_first(delta.before)
        gone = [[entity for entity in group if entity not in records] for group in reversed(groups.values())]
        yield
        here = [[entity for entity in group if entity in records] for group in groups.values()]
        yield
        for group in (*gone, *here):
            self._queue.extend((entity, delta.before[entity]) for entity in group)
            yield

    def _place(self, entity: EntityId, before: AnyRecord | None) -> Iterator[None]:
        if self.forest.put(entity):
            for follower in self.forest.followers(entity):
                if follower is None:
                    yield
                else:
                    self._queue.append((follower, self.replica.records.get(follower)))
            if kind_of(entity) != "vm":
                yield  # finding those took its time
        record = self.replica.records.get(entity)
        if isinstance(record, Connection):
            self._greet(record, before)
        if before is not None and record is not None and self._seen(before) != self._seen(record):
            self._touch(entity)
            if isinstance(record, Host):  # its VMs are as stale as it is
                for vm in self.replica.referring(entity, "vm"):
                    self._touch(vm)

    def _touch(self, entity: EntityId) -> None:
        self._touched.update(self.forest.nodes.get(entity, ()))

    def _greet(self, connection: Connection, before: AnyRecord | None) -> None:
        if connection.id not in self.greeted:
            self.greeted.add(connection.id)
            for opened in self.open_in.values():
                opened.add(connection.id)
            self._dirty = True
        if isinstance(before, Connection) and before.health.state is not connection.health.state:
            self.touch_all()

    def _seen(self, record: AnyRecord) -> tuple[object, ...]:
        """What of a record this tree shows."""
        return record.name, look(record), getattr(record, "health", None), getattr(record, "vlan", None)
