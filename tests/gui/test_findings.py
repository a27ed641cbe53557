"""Findings in the window: the store, the table, what is decided, and where else they show."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from tests.gui import estates, judged
from tests.gui.conftest import Console
from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.gui.findings.accepting import DRIFT, AcceptDialog
from vmi_console.gui.findings.acknowledging import AcknowledgeDialog
from vmi_console.gui.findings.explaining import ExplainDialog
from vmi_console.gui.findings.lines import Column, Group, Grouping, Line, Sieve, key_of
from vmi_console.gui.findings.model import FindingsModel
from vmi_console.gui.findings.policy_pane import PolicyPane
from vmi_console.gui.findings.waiving import Scope, WaiveDialog
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.offers import REASON
from vmi_console.gui.preferences import Choices
from vmi_console.gui.replica import Replica
from vmi_console.gui.theme import Tone
from vmi_console.gui.verdicts import Moves
from vmi_console.gui.wording import UNKNOWN
from vmi_console.policy.explanations import PolicyExplained, RuleExplained
from vmi_console.policy.findings import Acknowledgement, Finding, Stage
from vmi_console.policy.groups import Clause, Explanation
from vmi_console.policy.judgement import Severity, Verdict
from vmi_console.policy.preview import Preview
from vmi_console.policy.scores import Score
from vmi_console.policy.waivers import Waiver

VM = entity_id("vm", "vc", "1")
OTHER = entity_id("vm", "vc", "2")

findings = st.builds(
    lambda number, vm, severity, stage, actor: judged.finding(
        number,
        vm,
        severity,
        stage=stage,
        opened_at=estates.NOW + timedelta(seconds=number),
        origin=judged.origin(number % 3, actor) if number % 2 else None,
    ),
    st.integers(0, 5),
    st.integers(0, 3),
    st.sampled_from(Severity),
    st.sampled_from(Stage),
    st.sampled_from((None, "j.kim", "a.ops")),
)
steps = st.lists(st.tuples(st.booleans(), st.lists(findings, max_size=6)), min_size=1, max_size=6)
sieves = st.builds(
    Sieve,
    words=st.sampled_from(((), ("vm-00001",), ("60", "hygiene"))),
    least=st.sampled_from(Severity),
    waived=st.booleans(),
    resolved=st.booleans(),
    vms=st.sampled_from((None, frozenset((VM,)))),
)


# --- the store -----------------------------------------------------------------------------------------------------


@given(steps)
@settings(max_examples=60, deadline=None)
def test_the_store_counts_as_a_plain_look_does(steps: list[tuple[bool, list[Finding]]]) -> None:
    replica = Replica()
    known: dict[str, Finding] = {}
    for replaces, told in steps:
        known = {} if replaces else known
        known |= {finding.id: finding for finding in told}
        judged.tell(replica, *told, replaces=replaces)
        verdicts = replica.verdicts
        assert verdicts.findings == known
        still = [finding for finding in known.values() if finding.is_open]
        assert +verdicts.open == Counter(finding.severity for finding in still)
        for vm in {finding.vm for finding in known.values()}:
            of_vm = [finding.severity for finding in still if finding.vm == vm]
            assert verdicts.worst_of(vm) == max(of_vm, key=lambda severity: severity.rank, default=None)
        assert set(verdicts.troubled) == {finding.vm for finding in still}


def test_what_opens_is_told_once_and_not_after_a_replay(theme: object) -> None:
    replica, heard = Replica(), list[Moves]()
    replica.verdicts.moved.connect(heard.append)
    old = judged.finding(1, opened_at=datetime.now(UTC) - timedelta(hours=1))
    new = judged.finding(2, opened_at=datetime.now(UTC) + timedelta(seconds=1))
    judged.tell(replica, old, new)
    judged.tell(replica, old, new, replaces=True)
    assert [finding.id for moves in heard for finding in moves.opened] == [new.id]
    judged.tell(replica, judged.resolved(new))
    assert heard[-1].vms == frozenset((VM,))
    judged.tell(replica, new)  # it came back
    assert heard[-1].opened == (new,)


# --- the table -----------------------------------------------------------------------------------------------------


def plain(replica: Replica, model: FindingsModel, sieve: Sieve, grouping: Grouping, column: Column) -> list[object]:
    """What the rows must be, worked out without any of the model's steps."""
    found = [each for each in replica.verdicts.findings.values() if sieve.passes(Line(each), model.words.haystack)]
    found.sort(key=lambda each: key_of(each, column))
    if grouping is Grouping.NONE:
        return [each.id for each in found]
    below: dict[str, list[str]] = {}
    for each in found:
        below.setdefault(model.words.group_of(each, grouping), []).append(each.id)
    return [row for key, ids in below.items() for row in ((key, len(ids)), *ids)]


