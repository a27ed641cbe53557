"""The one selection that drives everything, and the way back through earlier ones."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from vmi_console.estate.identity import EntityId

STEPS = 100


class Selection(QObject):
    """The selected entity by id; it may be one that no longer exists."""

    moved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps: list[EntityId] = []
        self._at = -1

    @property
    def entity(self) -> EntityId | None:
        return self._steps[self._at] if self._at >= 0 else None

    @property
    def can_go_back(self) -> bool:
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        return self._at < len(self._steps) - 1

    def choose(self, entity: EntityId) -> None:
        if entity == self.entity:
            return
        self._steps = [*self._steps[: self._at + 1][-STEPS + 1 :], entity]
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
