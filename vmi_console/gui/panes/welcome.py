"""What the window shows when nothing is connected: what to do next; where only snapshots are looked at, that alone."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from vmi_console.addresses import masked
from vmi_console.estate.records import Connection
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.plain_text import action_text, tooltip
from vmi_console.gui.replica import Delta
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, title_font
from vmi_console.plain_text import visible

WIDTH = 640
RECENT = 4
OPENING_MS = 5_000  # as long as another window takes at most, nearly always
MEMORY = "recent-connections"  # what the preferences call them


@dataclass(frozen=True)
class _Way:
    """One way to begin."""

    icon: str
    title: str
    text: str
    signal: str  # of the pane
    arguments: tuple[str, ...] = ()


class WelcomePane(QScrollArea):
    """Ways to begin, one click each. The promise below them is the first thing a careful person asks about."""

    demo_wanted = Signal()
    add_wanted = Signal(str, str)  # provider to begin with, and an address; empty: whichever
    engine_wanted = Signal()  # one that is running already
    snapshot_wanted = Signal(str)  # a file; empty: to be asked for

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = desk.preferences
        self._replica = desk.replica
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        connects = self._replica.has_living
        title = PlainLabel(self.tr("Nothing is connected yet") if connects else self.tr("No snapshot is open"))
        title.setFont(title_font(self.font()))
        promise = PlainLabel(
            self.tr(
                "The console only looks. It changes nothing on a hypervisor until you allow it, for each connection."
            )
            if connects
            else self.tr("To connect to an estate, start the console without a file."),
            Tone.MUTED,
        )
        self._again = PlainLabel(self.tr("Again"), Tone.MUTED)
        self._recent = QHBoxLayout()
        self._recent.setSpacing(GAP)
        column = QVBoxLayout()
        column.setSpacing(GROUP)
        column.addWidget(self._icon)
        for label in (title, promise):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
        column.addWidget(title)
        column.addLayout(self._ways())
        column.addWidget(promise)
        again = QHBoxLayout()
        again.setSpacing(GAP)
        again.addStretch(1)
        again.addWidget(self._again)
        again.addLayout(self._recent)
        again.addStretch(1)
        column.addLayout(again)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addLayout(column)
        middle.addStretch(1)
        page = QWidget()
        page.setObjectName("welcome")
        layout = QVBoxLayout(page)
        layout.addStretch(2)
        layout.addLayout(middle)
        layout.addStretch(3)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(title.text())
        desk.replica.refreshed.connect(self._remember)
        Theme.current.changed.connect(self._paint)
        self._paint()
        self._show_recent()

    def _ways(self) -> QGridLayout:
        ways: tuple[_Way, ...] = (
            _Way(
                "play",
                self.tr("Look around in a demo"),
                self.tr(
                    "A simulated estate in a window of its own, of which nothing is kept. Within two minutes a VM is"
                    " put on the wrong VLAN there, and a host falls silent."
                ),
                "demo_wanted",
            ),
            _Way(
                "datacenter",
                self.tr("VMware vCenter or ESXi…"),
                self.tr("With a user that needs no more than the Read-only role."),
                "add_wanted",
                ("vsphere", ""),
            ),
            _Way(
                "host",
                self.tr("libvirt: KVM, Xen, LXC…"),
                self.tr("On this machine, or on another through SSH or TLS."),
                "add_wanted",
                ("libvirt", ""),
            ),
            _Way(
                "state-live",
                self.tr("A running engine…"),
                self.tr("One that goes on watching when windows are closed. This user's own is found by itself."),
                "engine_wanted",
            ),
            _Way(
                "open-snapshot",
                self.tr("A snapshot file…"),
                self.tr("An estate of another time, or somebody else's. Nothing is connected, and nothing can act."),
                "snapshot_wanted",
                ("",),
            ),
        )
        if not self._replica.has_living:
            ways = ways[-1:]
        grid = QGridLayout()
        grid.setSpacing(GROUP)
        last = len(ways) - 1
        self.cards = [_Card(way, wide=place == last and place % 2 == 0) for place, way in enumerate(ways)]
        for number, (card, way) in enumerate(zip(self.cards, ways, strict=True)):
            wanted = getattr(self, way.signal)
            card.chosen.connect(lambda wanted=wanted, way=way: wanted.emit(*way.arguments))
            grid.addWidget(card, number // 2, number % 2, 1, 2 if card.wide else 1)
        return grid

    def tell_opening(self) -> None:
        """The demo is on its way: its card says so for a moment, in which it opens no second one."""
        self.cards[0].tell(self.tr("Another window opens…"), OPENING_MS)

    # --- recent ones ----------------------------------------------------------------------------------------------

    def _remember(self, delta: Delta) -> None:
        """Takes the addresses of connections down as they come; never a password, which they never hold."""
        if self._replica.review is not None:
            return  # nobody connected to what a snapshot holds
        fresh = [
            (record.name, record.uri)
            for entity in delta.before
            if isinstance(record := self._replica.records.get(entity), Connection) and record.provider != "demo"
        ]
        if fresh:
            known = dict((uri, name) for name, uri in [*fresh, *self._remembered()][::-1])
            recent = [(name, uri) for uri, name in reversed(known.items())][:RECENT]
            if recent != self._remembered():
                self._preferences.remember(MEMORY, msgspec.json.encode(recent))
                self._show_recent()

    def _remembered(self) -> list[tuple[str, str]]:
        stored = self._preferences.remembered(MEMORY)
        try:
            return [] if stored is None else msgspec.json.decode(stored.data(), type=list[tuple[str, str]])[:RECENT]
        except msgspec.MsgspecError:
            return []

    def _show_recent(self) -> None:
        while (item := self._recent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        recent = self._remembered() if self._replica.has_living else []
        self._again.setVisible(bool(recent))
        for name, uri in recent:
            button = QPushButton(action_text(name[:30]))
            button.setToolTip(tooltip(visible(name), masked(uri)))
            button.setAccessibleName(self.tr("Connect {0} again").format(visible(name, 60)))
            button.clicked.connect(lambda _=False, uri=uri: self.add_wanted.emit("", uri))
            self._recent.addWidget(button)

    def _paint(self) -> None:
        self._icon.setPixmap(icons.pixmap("app", Tone.ACCENT, 64, self.devicePixelRatioF()))
        for card in self.cards:
            card.paint_icon()


class _Card(QPushButton):
    """A large button: a picture, what it does, and what that means."""

    chosen = Signal()

    def __init__(self, way: _Way, *, wide: bool) -> None:
        super().__init__()
        self._way = way
        self.wide = wide  # as two others
        self.setAccessibleName(way.title)
        self.setAccessibleDescription(way.text)
        self.setProperty("role", "card")
        self.setAutoDefault(True)  # Enter takes it, too
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)  # as high as its neighbour
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._title = title = PlainLabel(way.title).wrapped()
        text = PlainLabel(way.text, Tone.MUTED).wrapped()
        font = title.font()
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        self._told = QTimer(self, singleShot=True)
        self._told.timeout.connect(lambda: self._say(way.title))
        self.clicked.connect(self._choose)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(title)
        words.addWidget(text)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        row.setSpacing(GROUP)
        row.addWidget(self._picture)
        row.addLayout(words, 1)
        for label in (self._picture, title, text):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        layout, width = self.layout(), WIDTH if self.wide else (WIDTH - GROUP) // 2
        return QSize(width, layout.heightForWidth(width) if layout is not None else 0)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def tell(self, text: str, milliseconds: int) -> None:
        """Says this in place of what it does; meanwhile it does nothing."""
        self._say(text)
        self._told.start(milliseconds)

    def _say(self, title: str) -> None:
        self._title.setText(title)
        self.setAccessibleName(title)

    def _choose(self) -> None:
        if not self._told.isActive():
            self.chosen.emit()

    def paint_icon(self) -> None:
        self._picture.setPixmap(icons.pixmap(self._way.icon, Tone.ACCENT, 24, self.devicePixelRatioF()))
