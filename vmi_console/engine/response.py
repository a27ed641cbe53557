"""Response at work in an engine: the ward, what policies propose, and the hands by which both act."""

from __future__ import annotations

import logging
import os
from typing import Protocol

import msgspec

from vmi_console.collectors.quarantine import Request
from vmi_console.engine import protocol
from vmi_console.engine.collector import Collector
from vmi_console.engine.connections import Connections
from vmi_console.engine.hub import Hub
from vmi_console.engine.policies import Policies
from vmi_console.errors import CommandRefused, StorageError, VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Applied, Inventory
from vmi_console.estate.records import State
from vmi_console.history.store import History
from vmi_console.response import lease
from vmi_console.response.audit import Entry
from vmi_console.response.automatic import Automatic
from vmi_console.response.journal import Journal
from vmi_console.response.keys import Keys
from vmi_console.response.outputs.outputs import Outputs
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.response.ward import Ward
from vmi_console.secrets import Secrets
from vmi_console.settings import Workspace
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)


class Owner(Protocol):
    """The engine, as its response sees it."""

    connections: Connections
    history: History
    hub: Hub
    inventory: Inventory
    policies: Policies
    secrets: Secrets

    def notice(self, text: str, advice: str = "") -> None:
        """Tells the operator something."""


class ConnectionActors:
    """Acts through the actors of connections (`response.acts.Actors`)."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def ask[T](self, command: str, request: Request, answer: type[T], /) -> T:
        """Starts an actor for one command. Raises `CollectorError`; `CommandRefused` without the grant."""
        collector = self._connections.collector_of(request.vm)
        if not collector.connection.grants.quarantine:
            raise CommandRefused(
                f"{collector.connection.name}: quarantine was not granted for this connection",
                "allow it in the connection's settings",
            )
        told = await collector.act(command, msgspec.to_builtins(request))
        try:
            return msgspec.convert(told, answer)
        except msgspec.ValidationError as error:
            raise CommandRefused(
                f"{command}: the actor's answer cannot be understood ({error})", "look before you try again"
            ) from error


class Response:
    """What one engine does about findings. Made by `open`, before connections are opened; then `start`."""

    outputs: Outputs

    def __init__(self, engine: Owner, workspace: Workspace) -> None:
        self._engine = engine
        self.keys = Keys(engine.secrets)
        leases = lease.Leases(lease.folder_of_user(), f"process {os.getpid()}, workspace {workspace.data}")
        self.journal = Journal(engine.history, self.keys, lambda entry: self.outputs.acted())
        self.ward = Ward(
            ConnectionActors(engine.connections),
            self.journal,
            self.keys,
            leases,
            engine.inventory.vm,
            self._tell_of_ward,
            self._forget,
        )
        self.automatic = Automatic(self.ward, engine.policies, self.network_of, self._tell, self._forget, self._note)
        self._past: list[Quarantine] = []
        self._closed = False  # nothing is begun after that
        self._tasks = Tasks()

    @classmethod
    async def open(cls, engine: Owner, workspace: Workspace) -> Response:
        """Reads what is under way; where that cannot be read, the operator is told, and nothing can be done."""
        response = cls(engine, workspace)
        response.outputs = await Outputs.open(
            workspace.outputs, workspace.spool, engine.secrets, engine.history.links, engine.notice
        )
        try:
            unreadable = await response.ward.open()
            response._past = await response.journal.past()
        except StorageError as error:
            engine.notice(f"who is in quarantine is not known: {error.message}", error.advice)
            return response
        if unreadable:
            engine.notice(
                f"{unreadable} VMs may be in quarantine of which the journal cannot be read",
                "a newer console may have written it; the records with the VMs are found all the same",
            )
        return response

    def start(self) -> None:
        """From now on findings are responded to."""
        policies = self._engine.policies
        for quarantine in self.ward.all():
            policies.displace(quarantine.vm, self.ward.displacement(quarantine.vm))
        self.automatic.resume(policies.ledger.all().values(), self._past)
        policies.listeners += [self.automatic, self.outputs]

    async def close(self) -> None:
        """Stops. What is under way is in the journal."""
        self._closed = True
        await self.automatic.close()
        await self.ward.close()
        await self._tasks.close()
        await self.outputs.close()

    def all(self) -> list[Quarantine]:
        """Who is in quarantine, and who is proposed for it."""
        return [*self.ward.all(), *self.automatic.all()]

    def network_of(self, vm: EntityId) -> str:
        """The quarantine network chosen for the connection of a VM; empty: the provider's own way."""
        try:
            return self._engine.connections.collector_of(vm).connection.quarantine_network
        except VmiError:
            return ""

    # --- what the engine tells ------------------------------------------------------------------------------------

    def published(self, applied: Applied) -> None:
        """The inventory is another now."""
        if self._closed:
            return
        self.ward.published(applied.records, applied.removed, applied.changes, applied.amendments)

    def health_changed(self, collector: Collector) -> None:
        """An endpoint answers, or no longer does."""
        if collector.endpoint is None or self._closed:
            return
        if collector.health.state in (State.LIVE, State.DEGRADED):
            self.ward.live(collector.endpoint)
        else:
            self.ward.silent(collector.endpoint)

    # --- telling --------------------------------------------------------------------------------------------------

    def _tell(self, quarantine: Quarantine) -> None:
        self._engine.hub.announce(protocol.Quarantines(quarantines=(quarantine,)))

    def _tell_of_ward(self, quarantine: Quarantine) -> None:
        self._tell(quarantine)
        if quarantine.stage is Stage.RELEASED:
            self._engine.policies.give_back(quarantine.vm)
        else:
            self._engine.policies.displace(quarantine.vm, self.ward.displacement(quarantine.vm))
        if quarantine.stage is not Stage.FOUND:
            self.automatic.quarantined(quarantine)

    def _forget(self, id: str) -> None:
        self._engine.hub.announce(protocol.Quarantines(forgotten=(id,)))

    def _note(self, entry: Entry) -> None:
        self._tasks.start(self._write(entry), "a line of the audit")

    async def _write(self, entry: Entry) -> None:
        try:
            await self.journal.write(None, entry)
        except StorageError as error:
            self._engine.notice(error.message, error.advice)