@given(steps, sieves, st.sampled_from(Grouping), st.sampled_from(Column))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_are_what_a_plain_look_gives(
    qtbot: QtBot, steps: list[tuple[bool, list[Finding]]], sieve: Sieve, grouping: Grouping, column: Column
) -> None:
    replica = Replica()
    model = FindingsModel(replica)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    model.wake(True)
    for number, (replaces, told) in enumerate(steps):
        judged.tell(replica, *told, replaces=replaces)
        if number == 0:
            model.sift(sieve)
            model.group_by(grouping)
            model.sort_by(column)
        qtbot.waitUntil(lambda: not model.busy)
        rows = [(row.key, row.count) if isinstance(row, Group) else row.finding.id for row in model.rows]
        assert rows == plain(replica, model, sieve, grouping, column)
        assert all(
            row.finding == replica.verdicts.findings[row.finding.id] for row in model.rows if isinstance(row, Line)
        )
    assert not resets
    tester.deleteLater()
    model.deleteLater()


def test_asleep_it_does_nothing(qtbot: QtBot) -> None:
    replica = Replica()
    model = FindingsModel(replica)
    judged.tell(replica, judged.finding())
    assert not model.busy
    model.wake(True)
    qtbot.waitUntil(lambda: len(model.rows) == 1)


def test_a_closed_group_keeps_its_heading(qtbot: QtBot) -> None:
    replica = Replica()
    model = FindingsModel(replica)
    model.wake(True)
    model.group_by(Grouping.VM)
    judged.tell(replica, judged.finding(0), judged.finding(1, severity=Severity.CRITICAL), judged.finding(2, vm=2))
    qtbot.waitUntil(lambda: len(model.rows) == 5)
    group = model.rows[0]
    assert isinstance(group, Group)
    assert (group.title, group.count, group.worst) == ("vm-00001", 2, Severity.CRITICAL)
    model.set_open(group, False)
    qtbot.waitUntil(lambda: len(model.rows) == 3)
    assert model.rows[0] is group


def test_a_line_says_who_and_what_and_nothing_blank(qtbot: QtBot) -> None:
    replica = Replica()
    estates.replay(replica, [estates.connection(), estates.vm(1)])
    model = FindingsModel(replica)
    model.wake(True)
    unknown = judged.finding(1, verdict=Verdict.UNKNOWN, because="the guest cannot be read", flapping=True)
    judged.tell(replica, judged.finding(0, origin=judged.origin(7)), unknown)
    qtbot.waitUntil(lambda: len(model.rows) == 2)
    texts = [[model.index(row, column).data() for column in Column] for row in range(2)]
    assert all(text for row in texts for text in row)
    who = {row[Column.EVIDENCE]: row[Column.WHO] for row in texts}
    assert who["on VLAN 600, allowed 110, 120"] == "j.kim"
    assert who["on VLAN 601, allowed 110, 120 · now not known: the guest cannot be read"] == UNKNOWN
    assert {row[Column.STAGE] for row in texts} == {"open", "open · comes and goes"}


# --- the pane ------------------------------------------------------------------------------------------------------


