"""What can be done about quarantine with what is selected; each action says why it cannot be done."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from vmi_console.collectors.quarantine import Mode
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Connection
from vmi_console.gui.actions import Actions
from vmi_console.gui.desk import Desk
from vmi_console.gui.findings.lines import FindingWords
from vmi_console.gui.findings.looks import worst_first
from vmi_console.gui.offers import REASON
from vmi_console.gui.quarantine.confirming import QuarantineDialog
from vmi_console.gui.quarantine.isolating_several import QuarantineSeveralDialog, Suspect
from vmi_console.gui.quarantine.releasing import ReleaseDialog
from vmi_console.gui.quarantine.releasing_several import Held, ReleaseSeveralDialog
from vmi_console.gui.replica import Delta
from vmi_console.gui.wording import number
from vmi_console.plain_text import visible
from vmi_console.response.quarantine import Quarantine, Stage

LONGEST_REASON = 300
MOST_AT_ONCE = 100
"""VMs in one confirmation: more of them nobody reads."""

WAITING = Stage.ASKED, Stage.COUNTDOWN
OPEN = Stage.UNDONE, Stage.PARTLY


class QuarantineActions(QObject):
    """They are about the VMs that are selected, one or several."""

    def __init__(self, window: QWidget, desk: Desk) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._targets: tuple[EntityId, ...] = ()
        self._concerns: frozenset[EntityId] = frozenset()
        make = partial(Actions(window).make, acts=True)
        self.quarantine = make(
            self.tr("Quarantine…"),
            self._quarantine,
            self.tr("Take the selected VMs from the network: first see what would happen, and whether it would hold"),
            "Ctrl+Shift+Q",
            "lock",
        )
        self.release = make(
            self.tr("Release…"),
            self._release,
            self.tr("Give the selected VMs back exactly as they were"),
            "Ctrl+Shift+L",
            "unlock",
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

    def show_entities(self, entities: Iterable[EntityId]) -> None:
        """The actions are about these, as far as they are VMs."""
        self._targets = tuple(entities)
        connections = (self._desk.replica.connection_of(each) for each in self._targets)
        self._concerns = frozenset((*self._targets, *(each for each in connections if each is not None)))
        self._enable()

    # --- what is done ---------------------------------------------------------------------------------------------

    def _quarantine(self) -> None:
        self.ask_about([vm.id for vm in self._vms()])

    def ask_about(self, entities: Iterable[EntityId]) -> None:
        """Opens the dialog for one VM, or that for several."""
        found = (self._desk.replica.records.get(each) for each in dict.fromkeys(entities))
        vms = [vm for vm in found if isinstance(vm, VM)][:MOST_AT_ONCE]  # the rest can be asked about afterwards
        if len(vms) == 1:
            self.ask(vms[0].id)
        elif vms:
            suspects = [Suspect(vm, self._barred(vm)) for vm in vms]
            modes = {one.mode for vm in vms if (one := self._desk.replica.quarantines.of(vm.id)) is not None}
            mode = modes.pop() if len(modes) == 1 else Mode.ISOLATE
            QuarantineSeveralDialog(self._window, self._desk, suspects, mode, self._common_reason(vms)).open()

    def ask(self, entity: EntityId) -> None:
        """Opens the dialog for a VM; what a policy proposed, and the worst finding, stand in it already."""
        vm = self._desk.replica.records.get(entity)
        if not isinstance(vm, VM):
            return
        proposed = self._desk.replica.quarantines.of(entity)
        if proposed is not None:
            QuarantineDialog(self._window, self._desk, vm, proposed.mode, proposed.reason).open()
            return
        QuarantineDialog(self._window, self._desk, vm, reason=self._reason(vm)).open()

    def _reason(self, vm: VM) -> str:
        worst = worst_first(self._desk.replica.verdicts.open_of(vm.id))[:1]
        words = FindingWords(self._desk.replica, self)
        return "".join(visible(f"{one.policy}: {words.evidence(one)}", LONGEST_REASON) for one in worst)

    def _common_reason(self, vms: Iterable[VM]) -> str:
        """What all of them have in common that is wrong; empty where that is nothing."""
        shared: set[str] | None = None
        for vm in vms:
            found = self._desk.replica.verdicts.open_of(vm.id)
            wrong = {f"{one.policy}: {one.title or one.rule}" for one in found}
            shared = wrong if shared is None else shared & wrong
        return visible(min(shared), LONGEST_REASON) if shared else ""

    def _release(self) -> None:
        held = [one for one in self._standing() if one.stage not in WAITING]
        if len(held) == 1:
            ReleaseDialog(self._window, self._desk, held[0]).open()
        elif held:
            items = [Held(one, self._forbidden(one.vm)) for one in held[:MOST_AT_ONCE]]
            ReleaseSeveralDialog(self._window, self._desk, items).open()

    def _reassert(self) -> None:
        for one in self._standing():
            if one.stage in OPEN and not self._forbidden(one.vm):
                name = self.tr("Isolate {0} again").format(visible(one.vm_name, 60))
                self._desk.errands.run(self._desk.engine.call("reassert", vm=one.vm), name)

    def _stop(self) -> None:
        for one in self._standing():
            if one.stage in WAITING:
                self.stop_one(one)

    def stop_one(self, one: Quarantine) -> None:
        """Stops a countdown, or drops a proposal."""
        name = self.tr("Stop the quarantine of {0}").format(visible(one.vm_name, 60))
        self._desk.errands.run(self._desk.engine.call("stop_countdown", id=one.id), name)

    # --- what can be done -----------------------------------------------------------------------------------------

    def _vms(self) -> list[VM]:
        records = (self._desk.replica.records.get(each) for each in self._targets)
        return [record for record in records if isinstance(record, VM)]

    def _standing(self) -> list[Quarantine]:
        found = (self._desk.replica.quarantines.of(each) for each in self._targets)
        return [one for one in found if one is not None]

    def _forbidden(self, vm: EntityId) -> str:
        replica = self._desk.replica
        connection = replica.records.get(replica.connection_of(vm) or vm)
        may = isinstance(connection, Connection) and connection.grants.quarantine
        return "" if may else self.tr("“may quarantine” is not granted for the connection")

    def _barred(self, vm: VM) -> str:
        """Why one VM cannot be put into quarantine, whatever one sees of it."""
        one = self._desk.replica.quarantines.of(vm.id)
        locked = one is not None and one.stage not in (*WAITING, Stage.FOUND)
        return self.tr("it is in quarantine already") if locked else self._forbidden(vm.id)

    def _refreshed(self, delta: Delta) -> None:
        if not self._concerns.isdisjoint(delta.before):
            self._enable()

    def _enable(self) -> None:
        waiting = {one.stage for one in self._standing() if one.stage in WAITING}
        self.stop.setText(self.tr("Drop the proposal") if waiting == {Stage.ASKED} else self.tr("Stop the countdown"))
        for action, reason in self._reasons().items():
            action.setProperty(REASON, reason)
            action.setEnabled(not reason)

    def _reasons(self) -> dict[QAction, str]:
        """Why each of them cannot be done; empty where it can."""
        if not self._desk.replica.link.up:
            return dict.fromkeys(self.all, self.tr("the engine does not answer"))
        vms, standing = self._vms(), self._standing()
        held = [one for one in standing if one.stage not in WAITING]
        undone = [one for one in standing if one.stage in OPEN]
        waiting = any(one.stage in WAITING for one in standing)
        return {
            self.quarantine: self._against(vms),
            self.release: self._unless(held, self.tr("it is not in quarantine")),
            self.reassert: self._unless(undone, self.tr("nothing was undone")),
            self.stop: "" if waiting else self.tr("no countdown is running"),
        }

    def _against(self, vms: list[VM]) -> str:
        if not vms:
            return self.tr("no VM is selected")
        if len(vms) > MOST_AT_ONCE:
            said = self.tr("{0} VMs are selected, and {1} can be confirmed at once")
            return said.format(number(len(vms)), number(MOST_AT_ONCE))
        barred = [self._barred(vm) for vm in vms]
        return "" if "" in barred else barred[0]

    def _unless(self, some: list[Quarantine], none: str) -> str:
        forbidden = [self._forbidden(one.vm) for one in some]
        return none if not some else "" if "" in forbidden else forbidden[0]
