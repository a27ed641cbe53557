"""What the draft would have said in the past: how often, on which VMs, and what it would have quarantined."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel, slim_progress
from vmi_console.gui.panes.copying import as_csv
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.items import Column
from vmi_console.gui.policy_editor.draft import Draft
from vmi_console.gui.policy_editor.firings_chart import FiringsChart
from vmi_console.gui.runtime import Errand, Outcome
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.gui.wording import clock, number
from vmi_console.plain_text import visible
from vmi_console.policy.policies import Baseline, Group, Policy
from vmi_console.review.firings import Fired, Firings, Lack
from vmi_console.settings import replace_file

SPANS = timedelta(days=1), timedelta(days=7), timedelta(days=30), None
"""What can be chosen; None: all that is recorded."""

USUAL = 1


class ReplayPane(QWidget):
    """`chosen` is a VM of the list that the operator wants to see."""

    chosen = Signal(str)  # EntityId

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._draft: Draft | None = None
        self._asked: Errand | None = None
        self._asked_text = ""  # what is, or was last, led through the past
        self.firings: Firings | None = None
        self.span = QComboBox()
        self.span.setAccessibleName(self.tr("How far back"))
        for words in (
            self.tr("The last day"),
            self.tr("The last week"),
            self.tr("The last 30 days"),
            self.tr("All that is recorded"),
        ):
            self.span.addItem(words)
        self.span.setCurrentIndex(USUAL)
        self.start = QPushButton(self.tr("Replay"))
        self.start.setProperty("primary", True)
        self.stop = QPushButton(self.tr("Cancel"))
        self.stop.setToolTip(self.tr("Give it up; what was shown before stays"))
        self.export = QPushButton(self.tr("Export…"))
        self.export.setToolTip(self.tr("Write the list as CSV"))
        for button in (self.start, self.stop, self.export):
            button.setAutoDefault(False)
        self.busy = slim_progress()
        self.busy.setAccessibleName(self.tr("How far the replay is"))
        self.headline = PlainLabel().wrapped()
        font = self.headline.font()
        font.setBold(True)
        self.headline.setFont(font)
        self.stale = PlainLabel(self.tr("The draft has changed since. Replay it again."), Tone.WARNING).wrapped()
        self.chart = FiringsChart()
        self.list: ItemList[Fired] = ItemList(
            self.tr("VMs of the replay"),
            (
                Column(self.tr("VM"), 13, lambda each: visible(each.vm_name, 80)),
                Column(self.tr("Times"), 9, lambda each: number(each.times), lambda each: each.times, number=True),
                Column(self.tr("First"), 13, self._first, lambda each: each.first),
                Column(self.tr("Last"), 13, lambda each: _short(each.last), lambda each: each.last),
                Column(self.tr("Quarantined"), 15, self._held, self._held_order, tone=self._held_tone),
            ),
        )
        self.notes = PlainLabel(tone=Tone.MUTED).wrapped()
        bar = QHBoxLayout()
        bar.setSpacing(GAP)
        for choice in (self.span, self.start, self.stop):
            bar.addWidget(choice)
        bar.addStretch(1)
        bar.addWidget(self.export)
        top = QVBoxLayout()
        top.setContentsMargins(GROUP, GAP, GROUP, 0)
        top.setSpacing(GAP)
        top.addLayout(bar)
        for part in (self.busy, self.headline, self.stale, self.notes, self.chart):
            top.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        self._rest = QWidget()  # takes the room of the list while there is none
        column.addWidget(self._rest, 1)
        self.start.clicked.connect(self.replay)
        self.stop.clicked.connect(self.give_up)
        self.export.clicked.connect(self._ask_where)
        desk.errands.moved.connect(self._notice_end)
        self.list.activated.connect(lambda fired: self.chosen.emit(fired.vm))
        self.list.view.setToolTip(self.tr("Enter or a double click shows the VM in the main window"))
        self._tell()

    # --- for the window -------------------------------------------------------------------------------------------

    def show_draft(self, draft: Draft | None) -> None:
        """Is about another document from now on."""
        self.give_up()
        self._draft, self._asked_text, self.firings = draft, "", None
        self._tell()

    def look(self) -> None:
        """The draft may say something else."""
        self._allow()

    def go(self) -> None:
        """Moves the keyboard to where the next step is."""
        target = self.list.view if self.firings is not None and self.firings.fired else self.start
        (target if target.isEnabled() else self.span).setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- asking ---------------------------------------------------------------------------------------------------

    def replay(self) -> None:
        """Leads the draft through the past."""
        draft = self._draft
        if draft is None or self._asked is not None or self._why_not():
            return
        self._asked_text = draft.text
        far = SPANS[self.span.currentIndex()]
        review = self._desk.replica.review
        now = datetime.now(UTC) if review is None else review.at
        since = None if far is None else now - far
        self.busy.setRange(0, 0)

        async def work() -> None:
            answer = await self._desk.engine.follow(
                self._progress, "replay_policy", text=draft.text, file=draft.file, since=since
            )
            self._arrived(draft, msgspec.convert(answer, Firings, builtin_types=(datetime,)))

        self._asked = self._desk.errands.run(work(), self.tr("Replay a policy"), self._failed)
        self._tell()

    def give_up(self) -> None:
        """Ends what is under way; nothing of it is shown."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None
            self._tell()

    def _notice_end(self) -> None:
        """It may have been given up in the list of tasks, or have ended as nobody expected."""
        if self._asked is not None and self._asked.outcome is not Outcome.UNDER_WAY:
            self.give_up()

    def _progress(self, done: object) -> None:
        if isinstance(done, int | float):
            self.busy.setRange(0, 1000)
            self.busy.setValue(int(1000 * done))

    def _arrived(self, draft: Draft, firings: Firings) -> None:
        if draft is self._draft:
            self._asked = None
            self.firings = firings
            self._tell()

    def _failed(self, error: VmiError) -> None:
        self._asked = self.firings = None
        self._tell()
        self._say(self.tr("It could not be replayed"), visible(str(error), 400))

    # --- telling --------------------------------------------------------------------------------------------------

    def _why_not(self) -> str:
        """Why it cannot be replayed; empty where it can."""
        document = self._draft.document if self._draft is not None else None
        if self._draft is None or document is None:
            return self.tr("Open a policy first.")
        match document.said:
            case Policy():
                return ""
            case Group():
                return self.tr("A group demands nothing: replay a policy that names it.")
            case Baseline():
                return self.tr("A baseline holds VMs against the state of one time, and has no past.")
            case None:
                return self.tr("Correct first what is wrong with it: see the problems.")

    def _allow(self) -> None:
        why_not, busy = self._why_not(), self._asked is not None
        self.start.setVisible(not busy)
        self.stop.setVisible(busy)
        self.start.setEnabled(not why_not)
        self.start.setToolTip(why_not or self.tr("Lead this draft, saved or not, through what was recorded"))
        self.span.setEnabled(not busy)
        self.busy.setVisible(busy)
        stale = self.firings is not None and self._draft is not None and self._draft.text != self._asked_text
        self.stale.setVisible(stale and not busy)
        self.chart.set_stale(stale or busy)
        self.headline.set_tone(Tone.MUTED if stale or busy else Tone.PLAIN)
        if self.firings is None and not busy:
            self._say(self.tr("What it would have said"), why_not or self._promise())

    def _tell(self) -> None:
        firings = self.firings
        self.chart.setVisible(firings is not None and firings.times > firings.before)
        self.export.setEnabled(firings is not None and bool(firings.fired))
        fired = firings.fired if firings is not None else ()
        self.list.setVisible(bool(fired))
        self._rest.setVisible(not fired)
        self.list.items.show_items((each.vm, each) for each in fired)
        if firings is not None:
            self._say(self._sentence(firings), " ".join(self._notes(firings)))
            self.chart.show_counts(firings.parts, firings.since, firings.until)
            told = self.tr("the first {0} of them").format(number(len(fired))) if len(fired) < firings.vms else ""
            self.list.say(told, "")
        elif self._asked is not None:
            self._say(self.tr("Replaying…"), "")
        self._allow()

    def _say(self, headline: str, notes: str) -> None:
        self.headline.setText(headline)
        self.notes.setText(notes)

    def _promise(self) -> str:
        return self.tr(
            "A replay leads this draft through what the console has recorded: how often it would have fired, on which "
            "VMs, when, and what it would have quarantined. Nothing is done to any VM."
        )

    def _sentence(self, firings: Firings) -> str:
        if not firings.times:
            return self.tr("It would not have fired.")
        times, vms = self.tr("%Ln time(s)", "", firings.times), self.tr("%Ln VM(s)", "", firings.vms)
        said = [self.tr("It would have fired {0} on {1}.").format(times, vms)]
        if firings.held:
            said.append(self.tr("%Ln VM(s) would have been quarantined.", "", firings.held))
        if firings.asked:
            said.append(self.tr("Of %Ln VM(s) a person would have been asked.", "", firings.asked))
        return " ".join(said)

    def _notes(self, firings: Firings) -> list[str]:
        said = [self.tr("From {0} to {1}.").format(clock(firings.since), clock(firings.until))]
        if firings.before:
            said.append(self.tr("%Ln time(s) it was so already when that began.", "", firings.before))
        if firings.unknown:
            said.append(self.tr("Of %Ln more VM(s) nobody could tell.", "", firings.unknown))
        if firings.unclear:
            said.append(self.tr("The past of %Ln thing(s) cannot be told from the changes.", "", firings.unclear))
        words = {
            Lack.ADVISORIES: self.tr("No known vulnerabilities are loaded."),
            Lack.ADVISORIES_OF_THEN: self.tr("Vulnerabilities are those known today, not then."),
            Lack.FIRST_LOOKS: self.tr("What is inside guests is taken as known all the time."),
        }
        said += [words[lack] for lack in firings.lacks]
        if firings.held:
            said.append(self.tr("It is taken that it was armed, and that nobody was released."))
        return said

    def _first(self, fired: Fired) -> str:
        return self.tr("earlier") if fired.from_before else _short(fired.first)

    def _held(self, fired: Fired) -> str:
        if fired.held_at is None:
            return self.tr("no")
        if fired.asked:
            return self.tr("would ask")
        return (
            self.tr("after {0}").format(self._wait(fired.waited_seconds))
            if fired.waited_seconds
            else self.tr("at once")
        )

    def _wait(self, seconds: float) -> str:
        if seconds < 120:
            return self.tr("{0} s").format(number(round(seconds)))
        if seconds < 7200:
            return self.tr("{0} min").format(number(round(seconds / 60)))
        return self.tr("{0} h").format(number(round(seconds / 3600)))

    def _held_order(self, fired: Fired) -> tuple[bool, float]:
        return fired.held_at is None, fired.held_at.timestamp() if fired.held_at is not None else 0.0

    def _held_tone(self, fired: Fired) -> Tone:
        if fired.held_at is None:
            return Tone.MUTED
        return Tone.WARNING if fired.asked else Tone.PLAIN

    # --- exporting ------------------------------------------------------------------------------------------------

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, self.tr("Export the replay"), "replay.csv")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.write)
        dialog.open()

    def write(self, path: str) -> None:
        """Writes the list as CSV; what goes wrong is said here."""
        if self.firings is None:
            return
        try:
            replace_file(Path(path), ("\ufeff" + as_csv(_rows(self.firings))).encode())
        except OSError as error:
            self._say(self.tr("It could not be written"), visible(f"{path}: {error.strerror or error}", 400))


def _short(at: datetime) -> str:
    """A time in a narrow column: of the day, with the day where it was another, and the year where that was."""
    local, now = at.astimezone(), datetime.now(UTC).astimezone()
    if local.date() == now.date():
        return f"{local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if local.year == now.year else f"{local:%Y-%m-%d}"


def _rows(firings: Firings) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (
            *("vm", "vm_name", "times", "first", "last", "until", "from_before", "severity", "checks", "evidence"),
            *("quarantined_at", "after_seconds", "asked", "because"),
        )
    ]
    for each in firings.fired:
        until = each.until.isoformat() if each.until is not None else ""
        held = each.held_at.isoformat() if each.held_at is not None else ""
        rows.append(
            (
                *(each.vm, each.vm_name, str(each.times), each.first.isoformat(), each.last.isoformat(), until),
                *(_truth(each.from_before), each.severity.value, "; ".join(each.checks), each.evidence, held),
                *(f"{each.waited_seconds:g}" if held else "", _truth(each.asked) if held else "", each.because),
            )
        )
    return rows


def _truth(value: bool) -> str:
    return "yes" if value else "no"
