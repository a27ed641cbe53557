"""The charts: what is kept of the load, how it is put in words and pictures, and the pane as an operator uses it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QColor, QImage, QPainter, QTransform
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.gui.estates import NotingEngine, connection, estate, replay
from vmi_console.engine import protocol
from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import State
from vmi_console.gui import loads, traces
from vmi_console.gui.axes import Unit, scale, three, time_of_day, time_ticks, words
from vmi_console.gui.desk import Desk
from vmi_console.gui.loads import Figures, Load, Loads, Quantity, Series
from vmi_console.gui.panes.charts import ALL, ChartsPane
from vmi_console.gui.preferences import Preferences, Scheme
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.theme import DARK, LIGHT, Theme
from vmi_console.gui.traces import Trace
from vmi_console.gui.watching import Watchlist

ONE = entity_id("vm", "vc", "1")
OTHER = entity_id("vm", "vc", "2")
OFF = entity_id("vm", "vc", "7")
HOST = entity_id("host", "vc", "1")
BEGUN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


def measured(entity: EntityId, second: float, cpu: float | None = 10.0, **more: float) -> Sample:
    fields = {"memory_used_bytes": 1 << 30, "memory_bytes": 4 << 30, "disk_read_bytes_per_s": 2e6} | more
    return Sample(entity=entity, at=BEGUN + timedelta(seconds=second), cpu_percent=cpu, **fields)  # type: ignore[arg-type]


def at(second: float) -> float:
    return BEGUN.timestamp() + second


# --- what is kept ---------------------------------------------------------------------------------------------------


def load_of(*seconds: float) -> Load:
    load = Load()
    for second in seconds:
        load.add(measured(ONE, second, cpu=second))
    return load


def test_figures_are_of_the_samples_within_the_range() -> None:
    cpu = load_of(0, 2, 4, 6, 8).series[Quantity.CPU]
    assert cpu.figures(at(2), at(6)) == Figures(least=2, mean=4, most=6, last=6)
    assert cpu.figures(at(2.5), at(3)) is None


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_figures_are_what_a_plain_computation_gives(values: list[float], start: int, end: int) -> None:
    series = Series()
    for second, value in enumerate(values):
        series.add(second, value, 5)
    within = [value for second, value in enumerate(values) if start <= second <= end]
    figures = series.figures(start, end)
    if not within:
        assert figures is None
    else:
        assert figures is not None
        assert (figures.least, figures.most, figures.last) == (min(within), max(within), within[-1])
        assert figures.mean == pytest.approx(sum(within) / len(within))


def test_what_was_missed_is_a_gap_and_what_was_late_is_not() -> None:
    load = load_of(0, 2, 4, 8, 10, 40, 42)
    assert list(load.series[Quantity.CPU].joined) == [0, 1, 1, 1, 1, 0, 1]


def test_samples_of_a_vcenter_every_20_seconds_are_joined_from_the_second_on() -> None:
    assert list(load_of(0, 20, 40, 60, 160).series[Quantity.CPU].joined) == [0, 1, 1, 1, 0]


def test_what_is_not_known_is_a_gap_in_its_own_quantity_alone() -> None:
    load = Load()
    for second in range(0, 40, 2):
        load.add(measured(ONE, second, cpu=None if 10 <= second < 20 else 5.0))
    assert list(load.series[Quantity.CPU].joined).count(0) == 2
    assert list(load.series[Quantity.MEMORY].joined).count(0) == 1


def test_a_sample_told_twice_counts_once_and_one_that_is_no_number_not_at_all() -> None:
    load = load_of(0, 2)
    assert not load.add(measured(ONE, 2))
    load.add(measured(ONE, 4, cpu=float("nan")))
    assert len(load.series[Quantity.CPU].times) == 2
    assert len(load.series[Quantity.MEMORY].times) == 3


def test_a_clock_that_is_set_back_begins_anew() -> None:
    load = load_of(4000, 4002)
    assert load.add(measured(ONE, 0))
    assert list(load.series[Quantity.CPU].times) == [at(0)]


def test_an_hour_is_kept() -> None:
    cpu = load_of(*range(0, 4000, 2)).series[Quantity.CPU]
    assert cpu.times[0] == at(3998 - loads.KEPT_S)
    assert cpu.dropped == (3998 - loads.KEPT_S) / 2


def test_entities_are_bounded_and_those_being_measured_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    replica = Replica()
    kept = Loads(replica)
    many = [entity_id("vm", "vc", str(number)) for number in range(loads.MOST_ENTITIES + 1)]
    first = kept.of(many[0])
    replica.sampled(tuple(measured(entity, 0) for entity in many))
    assert kept.of(many[0]) is first
    replica.sampled((measured(many[-1], 2),))
    assert not kept._loads.keys() >= {many[-1]}, "everything kept is being measured"
    monkeypatch.setattr(loads, "SILENT_S", -1.0)
    replica.sampled((measured(many[-1], 4),))
    assert many[-1] in kept._loads
    assert len(kept._loads) == loads.MOST_ENTITIES


# --- words ----------------------------------------------------------------------------------------------------------


def test_figures_have_units_that_suit_them() -> None:
    assert words(Unit.PERCENT, 34.25) in ("34.2 %", "34.3 %")
    assert words(Unit.BYTES, 1.5 * (1 << 30)) == "1.5 GiB"
    assert words(Unit.RATE, 999) == "999 B/s"
    assert words(Unit.RATE, 120e6) == "120 MB/s"
    assert three(Unit.RATE, Figures(100e3, 1.2e6, 14e6, 0)) == "0.1 · 1.2 · 14.0 MB/s"


@given(st.sampled_from((Unit.BYTES, Unit.RATE)), st.integers(0, 10**13), st.integers(0, 10**13), st.integers(2, 5))
def test_an_axis_holds_what_it_shows_and_names_round_values(unit: Unit, up: int, down: int, steps: int) -> None:
    shown = scale(unit, up, down, steps)
    assert shown.bottom <= -down
    assert up <= shown.top
    assert 2 <= len(shown.ticks) <= steps + 3
    assert 0 in shown.ticks
    assert all(shown.bottom <= value <= shown.top for value in shown.ticks)


@given(st.floats(1.5e9, 2e9), st.floats(10, 7200), st.integers(1, 12))
def test_times_on_the_axis_are_round_and_few(start: float, seconds: float, most: int) -> None:
    ticks = time_ticks(start, start + seconds, most)
    assert len(ticks) <= most + 1
    assert all(start <= when <= start + seconds + 1e-3 for when, _ in ticks)
    for when, text in ticks:
        assert time_of_day(when).startswith(text)


# --- pictures -------------------------------------------------------------------------------------------------------


def painted(trace: Trace, start: float, end: float, width: int = 200, top: float = 100.0) -> QImage:
    for _ in trace.catch_up():
        pass
    image = QImage(width, 50, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    a_second = width / (end - start)
    painter.setTransform(QTransform(a_second, 0, 0, -50 / top, -start * a_second, 50))
    pen = painter.pen()
    pen.setCosmetic(True)
    painter.setPen(pen)
    trace.paint(painter, start, end, 2.5 / a_second)
    painter.end()
    return image


def inked(image: QImage) -> set[int]:
    """The columns in which something is drawn."""
    white = QColor(Qt.GlobalColor.white).rgb()
    return {x for x in range(image.width()) if any(image.pixel(x, y) != white for y in range(image.height()))}


def test_a_gap_is_not_drawn_through() -> None:
    series = Series()
    for second in (*range(0, 50), *range(100, 150)):
        series.add(second, 50, 5)
    columns = inked(painted(Trace(series), 0, 200))
    assert columns >= {*range(1, 49), *range(101, 149)}
    assert not columns & set(range(52, 98))
    assert not columns & set(range(152, 200))


def test_a_lone_sample_is_a_dot() -> None:
    series = Series()
    series.add(100, 50, 5)
    assert 1 <= len(inked(painted(Trace(series), 0, 200))) <= 3


def test_a_coarse_picture_shows_every_peak_and_no_gap_less() -> None:
    series = Series()
    for second in range(3600):
        if not 1000 <= second < 1100:
            series.add(second, 90 if second == 2003 else 10, 5)
    trace = Trace(series)
    image = painted(trace, 0, 3600)
    assert min(chunk.path(45.0).elementCount() for chunk in trace._chunks[:-1]) < traces.CHUNK / 4
    assert any(image.pixel(x, 6) != QColor(Qt.GlobalColor.white).rgb() for x in range(110, 113)), "the peak"
    assert not inked(image) & {57, 58, 59}
    assert inked(image) >= set(range(62, 199))


def test_a_picture_that_grew_is_the_one_that_is_made_at_once() -> None:
    growing, whole = Series(), Series()
    grown = Trace(growing)
    for second in range(0, 8000, 2):
        growing.add(second, second % 97, 5)
        whole.add(second, second % 97, 5)
        if not second % 34:
            for _ in grown.catch_up():
                pass
    assert painted(grown, 4500, 8000) == painted(Trace(whole), 4500, 8000)
    assert len(grown._chunks) <= loads.KEPT_S / 2 / traces.CHUNK + 2


def luminance(colour: str) -> float:
    parts = (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF())
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_every_line_stands_out_from_the_ground(theme: Theme, scheme: Scheme) -> None:
    theme.choose(scheme)
    try:
        ground = luminance((DARK if scheme is Scheme.DARK else LIGHT).surface)
        lines = [traces.line_colour(number) for number in range(traces.MOST_LINES)]
        for line in map(luminance, lines):
            assert (max(ground, line) + 0.05) / (min(ground, line) + 0.05) >= 3
        assert len(set(lines)) == len(lines)
    finally:
        theme.choose(Scheme.SYSTEM)


# --- the pane -------------------------------------------------------------------------------------------------------


class Screen:
    """A shown pane on a made-up estate, whose engine takes notes."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.replica, self.engine = Replica(), NotingEngine()
        self.desk = Desk(self.replica, self.engine, Errands(print), Preferences(), Watchlist(self.engine))
        replay(self.replica, estate())
        self.pane = ChartsPane(self.desk)
        self.pane.resize(1000, 640)
        self.pane.show()

    def show(self, *entities: EntityId) -> None:
        self.pane.show_entities(entities)
        self.settle()

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.pane._work.busy)

    def feed(self, *entities: EntityId, start: int = 0, end: int = 300, step: int = 2) -> None:
        """Samples whose CPU is the second they were taken at, in percent of the 300."""
        for second in range(start, end, step):
            self.replica.sampled(tuple(measured(entity, second, cpu=second / 3) for entity in entities))

    @property
    def watched(self) -> list[EntityId]:
        return list(self.engine.watched)

    def figure(self, row: int, column: int) -> str:
        model = self.pane.figures.model()
        return str(model.data(model.index(row, column)))

    def seconds(self) -> tuple[float, float]:
        """What is shown, in seconds since the first sample."""
        plot = self.pane.plots[0]
        return plot.start - at(0), plot.end - at(0)


