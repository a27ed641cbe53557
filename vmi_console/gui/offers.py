"""The lines of the command palette: what is offered, as a model and as it is painted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFont, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.rows import Index, Rows
from vmi_console.gui.theme import GAP, GROUP, Tone, colours

ROW = 28
OFFER = Qt.ItemDataRole.UserRole
REASON = "reason"
"""The property of an action (a text) that says why it is disabled."""


@dataclass(frozen=True)
class Offer:
    """One line of the palette: an action, an entity, or (neither) a search for what was typed."""

    key: str  # the same from one start to the next
    title: str
    place: str = ""  # the menu of an action, the kind and host of an entity
    icon: str = ""
    tone: Tone = Tone.PLAIN
    shortcut: str = ""
    enabled: bool = True
    why_not: str = ""  # where that is known
    hits: tuple[int, ...] = ()  # the places of the typed letters in `title`
    score: float = 0.0
    action: QAction | None = None
    entity: EntityId | None = None


class _Row:
    """An offer's line, which keeps its identity while what it says changes."""

    __slots__ = ("offer",)

    def __init__(self, offer: Offer) -> None:
        self.offer = offer


class Offers(Rows[_Row]):
    """What is offered, in its order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._by_key: dict[str, _Row] = {}

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else 1

    def offer(self, offers: list[Offer]) -> None:
        """From now on these; no two have the same key."""
        rows = []
        for offer in offers:
            row = self._by_key.get(offer.key) or _Row(offer)
            row.offer = offer
            rows.append(row)
        self._by_key = {row.offer.key: row for row in rows}
        self.become(rows)
        self.touch_all()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        offer = self.rows[index.row()].offer
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return offer.title
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(offer.title, offer.place, offer.why_not)
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(filter(None, (offer.title, offer.place, offer.shortcut, offer.why_not)))
        return offer if role == OFFER else None


class OfferPainter(QStyledItemDelegate):
    """Icon and title with the typed letters in the accent colour; quietly behind them where it is and its shortcut."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        offer: Offer = index.data(OFFER)
        theme, area, metrics = colours(), option.rect, option.fontMetrics

        def mirrored(left: int, width: int) -> QRect:
            return QStyle.visualRect(option.direction, area, QRect(left, area.top(), width, area.height()))

        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(theme.selected))
            painter.fillRect(mirrored(area.left(), 2), QColor(theme.accent))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(theme.hover))
        left, right = area.left() + GAP, area.right() - GAP
        if offer.icon:
            box = mirrored(left, icons.SIZE)
            tone = offer.tone if offer.enabled else Tone.MUTED
            picture = icons.pixmap(offer.icon, tone, icons.SIZE, self._view.devicePixelRatioF())
            painter.drawPixmap(box.left(), box.top() + (area.height() - icons.SIZE) // 2, picture)
        left += icons.SIZE + GAP
        quiet = option.direction, Qt.AlignmentFlag.AlignRight
        painter.setPen(QColor(theme.muted))
        if offer.shortcut:
            width = metrics.horizontalAdvance(offer.shortcut) + 2
            painter.drawText(mirrored(right - width, width), _place(*quiet), offer.shortcut)
            right -= width + GROUP
        title = min(metrics.horizontalAdvance(offer.title) + 4, max(0, (right - left) * 2 // 3))
        place = offer.why_not or offer.place
        if place and (width := right - left - title - GROUP) > 0:
            shown = metrics.elidedText(place, Qt.TextElideMode.ElideRight, width)
            painter.drawText(mirrored(right - width, width), _place(*quiet), shown)
        shown = metrics.elidedText(offer.title, Qt.TextElideMode.ElideRight, title)
        box = mirrored(left, title)
        box.setTop(box.top() + (area.height() - metrics.height()) // 2)
        painter.setPen(QColor(theme.text if offer.enabled else theme.muted))
        _draw(painter, option, shown, offer.hits, box)


def _place(direction: Qt.LayoutDirection, side: Qt.AlignmentFlag) -> int:
    return (
        int(QStyle.visualAlignment(direction, side))
        | int(Qt.AlignmentFlag.AlignVCenter)
        | int(Qt.TextFlag.TextSingleLine)
    )


def _draw(painter: QPainter, option: QStyleOptionViewItem, text: str, hits: tuple[int, ...], box: QRect) -> None:
    """A line with some letters marked: laid out as a whole, so that marks do not tear scripts apart."""
    layout = QTextLayout(text, option.font, painter.device())
    wrapping = QTextOption(QStyle.visualAlignment(option.direction, Qt.AlignmentFlag.AlignLeft))
    wrapping.setWrapMode(QTextOption.WrapMode.NoWrap)
    wrapping.setTextDirection(option.direction)
    layout.setTextOption(wrapping)
    marked = QTextCharFormat()
    marked.setForeground(QColor(colours().accent))
    marked.setFontWeight(QFont.Weight.DemiBold)
    marks = []
    for at in hits:
        if at < len(text):
            mark = QTextLayout.FormatRange()
            mark.start, mark.length, mark.format = at, 1, marked
            marks.append(mark)
    layout.setFormats(marks)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(box.width())
    layout.endLayout()
    layout.draw(painter, QPointF(box.topLeft()))
