"""What the tree looked like when last seen: what was open, selected and on screen, from one start to the next."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import Connection, State
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import LIVELY
from vmi_console.gui.tree.arrangements import ARRANGEMENTS
from vmi_console.gui.tree.model import EstateModel
from vmi_console.gui.tree.view import EstateView

NAME = "estate"
MOST_OPEN = 2_000
"""Open nodes remembered for each arrangement, those highest up; and other things by the hundred at most."""
PAUSE_MS = 2_000


class Remembered(msgspec.Struct, frozen=True, omit_defaults=True):
    """As it is kept. Keys are those of nodes."""

    opened: dict[str, tuple[str, ...]] = {}  # by the name of the arrangement
    greeted: tuple[str, ...] = ()  # connections that were opened once when they first appeared
    selected: tuple[str, ...] = ()  # entities
    top: str = ""  # the key of the first row on screen


class Memory(QObject):
    """Keeps it whenever something was opened or selected, and gives it back when the estate has loaded.

    The selection comes back through `EstateView.picked`, as if the operator had made it, as soon as what leads it is
    there; unless the operator selects something before. Until then `returning` is true, and a window need not select
    anything by itself; `given_up` says that it need be, since what was selected is nowhere any more.
    """

    given_up = Signal()

    def __init__(self, preferences: Preferences, model: EstateModel, view: EstateView, parent: QObject) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._model = model
        self._view = view
        self._awaited = self._recall()
        self._soon = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._soon.timeout.connect(self.keep)
        model.opened_moved.connect(self._soon.start)
        model.settled.connect(self._give_back)
        view.picked.connect(self._picked)

    @property
    def returning(self) -> bool:
        """Whether what was selected the last time is still waited for."""
        return self._awaited is not None

    def keep(self) -> None:
        """Writes down what is now."""
        self._soon.stop()
        model, awaited = self._model, self._awaited
        depths = {node.key: node.depth for node in model.forest.trunks}
        opened = {
            name: tuple(sorted(keys, key=lambda key: depths.get(key, 99))[:MOST_OPEN])
            for name, keys in model.open_in.items()
            if keys
        }
        top = self._view.top
        state = Remembered(
            opened=opened,
            greeted=tuple(sorted(model.greeted)[:MOST_OPEN]),
            selected=awaited.selected if awaited is not None else self._view.picks[:100],
            top=awaited.top if awaited is not None else top.key if top is not None else "",
        )
        self._preferences.remember(NAME, msgspec.json.encode(state))

    def _recall(self) -> Remembered | None:
        stored = self._preferences.remembered(NAME)
        if stored is None:
            return None
        try:
            state = msgspec.json.decode(stored.data(), type=Remembered)
        except msgspec.MsgspecError:  # of another version: costs no more than what it held
            return None
        for name in ARRANGEMENTS:
            self._model.open_in[name].update(state.opened.get(name, ())[:MOST_OPEN])
        self._model.greeted.update(map(EntityId, state.greeted))
        return state if state.selected else None

    def _give_back(self) -> None:
        """Selects what was selected as soon as it is there; gives up when all are there that could have it."""
        if (awaited := self._awaited) is None:
            return
        replica, lead = self._model.replica, EntityId(awaited.selected[0])
        if lead in replica.records:
            self._awaited = None
            self._view.come_back(tuple(map(EntityId, awaited.selected)), awaited.top)
        else:
            connection = replica.records.get(replica.connection_of(lead) or lead)
            if isinstance(connection, Connection):
                there = connection.health.state in LIVELY
            else:  # of an endpoint that none has named yet
                states = [one.health.state for one in replica.connections()]
                there = bool(states) and State.CONNECTING not in states
            if there:
                self._awaited = None
                self.given_up.emit()

    def give_way(self, entities: tuple[EntityId, ...]) -> None:
        """Something is selected elsewhere: by the operator, unless it is the connection that a window begins with."""
        if any(kind_of(entity) != "connection" for entity in entities):
            self._awaited = None

    def _picked(self) -> None:
        self._awaited = None
        self._soon.start()
