"""The JSON document of an estate, as `collect` prints it: records turned into a form made for scripts.

Described in docs/json.md; docs/schema/document.json is generated from the structs here. Fields may be added; none is
renamed or given another meaning without `SCHEMA` being raised. `null` means *not known*, everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, dataclass_transform

import msgspec

from vmi_console.addresses import LONGEST, masked
from vmi_console.estate import records
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.estate.vlan import Vlan, VlanMode

SCHEMA = 1
MIB = 1 << 20

type VlanField = Annotated[
    int | str | None,
    msgspec.Meta(description='id; 0: untagged; "1-10,20": a trunk of these ids; null: not known'),
]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _Part(msgspec.Struct, frozen=True, kw_only=True):
    pass


class ConnectionDocument(_Part):
    """An address the console was connected to, and how it is."""

    id: str
    name: str
    uri: str
    provider: str
    endpoint: Annotated[str | None, msgspec.Meta(description="who answers there: the middle part of its entities' ids")]
    product: str | None
    state: Annotated[
        str,
        msgspec.Meta(
            description="connecting, live, degraded, stale, needs credentials, needs trust or unsupported; "
            "unless live or degraded, what is below is as of `since`"
        ),
    ]
    since: datetime | None
    reason: str
    advice: str


class AlarmDocument(_Part):
    """An alarm of the hypervisor's manager that is triggered."""

    name: str
    status: Annotated[str, msgspec.Meta(description="yellow, red or other")]
    since: datetime | None
    acknowledged: bool | None
    acknowledged_by: str | None


type AlarmsField = Annotated[
    tuple[AlarmDocument, ...] | None, msgspec.Meta(description="those triggered; null: nothing tells of alarms")
]


class HostDocument(_Part):
    """A machine that runs VMs."""

    id: str
    name: str
    uuid: str | None
    state: str
    connection: str | None
    connection_id: str | None
    cluster: str | None
    datacenter: str | None
    location: str | None
    product: str | None
    vendor: str | None
    model: str | None
    serial: str | None
    cpu_model: str | None
    cpu_sockets: int | None
    cpu_cores: int | None
    cpu_threads: int | None
    cpu_mhz: int | None
    memory_mb: Annotated[int | None, msgspec.Meta(description="MiB")]
    booted_at: datetime | None
    addresses: tuple[str, ...]
    alarms: AlarmsField


class NetworkDocument(_Part):
    """What a NIC is plugged into: a network, a portgroup or a bridge."""

    id: str
    name: str
    type: str
    connection: str | None
    connection_id: str | None
    vlan: VlanField
    parent: Annotated[str | None, msgspec.Meta(description="name of the network this is a portgroup of")]
    switch: str | None
    forward: str | None
    bridge: str | None
    subnets: tuple[str, ...]
    active: bool | None
    hosts: Annotated[tuple[str, ...], msgspec.Meta(description="names")]
    alarms: AlarmsField


class DatastoreDocument(_Part):
    """Where disks live: a datastore or a storage pool."""

    id: str
    name: str
    type: str | None
    connection: str | None
    connection_id: str | None
    path: str | None
    capacity_bytes: int | None
    free_bytes: int | None
    accessible: bool | None
    alarms: AlarmsField


class NicDocument(_Part):
    """A virtual network card."""

    name: str
    mac: str | None
    model: str | None
    type: str
    network: Annotated[str | None, msgspec.Meta(description="name of the network, portgroup or bridge")]
    network_id: str | None
    vlan: VlanField
    connected: bool | None
    link_up: bool | None
    blocked: Annotated[
        bool | None, msgspec.Meta(description="a policy of its distributed port lets nothing pass; null: not known")
    ]
    filter: str | None
    ips: tuple[str, ...]


class DiskDocument(_Part):
    """A virtual disk or drive."""

    name: str
    type: str
    device: Annotated[str, msgspec.Meta(description="disk, cdrom, floppy or lun")]
    path: Annotated[str | None, msgspec.Meta(description="empty: an empty drive")]
    capacity_bytes: int | None
    format: str | None
    bus: str | None
    datastore: str | None
    backing: Annotated[tuple[str, ...], msgspec.Meta(description="paths of its parents, nearest first")]
    readonly: bool


class GuestDocument(_Part):
    """What the hypervisor can tell of a guest without looking inside."""

    os: str | None
    family: str | None
    kernel: str | None
    hostname: str | None
    ips: Annotated[tuple[str, ...], msgspec.Meta(description="of all NICs, without repetition")]
    tools: str | None
    tools_version: str | None


class SnapshotDocument(_Part):
    """A snapshot that the hypervisor keeps."""

    name: str
    created_at: datetime | None
    description: str
    current: bool
    size_bytes: int | None
    parent: Annotated[str | None, msgspec.Meta(description="name")]


