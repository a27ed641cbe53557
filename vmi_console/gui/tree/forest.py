"""What hangs below what: the estate as trees of nodes, each record in the places that an arrangement gives it.

No Qt here. Nodes are made where a record has its place and on the way there, and go when nothing needs them any more;
none ever changes its parent. Siblings are kept in the order of their ranks, so that one node comes, goes or moves
without sorting anything; `Forest.flat` gives the rows that a list of the tree shows.

A record hangs under the *node* of the one that it names, not under where that one's record says it should be: when a
host moves, its VMs follow when they are put again, and there is no moment at which the two can disagree for good.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of
from vmi_console.estate.records import VM, Connection, Power
from vmi_console.estate.vlan import Vlan
from vmi_console.gui.findings.looks import SEVERITY
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import Look, look
from vmi_console.gui.theme import Tone

TRUNKS_FIRST = ("connection", "datacenter", "cluster", "host", "network", "datastore", "vm")
"""The kinds that trees show, those that others hang under first."""

BUNCH = 20
"""Records put between two looks at the clock."""

_rank = attrgetter("rank")


@dataclass(frozen=True, slots=True)
class Heading:
    """A node that stands for no record. Its id says where it is: no two headings of a tree have the same."""

    id: EntityId
    kind: str  # networks, datastores, vlan, network, folder, pool, tag, state; no-… for those without
    about: Vlan | Look | str | None  # what all below have in common
    rank: str  # among its siblings


type Path = tuple[EntityId | Heading, ...]
"""From the top, or from the place of the record that comes first, through nodes made where they are missing."""

type Places = Callable[[AnyRecord, Forest], tuple[Path, ...]]
"""What a record hangs under; several where it is in several places, nothing where it is not shown (yet)."""


class Node:
    """A place in the tree: `below` are the nodes under it in the order of their ranks.

    An entity has as many nodes as places. `held` ones are its own; others are there because something hangs below.
    """

    __slots__ = (
        "below",
        "branches",
        "broken",
        "depth",
        "heading",
        "held",
        "id",
        "parent",
        "rank",
        "trouble",
        "vms",
        "worrying",
    )

    def __init__(self, id: EntityId, rank: str, parent: Node | None, heading: Heading | None = None) -> None:
        self.id = id
        self.rank = rank
        self.parent = parent
        self.heading = heading
        self.held = False
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.below: list[Node] | None = None  # a leaf has none: most nodes are leaves
        self.branches = 0  # how many of the nodes below have nodes below them
        self.vms = 0  # how many different ones are below
        self.worrying = 0  # how many records below are in a state of warning …
        self.broken = 0  # … or worse
        self.trouble: Tone | None = None  # how bad its own record's state is

    @property
    def kind(self) -> str:
        """`vm`, `host`, …, or that of the heading."""
        return kind_of(self.id) if self.heading is None else self.heading.kind

    @property
    def key(self) -> EntityId | str:
        """Who it is, whatever comes, goes and moves: the entity, and below a heading the heading too."""
        parent = self.parent
        return self.id if parent is None or parent.heading is None else f"{parent.id}>{self.id}"

    @property
    def trouble_below(self) -> Tone | None:
        """The worst state below it, where that is one to worry about."""
        return Tone.BAD if self.broken else Tone.WARNING if self.worrying else None


class Order(Enum):
    """What siblings are sorted by; names decide between equals."""

    NAME = "name"
    STATE = "state"


_RANKS = {kind: str(number) for number, kind in enumerate(("datacenter", "cluster", "host", "vm", "network"))}
_WORST_FIRST = (Power.CRASHED, Power.PAUSED, Power.SUSPENDED, Power.ON, Power.UNKNOWN, Power.OFF)
_FOLLOWERS = {"datacenter": ("cluster", "host"), "cluster": ("host",), "host": ("vm",), "network": ("network", "vm")}
_digits = re.compile(r"\d+")


def natural(name: str) -> str:
    """A key that sorts names as people do: case does not matter, esx-2 comes before esx-10."""
    return _digits.sub(lambda number: number[0][:24].zfill(10), name[:200].casefold())


def state_rank(vm: VM) -> str:
    """Sorts VMs by what needs looking at: crashed first, templates last."""
    return "9" if vm.template else str(_WORST_FIRST.index(vm.power))


class Forest:
    """The nodes of everything that the tree can show, in one arrangement."""

    def __init__(self, replica: Replica, places: Places, order: Order = Order.NAME) -> None:
        self._replica = replica
        self._places = places
        self.order = order
        self.nodes: dict[EntityId, tuple[Node, ...]] = {}
        self.trees: list[Node] = []
        self.trunks: set[Node] = set()  # those with something below
        self.count = 0  # of nodes
        self.changed = False  # nodes came, went or moved: whoever shows them puts it back to False
        self.recounted: set[Node] = set()  # what they say of what is below has changed: likewise
        self._connections: set[EntityId] = set()  # that were put
        self._homes: dict[str, EntityId] = {}  # the one through which an endpoint is seen
        self._moved_home: set[str] = set()  # endpoints of which that has changed

    # --- what an arrangement may ask ------------------------------------------------------------------------------

    def home(self, entity: EntityId) -> EntityId | None:
        """The connection through which an entity is seen, once that is known."""
        return self._homes.get(endpoint_of(entity))

    def has(self, entity: EntityId) -> bool:
        """Whether a record has a place of its own."""
        return any([node.held for node in self.nodes.get(entity, ())])

    def record(self, entity: EntityId) -> AnyRecord | None:
        """The record of this id."""
        return self._replica.records.get(entity)

    # --- keeping up -----------------------------------------------------------------------------------------------

    def put(self, entity: EntityId) -> bool:
        """Brings an entity to where its record is now, if it is anywhere.

        True if it came, went or moved: then its `followers` have to be put too.
        """
        if kind_of(entity) == "connection":
            self._settle_homes(entity)
        record = self._replica.records.get(entity)
        paths = () if record is None else self._places(record, self)
        nodes = self.nodes.get(entity)
        if nodes is not None:
            moved = self._put_anew(nodes, record, paths)
        else:
            moved = bool(paths)
            if record is not None and paths:
                rank = self.rank(record)
                self._settle([self._hold(entity, rank, path) for path in paths], self._trouble(record))
        return moved or bool(self._moved_home)

    def _put_anew(self, nodes: tuple[Node, ...], record: AnyRecord | None, paths: tuple[Path, ...]) -> bool:
        """Brings an entity that has nodes to other places, or to another rank in them."""
        entity = nodes[0].id
        before = [node for node in nodes if node.held]
        rank = nodes[0].rank if record is None else self.rank(record)
        trouble = None if record is None else self._trouble(record)
        after = [self._hold(entity, rank, path) for path in paths]
        moved = before != after  # nodes are equal if they are the same
        if moved or (before and before[0].trouble is not trouble):
            self._count(before, -1)
            self._settle(after, trouble)
        for node in before:
            if moved and node not in after:
                node.held = False
                self._prune(node)
        for node in self.nodes.get(entity, ()):
            if node.rank != rank:
                self._move(node, rank)
        return moved

    def followers(self, entity: EntityId) -> Iterator[EntityId | None]:
        """What has to be put again after an entity came, went or moved; None every now and then, to take breath."""
        if self._moved_home:
            moved, self._moved_home = self._moved_home, set()
            for number, other in enumerate(list(self._replica.records)):
                if number % 500 == 499:
                    yield None
                if endpoint_of(other) in moved:
                    yield other
        for kind in _FOLLOWERS.get(kind_of(entity), ()):
            yield from [other for other in self._replica.referring(entity, kind) if other in self.nodes]

    def grow(self) -> Iterator[None]:
        """Puts everything that is known, in steps."""
        groups = yield from trunks_first(list(self._replica.records))
        for kind, group in groups.items():
            for number, entity in enumerate(group):
                if self.put(entity) and kind in _FOLLOWERS:  # those of connections all come later
                    for follower in self.followers(entity):
                        if follower is not None:
                            self.put(follower)
                    yield
                if number % BUNCH == 0:
                    yield
            if kind == "connection":
                self._moved_home = set()
        self.recounted = set()

    def fell(self) -> Iterator[None]:
        """Takes all nodes apart, in steps: they hold each other, and no collection of garbage looks at them."""
        everything, trunks = self.nodes, self.trunks
        self.nodes, self.trees, self.trunks, self.recounted = {}, [], set(), set()
        while everything:
            for _ in range(min(200, len(everything))):
                for node in everything.popitem()[1]:
                    node.parent = None
            yield
        for trunk in trunks:
            below, trunk.below = trunk.below or [], None
            while below:
                del below[-200:]
                yield

    # --- rows -----------------------------------------------------------------------------------------------------

    def flat(
        self, opened: Collection[str], matches: Collection[EntityId] | None = None
    ) -> Generator[None, None, list[Node]]:
        """The rows of a list that shows the tree with the nodes of these keys opened, found in steps.

        With `matches` only those and what is above them; `opened` then names the nodes that are *closed*.
        """
        rows: list[Node] = []
        for tree in self.trees:
            if matches is None:
                yield from _opened(tree, opened, rows)
            else:
                yield from _matching(tree, opened, matches, rows)
        return rows

    def inner(self) -> set[str]:
        """The keys of all nodes that have something below."""
        return {node.key for node in self.trunks}

    # --- order ----------------------------------------------------------------------------------------------------

    def rank(self, record: AnyRecord) -> str:
        state = state_rank(record) if self.order is Order.STATE and isinstance(record, VM) else ""
        return f"{_RANKS.get(record.kind, '9')}{state}{natural(record.name)}\0{record.id}"

    def sort(self, order: Order) -> Iterator[None]:
        """Sorts all siblings anew, in steps; nothing may be put before the last one."""
        self.order = order
        groups: list[list[Node]] = [self.trees, *(node.below for node in self.trunks if node.below)]
        yield
        for siblings in groups:
            ranks: list[str] = []
            for node in siblings:
                record = None if node.heading is not None else self._replica.records.get(node.id)
                ranks.append(node.rank if record is None else self.rank(record))
                yield
            for node, rank in zip(siblings, ranks, strict=True):
                node.rank = rank
            siblings.sort(key=_rank)

    # --- places ---------------------------------------------------------------------------------------------------

    def _settle_homes(self, connection: EntityId) -> None:
        """Finds out which endpoints are seen through which connection now that this one came, changed or went."""
        record = self._replica.records.get(connection)
        self._connections.discard(connection) if record is None else self._connections.add(connection)
        endpoints = [endpoint for endpoint, home in self._homes.items() if home == connection]
        if isinstance(record, Connection) and record.endpoint is not None:
            endpoints.append(record.endpoint)
        for endpoint in endpoints:
            home = self._replica.connection_of(entity_id("", endpoint, ""))
            if home != self._homes.pop(endpoint, None):
                self._moved_home.add(endpoint)
            if home is not None and home in self._connections:  # else it is put soon
                self._homes[endpoint] = home

    def _hold(self, entity: EntityId, rank: str, path: Path) -> Node:
        """The node at the end of a path, as a place of its own."""
        parent: Node | None = None
        steps: Sequence[EntityId | Heading] = path
        if steps and isinstance(first := steps[0], str):
            parent = next(node for node in self.nodes[first] if node.held)
            steps = steps[1:]
        for step in steps:
            if isinstance(step, str):
                parent = self._child(parent, step) or self._link(Node(step, self.nodes[step][0].rank, parent))
            else:
                parent = self._child(parent, step.id) or self._link(
                    Node(step.id, f"{step.rank}\0{step.id}", parent, step)
                )
        node = self._child(parent, entity) or self._link(Node(entity, rank, parent))
        node.held = True
        return node

    def _child(self, parent: Node | None, entity: EntityId) -> Node | None:
        for node in self.nodes.get(entity, ()):
            if node.parent is parent:
                return node
        return None

    def _link(self, node: Node) -> Node:
        self.nodes[node.id] = (*self.nodes.get(node.id, ()), node)
        self.count += 1
        self._seat(node)
        return node

    def _unlink(self, node: Node) -> None:
        if others := tuple([other for other in self.nodes[node.id] if other is not node]):
            self.nodes[node.id] = others
        else:
            del self.nodes[node.id]
        self.count -= 1
        self._unseat(node)

    def _move(self, node: Node, rank: str) -> None:
        """Gives a node another rank. A leaf becomes a new node: to a list one row less here and one more there."""
        if node.below:
            self._unseat(node)
            node.rank = rank
            self._seat(node)
            return
        moved = Node(node.id, rank, node.parent, node.heading)
        moved.held, moved.trouble = node.held, node.trouble
        self._unseat(node)
        self._seat(moved)
        self.nodes[node.id] = tuple([moved if other is node else other for other in self.nodes[node.id]])

    def _seat(self, node: Node) -> None:
        """Puts a node among its siblings."""
        self.changed = True
        if (parent := node.parent) is None:
            _insert(self.trees, node)
            return
        if parent.below is None:
            parent.below = [node]
            self.trunks.add(parent)
            if parent.parent is not None:
                parent.parent.branches += 1
        else:
            _insert(parent.below, node)
        if node.below:
            parent.branches += 1

    def _unseat(self, node: Node) -> None:
        self.changed = True
        parent = node.parent
        siblings = self.trees if parent is None else parent.below
        assert siblings is not None
        del siblings[bisect_left(siblings, node.rank, key=_rank)]
        if parent is None:
            return
        if node.below:
            parent.branches -= 1
        if not siblings:
            parent.below = None
            self.trunks.discard(parent)
            if parent.parent is not None:
                parent.parent.branches -= 1

    def _prune(self, node: Node | None) -> None:
        """Takes away what nothing needs any more, upwards."""
        while node is not None and not node.held and not node.below:
            self._unlink(node)
            self.recounted.discard(node)
            node = node.parent

    def _settle(self, nodes: list[Node], trouble: Tone | None) -> None:
        for node in nodes:
            node.trouble = trouble
        self._count(nodes, +1)

    def _trouble(self, record: AnyRecord) -> Tone | None:
        """How bad a record's state is, or the worst of its open findings, if either is."""
        worst = self._replica.verdicts.worst_of(record.id)
        tones = look(record).tone, Tone.PLAIN if worst is None else SEVERITY[worst].tone
        return next((tone for tone in (Tone.BAD, Tone.WARNING) if tone in tones), None)

    def _count(self, nodes: list[Node], sign: int) -> None:
        """Adds an entity to what is said of the nodes above it, each of them once, or takes it away."""
        if not nodes:
            return
        trouble, vms = nodes[0].trouble, sign if kind_of(nodes[0].id) == "vm" else 0
        if trouble is None and not vms:
            return
        above: set[Node] = set()
        for node in nodes:
            parent = node.parent
            while parent is not None and parent not in above:
                above.add(parent)
                parent = parent.parent
        for parent in above:
            parent.vms += vms
            if trouble is Tone.BAD:
                parent.broken += sign
            elif trouble is Tone.WARNING:
                parent.worrying += sign
        self.recounted |= above


