"""What hangs below what: the estate as trees of nodes, one for each connection, arranged by location.

No Qt here. A node's siblings are kept in the order of their keys, so that one node comes, goes or moves without
sorting anything; `Forest.flat` gives the rows that a list of the tree shows.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterator
from enum import Enum
from operator import attrgetter

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, entity_id, kind_of, native_of
from vmi_console.estate.records import VM, Cluster, Connection, Datacenter, Datastore, Host, Network, Power
from vmi_console.gui.replica import Replica

_key = attrgetter("key")


class Node:
    """A place in the tree. `below` are the nodes under it in the order of their keys."""

    __slots__ = ("below", "branches", "depth", "id", "key", "parent")

    def __init__(self, id: EntityId, key: str, parent: Node | None) -> None:
        self.id = id
        self.key = key
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.below: list[Node] | None = None  # a leaf has none: most nodes are leaves
        self.branches = 0  # how many of the nodes below have nodes below them

    @property
    def kind(self) -> str:
        """`vm`, `host`, …, or `networks` and `datastores`, the headings that stand for no record."""
        kind = kind_of(self.id)
        return native_of(self.id) if kind == "heading" else kind


class Order(Enum):
    """What siblings are sorted by; names decide between equals."""

    NAME = "name"
    STATE = "state"


_SHOWN = frozenset((Connection, Datacenter, Cluster, Host, VM, Network, Datastore))
_RANKS = {"datacenter": 0, "cluster": 1, "host": 2, "vm": 3, "network": 4, "datastore": 5}
_HEADING_RANKS = {"networks": 6, "datastores": 7}
_POWER_RANKS = {power: number for number, power in enumerate((Power.CRASHED, Power.PAUSED, Power.SUSPENDED, Power.ON))}
_digits = re.compile(r"\d+")


def natural(name: str) -> str:
    """A key that sorts names as people do: case does not matter, esx-2 comes before esx-10."""
    return _digits.sub(lambda number: number[0][:24].zfill(10), name[:200].casefold())


class Forest:
    """The nodes of everything that the tree can show."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._order = Order.NAME
        self.nodes: dict[EntityId, Node] = {}
        self.trees: list[Node] = []
        self._orphans: defaultdict[EntityId, set[EntityId]] = defaultdict(set)  # by the parent they wait for

    def put(self, record: AnyRecord) -> None:
        """Adds a record or moves it to where it is now. What waited for it comes home."""
        if type(record) not in _SHOWN:
            return
        node = self.nodes.get(record.id)
        key = self.key(record)
        parent = None if isinstance(record, Connection) else self._parent(record)
        if parent is None and not isinstance(record, Connection):
            if node is not None:  # its connection is gone
                self._drop(node)
            return
        if node is None or (node.below is None and (node.parent is not parent or node.key != key)):
            # A leaf that moves becomes a new node: for the list it is one row less here and one more there.
            if node is not None:
                self._unlink(node)
            self._link(Node(record.id, key, parent))
        elif node.parent is not parent or node.key != key:
            self._unlink(node)
            node.key, node.parent = key, parent
            self._link(node)
            self._deepen(node)
        for orphan in self._orphans.pop(record.id, ()):
            self._put_again(orphan)

    def remove(self, entity: EntityId) -> None:
        """Takes a record away; what hangs below it waits for another home."""
        if (node := self.nodes.get(entity)) is not None:
            self._drop(node)

    def parents(self, entity: EntityId) -> Iterator[Node]:
        """The nodes above, nearest first."""
        node = self.nodes.get(entity)
        while node is not None and node.parent is not None:
            node = node.parent
            yield node

    def flat(self, opened: Collection[EntityId], matches: Collection[EntityId] | None = None) -> list[Node]:
        """The rows of a list that shows the tree with these nodes opened.

        With `matches` only those and what is above them; `opened` then names the nodes that are *closed*.
        """
        rows: list[Node] = []
        for tree in self.trees:
            if matches is None:
                _opened(tree, opened, rows)
            else:
                _matching(tree, opened, matches, rows)
        return rows

    def inner(self) -> set[EntityId]:
        """Every node that has something below it."""
        return {node.id for node in self.nodes.values() if node.below}

    # --- order ----------------------------------------------------------------------------------------------------

    def key(self, record: AnyRecord) -> str:
        state = ""
        if self._order is Order.STATE and isinstance(record, VM):
            state = str(_POWER_RANKS.get(record.power, 9))
        return f"{_RANKS.get(record.kind, 9)}{state}{natural(record.name)}\0{record.id}"

    def sort(self, order: Order) -> Iterator[None]:
        """Sorts all siblings anew, in steps; nothing may be put or removed before the last one."""
        self._order = order
        groups = [self.trees, *(node.below for node in self.nodes.values() if node.below)]
        yield
        for siblings in groups:
            keys: list[str] = []
            for node in siblings:
                record = self._replica.records.get(node.id)
                keys.append(node.key if record is None else self.key(record))
                yield
            for node, key in zip(siblings, keys, strict=True):
                node.key = key
            siblings.sort(key=_key)

    # --- places ---------------------------------------------------------------------------------------------------

    def _parent(self, record: AnyRecord) -> Node | None:
        """The node it belongs under; while that is not known, the best there is. None without a connection."""
        match record:
            case VM():
                wanted = [record.host]
            case Host():
                wanted = [record.cluster, record.datacenter]
            case Cluster():
                wanted = [record.datacenter]
            case Network(parent=parent) if parent is not None:
                wanted = [parent]
            case _:
                wanted = []
        for entity in wanted:
            if entity is not None:
                if (node := self.nodes.get(entity)) is not None and record.id != entity:
                    return node
                self._orphans[entity].add(record.id)
                break
        connection = self._replica.connection_of(record.id)
        if connection is None or (root := self.nodes.get(connection)) is None:
            self._orphans[connection or EntityId(record.id.split("/", 2)[1])].add(record.id)
            return None
        if isinstance(record, Network | Datastore):
            return self._heading(root, f"{record.kind}s")
        return root

    def adopt(self, connection: Connection) -> None:
        """Gives a home to what was reported before it was known whose it is."""
        for waited_for in (connection.id, EntityId(connection.endpoint or "")):
            for orphan in self._orphans.pop(waited_for, ()):
                self._put_again(orphan)

    def _heading(self, root: Node, kind: str) -> Node:
        heading = entity_id("heading", native_of(root.id), kind)
        if (node := self.nodes.get(heading)) is None:
            node = Node(heading, f"{_HEADING_RANKS[kind]}\0", root)
            self._link(node)
        return node

    def _put_again(self, entity: EntityId) -> None:
        if (record := self._replica.records.get(entity)) is not None:
            self.put(record)

    def _link(self, node: Node) -> None:
        self.nodes[node.id] = node
        if (parent := node.parent) is None:
            insort(self.trees, node, key=_key)
            return
        if parent.below is None:
            parent.below = [node]
            if parent.parent is not None:
                parent.parent.branches += 1
        else:
            insort(parent.below, node, key=_key)
        if node.below:
            parent.branches += 1

    def _unlink(self, node: Node) -> None:
        del self.nodes[node.id]
        parent = node.parent
        siblings = self.trees if parent is None else parent.below
        assert siblings is not None
        del siblings[bisect_left(siblings, node.key, key=_key)]
        if parent is None:
            return
        if node.below:
            parent.branches -= 1
        if not siblings:
            parent.below = None
            if parent.parent is not None:
                parent.parent.branches -= 1
            if kind_of(parent.id) == "heading":
                self._unlink(parent)

    def _deepen(self, node: Node) -> None:
        node.depth = 0 if node.parent is None else node.parent.depth + 1
        for child in node.below or ():
            self._deepen(child)

    def _drop(self, node: Node) -> None:
        below = list(node.below or ())
        for child in below:
            self._drop(child)
        if node.id in self.nodes:  # a heading goes with its last child
            self._unlink(node)
        for child in below:
            self._put_again(child.id)


def _opened(node: Node, opened: Collection[EntityId], rows: list[Node]) -> None:
    rows.append(node)
    if node.below and node.id in opened:
        if node.branches:
            for child in node.below:
                _opened(child, opened, rows)
        else:
            rows += node.below


def _matching(node: Node, closed: Collection[EntityId], matches: Collection[EntityId], rows: list[Node]) -> bool:
    """Appends the node and what matches below it; takes it back if nothing does."""
    start = len(rows)
    rows.append(node)
    found = node.id in matches
    if node.branches:
        for child in node.below or ():
            found |= _matching(child, closed, matches, rows)
    elif node.below and (matching := [child for child in node.below if child.id in matches]):
        rows += matching
        found = True
    if not found:
        del rows[start:]
    elif node.id in closed:
        del rows[start + 1 :]
    return found
