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
from vmi_console.estate.changes import Action, Change, Seen
from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import ElidedLabel, PlainLabel, separator, slim_progress
from vmi_console.gui.panes.item_list import ItemList
from vmi_console.gui.panes.items import Column
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.quarantine.looks import STAGE
from vmi_console.gui.review.comparison_files import write
from vmi_console.gui.review.sides import Side, VmBox
from vmi_console.gui.review.words import day_and_time
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GAP, GROUP, Tone, title_font
from vmi_console.gui.wording import UNKNOWN, Wording, clock, number
from vmi_console.plain_text import visible
from vmi_console.response.quarantine import Stage
from vmi_console.review.causes import Cause, Group, Item
from vmi_console.review.comparison import Comparison, FindingDifference, PolicyDifference, QuarantineDifference

MOMENTS, MACHINES = range(2)
"""What can be compared, in the order of the tabs."""

MACHINE_TAB = 4
"""Where the differences of two machines are; the other tabs are of moments."""

GOLD = "gold-image"  # what the preferences call the last one


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
        self.resize(1080, 720)
        self.subject = QTabBar(expanding=False, drawBase=False)
        self.subject.setAccessibleName(self.tr("What is compared"))
        self.subject.addTab(self.tr("Two moments"))
        self.subject.addTab(self.tr("A VM and its gold image"))
        self._choices = self._moments(files), self._machines()
        self._choices[MACHINES].hide()
        self.start = QPushButton(self.tr("Compare"))
        self.start.setProperty("primary", True)
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
        top = QHBoxLayout()
        top.setContentsMargins(GROUP - GAP, GAP, GROUP, 0)
        top.addWidget(self.subject)
        top.addStretch(1)
        bar = QHBoxLayout()
        bar.setContentsMargins(GROUP, GAP, GROUP, GAP)
        bar.setSpacing(GAP)
        for choice in self._choices:
            bar.addWidget(choice)
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
        self.busy = slim_progress()
        self.causes: ItemList[Group] = ItemList(
            self.tr("Causes"),
            (
                Column(self.tr("Cause"), 22, self._cause),
                Column(self.tr("What"), 26, lambda group: visible(group.name, 80)),
                Column(self.tr("VMs"), 6, lambda group: number(group.vms), order=lambda group: group.vms, number=True),
                Column(
                    self.tr("Differences"),
                    12,
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
        self.policies: ItemList[PolicyDifference] = ItemList(
            self.tr("Policies"),
            (
                Column(self.tr("Document"), 40, lambda one: visible(one.name, 120)),
                Column(self.tr("Is"), 16, lambda one: self._became(one.action)),
                Column(
                    self.tr("Lines"),
                    8,
                    lambda one: number(len(one.lines)),
                    order=lambda one: len(one.lines),
                    number=True,
                ),
            ),
        )
        self.lines = QPlainTextEdit(readOnly=True)
        self.lines.setAccessibleName(self.tr("What is different in the document"))
        self.lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.lines.setTabChangesFocus(True)
        self.lines.setFrameShape(QFrame.Shape.NoFrame)
        self.quarantines: ItemList[QuarantineDifference] = ItemList(
            self.tr("Quarantine"),
            (
                Column(self.tr("VM"), 24, lambda one: visible(one.vm_name, 80)),
                Column(self.tr("Before"), 16, lambda one: self._stage(one.before), tone=lambda one: Tone.MUTED),
                Column(self.tr("After"), 16, lambda one: self._stage(one.after)),
                Column(self.tr("By"), 16, lambda one: visible(one.by, 60) or UNKNOWN),
                Column(self.tr("Reason"), 36, lambda one: visible(one.reason, 200)),
            ),
        )
        self.aspects: ItemList[Group] = ItemList(
            self.tr("Aspects"),
            (
                Column(self.tr("Aspect"), 20, self._cause),
                Column(
                    self.tr("Differences"),
                    10,
                    lambda group: number(len(group.items)),
                    order=lambda group: len(group.items),
                    number=True,
                ),
            ),
        )
        self.unlike: ItemList[Item] = ItemList(
            self.tr("Differences to the gold image"),
            (
                Column(self.tr("Property"), 30, lambda item: self._wording.action(self._as_change(item))),
                Column(self.tr("Gold image"), 30, lambda item: self._sides(item)[0], tone=lambda item: Tone.MUTED),
                Column(self.tr("This VM"), 30, lambda item: self._sides(item)[1]),
            ),
        )
        self._lists: tuple[ItemList[Any], ...] = (
            self.causes,
            self.items,
            self.findings,
            self.policies,
            self.quarantines,
            self.aspects,
            self.unlike,
        )
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(_beside(self.causes, self.items), "")
        self.tabs.addTab(self.findings, "")
        self.tabs.addTab(_beside(self.policies, self.lines), "")
        self.tabs.addTab(self.quarantines, "")
        self.tabs.addTab(_beside(self.aspects, self.unlike, Qt.Orientation.Horizontal, (280, 800)), "")
        self.tabs.setTabVisible(MACHINE_TAB, False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(separator())
        layout.addLayout(bar)
        layout.addLayout(said)
        layout.addWidget(self.busy)
        layout.addWidget(self.tabs, 1)
        self.start.clicked.connect(self._compare)
        self.subject.currentChanged.connect(self._turn)
        for part in (self.before, self.after, self.gold, self.machine):
            part.picked.connect(self._allow)
        self.causes.view.selectionModel().selectionChanged.connect(lambda: self._show_items(self.causes, self.items))
        self.aspects.view.selectionModel().selectionChanged.connect(lambda: self._show_items(self.aspects, self.unlike))
        self.policies.view.selectionModel().currentRowChanged.connect(self._show_lines)
        self.items.activated.connect(lambda item: self.chosen.emit(item.vm or item.entity))
        self.findings.activated.connect(lambda one: self.chosen.emit(one[1].vm))
        self.quarantines.activated.connect(lambda one: self.chosen.emit(one.vm))
        if files:
            self.before.choose(files[0])
        self._say_nothing_yet()
        self._allow()

    def _moments(self, files: Sequence[str]) -> QWidget:
        """The choice of two moments."""
        replica = self._desk.replica
        review = replica.review
        shown = self.tr("Now") if review is None else day_and_time(review.at)
        remembers = review is None or not review.path
        self.before = Side(self.tr("Before"), shown, files, replica.now, remembers=remembers)
        self.after = Side(self.tr("After"), shown, files, replica.now, remembers=remembers)
        if remembers and not files:
            self.before.choose_recent()
        return _row(
            PlainLabel(self.tr("From"), Tone.MUTED), self.before, PlainLabel(self.tr("to"), Tone.MUTED), self.after
        )

    def _machines(self) -> QWidget:
        """The choice of a VM, and of the one that it is held against."""
        self.machine = VmBox(self.tr("VM"), self._desk.replica)
        self.gold = VmBox(self.tr("Gold image"), self._desk.replica)
        kept = self._desk.preferences.remembered(GOLD)
        if kept is not None:
            self.gold.choose(EntityId(bytes(kept.data()).decode(errors="replace")))
        return _row(self.machine, PlainLabel(self.tr("against the gold image"), Tone.MUTED), self.gold)

    @property
    def _of_machines(self) -> bool:
        return self.subject.currentIndex() == MACHINES

    def choose_machines(self, vm: EntityId | None, gold: EntityId | None = None) -> None:
        """Holds a VM against its gold image; where none is given against the last one that was chosen."""
        self.subject.setCurrentIndex(MACHINES)
        self.machine.choose(vm)
        if gold is not None or self.gold.vm == vm:
            self.gold.choose(gold)
        empty = next((box for box in (self.machine, self.gold) if box.vm is None), None)
        (empty or self.start).setFocus()

    def _turn(self, subject: int) -> None:
        """Other things are to be compared."""
        for place, choice in enumerate(self._choices):
            choice.setVisible(place == subject)
        for tab in range(self.tabs.count()):
            self.tabs.setTabVisible(tab, (tab == MACHINE_TAB) == (subject == MACHINES))
        self.compared = None
        self.export.setEnabled(False)
        self.more.setText("")
        self._say_nothing_yet()
        self._allow()

    # --- comparing ------------------------------------------------------------------------------------------------

    def _allow(self) -> None:
        if self.subject.currentIndex() == MOMENTS:
            before, after = self.before.which, self.after.which
            why = self.tr("Both are the same: choose another one") if before == after else ""
            if before is None or after is None:
                why = self.tr("That is no time: write it as 2026-03-01 14:05, or -2h")
        elif self.machine.vm is None or self.gold.vm is None:
            why = self.tr("Choose two VMs by their names")
        else:
            why = self.tr("Both are the same: choose another one") if self.machine.vm == self.gold.vm else ""
        self.start.setEnabled(not why and self._under_way is None)
        self.start.setToolTip(why)

    def _compare(self) -> None:
        self.busy.setRange(0, 0)
        self.busy.show()
        self.headline.setText(self.tr("Comparing…"))
        self.more.setText("")
        if self.subject.currentIndex() == MOMENTS:
            name, work = self.tr("What changed between two moments"), self._ask_for_moments()
        else:
            name, work = self.tr("Hold a VM against its gold image"), self._ask_for_machines()
        self._under_way = self._desk.errands.run(work, name, self._failed)
        self._allow()

    async def _ask_for_moments(self) -> None:
        before, after = self.before.which, self.after.which
        self._take(await self._desk.engine.follow(self._progress, "compare", before=before, after=after))

    async def _ask_for_machines(self) -> None:
        gold, vm = self.gold.vm, self.machine.vm
        assert gold is not None
        assert vm is not None
        self._desk.preferences.remember(GOLD, gold.encode())
        self._take(await self._desk.engine.call("compare_vms", gold=gold, vm=vm))

    def _take(self, answer: Any) -> None:
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
        of_machines = self.subject.currentIndex() == MACHINES
        self.headline.setText(
            self.tr("Choose a VM and its gold image") if of_machines else self.tr("Choose two moments")
        )
        said = (
            self.tr("Compare a VM with its gold image to see what it has otherwise.")
            if self._of_machines
            else self.tr("Compare two moments to see what is different.")
        )
        for part in self._lists:
            part.items.show_items(())
            part.say("", said)
        self.lines.clear()
        for tab, title in enumerate(self._titles()):
            self.tabs.setTabText(tab, title)

    def _show(self) -> None:
        assert self.compared is not None
        comparison = self.compared.comparison
        self.busy.hide()
        self.export.setEnabled(True)
        self._allow()
        self.headline.setText(self._said(comparison))
        more = [self._what_with_what(comparison), *(visible(note, 200) for note in comparison.notes)]
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

    def _what_with_what(self, comparison: Comparison) -> str:
        before, after = comparison.before, comparison.after
        if self._of_machines:
            return self.tr("{0} against {1}").format(visible(after.title, 80), visible(before.title, 80))
        return self.tr("{0} to {1}").format(day_and_time(before.at), day_and_time(after.at))

    def _said(self, comparison: Comparison) -> str:
        if comparison.is_empty:
            return self.tr("Nothing is different")
        if self._of_machines:
            count = len(list(comparison.items()))
            return self.tr("%Ln difference(s) to the gold image", "", count)
        changed, added, removed = map(comparison.vms, (Action.CHANGED, Action.ADDED, Action.REMOVED))
        opened, resolved = len(comparison.opened), len(comparison.resolved)
        parts = (
            self.tr("%Ln VM(s) changed", "", changed) if changed else "",
            self.tr("%Ln VM(s) came", "", added) if added else "",
            self.tr("%Ln VM(s) went", "", removed) if removed else "",
            self.tr("%Ln finding(s) opened", "", opened) if opened else "",
            self.tr("%Ln finding(s) resolved", "", resolved) if resolved else "",
            self.tr("%Ln policy document(s) differ", "", len(comparison.policies)) if comparison.policies else "",
            self.tr("%Ln quarantine(s) moved on", "", len(comparison.quarantines)) if comparison.quarantines else "",
        )
        return ", ".join(filter(None, parts)) or self.tr("No VM is different")

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

    def _cause(self, group: Group) -> str:
        return {
            Cause.NETWORK: self.tr("network edited"),
            Cause.MOVE: self.tr("moved to another host"),
            Cause.INSIDE: self.tr("inside guests"),
            Cause.ITSELF: self.tr("its own"),
            Cause.ASPECT: self._aspect(group.field),
        }[group.cause]

    def _aspect(self, field: str) -> str:
        """One side of what a machine is."""
        words = {
            "state": self.tr("state"),
            "hardware": self.tr("hardware"),
            "nics": self.tr("network"),
            "disks": self.tr("storage"),
            "settings": self.tr("settings"),
            "tags": self.tr("tags and labels"),
            "guest": self.tr("guest system"),
            "applications": self.tr("applications"),
            "services": self.tr("services"),
            "patches": self.tr("patches"),
            "users": self.tr("users"),
            "sockets": self.tr("listening sockets"),
            "modules": self.tr("kernel modules"),
            "settings inside": self.tr("settings inside"),
            "autostart inside": self.tr("autostart inside"),
        }
        return words.get(field) or self._wording.field(field)

    def _became(self, action: Action) -> str:
        return {
            Action.ADDED: self.tr("new"),
            Action.REMOVED: self.tr("gone"),
            Action.CHANGED: self.tr("another"),
        }[action]

    def _stage(self, stage: str | None) -> str:
        """Of a quarantine; a newer console may know others."""
        if stage is None:
            return self._wording.none()
        return STAGE[Stage(stage)].word if stage in set(Stage) else visible(stage, 40)

    def _show_lines(self) -> None:
        """The difference of the document that is selected, else of the first."""
        rows = self.policies.items.rows
        current = self.policies.view.currentIndex()
        row = current.row() if current.isValid() else 0
        lines = rows[row].item.lines if row < len(rows) else ()
        self.lines.setPlainText("\n".join(visible(line, 400) for line in lines))

    def _finding_is(self, one: tuple[bool, FindingDifference]) -> str:
        return self.tr("open since") if one[0] else self.tr("resolved since")

    def _sides(self, item: Item) -> tuple[str, str]:
        return ("", "") if item.path == "" else self._wording.sides(self._as_change(item))

    def _as_change(self, item: Item) -> Change:
        return Change(
            number=0,
            entity=item.entity,
            name=item.name,
            action=item.action,
            path=item.path,
            before=item.before,
            after=item.after,
            observed_at=item.at or self._desk.replica.now,
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


def _row(*parts: QWidget) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GAP)
    for part in parts:
        row.addWidget(part)
    return made


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
