"""What changed between two moments, by causes, or what a VM has otherwise than its gold image, by aspects."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QFontDatabase
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTabBar,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from vmi_console.engine.compare_commands import Compared
from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.dialogs import fitting
from vmi_console.gui.labels import ElidedLabel, PlainLabel, separator, slim_progress
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.review.comparison_files import write
from vmi_console.gui.review.difference_lists import (
    AspectList,
    CauseList,
    DifferenceList,
    FindingList,
    PolicyList,
    QuarantineList,
    UnlikeList,
)
from vmi_console.gui.review.difference_words import DifferenceWords
from vmi_console.gui.review.pairs import MachinePair, MomentPair, Pair
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.gui.wording import number
from vmi_console.gui.wrapping_bar import ABOVE, WrappingBar
from vmi_console.plain_text import visible
from vmi_console.review.causes import Group, Item
from vmi_console.review.comparison import Comparison

MOMENTS, MACHINES = range(2)
"""What can be compared, in the order of the tabs."""

MACHINE_TAB = 4
"""Where the differences of two machines are; the other tabs are of moments."""


class ComparisonWindow(QWidget):
    """Two choices, how much is different, the causes, and what belongs to the one that is selected."""

    chosen = Signal(str)  # EntityId

    def __init__(self, desk: Desk, files: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._desk = desk
        self._under_way: Errand | None = None
        self.compared: Compared | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("What changed between…"))
        fitting.resize(self, 1080, 720)
        self.subject = QTabBar(expanding=False, drawBase=False)
        self.subject.setAccessibleName(self.tr("What is compared"))
        self.subject.addTab(self.tr("Two moments"))
        self.subject.addTab(self.tr("A VM and its gold image"))
        moments, self._machines = MomentPair(desk, files), MachinePair(desk)
        self.before, self.after = moments.before, moments.after
        self.machine, self.gold = self._machines.machine, self._machines.gold
        self._pairs: tuple[Pair, ...] = moments, self._machines
        self._machines.hide()
        self.start = QPushButton(self.tr("Compare"))
        self.start.setProperty("primary", True)
        self.headline = PlainLabel()
        self.headline.setFont(title_font(self.font()))
        self.more = ElidedLabel(tone=Tone.MUTED)
        self.busy = slim_progress()
        self._make_export()
        self._make_lists()
        self._make_tabs()
        self._lay_out()
        self.start.clicked.connect(self._compare)
        self.subject.currentChanged.connect(self._turn)
        for pair in self._pairs:
            pair.picked.connect(self._allow)
        self._say_nothing_yet()
        self._allow()

    def _make_export(self) -> None:
        self.export = QToolButton()
        self.export.setText(self.tr("Export"))
        self.export.setProperty("role", "remedy")
        self.export.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.export)
        menu.addAction(self.tr("As a page (HTML)…"), lambda: self._ask("html"))
        menu.addAction(self.tr("As JSON…"), lambda: self._ask("json"))
        menu.addAction(self.tr("As CSV…"), lambda: self._ask("csv"))
        self.export.setMenu(menu)
        self.export.setEnabled(False)

    def _make_lists(self) -> None:
        words = DifferenceWords(self._desk.replica)
        self.causes = CauseList(words)
        self.items = DifferenceList(words)
        self.findings = FindingList()
        self.policies = PolicyList(words)
        self.lines = QPlainTextEdit(readOnly=True)
        self.lines.setAccessibleName(self.tr("What is different in the document"))
        self.lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.lines.setTabChangesFocus(True)
        self.lines.setFrameShape(QFrame.Shape.NoFrame)
        self.quarantines = QuarantineList(words)
        self.aspects = AspectList(words)
        self.unlike = UnlikeList(words)
        self._lists: tuple[ItemList[Any], ...] = (
            self.causes,
            self.items,
            self.findings,
            self.policies,
            self.quarantines,
            self.aspects,
            self.unlike,
        )
        self.causes.view.selectionModel().selectionChanged.connect(lambda: self._show_items(self.causes, self.items))
        self.aspects.view.selectionModel().selectionChanged.connect(lambda: self._show_items(self.aspects, self.unlike))
        self.policies.view.selectionModel().currentRowChanged.connect(self._show_lines)
        self.items.activated.connect(lambda item: self.chosen.emit(item.vm or item.entity))
        self.findings.activated.connect(lambda one: self.chosen.emit(one[1].vm))
        self.quarantines.activated.connect(lambda one: self.chosen.emit(one.vm))

    def _make_tabs(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(_beside(self.causes, self.items), "")
        self.tabs.addTab(self.findings, "")
        self.tabs.addTab(_beside(self.policies, self.lines), "")
        self.tabs.addTab(self.quarantines, "")
        self.tabs.addTab(_beside(self.aspects, self.unlike, Qt.Orientation.Horizontal, (280, 800)), "")
        self.tabs.setTabVisible(MACHINE_TAB, False)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(GROUP - GAP, GAP, GROUP, 0)
        top.addWidget(self.subject)
        top.addStretch(1)
        bar = WrappingBar()
        for pair in self._pairs:
            bar.add(pair)
        bar.add(self.start)
        bar.add_room()
        bar.add(self.export)
        around = QVBoxLayout()
        around.setContentsMargins(GROUP - GAP, GAP - ABOVE, GROUP - GAP, GAP - ABOVE)
        around.addWidget(bar)
        said = QVBoxLayout()
        said.setContentsMargins(GROUP, 0, GROUP, GAP)
        said.setSpacing(4)
        said.addWidget(self.headline)
        said.addWidget(self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(separator())
        layout.addLayout(around)
        layout.addLayout(said)
        layout.addWidget(self.busy)
        layout.addWidget(self.tabs, 1)

    @property
    def _of_machines(self) -> bool:
        return self.subject.currentIndex() == MACHINES

    @property
    def _pair(self) -> Pair:
        return self._pairs[self.subject.currentIndex()]

    def choose_machines(self, vm: EntityId | None, gold: EntityId | None = None) -> None:
        """Holds a VM against its gold image; where none is given against the last one that was chosen."""
        self.subject.setCurrentIndex(MACHINES)
        self._machines.choose(vm, gold)
        (self._machines.lacking or self.start).setFocus()

    def _turn(self, subject: int) -> None:
        """Other things are to be compared."""
        for place, pair in enumerate(self._pairs):
            pair.setVisible(place == subject)
        for tab in range(self.tabs.count()):
            self.tabs.setTabVisible(tab, (tab == MACHINE_TAB) == (subject == MACHINES))
        if self._under_way is not None:  # its answer would be told of the others
            self._under_way.cancel()
            self._under_way = None
            self.busy.hide()
        self.compared = None
        self.export.setEnabled(False)
        self.more.setText("")
        self._say_nothing_yet()
        self._allow()

    # --- comparing ------------------------------------------------------------------------------------------------

    def _allow(self) -> None:
        why = self._pair.why_not
        self.start.setEnabled(not why and self._under_way is None)
        self.start.setToolTip(why)

    def _compare(self) -> None:
        self.busy.setRange(0, 0)
        self.busy.show()
        self.headline.setText(self.tr("Comparing…"))
        self.more.setText("")
        self._under_way = self._desk.errands.run(self._ask_for(self._pair), self._pair.task, self._failed)
        self._allow()

    async def _ask_for(self, pair: Pair) -> None:
        self.compared = msgspec.convert(await pair.compare(self._progress), Compared, builtin_types=(datetime,))
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
        self.headline.setText(self._pair.prompt)
        for part in self._lists:
            part.items.show_items(())
            part.say("", self._pair.promise)
        self.lines.clear()
        for tab, title in enumerate(self._titles()):
            self.tabs.setTabText(tab, title)

    def _show(self) -> None:
        assert self.compared is not None
        comparison = self.compared.comparison
        self.busy.hide()
        self.export.setEnabled(True)
        self._allow()
        same = self.tr("Nothing is different")
        self.headline.setText(same if comparison.is_empty else self._pair.outcome(comparison))
        more = [self._pair.names(comparison), *(visible(note, 200) for note in comparison.notes)]
        if self.compared.told < self.compared.items:
            said = self.tr("the first {0} of {1} differences are shown")
            more.append(said.format(number(self.compared.told), number(self.compared.items)))
        if comparison.left_out:
            more.append(self.tr("%Ln propertie(s) one of the two cannot tell", "", comparison.left_out))
        self.more.setText(" · ".join(more))
        self.more.setToolTip(tooltip(*more))
        for part in self._lists:
            part.say("", self.tr("Nothing is different."))
        groups, items = (self.aspects, self.unlike) if self._of_machines else (self.causes, self.items)
        groups.items.show_items((str(place), group) for place, group in enumerate(comparison.groups))
        told = [(True, each) for each in comparison.opened] + [(False, each) for each in comparison.resolved]
        self.findings.items.show_items((f"{is_open}{each.finding}", (is_open, each)) for is_open, each in told)
        self.policies.items.show_items((each.name, each) for each in comparison.policies)
        self.quarantines.items.show_items((each.vm, each) for each in comparison.quarantines)
        counts = len(list(comparison.items())), len(told), len(comparison.policies), len(comparison.quarantines)
        for tab, (title, count) in enumerate(zip(self._titles(), (*counts, counts[0]), strict=True)):
            self.tabs.setTabText(tab, f"{title} {number(count)}" if count else title)
        self._show_items(groups, items)
        self._show_lines()

    def _titles(self) -> tuple[str, ...]:
        """Of the tabs."""
        titles = self.tr("Estate"), self.tr("Findings"), self.tr("Policies"), self.tr("Quarantine")
        return (*titles, self.tr("Differences"))

    def _show_items(self, groups: ItemList[Group], items: ItemList[Item]) -> None:
        """What belongs to the groups that are selected; to all of them where none is."""
        chosen = groups.view.selectionModel().selectedRows()
        rows = [groups.items.rows[index.row()].item for index in chosen]
        if not rows and self.compared is not None:
            rows = list(self.compared.comparison.groups)
        items.items.show_items(
            (f"{item.entity}\0{item.path}\0{place}", item)
            for place, item in enumerate(item for group in rows for item in group.items)
        )

    def _show_lines(self) -> None:
        """The difference of the document that is selected, else of the first."""
        rows = self.policies.items.rows
        current = self.policies.view.currentIndex()
        row = current.row() if current.isValid() else 0
        lines = rows[row].item.lines if row < len(rows) else ()
        self.lines.setPlainText("\n".join(visible(line, 400) for line in lines))

    # --- exporting ------------------------------------------------------------------------------------------------

    def _ask(self, suffix: str) -> None:
        dialog = QFileDialog(self, self.tr("Export the comparison"), f"comparison.{suffix}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.write(path, suffix))
        dialog.open()

    def write(self, path: str, suffix: str) -> None:
        """Writes what is shown as `html`, `json` or `csv`; what goes wrong is said here."""
        assert self.compared is not None
        comparison = self.compared.comparison
        name = self.tr("Write {0}").format(visible(Path(path).name, 80))
        self._desk.errands.run(self._write(Path(path), suffix, comparison), name, self._not_written)

    async def _write(self, path: Path, suffix: str, comparison: Comparison) -> None:
        await asyncio.to_thread(write, path, suffix, comparison)
        if not isValid(self):  # it was closed meanwhile, and the file is there all the same
            return
        self.more.set_tone(Tone.MUTED)
        self.more.setText(self.tr("Written to {0}").format(visible(str(path), 300)))

    def _not_written(self, error: VmiError) -> None:
        if not isValid(self):
            return
        self.more.set_tone(Tone.WARNING)
        self.more.setText(visible(str(error), 500))


def _beside(
    one: QWidget,
    other: QWidget,
    orientation: Qt.Orientation = Qt.Orientation.Vertical,
    sizes: tuple[int, int] = (240, 320),
) -> QSplitter:
    split = QSplitter(orientation)
    split.addWidget(one)
    split.addWidget(other)
    split.setSizes(list(sizes))
    split.setChildrenCollapsible(False)
    return split
