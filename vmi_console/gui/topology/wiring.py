"""What hangs together by wires: of an entity its hosts, switches, networks and VMs, and the wires to draw. No Qt."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator
from typing import NamedTuple

from vmi_console.estate.identity import EntityId, endpoint_of, kind_of
from vmi_console.estate.records import VM, Connection, Host, Network, Switch
from vmi_console.gui.replica import Replica
from vmi_console.gui.topology.packing import Box
from vmi_console.gui.topology.scene import Area, Cell, Scene, Section

MOST_WIRES = 160  # more than that are a hairball: they are drawn of what is selected only
MOST_HOSTS = 24  # whose wires are drawn one by one; those of more start at their clusters
MOST_VMS = 12

type Steps[Result] = Generator[None, None, Result]


# --- who is wired to whom -----------------------------------------------------------------------------------------


def wired(replica: Replica, entities: Iterable[EntityId]) -> Steps[set[EntityId]]:
    """The entities and everything that a frame of theirs passes, or whose frames pass them; in steps."""
    found: set[EntityId] = set()
    for number, entity in enumerate(entities, 1):
        yield from _reach(replica, entity, found)
        if number % 50 == 0:
            yield
    return found


def _reach(replica: Replica, entity: EntityId, found: set[EntityId]) -> Iterator[None]:
    found.add(entity)
    match replica.records.get(entity):
        case VM() as vm:
            _reach_vm(replica, vm, found)
        case Host() as host:
            if host.cluster is not None:
                found.add(host.cluster)
            found.update(nic.switch for nic in host.nics if nic.switch is not None)
            yield from _reach_vms(replica, replica.referring(entity, "vm"), found)
        case Network() as network:
            found.update(network.hosts)
            found.update(replica.referring(entity, "network"))
            if (switch := switch_of(replica, network)) is not None:
                found.add(switch)
                yield from _reach_hosts(replica, switch, found)
            if network.parent is not None:
                found.add(network.parent)
            yield from _reach_vms(replica, replica.referring(entity, "vm"), found, networks=False)
        case Switch() as switch_record:
            if switch_record.host is not None:
                found.add(switch_record.host)
            yield from _reach_hosts(replica, entity, found)
            for network_id in replica.referring(entity, "network"):
                found.add(network_id)
                found.update(replica.referring(network_id, "vm"))
                yield
        case Connection(endpoint=str() as endpoint):
            ids = list(replica.records)
            for start in range(0, len(ids), 5_000):
                found.update(other for other in ids[start : start + 5_000] if endpoint_of(other) == endpoint)
                yield
        case record if record is not None:  # a cluster, a datacenter, a datastore
            for kind in ("cluster", "host"):
                for below in replica.referring(entity, kind):
                    yield from _reach(replica, below, found)
            yield from _reach_vms(replica, replica.referring(entity, "vm"), found)


def _reach_vm(replica: Replica, vm: VM, found: set[EntityId], *, networks: bool = True) -> None:
    found.add(vm.id)
    if vm.host is not None:
        found.add(vm.host)
        host = replica.records.get(vm.host)
        if isinstance(host, Host) and host.cluster is not None:
            found.add(host.cluster)
    for nic in vm.nics if networks else ():
        if nic.network is not None:
            found.add(nic.network)
        if nic.switch is not None:
            found.add(nic.switch)


def _reach_vms(
    replica: Replica, vms: Iterable[EntityId], found: set[EntityId], *, networks: bool = True
) -> Iterator[None]:
    for number, each in enumerate(vms, 1):
        vm = replica.records.get(each)
        if isinstance(vm, VM):
            _reach_vm(replica, vm, found, networks=networks)
        if number % 200 == 0:
            yield


def _reach_hosts(replica: Replica, switch: EntityId, found: set[EntityId]) -> Iterator[None]:
    """Hosts with a network port on a switch."""
    endpoint = endpoint_of(switch)
    ids = list(replica.records)
    for start in range(0, len(ids), 5_000):
        for other in ids[start : start + 5_000]:
            if other.startswith("host/") and endpoint_of(other) == endpoint:
                host = replica.records.get(other)
                if isinstance(host, Host) and any(nic.switch == switch for nic in host.nics):
                    found.add(other)
        yield


def switch_of(replica: Replica, network: Network) -> EntityId | None:
    """The switch of a network, or of the network that it is a portgroup of."""
    if network.switch is None and network.parent is not None:
        parent = replica.records.get(network.parent)
        return parent.switch if isinstance(parent, Network) else None
    return network.switch


# --- the wires ----------------------------------------------------------------------------------------------------


class Wire(NamedTuple):
    """From the right edge of a box to the left edge of a lane, a switch or a VM's tile; `lane` is on the way to it."""

    start: Box
    end: Box
    lane: Box | None = None


