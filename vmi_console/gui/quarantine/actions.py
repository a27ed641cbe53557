"""What can be done about quarantine with what is selected; each action says why it cannot be done."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Connection
from vmi_console.gui.actions import Actions
from vmi_console.gui.desk import Desk
from vmi_console.gui.findings.lines import FindingWords
from vmi_console.gui.findings.looks import worst_first
from vmi_console.gui.offers import REASON
from vmi_console.gui.quarantine.confirming import QuarantineDialog
from vmi_console.gui.quarantine.releasing import ReleaseDialog
from vmi_console.gui.replica import Delta
from vmi_console.plain_text import visible
from vmi_console.response.quarantine import Quarantine, Stage

LONGEST_REASON = 300


class QuarantineActions(QObject):
    """They are about one VM: the one that leads the selection."""

    def __init__(self, window: QWidget, desk: Desk) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._target: EntityId | None = None
        make = Actions(window).make
        self.quarantine = make(
            self.tr("Quarantine…"),
            self._quarantine,
            self.tr("Take the VM from the network: first see what would happen, and whether it would hold"),
            "Ctrl+Shift+Q",
            "lock",
        )
        self.release = make(
            self.tr("Release…"), self._release, self.tr("Give the VM back exactly as it was"), "Ctrl+Shift+L", "unlock"
        )
        self.reassert = make(
            self.tr("Isolate again"), self._reassert, self.tr("Close again what somebody opened"), None, "reconnect"
        )
        self.stop = make(
            self.tr("Stop the countdown"),
            self._stop,
            self.tr("The policy's quarantine of this VM does not begin; a proposal is dropped"),
            None,
            "stop",
        )
        self.all: tuple[QAction, ...] = (self.quarantine, self.release, self.reassert, self.stop)
        desk.replica.refreshed.connect(self._refreshed)
        desk.replica.link_moved.connect(self._enable)
        desk.replica.quarantines.moved.connect(self._enable)
        self._enable()

    def show_entity(self, entity: EntityId | None) -> None:
        """The actions are about this VM, if it is one."""
        self._target = entity
        self._enable()

    # --- what is done ---------------------------------------------------------------------------------------------

    def _quarantine(self) -> None:
        if (vm := self._vm()) is not None:
            self.ask(vm.id)

    def ask(self, entity: EntityId) -> None:
        """Opens the dialog for a VM; what a policy proposed, and the worst finding, stand in it already."""
        vm = self._desk.replica.records.get(entity)
        if not isinstance(vm, VM):
            return
        proposed = self._desk.replica.quarantines.of(entity)
        if proposed is not None:
            QuarantineDialog(self._window, self._desk, vm, proposed.mode, proposed.reason).open()
            return
        worst = worst_first(self._desk.replica.verdicts.open_of(entity))[:1]
        words = FindingWords(self._desk.replica, self)
        reason = "".join(visible(f"{one.policy}: {words.evidence(one)}", LONGEST_REASON) for one in worst)
        QuarantineDialog(self._window, self._desk, vm, reason=reason).open()

    def _release(self) -> None:
        if (one := self._standing()) is not None:
            ReleaseDialog(self._window, self._desk, one).open()

    def _reassert(self) -> None:
        if (one := self._standing()) is not None:
            name = self.tr("Isolate {0} again").format(visible(one.vm_name, 60))
            self._desk.errands.run(self._desk.engine.call("reassert", vm=one.vm), name)

    def _stop(self) -> None:
        if (one := self._standing()) is not None:
            self.stop_one(one)

    def stop_one(self, one: Quarantine) -> None:
        """Stops a countdown, or drops a proposal."""
        name = self.tr("Stop the quarantine of {0}").format(visible(one.vm_name, 60))
        self._desk.errands.run(self._desk.engine.call("stop_countdown", id=one.id), name)

    # --- what can be done -----------------------------------------------------------------------------------------

    def _vm(self) -> VM | None:
        record = self._desk.replica.records.get(self._target) if self._target is not None else None
        return record if isinstance(record, VM) else None

    def _standing(self) -> Quarantine | None:
        return self._desk.replica.quarantines.of(self._target) if self._target is not None else None

    def _refreshed(self, delta: Delta) -> None:
        connection = self._desk.replica.connection_of(self._target) if self._target is not None else None
        if self._target in delta.before or connection in delta.before:
            self._enable()

    def _enable(self) -> None:
        for action, reason in self._reasons().items():
            action.setProperty(REASON, reason)
            action.setEnabled(not reason)

    def _reasons(self) -> dict[QAction, str]:
        """Why each of them cannot be done; empty where it can."""
        replica = self._desk.replica
        vm, one = self._vm(), self._standing()
        if not replica.link.up:
            return dict.fromkeys(self.all, self.tr("the engine does not answer"))
        connection = replica.records.get(replica.connection_of(vm.id) or vm.id) if vm is not None else None
        may = isinstance(connection, Connection) and connection.grants.quarantine
        forbidden = "" if may else self.tr("“may quarantine” is not granted for the connection")
        locked = one is not None and one.stage not in (Stage.ASKED, Stage.COUNTDOWN, Stage.FOUND)
        out = self.tr("it is not in quarantine")
        no_vm = self.tr("no VM is selected")
        waiting = one is not None and one.stage in (Stage.ASKED, Stage.COUNTDOWN)
        undone = one is not None and one.stage in (Stage.UNDONE, Stage.PARTLY)
        return {
            self.quarantine: no_vm if vm is None else self.tr("it is in quarantine already") if locked else forbidden,
            self.release: forbidden if locked or (one is not None and one.stage is Stage.FOUND) else out,
            self.reassert: forbidden if undone else self.tr("nothing was undone"),
            self.stop: "" if waiting else self.tr("no countdown is running"),
        }
