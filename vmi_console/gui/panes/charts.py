"""The load of what is selected, live: CPU, memory, disk and network, over one range of time that all charts show."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible, QAction, QHideEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import VM, Power
from vmi_console.gui.actions import Actions, tool_button
from vmi_console.gui.axes import Unit, time_of_day
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.loads import Load, Quantity
from vmi_console.gui.panes.legend import Legend
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.plots import Plot
from vmi_console.gui.replica import Delta
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, title_font
from vmi_console.gui.traces import MOST_LINES, Line, Subject
from vmi_console.gui.wording import Wording
from vmi_console.gui.work import Work
from vmi_console.plain_text import visible

MINUTES = (5, 15, 60)
ALL = 0  # everything that is kept
SHORTEST_S = 10.0
WIDE = 640  # pixels from which on charts stand two beside each other
_REMEMBERED = "charts-range"


class ChartsPane(Pane):
    """Watches what it shows while it is seen, and nothing while it is not; what came in the meantime is a gap."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.setObjectName("sheet")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Charts of the load"))
        self._wording = Wording(desk.replica)
        self._minutes = self._remembered()
        self._stopped: tuple[float, float] | None = None  # the range that the operator wants to see; None: live
        self._shown: tuple[EntityId, ...] = ()
        self._work = Work(self)
        self.plots = tuple(Plot(subject) for subject in self._subjects())
        self._make_ranges()
        self._lay_out()
        for plot in self.plots:
            plot.range_wanted.connect(self._stop_at)
            plot.zoom_wanted.connect(self._zoom)
            plot.pan_wanted.connect(self._pan)
            plot.live_wanted.connect(self.go_live)
            plot.marked.connect(self._mark)
        self.figures.chosen.connect(self.chosen)
        self.figures.selectionModel().currentRowChanged.connect(self._emphasise)
        desk.loads.grown.connect(self._grown)
        Theme.current.changed.connect(self.figures.viewport().update)

    def _subjects(self) -> tuple[Subject, ...]:
        return (
            Subject(self.tr("CPU"), Unit.PERCENT, Quantity.CPU),
            Subject(self.tr("Memory"), Unit.BYTES, Quantity.MEMORY),
            Subject(
                self.tr("Disk"),
                Unit.RATE,
                Quantity.DISK_READ,
                Quantity.DISK_WRITE,
                self.tr("read"),
                self.tr("written"),
            ),
            Subject(
                self.tr("Network"),
                Unit.RATE,
                Quantity.NET_RECEIVE,
                Quantity.NET_TRANSMIT,
                self.tr("in"),
                self.tr("out"),
            ),
        )

    # --- lay-out --------------------------------------------------------------------------------------------------

    def _make_ranges(self) -> None:
        actions = Actions(self)
        texts = {
            5: (self.tr("5 min"), self.tr("The last five minutes")),
            15: (self.tr("15 min"), self.tr("The last fifteen minutes")),
            60: (self.tr("1 h"), self.tr("The last hour")),
            ALL: (self.tr("All"), self.tr("All that was measured and is kept: an hour at most")),
        }
        self.ranges: dict[int, QAction] = {}
        for minutes, (text, tip) in texts.items():
            action = actions.make(text, partial(self._choose, minutes), tip, checked=minutes == self._minutes)
            self.ranges[minutes] = action
        self.live = actions.make(
            self.tr("Live"), self.go_live, self.tr("Follow what is measured now"), icon="state-live", checked=True
        )
        self.actions_for_menu = (*self.ranges.values(), self.live)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(GROUP, GAP, GROUP, 0)
        bar.setSpacing(2)
        buttons: list[QWidget] = []
        for action in self.actions_for_menu:
            button = tool_button(action)
            bar.addWidget(button)
            buttons.append(button)
        self.status = ElidedLabel(tone=Tone.MUTED)
        self.status.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        bar.addSpacing(GAP)
        bar.addWidget(self.status, 1)
        page = QWidget()
        page.setObjectName("sheet")
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        self._columns = 0
        self.caption = PlainLabel(tone=Tone.MUTED)
        self.caption.setIndent(GAP)
        self.figures = Legend(self.plots)
        column = QVBoxLayout(page)
        column.setContentsMargins(GROUP - GAP, GAP, GROUP, GAP)
        column.setSpacing(GAP)
        column.addLayout(self._grid, 1)
        column.addWidget(self.caption)
        column.addWidget(self.figures)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        self._empty = _Empty()
        self._stack = QStackedLayout()
        self._stack.addWidget(scroll)
        self._stack.addWidget(self._empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(bar)
        outer.addLayout(self._stack, 1)
        self._arrange()
        for one, following in pairwise((*buttons, *self.plots, self.figures)):
            self.setTabOrder(one, following)

    def _arrange(self) -> None:
        columns = 2 if self.width() >= WIDE else 1
        if columns != self._columns:
            self._columns = columns
            for number, plot in enumerate(self.plots):
                self._grid.addWidget(plot, number // columns, number % columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    # --- what is shown --------------------------------------------------------------------------------------------

    def bring_up_to_date(self) -> None:
        shown = tuple(entity for entity in self.entities if kind_of(entity) in ("vm", "host"))[:MOST_LINES]
        self.desk.watchlist.want(self, shown)
        if shown != self._shown:
            self._shown = shown
            self._stopped = None
            self.figures.clearSelection()
        self._take_lines()
        for plot in self.plots:
            for line in plot.lines:
                line.name = self._wording.name(line.entity)
                line.stale = self.desk.replica.is_stale(line.entity)
        self._work.start(self._catch_up(), self._show)

    def _take_lines(self) -> None:
        """A line for each entity, a new one where what was kept of it has given way to others in the meantime."""
        loads = [self.desk.loads.of(entity) for entity in self._shown]
        if [line.load for line in self.plots[0].lines] != loads:
            for plot in self.plots:
                plot.lines = [
                    Line(entity, self._wording.name(entity), number, load, plot.subject)
                    for number, (entity, load) in enumerate(zip(self._shown, loads, strict=True))
                ]

    def concerns(self, delta: Delta) -> bool:
        """Also a host that falls silent, and the connection."""
        return not delta.before.keys().isdisjoint(self._around())

    def _around(self) -> Iterator[EntityId]:
        for entity in self._shown:
            yield entity
            record = self.desk.replica.records.get(entity)
            if isinstance(record, VM) and record.host is not None:
                yield record.host
            if (connection := self.desk.replica.connection_of(entity)) is not None:
                yield connection

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.desk.watchlist.want(self, ())

    def _grown(self, entities: frozenset[EntityId]) -> None:
        if self.isVisible() and not entities.isdisjoint(self._shown) and not self._work.busy:
            self._take_lines()
            for _ in self._catch_up():
                pass
            self._show()

    def _catch_up(self) -> Iterator[None]:
        """Draws what was measured and is not drawn yet: an hour of eight is too much for one go."""
        for plot in self.plots:
            for line in plot.lines:
                for trace in line.traces.values():
                    yield from trace.catch_up()

    def _show(self) -> None:
        self.live.setChecked(self._stopped is None)
        for minutes, action in self.ranges.items():
            action.setChecked(self._stopped is None and minutes == self._minutes)
        if self.desk.replica.review is not None or not any(load.measured for load in self._loads):
            self._show_empty()
            return
        self._stack.setCurrentIndex(0)
        start, end = self._span()
        for plot in self.plots:
            plot.show_range(start, end)
            if QAccessible.isActive():  # somebody listens
                plot.setAccessibleDescription(self.figures.described(plot))
        self.figures.show_figures()
        self.caption.setText(
            self.tr("Least · mean · most from {0} to {1}").format(time_of_day(start), time_of_day(end))
        )
        self._tell()

    @property
    def _loads(self) -> list[Load]:
        return [line.load for line in self.plots[0].lines]

    def _bounds(self) -> tuple[float, float]:
        """From the oldest sample until now, by the clock that stamps them."""
        now = max((load.now for load in self._loads if load.now is not None), default=SHORTEST_S)
        first = min((load.first for load in self._loads if load.first is not None), default=now)
        return min(first, now - SHORTEST_S), now

    def _span(self) -> tuple[float, float]:
        """From when to when is shown."""
        if self._stopped is not None:
            return self._stopped
        first, now = self._bounds()
        return (first, now) if self._minutes == ALL else (now - 60 * self._minutes, now)

    def _tell(self) -> None:
        """Whatever keeps the lines from being all there is, now."""
        parts = []
        if stale := [entity for entity in self._shown if self.desk.replica.is_stale(entity)]:
            if len(stale) == len(self._shown):
                parts.append(self.tr("stale, {0}").format(self._wording.age(stale[0])))
            else:
                parts.append(self.tr("{0} of {1} are stale").format(len(stale), len(self._shown)))
        selected = sum(kind_of(entity) in ("vm", "host") for entity in self.entities)
        if selected > len(self._shown):
            parts.append(self.tr("the first {0} of {1} are shown").format(len(self._shown), selected))
        if off := self._off():
            parts.append(off)
        self.status.setText(" · ".join(parts))
        self.status.setToolTip(tooltip(*parts))
        self.status.set_tone(Tone.WARNING if stale else Tone.MUTED)

    def _off(self) -> str:
        """Of a single VM that does not run."""
        record = self.desk.replica.records.get(self._shown[0]) if len(self._shown) == 1 else None
        if isinstance(record, VM) and record.power is not Power.ON:
            return self._wording.state(record)
        return ""

    def _show_empty(self) -> None:
        records = [self.desk.replica.records.get(entity) for entity in self._shown]
        vms = [record for record in records if isinstance(record, VM)]
        if self.desk.replica.review is not None:
            why = self.tr("What is drawn was measured in the last hour.")
        elif any(self.desk.replica.is_stale(entity) for entity in self._shown):
            why = self.tr("Nothing can be measured while the connection does not answer ({0}).").format(
                self._wording.age(self._shown[0])
            )
        elif vms and len(vms) == len(records) and all(vm.power is not Power.ON for vm in vms):
            why = (
                self.tr("{0} does not run. Its load is measured from the moment it is started.").format(
                    visible(vms[0].name, 60)
                )
                if len(vms) == 1
                else self.tr("None of these runs. Their load is measured from the moment they are started.")
            )
        else:
            why = self.tr(
                "The first figures come within half a minute. Where none come, the hypervisor does not tell them, "
                "or not to this user."
            )
        past = self.desk.replica.review is not None
        self._empty.tell(self.tr("No load is shown of another time") if past else self.tr("No load measured yet"), why)
        self.status.setText("")
        self._stack.setCurrentIndex(1)

    # --- what the operator wants ----------------------------------------------------------------------------------

    def go_live(self) -> None:
        """Follows what is measured, over as long a time as before."""
        self._stopped = None
        self._show()

    def _choose(self, minutes: int) -> None:
        self._minutes = minutes
        self.desk.preferences.remember(_REMEMBERED, str(minutes).encode())
        self.go_live()

    def _remembered(self) -> int:
        kept = self.desk.preferences.remembered(_REMEMBERED)
        text = bytes(kept.data()).decode(errors="replace") if kept is not None else ""
        return int(text) if text in {str(minutes) for minutes in (*MINUTES, ALL)} else MINUTES[0]

    def _stop_at(self, start: float, end: float) -> None:
        """All charts show this range until the operator wants another one, or to be live again."""
        short = max(0.0, SHORTEST_S - (end - start)) / 2
        self._stopped = start - short, end + short
        self._show()

    def _zoom(self, factor: float, around: float) -> None:
        start, end = self._span()
        first, now = self._bounds()
        earliest = min(first, now - 60 * max(MINUTES))
        self._stop_at(max(earliest, around - (around - start) * factor), min(now, around + (end - around) * factor))

    def _pan(self, part: float) -> None:
        start, end = self._span()
        first, now = self._bounds()
        by = part * (end - start)
        by = min(by, now - end) if by > 0 else max(by, min(0.0, first - start))
        if by:
            self._stop_at(start + by, end + by)

    def _mark(self, at: float | None) -> None:
        for plot in self.plots:
            plot.mark(at)

    def _emphasise(self, current: QModelIndex) -> None:
        """The line of the row with the cursor stands before the others."""
        for plot in self.plots:
            for line in plot.lines:
                line.faded = current.isValid() and len(plot.lines) > 1 and line.number != current.row()
            plot.paint_anew()


class _Empty(QWidget):
    """What is said where nothing can be drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sheet")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = PlainLabel()
        self._title.setFont(title_font(self.font()))
        self._why = PlainLabel(tone=Tone.MUTED).wrapped()
        for label in (self._title, self._why):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        column.setSpacing(GAP)
        column.addStretch(1)
        column.addWidget(self._title)
        column.addWidget(self._why)
        column.addStretch(2)

    def tell(self, title: str, why: str) -> None:
        self._title.setText(title)
        self._why.setText(why)