async def judged_estate(console: Console, *told: Finding) -> None:
    """A small estate with some findings, shown."""
    estates.replay(console.replica, estates.estate(hosts=2, vms=8))
    judged.stand(console.replica, *judged.POLICIES)
    judged.tell(console.replica, *told)
    await console.settle()
    pane = console.window.findings
    await console.until(lambda: not pane.busy and len(pane.model.lines) == len(told))


def dialog_of[D: QDialog](console: Console, kind: type[D]) -> D:
    (dialog,) = [each for each in console.window.findChildren(kind) if each.isVisible()]
    return dialog


def select(console: Console, *told: Finding) -> None:
    pane = console.window.findings
    pane.view.clearSelection()
    mode = pane.view.selectionModel().SelectionFlag
    for each in told:
        row = pane.model.row_of(pane.model.lines[each.id])
        assert row is not None
        pane.view.selectionModel().select(pane.model.index(row, 0), mode.Select | mode.Rows)


async def test_a_selected_finding_selects_its_vm(console: Console) -> None:
    one, other = judged.finding(0), judged.finding(1, vm=2)
    await judged_estate(console, one, other)
    select(console, one)
    assert console.window.selection.entities == (VM,)
    select(console, one, other)
    assert set(console.window.selection.entities) == {VM, OTHER}


async def test_acknowledging_is_written_down_with_a_note_and_can_be_undone(console: Console) -> None:
    one = judged.finding(0)
    await judged_estate(console, one)
    pane = console.window.findings
    select(console, one)
    pane.acknowledge.trigger()
    dialog = dialog_of(console, AcknowledgeDialog)
    dialog.note.setPlainText("on it")
    dialog.accept_button.click()
    await console.until(lambda: pane.undo.isEnabled())
    assert console.engine.calls[-1] == ("acknowledge", {"findings": [one.id], "note": "on it"})
    assert "1" in pane.notice.text()
    pane.undo.trigger()
    await console.until(lambda: console.engine.calls[-1][0] == "unacknowledge")
    assert console.engine.calls[-1][1] == {"findings": [one.id]}


async def test_a_refusal_is_said_in_the_dialog(console: Console) -> None:
    one = judged.finding(0)
    await judged_estate(console, one)
    console.engine.answers["acknowledge"] = VmiError("there is no such open finding")
    select(console, one)
    console.window.findings.acknowledge.trigger()
    dialog = dialog_of(console, AcknowledgeDialog)
    dialog.accept_button.click()
    await console.until(lambda: "no such open finding" in dialog.message.text())
    assert dialog.isVisible()
    dialog.reject()


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope.RULE_OF_VM, {"vm": VM, "policy": "PCI web", "rule": "rule-0", "group": ""}),
        (Scope.VM, {"vm": VM, "policy": "", "rule": "", "group": ""}),
        (Scope.RULE, {"vm": None, "policy": "PCI web", "rule": "rule-0", "group": ""}),
        (Scope.GROUP, {"vm": None, "policy": "PCI web", "rule": "rule-0", "group": "web servers"}),
    ],
)
async def test_a_waiver_needs_a_justification_and_an_end(
    console: Console, scope: Scope, expected: dict[str, Any]
) -> None:
    one = judged.finding(0)
    await judged_estate(console, one)
    console.engine.answers["policies"] = [
        {"file": f"{name}.yaml", "text": "", "digest": "", "kind": kind, "name": name}
        for kind, name in (("group", "web servers"), ("policy", "x"))
    ]
    console.engine.answers["waive"] = "w-1"
    select(console, one)
    console.window.findings.waive.trigger()
    dialog = dialog_of(console, WaiveDialog)
    await console.until(lambda: dialog.group.count() == 1)
    dialog.scope.setCurrentIndex(dialog.scope.findData(scope))
    assert not dialog.accept_button.isEnabled()
    dialog.why.setPlainText("until the migration is over")
    assert dialog.accept_button.isEnabled()
    dialog.accept_button.click()
    await console.until(lambda: any(command == "waive" for command, _ in console.engine.calls))
    arguments = next(arguments for command, arguments in console.engine.calls if command == "waive")
    assert datetime.fromisoformat(arguments.pop("expires_at")) > datetime.now(UTC) + timedelta(days=29)
    assert arguments == {"justification": "until the migration is over", **expected}
    await console.until(lambda: console.window.findings.undo.isEnabled())