def _insert(siblings: list[Node], node: Node) -> None:
    if not siblings or siblings[-1].rank < node.rank:  # many come in order
        siblings.append(node)
    else:
        insort(siblings, node, key=_rank)


def trunks_first(entities: Iterable[EntityId]) -> Generator[None, None, dict[str, list[EntityId]]]:
    """Sorts entities by kind, in steps; those that trees show, in an order in which each finds what it hangs under."""
    groups: dict[str, list[EntityId]] = {kind: [] for kind in TRUNKS_FIRST}
    for number, entity in enumerate(entities):
        if (group := groups.get(kind_of(entity))) is not None:
            group.append(entity)
        if number % 500 == 499:
            yield
    return groups


def _opened(node: Node, opened: Collection[str], rows: list[Node]) -> Iterator[None]:
    rows.append(node)
    if node.below and node.key in opened:
        if node.branches:
            for child in node.below:
                if child.below:
                    yield from _opened(child, opened, rows)
                else:
                    rows.append(child)
            yield
        else:
            rows += node.below


def _matching(
    node: Node, closed: Collection[str], matches: Collection[EntityId], rows: list[Node]
) -> Generator[None, None, bool]:
    """Appends the node and what matches below it; takes it back if nothing does."""
    start = len(rows)
    rows.append(node)
    found = node.id in matches
    if node.branches:
        for child in node.below or ():
            found |= yield from _matching(child, closed, matches, rows)
        yield
    elif node.below and (matching := [child for child in node.below if child.id in matches]):
        rows += matching
        found = True
    if not found:
        del rows[start:]
    elif node.key in closed:
        del rows[start + 1 :]
    return found
