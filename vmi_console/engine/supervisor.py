"""Keeping role processes alive: starting them, listening to them, seeing when one falls silent, starting another."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Any, Protocol

import msgspec

from vmi_console.collectors import protocol
from vmi_console.collectors.protocol import Role
from vmi_console.errors import ChannelClosed, CommandRefused, WireError
from vmi_console.estate.records import State
from vmi_console.wire.calls import Call, Caller, Headway, Result, teller
from vmi_console.wire.child import Child

log = logging.getLogger(__name__)

SILENT_SECONDS = 5.0
"""Without a heartbeat for this long (they come every two) what the role told is stale."""

DEAD_SECONDS = 10.0
"""Without a heartbeat for this long the role is ended and another one started."""

START_SECONDS = 5.0
"""How long a call waits for a process that is being started."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_SECONDS = 60.0


class Hearer(Protocol):
    """Who hears what a role says."""

    async def hear(self, role: Role, message: protocol.FromRole) -> None:
        """One message of the role's; conditions of the supervisor's own come this way too."""


class Supervisor:
    """Keeps one role process of one connection running until cancelled."""

    def __init__(self, start: protocol.Start, hearer: Hearer) -> None:
        self._start = start
        self._hearer = hearer
        self._child: Child[protocol.FromRole] | None = None
        self._there = asyncio.Event()  # set while there is a child
        self._caller = Caller()
        self._wishes: dict[type[protocol.Wish], protocol.Wish] = {}

    @property
    def pid(self) -> int | None:
        """Of the role process, while there is one."""
        return self._child.process.pid if self._child else None

    async def run(self) -> None:
        """Starts the process, and starts another whenever it ends or falls silent, after growing pauses."""
        pause = FIRST_PAUSE_SECONDS
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            reason = await self._live_once()
            log.debug("%s of %s: %s", self._start.role, self._start.uri, reason)
            if reason:
                await self._tell_stale(reason, "another one is being started")
            if loop.time() - began > HEALTHY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def wish(self, message: protocol.Wish) -> None:
        """Sends what to do from now on to this process and to every later one."""
        self._wishes[type(message)] = message
        if self._child is not None:
            self._child.channel.post(message)

    def resync(self) -> None:
        """Asks for everything again."""
        if self._child is not None:
            self._child.channel.post(protocol.Resync())

    async def call(self, command: str, arguments: dict[str, Any]) -> Any:
        """Has the role carry out a command; raises `CommandRefused` with its words if it fails.

        How far it is goes on to whoever called the command that this is a part of.
        """
        child = await self._running(command)
        result = await self._caller.call(child.channel, command, arguments, teller())
        if result.error is not None:
            raise CommandRefused(result.error, result.advice)
        return result.value

    async def _running(self, command: str) -> Child[protocol.FromRole]:
        """The process, if need be once it has started."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._there.wait()
        except TimeoutError:
            pass
        if self._child is None:
            raise CommandRefused(f"{command}: the {self._start.role} is not running now", "try again in a moment")
        return self._child

    async def _live_once(self) -> str:
        """One life of the process; gives the reason why it is over, or nothing where it has said so itself."""
        try:
            child: Child[protocol.FromRole] = await Child.start("role", self._start.role, accepts=protocol.FromRole)
        except (WireError, OSError) as error:
            return f"the {self._start.role}'s process could not be started: {error}"
        self._child = child
        self._there.set()
        try:
            child.channel.post(msgspec.structs.replace(self._start, wishes=tuple(self._wishes.values())))
            return await self._listen(child)
        except ChannelClosed:
            ending = await child.ending()
            # One that ends by itself has said why before; of one that is not gone yet nobody knows.
            return "" if child.process.returncode == 0 else f"the {self._start.role}'s process {ending}"
        except WireError as error:
            return f"the {self._start.role}'s process talks nonsense: {error}"
        except Exception as error:  # nobody is to take for live what nobody listens to any more
            log.exception("what the %s of %s told could not be taken in", self._start.role, self._start.uri)
            return f"what the {self._start.role} told could not be taken in, by a mistake of this program ({error!r})"
        finally:
            self._child = None
            self._there.clear()
            self._caller.fail(CommandRefused(f"the {self._start.role}'s process ended meanwhile"))
            await _dismiss(child)

    async def _listen(self, child: Child[protocol.FromRole]) -> str:
        """Hears the role until it has been silent for too long."""
        told_silent = False
        while True:
            try:
                async with asyncio.timeout(DEAD_SECONDS - SILENT_SECONDS if told_silent else SILENT_SECONDS):
                    message = await child.channel.receive()
            except TimeoutError:
                if told_silent:
                    return f"the {self._start.role}'s process hung and was ended"
                told_silent = True
                await self._tell_stale(f"the {self._start.role}'s process does not answer", "")
                continue
            if told_silent:
                told_silent = False
                child.channel.post(protocol.Resync())
            if child.channel.take_gap():
                child.channel.post(protocol.Resync())
            match message:
                case Result():
                    self._caller.answered(message)
                case Headway():
                    self._caller.heard(message)
                case _:
                    await self._hearer.hear(self._start.role, message)

    async def _tell_stale(self, reason: str, advice: str) -> None:
        await self._hearer.hear(self._start.role, protocol.Condition(state=State.STALE, reason=reason, advice=advice))


async def act_once(start: protocol.Start, command: str, arguments: dict[str, Any], seconds: float) -> Any:
    """Starts an actor, has it carry out one command, and dismisses it. Raises `CommandRefused`."""
    try:
        child: Child[protocol.FromRole] = await Child.start("role", Role.ACTOR, accepts=protocol.FromRole)
    except (WireError, OSError) as error:
        raise CommandRefused(f"{command}: the actor could not be started: {error}") from error
    try:
        async with asyncio.timeout(seconds):
            child.channel.post(start)
            child.channel.post(Call(number=1, command=command, arguments=arguments))
            while not isinstance(message := await child.channel.receive(), Result):
                pass
    except TimeoutError as error:
        raise CommandRefused(
            f"{command}: no answer within {seconds:.0f} s", "its outcome is not known: look before you try again"
        ) from error
    except WireError as error:
        raise CommandRefused(
            f"{command}: the actor ended before it answered", "its outcome is not known: look before you try again"
        ) from error
    finally:
        await _dismiss(child)
    if message.error is not None:
        raise CommandRefused(message.error, message.advice)
    return message.value


async def _dismiss(child: Child[protocol.FromRole]) -> None:
    try:
        child.channel.post(protocol.Stop())
    finally:
        await child.stop()
