"""The dialog before a quarantine: what will be changed, whether it will hold, whom it hits. Cancel is the default."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.collectors.quarantine import Mode
from vmi_console.errors import VmiError
from vmi_console.estate.records import VM
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs.buttons import Buttons
from vmi_console.gui.dialogs.fitting import fit
from vmi_console.gui.findings.lines import FindingWords
from vmi_console.gui.findings.looks import worst_first
from vmi_console.gui.labels import PlainLabel, separator
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.quarantine.looks import STAGE, QuarantineWords
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.gui.wording import UNKNOWN, Wording
from vmi_console.plain_text import visible
from vmi_console.response.plan import Plan
from vmi_console.response.quarantine import Stage

EVIDENCE = 3
HITS = 3  # lines


class QuarantineDialog(QDialog):
    """A plan is made anew for each mode; only one that was shown can be confirmed, with a reason."""

    def __init__(self, parent: QWidget, desk: Desk, vm: VM, mode: Mode = Mode.ISOLATE, reason: str = "") -> None:
        super().__init__(parent)
        self._desk = desk
        self._vm = vm
        self._plan: Plan | None = None
        self._asking: Errand | None = None
        self._words = QuarantineWords(self)
        name = visible(vm.name, 80)
        self.setWindowTitle(self.tr("Quarantine"))
        self.setMinimumWidth(700)
        title = PlainLabel(self.tr("Quarantine {0}").format(name))
        title.setFont(title_font(self.font()))
        self._make_fields(mode, reason)
        self._make_plan()
        self.message = PlainLabel(tone=Tone.BAD).wrapped()
        self.message.hide()
        buttons = Buttons()
        self.accept_button = QPushButton(self.tr("Quarantine {0}").format(visible(vm.name, 40)))
        self.accept_button.setAutoDefault(False)
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        cancel.setDefault(True)
        evidence = PlainLabel("\n".join(self._evidence()) or self.tr("no open finding")).wrapped()
        form = QGridLayout()
        form.setHorizontalSpacing(GROUP)
        form.setVerticalSpacing(GAP)
        form.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget], ...] = (
            (self.tr("Mode"), self.mode),
            (self.tr("Reason"), self.reason),
            (self.tr("Evidence"), evidence),
            (self.tr("Whom it hits"), self.radius),
        )
        for place, (label, part) in enumerate(rows):
            beside = Qt.AlignmentFlag.AlignTop if isinstance(part, PlainLabel) else Qt.AlignmentFlag.AlignVCenter
            form.addWidget(PlainLabel(label), place, 0, beside)
            form.addWidget(part, place, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        layout.setSpacing(GAP)
        layout.addWidget(title)
        layout.addSpacing(GAP)
        layout.addLayout(form)
        layout.addSpacing(GAP)
        layout.addWidget(separator())
        layout.addSpacing(GAP)
        layout.addLayout(self._verdict_row())
        for part in (self.warnings, self._steps_title, self.steps, self._ways_title, self.ways):
            layout.addWidget(part)
        layout.addSpacing(GAP)
        layout.addWidget(self.reassert)
        layout.addWidget(self.undone)
        layout.addWidget(self.message)
        layout.addWidget(buttons)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        self.mode.currentIndexChanged.connect(self._ask)
        self.reason.textChanged.connect(self._enable)
        self.reason.setFocus()
        self._enable()
        self._ask()

    # --- parts ----------------------------------------------------------------------------------------------------

    def _make_fields(self, mode: Mode, reason: str) -> None:
        self.mode = self._words.mode_box(mode)
        self.reason = QLineEdit(reason)
        self.reason.setPlaceholderText(self.tr("Why: it is written down, and left with the VM"))
        self.reason.setAccessibleName(self.tr("Reason"))
        self.radius = PlainLabel("\n".join(self._hits(None))).wrapped()
        self.radius.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.radius.setMinimumHeight(HITS * self.fontMetrics().lineSpacing() + GAP)
        self.reassert = QCheckBox(self.tr("If somebody undoes it, do it again"))

    def _make_plan(self) -> None:
        self.ways = LinesView(self._words.channels(()))
        self.steps = PlainLabel().wrapped()
        self._steps_title = _strong(self.tr("What will be changed"))
        self._ways_title = _strong(self.tr("Will it hold?"))
        self.warnings = PlainLabel(tone=Tone.WARNING).wrapped()
        self.undone = PlainLabel(
            self.tr("How it is now is written down first. “Release” puts it back exactly, or says why it cannot."),
            Tone.MUTED,
        ).wrapped()

    def _verdict_row(self) -> QHBoxLayout:
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(icons.SIZE, icons.SIZE))
        self.verdict = PlainLabel().wrapped()
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self._picture)
        row.addWidget(self.verdict, 1)
        return row

    def _evidence(self) -> Iterator[str]:
        words = FindingWords(self._desk.replica, self)
        for finding in worst_first(self._desk.replica.verdicts.open_of(self._vm.id))[:EVIDENCE]:
            yield f"{words.evidence(finding)} · {words.cause(finding)}" if finding.origin else words.evidence(finding)

    def _hits(self, plan: Plan | None) -> Iterator[str]:
        """What stops working, and how many are in quarantine already."""
        wording = Wording(self._desk.replica)
        vm = self._vm
        networks = dict.fromkeys(
            wording.name(nic.network) if nic.network else visible(nic.network_name or UNKNOWN, 60) for nic in vm.nics
        )
        addresses = [address.ip for nic in vm.nics for address in nic.addresses]
        cards = self.tr("%Ln network card(s)", "", len(vm.nics))
        told = self.tr("{0} on {1}").format(cards, ", ".join(networks)) if networks else cards
        yield " · ".join(filter(None, (told, visible(", ".join(addresses), 120))))
        about = [*vm.tags, *(f"{key}: {value}" for key, value in vm.attributes.items())]
        if about:
            yield visible(", ".join(about), 160)
        if plan is not None:
            yield self.tr("%Ln VM(s) in quarantine already", "", plan.in_quarantine)

    # --- the plan -------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Makes a plan for the mode that is chosen; what was shown before no longer counts."""
        self._plan = None
        self._say("state-connecting", Tone.MUTED, self.tr("Looking at the VM…"))
        for part in (self.warnings, self._steps_title, self.steps, self._ways_title, self.ways):
            part.hide()
        self._enable()
        if self._asking is not None:
            self._asking.cancel()
        name = self.tr("Plan a quarantine of {0}").format(visible(self._vm.name, 60))
        self._asking = self._desk.errands.run(
            self._fetch(Mode(self.mode.currentData())), name, self._refused, quiet=True
        )

    async def _fetch(self, mode: Mode) -> None:
        answer = await self._desk.engine.call("quarantine_plan", vm=self._vm.id, mode=mode.value)
        self._show(msgspec.convert(answer, Plan))

    def _show(self, plan: Plan) -> None:
        self._plan = plan
        if plan.problems:
            self._say("state-unsupported", Tone.BAD, self.tr("It cannot be done: {0}").format("; ".join(plan.problems)))
        elif plan.outlook in (Stage.ISOLATED, Stage.OBSERVED):
            look = STAGE[plan.outlook]
            self._say(look.icon, look.tone, self.tr("Afterwards it is {0}.").format(look.word))
        else:
            look = STAGE[Stage.PARTLY]
            said = self.tr("Afterwards it is only {0}: some way to the world stays open, or nobody can tell.")
            self._say(look.icon, look.tone, said.format(look.word))
        self.warnings.setText("\n".join(visible(each, 400) for each in plan.warnings))
        self.warnings.setVisible(bool(plan.warnings))
        self.steps.setText("\n".join(visible(step, 400) for step in plan.steps))
        self.ways.show_lines(self._words.channels(plan.channels).lines)
        for parts, there in (
            ((self._steps_title, self.steps), bool(plan.steps)),
            ((self._ways_title, self.ways), bool(plan.channels)),
        ):
            for part in parts:
                part.setVisible(there)
        self.radius.setText("\n".join(self._hits(plan)))
        self._enable()
        fit(self)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit(self)

    def _refused(self, error: VmiError) -> None:
        self._say("state-unsupported", Tone.BAD, visible(str(error), 400))

    def _say(self, icon: str, tone: Tone, text: str) -> None:
        self._picture.setPixmap(icons.pixmap(icon, tone, ratio=self.devicePixelRatioF()))
        self.verdict.setText(visible(text, 600))
        self.verdict.set_tone(tone)

    def _enable(self) -> None:
        ready = self._plan is not None and not self._plan.problems and bool(self.reason.text().strip())
        self.accept_button.setEnabled(ready)

    def _accept(self) -> None:
        if (plan := self._plan) is None:
            return
        self.accept_button.setEnabled(False)
        work = self._desk.engine.call(
            "quarantine", token=plan.token, reason=self.reason.text().strip(), reassert=self.reassert.isChecked()
        )
        self._desk.errands.run(work, self.tr("Quarantine {0}").format(visible(self._vm.name, 60)))
        self.accept()  # how it goes is seen in the list of quarantines, and among the tasks


def _strong(text: str) -> PlainLabel:
    label = PlainLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label
