"""The rows of the estate tree for Qt: the flattened forest, kept up to date in slices."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Collection, Iterator
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import Connection, Host
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import Delta, Replica
from vmi_console.gui.rows import Index, Rows
from vmi_console.gui.states import STALE, Look, look, look_of_group
from vmi_console.gui.tree.forest import Forest, Node, Order
from vmi_console.gui.wording import Wording
from vmi_console.gui.work import Work
from vmi_console.plain_text import visible

_TRUNKS_FIRST = ("connection", "datacenter", "cluster", "host", "network", "datastore", "vm")
_MANY = 2_000  # new nodes
_BUNCH = 20  # records placed between two looks at the clock


class EstateModel(Rows[Node]):
    """One column. Which nodes are open is remembered by id, whatever comes, goes, moves or is hidden by a search."""

    settled = Signal()  # rows are what they should be, for now
    about_to_move = Signal()

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.replica = replica
        self.forest = Forest(replica)
        self.opened: set[EntityId] = set()
        self._seen_first: set[EntityId] = set()  # connections, opened once when they first appear
        self._closed_in_search: set[EntityId] = set()
        self._matches: Collection[EntityId] | None = None
        self._deltas: deque[Delta] = deque()
        self._queue: deque[tuple[EntityId, AnyRecord | None]] = deque()
        self._touched: set[EntityId] = set()
        self._sorting: Iterator[None] | None = None
        self._dirty = False
        self._frozen = 0
        self._wording = Wording(replica)
        self._work = Work(self)
        replica.refreshed.connect(self._take)
        replica.link_moved.connect(self.touch_all)

    # --- for Qt ---------------------------------------------------------------------------------------------------

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.name(node)
            case Qt.ItemDataRole.ToolTipRole:
                record = self.replica.records.get(node.id)
                return tooltip(self.name(node), *(self._wording.tooltip(record) if record is not None else ()))
            case Qt.ItemDataRole.AccessibleTextRole:
                opened = (self.tr("open") if self.is_open(node) else self.tr("closed")) if node.below else ""
                told = (self.name(node), self.kind_word(node), self.state_word(node), self.detail(node), opened)
                return ", ".join(dict.fromkeys(word for word in told if word))
        return None

    # --- what a row says ------------------------------------------------------------------------------------------

    def name(self, node: Node) -> str:
        record = self.replica.records.get(node.id)
        if record is not None:
            return visible(record.name) or self.tr("(no name)")
        return {"networks": self.tr("Networks"), "datastores": self.tr("Storage")}.get(node.kind, "")

    def look(self, node: Node) -> Look:
        record = self.replica.records.get(node.id)
        if isinstance(record, Connection) and not self.replica.link.up:
            return STALE
        return look_of_group(node.kind) if record is None else look(record)

    def is_stale(self, node: Node) -> bool:
        return self.replica.is_stale(
            node.id if node.id in self.replica.records or node.parent is None else node.parent.id
        )

    def kind_word(self, node: Node) -> str:
        return self._wording.kind(node.kind) if node.id in self.replica.records else ""

    def state_word(self, node: Node) -> str:
        if self.is_stale(node) and kind_of(node.id) != "connection":
            return STALE.word
        return self.look(node).word

    def detail(self, node: Node) -> str:
        """The quiet word at the end of a row: a state that is not the normal one, or how much is below."""
        record = self.replica.records.get(node.id)
        if isinstance(record, Connection):
            return self._wording.connection_detail(record)
        if record is not None and not (seen := look(record)).calm:
            return f"{seen.word} · {STALE.word}" if self.is_stale(node) else seen.word
        if node.below is None and record is not None and self.is_stale(node):
            return STALE.word
        if node.kind == "host":
            return self.tr("%Ln VM(s)", "", len(self.replica.referring(node.id, "vm")))
        if node.kind == "network" and record is not None:
            return self._wording.vlan_of_network(record)
        return ""

    # --- opening and closing --------------------------------------------------------------------------------------

    def is_open(self, node: Node) -> bool:
        return bool(node.below) and (
            node.id in self.opened if self._matches is None else node.id not in self._closed_in_search
        )

    def set_open(self, node: Node, opened: bool) -> None:
        if self._matches is None:
            self.opened.add(node.id) if opened else self.opened.discard(node.id)
        else:
            self._closed_in_search.discard(node.id) if opened else self._closed_in_search.add(node.id)
        self._move({node.id})

    def open_all(self) -> None:
        self._closed_in_search.clear()
        if self._matches is None:
            self.opened = self.forest.inner()
        self._move(set())
        self.touch_all()

    def close_all(self) -> None:
        if self._matches is None:
            self.opened = set()
        else:
            self._closed_in_search = self.forest.inner()
        self._move(set())
        self.touch_all()

    def reveal(self, entity: EntityId) -> bool:
        """Opens what is above an entity; False if its row is not there yet, and `settled` will come."""
        for node in list(self.forest.parents(entity)):
            if not self.is_open(node):
                self.set_open(node, True)
        return not self.busy

    # --- searching and sorting ------------------------------------------------------------------------------------

    def show_only(self, matches: Collection[EntityId] | None) -> None:
        """Hides what does not match and is not above a match; None shows everything as it was before."""
        if (matches is None) != (self._matches is None):
            self._closed_in_search.clear()
            self.touch_all()
        self._matches = matches
        self._move(set())

    def sort_by(self, order: Order) -> None:
        self._sorting = self.forest.sort(order)
        self._move(set())

    @property
    def busy(self) -> bool:
        return self._work.busy

    # --- keeping up -----------------------------------------------------------------------------------------------

    def _take(self, delta: Delta) -> None:
        if delta.before:
            self._deltas.append(delta)
            self._start()

    def _line_up(self, delta: Delta) -> Iterator[None]:
        """Puts what changed in an order in which it can be placed: leaves go first, trunks come first."""
        records = self.replica.records
        gone: dict[str, list[EntityId]] = {kind: [] for kind in _TRUNKS_FIRST}
        here: dict[str, list[EntityId]] = {kind: [] for kind in _TRUNKS_FIRST}
        for number, entity in enumerate(delta.before):
            if (group := (here if entity in records else gone).get(kind_of(entity))) is not None:
                group.append(entity)
            if number % 500 == 499:
                yield
        for group in (*reversed(gone.values()), *here.values()):
            self._queue.extend((entity, delta.before[entity]) for entity in group)
            yield

    def _move(self, touched: set[EntityId]) -> None:
        self._touched |= touched
        self._dirty = True
        self._start()

    def _start(self) -> None:
        if not self._work.busy:
            self._work.start(self._steps(), self.settled.emit)

    def _spare_collections(self) -> None:
        """Takes new nodes out of garbage collection: walking all of them would hold the event loop each time."""
        if len(self.forest.nodes) > self._frozen + _MANY:
            self._frozen = len(self.forest.nodes)
            gc.freeze()

    def _steps(self) -> Iterator[None]:
        while self._deltas or self._sorting is not None or self._dirty:
            while self._deltas:
                yield from self._line_up(self._deltas.popleft())
            while self._queue:
                for _ in range(min(_BUNCH, len(self._queue))):
                    self._place(*self._queue.popleft())
                self._spare_collections()
                yield
            if self._sorting is not None:
                sorting, self._sorting = self._sorting, None
                yield from sorting
                self._dirty = True
                yield
            if self._dirty:
                self._dirty = False
                wanted = self.forest.flat(
                    self.opened if self._matches is None else self._closed_in_search, self._matches
                )
                yield
                self.about_to_move.emit()
                for _ in self.approach(wanted):
                    yield
                    if self._dirty:  # something else is wanted by now
                        break
        yield
        touched, self._touched = self._touched, set()
        self.touch(node for entity in touched if (node := self.forest.nodes.get(entity)) is not None)
        yield

    def _place(self, entity: EntityId, before: AnyRecord | None) -> None:
        old = self.forest.nodes.get(entity)
        record = self.replica.records.get(entity)
        if record is None:
            if old is not None:
                self._touch_above(old)
                self.forest.remove(entity)
                self._dirty = True
            return
        self.forest.put(record)
        if isinstance(record, Connection):
            self._greet(record, before)
        node = self.forest.nodes.get(entity)
        if node is not old:
            self._dirty = True
            for moved in (old, node):
                if moved is not None:
                    self._touch_above(moved)
        elif node is not None and before is not None and self._seen(before) != self._seen(record):
            self._touched.add(entity)
            if isinstance(record, Host):  # its VMs are as stale as it is
                self._touched.update(child.id for child in node.below or ())
            self._dirty |= before.name != record.name or node.below is not None

    def _greet(self, connection: Connection, before: AnyRecord | None) -> None:
        self.forest.adopt(connection)
        if connection.id not in self._seen_first:
            self._seen_first.add(connection.id)
            self.opened.add(connection.id)
            self._dirty = True
        if isinstance(before, Connection) and before.health.state is not connection.health.state:
            self.touch_all()

    def _touch_above(self, node: Node) -> None:
        while node.parent is not None:
            node = node.parent
            self._touched.add(node.id)

    def _seen(self, record: AnyRecord) -> tuple[object, ...]:
        """What of a record this tree shows."""
        return record.name, look(record), getattr(record, "health", None), getattr(record, "vlan", None)
