"""The reader of a vSphere connection: sessions made, followed, and given up."""

from __future__ import annotations

import time

from vmi_console.collectors.demand import Demand
from vmi_console.collectors.protocol import Start
from vmi_console.collectors.provider import Sink
from vmi_console.collectors.vsphere.address import target
from vmi_console.collectors.vsphere.errors import SessionEnded
from vmi_console.collectors.vsphere.following import Following
from vmi_console.collectors.vsphere.memory import Memory
from vmi_console.collectors.vsphere.session import Session, opened
from vmi_console.collectors.vsphere.tags import Tags
from vmi_console.collectors.vsphere.transport import Tally
from vmi_console.errors import CollectorError, Unreachable, first_of
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import State

SHORTEST_SESSION_S = 5.0
"""A session that ends sooner was not ended by its age: logging in again at once would only repeat it."""


class VsphereReader:
    """Live inventory of one vCenter or ESXi host (see `provider.Reader`). Nothing that it calls changes anything there.

    `tally` counts what it asked.
    """

    def __init__(self, start: Start) -> None:
        """Raises `ConnectionUriError` where the start's URI is none."""
        self._target = target(start.uri)
        self._secret = start.secret
        self._trusted = start.trusted
        self._demand = Demand()
        self._memory = Memory()
        self.tally = Tally()

    async def run(self, sink: Sink) -> None:
        """Connects, discovers, and follows until cancelled. Raises `CollectorError`.

        When the server ends the session, another is begun; what was fetched in the first and has not changed since is
        not fetched again.
        """
        while True:
            session = await opened(
                self._target, self._secret, self._trusted, tally=self.tally, answered=lambda: sink.contact()
            )
            begun = time.monotonic()
            try:
                await self._follow(session, sink)
            except SessionEnded as end:
                if time.monotonic() - begun < SHORTEST_SESSION_S:
                    raise Unreachable(str(end)) from end
                await sink.condition(State.STALE, str(end))

    def watch(self, entities: frozenset[EntityId]) -> None:
        """From now on samples of these are taken; of none, nothing is asked."""
        self._demand.watch(entities)

    async def resync(self) -> None:
        """Everything is reported again, soon."""
        self._demand.resync.set()

    async def _follow(self, session: Session, sink: Sink) -> None:
        tags = self._tags(session)
        try:
            await Following(session, sink, self._demand, self._memory, tags).run()
        except BaseExceptionGroup as group:
            raise first_of(group, CollectorError, SessionEnded) from None
        finally:
            if tags is not None:
                tags.close()
            await session.close()

    def _tags(self, session: Session) -> Tags | None:
        if not session.is_vcenter or self._target.user is None or self._secret is None:
            return None
        return Tags(self._target, session.trust, self.tally, self._target.user, self._secret)
