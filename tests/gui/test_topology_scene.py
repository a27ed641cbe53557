"""The scene of the topology picture is what the replica says, whatever happened before, and little moves in it."""

from __future__ import annotations

import random
from collections.abc import Generator

import msgspec
import pytest

from tests.gui import estates
from vmi_console.engine import protocol
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM, HostState, Network, Nic, NicKind, PhysicalNic, Power, State, Switch
from vmi_console.estate.vlan import UNTAGGED, access, trunk
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import POWER
from vmi_console.gui.topology.families import Families, family_of
from vmi_console.gui.topology.finding import first_tile, inwards, neighbour, outwards, spot_at, tile_of
from vmi_console.gui.topology.glyphs import DIMMED, STALE, look_of
from vmi_console.gui.topology.scene import Apart, Area, Cell, Scene
from vmi_console.gui.topology.wiring import wired, wires


def run[Result](steps: Generator[object, None, Result]) -> Result:
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]


def of(kind: str, number: int | str, endpoint: str = "vc") -> EntityId:
    return entity_id(kind, endpoint, str(number))


def built(replica: Replica, only: set[EntityId] | None = None) -> Scene:
    scene = Scene(replica, only)
    for _ in scene.build():
        pass
    return scene


def update(replica: Replica, *records: AnyRecord, removed: tuple[EntityId, ...] = ()) -> set[EntityId]:
    """Tells the replica and gives the ids."""
    replica.updated(protocol.Update(records=records, removed=removed))
    replica.refresh()
    return {*(record.id for record in records), *removed}


def follow(scene: Scene, entities: set[EntityId]) -> None:
    for _ in scene.take(entities):
        pass


def tidied(scene: Scene) -> None:
    while not scene.is_tidy:
        for _ in scene.tidy():
            pass


def members(scene: Scene) -> dict[tuple[str, Area, object, EntityId | None], frozenset[EntityId]]:
    return {
        (section.endpoint, *key): frozenset(cell.where)
        for section in scene.sections
        for key, cell in section.cells.items()
        if cell.where or cell.declared
    }


def cells(scene: Scene) -> list[Cell]:
    return [cell for section in scene.sections for cell in section.all_cells()]


@pytest.fixture
def replica() -> Replica:
    replica = Replica()
    estates.replay(replica, estates.estate(hosts=4, vms=60))
    return replica


def test_a_vm_stands_in_every_network_it_has_a_card_in(replica: Replica) -> None:
    scene = built(replica)
    standing = {(cell.lane, cell.entity) for cell in scene.cells_of(of("vm", 3))}
    assert standing == {(access(103), of("network", 3)), (access(110), of("network", 10))}


def test_lanes_are_in_the_order_of_their_vlans_and_tiles_in_that_of_names(replica: Replica) -> None:
    loose = Network(id=of("network", "u"), name="native", vlan=UNTAGGED)
    uplink = Network(id=of("network", "t"), name="all", vlan=trunk([(1, 99)]))
    unknown = Network(id=of("network", "x"), name="who knows")
    update(replica, loose, uplink, unknown, estates.vm(99, nics=()))
    scene = built(replica)
    keys = [lane.key for lane in scene.sections[0].lanes[Area.NETWORKS]]
    assert keys == [
        UNTAGGED,
        *(access(100 + number) for number in range(estates.NETWORKS)),
        trunk([(1, 99)]),
        Apart.UNKNOWN,
        Apart.UNPLUGGED,
    ]
    for cell in cells(scene):
        names = [replica.records[entity].name for entity in cell.slots if entity is not None]
        assert names == sorted(names)


def test_a_network_on_two_vlans_is_in_both_lanes(replica: Replica) -> None:
    hosts = {of("host", 0): access(40), of("host", 1): access(41)}
    update(replica, Network(id=of("network", "lan"), name="lan", host_vlans=hosts))
    scene = built(replica)
    assert {cell.lane for cell in scene.cells_of(of("network", "lan"))} == {access(40), access(41)}


