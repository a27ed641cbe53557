"""A bar of controls that goes on in another row where there is no room: nothing overlaps, and nothing is cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from vmi_console.gui.theme import BOUNDLESS, GAP

ABOVE = 4  # and below


class _Part(NamedTuple):
    """A control, or room where there is none."""

    widget: QWidget | None
    stretch: int

    @property
    def is_shown(self) -> bool:
        return self.widget is None or not self.widget.isHidden()

    @property
    def hint(self) -> QSize:
        """What it wants, within what it may have."""
        if self.widget is None:
            return QSize(0, 0)
        hint = self.widget.sizeHint().expandedTo(self.widget.minimumSizeHint())
        return hint.boundedTo(self.widget.maximumSize()).expandedTo(self.widget.minimumSize())

    @property
    def narrowest(self) -> int:
        """The width without which it is cut."""
        return (self.widget.minimumWidth() or self.widget.minimumSizeHint().width()) if self.widget is not None else 0

    @property
    def least(self) -> int:
        """The width without which the row is broken before it."""
        return self.narrowest if self.stretch else self.hint.width()

    @property
    def most(self) -> int:
        return self.widget.maximumWidth() if self.widget is not None else BOUNDLESS


class _Row(NamedTuple):
    """Parts beside each other, with their widths."""

    parts: list[_Part]
    widths: list[int]

    @property
    def height(self) -> int:
        return max(part.hint.height() for part in self.parts)


class WrappingBar(QWidget):
    """Controls beside each other, in their order. Those with a stretch share the room that is left, up to their
    maximum, and give way down to their minimum before the row is broken; the others keep the width that they want.

    It places its children itself and is no layout: one written in Python shares items with Qt, which may crash.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts: list[_Part] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Puts a control at the end."""
        widget.setParent(self)
        self._parts.append(_Part(widget, stretch))
        self.updateGeometry()

    def add_room(self) -> None:
        """What comes after it is at the end of its row, in whichever that is."""
        self._parts.append(_Part(None, 1))

    # --- what Qt asks ---------------------------------------------------------------------------------------------

    def heightForWidth(self, width: int) -> int:
        rows = list(self._rows(width - 2 * GAP))
        return sum(row.height for row in rows) + max(0, len(rows) - 1) * GAP + 2 * ABOVE

    def sizeHint(self) -> QSize:
        """All in one row."""
        hints = [part.hint for part in self._shown()]
        width = sum(hint.width() for hint in hints) + max(0, len(hints) - 1) * GAP + 2 * GAP
        return QSize(width, max((hint.height() for hint in hints), default=0) + 2 * ABOVE)

    def minimumSizeHint(self) -> QSize:
        """The widest alone in a row."""
        width = max((part.narrowest for part in self._shown()), default=0) + 2 * GAP
        return QSize(width, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._take_up_changes()  # of which nobody told while it was hidden

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.LayoutDirectionChange):
            self._take_up_changes()
        return done

    # --- rows -----------------------------------------------------------------------------------------------------

    def _take_up_changes(self) -> None:
        self.updateGeometry()
        self._place()

    def _place(self) -> None:
        within = self.rect().adjusted(GAP, ABOVE, -GAP, -ABOVE)
        top = within.top()
        for row in self._rows(within.width()):
            left = within.left()
            for part, width in zip(row.parts, row.widths, strict=True):
                if part.widget is not None:
                    height = min(row.height, part.hint.height())
                    place = QRect(left, top + (row.height - height) // 2, width, height)
                    part.widget.setGeometry(QStyle.visualRect(self.layoutDirection(), within, place))
                left += width + GAP
            top += row.height + GAP

    def _shown(self) -> list[_Part]:
        return [part for part in self._parts if part.is_shown]

    def _rows(self, width: int) -> Iterator[_Row]:
        room: list[_Part] = []  # what goes on after it is at the end of the next row, too
        row: list[_Part] = []
        taken = 0
        for part in self._shown():
            if row not in ([], room) and taken + GAP + part.least > width:
                yield _Row(row, _shared(row, width))
                row, taken = [*room], 0
            taken += part.least + (GAP if row else 0)
            row.append(part)
            if part.widget is None:
                room = [part]
        if row:
            yield _Row(row, _shared(row, width))


def _shared(row: list[_Part], width: int) -> list[int]:
    """How wide the parts of a row are: first what they want, those with the largest stretch before others, then what is
    left is shared by their stretches.
    """
    widths = [min(part.least, width) for part in row]
    left = width - sum(widths) - (len(row) - 1) * GAP
    for place in sorted(range(len(row)), key=lambda place: -row[place].stretch):
        given = max(0, min(left, row[place].hint.width() - widths[place]))
        widths[place] += given
        left -= given
    growing = [place for place, part in enumerate(row) if part.stretch]
    while left > 0 and growing:
        shares = sum(row[place].stretch for place in growing)
        grown = {place: min(row[place].most, widths[place] + left * row[place].stretch // shares) for place in growing}
        full = [place for place in growing if grown[place] == row[place].most]
        for place in full or growing:  # those that want no more leave the rest to the others
            left -= grown[place] - widths[place]
            widths[place] = grown[place]
        growing = [place for place in growing if place not in full] if full else []
    return widths
