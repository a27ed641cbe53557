"""Where findings and acts are told outside the console, how each of these outputs fares, and where alerts come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from msgspec.structs import replace
from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import VmiError
from vmi_console.gui.actions import Actions, fill
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs import fitting
from vmi_console.gui.dialogs.output import OutputDialog
from vmi_console.gui.dialogs.output_words import OutputWords
from vmi_console.gui.dialogs.sensor import SensorPart
from vmi_console.gui.labels import ElidedLabel, PlainLabel, separator
from vmi_console.gui.panes.sheet import Cell, Line, Table
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.policy_editor.asking import Answer, Asking
from vmi_console.gui.runtime import Errand, Outcome
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.plain_text import visible
from vmi_console.policy.judgement import Severity
from vmi_console.response.outputs.choices import AnyOutput, Lines, Syslog, Webhook
from vmi_console.response.outputs.outputs import OutputState

AGAIN_MS = 2_000
"""How often the engine is asked how they fare, while somebody looks."""

UNDO_MS = 30_000
PLACE = "outputs"  # what the preferences call where the dialog was


class OutputsDialog(QDialog):
    """Not modal: what is told can be watched while it happens. Everything is in force at once.

    Closed, it is hidden and kept: what it has begun goes on to its end, and comes back to it.
    """

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        super().__init__(parent)
        self._desk = desk
        self._words = OutputWords(desk.replica, self)
        self.states: list[OutputState] = []
        self._known = False  # the engine has said which there are
        self._awaited = ""  # the name of one that is to be the current one
        self._before: tuple[AnyOutput, ...] | None = None  # what undo goes back to
        self._looking: Errand | None = None
        self.setWindowTitle(self.tr("Outputs and alerts"))
        fitting.resize(self, 820, 560)
        self._make_parts()
        self._make_actions()
        self._lay_out()
        self._again = QTimer(self, interval=AGAIN_MS)
        self._again.timeout.connect(self._look)
        self._undo_ends = QTimer(self, singleShot=True, interval=UNDO_MS)
        self._undo_ends.timeout.connect(self._forget_undo)
        self.list.selectionModel().currentRowChanged.connect(lambda *_: self._tell())
        self.list.activated.connect(lambda _: self.edit.trigger())
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._offer)
        desk.replica.link_moved.connect(self._look)
        if (place := desk.preferences.remembered(PLACE)) is not None:
            self.restoreGeometry(place)
        self._tell()

    # --- parts ----------------------------------------------------------------------------------------------------

    def _make_parts(self) -> None:
        columns = (
            self.tr("Name"),
            self.tr("Kind"),
            self.tr("Where"),
            self.tr("Told"),
            self.tr("State"),
            self.tr("Waiting"),
        )
        self.list = LinesView(Table(self.tr("Outputs"), columns, (14, 9, 27, 17, 29, 10), (), ""))
        self.nothing = PlainLabel(
            self.tr("Nothing is told outside this console yet. “Add” a syslog receiver, a webhook or a file."),
            Tone.MUTED,
        ).wrapped()
        self.nothing.hide()
        self.list.hide()
        self.asking = Asking()
        self.about = PlainLabel().wrapped()
        self.about.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.outcome = PlainLabel().wrapped()
        self.outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notice = ElidedLabel()
        self.undo_button = QPushButton(self.tr("Undo"))
        self.undo_button.setAutoDefault(False)
        self.undo_button.clicked.connect(lambda: self.undo.trigger())
        self.undo_button.hide()
        self.sensor = SensorPart(self._desk)

    def _make_actions(self) -> None:
        make = Actions(self).make
        self.add_syslog = make(
            self.tr("Syslog…"),
            partial(self._add, Syslog(name="syslog", address="", severity=Severity.MEDIUM)),
            self.tr("RFC 5424 over TLS, TCP or UDP"),
        )
        self.add_webhook = make(
            self.tr("Webhook…"),
            partial(self._add, Webhook(name="webhook", url="", severity=Severity.MEDIUM)),
            self.tr("JSON by HTTP, signed"),
        )
        self.add_file = make(
            self.tr("File…"),
            partial(self._add, Lines(name="file", path="", severity=Severity.LOW)),
            self.tr("JSON Lines at the end of a file"),
        )
        self.edit = make(
            self.tr("Edit…"), self._edit, self.tr("Change where it goes and what it is told"), "F2", "edit"
        )
        self.test = make(
            self.tr("Send a test message"),
            self._test,
            self.tr("Whether the receiver takes a line now"),
            "Ctrl+T",
            "play",
        )
        self.switch = make(
            self.tr("Switch off"), self._switch, self.tr("Whether anything is told there; what waits stays on disk")
        )
        self.remove = make(
            self.tr("Remove"),
            self._remove,
            self.tr("Nothing is told there any longer"),
            QKeySequence.StandardKey.Delete,
            "remove",
        )
        self.undo = make(
            self.tr("Undo"), self._take_back, self.tr("As it was before"), QKeySequence.StandardKey.Undo, "undo"
        )
        self.undo.setEnabled(False)
        self._of_one = (self.edit, self.test, self.switch, self.remove)
        self.addActions([self.add_syslog, self.add_webhook, self.add_file, *self._of_one, self.undo])
        self.add = QPushButton(self.tr("Add"))
        self.add.setAutoDefault(False)
        self.add.setMenu(fill(QMenu(self.add), (self.add_syslog, self.add_webhook, self.add_file)))

    def _lay_out(self) -> None:
        told = PlainLabel(
            self.tr(
                "Findings and acts are told here as they happen. What a receiver misses waits on disk until it is back."
            ),
            Tone.MUTED,
        ).wrapped()
        tools = QHBoxLayout()
        tools.setSpacing(GAP)
        tools.addWidget(self.add)
        for action in (self.edit, self.test, self.switch, self.remove):
            tools.addWidget(_button(action))
        tools.addWidget(self.notice, 1)
        tools.addWidget(self.undo_button)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(self.asking)
        layout.addWidget(self._heading(self.tr("Outputs")))
        layout.addWidget(told)
        layout.addLayout(tools)
        layout.addWidget(self.nothing)
        layout.addWidget(self.list)
        layout.addWidget(self.about)
        layout.addWidget(self.outcome)
        layout.addStretch(1)
        layout.addWidget(separator())
        layout.addSpacing(GAP)
        layout.addWidget(self._heading(self.tr("Alerts of an intrusion detection engine")))
        layout.addWidget(
            PlainLabel(
                self.tr("What Suricata writes as EVE JSON, each alert matched to its VM by address and MAC."),
                Tone.MUTED,
            ).wrapped()
        )
        layout.addWidget(self.sensor)
        layout.addSpacing(GAP)
        layout.addLayout(foot)

    def _heading(self, text: str) -> PlainLabel:
        label = PlainLabel(text)
        label.setFont(title_font(self.font()))
        return label

    # --- what there is --------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()
        self._again.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._again.stop()
        self.asking.forget("remove")
        self._tell_result("", Tone.PLAIN)
        self.sensor.forget()
        self._desk.preferences.remember(PLACE, QByteArray(self.saveGeometry()))

    def _look(self) -> None:
        if self._looking is not None and self._looking.outcome is Outcome.UNDER_WAY:
            return  # an engine that takes its time is not asked again meanwhile
        if self.isVisible() and self._desk.replica.link.up:
            name = self.tr("Look at the outputs")
            self._looking = self._desk.errands.run(self._fetch(), name, self._failed, quiet=True)
        else:
            self._tell()

    async def _fetch(self) -> None:
        await self._list()
        await self.sensor.look()

    async def _list(self) -> None:
        self.states = msgspec.convert(await self._desk.engine.call("outputs") or [], list[OutputState])
        self._known = True
        self._show()

    def _show(self) -> None:
        current = self._awaited or (state.output.name if (state := self.selected()) is not None else "")
        self.list.show_lines(tuple(map(self._line, self.states)))
        self.nothing.setVisible(self._known and not self.states)
        self.list.setVisible(bool(self.states))
        names = [state.output.name for state in self.states]
        if names and (self._awaited in names or not self.list.selectionModel().hasSelection()):
            self.list.setCurrentIndex(self.list.model().index(names.index(current) if current in names else 0, 0))
            self._awaited = ""
            if self.focusWidget() is self.add:  # which had the keyboard for want of anything else
                self.list.setFocus()
        self._tell()

    def _line(self, state: OutputState) -> Line:
        output, fare = state.output, self._words.fare(state)
        live = self._desk.replica.link.up
        return Line(
            output.name,
            (
                Cell(visible(output.name, 80)),
                Cell(self._words.kind(output), tone=Tone.MUTED),
                Cell(self._words.place(output), tone=Tone.MUTED),
                Cell(self._words.severity(output.severity), tone=Tone.MUTED),
                Cell(fare.word, fare.sentence, fare.tone if live else Tone.MUTED, fare.icon),
                Cell(self._words.waiting(state), fare.sentence, number=True),
            ),
        )

    def selected(self) -> OutputState | None:
        """The output at the current row."""
        row = self.list.currentIndex().row()
        return self.states[row] if 0 <= row < len(self.states) else None

    def _tell(self) -> None:
        state, live = self.selected(), self._desk.replica.link.up
        for action in self._of_one:
            action.setEnabled(state is not None and live)
        self.test.setEnabled(state is not None and live and state.output.enabled)
        self.add.setEnabled(live)
        if state is not None:
            fare = self._words.fare(state)
            self.switch.setText(self.tr("Switch off") if state.output.enabled else self.tr("Switch on"))
            self.about.set_tone(Tone.WARNING if fare.tone is Tone.WARNING else Tone.PLAIN)
            self.about.setText(self.tr("{0}: {1}").format(visible(state.output.name, 80), fare.sentence))
        else:
            self.about.setText("" if live else self.tr("The engine does not answer."))

    # --- choosing -------------------------------------------------------------------------------------------------

    def _add(self, begun: AnyOutput) -> None:
        taken = {state.output.name for state in self.states}
        number, name = 1, begun.name
        while name in taken:
            number += 1
            name = f"{begun.name} {number}"
        OutputDialog(self, self._desk, replace(begun, name=name), self._keep_new).open()

    async def _keep_new(self, output: AnyOutput, secret: str | None) -> None:
        self._awaited = output.name
        await self._choose(lambda chosen: (*chosen, output), {output.name: secret} if secret else {})
        self._say(self.tr("{0} is told from now on").format(visible(output.name, 60)))

    def _edit(self) -> None:
        if (state := self.selected()) is not None:
            OutputDialog(self, self._desk, state.output, self._keep, state).open()

    async def _keep(self, output: AnyOutput, secret: str | None) -> None:
        self._awaited = output.name
        secrets = {output.name: secret} if secret is not None else {}
        before = await self._choose(partial(_with, output), secrets)
        self._say(self.tr("{0} was changed").format(visible(output.name, 60)), before if secret is None else None)

    def _switch(self) -> None:
        if (state := self.selected()) is not None:
            output = replace(state.output, enabled=not state.output.enabled)
            name = self.tr("Choose the output {0}").format(visible(output.name, 60))
            self._desk.errands.run(self._keep(output, None), name, self._failed)

    def _remove(self) -> None:
        if (state := self.selected()) is None:
            return
        name = visible(state.output.name, 60)
        lost = []
        if state.waiting:
            lost.append(self.tr("%Ln line(s) that wait for it are given up", "", state.waiting))
        if state.signed:
            lost.append(self.tr("its secret is forgotten"))
        if not lost:
            self._take_away(state.output)
            return
        text = self.tr("Remove {0}? It cannot be undone: {1}.").format(name, ", ".join(lost))
        answers: list[Answer] = [
            (self.tr("Remove"), partial(self._take_away, state.output, undo=False)),
            (self.tr("Cancel"), _nothing),
        ]
        self.asking.ask("remove", text, answers, focus=True)

    def _take_away(self, output: AnyOutput, *, undo: bool = True) -> None:
        async def work() -> None:
            before = await self._choose(lambda chosen: tuple(each for each in chosen if each.name != output.name), {})
            self._say(self.tr("{0} was removed").format(visible(output.name, 60)), before if undo else None)

        self._desk.errands.run(work(), self.tr("Remove the output {0}").format(visible(output.name, 60)), self._failed)

    def _take_back(self) -> None:
        if (before := self._before) is not None:
            self._forget_undo()

            async def work() -> None:
                await self._choose(lambda _: before, {})
                self._say(self.tr("As it was before"))

            self._desk.errands.run(work(), self.tr("Undo a change of outputs"), self._failed)

    async def _choose(
        self, change: Callable[[tuple[AnyOutput, ...]], Sequence[AnyOutput]], secrets: dict[str, str]
    ) -> tuple[AnyOutput, ...]:
        """Makes a change of what is chosen now, whoever chose it; gives what was chosen before."""
        await self._list()
        before = tuple(state.output for state in self.states)
        wanted = [msgspec.to_builtins(output) for output in change(before)]
        await self._desk.engine.call("set_outputs", outputs=wanted, secrets=secrets)
        await self._list()
        return before

    # --- trying ---------------------------------------------------------------------------------------------------

    def _test(self) -> None:
        if (state := self.selected()) is None:
            return
        name = visible(state.output.name, 60)
        self._tell_result(self.tr("{0}: sending a test message…").format(name), Tone.MUTED)
        self.test.setEnabled(False)
        work = self._try(state.output)
        self._desk.errands.run(work, self.tr("Test the output {0}").format(name), self._refused)

    async def _try(self, output: AnyOutput) -> None:
        await self._desk.engine.call("test_output", name=output.name)
        said = self.tr("Test of {0}: {1}").format(visible(output.name, 60), self._words.tested(output))
        self._tell_result(said, Tone.GOOD)
        self._tell()

    def _refused(self, error: VmiError) -> None:
        self._tell_result(self.tr("The test failed. {0}").format(visible(str(error), 400)), Tone.BAD)
        self._tell()

    # --- what is said ---------------------------------------------------------------------------------------------

    def _failed(self, error: VmiError) -> None:
        self._tell_result(visible(str(error), 400), Tone.BAD)

    def _tell_result(self, text: str, tone: Tone) -> None:
        self.outcome.set_tone(tone)
        self.outcome.setText(text)

    def _say(self, text: str, before: tuple[AnyOutput, ...] | None = None) -> None:
        self._before = before
        self.notice.setText(text)
        self._tell_result("", Tone.PLAIN)
        self.undo_button.setVisible(before is not None)
        self.undo.setEnabled(before is not None)
        self._undo_ends.start()

    def _forget_undo(self) -> None:
        self._before = None
        self.notice.setText("")
        self.undo_button.hide()
        self.undo.setEnabled(False)

    def _offer(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill(menu, (*self._of_one, None, self.add_syslog, self.add_webhook, self.add_file))
        menu.popup(self.list.viewport().mapToGlobal(at))


def _with(output: AnyOutput, chosen: tuple[AnyOutput, ...]) -> tuple[AnyOutput, ...]:
    """What is chosen, with this one in place of the one of its name."""
    return tuple(output if each.name == output.name else each for each in chosen)


def _nothing() -> None:
    """The answer that changes nothing."""


def _button(action: QAction) -> QPushButton:
    button = QPushButton(action.text())
    button.setAutoDefault(False)
    button.setToolTip(action.toolTip())
    button.clicked.connect(action.trigger)
    button.setEnabled(action.isEnabled())

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setText(action.text())

    action.changed.connect(follow)
    return button
