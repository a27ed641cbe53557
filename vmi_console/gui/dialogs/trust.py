"""Shows a certificate or host key that nobody has judged yet, or that has changed, and asks for a judgement."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QPushButton, QVBoxLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.estate.records import Connection
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.link import Engine
from vmi_console.gui.runtime import Errand, Errands
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.plain_text import visible


class TrustDialog(QDialog):
    """Cancel is the default: nobody trusts by pressing Enter."""

    def __init__(self, parent: QWidget, connection: Connection, engine: Engine, errands: Errands) -> None:
        super().__init__(parent)
        certificate = connection.health.certificate
        assert certificate is not None
        assert certificate.fingerprint
        self._connection = connection
        self._certificate = certificate
        self._engine = engine
        self._errands = errands
        self._under_way: Errand | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        changed = bool(certificate.previous)
        self.setWindowTitle(self.tr("Certificate has changed") if changed else self.tr("Unknown certificate"))
        title = PlainLabel(visible(connection.name, 80))
        title.setFont(title_font(self.font()))
        if changed:
            text = self.tr(
                "It shows another certificate than the one trusted before. That happens when it is renewed, and also"
                " when somebody sits in between. Ask whoever runs it before you trust the new one."
            )
        else:
            text = self.tr(
                "No authority that this machine knows vouches for it. Compare the fingerprint with one that you got"
                " from whoever runs it, over another way."
            )
        self.message = PlainLabel(tone=Tone.BAD).wrapped()
        self.message.setMinimumHeight(self.fontMetrics().lineSpacing())
        buttons = Buttons()
        cancel = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.trust_button = QPushButton(self.tr("Trust the new certificate") if changed else self.tr("Trust it"))
        self.trust_button.setAutoDefault(False)
        buttons.addButton(self.trust_button, QDialogButtonBox.ButtonRole.ActionRole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(title)
        layout.addWidget(PlainLabel(visible(connection.uri), Tone.MUTED).wrapped())
        explanation = PlainLabel(text, Tone.BAD if changed else Tone.PLAIN).wrapped()
        explanation.setMinimumWidth(560)
        layout.addWidget(explanation)
        layout.addSpacing(GAP)
        layout.addLayout(self._facts())
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        self.trust_button.clicked.connect(self._trust)
        buttons.rejected.connect(self.reject)
        cancel.setDefault(True)
        cancel.setFocus()

    def done(self, result: int) -> None:
        if self._under_way is not None and result != QDialog.DialogCode.Accepted:
            self._under_way.cancel()
        super().done(result)

    def _facts(self) -> QGridLayout:
        """Fingerprints side by side where there are two, then what the certificate says of itself."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(GROUP)
        grid.setVerticalSpacing(GAP)
        certificate = self._certificate
        row = 1
        if certificate.previous:
            grid.addWidget(PlainLabel(self.tr("Trusted before"), Tone.MUTED), 0, 1)
            grid.addWidget(PlainLabel(self.tr("Shown now"), Tone.MUTED), 0, 2)
            grid.addWidget(self._fingerprint(certificate.previous), 1, 1)
            grid.addWidget(self._fingerprint(certificate.fingerprint), 1, 2)
        else:
            grid.addWidget(self._fingerprint(certificate.fingerprint), 1, 1)
        grid.addWidget(PlainLabel(self.tr("SHA-256"), Tone.MUTED), 1, 0, Qt.AlignmentFlag.AlignTop)
        for label, value in ((self.tr("Subject"), certificate.subject), (self.tr("Valid"), certificate.validity)):
            if value:
                row += 1
                grid.addWidget(PlainLabel(label, Tone.MUTED), row, 0, Qt.AlignmentFlag.AlignTop)
                text = PlainLabel(visible(value)).wrapped()
                grid.addWidget(text, row, 1, 1, 2)
        grid.setColumnStretch(2, 1)
        return grid

    def _fingerprint(self, fingerprint: str) -> PlainLabel:
        """Four lines of eight pairs: people compare by eye."""
        pairs = visible(fingerprint, 200).upper().split(":")
        label = PlainLabel("\n".join(" ".join(pairs[start : start + 8]) for start in range(0, len(pairs), 8)))
        label.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setAccessibleName(fingerprint)
        return label

    def _trust(self) -> None:
        self.trust_button.setEnabled(False)
        name = self.tr("Trust the certificate of {0}").format(visible(self._connection.name, 80))
        self._under_way = self._errands.run(self._tell(), name, self._failed)

    async def _tell(self) -> None:
        await self._engine.call("trust", id=self._connection.id, fingerprint=self._certificate.fingerprint)
        self.accept()

    def _failed(self, error: VmiError) -> None:
        self.message.setText(visible(str(error), 400))
        self.trust_button.setEnabled(True)
