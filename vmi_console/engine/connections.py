"""The connections an operator added: their records, collectors, secrets, and the certificates they trust."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Protocol
from uuid import NAMESPACE_URL, uuid4, uuid5

import msgspec

from vmi_console import settings
from vmi_console.collectors.provider import provider_of
from vmi_console.engine.collector import Collector, Estate
from vmi_console.errors import CommandRefused, InputError, StorageError, VmiError
from vmi_console.estate.changes import MAX_BATCH, Batch, Seen
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, native_of
from vmi_console.estate.inventory import Applied, Inventory
from vmi_console.estate.records import Connection, Grants, Health, State
from vmi_console.history.store import History
from vmi_console.introspection.pace import ChosenPace
from vmi_console.plain_text import visible
from vmi_console.runtime_folder import RuntimeFolder
from vmi_console.secrets import Secrets
from vmi_console.settings import SavedConnection, SavedGrants, Settings, Workspace
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

CONSOLE = "console"
"""The endpoint part of the ids of connections, which are the console's own."""

ALL_GRANTED = Grants(read_guests=True, temporary_snapshots=True, quarantine=True)


class Owner(Estate, Protocol):
    """The engine, as its connections see it."""

    inventory: Inventory

    def apply(self, batch: Batch) -> None:
        """Applies what the console itself knows."""

    def publish(self, applied: Applied, collector: Collector | None) -> None:
        """Remembers and tells what changed."""

    def notice(self, text: str, advice: str = "") -> None:
        """Tells the operator something."""

    def watches_changed(self) -> None:
        """What is to be sampled must be told again."""

    def recalled(self, endpoint: str) -> None:
        """What was last known of an endpoint has been applied."""

    def forgotten(self, endpoint: str) -> None:
        """What is known of an endpoint is to be taken away."""


