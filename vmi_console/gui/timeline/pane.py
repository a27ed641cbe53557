"""The timeline of what is selected: a picture of lanes over time, and beneath it a list of the same happenings."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAction, QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of, native_of
from vmi_console.gui.actions import Actions, tool_button
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import ElidedLabel
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import Delta
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.gui.timeline.course import Course
from vmi_console.gui.timeline.extent import ALL, SPANS, Extent, span_kept
from vmi_console.gui.timeline.happening_list import HappeningList
from vmi_console.gui.timeline.lanes import Lanes
from vmi_console.gui.timeline.pages import Pages
from vmi_console.gui.timeline.picture import Picture
from vmi_console.gui.timeline.telling import Telling
from vmi_console.gui.verdicts import Moves
from vmi_console.gui.wording import Wording, clock
from vmi_console.plain_text import visible
from vmi_console.review.timeline import Happening

ASK_AFTER_MS = 120  # the selection often moves on
NOW_MOVES_MS = 30_000
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
        self._file = ""  # of the snapshot that is shown
        self._pages = Pages(desk, self.isVisible, self._now, self)
        self._extent = Extent(span_kept(self._remembered()), self._now)
        self._missed = False  # something may have happened while nobody looked
        self.selected = ""  # the key of a happening
        self._make_actions()
        self._lay_out()
        self._pages.came.connect(self._show)
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

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(GROUP - GAP, GAP, GROUP, GAP)
        bar.setSpacing(2)
        at_top = *self.spans.values(), self.zoom_in, self.zoom_out, self.live
        buttons = [tool_button(action, words=action not in (self.zoom_in, self.zoom_out)) for action in at_top]
        for button in buttons:
            bar.addWidget(button)
        self.status = ElidedLabel(tone=Tone.MUTED)
        self.status.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        bar.addSpacing(GAP)
        bar.addWidget(self.status, 1)
        moment_button = tool_button(self.then)
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
        self.list = HappeningList(self._telling)
        self.list.view.insertAction(self.list.csv, self.then)
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
        for one, following in pairwise((*buttons, moment_button, self.picture, *self.list.parts)):
            self.setTabOrder(one, following)
        picture = self.picture
        picture.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        picture.addActions((self.then, self.zoom_in, self.zoom_out, self.live))
        picture.picked.connect(self.select)
        picture.stepped.connect(self._step)
        picture.moment_wanted.connect(self._want_time)
        picture.range_wanted.connect(self._stop)
        picture.zoom_wanted.connect(self._zoom)
        picture.pan_wanted.connect(self._pan)
        picture.live_wanted.connect(self.go_live)
        self.list.picked.connect(self._pick)
        self.list.turned.connect(self._show)
        self.list.end_reached.connect(self._pages.ask_earlier)
        self.list.activated.connect(lambda each: self._want_time(each.at.timestamp()))

    # --- keeping up -----------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether more is to be shown soon."""
        return self._pages.busy or self.list.items.busy

    @property
    def course(self) -> Course | None:
        """What is known of what happened."""
        return self._pages.course

    def bring_up_to_date(self) -> None:
        entity, review = self.entities[0], self.desk.replica.review
        file = review.path if review is not None else ""
        course = self.course
        if course is None or entity != course.entity or file != self._file:
            self._file = file
            course = Course(entity)  # what happened to another one is never shown below this one's name
            self._pages.begin(course)
            self._extent.begin(course)
            self.selected = ""
            self.list.say("", self.tr("Looking up what happened…"))
            self.list.items.show_items(())
            self.picture.said = self.tr("Looking up what happened…")
            self.picture.show_lanes((), time.time())
            self._pages.ask_soon(ASK_AFTER_MS)
        elif course.loaded_from is not None:
            self._show_picture()
        if not self._minute.isActive():
            self._minute.start()
        if course.loaded_from is None or self._pages.failure or self._missed:
            self._missed = False
            self._pages.ask_soon(ASK_AFTER_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._missed = True
        self._pages.rest()
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
            self._pages.ask_soon()

    def _judged(self, moves: Moves) -> None:
        if self.course is not None and self.isVisible() and self.course.entity in moves.vms:
            self._pages.ask_soon()

    def _held(self, vms: frozenset[EntityId]) -> None:
        if self.course is not None and self.isVisible() and self.course.entity in vms:
            self._pages.ask_soon()

    # --- showing --------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        course = self.course
        if course is None:
            return
        self._show_picture()
        self.list.show_course(course)
        self.list.say(*self._status())

    def _status(self) -> tuple[str, str, Tone]:
        course = self.course
        assert course is not None
        if failure := self._pages.failure:
            return visible(failure, 200), visible(failure, 400), Tone.WARNING
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
        self._extent.lanes = self._lanes.of(course, record, now)
        height = self.picture.minimumSizeHint().height()
        review = self.desk.replica.review
        self.picture.show_lanes(
            self._extent.lanes, now.timestamp(), review.at.timestamp() if review is not None else None
        )
        if self.picture.minimumSizeHint().height() != height:
            self._make_room()
        self._show_range()

    def _show_range(self) -> None:
        """Shows another part of the same lanes."""
        course = self.course
        if course is None or course.loaded_from is None:
            return
        start, end = self._extent.sides
        self.picture.show_range(start, end)
        self._show_selected()
        live, shown = self._extent.is_live, self._extent.span
        self.live.setChecked(live)
        for span, action in self.spans.items():
            action.setChecked(live and span == shown)
        self._tell()
        if start < course.loaded_from.timestamp():
            self._pages.ask_earlier()

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
        failure = self._pages.failure
        parts = []
        if failure:
            parts.append(visible(failure, 200))
        elif course.more and course.loaded_from is not None:
            parts.append(self.tr("loaded back to {0}").format(clock(course.loaded_from)))
        elif (since := course.known_since) is not None:
            parts.append(self.tr("recorded since {0}").format(clock(since)))
        self.status.setText(" · ".join(parts))
        self.status.setToolTip(tooltip(*parts))
        self.status.set_tone(Tone.WARNING if failure else Tone.MUTED)
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

    def go_live(self) -> None:
        """Follows what happens, over as long a time as was chosen."""
        self._extent.follow()
        self._show_picture()

    def _choose(self, span: int) -> None:
        self._extent.choose(span)
        self.desk.preferences.remember(_REMEMBERED, str(span).encode())
        self._show_picture()

    def _remembered(self) -> str:
        kept = self.desk.preferences.remembered(_REMEMBERED)
        return bytes(kept.data()).decode(errors="replace") if kept is not None else ""

    def _stop(self, start: float, end: float) -> None:
        """Shows this range until the operator wants another one, or to follow what happens again."""
        self._extent.stop(start, end)
        self._show_range()

    def _zoom(self, factor: float, around: float | None) -> None:
        """Around a time, or what is selected."""
        if around is None and (happening := self._selected) is not None:
            around = happening.at.timestamp()
        self._extent.zoom(factor, around)
        self._show_range()

    def _pan(self, part: float) -> None:
        self._extent.pan(part)
        self._show_range()

    # --- selecting ------------------------------------------------------------------------------------------------

    @property
    def _selected(self) -> Happening | None:
        return self.course.of(self.selected) if self.course is not None else None

    def select(self, key: str) -> None:
        """Selects a happening, in the list and in the picture."""
        happening = self.course.of(key) if self.course is not None else None
        if happening is None:
            return
        self.list.show_sort_of(happening)
        self.selected = key
        self._show_selected()
        self.list.go_to(key)

    def _pick(self, happening: Happening) -> None:
        """Its row in the list became the current one."""
        self.selected = happening.key
        if self._extent.bring_in(happening.at.timestamp()):
            self._show_range()
        else:
            self._show_selected()

    def _show_selected(self) -> None:
        happening = self._selected
        self.picture.select(self.selected, happening.at.timestamp() if happening is not None else None)
        replica = self.desk.replica
        possible = replica.has_living and not (replica.review is not None and replica.review.path)
        self.then.setEnabled(happening is not None and possible)

    def _step(self, by: int) -> None:
        """To the next later or earlier one of those that the list shows."""
        if key := self.list.beside(self.selected, by):
            self.select(key)

    # --- what leaves it -------------------------------------------------------------------------------------------

    def _want_moment(self) -> None:
        if (happening := self._selected) is not None:
            self._want_time(happening.at.timestamp())

    def _want_time(self, at: float) -> None:
        self.moment_wanted.emit(datetime.fromtimestamp(at, UTC))
