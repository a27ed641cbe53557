"""How much of the past is kept: chosen by age and by size, told what it takes, and made smaller at once if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from vmi_console.engine.remembering import Remembered
from vmi_console.errors import VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.pace import Put
from vmi_console.gui.dialogs.sections import Setting
from vmi_console.gui.dialogs.setting_rows import Row, SearchedRow
from vmi_console.gui.labels import ElidedLabel, PlainLabel, slim_progress
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.runtime import Errand, Outcome
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.gui.wording import size
from vmi_console.history.retention import GIB, Limits
from vmi_console.plain_text import visible

DEFAULTS = Limits()
YEAR = 365


class HistoryRows(QObject):
    """The rows, which show what the engine has: it is asked when it answers, and told whatever is chosen.

    What would give up a part of the past for good is not done before it was meant.
    """

    def __init__(self, parent: QObject, desk: Desk, put: Put) -> None:
        super().__init__(parent)
        self._desk = desk
        self._put = put
        self.limits = DEFAULTS
        self.known: Remembered | None = None
        self._compacting: Errand | None = None
        self._bytes_before = 0
        self.standing = StandingRow()
        self.choices = [Row(each, partial(self._choose, each)) for each in self._settings()]
        self.doubt = self.standing.doubt
        self.compact = CompactRow()
        self.rows: Sequence[SearchedRow] = (*self.choices, self.standing, self.compact)
        self.compact.button.clicked.connect(self._compact)
        self.compact.cancel.clicked.connect(self._give_up)
        desk.replica.link_moved.connect(self._look)
        desk.errands.moved.connect(self._moved)
        self._show()
        self._look()

    def _settings(self) -> tuple[Setting, ...]:
        sizes = tuple((gib * GIB, size(gib * GIB)) for gib in (1, 2, 5, 10, 20, 50, 100, 200, 500))
        return (
            Setting(
                "days",
                self.tr("Keep the past for"),
                self.tr(
                    "What happened before is given up little by little. Findings that are open, quarantines, the audit"
                    " and what people decided are kept whatever their age."
                ),
                (
                    *((days, self._days(days)) for days in (7, 30, 90, 180, 400)),
                    *((years * YEAR, self.tr("%Ln year(s)", "", years)) for years in (2, 3, 5, 10)),
                    (None, self.tr("For ever")),
                ),
                defaults=DEFAULTS,
            ),
            Setting(
                "largest_bytes",
                self.tr("Let its file take at most"),
                self.tr("When it gets there, what happened longest ago is given up, even if it is younger than that."),
                (*sizes, (None, self.tr("As much as there is"))),
                defaults=DEFAULTS,
            ),
        )

    def _days(self, days: int) -> str:
        return self.tr("%Ln day(s)", "", days)

    # --- choosing -------------------------------------------------------------------------------------------------

    def _choose(self, setting: Setting, value: Any) -> None:
        before = {setting.name: setting.of(self.limits)}
        put = partial(self._put, setting.title, self.choose, before, {setting.name: value})
        lost = self._given_up_by(msgspec.structs.replace(self.limits, **{setting.name: value}))
        if lost:
            self._show()  # as it is until then
            self.doubt.ask(lost, put)
        else:
            self.doubt.hide()
            put()

    def choose(self, **values: Any) -> None:
        """Shows these at once, and tells them to the engine; where it refuses them, what it has is shown again."""
        self.limits = msgspec.structs.replace(self.limits, **values)
        self.standing.refused("")
        self._show()
        setting = self._set(self.limits)
        self._desk.errands.run(setting, self.tr("Set how much of the past is kept"), self._failed)

    async def _set(self, limits: Limits) -> None:
        await self._desk.engine.call("set_history", limits=msgspec.to_builtins(limits))
        await self._ask_engine()

    def _given_up_by(self, limits: Limits) -> str:
        """What of the past that is there would be given up by limits; empty: nothing."""
        known = self.known.figures if self.known is not None else None
        if known is None or known.first is None or known.last is None:
            return ""
        if limits.days is not None and (self.limits.days is None or limits.days < self.limits.days):
            begin = known.last - timedelta(days=limits.days)
            if begin > known.first:
                return self.tr("{0}: what happened before {1} will be given up for good.").format(
                    self._days(limits.days), _day(begin)
                )
        largest = limits.largest_bytes
        used = known.file_bytes - known.free_bytes
        is_lower = self.limits.largest_bytes is None or (largest is not None and largest < self.limits.largest_bytes)
        if largest is not None and used > largest and is_lower:
            return self.tr(
                "{0}: what happened longest ago will be given up for good, for the history takes {1}."
            ).format(size(largest), size(used))
        return ""

    def _failed(self, error: VmiError) -> None:
        self.standing.refused(str(error))
        self._look()

    # --- making it smaller ----------------------------------------------------------------------------------------

    def _compact(self) -> None:
        self._bytes_before = self.known.figures.file_bytes if self.known is not None else 0
        self.compact.said.setText("")
        compacting = self._desk.engine.follow(self._heard, "compact_history")
        name = self.tr("Make the history smaller")
        self._compacting = self._desk.errands.run(compacting, name, self._could_not, again=self._compact)
        self._show()

    def _give_up(self) -> None:
        if self._compacting is not None:
            self._compacting.cancel()

    def _heard(self, value: Any) -> None:
        if isinstance(value, int | float):
            self.compact.progress.setValue(round(100 * value))
            if self._compacting is not None:
                self._compacting.detail = self.tr("{0} %").format(round(100 * value))

    def _could_not(self, error: VmiError) -> None:
        self.compact.say(str(error), Tone.WARNING)

    def _moved(self) -> None:
        if self._compacting is None or self._compacting.outcome is Outcome.UNDER_WAY:
            return
        done, self._compacting = self._compacting, None
        if done.outcome is Outcome.CANCELLED:
            self.compact.say(self.tr("It goes on by itself, little by little."), Tone.MUTED)
        self._show()
        if self._desk.replica.link.up:
            asking = self._tell_difference(done.outcome is Outcome.DONE)
            self._desk.errands.run(asking, self.tr("Look how large the history is"), self._failed, quiet=True)

    async def _tell_difference(self, is_done: bool) -> None:
        await self._ask_engine()
        if is_done and self.known is not None:
            now = self.known.figures.file_bytes
            if now < self._bytes_before:
                self.compact.say(self.tr("It took {0}, and takes {1} now.").format(size(self._bytes_before), size(now)))
            else:
                self.compact.say(self.tr("There was nothing to give up: it takes {0}.").format(size(now)))

    # --- showing --------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self._desk.replica.link.up:
            self._desk.errands.run(
                self._ask_engine(),
                self.tr("Look how large the history is"),
                lambda error: self.standing.refused(str(error)),
                quiet=True,
            )
        else:
            self.known = None
        self._show()

    async def _ask_engine(self) -> None:
        self.known = msgspec.convert(await self._desk.engine.call("history"), Remembered)
        self.limits = self.known.limits
        self.standing.refused("")
        self._show()

    def _show(self) -> None:
        is_known = self.known is not None  # before that nobody could say what a choice would give up
        for row in self.choices:
            row.show_value(row.setting.of(self.limits))
            row.setEnabled(is_known)
        self.standing.tell(self.known, self.limits)
        self.compact.show_work(under_way=self._compacting is not None, possible=is_known)


class StandingRow(SearchedRow):
    """How far the past reaches back, what it takes, and what it would grow to; what went wrong, and what is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.words = self.tr("past size growth span changes rows file")
        self.said = PlainLabel("", Tone.MUTED).wrapped()
        self.said.setAccessibleName(self.tr("What is kept of the past"))
        self.place = ElidedLabel("", Tone.MUTED, elide=Qt.TextElideMode.ElideMiddle)
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.error = PlainLabel("", Tone.WARNING).wrapped()
        self.doubt = Doubt()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.doubt, self.error, PlainLabel(self.tr("What is kept of the past")), self.said, self.place):
            column.addWidget(widget)
        self.refused("")

    def refused(self, why: str) -> None:
        """Says why something could not be done; empty: it could."""
        self.error.setText(visible(why, 500))
        self.error.setVisible(bool(why))

    def tell(self, known: Remembered | None, limits: Limits) -> None:
        """Says what is known of the file, and what it would grow to within these limits."""
        self.place.setText(visible(known.figures.path, 1_000) if known is not None else "")
        self.place.setToolTip(tooltip(known.figures.path) if known is not None else "")
        self.place.setVisible(known is not None)
        self.said.setText("\n".join(self._lines(known, limits)) if known is not None else self.tr("Not known yet."))

    def _lines(self, known: Remembered, limits: Limits) -> list[str]:
        figures = known.figures
        lines: list[str] = []
        if known.recovered is not None:
            share = round(100 * known.recovered)
            lines.append(self.tr("What can be read of a damaged history is being put back: {0} %.").format(share))
        if figures.first is None or figures.last is None:
            lines.append(self.tr("Nothing has been recorded yet."))
            return lines
        days = (figures.last - figures.first).days
        spanned = self.tr("%Ln day(s)", "", days) if days else self.tr("less than a day")
        reaches = self.tr("It reaches back to {0}: {1}").format(_day(figures.first), spanned)
        if figures.changes is not None and figures.states is not None:
            counts = self.tr("%Ln change(s)", "", figures.changes), self.tr("%Ln past state(s)", "", figures.states)
            reaches = self.tr("{0}, with {1} and {2}").format(reaches, *counts)
        lines.append(f"{reaches}.")
        takes = self.tr("It takes {0}").format(size(figures.file_bytes))
        if figures.free_bytes * 20 > figures.file_bytes:
            takes = self.tr("{0}, of which {1} are free").format(takes, size(figures.free_bytes))
        if figures.bytes_per_day is not None:
            takes = self.tr("{0}, and grows by about {1} a day of late").format(takes, size(figures.bytes_per_day))
        lines.append(f"{takes}.")
        expected = figures.expected_bytes(limits.days, limits.largest_bytes)
        if expected is not None:
            lines.append(self._grown(expected, limits))
        elif limits.days is None and limits.largest_bytes is None:
            lines.append(self.tr("It grows for as long as there is room on the disk."))
        return lines

    def _grown(self, expected: int, limits: Limits) -> str:
        if limits.largest_bytes is not None and expected >= limits.largest_bytes:
            return self.tr("If that goes on, it will reach the {0} that it may take.").format(
                size(limits.largest_bytes)
            )
        return self.tr("If that goes on, it will take about {0} in the end.").format(size(expected))


