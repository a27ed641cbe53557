"""Asks what may be so, for whom, why, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum

import msgspec
from PySide6.QtCore import QDate
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.engine.protocol import DocumentText
from vmi_console.errors import VmiError
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.dialogs.fitting import fit
from vmi_console.gui.findings.acknowledging import named
from vmi_console.gui.findings.decisions import Decisions, WaiverTerms
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.plain_text import visible
from vmi_console.policy.findings import Finding

DAYS = 30
SPANS = 7, 30, 90


class Scope(Enum):
    """What a waiver covers beside the finding at hand."""

    RULE_OF_VM = "rule of vm"
    VM = "vm"
    GROUP = "group"
    RULE = "rule"


class WaiveDialog(QDialog):
    """Cannot be accepted without a justification."""

    def __init__(self, parent: QWidget, desk: Desk, findings: Sequence[Finding], decisions: Decisions) -> None:
        super().__init__(parent)
        self._desk = desk
        self._findings = findings
        self._decisions = decisions
        self.setWindowTitle(self.tr("Waive"))
        self.setMinimumWidth(520)
        title = PlainLabel(self.tr("Waive %Ln finding(s)", "", len(findings)))
        title.setFont(title_font(self.font()))
        self._make_fields()
        self.message = PlainLabel(tone=Tone.BAD).wrapped()
        self.message.hide()
        buttons = Buttons(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = QPushButton(self.tr("Waive"))
        self.accept_button.setProperty("primary", True)
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        form = QFormLayout()
        form.setHorizontalSpacing(GROUP)
        form.setVerticalSpacing(GAP)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("Covers"), self.scope)
        form.addRow(self.tr("Group"), self.group)
        form.addRow(self.tr("Because"), self.why)
        ends = QHBoxLayout()
        ends.setSpacing(GAP)
        ends.addWidget(self.until)
        for days in SPANS:
            span = QPushButton(self.tr("{0} d").format(days))
            span.setToolTip(self.tr("Ends in %Ln day(s)", "", days))
            span.setAccessibleName(self.tr("Ends in %Ln day(s)", "", days))
            span.setAutoDefault(False)
            span.setMinimumWidth(span.sizeHint().width())
            span.clicked.connect(lambda _, days=days: self.until.setDate(QDate.currentDate().addDays(days)))
            ends.addWidget(span)
        ends.addStretch(1)
        form.addRow(self.tr("Until"), ends)
        self._form = form
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(title)
        layout.addWidget(PlainLabel(named(findings), Tone.MUTED).wrapped())
        layout.addLayout(form)
        layout.addWidget(self.effect)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        self.scope.currentIndexChanged.connect(self._tell)
        self.why.textChanged.connect(self._tell)
        self.group.currentIndexChanged.connect(self._tell)
        self.why.setFocus()
        self._tell()
        desk.errands.run(self._ask_groups(), self.tr("List the groups"), lambda _: None, quiet=True)

    def _make_fields(self) -> None:
        vms = {finding.vm for finding in self._findings}
        vm = visible(self._findings[0].vm_name, 60) if len(vms) == 1 else self.tr("each of %Ln VM(s)", "", len(vms))
        rules = {(finding.policy, finding.rule) for finding in self._findings}
        first = self._findings[0]
        rule = f"{visible(first.policy, 60)} · {visible(first.title or first.rule, 60)}"
        rule = rule if len(rules) == 1 else self.tr("each of %Ln rule(s)", "", len(rules))
        self.scope = QComboBox()
        for scope, text in (
            (Scope.RULE_OF_VM, self.tr("Only this: {0} on {1}").format(rule, vm)),
            (Scope.VM, self.tr("Everything on {0}").format(vm)),
            (Scope.RULE, self.tr("{0} on every VM").format(rule)),
            (Scope.GROUP, self.tr("{0} on a group").format(rule)),
        ):
            self.scope.addItem(text, scope)
        self.group = QComboBox()
        self.why = QPlainTextEdit()
        self.why.setPlaceholderText(self.tr("Why it may be so: a ticket, a plan, a reason that others understand"))
        self.why.setTabChangesFocus(True)
        self.why.setFixedHeight(4 * self.fontMetrics().lineSpacing() + GROUP)
        self.until = QDateEdit(QDate.currentDate().addDays(DAYS))
        self.until.setDisplayFormat("yyyy-MM-dd")  # as dates are written everywhere here
        self.until.setCalendarPopup(True)
        self.until.setMinimumDate(QDate.currentDate().addDays(1))
        self.effect = PlainLabel(tone=Tone.MUTED).wrapped(lines=2)
        for part, name in (
            (self.scope, self.tr("Covers")),
            (self.group, self.tr("Group")),
            (self.why, self.tr("Because")),
            (self.until, self.tr("Until")),
        ):
            part.setAccessibleName(name)

    async def _ask_groups(self) -> None:
        documents = msgspec.convert(await self._desk.engine.call("policies") or [], list[DocumentText])
        for name in sorted(each.name for each in documents if each.kind == "group"):
            self.group.addItem(visible(name, 80), name)

    @property
    def _scope(self) -> Scope:
        scope = self.scope.currentData()
        assert isinstance(scope, Scope)
        return scope

    def terms(self) -> list[WaiverTerms]:
        """The waivers that what was entered comes to."""
        day = self.until.date()
        end = datetime(day.year(), day.month(), day.day()).astimezone() + timedelta(days=1)
        why = self.why.toPlainText().strip()
        made: dict[WaiverTerms, None] = {}
        for each in self._findings:
            scope = self._scope
            of_rule = scope is not Scope.VM
            terms = WaiverTerms(
                justification=why,
                expires_at=end.astimezone(UTC),
                vm=each.vm if scope in (Scope.RULE_OF_VM, Scope.VM) else None,
                group=str(self.group.currentData() or "") if scope is Scope.GROUP else "",
                policy=each.policy if of_rule else "",
                rule=each.rule if of_rule else "",
            )
            made[terms] = None
        return list(made)

    def covered(self) -> int | None:
        """How many findings that are open now it would cover; None where only the engine knows."""
        if self._scope is Scope.GROUP:
            return None
        terms = self.terms()
        return sum(
            finding.is_open
            and any(
                (each.vm is None or each.vm == finding.vm)
                and (not each.policy or (each.policy, each.rule) == (finding.policy, finding.rule))
                for each in terms
            )
            for finding in self._desk.replica.verdicts.findings.values()
        )

    def _tell(self) -> None:
        of_group = self._scope is Scope.GROUP
        self._form.setRowVisible(self.group, of_group)
        complete = bool(self.why.toPlainText().strip()) and (not of_group or bool(self.group.currentData()))
        self.accept_button.setEnabled(complete)
        covered = self.covered()
        told = self.tr("Until then nobody is asked about %Ln open finding(s).", "", covered) if covered else ""
        also = self.tr("What is waived still counts against the score, and anybody can see why.")
        self.effect.setText(f"{told} {also}".strip())
        if self.isVisible():
            fit(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit(self)

    def _accept(self) -> None:
        self.accept_button.setEnabled(False)
        self._decisions.waive(self.terms(), self.accept, self._failed)

    def _failed(self, error: VmiError) -> None:
        self.message.setText(visible(str(error), 400))
        self.message.show()
        self.accept_button.setEnabled(True)
