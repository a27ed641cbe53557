"""An engine killed at every step of quarantine and release: the next one finishes it, and gives the VM back exactly.

Each step is between two effects on the outside; `tests/unit/response` has the same without processes, and VMs that
actors left half-done.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.console import Console, console, eventually
from tests.unit.engine.test_quarantine import estate, isolate, release, state
from vmi_console.engine.engines import RunningEngine
from vmi_console.errors import VmiError
from vmi_console.estate.records import State
from vmi_console.response.quarantine import Stage
from vmi_console.wire.child import end

pytestmark = pytest.mark.slow

ISOLATING = range(1, 10, 2)  # after: survey, the intention, isolate, verify, the outcome
RELEASING = range(1, 8, 2)  # after: verify, the intention, restore, the outcome


@asynccontextmanager
async def engine(folder: Path, step: int = -1) -> AsyncIterator[tuple[Console, asyncio.subprocess.Process]]:
    """A console and its engine, which dies at a step, or is ended."""
    socket = folder / "engine"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.unit.engine.mortal_engine"), str(socket), str(folder / "workspace"), str(step)
    )
    try:
        await eventually(socket.exists, seconds=60)
        async with console(RunningEngine(socket)) as one:
            yield one, process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await end(process, grace=10)
        socket.unlink(missing_ok=True)


async def connect(one: Console, folder: Path) -> None:
    if not one.connections:
        await one.client.call("add_connection", uri=estate(folder), grants={"quarantine": True})
    await eventually(lambda: one.state() is State.LIVE)


async def settled(one: Console) -> Stage | None:
    """The stage of the VM's quarantine once nothing is under way any more; None where there is none."""
    async with asyncio.timeout(30):
        while True:
            found = await state(one, one.vm("db-01"))
            if found is None or found.stage.is_settled:
                return None if found is None else found.stage
            await asyncio.sleep(0.1)


@pytest.fixture(autouse=True)
def leases_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed engine leaves its lease's file behind."""
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.mark.parametrize("step", ISOLATING)
async def test_killed_while_isolating(tmp_path: Path, step: int) -> None:
    async with engine(tmp_path, step) as (one, process):
        await connect(one, tmp_path)
        before = one.vm("db-01")
        with pytest.raises(VmiError):
            await isolate(one, before)
        assert await process.wait() == -signal.SIGKILL
    async with engine(tmp_path) as (two, _):
        await connect(two, tmp_path)
        stage = await settled(two)
        assert stage is (None if step == ISOLATING[0] else Stage.ISOLATED), "what was confirmed is finished"
        if stage is not None:
            assert (await release(two, before)).stage is Stage.RELEASED
        await eventually(lambda: two.vm("db-01") == before)


@pytest.mark.parametrize("step", RELEASING)
async def test_killed_while_releasing(tmp_path: Path, step: int) -> None:
    async with engine(tmp_path, len(ISOLATING) * 2 + step) as (one, process):
        await connect(one, tmp_path)
        before = one.vm("db-01")
        isolated = await isolate(one, before)
        assert isolated.stage is Stage.ISOLATED
        with pytest.raises(VmiError):
            await release(one, before)
        assert await process.wait() == -signal.SIGKILL
    async with engine(tmp_path) as (two, _):
        await connect(two, tmp_path)
        stage = await settled(two)
        assert (stage is None) == (step > RELEASING[0]), "what was begun is finished"
        if stage is not None:
            assert (await release(two, before)).stage is Stage.RELEASED
        await eventually(lambda: two.vm("db-01") == before)
        assert await state(two, before) is None
