"""What says things in a dialog: labels that show text literally and give way, lines between parts, how far work is."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QSizePolicy, QWidget

from vmi_console.gui.theme import Tone


class PlainLabel(QLabel):
    """A label that never takes its text for anything but text."""

    def __init__(self, text: str = "", tone: Tone = Tone.PLAIN, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        if self.isRightToLeft():  # Qt goes by the text, and would put a name from outside far from its icon
            side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
            self.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self._tone = Tone.PLAIN
        self.set_tone(tone)

    def set_tone(self, tone: Tone) -> None:
        if tone is not self._tone:
            self._tone = tone
            self.setProperty("tone", tone.value)
            self.style().unpolish(self)
            self.style().polish(self)

    def wrapped(self, lines: int = 0) -> PlainLabel:
        """Itself, breaking long texts into lines; with room for so many of them before anything is said."""
        self.setWordWrap(True)
        if lines:
            self.setMinimumHeight(lines * self.fontMetrics().lineSpacing())
        return self


class ElidedLabel(PlainLabel):
    """One line, shortened in its middle (or at its end) to the room there is; can be copied as a whole."""

    def __init__(
        self,
        text: str = "",
        tone: Tone = Tone.PLAIN,
        parent: QWidget | None = None,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(text, tone, parent)
        self._elide = elide
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        metrics = QFontMetrics(self.font())
        if metrics.horizontalAdvance(self.text()) <= self.contentsRect().width():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        shown = metrics.elidedText(self.text(), self._elide, self.contentsRect().width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment()) | Qt.TextFlag.TextSingleLine, shown)
        painter.end()


def separator() -> QFrame:
    """A thin line between parts of a pane."""
    line = QFrame()
    line.setProperty("role", "line")
    line.setFixedHeight(1)
    return line


def slim_progress() -> QProgressBar:
    """How far work is, as a thin line that keeps its place while it is hidden."""
    bar = QProgressBar(textVisible=False)
    bar.setFixedHeight(4)
    policy = bar.sizePolicy()
    policy.setRetainSizeWhenHidden(True)  # nothing moves when it comes
    bar.setSizePolicy(policy)
    bar.hide()
    return bar
