"""Who is in quarantine since when and why, whether it holds, and what happened to it since."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QHideEvent, QIcon, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.actions import Actions, fill
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.listing import Listing
from vmi_console.gui.panes.sheet import Cell, Fact, Line, Section, Sheet, Table
from vmi_console.gui.panes.sheet_view import SheetView
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.quarantine.actions import QuarantineActions
from vmi_console.gui.quarantine.looks import STAGE, QuarantineWords
from vmi_console.gui.replica import Replica
from vmi_console.gui.rows import Index, TitledRows
from vmi_console.gui.theme import GROUP, Theme, Tone, colours
from vmi_console.gui.wording import UNKNOWN, Wording, clock, moment
from vmi_console.gui.wrapping_bar import WrappingBar
from vmi_console.plain_text import visible
from vmi_console.response.quarantine import Quarantine, open_ways

VM, STAGE_COLUMN, SINCE, BY, REASON, VERIFIED = range(6)
AGE_MS = 10_000
"""How often “verified … ago” is said anew."""


class _Row:
    """A line that keeps its identity while its quarantine moves on."""

    __slots__ = ("quarantine",)

    def __init__(self, quarantine: Quarantine) -> None:
        self.quarantine = quarantine


class QuarantineModel(TitledRows[_Row]):
    """Those that need somebody first, then the newest; below them those that are over, if they are wanted."""

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._wording = Wording(replica)
        self._by_id: dict[str, _Row] = {}
        self.titles = (
            self.tr("VM"),
            self.tr("State"),
            self.tr("Since"),
            self.tr("By"),
            self.tr("Reason"),
            self.tr("Verified"),
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        one, column = self.rows[index.row()].quarantine, index.column()
        look = STAGE[one.stage]
        live = self._replica.link.up and not one.stage.is_closed
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(one, column)
            case Qt.ItemDataRole.ToolTipRole:
                told = (self._text(one, column), one.because, one.advice, moment(one.opened_at))
                return tooltip(*told)
            case Qt.ItemDataRole.DecorationRole if column == STAGE_COLUMN:
                return QIcon(icons.icon(look.icon, look.tone if live else Tone.MUTED))
            case Qt.ItemDataRole.ForegroundRole if not live or column in (SINCE, BY, VERIFIED):
                return QColor(colours().muted)
            case Qt.ItemDataRole.ForegroundRole if column == STAGE_COLUMN and look.tone is Tone.BAD:
                return QColor(colours().bad)
        return None

    def _text(self, one: Quarantine, column: int) -> str:
        match column:
            case 0:
                return visible(one.vm_name, 120)
            case 1:
                return STAGE[one.stage].word
            case 2:
                return clock(one.opened_at)
            case 3:
                return visible(one.by, 60)
            case 4:
                return visible(one.reason, 300)
            case _:
                return self._wording.ago(one.verified_at) or UNKNOWN

    def show_all(self, quarantines: list[Quarantine]) -> None:
        """From now on these."""
        urgent = (Tone.BAD, Tone.WARNING)

        def rank(one: Quarantine) -> tuple[bool, bool, float]:
            return one.stage.is_closed, STAGE[one.stage].tone not in urgent, -one.opened_at.timestamp()

        wanted, changed = [], []
        by_id: dict[str, _Row] = {}
        for one in sorted(quarantines, key=rank):
            row = self._by_id.get(one.id) or _Row(one)
            if row.quarantine != one:
                row.quarantine = one
                changed.append(row)
            by_id[one.id] = row
            wanted.append(row)
        self._by_id = by_id
        self.become(wanted)
        self.touch(changed)


class QuarantineView(QWidget):
    """The list, and beside it everything about the selected one. Asks for those that are over only where wanted."""

    chosen = Signal(str)  # EntityId
    picked = Signal(tuple)  # of EntityId, the one at the current row first
    finding_wanted = Signal(str)  # its id

    def __init__(self, desk: Desk, actions: QuarantineActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._actions = actions
        self._past: list[Quarantine] = []
        self._vms: tuple[EntityId, ...] = ()  # what is selected everywhere: the actions are about it
        self._following = False
        self._words = QuarantineWords(self)
        self._wording = Wording(desk.replica)
        self.model = QuarantineModel(desk.replica, self)
        self.view = Listing(self.model, self.tr("Quarantine"), (16, 19, 13, 10, 17, 21))
        self.view.setSelectionMode(Listing.SelectionMode.ExtendedSelection)
        self.sheet = SheetView()
        self.sheet.setAccessibleName(self.tr("About the quarantine"))
        self.over = QCheckBox(self.tr("Also those that are over"))
        make = Actions(self).make
        self.show_finding = make(
            self.tr("Show the finding"), self._show_finding, self.tr("What led to this quarantine"), None, "explain"
        )
        self.actions_for_menu: tuple[QAction, ...] = (*actions.all, self.show_finding)
        self._lay_out()
        self._age = QTimer(self, interval=AGE_MS)
        self._age.timeout.connect(self._show)
        self.over.toggled.connect(self._ask_past)
        self.view.selectionModel().selectionChanged.connect(self._selected)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        desk.replica.quarantines.moved.connect(self._moved)
        desk.replica.link_moved.connect(self.model.touch_all)
        Theme.current.changed.connect(self.model.touch_all)

    def _lay_out(self) -> None:
        bar = WrappingBar()
        bar.add(self.over)
        bar.add_room()
        for action in self._actions.all[1:]:
            bar.add(_button(action))
        empty = PlainLabel(
            self.tr("No VM is in quarantine. Select VMs and choose “Quarantine…”; policies can propose it, too."),
            Tone.MUTED,
        ).wrapped()
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        self.parts = QSplitter()
        self.parts.setChildrenCollapsible(False)
        self.parts.addWidget(self.view)
        self.parts.addWidget(self.sheet)
        self.parts.setStretchFactor(0, 5)
        self.parts.setStretchFactor(1, 4)
        self.parts.setSizes([550, 450])
        self._stack = QStackedLayout()
        self._stack.addWidget(empty)
        self._stack.addWidget(self.parts)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addLayout(self._stack, 1)
        self.setFocusProxy(self.view)

    # --- keeping up -----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()
        self._age.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._age.stop()

    def _moved(self) -> None:
        if self.isVisible():
            self._show()
            if self.over.isChecked():
                self._ask_past()

    def _show(self) -> None:
        now = self._desk.replica.quarantines.all
        past = [one for one in self._past if one.id not in now] if self.over.isChecked() else []
        self.model.show_all([*now.values(), *past])
        self.model.touch_all()
        self._stack.setCurrentIndex(1 if self.model.rows else 0)
        self._follow()

    def show_entities(self, entities: tuple[EntityId, ...]) -> None:
        """The rows of what was selected elsewhere, or none: never another than those that the buttons are about."""
        self._vms = entities
        if self.isVisible():
            self._follow()

    def _follow(self) -> None:
        about = frozenset(self._vms)
        rows = [number for number, row in enumerate(self.model.rows) if row.quarantine.vm in about]
        if {one.vm for one in self.all_selected()} != {self.model.rows[number].quarantine.vm for number in rows}:
            self._select(rows)
        self._describe()

    def _select(self, rows: list[int]) -> None:
        """Selects these rows, that of what leads being the current one; tells nobody."""
        flags = QItemSelectionModel.SelectionFlag
        chosen = QItemSelection()
        for number in rows:
            chosen.select(self.model.index(number, 0), self.model.index(number, 0))
        leads = [number for number in rows if self.model.rows[number].quarantine.vm == self._vms[0]] or rows
        self._following = True
        current = self.model.index(leads[0], 0) if leads else QModelIndex()
        self.view.selectionModel().setCurrentIndex(current, flags.NoUpdate)
        self.view.selectionModel().select(chosen, flags.ClearAndSelect | flags.Rows)
        self._following = False

    def _ask_past(self) -> None:
        if self.over.isChecked():
            self._desk.errands.run(self._fetch_past(), self.tr("List past quarantines"), quiet=True)
        else:
            self._show()

    async def _fetch_past(self) -> None:
        answer = await self._desk.engine.call("quarantines", past=True)
        self._past = [one for one in msgspec.convert(answer or [], list[Quarantine]) if one.stage.is_closed]
        self._show()

    # --- the selected one -----------------------------------------------------------------------------------------

    def selected(self) -> Quarantine | None:
        """The one at the current row."""
        index = self.view.currentIndex()
        return self.model.rows[index.row()].quarantine if index.isValid() else None

    def all_selected(self) -> list[Quarantine]:
        """Those of the selected rows, the current one first."""
        numbers = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        numbers.sort(key=lambda number: number != self.view.currentIndex().row())
        return [self.model.rows[number].quarantine for number in numbers]

    def _selected(self) -> None:
        if self.model.moving or self._following:
            return
        self._describe()
        vms = tuple(dict.fromkeys(one.vm for one in self.all_selected()))
        if vms:
            self._vms = vms
            self.picked.emit(vms)

    def _describe(self) -> None:
        one = self.selected()
        self.show_finding.setEnabled(one is not None and bool(one.finding))
        self.sheet.show_sheet(Sheet() if one is None else self._about(one))

    def _about(self, one: Quarantine) -> Sheet:
        look = STAGE[one.stage]
        state = f"{look.word}, {clock(one.since)}"
        facts = [
            Fact(self.tr("State"), state, moment(one.since), look.tone),
            Fact(self.tr("Verified"), self._wording.ago(one.verified_at) or UNKNOWN, moment(one.verified_at)),
            Fact(self.tr("Mode"), self._words.mode(one.mode), self._words.effect(one.mode)),
            Fact(self.tr("Put in"), self.tr("{0} by {1}").format(clock(one.opened_at), visible(one.by, 60))),
            Fact(self.tr("Reason"), visible(one.reason, 300), one.reason),
        ]
        for label, value, tone in (
            (self.tr("Because"), one.because, Tone.WARNING),
            (self.tr("What to do"), one.advice, Tone.PLAIN),
            (self.tr("Open"), open_ways(one.channels), Tone.BAD),
            (self.tr("Policy"), one.policy, Tone.PLAIN),
            (self.tr("Evidence"), one.evidence, Tone.PLAIN),
            (self.tr("Network"), one.network, Tone.PLAIN),
            (self.tr("Put back"), self.tr("%Ln time(s)", "", one.tries) if one.tries else "", Tone.WARNING),
        ):
            if value:
                facts.append(Fact(label, visible(value, 300), value, tone))
        tables = [self._words.channels(one.channels)]
        if one.noticed or one.notes:
            tables.append(self._noticed(one))
        return Sheet(sections=(Section(visible(one.vm_name, 120), tuple(facts)),), tables=tuple(tables))

    def _noticed(self, one: Quarantine) -> Table:
        """What happened to it since, the newest first."""
        columns = self.tr("When"), self.tr("What"), self.tr("Who")
        happened = [
            Line(
                f"{number}",
                (
                    Cell(clock(each.at), moment(each.at), Tone.MUTED),
                    Cell(visible(each.what, 300)),
                    Cell(visible(each.actor, 60) if each.actor else UNKNOWN, tone=Tone.MUTED),
                ),
            )
            for number, each in reversed(list(enumerate(one.noticed)))
        ]
        notes = [
            Line(f"n{place}", (Cell(""), Cell(visible(note, 300)), Cell(""))) for place, note in enumerate(one.notes)
        ]
        return Table(self.tr("What happened since"), columns, (16, 50, 16), (*happened, *notes), "")

    def _show_finding(self) -> None:
        if (one := self.selected()) is not None and one.finding:
            self.finding_wanted.emit(one.finding)

    def _open_menu(self, at: QPoint) -> None:
        if (one := self.selected()) is not None:
            if len(self.all_selected()) < 2:
                self.chosen.emit(one.vm)
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            fill(menu, self.actions_for_menu)
            menu.popup(self.view.viewport().mapToGlobal(at))


def _button(action: QAction) -> QPushButton:
    button = QPushButton()
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setText(action.text())
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    follow()
    return button
