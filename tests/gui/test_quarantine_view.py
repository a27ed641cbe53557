"""Quarantine in the window: the dialog before it, who is in it, the countdown, and the way out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QPushButton, QWidget

from tests.gui import estates, judged
from tests.gui.conftest import Console
from vmi_console.collectors.quarantine import Channel, Hold, Mode
from vmi_console.engine import protocol
from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import Grants
from vmi_console.gui.offers import REASON
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.quarantine.batch import ACTED_ON_AT_ONCE, Phase
from vmi_console.gui.quarantine.confirming import QuarantineDialog
from vmi_console.gui.quarantine.isolating_several import QuarantineSeveralDialog
from vmi_console.gui.quarantine.looks import STAGE
from vmi_console.gui.quarantine.releasing import ReleaseDialog
from vmi_console.gui.quarantine.releasing_several import ReleaseSeveralDialog
from vmi_console.gui.quarantine.several import SeveralDialog
from vmi_console.gui.theme import Theme
from vmi_console.response.plan import Plan
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.response.ward import Choice, Outlook

VM = entity_id("vm", "vc", "1")
HELD = Channel(key="4000", title="Network adapter 1", hold=Hold.HELD)
OPEN = Channel(key="vsock", title="vsock", hold=Hold.NOT_HELD, because="a channel to the host", advice="remove it")


def plan(**more: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "token": "t-1",
        "vm": VM,
        "vm_name": "vm-00001",
        "mode": Mode.ISOLATE,
        "made_at": estates.NOW,
        "outlook": Stage.ISOLATED,
        "steps": ("Network adapter 1: vlan-101 → quarantine",),
        "channels": (HELD,),
    }
    built: dict[str, Any] = msgspec.to_builtins(Plan(**(fields | more)))
    return built


def confined(stage: Stage = Stage.ISOLATED, vm: int = 1, **more: Any) -> Quarantine:
    fields: dict[str, Any] = {
        "id": f"q-{vm}",
        "vm": entity_id("vm", "vc", str(vm)),
        "vm_name": f"vm-{vm:05}",
        "mode": Mode.ISOLATE,
        "stage": stage,
        "since": estates.NOW,
        "opened_at": estates.NOW,
        "by": "ann",
        "reason": "it was moved",
        "channels": (HELD,),
        "verified_at": datetime.now(UTC),
    }
    return Quarantine(**(fields | more))


def tell(console: Console, *quarantines: Quarantine, replaces: bool = False) -> None:
    console.replica.quarantines.take(protocol.Quarantines(replaces=replaces, quarantines=quarantines))
    console.replica.quarantines.refresh()


async def granted(console: Console, grants: Grants | None = None) -> None:
    """A small estate of which this console may put VMs into quarantine; its second VM is selected."""
    records = list(estates.estate(hosts=2, vms=8))
    records[0] = estates.connection(grants=grants or Grants(quarantine=True))
    estates.replay(console.replica, records)
    await console.settle()
    console.window.selection.choose(VM)


def dialog_of[D: QDialog](console: Console, kind: type[D]) -> D:
    (dialog,) = [each for each in console.window.findChildren(kind) if each.isVisible()]
    return dialog


async def asked(console: Console, answer: Any) -> QuarantineDialog:
    console.engine.answers["quarantine_plan"] = answer
    console.window.quarantine.quarantine.trigger()
    dialog = dialog_of(console, QuarantineDialog)
    await console.until(lambda: "Looking" not in dialog.verdict.text())
    return dialog


# --- before --------------------------------------------------------------------------------------------------------


async def test_only_a_plan_that_was_seen_is_confirmed_and_only_with_a_reason(console: Console) -> None:
    await granted(console)
    dialog = await asked(console, plan())
    assert dialog.reason.text() == ""
    assert not dialog.accept_button.isEnabled()
    dialog.reason.setText("it was moved")
    assert dialog.accept_button.isEnabled()
    dialog.reassert.setChecked(True)
    dialog.accept_button.click()
    await console.until(lambda: console.engine.calls[-1][0] == "quarantine")
    assert console.engine.calls[-1][1] == {"token": "t-1", "reason": "it was moved", "reassert": True}


async def test_enter_cancels(console: Console) -> None:
    await granted(console)
    dialog = await asked(console, plan())
    dialog.reason.setText("it was moved")
    buttons = dialog.findChild(QDialogButtonBox)
    assert isinstance(buttons, QDialogButtonBox)
    cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
    assert cancel.isDefault()
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    await console.until(lambda: not console.window.findChildren(QuarantineDialog))
    assert all(command != "quarantine" for command, _ in console.engine.calls)


async def test_what_stays_open_is_said_loudly(console: Console) -> None:
    await granted(console)
    dialog = await asked(console, plan(outlook=Stage.PARTLY, channels=(HELD, OPEN), warnings=("in part only",)))
    assert STAGE[Stage.PARTLY].word in dialog.verdict.text()
    assert dialog.warnings.text() == "in part only"
    first = dialog.ways.model().index(0, 1)
    assert first.data() == "not held"
    dialog.reject()


async def test_what_cannot_be_done_cannot_be_confirmed(console: Console) -> None:
    await granted(console)
    dialog = await asked(console, plan(problems=("the network “quarantine” is missing",)))
    dialog.reason.setText("it was moved")
    assert "is missing" in dialog.verdict.text()
    assert not dialog.accept_button.isEnabled()
    dialog.reject()


async def test_a_refused_plan_is_said_in_place_and_another_mode_asked_anew(console: Console) -> None:
    await granted(console)
    dialog = await asked(console, VmiError("the actor does not answer"))
    assert "does not answer" in dialog.verdict.text()
    console.engine.answers["quarantine_plan"] = plan(mode=Mode.PAUSE)
    dialog.mode.setCurrentIndex(dialog.mode.findData(Mode.PAUSE.value))
    await console.until(lambda: dialog.steps.isVisible())
    assert console.engine.calls[-1] == ("quarantine_plan", {"vm": VM, "mode": "pause"})
    dialog.reject()


async def test_the_worst_finding_is_the_reason_to_begin_with(console: Console) -> None:
    await granted(console)
    judged.tell(console.replica, judged.finding(0))
    dialog = await asked(console, plan())
    assert dialog.reason.text() == "PCI web: on VLAN 600, allowed 110, 120"
    dialog.reject()


async def test_actions_say_why_they_cannot_be_done(console: Console) -> None:
    await granted(console, Grants())
    actions = console.window.quarantine
    assert "not granted" in actions.quarantine.property(REASON)
    assert not actions.quarantine.isEnabled()
    await granted(console)
    assert actions.quarantine.isEnabled()
    assert "not in quarantine" in actions.release.property(REASON)
    tell(console, confined())
    assert actions.release.isEnabled()
    assert not actions.quarantine.isEnabled()
    assert not actions.reassert.isEnabled()
    tell(console, confined(Stage.UNDONE))
    assert actions.reassert.isEnabled()
    console.window.selection.choose(entity_id("host", "vc", "1"))
    assert not any(action.isEnabled() for action in actions.all)


# --- while ---------------------------------------------------------------------------------------------------------


async def test_the_list_follows_and_is_about_what_is_selected(console: Console) -> None:
    await granted(console)
    tell(console, confined(), confined(Stage.PARTLY, vm=2, channels=(HELD, OPEN)), confined(Stage.COUNTDOWN, vm=3))
    console.window.quarantine_dock.come_forward()
    view = console.window.quarantine_view
    await console.until(lambda: len(view.model.rows) == 3)
    names = [view.model.index(row, 0).data() for row in range(3)]
    assert names[2] == "vm-00001"  # what needs somebody comes first
    chosen = view.selected()
    assert chosen is not None
    assert chosen.vm == VM
    view.view.setCurrentIndex(view.model.index(names.index("vm-00002"), 0))
    assert console.window.selection.entity == entity_id("vm", "vc", "2")
    facts = {fact.label: fact.value for section in view.sheet.sheet.sections for fact in section.facts}
    assert "a channel to the host" in facts["Open"]
    console.window.selection.choose(entity_id("vm", "vc", "5"))
    assert view.selected() is None
    tell(console, confined(Stage.RELEASED), confined(Stage.STOPPED, vm=3))
    await console.until(lambda: len(view.model.rows) == 1)


async def test_the_lock_shows_in_the_tree_and_in_the_heading(console: Console) -> None:
    await granted(console)
    model = console.window.tree_model
    model.open_all()
    await console.settle()
    node = next(node for node in model.rows if node.id == VM)
    tell(console, confined())
    await console.settle()
    assert model.detail(node) == "isolated"
    assert console.window.panel.heading.lock.text() == "isolated"
    tell(console, replaces=True)
    await console.settle()
    assert model.detail(node) == ""
    assert not console.window.panel.heading.lock.isVisible()
    tell(console, confined())
    assert console.window.panel.heading.lock.isVisible()
    console.replica.updated(protocol.Update(removed=(VM,)))
    await console.settle()
    assert not console.window.panel.heading.lock.isVisible(), "what is no longer there is in no quarantine"


async def test_a_countdown_can_be_stopped_and_a_proposal_reviewed(console: Console) -> None:
    await granted(console)
    banner = console.window.countdown
    due = datetime.now(UTC) + timedelta(seconds=40)
    tell(console, confined(Stage.ASKED, vm=2), confined(Stage.COUNTDOWN, vm=3, due=due, policy="PCI web"))
    assert banner.isVisible()
    assert "vm-00003" in banner.said.text()
    assert "PCI web" in banner.why.text()
    banner.stop.click()
    await console.until(lambda: ("stop_countdown", {"id": "q-3"}) in console.engine.calls)
    tell(console, confined(Stage.STOPPED, vm=3))
    assert "proposed" in banner.said.text()
    console.engine.answers["quarantine_plan"] = plan()
    banner.review.click()
    dialog = dialog_of(console, QuarantineDialog)
    assert dialog.reason.text() == "it was moved"
    dialog.reject()
    tell(console, confined(Stage.ISOLATED, vm=2))
    assert not banner.isVisible()
    assert not banner._tick.isActive()


async def test_what_is_only_proposed_is_dropped_and_not_called_a_countdown(console: Console) -> None:
    await granted(console)
    console.window.quarantine_dock.come_forward()
    (button,) = [
        each
        for each in console.window.quarantine_view.findChildren(QPushButton)
        if each.text() == console.window.quarantine.stop.text()
    ]
    for stage, text in ((Stage.COUNTDOWN, "Stop the countdown"), (Stage.ASKED, "Drop the proposal")):
        tell(console, confined(stage))
        assert (button.text(), button.isEnabled()) == (text, True)


async def test_past_ones_are_shown_where_they_are_wanted(console: Console) -> None:
    await granted(console)
    console.window.quarantine_dock.come_forward()
    view = console.window.quarantine_view
    console.engine.answers["quarantines"] = msgspec.to_builtins([confined(Stage.RELEASED)])
    view.over.setChecked(True)
    await console.until(lambda: len(view.model.rows) == 1)
    assert console.engine.calls[-1] == ("quarantines", {"past": True})
    view.over.setChecked(False)
    assert not view.model.rows


# --- after ---------------------------------------------------------------------------------------------------------


async def released(console: Console, **outlook: bool) -> ReleaseDialog:
    await granted(console)
    one = confined()
    tell(console, one)
    console.engine.answers["release_outlook"] = msgspec.to_builtins(Outlook(quarantine=one, **outlook))
    console.window.quarantine.release.trigger()
    dialog = dialog_of(console, ReleaseDialog)
    await console.until(lambda: "Looking" not in dialog.outlook.text())
    return dialog


async def test_what_is_as_it_was_left_is_given_back_exactly(console: Console) -> None:
    dialog = await released(console)
    assert dialog.choice is Choice.EXACT
    dialog.reason.setText("all is well")
    dialog.accept_button.click()
    await console.until(lambda: console.engine.calls[-1][0] == "release")
    assert console.engine.calls[-1][1] == {"vm": VM, "reason": "all is well", "choice": "exact"}


async def test_tab_reaches_what_the_dialog_is_about_before_cancel(console: Console) -> None:
    dialog = await released(console)
    dialog.activateWindow()
    dialog.reason.setFocus()
    (buttons,) = dialog.findChildren(QDialogButtonBox)
    focused: QWidget = dialog.reason
    for reached in (dialog.accept_button, buttons.button(QDialogButtonBox.StandardButton.Cancel), dialog.reason):
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is reached
        focused = reached
    Theme.current.choose(Scheme.DARK)  # lays the buttons out anew
    QTest.keyClick(dialog.reason, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is dialog.accept_button
    Theme.current.choose(Scheme.SYSTEM)


@pytest.mark.parametrize("outlook", [{"changed": True}, {"trusted": False}])
@pytest.mark.parametrize("choice", [Choice.FORCE, Choice.KEEP])
async def test_what_was_changed_or_is_not_trusted_needs_a_choice(
    console: Console, outlook: dict[str, bool], choice: Choice
) -> None:
    dialog = await released(console, **outlook)
    assert dialog.choice is None
    assert not dialog.accept_button.isEnabled()
    dialog._options[choice].setChecked(True)
    dialog.accept_button.click()
    await console.until(lambda: console.engine.calls[-1][0] == "release")
    assert console.engine.calls[-1][1]["choice"] == choice.value


# --- several at once -----------------------------------------------------------------------------------------------


class SeveralEngine:
    """Plans and acts for each VM as an engine does, with what it is told to answer; `gate` holds the acts up."""

    def __init__(self, before: Any) -> None:
        self.before = before
        self.plans: dict[str, Any] = {}  # what is another than usual, by VM
        self.refused: set[str] = set()
        self.changed: set[str] = set()
        self.acts: list[tuple[str, dict[str, Any]]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    def watch(self, entities: Any) -> None:
        self.before.watch(entities)

    def search(self, number: int, text: str) -> None:
        self.before.search(number, text)

    async def call(self, command: str, /, **arguments: Any) -> Any:
        match command:
            case "quarantine_plan":
                vm = arguments["vm"]
                return plan(token=vm, vm=vm, mode=Mode(arguments["mode"]), **self.plans.get(vm, {}))
            case "quarantine":
                vm = arguments["token"]
                self.acts.append((command, arguments))
                await self.gate.wait()
                if vm in self.refused:
                    raise VmiError("the lease is held by another console")
                stage = self.plans.get(vm, {}).get("outlook", Stage.ISOLATED)
                return msgspec.to_builtins(confined(stage, vm=int(vm.rpartition("/")[2])))
            case "release_outlook":
                one = confined(vm=int(arguments["vm"].rpartition("/")[2]))
                return msgspec.to_builtins(Outlook(quarantine=one, changed=arguments["vm"] in self.changed))
            case "release":
                self.acts.append((command, arguments))
                stage = Stage.KEPT if arguments["choice"] == "keep" else Stage.RELEASED
                return msgspec.to_builtins(confined(stage, vm=int(arguments["vm"].rpartition("/")[2])))
            case _:
                return await self.before.call(command, **arguments)


def vm_id(number: int) -> EntityId:
    return entity_id("vm", "vc", str(number))


async def several(console: Console, *numbers: int) -> SeveralEngine:
    """Several VMs of a granted connection are selected; the engine answers for each."""
    await granted(console)
    engine = SeveralEngine(console.window.desk.engine)
    object.__setattr__(console.window.desk, "engine", engine)
    console.window.selection.choose_all(vm_id(number) for number in numbers)
    return engine


async def asked_about_several(console: Console) -> QuarantineSeveralDialog:
    console.window.quarantine.quarantine.trigger()
    dialog = dialog_of(console, QuarantineSeveralDialog)
    await console.until(lambda: not dialog.batch.count(Phase.LOOKING))
    return dialog


def lines(dialog: SeveralDialog[Any]) -> dict[str, str]:
    """What the second column says, by the name of the VM."""
    return {
        dialog.model.index(row, 0).data(): dialog.model.index(row, 1).data() for row in range(dialog.model.rowCount())
    }


async def test_several_are_confirmed_once_and_each_has_its_plan_and_outcome(console: Console) -> None:
    engine = await several(console, 1, 2, 3, 4)
    engine.plans[vm_id(2)] = {"outlook": Stage.PARTLY, "channels": (HELD, OPEN)}
    engine.plans[vm_id(3)] = {"problems": ("it is being migrated",)}
    dialog = await asked_about_several(console)
    assert lines(dialog) == {
        "vm-00001": "isolated",
        "vm-00002": "partly isolated",
        "vm-00003": "cannot be done",
        "vm-00004": "isolated",
    }
    held = [dialog.model.index(1, column).data() for column in (2, 3, 4)]
    assert held == ["1", "1", "0"]
    assert "2 isolated, 1 partly isolated" in dialog.verdict.text()
    dialog.view.setCurrentIndex(dialog.model.index(1, 0))
    facts = {fact.label: fact.value for section in dialog.detail.sheet.sections for fact in section.facts}
    assert "a channel to the host" in facts["Stays open"]
    assert not dialog.accept_button.isEnabled()
    assert "reason" in dialog.message.text()
    dialog.reason.setText("they talk to each other")
    dialog.beyond.setChecked(True)
    assert dialog.accept_button.isEnabled()
    engine.refused.add(vm_id(4))
    dialog.accept_button.click()
    await console.until(lambda: dialog.started and not dialog.batch.running)
    assert [arguments["token"] for _, arguments in engine.acts] == [vm_id(1), vm_id(2), vm_id(4)]
    assert {arguments["reason"] for _, arguments in engine.acts} == {"they talk to each other"}
    assert lines(dialog)["vm-00004"] == "refused"
    assert "1 isolated, 1 partly isolated, 1 refused" in dialog.verdict.text()
    assert "another console" in dialog.model.index(3, 5).data()
    await console.until(console.window.notices.isVisible)  # what was refused is said in the window, too
    assert dialog.cancel_button.text() == "Close"
    dialog.reject()


async def test_enter_cancels_several_too(console: Console) -> None:
    engine = await several(console, 1, 2)
    dialog = await asked_about_several(console)
    dialog.reason.setText("why not")
    assert dialog.cancel_button.isDefault()
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    await console.until(lambda: not console.window.findChildren(QuarantineSeveralDialog))
    assert engine.acts == []


async def test_one_is_left_out_with_the_space_bar(console: Console) -> None:
    engine = await several(console, 1, 2, 3)
    dialog = await asked_about_several(console)
    dialog.reason.setText("a try")
    dialog.beyond.setChecked(True)
    dialog.view.setFocus()
    dialog.view.setCurrentIndex(dialog.model.index(1, 3))
    QTest.keyClick(dialog.view, Qt.Key.Key_Space)
    assert dialog.accept_button.text().startswith("Quarantine 2")
    QTest.keyClick(dialog.view, Qt.Key.Key_Space)
    assert dialog.accept_button.text().startswith("Quarantine 3")
    QTest.keyClick(dialog.view, Qt.Key.Key_Space)
    dialog.accept_button.click()
    await console.until(lambda: dialog.started and not dialog.batch.running)
    assert [arguments["token"] for _, arguments in engine.acts] == [vm_id(1), vm_id(3)]
    dialog.reject()


async def test_beyond_a_limit_it_must_be_meant(console: Console) -> None:
    engine = await several(console, 1, 2, 3)
    for number in (1, 2, 3):
        engine.plans[vm_id(number)] = {"policy": "PCI web", "in_quarantine": 1, "allowed": 3}
    dialog = await asked_about_several(console)
    dialog.reason.setText("all of them")
    assert "“PCI web” allows 3 at once, and there would be 4." in dialog.limit.text()
    assert not dialog.accept_button.isEnabled()
    dialog.beyond.setChecked(True)
    assert dialog.accept_button.isEnabled()
    dialog.model.rows[0].wanted = False
    dialog.batch.moved.emit(None)
    assert not dialog.limit.isVisible()
    dialog.reject()


async def test_more_than_is_usual_must_be_meant(console: Console) -> None:
    await several(console, 1, 2, 3)  # of eight, where two per cent are usual
    dialog = await asked_about_several(console)
    assert "usual are 1" in dialog.limit.text()
    dialog.reason.setText("all of them")
    assert not dialog.accept_button.isEnabled()
    dialog.beyond.setChecked(True)
    assert dialog.accept_button.isEnabled()
    dialog.reject()


async def test_stop_begins_no_other_one(console: Console) -> None:
    engine = await several(console, *range(1, 8))
    dialog = await asked_about_several(console)
    dialog.reason.setText("stop me")
    dialog.beyond.setChecked(True)
    engine.gate.clear()
    dialog.accept_button.click()
    await console.until(lambda: len(engine.acts) == ACTED_ON_AT_ONCE)
    assert dialog.stop_button.isVisible()
    dialog.stop_button.click()
    engine.gate.set()
    await console.until(lambda: not dialog.batch.running)
    assert len(engine.acts) == ACTED_ON_AT_ONCE
    assert f"{7 - ACTED_ON_AT_ONCE} not begun" in dialog.verdict.text()
    assert list(lines(dialog).values()).count("not begun") == 7 - ACTED_ON_AT_ONCE
    dialog.reject()


async def test_it_goes_on_without_its_window_and_as_a_task_it_can_be_stopped(console: Console) -> None:
    engine = await several(console, *range(1, 8))
    dialog = await asked_about_several(console)
    dialog.reason.setText("go on")
    dialog.beyond.setChecked(True)
    engine.gate.clear()
    dialog.accept_button.click()
    await console.until(lambda: len(engine.acts) == ACTED_ON_AT_ONCE)
    batch = dialog.batch
    dialog.cancel_button.click()
    await console.until(lambda: not console.window.findChildren(QuarantineSeveralDialog))
    (errand,) = [each for each in console.window.errands.under_way if "Quarantine 7" in each.name]
    errand.cancel()
    engine.gate.set()
    await console.until(lambda: not batch.running)
    assert len(engine.acts) == ACTED_ON_AT_ONCE


async def test_who_is_in_already_is_left_alone_and_too_many_are_refused(console: Console) -> None:
    await several(console, 1, 2, 3)
    tell(console, confined(vm=2))
    dialog = await asked_about_several(console)
    assert lines(dialog)["vm-00002"] == "cannot be done"
    assert len(dialog.batch.chosen) == 2
    dialog.reject()
    tell(console, confined(), confined(vm=2), confined(vm=3))
    assert "already" in console.window.quarantine.quarantine.property(REASON)
    records = list(estates.estate(hosts=2, vms=120))
    records[0] = estates.connection(grants=Grants(quarantine=True))
    estates.replay(console.replica, records)
    await console.settle()
    console.window.selection.choose_all(vm_id(number) for number in range(110))
    assert "110 VMs are selected, and 100" in console.window.quarantine.quarantine.property(REASON)


async def test_another_mode_plans_all_of_them_anew(console: Console) -> None:
    engine = await several(console, 1, 2)
    engine.plans[vm_id(1)] = {"problems": ("no network is chosen",)}
    dialog = await asked_about_several(console)
    assert len(dialog.batch.chosen) == 1
    engine.plans.clear()
    dialog.mode.setCurrentIndex(dialog.mode.findData(Mode.PAUSE.value))
    assert dialog.batch.chosen == []
    await console.until(lambda: len(dialog.batch.chosen) == 2)
    plans = [item.plan for item in dialog.batch.items]
    assert all(each is not None and each.mode is Mode.PAUSE for each in plans)
    dialog.reject()


async def test_several_are_released_and_what_was_changed_stays_unless_chosen(console: Console) -> None:
    engine = await several(console, 1, 2, 3)
    tell(console, confined(), confined(vm=2), confined(Stage.PARTLY, vm=3))
    engine.changed.add(vm_id(2))
    console.window.quarantine.release.trigger()
    dialog = dialog_of(console, ReleaseSeveralDialog)
    await console.until(lambda: not dialog.batch.count(Phase.LOOKING))
    assert lines(dialog)["vm-00001"] == "exactly as it was"
    assert "stays in quarantine" in lines(dialog)["vm-00002"]
    assert dialog.accept_button.text().startswith("Release 2")
    dialog.changed.setCurrentIndex(dialog.changed.findData(Choice.KEEP.value))
    assert lines(dialog)["vm-00002"] == "left as it is now"
    dialog.reason.setText("cleaned")
    dialog.accept_button.click()
    await console.until(lambda: dialog.started and not dialog.batch.running)
    choices = {arguments["vm"]: arguments["choice"] for _, arguments in engine.acts}
    assert choices == {vm_id(1): "exact", vm_id(2): "keep", vm_id(3): "exact"}
    assert "2 released, 1 left as it is" in dialog.verdict.text()
    dialog.reject()


async def test_rows_of_the_list_are_selected_together(console: Console) -> None:
    await several(console, 5)
    tell(console, confined(), confined(vm=2), confined(Stage.UNDONE, vm=3))
    console.window.quarantine_dock.come_forward()
    view = console.window.quarantine_view
    await console.until(lambda: len(view.model.rows) == 3)
    view.view.setFocus()
    QTest.keyClick(view.view, Qt.Key.Key_Home)
    QTest.keyClick(view.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(view.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert set(console.window.selection.entities) == {vm_id(1), vm_id(2), vm_id(3)}
    assert len(view.all_selected()) == 3
    assert console.window.quarantine.release.isEnabled()
    assert console.window.quarantine.reassert.isEnabled()


async def test_all_that_wait_are_reviewed_together(console: Console) -> None:
    await several(console, 5)
    tell(console, confined(Stage.ASKED, vm=2, policy="PCI web"))
    assert not console.window.countdown.review_all.isVisible()
    tell(console, confined(Stage.ASKED, vm=2, vm_name="v" * 200), confined(Stage.ASKED, vm=3))
    assert console.window.minimumSizeHint().width() <= 640
    console.window.countdown.review_all.click()
    dialog = dialog_of(console, QuarantineSeveralDialog)
    assert [item.vm for item in dialog.batch.items] == [vm_id(2), vm_id(3)]
    dialog.reject()
