"""Asks whether what VMs have drifted to is to be known as good from now on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.dialogs.fitting import fit
from vmi_console.gui.findings.decisions import Decisions, Drifted
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.panes.sheet import Cell, Line, Table
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.plain_text import visible
from vmi_console.policy.findings import Finding, Stage

DRIFT = "baseline"
"""The kind of check of findings that are drift from a baseline."""


class Standing(msgspec.Struct, frozen=True):
    """What is needed of `engine.policy_commands.BaselineStanding`."""

    name: str
    policy: str
    file: str = ""
    gold: str = ""


class AcceptDialog(QDialog):
    """The whole present state of a VM is taken: every other drift of it is on show, too, and accepted with it.

    `policy_wanted` is a file: the baseline is rather to be edited.
    """

    policy_wanted = Signal(str)

    def __init__(self, parent: QWidget, desk: Desk, findings: Sequence[Finding], decisions: Decisions) -> None:
        super().__init__(parent)
        self._desk = desk
        self._decisions = decisions
        self._findings = [finding for finding in findings if finding.check == DRIFT]
        self._accepted: list[Drifted] = []
        self._file = ""
        self.setWindowTitle(self.tr("Accept as new baseline"))
        self.setMinimumWidth(680)
        vms = len({finding.vm for finding in self._findings})
        title = PlainLabel(self.tr("Accept %Ln VM(s) as known to be good", "", vms))
        title.setFont(title_font(self.font()))
        columns = self.tr("VM"), self.tr("Baseline"), self.tr("What it drifted to")
        self.drift = LinesView(Table(self.tr("Drift"), columns, (18, 22, 60), tuple(self._lines()), ""))
        self.effect = PlainLabel(
            self.tr(
                "The whole present state of these VMs takes the place of what was known to be good. That cannot be"
                " undone: what was taken before is given up."
            )
        ).wrapped()
        self.message = PlainLabel(self.tr("Looking at the baselines…"), Tone.MUTED).wrapped()
        buttons = Buttons()
        self.accept_button = QPushButton(self.tr("Accept"))
        self.accept_button.setAutoDefault(False)
        self.accept_button.setEnabled(False)
        self.edit_button = QPushButton(self.tr("Edit the baseline…"))
        self.edit_button.setAutoDefault(False)
        buttons.addButton(self.edit_button, QDialogButtonBox.ButtonRole.ActionRole)
        self.edit_button.hide()
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel).setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        for part in (title, self.drift, self.effect, self.message, buttons):
            layout.addWidget(part)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        self.edit_button.clicked.connect(self._edit)
        self.finished.connect(self.deleteLater)
        self._asking = desk.errands.run(self._ask(), self.tr("Look at the baselines"), self._failed, quiet=True)
        self.finished.connect(lambda _: self._asking.cancel())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit(self)

    def _lines(self) -> Iterator[Line]:
        """All unresolved drift of the VMs from these baselines, whether it was selected or not."""
        concerned = dict.fromkeys((finding.vm, finding.policy) for finding in self._findings)
        for vm, policy in concerned:
            for each in self._desk.replica.verdicts.of_vm(vm):
                if each.policy == policy and each.check == DRIFT and each.stage is not Stage.RESOLVED:
                    name, told = visible(each.vm_name, 80), visible(each.evidence or each.title, 300)
                    yield Line(each.id, (Cell(name), Cell(visible(policy, 80), tone=Tone.MUTED), Cell(told)))

    async def _ask(self) -> None:
        told = msgspec.convert(await self._desk.engine.call("baselines") or [], list[Standing])
        by_policy = {each.policy: each for each in told}
        held = {finding.policy: by_policy.get(finding.policy) for finding in self._findings}
        missing = [policy for policy, standing in held.items() if standing is None]
        if missing:
            self._say(self.tr("“{0}” is no longer in force.").format(visible(missing[0], 80)), Tone.BAD)
            return
        for policy, standing in held.items():
            assert standing is not None
            vms = tuple(dict.fromkeys(each.vm for each in self._findings if each.policy == policy))
            self._file = standing.file
            if standing.gold and not all(self._is_gold(vm, standing.gold) for vm in vms):
                said = self.tr(
                    "These VMs are held against the gold VM “{0}”: bring them to its state, or choose another gold VM"
                    " in the baseline."
                )
                self._say(said.format(visible(standing.gold, 80)), Tone.WARNING)
                self.edit_button.setVisible(bool(standing.file))
                return
            self._accepted.append(Drifted(standing.name, vms))
        gold = any(standing is not None and standing.gold for standing in held.values())
        said = self.tr("It is the gold VM: all members are held against its present state from then on.")
        self._say(said if gold else "", Tone.WARNING)
        self.accept_button.setEnabled(True)

    def _is_gold(self, vm: EntityId, gold: str) -> bool:
        record = self._desk.replica.records.get(vm)
        return vm == gold or (record is not None and record.name == gold)

    def _say(self, text: str, tone: Tone) -> None:
        self.message.set_tone(tone)
        self.message.setText(text)
        self.message.setVisible(bool(text))
        fit(self)

    def _accept(self) -> None:
        self.accept_button.setEnabled(False)
        self._decisions.accept_drift(self._accepted, self.accept, self._failed)

    def _edit(self) -> None:
        self.reject()
        self.policy_wanted.emit(self._file)

    def _failed(self, error: VmiError) -> None:
        self._say(visible(str(error), 400), Tone.BAD)
        self.accept_button.setEnabled(bool(self._accepted))
