"""The one VM that a person means, and the engine that knows it.

`URI#ID`, `URI#UUID`, `URI#NAME`, or any of these without its address.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from vmi_console.cli.collect import out_of_reach, read, whole
from vmi_console.cli.follower import Follower, linked
from vmi_console.cli.person import Person
from vmi_console.collectors.provider import provider_of
from vmi_console.engine import protocol
from vmi_console.engine.client import Client
from vmi_console.engine.engines import Engines
from vmi_console.errors import InputError
from vmi_console.estate.identity import EntityId, canonical_uuid, endpoint_of
from vmi_console.estate.records import VM, Connection, Grants, State
from vmi_console.plain_text import visible
from vmi_console.policy.spelling import nearest

MOST_CANDIDATES = 20


def address_of(text: str) -> tuple[str, str]:
    """The address in front of the last `#`, empty where there is none, and what is behind it.

    >>> address_of("qemu:///system#web-01")
    ('qemu:///system', 'web-01')
    >>> address_of("web#01")
    ('', 'web#01')
    """
    uri, mark, wanted = text.rpartition("#")
    return (uri, wanted) if mark and "://" in uri else ("", text)


def vm_meant(vms: Iterable[VM], wanted: str) -> VM:
    """The VM of this id, else of this UUID, else of this name (without regard to case).

    Raises `InputError` where there is none, or several: then with the candidates.
    """
    vms = list(vms)
    if not wanted:
        raise InputError("nothing says which VM is meant", "say its name, UUID or id: URI#NAME")
    uuid = canonical_uuid(wanted)
    found = (
        [vm for vm in vms if vm.id == wanted]
        or [vm for vm in vms if uuid is not None and canonical_uuid(vm.uuid) == uuid]
        or [vm for vm in vms if vm.name == wanted]
        or [vm for vm in vms if vm.name.casefold() == wanted.casefold()]
    )
    if len(found) == 1:
        return found[0]
    shown = visible(wanted, 80)
    if not found:
        likely = nearest(wanted, (vm.name for vm in vms))
        raise InputError(
            f"there is no VM “{shown}”", f"did you mean {visible(likely)}?" if likely else "check its name"
        )
    candidates = ", ".join(f"{visible(vm.name)} ({visible(vm.id)})" for vm in found[:MOST_CANDIDATES])
    raise InputError(f"{len(found)} VMs are meant by “{shown}”", f"say which one by its id: {candidates}")


@asynccontextmanager
async def engine_of(engines: Engines) -> AsyncIterator[tuple[Client, Follower]]:
    """A client of the engine, and all that it knows."""
    follower = Follower()
    async with linked(engines, follower, protocol.Subscribe(changes=False)) as client:
        await follower.until(lambda: follower.replays or None)
        yield client, follower


async def reached(
    client: Client,
    follower: Follower,
    person: Person,
    text: str,
    timeout_seconds: float,
    grants: Grants | None = None,
) -> VM:
    """The VM that a person means, in the engine's connections or behind an address of its own.

    `grants` are those of a connection that is made for it; one that there is keeps its own. Raises `VmiError`.
    """
    uri, wanted = address_of(text)
    if not uri:
        return vm_meant(_vms(follower), wanted)
    provider_of(uri)  # what cannot be an address is not the engine's business
    known = next((each for each in follower.connections.values() if each.uri == uri), None)
    if known is None:
        connection = follower.connections[await read(client, follower, uri, timeout_seconds, person, grants)]
    else:
        connection = await _answering(client, follower, known.id, timeout_seconds)
    assert connection.endpoint is not None
    return vm_meant((vm for vm in _vms(follower) if endpoint_of(vm.id) == connection.endpoint), wanted)


async def _answering(client: Client, follower: Follower, id: EntityId, timeout_seconds: float) -> Connection:
    """One of the engine's connections, once it answers."""

    def answers() -> Connection | None:
        connection = follower.connections[id]
        return connection if connection.health.state in (State.LIVE, State.DEGRADED) else None

    try:
        async with asyncio.timeout(timeout_seconds):
            connection = await follower.until(answers)
            await whole(client, follower)
    except TimeoutError as error:
        raise out_of_reach(follower.connections[id]) from error
    return connection


def _vms(follower: Follower) -> list[VM]:
    return [record for record in follower.records.values() if isinstance(record, VM)]
