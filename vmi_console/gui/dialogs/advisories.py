"""Which files of known vulnerabilities guests are judged by: chosen, told how old they are, and left again."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.runtime import Errand, Outcome
from vmi_console.gui.theme import GAP, Tone
from vmi_console.gui.wording import Wording, number
from vmi_console.plain_text import visible
from vmi_console.policy.advisories.standing import AdvisoriesInForce


class AdvisoryRows(QWidget):
    """Asks the engine when it comes into sight, and after whatever was chosen."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._wording = Wording(desk.replica)
        self._reading: Errand | None = None
        self.in_force = AdvisoriesInForce()
        self.said = PlainLabel("").wrapped()
        self.files = PlainLabel("", Tone.MUTED).wrapped()
        self.error = PlainLabel("", Tone.WARNING).wrapped()
        self.folder = self._button(self.tr("Folder…"), self.tr("Known vulnerabilities out of a folder"))
        self.file = self._button(self.tr("File…"), self.tr("Known vulnerabilities out of a file"))
        self.exploited = self._button(
            self.tr("Known exploited…"), self.tr("The catalogue of vulnerabilities that are exploited")
        )
        self.cancel = self._button(self.tr("Cancel"), self.tr("Give up reading the files"))
        self.leave = self._button(self.tr("Use none"), self.tr("Judge by no known vulnerabilities any more"))
        self.folder.clicked.connect(lambda: self._ask(QFileDialog.FileMode.Directory))
        self.file.clicked.connect(lambda: self._ask(QFileDialog.FileMode.ExistingFile))
        self.exploited.clicked.connect(self._ask_exploited)
        self.cancel.clicked.connect(self._give_up)
        self.leave.clicked.connect(self._leave)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        for button in (self.folder, self.file, self.exploited, self.leave, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        help = PlainLabel(
            self.tr(
                "Advisories as OSV has them (JSON), Microsoft's monthly documents of updates (CVRF, as JSON or XML), a"
                " file, a folder or a zip of either or both; and the KEV catalogue as JSON. They are read on this"
                " machine; nothing is sent anywhere."
            ),
            Tone.MUTED,
        ).wrapped()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (PlainLabel(self.tr("Known vulnerabilities")).wrapped(), help, self.said, self.files, self.error):
            column.addWidget(widget)
        column.addLayout(buttons)
        desk.replica.link_moved.connect(self._look)
        desk.errands.moved.connect(self._moved)
        self._show()
        self._look()

    def _button(self, text: str, name: str) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.setAccessibleName(name)
        return button

    # --- what is in force -----------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self._desk.replica.link.up:
            self._desk.errands.run(
                self._ask_engine(), self.tr("Look which advisories are loaded"), self._failed, quiet=True
            )

    async def _ask_engine(self) -> None:
        self.in_force = msgspec.convert(await self._desk.engine.call("advisories"), AdvisoriesInForce)
        self._show()

    def _show(self) -> None:
        now = self.in_force
        busy = self._reading is not None
        if busy or now.reading:
            said = self.tr("Reading the files. A whole distribution takes a minute.")
        elif not now.path:
            said = self.tr("None are loaded: whether an application is vulnerable is unknown.")
        else:
            systems = ", ".join(visible(each, 40) for each in now.systems[:12])
            said = self.tr("{0} advisories are loaded, for {1}.").format(number(now.advisories), systems or "–")
        self.said.setText(said)
        files = [(now.path, now.changed_at), (now.kev, now.kev_changed_at)]
        told = [f"{visible(path, 300)} ({self._wording.ago(at)})" if at else visible(path, 300) for path, at in files]
        self.files.setText("\n".join(filter(None, told)))
        self.files.setVisible(bool(now.path))
        if now.problem:
            self.error.setText(visible(now.problem, 500))
        self.error.setVisible(bool(self.error.text()))
        for button in (self.folder, self.file):
            button.setEnabled(not busy)
        for button in (self.exploited, self.leave):
            button.setEnabled(not busy and bool(now.path))
        self.cancel.setVisible(busy)

    def _failed(self, error: VmiError) -> None:
        self.error.setText(visible(str(error), 500))
        self._show()

    def _moved(self) -> None:
        """However the reading ended, and even if it was given up before it began."""
        if self._reading is not None and self._reading.outcome is not Outcome.UNDER_WAY:
            self._reading = None
            self._show()
            self._look()

    # --- choosing -------------------------------------------------------------------------------------------------

    def _ask(self, mode: QFileDialog.FileMode) -> None:
        dialog = self._dialog(mode)
        dialog.fileSelected.connect(lambda path: self.load(path, self.in_force.kev))
        dialog.open()

    def _ask_exploited(self) -> None:
        dialog = self._dialog(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.load(self.in_force.path, path))
        dialog.open()

    def _dialog(self, mode: QFileDialog.FileMode) -> QFileDialog:
        start = str(Path(self.in_force.path).parent) if self.in_force.path else ""
        dialog = QFileDialog(self, self.tr("Known vulnerabilities"), start)
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def load(self, path: str, kev: str = "") -> None:
        """Has the engine judge by these. What was in force stays so where they cannot be read."""
        self.error.setText("")
        name = self.tr("Read known vulnerabilities")
        reading = self._desk.engine.call("load_advisories", path=path, kev=kev)
        self._reading = self._desk.errands.run(reading, name, self._failed, again=lambda: self.load(path, kev))
        self._show()

    def _give_up(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def _leave(self) -> None:
        self.error.setText("")
        self._desk.errands.run(self._unload(), self.tr("Use no known vulnerabilities"), self._failed)

    async def _unload(self) -> None:
        await self._desk.engine.call("unload_advisories")
        await self._ask_engine()