class VmDocument(_Part):
    """A virtual machine."""

    id: str
    name: str
    uuid: str | None
    power: Annotated[str, msgspec.Meta(description="on, off, paused, suspended, crashed or unknown")]
    access: str
    host: Annotated[str | None, msgspec.Meta(description="name")]
    host_id: str | None
    cluster: Annotated[str | None, msgspec.Meta(description="name; null: none, or not known")]
    connection: Annotated[str | None, msgspec.Meta(description="name")]
    connection_id: str | None
    folder: str
    template: bool
    persistent: bool
    autostart: bool | None
    annotation: str
    created_at: datetime | None
    booted_at: datetime | None
    vcpus: int | None
    memory_mb: Annotated[int | None, msgspec.Meta(description="MiB")]
    firmware: str | None
    secure_boot: bool | None
    hardware: str | None
    nics: tuple[NicDocument, ...]
    disks: tuple[DiskDocument, ...]
    guest: GuestDocument
    tags: Annotated[tuple[str, ...], msgspec.Meta(description="the hypervisor's")]
    labels: Annotated[tuple[str, ...], msgspec.Meta(description="the operators' own")]
    snapshots: tuple[SnapshotDocument, ...]
    settings: Annotated[
        dict[str, str] | None,
        msgspec.Meta(
            description="advanced settings that hardening guides speak of; one that is missing is not set; "
            "null: nothing tells of settings"
        ),
    ]
    alarms: AlarmsField


class Document(_Part):
    """An estate as it was at one moment."""

    schema: int
    generated_at: datetime
    connections: tuple[ConnectionDocument, ...]
    hosts: tuple[HostDocument, ...]
    vms: tuple[VmDocument, ...]
    networks: tuple[NetworkDocument, ...]
    datastores: tuple[DatastoreDocument, ...]


def document(estate: Iterable[AnyRecord], generated_at: datetime) -> Document:
    """The document of these records, each list sorted by name; what a reference names is looked up among them."""
    return _Writer({record.id: record for record in estate}).document(generated_at)


def vlan_field(vlan: Vlan | None) -> int | str | None:
    """A VLAN as the document has it.

    >>> from vmi_console.estate.vlan import UNTAGGED, access, trunk
    >>> [vlan_field(vlan) for vlan in (None, UNTAGGED, access(20), trunk([(1, 10), (20, 20)]))]
    [None, 0, 20, '1-10,20']
    """
    if vlan is None:
        return None
    if vlan.mode is VlanMode.NONE:
        return 0
    if vlan.mode is not VlanMode.TRUNK and len(vlan.ranges) == 1 and len(set(vlan.ranges[0])) == 1:
        return vlan.ranges[0][0]
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in vlan.ranges)