class Wires(NamedTuple):
    """What to draw. Lively ones are those of the selection; there are too many of the others to draw in big estates."""

    wires: tuple[Wire, ...]
    lively: bool


def wires(scene: Scene, lit: Collection[EntityId] | None, selected: Collection[EntityId]) -> Steps[Wires]:
    """The wires among what is lit; those of selected VMs go all the way. Without anything lit all, if they are few."""
    found: dict[tuple[Box, Box], Wire] = {}
    vms = [entity for entity in selected if kind_of(entity) == "vm"][:MOST_VMS]
    for section in list(scene.sections):
        for wire in _section_wires(scene, section, lit, bool(vms)):
            if wire is not None:
                found.setdefault((wire.start, wire.end), wire)
            yield
    if lit is None and len(found) > MOST_WIRES:
        return Wires((), False)
    for vm in vms:
        for wire in _vm_wires(scene, vm):
            found.setdefault((wire.start, wire.end), wire)
    return Wires(tuple(found.values())[: 4 * MOST_WIRES], lit is not None)


def _section_wires(
    scene: Scene, section: Section, lit: Collection[EntityId] | None, to_vms: bool
) -> Iterator[Wire | None]:
    """None where there is a moment to look at the clock."""
    hosts = [
        (cell, entity)
        for cell in section.all_cells()
        if cell.area is Area.HOSTS
        for entity in cell.where
        if lit is None or entity in lit
    ]
    yield None
    one_by_one = lit is not None and len(hosts) <= MOST_HOSTS
    ports: dict[EntityId, dict[Box, None]] = {}
    for number, (cell, entity) in enumerate(hosts):
        start = (cell.box_of(entity) if one_by_one else None) or cell.place.box
        host = scene.replica.records.get(entity)
        for switch in {nic.switch for nic in host.nics if nic.switch is not None} if isinstance(host, Host) else ():
            ports.setdefault(switch, {})[start] = None
        for switch in section.own_switches.get(entity, ()):
            ports.setdefault(switch, {})[cell.box_of(entity) or start] = None
        if number % 100 == 99:
            yield None
    shared = {
        entity: box
        for cell in section.all_cells()
        if cell.area is Area.SWITCHES
        for entity in cell.where
        if (lit is None or entity in lit) and (box := cell.box_of(entity)) is not None
    }
    for switch, box in shared.items():
        for start in ports.get(switch, ()):
            yield Wire(start, box)
    for lane in [] if to_vms else section.lanes[Area.NETWORKS]:
        for cell in lane.cells:
            yield from _lane_wires(scene, cell, lane.box, lit, shared, ports)


def _lane_wires(
    scene: Scene,
    cell: Cell,
    lane: Box,
    lit: Collection[EntityId] | None,
    shared: dict[EntityId, Box],
    ports: dict[EntityId, dict[Box, None]],
) -> Iterator[Wire]:
    """A network's switch is wired to its lane; where the switch is drawn inside hosts, these are."""
    network = scene.replica.records.get(cell.entity) if cell.entity is not None else None
    if not isinstance(network, Network) or (lit is not None and network.id not in lit):
        return
    switch = switch_of(scene.replica, network)
    if switch in shared:
        yield Wire(shared[switch], lane)
    elif switch is not None:
        for start in ports.get(switch, ()):
            yield Wire(start, lane)


def _vm_wires(scene: Scene, entity: EntityId) -> Iterator[Wire]:
    """From a VM's switches to its tiles; from its host where a switch is the host's own, or not known."""
    vm = scene.replica.records.get(entity)
    if not isinstance(vm, VM):
        return
    for cell in scene.cells_of(entity):
        tile = cell.box_of(entity)
        lane = next(
            (each.box for each in cell.section.lanes[Area.NETWORKS] if cell in each.cells),
            None,
        )
        if tile is None or lane is None:
            continue
        for nic in vm.nics:
            if nic.network == cell.entity:
                starts = scene.boxes_of(nic.switch) if nic.switch is not None else []
                if not starts and vm.host is not None:
                    starts = scene.boxes_of(vm.host)
                for start in starts:
                    yield Wire(start, tile, lane)
