"""An engine that is started before there is an event loop serves like any other."""

from __future__ import annotations

import asyncio
import os

import pytest

from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.protocol import Heartbeat, Opening
from vmi_console.wire.early import EarlyProcess

pytestmark = pytest.mark.skipif(not EarlyProcess.possible(), reason="this platform's pipes cannot be adopted")


def test_an_early_engine_is_the_one_that_serves_and_the_next_is_another() -> None:
    engines = PrivateEngine(None)
    engines.prestart()

    async def pid_of_a_link() -> int:
        async with engines.link() as (channel, _):
            while isinstance(message := await channel.receive(), Opening):
                pass  # it takes its time to get ready
            assert isinstance(message, Heartbeat)
            assert engines.pid is not None
            return engines.pid

    first = asyncio.run(pid_of_a_link())
    second = asyncio.run(pid_of_a_link())
    assert first != second
    for pid in (first, second):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