async def test_ending_a_waiver_can_be_undone(console: Console) -> None:
    one = judged.finding(0, stage=Stage.WAIVED, waiver="w-1")
    await judged_estate(console, one)
    pane = console.window.findings
    waiver = Waiver(id="w-1", justification="so be it", by="me", at=estates.NOW, expires_at=estates.NOW, vm=VM)
    console.engine.answers["waivers"] = [msgspec.to_builtins(waiver)]
    pane.show_what(waived=True)
    await console.until(lambda: len(pane.model.rows) == 1)
    select(console, one)
    pane.end_waiver.trigger()
    await console.until(lambda: pane.undo.isEnabled())
    assert ("end_waiver", {"waiver": "w-1"}) in console.engine.calls
    pane.undo.trigger()
    await console.until(lambda: console.engine.calls[-1][0] == "waive")
    assert console.engine.calls[-1][1]["justification"] == "so be it"


async def test_only_what_is_possible_is_enabled(console: Console) -> None:
    opened, over = judged.finding(0), judged.resolved(judged.finding(1))
    await judged_estate(console, opened, over)
    pane = console.window.findings
    pane.show_what(resolved=True)
    await console.until(lambda: len(pane.model.rows) == 2)
    select(console, over)
    assert not pane.acknowledge.isEnabled()
    assert pane.explain.isEnabled()
    select(console, opened)
    assert pane.waive.isEnabled()
    assert not pane.end_waiver.isEnabled()


async def test_filters_find_and_can_be_cleared(console: Console) -> None:
    await judged_estate(console, judged.finding(0), judged.finding(1, vm=2, severity=Severity.LOW))
    pane = console.window.findings
    pane.severity.setCurrentIndex(pane.severity.findData(Severity.HIGH))
    await console.until(lambda: len(pane.model.rows) == 1)
    pane.filter.setText("nobody has this")
    await console.until(lambda: not pane.model.rows)
    assert pane.nothing.isVisible()
    pane.nothing.clear_wanted.emit()
    await console.until(lambda: len(pane.model.rows) == 2)
    pane.grouping.setCurrentIndex(pane.grouping.findData(Grouping.POLICY))
    await console.until(lambda: len(pane.model.rows) == 4)
    pane.grouping.setCurrentIndex(pane.grouping.findData(Grouping.NONE))
    await console.until(lambda: len(pane.model.rows) == 2)


async def test_a_hidden_finding_is_shown_when_it_is_asked_for(console: Console) -> None:
    waived = judged.finding(0, stage=Stage.WAIVED, waiver="w")
    await judged_estate(console, waived)
    pane = console.window.findings
    assert not pane.model.rows
    console.window.show_finding(waived.id)
    await console.until(lambda: [each.id for each in pane.selected()] == [waived.id])
    assert console.window.selection.entity == VM


async def test_lines_are_copied_harmlessly(console: Console) -> None:
    one = judged.finding(0, evidence="=cmd()")
    await judged_estate(console, one)
    select(console, one)
    console.window.findings.copy_csv.trigger()
    heading, line, _ = QGuiApplication.clipboard().text().split("\r\n")
    assert heading.startswith("Severity,VM,Evidence")
    assert "'=cmd()" in line


