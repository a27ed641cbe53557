"""Every arrangement shows what a plain look at the records says, after whatever changes in whatever order."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.gui import estates
from tests.gui.test_tree import outline, planted, settle, update
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, entity_id, native_of
from vmi_console.estate.records import VM, Access, Datacenter, HostState, Network, Nic, Power, State
from vmi_console.estate.vlan import UNTAGGED, Vlan, access, trunk
from vmi_console.gui.replica import Replica
from vmi_console.gui.theme import Tone
from vmi_console.gui.tree.arrangements import ARRANGEMENTS, FOLDER, LOCATION, NETWORK, POOL, STATE, TAG, Arrangement
from vmi_console.gui.tree.forest import Node, Order
from vmi_console.gui.tree.model import EstateModel

VC, KVM = "vc", "kvm"


@pytest.fixture
def replica() -> Replica:
    return Replica()


def modelled(replica: Replica, arrangement: Arrangement = LOCATION) -> EstateModel:
    """A model that fails whoever breaks Qt's rules for models."""
    model = EstateModel(replica, arrangement=arrangement)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    return model


def lines(model: EstateModel) -> list[str]:
    return ["  " * node.depth + model.name(node) for node in model.rows]


def unfolded(qtbot: QtBot, replica: Replica, model: EstateModel) -> list[str]:
    settle(qtbot, replica, model)
    model.open_all()
    settle(qtbot, replica, model)
    return lines(model)


# --- each arrangement ---------------------------------------------------------------------------------------------


def nic(network: int | None, vlan: Vlan | None, name: str | None = None) -> Nic:
    known = entity_id("network", VC, str(network)) if network is not None else None
    return Nic(key=f"{network}{vlan}{name}", network=known, network_name=name, vlan=vlan)


def test_by_network_a_vm_is_in_every_vlan_that_is_in_effect(qtbot: QtBot, replica: Replica) -> None:
    records: list[AnyRecord] = [
        estates.connection(),
        Network(id=entity_id("network", VC, "1"), name="prod-web", vlan=access(110)),
        Network(id=entity_id("network", VC, "2"), name="anywhere", host_vlans={estates.host(0).id: access(7)}),
        estates.vm(1, name="both", nics=(nic(1, access(110)), nic(2, access(7)), nic(1, access(110)))),
        estates.vm(2, name="overridden", nics=(nic(1, access(666)),)),
        estates.vm(3, name="trunked", nics=(nic(1, trunk([(1, 4094)])), nic(None, None, "br0"))),
        estates.vm(4, name="lonely", nics=()),
        estates.vm(5, name="unplugged", nics=(Nic(key="1", vlan=UNTAGGED),)),
    ]
    estates.replay(replica, records)
    model = modelled(replica, NETWORK)
    assert unfolded(qtbot, replica, model) == [
        "vc estate",
        "  VLAN 7",
        "    anywhere",
        "      both",
        "  VLAN 110",
        "    prod-web",
        "      both",
        "  VLAN 666",
        "    prod-web",
        "      overridden",
        "  trunk 1–4094",
        "    prod-web",
        "      trunked",
        "  untagged",
        "    (not plugged in)",
        "      unplugged",
        "  VLAN not known",
        "    br0",
        "      trunked",
        "  (no network card)",
        "    lonely",
    ]


def test_networks_of_one_name_say_where_they_are(qtbot: QtBot, replica: Replica) -> None:
    berlin = Datacenter(id=entity_id("datacenter", VC, "1"), name="Berlin")
    both = [estates.network(1, name="prod", datacenter=berlin.id), estates.network(2, name="prod", vlan=access(101))]
    estates.replay(replica, [estates.connection(), berlin, *both, estates.vm(1, nics=(nic(1, access(101)),))])
    model = modelled(replica, NETWORK)
    unfolded(qtbot, replica, model)
    details = [model.detail(node) for node in model.rows if node.kind == "network"]
    assert details == ["Berlin · 1 VM", "0 VMs"]


def test_a_vm_that_changes_its_vlan_moves_one_row(qtbot: QtBot, replica: Replica) -> None:
    estates.replay(replica, estates.estate(hosts=2, vms=40))
    model = modelled(replica, NETWORK)
    unfolded(qtbot, replica, model)
    came: list[list[EntityId]] = []
    went: list[int] = []
    model.rowsInserted.connect(lambda _, first, last: came.append([node.id for node in model.rows[first : last + 1]]))
    model.rowsRemoved.connect(lambda _, first, last: went.append(last - first + 1))
    old = estates.vm(3)
    moved = msgspec.structs.replace(old.nics[0], network=entity_id("network", VC, "20"), vlan=access(120))
    update(replica, msgspec.structs.replace(old, nics=(moved, old.nics[1])))
    settle(qtbot, replica, model)
    assert came == [[old.id]]
    assert went == [1]


