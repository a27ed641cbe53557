"""What clients may ask of the engine: the public methods of `Commands`, their parameters being the arguments."""

from __future__ import annotations

import asyncio
import typing
from datetime import datetime
from pathlib import Path
from typing import Any

from vmi_console.collectors import protocol as collectors
from vmi_console.collectors.provider import provider_of
from vmi_console.collectors.quarantine import ISOLATE, RESTORE
from vmi_console.engine import protocol
from vmi_console.engine.answering import Answering
from vmi_console.engine.compare_commands import CompareCommands
from vmi_console.engine.connections import Connections
from vmi_console.engine.estate_commands import EstateCommands
from vmi_console.engine.history_commands import HistoryCommands
from vmi_console.engine.introspection import Introspection
from vmi_console.engine.introspection_commands import IntrospectionCommands
from vmi_console.engine.past_commands import PastCommands
from vmi_console.engine.policies import Policies
from vmi_console.engine.policy_commands import PolicyCommands
from vmi_console.engine.quarantine_commands import QuarantineCommands
from vmi_console.engine.remembering import Remembering
from vmi_console.engine.replay_commands import ReplayCommands
from vmi_console.engine.report_commands import ReportCommands, ScheduleCommands
from vmi_console.engine.reports import Reports, Shares
from vmi_console.engine.response import Response
from vmi_console.engine.sensor import Sensor, SensorState, Source
from vmi_console.engine.snapshot_commands import SnapshotCommands
from vmi_console.engine.timeline_commands import TimelineCommands
from vmi_console.errors import CollectorError, CommandRefused
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import Connection, Grants, State, to_builtins
from vmi_console.history.store import History
from vmi_console.review.moment import Moment
from vmi_console.wire.child import Child

TEST_SECONDS = 20.0


class Backend(typing.Protocol):
    """The engine, as its commands see it."""

    connections: Connections
    inventory: Inventory
    history: History
    policies: Policies
    response: Response
    sensor: Sensor
    reports: Reports
    shares: Shares
    remembering: Remembering
    introspection: Introspection
    history_path: Path | None

    def now(self) -> datetime:
        """The time that counts as now."""

    def about(self) -> protocol.Review | None:
        """Of which time the estate is; None: of now."""

    async def moment(self) -> Moment:
        """The estate as it is now."""

    async def moment_since(self, since: datetime | None) -> Moment:
        """The same, with all changes since then."""

    def set_labels(self, entities: typing.Sequence[EntityId], labels: tuple[str, ...]) -> None:
        """The operator's own labels on VMs."""


