"""The line that says that what is on show is not now: of which moment it is, whose, and how to get back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMainWindow, QSizePolicy, QToolBar, QToolButton, QWidget

from vmi_console.engine.protocol import Review
from vmi_console.gui import icons
from vmi_console.gui.labels import ElidedLabel, PlainLabel
from vmi_console.gui.plain_text import tooltip
from vmi_console.gui.replica import Replica
from vmi_console.gui.review.words import day_and_time
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone
from vmi_console.plain_text import visible


class ReviewBar(QToolBar):
    """The line, across the whole window. Hidden while the living estate is shown."""

    def __init__(self, replica: Replica, back: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self._replica = replica
        self.setWindowTitle(self.tr("The time that is shown"))
        self.setObjectName("review-bar")
        self.setMovable(False)
        self.toggleViewAction().setEnabled(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setProperty("role", "review-bar")
        edge_to_edge(self)
        self.banner = ReviewBanner(replica, back)
        self.banner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(self.banner)
        replica.review_moved.connect(self._show)

    def settle(self) -> None:
        """In a line of its own, there where it must be, whatever a lay-out says that was kept."""
        window = self.parent()
        if isinstance(window, QMainWindow):
            window.removeToolBar(self)
            window.addToolBar(self)
            window.insertToolBarBreak(self)
        self._show()

    def _show(self) -> None:
        self.setVisible(self._replica.review is not None)


def edge_to_edge(bar: QToolBar) -> None:
    """A tool bar asks its style for margins when it is made, and only then can it be told from others."""
    layout = bar.layout()
    assert layout is not None
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)


class ReviewBanner(QFrame):
    """What the line says."""

    def __init__(self, replica: Replica, back: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._back = back
        self.setProperty("role", "review")
        self._icon = QLabel()
        self.said = PlainLabel(tone=Tone.ACCENT)
        font = self.said.font()
        font.setWeight(font.Weight.DemiBold)
        self.said.setFont(font)
        self.more = ElidedLabel(tone=Tone.PLAIN)
        self.button = QToolButton()
        self.button.setProperty("role", "remedy")
        self.button.setDefaultAction(back)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        row = QHBoxLayout(self)
        row.setContentsMargins(GROUP, GAP, GAP, GAP)
        row.setSpacing(GAP)
        row.addWidget(self._icon)
        row.addWidget(self.said)
        row.addWidget(self.more, 1)
        row.addWidget(self.button)
        replica.review_moved.connect(self._show)
        Theme.current.changed.connect(self._paint)
        self._paint()
        self._show()

    def _show(self) -> None:
        review = self._replica.review
        if review is None:
            return
        at = day_and_time(review.at, seconds=not review.path)
        self.said.setText((self.tr("Snapshot of {0}") if review.path else self.tr("As it was on {0}")).format(at))
        more = " · ".join(self._more(review))
        self.more.setText(more)
        lacks = self.tr("Not known: {0}").format("; ".join(visible(each, 200) for each in review.lacks))
        self.more.setToolTip(tooltip(more, visible(review.path, 500), lacks if review.lacks else ""))
        self.button.setVisible(self._back.isEnabled())

    def _more(self, review: Review) -> list[str]:
        """What it is, in parts, each harmless."""
        parts = [visible(each, 120) for each in (review.title, review.source) if each]
        if review.selection:
            parts.append(self.tr("only: {0}").format(visible(review.selection, 120)))
        if review.redacted:
            parts.append(self.tr("names and addresses replaced"))
        if review.lacks:
            parts.append(self.tr("%Ln thing(s) it cannot tell", "", len(review.lacks)))
        if review.signed_with:
            key = visible(review.signed_with, 16)
            known = self.tr("signed with a known key, {0}") if review.trusted else self.tr("signed by {0}, a stranger")
            parts.append(known.format(key))
        elif review.path:
            parts.append(self.tr("not signed"))
        parts.append(self.tr("nothing acts here"))
        return parts

    def _paint(self) -> None:
        self._icon.setPixmap(icons.pixmap("state-recorded", Tone.ACCENT, ratio=self.devicePixelRatioF()))