@pytest.mark.parametrize(
    ("arrangement", "expected"),
    [
        (FOLDER, ["vc estate", "  Web", "    Shop/Berlin", "      a", "    b", "  (no folder)", "    c"]),
        (POOL, ["vc estate", "  gold", "    a", "  (no resource pool)", "    b", "    c"]),
        (TAG, ["pci", "  a", "  b", "tier-2", "  a", "tier-10", "  b", "(no tag)", "  c"]),
        (STATE, ["crashed", "  b", "running", "  a", "off", "  c"]),
    ],
    ids=lambda value: value.name if isinstance(value, Arrangement) else "",
)
def test_what_hangs_below_what(qtbot: QtBot, replica: Replica, arrangement: Arrangement, expected: list[str]) -> None:
    records: list[AnyRecord] = [
        estates.connection(),
        estates.vm(
            1, name="a", power=Power.ON, folder="Web/Shop%2fBerlin", resource_pool="gold", tags=("pci", "tier-2")
        ),
        estates.vm(2, name="b", power=Power.CRASHED, folder="Web", tags=("tier-10",), labels=("pci", "")),
        estates.vm(3, name="c", power=Power.OFF, resource_pool=""),
    ]
    estates.replay(replica, records)
    assert unfolded(qtbot, replica, modelled(replica, arrangement)) == expected


# --- switching ----------------------------------------------------------------------------------------------------


def test_each_arrangement_remembers_what_is_open(qtbot: QtBot, replica: Replica) -> None:
    estates.replay(replica, estates.estate(hosts=3, vms=9))
    model = modelled(replica)
    opened = unfolded(qtbot, replica, model)
    model.arrange(NETWORK)
    settle(qtbot, replica, model)
    assert lines(model)[:2] == ["vc estate", "  VLAN 100"]  # a connection is open at first, its VLANs are not
    assert all(node.depth < 2 for node in model.rows)
    model.arrange(LOCATION)
    settle(qtbot, replica, model)
    assert lines(model) == opened


def test_thinking_better_of_it(qtbot: QtBot, replica: Replica) -> None:
    estates.replay(replica, estates.estate(hosts=20, vms=400))
    model = modelled(replica)
    settle(qtbot, replica, model)
    for arrangement in (NETWORK, TAG, FOLDER, TAG, LOCATION, NETWORK):
        model.arrange(arrangement)
        qtbot.wait(5)
    update(replica, estates.vm(7, nics=()))
    settle(qtbot, replica, model)
    assert model.arrangement is NETWORK
    assert outline(model.forest) == outline(planted(replica, NETWORK))


# --- what is said of what is below --------------------------------------------------------------------------------


def test_a_host_that_does_not_answer_marks_what_is_above_it(qtbot: QtBot, replica: Replica) -> None:
    estates.replay(replica, estates.estate(hosts=30, vms=60))
    model = modelled(replica)
    settle(qtbot, replica, model)
    forest = model.forest

    def marks() -> dict[str, Tone | None]:
        return {
            model.name(node): node.trouble_below for node in forest.trunks if node.kind in ("cluster", "datacenter")
        }

    assert set(marks().values()) == {None}
    update(replica, estates.host(27, state=HostState.NOT_RESPONDING))
    settle(qtbot, replica, model)
    assert marks() == {"Berlin": Tone.BAD, "Cluster 1": None, "Cluster 2": Tone.BAD}
    (cluster,) = forest.nodes[entity_id("cluster", VC, "1")]
    assert model.trouble_word(cluster) == "1 in trouble below"
    assert model.detail(cluster) == "10 VMs"
    update(replica, estates.host(27))
    settle(qtbot, replica, model)
    assert set(marks().values()) == {None}


# --- anything at all ----------------------------------------------------------------------------------------------

VLANS = st.sampled_from([None, UNTAGGED, access(101), access(102), trunk([(1, 9)])])
NICS = st.lists(st.builds(nic, st.sampled_from([None, 0, 1, 2, 90]), VLANS, st.sampled_from([None, "br0"])), max_size=3)


@st.composite
def vms(draw: st.DrawFn) -> VM:
    return estates.vm(
        draw(st.integers(0, 9)),
        draw(st.integers(0, 4)),
        draw(st.sampled_from([VC, KVM])),
        name=draw(st.sampled_from(["a", "b10", "b9", ""])),
        power=draw(st.sampled_from(Power)),
        access=draw(st.sampled_from([Access.CONNECTED, Access.CONNECTED, Access.INACCESSIBLE])),
        template=draw(st.booleans()),
        nics=tuple(draw(NICS)),
        folder=draw(st.sampled_from(["", "x", "x/y", "x/y/z", "/x//y"])),
        resource_pool=draw(st.sampled_from([None, "", "gold"])),
        tags=tuple(draw(st.lists(st.sampled_from(["pci", "web", "x/y"]), max_size=3))),
    )