@pytest.mark.parametrize(
    ("posture", "said"),
    [
        ({"policies": ()}, "No policy is in force"),
        ({"score": Score(passed=4)}, "Everything holds"),
        ({"score": Score(passed=4, unknown=1)}, "Nothing is known to be wrong"),
        ({"evaluating": True}, "Judging"),
    ],
)
async def test_no_finding_is_explained(console: Console, posture: dict[str, Any], said: str) -> None:
    estates.replay(console.replica, estates.estate(hosts=1, vms=2))
    judged.stand(console.replica, "PCI web", **posture)
    await console.settle()
    labels = console.window.findings.nothing.findChildren(PlainLabel)
    await console.until(lambda: any(label.isVisible() and said in label.text() for label in labels))


async def test_where_no_policy_is_in_force_one_can_be_written(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=1, vms=2))
    judged.stand(console.replica, policies=())
    await console.settle()
    buttons = console.window.findings.nothing.findChildren(QPushButton)
    shown = {button.text(): button for button in buttons if button.isVisible()}
    assert list(shown) == ["Open a folder of policies…", "Write a policy…"]
    shown["Write a policy…"].click()
    policies = console.window.policy_window
    assert policies is not None
    assert policies.isVisible()
    policies.close()


# --- explained -----------------------------------------------------------------------------------------------------


def explained() -> list[dict[str, Any]]:
    """What the engine would say of the VM."""
    clause = Clause(text='"pci" in tags', start=0, end=13, verdict=True, values=(("tags", '["pci"]'),))
    members = Explanation(group="", verdict=True, text='"pci" in tags', clauses=(clause,))
    rules = (
        RuleExplained(
            key="rule-0",
            check="vlans",
            title="In its segment",
            severity=Severity.HIGH,
            verdict=Verdict.FAIL,
            evidence="on VLAN 600",
            remediation="Move it back.",
            references=("PCI DSS 1.3",),
        ),
        RuleExplained(
            key="rule-9",
            check="services",
            title="Auditing runs",
            severity=Severity.LOW,
            verdict=Verdict.UNKNOWN,
            because="the guest cannot be read",
        ),
    )
    told = [PolicyExplained(policy="PCI web", members=members, rules=rules)]
    built: list[dict[str, Any]] = msgspec.to_builtins(told)
    return built


async def test_a_finding_is_explained_clause_by_clause(console: Console) -> None:
    one = judged.finding(0, origin=judged.origin(7))
    await judged_estate(console, one)
    console.engine.answers["explain"] = explained()
    select(console, one)
    console.window.findings.explain.trigger()
    dialog = dialog_of(console, ExplainDialog)
    await console.until(lambda: not dialog.message.isVisible())
    texts = [label.text() for label in dialog.findChildren(PlainLabel)]
    assert "Move it back." in texts
    assert "PCI DSS 1.3" in texts
    assert any("j.kim" in text for text in texts)
    dialog.reject()


async def test_the_pane_of_a_vm_says_what_each_rule_says(console: Console) -> None:
    await judged_estate(console, judged.finding(0))
    console.engine.answers["explain"] = explained()
    score = Score(passed=1, failed=1, unknown=1)
    console.engine.answers["scores"] = {VM: msgspec.to_builtins(score)}
    console.window.selection.choose(VM)
    console.window.turn_to("policy")
    pane = console.window.panel.pane
    assert isinstance(pane, PolicyPane)
    await console.until(lambda: bool(pane.sheet.tables))
    facts = {fact.label: fact.value for fact in pane.sheet.figures}
    assert (facts["Score"], facts["Coverage"]) == ("50 %", "67 %")
    rules = pane.sheet.tables[0]
    assert [line.cells[1].text for line in rules.lines] == ["fails", "not known"]
    assert rules.lines[1].cells[3].text == "the guest cannot be read"
    assert pane.sheet.tables[1].lines[1].cells[2].text == 'tags = ["pci"]'


