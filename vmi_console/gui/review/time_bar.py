"""The bar in which one travels in time: what happened when, the moment that is shown, and the ways to another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QSizePolicy,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.engine.past_commands import Activity
from vmi_console.errors import VmiError
from vmi_console.gui import icons
from vmi_console.gui.actions import Actions
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.review.banner import edge_to_edge
from vmi_console.gui.review.strip import Strip
from vmi_console.gui.review.travel import Travel
from vmi_console.gui.review.words import day_and_time, offset, time_meant, typed
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, Theme, Tone
from vmi_console.plain_text import visible

AGAIN_MS = 3_000  # what was recorded meanwhile
SOON_MS = 80  # after the last of several movements
SAY_AFTER_MS = 250  # a step that is quicker needs no word
LEAST = timedelta(seconds=20)  # that is shown
FIELD_WIDTH = 168
ALL = 0
RANGES = (3_600, 86_400, 7 * 86_400, 30 * 86_400, ALL)


class TimeBar(QToolBar):
    """Across the window, below everything. Hidden until somebody travels; while it is, nothing is asked for it."""

    def __init__(self, travel: Travel, desk: Desk, parent: QMainWindow) -> None:
        super().__init__(parent)
        self._travel = travel
        self._replica = desk.replica
        self._errands = desk.errands
        self._asked: Errand | None = None
        self._length: timedelta | None = None  # that is shown; None: all
        self._until: datetime | None = None  # where what is shown ends; None: now
        self.setWindowTitle(self.tr("Time"))
        self.setObjectName("time-bar")
        self.setMovable(False)
        self.toggleViewAction().setEnabled(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setProperty("role", "time-bar")
        edge_to_edge(self)
        self.open = Actions(parent).make(
            self.tr("Travel in time"),
            self._open_or_close,
            self.tr("Show the estate as it was at any moment that was recorded"),
            "Ctrl+Shift+H",
            "state-recorded",
            checked=False,
        )
        self.strip = Strip()
        self.field = QLineEdit()
        self.field.setAccessibleName(self.tr("Date and time to show"))
        self.field.setFixedWidth(FIELD_WIDTH)
        self.field.setToolTip(
            tooltip(self.tr("2026-03-01 14:05, 14:05 of the day that is shown, or -2h for two hours ago; then Enter"))
        )
        self.zone = PlainLabel(tone=Tone.MUTED)
        self.status = ElidedLabel(tone=Tone.MUTED)
        self.range = QComboBox()
        self.range.setAccessibleName(self.tr("Span of time"))
        texts = self.tr("Hour"), self.tr("Day"), self.tr("Week"), self.tr("30 days"), self.tr("All")
        for seconds, text in zip(RANGES, texts, strict=True):
            self.range.addItem(text, seconds)
        self.range.setCurrentIndex(len(RANGES) - 1)
        self.empty = ElidedLabel(tone=Tone.MUTED)
        self._lay_out()
        self._again = QTimer(self, interval=AGAIN_MS)
        self._again.timeout.connect(self._ask)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self._ask)
        self._late = QTimer(self, singleShot=True, interval=SAY_AFTER_MS)
        self._late.timeout.connect(self._say_late)
        self.strip.wanted.connect(self._want)
        self.strip.change_wanted.connect(lambda later: travel.go_to_change(later=later))
        self.strip.zoom_wanted.connect(self._zoom)
        self.strip.pan_wanted.connect(self._pan)
        self.strip.resized.connect(self._soon_if_seen)
        self.field.returnPressed.connect(self._typed)
        self.field.textEdited.connect(lambda: self._mark_wrong(False))
        self.range.activated.connect(self._choose_range)
        travel.wished.connect(self._wished)
        travel.change_missing.connect(self._say_missing)
        desk.replica.review_moved.connect(self._show)
        Theme.current.changed.connect(self._paint)
        self._paint()
        self._show()
        self.hide()

    def _lay_out(self) -> None:
        self.before, self.after, self.now = QToolButton(), QToolButton(), QToolButton()
        for button, action in (
            (self.before, self._travel.change_before),
            (self.after, self._travel.change_after),
            (self.now, self._travel.back),
        ):
            button.setDefaultAction(action)
            button.setIconSize(QSize(icons.SIZE, icons.SIZE))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setAccessibleName(action.text())
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.shut = QToolButton()
        self.shut.setIconSize(QSize(12, 12))
        self.shut.setAutoRaise(True)
        self.shut.setToolTip(self.tr("Close this bar; the moment that is shown stays"))
        self.shut.setAccessibleName(self.tr("Close the bar of time"))
        self.shut.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.shut.clicked.connect(lambda: self.setVisible(False))
        top = QHBoxLayout()
        top.setContentsMargins(GAP, 4, GAP, 2)
        top.setSpacing(GAP)
        left: tuple[QWidget, ...] = (self.before, self.after, self.now, self.field, self.zone)
        right: tuple[QWidget, ...] = (self.range, self.shut)
        for part in left:
            top.addWidget(part)
        top.addWidget(self.status, 1)
        for part in right:
            top.addWidget(part)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.strip)
        self._stack.addWidget(self.empty)
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        below = QHBoxLayout()
        below.setContentsMargins(GAP, 0, GAP, 2)
        below.addWidget(self._stack)
        content = QWidget()
        content.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(below)
        self.addWidget(content)

    def settle(self) -> None:
        """Below everything, whatever a lay-out says that was kept."""
        window = self.parent()
        if isinstance(window, QMainWindow):
            hidden = self.isHidden()
            window.removeToolBar(self)
            window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self)
            self.setVisible(not hidden)

    # --- coming and going -----------------------------------------------------------------------------------------

    def _open_or_close(self) -> None:
        if self.isHidden():
            self.show()
            self.strip.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.open.setChecked(True)
        self._again.start()
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.isHidden():  # not with the window
            self.open.setChecked(False)
        self._again.stop()
        self._soon.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._replica.review is not None:
            self._travel.go_back()
        else:
            super().keyPressEvent(event)

    # --- what was recorded ----------------------------------------------------------------------------------------

    def _soon_if_seen(self) -> None:
        if self.isVisible():
            self._soon.start()

    def _ask(self) -> None:
        """Asks anew, one question after the other."""
        if not self._travel.possible:
            self._say_nothing(self.tr("A snapshot is of one moment: there is no time to travel in"))
        elif self._asked is None:
            name = self.tr("What was recorded")
            self._asked = self._errands.run(self._look(), name, self._cannot_tell, quiet=True)

    async def _look(self) -> None:
        try:
            recorded = await self._travel.recorded()
            if recorded.first is None or recorded.last is None:
                self._say_nothing(
                    self.tr(
                        "Nothing has been recorded yet. Recording begins when a saved connection is discovered; "
                        "what is connected for this session only leaves no past."
                    )
                )
                return
            self.strip.first, self.strip.last = recorded.first, max(recorded.last, datetime.now(UTC))
            self._show_span()
            since, until = self.strip.since, self.strip.until
            activity = await self._travel.activity(since, until, self.strip.bins)
            self._take(activity)
        finally:
            self._asked = None

    def _take(self, activity: Activity) -> None:
        self.strip.activity = activity
        self._stack.setCurrentWidget(self.strip)
        self._show()
        if (self.strip.since, self.strip.until) != (activity.since, activity.until):
            self._soon.start()  # it was moved meanwhile

    def _cannot_tell(self, error: VmiError) -> None:
        self._say_nothing(visible(error.message, 300))

    def _say_nothing(self, why: str) -> None:
        self.empty.setText(why)
        self.empty.setToolTip(tooltip(why))
        self.strip.first = None
        self._stack.setCurrentWidget(self.empty)
        self._show()

    # --- the span that is shown -----------------------------------------------------------------------------------

    def _show_span(self) -> None:
        first, last = self.strip.first, self.strip.last
        assert first is not None
        assert last is not None
        if self._length is None:
            self.strip.show_span(first, max(last, first + LEAST))
            return
        until = last if self._until is None else min(self._until, last)
        self.strip.show_span(until - self._length, until)

    def _choose_range(self) -> None:
        seconds = self.range.currentData()
        self._length = None if seconds == ALL else timedelta(seconds=seconds)
        self._centre(self._shown_or_wished)

    def _zoom(self, factor: float, around: datetime) -> None:
        first, last = self.strip.first, self.strip.last
        if first is None or last is None:
            return
        length = self.strip.until - self.strip.since
        wanted = max(LEAST, length * factor)
        if wanted >= last - first:
            self._length = self._until = None
            self.range.setCurrentIndex(len(RANGES) - 1)
        else:
            share = (self.strip.until - around) / length
            until = around + wanted * share
            self._length, self._until = wanted, None if until >= last else until
            self.range.setCurrentIndex(self.range.findData(int(wanted.total_seconds())))
        self._show_span()
        self._soon.start()

    def _pan(self, share: float) -> None:
        first, last = self.strip.first, self.strip.last
        if first is None or last is None or self._length is None:
            return
        until = self.strip.until + self._length * share
        until = max(until, min(last, first + self._length))
        self._until = None if until >= last else until
        self._show_span()
        self._soon.start()

    def _centre(self, at: datetime | None) -> None:
        """Moves what is shown so that a moment is in the middle of it, as far as time goes."""
        last = self.strip.last
        if last is None:
            return
        if self._length is None or at is None or at + self._length / 2 >= last:
            self._until = None
        else:
            self._until = at + self._length / 2
        self._show_span()
        self._soon.start()

    # --- the moment that is shown ---------------------------------------------------------------------------------

    @property
    def _shown_or_wished(self) -> datetime | None:
        review = self._replica.review
        return self._travel.wish or (review.at if review is not None else None)

    def _want(self, at: datetime | None) -> None:
        if at is None:
            if self._replica.review is not None or self._travel.going:
                self._travel.go_back()
        else:
            self._travel.go_to(at)

    def _typed(self) -> None:
        now = datetime.now(UTC)
        at = time_meant(self.field.text(), self._replica.now, now)
        if at is None:
            self._mark_wrong(True)
            self.status.setText(self.tr("Not a time: type 2026-03-01 14:05, 14:05, or -2h"))
        elif self.strip.first is not None and at < self.strip.first:
            self._mark_wrong(True)
            self.status.setText(self.tr("Nothing was recorded before {0}").format(day_and_time(self.strip.first)))
        elif at >= now:
            self._want(None)
        else:
            self._want(at)

    def _mark_wrong(self, wrong: bool) -> None:
        if bool(self.field.property("wrong")) is not wrong:
            self.field.setProperty("wrong", wrong)
            self.field.style().unpolish(self.field)
            self.field.style().polish(self.field)

    def _show(self) -> None:
        review, wish = self._replica.review, self._travel.wish
        past = review is not None and not review.path
        self.strip.at = review.at if review is not None and past else None
        self.strip.wish = wish
        at = self._shown_or_wished
        if at is not None and self._length is not None and not self.strip.since <= at <= self.strip.until:
            self._centre(at)
        self.strip.update()
        shown = at or datetime.now(UTC)
        if not self.field.hasFocus() or not self.field.isModified():
            self._mark_wrong(False)
            self.field.setText(typed(shown) if at is not None else self.tr("Now"))
        self.zone.setText(offset(shown))
        self.strip.tell(typed(shown) if at is not None else self.tr("Now"))
        usable = self.strip.first is not None and self._travel.possible
        for part in (self.field, self.range):
            part.setEnabled(usable)

    def _wished(self) -> None:
        """What was said of the last wish is no longer so."""
        if self._travel.wish is None:
            self._late.stop()
            self.status.setText("")
        elif not self._late.isActive() and not self.status.text():
            self._late.start()
        self._show()

    def _say_late(self) -> None:
        if (wish := self._travel.wish) is not None:
            self.status.setText(self.tr("Going to {0}…").format(day_and_time(wish)))

    def _say_missing(self, later: bool) -> None:
        self.status.setText(self.tr("Nothing changed after this") if later else self.tr("Nothing changed before this"))

    def _paint(self) -> None:
        self.shut.setIcon(icons.icon("close", Tone.MUTED))