class Connections:
    """All connections of one engine, by the id of their record."""

    def __init__(self, engine: Owner, workspace: Workspace, history: History, secrets: Secrets) -> None:
        self._engine = engine
        self._workspace = workspace
        self._history = history
        self._secrets = secrets
        self._collectors: dict[EntityId, Collector] = {}
        self._folder = RuntimeFolder()
        self._unopened: list[SavedConnection] = []  # those that are yet to be opened again
        self._unusable: list[SavedConnection] = []  # at no address that is known: kept as they are
        self._being_added: set[str] = set()  # addresses
        self._saved: tuple[SavedConnection, ...] = ()
        self._saving: asyncio.Task[None] | None = None
        self._pace = ChosenPace()
        self._tasks = Tasks()
        self._deeds = Tasks()

    async def reopen(self) -> None:
        """Starts the saved connections upon what was last known of them; one at no address is told and left alone.

        Raises `StorageError` for a broken file.
        """
        self._unopened = list(settings.load(self._workspace.connections).connections)
        while self._unopened:  # of which those that are open are saved meanwhile, and the others with them
            saved = self._unopened[0]
            try:
                provider = provider_of(saved.uri)
            except InputError as error:
                self._unusable.append(self._unopened.pop(0))
                self._engine.notice(
                    f"the saved connection “{visible(saved.name, 80)}” cannot be opened: {error.message}",
                    f"correct its address in {self._workspace.connections} and start again; {error.advice}",
                )
                continue
            seen_at = None
            if saved.endpoint is not None:
                seen_at = await self._recall(saved.endpoint)
            connection = Connection(
                id=EntityId(saved.id),
                name=saved.name,
                uri=saved.uri,
                provider=provider,
                endpoint=saved.endpoint,
                product=saved.product,
                grants=msgspec.convert(saved.grants, Grants, from_attributes=True),
                seen_at=seen_at,
                quarantine_network=saved.quarantine_network,
            )
            secret = await self._secrets.get(saved.id)
            self._unopened.pop(0)
            self._open(connection, secret, saved.trusted, saved=True)
        self._save()

    async def close(self) -> None:
        """Ends all collectors, and finishes writing."""
        await self._deeds.close()
        await asyncio.gather(*(collector.stop() for collector in self._collectors.values()))
        if self._saving is not None:
            await self._saving
        await asyncio.to_thread(self._folder.remove)

    def watch(self, entities: Iterable[EntityId]) -> None:
        """From now on samples of these."""
        by_endpoint = _by_endpoint(entities)
        for collector in self._collectors.values():
            collector.watch(by_endpoint.get(collector.endpoint or "", ()))

    def want(self, vms: Iterable[EntityId]) -> None:
        """From now on guests of these are looked into sooner than others."""
        by_endpoint = _by_endpoint(vms)
        for collector in self._collectors.values():
            collector.want(by_endpoint.get(collector.endpoint or "", ()))

    def go_at(self, chosen: ChosenPace) -> None:
        """From now on all guests are looked into at this pace, where it says something else than a provider does."""
        self._pace = chosen
        for collector in self._collectors.values():
            collector.go_at(chosen)

    # --- what the operator does -----------------------------------------------------------------------------------

    async def add(
        self, uri: str, name: str, secret: str | None, remember: bool, grants: Grants | None, saved: bool
    ) -> EntityId:
        """Adds a connection and starts it; raises `InputError` for an address that cannot be one."""
        uri = uri.strip()
        provider = provider_of(uri)
        if uri in self._being_added or any(each.connection.uri == uri for each in self._collectors.values()):
            raise InputError(f"{uri} is connected already", "edit that connection, or remove it first")
        if grants is None:
            grants = ALL_GRANTED if provider == "demo" else Grants()
        # One of this session has the same id in every engine that the session uses, so that it is recognized.
        identity = entity_id("connection", CONSOLE, str(uuid5(NAMESPACE_URL, uri)))
        if saved or identity in self._collectors:
            identity = entity_id("connection", CONSOLE, str(uuid4()))
        connection = Connection(
            id=identity,
            name=name.strip() or uri.partition("?")[0],
            uri=uri,
            provider=provider,
            grants=grants,
        )
        self._being_added.add(uri)
        try:
            if secret is not None and remember:
                await self._remember(connection.id, secret)
            self._open(connection, secret, (), saved)
        finally:
            self._being_added.discard(uri)
        self._save()
        return connection.id

    async def edit(self, connection: EntityId, *, name: str, uri: str, grants: Grants) -> None:
        """Changes a connection; it starts anew unless only its name changed.

        At another address neither a certificate counts nor a secret: what was meant for one endpoint is never shown to
        another, and a person is asked again.
        """
        uri = uri.strip()
        name = name.strip() or uri
        provider = provider_of(uri)

        async def edit(collector: Collector) -> None:
            before = collector.connection
            if (uri, grants) == (before.uri, before.grants):
                self._change(collector, msgspec.structs.replace(before, name=name))
                self._save()
                return
            if uri != before.uri:
                collector.trusted, collector.secret = (), None
                if collector.saved:
                    await self._forget_secret(connection)
            await self._restart(
                collector,
                lambda known: msgspec.structs.replace(known, name=name, uri=uri, provider=provider, grants=grants),
            )

        await self._alone_with(connection, edit)

    def set_quarantine_network(self, connection: EntityId, network: str) -> None:
        """Where isolated VMs of a connection are plugged in from now on."""
        collector = self.collector(connection)
        self._change(collector, msgspec.structs.replace(collector.connection, quarantine_network=network.strip()))
        self._save()

    async def remove(self, connection: EntityId) -> None:
        """Forgets a connection, its secret and what was last known through it; history stays."""

        async def remove(collector: Collector) -> None:
            await collector.stop()
            del self._collectors[connection]
            if collector.endpoint is not None:
                self._engine.forgotten(collector.endpoint)
            self._engine.apply(Batch(removed=(connection,), seen=Seen.CONSOLE))
            self._save()
            if collector.endpoint is not None:
                await self._history.forget(collector.endpoint)
            if collector.saved:
                await self._forget_secret(connection)

        await self._alone_with(connection, remove)

    async def reconnect(self, connection: EntityId) -> None:
        """Ends what runs for a connection and starts it anew."""
        await self._alone_with(connection, self._restart)

    async def trust(self, connection: EntityId, fingerprint: str) -> None:
        """Trusts a certificate that a person has judged; the one trusted before is no longer trusted."""

        async def trust(collector: Collector) -> None:
            collector.trusted = (fingerprint,)
            await self._restart(collector)

        await self._alone_with(connection, trust)

    async def provide_secret(self, connection: EntityId, secret: str, remember: bool) -> None:
        """Uses (and keeps in the keyring, if asked to) another secret."""

        async def use(collector: Collector) -> None:
            if remember:
                await self._remember(connection, secret)
            collector.secret = secret
            await self._restart(collector)

        await self._alone_with(connection, use)

    def collector(self, connection: EntityId) -> Collector:
        """The collector of a connection; raises `CommandRefused` if there is none."""
        try:
            return self._collectors[connection]
        except KeyError:
            raise CommandRefused("there is no such connection", "it may have been removed meanwhile") from None

    def collector_of(self, entity: EntityId) -> Collector:
        """The collector that reports an entity; raises `CommandRefused` if there is none."""
        endpoint = endpoint_of(entity)
        for collector in self._collectors.values():
            if collector.endpoint == endpoint:
                return collector
        raise CommandRefused("no connection reports this entity now", "connect to its hypervisor first")

    def is_saved(self, connection: EntityId) -> bool:
        """Whether a connection outlives this session."""
        collector = self._collectors.get(connection)
        return collector is not None and collector.saved

    def pids(self) -> dict[EntityId, dict[str, int]]:
        """Of all role processes, by connection and role."""
        return {connection: collector.pids() for connection, collector in self._collectors.items()}

    # --- what a collector tells -----------------------------------------------------------------------------------

    def identified(self, collector: Collector, endpoint: str, product: str) -> None:
        """Notes who answered; raises `CommandRefused` if another connection speaks to the same endpoint."""
        for other in self._collectors.values():
            if other is not collector and other.endpoint == endpoint:
                raise CommandRefused(
                    f"it leads to the same endpoint as the connection “{other.connection.name}”", "remove one of them"
                )
        if collector.endpoint is not None and collector.endpoint != endpoint:
            self._engine.forgotten(collector.endpoint)  # another machine answers there now
        collector.endpoint = endpoint
        self._change(collector, msgspec.structs.replace(collector.connection, endpoint=endpoint, product=product))
        self._save()
        self._engine.watches_changed()

    def health_changed(self, collector: Collector) -> None:
        """Lays a collector's health over its connection's record."""
        self._change(
            collector,
            msgspec.structs.replace(collector.connection, health=collector.health, seen_at=collector.last_contact),
        )

    # --- how ------------------------------------------------------------------------------------------------------

    def _open(self, connection: Connection, secret: str | None, trusted: tuple[str, ...], saved: bool) -> None:
        runtime_dir = self._folder.path / native_of(connection.id)
        runtime_dir.mkdir(mode=0o700, exist_ok=True)
        collector = Collector(connection, self._engine, runtime_dir, secret=secret, trusted=trusted, saved=saved)
        self._collectors[connection.id] = collector
        self._change(collector, msgspec.structs.replace(connection, health=collector.health))
        collector.go_at(self._pace)
        collector.start()

    async def _alone_with(self, connection: EntityId, deed: Callable[[Collector], Awaitable[None]]) -> None:
        """Does something with a connection's collector, and nobody else does meanwhile.

        It is done to its end, though whoever asked for it may be gone before: one that was stopped has to be started.
        Raises `CommandRefused` where there is none (any more).
        """

        async def alone() -> None:
            async with self.collector(connection).changing:
                await deed(self.collector(connection))  # it may have been removed meanwhile

        await self._deeds.to_the_end(alone(), "a change of a connection")

    async def _restart(
        self, collector: Collector, changed: Callable[[Connection], Connection] = lambda known: known
    ) -> None:
        """What is to be changed is so of the record as it is when everything has ended."""
        await collector.stop()
        collector.health = Health(state=State.CONNECTING, since=datetime.now(UTC))
        self._change(collector, msgspec.structs.replace(changed(collector.connection), health=collector.health))
        self._save()
        collector.start()

    def _change(self, collector: Collector, connection: Connection) -> None:
        collector.connection = connection
        self._engine.apply(Batch(records=(connection,), seen=Seen.CONSOLE))

    async def _recall(self, endpoint: str) -> datetime | None:
        """Puts what was last known of an endpoint into the inventory; gives when that was."""
        records, seen_at = await self._history.load(endpoint)
        for start in range(0, len(records), MAX_BATCH):
            batch = Batch(records=tuple(records[start : start + MAX_BATCH]), seen=Seen.DISCOVERY)
            self._engine.publish(self._engine.inventory.apply(batch, seen_at or datetime.now(UTC)), None)
        if records:
            self._engine.recalled(endpoint)
        return seen_at

    async def _remember(self, connection: EntityId, secret: str) -> None:
        try:
            await self._secrets.set(connection, secret)
        except StorageError as error:
            self._engine.notice(error.message, error.advice)

    async def _forget_secret(self, connection: EntityId) -> None:
        try:
            await self._secrets.forget(connection)
        except StorageError as error:
            self._engine.notice(error.message, error.advice)

    def _save(self) -> None:
        """Has the connections that are to be opened again written, off the event loop and in order."""
        saved = tuple(
            SavedConnection(
                id=collector.connection.id,
                name=collector.connection.name,
                uri=collector.connection.uri,
                grants=msgspec.convert(collector.connection.grants, SavedGrants, from_attributes=True),
                trusted=collector.trusted,
                endpoint=collector.endpoint,
                product=collector.connection.product,
                quarantine_network=collector.connection.quarantine_network,
            )
            for collector in self._collectors.values()
            if collector.saved
        )
        saved += (*self._unopened, *self._unusable)
        if saved != self._saved:
            self._saved = saved
            if self._saving is None or self._saving.done():
                self._saving = self._tasks.start(self._write(), "save connections")

    async def _write(self) -> None:
        written = None
        while written != self._saved:
            written = self._saved
            try:
                await asyncio.to_thread(settings.save, self._workspace.connections, Settings(connections=written))
            except VmiError as error:
                self._engine.notice(error.message, error.advice)


def _by_endpoint(entities: Iterable[EntityId]) -> dict[str, list[EntityId]]:
    by_endpoint: dict[str, list[EntityId]] = {}
    for entity in entities:
        by_endpoint.setdefault(endpoint_of(entity), []).append(entity)
    return by_endpoint
