"""A client of the engine: what the window and the command line share.

`Client.run` keeps a link to an engine up: it finds or starts one, greets, subscribes, listens, and when the engine
is gone, hangs, or is of another version it says so through its `Listener` and goes on with the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from vmi_console.engine import protocol
from vmi_console.engine.engines import Engines
from vmi_console.errors import ChannelClosed, EngineUnavailable, VmiError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId
from vmi_console.wire.calls import Caller, Headway, Result, Tell, to_nobody
from vmi_console.wire.channel import Channel

log = logging.getLogger(__name__)

SILENT_SECONDS = 3.0
"""An engine beats every second; what one told that is silent for this long is no longer shown as live."""

DEAD_SECONDS = 8.0
"""One silent for this long hangs, and is given up."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
SLICE_SECONDS = 0.008
"""How long a client's event loop may be held by updates before it gets to do other things."""


class Link(msgspec.Struct, frozen=True):
    """Whether an engine answers, since when, and why not."""

    up: bool
    since: datetime
    reason: str = ""
    advice: str = ""
    version: str = ""


class Listener(Protocol):
    """What a client hears. All are called on the event loop and must return within milliseconds."""

    def link_changed(self, link: Link) -> None:
        """The engine answers, or no longer does: then everything known is as of `link.since`."""

    def replayed(self, replay: protocol.Replay) -> None:
        """A complete report begins or ends: what was not mentioned in between is gone."""

    def updated(self, update: protocol.Update) -> None:
        """Records, removals, changes."""

    def sampled(self, samples: tuple[Sample, ...]) -> None:
        """Loads of watched entities."""

    def matched(self, matches: protocol.Matches) -> None:
        """Of a standing search."""

    def progressed(self, progress: protocol.Progress) -> None:
        """Of a connection's discovery."""

    def went_round(self, told: protocol.Round) -> None:
        """How the round of a connection's guests goes."""

    def noticed(self, notice: protocol.Notice) -> None:
        """Something the operator should read."""


class PolicyListener(Protocol):
    """What a client hears of policies, if it subscribes to findings. Called as `Listener` is."""

    def found(self, findings: protocol.Findings) -> None:
        """Findings as they are now."""

    def stood(self, posture: protocol.Posture) -> None:
        """How the policies stand."""


class ReviewListener(Protocol):
    """What a client hears of an engine that shows the estate of another time. Called as `Listener` is."""

    def opening(self, done: float | None) -> None:
        """The engine gets ready: the share that is done, where it is known."""

    def reviewing(self, review: protocol.Review) -> None:
        """What is told from now on is that of this moment."""


