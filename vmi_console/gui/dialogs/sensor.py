"""Where alerts of an intrusion detection engine come from, and whether they come."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QWidget

from vmi_console.engine.sensor import SensorState
from vmi_console.errors import VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.gui.wording import Wording
from vmi_console.plain_text import visible

NONE, FILE, SOCKET = "none", "file", "socket"


class SensorPart(QWidget):
    """The sensor of the engine: chosen with a button, so that nobody listens at half a path."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._wording = Wording(desk.replica)
        self._known: SensorState | None = None
        self._refused = False  # what is chosen; why is on show until something else is
        self.source = QComboBox()
        for each, text in (
            (NONE, self.tr("None")),
            (FILE, self.tr("EVE JSON file that it writes")),
            (SOCKET, self.tr("Unix socket that it connects to")),
        ):
            self.source.addItem(text, each)
        self.source.setAccessibleName(self.tr("Where alerts come from"))
        self.path = QLineEdit(maxLength=4000)
        self.path.setAccessibleName(self.tr("Path"))
        self.browse = QPushButton(self.tr("Browse…"))
        self.apply = QPushButton(self.tr("Apply"))
        for button in (self.browse, self.apply):
            button.setAutoDefault(False)
        self.state = PlainLabel(tone=Tone.MUTED).wrapped(lines=2)
        self.state.setAlignment(Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.path, 1)
        row.addWidget(self.browse)
        row.addWidget(self.apply)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GROUP)
        grid.setVerticalSpacing(GAP)
        grid.addWidget(self.source, 0, 0)
        grid.addLayout(row, 0, 1)
        grid.addWidget(self.state, 1, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        self.source.activated.connect(self._source_chosen)
        self.path.textChanged.connect(self._other_chosen)
        self.path.returnPressed.connect(self.apply.click)
        self.browse.clicked.connect(self._browse)
        self.apply.clicked.connect(self._apply)
        self._enable()

    def tell(self, state: SensorState) -> None:
        """Shows how it fares; what the operator is typing stays."""
        choosing = self._known is not None and self._chooses(self._known)
        self._known = state
        if not choosing:
            self._show_source(state)
        if not self._refused:
            self._say(state)
        self._enable()

    def forget(self) -> None:
        """What was typed and not applied gives way to what is known next."""
        self._known = None
        self._refused = False

    # --- showing --------------------------------------------------------------------------------------------------

    def _show_source(self, state: SensorState) -> None:
        source = state.source
        self.source.setCurrentIndex(self.source.findData(_kind(state)))
        if self.path.text() != source.path:
            self.path.setText(source.path)

    def _say(self, state: SensorState) -> None:
        if not state.source.path:
            self._tell_state(self.tr("No alerts are heard. Checks of the kind “alerts” cannot be judged."), Tone.MUTED)
            return
        if state.error:
            self._tell_state(self.tr("No alerts are heard: {0}").format(visible(state.error, 400)), Tone.WARNING)
            return
        if not (state.alerts or state.strange or state.unread):
            there = self.tr("Listening; nothing was heard yet.")
            if not state.source.socket:
                there += " " + self.tr("Where there is no such file yet, it is read once there is.")
            self._tell_state(there, Tone.MUTED)
            return
        told = [self.tr("Listening. %Ln alert(s) of VMs since the engine started", "", state.alerts)]
        if state.last is not None:
            told.append(self.tr("the last {0}").format(self._wording.ago(state.last)))
        if state.strange:
            told.append(self.tr("%Ln alert(s) of no VM that is known", "", state.strange))
        if state.unread:
            told.append(self.tr("%Ln line(s) that could not be read", "", state.unread))
        self._tell_state(" · ".join(told), Tone.GOOD if state.alerts else Tone.MUTED)

    def _tell_state(self, text: str, tone: Tone) -> None:
        self.state.set_tone(tone)
        self.state.setText(text)

    # --- choosing -------------------------------------------------------------------------------------------------

    @property
    def _wanted(self) -> tuple[str, bool]:
        kind = self.source.currentData()
        return ("" if kind == NONE else self.path.text().strip(), kind == SOCKET)

    def _chooses(self, known: SensorState) -> bool:
        """Whether something else is chosen or typed than what was in force, be it only half of it."""
        return self.source.currentData() != _kind(known) or self.path.text().strip() != known.source.path

    @property
    def _edited(self) -> bool:
        if self._known is None:
            return False
        known = self._known.source
        path, socket = self._wanted
        return path != known.path or (bool(path) and socket != known.socket)

    def _source_chosen(self) -> None:
        kind = self.source.currentData()
        if kind != NONE and not self.path.text():
            self.path.setFocus()
        self._other_chosen()

    def _other_chosen(self) -> None:
        self._refused = False
        self._enable()

    def _enable(self) -> None:
        kind = self.source.currentData()
        self.path.setEnabled(kind != NONE)
        self.browse.setEnabled(kind != NONE)
        examples = {FILE: "/var/log/suricata/eve.json", SOCKET: "/run/suricata/eve.sock"}
        self.path.setPlaceholderText(examples.get(kind, ""))
        self.apply.setEnabled(self._edited and (kind == NONE or bool(self.path.text().strip())))

    def _browse(self) -> None:
        chooser = QFileDialog(self, self.tr("Choose a file"), self.path.text() or "/var/log")
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.source.currentData() == SOCKET:
            chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            chooser.setOption(QFileDialog.Option.DontConfirmOverwrite)
        chooser.fileSelected.connect(self.path.setText)
        chooser.open()

    def _apply(self) -> None:
        path, socket = self._wanted
        self._refused = False
        self.apply.setEnabled(False)
        self._tell_state(self.tr("Applying…"), Tone.MUTED)
        name = self.tr("Listen to the alerts in {0}").format(visible(path, 100)) if path else self.tr("Hear no alerts")
        self._desk.errands.run(self._choose(path, socket), name, self._failed)

    async def _choose(self, path: str, socket: bool) -> None:
        await self._desk.engine.call("set_sensor", path=path, socket=socket)
        self._known = None
        await self.look()

    async def look(self) -> None:
        """Asks the engine how it fares."""
        self.tell(msgspec.convert(await self._desk.engine.call("sensor"), SensorState))

    def _failed(self, error: VmiError) -> None:
        self._refused = True
        self._tell_state(visible(str(error), 400), Tone.BAD)
        self._enable()


def _kind(state: SensorState) -> str:
    source = state.source
    return NONE if not source.path else SOCKET if source.socket else FILE
