"""Which lines are selected, kept by what they are: sorting, filtering and 45,000 of them cost nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, compress, islice
from operator import attrgetter

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QObject, Signal

from vmi_console.estate.identity import EntityId
from vmi_console.gui.rows import ranges
from vmi_console.gui.table.model import VmModel

MOST_RANGES = 100
"""Ranges of rows that Qt is told of: it looks through all of them for each cell that it paints."""

FEW = 5
"""Selected lines that are found one by one; of more it is quicker to look at every line."""

_selected = re.compile(rb"\x01+")
_entity = attrgetter("entity")
_Flag = QItemSelectionModel.SelectionFlag


class Picking(QItemSelectionModel):
    """Takes the view's commands for ids; Qt's own selection is a likeness of them, for accessibility.

    Qt keeps selected cells as ranges, and each cell for itself while rows are reordered: with thousands of them apart
    from each other every click would take seconds.
    """

    moved = Signal()  # by the operator

    def __init__(self, model: VmModel, parent: QObject | None = None) -> None:
        super().__init__(None)
        self.setParent(parent)
        self._lines = model
        self.ids: set[EntityId] = set()
        self.count = 0  # of those that are shown
        self._settled: set[EntityId] = set()  # without what is being dragged or extended
        self._moved = False  # rows came, went or changed places since Qt was told
        model.layoutAboutToBeChanged.connect(self._let_go)  # before Qt's own answer to it
        self.setModel(model)
        for signal in (model.rowsInserted, model.rowsRemoved, model.layoutChanged):
            signal.connect(self._note)
        model.settled.connect(self._follow)

    def pick(self, entities: Iterable[EntityId]) -> None:
        """Selects these, shown or not, and nothing else; without telling anybody."""
        self.ids = set(entities)
        self._settled = self.ids
        self.mirror()

    def shown(self, most: int | None = None) -> tuple[EntityId, ...]:
        """Those that are selected and shown, in the order of the lines; the first `most` of them if there are more."""
        return tuple(islice(compress(map(_entity, self._lines.rows), self._flags()), most)) if self.ids else ()

    def select(  # type: ignore[override]
        self, selection: QItemSelection | QModelIndex, command: QItemSelectionModel.SelectionFlag
    ) -> None:
        """What a click, a key or a drag does (see `QItemSelectionModel::select`)."""
        if command == _Flag.NoUpdate:
            return
        if isinstance(selection, QModelIndex):
            selection = QItemSelection(selection, selection)
        rows = self._lines.rows
        parts = [selection.at(number) for number in range(selection.size())]
        meant = set(chain.from_iterable(map(_entity, rows[part.top() : part.bottom() + 1]) for part in parts))
        if command & _Flag.Clear:
            self._settled = set()
        elif not command & _Flag.Current:
            self._settled = set(self.shown())
        match command & (_Flag.Select | _Flag.Deselect | _Flag.Toggle):
            case _Flag.Select:
                wanted = self._settled | meant if self._settled else meant
            case _Flag.Deselect:
                wanted = self._settled - meant
            case _Flag.Toggle:
                wanted = self._settled ^ meant
            case _:
                wanted = self._settled
        if wanted != self.ids:
            self.ids = wanted
            self.mirror()
            self.moved.emit()

    def mirror(self) -> None:
        """Tells Qt what is selected: of many ranges those nearest to the current row."""
        self._moved = False
        runs = self._few_ranges() if len(self.ids) <= FEW else self._ranges()
        self.count = sum(high - low + 1 for low, high in runs)
        if len(runs) > MOST_RANGES:
            at = self.currentIndex().row()
            runs = sorted(runs, key=lambda one: abs(one[0] - at))[:MOST_RANGES]
        model, last = self._lines, self._lines.columnCount() - 1
        likeness = QItemSelection()
        for low, high in runs:
            likeness.select(model.index(low, 0), model.index(high, last))
        super().select(likeness, _Flag.ClearAndSelect)

    def _few_ranges(self) -> list[tuple[int, int]]:
        lines = filter(None, map(self._lines.lines.get, self.ids))
        return ranges(sorted(row for line in lines if (row := self._lines.row_of(line)) is not None))

    def _ranges(self) -> list[tuple[int, int]]:
        return [(run.start(), run.end() - 1) for run in _selected.finditer(self._flags())]

    def _note(self) -> None:
        self._moved = True

    def _follow(self) -> None:
        """Values that changed leave the likeness as it is."""
        if self._moved:
            self.mirror()

    def _flags(self) -> bytes:
        """For each line whether it is selected: all of them at the speed of C."""
        return bytes(map(self.ids.__contains__, map(_entity, self._lines.rows)))

    def _let_go(self) -> None:
        super().select(QItemSelection(), _Flag.Clear)