class Doubt(QWidget):
    """What a choice would give up for good, and whether that is meant; there only while it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self._do = _nothing
        self.said = PlainLabel("", Tone.WARNING).wrapped()
        self.yes = QPushButton(self.tr("Give it up"))
        self.no = QPushButton(self.tr("Keep it"))
        for button in (self.yes, self.no):
            button.setAutoDefault(False)
        self.yes.setAccessibleName(self.tr("Give up a part of the past for good"))
        self.no.setAccessibleName(self.tr("Keep the past as it is"))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, GROUP)
        line.setSpacing(GAP)
        line.addWidget(self.said, 1)
        line.addWidget(self.yes)
        line.addWidget(self.no)
        self.yes.clicked.connect(self._meant)
        self.no.clicked.connect(self.hide)
        self.hide()

    def ask(self, lost: str, do: partial[None]) -> None:
        """Does it only if it is meant."""
        self._do = do
        self.said.setText(lost)
        self.show()
        self.no.setFocus()

    def _meant(self) -> None:
        self.hide()
        self._do()


class CompactRow(SearchedRow):
    """The way to a smaller file at once, how far that is, and what came of it."""

    def __init__(self) -> None:
        super().__init__()
        self.words = self.tr("compact shrink smaller room disk now")
        self.button = QPushButton(self.tr("Compact now"))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setAccessibleName(self.tr("Give up making the history smaller at once"))
        for button in (self.button, self.cancel):
            button.setAutoDefault(False)
        self.progress = slim_progress()
        self.progress.setRange(0, 100)
        self.progress.setAccessibleName(self.tr("How far the history has been made smaller"))
        self.said = PlainLabel("", Tone.MUTED).wrapped()
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(PlainLabel(self.tr("Give room back to the disk")).wrapped(), 1)
        line.addWidget(self.button)
        line.addWidget(self.cancel)
        help = PlainLabel(
            self.tr(
                "Gives up at once what is not to be kept, and makes the file smaller. It happens by itself too, but"
                " slowly, so that nobody notices. What happens meanwhile is recorded as ever."
            ),
            Tone.MUTED,
        ).wrapped()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        for widget in (help, self.progress, self.said):
            column.addWidget(widget)
        self.show_work(under_way=False, possible=False)

    def say(self, text: str, tone: Tone = Tone.MUTED) -> None:
        """What came of it."""
        self.said.set_tone(tone)
        self.said.setText(visible(text, 500))
        self.said.setVisible(bool(text))

    def show_work(self, *, under_way: bool, possible: bool) -> None:
        """Whether it is being done, or can be."""
        if under_way and not self.progress.isVisibleTo(self):
            self.progress.setValue(0)
        self.progress.setVisible(under_way)
        self.cancel.setVisible(under_way)
        self.button.setVisible(not under_way)
        self.button.setEnabled(possible)
        self.said.setVisible(bool(self.said.text()) and not under_way)


def _nothing() -> None:
    """What is done before anything was asked."""


def _day(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d}"
