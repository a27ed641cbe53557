"""What the dialogs have in common that have the engine write a file about the estate."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.dialogs.fitting import fit
from vmi_console.gui.labels import PlainLabel, slim_progress
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.gui.wording import size
from vmi_console.plain_text import visible


class Target(NamedTuple):
    """What is asked about the file."""

    caption: str
    name: str  # that is proposed, without its suffix
    suffix: str
    filter: str  # by which the files of its kind are shown


class ExportDialog(QDialog):
    """Asks for what is to be told, then for the file; the engine writes it whole or not at all."""

    written = Signal(str, str)  # path, how large it is in words

    def __init__(self, parent: QWidget, desk: Desk) -> None:
        super().__init__(parent)
        self._desk = desk
        self._under_way: Errand | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(GROUP)
        self.form.setVerticalSpacing(GROUP)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.busy = slim_progress()
        self.message = PlainLabel(tone=Tone.BAD).wrapped(lines=2)
        self.buttons = Buttons(QDialogButtonBox.StandardButton.Cancel)
        self.write = QPushButton(self.tr("Save as…"))
        self.write.setProperty("primary", True)
        self.write.setDefault(True)
        self.buttons.addButton(self.write, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._ask)
        self.buttons.rejected.connect(self.reject)

    def lay_out(self, heading: str, promise: str) -> None:
        """Once the form has its rows: Tab goes through what was there first."""
        title = PlainLabel(heading)
        title.setFont(title_font(self.font()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(title)
        layout.addWidget(PlainLabel(promise, Tone.MUTED).wrapped())
        layout.addLayout(self.form)
        layout.addWidget(self.busy)
        layout.addWidget(self.message)
        layout.addWidget(self.buttons)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit(self)

    # --- of each sort of file -------------------------------------------------------------------------------------

    @property
    def command(self) -> str:
        """The engine's."""
        raise NotImplementedError

    def arguments(self, path: str) -> dict[str, Any]:
        """Of the engine's command."""
        raise NotImplementedError

    @property
    def target(self) -> Target:
        """What file is asked for."""
        raise NotImplementedError

    def errand(self, name: str) -> str:
        """What is under way while a file of this name is written."""
        raise NotImplementedError

    # --- writing --------------------------------------------------------------------------------------------------

    def save_to(self, path: str) -> None:
        """Has the file written; the dialog closes when it is there."""
        suffix = self.target.suffix
        path = path if path.lower().endswith(suffix) else path + suffix
        self.message.setText("")
        self.busy.show()
        self.write.setEnabled(False)
        name = self.errand(visible(Path(path).name, 80))
        self._under_way = self._desk.errands.run(self._write(path), name, self._failed)

    def done(self, result: int) -> None:
        if self._under_way is not None and result != QDialog.DialogCode.Accepted:
            self._under_way.cancel()  # nothing is left of a file that is not whole
        super().done(result)

    def _ask(self) -> None:
        target = self.target
        dialog = QFileDialog(self, target.caption, target.name + target.suffix)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(target.filter)
        dialog.setDefaultSuffix(target.suffix[1:])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    async def _write(self, path: str) -> None:
        said = await self._desk.engine.call(self.command, **self.arguments(path)) or {}
        self.written.emit(path, size(int(said.get("file_bytes", 0))))
        self.accept()

    def _failed(self, error: VmiError) -> None:
        self.busy.hide()
        self.write.setEnabled(True)
        self.message.setText(visible(str(error), 400))