async def test_the_pane_of_a_vm_says_which_groups_it_belongs_to(console: Console) -> None:
    await judged_estate(console, judged.finding(0))
    console.engine.answers["explain"] = explained()
    clause = Clause(text='glob(name, "web*")', start=0, end=18, verdict=False, values=(("name", "vm-00001"),))
    groups = [
        Explanation(group="Web", verdict=False, clauses=(clause,)),
        Explanation(group="Patched", verdict=None),
        Explanation(group="Servers", verdict=True, picked=True),
    ]
    console.engine.answers["memberships"] = msgspec.to_builtins(groups)
    console.window.selection.choose(VM)
    console.window.turn_to("policy")
    pane = console.window.panel.pane
    assert isinstance(pane, PolicyPane)
    await console.until(lambda: bool(pane.sheet.tables))
    fact = next(fact for fact in pane.sheet.figures if fact.label == "Groups")
    assert (fact.value, fact.tone) == ("Servers", Tone.WARNING)
    assert "Patched" in fact.tip
    lines = pane.sheet.tables[2].lines
    assert [line.cells[0].text for line in lines] == ["Servers", "Patched", "Web", 'glob(name, "web*")']
    assert lines[0].cells[2].text == "picked by hand"
    assert lines[3].cells[2].text == "name = vm-00001"


# --- elsewhere -----------------------------------------------------------------------------------------------------


async def test_the_tree_shows_findings_and_what_is_above_them(console: Console) -> None:
    await judged_estate(console)
    model = console.window.tree_model
    model.open_all()
    await console.settle()

    def row(entity: EntityId) -> Any:
        return next(node for node in model.rows if node.id == entity)

    host = entity_id("host", "vc", "1")
    assert row(host).trouble_below is None
    one = judged.finding(0, severity=Severity.CRITICAL)
    judged.tell(console.replica, one)
    await console.settle()
    assert model.detail(row(VM)) == "critical"
    assert row(host).trouble_below is Tone.BAD
    assert any("VLAN 600" in line for line in model.wrong(row(VM)))
    judged.tell(console.replica, judged.resolved(one))
    await console.settle()
    assert model.detail(row(VM)) == ""
    assert row(host).trouble_below is None


async def test_the_bar_and_the_heading_count(console: Console) -> None:
    await judged_estate(console, judged.finding(0), judged.finding(1, severity=Severity.LOW))
    console.window.selection.choose(VM)
    pulse = console.window.pulse.findings
    assert pulse.isVisible()
    assert "coverage 100 %" in pulse.text()
    assert console.window.panel.heading.wrong.text() == "1 high · 1 more"
    console.window.panel.heading.wrong.click()
    assert console.window.panel.front == "policy"
    pulse.click()
    assert console.window.findings.isVisible()


@pytest.mark.parametrize("score", [Score(), Score(unknown=10), Score(passed=9, unknown=1)])
async def test_what_is_not_known_has_no_green_tick(console: Console, score: Score) -> None:
    await judged_estate(console)
    pulse = console.window.pulse.findings
    judged.stand(console.replica, "PCI web", score=Score(passed=10))
    holds = pulse.icon().pixmap(16).toImage()
    judged.stand(console.replica, "PCI web", score=score)
    assert "0 findings" in pulse.text()
    assert pulse.icon().pixmap(16).toImage() != holds


async def test_new_findings_are_told_together_and_the_worst_can_be_shown(console: Console) -> None:
    await judged_estate(console)
    console.window.changes_dock.come_forward()
    await console.until(lambda: not console.window.findings.view.isVisible())
    heard: list[tuple[str, str, str]] = []
    console.window.tray.finding_said.connect(lambda *said: heard.append(said))
    soon = datetime.now(UTC) + timedelta(seconds=1)
    worst = judged.finding(1, severity=Severity.CRITICAL, opened_at=soon)
    judged.tell(console.replica, judged.finding(0, opened_at=soon), worst, judged.finding(2, vm=3, opened_at=soon))
    await console.until(lambda: bool(heard))
    assert "1 critical, 2 high" in heard[0][0]
    assert heard[0][2] == worst.id
    assert console.window.notices.other.isVisible()
    console.window.notices.other.remedy.click()
    await console.until(lambda: [each.id for each in console.window.findings.selected()] == [worst.id])


