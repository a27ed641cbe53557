"""When each application of a guest came, or came to its version: out of what was recorded of the guest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QObject

from vmi_console.estate.changes import Action, Change
from vmi_console.estate.facts import Application
from vmi_console.gui.wording import UNKNOWN, clock
from vmi_console.plain_text import visible


class NewestChanges(QObject):
    """The newest change of each application that is there. Nothing is known of those that were there from the start."""

    def __init__(self) -> None:
        super().__init__()
        self._changes: dict[str, Change] = {}  # by name, and by name and architecture

    def know(self, changes: Iterable[Change]) -> None:
        """Takes the changes of a guest, the newest first, in place of those of another."""
        self._changes = {}
        for change in changes:
            field, _, rest = change.path.partition("[")
            name, closed, what = rest.rpartition("]")
            if field != "applications" or not closed:
                continue
            if change.action is Action.ADDED and not what:
                self._changes.setdefault(f"{name} {_text(change.after, 'arch')}", change)
            elif what == ".version":
                self._changes.setdefault(name, change)

    def text(self, item: Application) -> str:
        """When, and what; a line where nothing is known."""
        change = self._of(item)
        if change is None:
            return UNKNOWN
        if change.action is Action.ADDED:
            return self.tr("{0}: installed").format(clock(change.observed_at))
        return self.tr("{0}: was {1}").format(clock(change.observed_at), visible(str(change.before), 40))

    def order(self, item: Application) -> float:
        """The oldest first, and before them those of which nothing is known."""
        change = self._of(item)
        return change.observed_at.timestamp() if change is not None else 0.0

    def _of(self, item: Application) -> Change | None:
        known = (self._changes.get(item.name), self._changes.get(f"{item.name} {item.arch}"))
        return max((each for each in known if each is not None), key=lambda each: each.number, default=None)


def _text(value: Any, field: str) -> str:
    return str(value.get(field, "")) if isinstance(value, dict) else ""
