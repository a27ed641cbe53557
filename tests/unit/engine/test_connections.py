"""Connections under hands that do several things at once, or let go in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console import eventually
from vmi_console import settings
from vmi_console.engine.engine import Engine
from vmi_console.errors import CommandRefused, InputError
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Connection, Grants, State
from vmi_console.secrets import Secrets
from vmi_console.settings import SavedConnection, SavedGrants, Settings, Workspace
from vmi_console.wire.tasks import Tasks

CALM = "demo://?hosts=1&vms=4&story=off"


@pytest.fixture(autouse=True)
async def threads_end() -> AsyncIterator[None]:
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def engine(threads_end: None, tmp_path: Path) -> AsyncIterator[Engine]:
    engine = await Engine.open(Workspace.at(tmp_path))
    yield engine
    await engine.close()


def readers() -> list[str]:
    """The reader processes of this one."""
    pids = " ".join(listing.read_text() for listing in Path("/proc/self/task").glob("*/children")).split()
    lines = [Path("/proc", pid, "cmdline").read_bytes() for pid in pids if Path("/proc", pid).exists()]
    return [line.decode() for line in lines if b"\0role\0reader" in line]


async def live(engine: Engine, connection: EntityId) -> None:
    def is_live() -> bool:
        record = engine.inventory.get(connection)
        return isinstance(record, Connection) and record.health.state is State.LIVE

    await eventually(is_live)


async def add(engine: Engine) -> EntityId:
    connection = await engine.connections.add(CALM, "lab", None, False, Grants(), saved=False)
    await live(engine, connection)
    return connection


async def test_whoever_starts_it_anew_at_the_same_time_starts_it_once(engine: Engine) -> None:
    connection = await add(engine)
    await asyncio.gather(*(engine.connections.reconnect(connection) for _ in range(3)))
    await live(engine, connection)
    assert len(readers()) == 1


async def test_what_is_removed_while_it_is_started_anew_stays_removed(engine: Engine) -> None:
    connection = await add(engine)
    removed, refused = await asyncio.gather(
        engine.connections.remove(connection), engine.connections.reconnect(connection), return_exceptions=True
    )
    assert removed is None
    assert isinstance(refused, CommandRefused)
    assert engine.inventory.get(connection) is None
    assert readers() == []


async def test_what_is_changed_while_it_is_started_anew_stays_changed(engine: Engine) -> None:
    connection = await add(engine)
    async with Tasks() as tasks:
        reconnecting = tasks.start(engine.connections.reconnect(connection), "reconnect")
        await asyncio.sleep(0)
        engine.connections.set_quarantine_network(connection, "quarantine")
        await reconnecting
    assert engine.connections.collector(connection).connection.quarantine_network == "quarantine"


async def test_what_is_started_anew_starts_also_where_nobody_waits_for_it_any_more(engine: Engine) -> None:
    connection = await add(engine)
    before = engine.connections.pids()[connection]
    async with Tasks() as tasks:
        reconnecting = tasks.start(engine.connections.reconnect(connection), "reconnect")
        await asyncio.sleep(0)
        tasks.cancel(reconnecting)
        await asyncio.wait([reconnecting])
    await eventually(lambda: engine.connections.pids()[connection] not in ({}, before))
    await live(engine, connection)


class Locked:
    """A keyring that a person has to unlock, as far as `Secrets` is asked for one of its entries."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, entry: str = "") -> None:
        self.asked = asyncio.Event()
        self.unlocked = asyncio.Event()
        self._entry = entry
        monkeypatch.setattr(Secrets, "get", self._get)
        monkeypatch.setattr(Secrets, "set", self._set)

    async def _get(self, name: str) -> None:
        if name == self._entry:
            self.asked.set()
            await self.unlocked.wait()

    async def _set(self, name: str, secret: str) -> None:
        self.asked.set()
        await self.unlocked.wait()


async def test_an_address_that_is_being_added_is_not_added_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = Locked(monkeypatch)
    async with Tasks() as tasks:
        adding = tasks.start(engine.connections.add(CALM, "", "secret", True, Grants(), saved=True), "add")
        await keyring.asked.wait()
        with pytest.raises(InputError, match="connected already"):
            await engine.connections.add(CALM, "", "secret", True, Grants(), saved=True)
        keyring.unlocked.set()
        await live(engine, await adding)
    assert len(engine.connections.pids()) == 1


async def test_connections_that_are_yet_to_be_opened_stay_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace.at(tmp_path)
    workspace.prepare()
    ids = ("connection/console/1", "connection/console/2")
    uris = (CALM, f"{CALM}&seed=2")
    saved = tuple(
        SavedConnection(id=id, name=id, uri=uri, grants=SavedGrants()) for id, uri in zip(ids, uris, strict=True)
    )
    settings.save(workspace.connections, Settings(connections=saved))
    keyring = Locked(monkeypatch, entry=ids[1])

    def kept() -> list[SavedConnection]:
        return list(settings.load(workspace.connections).connections)

    async with Tasks() as tasks:
        opening = tasks.start(Engine.open(workspace), "open")
        await keyring.asked.wait()
        await eventually(lambda: kept()[0].endpoint is not None)  # the first has answered, and that is saved
        now = [each.id for each in kept()]
        keyring.unlocked.set()
        engine = await opening
        await engine.close()
    assert now == list(ids)
    assert [each.id for each in kept()] == list(ids)


async def test_one_at_no_address_is_told_and_kept_and_the_others_are_opened(threads_end: None, tmp_path: Path) -> None:
    workspace = Workspace.at(tmp_path)
    workspace.prepare()
    wrong = SavedConnection(id="connection/console/1", name="typo", uri="qemo:///system")
    settings.save(
        workspace.connections,
        Settings(connections=(wrong, SavedConnection(id="connection/console/2", name="lab", uri=CALM))),
    )
    engine = await Engine.open(workspace)
    try:
        assert [record.name for record in engine.inventory.all() if isinstance(record, Connection)] == ["lab"]
        (notice,) = engine.hub.notices
        assert "typo" in notice.text
        assert str(workspace.connections) in notice.advice
        await live(engine, EntityId("connection/console/2"))
        await engine.connections.add("demo://?hosts=1&vms=2&story=off", "more", None, False, Grants(), saved=True)
    finally:
        await engine.close()
    assert wrong in settings.load(workspace.connections).connections
    assert len(settings.load(workspace.connections).connections) == 3
