"""From the living estate to that of another time and back: which engine the window hears and asks.

The engine on the living estate goes on all the while, and what asks for somebody there is still heard: new findings and
countdowns come from `living`, never from a visit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from vmi_console.engine import protocol
from vmi_console.engine.client import Client, Link
from vmi_console.engine.engines import Engines
from vmi_console.errors import EngineUnavailable, VmiError
from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errand, Errands
from vmi_console.wire.calls import Tell, to_nobody

ALWAYS_LIVING = frozenset(("stop_countdown", "recorded", "activity", "nearest_change"))
"""Commands about what is shown of the living estate at any time, and about the past that goes on being recorded."""


class Ear:
    """What one engine tells, heard by the replica while it is `open`."""

    def __init__(self, replica: Replica, *, is_open: bool) -> None:
        self._replica = replica
        self.open = is_open
        self.link = Link(up=False, since=datetime.now(UTC))

    def link_changed(self, link: Link) -> None:
        self.link = link
        if self.open:
            self._replica.link_changed(link)

    def replayed(self, replay: protocol.Replay) -> None:
        if self.open:
            self._replica.replayed(replay)

    def updated(self, update: protocol.Update) -> None:
        if self.open:
            self._replica.updated(update)

    def sampled(self, samples: tuple[Sample, ...]) -> None:
        if self.open:
            self._replica.sampled(samples)

    def matched(self, matches: protocol.Matches) -> None:
        if self.open:
            self._replica.matched(matches)

    def progressed(self, progress: protocol.Progress) -> None:
        if self.open:
            self._replica.progressed(progress)

    def went_round(self, told: protocol.Round) -> None:
        if self.open:
            self._replica.went_round(told)

    def noticed(self, notice: protocol.Notice) -> None:
        self._replica.noticed(notice)

    def found(self, findings: protocol.Findings) -> None:
        if self.open:
            self._replica.found(findings)

    def stood(self, posture: protocol.Posture) -> None:
        if self.open:
            self._replica.stood(posture)

    def held(self, quarantines: protocol.Quarantines) -> None:
        """Who is in quarantine."""
        if self.open:
            self._replica.quarantines.take(quarantines)

    def opening(self, done: float | None) -> None:
        pass

    def reviewing(self, review: protocol.Review) -> None:
        pass


class LivingEar(Ear):
    """Of the engine on the living estate. It is heard again from the beginning of its next replay on."""

    def __init__(self, replica: Replica) -> None:
        super().__init__(replica, is_open=True)
        self.returning: Visit | None = None

    def replayed(self, replay: protocol.Replay) -> None:
        if self.returning is not None and replay.phase is protocol.Phase.BEGIN:
            visit, self.returning = self.returning, None
            visit.end()
            self.open = True
            self._replica.show_now()
            self._replica.link_changed(self.link)
        super().replayed(replay)

    def found(self, findings: protocol.Findings) -> None:
        self._replica.living_verdicts.take(findings)
        super().found(findings)

    def held(self, quarantines: protocol.Quarantines) -> None:
        self._replica.living_quarantines.take(quarantines)
        super().held(quarantines)


class Visit(Ear):
    """Of an engine on the estate of another time: heard from the moment on that it says which time that is."""

    def __init__(self, visits: Visits, replica: Replica, engines: Engines, subscription: protocol.Subscribe) -> None:
        super().__init__(replica, is_open=False)
        self._visits = visits
        self.client = Client(engines, self, subscription, self, self.held, self, replica.receive)
        self.errand: Errand | None = None
        self.is_whole = False  # everything of its time was told

    def link_changed(self, link: Link) -> None:
        """A file that cannot be read does not become better by being tried again."""
        super().link_changed(link)
        if not link.up and not self.open:
            self._visits.failed(self, link)

    def replayed(self, replay: protocol.Replay) -> None:
        super().replayed(replay)
        if self.open and replay.phase is protocol.Phase.END:
            self.is_whole = True
            self._visits.moved.emit()

    def opening(self, done: float | None) -> None:
        self._visits.opening.emit(done)

    def reviewing(self, review: protocol.Review) -> None:
        if not self.open:
            self._visits.arrived(self)
            self.open = True
            self._replica.show_then(review)
            self._replica.link_changed(self.link)
        else:
            self._replica.show_then(review)

    def end(self) -> None:
        """Hears no more, and lets go of the engine."""
        self.open = False
        if self.errand is not None:
            self.errand.cancel()


class Visits(QObject):
    """The engine that the parts of a window ask (`gui.link.Engine`): the one that is heard.

    Without `living` there is only what is visited, and no way back.
    """

    opening = Signal(object)  # float | None: how far an engine is that gets ready
    moved = Signal()  # a visit began, is whole, or ended
    refused = Signal(object)  # VmiError: it could not be visited, or there is no way back yet

    def __init__(self, replica: Replica, living: Engines | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self._subscription = protocol.Subscribe(findings=True)
        self._ear = LivingEar(replica)
        self.living: Client | None = None
        if living is not None:
            self.living = Client(
                living, self._ear, self._subscription, self._ear, self._ear.held, of_records=replica.receive
            )
        self.visit: Visit | None = None
        self.errands: Errands | None = None  # of the window
        self._searches: dict[int, str] = {}
        self._watched: tuple[EntityId, ...] = ()

    @property
    def client(self) -> Client:
        """The one that is heard. Raises `EngineUnavailable` where there is none yet."""
        if self.visit is not None and self.visit.open:
            return self.visit.client
        if self.living is None:
            if self.visit is not None:
                return self.visit.client
            raise EngineUnavailable("there is no engine", "open a snapshot, or start the console without one")
        return self.living

    # --- coming and going -----------------------------------------------------------------------------------------

    def go(self, engines: Engines, name: str) -> None:
        """Visits an engine on the estate of another time; `name` is what that is as a task.

        Until it is ready all stays as it is; where it cannot be opened `refused` says why.
        """
        assert self.errands is not None
        for left in (self.visit, self._ear.returning):
            if left is not None:
                left.end()
        self._ear.returning = None
        self.visit = visit = Visit(self, self._replica, engines, self._subscription)
        visit.errand = self.errands.run(visit.client.run(), name, quiet=True)

    def arrived(self, visit: Visit) -> None:
        """The engine that is visited is ready: from now on it is heard and asked."""
        self._ear.open = False
        self._ear.returning = None
        for number, text in self._searches.items():
            visit.client.search(number, text)
        self.moved.emit()

    def failed(self, visit: Visit, link: Link) -> None:
        """It could not be opened, and the window stays where it was."""
        if self.visit is visit:
            visit.end()
            self.visit = None
            self.opening.emit(None)
            self.refused.emit(VmiError(link.reason, link.advice))
            if self.living is None:
                self._replica.link_changed(link)

    def back(self) -> None:
        """To the living estate, as soon as its engine tells how it is; where that is away `refused` says so."""
        if self.visit is None or self.living is None:
            return
        if self.visit.open and not self._ear.link.up:
            self.refused.emit(
                EngineUnavailable("the engine does not answer now", "the window goes back to now when it does")
            )
        if not self.visit.open:
            self.visit.end()
        else:
            self._ear.returning = self.visit
            self.living.resync()
            for number, text in self._searches.items():
                self.living.search(number, text)
            self.living.watch(self._watched)
        self.visit = None
        self.moved.emit()

    # --- what the window asks (gui.link.Engine) -------------------------------------------------------------------

    def watch(self, entities: Iterable[EntityId]) -> None:
        self._watched = tuple(entities)
        if self.living is not None and self._ear.open:
            self.living.watch(self._watched)

    def search(self, number: int, text: str) -> None:
        if text.strip():
            self._searches[number] = text
        else:
            self._searches.pop(number, None)
        if self.visit is not None or self.living is not None:
            self.client.search(number, text)

    async def call(self, command: str, /, **arguments: Any) -> Any:
        return await self.follow(to_nobody, command, **arguments)

    async def follow(self, told: Tell, command: str, /, **arguments: Any) -> Any:
        """As `call`; `told` hears how far it is, from those commands that say so."""
        asked = self.living if command in ALWAYS_LIVING and self.living is not None else self.client
        return await asked.follow(told, command, **arguments)

    async def up(self) -> None:
        """Waits until the engine that is heard answers."""
        await self.client.up()
