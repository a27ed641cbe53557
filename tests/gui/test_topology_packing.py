"""Boxes of the topology picture never overlap, keep their order, and stand still while little comes and goes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from vmi_console.gui.topology.packing import Box, Demand, LanePlace, Place, Plan, Tile, plan, room_for

HOST, SWITCH = Tile(196, 54, 200, 58), Tile(180, 56, 200, 72)

lanes = st.lists(st.lists(st.integers(1, 300), max_size=7).map(tuple), max_size=8).map(tuple)


def planned(demand: Demand) -> Plan:
    made: list[Plan] = []

    def steps() -> Iterator[None]:
        made.append((yield from plan(demand)))

    for _ in steps():
        pass
    return made[0]


def areas(made: Plan) -> tuple[tuple[LanePlace, ...], ...]:
    return made.hosts, made.switches, made.networks


def cells(made: Plan) -> Iterator[Place]:
    for area in areas(made):
        for lane in area:
            yield from lane.cells


def inside(inner: Box, outer: Box) -> bool:
    return outer.x <= inner.x and outer.y <= inner.y and inner.right <= outer.right and inner.bottom <= outer.bottom


@given(lanes, st.integers(0, 40), lanes)
def test_nothing_overlaps_and_everything_has_room(
    hosts: tuple[tuple[int, ...], ...], switches: int, networks: tuple[tuple[int, ...], ...]
) -> None:
    made = planned(Demand(hosts, switches, networks, HOST, SWITCH))
    boxes = [lane.box for area in areas(made) for lane in area]
    assert not [pair for pair in combinations(boxes, 2) if pair[0].meets(pair[1])]
    for area in areas(made):
        for lane in area:
            assert inside(lane.box, made.box)
            rooms = [cell.box for cell in lane.cells] + ([lane.label] if lane.label.height else [])
            assert all(inside(room, lane.box) for room in rooms)
            assert not [pair for pair in combinations(rooms, 2) if pair[0].meets(pair[1])]
    wanted = [count for lane in (*hosts, *(((switches,),) if switches else ()), *networks) for count in lane]
    for cell, count in zip(cells(made), wanted, strict=True):
        assert cell.columns * cell.rows >= count


@given(lanes)
def test_lanes_and_cells_keep_their_order(networks: tuple[tuple[int, ...], ...]) -> None:
    made = planned(Demand((), 0, networks, HOST, SWITCH))
    assert [len(lane.cells) for lane in made.networks] == [len(lane) for lane in networks]
    tops = [lane.box.y for lane in made.networks]
    assert tops == sorted(tops)
    for lane in made.networks:
        corners = [(cell.box.y, cell.box.x) for cell in lane.cells]
        assert corners == sorted(corners)


@given(st.integers(1, 400), st.integers(1, 40))
def test_a_slot_is_where_its_tile_is(count: int, columns: int) -> None:
    place = Place(Box(30, 40, 5_000, 5_000), 30, columns, -(-count // columns), HOST)
    boxes = [place.tile_box(slot) for slot in range(count)]
    assert [place.slot_at(*box.middle) for box in boxes] == list(range(count))
    assert place.slot_at(place.grid.x - 1, place.grid.y) is None
    assert place.slot_at(place.grid.right, place.grid.y) is None


@given(st.integers(0, 5_000), st.lists(st.sampled_from((-1, 1)), max_size=30))
def test_room_changes_seldom(count: int, steps: list[int]) -> None:
    room = room_for(count)
    for step in (1, -1, 1, -1):
        assert room_for(count + step, room) == room
    for step in steps:
        count = max(0, count + step)
        room = room_for(count, room)
        assert room >= count


def test_a_picture_is_about_as_wide_as_a_window() -> None:
    for scale in (1, 10, 100):
        made = planned(Demand(((10, 10),), 2, tuple((30 * scale, 20 * scale) for _ in range(12)), HOST, SWITCH))
        assert 1.2 < made.box.width / made.box.height < 2.6


def test_many_small_networks_of_a_vlan_wrap() -> None:
    made = planned(Demand(((2,),), 1, (tuple([3] * 200),), HOST, SWITCH))
    assert len({cell.box.y for cell in made.networks[0].cells}) > 1
