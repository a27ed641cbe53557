"""The middle of the window: the panes, and over their lower edge what the operator must know now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QCursor, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vmi_console.gui.banner import Line
from vmi_console.gui.theme import BOUNDLESS

GUARD_MS = 500
"""So long a line that has come takes no click: it was meant for what had been there."""

REST_MS = 300
"""A hand that has not moved for so long rests."""

PATIENCE = 10
"""So often it is waited for the hand to rest."""


class Centre(QWidget):
    """Panes, and lines that come and go. Nothing moves under the hand of the operator.

    A line lies over the lower edge of the panes until the hand rests or is elsewhere; then they make room for it.
    """

    def __init__(self, panes: QWidget, lines: Sequence[QWidget]) -> None:
        super().__init__()
        self._panes = panes
        panes.setParent(self)
        self._lines = QWidget(self)
        column = QVBoxLayout(self._lines)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for line in lines:
            column.addWidget(line)
        self._room = 0  # that the panes leave to the lines
        self._seen = 0  # of the lines
        self._has_panes = True
        self._hand = QPoint()
        self._patience = 0
        self._waiting = QTimer(self, interval=REST_MS)
        self._waiting.timeout.connect(self._look_at_hand)
        self._guard = QTimer(self, singleShot=True, interval=GUARD_MS)
        self._guard.timeout.connect(lambda: self._take_clicks(True))
        self._each = self._lines.findChildren(Line)
        for each in self._each:
            each.came_or_went.connect(self._place)

    def show_panes(self, shown: bool) -> None:
        """Shows or hides the panes; without them there is nothing here but lines, while there are any."""
        self._has_panes = shown
        self._panes.setVisible(shown)
        self._make_room()

    @property
    def has_panes(self) -> bool:
        return self._has_panes

    # --- what Qt asks ---------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return self._panes.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """What the panes need: lines can lie over them, and take no room from docks, where somebody clicks."""
        panes = self._panes.minimumSizeHint() if self._has_panes else QSize()
        return QSize(max(panes.width(), self._lines.minimumSizeHint().width()), panes.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make_room()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._place()
        return done

    # --- lines ----------------------------------------------------------------------------------------------------

    def _wanted(self) -> int:
        """How high the lines are; also while they are hidden, when layouts know of nothing."""
        width = self.width()
        return sum(
            line.heightForWidth(width) if line.hasHeightForWidth() else line.sizeHint().height()
            for line in self._each
            if not line.isHidden()
        )

    def _place(self) -> None:
        wanted = self._wanted()
        if wanted == self._room:
            self._waiting.stop()
        elif not self._waiting.isActive():
            self._hand, self._patience = QCursor.pos(), PATIENCE
            self._waiting.start()
        self._take_height()
        self._lines.setGeometry(0, self.height() - wanted, self.width(), wanted)
        height = max(self.height() - self._room, self._panes.minimumSizeHint().height())  # what is below is covered
        self._panes.setGeometry(0, 0, self.width(), height)
        seen = wanted if self._has_panes else self._room
        if seen != self._seen:
            self._seen = seen
            self._take_clicks(False)
            self._guard.start()

    def _take_height(self) -> None:
        """Without panes there is room for the lines alone; without either, the docks have all of it."""
        self.setMinimumHeight(0 if self._has_panes else self._room)
        self.setMaximumHeight(BOUNDLESS if self._has_panes else self._room)
        shown = self._has_panes or self._room > 0
        if shown is self.isHidden():
            self.setVisible(shown)

    def _take_clicks(self, taken: bool) -> None:
        self._lines.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not taken)

    def _look_at_hand(self) -> None:
        hand, self._hand = self._hand, QCursor.pos()
        self._patience -= 1
        rests = hand == self._hand and QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
        moving = self if self._has_panes else self.window()  # by making room
        if rests or not self._patience or not moving.rect().contains(moving.mapFromGlobal(self._hand)):
            self._make_room()

    def _make_room(self) -> None:
        self._room = self._wanted()
        self.updateGeometry()
        self._place()