class Client:
    """A link to an engine. Watches and searches are remembered and told to every engine that is found."""

    def __init__(
        self,
        engines: Engines,
        listener: Listener,
        subscription: protocol.Subscribe | None = None,
        of_policies: PolicyListener | None = None,
        of_quarantine: Callable[[protocol.Quarantines], None] | None = None,
        of_review: ReviewListener | None = None,
        of_records: Callable[[Iterable[AnyRecord]], None] = lambda records: None,
    ) -> None:
        """`of_records` hears of records as soon as they come, which may be before they count."""
        self._engines = engines
        self._listener = listener
        self._of_policies = of_policies
        self._of_quarantine = of_quarantine
        self._of_review = of_review
        self._of_records = of_records
        self._subscription = subscription or protocol.Subscribe()
        self._channel: Channel[protocol.FromEngine] | None = None
        self._watched: protocol.Watch | None = None
        self._searches: dict[int, protocol.Search] = {}
        self._caller = Caller()
        self._up = asyncio.Event()
        self._version = ""
        self._pause = FIRST_PAUSE_SECONDS
        self._down_since: datetime | None = None

    async def run(self) -> None:
        """Keeps the link up until cancelled."""
        while True:
            try:
                async with self._engines.link() as (channel, self._version):
                    with contextlib.suppress(ChannelClosed):  # it may have said why before it went: to be heard still
                        await self._introduce(channel)
                    await self._listen(channel)
            except TimeoutError:
                self._lost(EngineUnavailable("the engine hangs", "it is being replaced"))
            except VmiError as error:
                self._lost(error)
            finally:
                self._up.clear()
                self._channel = None
                self._caller.fail(_gone())
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)

    async def up(self) -> None:
        """Waits until an engine answers."""
        await self._up.wait()

    def watch(self, entities: Iterable[EntityId]) -> None:
        """From now on samples of these, and of no others."""
        self._watched = protocol.Watch(entities=tuple(entities))
        self._post(self._watched)

    def search(self, number: int, text: str) -> None:
        """Starts, replaces or (with an empty text) ends a standing search."""
        message = protocol.Search(number=number, text=text)
        if text.strip():
            self._searches[number] = message
        else:
            self._searches.pop(number, None)
        self._post(message)

    def resync(self) -> None:
        """Asks for everything again."""
        self._post(protocol.Resync())

    async def call(self, command: str, /, **arguments: Any) -> Any:
        """Has the engine carry out a command.

        Raises `EngineUnavailable` if no engine answers, `VmiError` with the engine's words if it refuses. Cancelling
        cancels the command.
        """
        return await self.follow(to_nobody, command, **arguments)

    async def follow(self, told: Tell, command: str, /, **arguments: Any) -> Any:
        """As `call`; `told` hears how far it is, on the event loop, from those commands that say so."""
        if self._channel is None:
            raise EngineUnavailable("the engine does not answer now", "try again when it is back")
        try:
            result = await self._caller.call(self._channel, command, arguments, told)
        except ChannelClosed:
            raise _gone() from None
        if result.error is not None:
            raise VmiError(result.error, result.advice)
        return result.value

    async def _introduce(self, channel: Channel[protocol.FromEngine]) -> None:
        self._channel = channel
        channel.post(self._subscription)  # all at one go: what is watched or searched for meanwhile comes after it
        if self._watched is not None:
            channel.post(self._watched)
        for search in self._searches.values():
            channel.post(search)
        await channel.drain()

    async def _listen(self, channel: Channel[protocol.FromEngine]) -> None:
        """Hears the engine; raises TimeoutError when it has been silent for too long."""
        loop = asyncio.get_running_loop()
        began = heard = due = loop.time()
        answers = False
        ahead: list[protocol.Update] = []  # what came while the engine got ready
        check: asyncio.TimerHandle | None = None
        async with asyncio.timeout(None) as deadline:

            def look() -> None:  # one timer every half second costs less than one for each message
                nonlocal check, answers, heard, due
                now = loop.time()
                held_up = now - due  # this process itself: what the engine said meanwhile is still to be read
                heard = min(now, heard + held_up)
                silence = now - heard
                if silence > SILENT_SECONDS and answers:
                    answers = False
                    since = _now() - timedelta(seconds=silence)
                    self._tell_down(since, "the engine does not answer")
                if silence > DEAD_SECONDS:
                    deadline.reschedule(loop.time())
                else:
                    due = now + 0.5
                    check = loop.call_at(due, look)

            look()
            try:
                while True:
                    message = await channel.receive()
                    heard = loop.time()
                    if channel.take_gap():
                        channel.post(protocol.Resync())
                    if not answers and not isinstance(message, protocol.Refused | protocol.Opening):
                        answers = True
                        self._found()
                    for told in self._told(message, ahead):
                        self._hear(told)
                        if loop.time() - began > SLICE_SECONDS:
                            await asyncio.sleep(0)
                            began = loop.time()
            finally:
                if check is not None:
                    check.cancel()

    def _told(self, message: protocol.FromEngine, ahead: list[protocol.Update]) -> Iterator[protocol.FromEngine]:
        """What a message tells: itself, and what came `ahead` if it says that this counts."""
        match message:
            case protocol.Update(records=records):
                self._of_records(records)
            case protocol.Opening(records=records) if records and self._subscription.records:
                self._of_records(records)
                ahead.append(protocol.Update(records=records))
        yield message
        if isinstance(message, protocol.Replay):
            if message.ahead:
                yield from ahead
            ahead.clear()

    def _hear(self, message: protocol.FromEngine) -> None:
        match message:
            case protocol.Update():
                self._listener.updated(message)
            case protocol.Replay():
                self._listener.replayed(message)
            case protocol.Samples(samples=samples):
                self._listener.sampled(samples)
            case protocol.Matches():
                self._listener.matched(message)
            case protocol.Findings():
                if self._of_policies is not None:
                    self._of_policies.found(message)
            case protocol.Posture():
                if self._of_policies is not None:
                    self._of_policies.stood(message)
            case protocol.Quarantines():
                if self._of_quarantine is not None:
                    self._of_quarantine(message)
            case protocol.Opening(done=done):
                if self._of_review is not None:
                    self._of_review.opening(done)
            case protocol.Review():
                if self._of_review is not None:
                    self._of_review.reviewing(message)
            case protocol.Progress():
                self._listener.progressed(message)
            case protocol.Round():
                self._listener.went_round(message)
            case protocol.Notice():
                self._listener.noticed(message)
            case Headway():
                self._caller.heard(message)
            case Result():
                self._caller.answered(message)
            case protocol.Refused(error=error, advice=advice):
                raise EngineUnavailable(error, advice)
            case protocol.Heartbeat():
                pass

    def _found(self) -> None:
        """It answers, and does not refuse: should it go away, another one is looked for at once."""
        self._pause = FIRST_PAUSE_SECONDS
        self._down_since = None
        self._up.set()
        self._listener.link_changed(Link(up=True, since=_now(), version=self._version))

    def _lost(self, error: VmiError) -> None:
        log.debug("engine lost: %s", error)
        self._tell_down(_now(), error.message, error.advice)

    def _tell_down(self, since: datetime, reason: str, advice: str = "") -> None:
        """However often it is tried and for whatever reasons: down since the engine was last heard of."""
        self._down_since = self._down_since or since
        self._listener.link_changed(Link(up=False, since=self._down_since, reason=reason, advice=advice))

    def _post(self, message: msgspec.Struct) -> None:
        if self._channel is not None:
            self._channel.post(message)


def _gone() -> EngineUnavailable:
    return EngineUnavailable("the engine is gone; whether it did this is not known")


def _now() -> datetime:
    return datetime.now(UTC)
