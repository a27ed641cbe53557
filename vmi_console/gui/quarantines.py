"""Who is in quarantine, as the window knows it: by id, and the one that counts of each VM."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Signal

from vmi_console.engine import protocol
from vmi_console.estate.identity import EntityId
from vmi_console.response.quarantine import Quarantine, Stage

REFRESH_MS = 100


class Quarantines(QObject):
    """Few, and each of them matters: told ten times a second at most."""

    moved = Signal(object)  # frozenset[EntityId]: the VMs of those that came, changed or went

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.all: dict[str, Quarantine] = {}  # none that is over
        self._of_vm: dict[EntityId, str] = {}
        self._touched: set[EntityId] = set()
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)

    def of(self, vm: EntityId) -> Quarantine | None:
        """The quarantine of a VM that is not over, a proposal among them."""
        identity = self._of_vm.get(vm)
        return self.all.get(identity) if identity is not None else None

    def locked(self, vm: EntityId) -> Quarantine | None:
        """The quarantine of a VM to which something was done, or is being done."""
        one = self.of(vm)
        return one if one is not None and one.stage not in (Stage.ASKED, Stage.COUNTDOWN, Stage.FOUND) else None

    def waiting(self) -> list[Quarantine]:
        """Those that wait for a person, or to begin by themselves: what begins first comes first."""
        found = [one for one in self.all.values() if one.stage in (Stage.ASKED, Stage.COUNTDOWN)]
        return sorted(found, key=lambda one: (one.due is None, one.due or one.since))

    def take(self, message: protocol.Quarantines) -> None:
        """What the client's listener hears."""
        if message.replaces:
            self._drop(list(self.all))
        self._drop(message.forgotten)
        for one in message.quarantines:
            self._drop((one.id,))
            self._touched.add(one.vm)
            if not one.stage.is_closed:
                self.all[one.id] = one
                self._of_vm[one.vm] = one.id
        if not self._timer.isActive():
            self._timer.start()

    def refresh(self) -> None:
        """Tells what moved since the last time, now."""
        self._timer.stop()
        touched, self._touched = frozenset(self._touched), set()
        self.moved.emit(touched)

    def _drop(self, ids: Iterable[str]) -> None:
        for each in ids:
            if (known := self.all.pop(each, None)) is not None:
                self._touched.add(known.vm)
                if self._of_vm.get(known.vm) == each:
                    del self._of_vm[known.vm]
