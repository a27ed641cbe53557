"""What can be searched for: every attribute and function of the query language with an example, beside the box."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from vmi_console.estate.attributes import ATTRIBUTES
from vmi_console.estate.functions import FUNCTIONS
from vmi_console.gui import icons
from vmi_console.gui.completions import left_to_right
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.panes.sheet import Cell, Line, Table
from vmi_console.gui.panes.table import LinesView
from vmi_console.gui.theme import GAP, ROW, Theme, Tone, colours

WIDTH, ROWS = 820, 14


class QueryHelp(QFrame):
    """A sheet below the search box, open while one types. Enter or double click takes the example of a line."""

    taken = Signal(str)
    left = Signal()  # by Escape: the keyboard goes back to the box

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("query-help")
        self.setAutoFillBackground(True)
        self.setAccessibleName(self.tr("What can be searched for"))
        title = PlainLabel(
            self.tr("Plain words find names, addresses, hosts and networks. An expression says more:")
        ).wrapped()
        self._close = QToolButton(autoRaise=True)
        self._close.setAccessibleName(self.tr("Close the help"))
        self._close.setToolTip(self.tr("Close the help (Esc)"))
        self._close.clicked.connect(self.leave)
        self.list = LinesView(self._table())
        self.list.setAccessibleDescription(self.tr("Enter puts the example of a line into the search box"))
        self.list.setFixedHeight(ROWS * ROW)
        self.list.activated.connect(lambda index: self._take(index.row()))
        top = QHBoxLayout()
        top.addWidget(title, 1)
        top.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.addLayout(top)
        column.addWidget(self.list)
        Theme.current.changed.connect(self._paint)
        self._paint()

    def _paint(self) -> None:
        theme = colours()
        self.setStyleSheet(f"#query-help {{ background: {theme.raised}; border: 1px solid {theme.line}; }}")
        self._close.setIcon(icons.icon("close", Tone.MUTED))

    def _table(self) -> Table:
        together = self.tr("several together")
        offers = [
            (together, self.tr("Runs, and has a card on VLAN 30."), 'power == "on" and 30 in vlans'),
            (together, self.tr("Tagged, but not audited."), '"pci" in tags and not has_application("auditd")'),
            (together, self.tr("By address or by name."), 'in_subnet("10.1.0.0/16") or glob(name, "web-*")'),
            (together, self.tr("Keeps old snapshots."), "snapshots > 0 and age(oldest_snapshot) > 7"),
        ]
        offers += [(one.name, one.help, one.example) for one in ATTRIBUTES.values()]
        offers += [(one.signature, one.help, one.example) for one in FUNCTIONS.values()]
        self._examples = [example for _, _, example in offers]
        return Table(
            title=self.tr("What can be searched for"),
            columns=(self.tr("Name"), self.tr("Example"), self.tr("What it is")),
            widths=(24, 40, 36),
            lines=tuple(
                Line(
                    example + name,
                    (
                        Cell(left_to_right(name)),
                        Cell(left_to_right(example), tone=Tone.ACCENT),
                        Cell(help, tone=Tone.MUTED),
                    ),
                )
                for name, help, example in offers
            ),
            empty="",
        )

    def _take(self, row: int) -> None:
        self.taken.emit(self._examples[row])

    def open_below(self, box: QWidget) -> None:
        """Comes up under the box, on the side where there is room for it."""
        window = box.window()
        self.setFixedWidth(min(WIDTH, window.width() - 2 * GAP))
        self.adjustSize()
        corner = box.mapTo(window, QPoint(0, box.height() + 2))
        self.move(max(GAP, min(corner.x(), window.width() - self.width() - GAP)), corner.y())
        self.show()
        self.raise_()

    def leave(self) -> None:
        self.hide()
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
