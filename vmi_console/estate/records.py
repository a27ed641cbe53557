"""The records: one immutable struct for each entity of an estate, as the hypervisor last told it.

Conventions that hold everywhere:

- `None` means *not known*; an empty string or tuple means *known to be none*. The difference decides verdicts.
- Sizes carry their unit in the name; times are aware UTC datetimes.
- References to other entities are their `EntityId`.
- Fields may be added with defaults; none is ever renamed or given another meaning, since history files hold them.
- `gc=False`: frozen records hold no reference cycles, and 45,000 of them must not slow the garbage collector.

What is inside a guest (packages, services, users) is in `facts`, apart from the VM that the tree and tables show.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, dataclass_transform

import msgspec

from vmi_console.estate.identity import EntityId
from vmi_console.estate.vlan import Vlan


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind", tag=str.lower):
    """One entity: its id and its name as a person would call it (untrusted text)."""

    kind: ClassVar[str]  # `vm`, `host`, …: the first part of the id, and what tells records apart on the wire
    id: EntityId
    name: str

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.kind = cls.__name__.lower()


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A part of a record that has a key of its own among its siblings, such as a NIC or a disk."""


# --- connections --------------------------------------------------------------------------------------------------


class State(StrEnum):
    """How a connection is doing. Whatever is not `live` must never look live."""

    CONNECTING = "connecting"
    LIVE = "live"
    DEGRADED = "degraded"  # answers, but not wholly: `reason` says what is missing
    STALE = "stale"  # what is shown was true at `since`
    CREDENTIALS = "needs credentials"
    TRUST = "needs trust"
    UNSUPPORTED = "unsupported"  # trying again will not help
    RECORDED = "recorded"  # a window's own: it answered then, at the time that is looked at; no engine says so


class Certificate(Part):
    """What an endpoint showed to prove who it is. `fingerprint` is SHA-256, hex pairs joined by colons."""

    fingerprint: str
    subject: str = ""
    validity: str = ""
    previous: str = ""  # the fingerprint trusted before, where it has changed


class Health(Part):
    """The state of a connection, since when, why, and what a person can do about it."""

    state: State = State.CONNECTING
    since: datetime | None = None
    reason: str = ""
    advice: str = ""
    certificate: Certificate | None = None  # with State.TRUST: what is to be judged

    @property
    def prospects(self) -> str:
        """What comes next: that it is tried again, where it is, and what a person can do meanwhile."""
        tried_again = "it is tried again" if self.state is State.STALE else ""
        return "; ".join(filter(None, (tried_again, self.advice)))


class Grants(Part):
    """What an operator allowed on a connection, beyond looking at what the hypervisor tells. All off at first."""

    read_guests: bool = False
    temporary_snapshots: bool = False
    quarantine: bool = False


class Connection(Record, tag="connection"):
    """An endpoint the operator added. Its id is the console's own: `connection/console/<uuid>`."""

    uri: str  # never holds a secret
    provider: str  # the adapter: demo, libvirt, vsphere
    endpoint: str | None = None  # the endpoint part of the ids it reports; None until it first answered
    product: str | None = None  # what answers there, with version
    health: Health = msgspec.field(default_factory=Health)
    grants: Grants = msgspec.field(default_factory=Grants)
    seen_at: datetime | None = None  # when the hypervisor last answered, at the last change of health
    quarantine_network: str = ""  # where isolated VMs are plugged in, by name or id; empty: the provider's own way


# --- where things are ---------------------------------------------------------------------------------------------


class AlarmStatus(StrEnum):
    """How bad it is, as the hypervisor's manager counts."""

    YELLOW = "yellow"
    RED = "red"
    OTHER = "other"  # triggered, with a status of another name


class Alarm(Part):
    """An alarm of the hypervisor's own manager that is triggered on an entity: it goes when it is cleared."""

    key: str  # of the alarm's definition
    name: str = ""
    status: AlarmStatus = AlarmStatus.OTHER
    since: datetime | None = None
    acknowledged: bool | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None


class Datacenter(Record):
    """A datacenter, or whatever the endpoint groups clusters and hosts by."""

    folder: str = ""  # path of names, separated by /


