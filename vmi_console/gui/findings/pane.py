"""The table of findings with its filters, what can be done about them, and what it says where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.estate.identity import EntityId
from vmi_console.gui.actions import Actions, Entry, fill
from vmi_console.gui.desk import Desk
from vmi_console.gui.findings.accepting import DRIFT, AcceptDialog
from vmi_console.gui.findings.acknowledging import AcknowledgeDialog
from vmi_console.gui.findings.decisions import Decisions, Done
from vmi_console.gui.findings.empty import Nothing
from vmi_console.gui.findings.explaining import ExplainDialog
from vmi_console.gui.findings.lines import Column, Grouping, Line, Sieve
from vmi_console.gui.findings.looks import SEVERITY
from vmi_console.gui.findings.model import FindingsModel
from vmi_console.gui.findings.view import FindingsView
from vmi_console.gui.findings.waiving import WaiveDialog
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.offers import REASON
from vmi_console.gui.panes.copying import as_csv, copy_rows, copy_text
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import number
from vmi_console.gui.wrapping_bar import WrappingBar
from vmi_console.policy.findings import Finding, Stage
from vmi_console.policy.judgement import Severity

UNDO_MS = 30_000
"""How long taking something back is offered in the bar."""

TYPED_MS = 120
GROUPING = "findings-grouping"  # what the preferences call it


class FindingsPane(QWidget):
    """What does not hold, and what is done about it. Selecting a finding selects its VM."""

    chosen = Signal(str)  # EntityId
    picked = Signal(tuple)  # of EntityId
    menu_wanted = Signal(QMenu, tuple)  # others add what they can do with these VMs
    folder_wanted = Signal()  # to choose another folder of policies
    policy_wanted = Signal(str, str)  # a file of the folder to be edited, and the key of a rule in it

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._verdicts = desk.replica.verdicts
        self._about: tuple[EntityId, ...] = ()  # what “only the selection” is about
        self._awaited = ""  # id of a finding that is to be selected as soon as it is shown
        self._undoing: Done | None = None
        self.decisions = Decisions(desk, self)
        self.model = FindingsModel(desk.replica, self)
        self.view = FindingsView(self.model)
        self._make_bar()
        self._make_actions()
        self._lay_out()
        self._typed = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typed.timeout.connect(self._sift)
        self._undo_ends = QTimer(self, singleShot=True, interval=UNDO_MS)
        self._undo_ends.timeout.connect(self._forget_undo)
        self._wire()
        self._recall()
        self._tell()
        self._enable()

    # --- for the window -------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether there is more to show than is shown."""
        return self.model.busy

    def show_entities(self, entities: tuple[EntityId, ...]) -> None:
        """What “only the selection” is about."""
        self._about = entities
        if self.only.isChecked():
            self._sift()

    def offer(self, action: QAction) -> None:
        """What others can do about the VM of a finding has a button here, too."""
        self._tools.addAction(action)

    def show_finding(self, identity: str) -> None:
        """Selects a finding, whatever filters hide it; opens nothing and tells nobody."""
        finding = self._verdicts.findings.get(identity)
        if finding is None:
            return
        if not self.model.sieve.passes(Line(finding), self.model.words.haystack):
            self.show_what(waived=finding.stage is Stage.WAIVED, resolved=finding.stage is Stage.RESOLVED)
        self._awaited = identity
        self._select_awaited()

    def acknowledge_one(self, identity: str) -> None:
        """The operator has seen a finding; does nothing where it asks for nothing any more."""
        finding = self._verdicts.findings.get(identity)
        if finding is not None and finding.stage is Stage.OPEN:
            self.decisions.acknowledge([finding])

    def show_what(
        self, text: str = "", least: Severity = Severity.LOW, *, waived: bool = False, resolved: bool = False
    ) -> None:
        """Sets the filters, where the operator sees them."""
        self.filter.setText(text)
        self.severity.setCurrentIndex(self.severity.findData(least))
        self.waived.setChecked(waived)
        self.resolved.setChecked(resolved)
        self.only.setChecked(False)
        self._sift()

    def selected(self) -> list[Finding]:
        """The selected findings, the current one first."""
        return [line.finding for line in self.view.lines()]

    # --- parts ----------------------------------------------------------------------------------------------------

    def _make_bar(self) -> None:
        self.filter = QLineEdit(clearButtonEnabled=True, placeholderText=self.tr("Filter findings"))
        self.filter.setAccessibleName(self.tr("Filter findings"))
        self.filter.setMinimumWidth(100)
        self.filter.setMaximumWidth(200)
        self.severity = QComboBox()
        self.severity.setAccessibleName(self.tr("Least severity"))
        self.severity.setToolTip(self.tr("Only findings of this severity and worse"))
        self.severity.addItem(self.tr("All severities"), Severity.LOW)
        for severity in (Severity.MEDIUM, Severity.HIGH):
            self.severity.addItem(self.tr("{0} and worse").format(SEVERITY[severity].word), severity)
        self.severity.addItem(self.tr("only critical"), Severity.CRITICAL)
        self.grouping = QComboBox()
        self.grouping.setAccessibleName(self.tr("Group by"))
        self.grouping.setToolTip(self.tr("What findings are put together by"))
        for grouping, text in (
            (Grouping.NONE, self.tr("Not grouped")),
            (Grouping.VM, self.tr("By VM")),
            (Grouping.POLICY, self.tr("By policy")),
            (Grouping.CAUSE, self.tr("By cause")),
        ):
            self.grouping.addItem(text, grouping)
        self.also = QToolButton()
        self.also.setText(self.tr("Also show"))
        self.also.setToolTip(self.tr("What asks for nothing: waived findings, and those resolved of late"))
        self.also.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.also.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        for box in (self.severity, self.grouping):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(10)
        self.only = QCheckBox(self.tr("Only the selection"))
        self.only.setToolTip(self.tr("Only findings on what is selected"))
        self.count = PlainLabel(tone=Tone.MUTED)
        self.notice = ElidedLabel()
        self.notice.hide()
        self._undo = QToolButton()
        self._undo.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._undo.hide()

    def _make_actions(self) -> None:
        make = Actions(self).make
        self.acknowledge = make(
            self.tr("Acknowledge…"),
            self._acknowledge,
            self.tr("Say that somebody has seen the selected findings, with a note"),
            "Ctrl+Shift+A",
            "finding-acknowledged",
            acts=True,
        )
        self.take_back = make(
            self.tr("Take back the acknowledgement"),
            lambda: self.decisions.take_back([each for each in self.selected() if each.stage is Stage.ACKNOWLEDGED]),
            self.tr("The selected findings ask for somebody again"),
            acts=True,
        )
        self.waive = make(
            self.tr("Waive…"),
            self._waive,
            self.tr("Decide that it may be so, why, and until when"),
            "Ctrl+Shift+W",
            "finding-waived",
            acts=True,
        )
        self.end_waiver = make(
            self.tr("End the waiver"),
            lambda: self.decisions.end_waivers(self.selected()),
            self.tr("What the waiver covers asks for attention again"),
            acts=True,
        )
        self.waived = make(
            self.tr("Waived findings"), self._sift, self.tr("Show also what somebody decided may be so"), checked=False
        )
        self.resolved = make(
            self.tr("Resolved findings"), self._sift, self.tr("Show also what was wrong of late"), checked=False
        )
        self.also.setMenu(fill(QMenu(self), (self.waived, self.resolved)))
        self.explain = make(
            self.tr("Explain…"),
            self._explain,
            self.tr("Why the VM is held against this policy, clause by clause, and what speaks against it"),
            "Ctrl+Shift+X",
            "explain",
        )
        self.edit_policy = make(
            self.tr("Edit the policy…"),
            self._edit_policy,
            self.tr("Open the policy of the finding at the check that fails"),
            "Ctrl+Shift+G",
            "policy",
        )
        self.accept_drift = make(
            self.tr("Accept as new baseline…"),
            self._accept_drift,
            self.tr("What the VMs have drifted to is known to be good from now on"),
            "Ctrl+Shift+B",
            "baseline",
            acts=True,
        )
        self.groupings = QActionGroup(self)
        for place in range(self.grouping.count()):
            action = make(
                self.grouping.itemText(place),
                partial(self.grouping.setCurrentIndex, place),
                self.tr("What findings are put together by"),
                checked=place == self.grouping.currentIndex(),
            )
            self.groupings.addAction(action)
        self.open_vm = make(
            self.tr("Show the VM"), self._open_vm, self.tr("Select the VM that the finding is about"), None, "vm-on"
        )
        self.copy = make(
            self.tr("Copy findings"),
            lambda: copy_rows(self.view),
            self.tr("The selected lines, separated by tabs"),
            QKeySequence.StandardKey.Copy,
            "copy",
        )
        self.copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.view.addAction(self.copy)
        self.copy_csv = make(
            self.tr("Copy findings as CSV"), self._copy_csv, self.tr("The selected lines with a heading"), None, "copy"
        )
        self.undo = make(
            self.tr("Undo the last decision"),
            self._take_back_last,
            self.tr("As if it had not been made"),
            None,
            "undo",
            acts=True,
        )
        self.undo.setIconText(self.tr("Undo"))
        self._undo.setDefaultAction(self.undo)
        self.choose_folder = make(
            self.tr("Open a folder of policies…"),
            self.folder_wanted.emit,
            self.tr("Judge the estate by the policies of another folder"),
            None,
            "folder",
        )
        self._of_findings = (self.explain, self.acknowledge, self.waive)
        self.actions_for_menu: tuple[Entry, ...] = (
            *self._of_findings,
            self.take_back,
            self.end_waiver,
            self.accept_drift,
            self.undo,
            None,
            (self.tr("Group findings"), self.groupings.actions()),
            self.waived,
            self.resolved,
            None,
            self.edit_policy,
            self.open_vm,
        )

    def _lay_out(self) -> None:
        bar = WrappingBar()
        bar.add(self.filter, 1)
        for part in (self.severity, self.grouping, self.also, self.only, self.count):
            bar.add(part)
        bar.add(self.notice, 3)
        bar.add(self._undo)
        self._tools = QToolBar()  # what has no room is behind its last button
        self._tools.setStyleSheet("QToolBar { border: 0; padding: 0; spacing: 2px; background: transparent; }")
        self._tools.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._tools.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._tools.addActions(self._of_findings)
        bar.add(self._tools, 4)
        self.nothing = Nothing(self._desk)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addLayout(self._stack, 1)
        self.setFocusProxy(self.view)

    def _wire(self) -> None:
        self.filter.textChanged.connect(lambda: self._typed.start())
        self.severity.currentIndexChanged.connect(self._sift)
        self.grouping.currentIndexChanged.connect(self._group)
        self.only.toggled.connect(self._sift)
        self.view.moved.connect(self._moved)
        self.view.activated.connect(lambda _: self._open_vm())
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.model.settled.connect(self._settled)
        self.decisions.done.connect(self._decided)
        self.nothing.folder_wanted.connect(self.folder_wanted)
        self.nothing.editor_wanted.connect(lambda: self.policy_wanted.emit("", ""))
        self.nothing.clear_wanted.connect(self.show_what)
        self._verdicts.posture_moved.connect(self._tell)
        self._verdicts.moved.connect(self._enable)
        self._verdicts.posture_moved.connect(self._enable)
        self._desk.replica.link_moved.connect(self._tell)
        self._desk.replica.link_moved.connect(self._enable)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.model.wake(True)
        self._tell()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.model.wake(False)

    # --- what is shown --------------------------------------------------------------------------------------------

    def _sift(self) -> None:
        self.model.sift(
            Sieve(
                words=tuple(self.filter.text().casefold().split()),
                least=Severity(self.severity.currentData()),  # Qt makes a text of it
                waived=self.waived.isChecked(),
                resolved=self.resolved.isChecked(),
                vms=frozenset(self._about) if self.only.isChecked() else None,
            )
        )

    def _group(self) -> None:
        grouping = Grouping(self.grouping.currentData())
        self.groupings.actions()[self.grouping.currentIndex()].setChecked(True)
        self._desk.preferences.remember(GROUPING, grouping.encode())
        self.model.group_by(grouping)

    def _recall(self) -> None:
        """Groups as the operator did the last time."""
        if (remembered := self._desk.preferences.remembered(GROUPING)) is not None:
            place = self.grouping.findData(bytes(remembered.data()).decode("utf-8", "replace"))
            self.grouping.setCurrentIndex(max(0, place))

    def _settled(self) -> None:
        self._select_awaited()
        self._tell()
        self._enable()

    def _select_awaited(self) -> None:
        line = self.model.lines.get(self._awaited)
        if line is not None and self.view.select(line):
            self._awaited = ""

    def _tell(self) -> None:
        self._stack.setCurrentIndex(1 if self.model.rows else 0)
        kept = len(self.model.lines)
        self.count.setText(
            self.tr("%Ln finding(s)", "", self.model.passing)
            if self.model.passing == kept
            else self.tr("{0} of {1} findings").format(number(self.model.passing), number(kept))
        )
        if not self.model.rows:
            self.nothing.tell(hidden=bool(self.model.lines), narrowed=self.model.sieve != Sieve())

    def _moved(self) -> None:
        """The operator selected something here."""
        self._awaited = ""
        self._enable()
        vms = tuple(dict.fromkeys(finding.vm for finding in self.selected()))
        if len(vms) == 1:
            self.chosen.emit(vms[0])
        elif vms:
            self.picked.emit(vms)

    def _enable(self) -> None:
        stages = {finding.stage for finding in self.selected()}
        live = self._desk.replica.link.up
        unresolved = bool(stages) and Stage.RESOLVED not in stages
        self.acknowledge.setEnabled(live and unresolved)
        self.waive.setEnabled(live and unresolved)
        self.take_back.setEnabled(live and Stage.ACKNOWLEDGED in stages)
        self.end_waiver.setEnabled(live and Stage.WAIVED in stages)
        self.explain.setEnabled(live and bool(stages))
        for action in (self.open_vm, self.copy, self.copy_csv):
            action.setEnabled(bool(stages))
        drift = any(finding.check == DRIFT and finding.stage is not Stage.RESOLVED for finding in self.selected())
        self._allow(self.accept_drift, "" if drift else self.tr("no drift from a baseline is selected"))
        self.accept_drift.setEnabled(live and drift)
        self._allow(self.edit_policy, self._why_no_policy())
        self.undo.setEnabled(live and self._undoing is not None)

    def _allow(self, action: QAction, why_not: str) -> None:
        action.setProperty(REASON, why_not)
        action.setEnabled(not why_not)

    def _why_no_policy(self) -> str:
        findings = self.selected()
        if not findings:
            return self.tr("no finding is selected")
        return "" if self._file_of(findings[0]) else self.tr("its policy is no longer in force")

    def _file_of(self, finding: Finding) -> str:
        """Where its policy stands; empty where it is not in force."""
        policies = self._verdicts.posture.policies
        return next((each.file for each in policies if each.name == finding.policy), "")

    # --- what is done ---------------------------------------------------------------------------------------------

    def _edit_policy(self) -> None:
        if findings := self.selected():
            self.show_policy(findings[0])

    def show_policy(self, finding: Finding) -> None:
        """Wants the policy of a finding to be edited, at the check that fails."""
        if file := self._file_of(finding):
            self.policy_wanted.emit(file, finding.rule)

    def _accept_drift(self) -> None:
        if findings := [finding for finding in self.selected() if finding.check == DRIFT]:
            dialog = AcceptDialog(self.window(), self._desk, findings, self.decisions)
            dialog.policy_wanted.connect(lambda file: self.policy_wanted.emit(file, ""))
            dialog.open()

    def _acknowledge(self) -> None:
        if findings := self.selected():
            AcknowledgeDialog(self.window(), findings, self.decisions).open()

    def _waive(self) -> None:
        if findings := self.selected():
            WaiveDialog(self.window(), self._desk, findings, self.decisions).open()

    def _explain(self) -> None:
        if findings := self.selected():
            dialog = ExplainDialog(self.window(), self._desk, findings[0])
            dialog.policy_wanted.connect(self.show_policy)
            dialog.open()

    def _open_vm(self) -> None:
        if findings := self.selected():
            self.chosen.emit(findings[0].vm)

    def _copy_csv(self) -> None:
        copy_text(as_csv(self._table(self.selected())))

    def _table(self, findings: Sequence[Finding]) -> list[list[str]]:
        """Findings as rows of texts, below a heading; moments to the second with their zone."""
        horizontal = Qt.Orientation.Horizontal
        titles = [str(self.model.headerData(column, horizontal)).rstrip(" ▲▼") for column in Column]
        rows = [[self.model.words.text(finding, column) for column in Column] for finding in findings]
        for row, finding in zip(rows, findings, strict=True):
            row[Column.SINCE] = finding.opened_at.isoformat(timespec="seconds")
        return [titles, *rows]

    def _decided(self, done: Done) -> None:
        self._undoing = done if done.undo is not None else None
        self.notice.setText(done.text)
        self.notice.show()
        self._undo.setVisible(self._undoing is not None)
        self._undo_ends.start()
        self._enable()

    def _take_back_last(self) -> None:
        done = self._undoing
        self._forget_undo()
        if done is not None and done.undo is not None:
            done.undo()

    def _forget_undo(self) -> None:
        self._undoing = None
        self.notice.hide()
        self._undo.hide()
        self._enable()

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill(menu, (*self.actions_for_menu, self.copy, self.copy_csv))
        vms = tuple(dict.fromkeys(finding.vm for finding in self.selected()))
        if vms:
            menu.addSeparator()
            self.menu_wanted.emit(menu, vms)
        menu.popup(self.view.viewport().mapToGlobal(at))
