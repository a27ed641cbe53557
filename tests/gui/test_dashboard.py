"""The dashboard: what its pictures show against a plain look, where its figures lead, when it is in front."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gui import estates, judged
from tests.gui.conftest import Console
from vmi_console.engine.protocol import PolicyStanding
from vmi_console.estate.changes import Seen
from vmi_console.estate.identity import entity_id
from vmi_console.gui.dashboard.courses import Span, course, rate, worst_policies, worst_vms
from vmi_console.gui.dashboard.pictures import nice
from vmi_console.gui.theme import Tone
from vmi_console.policy.findings import Finding, Stage
from vmi_console.policy.judgement import Severity
from vmi_console.policy.scores import Score

VM = entity_id("vm", "vc", "1")
SPAN = Span(estates.NOW, timedelta(minutes=10), buckets=10)


def outcome[T](steps: Generator[None, None, T]) -> T:
    """What a work gives at its end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


@st.composite
def lives(draw: st.DrawFn) -> Finding:
    """A finding that opened and perhaps ended within or before the span."""
    opened = draw(st.integers(-5, 9))
    ended = draw(st.none() | st.integers(opened, 9))
    stage = draw(st.sampled_from((Stage.OPEN, Stage.ACKNOWLEDGED, Stage.WAIVED))) if ended is None else Stage.RESOLVED
    return judged.finding(
        draw(st.integers(0, 50)),
        draw(st.integers(0, 3)),
        draw(st.sampled_from(Severity)),
        stage=stage,
        opened_at=SPAN.since + timedelta(minutes=opened, seconds=30),
        resolved_at=None if ended is None else SPAN.since + timedelta(minutes=ended, seconds=30),
    )


@given(st.lists(lives(), max_size=30))
@settings(deadline=None)
def test_the_course_is_what_was_open_at_the_end_of_each_bucket(findings: list[Finding]) -> None:
    shown = outcome(course(findings, SPAN))
    for bucket in range(SPAN.buckets):
        end = SPAN.since + SPAN.length * ((bucket + 1) / SPAN.buckets)
        for severity in Severity:
            there = [
                each
                for each in findings
                if each.severity is severity
                and each.stage is not Stage.WAIVED
                and each.opened_at < end
                and (each.resolved_at is None or each.resolved_at >= end)
            ]
            assert shown.open[severity][bucket] == len(there)


@given(st.lists(lives(), max_size=30))
@settings(deadline=None)
def test_the_worst_vms_are_those_with_the_worst_findings(findings: list[Finding]) -> None:
    ranked = outcome(worst_vms(findings, 2))
    still = [each for each in findings if each.is_open]
    assert len(ranked) == min(2, len({each.vm for each in still}))
    for one in ranked:
        own = [each.severity for each in still if each.vm == one.vm]
        assert (one.worst, one.count) == (max(own, key=lambda severity: severity.rank), len(own))
    if ranked:
        assert ranked[0].worst is max((each.severity for each in still), key=lambda severity: severity.rank)


def test_the_rate_counts_what_changed_and_not_what_was_found() -> None:
    vm = estates.vm(1)
    at = [SPAN.until - timedelta(minutes=minutes, seconds=30) for minutes in (0, 0, 3, 20)]
    changes = [estates.change(number, vm, observed_at=when) for number, when in enumerate(at)]
    found = estates.change(9, vm, observed_at=at[0], seen=Seen.DISCOVERY)
    assert outcome(rate([found, *changes], SPAN)) == [0, 0, 0, 0, 0, 0, 1, 0, 0, 2]


def test_policies_that_hold_least_come_first_and_unscored_ones_last() -> None:
    standings = [
        PolicyStanding(name="nobody"),
        PolicyStanding(name="good", score=Score(passed=9, failed=1)),
        PolicyStanding(name="bad", score=Score(passed=1, failed=9)),
        PolicyStanding(name="off", enabled=False, score=Score(failed=9)),
    ]
    assert [each.name for each in worst_policies(standings, 5)] == ["bad", "good", "nobody"]


@pytest.mark.parametrize(("most", "end"), [(0, 4), (4, 4), (5, 5), (6, 10), (101, 200), (10_000, 10_000)])
def test_axes_end_at_figures_that_are_easy_to_halve(most: int, end: int) -> None:
    assert nice(most) == end


async def test_it_is_in_front_where_policies_are_in_force_until_something_is_looked_at(console: Console) -> None:
    window = console.window
    estates.replay(console.replica, estates.estate(hosts=1, vms=4))
    await console.settle()
    assert window.panel.isVisible()
    judged.stand(console.replica, "PCI web")
    assert window.dashboard.isVisible()
    window.selection.choose(VM)
    assert window.panel.isVisible()
    window.commands.show_dashboard.trigger()
    assert window.dashboard.isVisible()
    console.replica.refresh()
    assert window.dashboard.isVisible()
    window.estate.chosen.emit(VM)  # selected already, and opened again
    assert window.panel.isVisible()


async def test_every_figure_leads_to_the_list_behind_it(console: Console) -> None:
    window = console.window
    estates.replay(console.replica, estates.estate(hosts=1, vms=4))
    judged.stand(console.replica, *judged.POLICIES)
    judged.tell(console.replica, judged.finding(0), judged.finding(1, vm=2, severity=Severity.LOW))
    dashboard, pane = window.dashboard, window.findings
    await console.until(lambda: dashboard.tiles[Severity.HIGH].figure.text() == "1" and not dashboard.busy)
    assert "1" in dashboard.headline.text()
    dashboard.tiles[Severity.HIGH].click()
    await console.until(lambda: [each.severity for each in _shown(console)] == [Severity.HIGH])
    dashboard.policies.led.emit("Hygiene")
    await console.until(lambda: [each.policy for each in _shown(console)] == ["Hygiene"])
    assert pane.filter.text() == "Hygiene"
    dashboard.changes.clicked.emit()
    await console.until(lambda: not window.changes_dock.visibleRegion().isEmpty())
    dashboard.vms.led.emit(VM)
    assert window.selection.entity == VM


async def test_a_figure_is_never_cut_and_nothing_is_out_of_reach(console: Console) -> None:
    window, dashboard = console.window, console.window.dashboard
    estates.replay(console.replica, estates.estate(hosts=1, vms=4))
    judged.stand(console.replica, *judged.POLICIES)
    await console.until(dashboard.isVisible)
    dashboard.coverage.tell("99.99 %", Tone.PLAIN)
    for width in (1200, 500):
        window.resize(width, 600)
        await console.until(lambda: dashboard.coverage.width() >= dashboard.coverage.minimumSizeHint().width())
        for tile in (*dashboard.tiles.values(), dashboard.coverage):
            assert tile.figure.width() >= tile.figure.sizeHint().width()
    await console.until(dashboard.horizontalScrollBar().isVisible)


async def test_it_does_nothing_while_nobody_looks(console: Console) -> None:
    estates.replay(console.replica, estates.estate(hosts=1, vms=4))
    judged.stand(console.replica, "PCI web")
    await console.until(lambda: not console.window.dashboard.busy)
    console.window.selection.choose(VM)
    judged.tell(console.replica, judged.finding(0))
    assert not console.window.dashboard.busy


def _shown(console: Console) -> list[Finding]:
    model = console.window.findings.model
    return [line.finding for line in model.lines.values() if line in model.rows]
