"""The timeline of what is selected: a picture of lanes over time, and beneath it a list of the same happenings."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import msgspec
from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QAccessible, QAction, QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSplitter, QToolButton, QVBoxLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of, native_of
from vmi_console.gui.actions import Actions
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import ElidedLabel
from vmi_console.gui.panes.copying import as_csv, copy_text
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.items import Column
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import Delta
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.gui.timeline.course import Course
from vmi_console.gui.timeline.lanes import Lane, Lanes, bounds
from vmi_console.gui.timeline.picture import Picture
from vmi_console.gui.timeline.telling import Sort, Telling
from vmi_console.gui.verdicts import Moves
from vmi_console.gui.wording import Wording, clock, moment
from vmi_console.plain_text import visible
from vmi_console.review.timeline import Happening, Timeline

ASK_AFTER_MS = 120  # the selection often moves on
MORE_AFTER_MS = 150  # what happens together comes together
NOW_MOVES_MS = 30_000

JUST_AFTER = timedelta(microseconds=1)  # a page ends before its end
PAGE = 500
MOST_LOADED = 20_000

HOUR = 3_600
SPANS = (HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR)
ALL = 0
FITTING = -1
"""The shortest of the spans in which something happened: what is shown until the operator chooses."""
ENOUGH = 3
SHORTEST_S = 2.0
AHEAD = 0.02  # of a range, after now
_REMEMBERED = "timeline-span"


class TimelinePane(Pane):
    """Asks the engine for what it shows while it is seen, page by page, and for what came since when something did."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.setObjectName("sheet")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(self.tr("Timeline"))
        self._wording = Wording(desk.replica)
        self._telling = Telling(self._wording)
        self._lanes = Lanes(self._wording, self._telling)
        self.course: Course | None = None
        self._file = ""  # of the snapshot that is shown
        self._failure = ""
        self._asking: Errand | None = None
        self._again = False  # something happened while an answer was on its way
        self._span = self._remembered()
        self._stopped: tuple[float, float] | None = None  # the range that the operator wants to see; None: until now
        self._hidden: set[Sort] = set()
        self._shown_lanes: tuple[Lane, ...] = ()
        self._missed = False  # something may have happened while nobody looked
        self.selected = ""  # the key of a happening
        self._make_actions()
        self._lay_out()
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._ask)
        self._minute = QTimer(self, interval=NOW_MOVES_MS)
        self._minute.timeout.connect(self._show_picture)
        desk.replica.refreshed.connect(self._hear)
        desk.replica.verdicts.moved.connect(self._judged)
        desk.replica.quarantines.moved.connect(self._held)

    # --- lay-out --------------------------------------------------------------------------------------------------

    def _make_actions(self) -> None:
        actions = Actions(self)
        texts = {
            SPANS[0]: (self.tr("1 h"), self.tr("The last hour")),
            SPANS[1]: (self.tr("24 h"), self.tr("The last day")),
            SPANS[2]: (self.tr("7 d"), self.tr("The last week")),
            SPANS[3]: (self.tr("30 d"), self.tr("The last thirty days")),
            ALL: (self.tr("All"), self.tr("All that is remembered of it")),
        }
        self.spans: dict[int, QAction] = {
            span: actions.make(text, partial(self._choose, span), tip, checked=False)
            for span, (text, tip) in texts.items()
        }
        self.zoom_in = actions.make(
            self.tr("Zoom in"), lambda: self._zoom(0.5, None), self.tr("Show a shorter time"), icon="zoom-in"
        )
        self.zoom_out = actions.make(
            self.tr("Zoom out"), lambda: self._zoom(2.0, None), self.tr("Show a longer time"), icon="zoom-out"
        )
        self.live = actions.make(
            self.tr("Until now"), self.go_live, self.tr("Follow what happens"), icon="state-live", checked=True
        )
        self.then = actions.make(
            self.tr("Show the estate as of then"),
            self._want_moment,
            self.tr("Show everything as it was when the selected thing happened"),
            icon="state-recorded",
        )
        self.then.setEnabled(False)
        self.csv = actions.make(
            self.tr("Copy as CSV"), self._copy_csv, self.tr("Copy what the list shows as CSV"), icon="copy"
        )
        self.sorts: dict[Sort, QAction] = {
            sort: actions.make(
                self._telling.title(sort), partial(self._turn_sort, sort), self.tr("Show or hide these"), checked=True
            )
            for sort in Sort
        }

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(GROUP - GAP, GAP, GROUP, GAP)
        bar.setSpacing(2)
        buttons = [self._button(action, words=action not in (self.zoom_in, self.zoom_out)) for action in self._at_top]
        for button in buttons:
            bar.addWidget(button)
        self.status = ElidedLabel(tone=Tone.MUTED)
        self.status.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        bar.addSpacing(GAP)
        bar.addWidget(self.status, 1)
        moment_button = self._button(self.then)
        bar.addWidget(moment_button)
        self.picture = Picture()
        self.picture.describe = self._describe
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.picture)
        self._scroll = scroll
        self._toggles = {sort: self._button(action) for sort, action in self.sorts.items()}
        csv_button = self._button(self.csv, words=False)
        self.list: ItemList[Happening] = ItemList(
            self.tr("What happened, newest first"),
            (
                Column(self.tr("When"), 16, lambda each: clock(each.at), order=lambda each: each.at),
                Column(
                    "",
                    3,
                    lambda each: "",
                    order=lambda each: self._telling.sort(each).value,
                    tone=lambda each: self._telling.look(each).tone,
                    icon=lambda each: self._telling.look(each).icon,
                ),
                Column(self.tr("What"), 30, self._telling.what),
                Column(self.tr("Before"), 18, lambda each: self._telling.sides(each)[0], tone=lambda each: Tone.MUTED),
                Column(self.tr("After"), 24, lambda each: self._telling.sides(each)[1]),
                Column(self.tr("Who"), 12, self._telling.who),
                Column(self.tr("How seen"), 12, self._telling.seen, tone=lambda each: Tone.MUTED),
            ),
        )
        self.list.view.addActions((self.then, self.csv))
        for button in self._toggles.values():
            button.setMinimumWidth(24)
            button.hide()
        self.list.add_to_bar(*self._toggles.values(), csv_button)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(scroll)
        self.split.addWidget(self.list)
        self.split.setStretchFactor(0, 0)
        self.split.setStretchFactor(1, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(bar)
        outer.addWidget(self.split, 1)
        toggles = self._toggles.values()
        order = (*buttons, moment_button, self.picture, self.list.filter, *toggles, csv_button, self.list.view)
        for one, following in pairwise(order):
            self.setTabOrder(one, following)
        picture = self.picture
        picture.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        picture.addActions((self.then, self.zoom_in, self.zoom_out, self.live))
        picture.picked.connect(self.select)
        picture.stepped.connect(self._step)
        picture.moment_wanted.connect(self._want_time)
        picture.range_wanted.connect(self._stop_at)
        picture.zoom_wanted.connect(self._zoom)
        picture.pan_wanted.connect(self._pan)
        picture.live_wanted.connect(self.go_live)
        self.list.view.selectionModel().currentRowChanged.connect(self._current)
        self.list.activated.connect(lambda each: self._want_time(each.at.timestamp()))
        self.list.view.verticalScrollBar().valueChanged.connect(self._scrolled)

    @property
    def _at_top(self) -> tuple[QAction, ...]:
        return (*self.spans.values(), self.zoom_in, self.zoom_out, self.live)

    def _button(self, action: QAction, *, words: bool = True) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        beside, alone = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        button.setToolButtonStyle(beside if words else alone)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setAccessibleName(action.text())
        button.setAccessibleDescription(action.toolTip())
        return button

    # --- keeping up -----------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._asking is not None or self._soon.isActive() or self.list.items.busy

    def bring_up_to_date(self) -> None:
        entity, review = self.entities[0], self.desk.replica.review
        file = review.path if review is not None else ""
        if self.course is None or entity != self.course.entity or file != self._file:
            self._file = file
            self.course = Course(entity)  # what happened to another one is never shown below this one's name
            self._failure = ""
            self.selected = ""
            self._stopped = None
            if self._asking is not None:
                self._asking.cancel()
                self._asking = None
            self.list.say("", self.tr("Looking up what happened…"))
            self.list.items.show_items(())
            self.picture.said = self.tr("Looking up what happened…")
            self.picture.show_lanes((), time.time())
            self._ask_soon(ASK_AFTER_MS)
        elif self.course.loaded_from is not None:
            self._show_picture()
        if not self._minute.isActive():
            self._minute.start()
        if self.course.loaded_from is None or self._failure or self._missed:
            self._missed = False
            self._ask_soon(ASK_AFTER_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._missed = True
        self._soon.stop()
        self._minute.stop()

    def _hear(self, delta: Delta) -> None:
        """Something happened; the engine is asked for it, so that all is told in one order and once."""
        if self.course is None or not self.isVisible():
            return
        if self.course.amend(delta.amendments):
            self._show()
        entity = self.course.entity
        inside = entity_id("guest", endpoint_of(entity), native_of(entity)) if kind_of(entity) == "vm" else entity
        if any(change.entity in (entity, inside) for change in delta.changes):
            self._ask_soon(MORE_AFTER_MS)

    def _judged(self, moves: Moves) -> None:
        if self.course is not None and self.isVisible() and self.course.entity in moves.vms:
            self._ask_soon(MORE_AFTER_MS)

    def _held(self, vms: frozenset[EntityId]) -> None:
        if self.course is not None and self.isVisible() and self.course.entity in vms:
            self._ask_soon(MORE_AFTER_MS)

    # --- asking ---------------------------------------------------------------------------------------------------

    def _ask_soon(self, after_ms: int) -> None:
        if self._asking is not None:
            self._again = True
        elif not self._soon.isActive():
            self._soon.start(after_ms)

    def _ask(self) -> None:
        """For what came since the newest that is known, or for the first page."""
        if (course := self.course) is not None and self._asking is None and self.isVisible():
            self._run(course, since=course.newest if course.loaded_from is not None else None)

    def _ask_earlier(self) -> None:
        """For the page before, if what is to be seen reaches there."""
        course = self.course
        if course is None or course.loaded_from is None or not course.more or self._asking is not None:
            return
        if self._failure:  # it is asked again when something happens, or the engine answers again
            return
        if len(course.happenings) < MOST_LOADED:
            self._run(course, until=course.loaded_from)

    def _run(self, course: Course, **span: datetime | None) -> None:
        wanted = {name: at for name, at in span.items() if at is not None}
        wanted.setdefault("until", self._now() + JUST_AFTER)

        def failed(error: VmiError) -> None:
            if course is self.course:
                self._asking = None
                self._failure = str(error)
                self._show()

        self._again = False
        name = self.tr("What happened to something")
        self._asking = self.desk.errands.run(self._asked(course, wanted), name, failed, quiet=True)

    async def _asked(self, course: Course, span: dict[str, datetime]) -> None:
        answer = await self.desk.engine.call("timeline", entity=course.entity, most=PAGE, **span)
        page = msgspec.convert(answer, Timeline, builtin_types=(datetime,))
        if course is not self.course:
            return  # the selection has moved on
        self._asking = None
        self._failure = ""
        course.take(page)
        if "since" in span and page.more:  # more happened than one page holds
            self._run(course, since=span["since"], until=page.since)
        if self.isVisible():
            self._show()
        if self._again:
            self._ask_soon(MORE_AFTER_MS)

    # --- showing --------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        course = self.course
        if course is None:
            return
        self._show_picture()
        shown = [each for each in course.happenings if self._telling.sort(each) not in self._hidden]
        if course.loaded_from is not None:
            self.list.items.show_items((each.key, each) for each in shown)
        self.list.say(*self._status())
        sorts = {self._telling.sort(each) for each in course.happenings}
        for sort, button in self._toggles.items():
            button.setVisible(sort in sorts or sort in self._hidden)

    def _status(self) -> tuple[str, str, Tone]:
        course = self.course
        assert course is not None
        if self._failure:
            return visible(self._failure, 200), visible(self._failure, 400), Tone.WARNING
        if course.loaded_from is None:
            return "", self.tr("Looking up what happened…"), Tone.MUTED
        name = self._wording.name(course.entity)
        if course.happenings:
            return "", self.tr("All of it is hidden: show some of it again."), Tone.MUTED
        since = course.known_since or course.recorded_since
        if since is None:
            return "", self.tr("Nothing is recorded of {0}.").format(name), Tone.MUTED
        return "", self.tr("Nothing has happened to {0} since {1}.").format(name, clock(since)), Tone.MUTED

    def _show_picture(self) -> None:
        course = self.course
        if course is None or course.loaded_from is None or not self.isVisible():
            return
        now = self._now()
        record = self.desk.replica.records.get(course.entity)
        self._shown_lanes = self._lanes.of(course, record, now)
        height = self.picture.minimumSizeHint().height()
        review = self.desk.replica.review
        self.picture.show_lanes(
            self._shown_lanes, now.timestamp(), review.at.timestamp() if review is not None else None
        )
        if self.picture.minimumSizeHint().height() != height:
            self._make_room()
        self._show_range()

    def _show_range(self) -> None:
        """Shows another part of the same lanes."""
        course = self.course
        if course is None or course.loaded_from is None:
            return
        start, end = self._range()
        self.picture.show_range(start, end)
        self._show_selected()
        self.live.setChecked(self._stopped is None)
        for span, action in self.spans.items():
            action.setChecked(self._stopped is None and span == self._fitted())
        self._tell()
        if start < course.loaded_from.timestamp():
            self._ask_earlier()

    def _make_room(self) -> None:
        """All lanes without scrolling, as long as that leaves the list its half."""
        wanted = self.picture.minimumSizeHint().height() + 4
        whole = sum(self.split.sizes())
        self._scroll.setMinimumHeight(min(wanted, 120))
        if whole:
            above = min(wanted, whole // 2 + 60)
            self.split.setSizes([above, whole - above])

    def _tell(self) -> None:
        course = self.course
        assert course is not None
        parts = []
        if self._failure:
            parts.append(visible(self._failure, 200))
        elif course.more and course.loaded_from is not None:
            parts.append(self.tr("loaded back to {0}").format(clock(course.loaded_from)))
        elif (since := course.known_since) is not None:
            parts.append(self.tr("recorded since {0}").format(clock(since)))
        self.status.setText(" · ".join(parts))
        self.status.setToolTip(tooltip(*parts))
        self.status.set_tone(Tone.WARNING if self._failure else Tone.MUTED)
        if QAccessible.isActive():
            newest = course.happenings[:5]
            self.picture.setAccessibleDescription(
                "; ".join(f"{clock(each.at)} {self._telling.what(each)}" for each in newest)
            )

    def _describe(self, key: str) -> tuple[str, ...]:
        happening = self.course.of(key) if self.course is not None else None
        return self._telling.details(happening) if happening is not None else ()

    # --- the range ------------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        """Until when anything can have happened. Of the recorded past what came later is shown, too."""
        return self.desk.replica.now if self._file else datetime.now(UTC)

    def _fitted(self) -> int:
        """The span that is shown: the chosen one, or the shortest in which enough happened."""
        if self._span != FITTING or self.course is None:
            return self._span
        happenings, now = self.course.happenings, self._now().timestamp()
        for span in SPANS:
            if len(happenings) >= ENOUGH and now - happenings[ENOUGH - 1].at.timestamp() <= span:
                return span if self._first_known() < now - span else ALL
        return ALL

    def _range(self) -> tuple[float, float]:
        """From when to when is shown."""
        if self._stopped is not None:
            return self._stopped
        now, span = self._now().timestamp(), self._fitted()
        if span == ALL:
            found = bounds(self._shown_lanes)
            start = found[0] if found is not None else now - HOUR
            if self.course is not None and self.course.more and self.course.recorded_since is not None:
                start = min(start, self.course.recorded_since.timestamp())
            span_s = max(now - start, SHORTEST_S)
            return start - AHEAD * span_s, now + AHEAD * span_s
        return now - span, now + AHEAD * span

    def go_live(self) -> None:
        """Follows what happens, over as long a time as was chosen."""
        self._stopped = None
        self._show_picture()

    def _choose(self, span: int) -> None:
        self._span = span
        self.desk.preferences.remember(_REMEMBERED, str(span).encode())
        self.go_live()

    def _remembered(self) -> int:
        kept = self.desk.preferences.remembered(_REMEMBERED)
        text = bytes(kept.data()).decode(errors="replace") if kept is not None else ""
        return int(text) if text in {str(span) for span in (*SPANS, ALL)} else FITTING

    def _stop_at(self, start: float, end: float) -> None:
        """Shows this range until the operator wants another one, or to follow what happens again."""
        if self.course is None or self.course.loaded_from is None:
            return
        short = max(0.0, SHORTEST_S - (end - start)) / 2
        self._stopped = start - short, end + short
        self._show_range()

    def _zoom(self, factor: float, around: float | None) -> None:
        if self.course is None or self.course.loaded_from is None:
            return
        start, end = self._range()
        happening = self.course.of(self.selected)
        if around is None:
            around = happening.at.timestamp() if happening is not None else (start + end) / 2
            around = around if start <= around <= end else (start + end) / 2
        first = self._first()
        self._stop_at(
            max(first, around - (around - start) * factor), min(self._last(), around + (end - around) * factor)
        )

    def _pan(self, part: float) -> None:
        start, end = self._range()
        by = part * (end - start)
        by = min(by, self._last() - end) if by > 0 else max(by, min(0.0, self._first() - start))
        if by:
            self._stop_at(start + by, end + by)

    def _first(self) -> float:
        """The earliest time that can be gone to."""
        return min(self._now().timestamp() - max(SPANS), self._first_known())

    def _first_known(self) -> float:
        """When what is remembered of it begins."""
        course = self.course
        if course is None or not (course.known_since or course.happenings or course.more):
            return self._now().timestamp()
        if course.more and course.recorded_since is not None:
            return course.recorded_since.timestamp()
        known = [course.known_since] if course.known_since is not None else []
        return min(at.timestamp() for at in (*known, *(each.at for each in course.happenings[-1:])))

    def _last(self) -> float:
        start, end = self._range()
        return self._now().timestamp() + AHEAD * (end - start)

    # --- selecting ------------------------------------------------------------------------------------------------

    def select(self, key: str) -> None:
        """Selects a happening, in the list and in the picture."""
        happening = self.course.of(key) if self.course is not None else None
        if happening is None:
            return
        if self._telling.sort(happening) in self._hidden:
            self.sorts[self._telling.sort(happening)].trigger()
        self.selected = key
        self._show_selected()
        for row, entry in enumerate(self.list.items.rows):
            if entry.item.key == key:
                self.list.view.setCurrentIndex(self.list.items.index(row, 0))
                break

    def _current(self, current: QModelIndex) -> None:
        """A row of the list became the current one."""
        if not current.isValid() or self.list.items.moving:
            return
        happening = self.list.items.rows[current.row()].item
        self.selected = happening.key
        start, end = self._range()
        at = happening.at.timestamp()
        if not start <= at <= end:
            half = (end - start) / 2
            self._stop_at(at - half, min(at + half, self._last()))
        self._show_selected()

    def _show_selected(self) -> None:
        happening = self.course.of(self.selected) if self.course is not None else None
        self.picture.select(self.selected, happening.at.timestamp() if happening is not None else None)
        replica = self.desk.replica
        possible = replica.has_living and not (replica.review is not None and replica.review.path)
        self.then.setEnabled(happening is not None and possible)

    def _step(self, by: int) -> None:
        """To the next later or earlier one of those that the list shows."""
        rows = self.list.items.rows
        if not rows:
            return
        ordered = sorted((entry.item for entry in rows), key=lambda each: each.at)
        keys = [each.key for each in ordered]
        place = keys.index(self.selected) + by if self.selected in keys else (len(keys) - 1 if by < 0 else 0)
        self.select(keys[min(max(place, 0), len(keys) - 1)])

    def _turn_sort(self, sort: Sort) -> None:
        """Shows or hides a sort of happenings in the list."""
        self._hidden = {each for each, action in self.sorts.items() if not action.isChecked()}
        self._show()

    def _scrolled(self, value: int) -> None:
        if value and value >= self.list.view.verticalScrollBar().maximum() - 2:
            self._ask_earlier()

    # --- what leaves it -------------------------------------------------------------------------------------------

    def _want_moment(self) -> None:
        happening = self.course.of(self.selected) if self.course is not None else None
        if happening is not None:
            self._want_time(happening.at.timestamp())

    def _want_time(self, at: float) -> None:
        self.moment_wanted.emit(datetime.fromtimestamp(at, UTC))

    def _copy_csv(self) -> None:
        copy_text(as_csv(self._table(entry.item for entry in self.list.items.rows)))

    def _table(self, happenings: Iterable[Happening]) -> list[tuple[str, ...]]:
        heading = tuple(column.title for column in self.list.items.columns if column.title)
        return [heading, *map(self._row, happenings)]

    def _row(self, happening: Happening) -> tuple[str, ...]:
        telling = self._telling
        before, after = telling.sides(happening)
        words = telling.what(happening), before, after, telling.who(happening), telling.seen(happening)
        return (moment(happening.at), *words)
