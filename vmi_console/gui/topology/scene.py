"""What is in the picture and where: sections of areas of lanes of cells of slots, kept up with the replica. No Qt.

A VM stands in every cell that one of its cards is plugged into: the lane is the card's effective VLAN, the cell the
network. So a network whose ports are on two VLANs is seen in both lanes. Slots are given out once: who goes leaves a
free one, who comes takes the first free one at the end; only `arrange` puts all in order again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Generator, Iterable, Iterator
from enum import Enum
from heapq import heapify, heappop, heappush
from operator import itemgetter

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.effective import network_vlan
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of
from vmi_console.estate.records import VM, Cluster, Host, Network, Switch
from vmi_console.estate.vlan import Vlan, VlanMode
from vmi_console.gui.replica import SILENT, Replica
from vmi_console.gui.topology import packing
from vmi_console.gui.topology.families import Families
from vmi_console.gui.topology.glyphs import DIMMED, code_of
from vmi_console.gui.topology.packing import Box, LanePlace, Place, Plan, Tile, room_for
from vmi_console.gui.tree.forest import natural

MOST_TOUCHED = 3_000  # boxes that are told apart
OWN_SWITCHES = 3  # lines for switches that a host has for itself
SECTION_GAP = 40
TITLE = 34  # least height of the title of a section
_BUNCH = 50  # records placed between two looks at the clock


class Area(Enum):
    """What the tiles of a cell are."""

    HOSTS = "host"
    SWITCHES = "switch"
    NETWORKS = "vm"


class Apart(Enum):
    """Lanes that are no VLAN."""

    UNKNOWN = "unknown"
    UNPLUGGED = "unplugged"


type LaneKey = Vlan | Apart | EntityId | None
"""The VLAN of VMs; the datacenter of hosts."""


class Cell:
    """A network on one VLAN, or a cluster: tiles in slots. `states` has a byte for each slot (see `glyphs`)."""

    __slots__ = (
        "__weakref__",
        "area",
        "declared",
        "entity",
        "free",
        "lane",
        "odd",
        "place",
        "room",
        "section",
        "slots",
        "states",
        "version",
        "where",
    )

    def __init__(self, section: Section, area: Area, lane: LaneKey, entity: EntityId | None) -> None:
        self.section = section
        self.area = area
        self.lane = lane
        self.entity = entity
        self.declared = False  # is there without any tile in it
        self.slots: list[EntityId | None] = []
        self.states = bytearray()
        self.where: dict[EntityId, int] = {}
        self.free: list[int] = []  # slots below the last one that nobody has, as a heap
        self.room = 0
        self.odd: set[EntityId] = set()
        self.version = 0  # of `states`
        self.place = Place(Box(0, 0, 0, 0), 0, 1, 1, packing.VM_TILE)

    @property
    def fits(self) -> bool:
        return len(self.slots) <= self.place.columns * self.place.rows

    def add(self, entity: EntityId, state: int) -> None:
        """Gives it a slot: behind the last one while there is room, else the first free one."""
        if self.free and len(self.slots) >= self.place.columns * self.place.rows:
            slot = heappop(self.free)
            self.slots[slot] = entity
            self.states[slot] = state
        else:
            slot = len(self.slots)
            self.slots.append(entity)
            self.states.append(state)
        self.where[entity] = slot
        self.version += 1

    def remove(self, entity: EntityId) -> None:
        slot = self.where.pop(entity)
        self.version += 1
        self.slots[slot] = None
        self.states[slot] = 0
        self.odd.discard(entity)
        if slot < len(self.slots) - 1:
            heappush(self.free, slot)
            return
        while self.slots and self.slots[-1] is None:
            self.slots.pop()
            self.states.pop()
        self.free = [free for free in self.free if free < len(self.slots)]
        heapify(self.free)

    def order(self, entities: list[EntityId]) -> None:
        """These are its tiles, in this order, without gaps."""
        states = {entity: self.states[slot] for entity, slot in self.where.items()}
        self.slots = list(entities)
        self.states = bytearray(states[entity] for entity in entities)
        self.where = {entity: slot for slot, entity in enumerate(entities)}
        self.free = []
        self.version += 1

    def light(self, lit: Collection[EntityId] | None) -> None:
        """Dims all tiles but these."""
        undimmed = ~DIMMED
        if lit is None:
            self.states = bytearray(state & undimmed for state in self.states)
        else:
            self.states = bytearray(
                state if entity is None else state & undimmed if entity in lit else state | DIMMED
                for state, entity in zip(self.states, self.slots, strict=True)
            )
        self.version += 1

    def box_of(self, entity: EntityId) -> Box | None:
        slot = self.where.get(entity)
        return None if slot is None else self.place.tile_box(slot)


class Lane:
    """The cells of one VLAN or datacenter, in their order, and where they are."""

    __slots__ = ("area", "box", "cells", "key", "label", "section")

    def __init__(self, section: Section, area: Area, key: LaneKey, cells: list[Cell], place: LanePlace) -> None:
        self.section = section
        self.area = area
        self.key = key
        self.cells = cells
        self.box = place.box
        self.label = place.label

    @property
    def networks(self) -> tuple[EntityId, ...]:
        return tuple(cell.entity for cell in self.cells if cell.entity is not None)


class Section:
    """What one endpoint reports. `lanes` are those of the last lay-out, from top to bottom in each area."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.cells: dict[tuple[Area, LaneKey, EntityId | None], Cell] = {}
        self.lanes: dict[Area, list[Lane]] = {area: [] for area in Area}
        self.own_switches: dict[EntityId, list[EntityId]] = {}  # host → switches that are its own
        self.plan: Plan | None = None
        self.box = Box(0, 0, 0, 0)
        self.title = Box(0, 0, 0, 0)
        self.untidy = True  # the lay-out no longer fits

    def lanes_in(self, area: Area, box: Box) -> Iterator[Lane]:
        """Those that reach into a box."""
        lanes = self.lanes[area]
        start = max(0, bisect_right(lanes, box.y, key=lambda lane: lane.box.y) - 1)
        for lane in lanes[start:]:
            if lane.box.y >= box.bottom:
                return
            if lane.box.meets(box):
                yield lane

    def all_cells(self) -> Iterator[Cell]:
        return iter(list(self.cells.values()))

    def flagged(self) -> Iterator[EntityId]:
        """The VMs that are out of place, from top to bottom."""
        for lane in self.lanes[Area.NETWORKS]:
            for cell in lane.cells:
                yield from sorted(cell.odd, key=cell.where.__getitem__)

    @property
    def own_lines(self) -> int:
        """Lines that a host needs for switches of its own."""
        return min(OWN_SWITCHES, max(map(len, self.own_switches.values()), default=0))


