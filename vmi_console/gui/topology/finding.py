"""What is at a point of the picture, and what is next to something. No Qt; found by arithmetic, not by search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from vmi_console.estate.identity import EntityId
from vmi_console.gui.topology.packing import HEAD, Box
from vmi_console.gui.topology.scene import Area, Cell, Scene

AIMABLE = 10  # pixels of height below which a tile cannot be aimed at: its network is


class Spot(NamedTuple):
    """What is at a point: one entity, several (the networks of a VLAN), or none; its box; the cell it is in, or is."""

    entities: tuple[EntityId, ...]
    box: Box
    cell: Cell | None = None
    is_tile: bool = False


def spot_at(scene: Scene, x: float, y: float, zoom: float) -> Spot | None:
    """The innermost thing at a point that is large enough on screen to be meant."""
    here = Box(int(x), int(y), 1, 1)
    for section in scene.sections:
        if not section.box.holds(x, y):
            continue
        if section.title.holds(x, y):
            connection = scene.connection_of(section)
            return Spot((connection,), section.title) if connection is not None else None
        for area in Area:
            for lane in section.lanes_in(area, here):
                for cell in lane.cells:
                    if cell.place.box.holds(x, y):
                        return _in_cell(cell, x, y, zoom)
                if area is Area.NETWORKS:
                    return Spot(lane.networks, lane.label if lane.label.holds(x, y) else lane.box)
                if isinstance(lane.key, str) and lane.label.holds(x, y):
                    return Spot((lane.key,), lane.label)
    return None


def _in_cell(cell: Cell, x: float, y: float, zoom: float) -> Spot | None:
    if cell.place.tile.height * zoom >= AIMABLE:
        slot = cell.place.slot_at(x, y)
        if slot is not None and slot < len(cell.slots) and (entity := cell.slots[slot]) is not None:
            return Spot((entity,), cell.place.tile_box(slot), cell, is_tile=True)
    if cell.entity is None:
        return Spot((), cell.place.box, cell) if cell.place.head >= HEAD else None
    return Spot((cell.entity,), cell.place.box, cell)


# --- neighbours ---------------------------------------------------------------------------------------------------


def tile_of(scene: Scene, entity: EntityId, cell: Cell | None = None) -> Spot | None:
    """The tile of an entity, in `cell` if it has one there; the box of what has no tile."""
    cells = [each for each in scene.cells_of(entity) if entity in each.where]
    if cells:
        chosen = cell if cell is not None and cell in cells else cells[0]
        return Spot((entity,), chosen.place.tile_box(chosen.where[entity]), chosen, is_tile=True)
    boxes = scene.boxes_of(entity)
    if not boxes:
        return None
    found = scene.cells_of(entity)
    return Spot((entity,), boxes[0], found[0] if found else None)


def first_tile(scene: Scene) -> Spot | None:
    """Where the keyboard begins: the first network that has VMs, else anything."""
    for area in (Area.NETWORKS, Area.HOSTS, Area.SWITCHES):
        for section in scene.sections:
            for lane in section.lanes[area]:
                for cell in lane.cells:
                    for entity in cell.where:
                        return tile_of(scene, entity, cell)
    return None


def neighbour(scene: Scene, spot: Spot, across: int, down: int) -> Spot | None:
    """The next tile in a direction (-1, 0 or 1 each): in the same cell, else in the nearest one that way."""
    if spot.is_tile and spot.cell is not None:
        within = _within(spot.cell, spot.cell.where[spot.entities[0]], across, down)
        if within is not None:
            return tile_of(scene, within, spot.cell)
    best: tuple[float, Cell] | None = None
    for cell in _filled(scene):
        if cell is not spot.cell or not spot.is_tile:
            away = _away(spot.box, cell.place.grid, across, down)
            if away is not None and (best is None or away < best[0]):
                best = away, cell
    if best is None:
        return None
    entity = _nearest(best[1], spot.box)
    return tile_of(scene, entity, best[1]) if entity is not None else None


def _within(cell: Cell, slot: int, across: int, down: int) -> EntityId | None:
    columns = cell.place.columns
    row, column = divmod(slot, columns)
    while True:
        row, column = row + down, column + across
        at = row * columns + column
        if not (0 <= column < columns and 0 <= at < len(cell.slots)):
            return None
        if (entity := cell.slots[at]) is not None:
            return entity


def _filled(scene: Scene) -> Iterator[Cell]:
    for section in scene.sections:
        for cell in section.all_cells():
            if cell.where:
                yield cell


def _away(start: Box, box: Box, across: int, down: int) -> float | None:
    """How far a box is in a direction; what is off to the side counts double. None where it is not that way."""
    x, y = start.middle
    along = {
        (1, 0): box.x - x,
        (-1, 0): x - box.right,
        (0, 1): box.y - y,
        (0, -1): y - box.bottom,
    }[across, down]
    if along < 0:
        return None
    aside = max(box.y - y, y - box.bottom, 0) if across else max(box.x - x, x - box.right, 0)
    return along + 2 * aside


def _nearest(cell: Cell, start: Box) -> EntityId | None:
    """The tile of a cell that is nearest to a box."""
    grid = cell.place.grid
    x, y = start.middle
    slot = cell.place.slot_at(min(max(x, grid.x), grid.right - 1), min(max(y, grid.y), grid.bottom - 1)) or 0
    taken = [(abs(slot - at), at) for at in cell.where.values()]
    return cell.slots[min(taken)[1]] if taken else None


def outwards(spot: Spot) -> Spot | None:
    """From a tile to its network or cluster."""
    if spot.is_tile and spot.cell is not None and spot.cell.entity is not None:
        return Spot((spot.cell.entity,), spot.cell.place.box, spot.cell)
    return None


def inwards(scene: Scene, spot: Spot) -> Spot | None:
    """From a network or cluster to its first tile."""
    if spot.is_tile or spot.cell is None or not spot.cell.where:
        return None
    return tile_of(scene, next(entity for entity in spot.cell.slots if entity is not None), spot.cell)
