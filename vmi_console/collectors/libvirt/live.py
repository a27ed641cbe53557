"""The reader of a libvirt connection: a session made, followed, and given up."""

from __future__ import annotations

import asyncio

from vmi_console.collectors.demand import Demand
from vmi_console.collectors.libvirt.address import target
from vmi_console.collectors.libvirt.following import SILENCE_S, Following
from vmi_console.collectors.libvirt.session import Session, opened
from vmi_console.collectors.protocol import Start
from vmi_console.collectors.provider import Sink
from vmi_console.errors import CollectorError, first_of
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import State


class LibvirtReader:
    """Live inventory of one libvirt daemon (see `provider.Reader`).

    The session is read-only, but where the operator granted reading guests: libvirt lets only writers ask an agent.
    """

    def __init__(self, start: Start) -> None:
        """Raises `ConnectionUriError` where the start's URI is none."""
        self._target = target(start.uri)
        self._secret = start.secret
        self._writable = start.grants.read_guests
        self._demand = Demand()

    async def run(self, sink: Sink) -> None:
        """Connects, discovers, and follows until cancelled. Raises `CollectorError`."""
        session = await self._connected(sink)
        try:
            await Following(session, sink, self._demand).run()
        except BaseExceptionGroup as group:
            raise session.end_of(group) from None
        finally:
            session.close()

    def watch(self, entities: frozenset[EntityId]) -> None:
        """From now on samples of these are taken, every two seconds; of none, nothing is asked."""
        self._demand.watch(entities)

    async def resync(self) -> None:
        """Everything is reported again, as soon as the current look is over."""
        self._demand.resync.set()

    async def _connected(self, sink: Sink) -> Session:
        """Says so where opening takes long: a daemon that hangs looks no different at first."""
        attempt = opened(self._target, self._secret, writable=self._writable, answered=sink.contact)
        try:
            async with asyncio.TaskGroup() as tasks:
                patience = tasks.create_task(_say_that_it_takes_long(sink, self._target.where))
                session = await attempt
                patience.cancel()
        except BaseExceptionGroup as group:
            raise first_of(group, CollectorError) from None
        sink.contact()
        return session


async def _say_that_it_takes_long(sink: Sink, where: str) -> None:
    await asyncio.sleep(SILENCE_S)
    await sink.condition(State.CONNECTING, f"libvirt on {where} has not answered yet", "")