@pytest.fixture
def screen(qtbot: QtBot) -> Iterator[Screen]:
    made = Screen(qtbot)
    yield made
    made.pane.close()
    made.pane.deleteLater()


def test_what_is_shown_is_watched_and_nothing_while_hidden(screen: Screen) -> None:
    screen.show(ONE)
    assert screen.watched == [ONE]
    screen.pane.hide()
    assert screen.watched == []
    screen.show(OTHER, HOST)
    assert screen.watched == [], "it is still hidden"
    screen.pane.show()
    assert screen.watched == [OTHER, HOST]


def test_nothing_is_painted_or_worked_out_while_hidden_and_all_is_there_again(screen: Screen) -> None:
    screen.show(ONE)
    screen.feed(ONE, end=100)
    screen.pane.hide()
    before = screen.seconds()
    screen.feed(ONE, start=100, end=200)
    assert screen.seconds() == before
    screen.pane.show()
    screen.settle()
    assert screen.seconds()[1] == pytest.approx(198, abs=30)
    assert screen.figure(0, 1).endswith("66.0 %")


def test_samples_arrive_and_the_charts_go_along(screen: Screen) -> None:
    screen.show(ONE)
    screen.feed(ONE)
    assert screen.seconds() == pytest.approx((-2, 298), abs=0.5)
    assert screen.pane.plots[0].latest() in ("99.3 %", "99.4 %")
    assert screen.pane.plots[1].latest() == "1.0 GiB of 4 GiB"
    assert screen.figure(0, 0) == "vm-00001"
    assert screen.figure(0, 1) == "0.0 · 49.7 · 99.3 %"
    assert screen.figure(0, 3) == "2.0 · 2.0 · 2.0 MB/s"
    assert screen.figure(0, 4) == "–", "nobody told what is written"


