"""What a client is told while its engine gets ready: how far it is, and what it has read already.

Reading a large estate takes the engine as long as taking it in takes the window; so they do it at the same time. But
what was read ahead counts for nothing before all of it was checked (`protocol.Replay.ahead`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from vmi_console.engine import protocol
from vmi_console.engine.hub import updates
from vmi_console.errors import WireError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId
from vmi_console.wire.channel import Channel, encode

TELL_SECONDS = 0.1
MOST_AHEAD = 100_000
"""Records of which nobody knows yet whether they are any good: a client keeps no more of them."""


class Opening:
    """What there is to tell. `progress` and `ahead` may be called on any thread."""

    def __init__(self) -> None:
        self.told: set[EntityId] = set()  # of records that the client has
        self._done: float | None = None
        self._read: deque[Sequence[AnyRecord]] = deque()

    def progress(self, done: float) -> None:
        """Notes the share that is done."""
        self._done = done

    def ahead(self, records: Sequence[AnyRecord]) -> None:
        """Notes records that were read."""
        self._read.append(records)

    async def tell(self, channel: Channel[protocol.ToEngine], opened: asyncio.Task[Any]) -> None:
        """Tells it until the engine is there: a client that hears nothing would give it up."""
        while not (await asyncio.wait((opened,), timeout=TELL_SECONDS))[0]:
            await channel.send(protocol.Opening(done=self._done))
            while self._read and len(self.told) < MOST_AHEAD and not opened.done():
                await self._tell_ahead(channel, self._read.popleft())

    async def _tell_ahead(self, channel: Channel[protocol.ToEngine], records: Sequence[AnyRecord]) -> None:
        for update in updates(records):
            try:
                payload = encode(protocol.Opening(done=self._done, records=update.records))
            except WireError:  # larger than a frame
                return
            await channel.send_payload(payload)
            self.told.update(record.id for record in update.records)
