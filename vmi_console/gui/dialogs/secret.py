"""Asks for the secret that a connection waits for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.estate.records import Connection
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.link import Engine
from vmi_console.gui.runtime import Errand, Errands
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.plain_text import visible


class SecretDialog(QDialog):
    """The secret goes to the engine and nowhere else; the field is emptied when the dialog closes."""

    def __init__(self, parent: QWidget, connection: Connection, engine: Engine, errands: Errands) -> None:
        super().__init__(parent)
        self._connection = connection
        self._engine = engine
        self._errands = errands
        self._under_way: Errand | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Password needed"))
        self.setMinimumWidth(440)
        title = PlainLabel(visible(connection.name, 80))
        title.setFont(title_font(self.font()))
        self.secret = QLineEdit(echoMode=QLineEdit.EchoMode.Password, placeholderText=self.tr("Password"))
        self.secret.setAccessibleName(self.tr("Password"))
        self.remember = QCheckBox(self.tr("Remember it in the system keyring"))
        self.message = PlainLabel(tone=Tone.BAD).wrapped(lines=2)
        buttons = Buttons(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = QPushButton(self.tr("Connect"))
        self.accept_button.setProperty("primary", True)
        self.accept_button.setDefault(True)
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(title)
        layout.addWidget(PlainLabel(visible(connection.uri), Tone.MUTED).wrapped())
        if connection.health.reason:
            layout.addWidget(PlainLabel(visible(connection.health.reason)).wrapped())
        layout.addWidget(self.secret)
        layout.addWidget(self.remember)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        self.secret.setFocus()

    def done(self, result: int) -> None:
        self.secret.clear()
        if self._under_way is not None and result != QDialog.DialogCode.Accepted:
            self._under_way.cancel()
        super().done(result)

    def _accept(self) -> None:
        self.accept_button.setEnabled(False)
        self.message.setText("")
        name = self.tr("Give {0} its password").format(visible(self._connection.name, 80))
        self._under_way = self._errands.run(self._provide(), name, self._failed)

    async def _provide(self) -> None:
        await self._engine.call(
            "provide_secret",
            id=self._connection.id,
            secret=self.secret.text(),
            remember=self.remember.isChecked(),
        )
        self.accept()

    def _failed(self, error: VmiError) -> None:
        self.message.setText(visible(str(error), 400))
        self.accept_button.setEnabled(True)
