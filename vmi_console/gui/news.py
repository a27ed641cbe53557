"""What an operator is told while looking elsewhere: gathered, so that a bad minute is one message and not fifty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Connection, State
from vmi_console.gui.desk import Desk
from vmi_console.gui.replica import Delta
from vmi_console.gui.states import CONNECTION
from vmi_console.gui.wording import clock
from vmi_console.plain_text import visible

GATHERED_MS = 3_000
"""From the first piece of news to its telling: what has settled by then was none."""

APART_MS = 20_000
"""Between two messages, however much happens."""

LISTED = 5
TROUBLE = frozenset((State.STALE, State.CREDENTIALS, State.TRUST, State.UNSUPPORTED))
FINE = frozenset((State.LIVE, State.DEGRADED))


@dataclass(frozen=True)
class Item:
    """One thing worth telling, and what it is about."""

    title: str
    text: str = ""
    entity: EntityId | None = None
    finding: str = ""  # id of the finding that it is about, the worst of several
    alone: bool = False  # it is about that finding and no other one
    urgent: bool = False  # it is to stay until somebody saw it


class News(QObject):
    """Watches the connections and the engine, and takes what others have to tell; `told` says when and what."""

    told = Signal(object)  # Item, to be shown outside the window or in it

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._waiting: list[Item] = []
        self._states: dict[EntityId, State] = {}  # what the operator knows of each connection
        self._linked = True
        self._last = QElapsedTimer()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._tell)
        self.muted_until: datetime | None = None
        desk.replica.refreshed.connect(self._refreshed)
        desk.replica.link_moved.connect(self._soon)

    def tell(self, item: Item) -> None:
        """Tells it soon, together with whatever else there is by then; nothing while notifications are off."""
        self._waiting.append(item)
        self._soon()

    def mute(self, hours: float) -> None:
        """Says nothing for so long; 0 ends it."""
        self.muted_until = datetime.now(UTC) + timedelta(hours=hours) if hours else None

    @property
    def muted(self) -> bool:
        return self.muted_until is not None and datetime.now(UTC) < self.muted_until

    @property
    def silent(self) -> bool:
        """Whether nothing is to be said now: muted, or in the quiet hours."""
        return self.muted or self._desk.preferences.choices.is_quiet(datetime.now(UTC))

    def _refreshed(self, delta: Delta) -> None:
        if any(entity.startswith("connection/") for entity in delta.before):
            self._soon()

    def _soon(self) -> None:
        if not self._timer.isActive():
            apart = APART_MS - self._last.elapsed() if self._last.isValid() else 0
            self._timer.start(max(GATHERED_MS, apart))

    def _tell(self) -> None:
        """Tells all that waits as one; what happened to connections in plain sight of the operator is known already."""
        troubles = self._of_engine() + self._of_connections()
        items = self._waiting if QApplication.activeWindow() is not None else self._waiting + troubles
        self._waiting = []
        choices = self._desk.preferences.choices
        if items and choices.notify and not self.silent:
            self._last.start()
            self.told.emit(self._together(items))
            if choices.notify_sound:
                QApplication.beep()

    def _together(self, items: list[Item]) -> Item:
        if len(items) == 1:
            return items[0]
        lines = [item.title for item in items[:LISTED]]
        if len(items) > LISTED:
            lines.append(self.tr("and %Ln more", "", len(items) - LISTED))
        return Item(self.tr("%Ln message(s)", "", len(items)), "\n".join(lines), items[0].entity)

    def _of_engine(self) -> list[Item]:
        link, before = self._desk.replica.link, self._linked
        self._linked = link.up or not self._desk.replica.was_linked
        if before and not self._linked:
            text = self.tr("What is shown was known at {0}.").format(clock(link.since))
            return [Item(self.tr("The engine does not answer"), f"{visible(link.reason)}\n{text}".strip())]
        if self._linked and not before:
            return [Item(self.tr("The engine answers again"))]
        return []

    def _of_connections(self) -> list[Item]:
        if not self._linked:
            return []
        connections = self._desk.replica.connections()
        known, self._states = self._states, {}
        items = []
        for connection in connections:
            state, before = connection.health.state, known.get(connection.id, State.LIVE)
            self._states[connection.id] = state if state is not State.CONNECTING else before
            if state in TROUBLE and state is not before:
                items.append(self._trouble(connection))
            elif state in FINE and before in TROUBLE:
                title = self.tr("{0} answers again").format(visible(connection.name, 60))
                items.append(Item(title, CONNECTION[state].word, connection.id))
        return items

    def _trouble(self, connection: Connection) -> Item:
        health = connection.health
        title = self.tr("{0}: {1}").format(visible(connection.name, 60), CONNECTION[health.state].word)
        return Item(
            title, "\n".join(visible(line) for line in (health.reason, health.prospects) if line), connection.id
        )