class Cluster(Record):
    """Hosts that are managed as one."""

    datacenter: EntityId | None = None
    drs: bool | None = None
    ha: bool | None = None
    alarms: tuple[Alarm, ...] | None = None  # triggered; None where nothing tells of alarms


class HostState(StrEnum):
    """Whether the manager of a host hears from it."""

    CONNECTED = "connected"
    NOT_RESPONDING = "not responding"
    DISCONNECTED = "disconnected"
    MAINTENANCE = "maintenance"


class PhysicalNic(Part):
    """A network port of a host."""

    key: str  # device name
    mac: str | None = None
    speed_mbps: int | None = None  # None while the link is down or unknown
    switch: EntityId | None = None


class Host(Record):
    """A machine that runs VMs."""

    state: HostState = HostState.CONNECTED
    uuid: str | None = None  # of the hardware, in canonical form: joins sightings through several endpoints
    cluster: EntityId | None = None
    datacenter: EntityId | None = None
    location: str | None = None  # site, room and rack, as far as anything tells
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    cpu_model: str | None = None
    cpu_sockets: int | None = None
    cpu_cores: int | None = None
    cpu_threads: int | None = None
    cpu_mhz: int | None = None
    memory_bytes: int | None = None
    product: str | None = None  # hypervisor and version
    booted_at: datetime | None = None
    addresses: tuple[str, ...] = ()  # management addresses
    nics: tuple[PhysicalNic, ...] = ()
    alarms: tuple[Alarm, ...] | None = None


# --- networks and storage -----------------------------------------------------------------------------------------


class SwitchKind(StrEnum):
    """What a switch is made of."""

    STANDARD = "standard"  # of one host
    DISTRIBUTED = "distributed"
    BRIDGE = "bridge"
    OPEN_VSWITCH = "openvswitch"
    OTHER = "other"


class Switch(Record):
    """A virtual switch or bridge."""

    type: SwitchKind = SwitchKind.OTHER
    host: EntityId | None = None  # the host it belongs to, if to one
    mtu: int | None = None
    uplinks: tuple[str, ...] = ()
    datacenter: EntityId | None = None
    alarms: tuple[Alarm, ...] | None = None


class NetworkKind(StrEnum):
    """What kind of thing a vNIC is plugged into."""

    NETWORK = "network"  # a libvirt network
    PORTGROUP = "portgroup"  # of a standard switch or of a libvirt network
    DISTRIBUTED_PORTGROUP = "distributed portgroup"
    BRIDGE = "bridge"  # a host bridge used directly
    OPAQUE = "opaque"  # managed by another system, such as NSX


class Network(Record):
    """What a vNIC is plugged into: a portgroup, a libvirt network (or one of its portgroups), or a bridge.

    A standard-switch portgroup of a vCenter is one network on many hosts, and each host has a VLAN of its own for it:
    `host_vlans` holds those, and `vlan` the value where they agree (None where they differ).
    """

    type: NetworkKind = NetworkKind.NETWORK
    vlan: Vlan | None = None
    host_vlans: dict[EntityId, Vlan] = {}
    parent: EntityId | None = None  # the network this is a portgroup of
    switch: EntityId | None = None
    datacenter: EntityId | None = None
    forward: str | None = None  # nat, route, bridge, isolated, … (libvirt)
    bridge: str | None = None
    subnets: tuple[str, ...] = ()  # CIDR
    active: bool | None = None
    autostart: bool | None = None
    filter: str | None = None
    hosts: tuple[EntityId, ...] = ()
    blocked: bool | None = None  # what ports have that have no policy of their own: nothing passes
    alarms: tuple[Alarm, ...] | None = None


class Datastore(Record):
    """Where disks live: a datastore or a storage pool."""

    type: str | None = None  # VMFS, NFS, dir, logical, …
    path: str | None = None
    capacity_bytes: int | None = None
    free_bytes: int | None = None
    accessible: bool | None = None
    hosts: tuple[EntityId, ...] = ()
    datacenter: EntityId | None = None
    alarms: tuple[Alarm, ...] | None = None


# --- virtual machines ---------------------------------------------------------------------------------------------


