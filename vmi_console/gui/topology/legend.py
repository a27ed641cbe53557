"""What shapes, colours and lines of the picture mean: a small sheet beside the button that opens it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from vmi_console.gui import icons
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.states import ACCESS, HOST, POWER, STALE, TEMPLATE, Look
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone
from vmi_console.gui.topology.glyphs import SWITCH


class Legend(QFrame):
    """Closes with Esc or a click elsewhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "banner")
        self.setAccessibleName(self.tr("Legend"))
        self._icons: list[tuple[QLabel, str, Tone]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(4)
        self._column(0, self.tr("Virtual machines"), [*POWER.values(), *dict.fromkeys(ACCESS.values()), TEMPLATE])
        self._column(2, self.tr("Hosts and switches"), list(HOST.values()))
        row = self._grid.rowCount()
        self._row(len(HOST) + 1, 2, SWITCH.icon, SWITCH.tone, self.tr("switch, with its uplinks ⇡"))
        self._row(len(HOST) + 2, 2, STALE.icon, STALE.tone, self.tr("stale: muted, and said so"))
        self._row(
            len(HOST) + 3,
            2,
            "flag",
            Tone.WARNING,
            self.tr("out of place: nearly all VMs of its name are on another VLAN"),
        )
        notes = PlainLabel(
            self.tr(
                "A lane is a VLAN, a box in it a network; a VM stands in each network it has a card in. "
                "Select anything to see what it is wired to."
            ),
            Tone.MUTED,
        ).wrapped()
        self._grid.addWidget(notes, row, 0, 1, 4)
        self._grid.setColumnMinimumWidth(3, 240)
        Theme.current.changed.connect(self._paint)
        self._paint()

    def _column(self, column: int, title: str, looks: list[Look]) -> None:
        heading = PlainLabel(title, Tone.MUTED)
        self._grid.addWidget(heading, 0, column, 1, 2)
        for row, each in enumerate(looks, 1):
            self._row(row, column, each.icon, each.tone, each.word)

    def _row(self, row: int, column: int, icon: str, tone: Tone, word: str) -> None:
        picture = QLabel()
        self._icons.append((picture, icon, tone))
        self._grid.addWidget(picture, row, column)
        self._grid.addWidget(PlainLabel(word).wrapped(), row, column + 1)

    def _paint(self) -> None:
        for label, icon, tone in self._icons:
            label.setPixmap(icons.pixmap(icon, tone, ratio=self.devicePixelRatioF()))
