"""What is selected, looked at: a heading that says what it is, and a tab for each pane that has something to say."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QToolButton, QVBoxLayout, QWidget

from vmi_console.estate.identity import EntityId
from vmi_console.gui import icons
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import separator
from vmi_console.gui.panes.heading import Heading
from vmi_console.gui.panes.pane import Pane, PaneKind
from vmi_console.gui.replica import Delta
from vmi_console.gui.theme import GAP, GROUP, Theme, Tone


class SelectionPanel(QWidget):
    """Follows a selection. The tab the operator looks at stays in front for as long as it fits what is selected.

    Panes are made when they are first looked at, and only the one in front works.
    """

    chosen = Signal(str)  # EntityId
    moment_wanted = Signal(object)  # datetime: show the estate as it was then
    tear_wanted = Signal()  # show the pane in front in a window of its own
    turned = Signal()  # another pane is in front

    def __init__(self, desk: Desk, kinds: Sequence[PaneKind], *, torn: bool = False) -> None:
        """`torn`: in a window of its own, from which nothing more is torn off."""
        super().__init__()
        self.setObjectName("sheet")
        self._desk = desk
        self._kinds = {kind.name: kind for kind in kinds}
        self._panes: dict[str, Pane] = {}
        self._entities: tuple[EntityId, ...] = ()
        self._offered: tuple[str, ...] = ()
        self._wanted = next(iter(self._kinds))  # what the operator chose last, whether or not it fits now
        self.heading = Heading(desk)
        self.heading.pane_wanted.connect(self.turn_to)
        self.heading.chosen.connect(self.chosen)
        self.tabs = QTabBar(expanding=False, drawBase=False, usesScrollButtons=True)
        self.tabs.setAccessibleName(self.tr("Panes of the selection"))
        self.tabs.currentChanged.connect(self._operator_turned)
        self._stack = QStackedWidget()
        self._tear = QToolButton(autoRaise=True)
        self._tear.setAccessibleName(self.tr("Tear off"))
        self._tear.setToolTip(self.tr("Show this pane in a window of its own, for another screen"))
        self._tear.clicked.connect(self.tear_wanted)
        self._tear.setVisible(not torn)
        row = QHBoxLayout()
        row.setContentsMargins(GROUP - GAP, 0, GAP, 0)
        row.addWidget(self.tabs, 1)
        row.addWidget(self._tear)
        top = QVBoxLayout()
        top.setContentsMargins(GROUP, GAP, GROUP, GAP)
        top.addWidget(self.heading)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(row)
        column.addWidget(separator())
        column.addWidget(self._stack, 1)
        desk.replica.refreshed.connect(self._refreshed)
        Theme.current.changed.connect(self._paint)
        self._paint()

    @property
    def entities(self) -> tuple[EntityId, ...]:
        return self._entities

    @property
    def pane(self) -> Pane | None:
        """The one in front."""
        front = self._stack.currentWidget()
        return front if isinstance(front, Pane) else None

    @property
    def front(self) -> str:
        """The name of the pane in front; empty where there is nothing to show."""
        at = self.tabs.currentIndex()
        return self._offered[at] if 0 <= at < len(self._offered) else ""

    @property
    def offered(self) -> tuple[PaneKind, ...]:
        """The panes that fit what is selected."""
        return tuple(self._kinds[name] for name in self._offered)

    def show_entities(self, entities: tuple[EntityId, ...]) -> None:
        if entities != self._entities:  # what goes away while it is on show stays, but never below another's name
            self._stack.setHidden(self._desk.replica.records.keys().isdisjoint(entities))
        self._entities = entities
        self.heading.show_entities(entities)
        self._offer()
        if (pane := self.pane) is not None:
            pane.show_entities(entities)

    def turn_to(self, name: str) -> None:
        """Brings a pane to the front, now or as soon as something is selected that it fits."""
        if name in self._kinds:
            self._wanted = name
        if name in self._offered:
            self.tabs.setCurrentIndex(self._offered.index(name))

    @property
    def wanted(self) -> str:
        """The name of the pane that the operator chose last."""
        return self._wanted

    # --- tabs -----------------------------------------------------------------------------------------------------

    def _offer(self) -> None:
        """A tab for each pane that fits; the rest are not there."""
        records = tuple(
            record for entity in self._entities if (record := self._desk.replica.records.get(entity)) is not None
        )
        if not records and self._offered:
            return  # what went away stays on show, said to be gone
        offered = tuple(name for name, kind in self._kinds.items() if records and kind.fits(records))
        if offered == self._offered:
            return
        self._offered = offered
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for name in offered:
            self.tabs.addTab(self._kinds[name].title())
        self.tabs.setCurrentIndex(offered.index(self._wanted) if self._wanted in offered else 0)
        self.tabs.blockSignals(False)
        self._turn()

    def _operator_turned(self) -> None:
        self._wanted = self.front or self._wanted
        self._turn()

    def _turn(self) -> None:
        if not (name := self.front):
            return
        if (pane := self._panes.get(name)) is None:
            pane = self._panes[name] = self._kinds[name].make(self._desk)
            pane.chosen.connect(self.chosen)
            pane.moment_wanted.connect(self.moment_wanted)
            self._stack.addWidget(pane)
        pane.show_entities(self._entities)
        self._stack.setCurrentWidget(pane)
        self.turned.emit()

    def _refreshed(self, delta: Delta) -> None:
        if not delta.before.keys().isdisjoint(self._entities):
            if not self._desk.replica.records.keys().isdisjoint(self._entities):
                self._stack.show()
            self._offer()
            if (pane := self.pane) is not None:
                pane.show_entities(self._entities)

    def _paint(self) -> None:
        self._tear.setIcon(icons.icon("tear-off", Tone.MUTED))
