"""Where everything of the picture goes: counts of tiles in, boxes out. No Qt, no records, whole numbers only.

A section (what one endpoint reports) has three areas side by side: hosts, shared switches, and VMs. Hosts and VMs come
in *lanes* (datacenters; VLANs), stacked in their order, and each lane holds *cells* (clusters; networks), which are
grids of tiles. Nothing is pushed about by forces: the same counts give the same picture, whatever came first.

World units are device-independent pixels at a zoom of 1, where a tile has room for two lines of text.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import NamedTuple

PAD = 6  # around the tiles of a cell
GAP = 10  # between cells, between lanes
HEAD = 30  # least height of the title of a cell
LABEL = 230  # least width of what stands at the left of a lane
GUTTER = 96  # least room between two areas, for the wires
SEEN_LANES = 32  # lanes of the least height that are seen one below the other when everything is
SHAPE = 2.0  # width to height that a section strives for: a window's
WIDTHS = tuple(dict.fromkeys(round(4 * 1.25**step) for step in range(26)))  # columns of tiles: few, so it rarely moves


class Box(NamedTuple):
    """A rectangle in world units."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def holds(self, x: float, y: float) -> bool:
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def meets(self, other: Box) -> bool:
        """Whether the two have any room in common."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def moved(self, x: int, y: int) -> Box:
        return Box(self.x + x, self.y + y, self.width, self.height)


class Tile(NamedTuple):
    """What one thing takes, and how far apart they are."""

    width: int
    height: int
    across: int
    down: int


VM_TILE = Tile(148, 36, 152, 40)


class Place(NamedTuple):
    """A cell: its box, the height of its title, and the grid of tiles inside it."""

    box: Box
    head: int
    columns: int
    rows: int
    tile: Tile

    def tile_box(self, slot: int) -> Box:
        """Where the tile of a slot is; slots run along the rows."""
        row, column = divmod(slot, self.columns)
        tile = self.tile
        return Box(
            self.box.x + PAD + column * tile.across + (tile.across - tile.width) // 2,
            self.box.y + self.head + PAD + row * tile.down + (tile.down - tile.height) // 2,
            tile.width,
            tile.height,
        )

    @property
    def title(self) -> Box:
        """The room of its title, above the tiles."""
        return Box(self.box.x, self.box.y, self.box.width, self.head)

    @property
    def grid(self) -> Box:
        """The room of all tiles."""
        return Box(
            self.box.x + PAD, self.box.y + self.head + PAD, self.columns * self.tile.across, self.rows * self.tile.down
        )

    def part(self, seen: Box) -> Box:
        """The columns and rows of the grid that reach into a box."""
        grid, tile = self.grid, self.tile
        left, top = max(0, (seen.x - grid.x) // tile.across), max(0, (seen.y - grid.y) // tile.down)
        right = min(self.columns, (seen.right - grid.x) // tile.across + 1)
        bottom = min(self.rows, (seen.bottom - grid.y) // tile.down + 1)
        return Box(left, top, max(0, right - left), max(0, bottom - top))

    def slot_at(self, x: float, y: float) -> int | None:
        """The slot whose share of the grid has this point, whether or not a tile is there."""
        column = math.floor((x - self.box.x - PAD) / self.tile.across)
        row = math.floor((y - self.box.y - self.head - PAD) / self.tile.down)
        return row * self.columns + column if 0 <= column < self.columns and 0 <= row < self.rows else None

    def moved(self, x: int, y: int) -> Place:
        return self._replace(box=self.box.moved(x, y))


class LanePlace(NamedTuple):
    """A lane: its box, the room for its label, and its cells in their order."""

    box: Box
    label: Box
    cells: tuple[Place, ...]

    def moved(self, x: int, y: int) -> LanePlace:
        return LanePlace(self.box.moved(x, y), self.label.moved(x, y), tuple(cell.moved(x, y) for cell in self.cells))


class Plan(NamedTuple):
    """A section, its upper left corner at 0, 0."""

    box: Box
    hosts: tuple[LanePlace, ...]
    switches: tuple[LanePlace, ...]
    networks: tuple[LanePlace, ...]

    def moved(self, x: int, y: int) -> Plan:
        areas = (tuple(lane.moved(x, y) for lane in area) for area in (self.hosts, self.switches, self.networks))
        return Plan(self.box.moved(x, y), *areas)


class Demand(NamedTuple):
    """How many tiles each cell must hold, lane by lane; a cell for none is drawn as an empty one."""

    hosts: tuple[tuple[int, ...], ...]
    switches: int
    networks: tuple[tuple[int, ...], ...]
    host_tile: Tile
    switch_tile: Tile


def room_for(count: int, before: int = 0) -> int:
    """Tiles that a cell of `count` is laid out for: more than it has, and what it was while that still fits.

    So one that comes finds a place, one that goes leaves one, and neither moves anything.
    """
    if 0 < before <= 2 * count + 16 and count <= before:
        return before
    return count + max(2, count // 12)


def plan(demand: Demand) -> Generator[None, None, Plan]:
    """The picture of a section, in steps of a few milliseconds."""
    best: tuple[float, int, int] | None = None
    tiles = sum(map(sum, demand.hosts)) * demand.host_tile.across * demand.host_tile.down
    for columns in WIDTHS:
        width = height = 0
        for lane in demand.networks:
            across, down = _extent(lane, columns, 2, VM_TILE)
            width, height = max(width, across), height + down + GAP
            yield
        beside = max(demand.host_tile.across, tiles / max(height, 1)) + LABEL + 2 * GUTTER
        ratio = math.log((width * 1.25 + beside) / (max(height, 1) * SHAPE))
        if best is None or abs(ratio) < best[0]:
            best = abs(ratio), columns, height
        if ratio > 0.5:
            break
    assert best is not None
    readable = min(best[2] // SEEN_LANES, best[2] * 6 // (10 * max(1, len(demand.networks))))
    networks = yield from _stacked(demand.networks, best[1], 2, VM_TILE, readable, label_at_left=True)
    height = max(_bottom(networks), demand.host_tile.down * 3)
    hosts: tuple[LanePlace, ...] = ()
    for columns in WIDTHS_OF_HOSTS:
        hosts = yield from _stacked(demand.hosts, columns, 1, demand.host_tile, readable, label_at_left=False)
        if _bottom(hosts) <= height * 1.1:
            break
    height = max(height, _bottom(hosts))
    gutter = max(GUTTER, _right(networks) // 20)
    switches = _spread(demand.switches, demand.switch_tile, height, _right(networks) // 10)
    height = max(height, _bottom(switches))
    left = top = GAP
    placed_hosts = tuple(lane.moved(left, top) for lane in hosts)
    left += _right(hosts) + gutter if hosts else 0
    placed_switches = tuple(lane.moved(left, top) for lane in switches)
    left += _right(switches) + gutter if switches else 0
    placed_networks = tuple(lane.moved(left, top) for lane in networks)
    width = max(left + _right(networks) + GAP, 4 * LABEL)
    return Plan(Box(0, 0, width, top + height + GAP), placed_hosts, placed_switches, placed_networks)


WIDTHS_OF_HOSTS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 64)


# --- lanes --------------------------------------------------------------------------------------------------------


class _Line(NamedTuple):
    """Cells side by side: the columns of each, and the rows of the highest."""

    columns: tuple[int, ...]
    rows: int


def _lines(cells: Sequence[int], columns: int, least: int) -> list[_Line]:
    """Cuts the cells of a lane into lines of at most `columns` tiles; no cell is narrower than `least`."""
    each = max(1, columns // least)
    if len(cells) <= each:
        return [_line(cells, columns, least)]
    lines = math.ceil(len(cells) / each)
    share = math.ceil(len(cells) / lines)
    return [_line(cells[start : start + share], columns, least) for start in range(0, len(cells), share)]


def _line(cells: Sequence[int], columns: int, least: int) -> _Line:
    """The lowest line in which these cells have room side by side."""
    least = min(least, columns)
    low, high = 1, max(1, *cells) if cells else 1
    while low < high:
        rows = (low + high) // 2
        if sum(max(least, -(-count // rows)) for count in cells) <= columns:
            high = rows
        else:
            low = rows + 1
    return _Line(tuple(max(least, -(-count // low)) for count in cells), low)


def _head(line: _Line, tile: Tile) -> int:
    """The title of a cell grows with it, so that it can be read when the tiles cannot."""
    return max(HEAD, line.rows * tile.down // 5)


def _extent(cells: Sequence[int], columns: int, least: int, tile: Tile) -> tuple[int, int]:
    """Width and height that the cells of a lane take, without its label."""
    titled = len(cells) > 1
    width = height = 0
    for line in _lines(cells, columns, least):
        width = max(width, sum(count * tile.across + 2 * PAD + GAP for count in line.columns) - GAP)
        height += (_head(line, tile) if titled else 0) + line.rows * tile.down + 2 * PAD + GAP
    return width, height - GAP


def _stacked(
    lanes: Sequence[Sequence[int]], columns: int, least: int, tile: Tile, readable: int, *, label_at_left: bool
) -> Generator[None, None, tuple[LanePlace, ...]]:
    """Lanes one below the other, all of the width of the widest; labels are `readable` units high or higher."""
    extents = []
    for lane in lanes:
        extents.append(_extent(lane, columns, least, tile))
        yield
    width = max((extent[0] for extent in extents), default=0)
    label = max(LABEL, width // 8)
    stacked: list[LanePlace] = []
    top = 0
    for lane, (_, height) in zip(lanes, extents, strict=True):
        beside, above = (label, 0) if label_at_left else (0, max(HEAD, readable) if len(lanes) > 1 else 0)
        cells = _cells(lane, columns, least, tile, beside, top + above, titled=len(lane) > 1 or not label_at_left)
        height = max(max((cell.box.bottom for cell in cells), default=top) - top, above, readable)
        box = Box(0, top, beside + width, height)
        side = Box(0, top, beside, height) if label_at_left else Box(0, top, width, above)
        stacked.append(LanePlace(box, side, cells))
        top += height + GAP
        yield
    return tuple(stacked)


def _cells(
    lane: Sequence[int], columns: int, least: int, tile: Tile, left: int, top: int, *, titled: bool
) -> tuple[Place, ...]:
    placed: list[Place] = []
    remaining = iter(lane)
    for line in _lines(lane, columns, least):
        head = _head(line, tile) if titled else 0
        x = left
        for across, count in zip(line.columns, remaining, strict=False):
            rows = max(1, -(-count // across))
            box = Box(x, top, across * tile.across + 2 * PAD, head + rows * tile.down + 2 * PAD)
            placed.append(Place(box, head, across, rows, tile))
            x = box.right + GAP
        top += head + line.rows * tile.down + 2 * PAD + GAP
    return tuple(placed)


def _spread(count: int, tile: Tile, height: int, widest: int) -> tuple[LanePlace, ...]:
    """Few switches stand far apart and grow with the picture; many stand close, in columns."""
    if not count:
        return ()
    columns = -(-count * tile.down // height)
    rows = -(-count // columns)
    down = max(tile.down, (height - 2 * PAD) // rows)
    grown = max(tile.height, min(down * 2 // 3, height // 14))
    width = max(tile.width, min(tile.width * grown // tile.height, widest))
    spread = Tile(width, grown, width + tile.across - tile.width, down)
    box = Box(0, 0, columns * spread.across + 2 * PAD, rows * down + 2 * PAD)
    return (LanePlace(box, Box(0, 0, box.width, 0), (Place(box, 0, columns, rows, spread),)),)


def _bottom(lanes: Sequence[LanePlace]) -> int:
    return max((lane.box.bottom for lane in lanes), default=0)


def _right(lanes: Sequence[LanePlace]) -> int:
    return max((lane.box.right for lane in lanes), default=0)
