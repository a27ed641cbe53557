"""The lines of the table of VMs for Qt: sorted, sifted and kept up to date in slices, never in one go."""

from __future__ import annotations

import gc
from collections.abc import Collection, Generator, Iterator
from itertools import batched
from time import perf_counter
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal

from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import VM, Cluster, Host
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import Delta, Replica
from vmi_console.gui.rows import Index, Rows
from vmi_console.gui.table.columns import COLUMNS, NAME, Column
from vmi_console.gui.table.facts import Facts
from vmi_console.gui.table.order import Line, Order, key_of
from vmi_console.gui.theme import Tone
from vmi_console.gui.tree.forest import natural
from vmi_console.gui.wording import UNKNOWN
from vmi_console.gui.work import Work
from vmi_console.plain_text import LIMIT, visible

FIRST_ANSWER = 0.015
"""Seconds after which a filter shows what it has found so far."""

_AT_ONCE = 5_000  # ids sorted out between two looks at the clock
_BUNCH = 50  # VMs looked at between two looks at the clock
_SIFTED = 500  # lines sifted between two: what they say is known, mostly
_MANY = 2_000  # changed VMs: from here on sorting all is quicker than moving each
_FEW = 50  # changed lines that are told one by one


class VmModel(Rows[Line]):
    """All columns there are, of all VMs that pass; the view hides what is not wanted.

    What the operator asks for happens at once. Lines that values would move stay where they are as long as the table
    is held still (see `hold`), and everything waits while nobody sees the table (see `wake`).
    """

    settled = Signal()  # rows are what they should be, for now
    about_to_move = Signal(bool)  # whether the operator asked for it

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.replica = replica
        self.facts = Facts(replica, self)
        self.column: Column = NAME
        self.descending = False
        self.lines: dict[EntityId, Line] = {}
        self._order = Order()
        self._filtered: tuple[Column, ...] = ()  # the columns that the words are looked for in
        self._words: tuple[str, ...] = ()
        self._matches: Collection[EntityId] | None = None
        self._dirty: set[EntityId] = set()
        self._places: dict[EntityId, object] = {}  # what lines say of where their VMs are, as last seen
        self._touched: set[Line] = set()
        self._unkeyed = False  # the keys are those of another column
        self._unsorted = False  # the order is not that of the keys
        self._asked = False  # the operator wants other rows
        self._loose = False  # rows would be others, if they were not held
        self._bereft = False  # rows whose VMs are gone
        self._held = False
        self._awake = False
        self._frozen = 0
        self._work = Work(self)
        replica.refreshed.connect(self._take)
        replica.link_moved.connect(self._link_moved)
        self._dirty.update(replica.records)

    # --- for Qt ---------------------------------------------------------------------------------------------------

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        sorts = column is self.column
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{column.title} {'▼' if self.descending else '▲'}" if sorts else column.title
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.AccessibleTextRole if sorts:
                way = self.tr("sorted, descending") if self.descending else self.tr("sorted, ascending")
                return f"{column.title}, {way}"
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line, column = self.rows[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(line, column)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tooltip(line, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{column.title}: {self.text(line, column)}"
            case Qt.ItemDataRole.TextAlignmentRole:
                return self.headerData(index.column(), Qt.Orientation.Horizontal, role)
        return None

    # --- what a cell says -----------------------------------------------------------------------------------------

    def vm(self, line: Line) -> VM | None:
        """Its record; None where it has just gone."""
        record = self.replica.records.get(line.entity)
        return record if isinstance(record, VM) else None

    def text(self, line: Line, column: Column) -> str:
        """What a cell says; never empty: what is known to be none is said in words."""
        vm = self.vm(line)
        return UNKNOWN if vm is None else visible(column.text(self.facts, vm)) or self.tr("none")

    def cells(self, line: Line, columns: tuple[Column, ...]) -> list[tuple[str, Tone]]:
        """What cells say, and how: muted is what is stale, not known or none; a state keeps its warning."""
        if (vm := self.vm(line)) is None:
            return [(UNKNOWN, Tone.MUTED)] * len(columns)
        stale = self.replica.is_stale(line.entity)
        cells: list[tuple[str, Tone]] = []
        for column in columns:
            text = visible(column.text(self.facts, vm))
            tone = column.tone(self.facts, vm)
            if not text or ((stale or text == UNKNOWN) and tone in (Tone.PLAIN, Tone.GOOD)):
                tone = Tone.MUTED
            cells.append((text or self.tr("none"), tone))
        return cells

    def _tooltip(self, line: Line, column: Column) -> str:
        if (vm := self.vm(line)) is None:
            return ""
        lines = tuple(column.tip(self.facts, vm)) if column.tip is not None else ()
        age = self.facts.wording.age(line.entity)
        return tooltip(*dict.fromkeys((self.text(line, column), *lines, age)))

    # --- what is shown --------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether rows are on their way."""
        return self._work.busy

    @property
    def narrowed(self) -> bool:
        """Whether some VMs may be left out, by the search or by the filter."""
        return self._matches is not None or bool(self._words)

    def sort_by(self, column: Column, descending: bool = False) -> None:
        if (column, descending) == (self.column, self.descending):
            return
        if column is not self.column:
            self._unkeyed = self._unsorted = True
        self.column, self.descending = column, descending
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        self._ask()

    def show_only(self, matches: Collection[EntityId] | None) -> None:
        """Only VMs of these; all of them with None. Other matches than before move lines as other values do."""
        if matches is None and self._matches is None:
            return
        begins_or_ends = matches is None or self._matches is None
        self._matches = matches
        self._loose = True
        if begins_or_ends:
            self._ask()
        else:
            self._start()

    def narrow(self, text: str, columns: tuple[Column, ...]) -> None:
        """Only VMs that have every word in one of these columns."""
        words = tuple(text.casefold().split())
        if set(columns) != set(self._filtered):
            self._filtered = columns
            for line in self.lines.values():
                line.told = None
        elif words == self._words:
            return
        if words or self._words:
            self._words = words
            self._ask()

    def hold(self, still: bool) -> None:
        """As long as it is held still no line moves because of its values; those of VMs that are gone go."""
        self._held = still
        if not still and self._loose:
            self._start()

    def wake(self, awake: bool) -> None:
        """Asleep it only takes down what changed."""
        self._awake = awake
        if awake:
            self.touch_all()
            self._start()

    # --- keeping up -----------------------------------------------------------------------------------------------

    def _take(self, delta: Delta) -> None:
        self._dirty.update(delta.before)
        if delta.forgets_changes:
            self._dirty |= self.facts.forget_changes()
        self._dirty |= self.facts.note(delta.changes)
        if delta.amendments:
            self._dirty |= self.facts.amend(delta.amendments, self.replica.changes)
        self._start()

    def _link_moved(self) -> None:
        self._dirty.update(connection.id for connection in self.replica.connections())
        self._start()

    def _ask(self) -> None:
        self._asked = True
        self._start()

    def _start(self) -> None:
        if self._awake and not self._work.busy:
            self._work.start(self._steps(), self.settled.emit)

    def _steps(self) -> Iterator[None]:
        while self._awake and (self._dirty or self._unsorted or self._asked or self._pressing):
            if self._dirty:
                yield from self._line_up()
            if self._unsorted:
                yield from self._sort_anew()
            if not self._unsorted and (self._asked or self._pressing):
                yield from self._arrange()  # before what changed meanwhile is looked at: it may never end
        touched, self._touched = self._touched, set()
        if len(touched) > _FEW:
            self.touch_all()  # one message: only what is on screen is painted
        elif touched:
            self.touch(touched)
        self._spare_collections()

    @property
    def _pressing(self) -> bool:
        """Whether rows have to move though nobody asked for it."""
        return self._bereft or (self._loose and not self._held)

    def _spare_collections(self) -> None:
        """Takes what belongs to new lines out of garbage collection: it would be walked each time."""
        if len(self.lines) > self._frozen + _MANY:
            self._frozen = len(self.lines)
            gc.freeze()

    # --- lines ----------------------------------------------------------------------------------------------------

    def _line_up(self) -> Iterator[None]:
        """Brings lines and their order up to what is known."""
        dirty, self._dirty = self._dirty, set()
        vms: set[EntityId] = set()
        others: list[EntityId] = []
        for entities in batched(dirty, _AT_ONCE):
            for entity in entities:
                if entity.startswith("vm/"):
                    vms.add(entity)
                else:
                    others.append(entity)
            yield
        for number, entity in enumerate(others):
            vms.update(self._moved_with(entity))
            if number % _BUNCH == 0:
                yield
        if len(vms) > _MANY:
            self._unsorted = True
        for number, entity in enumerate(vms):
            self._place(entity)
            if number % _BUNCH == 0:
                yield

    def _moved_with(self, entity: EntityId) -> Iterator[EntityId]:
        """The VMs whose lines say something else since something that they are on or in became another."""
        record = self.replica.records.get(entity)
        seen: object = None
        match record:
            case Host():
                seen = record.name, record.cluster, record.datacenter, self.replica.is_stale(entity)
            case Cluster():
                seen = record.name, record.datacenter
            case _ if record is not None:
                seen = record.name, self.replica.is_stale(entity)
        before = self._places.pop(entity, None)
        if seen is not None:
            self._places[entity] = seen
        if before == seen:
            return
        match kind_of(entity):
            case "host" | "network":
                yield from map(EntityId, self.replica.referring(entity, "vm"))
            case "cluster":
                for host in self.replica.referring(entity, "host"):
                    yield from self.replica.referring(host, "vm")
            case "datacenter" | "connection":
                yield from self.lines

    def _place(self, entity: EntityId) -> None:
        record = self.replica.records.get(entity)
        line = self.lines.get(entity)
        if not isinstance(record, VM):
            if line is not None:
                del self.lines[entity]
                self.facts.forget(entity)
                self._bereft = True
                if not self._unsorted:
                    self._order.remove(line)
            return
        name = f"{natural(record.name)}\0{entity}"
        key = key_of(self.column.value(self.facts, record), name)
        if line is None:
            line = self.lines[entity] = Line(record.id, key)
            self._loose = True
            if not self._unsorted:
                self._order.add(line)
            return
        line.told = None
        self._touched.add(line)
        self._loose |= bool(self._words)
        if line.key != key:
            self._loose = True
            if not self._unsorted:
                self._order.remove(line)
            line.key = key
            if not self._unsorted:
                self._order.add(line)

    def _sort_anew(self) -> Iterator[None]:
        column = self.column
        lines = list(self.lines.values())
        if self._unkeyed:
            for number, line in enumerate(lines):
                vm = self.vm(line)  # one that has just gone is about to be taken away
                line.key = key_of(None if vm is None else column.value(self.facts, vm), line.key[2])
                if number % _BUNCH == 0:
                    yield
                    if column is not self.column:  # another one is wanted by now
                        return
        yield from self._order.sort(lines)
        if column is self.column:
            self._unkeyed = self._unsorted = False
            self._loose = True

    # --- rows -----------------------------------------------------------------------------------------------------

    def _arrange(self) -> Iterator[None]:
        """Shows what passes, in its order; of lines that are held still it only takes away those that are gone."""
        asked, held = self._asked, self._held and not self._asked and bool(self.rows)
        self._asked = self._bereft = False
        if held:
            wanted = [line for line in self.rows if line.entity in self.lines]
        else:
            self._loose = False
            ordered = yield from self._order.shown(self.descending)
            yield
            sifted = yield from self._sift(ordered, asked)
            if sifted is None:
                return
            wanted = sifted
        yield
        self.about_to_move.emit(asked)
        yield from self._become(wanted)

    def _sift(self, lines: list[Line], asked: bool) -> Generator[None, None, list[Line] | None]:
        """Those that pass; None if by then something else is asked for.

        Where it was asked for and takes time, what has been found is shown first.
        """
        words, matches = self._words, self._matches
        found = lines
        if matches is not None:
            found = [line for line in lines if line.entity in matches]
            yield
        if not words:
            return found
        passed: list[Line] = []
        answer_at = perf_counter() + FIRST_ANSWER
        for start in range(0, len(found), _BUNCH):
            for line in found[start : start + _BUNCH]:
                told = line.told or self._tell(line)
                if all(word in told for word in words):
                    passed.append(line)
            if start % _SIFTED == 0 or perf_counter() > answer_at:
                yield
                if self._asked:
                    return None
                if asked and passed and perf_counter() > answer_at:
                    asked = False
                    self.about_to_move.emit(True)
                    yield from self._become(list(passed))
        return passed

    def _tell(self, line: Line) -> str:
        """What the line's filtered columns say, for words to be looked for in."""
        vm = self.vm(line)
        told = [column.text(self.facts, vm)[:LIMIT] for column in self._filtered] if vm is not None else ()
        line.told = "\n".join(told).casefold()
        return line.told

    def _become(self, wanted: list[Line]) -> Iterator[None]:
        """At most one removal, one insertion and two reorderings, however scattered the lines are.

        Each of `approach`'s ranges costs a fraction of a millisecond: too much where a filter leaves every other line.
        """
        if self.rows == wanted:
            return
        keep = set(wanted)
        yield
        stay = [line for line in self.rows if line in keep]
        yield
        if len(stay) < len(self.rows):
            gone = [line for line in self.rows if line not in keep]
            yield
            self._reorder([*stay, *gone])
            yield from self._remove([(len(stay), len(self.rows) - 1)])
        if len(stay) < len(wanted):
            there = set(stay)
            yield
            everything = [*stay, *(line for line in wanted if line not in there)]
            yield
            yield from self._insert(everything, [(len(stay), len(everything) - 1)])
        self._reorder(wanted)
