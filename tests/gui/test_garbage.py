"""What the window's collections walk, and that records share what they have in common."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from tests.gui.estates import estate, updates
from vmi_console.engine import protocol
from vmi_console.estate.records import VM
from vmi_console.gui import garbage
from vmi_console.gui.garbage import Garbage
from vmi_console.gui.replica import Replica
from vmi_console.gui.topology.keeping import SceneKeeper


@pytest.fixture
def spared(qapp: QApplication) -> Iterator[Garbage]:
    spared = Garbage(qapp)
    yield spared
    spared.close()
    gc.unfreeze()


class _Tied:
    """Holds on to itself, and notes who takes it apart."""

    def __init__(self, ends: set[int] | None = None) -> None:
        self.other: object = self
        self._ends = ends if ends is not None else set()

    def __del__(self) -> None:
        self._ends.add(threading.get_ident())


def a_turn_of_the_loop() -> None:
    """In which it finds nothing to do and waits."""
    loop = QEventLoop()
    QTimer.singleShot(10, loop.quit)
    loop.exec()


def test_what_another_thread_finds_enough_of_is_taken_apart_in_the_windows(spared: Garbage) -> None:
    ends: set[int] = set()

    def make() -> None:
        for _ in range(100 * garbage.YOUNG):
            _Tied(ends)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    assert not ends
    a_turn_of_the_loop()
    assert ends == {threading.get_ident()}


def test_what_survived_before_is_looked_at_less_often(spared: Garbage) -> None:
    ends: set[int] = set()
    tied = _Tied(ends)
    gc.collect()  # it is old now
    del tied
    turns = 0
    while not ends:
        young: list[list[object]] = [[] for _ in range(2 * garbage.YOUNG)]
        a_turn_of_the_loop()
        del young
        turns += 1
    assert turns == garbage.FULL_EVERY


def test_what_survives_a_long_collection_is_not_walked_again(spared: Garbage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "LONG_S", -1.0)
    monkeypatch.setattr(garbage, "FULL_EVERY", 1)
    kept = [_Tied() for _ in range(1_000)]
    a_turn_of_the_loop()
    assert not any(isinstance(each, _Tied) for each in gc.get_objects())
    assert len(kept) == 1_000


def test_what_was_spared_and_is_garbage_goes_while_nothing_is_on_the_screen(
    spared: Garbage, monkeypatch: pytest.MonkeyPatch
) -> None:
    tied = _Tied()
    gone = weakref.ref(tied)
    gc.freeze()
    del tied
    gc.collect()
    assert gone() is not None  # frozen: nobody walks it
    monkeypatch.setattr(garbage, "MANY", 0)
    spared._walk_all()
    assert gone() is None


@pytest.mark.parametrize("automatic", [True, False])
def test_collections_are_left_as_they_were_found(automatic: bool, qapp: QApplication) -> None:
    before = gc.isenabled()
    (gc.enable if automatic else gc.disable)()
    try:
        spared = Garbage(qapp)
        assert not gc.isenabled()
        spared.close()
        assert gc.isenabled() is automatic
    finally:
        (gc.enable if before else gc.disable)()
        gc.unfreeze()


def test_records_that_came_apart_share_what_they_have_in_common_and_say_what_they_said() -> None:
    replica = Replica()
    told = [msgspec.msgpack.encode(update) for update in updates(estate(2, 400))]
    for frame in told:
        update = msgspec.msgpack.decode(frame, type=protocol.Update)
        replica.receive(update.records)
        replica.updated(update)
    for frame in told:
        for record in msgspec.msgpack.decode(frame, type=protocol.Update).records:
            assert replica.records[record.id] == record
    vms = [record for record in replica.records.values() if isinstance(record, VM)]
    hosts = [vm.host for vm in vms if vm.host]
    networks = [vm.nics[0].network for vm in vms if vm.nics and vm.nics[0].network]
    vlans = [vm.nics[0].vlan for vm in vms if vm.nics and vm.nics[0].vlan]
    for values in (hosts, networks, vlans):
        assert len({id(value) for value in values}) == len(set(values)) < len(values)


def test_a_picture_that_another_took_the_place_of_is_gone_without_a_collection(qapp: QApplication) -> None:
    replica = Replica()
    for update in updates(estate(2, 40)):
        replica.updated(update)
    keeper = SceneKeeper(replica)
    for _ in keeper._build():
        pass
    assert not gc.isenabled()
    cells = [weakref.ref(cell) for section in keeper.scene.sections for cell in section.cells.values()]
    assert cells
    for _ in keeper._build():
        pass
    assert not [cell for cell in cells if cell() is not None]
