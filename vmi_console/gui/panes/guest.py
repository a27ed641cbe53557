"""Inside the guest of a virtual machine: what was found there, by whom, how long ago, and what could not be read."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QTabBar, QVBoxLayout, QWidget
from shiboken6 import isValid

from vmi_console.errors import VmiError
from vmi_console.estate.changes import Change
from vmi_console.estate.facts import Guest, Looked
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, native_of
from vmi_console.estate.records import VM, Connection, Part
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel, separator
from vmi_console.gui.panes.fact_sets import FactSets
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.panes.sheet_view import SheetView
from vmi_console.gui.panes.sheets.vm_guest import VmGuest
from vmi_console.gui.replica import Delta
from vmi_console.gui.rounds import RoundWords
from vmi_console.gui.runtime import Errand, Outcome
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.gui.wording import number, size
from vmi_console.introspection.looking import Headway, Step
from vmi_console.introspection.rounds import Standing
from vmi_console.review.timeline import Timeline

ASK_AFTER_MS = 120  # the selection often moves on
MOST_CHANGES = 2_000
ASK_AGAIN_MS = 5_000  # while there is something that nobody has looked at yet


class GuestPane(Pane):
    """An overview, and a list for each set of facts. Asked of the engine when it is shown: the window keeps none."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._describer = VmGuest(desk.replica)
        self._sets = FactSets(desk.replica)
        self._vm: EntityId | None = None  # whose facts are shown or asked for
        self._then: datetime | None = None  # of which moment, where that is not now
        self._guest: Guest | None = None
        self._failure = ""
        self._asking = False
        self._waits = False  # whether a look is due and left for the end of quiet hours
        self._rounds = RoundWords()
        self._looks: dict[EntityId, Errand] = {}  # that this pane asked for and that are under way
        self.overview = SheetView()
        self.overview.setAccessibleName(self.tr("Overview"))
        self.overview.chosen.connect(self.chosen)
        self._lists: dict[str, ItemList[Part]] = {}
        self.tabs = QTabBar(expanding=False, drawBase=False)
        self.tabs.setAccessibleName(self.tr("What was found inside"))
        self.tabs.addTab(self.tr("Overview"))
        for title in self._sets.titles.values():
            self.tabs.addTab(title)
        self.tabs.currentChanged.connect(self._turn)
        self.look = QPushButton(self.tr("Look now"))
        self.look.clicked.connect(self._look_now)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setToolTip(self.tr("Stop reading this guest"))
        self.cancel.clicked.connect(self._give_up)
        self.cancel.hide()
        self._note = PlainLabel(tone=Tone.WARNING)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.overview)
        bar = QHBoxLayout()
        bar.setContentsMargins(GROUP - GAP, 4, GROUP, 4)
        bar.setSpacing(GAP)
        bar.addWidget(self.tabs, 1)
        bar.addWidget(self._note)
        bar.addWidget(self.look)
        bar.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(separator())
        layout.addWidget(self._stack, 1)
        self._soon = QTimer(self, singleShot=True, interval=ASK_AFTER_MS)
        self._soon.timeout.connect(self._ask)
        self._again = QTimer(self, singleShot=True, interval=ASK_AGAIN_MS)
        self._again.timeout.connect(self._ask)
        desk.errands.moved.connect(self._follow_looks)
        desk.replica.rounds_moved.connect(self._round_moved)

    @property
    def guest(self) -> Guest | None:
        """What was found in the guest that is shown; None where nobody looked, or the answer is on its way."""
        return self._guest

    @property
    def busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._asking or self._soon.isActive()

    def facts(self, field: str) -> ItemList[Part]:
        """The list of a set of facts; made when it is first looked at."""
        if (made := self._lists.get(field)) is None:
            made = self._lists[field] = self._sets.make_list(field)
            self._stack.addWidget(made)
        return made

    def bring_up_to_date(self) -> None:
        vm, review = self.entities[0], self.desk.replica.review
        then = review.at if review is not None else None
        if (vm, then) != (self._vm, self._then):  # what was inside another guest is never shown below this one's name
            self._vm, self._then = vm, then
            self._guest = None
            self._failure = ""
            self._asking = False
            self._waits = False
            self._note.setText("")
        self._show()
        self._soon.start()

    def concerns(self, delta: Delta) -> bool:
        vm = self.entities[0]
        inside = entity_id("guest", endpoint_of(vm), native_of(vm))
        return super().concerns(delta) or any(change.entity == inside for change in delta.changes)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._soon.stop()
        self._again.stop()

    # --- asking ---------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        if self._vm is not None and not self._asking and self.isVisible():
            self._asking = True
            vm = self._vm
            self.desk.errands.run(
                self._asked(vm),
                "what is inside a guest",
                lambda error: self._answered(vm, None, error),
                quiet=True,
            )

    async def _asked(self, vm: EntityId) -> None:
        answer = await self.desk.engine.call("guest", vm=vm)
        if answer is not None:
            changes = await self._told_of(entity_id("guest", endpoint_of(vm), native_of(vm)))
            if vm == self._vm:
                self._sets.newest.know(changes)
        self._answered(vm, msgspec.convert(answer, Guest | None, builtin_types=(datetime,)), None)
        standing, waits = self._standing(), False
        if standing is not None and standing.quiet:
            with contextlib.suppress(VmiError):  # nobody can tell now
                waits = await self.desk.engine.call("waits", vm=vm) is True
        if vm == self._vm and waits is not self._waits:
            self._waits = waits
            if self.isVisible():
                self._show()

    async def _told_of(self, guest: EntityId) -> list[Change]:
        """What was recorded of the inside, the newest first; nothing where nobody can tell."""
        with contextlib.suppress(VmiError, msgspec.ValidationError):
            answer = await self.desk.engine.call("timeline", entity=guest, most=MOST_CHANGES)
            page = msgspec.convert(answer, Timeline, builtin_types=(datetime,))
            return [each.change for each in page.happenings if each.change is not None]
        return []

    def _answered(self, vm: EntityId, guest: Guest | None, failure: VmiError | None) -> None:
        if vm != self._vm:
            return  # the selection has moved on
        self._asking = False
        self._failure = str(failure) if failure is not None else ""
        if failure is None:
            self._guest = guest
        if self.isVisible():
            self._show()
            if guest is None:  # the first look at a guest is not told as a change
                self._again.start()

    def _round_moved(self) -> None:
        """Quiet hours may have begun, or ended."""
        standing = self._standing()
        if self.isVisible() and (standing is not None and standing.quiet) is not self._waits:
            self._soon.start()

    def _standing(self) -> Standing | None:
        """Of the round of the connection that shows this guest."""
        connection = self.desk.replica.connection_of(self._vm) if self._vm is not None else None
        return self.desk.replica.rounds.get(connection) if connection is not None else None

    # --- looking now ----------------------------------------------------------------------------------------------

    def _look_now(self) -> None:
        if (vm := self._vm) is not None and vm not in self._looks:
            self._looks[vm] = self.desk.errands.run(
                self._inspect(vm), self.tr("Look into a guest"), lambda error: self._not_looked(vm, error)
            )
            self._looks[vm].detail = self.tr("Looking inside…")
            self._show_look()

    async def _inspect(self, vm: EntityId) -> None:
        await self.desk.engine.follow(lambda value: self._heard(vm, value), "inspect", vm=vm)
        if isValid(self) and vm == self._vm:  # a pane that was torn off may be closed by now
            self._ask()

    def _heard(self, vm: EntityId, value: Any) -> None:
        """How far the look is; the list of tasks tells it too."""
        with contextlib.suppress(msgspec.ValidationError):  # of a newer engine: what it told before stays
            headway = msgspec.convert(value, Headway)
            if isValid(self) and vm in self._looks:
                self._looks[vm].detail = self._in_words(headway)
                self._show_look()

    def _in_words(self, headway: Headway) -> str:
        match headway.step:
            case Step.WAITING:
                return self.tr("Waiting for its turn…")
            case Step.DISKS:
                return self.tr("Reading its disks, {0} so far").format(size(headway.read_bytes))
            case Step.MEMORY:
                return self.tr("Reading its memory, {0} so far").format(size(headway.read_bytes))

    def _give_up(self) -> None:
        if self._vm is not None and (look := self._looks.get(self._vm)) is not None:
            look.cancel()

    def _not_looked(self, vm: EntityId, error: VmiError) -> None:
        if isValid(self) and vm == self._vm:
            self._note.set_tone(Tone.WARNING)
            self._note.setText(error.message)

    def _follow_looks(self) -> None:
        """Lets go of the looks that have ended, here or in the list of tasks."""
        for vm, look in list(self._looks.items()):
            if look.outcome is Outcome.UNDER_WAY:
                continue
            del self._looks[vm]
            if vm == self._vm:
                if look.outcome is not Outcome.FAILED:  # why it failed stays
                    self._note.setText("")
                self._show_permission()

    def _show_look(self) -> None:
        look = self._looks.get(self._vm) if self._vm is not None else None
        if look is not None:
            self._note.set_tone(Tone.MUTED)
            self._note.setText(look.detail)
        if look is not None and self.look.hasFocus():
            self.cancel.show()
            self.cancel.setFocus()  # the keyboard stays where it was
        elif look is None and self.cancel.hasFocus():
            self.look.show()
            self.look.setFocus()
        self.look.setVisible(look is None)
        self.cancel.setVisible(look is not None)

    # --- showing --------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        vm = self.desk.replica.records.get(self._vm) if self._vm is not None else None
        if not isinstance(vm, VM):
            return
        self._describer.found = self._guest
        standing = self._standing()
        self._describer.waits = self._rounds.quiet(standing) if standing is not None and self._waits else ""
        self.overview.show_sheet(self._describer.sheet(vm))
        for place, (field, title) in enumerate(self._sets.titles.items(), start=1):
            facts = self._sets.of(self._guest, field) if self._guest is not None else None
            read = facts is not None and facts.status is Looked.READ
            text = f"{title} {number(len(facts.items))}" if facts is not None and read else title
            if self.tabs.tabText(place) != text:
                self.tabs.setTabText(place, text)
        self._show_list()
        self._show_permission()

    def _turn(self) -> None:
        self._show_list()

    def _show_list(self) -> None:
        """Only the list in front is filled."""
        if (place := self.tabs.currentIndex()) == 0:
            self._stack.setCurrentWidget(self.overview)
            return
        field = list(self._sets.titles)[place - 1]
        shown = self.facts(field)
        self._sets.fill(shown, field, self._guest, asking=self._guest is None and self.busy, failure=self._failure)
        self._stack.setCurrentWidget(shown)

    def _show_permission(self) -> None:
        self._show_look()
        connection = self.desk.replica.connection_of(self._vm) if self._vm is not None else None
        record = self.desk.replica.records.get(connection) if connection is not None else None
        allowed = isinstance(record, Connection) and record.grants.read_guests
        if self.desk.replica.review is not None:
            self.look.setEnabled(False)
            self.look.setToolTip(self.tr("What is shown is of another time, and nobody can look inside it again"))
            return
        self.look.setEnabled(allowed and self.desk.replica.link.up)
        self.look.setToolTip(
            self.tr("Read what is inside this guest again, from its disk or memory")
            if allowed
            else self.tr("The console may not read guests of this connection; allow it where the connection is edited")
        )
