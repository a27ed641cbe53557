"""The change log: what changed, before and after, who did it, when, and how it was seen. Newest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from PySide6.QtCore import QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from vmi_console.estate.changes import Action, Amendment, Change
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of, native_of
from vmi_console.estate.records import VM
from vmi_console.gui import icons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.listing import Listing
from vmi_console.gui.panes.occurrences import Bookkeeping, Folding, Occurrence
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import CHANGES_KEPT, Delta, Replica
from vmi_console.gui.rows import Index, TitledRows
from vmi_console.gui.theme import Tone, colours
from vmi_console.gui.wording import Wording, moment, number
from vmi_console.gui.work import Work
from vmi_console.gui.wrapping_bar import WrappingBar
from vmi_console.plain_text import visible

WHEN, WHAT, PROPERTY, BEFORE, ARROW, AFTER, WHO, SEEN = range(8)
NAMED = 16  # members that the tooltip names
_BUNCH = 20  # changes or rows worked on between two looks at the clock

_ICONS = {
    Action.ADDED: ("added", Tone.GOOD),
    Action.REMOVED: ("removed", Tone.WARNING),
    Action.CHANGED: ("changed", Tone.MUTED),
}


def _outside(entity: EntityId) -> EntityId:
    """The VM of a guest, of which the window knows nothing else; anything else itself."""
    inside = kind_of(entity) == "guest"
    return entity_id("vm", endpoint_of(entity), native_of(entity)) if inside else entity


class ChangesModel(TitledRows[Occurrence]):
    """The newest changes; `narrow` shows only some of them. Whatever comes is worked in slice by slice."""

    settled = Signal()  # what there is is shown

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wording = Wording(replica)
        self._entries: deque[Occurrence] = deque()  # newest first
        self._by_number: dict[int, Occurrence] = {}
        self._folding = Folding()
        self._bookkeeping = Bookkeeping()
        self._waiting: deque[Change] = deque(replica.changes)
        self._amendments: list[Amendment] = []
        self._words: tuple[str, ...] = ()
        self._entity: EntityId | None = None
        self._unsifted = False  # narrowed anew, and not yet shown so
        self._renewed = False  # the rows are still those of another time
        self.total = 0  # changes in the log
        self.titles = (
            self.tr("When"),
            self.tr("What"),
            self.tr("Property"),
            self.tr("Before"),
            "",
            self.tr("After"),
            self.tr("Who"),
            self.tr("Seen by"),
        )
        self._altered: set[Occurrence] = set()
        self._work = Work(self)
        self._start()
        replica.refreshed.connect(self._take)

    @property
    def busy(self) -> bool:
        return self._work.busy

    @property
    def narrowed(self) -> bool:
        """Whether only some are wanted."""
        return bool(self._words or self._entity)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry, column = self.rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return entry.cells(self._wording)[column]
            case Qt.ItemDataRole.DecorationRole if column == ARROW:
                name, tone = _ICONS[entry.newest.action]
                return QIcon(icons.icon(name, tone))
            case Qt.ItemDataRole.ForegroundRole if column in (WHEN, BEFORE, SEEN):
                return QColor(colours().muted)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tooltip(entry)
        return None

    def narrow(self, text: str, entity: EntityId | None) -> None:
        """Shows only changes that contain every word, and only those of one entity if there is one."""
        self._words = tuple(text.casefold().split())
        self._entity = entity
        self._unsifted = True
        self._start()

    # --- keeping up -----------------------------------------------------------------------------------------------

    def _take(self, delta: Delta) -> None:
        if delta.forgets_changes:
            self._forget()
        self._waiting.extend(delta.changes)
        self._amendments.extend(delta.amendments)
        self._start()

    def _forget(self) -> None:
        """Another time is shown; the rows stay until what takes their place is known."""
        self._entries.clear()
        self._by_number.clear()
        self._waiting.clear()
        self._amendments.clear()
        self._folding, self._bookkeeping = Folding(), Bookkeeping()
        self.total = 0
        self._renewed = self._unsifted = True

    def _start(self) -> None:
        if not self._work.busy and (self._waiting or self._amendments or self._unsifted):
            self._work.start(self._steps(), self.settled.emit)

    def _steps(self) -> Iterator[None]:
        while self._waiting or self._amendments or self._unsifted:
            while self._waiting:
                self._add([self._waiting.popleft() for _ in range(min(_BUNCH, len(self._waiting)))])
                yield
            amendments, self._amendments = self._amendments, []
            self._amend(amendments)
            if self._unsifted:
                yield from self._sift()
        altered, self._altered = self._altered, set()
        self.touch(altered)

    def _add(self, changes: Iterable[Change]) -> None:
        """Puts changes at the top, and takes as many of the oldest away."""
        fresh: list[Occurrence] = []
        for change in changes:
            if self._bookkeeping.has(change):
                continue
            entry, is_new = self._folding.entry_of(change)
            if is_new:
                fresh.append(entry)
            else:  # what was folded in may be what is looked for
                self._altered.add(entry)
                self._unsifted |= self.narrowed
            self._by_number[change.number] = entry
            self.total += 1
        self._entries.extendleft(fresh)
        if self._renewed:
            return
        shown = [entry for entry in reversed(fresh) if self._passes(entry)]
        gone = 0
        while self.total > CHANGES_KEPT and len(self._entries) > 1:
            oldest = self._entries.pop()
            self.total -= len(oldest.members)
            for change in oldest.members.values():
                if self._by_number.get(change.number) is oldest:
                    del self._by_number[change.number]
            gone += len(self.rows) > gone and self.rows[-1 - gone] is oldest
        self.shift(shown, gone)

    def _amend(self, amendments: Iterable[Amendment]) -> None:
        """Authors became known."""
        for amendment in amendments:
            if (entry := self._by_number.get(amendment.number)) is None:
                continue
            for change in list(entry.members.values()):
                if change.number == amendment.number and change.actor != amendment.actor:
                    entry.put(msgspec.structs.replace(change, actor=amendment.actor))
                    self._altered.add(entry)
                    self._unsifted |= self.narrowed

    def _sift(self) -> Iterator[None]:
        """Shows what passes the filter, and nothing else."""
        self._unsifted = self._renewed = False
        wanted: list[Occurrence] = []
        for place, entry in enumerate(self._entries):
            if self._passes(entry):
                wanted.append(entry)
            if place % _BUNCH == 0:
                yield
                if self._unsifted:  # by other words
                    return
        yield from self.approach(wanted)

    def _passes(self, entry: Occurrence) -> bool:
        if self._entity is not None and all(_outside(entity) != self._entity for entity in entry.members):
            return False
        return not self._words or all(word in entry.haystack(self._wording) for word in self._words)

    def _tooltip(self, entry: Occurrence) -> str:
        change, cells = entry.newest, entry.cells(self._wording)

        def at(label: str, time: datetime | None) -> str:
            return f"{label}: {moment(time)}" if time is not None else ""

        names = [visible(one.name, 60) for one in entry.members.values()] if len(entry.members) > 1 else []
        more = len(names) - NAMED
        return tooltip(
            f"{cells[WHAT]}: {cells[PROPERTY]}",
            f"{cells[BEFORE]} → {cells[AFTER]}" if change.path else "",
            at(self.tr("happened"), change.occurred_at),
            at(self.tr("not before"), change.not_before),
            at(self.tr("seen"), change.observed_at),
            self.tr("by {0}").format(cells[WHO]) if cells[WHO] else self.tr("by whom is not known"),
            *names[:NAMED],
            self.tr("and {0} more").format(number(more)) if more > 0 else "",
        )


class ChangesPane(QWidget):
    """The log with its filter. A selected line selects its entity."""

    chosen = Signal(str)  # EntityId

    def __init__(self, replica: Replica, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._model = ChangesModel(replica, self)
        self._entity: EntityId | None = None
        self.view = Listing(self._model, self.tr("Changes, newest first"), (14, 24, 28, 22, 2, 22, 20, 14))
        self.filter = QLineEdit(clearButtonEnabled=True, placeholderText=self.tr("Filter changes"))
        self.filter.setAccessibleName(self.tr("Filter changes"))
        self.filter.setFixedWidth(240)
        self.only = QCheckBox(self.tr("Only the selection"))
        self._count = PlainLabel(tone=Tone.MUTED)
        bar = WrappingBar()
        bar.add(self.filter)
        bar.add(self.only)
        bar.add_room()
        bar.add(self._count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.view)
        self._typed = QTimer(self, singleShot=True, interval=120)
        self._typed.timeout.connect(self._narrow)
        self.filter.textChanged.connect(lambda: self._typed.start())
        self.only.toggled.connect(self._narrow)
        self.view.selectionModel().selectionChanged.connect(self._selected)
        self._model.rowsInserted.connect(self._stay)
        self._model.settled.connect(self._tell)
        self._tell()

    @property
    def busy(self) -> bool:
        """Whether there is more to show than is shown."""
        return self._model.busy

    def show_entity(self, entity: EntityId | None) -> None:
        """What “only the selection” is about."""
        self._entity = entity
        if self.only.isChecked():
            self._narrow()

    def _narrow(self) -> None:
        self._model.narrow(self.filter.text(), self._entity if self.only.isChecked() else None)

    def _selected(self) -> None:
        """Tells whom the selected row is about, if it is still there."""
        rows = self.view.selectionModel().selectedRows()
        if rows and not self._model.moving:
            subject = self._subject(self._model.rows[rows[0].row()])
            if subject in self._replica.records:
                self.chosen.emit(subject)

    def _subject(self, entry: Occurrence) -> EntityId:
        """What a row is about: its entity, of a guest the VM; of VMs that share a host, the host."""
        vms = [_outside(entity) for entity in entry.members]
        if len(vms) > 1:
            records = (self._replica.records.get(vm) for vm in vms)
            hosts = {record.host if isinstance(record, VM) else None for record in records}
            if len(hosts) == 1 and (host := hosts.pop()) is not None:
                return host
        return _outside(entry.newest.entity)

    def _stay(self, _: QModelIndex, first: int, last: int) -> None:
        """Rows that come on top do not move those that are being read."""
        bar = self.view.verticalScrollBar()
        if first == 0 and bar.value() > 0:
            bar.setValue(bar.value() + last + 1)

    def _tell(self) -> None:
        total = self._model.total
        if total == 0:
            self._count.setText(self.tr("Nothing has changed yet"))
        elif not self._model.narrowed:
            self._count.setText(self.tr("%Ln change(s)", "", total))
        else:
            shown = sum(len(entry.members) for entry in self._model.rows)
            self._count.setText(self.tr("{0} of {1} changes").format(number(shown), number(total)))
