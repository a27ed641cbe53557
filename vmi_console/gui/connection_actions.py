"""What can be done to a connection: add, reconnect, enter a secret, judge a certificate, edit, remove."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMessageBox, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Connection, State
from vmi_console.gui.actions import Actions
from vmi_console.gui.dialogs.connect import ConnectDialog
from vmi_console.gui.dialogs.secret import SecretDialog
from vmi_console.gui.dialogs.trust import TrustDialog
from vmi_console.gui.link import Engine
from vmi_console.gui.offers import REASON
from vmi_console.gui.replica import Delta, Replica
from vmi_console.gui.runtime import Errands
from vmi_console.plain_text import visible


class ConnectionActions(QObject):
    """The actions, about the connection of the selection. What this window added is followed until it is settled."""

    added = Signal(str)  # EntityId

    def __init__(self, window: QWidget, replica: Replica, engine: Engine, errands: Errands) -> None:
        super().__init__(window)
        self._window = window
        self._replica = replica
        self._engine = engine
        self._errands = errands
        self._target: EntityId | None = None
        self._followed: set[EntityId] = set()
        make = partial(Actions(window).make, acts=True)
        self.add = make(
            self.tr("Add connection…"),
            self._add,
            self.tr("Connect another hypervisor"),
            QKeySequence.StandardKey.New,
            "add",
        )
        self.reconnect = make(
            self.tr("Reconnect"),
            self._reconnect,
            self.tr("End this connection and start it anew"),
            "Ctrl+R",
            "reconnect",
        )
        self.enter_secret = make(
            self.tr("Enter password…"),
            self._secret,
            self.tr("Give the connection its password"),
            "Ctrl+Shift+P",
            "state-credentials",
        )
        self.judge = make(
            self.tr("Review certificate…"),
            self._judge,
            self.tr("See what the endpoint showed, and judge"),
            "Ctrl+Shift+T",
            "state-trust",
        )
        self.edit = make(
            self.tr("Edit connection…"),
            self._edit,
            self.tr("Change its name, address, or what is allowed"),
            "Ctrl+E",
            "edit",
        )
        self.remove = make(
            self.tr("Remove connection…"),
            self._remove,
            self.tr("Forget this connection and its password"),
            "Ctrl+Del",
            "remove",
        )
        self.all = (self.reconnect, self.enter_secret, self.judge, self.edit, self.remove)
        replica.refreshed.connect(self._refreshed)
        replica.link_moved.connect(self._enable)
        self._enable()

    def show_entity(self, entity: EntityId | None) -> None:
        """The actions are about the connection through which this is seen."""
        self._target = self._replica.connection_of(entity) if entity is not None else None
        self._enable()

    @property
    def trouble(self) -> tuple[Connection, QAction] | None:
        """The selection's connection where something is wrong with it, and what a person can do about it."""
        connection = self._connection()
        if self._replica.review is not None:
            return None  # it was so then, and nobody can do anything about it
        if connection is None or connection.health.state in (State.LIVE, State.CONNECTING):
            return None
        if connection.health.state is State.TRUST and _can_be_judged(connection):
            return connection, self.judge
        if connection.health.state is State.CREDENTIALS:
            return connection, self.enter_secret
        if connection.health.state is State.UNSUPPORTED:
            return connection, self.edit
        return connection, self.reconnect

    def open_new(self, kind: str = "", address: str = "") -> None:
        """Asks for another connection, beginning with a provider or an address."""
        dialog = ConnectDialog(self._window, self._engine, self._errands, kind=kind, address=address)
        dialog.added.connect(self._follow)
        dialog.open()

    # --- actions --------------------------------------------------------------------------------------------------

    def _add(self) -> None:
        self.open_new()

    def _edit(self) -> None:
        if (connection := self._connection()) is not None:
            ConnectDialog(self._window, self._engine, self._errands, connection).open()

    def _reconnect(self) -> None:
        if (connection := self._connection()) is not None:
            self._reconnect_to(connection)

    def _reconnect_to(self, connection: Connection) -> None:
        name = self.tr("Reconnect {0}").format(visible(connection.name, 80))
        work = self._engine.call("reconnect", id=connection.id)
        self._errands.run(work, name, again=lambda: self._reconnect_to(connection))

    def _secret(self) -> None:
        if (connection := self._connection()) is not None:
            self._ask_secret(connection)

    def _ask_secret(self, connection: Connection) -> None:
        SecretDialog(self._window, connection, self._engine, self._errands).open()

    def _judge(self) -> None:
        if (connection := self._connection()) is not None:
            self._ask_trust(connection)

    def _ask_trust(self, connection: Connection) -> None:
        if _can_be_judged(connection):
            TrustDialog(self._window, connection, self._engine, self._errands).open()

    def _remove(self) -> None:
        if (connection := self._connection()) is None:
            return
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setTextFormat(box.textFormat().PlainText)
        box.setWindowTitle(self.tr("Remove connection"))
        box.setText(self.tr("Remove “{0}”?").format(visible(connection.name, 80)))
        box.setInformativeText(
            self.tr(
                "The console forgets its address, its password and what it shows of it now. Nothing happens to the"
                " hypervisor, and the history of changes stays."
            )
        )
        remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        remove.clicked.connect(
            lambda: self._errands.run(
                self._engine.call("remove_connection", id=connection.id),
                self.tr("Remove {0}").format(visible(connection.name, 80)),
            )
        )
        box.finished.connect(box.deleteLater)
        box.open()

    # --- keeping up -----------------------------------------------------------------------------------------------

    def _follow(self, entity: EntityId) -> None:
        self._followed.add(entity)
        self.added.emit(entity)

    def _refreshed(self, delta: Delta) -> None:
        if self._target in delta.before:
            self._enable()
        for entity in self._followed & delta.before.keys():
            connection = self._replica.records.get(entity)
            if not isinstance(connection, Connection) or connection.health.state is State.LIVE:
                self._followed.discard(entity)
            elif connection.health.state is State.CREDENTIALS:
                self._followed.discard(entity)
                self._ask_secret(connection)
            elif connection.health.state is State.TRUST:
                self._ask_trust(connection)  # a password may be asked for next

    def _connection(self) -> Connection | None:
        record = self._replica.records.get(self._target) if self._target is not None else None
        return record if isinstance(record, Connection) else None

    def _enable(self) -> None:
        """Enables what can be done now; what cannot, says why in the palette."""
        connection = self._connection()
        silent = "" if self._replica.link.up else self.tr("the engine does not answer")
        reasons = dict.fromkeys(self.all, silent or ("" if connection else self.tr("no connection is selected")))
        if connection is not None and not silent:
            if not _can_be_judged(connection):
                reasons[self.judge] = self.tr("no certificate waits to be judged")
            if connection.provider == "demo":
                reasons[self.enter_secret] = self.tr("a demo needs no password")
        for action, reason in {self.add: silent, **reasons}.items():
            action.setProperty(REASON, reason)
            action.setEnabled(not reason)


def _can_be_judged(connection: Connection) -> bool:
    """Whether it showed something that a person can compare; some libraries only say that they do not trust it."""
    certificate = connection.health.certificate
    return certificate is not None and bool(certificate.fingerprint)
