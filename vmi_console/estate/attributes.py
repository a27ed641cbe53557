"""The schema of the query language: every attribute of a VM that a query can name, declared once.

`None` is *not known*, and so is a None among the members of a set: whether a set whose members are partly unknown
holds something is unknown as long as no known member settles it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from functools import cached_property, lru_cache
from typing import Any, Protocol

from vmi_console.estate.contradictions import contradictions
from vmi_console.estate.facts import FactSet, Guest, Looked, OperatingSystem
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import (
    VM,
    Access,
    Alarm,
    Connection,
    Disk,
    Host,
    HostState,
    Nic,
    NicKind,
    Power,
    Record,
    Snapshot,
    State,
    ToolsState,
)
from vmi_console.estate.software import Software


class Context(Protocol):
    """What a query asks of the rest of the estate (`Inventory` is one)."""

    def get(self, entity: EntityId, /) -> Record | None:
        """The record of this id."""

    def connection_of(self, entity: EntityId, /) -> Connection | None:
        """The connection that reports this entity."""

    def software(self, vm: EntityId, /) -> Software | None:
        """What is installed in this VM; None where nobody looked."""

    def haystack(self, vm: EntityId, /) -> str:
        """Name, addresses, MACs, host and networks of this VM in one lower-case text, separated by newlines."""


class Kind(Enum):
    """The type of an attribute's values."""

    TEXT = "text"
    CHOICE = "choice"  # one of a few words
    NUMBER = "number"
    TRUTH = "true or false"
    TIME = "time"
    VERSION = "version"
    TEXTS = "set of text"
    VLANS = "set of VLANs"
    ADDRESSES = "set of IP addresses"
    MACS = "set of MAC addresses"

    @property
    def is_set(self) -> bool:
        return self in (Kind.TEXTS, Kind.VLANS, Kind.ADDRESSES, Kind.MACS)


type Resolve = Callable[[Any, Context], Any]


@dataclass(frozen=True)
class Attribute:
    """One attribute.

    Its value is `resolve(key, context)`, or the key itself, where `key` is a Python expression of `vm`: queries are
    compiled to code which holds that expression. `shared` says that many VMs have one key, which can be hashed, so
    that what was worked out for one holds for others, and `own` that nearly every VM has another; `via` are the kinds
    of records other than the VM that are looked at.
    """

    name: str
    kind: Kind
    help: str
    example: str
    key: str = "vm"
    resolve: Resolve | None = None
    unit: str = ""  # bytes, MiB, days
    choices: type[StrEnum] | None = None
    unknown: StrEnum | None = None  # the choice that means "not known"
    offers: tuple[str, ...] = ()  # likely values, for completion
    via: tuple[str, ...] = ()
    shared: bool = False
    own: bool = False

    @cached_property
    def key_of(self) -> Callable[[VM], Any]:
        getter: Callable[[VM], Any] = eval(f"lambda vm: {self.key}", {})
        return getter

    def value(self, vm: VM, context: Context) -> Any:
        """The value for one VM, or None where it is not known."""
        key = self.key_of(vm)
        found = key if self.resolve is None else self.resolve(key, context)
        return None if found is self.unknown else found

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Of a choice: the words a query may use."""
        return tuple(choice.value for choice in self.choices or () if choice is not self.unknown)


# --- how values are found -----------------------------------------------------------------------------------------


def _host_name(host: EntityId | None, context: Context) -> str | None:
    record = context.get(host) if host else None
    return record.name if record else None


def _of_host(field_name: str) -> Resolve:
    def resolve(host: EntityId | None, context: Context) -> Any:
        record = context.get(host) if host else None
        return getattr(record, field_name) if isinstance(record, Host) else None

    return resolve


def _name_through_host(reference: str) -> Resolve:
    """The name of what the host belongs to; empty where it belongs to none."""

    def resolve(host: EntityId | None, context: Context) -> str | None:
        record = context.get(host) if host else None
        if not isinstance(record, Host):
            return None
        target: EntityId | None = getattr(record, reference)
        if target is None:
            return ""
        found = context.get(target)
        return found.name if found else None

    return resolve


def _of_connection(read: Callable[[Connection], Any]) -> Resolve:
    def resolve(endpoint: str, context: Context) -> Any:
        connection = context.connection_of(entity_id("vm", endpoint, ""))
        return read(connection) if connection else None

    return resolve


_UNPLUGGED = frozenset({NicKind.NONE, NicKind.USER, NicKind.TUNNEL, NicKind.HOSTDEV, NicKind.DIRECT, NicKind.ETHERNET})
"""Kinds of NICs that are in no network and at no switch."""


type _Plug = tuple[str | None, EntityId | None, NicKind]
"""What decides which network a NIC is in: the network's name and id, and the kind of NIC."""


