"""The estate tree on screen: a table of one column that paints depth, arrow, icon, name and a quiet word."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.theme import ROW, Tone, colours
from vmi_console.gui.tree.forest import Node
from vmi_console.gui.tree.model import EstateModel

INDENT = 16
ARROW = 16
PAD = 6


class EstateView(QTableView):
    """`chosen` says what the operator selected; rows that come and go around it do not."""

    chosen = Signal(str)  # EntityId

    def __init__(self, model: EstateModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._wanted: EntityId | None = None
        self._unrevealed = False
        self._anchor: tuple[Node, int] | None = None
        self.setModel(model)
        self.setItemDelegate(_Painter(self))
        self.setObjectName("estate")
        self.setAccessibleName(self.tr("Estate"))
        self.setAccessibleDescription(self.tr("Connections and what they hold; right opens a row, left closes it"))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
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
        self.selectionModel().currentChanged.connect(self._current_changed)
        model.about_to_move.connect(self._hold)
        model.settled.connect(self._restore)

    def node_at(self, index: QModelIndex | QPersistentModelIndex) -> Node | None:
        return self._model.rows[index.row()] if index.isValid() else None

    def show_entity(self, entity: EntityId) -> None:
        """Selects an entity without telling anybody, opening what is above it. What is hidden is selected later."""
        self._wanted = entity
        self._unrevealed = True
        self._restore()

    # --- the operator ---------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        node = self.node_at(self.indexAt(event.position().toPoint()))
        if node is not None and node.below and event.button() is Qt.MouseButton.LeftButton:
            start = PAD + node.depth * INDENT
            across = event.position().x()
            if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
                across = self.viewport().width() - across
            if start <= across < start + ARROW:
                self._model.set_open(node, not self._model.is_open(node))
                return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        node = self.node_at(self.indexAt(event.position().toPoint()))
        if node is not None and node.below:
            self._model.set_open(node, not self._model.is_open(node))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        node = self.node_at(self.currentIndex())
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        inwards, outwards = Qt.Key.Key_Right, Qt.Key.Key_Left
        if mirrored:
            inwards, outwards = outwards, inwards
        if node is None:
            super().keyPressEvent(event)
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
        records = self._model.replica.records
        for number in (*range(max(start, 0), len(rows)), *range(max(start, 0))):
            record = records.get(rows[number].id)
            if record is not None and record.name[:80].casefold().startswith(wanted):
                self.setCurrentIndex(self._model.index(number, 0))
                return

    def _current_changed(self, current: QModelIndex) -> None:
        node = self.node_at(current)
        if node is None or self._model.moving or node.id == self._wanted:
            return
        self._wanted = node.id
        if node.id in self._model.replica.records:
            self.chosen.emit(node.id)

    # --- standing still while rows move ---------------------------------------------------------------------------

    def _hold(self) -> None:
        """Remembers which row is where on screen: the selected one if it is seen, else the first."""
        if self._anchor is not None or not self._model.rows:
            return
        top = self.rowAt(0)
        seen = self.viewport().height() // ROW
        node = self._model.forest.nodes.get(self._wanted) if self._wanted is not None else None
        row = self._model.row_of(node) if node is not None else None
        if row is None or not top <= row < top + seen:
            row = top
        if row >= 0:
            self._anchor = self._model.rows[row], row - top

    def _restore(self) -> None:
        """Puts the remembered row back where it was, and the selection on what is selected."""
        if self._unrevealed and self._wanted in self._model.forest.nodes and not self._model.reveal(self._wanted):
            return  # rows are on their way, and this is called again
        if self._anchor is not None:
            node, offset = self._anchor
            self._anchor = None
            row = self._row(node.id)
            if row is not None:
                self.verticalScrollBar().setValue(row - offset)
        row = self._row(self._wanted) if self._wanted is not None else None
        if row is None:
            self.selectionModel().clearSelection()
        elif not self.selectionModel().isRowSelected(row, QModelIndex()) or self.currentIndex().row() != row:
            index = self._model.index(row, 0)
            self.selectionModel().setCurrentIndex(index, self.selectionModel().SelectionFlag.ClearAndSelect)
            if self._unrevealed:
                self.scrollTo(index)
            self._unrevealed = False
        self.viewport().update()

    def _row(self, entity: EntityId) -> int | None:
        node = self._model.forest.nodes.get(entity)
        return None if node is None else self._model.row_of(node)


class _Painter(QStyledItemDelegate):
    """Paints a row from its node."""

    def __init__(self, view: EstateView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = self._view.model()
        assert isinstance(model, EstateModel)
        node = model.rows[index.row()]
        theme = colours()
        area = option.rect
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(theme.selected))
            if self._view.hasFocus():
                painter.fillRect(
                    self._side(option, QRect(area.left(), area.top(), 2, area.height())), QColor(theme.accent)
                )
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(theme.hover))
        look, stale = model.look(node), model.is_stale(node)
        ratio = self._view.devicePixelRatioF()
        middle = area.top() + (area.height() - icons.SIZE) // 2
        left = area.left() + PAD + node.depth * INDENT
        if node.below:
            arrow = "expand" if model.is_open(node) else "collapse"
            if arrow == "collapse" and option.direction is Qt.LayoutDirection.RightToLeft:
                arrow = "back"
            self._icon(painter, option, QRect(left, middle, 16, 16), arrow, Tone.MUTED, ratio)
        left += ARROW + 2
        tone = Tone.MUTED if stale and look.tone in (Tone.PLAIN, Tone.GOOD) else look.tone
        self._icon(painter, option, QRect(left, middle, 16, 16), look.icon, tone, ratio)
        left += icons.SIZE + 6
        metrics = option.fontMetrics
        detail = model.detail(node)
        width = area.right() - PAD - left
        taken = min(metrics.horizontalAdvance(detail) + 2, width // 2) if detail else 0
        painter.setPen(QColor(theme.muted if stale else theme.text))
        name = metrics.elidedText(
            model.name(node), Qt.TextElideMode.ElideMiddle, max(0, width - taken - (12 if taken else 0))
        )
        box = QRect(left, area.top(), width, area.height())
        start, end = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        if option.direction is Qt.LayoutDirection.RightToLeft:
            start, end = end, start
        box = self._side(option, box)
        line = Qt.TextFlag.TextSingleLine
        painter.drawText(box, int(start | Qt.AlignmentFlag.AlignVCenter) | line, name)
        if taken:
            bad = look.tone if not look.calm and look.tone in (Tone.BAD, Tone.WARNING) else Tone.MUTED
            painter.setPen(QColor(theme.tone(bad)))
            shown = metrics.elidedText(detail, Qt.TextElideMode.ElideRight, taken)
            painter.drawText(box, int(end | Qt.AlignmentFlag.AlignVCenter) | line, shown)

    def _side(self, option: QStyleOptionViewItem, rect: QRect) -> QRect:
        return QStyle.visualRect(option.direction, option.rect, rect)

    def _icon(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, name: str, tone: Tone, ratio: float
    ) -> None:
        painter.drawPixmap(self._side(option, rect).topLeft(), icons.pixmap(name, tone, icons.SIZE, ratio))