class Power(StrEnum):
    """Whether a VM runs."""

    ON = "on"
    OFF = "off"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    CRASHED = "crashed"
    UNKNOWN = "unknown"


class Access(StrEnum):
    """Whether the hypervisor itself can still tell about a VM (vim.VirtualMachine.ConnectionState)."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    INACCESSIBLE = "inaccessible"
    INVALID = "invalid"
    ORPHANED = "orphaned"


class Source(StrEnum):
    """Who says so."""

    HYPERVISOR = "hypervisor"
    LEASE = "lease"  # a DHCP server's lease
    ARP = "arp"
    TOOLS = "tools"  # VMware Tools or the QEMU guest agent
    DISK = "disk"
    MEMORY = "memory"
    OPERATOR = "operator"


class Address(Part):
    """An IP address of a vNIC, and who says so."""

    ip: str
    prefix: int | None = None
    source: Source = Source.HYPERVISOR


class NicKind(StrEnum):
    """How a vNIC reaches the world; those past `PORTGROUP` bypass virtual switches in one way or another."""

    NETWORK = "network"
    BRIDGE = "bridge"
    PORTGROUP = "portgroup"
    USER = "user"  # user-mode networking
    ETHERNET = "ethernet"  # a tap device made by somebody else
    DIRECT = "direct"  # macvtap
    HOSTDEV = "hostdev"  # SR-IOV or another passed-through device
    VHOST_USER = "vhost-user"
    VDPA = "vdpa"
    TUNNEL = "tunnel"  # between QEMU processes: client, server, mcast, udp
    INTERNAL = "internal"
    OPAQUE = "opaque"
    NONE = "none"  # not plugged in anywhere
    OTHER = "other"


class Nic(Part):
    """A virtual network card.

    `vlan`, `network_name` and `switch` are *effective*: the inventory works them out (see `estate.effective`) from
    the network, the port's own override, the guest's trunk and the host the VM runs on. Collectors leave them alone.
    """

    key: str  # stable for this card within its VM
    label: str = ""
    mac: str | None = None  # lower case, colons
    model: str | None = None
    type: NicKind = NicKind.OTHER
    network: EntityId | None = None
    source: str | None = None  # what the definition names: a bridge, a device, a socket
    port: str | None = None  # the port of a distributed switch
    port_vlan: Vlan | None = None  # set on this port or in the VM's own definition: overrides the network's
    connected: bool | None = None
    connect_at_power_on: bool | None = None
    link_up: bool | None = None
    blocked: bool | None = None  # a policy of its port lets nothing pass, its own or its portgroup's
    filter: str | None = None
    filter_parameters: tuple[tuple[str, str], ...] = ()
    device: str | None = None  # the host's side of it, such as vnet3
    addresses: tuple[Address, ...] = ()
    vlan: Vlan | None = None
    network_name: str | None = None
    switch: EntityId | None = None


class DiskKind(StrEnum):
    """Where a disk's content lies."""

    FILE = "file"
    BLOCK = "block"
    DIRECTORY = "directory"
    NETWORK = "network"
    VOLUME = "volume"
    NVME = "nvme"
    VHOST_USER = "vhost-user"
    VHOST_VDPA = "vhost-vdpa"
    NONE = "none"  # an empty drive
    OTHER = "other"


class Disk(Part):
    """A virtual disk or drive."""

    key: str  # target name or device key
    label: str = ""
    type: DiskKind = DiskKind.OTHER
    device: str = "disk"  # disk, cdrom, floppy, lun
    path: str | None = None  # None: not known; "" : empty drive
    capacity_bytes: int | None = None
    allocated_bytes: int | None = None
    format: str | None = None
    bus: str | None = None
    backing: tuple[str, ...] = ()  # parents, nearest first
    datastore: EntityId | None = None
    readonly: bool = False
    shareable: bool = False
    encrypted: bool = False
    serial: str | None = None


class Device(Part):
    """Any other virtual hardware worth knowing about: controllers are not, passed-through devices are."""

    key: str
    type: str  # usb, pci, mdev, tpm, serial, sound, watchdog, gpu, filesystem, vsock, shmem, …
    label: str = ""
    passthrough: bool = False