class Commands(
    EstateCommands,
    PolicyCommands,
    QuarantineCommands,
    SnapshotCommands,
    CompareCommands,
    TimelineCommands,
    ReportCommands,
    ScheduleCommands,
    HistoryCommands,
    IntrospectionCommands,
    PastCommands,
    ReplayCommands,
    Answering,
):
    """The commands of one engine."""

    def __init__(self, engine: Backend) -> None:
        EstateCommands.__init__(self, engine)
        PolicyCommands.__init__(self, engine)
        QuarantineCommands.__init__(self, engine)
        SnapshotCommands.__init__(self, engine)
        CompareCommands.__init__(self, engine)
        TimelineCommands.__init__(self, engine)
        ReportCommands.__init__(self, engine)
        ScheduleCommands.__init__(self, engine)
        HistoryCommands.__init__(self, engine)
        IntrospectionCommands.__init__(self, engine)
        PastCommands.__init__(self, engine)
        ReplayCommands.__init__(self, engine)
        self._engine = engine

    # --- connections ----------------------------------------------------------------------------------------------

    async def add_connection(
        self,
        uri: str,
        name: str = "",
        secret: str | None = None,
        remember: bool = False,
        grants: Grants | None = None,
        saved: bool = True,
    ) -> EntityId:
        """Adds a connection (for this session only, unless `saved`) and gives its id."""
        return await self._engine.connections.add(uri, name, secret, remember, grants, saved)

    async def edit_connection(self, id: EntityId, name: str, uri: str, grants: Grants) -> None:
        """Changes a connection's name, address or grants."""
        await self._engine.connections.edit(id, name=name, uri=uri, grants=grants)

    async def set_quarantine_network(self, id: EntityId, network: str) -> None:
        """Chooses where isolated VMs of a connection are plugged in (name or id); empty: the provider's own way."""
        self._engine.connections.set_quarantine_network(id, network)

    async def remove_connection(self, id: EntityId) -> None:
        """Forgets a connection."""
        await self._engine.connections.remove(id)

    async def reconnect(self, id: EntityId) -> None:
        """Starts a connection anew."""
        await self._engine.connections.reconnect(id)

    async def trust(self, id: EntityId, fingerprint: str) -> None:
        """Trusts the certificate with this SHA-256 fingerprint."""
        await self._engine.connections.trust(id, fingerprint)

    async def provide_secret(self, id: EntityId, secret: str, remember: bool = False) -> None:
        """Gives a connection the secret it waits for."""
        await self._engine.connections.provide_secret(id, secret, remember)

    async def test_connection(
        self, uri: str, secret: str | None = None, trusted: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Tries an address without adding it: the product that answers, or the condition that it meets instead."""
        provider_of(uri)
        start = collectors.Start(role=collectors.Role.READER, uri=uri, secret=secret, trusted=trusted)
        child: Child[collectors.FromRole] = await Child.start("role", start.role, accepts=collectors.FromRole)
        try:
            async with asyncio.timeout(TEST_SECONDS):
                child.channel.post(start)
                while True:
                    match await child.channel.receive():
                        case collectors.Identified(endpoint=endpoint, product=product):
                            return {"state": State.LIVE.value, "endpoint": endpoint, "product": product}
                        case collectors.Condition() as condition if condition.state is not State.LIVE:
                            return typing.cast(dict[str, Any], to_builtins(condition))
        except TimeoutError as error:
            raise CollectorError(f"{uri} did not answer within {TEST_SECONDS:.0f} s") from error
        finally:
            await child.stop(grace=0.2)

    # --- alerts ---------------------------------------------------------------------------------------------------

    async def sensor(self) -> SensorState:
        """The intrusion detection engine that is listened to, and how that fares."""
        return self._engine.sensor.state()

    async def set_sensor(self, path: str, socket: bool = False) -> None:
        """Listens to the EVE JSON file at `path`, or with `socket` to what connects there; an empty path ends it."""
        await self._engine.sensor.choose(Source(path=path.strip(), socket=socket))

    # --- entities -------------------------------------------------------------------------------------------------

    async def inspect(self, vm: EntityId) -> None:
        """Looks into a VM's guest now. Tells how far that is (`introspection.looking.Headway`: what is being read,
        bytes, seconds); cancelling it ends the reading.
        """
        await self._engine.connections.collector_of(vm).inspect(vm)

    async def act(self, entity: EntityId, command: str, arguments: dict[str, Any] | None = None) -> Any:
        """Has a hypervisor do something to one of its entities, where that was granted."""
        if command in (ISOLATE, RESTORE):
            raise CommandRefused(f"{command} leaves no trace when it is asked for like this", "use quarantine, release")
        collector = self._engine.connections.collector_of(entity)
        if not collector.connection.grants.quarantine:
            raise CommandRefused(
                f"{collector.connection.name}: acting was not granted for this connection",
                "allow it in the connection's settings",
            )
        return await collector.act(command, {kind_of(entity): entity, **(arguments or {})})

    async def set_labels(self, entities: tuple[EntityId, ...], labels: tuple[str, ...]) -> None:
        """Puts the operator's own labels on VMs, in place of those they had."""
        self._engine.set_labels(entities, labels)

    async def status(self) -> dict[str, Any]:
        """What runs: the engine's role processes by connection, and how much it knows."""
        inventory = self._engine.inventory
        names = {connection.id: connection.name for connection in inventory.of(Connection)}
        return {
            "roles": {names[connection]: pids for connection, pids in self._engine.connections.pids().items()},
            "records": len(inventory),
        }
