"""What the panes about a selection have in common: they follow it, and do nothing while nobody sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.replica import Delta


class Pane(QWidget):
    """Shows entities and keeps up with them. Entities that go away stay on show, said to be gone.

    `bring_up_to_date` is called when the selection moves, when what may concern the pane changed, and when the pane
    comes into view; never while it is hidden.
    """

    chosen = Signal(str)  # EntityId: the operator wants to see that one
    moment_wanted = Signal(object)  # datetime: the operator wants to see the estate as it was then

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.entities: tuple[EntityId, ...] = ()
        desk.replica.refreshed.connect(self._refreshed)
        desk.replica.link_moved.connect(self._link_moved)
        desk.replica.review_moved.connect(self._link_moved)

    def show_entities(self, entities: tuple[EntityId, ...]) -> None:
        """From now on about these; the first one leads."""
        if entities != self.entities:
            self.entities = entities
            if self.isVisible():
                self.bring_up_to_date()

    def bring_up_to_date(self) -> None:
        """Shows `entities` as they are now."""
        raise NotImplementedError

    def concerns(self, delta: Delta) -> bool:
        """Whether what changed may change what is shown; panes that show more than the selection say so here."""
        return not delta.before.keys().isdisjoint(self.entities)

    def _refreshed(self, delta: Delta) -> None:
        if self.isVisible() and self.entities and self.concerns(delta):
            self.bring_up_to_date()

    def _link_moved(self) -> None:
        if self.isVisible() and self.entities:
            self.bring_up_to_date()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.entities:
            self.bring_up_to_date()


@dataclass(frozen=True)
class PaneKind:
    """One of the panes a selection can be looked at with. `name` is the one in settings and on the command line."""

    name: str
    title: Callable[[], str]  # in the operator's language
    make: Callable[[Desk], Pane]
    fits: Callable[[tuple[AnyRecord, ...]], bool]  # whether it has something to say of a selection
