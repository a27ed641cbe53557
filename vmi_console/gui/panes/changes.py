"""The change log: what changed, before and after, who did it, when, and how it was seen. Newest first."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import Any

import msgspec
from PySide6.QtCore import QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from vmi_console.estate.changes import Action, Change
from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.listing import Listing
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import CHANGES_KEPT, Delta, Replica
from vmi_console.gui.rows import Index, Rows
from vmi_console.gui.theme import GAP, Tone, colours
from vmi_console.gui.wording import Wording, clock, moment, number
from vmi_console.plain_text import visible

WHEN, WHAT, PROPERTY, BEFORE, ARROW, AFTER, WHO, SEEN = range(8)

_ICONS = {
    Action.ADDED: ("added", Tone.GOOD),
    Action.REMOVED: ("removed", Tone.WARNING),
    Action.CHANGED: ("changed", Tone.MUTED),
}


class _Entry:
    """A change in words, worked out once: painting and filtering ask often."""

    __slots__ = ("cells", "change", "haystack")

    def __init__(self, change: Change, wording: Wording) -> None:
        self.tell(change, wording)

    def tell(self, change: Change, wording: Wording) -> None:
        """Says it anew: an author may become known later."""
        self.change = change
        whole = not change.path
        self.cells = (
            clock(change.occurred_at or change.observed_at),
            visible(change.name, 80),
            wording.action(change),
            "" if whole else wording.value(change.before),
            "",
            "" if whole else wording.value(change.after),
            visible(change.actor, 60) if change.actor else "",
            wording.seen(change.seen),
        )
        self.haystack = "\n".join(self.cells).casefold()


class ChangesModel(Rows[_Entry]):
    """The newest changes; `narrow` shows only some of them."""

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wording = Wording(replica)
        self._entries: deque[_Entry] = deque(maxlen=CHANGES_KEPT)  # newest first
        self._words: tuple[str, ...] = ()
        self._entity: EntityId | None = None
        self._titles = (
            self.tr("When"),
            self.tr("What"),
            self.tr("Property"),
            self.tr("Before"),
            "",
            self.tr("After"),
            self.tr("Who"),
            self.tr("Seen by"),
        )
        self._take(Delta({}, tuple(replica.changes)))
        replica.refreshed.connect(self._take)

    @property
    def total(self) -> int:
        return len(self._entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section] if 0 <= section < len(self._titles) else None
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry, column = self.rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return entry.cells[column]
            case Qt.ItemDataRole.DecorationRole if column == ARROW:
                name, tone = _ICONS[entry.change.action]
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
        self._show()

    def _take(self, delta: Delta) -> None:
        amended = {amendment.number: amendment for amendment in delta.amendments}
        if amended:
            touched = []
            for entry in self._entries:
                if (author := amended.get(entry.change.number)) is not None and author.actor != entry.change.actor:
                    entry.tell(msgspec.structs.replace(entry.change, actor=author.actor), self._wording)
                    touched.append(entry)
            self.touch(touched)
        if delta.changes:
            self._entries.extendleft(_Entry(change, self._wording) for change in delta.changes)
        if delta.changes or amended:
            self._show()

    def _show(self) -> None:
        wanted = [entry for entry in self._entries if self._passes(entry)]
        self.become(wanted)

    def _passes(self, entry: _Entry) -> bool:
        return (self._entity is None or entry.change.entity == self._entity) and all(
            word in entry.haystack for word in self._words
        )

    def _tooltip(self, entry: _Entry) -> str:
        change = entry.change

        def at(label: str, time: datetime | None) -> str:
            return f"{label}: {moment(time)}" if time is not None else ""

        return tooltip(
            f"{entry.cells[WHAT]}: {entry.cells[PROPERTY]}",
            f"{entry.cells[BEFORE]} → {entry.cells[AFTER]}" if change.path else "",
            at(self.tr("happened"), change.occurred_at),
            at(self.tr("not before"), change.not_before),
            at(self.tr("seen"), change.observed_at),
            self.tr("by {0}").format(entry.cells[WHO]) if change.actor else self.tr("by whom is not known"),
        )


class ChangesPane(QWidget):
    """The log with its filter. A selected line selects its entity."""

    chosen = Signal(str)  # EntityId

    def __init__(self, replica: Replica, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ChangesModel(replica, self)
        self._entity: EntityId | None = None
        self.view = Listing(self._model, self.tr("Changes, newest first"), (14, 24, 28, 22, 2, 22, 20, 14))
        self.filter = QLineEdit(clearButtonEnabled=True, placeholderText=self.tr("Filter changes"))
        self.filter.setAccessibleName(self.tr("Filter changes"))
        self.filter.setFixedWidth(240)
        self.only = QCheckBox(self.tr("Only the selection"))
        self._count = PlainLabel(tone=Tone.MUTED)
        bar = QHBoxLayout()
        bar.setContentsMargins(GAP, 4, GAP, 4)
        bar.setSpacing(GAP)
        bar.addWidget(self.filter)
        bar.addWidget(self.only)
        bar.addStretch(1)
        bar.addWidget(self._count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.view)
        self._typed = QTimer(self, singleShot=True, interval=120)
        self._typed.timeout.connect(self._narrow)
        self.filter.textChanged.connect(lambda: self._typed.start())
        self.only.toggled.connect(self._narrow)
        self.view.selectionModel().currentRowChanged.connect(self._current)
        self._model.rowsInserted.connect(self._tell)
        self._model.rowsRemoved.connect(self._tell)
        self._tell()

    def show_entity(self, entity: EntityId | None) -> None:
        """What “only the selection” is about."""
        self._entity = entity
        if self.only.isChecked():
            self._narrow()

    def _narrow(self) -> None:
        self._model.narrow(self.filter.text(), self._entity if self.only.isChecked() else None)
        self._tell()

    def _current(self, current: QModelIndex) -> None:
        if current.isValid() and not self._model.moving:
            self.chosen.emit(self._model.rows[current.row()].change.entity)

    def _tell(self) -> None:
        shown, total = len(self._model.rows), self._model.total
        if total == 0:
            self._count.setText(self.tr("Nothing has changed yet"))
        elif shown == total:
            self._count.setText(self.tr("%Ln change(s)", "", total))
        else:
            self._count.setText(self.tr("{0} of {1} changes").format(number(shown), number(total)))
