"""The list of what the console is busy with: it keeps up, and can give up and try again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QMainWindow

from tests.console import eventually
from tests.gui import estates
from vmi_console.engine import protocol
from vmi_console.engine.client import Link
from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import Health, State
from vmi_console.gui.desk import Desk
from vmi_console.gui.panes.tasks import PROGRESS, STATE, Discoveries, TasksModel, TasksPane
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands, Outcome
from vmi_console.gui.watching import Watchlist

VC = entity_id("connection", "console", "vc")


@dataclass
class Stage:
    """The pane in a window, over a replica."""

    desk: Desk
    pane: TasksPane

    def texts(self) -> list[tuple[str, ...]]:
        """Task, state and details of each row."""
        model = self.pane.model
        return [tuple(model.index(row, column).data() for column in (0, STATE, 4)) for row in range(len(model.rows))]

    def progress(self, done: int | None, expected: int | None = None, connection: EntityId = VC) -> None:
        self.desk.replica.progressed(protocol.Progress(connection=connection, done=done, expected=expected))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    window = QMainWindow()
    replica, engine = Replica(window), estates.NotingEngine()
    desk = Desk(replica, engine, Errands(lambda error: None), Preferences(), Watchlist(engine))
    pane = TasksPane(desk)
    window.setCentralWidget(pane)
    estates.replay(replica, [estates.connection(), estates.connection("kvm")])
    window.show()
    yield Stage(desk, pane)
    await desk.errands.close()
    window.close()
    window.deleteLater()


async def test_a_discovery_shows_its_progress_and_how_it_ended(stage: Stage) -> None:
    assert stage.texts() == []
    stage.progress(50, 200)
    assert stage.texts() == [("Discover vc estate", "50 / 200", "")]
    assert stage.pane.model.index(0, STATE).data(PROGRESS) == 0.25
    stage.progress(120)
    assert stage.texts() == [("Discover vc estate", "120", "")]
    assert stage.pane.model.index(0, STATE).data(PROGRESS) is None
    stage.pane.view.grab()
    stage.progress(None)
    ((name, state, detail),) = stage.texts()
    assert (name, state) == ("Discover vc estate", "done")
    assert detail.startswith("120 ")
    assert not stage.pane.cancel.isEnabled()


async def test_a_discovery_that_is_cut_off_says_why(stage: Stage) -> None:
    stage.progress(50, 200)
    broken = estates.connection(health=Health(state=State.STALE, since=estates.NOW, reason="no route to host"))
    stage.desk.replica.updated(protocol.Update(records=(broken,)))
    stage.progress(None)
    stage.progress(7, connection=entity_id("connection", "console", "kvm"))
    stage.desk.replica.link_changed(Link(up=False, since=estates.NOW))
    assert stage.texts() == [
        ("Discover kvm estate", "given up", "the engine is gone"),
        ("Discover vc estate", "failed", "no route to host"),
    ]


async def test_a_command_can_be_given_up_and_tried_again(stage: Stage) -> None:
    errands, runs = stage.desk.errands, list[int]()

    async def work() -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            await asyncio.sleep(60)
        raise CommandRefused("it said no")

    def again() -> None:
        errands.run(work(), "Reconnect vc", again=again)

    again()
    stage.pane.view.selectRow(0)
    assert stage.texts() == [("Reconnect vc", "under way", "")]
    assert stage.pane.cancel.isEnabled()
    assert not stage.pane.again.isEnabled()
    await asyncio.sleep(0)
    stage.pane.cancel.trigger()
    await eventually(lambda: not errands.under_way)
    assert stage.texts() == [("Reconnect vc", "given up", "")]
    assert stage.pane.again.isEnabled()
    stage.pane.again.trigger()
    await eventually(lambda: len(errands.ended) == 2)
    assert stage.texts() == [("Reconnect vc", "failed", "it said no"), ("Reconnect vc", "given up", "")]
    stage.pane.forget.trigger()
    assert stage.texts() == []
    assert not stage.pane.forget.isEnabled()


async def test_a_hidden_pane_rests_and_catches_up(stage: Stage) -> None:
    stage.pane.hide()
    stage.progress(50, 200)
    errand = stage.desk.errands.run(asyncio.sleep(0), "Wait")
    await eventually(lambda: errand.outcome is Outcome.DONE and not stage.desk.errands.under_way)
    assert stage.pane.model.rows == []
    stage.pane.show()
    assert [name for name, *_ in stage.texts()] == ["Discover vc estate", "Wait"]


async def test_enter_opens_the_connection_that_is_discovered(stage: Stage) -> None:
    chosen: list[str] = []
    stage.pane.chosen.connect(chosen.append)
    stage.progress(50, 200)
    stage.pane.view.setFocus()
    stage.pane.view.selectRow(0)
    QTest.keyClick(stage.pane.view, Qt.Key.Key_Return)
    assert chosen == [VC]


STEPS = st.lists(st.tuples(st.sampled_from(["vc", "kvm"]), st.one_of(st.none(), st.integers(0, 9))), max_size=20)


@given(STEPS)
def test_the_model_follows_any_course_of_discoveries(steps: list[tuple[str, int | None]]) -> None:
    replica = Replica()
    estates.replay(replica, [estates.connection(), estates.connection("kvm")])
    discoveries, errands = Discoveries(replica), Errands(lambda error: None)
    model = TasksModel(discoveries, errands)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    running: dict[str, int] = {}
    ended = 0
    for endpoint, done in steps:
        connection = entity_id("connection", "console", endpoint)
        replica.progressed(protocol.Progress(connection=connection, done=done))
        if done is None:
            ended += running.pop(endpoint, None) is not None
        else:
            running[endpoint] = done
        model.bring_up_to_date()
        assert len(model.rows) == len(running) + ended
        shown = {model.index(row, 0).data(): model.index(row, STATE).data() for row in range(len(running))}
        assert shown == {f"Discover {name} estate": str(done) for name, done in running.items()}
    del tester
