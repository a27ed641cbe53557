"""What the window shows when nothing is connected: what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vmi_console.gui import icons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone, title_font

WIDTH = 480


class WelcomePane(QWidget):
    """Two ways to begin. The promise below them is the first thing a careful person asks about."""

    add_wanted = Signal()
    demo_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        title = PlainLabel(self.tr("Nothing is connected yet"))
        title.setFont(title_font(self.font()))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text = PlainLabel(
            self.tr(
                "Connect a vCenter, an ESXi host or a libvirt host, and its hosts, virtual machines and networks appear"
                " here, live. Or look around in a simulated estate first: within two minutes its story has a VM put on"
                " the wrong VLAN and a host that falls silent."
            ),
            Tone.MUTED,
        ).wrapped()
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setFixedWidth(WIDTH)
        text.setMinimumHeight(text.heightForWidth(WIDTH))  # centred, a label is not asked how high it needs to be
        add = QPushButton(self.tr("Add a connection…"))
        add.setProperty("primary", True)
        add.setDefault(True)
        add.clicked.connect(self.add_wanted)
        demo = QPushButton(self.tr("Show the demo estate"))
        demo.clicked.connect(self.demo_wanted)
        promise = PlainLabel(
            self.tr(
                "The console only looks. It changes nothing on a hypervisor until you allow it, for each connection."
            ),
            Tone.MUTED,
        )
        promise.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addStretch(1)
        buttons.addWidget(add)
        buttons.addWidget(demo)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(GROUP)
        layout.addStretch(2)
        layout.addWidget(self._icon)
        layout.addWidget(title)
        layout.addWidget(text, alignment=Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(buttons)
        layout.addWidget(promise)
        layout.addStretch(3)
        Theme.current.changed.connect(self._paint)
        self._paint()

    def _paint(self) -> None:
        self._icon.setPixmap(icons.pixmap("app", Tone.ACCENT, 64, self.devicePixelRatioF()))
