"""A line that asks something and waits, without standing in the way: every answer is a button."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from vmi_console.gui import icons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone

type Answer = tuple[str, Callable[[], object]]


class Asking(QFrame):
    """Hidden until there is a question. Escape is the last answer, which changes nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "banner")
        self._icon = QLabel()
        self.label = PlainLabel().wrapped()
        self.buttons: list[QPushButton] = []
        self.topic = ""  # what the question is about
        self._tone, self._name = Tone.WARNING, "state-degraded"
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(GROUP, GAP, GAP, GAP)
        self._row.setSpacing(GAP)
        self._row.addWidget(self._icon)
        self._row.addWidget(self.label, 1)
        self.hide()
        Theme.current.changed.connect(self._paint)

    def ask(self, topic: str, text: str, answers: Sequence[Answer], *, focus: bool = False) -> None:
        """Asks; the first answer is not given by accident: `focus` moves the keyboard to the last one."""
        self._clear()
        self.topic = topic
        self.label.setText(text)
        for words, run in answers:
            button = QPushButton(words)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, run=run: self._answer(run))
            button.installEventFilter(self)
            self._row.addWidget(button)
            self.buttons.append(button)
        self.setAccessibleName(text)
        self._paint()
        self.show()
        if focus and self.buttons:
            QTimer.singleShot(0, self.buttons[-1], self.buttons[-1].setFocus)

    def forget(self, topic: str) -> None:
        """Asks no longer about this."""
        if self.topic == topic:
            self._clear()
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.buttons[-1].click()
            return True
        return super().eventFilter(watched, event)

    def _answer(self, run: Callable[[], object]) -> None:
        self.hide()
        self.topic = ""
        run()

    def _clear(self) -> None:
        self.topic = ""
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []

    def _paint(self) -> None:
        self._icon.setPixmap(icons.pixmap(self._name, self._tone, ratio=self.devicePixelRatioF()))