@pytest.mark.parametrize("seed", range(8))
def test_random_changes_against_a_scene_made_anew(seed: int, replica: Replica) -> None:
    chance = random.Random(seed)
    scene = built(replica)
    for _ in range(60):
        number, other = chance.randrange(80), chance.randrange(80)
        match chance.randrange(9):
            case 0:
                told = update(replica, removed=(of("vm", number),))
            case 1:
                told = update(replica, removed=(of(*chance.choice((("host", 2), ("network", 7), ("cluster", 0)))),))
            case 2:
                told = update(replica, estates.host(chance.randrange(6), state=chance.choice(list(HostState))))
                told |= {of("vm", each) for each in range(80)}  # as the keeper does: they are as stale as it is
            case 3:
                told = update(replica, estates.network(chance.randrange(estates.NETWORKS), vlan=access(other)))
            case 4:
                told = update(replica, Switch(id=of("switch", number), name="own", host=of("host", other % 4)))
            case 5:
                told = update(replica, estates.vm(number, nics=estates.vm(other).nics[: chance.randrange(3)]))
            case _:
                told = update(replica, estates.vm(number, other % 6, power=chance.choice(list(Power))))
        follow(scene, told)
        if chance.randrange(4) == 0:
            tidied(scene)
    tidied(scene)
    fresh = built(replica)
    assert members(scene) == members(fresh)
    assert scene.families.odd == fresh.families.odd
    assert scene.counts() == fresh.counts()
    for cell in cells(scene):
        assert len(cell.slots) == len(cell.states) <= cell.place.columns * cell.place.rows
        assert {entity: slot for slot, entity in enumerate(cell.slots) if entity is not None} == cell.where
        assert sorted(cell.free) == [slot for slot, entity in enumerate(cell.slots) if entity is None]
        twin = fresh.sections[0].cells[cell.area, cell.lane, cell.entity]
        assert {entity: cell.states[slot] for entity, slot in cell.where.items()} == {
            entity: twin.states[slot] for entity, slot in twin.where.items()
        }


def test_nothing_moves_when_one_comes_or_goes(replica: Replica) -> None:
    scene = built(replica)
    before = {vm: scene.boxes_of(vm) for number in range(60) if (vm := of("vm", number))}
    gone = of("vm", 20)
    follow(scene, update(replica, estates.vm(100, nics=estates.vm(0).nics), removed=(gone,)))
    assert scene.is_tidy
    assert {vm: scene.boxes_of(vm) for vm in before if vm != gone} == {
        vm: boxes for vm, boxes in before.items() if vm != gone
    }
    assert len(scene.boxes_of(of("vm", 100))) == 2


def test_tiles_never_overlap_also_after_a_crowd_came(replica: Replica) -> None:
    scene = built(replica)
    crowd = [estates.vm(1_000 + number, nics=estates.vm(0).nics) for number in range(200)]
    follow(scene, update(replica, *crowd))
    assert not scene.is_tidy
    tidied(scene)
    taken = [cell.place.tile_box(slot) for cell in cells(scene) for slot in cell.where.values()]
    spots = {(box.x, box.y) for box in taken}
    assert len(spots) == len(taken)
    boxes = [cell.place.box for cell in cells(scene)]
    assert not [1 for at, one in enumerate(boxes) for other in boxes[:at] if one.meets(other)]


def test_states_say_power_staleness_and_what_is_dimmed(replica: Replica) -> None:
    scene = built(replica)
    vm = of("vm", 5)
    cell = scene.cells_of(vm)[0]
    assert look_of(cell.states[cell.where[vm]]) is POWER[Power.ON]
    follow(scene, update(replica, estates.vm(5, power=Power.CRASHED)))
    assert look_of(cell.states[cell.where[vm]]) is POWER[Power.CRASHED]
    for _ in scene.light({of("vm", 6)}):
        pass
    assert cell.states[cell.where[vm]] & DIMMED
    update(replica, estates.connection(state=State.STALE))
    for _ in scene.restate():
        pass
    assert cell.states[cell.where[vm]] & STALE
    assert all(replica.is_stale(entity) for entity in cell.where)


def test_several_endpoints_are_apart_and_one_can_be_left_out(replica: Replica) -> None:
    for record in estates.estate(2, 10, "other"):
        update(replica, record)
    scene = built(replica)
    assert [section.endpoint for section in scene.sections] == ["other", "vc"]
    assert scene.sections[0].box.bottom < scene.sections[1].title.y
    only = Scene(replica, hidden=("other",))
    for _ in only.build():
        pass
    assert [section.endpoint for section in only.sections] == ["vc"]
    follow(scene, update(replica, removed=tuple(entity for entity in replica.records if "/other/" in entity)))
    tidied(scene)
    assert [section.endpoint for section in scene.sections] == ["vc"]


