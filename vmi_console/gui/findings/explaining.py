"""Why there is a finding: the rule, what speaks against the VM, who changed it, why the VM is held to the policy."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vmi_console.errors import VmiError
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs import fitting
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.findings.describing import Descriptions
from vmi_console.gui.findings.looks import SEVERITY
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.gui.wording import moment
from vmi_console.plain_text import visible
from vmi_console.policy.explanations import PolicyExplained, RuleExplained
from vmi_console.policy.findings import Finding, Stage
from vmi_console.policy.waivers import Waiver

LONG = 1_000
LABEL = 132


class ExplainDialog(QDialog):
    """What is known here stands at once; the engine is asked for the rest. `policy_wanted`: to edit its policy."""

    policy_wanted = Signal(object)  # Finding

    def __init__(self, parent: QWidget, desk: Desk, finding: Finding) -> None:
        super().__init__(parent)
        self._desk = desk
        self._finding = finding
        self._descriptions = Descriptions(desk.replica, self)
        self.setWindowTitle(self.tr("Explain a finding"))
        fitting.resize(self, 780, 580)
        page = QWidget()
        page.setObjectName("sheet")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        self._column.setSpacing(GROUP)
        self._column.addLayout(self._heading())
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GROUP)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setColumnMinimumWidth(0, LABEL)
        self._grid.setColumnStretch(1, 1)
        self._column.addLayout(self._grid)
        self._say_what_is_known()
        self.message = PlainLabel(self.tr("Asking for the clauses…"), Tone.MUTED).wrapped()
        self._column.addWidget(self.message)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(page)
        buttons = Buttons(QDialogButtonBox.StandardButton.Close)
        in_force = any(each.name == finding.policy for each in desk.replica.verdicts.posture.policies)
        self.edit_button = QPushButton(self.tr("Edit the policy…"))
        self.edit_button.setAutoDefault(False)
        self.edit_button.setEnabled(in_force)
        buttons.addButton(self.edit_button, QDialogButtonBox.ButtonRole.ActionRole)
        foot = QHBoxLayout()
        foot.setContentsMargins(GROUP, GAP, GROUP, GROUP)
        foot.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area, 1)
        layout.addLayout(foot)
        buttons.rejected.connect(self.reject)
        self.edit_button.clicked.connect(self._edit)
        self.finished.connect(self.deleteLater)
        self._asking = desk.errands.run(self._ask(), self.tr("Explain a finding"), self._failed, quiet=True)
        self.finished.connect(lambda _: self._asking.cancel())

    def _heading(self) -> QHBoxLayout:
        finding = self._finding
        look = SEVERITY[finding.severity]
        picture = QLabel()
        picture.setFixedSize(QSize(24, 24))
        picture.setPixmap(icons.pixmap(look.icon, look.tone, 24, self.devicePixelRatioF()))
        rule = visible(finding.title or finding.rule, 160)
        title = PlainLabel(f"{self._descriptions.words.vm(finding)} · {rule}")
        title.setFont(title_font(self.font()))
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(picture)
        row.addWidget(title.wrapped(), 1)
        return row

    def _say_what_is_known(self) -> None:
        finding, words = self._finding, self._descriptions.words
        since = moment(finding.opened_at)
        if finding.reopened:
            since = self.tr("{0}, came back %Ln time(s)", "", finding.reopened).format(since)
        self._fact(self.tr("What there is"), words.evidence(finding))
        self._fact(self.tr("Severity"), SEVERITY[finding.severity].word)
        self._fact(self.tr("Policy"), visible(finding.policy, 160))
        self._fact(self.tr("Since"), since)
        self._fact(self.tr("Changed by"), words.cause(finding) if finding.origin else self.tr("not known"))
        self._fact(self.tr("Stage"), words.stage(finding))
        if (seen := finding.acknowledged) is not None:
            told = self.tr("{0}, {1}").format(visible(seen.by, 60), moment(seen.at))
            self._fact(self.tr("Acknowledged by"), f"{told}: {visible(seen.note, LONG)}" if seen.note else told)

    async def _ask(self) -> None:
        finding = self._finding
        engine = self._desk.engine
        answer = await engine.call("explain", vm=finding.vm, policy=finding.policy)
        waiver = None
        if finding.stage is Stage.WAIVED:
            waivers = msgspec.convert(await engine.call("waivers"), list[Waiver])
            waiver = next((each for each in waivers if each.id == finding.waiver), None)
        for told in msgspec.convert(answer, list[PolicyExplained]):
            rule = next((each for each in told.rules if each.key == finding.rule), None)
            self._show(told, rule, waiver)

    def _show(self, told: PolicyExplained, rule: RuleExplained | None, waiver: Waiver | None) -> None:
        self.message.hide()
        if waiver is not None:
            by = self.tr("{0}, until {1}").format(visible(waiver.by, 60), moment(waiver.expires_at))
            self._fact(self.tr("Waived by"), f"{by}: {visible(waiver.justification, LONG)}")
        if rule is not None:
            now = self._descriptions.told(rule)
            if now != self._descriptions.words.evidence(self._finding):
                self._fact(self.tr("Now"), f"{self._descriptions.verdict(rule).text} · {now}")
            self._fact(self.tr("Why it matters"), visible(rule.rationale, LONG))
            self._fact(self.tr("What to do"), visible(rule.remediation, LONG))
            self._fact(self.tr("See"), "\n".join(visible(each, 300) for each in rule.references))
        table = self._descriptions.clauses(told)
        title = PlainLabel(table.title)
        font = title.font()
        font.setBold(True)
        title.setFont(font)
        at = self._column.count() - 1
        self._column.insertWidget(at, LinesView(table))
        self._column.insertWidget(at, title)

    def _fact(self, label: str, value: str) -> None:
        if not value:
            return
        row = self._grid.rowCount()
        name = PlainLabel(label, Tone.MUTED)
        said = PlainLabel(value).wrapped()
        said.setTextInteractionFlags(said.textInteractionFlags().TextSelectableByMouse)
        said.setAccessibleName(f"{label}: {value}")
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(said, row, 1)

    def _edit(self) -> None:
        self.reject()
        self.policy_wanted.emit(self._finding)

    def _failed(self, error: VmiError) -> None:
        self.message.setText(visible(str(error), 400))