class Scene:
    """Everything in the picture. `only` leaves all others out; `endpoints` all other endpoints."""

    def __init__(
        self,
        replica: Replica,
        only: Collection[EntityId] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        self.replica = replica
        self.only = only
        self.hidden = frozenset(hidden)
        self.sections: list[Section] = []  # from top to bottom
        self.families = Families()
        self.box = Box(0, 0, 0, 0)
        self.lit: Collection[EntityId] | None = None  # those that are not dimmed; None: all
        self.placed = 0
        self.touched: list[Box] | None = []  # what looks different since somebody asked; None: everything
        self._shown: Counter[str] = Counter()  # entities with tiles, by kind
        self._stale: dict[str, bool] = {}  # by endpoint, while states are worked out
        self._by_endpoint: dict[str, Section] = {}
        self._cells_of: dict[EntityId, tuple[Cell, ...]] = {}
        self._declared_by: dict[EntityId, tuple[Cell, ...]] = {}
        self._combinations: dict[tuple[int, ...], tuple[Cell, ...]] = {}

    # --- questions ------------------------------------------------------------------------------------------------

    def cells_of(self, entity: EntityId) -> tuple[Cell, ...]:
        """The cells that a VM, host or switch has a tile in, or that a network or cluster is."""
        return self._cells_of.get(entity) or self._declared_by.get(entity, ())

    def section_of(self, entity: EntityId) -> Section | None:
        """The section an entity is seen in; a connection is its section."""
        if kind_of(entity) == "connection":
            return next((each for each in self.sections if self.connection_of(each) == entity), None)
        return self._by_endpoint.get(endpoint_of(entity))

    def connection_of(self, section: Section) -> EntityId | None:
        return self.replica.connection_of(entity_id("any", section.endpoint, ""))

    def boxes_of(self, entity: EntityId) -> list[Box]:
        """Where an entity is drawn: a VM once for each network it is in, a switch of a host's own inside that host."""
        if entity in self._cells_of:
            return [box for cell in self._cells_of[entity] if (box := cell.box_of(entity)) is not None]
        record = self.replica.records.get(entity)
        if isinstance(record, Switch) and record.host is not None:
            return self.boxes_of(record.host)
        if kind_of(entity) == "connection":
            section = self.section_of(entity)
            return [section.title] if section is not None else []
        return [cell.place.box for cell in self._declared_by.get(entity, ())]

    def counts(self) -> Counter[str]:
        """How many of each kind are shown."""
        found = Counter(self._shown)
        found["network"] = len({entity for entity in self._declared_by if kind_of(entity) == "network"})
        return found

    # --- keeping up -----------------------------------------------------------------------------------------------

    def build(self) -> Iterator[None]:
        """Takes everything in that the replica has, in order, and lays it out."""
        self.placed = 0
        ids = list(self.replica.records)
        yield
        yield from self.take(ids)
        yield from self.arrange()

    def take(self, entities: Iterable[EntityId]) -> Iterator[None]:
        """Brings these up to date: added, moved, changed or removed, whatever the replica says of them now."""
        self._stale.clear()
        for number, entity in enumerate(entities, 1):
            self._place(entity)
            if number % _BUNCH == 0:
                self.placed += _BUNCH
                yield
        changed = yield from self.families.settle()
        for vm in changed:
            self._mark(vm)
        yield

    def fell(self) -> Iterator[None]:
        """Takes it apart when another has taken its place: sections and cells would hold on to each other for good."""
        for section in self.sections:
            for area in Area:
                section.lanes[area] = []
            while section.cells:
                section.cells.popitem()
                yield
        self._combinations.clear()
        while self._cells_of:
            for _ in range(min(1_000, len(self._cells_of))):
                self._cells_of.popitem()
            yield

    def arrange(self) -> Iterator[None]:
        """Puts the tiles of every cell in the order of their names, and lays everything out anew."""
        for section in self.sections:
            for cell in section.all_cells():
                yield from self._sort(cell)
                cell.room = 0
            section.untidy = True
        yield from self.tidy()

    @property
    def is_tidy(self) -> bool:
        return not any(section.untidy for section in self.sections)

    def tidy(self) -> Iterator[None]:
        """Lays out the sections that no longer fit, and stacks all."""
        self.sections.sort(key=self._section_key)
        for section in list(self.sections):
            if section.untidy:
                section.untidy = False
                yield from self._lay_out(section)
        yield from self._stack()

    def _stack(self) -> Iterator[None]:
        """Sections one below the other, each under a title that can be read when all are seen."""
        plans = [(section, section.plan) for section in self.sections if section.plan is not None]
        title = max(TITLE, sum(plan.box.height for _, plan in plans) // 36)
        top = width = 0
        for section, plan in plans:
            head = Box(0, top, plan.box.width, title)
            if section.title != head or section.box.height != title + plan.box.height:
                section.title = head
                section.box = Box(0, top, plan.box.width, title + plan.box.height)
                self._settle(section, plan.moved(0, head.bottom))
                yield
            width = max(width, section.box.width)
            top = section.box.bottom + SECTION_GAP
        self.box = Box(0, 0, width, max(0, top - SECTION_GAP))

    def restate(self, entities: Iterable[EntityId] | None = None) -> Iterator[None]:
        """Works the states of tiles out again: of some, or of all."""
        self._stale.clear()
        for number, entity in enumerate(list(self._cells_of) if entities is None else entities, 1):
            self._state(entity)
            if number % _BUNCH == 0:
                yield
        self.touched = None

    def light(self, lit: Collection[EntityId] | None) -> Iterator[None]:
        """Dims everything but these."""
        self.lit = lit
        for section in self.sections:
            for cell in section.all_cells():
                cell.light(lit)
                yield
        self.touched = None

    def take_touched(self) -> list[Box] | None:
        """The boxes of what looks different since the last call; None means everything."""
        touched, self.touched = self.touched, []
        return touched

    def _touch(self, *boxes: Box) -> None:
        if self.touched is not None:
            self.touched.extend(boxes)
            if len(self.touched) > MOST_TOUCHED:
                self.touched = None

    # --- one entity -----------------------------------------------------------------------------------------------

    def _place(self, entity: EntityId) -> None:
        record = self.replica.records.get(entity)
        kind = kind_of(entity)
        if kind in ("network", "cluster"):
            self._declare(entity, record)
            if kind == "cluster":  # its hosts are in its datacenter
                for host in self.replica.referring(entity, "host"):
                    self._place(host)
            else:  # its portgroups have its VLAN where they have none of their own
                for portgroup in self.replica.referring(entity, "network"):
                    self._declare(portgroup, self.replica.records.get(portgroup))
        elif kind in ("host", "switch", "vm"):
            wanted = self._wanted(record) if record is not None and self._is_shown(entity) else ()
            before = self._cells_of.get(entity, ())
            if wanted is not before:
                self._move(entity, record, before, wanted)
            if before and wanted:
                self._state(entity)
            if kind == "vm":
                nics = record.nics if isinstance(record, VM) else ()
                lanes = dict.fromkeys(nic.vlan or Apart.UNKNOWN for nic in nics)  # also of those that are left out
                self.families.put(entity, endpoint_of(entity), record.name if record is not None else "", lanes)
                self._mark(entity)
            if kind == "switch":
                self._own(entity, record)

    def _is_shown(self, entity: EntityId) -> bool:
        return (self.only is None or entity in self.only) and endpoint_of(entity) not in self.hidden

    def _wanted(self, record: AnyRecord) -> tuple[Cell, ...]:
        """The cells that a record has a tile in."""
        match record:
            case Host():
                cluster = self.replica.records.get(record.cluster) if record.cluster is not None else None
                datacenter = record.datacenter or (cluster.datacenter if isinstance(cluster, Cluster) else None)
                return self._combined([self._cell(record.id, Area.HOSTS, datacenter, record.cluster)])
            case Switch(host=None):
                return self._combined([self._cell(record.id, Area.SWITCHES, None, None)])
            case VM(nics=()):
                return self._combined([self._cell(record.id, Area.NETWORKS, Apart.UNPLUGGED, None)])
            case VM():
                cells = [
                    self._cell(record.id, Area.NETWORKS, nic.vlan or Apart.UNKNOWN, nic.network) for nic in record.nics
                ]
                return self._combined(list(dict.fromkeys(cells)))
        return ()

    def _cell(self, member: EntityId, area: Area, lane: LaneKey, entity: EntityId | None) -> Cell:
        endpoint = endpoint_of(member)
        section = self._by_endpoint.get(endpoint)
        if section is None:
            section = self._by_endpoint[endpoint] = Section(endpoint)
            self.sections.append(section)
        key = area, lane, entity
        cell = section.cells.get(key)
        if cell is None:
            cell = section.cells[key] = Cell(section, area, lane, entity)
            section.untidy = True
            if entity is not None:
                self._declared_by[entity] = (*self._declared_by.get(entity, ()), cell)
        return cell

    def _combined(self, cells: list[Cell]) -> tuple[Cell, ...]:
        """One tuple for all that are in the same cells: 45,000 would be the collector's to walk."""
        return self._combinations.setdefault(tuple(map(id, cells)), tuple(cells))

    def _move(
        self, entity: EntityId, record: AnyRecord | None, before: tuple[Cell, ...], wanted: tuple[Cell, ...]
    ) -> None:
        for cell in before:
            if cell not in wanted:
                self._touch(cell.place.tile_box(cell.where[entity]), cell.place.title)
                cell.remove(entity)
                cell.section.untidy |= not cell.where and not cell.declared
        state = self._code(record) if record is not None else 0
        for cell in wanted:
            if cell not in before:
                cell.add(entity, state)
                self._touch(cell.place.title)
                cell.section.untidy |= not cell.fits
        self._shown[kind_of(entity)] += bool(wanted) - bool(before)
        if wanted:
            self._cells_of[entity] = wanted
        else:
            del self._cells_of[entity]

    def _declare(self, entity: EntityId, record: AnyRecord | None) -> None:
        """A network is seen on the VLANs it has, a cluster where it is, even with nothing in them."""
        declared: set[Cell] = set()
        if record is not None and self._is_shown(entity):
            if isinstance(record, Network):
                parent = self.replica.records.get(record.parent) if record.parent is not None else None
                vlan = network_vlan(record, None, parent if isinstance(parent, Network) else None)
                lanes: set[LaneKey] = {vlan} if vlan is not None else set(record.host_vlans.values())
                area, keys = Area.NETWORKS, lanes or {Apart.UNKNOWN}
            else:
                assert isinstance(record, Cluster)
                area, keys = Area.HOSTS, {record.datacenter}
            declared = {self._cell(entity, area, key, entity) for key in keys}
        for cell in {*self._declared_by.get(entity, ()), *declared}:
            cell.section.untidy |= cell.declared != (cell in declared)
            cell.declared = cell in declared

    def _own(self, entity: EntityId, record: AnyRecord | None) -> None:
        """A switch of one host is drawn inside it."""
        section = self._by_endpoint.get(endpoint_of(entity))
        host = record.host if isinstance(record, Switch) and self._is_shown(entity) else None
        if section is None and host is not None:
            section = self._by_endpoint[endpoint_of(entity)] = Section(endpoint_of(entity))
            self.sections.append(section)
        if section is None or (host is not None and entity in section.own_switches.get(host, ())):
            return
        most = section.own_lines
        for owner, switches in list(section.own_switches.items()) if host is None else ():
            if entity in switches:
                switches.remove(entity)
                if not switches:
                    del section.own_switches[owner]
        if host is not None:
            section.own_switches.setdefault(host, []).append(entity)
        section.untidy |= section.own_lines != most

    def _state(self, entity: EntityId) -> None:
        record = self.replica.records.get(entity)
        if record is not None:
            state = self._code(record)
            for cell in self._cells_of.get(entity, ()):
                slot = cell.where[entity]
                if cell.states[slot] != state:
                    cell.states[slot] = state
                    cell.version += 1
                self._touch(cell.place.tile_box(slot))

    def _code(self, record: AnyRecord) -> int:
        dimmed = self.lit is not None and record.id not in self.lit
        return code_of(record, stale=self._is_stale(record), dimmed=dimmed)

    def _is_stale(self, record: AnyRecord) -> bool:
        """What the replica says, asked once for each endpoint and not for each of its VMs."""
        endpoint = endpoint_of(record.id)
        stale = self._stale.get(endpoint)
        if stale is None:
            stale = self._stale[endpoint] = self.replica.is_stale(entity_id("any", endpoint, ""))
        if stale or not isinstance(record, VM) or record.host is None:
            return stale
        host = self.replica.records.get(record.host)
        return isinstance(host, Host) and host.state in SILENT

    def _mark(self, vm: EntityId) -> None:
        for cell in self._cells_of.get(vm, ()):
            if (vm, cell.lane) in self.families.odd:
                cell.odd.add(vm)
            else:
                cell.odd.discard(vm)

    # --- order and lay-out ----------------------------------------------------------------------------------------

    def _sort(self, cell: Cell) -> Iterator[None]:
        records = self.replica.records
        keys: list[tuple[str, EntityId]] = []
        for number, entity in enumerate(list(cell.where), 1):
            record = records.get(entity)
            keys.append((natural(record.name) if record is not None else "", entity))
            if number % 200 == 0:
                yield
        ordered = yield from _sorted(keys)
        there = [entity for _, entity in ordered if entity in cell.where]
        if len(there) == len(cell.where):  # else somebody came meanwhile, and stands at the end
            cell.order(there)
        yield

    def _lay_out(self, section: Section) -> Iterator[None]:
        """Asks for a plan and takes it over at once: in between the old one holds."""
        for key, cell in list(section.cells.items()):
            if not cell.where and not cell.declared:
                self._forget(key, cell)
        if not section.cells:
            section.plan = None
            for area in Area:
                section.lanes[area] = []
            section.box = section.title = Box(0, section.box.y, 0, 0)
            self.sections.remove(section)
            del self._by_endpoint[section.endpoint]
            return
        lanes: dict[Area, list[tuple[LaneKey, list[Cell]]]] = {}
        for area in Area:
            lanes[area] = self._ordered(section, area)
            yield
        rooms = {area: tuple(tuple(map(_room, cells)) for _, cells in lanes[area]) for area in Area}
        lines = section.own_lines
        demand = packing.Demand(
            rooms[Area.HOSTS],
            sum(sum(cells) for cells in rooms[Area.SWITCHES]),
            rooms[Area.NETWORKS],
            Tile(196, 36 + 18 * lines, 200, 40 + 18 * lines),
            Tile(180, 56, 200, 72),
        )
        section.plan = yield from packing.plan(demand)
        for area, planned in (
            (Area.HOSTS, section.plan.hosts),
            (Area.SWITCHES, section.plan.switches),
            (Area.NETWORKS, section.plan.networks),
        ):
            section.lanes[area] = [
                Lane(section, area, key, cells, place) for (key, cells), place in zip(lanes[area], planned, strict=True)
            ]
        self._settle(section, section.plan.moved(0, section.title.bottom))

    def _settle(self, section: Section, plan: Plan) -> None:
        for area, planned in (
            (Area.HOSTS, plan.hosts),
            (Area.SWITCHES, plan.switches),
            (Area.NETWORKS, plan.networks),
        ):
            for lane, place in zip(section.lanes[area], planned, strict=True):
                lane.box, lane.label = place.box, place.label
                for cell, where in zip(lane.cells, place.cells, strict=True):
                    cell.place = where
                    section.untidy |= not cell.fits

    def _forget(self, key: tuple[Area, LaneKey, EntityId | None], cell: Cell) -> None:
        del cell.section.cells[key]
        if cell.entity is not None:
            left = tuple(each for each in self._declared_by.get(cell.entity, ()) if each is not cell)
            if left:
                self._declared_by[cell.entity] = left
            else:
                self._declared_by.pop(cell.entity, None)
        self._combinations = {ids: cells for ids, cells in self._combinations.items() if cell not in cells}

    def _ordered(self, section: Section, area: Area) -> list[tuple[LaneKey, list[Cell]]]:
        lanes: dict[LaneKey, list[tuple[tuple[str, ...], Cell]]] = {}
        for cell in section.all_cells():
            if cell.area is area:
                lanes.setdefault(cell.lane, []).append((self._cell_key(cell), cell))
        ordered = sorted(lanes.items(), key=lambda lane: self._lane_key(lane[0]))
        return [(key, [cell for _, cell in sorted(cells, key=itemgetter(0))]) for key, cells in ordered]

    def _section_key(self, section: Section) -> tuple[str, str]:
        return self._name(self.connection_of(section)), section.endpoint

    def _cell_key(self, cell: Cell) -> tuple[str, ...]:
        record = self.replica.records.get(cell.entity) if cell.entity is not None else None
        switch = record.switch if isinstance(record, Network) else None
        return "" if record is not None else "~", self._name(cell.entity), self._name(switch), cell.entity or ""

    def _lane_key(self, key: LaneKey) -> tuple[int, tuple[tuple[int, int], ...], str]:
        match key:
            case Vlan(mode=mode):
                return _MODES[mode], key.ranges, str(key)
            case Apart():
                return 10 + list(Apart).index(key), (), ""
            case None:
                return 20, (), ""
            case _:
                return 0, (), self._name(key) + key

    def _name(self, entity: EntityId | None) -> str:
        record = self.replica.records.get(entity) if entity is not None else None
        return natural(record.name) if record is not None else ""


_MODES = {VlanMode.NONE: 0, VlanMode.ACCESS: 1, VlanMode.PRIVATE: 2, VlanMode.TRUNK: 3}


def _room(cell: Cell) -> int:
    cell.room = room_for(len(cell.slots), cell.room)
    return cell.room if cell.area is Area.NETWORKS else max(1, len(cell.slots))


def _sorted(keys: list[tuple[str, EntityId]]) -> Generator[None, None, list[tuple[str, EntityId]]]:
    """Sorted in runs, which are then merged: a timsort of 45,000 keys would hold the event loop."""
    run = 4_000
    if len(keys) > run:
        for start in range(0, len(keys), run):
            keys[start : start + run] = sorted(keys[start : start + run])
            yield
    return sorted(keys)  # runs that are sorted already are merged at the speed of C
