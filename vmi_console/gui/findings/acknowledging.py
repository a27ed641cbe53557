"""Asks for a note with an acknowledgement."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.dialogs.fitting import fit
from vmi_console.gui.findings.decisions import Decisions, Done
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.plain_text import visible
from vmi_console.policy.findings import Finding

NAMED = 3


def named(findings: Sequence[Finding]) -> str:
    """The first of them by VM and evidence, a line each."""
    lines = [f"{visible(each.vm_name, 60)}: {visible(each.evidence or each.title, 120)}" for each in findings[:NAMED]]
    if len(findings) > NAMED:
        lines.append("…")
    return "\n".join(lines)


class AcknowledgeDialog(QDialog):
    """The note may stay empty: that somebody has seen it is enough."""

    def __init__(self, parent: QWidget, findings: Sequence[Finding], decisions: Decisions) -> None:
        super().__init__(parent)
        self._findings = findings
        self._decisions = decisions
        self.setWindowTitle(self.tr("Acknowledge"))
        self.setMinimumWidth(460)
        title = PlainLabel(self.tr("Acknowledge %Ln finding(s)", "", len(findings)))
        title.setFont(title_font(self.font()))
        self.note = QPlainTextEdit()
        self.note.setPlaceholderText(self.tr("What is being done about it (optional)"))
        self.note.setAccessibleName(self.tr("Note"))
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(4 * self.fontMetrics().lineSpacing() + GROUP)
        self.message = PlainLabel(tone=Tone.BAD).wrapped()
        self.message.hide()
        buttons = Buttons(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = QPushButton(self.tr("Acknowledge"))
        self.accept_button.setProperty("primary", True)
        self.accept_button.setDefault(True)
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(title)
        layout.addWidget(PlainLabel(named(findings), Tone.MUTED).wrapped())
        layout.addWidget(
            PlainLabel(self.tr("They stay on the list, as seen by you, until they are resolved.")).wrapped()
        )
        layout.addWidget(self.note)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        decisions.done.connect(self._done)
        self.finished.connect(self.deleteLater)
        self.note.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit(self)

    def _accept(self) -> None:
        self.accept_button.setEnabled(False)
        self._decisions.acknowledge(self._findings, self.note.toPlainText().strip(), self._failed)

    def _done(self, _: Done) -> None:
        if not self.accept_button.isEnabled():
            self.accept()

    def _failed(self, error: VmiError) -> None:
        self.message.setText(visible(str(error), 400))
        self.message.show()
        self.accept_button.setEnabled(True)