class _Writer:
    """Turns records into their documents, with the names of what they refer to."""

    def __init__(self, estate: Mapping[EntityId, AnyRecord]) -> None:
        self._estate = estate
        self._connections = {
            record.endpoint: record
            for record in estate.values()
            if isinstance(record, records.Connection) and record.endpoint is not None
        }

    def document(self, generated_at: datetime) -> Document:
        ordered = sorted(self._estate.values(), key=lambda record: (record.name, record.id))
        return Document(
            schema=SCHEMA,
            generated_at=generated_at,
            connections=tuple(connection_document(each) for each in ordered if isinstance(each, records.Connection)),
            hosts=tuple(self._host(each) for each in ordered if isinstance(each, records.Host)),
            vms=tuple(self._vm(each) for each in ordered if isinstance(each, records.VM)),
            networks=tuple(self._network(each) for each in ordered if isinstance(each, records.Network)),
            datastores=tuple(self._datastore(each) for each in ordered if isinstance(each, records.Datastore)),
        )

    def _name(self, entity: EntityId | None) -> str | None:
        record = None if entity is None else self._estate.get(entity)
        return None if record is None else record.name

    def _connection(self, entity: EntityId) -> records.Connection | None:
        return self._connections.get(endpoint_of(entity))

    def _connection_name(self, entity: EntityId) -> str | None:
        connection = self._connection(entity)
        return None if connection is None else connection.name

    def _connection_id(self, entity: EntityId) -> str | None:
        connection = self._connection(entity)
        return None if connection is None else connection.id

    def _cluster(self, host: EntityId | None) -> str | None:
        record = None if host is None else self._estate.get(host)
        return self._name(record.cluster) if isinstance(record, records.Host) else None

    def _host(self, host: records.Host) -> HostDocument:
        return HostDocument(
            id=host.id,
            name=host.name,
            uuid=host.uuid,
            state=host.state.value,
            connection=self._connection_name(host.id),
            connection_id=self._connection_id(host.id),
            cluster=self._name(host.cluster),
            datacenter=self._name(host.datacenter),
            location=host.location,
            product=host.product,
            vendor=host.vendor,
            model=host.model,
            serial=host.serial,
            cpu_model=host.cpu_model,
            cpu_sockets=host.cpu_sockets,
            cpu_cores=host.cpu_cores,
            cpu_threads=host.cpu_threads,
            cpu_mhz=host.cpu_mhz,
            memory_mb=_mib(host.memory_bytes),
            booted_at=host.booted_at,
            addresses=host.addresses,
            alarms=_alarms(host.alarms),
        )

    def _network(self, network: records.Network) -> NetworkDocument:
        return NetworkDocument(
            id=network.id,
            name=network.name,
            type=network.type.value,
            connection=self._connection_name(network.id),
            connection_id=self._connection_id(network.id),
            vlan=vlan_field(network.vlan),
            parent=self._name(network.parent),
            switch=self._name(network.switch),
            forward=network.forward,
            bridge=network.bridge,
            subnets=network.subnets,
            active=network.active,
            hosts=tuple(name for host in network.hosts if (name := self._name(host)) is not None),
            alarms=_alarms(network.alarms),
        )

    def _datastore(self, datastore: records.Datastore) -> DatastoreDocument:
        return DatastoreDocument(
            id=datastore.id,
            name=datastore.name,
            type=datastore.type,
            connection=self._connection_name(datastore.id),
            connection_id=self._connection_id(datastore.id),
            path=datastore.path,
            capacity_bytes=datastore.capacity_bytes,
            free_bytes=datastore.free_bytes,
            accessible=datastore.accessible,
            alarms=_alarms(datastore.alarms),
        )

    def _vm(self, vm: records.VM) -> VmDocument:
        snapshots = {snapshot.key: snapshot.name for snapshot in vm.snapshots}
        return VmDocument(
            id=vm.id,
            name=vm.name,
            uuid=vm.uuid,
            power=vm.power.value,
            access=vm.access.value,
            host=self._name(vm.host),
            host_id=vm.host,
            cluster=self._cluster(vm.host),
            connection=self._connection_name(vm.id),
            connection_id=self._connection_id(vm.id),
            folder=vm.folder,
            template=vm.template,
            persistent=vm.persistent,
            autostart=vm.autostart,
            annotation=vm.annotation,
            created_at=vm.created_at,
            booted_at=vm.booted_at,
            vcpus=vm.vcpus,
            memory_mb=_mib(vm.memory_bytes),
            firmware=vm.firmware,
            secure_boot=vm.secure_boot,
            hardware=vm.hardware,
            nics=tuple(self._nic(nic) for nic in vm.nics),
            disks=tuple(self._disk(disk) for disk in vm.disks),
            guest=_guest(vm),
            tags=vm.tags,
            labels=vm.labels,
            snapshots=tuple(
                SnapshotDocument(
                    name=snapshot.name,
                    created_at=snapshot.created_at,
                    description=snapshot.description,
                    current=snapshot.current,
                    size_bytes=snapshot.size_bytes,
                    parent=snapshots.get(snapshot.parent) if snapshot.parent is not None else None,
                )
                for snapshot in vm.snapshots
            ),
            settings=vm.settings,
            alarms=_alarms(vm.alarms),
        )

    def _nic(self, nic: records.Nic) -> NicDocument:
        return NicDocument(
            name=nic.label or nic.key,
            mac=nic.mac,
            model=nic.model,
            type=nic.type.value,
            network=self._name(nic.network) or nic.network_name or nic.source,
            network_id=nic.network,
            vlan=vlan_field(nic.vlan),
            connected=nic.connected,
            link_up=nic.link_up,
            blocked=nic.blocked,
            filter=nic.filter,
            ips=_unique(address.ip for address in nic.addresses),
        )

    def _disk(self, disk: records.Disk) -> DiskDocument:
        return DiskDocument(
            name=disk.label or disk.key,
            type=disk.type.value,
            device=disk.device,
            path=disk.path,
            capacity_bytes=disk.capacity_bytes,
            format=disk.format,
            bus=disk.bus,
            datastore=self._name(disk.datastore),
            backing=disk.backing,
            readonly=disk.readonly,
        )


def connection_document(connection: records.Connection) -> ConnectionDocument:
    """A connection and how it is."""
    return ConnectionDocument(
        id=connection.id,
        name=connection.name,
        uri=masked(connection.uri, LONGEST),
        provider=connection.provider,
        endpoint=connection.endpoint,
        product=connection.product,
        state=connection.health.state.value,
        since=connection.health.since,
        reason=connection.health.reason,
        advice=connection.health.advice,
    )


def _guest(vm: records.VM) -> GuestDocument:
    guest = vm.guest
    return GuestDocument(
        os=guest.os,
        family=guest.family,
        kernel=guest.kernel,
        hostname=guest.hostname,
        ips=_unique(address.ip for nic in vm.nics for address in nic.addresses),
        tools=None if guest.tools is None else guest.tools.value,
        tools_version=guest.tools_version,
    )


def _alarms(alarms: tuple[records.Alarm, ...] | None) -> tuple[AlarmDocument, ...] | None:
    if alarms is None:
        return None
    return tuple(
        AlarmDocument(
            name=alarm.name or alarm.key,
            status=alarm.status.value,
            since=alarm.since,
            acknowledged=alarm.acknowledged,
            acknowledged_by=alarm.acknowledged_by,
        )
        for alarm in alarms
    )


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _mib(size_bytes: int | None) -> int | None:
    return None if size_bytes is None else size_bytes // MIB
