"""The one selection that drives everything, and the way back through earlier ones."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from vmi_console.estate.identity import EntityId, kind_of

STEPS = 100


class Selection(QObject):
    """The selected entities by id; they may be some that no longer exist. The first one leads."""

    moved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: list[tuple[EntityId, ...]] = []
        self._at = -1

    @property
    def entities(self) -> tuple[EntityId, ...]:
        """All that is selected, in the order in which it is shown; empty before the first choice."""
        return self._steps[self._at] if self._at >= 0 else ()

    @property
    def vms(self) -> tuple[EntityId, ...]:
        """The VMs among them."""
        return tuple(entity for entity in self.entities if kind_of(entity) == "vm")

    @property
    def entity(self) -> EntityId | None:
        """What leads."""
        return self.entities[0] if self.entities else None

    @property
    def can_go_back(self) -> bool:
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        return self._at < len(self._steps) - 1

    def choose(self, entity: EntityId) -> None:
        """Selects one."""
        self.choose_all((entity,))

    def choose_all(self, entities: Iterable[EntityId]) -> None:
        """Selects these and nothing else. Growing or shrinking a selection of several is one step of the way back."""
        chosen = tuple(dict.fromkeys(entities))
        if not chosen or chosen == self.entities:
            return
        if len(chosen) > 1 and len(self.entities) > 1:
            self._steps[self._at] = chosen
            del self._steps[self._at + 1 :]
        else:
            self._steps = [*self._steps[: self._at + 1][-STEPS + 1 :], chosen]
            self._at = len(self._steps) - 1
        self.moved.emit()

    def back(self) -> None:
        if self.can_go_back:
            self._at -= 1
            self.moved.emit()

    def forward(self) -> None:
        if self.can_go_forward:
            self._at += 1
            self.moved.emit()