def networks() -> st.SearchStrategy[Network]:
    def network(number: int, vlan: Vlan | None, parent: int | None) -> Network:
        above = entity_id("network", VC, str(parent)) if parent is not None else None
        return estates.network(number, vlan=vlan, parent=above)

    return st.builds(network, st.integers(0, 3), VLANS, st.sampled_from([None, 0, 1, 2]))


def trunks() -> st.SearchStrategy[AnyRecord]:
    number = st.integers(0, 4)
    clusters = st.sampled_from([None, *(entity_id("cluster", VC, str(number)) for number in range(2))])
    return st.one_of(
        st.builds(lambda number, name, cluster: estates.host(number, name=name, cluster=cluster),
                  number, st.sampled_from(["h1", "h2"]), clusters),
        st.builds(lambda number, state: estates.host(number, state=state), number, st.sampled_from(HostState)),
        st.builds(estates.connection, st.sampled_from([VC, KVM]), st.sampled_from(State)),
        st.builds(lambda: msgspec.structs.replace(
            estates.connection(VC), id=entity_id("connection", "console", "again"), name="again")),
    )  # fmt: skip


def small() -> list[AnyRecord]:
    """Few networks: the model tester looks at every row whenever one comes or goes."""
    everything = [*estates.estate(4, 9), *estates.estate(1, 2, KVM)]
    return [record for record in everything if not isinstance(record, Network) or int(native_of(record.id)) < 4]


def known() -> st.SearchStrategy[EntityId]:
    return st.sampled_from([*(record.id for record in small()), entity_id("connection", "console", "again")])


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(st.one_of(vms(), vms(), networks(), trunks()), max_size=4)),
        st.tuples(st.just("remove"), st.lists(known(), max_size=2)),
        st.tuples(st.just("arrange"), st.sampled_from(list(ARRANGEMENTS.values()))),
        st.tuples(st.just("sort"), st.sampled_from(Order)),
        st.tuples(st.just("search"), st.one_of(st.none(), st.sets(known(), max_size=9))),
        st.tuples(st.just("toggle"), st.integers(0, 60)),
        st.tuples(st.just("settle"), st.none()),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, arrangement=st.sampled_from(list(ARRANGEMENTS.values())))
def test_anything_against_a_forest_made_anew(
    qtbot: QtBot, steps: list[tuple[str, object]], arrangement: Arrangement
) -> None:
    replica = Replica()
    model = modelled(replica, arrangement)
    estates.replay(replica, small())
    settle(qtbot, replica, model)
    model.open_all()
    for step in steps:
        _take(step, qtbot, replica, model)
    model.show_only(None)
    model.sort_by(Order.NAME)
    settle(qtbot, replica, model)
    model.open_all()
    settle(qtbot, replica, model)
    anew = planted(replica, model.arrangement)
    assert outline(model.forest) == outline(anew)
    assert [(node.depth, node.id) for node in model.rows] == outline(anew)
    assert model.forest.count == len(model.rows)
    for node in model.rows:
        assert _said(node) == _counted(node, replica), node.id
    model.deleteLater()


def _take(step: tuple[str, object], qtbot: QtBot, replica: Replica, model: EstateModel) -> None:
    match step:
        case "put", list(records):
            update(replica, *records)
        case "remove", list(entities):
            update(replica, removed=entities)
        case "arrange", Arrangement() as arrangement:
            model.arrange(arrangement)
            qtbot.wait(1)
        case "sort", Order() as order:
            model.sort_by(order)
        case "search", matches:
            model.show_only(matches)  # type: ignore[arg-type]
        case "toggle", int(row) if row < len(model.rows):
            model.set_open(model.rows[row], not model.is_open(model.rows[row]))
        case "settle", _:
            settle(qtbot, replica, model)


def _said(node: Node) -> tuple[int, int, int]:
    return node.vms, node.worrying, node.broken


def _counted(node: Node, replica: Replica) -> tuple[int, int, int]:
    """How many different VMs, and records in trouble, are below a node: plainly counted."""
    below = {one.id: one.trouble for one in _below(node) if one.held}
    tones = list(below.values())
    return sum(id.startswith("vm/") for id in below), tones.count(Tone.WARNING), tones.count(Tone.BAD)


def _below(node: Node) -> Iterator[Node]:
    for child in node.below or ():
        yield child
        yield from _below(child)
