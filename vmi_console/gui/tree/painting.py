"""How a row of the estate tree is painted: depth, arrow, icon, name, and a quiet word at the end."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from vmi_console.gui import icons
from vmi_console.gui.theme import ROW, Tone, colours
from vmi_console.gui.tree.model import EstateModel

INDENT = 16
ARROW = 16
PAD = 6
SPACE = 12  # between the name and the word at its end


def shared(room: int, name: int, detail: int) -> tuple[int, int]:
    """How much of a row's room its name gets, and how much the word at its end: at most half, and nothing where both
    would be cut. A name that cannot be read helps nobody; what the word says is in the icon and in the tooltip, too.
    """
    wanted = detail + 2 if detail else 0
    taken = min(wanted, room // 2)
    left = room - taken - (SPACE if taken else 0)
    if taken < wanted and left < name:
        return max(0, room), 0
    return max(0, left), taken


class RowPainter(QStyledItemDelegate):
    """Paints a row from its node."""

    def __init__(self, view: QTableView) -> None:
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
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(theme.hover))
        if self._view.hasFocus() and index.row() == self._view.currentIndex().row():
            painter.fillRect(self._side(option, QRect(area.left(), area.top(), 2, area.height())), QColor(theme.accent))
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
        name, detail = model.name(node), model.detail(node)
        width = area.right() - PAD - left
        severity, trouble = model.lock(node) or model.severity(node), node.trouble_below
        marked = severity is not None or trouble is not None
        room = width - (icons.SIZE + 4 if marked else 0)
        room, taken = shared(room, metrics.horizontalAdvance(name), metrics.horizontalAdvance(detail))
        box = self._side(option, QRect(left, area.top(), width, area.height()))
        if marked:
            mark = QRect(left + width - taken - icons.SIZE - 4, middle, icons.SIZE, icons.SIZE)
            if severity is not None:
                self._icon(painter, option, mark, severity.icon, Tone.MUTED if stale else severity.tone, ratio)
            elif trouble is not None:
                self._icon(painter, option, mark, "state-degraded", trouble, ratio)
        painter.setPen(QColor(theme.muted if stale else theme.text))
        ending = Qt.TextElideMode.ElideRight if node.kind == "host" else Qt.TextElideMode.ElideMiddle
        name = metrics.elidedText(name, ending, room)  # hosts differ where their names begin
        line = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft) | line, name)  # which a painter mirrors by itself
        if taken:
            own = node.heading is None and not look.calm and look.tone in (Tone.BAD, Tone.WARNING)
            said = (
                look.tone if own else severity.tone if severity is not None and look.calm and not stale else Tone.MUTED
            )
            painter.setPen(QColor(theme.tone(said)))
            shown = metrics.elidedText(detail, Qt.TextElideMode.ElideRight, taken)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight) | line, shown)

    def _side(self, option: QStyleOptionViewItem, rect: QRect) -> QRect:
        return QStyle.visualRect(option.direction, option.rect, rect)

    def _icon(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, name: str, tone: Tone, ratio: float
    ) -> None:
        painter.drawPixmap(self._side(option, rect).topLeft(), icons.pixmap(name, tone, icons.SIZE, ratio))
