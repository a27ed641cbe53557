"""The estate tree on screen: a table of one column, what is selected in it, and how it stands still while rows move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.gui.listing import RowsView
from vmi_console.gui.rows import ranges
from vmi_console.gui.theme import ROW
from vmi_console.gui.tree.forest import Node
from vmi_console.gui.tree.model import EstateModel
from vmi_console.gui.tree.painting import ARROW, INDENT, PAD, RowPainter

MOST_PICKED = 1_000
"""Entities that a selection tells: panes and tables about more would say nothing to anybody."""
MOST_FOLLOWED = 5_000
"""Selected rows of which each is found again when its VM moves."""
MOST_REVEALED = 50
"""Selected entities that are looked for in closed branches."""


class EstateView(RowsView):
    """`picked` says what the operator selected; rows that come and go around it do not.

    A heading that stands for no record, such as a VLAN or a tag, selects the VMs below it.
    """

    picked = Signal(tuple)  # of EntityId, at most `MOST_PICKED`; the one at the current row leads
    menu_wanted = Signal(object, object)  # the selected EntityIds, and where on the screen: a QPoint

    def __init__(self, model: EstateModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._selected: list[Node] = []  # by the operator or for them, the leading one first; some may be gone
        self._picked: tuple[EntityId, ...] = ()
        self._selecting = False  # on behalf of somebody else
        self._unrevealed = False
        self._on_arrow = False
        self._returning_to = ""  # the key of the row to come first on screen
        self._anchor: tuple[Node, int] | None = None
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._tell)
        self.setModel(model)
        self.setItemDelegate(RowPainter(self))
        self.setObjectName("estate")
        self.setAccessibleName(self.tr("Estate"))
        self.setAccessibleDescription(
            self.tr("Connections and what they hold; right opens a row, left closes it, * opens all below")
        )
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerItem)
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(ROW)
        rows.setDefaultSectionSize(ROW)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.selectionModel().selectionChanged.connect(self._selection_changed)
        self.selectionModel().currentChanged.connect(self._selection_changed)
        model.about_to_move.connect(self._hold)
        model.settled.connect(self._restore)
        model.arranged.connect(self._arranged)

    def node_at(self, index: QModelIndex | QPersistentModelIndex) -> Node | None:
        return self._model.rows[index.row()] if index.isValid() else None

    def show_entities(self, entities: tuple[EntityId, ...]) -> None:
        """Selects these without telling anybody, opening what is above them. What is hidden is selected later."""
        if entities == self._picked:
            return
        self._soon.stop()
        self._picked = entities
        self._selected = [Node(entity, "", None) for entity in entities]
        self._unrevealed = bool(entities)
        self._restore()

    @property
    def picks(self) -> tuple[EntityId, ...]:
        """What was told last, or shown."""
        return self._picked

    @property
    def top(self) -> Node | None:
        """The first row on screen."""
        return self.node_at(self.indexAt(QPoint(0, 0)))

    def come_back(self, entities: tuple[EntityId, ...], top: str) -> None:
        """Selects what was selected at an earlier start, and tells so; the row of this key comes first on screen."""
        self.show_entities(entities)
        self._returning_to = top
        self._restore()
        self.picked.emit(entities)

    # --- the operator ---------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        node = self.node_at(self.indexAt(event.position().toPoint()))
        if node is not None and node.below and event.button() is Qt.MouseButton.LeftButton:
            start = PAD + node.depth * INDENT
            across = event.position().x()
            if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
                across = self.viewport().width() - across
            if start <= across < start + ARROW:
                self._on_arrow = True
                self._model.set_open(node, not self._model.is_open(node))
                return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._on_arrow:  # else a click with a trembling hand would begin to select
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._on_arrow:
            self._on_arrow = False
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        node = self.node_at(self.indexAt(event.position().toPoint()))
        if node is not None and node.below:
            self._model.set_open(node, not self._model.is_open(node))
        else:
            super().mouseDoubleClickEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The mouse asks about the row under it, the keyboard about the current one."""
        at = event.globalPos()
        if event.reason() is not QContextMenuEvent.Reason.Mouse:
            row = self.visualRect(self.currentIndex())
            at = self.viewport().mapToGlobal(row.bottomLeft() if row.isValid() else QPoint())
        if self.selectionModel().hasSelection():
            self._tell()
            self.menu_wanted.emit(self._picked, at)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        node = self.node_at(self.currentIndex())
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        inwards, outwards = Qt.Key.Key_Right, Qt.Key.Key_Left
        if mirrored:
            inwards, outwards = outwards, inwards
        if node is None:
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Asterisk:
            self._model.open_below(node)
        elif event.key() in (inwards, Qt.Key.Key_Plus):
            if node.below and not self._model.is_open(node):
                self._model.set_open(node, True)
            elif node.below and event.key() == inwards:
                self.setCurrentIndex(self._model.index(self.currentIndex().row() + 1, 0))
        elif event.key() in (outwards, Qt.Key.Key_Minus):
            if self._model.is_open(node):
                self._model.set_open(node, False)
            elif node.parent is not None and event.key() == outwards:
                self.setCurrentIndex(self._model.index(self._model.row_of(node.parent) or 0, 0))
        else:
            super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Finds the next row that starts with what was typed; Qt's own asks the model about every row."""
        rows = self._model.rows
        start = self.currentIndex().row() + (1 if len(search) == 1 else 0)
        wanted = search.casefold()
        for number in (*range(max(start, 0), len(rows)), *range(max(start, 0))):
            if self._model.name(rows[number])[:80].casefold().startswith(wanted):
                self.setCurrentIndex(self._model.index(number, 0))
                return

    def _selection_changed(self) -> None:
        """Notes what the operator selected. Of several it tells when the last of them is known."""
        if self._selecting or self._model.moving:
            return
        nodes: list[Node] = []
        current = self.currentIndex().row()
        for first, last in self._selected_ranges():
            nodes += self._model.rows[first : last + 1]
            if first <= current <= last:  # leads
                nodes.insert(0, nodes.pop(current - last - 1))
        self._selected, self._unrevealed = nodes, False
        if len(nodes) > 1:
            self._soon.start()
        elif nodes:
            self._tell()

    def _tell(self) -> None:
        self._soon.stop()
        found: dict[EntityId, None] = {}
        for entity in _entities(self._selected):
            found[entity] = None
            if len(found) == MOST_PICKED:
                break
        picked = tuple(found)
        if picked and picked != self._picked:
            self._picked = picked
            self.picked.emit(picked)

    def _selected_ranges(self) -> list[tuple[int, int]]:
        selection = self.selectionModel().selection()
        parts = [selection.at(number) for number in range(selection.count())]
        return sorted((part.top(), part.bottom()) for part in parts)

    # --- standing still while rows move ---------------------------------------------------------------------------

    def _hold(self) -> None:
        """Remembers which row is where on screen: the selected one if it is seen, else the first."""
        if self._anchor is not None or not self._model.rows:
            return
        top = self.rowAt(0)
        seen = self.viewport().height() // ROW
        node = self._there(self._selected[0]) if self._selected else None
        row = self._model.row_of(node) if node is not None else None
        if row is None or not top <= row < top + seen:
            row = top
        if row >= 0:
            self._anchor = self._model.rows[row], row - top

    def _arranged(self) -> None:
        """In another arrangement what is selected is somewhere else."""
        self._anchor = None
        self._unrevealed = bool(self._selected)

    def _restore(self) -> None:
        """Puts the remembered row back where it was, and the selection on what is selected."""
        if self._unrevealed:
            found = [node for one in self._selected[:MOST_REVEALED] if (node := self._there(one)) is not None]
            if not self._model.reveal(found):
                return  # rows are on their way, and this is called again
        if self._anchor is not None:
            node, offset = self._anchor
            self._anchor = None
            row = self._row(node)
            if row is not None:
                self.verticalScrollBar().setValue(row - offset)
        self._select()
        if self._returning_to and not self._unrevealed:
            wanted, self._returning_to = self._returning_to, ""
            row = next((number for number, node in enumerate(self._model.rows) if node.key == wanted), None)
            if row is not None:
                self.verticalScrollBar().setValue(row)
        self.viewport().update()

    def _select(self) -> None:
        """Selects the rows of what is selected, as far as they are there."""
        if not self._selected:
            return
        lead = self._row(self._selected[0])
        row = self.currentIndex().row()
        leads = lead is not None and (lead == row or (len(self._selected) > 1 and row >= 0 and not self._unrevealed))
        selected = self._selected_ranges()
        if not leads or sum(last - first + 1 for first, last in selected) != len(self._selected):
            wanted = self._rows_of_selected(lead)
            if wanted != selected or (lead is not None and not leads):
                self._select_ranges(wanted, lead)
        if lead is not None and self._unrevealed:
            self.scrollTo(self._model.index(lead, 0))
            self._unrevealed = False

    def _rows_of_selected(self, lead: int | None) -> list[tuple[int, int]]:
        if len(self._selected) == 1:
            return [] if lead is None else [(lead, lead)]
        wanted = set(self._selected)
        if len(wanted) <= MOST_FOLLOWED:
            wanted = {there for node in wanted if (there := self._there(node)) is not None}
        return ranges([number for number, node in enumerate(self._model.rows) if node in wanted])

    def _select_ranges(self, wanted: list[tuple[int, int]], lead: int | None) -> None:
        selection = QItemSelection()
        for first, last in wanted:
            selection.select(self._model.index(first, 0), self._model.index(last, 0))
        flags = QItemSelectionModel.SelectionFlag
        self._selecting = True
        try:
            if lead is not None:
                self.selectionModel().setCurrentIndex(self._model.index(lead, 0), flags.NoUpdate)
            self.selectionModel().select(selection, flags.ClearAndSelect)
        finally:
            self._selecting = False

    def _there(self, node: Node) -> Node | None:
        """The node that is there now for one that may be gone: in the same place if it can be, else anywhere."""
        nodes = self._model.forest.nodes.get(node.id, ())
        if not nodes or node in nodes:
            return node if nodes else None
        above = node.parent.key if node.parent is not None else ""
        alike = (one for one in nodes if one.parent is not None and one.parent.key == above)
        return next(alike, nodes[0])

    def _row(self, node: Node) -> int | None:
        there = self._there(node)
        return None if there is None else self._model.row_of(there)


def _entities(nodes: Iterable[Node]) -> Iterator[EntityId]:
    """The records that nodes stand for; of headings the VMs below."""
    for node in nodes:
        if node.heading is None:
            yield node.id
        else:
            yield from _vms(node)


def _vms(node: Node) -> Iterator[EntityId]:
    for child in node.below or ():
        if child.kind == "vm":
            yield child.id
        else:
            yield from _vms(child)
