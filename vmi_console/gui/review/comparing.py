"""What changed between two moments: the estate that is shown and a snapshot, or two snapshots, by causes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vmi_console.engine.compare_commands import Compared
from vmi_console.errors import InputError, VmiError
from vmi_console.estate.changes import Action, Change, Seen
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.panes.copying import as_csv
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.items import Column
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.review.opening import SUFFIX
from vmi_console.gui.review.words import day_and_time
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.gui.wording import UNKNOWN, Wording, clock, number
from vmi_console.plain_text import visible
from vmi_console.review.causes import Cause, Group, Item
from vmi_console.review.comparison import Comparison, FindingDifference
from vmi_console.settings import replace_file

FILE = "file"  # of a choice: it is to be asked for


class Side(QComboBox):
    """One of the two: what is shown, or a snapshot file."""

    picked = Signal()

    def __init__(self, name: str, shown: str, files: Sequence[str]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMinimumWidth(220)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._name = name
        self.addItem(shown, "")
        for path in files:
            self._add(path)
        self.addItem(self.tr("A snapshot file…"), FILE)
        self._last = 0
        self.activated.connect(self._chosen)

    @property
    def path(self) -> str:
        """Of the snapshot; empty: what is shown."""
        return str(self.itemData(self._last))

    def choose(self, path: str) -> None:
        """From now on this snapshot, or what is shown."""
        if self.findData(path) < 0:
            self._add(path, self.count() - 1)
        self._last = self.findData(path)
        self.setCurrentIndex(self._last)
        self.picked.emit()

    def _add(self, path: str, place: int | None = None) -> None:
        place = self.count() if place is None else place
        self.insertItem(place, visible(Path(path).name, 80), path)
        self.setItemData(place, tooltip(visible(path, 500)), Qt.ItemDataRole.ToolTipRole)

    def _chosen(self, place: int) -> None:
        if self.itemData(place) != FILE:
            self.choose(str(self.itemData(place)))
            return
        self.setCurrentIndex(self._last)
        dialog = QFileDialog(self, self._name)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Snapshots (*{0})").format(SUFFIX), self.tr("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.choose)
        dialog.open()


class ComparisonWindow(QWidget):
    """Two choices, how much is different, the causes, and what belongs to the one that is selected."""

    chosen = Signal(str)  # EntityId

    def __init__(self, desk: Desk, files: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._desk = desk
        self._wording = Wording(desk.replica)
        self._under_way: Errand | None = None
        self.compared: Compared | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("What changed between…"))
        self.resize(1080, 680)
        review = desk.replica.review
        shown = self.tr("Now") if review is None else day_and_time(review.at)
        self.before = Side(self.tr("Before"), shown, files)
        self.after = Side(self.tr("After"), shown, files)
        self.start = QPushButton(self.tr("Compare"))
        self.start.setProperty("primary", True)
        self.export = QToolButton()
        self.export.setText(self.tr("Export"))
        self.export.setProperty("role", "remedy")
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.export)
        menu.addAction(self.tr("As JSON…"), lambda: self._ask("json"))
        menu.addAction(self.tr("As CSV…"), lambda: self._ask("csv"))
        self.export.setMenu(menu)
        self.export.setEnabled(False)
        bar = QHBoxLayout()
        bar.setContentsMargins(GROUP, GROUP, GROUP, GAP)
        bar.setSpacing(GAP)
        for part in (PlainLabel(self.tr("From"), Tone.MUTED), self.before, PlainLabel(self.tr("to"), Tone.MUTED)):
            bar.addWidget(part)
        bar.addWidget(self.after)
        bar.addWidget(self.start)
        bar.addStretch(1)
        bar.addWidget(self.export)
        self.headline = PlainLabel(self.tr("Choose two moments"))
        self.headline.setFont(title_font(self.font()))
        self.more = ElidedLabel(tone=Tone.MUTED)
        said = QVBoxLayout()
        said.setContentsMargins(GROUP, 0, GROUP, GAP)
        said.setSpacing(4)
        said.addWidget(self.headline)
        said.addWidget(self.more)
        self.busy = QProgressBar(textVisible=False)
        self.busy.setFixedHeight(4)
        policy = self.busy.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.busy.setSizePolicy(policy)
        self.busy.hide()
        self.causes: ItemList[Group] = ItemList(
            self.tr("Causes"),
            (
                Column(self.tr("Cause"), 18, self._cause),
                Column(self.tr("What"), 26, lambda group: visible(group.name, 80)),
                Column(self.tr("VMs"), 6, lambda group: number(group.vms), order=lambda group: group.vms, number=True),
                Column(
                    self.tr("Differences"),
                    9,
                    lambda group: number(len(group.items)),
                    order=lambda group: len(group.items),
                    number=True,
                ),
                Column(self.tr("Who"), 14, lambda group: visible(", ".join(group.actors), 80) or UNKNOWN),
            ),
        )
        self.items: ItemList[Item] = ItemList(
            self.tr("Differences"),
            (
                Column(self.tr("What"), 22, lambda item: visible(item.name, 80)),
                Column(self.tr("Property"), 22, lambda item: self._wording.action(self._as_change(item))),
                Column(self.tr("Before"), 24, lambda item: self._sides(item)[0], tone=lambda item: Tone.MUTED),
                Column(self.tr("After"), 24, lambda item: self._sides(item)[1]),
                Column(self.tr("Who"), 12, lambda item: visible(item.actor or "", 60) or UNKNOWN),
                Column(self.tr("When"), 14, lambda item: clock(item.at), order=lambda item: str(item.at or "")),
            ),
        )
        self.findings: ItemList[tuple[bool, FindingDifference]] = ItemList(
            self.tr("Findings"),
            (
                Column(self.tr("Is"), 10, self._finding_is, tone=lambda one: Tone.WARNING if one[0] else Tone.GOOD),
                Column(self.tr("VM"), 20, lambda one: visible(one[1].vm_name, 80)),
                Column(self.tr("Policy"), 20, lambda one: visible(one[1].policy, 80)),
                Column(self.tr("Evidence"), 40, lambda one: visible(one[1].evidence or one[1].title, 200)),
            ),
        )
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.causes)
        split.addWidget(self.items)
        split.setSizes([240, 320])
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(split, self.tr("Estate"))
        self.tabs.addTab(self.findings, self.tr("Findings"))
        rule = QFrame()
        rule.setFrameShape(QFrame.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addLayout(said)
        layout.addWidget(self.busy)
        layout.addWidget(self.tabs, 1)
        self.start.clicked.connect(self._compare)
        self.before.picked.connect(self._allow)
        self.after.picked.connect(self._allow)
        self.causes.view.selectionModel().currentRowChanged.connect(lambda: self._show_items())
        self.items.activated.connect(lambda item: self.chosen.emit(item.entity))
        self.findings.activated.connect(lambda one: self.chosen.emit(one[1].vm))
        if files:
            self.before.choose(files[0])
        self._say_nothing_yet()
        self._allow()

    # --- comparing ------------------------------------------------------------------------------------------------

    def _allow(self) -> None:
        same = self.before.path == self.after.path
        self.start.setEnabled(not same and self._under_way is None)
        self.start.setToolTip(self.tr("Both are the same: choose another one") if same else "")

    def _compare(self) -> None:
        self.busy.setRange(0, 0)
        self.busy.show()
        self.headline.setText(self.tr("Comparing…"))
        self.more.setText("")
        name = self.tr("What changed between two moments")
        self._under_way = self._desk.errands.run(self._ask_engine(), name, self._failed)
        self._allow()

    async def _ask_engine(self) -> None:
        answer = await self._desk.engine.follow(
            self._progress, "compare", before=self.before.path, after=self.after.path
        )
        self.compared = msgspec.convert(answer, Compared, builtin_types=(datetime,))
        self._under_way = None
        self._show()

    def _progress(self, done: object) -> None:
        if isinstance(done, int | float):
            self.busy.setRange(0, 1000)
            self.busy.setValue(int(1000 * done))

    def _failed(self, error: VmiError) -> None:
        self._under_way = None
        self.busy.hide()
        self.headline.setText(self.tr("They could not be compared"))
        self.more.setText(visible(str(error), 500))
        self._allow()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._under_way is not None:
            self._under_way.cancel()
        super().closeEvent(event)

    # --- showing --------------------------------------------------------------------------------------------------

    def _say_nothing_yet(self) -> None:
        for part in (self.causes, self.items, self.findings):
            part.say("", self.tr("Compare two moments to see what is different."))

    def _show(self) -> None:
        assert self.compared is not None
        comparison = self.compared.comparison
        self.busy.hide()
        self.export.setEnabled(True)
        self._allow()
        self.headline.setText(self._said(comparison))
        more = [
            self.tr("{0} to {1}").format(day_and_time(comparison.before.at), day_and_time(comparison.after.at)),
            *(visible(note, 200) for note in comparison.notes),
        ]
        if self.compared.told < self.compared.items:
            said = self.tr("the first {0} of {1} differences are shown")
            more.append(said.format(number(self.compared.told), number(self.compared.items)))
        if comparison.left_out:
            more.append(self.tr("%Ln propertie(s) one of the two cannot tell", "", comparison.left_out))
        self.more.setText(" · ".join(more))
        self.more.setToolTip(tooltip(*more))
        for part in (self.causes, self.findings):
            part.say("", self.tr("Nothing is different."))
        self.items.say("", self.tr("Select a cause to see what belongs to it."))
        self.causes.items.show_items((str(place), group) for place, group in enumerate(comparison.groups))
        told = [(True, each) for each in comparison.opened] + [(False, each) for each in comparison.resolved]
        self.findings.items.show_items((f"{is_open}{each.finding}", (is_open, each)) for is_open, each in told)
        self.tabs.setTabText(1, self.tr("Findings {0}").format(number(len(told))) if told else self.tr("Findings"))
        self._show_items()

    def _said(self, comparison: Comparison) -> str:
        if comparison.is_empty:
            return self.tr("Nothing is different")
        changed, added, removed = map(comparison.vms, (Action.CHANGED, Action.ADDED, Action.REMOVED))
        opened, resolved = len(comparison.opened), len(comparison.resolved)
        parts = (
            self.tr("%Ln VM(s) changed", "", changed) if changed else "",
            self.tr("%Ln VM(s) came", "", added) if added else "",
            self.tr("%Ln VM(s) went", "", removed) if removed else "",
            self.tr("%Ln finding(s) opened", "", opened) if opened else "",
            self.tr("%Ln finding(s) resolved", "", resolved) if resolved else "",
        )
        return ", ".join(filter(None, parts)) or self.tr("No VM is different")

    def _show_items(self) -> None:
        chosen = self.causes.view.selectionModel().selectedRows()
        rows = [self.causes.items.rows[index.row()].item for index in chosen]
        if not rows and self.compared is not None:
            rows = list(self.compared.comparison.groups)
        self.items.items.show_items(
            (f"{item.entity}\0{item.path}\0{place}", item)
            for place, item in enumerate(item for group in rows for item in group.items)
        )

    def _cause(self, group: Group) -> str:
        return {
            Cause.NETWORK: self.tr("network edited"),
            Cause.MOVE: self.tr("moved to another host"),
            Cause.INSIDE: self.tr("inside guests"),
            Cause.ITSELF: self.tr("its own"),
        }[group.cause]

    def _finding_is(self, one: tuple[bool, FindingDifference]) -> str:
        return self.tr("open since") if one[0] else self.tr("resolved since")

    def _sides(self, item: Item) -> tuple[str, str]:
        return ("", "") if item.path == "" else self._wording.sides(self._as_change(item))

    def _as_change(self, item: Item) -> Change:
        assert self.compared is not None
        return Change(
            number=0,
            entity=item.entity,
            name=item.name,
            action=item.action,
            path=item.path,
            before=item.before,
            after=item.after,
            observed_at=item.at or self.compared.comparison.after.at,
            seen=Seen.RESYNC,
        )

    # --- exporting ------------------------------------------------------------------------------------------------

    def _ask(self, suffix: str) -> None:
        dialog = QFileDialog(self, self.tr("Export the comparison"), f"comparison.{suffix}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.write(path, suffix))
        dialog.open()

    def write(self, path: str, suffix: str) -> None:
        """Writes what is shown as JSON or CSV; what goes wrong is said here."""
        assert self.compared is not None
        if suffix == "json":
            content = msgspec.json.format(msgspec.json.encode(self.compared.comparison), indent=2)
        else:
            content = ("\ufeff" + as_csv(self._rows(self.compared.comparison))).encode()
        try:
            replace_file(Path(path), content)
        except OSError as error:
            self._failed(InputError(f"{path} could not be written: {error.strerror or error}"))

    def _rows(self, comparison: Comparison) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [
            ("cause", "cause_name", "entity", "name", "action", "property", "before", "after", "who", "when")
        ]
        for group in comparison.groups:
            for item in group.items:
                sides = ["" if side is None else str(side) for side in (item.before, item.after)]
                when = item.at.isoformat() if item.at is not None else ""
                whose = group.cause.value, group.name, item.entity, item.name, item.action.value
                rows.append((*whose, item.path, *sides, item.actor or "", when))
        return rows
