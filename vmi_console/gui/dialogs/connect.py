"""Adds a connection, or changes one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QGroupBox,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vmi_console.addresses import LONGEST, masked
from vmi_console.collectors.provider import provider_of
from vmi_console.errors import ConnectionUriError, InputError, VmiError
from vmi_console.estate.records import Connection, Grants, State, to_builtins
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.dialogs.kinds import Kinds
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.link import Engine
from vmi_console.gui.runtime import Errand, Errands
from vmi_console.gui.states import CONNECTION
from vmi_console.gui.theme import GAP, GROUP, Tone
from vmi_console.plain_text import visible
from vmi_console.secrets import Secrets

WIDTH = 620
INDENT = 22  # of what is said about a check box: as far as its text


class ConnectDialog(QDialog):
    """`added` gives the id of a new connection. Errors appear in the dialog, which stays until it worked.

    `kind` is the provider to begin with, or `address` an address. Closing the dialog gives up what it began.
    """

    added = Signal(str)  # EntityId

    def __init__(
        self,
        parent: QWidget,
        engine: Engine,
        errands: Errands,
        connection: Connection | None = None,
        kind: str = "",
        address: str = "",
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._errands = errands
        self._connection = connection
        self._under_way: Errand | None = None
        self._keyring: Errand | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Add a connection") if connection is None else self.tr("Edit a connection"))
        self.setMinimumWidth(WIDTH)
        self._kinds = Kinds().all()
        self._make_fields()
        self._lay_out()
        self.kind.currentIndexChanged.connect(self._kind_chosen)
        self.uri.textEdited.connect(self._uri_typed)
        self.secret.textEdited.connect(self._tell_keeping)
        self.remember.toggled.connect(self._remember_toggled)
        if kind in self._kinds:
            self.kind.setCurrentIndex(list(self._kinds).index(kind))
        self._kind_chosen()
        if address:
            self.uri.setText(address)
            self._uri_typed(address)
        if connection is not None:
            self._show(connection)
        self.uri.setFocus()
        self.resize(self.sizeHint())  # by itself Qt makes no dialog higher than two thirds of the screen

    def _make_fields(self) -> None:
        self.kind = QComboBox()
        for name, kind in self._kinds.items():
            self.kind.addItem(kind.title, name)
        self.uri = QLineEdit(maxLength=LONGEST)
        self.help = PlainLabel(tone=Tone.MUTED).wrapped()
        self.name = QLineEdit(
            placeholderText=self.tr("as it is called in the tree; the address if left empty"), maxLength=200
        )
        self.secret = QLineEdit(echoMode=QLineEdit.EchoMode.Password)
        self.remember = QCheckBox(self.tr("Remember the password in the system keyring"))
        self.keeping = PlainLabel(tone=Tone.MUTED).wrapped()
        self.read_guests = QCheckBox(self.tr("Read guests: their disks and memory, from outside"))
        self.snapshots = QCheckBox(self.tr("Make temporary snapshots and backup jobs, to read disks consistently"))
        self.quarantine = QCheckBox(
            self.tr("Quarantine: isolate virtual machines from their networks, and release them")
        )
        self.grants = (self.read_guests, self.snapshots, self.quarantine)
        self.privileges = tuple(PlainLabel(tone=Tone.MUTED).wrapped() for _ in self.grants)
        self.message = PlainLabel().wrapped(lines=2)
        self.message.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.progress = QProgressBar(maximum=0, textVisible=False)  # nobody knows how long a host takes to answer
        self.progress.setAccessibleName(self.tr("Waiting for an answer"))
        self.progress.setFixedHeight(4)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.progress.hide()
        self.test = QPushButton(self.tr("Test"))
        self.test.setToolTip(self.tr("Try the address and password without adding anything"))
        self.test.setAutoDefault(False)
        self.accept_button = QPushButton(self.tr("Connect") if self._connection is None else self.tr("Save"))
        self.accept_button.setProperty("primary", True)
        self.accept_button.setDefault(True)

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setHorizontalSpacing(GROUP)
        form.setVerticalSpacing(GAP)
        form.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget], ...] = (
            (self.tr("&What"), self.kind),
            (self.tr("&Address"), self.uri),
            ("", self.help),
            (self.tr("&Name"), self.name),
            (self.tr("&Password"), self.secret),
            ("", self.remember),
            ("", self.keeping),
        )
        for number, (text, field) in enumerate(rows):
            if text:
                label = PlainLabel(text)
                label.setBuddy(field)
                form.addWidget(label, number, 0)
            form.addWidget(field, number, 1)
        grants = QGroupBox(self.tr("Beyond looking, the console may"))
        allowed = QVBoxLayout(grants)
        allowed.setSpacing(2)
        for box, privileges in zip(self.grants, self.privileges, strict=True):
            allowed.addWidget(box)
            privileges.setContentsMargins(INDENT, 0, 0, GAP)
            allowed.addWidget(privileges)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, GAP, 0)
        column.setSpacing(GROUP)
        column.addLayout(form)
        column.addWidget(grants)
        column.addStretch(1)
        scroll = _Scroll(body)
        buttons = Buttons(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.test, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.message)
        layout.addWidget(self.progress)
        layout.addWidget(buttons)
        self.test.clicked.connect(self._test)
        buttons.rejected.connect(self.reject)
        buttons.accepted.connect(self._accept)

    def done(self, result: int) -> None:
        self.secret.clear()
        for errand in (self._under_way, self._keyring):
            if errand is not None and result != QDialog.DialogCode.Accepted:
                errand.cancel()
        super().done(result)

    # --- what is typed --------------------------------------------------------------------------------------------

    def _kind_chosen(self) -> None:
        kind = self._kinds[self.kind.currentData()]
        examples = [each.example for each in self._kinds.values() if not each.takes_secret]
        self.uri.setPlaceholderText(kind.example)
        if not kind.takes_secret and not self.uri.text():
            self.uri.setText(kind.example)
        elif kind.takes_secret and self.uri.text() in examples:
            self.uri.clear()  # it was put there by this dialog
        self.help.setText(kind.help)
        for label, text in zip(self.privileges, kind.privileges, strict=True):
            label.setText(text)
        for box, text in zip(self.grants, kind.privileges, strict=True):
            box.setAccessibleDescription(text)
        self.secret.setEnabled(kind.takes_secret)
        self.remember.setEnabled(kind.takes_secret)
        self._tell_keeping()

    def _uri_typed(self, text: str) -> None:
        """The address says what it is an address of."""
        self._say("")
        self._mark(wrong=False)
        try:
            name = provider_of(text)
        except ConnectionUriError:
            return
        if name in self._kinds and name != self.kind.currentData():
            self.kind.setCurrentIndex(list(self._kinds).index(name))

    def _tell_keeping(self) -> None:
        """What becomes of the password: nobody should believe it is kept when it is not."""
        if not self.secret.isEnabled():
            text = self.tr("No password is needed.")
        elif self._connection is not None and not self.secret.text():
            text = self.tr("The password stays as it is unless you type another one.")
        elif self.remember.isChecked():
            text = self.tr("It is kept in the system keyring and nowhere else.")
        else:
            text = self.tr("It is not saved: the console asks for it again in each session.")
        self.keeping.set_tone(Tone.MUTED)
        self.keeping.setText(text)

    def _remember_toggled(self, remember: bool) -> None:
        self._tell_keeping()
        if remember and self._keyring is None:
            self._keyring = self._errands.run(self._ask_keyring(), self.tr("Look for the keyring"), quiet=True)

    async def _ask_keyring(self) -> None:
        """Finds out whether there is a keyring as soon as somebody wants one, and not when it is too late."""
        reason = await Secrets().available()
        self._keyring = None
        if reason is not None:
            self.remember.setChecked(False)
            self.remember.setEnabled(False)
            self.keeping.set_tone(Tone.WARNING)
            self.keeping.setText(
                self.tr("It cannot be saved: {0}. The console asks for it again in each session.").format(
                    visible(reason)
                )
            )

    def _show(self, connection: Connection) -> None:
        if connection.provider in self._kinds:
            self.kind.setCurrentIndex(list(self._kinds).index(connection.provider))
        self.uri.setText(connection.uri)
        self.name.setText(connection.name)
        self.read_guests.setChecked(connection.grants.read_guests)
        self.snapshots.setChecked(connection.grants.temporary_snapshots)
        self.quarantine.setChecked(connection.grants.quarantine)
        self._tell_keeping()

    # --- what is done ---------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        if self._valid():
            self._busy(self.tr("Saving…") if self._connection else self.tr("Connecting…"))
            name = self.tr("Save {0}") if self._connection else self.tr("Add {0}")
            self._under_way = self._errands.run(self._save(), name.format(self._shown_uri()), self._failed)

    def _test(self) -> None:
        """Begins a test, or gives up the one that is under way."""
        if self._under_way is not None:
            self._under_way.cancel()
            self._idle()
            self._say(self.tr("The test was stopped."), Tone.MUTED)
        elif self._valid():
            self._busy(self.tr("Trying…"), stoppable=True)
            self.test.setText(self.tr("Stop"))
            name = self.tr("Test {0}").format(self._shown_uri())
            self._under_way = self._errands.run(self._try(), name, self._failed)

    def _valid(self) -> bool:
        try:
            uri = self.uri.text().strip()
            if not uri:
                raise InputError(
                    self.tr("An address is missing."),
                    self.tr("For example {0}").format(self._kinds[self.kind.currentData()].example),
                )
            provider_of(uri)
        except InputError as error:
            self._failed(error)
            self._mark(wrong=True)
            self.uri.setFocus()
            return False
        return True

    async def _save(self) -> None:
        uri, name = self.uri.text().strip(), self.name.text().strip()
        secret = self.secret.text() or None
        grants = to_builtins(
            Grants(
                read_guests=self.read_guests.isChecked(),
                temporary_snapshots=self.snapshots.isChecked(),
                quarantine=self.quarantine.isChecked(),
            )
        )
        if self._connection is not None:
            entity, remember = self._connection.id, self.remember.isChecked()
            await self._engine.call("edit_connection", id=entity, name=name, uri=uri, grants=grants)
            if secret is not None:
                await self._engine.call("provide_secret", id=entity, secret=secret, remember=remember)
        else:
            entity = await self._engine.call(
                "add_connection",
                uri=uri,
                name=name,
                secret=secret,
                remember=self.remember.isChecked(),
                grants=None if provider_of(uri) == "demo" and not any(grants.values()) else grants,
            )
            self.added.emit(entity)
        self.accept()

    async def _try(self) -> None:
        answer = await self._engine.call(
            "test_connection", uri=self.uri.text().strip(), secret=self.secret.text() or None
        )
        self._idle()
        state = State(answer.get("state", State.LIVE))
        if state is State.LIVE:
            self._say(self.tr("It answers: {0}").format(visible(str(answer.get("product", "")), 120)), Tone.GOOD)
            return
        told = [CONNECTION[state].word, str(answer.get("reason", ""))]
        lines = [": ".join(visible(part) for part in told if part), visible(str(answer.get("advice", "")))]
        fingerprint = str((answer.get("certificate") or {}).get("fingerprint", ""))
        if fingerprint:
            lines[1] = self.tr("SHA-256 {0}. You can compare and judge it once you connect.").format(
                fingerprint.upper()
            )
        self._say("\n".join(filter(None, lines)), Tone.WARNING)

    def _shown_uri(self) -> str:
        return visible(masked(self.uri.text().strip()), 100)

    def _busy(self, text: str, *, stoppable: bool = False) -> None:
        self._say(text, Tone.MUTED)
        self.progress.show()
        self.test.setEnabled(stoppable)  # not even for a moment: the keyboard would go on to Cancel
        self.accept_button.setEnabled(False)

    def _idle(self) -> None:
        self._under_way = None
        self.progress.hide()
        self.test.setText(self.tr("Test"))
        self.test.setEnabled(True)
        self.accept_button.setEnabled(True)

    def _failed(self, error: VmiError) -> None:
        self._idle()
        self._say(error.message + (f"\n{error.advice}" if error.advice else ""), Tone.BAD)

    def _mark(self, *, wrong: bool) -> None:
        if bool(self.uri.property("wrong")) != wrong:
            self.uri.setProperty("wrong", wrong)
            self.uri.style().unpolish(self.uri)
            self.uri.style().polish(self.uri)

    def _say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        self.message.set_tone(tone)
        self.message.setText("\n".join(visible(line, 300) for line in text.split("\n")))


class _Scroll(QScrollArea):
    """As large as what is in it where the screen has the room; otherwise it scrolls, and the buttons stay in sight."""

    def __init__(self, body: QWidget) -> None:
        super().__init__()
        self._body = body
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }")

    def sizeHint(self) -> QSize:
        width = max(WIDTH - 2 * GROUP, self._body.minimumSizeHint().width() + GROUP)
        room = self.screen().availableGeometry().size() - QSize(2 * GROUP, 200)
        return QSize(width, self._body.heightForWidth(width - GROUP) + 2 * GROUP).boundedTo(room)

    def minimumSizeHint(self) -> QSize:
        return QSize(WIDTH // 2, 160)