def _networks(plugs: Sequence[_Plug], context: Context) -> tuple[str | None, ...]:
    return tuple([_network(*plug, context) for plug in plugs if plug[1] or plug[2] not in _UNPLUGGED])


def _network(name: str | None, network: EntityId | None, _: NicKind, context: Context) -> str | None:
    return name if name is not None or network is None else _name(network, context)


def _switches(nics: Sequence[Nic], context: Context) -> tuple[str | None, ...]:
    return tuple(_name(nic.switch, context) for nic in nics if nic.switch or nic.type not in _UNPLUGGED)


def _name(entity: EntityId | None, context: Context) -> str | None:
    record = context.get(entity) if entity else None
    return record.name if record else None


def _addresses(nics: Sequence[Nic], _: Context) -> tuple[str | None, ...]:
    """A NIC for which nobody told an address has unknown ones."""
    found: list[str | None] = []
    for nic in nics:
        found.extend([address.ip for address in nic.addresses] or (None,))
    return tuple(found)


def _links_down(nics: Sequence[Nic], _: Context) -> int | None:
    if any(nic.link_up is None and nic.connected is None for nic in nics):
        return None
    return sum(nic.link_up is False or nic.connected is False for nic in nics)


def facts_inside(vm: EntityId, context: Context, field: str) -> FactSet[Any] | None:
    """A set of facts that no other guest shares, such as `users`; None where it was not read."""
    software = context.software(vm)
    facts: FactSet[Any] | None = getattr(software.guest, field) if software is not None else None
    return facts if facts is not None and facts.status is Looked.READ else None


def _of_system(read: Callable[[OperatingSystem], Any]) -> Resolve:
    def resolve(vm: EntityId, context: Context) -> Any:
        facts = facts_inside(vm, context, "os")
        return read(facts.items[0]) if facts is not None and facts.items else None

    return resolve


def _administrators(vm: EntityId, context: Context) -> tuple[str | None, ...] | None:
    """An account of which nobody can tell whether it is one is an unknown member."""
    facts = facts_inside(vm, context, "users")
    if facts is None:
        return None
    return tuple([user.name if user.administrator else None for user in facts.items if user.administrator is not False])


def _tampering(vm: EntityId, context: Context) -> tuple[str, ...] | None:
    facts = facts_inside(vm, context, "signs")
    return None if facts is None else tuple(dict.fromkeys(sign.name for sign in facts.items))


def _contradictions(vm: VM, context: Context) -> tuple[str, ...] | None:
    software = context.software(vm.id)
    guest: Guest | None = software.guest if software is not None else None
    if guest is None or guest.os.status is not Looked.READ:  # nothing to hold against what others say
        return None
    return tuple([each.matter for each in contradictions(vm, guest)])


def _drives(disks: Sequence[Disk]) -> Iterable[Disk]:
    return (disk for disk in disks if disk.device in ("disk", "lun"))


def _disk_bytes(disks: Sequence[Disk], _: Context) -> int | None:
    sizes = [disk.capacity_bytes for disk in _drives(disks)]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _datastores(disks: Sequence[Disk], context: Context) -> tuple[str | None, ...]:
    return tuple(_name(disk.datastore, context) for disk in disks if disk.datastore)


def _oldest(snapshots: Sequence[Snapshot], _: Context) -> datetime | None:
    times = [snapshot.created_at for snapshot in snapshots]
    return None if not times or None in times else min(time for time in times if time is not None)


def _ports_blocked(nics: Sequence[Nic], _: Context) -> int | None:
    """Only the portgroups of distributed switches have ports that can be blocked."""
    at_ports = [nic.blocked for nic in nics if nic.type is NicKind.PORTGROUP and nic.port is not None]
    return None if None in at_ports else at_ports.count(True)


