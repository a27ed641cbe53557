"""The list below the search box: what could be typed next, and what it means, in two columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from vmi_console.estate.query import Completion
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.theme import GAP, GROUP, ROW, colours

MOST = 50
WIDTH = 520
_HELP = Qt.ItemDataRole.UserRole


class Completions(QCompleter):
    """Offers completions; `activated` gives the text of the chosen one."""

    def __init__(self, box: QWidget) -> None:
        self._words = QStandardItemModel()
        super().__init__(self._words, box)
        self._words.setParent(self)
        self._box = box
        self._offered: Sequence[Completion] = ()
        self.setWidget(box)
        self.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.list = QListView()
        self.list.setObjectName("completions")
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setPopup(self.list)
        self.list.setItemDelegate(_Painter(self.list))

    def offer(self, completions: Sequence[Completion]) -> None:
        """Shows the list, or hides it if there is nothing to offer."""
        self._offered = completions[:MOST]
        if not self._offered:
            self.list.hide()
            return
        self._words.clear()
        for one in self._offered:
            item = QStandardItem(one.text)
            item.setData(one.help, _HELP)
            item.setToolTip(tooltip(one.help))
            self._words.appendRow(item)
        area = self._box.rect()
        area.setLeft(min(0, area.width() - WIDTH))  # the box is at the right edge of the window
        self.complete(area)

    def take(self) -> None:
        """Chooses the current line, or the first where none is, as Tab does in an editor."""
        at = self.list.currentIndex()
        text = (at if at.isValid() else self._words.index(0, 0)).data()
        self.list.hide()
        self.activated.emit(text)

    def completion(self, text: str) -> Completion | None:
        """The offered one with this text."""
        return next((one for one in self._offered if one.text == text), None)

    @property
    def height(self) -> int:
        """How much room the list takes below the box now."""
        return self.list.height() if self.list.isVisible() else 0


def left_to_right(code: str) -> str:
    """Code is read from left to right in every language: isolated (UAX #9), so that its quotes do not change sides."""
    return f"\u2066{code}\u2069"


class _Painter(QStyledItemDelegate):
    """The text, and quietly behind it what it means."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(WIDTH, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, area, metrics = colours(), option.rect, option.fontMetrics
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, QColor(theme.selected))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, QColor(theme.hover))
        column = area.width() * 2 // 5
        text, help = left_to_right(str(index.data())), str(index.data(_HELP))
        if not help:
            column = area.width() - 2 * GAP
        for start, width, words, colour in (
            (GAP, column - GROUP, text, theme.text),
            (column, area.width() - column - GAP, help, theme.muted),
        ):
            if words and width > 0:
                room = QRect(area.left() + start, area.top(), width, area.height())
                painter.setPen(QColor(colour))
                painter.drawText(
                    QStyle.visualRect(option.direction, area, room),
                    int(Qt.AlignmentFlag.AlignLeft)  # which a painter mirrors by itself
                    | int(Qt.AlignmentFlag.AlignVCenter)
                    | int(Qt.TextFlag.TextSingleLine),
                    metrics.elidedText(words, Qt.TextElideMode.ElideRight, width),
                )