async def test_little_ones_muted_and_quiet_hours_say_nothing(console: Console) -> None:
    await judged_estate(console)
    heard: list[object] = []
    news = console.window.tray.finding_news
    news.told.connect(heard.append)
    soon = datetime.now(UTC) + timedelta(seconds=1)
    judged.tell(console.replica, judged.finding(0, severity=Severity.LOW, opened_at=soon))
    assert not news._timer.isActive()
    console.window.tray.news.mute(1)
    judged.tell(console.replica, judged.finding(1, opened_at=soon))
    await console.until(lambda: news._timer.interval() > 10_000)  # looked at, and put off
    assert not heard
    console.window.tray.news.mute(0)
    news._tell()
    assert len(heard) == 1


def test_quiet_hours_may_pass_midnight() -> None:
    def at(hour: int) -> datetime:
        return datetime.now().astimezone().replace(hour=hour, minute=30)

    night = Choices(quiet_from=22, quiet_until=7)
    assert [night.is_quiet(at(hour)) for hour in (21, 22, 23, 3, 6, 7)] == [False, True, True, True, True, False]
    noon = Choices(quiet_from=12, quiet_until=14)
    assert [noon.is_quiet(at(hour)) for hour in (11, 12, 13, 14)] == [False, True, True, False]
    assert not Choices().is_quiet(at(3))


def test_an_acknowledgement_is_told_in_the_tooltip(qtbot: QtBot) -> None:
    replica = Replica()
    model = FindingsModel(replica)
    model.wake(True)
    seen = Acknowledgement(finding="x", by="ann", at=estates.NOW, note="<b>later</b>")
    judged.tell(replica, judged.finding(0, stage=Stage.ACKNOWLEDGED, acknowledged=seen))
    qtbot.waitUntil(lambda: len(model.rows) == 1)
    told = model.index(0, Column.STAGE).data(Qt.ItemDataRole.ToolTipRole)
    assert "ann" in told
    assert "&lt;b&gt;later" in told


# --- from a finding to its policy, and to a new baseline -------------------------------------------------------------

WEB_PCI = """\
policy: PCI web
members: '"pci" in tags'
checks:
  - tools
  - vlans: {allowed: [110, 120]}
    id: segment
"""


def drift(number: int = 3, evidence: str = "nics: 110 → 666") -> Finding:
    return judged.finding(number, policy="Baseline: Web", check=DRIFT, evidence=evidence)


async def test_a_finding_leads_to_its_policy_at_the_check_that_fails(console: Console) -> None:
    wrong = judged.finding(0, policy="PCI web", rule="segment")
    await judged_estate(console, wrong)
    judged.stand(console.replica, "PCI web")
    text = {"file": "PCI web.yaml", "text": WEB_PCI, "digest": "d", "kind": "policy", "name": "PCI web"}
    console.engine.answers["policies"] = [text]
    console.engine.answers["preview"] = msgspec.to_builtins(Preview())
    select(console, wrong)
    assert console.window.findings.edit_policy.isEnabled()
    console.window.findings.edit_policy.trigger()
    policies = console.window.policy_window
    assert policies is not None
    form = policies.editor.form
    await console.until(lambda: len(form.cards) == 2 and form.cards[1].isAncestorOf(policies.focusWidget()))
    assert policies.editor.views.currentWidget() is form
    await console.until(lambda: form.verticalScrollBar().value() > 0)
    console.window._show_chosen(OTHER)  # as from its preview
    assert console.window.selection.entity == OTHER
    policies.close()


async def test_a_finding_whose_policy_is_gone_leads_nowhere(console: Console) -> None:
    wrong = judged.finding(0, policy="Gone")
    await judged_estate(console, wrong)
    select(console, wrong)
    assert not console.window.findings.edit_policy.isEnabled()
    assert "no longer in force" in console.window.findings.edit_policy.property(REASON)
    judged.stand(console.replica, "Gone")
    assert console.window.findings.edit_policy.isEnabled()


