"""Keeps the picture true: takes in what changed, in slices, while somebody looks; catches up when shown again."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

from PySide6.QtCore import QObject, QTimer, Signal

from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import Connection, Host
from vmi_console.gui.replica import Delta, Replica
from vmi_console.gui.topology.scene import Scene
from vmi_console.gui.topology.wiring import Steps, Wires, wired, wires
from vmi_console.gui.work import Work

BULK = 0.05  # share of newcomers at once that is a discovery, after which everything is put in order
PATIENCE_MS = 1_000  # between two lay-outs, however much comes and goes


class SceneKeeper(QObject):
    """Owns the scene and all work on it. `laid_out` says that boxes moved, `repainted` that tiles look different."""

    laid_out = Signal()
    repainted = Signal(object)  # boxes of what looks different, None for everything
    progressed = Signal()

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.replica = replica
        self.scene = Scene(replica)
        self.wires = Wires((), False)
        self.built = False
        self.building: Scene | None = None
        self._shown = False
        self._waiting: dict[EntityId, None] = {}
        self._newcomers = 0
        self._rebuild = True
        self._arrange = False
        self._restate = False
        self._relight = False
        self._rewire = False
        self._selected: tuple[EntityId, ...] = ()
        self._matches: Collection[EntityId] | None = None
        self._wired: set[EntityId] | None = None
        self._narrow = False
        self._hidden: frozenset[str] = frozenset()
        self._laid_out_at = 0.0
        self._work = Work(self)
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self._start)
        replica.refreshed.connect(self._take)
        replica.link_moved.connect(self._link_moved)

    # --- what is wanted -------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is still to be done for what is wanted now."""
        return self._work.busy or self._later.isActive()

    @property
    def hidden(self) -> frozenset[str]:
        """Endpoints that are left out."""
        return self._hidden

    def show(self, shown: bool) -> None:
        """Works only while the picture is looked at."""
        self._shown = shown
        if shown:
            self._start()

    def select(self, selected: tuple[EntityId, ...]) -> None:
        """Lights what is wired to these; nothing is dimmed without any."""
        if selected != self._selected:
            self._selected = selected
            self._relight = True
            self._rebuild |= self._narrow and self._matches is None
            self._start()

    def show_only(self, matches: Collection[EntityId] | None) -> None:
        """Dims what a search does not match; None ends that."""
        self._matches = matches
        self._relight = True
        self._rebuild |= self._narrow
        self._start()

    def narrow(self, narrow: bool) -> None:
        """Leaves out everything that is dimmed, and lays out the rest anew."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._rebuild = True
            self._start()

    def hide(self, endpoints: Collection[str]) -> None:
        """Leaves out what these endpoints report."""
        if frozenset(endpoints) != self._hidden:
            self._hidden = frozenset(endpoints)
            self._rebuild = True
            self._start()

    def arrange(self) -> None:
        """Puts everything in order again."""
        self._arrange = True
        self._start()

    # --- what comes -----------------------------------------------------------------------------------------------

    def _take(self, delta: Delta) -> None:
        self._waiting.update(dict.fromkeys(delta.before))
        self._newcomers += sum(before is None for before in delta.before.values())
        for entity, before in delta.before.items():
            record = self.replica.records.get(entity)
            if isinstance(record, Connection) and not (
                isinstance(before, Connection) and before.health.state is record.health.state
            ):
                self._restate = True
            elif isinstance(before, Host) and isinstance(record, Host) and before.state is not record.state:
                self._waiting.update(dict.fromkeys(self.replica.referring(entity, "vm")))
        if self._waiting:
            self._start()

    def _link_moved(self) -> None:
        self._restate = True
        self._start()

    def _start(self) -> None:
        if self._shown and not self._work.busy:
            self._later.stop()
            self._work.start(self._steps())

    # --- work -----------------------------------------------------------------------------------------------------

    def _steps(self) -> Iterator[None]:
        while True:
            if self._rebuild:
                yield from self._build()
            elif self._waiting:
                yield from self._follow()
            elif self._arrange:
                self._arrange = False
                yield from self.scene.arrange()
                yield from self._told_lay_out()
            elif not self.scene.is_tidy and not self._must_wait():
                yield from self.scene.tidy()
                yield from self._told_lay_out()
            elif self._relight:
                yield from self._light()
            elif self._restate:
                self._restate = False
                yield from self.scene.restate()
            elif self._rewire:
                self._rewire = False
                self.wires = yield from wires(self.scene, self._wired, self._selected)
            else:
                break
        if not self.scene.is_tidy:
            self._later.start(PATIENCE_MS)
        self.repainted.emit(self.scene.take_touched())

    def _build(self) -> Iterator[None]:
        """A new scene, which takes the place of the old one when it is done."""
        self._rebuild = self._restate = False
        self._waiting.clear()
        only = None
        if self._narrow and (self._matches is not None or self._selected):
            only = yield from wired(self.replica, list(self._matches if self._matches is not None else self._selected))
        scene = self.building = Scene(self.replica, only, self._hidden)
        scene.lit = yield from self._lit()
        for _ in scene.build():
            self.progressed.emit()
            yield
            if self._rebuild:
                self.building = None
                yield from scene.fell()
                return
        self.building = None
        felled, self.scene, self.built = self.scene, scene, True
        self._relight = False
        yield from self._told_lay_out()
        yield from felled.fell()

    def _follow(self) -> Iterator[None]:
        waiting, self._waiting = self._waiting, {}
        newcomers, self._newcomers = self._newcomers, 0
        self._arrange |= newcomers > 8 + BULK * sum(self.scene.counts().values())
        self._rewire |= any(kind_of(entity) in ("host", "switch", "network") for entity in waiting)
        yield from self.scene.take(waiting)
        if self.scene.only is None and self._selected and not waiting.keys().isdisjoint(self._selected):
            self._relight = True

    def _light(self) -> Iterator[None]:
        self._relight = False
        lit = yield from self._lit()
        yield from self.scene.light(lit)
        self._rewire = True

    def _lit(self) -> Steps[Collection[EntityId] | None]:
        """What is not dimmed: what matches; without a search what is wired to the selection. None: everything."""
        self._wired = None
        if any(kind_of(entity) != "connection" for entity in self._selected):
            self._wired = yield from wired(self.replica, self._selected)
        return self._matches if self._matches is not None else None if self._narrow else self._wired

    def _must_wait(self) -> bool:
        return self.built and time.monotonic() - self._laid_out_at < PATIENCE_MS / 1000

    def _told_lay_out(self) -> Iterator[None]:
        self._laid_out_at = time.monotonic()
        self.wires = yield from wires(self.scene, self._wired, self._selected)
        self._rewire = False
        self.scene.take_touched()
        self.laid_out.emit()