def _snapshot_bytes(snapshots: Sequence[Snapshot], _: Context) -> int | None:
    sizes = [snapshot.size_bytes for snapshot in snapshots]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _alarms(alarms: Sequence[Alarm] | None, _: Context) -> tuple[str | None, ...]:
    return (None,) if alarms is None else tuple(alarm.name or None for alarm in alarms)


# --- the attributes -----------------------------------------------------------------------------------------------

_TEXT, _NUMBER, _TRUTH, _TEXTS = Kind.TEXT, Kind.NUMBER, Kind.TRUTH, Kind.TEXTS
_ENDPOINT = 'vm.id.split("/", 2)[1]'

_ALL = (
    Attribute("name", _TEXT, "The VM's name.", 'name == "web-01"', "vm.name", own=True),
    Attribute("id", _TEXT, "This console's key of the VM.", 'id == "vm/…"', "vm.id", own=True),
    Attribute("uuid", _TEXT, "BIOS UUID; clones may share it.", 'uuid == "4c4c4544-…"', "vm.uuid", own=True),
    Attribute(
        "power",
        Kind.CHOICE,
        "Power state.",
        'power == "on"',
        "vm.power",
        choices=Power,
        unknown=Power.UNKNOWN,
    ),
    Attribute(
        "access",
        Kind.CHOICE,
        "Whether the hypervisor itself can tell about the VM.",
        'access != "connected"',
        "vm.access",
        choices=Access,
    ),
    Attribute(
        "connection",
        _TEXT,
        "Name of the connection that reports the VM.",
        'connection == "lab"',
        key=_ENDPOINT,
        resolve=_of_connection(lambda connection: connection.name),
        shared=True,
        via=("connection",),
    ),
    Attribute(
        "connection_state",
        Kind.CHOICE,
        "State of that connection.",
        'connection_state == "stale"',
        key=_ENDPOINT,
        resolve=_of_connection(lambda connection: connection.health.state),
        shared=True,
        choices=State,
        via=("connection",),
    ),
    Attribute(
        "provider",
        _TEXT,
        "Kind of that connection.",
        'provider == "libvirt"',
        key=_ENDPOINT,
        resolve=_of_connection(lambda connection: connection.provider),
        shared=True,
        offers=("demo", "libvirt", "vsphere"),
        via=("connection",),
    ),
    Attribute(
        "stale",
        _TRUTH,
        "Its connection is not live: what is shown may be out of date.",
        "stale",
        key=_ENDPOINT,
        resolve=_of_connection(lambda connection: connection.health.state is not State.LIVE),
        shared=True,
        via=("connection",),
    ),
    Attribute(
        "datacenter",
        _TEXT,
        "Datacenter of its host; empty for none.",
        'datacenter == "Zürich"',
        "vm.host",
        _name_through_host("datacenter"),
        via=("host", "datacenter"),
        shared=True,
    ),
    Attribute(
        "cluster",
        _TEXT,
        "Cluster of its host; empty for none.",
        'cluster == "prod"',
        "vm.host",
        _name_through_host("cluster"),
        via=("host", "cluster"),
        shared=True,
    ),
    Attribute(
        "host",
        _TEXT,
        "Name of the host it is on.",
        'host == "esx-01"',
        "vm.host",
        _host_name,
        via=("host",),
        shared=True,
    ),
    Attribute(
        "host_state",
        Kind.CHOICE,
        "State of that host.",
        'host_state == "maintenance"',
        "vm.host",
        _of_host("state"),
        choices=HostState,
        via=("host",),
        shared=True,
    ),
    Attribute(
        "location",
        _TEXT,
        "Site, room or rack of that host.",
        '"rack 7" in location',
        "vm.host",
        _of_host("location"),
        via=("host",),
        shared=True,
    ),
    Attribute("folder", _TEXT, "Path of folders.", 'glob(folder, "customers/*")', "vm.folder"),
    Attribute("resource_pool", _TEXT, "Resource pool.", 'resource_pool == "gold"', "vm.resource_pool"),
    Attribute("template", _TRUTH, "A template rather than a VM.", "not template", "vm.template"),
    Attribute("persistent", _TRUTH, "Still defined when it is off.", "not persistent", "vm.persistent"),
    Attribute("autostart", _TRUTH, "Starts with its host.", "autostart", "vm.autostart"),
    Attribute("annotation", _TEXT, "The hypervisor's note on it.", '"owner" in annotation', "vm.annotation"),
    Attribute("created", Kind.TIME, "When it was created.", 'created > "2026-01-31"', "vm.created_at", own=True),
    Attribute("booted", Kind.TIME, "When it was last started.", "age(booted) > 90", "vm.booted_at", own=True),
    Attribute("vcpus", _NUMBER, "Virtual processors.", "2 <= vcpus <= 8", "vm.vcpus"),
    Attribute("memory", _NUMBER, "Memory.", "memory >= 8 * GiB", "vm.memory_bytes", unit="bytes"),
    Attribute(
        "memory_mb",
        _NUMBER,
        "Memory in MiB.",
        "memory_mb < 512",
        "vm.memory_bytes",
        lambda size, _: None if size is None else size / 2**20,
        unit="MiB",
        shared=True,
    ),
    Attribute("firmware", _TEXT, "Firmware.", 'firmware == "efi"', "vm.firmware", offers=("bios", "efi")),
    Attribute("secure_boot", _TRUTH, "Secure boot is on.", "not secure_boot", "vm.secure_boot"),
    Attribute("hardware", _TEXT, "Machine type or hardware version.", 'glob(hardware, "vmx-*")', "vm.hardware"),
    Attribute(
        "networks",
        _TEXTS,
        "Networks its NICs are in.",
        '"DMZ" in networks',
        "tuple([(nic.network_name, nic.network, nic.type) for nic in vm.nics])",
        _networks,
        via=("network",),
        shared=True,
    ),
    Attribute(
        "vlans",
        Kind.VLANS,
        "VLANs its NICs reach: ids of access ports, every id that a trunk carries, 0 for an untagged port.",
        "30 in vlans",
        "tuple([nic.vlan for nic in vm.nics])",
        shared=True,
    ),
    Attribute(
        "macs",
        Kind.MACS,
        "MAC addresses.",
        '"52:54:00:12:34:56" in macs',
        "tuple([nic.mac for nic in vm.nics])",
        own=True,
    ),
    Attribute(
        "ips",
        Kind.ADDRESSES,
        "IP addresses; those of a NIC for which nobody told any are unknown.",
        '"10.1.1.7" in ips',
        "vm.nics",
        _addresses,
    ),
    Attribute(
        "switches",
        _TEXTS,
        "Virtual switches of its NICs.",
        '"dvs-1" in switches',
        "vm.nics",
        _switches,
        via=("switch",),
    ),
    Attribute(
        "filters",
        _TEXTS,
        "Firewall filters of its NICs.",
        '"clean-traffic" in filters',
        "vm.nics",
        lambda nics, _: tuple([nic.filter for nic in nics if nic.filter != ""]),
    ),
    Attribute("nic_count", _NUMBER, "How many NICs it has.", "nic_count > 1", "len(vm.nics)"),
    Attribute("links_down", _NUMBER, "How many NICs are disconnected.", "links_down > 0", "vm.nics", _links_down),
    Attribute(
        "ports_blocked",
        _NUMBER,
        "How many of its NICs are at a port of a distributed switch whose policy lets nothing pass.",
        "ports_blocked > 0",
        "vm.nics",
        _ports_blocked,
    ),
    Attribute(
        "disk_paths",
        _TEXTS,
        "Where its disks and media are.",
        'glob(disk_paths, "*.iso")',
        "vm.disks",
        lambda disks, _: tuple([disk.path for disk in disks if disk.path != ""]),
    ),
    Attribute(
        "disk_formats",
        _TEXTS,
        "Formats of its disks.",
        '"raw" in disk_formats',
        "vm.disks",
        lambda disks, _: tuple([disk.format for disk in _drives(disks)]),
        offers=("raw", "qcow2", "vmdk"),
    ),
    Attribute(
        "disk_bytes", _NUMBER, "Size of all its disks.", "disk_bytes > 1 * TiB", "vm.disks", _disk_bytes, unit="bytes"
    ),
    Attribute(
        "datastores",
        _TEXTS,
        "Datastores of its disks.",
        '"ssd-1" in datastores',
        "vm.disks",
        _datastores,
        via=("datastore",),
    ),
    Attribute(
        "devices",
        _TEXTS,
        "Kinds of its other devices.",
        '"usb" in devices',
        "tuple([device.type for device in vm.devices])",
        offers=("usb", "pci", "tpm", "serial", "gpu"),
    ),
    Attribute("snapshots", _NUMBER, "How many snapshots it has.", "snapshots > 3", "len(vm.snapshots)"),
    Attribute(
        "oldest_snapshot",
        Kind.TIME,
        "When its oldest snapshot was made; unknown where it has none.",
        "age(oldest_snapshot) > 7",
        "vm.snapshots",
        _oldest,
    ),
    Attribute(
        "snapshot_bytes",
        _NUMBER,
        "Size of all its snapshots.",
        "snapshot_bytes > 50 * GiB",
        "vm.snapshots",
        _snapshot_bytes,
        unit="bytes",
    ),
    Attribute(
        "alarms",
        _TEXTS,
        "Names of the hypervisor's alarms that are triggered on it.",
        'glob(alarms, "*CPU*")',
        "vm.alarms",
        _alarms,
    ),
    Attribute("os", _TEXT, "Operating system, as the hypervisor knows it.", '"Debian" in os', "vm.guest.os"),
    Attribute(
        "os_family",
        _TEXT,
        "Family of the operating system.",
        'os_family == "windows"',
        "vm.guest.family",
        offers=("linux", "windows", "bsd"),
    ),
    Attribute("kernel", Kind.VERSION, "Version of the kernel.", 'kernel < "5.10"', "vm.guest.kernel"),
    Attribute("hostname", _TEXT, "The guest's own name.", "hostname != name", "vm.guest.hostname", own=True),
    Attribute(
        "tools",
        Kind.CHOICE,
        "VMware Tools or QEMU guest agent.",
        'tools != "running"',
        "vm.guest.tools",
        choices=ToolsState,
    ),
    Attribute(
        "guest_booted",
        Kind.TIME,
        "When the operating system was started, as its kernel says: a restart from inside counts.",
        "age(guest_booted) > 90",
        "vm.id",
        _of_system(lambda system: system.booted_at),
        via=("guest.os",),
    ),
    Attribute(
        "software_changed",
        Kind.TIME,
        "When the guest's package manager last did something.",
        "age(software_changed) > 60",
        "vm.id",
        _of_system(lambda system: system.software_changed_at),
        via=("guest.os",),
    ),
    Attribute(
        "administrators",
        _TEXTS,
        "The guest's local accounts that may administer it; one of which nobody can tell is unknown.",
        '"bob" in administrators',
        "vm.id",
        _administrators,
        via=("guest.users",),
    ),
    Attribute(
        "tampering",
        _TEXTS,
        "Signs in the guest's memory that somebody hides something in its kernel.",
        "count(tampering) > 0",
        "vm.id",
        _tampering,
        offers=("hidden process", "hidden module", "system call table"),
        via=("guest.signs",),
    ),
    Attribute(
        "contradictions",
        _TEXTS,
        "Of what the hypervisor or the guest's tools say otherwise than what was found inside, or the disk otherwise "
        "than the memory.",
        '"operating system" in contradictions',
        "vm",
        _contradictions,
        offers=("operating system", "hostname", "kernel", "operating system in memory"),
        via=("guest", "guest.os", "guest.read"),
    ),
    Attribute(
        "tags",
        _TEXTS,
        "The hypervisor's tags and the operators' labels.",
        '"pci" in tags',
        "vm.tags + vm.labels",
        shared=True,
    ),
    Attribute("labels", _TEXTS, "The operators' own labels.", '"mine" in labels', "vm.labels"),
)

ATTRIBUTES: dict[str, Attribute] = {attribute.name: attribute for attribute in _ALL}
"""By name, in the order of the reference."""


# --- values written in a query ------------------------------------------------------------------------------------


@lru_cache(maxsize=131_072)
def parse_address(text: str) -> tuple[int, int] | None:
    """The version and the number of an IP address, or None for a text that is none. Zones (`%eth0`) do not count."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.version, int(address)


def canonical_mac(text: str) -> str | None:
    """A whole MAC address in lower case with colons, from any of the usual spellings; None for anything else.

    >>> canonical_mac("5254.0012.3456")
    '52:54:00:12:34:56'
    """
    digits = text.strip().lower()
    for separator in ":-.":
        digits = digits.replace(separator, "")
    if len(digits) != 12 or not set(digits) <= set("0123456789abcdef"):
        return None
    return ":".join(digits[index : index + 2] for index in range(0, 12, 2))