def test_nothing_measured_yet_says_why(screen: Screen) -> None:
    screen.show(ONE)
    empty = screen.pane._empty
    assert empty.isVisible()
    assert "half a minute" in empty._why.text()
    screen.show(OFF)
    assert "vm-00007 does not run" in empty._why.text()
    screen.replica.updated(protocol.Update(records=(connection(state=State.STALE),)))
    screen.replica.refresh()
    screen.settle()
    assert "does not answer" in empty._why.text()
    screen.feed(OFF, end=10)
    assert not empty.isVisible()


def test_a_range_dragged_in_one_chart_is_shown_by_all_with_its_figures(screen: Screen) -> None:
    screen.show(ONE)
    screen.feed(ONE)
    plot = screen.pane.plots[2]
    area = plot._area
    left, right = (QPoint(int(area.left() + area.width() * part), int(area.center().y())) for part in (0.2, 0.6))
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, left)
    QTest.mouseMove(plot, (left + right) / 2)
    QTest.mouseMove(plot, right)
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, right)
    assert screen.seconds() == pytest.approx((58, 178), abs=2)
    assert len({(each.start, each.end) for each in screen.pane.plots}) == 1
    least, mean, most = (float(word) for word in screen.figure(0, 1).removesuffix(" %").split(" · "))
    assert (least, mean, most) == pytest.approx((58 / 3, 118 / 3, 178 / 3), abs=1)
    assert not screen.pane.live.isChecked()
    stopped = screen.seconds()
    screen.feed(ONE, start=300, end=320)
    assert screen.seconds() == stopped, "what comes does not take away what is looked at"
    screen.pane.live.trigger()
    assert screen.pane.live.isChecked()
    assert screen.seconds() == pytest.approx((18, 318), abs=0.5)


