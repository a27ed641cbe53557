"""The estate tree shows what is known, arranged by location, whatever happens and in whatever order."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from tests.gui import estates
from tests.gui.conftest import Console
from vmi_console.engine import protocol
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM, HostState, Power, State
from vmi_console.gui.replica import Replica
from vmi_console.gui.tree.arrangements import ARRANGEMENTS, LOCATION, Arrangement
from vmi_console.gui.tree.forest import Forest, Node, Order, natural
from vmi_console.gui.tree.model import EstateModel
from vmi_console.gui.tree.painting import shared


def flat(forest: Forest) -> list[Node]:
    """Every row, in one go."""
    steps = forest.flat(forest.inner())
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return list(end.value)


def outline(forest: Forest) -> list[tuple[int, EntityId]]:
    return [(node.depth, node.id) for node in flat(forest)]


def put(forest: Forest, entity: EntityId) -> None:
    """Puts one, and whatever has to follow it."""
    waiting = [entity]
    for one in waiting:
        if forest.put(one):
            waiting += [follower for follower in forest.followers(one) if follower is not None]


def planted(replica: Replica, arrangement: Arrangement = LOCATION) -> Forest:
    """The forest of everything in the replica, made anew."""
    forest = Forest(replica, arrangement.places)
    for _ in forest.grow():
        pass
    return forest


def shown(model: EstateModel) -> list[str]:
    return [model.name(node) for node in model.rows]


@pytest.fixture
def replica() -> Replica:
    return Replica()


@pytest.fixture
def model(replica: Replica, qtbot: QtBot) -> EstateModel:
    model = EstateModel(replica)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    assert tester.parent() is model
    return model


def settle(qtbot: QtBot, replica: Replica, model: EstateModel) -> None:
    replica.refresh()
    qtbot.waitUntil(lambda: not model.busy)


def update(replica: Replica, *records: AnyRecord, removed: Iterable[EntityId] = ()) -> None:
    replica.updated(protocol.Update(records=records, removed=tuple(removed)))


def test_records_hang_where_they_are(qtbot: QtBot, replica: Replica, model: EstateModel) -> None:
    estates.replay(replica, estates.estate(hosts=2, vms=4))
    settle(qtbot, replica, model)
    model.open_all()
    settle(qtbot, replica, model)
    assert shown(model)[:9] == [
        "vc estate",
        "Berlin",
        "Cluster 1",
        "esx-01.example",
        "vm-00000",
        "vm-00002",
        "esx-02.example",
        "vm-00001",
        "vm-00003",
    ]
    assert shown(model)[9] == "Networks"
    assert shown(model)[-5] == "Storage"


@pytest.mark.parametrize("arrangement", ARRANGEMENTS.values(), ids=ARRANGEMENTS)
@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_arrival_does_not_matter(seed: int, arrangement: Arrangement, replica: Replica) -> None:
    records = list(estates.estate(hosts=3, vms=9))
    forest = Forest(replica, arrangement.places)
    random.Random(seed).shuffle(records)
    for record in records:
        replica.updated(protocol.Update(records=(record,)))
        put(forest, record.id)
    assert outline(forest) == outline(planted(replica, arrangement))


@pytest.mark.parametrize("seed", range(8))
def test_random_changes_against_a_forest_made_anew(
    seed: int, qtbot: QtBot, replica: Replica, model: EstateModel
) -> None:
    chance = random.Random(seed)
    estates.replay(replica, estates.estate(hosts=4, vms=24))
    settle(qtbot, replica, model)
    model.open_all()
    selected = entity_id("vm", "vc", "5")
    for step in range(30):
        match chance.randrange(7):
            case 0:
                update(replica, estates.vm(chance.randrange(40), chance.randrange(6), name=f"n{chance.randrange(99)}"))
            case 1:
                victims = [entity for entity in replica.records if entity not in (selected,)]
                update(replica, removed=[chance.choice(victims)])
            case 2:
                update(replica, estates.host(chance.randrange(6), name=f"h{chance.randrange(9)}"))
            case 3:
                update(replica, estates.connection(state=chance.choice(list(State))))
            case 4:
                model.sort_by(chance.choice(list(Order)))
            case 5:
                few = chance.sample(sorted(replica.records), k=min(8, len(replica.records)))
                model.show_only(chance.choice((None, set(few))))
            case _:
                if model.rows:
                    node = chance.choice(model.rows)
                    model.set_open(node, not model.is_open(node))
        if step % 3 == 2:
            settle(qtbot, replica, model)
    model.sort_by(Order.NAME)
    model.show_only(None)
    settle(qtbot, replica, model)
    model.open_all()
    settle(qtbot, replica, model)
    assert outline(model.forest) == outline(planted(replica))
    assert [node.id for node in model.rows] == [entity for _, entity in outline(model.forest)]


def test_a_search_hides_and_gives_back(qtbot: QtBot, replica: Replica, model: EstateModel) -> None:
    estates.replay(replica, estates.estate(hosts=3, vms=9))
    settle(qtbot, replica, model)
    before = shown(model)
    model.show_only({entity_id("vm", "vc", "4")})
    settle(qtbot, replica, model)
    assert shown(model) == ["vc estate", "Berlin", "Cluster 1", "esx-02.example", "vm-00004"]
    model.show_only(None)
    settle(qtbot, replica, model)
    assert shown(model) == before


def test_what_is_stale_says_so(qtbot: QtBot, replica: Replica, model: EstateModel) -> None:
    estates.replay(replica, [*estates.estate(hosts=1, vms=1), *estates.estate(hosts=1, vms=1, endpoint="kvm")])
    update(replica, estates.connection(state=State.STALE))
    settle(qtbot, replica, model)
    model.open_all()
    settle(qtbot, replica, model)
    row = next(node for node in model.rows if node.id == entity_id("vm", "vc", "0"))
    lively = next(node for node in model.rows if node.id == entity_id("vm", "kvm", "0"))
    assert (model.is_stale(row), model.is_stale(lively)) == (True, False)
    index = model.index(model.row_of(row) or 0, 0)
    assert "stale" in model.data(index, Qt.ItemDataRole.AccessibleTextRole)


def test_one_endpoint_seen_twice_hangs_under_one_connection(replica: Replica, qtbot: QtBot, model: EstateModel) -> None:
    other = msgspec.structs.replace(estates.connection(), id=entity_id("connection", "console", "other"), name="again")
    estates.replay(replica, [*estates.estate(hosts=1, vms=1), other])
    settle(qtbot, replica, model)
    assert len(model.forest.trees) == 2
    update(replica, removed=[estates.connection().id])
    settle(qtbot, replica, model)
    assert replica.connection_of(entity_id("vm", "vc", "0")) == other.id
    assert outline(model.forest) == outline(planted(replica))
    assert [node.id for node in model.forest.trees] == [other.id]


def test_vms_of_a_silent_host_are_stale(qtbot: QtBot, replica: Replica, model: EstateModel) -> None:
    estates.replay(replica, estates.estate(hosts=2, vms=2))
    settle(qtbot, replica, model)
    model.open_all()
    settle(qtbot, replica, model)
    told: list[str] = []
    model.dataChanged.connect(
        lambda first, last: told.extend(model.rows[row].id for row in range(first.row(), last.row() + 1))
    )
    update(replica, estates.host(0, state=HostState.NOT_RESPONDING))
    settle(qtbot, replica, model)
    assert entity_id("vm", "vc", "0") in told
    assert (replica.is_stale(entity_id("vm", "vc", "0")), replica.is_stale(entity_id("vm", "vc", "1"))) == (True, False)


async def test_selection_and_place_survive_moves(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=6, vms=120))
    window = console.window
    chosen = entity_id("vm", "vc", "61")
    window.selection.choose(chosen)
    await console.settle()
    assert window.tree.node_at(window.tree.currentIndex()).id == chosen  # type: ignore[union-attr]
    moved: list[None] = []
    window.selection.moved.connect(lambda: moved.append(None))
    await console.settle()
    window.tree_model.open_all()
    update(console.replica, estates.vm(61, 4), *(estates.vm(number, 0) for number in range(200, 220)))
    await console.settle()
    node = window.tree.node_at(window.tree.currentIndex())
    assert node is not None
    assert (node.id, node.parent.id) == (chosen, entity_id("host", "vc", "4"))  # type: ignore[union-attr]
    assert not moved
    window.tree_model.show_only({entity_id("vm", "vc", "3")})
    await console.settle()
    assert window.selection.entity == chosen
    window.tree_model.show_only(None)
    await console.settle()
    assert window.tree.node_at(window.tree.currentIndex()).id == chosen  # type: ignore[union-attr]


async def test_the_keyboard_opens_closes_and_finds(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=2, vms=4))
    await console.settle()
    tree = console.window.tree
    tree.setFocus()
    tree.setCurrentIndex(console.window.tree_model.index(0, 0))
    for _ in range(3):
        QTest.keyClick(tree, Qt.Key.Key_Right)  # to the datacenter, open, to the cluster
        await console.settle()
    QTest.keyClick(tree, Qt.Key.Key_Right)
    await console.settle()
    assert console.tree_texts()[:4] == ["vc estate", "  Berlin", "    Cluster 1", "      esx-01.example"]
    tree.keyboardSearch("e")
    assert tree.node_at(tree.currentIndex()).id == entity_id("host", "vc", "0")  # type: ignore[union-attr]
    QTest.keyClick(tree, Qt.Key.Key_Left)
    QTest.keyClick(tree, Qt.Key.Key_Left)
    await console.settle()
    assert console.tree_texts()[:3] == ["vc estate", "  Berlin", "    Cluster 1"]
    assert len(console.tree_texts()) == 5


async def test_hostile_names_harm_nothing(console: Console) -> None:
    names = ["<img src=x onerror=y>", "a\nb\0c", "\u202egnp.exe", "x" * 10_000, ""]
    estates.replay(
        console.replica,
        [*estates.estate(hosts=1, vms=0), *(estates.vm(number, name=name) for number, name in enumerate(names))],
    )
    await console.settle()
    console.window.tree_model.open_all()
    await console.settle()
    console.window.selection.choose(entity_id("vm", "vc", "0"))
    console.window.grab()
    texts = [text.strip() for text in console.tree_texts()]
    assert names[0] in texts
    assert "a␊b␀c" in texts
    assert "⟨U+202E⟩gnp.exe" in texts
    assert "(no name)" in texts
    assert max(map(len, texts)) <= 240


def test_names_sort_as_people_count() -> None:
    names = ["esx-10", "ESX-2", "esx-1", "Alpha"]
    assert sorted(names, key=natural) == ["Alpha", "esx-1", "ESX-2", "esx-10"]


def test_sorting_by_state_puts_trouble_first(qtbot: QtBot, replica: Replica, model: EstateModel) -> None:
    records: list[AnyRecord] = [*estates.estate(hosts=1, vms=0)]
    for number, power in enumerate((Power.OFF, Power.ON, Power.CRASHED)):
        records.append(estates.vm(number, power=power))
    estates.replay(replica, records)
    settle(qtbot, replica, model)
    model.open_all()
    model.sort_by(Order.STATE)
    settle(qtbot, replica, model)
    vms = [record.power for node in model.rows if isinstance(record := replica.records.get(node.id), VM)]
    assert vms == [Power.CRASHED, Power.ON, Power.OFF]


@pytest.mark.parametrize(
    ("room", "name", "detail", "shares"),
    [
        (200, 80, 40, (146, 42)),  # both fit
        (200, 80, 0, (200, 0)),
        (100, 30, 80, (38, 50)),  # the word is cut, the name is not
        (60, 80, 45, (60, 0)),  # both would be
        (100, 80, 20, (66, 22)),  # the name is, the word says all
        (-5, 80, 45, (0, 0)),
    ],
)
def test_a_name_and_the_word_at_its_end_are_never_both_cut(
    room: int, name: int, detail: int, shares: tuple[int, int]
) -> None:
    assert shared(room, name, detail) == shares
