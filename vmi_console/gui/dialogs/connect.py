"""Adds a connection, or changes one."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.collectors.provider import provider_of
from vmi_console.errors import ConnectionUriError, VmiError
from vmi_console.estate.records import Connection, Grants, State, to_builtins
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.link import Engine
from vmi_console.gui.runtime import Errands
from vmi_console.gui.states import CONNECTION
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.plain_text import visible


@dataclass(frozen=True)
class _Kind:
    title: str
    example: str
    help: str
    takes_secret: bool = True


class ConnectDialog(QDialog):
    """`added` gives the id of a new connection. Errors appear in the dialog, which stays until it worked."""

    added = Signal(str)  # EntityId

    def __init__(self, parent: QWidget, engine: Engine, errands: Errands, connection: Connection | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._errands = errands
        self._connection = connection
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Add a connection") if connection is None else self.tr("Edit a connection"))
        self.setMinimumWidth(560)
        self._kinds = self._known_kinds()
        self.kind = QComboBox()
        for name, kind in self._kinds.items():
            self.kind.addItem(kind.title, name)
        self.uri = QLineEdit()
        self.help = PlainLabel(tone=Tone.MUTED).wrapped()
        self.help.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self.help.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.name = QLineEdit(placeholderText=self.tr("as it is called in the tree; the address if left empty"))
        self.secret = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self.remember = QCheckBox(self.tr("Remember the password in the system keyring"))
        self.read_guests = QCheckBox(self.tr("Read guests: their disks and memory, from outside"))
        self.snapshots = QCheckBox(self.tr("Make temporary snapshots and backup jobs, to read disks consistently"))
        self.quarantine = QCheckBox(
            self.tr("Quarantine: isolate virtual machines from their networks, and release them")
        )
        grants = QGroupBox(self.tr("Beyond looking, the console may"))
        allowed = QVBoxLayout(grants)
        allowed.setSpacing(4)
        for box in (self.read_guests, self.snapshots, self.quarantine):
            allowed.addWidget(box)
        self.message = PlainLabel().wrapped()
        self.message.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.test = QPushButton(self.tr("Test"))
        self.test.setToolTip(self.tr("Try the address and password without adding anything"))
        self.accept_button = QPushButton(self.tr("Connect") if connection is None else self.tr("Save"))
        self.accept_button.setProperty("primary", True)
        self.accept_button.setDefault(True)
        buttons.addButton(self.test, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        form = QFormLayout()
        form.setHorizontalSpacing(GROUP)
        form.setVerticalSpacing(GAP)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("&What"), self.kind)
        form.addRow(self.tr("&Address"), self.uri)
        form.addRow("", self.help)
        form.addRow(self.tr("&Name"), self.name)
        form.addRow(self.tr("&Password"), self.secret)
        form.addRow("", self.remember)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GROUP)
        layout.addLayout(form)
        layout.addWidget(grants)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        self.kind.currentIndexChanged.connect(self._kind_chosen)
        self.uri.textEdited.connect(self._uri_typed)
        self.test.clicked.connect(self._test)
        buttons.rejected.connect(self.reject)
        buttons.accepted.connect(self._accept)
        self._kind_chosen()
        if connection is not None:
            self._show(connection)
        self.uri.setFocus()

    def done(self, result: int) -> None:
        self.secret.clear()
        super().done(result)

    # --- what is typed --------------------------------------------------------------------------------------------

    def _known_kinds(self) -> dict[str, _Kind]:
        libvirt = self.tr(
            "qemu:///system for this machine, qemu+ssh://user@host/system for another (keys from the SSH agent),"
            " qemu+tls://host/system, test:///default to try it out."
        )
        if importlib.util.find_spec("libvirt") is None:
            libvirt = self.tr(
                "libvirt's library is missing here. Install libvirt-dev, pkg-config and gcc (or your system's"
                " equivalents), then run “make setup” again."
            )
        return {
            "libvirt": _Kind(self.tr("libvirt: KVM, Xen, LXC, …"), "qemu+ssh://root@host/system", libvirt),
            "vsphere": _Kind(
                self.tr("VMware vCenter or ESXi"),
                "vsphere://user@vcenter.example/",
                self.tr("The user needs no more than the Read-only role. The certificate is shown if it is not known."),
            ),
            "demo": _Kind(
                self.tr("Demo: a simulated estate"),
                "demo://",
                self.tr("demo:// has 10 hosts and 200 virtual machines; demo://?hosts=2500&vms=45000 is a large one."),
                takes_secret=False,
            ),
        }

    def _kind_chosen(self) -> None:
        kind = self._kinds[self.kind.currentData()]
        self.uri.setPlaceholderText(kind.example)
        if not kind.takes_secret and not self.uri.text():
            self.uri.setText(kind.example)
        self.help.setText(kind.help)
        self._allow_secret(kind.takes_secret)

    def _uri_typed(self, text: str) -> None:
        """The address says what it is an address of."""
        self._say("")
        try:
            name = provider_of(text)
        except ConnectionUriError:
            return
        if name in self._kinds and name != self.kind.currentData():
            self.kind.setCurrentIndex(list(self._kinds).index(name))

    def _allow_secret(self, allowed: bool) -> None:
        editable = allowed and self._connection is None
        self.secret.setEnabled(editable)
        self.remember.setEnabled(editable)

    def _show(self, connection: Connection) -> None:
        if connection.provider in self._kinds:
            self.kind.setCurrentIndex(list(self._kinds).index(connection.provider))
        self.uri.setText(connection.uri)
        self.name.setText(connection.name)
        self.read_guests.setChecked(connection.grants.read_guests)
        self.snapshots.setChecked(connection.grants.temporary_snapshots)
        self.quarantine.setChecked(connection.grants.quarantine)
        self.secret.setPlaceholderText(self.tr("entered with “Enter password…”"))

    # --- what is done ---------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        if self._valid():
            self._busy(self.tr("Saving…") if self._connection else self.tr("Connecting…"))
            self._errands.run(self._save(), "save a connection", self._failed)

    def _test(self) -> None:
        if self._valid():
            self._busy(self.tr("Trying…"))
            self._errands.run(self._try(), "test a connection", self._failed)

    def _valid(self) -> bool:
        try:
            provider_of(self.uri.text().strip())
        except ConnectionUriError as error:
            self._failed(error)
            self.uri.setFocus()
            return False
        return True

    async def _save(self) -> None:
        uri, name = self.uri.text().strip(), self.name.text().strip()
        grants = to_builtins(
            Grants(
                read_guests=self.read_guests.isChecked(),
                temporary_snapshots=self.snapshots.isChecked(),
                quarantine=self.quarantine.isChecked(),
            )
        )
        if self._connection is not None:
            await self._engine.call("edit_connection", id=self._connection.id, name=name, uri=uri, grants=grants)
        else:
            entity = await self._engine.call(
                "add_connection",
                uri=uri,
                name=name,
                secret=self.secret.text() or None,
                remember=self.remember.isChecked(),
                grants=None if provider_of(uri) == "demo" and not any(grants.values()) else grants,
            )
            self.added.emit(entity)
        self.accept()

    async def _try(self) -> None:
        answer = await self._engine.call(
            "test_connection", uri=self.uri.text().strip(), secret=self.secret.text() or None
        )
        state = State(answer.get("state", State.LIVE))
        if state is State.LIVE:
            self._say(self.tr("It answers: {0}").format(visible(str(answer.get("product", "")), 120)), Tone.GOOD)
        else:
            told = [CONNECTION[state].word, str(answer.get("reason", "")), str(answer.get("advice", ""))]
            self._say(
                ": ".join(visible(part) for part in told[:2] if part) + (f". {told[2]}" if told[2] else ""),
                Tone.WARNING,
            )
        self._idle()

    def _busy(self, text: str) -> None:
        self._say(text, Tone.MUTED)
        self.test.setEnabled(False)
        self.accept_button.setEnabled(False)

    def _idle(self) -> None:
        self.test.setEnabled(True)
        self.accept_button.setEnabled(True)

    def _failed(self, error: VmiError) -> None:
        self._say(error.message + (f"\n{error.advice}" if error.advice else ""), Tone.BAD)
        self._idle()

    def _say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        self.message.set_tone(tone)
        self.message.setText("\n".join(visible(line, 300) for line in text.split("\n")))