def test_what_is_wired_to_a_vm(replica: Replica) -> None:
    switch = of("switch", 1)
    port = PhysicalNic(key="vmnic0", switch=switch)
    update(replica, estates.host(0, nics=(port,)), estates.vm(0, nics=_on_switch(estates.vm(0), switch)))
    assert run(wired(replica, [of("vm", 0)])) == {
        of("vm", 0),
        of("host", 0),
        of("cluster", 0),
        of("network", 0),
        of("network", 7),
        switch,
    }
    assert of("host", 0) in run(wired(replica, [switch]))
    assert of("vm", 0) in run(wired(replica, [of("network", 7)]))
    assert {of("vm", 0), switch} <= run(wired(replica, [of("host", 0)]))
    assert of("vm", 0) in run(wired(replica, [of("cluster", 0)]))


def test_wires_of_a_vm_end_at_its_tiles(replica: Replica) -> None:
    switch = of("switch", 1)
    update(replica, estates.host(0, nics=(PhysicalNic(key="vmnic0", switch=switch),)))
    vm = of("vm", 0)
    update(replica, estates.vm(0, nics=_on_switch(estates.vm(0), switch)))
    scene = built(replica)
    drawn = run(wires(scene, run(wired(replica, [vm])), [vm]))
    assert drawn.lively
    assert {wire.end for wire in drawn.wires if wire.lane is not None} == set(scene.boxes_of(vm))
    assert scene.boxes_of(switch)[0] in {wire.end for wire in drawn.wires}


def test_only_what_is_wired_is_left(replica: Replica) -> None:
    only = run(wired(replica, [of("vm", 0)]))
    scene = built(replica, only)
    assert scene.counts()["vm"] == 1
    assert scene.counts()["host"] == 1
    assert scene.counts()["network"] == 2


def test_points_and_neighbours(replica: Replica) -> None:
    scene = built(replica)
    for vm in (of("vm", 0), of("vm", 41)):
        for box in scene.boxes_of(vm):
            near = spot_at(scene, *box.middle, 1.0)
            assert near is not None
            assert near.entities == (vm,)
            far = spot_at(scene, *box.middle, 0.05)
            assert far is not None
            assert far.entities[0].startswith("network/")
    title = spot_at(scene, *scene.sections[0].title.middle, 1.0)
    assert title is not None
    assert title.entities == (of("connection", "vc", "console"),)
    assert spot_at(scene, -50, -50, 1.0) is None
    spot = first_tile(scene)
    assert spot is not None
    seen = {spot.entities[0]}
    for across, down in ((1, 0), (0, 1), (-1, 0)) * 40:
        step = neighbour(scene, spot, across, down)
        if step is not None:
            assert step.is_tile
            spot = step
            seen.add(step.entities[0])
    assert len(seen) > 10
    network = outwards(tile_of(scene, of("vm", 3)) or spot)
    assert network is not None
    assert network.entities == (of("network", 3),)
    assert inwards(scene, network) is not None


def test_the_one_that_is_not_with_its_family_is_odd(replica: Replica) -> None:
    kin = [_named(number, f"web-pci-{number:02}", 110) for number in range(1, 10)]
    update(replica, *kin, _named(10, "web-pci-10", 666), _named(11, "gateway", 666))
    scene = built(replica)
    odd = scene.families.odd[of("vm", 10), access(666)]
    assert (odd.family, odd.usual, odd.there, odd.of) == ("web-pci", access(110), 9, 10)
    assert {vm for vm, _ in scene.families.odd} == {of("vm", 10)}
    assert list(scene.sections[0].flagged()) == [of("vm", 10)]
    follow(scene, update(replica, _named(10, "web-pci-10", 110)))
    assert not scene.families.odd
    assert not list(scene.sections[0].flagged())


def test_small_or_scattered_families_have_no_usual_place() -> None:
    families = Families()
    for number in range(4):
        families.put(of("vm", number), "vc", f"few-{number}", [number == 0])
    for number in range(10, 30):
        families.put(of("vm", number), "vc", f"both-{number}", [number % 2])
    for number in range(100, 200):  # most in one place, each of the rest in another
        families.put(of("vm", number), "vc", f"spread-{number}", [number if number < 118 else "usual"])
    assert run(families.settle()) == set()
    assert not families.odd
    assert family_of("") == family_of("007") == ""


def _named(number: int, name: str, vlan: int) -> VM:
    nic = Nic(key="1", type=NicKind.PORTGROUP, network=of("network", vlan - 100), vlan=access(vlan))
    return estates.vm(number, name=name, nics=(nic,))


def _on_switch(vm: VM, switch: EntityId) -> tuple[Nic, ...]:
    return tuple(msgspec.structs.replace(nic, switch=switch) for nic in vm.nics)
