"""The line across the window while a quarantine is about to begin by itself, or waits for a person."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vmi_console.gui import icons
from vmi_console.gui.banner import Line
from vmi_console.gui.labels import ElidedLabel
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.quarantine.looks import STAGE
from vmi_console.gui.quarantines import Quarantines
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone
from vmi_console.gui.wrapping_bar import ABOVE, WrappingBar
from vmi_console.plain_text import visible
from vmi_console.response.quarantine import Quarantine, Stage


class CountdownBanner(Line):
    """Tells of the one that begins first. Ticks only while one does."""

    stop_wanted = Signal(object)  # Quarantine
    review_wanted = Signal(tuple)  # of EntityId: one VM, or all that wait

    def __init__(self, quarantines: Quarantines, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quarantines = quarantines
        self._first: Quarantine | None = None
        self._icon = QLabel()
        self.said = ElidedLabel(elide=Qt.TextElideMode.ElideMiddle)  # keeps the name's beginning, and when
        self.why = ElidedLabel(tone=Tone.MUTED)
        self.stop = QPushButton(self.tr("Stop"))
        self.review = QPushButton(self.tr("Review…"))
        self.review_all = QPushButton(self.tr("Review all…"))
        self.review_all.setAccessibleDescription(self.tr("See what would happen to each, and confirm them together"))
        self.stop.setAccessibleDescription(self.tr("The quarantine does not begin"))
        self.review.setAccessibleDescription(self.tr("See what would happen, and confirm it or not"))
        bar = WrappingBar()
        for part in (self._icon, self.said):
            bar.add(part)
        bar.add(self.why, 1)
        buttons = QWidget()  # which stay together
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        for button in (self.review_all, self.review, self.stop):
            row.addWidget(button)
        bar.add(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(GROUP - GAP, GAP - ABOVE, 0, GAP - ABOVE)
        column.addWidget(bar)
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._say)
        self.stop.clicked.connect(lambda: self.stop_wanted.emit(self._first))
        self.review.clicked.connect(lambda: self._review(self._quarantines.waiting()[:1]))
        self.review_all.clicked.connect(lambda: self._review(self._quarantines.waiting()))
        quarantines.moved.connect(self._show)
        Theme.current.changed.connect(self._paint)

    def _show(self) -> None:
        waiting = self._quarantines.waiting()
        self._first = waiting[0] if waiting else None
        if self._first is None:
            self._tick.stop()
            self.hide()
            return
        if self._first.due is not None:
            self._tick.start()
        else:
            self._tick.stop()
        self.stop.setText(self.tr("Stop") if self._first.stage is Stage.COUNTDOWN else self.tr("Dismiss"))
        self._say()
        self._paint()
        self.show()

    def _review(self, waiting: list[Quarantine]) -> None:
        self.review_wanted.emit(tuple(one.vm for one in waiting))

    def _say(self) -> None:
        if (one := self._first) is None:
            return
        name = visible(one.vm_name, 60)
        if one.due is not None:
            left = max(0, round((one.due - datetime.now(UTC)).total_seconds()))
            said = self.tr("{0} goes into quarantine in %Ln second(s)", "", left).format(name)
        else:
            said = self.tr("{0} is proposed for quarantine").format(name)
        more = len(self._quarantines.waiting()) - 1
        self.review_all.setVisible(more > 0)
        if more:
            others = self.tr("and %Ln more", "", more)
            said = f"{said}, {others}"
        self.said.setText(said)
        self.said.setToolTip(tooltip(said))
        parts = (one.policy, one.evidence or one.reason, one.because)
        self.why.setText(" · ".join(visible(part, 200) for part in parts if part))

    def _paint(self) -> None:
        if self._first is not None:
            look = STAGE[self._first.stage]
            self._icon.setPixmap(icons.pixmap(look.icon, look.tone, ratio=self.devicePixelRatioF()))
