"""The order in which Tab goes through a window: as one reads it, wherever its parts were moved to."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QWidget


def move_on(areas: Iterable[QWidget], *, forward: bool) -> bool:
    """Moves the keyboard to the next control of a window, area by area; False where there is none.

    Qt's own chain is the order in which controls were made, which for panes is when they were first looked at.
    """
    order = [widget for area in _from_the_top(areas) for widget in _line_by_line(_stops(area))]
    if not order:
        return False
    focused = QApplication.focusWidget()
    at = -1 if focused not in order else order.index(focused)
    step = 1 if forward else -1
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    order[max(at + step, -1) % len(order)].setFocus(reason)
    return True


def _from_the_top(areas: Iterable[QWidget]) -> list[QWidget]:
    """Those in sight: what is behind another tab calls itself visible."""
    seen = [area for area in areas if area.isVisible() and not area.visibleRegion().isEmpty()]
    return sorted(seen, key=lambda area: (_box(area).top(), _beginning(area)))


def _stops(area: QWidget) -> list[QWidget]:
    """The controls of an area that take the keyboard."""
    return [
        widget
        for widget in (area, *area.findChildren(QWidget))
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isEnabled()
        and widget.isVisible()
        and widget.window() is area.window()
        and widget.focusProxy() is None
    ]


def _line_by_line(widgets: list[QWidget]) -> list[QWidget]:
    """What begins beside the topmost one is in its line; what is inside it comes after it."""
    left = sorted(widgets, key=lambda widget: _box(widget).top())
    ordered: list[QWidget] = []
    while left:
        first = left[0]
        extent = _box(first)
        line = [
            widget
            for widget in left
            if widget is first or (_box(widget).center().y() <= extent.bottom() and not first.isAncestorOf(widget))
        ]
        ordered += sorted(line, key=_beginning)
        left = [widget for widget in left if widget not in line]
    return ordered


def _box(widget: QWidget) -> QRect:
    """Where it is in its window."""
    return QRect(widget.mapTo(widget.window(), QPoint()), widget.size())


def _beginning(widget: QWidget) -> int:
    """Where it begins in a line, which in mirrored windows is read from the right."""
    box = _box(widget)
    return -box.right() if widget.layoutDirection() is Qt.LayoutDirection.RightToLeft else box.left()
