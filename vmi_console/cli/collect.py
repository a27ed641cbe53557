"""`vmi-console collect`: one discovery of one connection, as a document."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vmi_console.addresses import masked
from vmi_console.cli.document import Document, document
from vmi_console.cli.follower import Follower, linked
from vmi_console.cli.person import Person
from vmi_console.collectors.provider import provider_of
from vmi_console.engine import protocol
from vmi_console.engine.client import Client
from vmi_console.engine.engines import Engines, PrivateEngine
from vmi_console.errors import EngineUnavailable, Unreachable, Unsupported
from vmi_console.estate.identity import EntityId
from vmi_console.estate.query import parse_search
from vmi_console.estate.records import Connection, Grants, State, to_builtins
from vmi_console.history.snapshot_file import check_place
from vmi_console.review.snapshots import Info

QUIET_SECONDS = 2.0


async def collect(uri: str, timeout_seconds: float, person: Person) -> Document:
    """Connects, reads everything once, and ends. Raises `VmiError`."""
    async with estate_of([uri], timeout_seconds, person) as (_, follower):
        return document(follower.records.values(), datetime.now(UTC))


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks to be written into a snapshot."""

    path: Path
    title: str = ""
    select: str = ""
    changes_since: datetime | None = None
    redact: bool = False
    sign: bool = False


async def save(uri: str, wish: Wish, policies: Path | None, timeout_seconds: float, person: Person) -> Info:
    """Connects, reads everything once, and writes it to a snapshot file. Raises `VmiError`.

    What can be known to be in vain is refused before anything is read.
    """
    provider_of(uri)
    check_place(wish.path)
    parse_search(wish.select)
    follower = Follower()
    async with linked(PrivateEngine(None, policies), follower, protocol.Subscribe(changes=False)) as client:
        await _check_key(client, wish)
        await read(client, follower, uri, timeout_seconds, person)
        await _quiet(client, timeout_seconds)
        return await _saved(client, wish)


async def save_known(engines: Engines, wish: Wish, timeout_seconds: float) -> Info:
    """Writes all that an engine knows to a snapshot file. Raises `VmiError`."""
    check_place(wish.path)
    parse_search(wish.select)
    follower = Follower()
    async with linked(engines, follower, protocol.Subscribe(changes=False)) as client:
        await _check_key(client, wish)
        await whole(client, follower)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):  # one that does not answer is in the file as it was
                await follower.until(lambda: all(map(_is_settled, follower.connections.values())) or None)
        return await _saved(client, wish)


async def _check_key(client: Client, wish: Wish) -> None:
    """Refuses what would be signed where there is no key for it. Raises `VmiError`."""
    if wish.sign:
        await client.call("signing_key")


async def _saved(client: Client, wish: Wish) -> Info:
    arguments = msgspec.structs.asdict(wish) | {"path": str(wish.path)}
    return msgspec.convert(await client.call("snapshot", **arguments), Info)


async def _quiet(client: Client, timeout_seconds: float) -> None:
    """Waits until nothing new becomes known: guests are looked into one after the other."""
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    known = -1
    while (records := (await client.call("status"))["records"]) != known:
        known = records
        if asyncio.get_running_loop().time() + QUIET_SECONDS > deadline:
            return
        await asyncio.sleep(QUIET_SECONDS)


def _is_settled(connection: Connection) -> bool:
    return connection.health.state is not State.CONNECTING


@asynccontextmanager
async def estate_of(
    uris: Sequence[str], timeout_seconds: float, person: Person, policies: Path | None = None
) -> AsyncIterator[tuple[Client, Follower]]:
    """What is behind some addresses, each read whole, and the engine that read it. Raises `VmiError`.

    With `policies`, a folder, the follower also hears how the estate stands against them.
    """
    for uri in uris:
        provider_of(uri)
    follower = Follower()
    subscription = protocol.Subscribe(changes=False, findings=policies is not None)
    async with linked(PrivateEngine(None, policies), follower, subscription) as client:
        for uri in uris:
            await read(client, follower, uri, timeout_seconds, person)
        yield client, follower


async def read(
    client: Client,
    follower: Follower,
    uri: str,
    timeout_seconds: float,
    person: Person,
    grants: Grants | None = None,
) -> EntityId:
    """Connects to an address, reads all that is behind it, and gives the connection. Raises `VmiError`."""
    connection: EntityId | None = None
    granted = {} if grants is None else {"grants": to_builtins(grants)}
    try:
        async with asyncio.timeout(timeout_seconds) as limit:
            connection = EntityId(await client.call("add_connection", uri=uri, saved=False, **granted))
            await _discovered(client, follower, connection, person, limit)
            await whole(client, follower)
            if connection not in follower.connections:
                raise _replaced()
            return connection
    except TimeoutError as error:
        known = None if connection is None else follower.connections.get(connection)
        why = f": {known.health.reason}" if known is not None and known.health.reason else ""
        raise Unreachable(
            f"{masked(uri)} was not read within {timeout_seconds:g} s{why}", "give it more time with --timeout"
        ) from error


async def _discovered(client: Client, follower: Follower, id: EntityId, person: Person, limit: asyncio.Timeout) -> None:
    """Waits until the connection has been read, and helps it where it waits for a person."""
    helped: Connection | None = None
    known = False

    def needs_attention() -> Connection | None:
        nonlocal known
        connection = follower.connections.get(id)
        if connection is None and known:
            raise _replaced()
        known = connection is not None
        if connection is None or connection.health.state is State.CONNECTING:
            return None
        if connection.health.state in (State.LIVE, State.DEGRADED):
            return connection if id in follower.discovered else None
        return connection if helped is None or connection.health != helped.health else None

    while True:
        connection = await follower.until(needs_attention)
        match connection.health.state:
            case State.LIVE | State.DEGRADED:
                return
            case State.CREDENTIALS | State.TRUST:
                helped = connection
                given, left = limit.when(), asyncio.get_running_loop().time()
                limit.reschedule(None)  # a person may take the time it takes
                await person.help(client, connection)
                limit.reschedule(None if given is None else asyncio.get_running_loop().time() + given - left)
            case State.UNSUPPORTED:
                raise Unsupported(f"{masked(connection.uri)}: {connection.health.reason}", connection.health.advice)
            case _:
                raise out_of_reach(connection)


def out_of_reach(connection: Connection) -> Unreachable:
    """That a command with one try is over: unlike who watches it does not try again."""
    health = connection.health
    again = "run the command again when this is put right"
    return Unreachable(
        f"{masked(connection.uri)}: {health.reason or 'no answer'}", ": ".join(filter(None, (again, health.advice)))
    )


async def whole(client: Client, follower: Follower) -> None:
    """Asks for everything again and waits for it: only a replay is sure to be complete."""
    before = follower.replays
    client.resync()
    await follower.until(lambda: follower.replays > before or None)


def _replaced() -> EngineUnavailable:
    return EngineUnavailable("the engine ended, and another one took its place", "try again")
