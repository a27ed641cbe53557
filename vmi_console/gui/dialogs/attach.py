"""Opens another window on an engine that is running already."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.gui.another_window import open_another
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.plain_text import visible


class AttachDialog(QDialog):
    """A window belongs to one engine from its start on, so this one stays as it is and another one opens."""

    def __init__(self, parent: QWidget, socket: Path | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("A running engine"))
        self.setMinimumWidth(520)
        explanation = PlainLabel(
            self.tr(
                "“vmi-console engine --listen” starts an engine that goes on watching without a window, and says where"
                " it is found. Another window opens on it."
            ),
            Tone.MUTED,
        ).wrapped()
        self.path = QLineEdit(str(socket) if socket is not None else "")
        self.path.setPlaceholderText(self.tr("where it listens, such as /run/user/1000/vmi-console/engine"))
        self.path.setAccessibleName(self.tr("Where the engine listens"))
        browse = QPushButton(self.tr("Browse…"))
        browse.setAutoDefault(False)
        self.message = PlainLabel(tone=Tone.BAD).wrapped(lines=2)
        buttons = Buttons(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = QPushButton(self.tr("Open a window"))
        self.accept_button.setProperty("primary", True)
        self.accept_button.setDefault(True)
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(self.path, 1)
        line.addWidget(browse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(explanation)
        layout.addLayout(line)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        browse.clicked.connect(self._browse)
        self.path.textEdited.connect(lambda: self.message.clear())
        buttons.accepted.connect(self._open)
        buttons.rejected.connect(self.reject)
        self.path.setFocus()

    def _browse(self) -> None:
        chooser = QFileDialog(self, self.tr("Where the engine listens"))
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.fileSelected.connect(self.path.setText)
        chooser.open()

    def _open(self) -> None:
        path = Path(self.path.text().strip()).expanduser()
        if not self.path.text().strip() or not path.exists():
            self.message.setText(self.tr("Nothing listens there: {0}").format(visible(str(path)) if path.name else "–"))
            self.path.setFocus()
            return
        if open_another("--engine", str(path.absolute())):
            self.accept()
        else:
            self.message.setText(self.tr("Another window could not be started."))
