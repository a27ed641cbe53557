"""One connection at work: its reader, inspector and actor, and the health that follows from what they tell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from vmi_console.collectors import protocol
from vmi_console.collectors.protocol import Role
from vmi_console.engine.supervisor import Supervisor, act_once
from vmi_console.errors import CommandRefused
from vmi_console.estate.changes import Batch, Sample, Seen
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Connection, Health, State
from vmi_console.introspection.pace import ChosenPace
from vmi_console.introspection.rounds import Standing
from vmi_console.plain_text import visible
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

ACT_SECONDS = 60.0


class Estate(Protocol):
    """Who takes what a collector finds."""

    def identified(self, collector: Collector, endpoint: str, product: str) -> None:
        """The endpoint answered. Raises `CommandRefused` if it may not be used (it is connected already)."""

    def discovery(self, collector: Collector, phase: protocol.Phase, expected: int | None) -> None:
        """A complete report begins or ends."""

    async def reported(self, collector: Collector, batch: Batch) -> None:
        """Records; waits while those who read them are behind."""

    def sampled(self, samples: Iterable[Sample]) -> None:
        """Loads."""

    def health_changed(self, collector: Collector) -> None:
        """`collector.health` is another."""

    def notice(self, text: str, advice: str = "") -> None:
        """Something that the operator should know."""

    def round_moved(self, collector: Collector) -> None:
        """`collector.standing` is another."""

    def contacted(self, collector: Collector) -> None:
        """The endpoint answered at `collector.last_live`, and what is known of it was true then."""


class Discovering:
    """A complete report under way: how its changes are seen, and how far it is (in records)."""

    def __init__(self, seen: Seen, expected: int | None) -> None:
        self.seen = seen
        self.expected = expected
        self.done = 0


class Collector:
    """The three roles of one connection. `start` and `stop` may alternate; what it knows of its contact stays."""

    def __init__(
        self,
        connection: Connection,
        estate: Estate,
        runtime_dir: Path,
        secret: str | None = None,
        trusted: tuple[str, ...] = (),
        saved: bool = False,
    ) -> None:
        self.connection = connection
        self.saved = saved
        self.secret = secret
        self.trusted = trusted
        self.health = Health(state=State.CONNECTING, since=datetime.now(UTC))
        self.endpoint = connection.endpoint
        self.last_contact = connection.seen_at
        self.last_live = connection.seen_at
        self.discovering: Discovering | None = None
        self.changing = asyncio.Lock()  # held by whoever stops it, and starts it again
        self._estate = estate
        self._runtime_dir = runtime_dir
        self._tasks = Tasks()
        self.standing: Standing | None = None  # of the inspector's round, while it goes
        self._wishes: dict[Role, dict[type[protocol.Wish], protocol.Wish]] = {Role.READER: {}, Role.INSPECTOR: {}}
        self._roles: dict[Role, Supervisor] = {}
        self._refused = False  # the endpoint is another connection's: all ends in a moment
        self._not_looking = ""  # why the inspector could not go on, when it last told

    def start(self) -> None:
        """Starts the reader, and the inspector where it was granted to read guests."""
        self._refused = False
        roles = [Role.READER, *([Role.INSPECTOR] if self.connection.grants.read_guests else [])]
        for role in roles:
            supervisor = self._roles[role] = Supervisor(self._start_message(role), self)
            for wish in self._wishes[role].values():
                supervisor.wish(wish)
            self._tasks.start(supervisor.run(), f"{role} of {self.connection.name}")

    async def stop(self) -> None:
        """Ends all roles; what they reported stays known."""
        await self._tasks.close()
        self._roles.clear()
        self.discovering = None
        self._stand(None)

    def watch(self, entities: Iterable[EntityId]) -> None:
        """From now on samples of these, as far as they are this endpoint's."""
        self._wish(Role.READER, protocol.Watch(entities=tuple(sorted(entities))))

    def want(self, vms: Iterable[EntityId]) -> None:
        """From now on guests of these are looked into sooner than others, where guests may be read."""
        self._wish(Role.INSPECTOR, protocol.Wanted(vms=tuple(sorted(vms))))

    def go_at(self, chosen: ChosenPace) -> None:
        """From now on guests are looked into at this pace, where it says something else than their provider does."""
        self._wish(Role.INSPECTOR, protocol.Paced(chosen=chosen))

    def _wish(self, role: Role, message: protocol.Wish) -> None:
        wishes = self._wishes[role]
        if message != wishes.get(type(message)):
            wishes[type(message)] = message
            if role in self._roles:
                self._roles[role].wish(message)

    def pids(self) -> dict[str, int]:
        """Of the role processes that run."""
        return {role.value: pid for role, supervisor in self._roles.items() if (pid := supervisor.pid) is not None}

    async def inspect(self, vm: EntityId) -> None:
        """Looks into a guest now; raises `CommandRefused`."""
        if Role.INSPECTOR not in self._roles:
            raise CommandRefused(
                f"{self.connection.name}: reading guests was not granted for this connection",
                "allow it in the connection's settings",
            )
        await self._roles[Role.INSPECTOR].call("inspect", {"vm": vm})

    async def waits(self, vm: EntityId) -> bool:
        """Whether a look into a guest is due, and waits for quiet hours to end. Raises `CommandRefused`."""
        if self.standing is None or not self.standing.quiet:
            return False
        return bool(await self._roles[Role.INSPECTOR].call("waits", {"vm": vm}))

    async def act(self, command: str, arguments: dict[str, Any]) -> Any:
        """Has an actor do something; raises `CommandRefused`."""
        return await act_once(self._start_message(Role.ACTOR), command, arguments, ACT_SECONDS)

    async def hear(self, role: Role, message: protocol.FromRole) -> None:
        """What a role says (called by its supervisor)."""
        if self._refused:
            return
        match message:
            case protocol.Heartbeat(contact=contact):
                if role is Role.READER and contact is not None:
                    self._contacted(contact)
            case protocol.Report(batch=batch):
                await self._estate.reported(self, batch)
            case protocol.Samples(samples=samples):
                self._estate.sampled(samples)
            case protocol.Condition():
                if role is Role.READER:
                    self._take(message)
                else:
                    self._tell_why_nobody_looks(message)
                    if message.state is not State.LIVE:
                        self._stand(None)
            case protocol.Round(standing=standing) if role is Role.INSPECTOR:
                self._stand(standing)
            case protocol.Identified() if role is not Role.READER:
                pass  # the reader says who the endpoint is
            case protocol.Identified(endpoint=endpoint, product=product):
                self._identify(endpoint, product)
            case protocol.Discovery(phase=phase, expected=expected) if role is Role.READER:
                self._estate.discovery(self, phase, expected)
                if phase is protocol.Phase.END:
                    self.last_contact = datetime.now(UTC)
                    self._take(protocol.Condition(state=State.LIVE))
                    self._contacted(self.last_contact)  # from here on a gap has a beginning
            case _:
                log.warning("%s: unexpected %s from the %s", self.connection.name, type(message).__name__, role)

    def begin_discovery(self, seen: Seen, expected: int | None) -> None:
        """Until `end_discovery`, whatever is reported is seen so."""
        self.discovering = Discovering(seen, expected)

    def end_discovery(self) -> None:
        """From now on what is reported are changes."""
        self.discovering = None

    def _tell_why_nobody_looks(self, condition: protocol.Condition) -> None:
        """Once for each reason; where the connection as a whole does not answer, that has been told already."""
        if condition.state is State.LIVE:
            self._not_looking = ""
        elif condition.reason not in ("", self._not_looking) and self.health.state is State.LIVE:
            self._not_looking = condition.reason
            text = f"{visible(self.connection.name)}: guests are not looked into: {visible(condition.reason, 300)}"
            self._estate.notice(text, condition.advice)

    def _stand(self, standing: Standing | None) -> None:
        if standing != self.standing:
            self.standing = standing
            self._estate.round_moved(self)

    def _contacted(self, at: datetime) -> None:
        self.last_contact = at
        if self.health.state in (State.LIVE, State.DEGRADED):
            self.last_live = at
            self._estate.contacted(self)

    def _identify(self, endpoint: str, product: str) -> None:
        try:
            self._estate.identified(self, endpoint, product)
        except CommandRefused as refusal:
            self._take(protocol.Condition(state=State.UNSUPPORTED, reason=refusal.message, advice=refusal.advice))
            self._refused = True
            self._tasks.start(self.stop(), "stop a second connection to one endpoint")
        else:
            self.endpoint = endpoint

    def _take(self, condition: protocol.Condition) -> None:
        """Turns a condition into health. Stale since when it was last heard of; anything else since now."""
        if condition.state is State.LIVE and self.discovering is not None:
            return  # not before all of it has been seen
        now = datetime.now(UTC)
        health = Health(
            state=condition.state,
            since=self.last_contact or now if condition.state is State.STALE else now,
            reason=condition.reason,
            advice=condition.advice,
            certificate=condition.certificate,
        )
        if health.state is self.health.state:
            health = msgspec.structs.replace(health, since=self.health.since)
        if health == self.health:
            return
        if health.state is not self.health.state:
            self._log(health)
        self.health = health
        self._estate.health_changed(self)

    def _log(self, health: Health) -> None:
        if health.state is State.LIVE:
            log.info("%s is live", self.connection.name)
        else:
            log.warning("%s: %s: %s", self.connection.name, health.state.value, health.reason)

    def _start_message(self, role: Role) -> protocol.Start:
        return protocol.Start(
            role=role,
            uri=self.connection.uri,
            secret=self.secret,
            trusted=self.trusted,
            grants=self.connection.grants,
            runtime_dir=str(self._runtime_dir),
        )
