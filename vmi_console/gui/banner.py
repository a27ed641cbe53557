"""A line across the window for what the operator must know now, and what is being done about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from vmi_console.gui import icons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone
from vmi_console.plain_text import visible


class Line(QFrame):
    """Something that is said across the window, hidden while there is nothing to say."""

    came_or_went = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "said")
        self.hide()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self.came_or_went.emit()
        return done


class Banner(Line):
    """A text, and at its end what helps."""

    def __init__(self, tone: Tone, icon: str, dismissible: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self._name = icon
        self._icon = QLabel()
        self.label = PlainLabel().wrapped()
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(GROUP, GAP, GAP, GAP)
        row.setSpacing(GAP)
        row.addWidget(self._icon)
        row.addWidget(self.label, 1)
        self.remedy = QToolButton()
        self.remedy.setProperty("role", "remedy")
        self.remedy.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.remedy.hide()
        row.addWidget(self.remedy)
        self._close = QToolButton()
        self._close.setToolTip(self.tr("Dismiss"))
        self._close.setAccessibleName(self.tr("Dismiss"))
        self._close.clicked.connect(self.hide)
        self._close.setVisible(dismissible)
        row.addWidget(self._close)
        Theme.current.changed.connect(self._paint)
        self._paint()

    def say(self, text: str, advice: str = "", remedy: QAction | None = None) -> None:
        """Says it, and offers what helps."""
        for former in self.remedy.actions():  # a button with several actions gets an arrow for a menu
            self.remedy.removeAction(former)
        if remedy is not None:
            self.remedy.setDefaultAction(remedy)
        self.remedy.setVisible(remedy is not None)
        self.label.setText(" · ".join(visible(part, 400) for part in (text, advice) if part))
        self.show()

    def _paint(self) -> None:
        self._icon.setPixmap(icons.pixmap(self._name, self._tone, ratio=self.devicePixelRatioF()))
        self._close.setIcon(icons.icon("close", Tone.MUTED))
