"""Figures that lead to the list behind them, and short rankings whose lines do."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from vmi_console.gui import icons
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.panes.sheet import Table
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.theme import GAP, Theme, Tone, title_font

TILE = 72  # least width


class Tile(QPushButton):
    """An icon, a figure, and what it counts. Muted where there is nothing to look at."""

    def __init__(self, icon: str, label: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._name, self._tone = icon, Tone.MUTED
        self._label = label
        self._icon = QLabel()
        self._icon.setFixedSize(QSize(icons.SIZE, icons.SIZE))
        self.figure = PlainLabel("–", Tone.MUTED)
        self._font = title_font(self.font())
        self.figure.setFont(self._font)
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self._icon)
        top.addWidget(self.figure, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP + 2, GAP, GAP + 2, GAP)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(ElidedLabel(label, Tone.MUTED))
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(tooltip(label, tip))
        Theme.current.changed.connect(self._paint)
        self._paint()

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """The label gives way; the figure never does."""
        figure = 2 * (GAP + 2) + icons.SIZE + GAP + self.figure.sizeHint().width()
        return QSize(max(TILE, figure), self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in (QEvent.Type.Polish, QEvent.Type.StyleChange):
            self.setMinimumHeight(self.sizeHint().height())  # the style sheet says how low buttons may be
        return handled

    def tell(self, figure: str, tone: Tone) -> None:
        self.figure.setText(figure)
        self.show_tone(tone if tone is not Tone.GOOD else Tone.PLAIN)
        self.setAccessibleName(f"{self._label}: {figure}")
        self._tone = tone
        self._paint()

    def show_tone(self, tone: Tone) -> None:
        """Of the figure alone."""
        self.figure.set_tone(tone)
        self.figure.setFont(self._font)  # another tone is another style, which forgets it

    def _paint(self) -> None:
        self._icon.setPixmap(icons.pixmap(self._name, self._tone, ratio=self.devicePixelRatioF()))


class Ranking(LinesView):
    """A click on a line, or Enter, leads to what is behind it."""

    led = Signal(str)  # the key of the line

    def __init__(self, table: Table, parent: QWidget | None = None) -> None:
        super().__init__(table, parent)
        self.clicked.connect(self._lead)
        self.activated.connect(self._lead)

    def _lead(self, index: QModelIndex) -> None:
        self.led.emit(self._lines.rows[index.row()].line.key)
