"""What is selected, on top of its panes: icon, name and state, where it is, and of several how many are how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.panes.headline import Headline, Headlines
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.plain_text import action_text, tooltip
from vmi_console.gui.replica import Delta
from vmi_console.gui.theme import GAP, Theme, Tone, title_font
from vmi_console.gui.verdicts import Moves
from vmi_console.gui.wording import UNKNOWN
from vmi_console.gui.work import Work

STEP_HEIGHT = 26
NARROWEST = 48  # of a step: long names give way before the window grows wider than its screen
AT_ONCE = 2_000  # records counted between two looks at the clock


class Heading(Pane):
    """Icon and name in the larger type; below them the state, and where the thing is, each step a button."""

    pane_wanted = Signal(str)  # the name of one that says more

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._headlines = Headlines(desk.replica)
        self._headline: Headline | None = None
        self._about: tuple[EntityId, ...] = ()  # whom the texts are about
        self._work = Work(self)
        self._counted: tuple[EntityId, ...] = ()
        self._icon = QLabel()
        self._icon.setFixedSize(QSize(24, 24))
        self._title = ElidedLabel(elide=Qt.TextElideMode.ElideMiddle)
        self._title.setFont(title_font(self.font()))
        self._title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._state = PlainLabel()
        self.lock = QToolButton()
        self.lock.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.lock.setToolTip(self.tr("Show who is in quarantine"))
        self.lock.clicked.connect(lambda: self.pane_wanted.emit("quarantine"))
        self.lock.hide()
        self.wrong = QToolButton()
        self.wrong.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.wrong.setToolTip(self.tr("Show how this VM stands against its policies"))
        self.wrong.clicked.connect(lambda: self.pane_wanted.emit("policy"))
        self.wrong.hide()
        self._subtitle = ElidedLabel(tone=Tone.MUTED)
        self._steps: list[QToolButton] = []
        self._arrows: list[PlainLabel] = []
        self._path = QHBoxLayout()
        self._path.setSpacing(0)
        self._path.addStrut(STEP_HEIGHT)  # as high without a step as with one
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self._icon)
        top.addWidget(self._title, 1)
        below = QHBoxLayout()
        below.setContentsMargins(24 + GAP, 0, 0, 0)
        below.setSpacing(GAP)
        below.addWidget(self._state)
        below.addWidget(self.lock)
        below.addWidget(self.wrong)
        below.addLayout(self._path)
        below.addWidget(self._subtitle, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addLayout(below)
        desk.replica.verdicts.moved.connect(self._judged)
        desk.replica.quarantines.moved.connect(self._touched)
        Theme.current.changed.connect(self._paint_icon)

    @property
    def headline(self) -> Headline | None:
        """What it says now."""
        return self._headline

    @property
    def counting(self) -> bool:
        """Whether there are more to count."""
        return self._work.busy

    def bring_up_to_date(self) -> None:
        if len(self.entities) == 1:
            record = self.desk.replica.records.get(self.entities[0])
            if record is not None:
                self._show(self._headlines.of(record))
            else:
                self._show_gone()
        elif not self._work.busy or self._counted != self.entities:
            self._counted = self.entities
            self._work.start(self._count(self.entities))

    def _judged(self, moves: Moves) -> None:
        self._touched(moves.vms)

    def _touched(self, vms: frozenset[EntityId]) -> None:
        if self.isVisible() and len(self.entities) == 1 and self.entities[0] in vms:
            self.bring_up_to_date()

    def concerns(self, delta: Delta) -> bool:
        uses = self._headline.uses if self._headline is not None else frozenset()
        return super().concerns(delta) or not uses.isdisjoint(delta.before)

    def _count(self, entities: tuple[EntityId, ...]) -> Iterator[None]:
        """Counts many by kind and state, in slices."""
        counts: Counter[tuple[str, str, Tone]] = Counter()
        sample: AnyRecord | None = None
        stale = 0
        for start in range(0, len(entities), AT_ONCE):
            for entity in entities[start : start + AT_ONCE]:
                record = self.desk.replica.records.get(entity)
                if record is not None:
                    sample = sample or record
                    counts[self._headlines.state_of(record)] += 1
                    stale += self.desk.replica.is_stale(entity)
            yield
        if entities != self.entities:
            return  # one was selected meanwhile
        if sample is not None:
            self._show(self._headlines.of_several(counts, sample, stale))
        else:
            self._show_gone()

    def _show(self, headline: Headline) -> None:
        if headline == self._headline:
            return
        before, self._headline = self._headline, headline
        self._about = self.entities
        self._title.setText(headline.title)
        self._title.setToolTip(tooltip(headline.title))
        self._state.setText(headline.state)
        self._state.set_tone(headline.tone)
        self._state.setToolTip(tooltip(headline.age))
        self.lock.setText(headline.lock.word if headline.lock is not None else "")
        self.lock.setVisible(headline.lock is not None)
        self.wrong.setText(headline.wrong)
        self.wrong.setVisible(bool(headline.wrong))
        self._subtitle.setText(headline.subtitle)
        self._subtitle.setToolTip(tooltip(headline.subtitle))
        if before is None or before.path != headline.path:
            self._show_path(headline)
        self.setAccessibleName(headline.title)
        self.setAccessibleDescription(" · ".join(filter(None, (headline.state, headline.wrong, headline.subtitle))))
        self._paint_icon()

    def _show_gone(self) -> None:
        if self._about != self.entities:
            self._forget()
        self._state.setText(self.tr("no longer there"))
        self._state.set_tone(Tone.WARNING)
        self.lock.hide()  # it stands in no quarantine and against no policy any more
        self.wrong.hide()
        if self._headline is not None:
            icon = icons.pixmap(self._headline.look.icon, Tone.MUTED, 24, self.devicePixelRatioF())
            self._icon.setPixmap(icon)
        self._headline = None  # the same headline again would be news

    def _forget(self) -> None:
        """What is gone was never on show, as after a way back: nobody knows its name, and another's is wrong."""
        self._headline = None
        self._about = self.entities
        self._icon.clear()
        self._title.setText(UNKNOWN)
        self._title.setToolTip("")
        self._subtitle.clear()
        for step in (*self._steps, *self._arrows):
            step.hide()
        self.setAccessibleName(UNKNOWN)
        self.setAccessibleDescription("")

    def _paint_icon(self) -> None:
        if self._headline is not None:
            look = self._headline.look
            tone = Tone.MUTED if self._headline.stale and look.tone in (Tone.PLAIN, Tone.GOOD) else look.tone
            self._icon.setPixmap(icons.pixmap(look.icon, tone, 24, self.devicePixelRatioF()))

            if (lock := self._headline.lock) is not None:
                self.lock.setIcon(icons.icon(lock.icon, Tone.MUTED if self._headline.stale else lock.tone))
            if (severity := self._headline.severity) is not None:
                self.wrong.setIcon(icons.icon(severity.icon, Tone.MUTED if self._headline.stale else severity.tone))

    def _show_path(self, headline: Headline) -> None:
        while len(self._steps) < len(headline.path):
            if self._steps:
                self._arrows.append(PlainLabel("›", Tone.MUTED))
                self._path.addWidget(self._arrows[-1])
            step = QToolButton()
            step.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            step.setMinimumWidth(NARROWEST)
            step.clicked.connect(partial(self._follow, len(self._steps)))
            self._steps.append(step)
            self._path.addWidget(step)
        for place, step in enumerate(self._steps):
            there = place < len(headline.path)
            if there:
                name, _ = headline.path[place]
                step.setText(action_text(name))
                step.setToolTip(tooltip(self.tr("Show {0}").format(name)))
                step.setAccessibleName(self.tr("Show {0}").format(name))
            step.setVisible(there)
            if place:
                self._arrows[place - 1].setVisible(there)

    def _follow(self, place: int) -> None:
        if self._headline is not None:
            self.chosen.emit(self._headline.path[place][1])
