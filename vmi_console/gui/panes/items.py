"""Many things of one kind in a list that can be filtered and sorted: applications, settings, VMs of a network.

What a row says is worked out when somebody looks at it; filtering and sorting go in slices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QIcon

from vmi_console.gui import icons
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.rows import Index, Rows
from vmi_console.gui.theme import Tone, colours
from vmi_console.gui.tree.forest import natural
from vmi_console.gui.work import Work

DEPTH = Qt.ItemDataRole.UserRole + 1
"""How many others a cell hangs below; 0 where items do not stand in the order in which they were given."""

_AT_ONCE = 200  # items looked at between two looks at the clock


@dataclass(frozen=True)
class Column[Item]:
    """What a column says of an item. `width` is in figures; it sorts by `order`, or by its text as people do.

    `depth` says how many of those before it an item hangs below, in the order in which items are given.
    """

    title: str
    width: int
    text: Callable[[Item], str]
    order: Callable[[Item], Any] | None = None
    tone: Callable[[Item], Tone] = lambda item: Tone.PLAIN
    icon: Callable[[Item], str] = lambda item: ""
    number: bool = False  # aligned to the right
    depth: Callable[[Item], int] | None = None

    def rank(self, item: Item) -> Any:
        """What it sorts an item by."""
        return natural(self.text(item)) if self.order is None else self.order(item)


class Entry[Item]:
    """A row: it stays the same, with its place and selection, while its item is replaced by a newer one."""

    __slots__ = ("item",)

    def __init__(self, item: Item) -> None:
        self.item = item


class Items[Item](Rows[Entry[Item]]):
    """Items by key. `settled` says that what is wanted is shown."""

    settled = Signal()

    def __init__(self, columns: tuple[Column[Item], ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self._entries: dict[str, Entry[Item]] = {}  # in the order in which they were given
        self._words: tuple[str, ...] = ()
        self._sorted: tuple[int, bool] | None = None  # column, descending
        self._work = Work(self)

    @property
    def busy(self) -> bool:
        return self._work.busy

    @property
    def total(self) -> int:
        """How many there are, shown or not."""
        return len(self._entries)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(self.columns[section].number)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, item = self.columns[index.column()], self.rows[index.row()].item
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(item)
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(column.text(item))
            case Qt.ItemDataRole.DecorationRole:
                name = column.icon(item)
                return QIcon(icons.icon(name, column.tone(item))) if name else None
            case Qt.ItemDataRole.ForegroundRole if not column.icon(item):
                tone = column.tone(item)
                return None if tone is Tone.PLAIN else QColor(colours().tone(tone))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column.number)
            case _ if role == DEPTH and column.depth is not None:
                return column.depth(item) if self._hangs else 0
        return None

    @property
    def _hangs(self) -> bool:
        """Whether what an item hangs below stands before it."""
        return self._sorted is None and not self._words

    def show_items(self, items: Iterable[tuple[str, Item]]) -> None:
        """Shows these (key, item), those of the same key in the same rows."""
        entries: dict[str, Entry[Item]] = {}
        changed: list[Entry[Item]] = []
        for key, item in items:
            entry = self._entries.get(key)
            if entry is None:
                entry = Entry(item)
            elif entry.item != item:
                entry.item = item
                changed.append(entry)
            entries[key] = entry
        self._entries = entries
        self.touch(changed)
        self._arrange()

    def narrow(self, text: str) -> None:
        """Shows only those that contain every word."""
        hung = self._hangs
        self._words = tuple(text.casefold().split())
        self._rearrange(hung)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column; by none (-1) as the items were given."""
        wanted = (column, order is Qt.SortOrder.DescendingOrder) if column >= 0 else None
        if wanted != self._sorted:
            hung = self._hangs
            self._sorted = wanted
            self._rearrange(hung)

    def _rearrange(self, hung: bool) -> None:
        if self._hangs is not hung and any(column.depth is not None for column in self.columns):
            self.touch_all()
        self._arrange()

    def _arrange(self) -> None:
        self._work.start(self._steps(), self.settled.emit)

    def _steps(self) -> Iterator[None]:
        entries = list(self._entries.values())
        runs: list[list[tuple[Any, int, Entry[Item]]]] = []
        column, descending = self._sorted or (-1, False)
        for start in range(0, len(entries), _AT_ONCE):
            passing = ((number, entries[number]) for number in range(start, min(start + _AT_ONCE, len(entries))))
            run = [
                (self.columns[column].rank(entry.item) if column >= 0 else 0, number, entry)
                for number, entry in passing
                if self._passes(entry)
            ]
            runs.append(sorted(run, reverse=descending))
            yield
        wanted: list[Entry[Item]] = []
        for place, (_, _, entry) in enumerate(merge(*runs, reverse=descending)):
            wanted.append(entry)
            if place % _AT_ONCE == 0:
                yield
        yield from self.approach(wanted)

    def _passes(self, entry: Entry[Item]) -> bool:
        if not self._words:
            return True
        haystack = "\n".join(column.text(entry.item) for column in self.columns).casefold()
        return all(word in haystack for word in self._words)


def _side(number: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
