"""A row of controls that goes on in another row where there is no room: nothing overlaps, and nothing is cut."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QSpacerItem, QStyle, QWidget

from vmi_console.gui.theme import GAP


class _Seat(NamedTuple):
    """Where an item is, and how wide."""

    item: QLayoutItem
    left: int
    width: int


class _Row(NamedTuple):
    seats: list[_Seat]
    height: int


class WrappingRow(QLayout):
    """Items beside each other, in their order. Those with a stretch share the room that is left, up to their maximum,
    and give way down to their minimum before the row is broken; the others keep the width that they want."""

    def __init__(self) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._stretches: list[int] = []
        self.setContentsMargins(GAP, 4, GAP, 4)
        self.setSpacing(GAP)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Puts a control at the end."""
        self.addWidget(widget)
        self._stretches[-1] = stretch

    def add_room(self) -> None:
        """What comes after it is at the end of its row."""
        self.addItem(QSpacerItem(0, 0, QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum))
        self._stretches[-1] = 1

    # --- what Qt asks of a layout ---------------------------------------------------------------------------------

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self._stretches.append(0)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        if not 0 <= index < len(self._items):
            return None
        del self._stretches[index]
        return self._items.pop(index)

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        margins = self.contentsMargins()
        rows = self._rows(width - margins.left() - margins.right())
        gaps = max(0, len(rows) - 1) * self.spacing()
        return sum(row.height for row in rows) + gaps + margins.top() + margins.bottom()

    def sizeHint(self) -> QSize:
        """All in one row."""
        hints = [item.sizeHint() for item, _ in self._shown()]
        width = sum(hint.width() for hint in hints) + max(0, len(hints) - 1) * self.spacing()
        return self._around(QSize(width, max((hint.height() for hint in hints), default=0)))

    def minimumSize(self) -> QSize:
        """The widest alone in a row."""
        least = [item.minimumSize() for item, _ in self._shown()]
        return self._around(
            QSize(max((size.width() for size in least), default=0), max((size.height() for size in least), default=0))
        )

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        within, owner = rect.marginsRemoved(self.contentsMargins()), self.parentWidget()
        direction = owner.layoutDirection() if owner is not None else Qt.LayoutDirection.LeftToRight
        top = within.top()
        for row in self._rows(within.width()):
            for seat in row.seats:
                height = min(row.height, seat.item.sizeHint().height())
                place = QRect(within.left() + seat.left, top + (row.height - height) // 2, seat.width, height)
                seat.item.setGeometry(QStyle.visualRect(direction, within, place))
            top += row.height + self.spacing()

    # --- rows -----------------------------------------------------------------------------------------------------

    def _shown(self) -> list[tuple[QLayoutItem, int]]:
        """What is not hidden, with its stretch; room is said to be empty by Qt."""
        both = zip(self._items, self._stretches, strict=True)
        return [(item, stretch) for item, stretch in both if isinstance(item, QSpacerItem) or not item.isEmpty()]

    def _rows(self, width: int) -> list[_Row]:
        rows: list[_Row] = []
        row: list[tuple[QLayoutItem, int]] = []
        taken = 0
        for item, stretch in self._shown():
            least = (item.minimumSize() if stretch else item.sizeHint()).width()
            if row and taken + self.spacing() + least > width:
                rows.append(self._seated(row, width))
                row, taken = [], 0
            taken += least + (self.spacing() if row else 0)
            row.append((item, stretch))
        return [*rows, self._seated(row, width)] if row else rows

    def _seated(self, row: list[tuple[QLayoutItem, int]], width: int) -> _Row:
        """A row's items with the room that each has: what they want, and what is left is shared by their stretches."""
        widths = [(item.minimumSize() if stretch else item.sizeHint()).width() for item, stretch in row]
        left = width - sum(widths) - (len(row) - 1) * self.spacing()
        wanted = [max(0, item.sizeHint().width() - had) for (item, _), had in zip(row, widths, strict=True)]
        given = min(left, sum(wanted))
        if given > 0:
            widths = [had + wants * given // sum(wanted) for had, wants in zip(widths, wanted, strict=True)]
            left -= given
        growing = [place for place, (_, stretch) in enumerate(row) if stretch]
        while left > 0 and growing:
            shares = sum(row[place][1] for place in growing)
            most = {place: row[place][0].maximumSize().width() for place in growing}
            grown = {place: min(most[place], widths[place] + left * row[place][1] // shares) for place in growing}
            full = [place for place in growing if grown[place] == most[place]]
            for place in full or growing:  # those that want no more leave the rest to the others
                left -= grown[place] - widths[place]
                widths[place] = grown[place]
            growing = [place for place in growing if place not in full] if full else []
        seats: list[_Seat] = []
        at = 0
        for (item, _), wide in zip(row, widths, strict=True):
            seats.append(_Seat(item, at, min(wide, width)))
            at += wide + self.spacing()
        return _Row(seats, max(item.sizeHint().height() for item, _ in row))

    def _around(self, size: QSize) -> QSize:
        return size.grownBy(self.contentsMargins())