async def test_drift_is_accepted_with_all_that_goes_with_it(console: Console) -> None:
    one, with_it, other = drift(), drift(4, "nmap appeared"), judged.finding(0)
    await judged_estate(console, one, with_it, other)
    pane = console.window.findings
    select(console, other)
    assert not pane.accept_drift.isEnabled()
    select(console, one, other)
    assert pane.accept_drift.isEnabled()
    console.engine.answers["baselines"] = [{"name": "Web", "policy": "Baseline: Web", "file": "web.yaml"}]
    console.engine.answers["take_baseline"] = 1
    pane.accept_drift.trigger()
    dialog = dialog_of(console, AcceptDialog)
    await console.until(dialog.accept_button.isEnabled)
    shown = {dialog.drift.model().index(row, 2).data() for row in range(2)}
    assert shown == {"nics: 110 → 666", "nmap appeared"}
    assert dialog.drift.model().rowCount() == 2  # and nothing of other policies
    dialog.accept_button.click()
    await console.until(lambda: not console.window.findChildren(AcceptDialog))
    assert ("take_baseline", {"baseline": "Web", "vms": (VM,)}) in console.engine.calls
    assert "known to be good" in pane.notice.text()
    assert not pane.undo.isEnabled()


async def test_what_is_held_against_a_gold_vm_is_not_accepted(console: Console) -> None:
    await judged_estate(console, drift())
    judged.stand(console.replica, "Baseline: Web")
    select(console, drift())
    console.engine.answers["baselines"] = [
        {"name": "Web", "policy": "Baseline: Web", "file": "web.yaml", "gold": "vm-00007"}
    ]
    console.window.findings.accept_drift.trigger()
    dialog = dialog_of(console, AcceptDialog)
    await console.until(dialog.edit_button.isVisible)
    assert "gold VM “vm-00007”" in dialog.message.text()
    assert not dialog.accept_button.isEnabled()
    asked: list[tuple[str, str]] = []
    console.window.findings.policy_wanted.disconnect(console.window.edit_policies)
    console.window.findings.policy_wanted.connect(lambda file, rule: asked.append((file, rule)))
    dialog.edit_button.click()
    assert asked == [("web.yaml", "")]


async def test_the_gold_vm_itself_is_accepted_for_all(console: Console) -> None:
    await judged_estate(console, drift())
    select(console, drift())
    console.engine.answers["baselines"] = [{"name": "Web", "policy": "Baseline: Web", "gold": "vm-00001"}]
    console.engine.answers["take_baseline"] = VmiError("the disk is full")
    console.window.findings.accept_drift.trigger()
    dialog = dialog_of(console, AcceptDialog)
    await console.until(dialog.accept_button.isEnabled)
    assert "all members" in dialog.message.text()
    dialog.accept_button.click()
    await console.until(lambda: "disk is full" in dialog.message.text())
    assert dialog.accept_button.isEnabled()
    dialog.reject()


async def test_grouping_is_in_the_menu_and_one_with_the_bar(console: Console) -> None:
    await judged_estate(console, judged.finding(0), judged.finding(1, 2))
    pane = console.window.findings
    by_vm = next(action for action in pane.groupings.actions() if action.text() == "By VM")
    assert by_vm in console.window.actions_everywhere()
    by_vm.trigger()
    assert pane.grouping.currentText() == "By VM"
    await console.until(lambda: sum(isinstance(row, Group) for row in pane.model.rows) == 2)
    pane.grouping.setCurrentIndex(0)
    assert pane.groupings.actions()[0].isChecked()


async def test_what_comes_and_goes_says_how_often(console: Console) -> None:
    await judged_estate(console, judged.finding(0, flapping=True, reopened=7))
    row = console.window.findings.model.index(0, Column.STAGE)
    assert row.data().startswith("open · comes and goes, 7")