def test_ranges_by_button_are_remembered(screen: Screen) -> None:
    screen.show(ONE)
    screen.feed(ONE)
    screen.pane.ranges[15].trigger()
    assert screen.seconds() == pytest.approx((298 - 900, 298), abs=0.5)
    screen.pane.ranges[ALL].trigger()
    assert screen.seconds() == pytest.approx((0, 298), abs=0.5)
    assert [action.text() for action in screen.pane.ranges.values() if action.isChecked()] == ["All"]
    another = ChartsPane(screen.desk)
    assert another.ranges[ALL].isChecked()
    another.deleteLater()


def test_keys_pan_and_zoom(screen: Screen) -> None:
    screen.show(ONE)
    screen.feed(ONE)
    plot = screen.pane.plots[0]
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert screen.seconds() == pytest.approx((73, 223), abs=0.5)
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert screen.seconds() == pytest.approx((43, 193), abs=0.5)
    QTest.keyClick(plot, Qt.Key.Key_Minus)
    assert screen.seconds() == pytest.approx((-32, 268), abs=0.5)
    for _ in range(5):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    assert screen.seconds()[1] == pytest.approx(298, abs=0.5), "there is nothing to see beyond now"
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert screen.pane.live.isChecked()


def test_the_keyboard_reaches_everything_in_order(screen: Screen) -> None:
    screen.show(ONE)
    screen.feed(ONE)
    stops: list[QWidget] = []
    stop: QWidget | None = screen.pane.plots[0]
    while stop is not None and len(stops) < 5:
        if stop.focusPolicy() is not Qt.FocusPolicy.NoFocus:
            stops.append(stop)
        stop = stop.nextInFocusChain()
    assert stops == [*screen.pane.plots, screen.pane.figures]


def test_the_pointer_shows_value_and_time_in_all_charts(screen: Screen) -> None:
    screen.show(ONE)
    screen.feed(ONE)
    plot = screen.pane.plots[0]
    QTest.mouseMove(plot, plot._area.center().toPoint())
    marks = {each._mark for each in screen.pane.plots}
    assert len(marks) == 1
    (mark,) = marks
    assert mark is not None
    assert mark - at(0) == pytest.approx(148, abs=2)
    ((name, text, _),) = plot.values_at(mark)
    assert name == "vm-00001"
    assert float(text.removesuffix(" %")) == pytest.approx(148 / 3, abs=1)
    assert plot.values_at(at(500)) == [], "nothing was measured then"


