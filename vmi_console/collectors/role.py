"""The main program of a role process: reader, inspector or actor of one connection.

It speaks to the engine over its standard streams (see `protocol`), runs the provider, turns the provider's errors
into conditions, and tries again after growing pauses where trying again can help.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from vmi_console import logs
from vmi_console.collectors import protocol, provider
from vmi_console.collectors.protocol import Role
from vmi_console.errors import (
    ChannelClosed,
    CommandRefused,
    CredentialsNeeded,
    InputError,
    TrustNeeded,
    Unreachable,
    Unsupported,
    VmiError,
)
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Batch, Sample
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Certificate, State
from vmi_console.introspection.pace import ChosenPace
from vmi_console.wire import stdio
from vmi_console.wire.calls import Call, Callee, Cancel
from vmi_console.wire.channel import Channel, Hello
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
"""A connection that held this long was a good one: the next pause is a short one again."""

CONNECTING_SECONDS = 30.0
"""How long whoever wants a look into a guest waits for an inspector that is still connecting."""

ASK_AGAIN_SECONDS = 0.05


def main(name: str) -> int:
    """Runs the role `name` until the engine says stop or is gone."""
    logs.to_standard_error(name)
    asyncio.run(_serve(Role(name)))
    return 0


async def _serve(role: Role) -> None:
    reader, writer = stdio.take_over()
    channel: Channel[protocol.ToRole] = Channel(reader, writer, protocol.ToRole)
    try:
        await channel.greet(Hello(identity=role))
        start = await channel.receive()
        if isinstance(start, protocol.Start):
            await RoleProcess(role, start, channel).run()
    except ChannelClosed:  # the engine is gone, and so are we
        log.debug("the engine has closed the pipe")
    finally:
        channel.close()


class RoleProcess:
    """One role at work: what it was started with, the provider's object, and the calls under way."""

    def __init__(self, role: Role, start: protocol.Start, channel: Channel[protocol.ToRole]) -> None:
        self._role = role
        self._start = start
        self._channel = channel
        self._sink = ChannelSink(channel)
        self._tasks = Tasks()
        self._callee = Callee(channel, self._carry_out, self._tasks)
        self._made: provider.Reader | None = None
        self._made_inspector: provider.Inspector | None = None
        self._reader: provider.Reader | None = None  # while it runs
        self._inspector: provider.Inspector | None = None
        self._ended: protocol.Condition | None = None  # why it did, the last time
        self._watched: frozenset[EntityId] = frozenset()
        self._wanted: frozenset[EntityId] = frozenset()
        self._chosen = ChosenPace()
        for wish in start.wishes:  # before anything is done: who wants quiet has it from the start
            self._handle(wish)

    async def run(self) -> None:
        """Until `Stop`, or until the engine is gone (`ChannelClosed`)."""
        async with self._tasks:
            self._tasks.start(self._beat(), "heartbeat")
            if self._role is not Role.ACTOR:
                self._tasks.start(self._keep_running(), f"{self._role} of {self._start.uri}")
            while not isinstance(message := await self._channel.receive(), protocol.Stop):
                self._handle(message)

    def _handle(self, message: protocol.ToRole) -> None:
        match message:
            case protocol.Watch(entities=entities):
                self._watched = frozenset(entities)
                if self._reader is not None:
                    self._reader.watch(self._watched)
            case protocol.Wanted(vms=vms):
                self._wanted = frozenset(vms)
                if self._inspector is not None:
                    self._inspector.want(self._wanted)
            case protocol.Paced(chosen=chosen):
                self._chosen = chosen
                if self._inspector is not None:
                    self._inspector.go_at(chosen)
            case protocol.Resync():
                self._sink.repeat_condition()
                if self._reader is not None:
                    self._tasks.start(self._reader.resync(), "resync")
            case Call():
                self._callee.take(message)
            case Cancel(number=number):
                self._callee.cancel(number)
            case _:
                pass

    async def _beat(self) -> None:
        while True:
            await self._channel.send(protocol.Heartbeat(contact=self._sink.last_contact))
            if self._role is Role.INSPECTOR:
                standing = self._inspector.standing() if self._inspector is not None else None
                await self._channel.send(protocol.Round(standing=standing))
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _keep_running(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._run_once()
                condition = protocol.Condition(state=State.STALE, reason="the connection has ended")
                spoiled = False
            except ChannelClosed:
                raise
            except (VmiError, OSError) as error:
                condition = condition_of(error)
                spoiled = isinstance(error, Unreachable) and error.in_another_process
            except Exception as error:  # nobody is to take for live what nobody reads any more
                log.exception("the %s has failed by a mistake of this program", self._role)
                told = f"the {self._role} has failed by a mistake of this program ({error!r})"
                condition = protocol.Condition(state=State.STALE, reason=told, advice="see the engine's log")
                spoiled = False
            self._ended = condition
            await self._sink.tell(condition)
            if spoiled:
                self._channel.close()
                os._exit(0)  # an orderly exit would wait for the library's threads
            if condition.state is not State.STALE:
                return  # a person must do something first; the engine then starts another process
            if loop.time() - began > HEALTHY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _run_once(self) -> None:
        """Runs the provider until it fails."""
        self._sink.forget_condition()
        try:
            module = provider.load(provider.provider_of(self._start.uri))
            if self._role is Role.READER:
                # One for all runs: it may remember what it read, and spare the hypervisor that.
                self._reader = self._made = self._made or module.reader(self._start)
                self._reader.watch(self._watched)
                await self._reader.run(self._sink)
            else:
                self._inspector = self._made_inspector = self._made_inspector or module.inspector(self._start)
                self._inspector.want(self._wanted)
                self._inspector.go_at(self._chosen)
                await self._inspector.run(self._sink)
        finally:
            self._reader = self._inspector = None

    async def _carry_out(self, command: str, arguments: dict[str, Any]) -> Any:
        if self._role is Role.ACTOR:
            module = provider.load(provider.provider_of(self._start.uri))
            return await module.actor(self._start).act(command, arguments)
        if self._role is Role.INSPECTOR and command == "waits":
            return self._inspector is not None and self._inspector.waits(EntityId(arguments["vm"]))
        if self._role is Role.INSPECTOR and command == "inspect":
            return await (await self._inspector_at_work()).inspect(EntityId(arguments["vm"]))
        raise CommandRefused(f"the {self._role} cannot {command} now")

    async def _inspector_at_work(self) -> provider.Inspector:
        """The inspector, once it is connected: the reader may have shown its VMs before. Raises `CommandRefused`."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + CONNECTING_SECONDS
        while self._inspector is None or self._inspector.standing() is None:
            ended = self._ended
            if ended is not None or loop.time() > deadline:
                told = "the hypervisor is not connected for reading guests"
                again = "" if ended is not None and ended.state is not State.STALE else "try again in a moment"
                reason, advice = (ended.reason, ended.advice) if ended is not None else ("", "")
                raise CommandRefused(": ".join(filter(None, (told, reason))), "; ".join(filter(None, (again, advice))))
            await asyncio.sleep(ASK_AGAIN_SECONDS)
        return self._inspector


def condition_of(error: Exception) -> protocol.Condition:
    """What an error means for the connection: who has to do something about it, and what."""
    reason = error.message if isinstance(error, VmiError) else str(error) or repr(error)
    advice = error.advice if isinstance(error, VmiError) else ""
    match error:
        case TrustNeeded():
            certificate = Certificate(
                fingerprint=error.fingerprint, subject=error.subject, validity=error.validity, previous=error.previous
            )
            return protocol.Condition(state=State.TRUST, reason=reason, advice=advice, certificate=certificate)
        case CredentialsNeeded():
            state = State.CREDENTIALS
        case Unsupported() | InputError():
            state = State.UNSUPPORTED
        case _:
            state = State.STALE
    return protocol.Condition(state=state, reason=reason, advice=advice)


class ChannelSink:
    """`provider.Sink` over the channel to the engine."""

    def __init__(self, channel: Channel[protocol.ToRole]) -> None:
        self._channel = channel
        self._condition: protocol.Condition | None = None
        self.last_contact: datetime | None = None

    async def identified(self, endpoint: str, product: str) -> None:
        await self._send(protocol.Identified(endpoint=endpoint, product=product))

    async def discovery_begins(self, expected: int | None = None) -> None:
        await self._send(protocol.Discovery(phase=protocol.Phase.BEGIN, expected=expected))

    async def discovery_ends(self) -> None:
        # It is taken for live from here on: what is missing is told after it.
        self._condition = protocol.Condition(state=State.LIVE)
        await self._send(protocol.Discovery(phase=protocol.Phase.END))

    async def report(self, batch: Batch) -> None:
        for part in cut(batch):
            await self._send(protocol.Report(batch=part))

    async def samples(self, samples: Sequence[Sample]) -> None:
        await self._send(protocol.Samples(samples=tuple(samples)))

    async def condition(self, state: State, reason: str = "", advice: str = "") -> None:
        condition = protocol.Condition(state=state, reason=reason, advice=advice)
        if condition != self._condition:
            await self.tell(condition)

    async def tell(self, condition: protocol.Condition) -> None:
        """Says how the role fares, be it news or not."""
        self._condition = condition
        await self._channel.send(condition)

    def repeat_condition(self) -> None:
        """Somebody may not have heard it, or believe something worse. That all is well, a complete report will say."""
        if self._condition is not None and self._condition.state is not State.LIVE:
            self._channel.post(self._condition)

    def contact(self, at: datetime | None = None) -> None:
        self.last_contact = at or datetime.now(UTC)

    def forget_condition(self) -> None:
        """The next condition is sent even if it equals the last."""
        self._condition = None

    async def _send(self, message: protocol.FromRole) -> None:
        self.contact()
        await self._channel.send(message)


def cut(batch: Batch) -> Iterator[Batch]:
    """The batch in parts that one event loop can each apply within ten milliseconds.

    Attributions go with the first part and removals with the last: what replaces a removed entity is there first.
    """
    parts = list(_slices(batch.records)) or [()]
    for index, part in enumerate(parts):
        yield Batch(
            records=part,
            removed=batch.removed if index == len(parts) - 1 else (),
            attributions=batch.attributions if index == 0 else (),
            seen=batch.seen,
            occurred_at=batch.occurred_at,
        )


def _slices(records: Iterable[AnyRecord]) -> Iterator[tuple[AnyRecord, ...]]:
    part: list[AnyRecord] = []
    weight = 0.0
    for record in records:
        if part and weight + _weight(record) > MAX_BATCH:
            yield tuple(part)
            part, weight = [], 0.0
        part.append(record)
        weight += _weight(record)
    if part:
        yield tuple(part)


def _weight(record: AnyRecord) -> float:
    """How much work a record is to decode and apply; a VM with two NICs and two disks is 1."""
    match record:
        case VM():
            return 0.5 + (len(record.nics) + len(record.disks) + len(record.devices) + len(record.snapshots)) / 8
        case Guest():
            return 0.5 + (len(record.applications.items) + len(record.services.items) + len(record.processes.items)) / 8
        case SoftwareImage():
            return 0.5 + (len(record.applications) + len(record.services)) / 8
        case _:
            return 0.5
