"""How much of the past an engine keeps: asked, chosen, kept over restarts; and starts on a damaged history."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from tests.console import Console, console, eventually
from tests.unit.history.test_store import damaged
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.remembering import Remembered
from vmi_console.errors import VmiError
from vmi_console.history.retention import GIB, Limits
from vmi_console.settings import Workspace

CALM = "demo://?hosts=2&vms=20&story=off"


async def remembered(one: Console) -> Remembered:
    return msgspec.convert(await one.client.call("history"), Remembered)


async def test_the_operator_says_how_much_is_kept(tmp_path: Path) -> None:
    async with console(PrivateEngine(tmp_path)) as one:
        await one.client.call("add_connection", uri=CALM)
        await eventually(lambda: len(one.vms) == 20)
        await eventually(lambda: one.connections[0].health.state.value == "live")
        before = await remembered(one)
        assert before.limits == Limits(days=400, largest_bytes=20 * GIB)
        assert before.figures.path == str(Workspace.at(tmp_path).history)
        assert before.figures.file_bytes > 0
        shares: list[object] = []
        await one.client.follow(shares.append, "compact_history")
        await one.client.call("set_history", limits={"days": 30, "largest_bytes": None})
        with pytest.raises(VmiError, match="choose"):
            await one.client.call("set_history", limits={"days": 0, "largest_bytes": None})
        with pytest.raises(VmiError, match="cannot be held"):
            await one.client.call("set_history", limits={"days": None, "largest_bytes": 5})
    async with console(PrivateEngine(tmp_path)) as one:
        after = await remembered(one)
        assert after.limits == Limits(days=30, largest_bytes=None)
        assert after.figures.states is not None
        assert after.figures.states >= 20
    Workspace.at(tmp_path).history_limits.write_text('{"limits": {"days": "many"}}')
    async with console(PrivateEngine(tmp_path)) as one:
        assert (await remembered(one)).limits == Limits(days=None, largest_bytes=None)  # nothing goes by mistake
        await eventually(lambda: any("how much of the past is kept" in text for text in one.notices))


async def test_a_damaged_history_keeps_nobody_from_starting(tmp_path: Path) -> None:
    path = Workspace.at(tmp_path).history
    (tmp_path / "estate").mkdir()
    async with console(PrivateEngine(tmp_path)) as one:
        await one.add(f"{CALM}&folder={tmp_path / 'estate'}", saved=True)  # which is the same after a start
        labelled = one.vms[0].id
        await one.client.call("set_labels", entities=[labelled], labels=["dmz"])
    with closing(sqlite3.connect(path)) as file:
        states = file.execute("SELECT count(*) FROM revisions").fetchone()
        assert states[0] >= 20
    content = path.read_bytes()
    path.write_bytes(random.Random(1).randbytes(100) + content[100:])
    async with console(PrivateEngine(tmp_path)) as one:
        await eventually(lambda: len(one.vms) == 20)
        assert next(vm for vm in one.vms if vm.id == labelled).labels == ("dmz",)
        await eventually(lambda: any("could be put back; nothing of it is lost" in text for text in one.notices))
        assert any("the history is damaged" in text for text in one.notices)
        assert (await remembered(one)).recovered is None
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM revisions").fetchone() >= states
    assert len(damaged(tmp_path)) == 1