def test_several_have_a_line_each_and_eight_are_enough(screen: Screen) -> None:
    many = tuple(entity_id("vm", "vc", str(number)) for number in range(11))
    screen.show(*many)
    assert tuple(screen.watched) == many[:8]
    screen.feed(*many[:8], end=60)
    assert screen.pane.figures.model().rowCount() == 8
    assert screen.pane.status.text() == "the first 8 of 11 are shown"
    colours = {line.pen().color().name() for line in screen.pane.plots[0].lines}
    assert len(colours) == 8
    screen.pane.figures.selectRow(2)
    assert [line.faded for line in screen.pane.plots[3].lines].count(False) == 1
    with screen.qtbot.waitSignal(screen.pane.chosen) as chosen:
        screen.pane.figures.activated.emit(screen.pane.figures.model().index(2, 0))
    assert chosen.args == [many[2]]


def test_switching_back_shows_what_was_seen(screen: Screen) -> None:
    screen.show(ONE)
    screen.feed(ONE, end=100)
    screen.show(OTHER)
    screen.feed(OTHER, end=120)
    screen.show(ONE)
    assert screen.figure(0, 0) == "vm-00001"
    assert screen.figure(0, 1) == "0.0 · 16.3 · 32.7 %"
    screen.feed(ONE, start=160, end=200)
    joined = screen.desk.loads.of(ONE).series[Quantity.CPU].joined
    assert list(joined).count(0) == 2, "nobody looked in between"


def test_stale_looks_stale(screen: Screen) -> None:
    screen.show(ONE)
    screen.feed(ONE)
    live = screen.pane.plots[0].lines[0].pen().color()
    screen.replica.updated(protocol.Update(records=(connection(state=State.STALE),)))
    screen.replica.refresh()
    screen.settle()
    line = screen.pane.plots[0].lines[0]
    assert line.pen().color() != live
    assert screen.pane.status.text().startswith("stale")
    screen.replica.updated(protocol.Update(records=(connection(),)))
    screen.replica.refresh()
    screen.settle()
    assert line.pen().color() == live
    assert screen.pane.status.text() == ""


def test_colours_follow_the_theme(screen: Screen, theme: Theme) -> None:
    screen.show(ONE)
    screen.feed(ONE)
    try:
        for scheme, colours in ((Scheme.DARK, DARK), (Scheme.LIGHT, LIGHT)):
            theme.choose(scheme)
            corner = screen.pane.plots[0].grab().toImage().pixelColor(2, 2)
            assert corner.name() == colours.surface
    finally:
        theme.choose(Scheme.SYSTEM)


def test_who_does_not_see_the_charts_is_told_the_figures(screen: Screen) -> None:
    screen.show(ONE)
    was = QAccessible.isActive()
    QAccessible.setActive(True)
    try:
        screen.feed(ONE)
        plot = screen.pane.plots[0]
        interface = QAccessible.queryAccessibleInterface(plot)
        assert interface.text(QAccessible.Text.Name) == "CPU"
        told = interface.text(QAccessible.Text.Description)
        assert "vm-00001: least 0.0 %, mean 49.7 %, most 99.3 %" in told
        assert screen.pane.live.toolTip()
    finally:
        QAccessible.setActive(was)


def test_narrow_panes_have_one_chart_below_the_other(screen: Screen) -> None:
    screen.show(ONE)
    screen.feed(ONE)
    tops = {plot.y() for plot in screen.pane.plots}
    assert len(tops) == 2
    screen.pane.resize(500, 640)
    screen.qtbot.waitUntil(lambda: len({plot.y() for plot in screen.pane.plots}) == 4)


def test_it_is_still_while_nothing_comes(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    screen.show(ONE)
    screen.feed(ONE)
    screen.qtbot.wait(50)
    painted: list[object] = []
    for plot in screen.pane.plots:
        monkeypatch.setattr(plot, "_painted", lambda: painted.append(1))
    until = time.monotonic() + 0.3
    screen.qtbot.waitUntil(lambda: time.monotonic() > until)
    assert not painted