class Snapshot(Part):
    """A snapshot of a VM that the hypervisor keeps."""

    key: str
    name: str = ""
    parent: str | None = None
    current: bool = False
    created_at: datetime | None = None
    description: str = ""
    size_bytes: int | None = None
    power: Power | None = None


class ToolsState(StrEnum):
    """VMware Tools or the QEMU guest agent."""

    RUNNING = "running"
    NOT_RUNNING = "not running"
    NOT_INSTALLED = "not installed"
    OUTDATED = "outdated"


class GuestSummary(Part):
    """What the hypervisor can say of the guest without looking inside."""

    os: str | None = None  # as a person would name it
    os_id: str | None = None  # libosinfo id or VMware guestId
    family: str | None = None  # linux, windows, bsd, …
    kernel: str | None = None
    hostname: str | None = None
    tools: ToolsState | None = None
    tools_version: str | None = None
    source: Source | None = None
    read_at: datetime | None = None


class VM(Record, tag="vm"):
    """A virtual machine.

    `correlation` joins sightings of one machine through several endpoints; it is the machine's UUID and so not
    unique: clones share it and are shown as duplicates, never merged (see `Inventory.sightings`).
    `labels` are the operators' own, kept by the console and laid over the record by the inventory.
    """

    power: Power = Power.UNKNOWN
    access: Access = Access.CONNECTED
    uuid: str | None = None  # BIOS UUID, canonical
    instance_uuid: str | None = None  # vCenter's own
    host: EntityId | None = None
    folder: str = ""
    resource_pool: str | None = None
    template: bool = False
    persistent: bool = True
    autostart: bool | None = None
    annotation: str = ""
    created_at: datetime | None = None
    booted_at: datetime | None = None
    vcpus: int | None = None
    memory_bytes: int | None = None
    firmware: str | None = None  # bios, efi
    secure_boot: bool | None = None
    hardware: str | None = None  # machine type or hardware version
    config_version: str | None = None  # moves whenever the configuration does, where the hypervisor has such a thing
    nics: tuple[Nic, ...] = ()
    disks: tuple[Disk, ...] = ()
    devices: tuple[Device, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    guest: GuestSummary = msgspec.field(default_factory=GuestSummary)
    tags: tuple[str, ...] = ()  # the hypervisor's
    attributes: dict[str, str] = {}  # custom attributes, metadata
    settings: dict[str, str] | None = None  # those advanced settings that `hardening` keeps
    labels: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] | None = None  # triggered; None where nothing tells of alarms

    @property
    def correlation(self) -> str | None:
        """What other sightings of this machine have in common with it; None where it has no usable UUID."""
        return self.instance_uuid or self.uuid


# --- firewall and intrusion alerts --------------------------------------------------------------------------------


class FirewallRule(Part):
    """One rule of a filter in force on a port or network. None means *any*."""

    action: str  # accept, drop, reject, return, continue
    direction: str = "both"  # in, out, both: as seen from the guest
    priority: int | None = None
    protocol: str | None = None
    source: str | None = None  # address or CIDR
    destination: str | None = None
    source_ports: tuple[int, int] | None = None  # inclusive
    destination_ports: tuple[int, int] | None = None
    comment: str = ""


class Filter(Record):
    """A named set of firewall rules: an nwfilter, or a portgroup's or port's traffic rules."""

    rules: tuple[FirewallRule, ...] = ()
    includes: tuple[str, ...] = ()  # names of other filters
    chain: str | None = None


class Alert(Record):
    """What an intrusion detection engine reported; `name` is the signature's text (untrusted)."""

    at: datetime
    severity: int | None = None  # as the engine counts: 1 is the worst
    signature: str | None = None
    category: str | None = None
    protocol: str | None = None
    source: str | None = None
    source_port: int | None = None
    destination: str | None = None
    destination_port: int | None = None
    action: str | None = None
    sensor: str | None = None
    vm: EntityId | None = None  # the VM it was matched to


def to_builtins(value: object) -> Any:
    """A record's value as JSON-like data: what a `Change` carries as before and after."""
    return msgspec.to_builtins(value, enc_hook=str, builtin_types=(datetime,))
