"""Adds an output, or changes one; what is typed can be tried before it is chosen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import InputError, VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.dialogs.fitting import fit
from vmi_console.gui.dialogs.output_words import OutputWords
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.plain_text import visible
from vmi_console.policy.judgement import Severity
from vmi_console.response.outputs.choices import PORTS, AnyOutput, Lines, Syslog, Webhook, check, syslog_place
from vmi_console.response.outputs.outputs import OutputState

FACILITIES = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock"),
    *(f"local{number}" for number in range(8)),
)
"""By their numbers in RFC 5424."""

type Keep = Callable[[AnyOutput, str | None], Awaitable[None]]
"""Chooses an output, with its secret where that is another now; raises `VmiError`."""


class OutputDialog(QDialog):
    """`begun` is what to begin with: a new output, or (with its state) one that there is."""

    def __init__(
        self, parent: QWidget, desk: Desk, begun: AnyOutput, keep: Keep, state: OutputState | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._begun = begun
        self._keep = keep
        self._state = state
        self._under_way: Errand | None = None
        self._words = OutputWords(desk.replica, self)
        kind = self._words.kind(begun)
        new = self.tr("New output: {0}").format(kind)
        known = self.tr("{0}: {1}").format(kind, visible(begun.name, 60))
        self.setWindowTitle(self.tr("Output"))
        self.setMinimumWidth(620)
        title = PlainLabel(new if state is None else known)
        title.setFont(title_font(self.font()))
        self._form = QGridLayout()
        self._form.setHorizontalSpacing(GROUP)
        self._form.setVerticalSpacing(GAP)
        self._form.setColumnStretch(1, 1)
        self._make_fields()
        self.message = PlainLabel().wrapped(lines=2)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = Buttons(QDialogButtonBox.StandardButton.Cancel)
        self.test = QPushButton(self.tr("Send a test message"))
        self.test.setAutoDefault(False)
        self.test.setToolTip(self.tr("Try what is typed here, without choosing it"))
        self.accept_button = QPushButton(self.tr("Add") if state is None else self.tr("Save"))
        self.accept_button.setProperty("primary", True)
        self.accept_button.setDefault(True)
        buttons.addButton(self.test, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(title)
        layout.addSpacing(GAP)
        layout.addLayout(self._form, 1)
        self._form.setRowStretch(self._form.rowCount(), 1)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        self.test.clicked.connect(self._test)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        self.finished.connect(self._finished)
        (self.name if state is None else self._first).setFocus()

    # --- fields ---------------------------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        begun = self._begun
        self.name = QLineEdit(begun.name, maxLength=80)
        self._row(self.tr("&Name"), self.name)
        if self._state is not None:
            self.name.setReadOnly(True)
            self.name.setToolTip(self.tr("What waits for it and its secret are known by its name: it stays"))
        match begun:
            case Syslog():
                self._make_syslog(begun)
            case Webhook():
                self._make_webhook(begun)
            case Lines():
                self._make_lines(begun)
        self.severity = QComboBox()
        for severity in Severity:
            self.severity.addItem(self._words.severity(severity), severity.value)
        self.severity.setCurrentIndex(self.severity.findData(begun.severity.value))
        self._row(self.tr("&Findings"), self.severity)
        self._remark(self.tr("Acts, such as a quarantine, are told as if they were of high severity."))
        self.enabled = QCheckBox(self.tr("Switched on"))
        self.enabled.setChecked(begun.enabled)
        self._row("", self.enabled)

    def _make_syslog(self, begun: Syslog) -> None:
        transport, host, port = syslog_place(begun.address) if begun.address else ("tls", "", 0)
        self.transport = QComboBox()
        for each, text in (
            ("tls", self.tr("TLS: encrypted, and the receiver is verified")),
            ("tcp", self.tr("TCP: anybody on the way can read it")),
            ("udp", self.tr("UDP: nobody tells whether it arrives")),
        ):
            self.transport.addItem(text, each)
        self.transport.setCurrentIndex(self.transport.findData(transport))
        self.host = self._first = QLineEdit(host, placeholderText="syslog.example", maxLength=255)
        self.port = QLineEdit(str(port) if port and port != PORTS[transport] else "", maxLength=5)
        self.port.setFixedWidth(72)
        self.port.setAccessibleName(self.tr("Port"))
        place = QHBoxLayout()
        place.setSpacing(GAP)
        place.addWidget(self.host, 1)
        label = PlainLabel(self.tr("&Port"))
        label.setBuddy(self.port)
        place.addWidget(label)
        place.addWidget(self.port)
        self._row(self.tr("&Transport"), self.transport)
        self._row(self.tr("&Receiver"), place, self.host)
        self.authority, browse, row = self._path_field(begun.authority, self.tr("the system's trust"), new=False)
        self._of_tls = self._row(self.tr("&Authority (PEM)"), row, self.authority), self.authority, browse
        self.facility = QComboBox()
        for number, name in enumerate(FACILITIES):
            self.facility.addItem(name, number)
        self.facility.setCurrentIndex(begun.facility)
        self._row(self.tr("Fa&cility"), self.facility)
        self.transport.currentIndexChanged.connect(self._transport_chosen)
        self._transport_chosen()

    def _transport_chosen(self) -> None:
        transport = self.transport.currentData()
        self.port.setPlaceholderText(str(PORTS[transport]))
        for part in self._of_tls:
            part.setEnabled(transport == "tls")

    def _make_webhook(self, begun: Webhook) -> None:
        self.url = self._first = QLineEdit(begun.url, placeholderText="https://hooks.example/vmi", maxLength=2000)
        self._row(self.tr("&Address"), self.url)
        self._plain = PlainLabel(self.tr("Not encrypted: anybody on the way can read what is told."), Tone.WARNING)
        self._form.addWidget(self._plain.wrapped(), self._form.rowCount(), 1)
        signed = self._state is not None and self._state.signed
        self.sign = QCheckBox(self.tr("Signed with a secret that the receiver knows"))
        self.sign.setChecked(signed)
        self.secret = QLineEdit(echoMode=QLineEdit.EchoMode.Password, maxLength=1000)
        self.secret.setPlaceholderText(self.tr("stays as it is") if signed else "")
        self._row("", self.sign)
        self._row(self.tr("&Secret"), self.secret)
        self._remark(self.tr("X-VMI-Signature is the HMAC-SHA256 of the body. It is kept in the system keyring only."))
        self.sign.toggled.connect(self.secret.setEnabled)
        self.secret.setEnabled(signed)
        self.url.textChanged.connect(self._url_typed)
        self._url_typed(begun.url)

    def _url_typed(self, text: str) -> None:
        self._plain.setVisible(text.strip().casefold().startswith("http:"))

    def _make_lines(self, begun: Lines) -> None:
        self.path, _, row = self._path_field(begun.path, "/var/log/vmi-findings.jsonl", new=True)
        self._first = self.path
        self._row(self.tr("&File"), row, self.path)
        self._remark(self.tr("One JSON object a line, added at its end. The engine must be allowed to write there."))

    def _path_field(self, path: str, placeholder: str, *, new: bool) -> tuple[QLineEdit, QPushButton, QHBoxLayout]:
        field = QLineEdit(path, placeholderText=placeholder, maxLength=4000)
        browse = QPushButton(self.tr("Browse…"))
        browse.setAutoDefault(False)

        def choose() -> None:
            chooser = QFileDialog(self, self.tr("Choose a file"), field.text())
            chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            if new:
                chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
                chooser.setOption(QFileDialog.Option.DontConfirmOverwrite)
            chooser.fileSelected.connect(field.setText)
            chooser.open()

        browse.clicked.connect(choose)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(field, 1)
        row.addWidget(browse)
        return field, browse, row

    def _row(self, text: str, part: QWidget | QHBoxLayout, field: QWidget | None = None) -> PlainLabel:
        label = PlainLabel(text)
        number = self._form.rowCount()
        if isinstance(part, QWidget):
            self._form.addWidget(part, number, 1)
            field = part
        else:
            self._form.addLayout(part, number, 1)
        if text and field is not None:
            label.setBuddy(field)
            field.setAccessibleName(text.replace("&", ""))
            self._form.addWidget(label, number, 0)
        return label

    def _remark(self, text: str) -> None:
        self._form.addWidget(PlainLabel(text, Tone.MUTED).wrapped(), self._form.rowCount(), 1)

    # --- what is typed --------------------------------------------------------------------------------------------

    def output(self) -> AnyOutput:
        """What is typed. Raises `InputError` for what cannot be used."""
        name, severity = self.name.text().strip(), Severity(self.severity.currentData())
        if not name:
            raise InputError(self.tr("A name is missing."), self.tr("It says what the output is, such as “siem”."))
        output: AnyOutput
        match self._begun:
            case Syslog():
                host, port = self.host.text().strip(), self.port.text().strip()
                host = f"[{host}]" if ":" in host and not host.startswith("[") else host
                transport = self.transport.currentData()
                output = Syslog(
                    name=name,
                    severity=severity,
                    enabled=self.enabled.isChecked(),
                    address=f"{transport}://{host}" + (f":{port}" if port else ""),
                    facility=self.facility.currentData(),
                    authority=self.authority.text().strip() if transport == "tls" else "",
                )
            case Webhook():
                url = self.url.text().strip()
                output = Webhook(name=name, severity=severity, enabled=self.enabled.isChecked(), url=url)
            case Lines():
                path = self.path.text().strip()
                output = Lines(name=name, severity=severity, enabled=self.enabled.isChecked(), path=path)
        check((output,))
        return output

    def new_secret(self) -> str | None:
        """The secret from now on: empty for none, None for the one that is kept. Raises `InputError`."""
        if not isinstance(self._begun, Webhook):
            return None
        kept = self._state is not None and self._state.signed
        if not self.sign.isChecked():
            return "" if kept else None
        if not self.secret.text() and not kept:
            raise InputError(
                self.tr("The secret is missing."), self.tr("Type what the receiver knows, or do not sign.")
            )
        return self.secret.text() or None

    # --- what is done ---------------------------------------------------------------------------------------------

    def _test(self) -> None:
        try:
            output, secret = self.output(), self.new_secret()
        except InputError as error:
            self._failed(error)
            return
        self._busy(self.tr("Sending…"))
        name = self.tr("Test the output {0}").format(visible(output.name, 60))
        self._under_way = self._desk.errands.run(self._try(output, secret), name, self._failed)

    async def _try(self, output: AnyOutput, secret: str | None) -> None:
        await self._desk.engine.call("try_output", output=msgspec.to_builtins(output), secret=secret)
        self._busy("")
        self._say(self._words.tested(output), Tone.GOOD)

    def _accept(self) -> None:
        try:
            output, secret = self.output(), self.new_secret()
        except InputError as error:
            self._failed(error)
            return
        self._busy(self.tr("Saving…"))
        name = self.tr("Choose the output {0}").format(visible(output.name, 60))
        self._under_way = self._desk.errands.run(self._save(output, secret), name, self._failed)

    async def _save(self, output: AnyOutput, secret: str | None) -> None:
        await self._keep(output, secret)
        self.accept()

    def _finished(self) -> None:
        if isinstance(self._begun, Webhook):
            self.secret.clear()
        if self._under_way is not None and self.result() != QDialog.DialogCode.Accepted:
            self._under_way.cancel()
        self.deleteLater()

    def _busy(self, text: str) -> None:
        for button in (self.test, self.accept_button):
            button.setEnabled(not text)
        self._say(text, Tone.MUTED)

    def _failed(self, error: VmiError) -> None:
        self._busy("")
        self._say(error.message + (f"\n{error.advice}" if error.advice else ""), Tone.BAD)

    def _say(self, text: str, tone: Tone) -> None:
        self.message.set_tone(tone)
        self.message.setText("\n".join(visible(line, 400) for line in text.split("\n")))
        fit(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit(self)
