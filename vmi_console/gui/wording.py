"""How facts are put in words: times, sizes, VLANs, properties, kinds; everything plain text and translatable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from PySide6.QtCore import QLocale, QObject

from vmi_console.collectors.quarantine import RECORD_PREFIX
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Action, Change, Seen
from vmi_console.estate.facts import FactSet, Looked
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import (
    VM,
    Connection,
    GuestSummary,
    Host,
    Network,
    NetworkKind,
    NicKind,
    Source,
    State,
    SwitchKind,
    ToolsState,
)
from vmi_console.estate.vlan import Vlan, VlanMode
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import ACCESS, CONNECTION, HOST, POWER, STALE, Look, look
from vmi_console.plain_text import visible
from vmi_console.reports.values import called

UNKNOWN = "–"
"""Not known. Known to be none is said in words."""

OWN_PARTS = ("nics", "disks", "snapshots")
"""Parts whose keys are each entity's own: those of two VMs mean nothing to each other, as names of attributes do."""

FACT_SETS = (
    *("applications", "services", "processes", "sockets", "users", "patches"),
    *("addresses", "settings", "autostart", "modules", "signs"),
)
"""The sets of facts about a guest that are lists of many, by their fields in `Guest`."""

_STATES: dict[str, Mapping[Any, Look]] = {"power": POWER, "access": ACCESS, "state": HOST, "health.state": CONNECTION}
"""Properties whose values the window has words for, which are the same everywhere."""

_TOOLS = frozenset(ToolsState)

_part = re.compile(r"(\w+)\[(.*)\](?:\.(\w+))?", re.DOTALL)


def size(count: int | None) -> str:
    """Bytes in binary units, three figures."""
    if count is None:
        return UNKNOWN
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    digits = 0 if value >= 100 or value == int(value) else 1
    return f"{QLocale().toString(value, 'f', digits)} {unit}"


def number(count: int) -> str:
    """A count with the separators of the language."""
    return QLocale().toString(count)


def clock(at: datetime | None) -> str:
    """The time of day in local time, with the date where it was not today."""
    if at is None:
        return UNKNOWN
    local = at.astimezone()
    today = datetime.now(UTC).astimezone().date()
    if local.date() != today:
        return f"{local:%Y-%m-%d %H:%M}"
    return f"{local.hour:02}:{local.minute:02}:{local.second:02}"  # strftime imports a module at each call


def moment(at: datetime | None) -> str:
    """Date and time to the second, with the zone."""
    return UNKNOWN if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S %Z}"


class Wording(QObject):
    """Words that need to look things up: who an id is, where something is."""

    def __init__(self, replica: Replica) -> None:
        super().__init__()
        self._replica = replica

    def name(self, entity: EntityId | None) -> str:
        """The name of an entity, or that it is not known."""
        if entity is None:
            return UNKNOWN
        record = self._replica.records.get(entity)
        return self.tr("(not known here)") if record is None else visible(record.name)

    def kind(self, kind: str) -> str:
        words = {
            "connection": self.tr("Connection"),
            "datacenter": self.tr("Datacenter"),
            "cluster": self.tr("Cluster"),
            "host": self.tr("Host"),
            "vm": self.tr("Virtual machine"),
            "network": self.tr("Network"),
            "datastore": self.tr("Datastore"),
            "switch": self.tr("Switch"),
        }
        return words.get(kind, kind)

    def vlan(self, vlan: Vlan | None) -> str:
        if vlan is None:
            return UNKNOWN
        return self.tr("untagged") if vlan.mode is VlanMode.NONE else str(vlan)

    def vlan_of_network(self, network: AnyRecord) -> str:
        if not isinstance(network, Network):
            return ""
        if network.vlan is None:
            return self.tr("VLANs differ") if network.host_vlans else ""
        return "" if network.vlan.mode is VlanMode.NONE else self.tr("VLAN {0}").format(str(network.vlan))

    def ago(self, at: datetime | None) -> str:
        """How long ago, roughly."""
        if at is None:
            return ""
        seconds = max(0, int((self._replica.now - at).total_seconds()))
        if seconds < 60:
            return self.tr("%Ln second(s) ago", "", seconds)
        if seconds < 3600:
            return self.tr("%Ln minute(s) ago", "", seconds // 60)
        if seconds < 48 * 3600:
            return self.tr("%Ln hour(s) ago", "", seconds // 3600)
        return self.tr("%Ln day(s) ago", "", seconds // 86400)

    def yes_no(self, value: bool | None) -> str:
        return UNKNOWN if value is None else self.tr("yes") if value else self.tr("no")

    def source(self, source: Source | None) -> str:
        words = {
            Source.HYPERVISOR: self.tr("told by the hypervisor"),
            Source.LEASE: self.tr("from a DHCP lease"),
            Source.ARP: self.tr("from the host's ARP table"),
            Source.TOOLS: self.tr("told by the guest's tools"),
            Source.DISK: self.tr("read from the guest's disk"),
            Source.MEMORY: self.tr("read from the guest's memory"),
            Source.OPERATOR: self.tr("entered by an operator"),
        }
        return "" if source is None else words[source]

    def fact_set(self, field: str) -> str:
        """What a field of `Guest` holds."""
        words = {
            "applications": self.tr("Applications"),
            "services": self.tr("Services"),
            "users": self.tr("Users"),
            "patches": self.tr("Patches"),
            "processes": self.tr("Processes"),
            "sockets": self.tr("Listening"),
            "addresses": self.tr("Addresses"),
            "settings": self.tr("Settings"),
            "autostart": self.tr("Autostart"),
            "modules": self.tr("Kernel modules"),
            "signs": self.tr("Signs of tampering"),
        }
        return words[field]

    def looked(self, facts: FactSet[Any]) -> str:
        """Whether a set of facts could be read, by whom and how long ago, or why not."""
        match facts.status:
            case Looked.READ:
                said = " ".join(filter(None, (self.source(facts.source) or self.tr("read"), self.ago(facts.read_at))))
                if not facts.doubt:
                    return said
                return self.tr("{0}; it may be older than that: {1}").format(said, visible(facts.doubt, 200))
            case Looked.UNREADABLE:
                return self.tr("unreadable: {0}").format(visible(facts.because, 200) or self.tr("not known why"))
            case Looked.NOT_YET:
                return self.tr("not looked yet")

    def tools(self, guest: GuestSummary) -> str:
        """VMware Tools or the QEMU guest agent, with version."""
        word = UNKNOWN if guest.tools is None else self.tools_state(guest.tools)
        return f"{word} ({visible(guest.tools_version, 40)})" if guest.tools_version else word

    def tools_state(self, state: ToolsState) -> str:
        words = {
            ToolsState.RUNNING: self.tr("running"),
            ToolsState.NOT_RUNNING: self.tr("not running"),
            ToolsState.NOT_INSTALLED: self.tr("not installed"),
            ToolsState.OUTDATED: self.tr("outdated"),
        }
        return words[state]

    def firmware(self, vm: VM) -> str:
        """What the VM boots with."""
        firmware = {"bios": "BIOS", "efi": "UEFI"}.get(vm.firmware or "", visible(vm.firmware or UNKNOWN, 40))
        return self.tr("{0}, secure boot").format(firmware) if vm.secure_boot else firmware

    def nic_kind(self, kind: NicKind) -> str:
        """How a network card reaches the world."""
        words = {
            NicKind.NETWORK: self.tr("network"),
            NicKind.BRIDGE: self.tr("bridge"),
            NicKind.PORTGROUP: self.tr("port group"),
            NicKind.USER: self.tr("user-mode networking"),
            NicKind.ETHERNET: self.tr("tap device"),
            NicKind.DIRECT: self.tr("macvtap"),
            NicKind.HOSTDEV: self.tr("device passed through"),
            NicKind.VHOST_USER: self.tr("vhost-user"),
            NicKind.VDPA: self.tr("vDPA"),
            NicKind.TUNNEL: self.tr("tunnel between VMs"),
            NicKind.INTERNAL: self.tr("internal network"),
            NicKind.OPAQUE: self.tr("opaque network"),
            NicKind.NONE: self.tr("not plugged in"),
            NicKind.OTHER: self.tr("in another way"),
        }
        return words[kind]

    def network_kind(self, kind: NetworkKind) -> str:
        words = {
            NetworkKind.NETWORK: self.tr("virtual network"),
            NetworkKind.PORTGROUP: self.tr("port group"),
            NetworkKind.DISTRIBUTED_PORTGROUP: self.tr("distributed port group"),
            NetworkKind.BRIDGE: self.tr("bridge"),
            NetworkKind.OPAQUE: self.tr("opaque, managed elsewhere"),
        }
        return words[kind]

    def switch_kind(self, kind: SwitchKind) -> str:
        words = {
            SwitchKind.STANDARD: self.tr("standard switch"),
            SwitchKind.DISTRIBUTED: self.tr("distributed switch"),
            SwitchKind.BRIDGE: self.tr("bridge"),
            SwitchKind.OPEN_VSWITCH: self.tr("Open vSwitch"),
            SwitchKind.OTHER: self.tr("switch"),
        }
        return words[kind]

    def age(self, entity: EntityId) -> str:
        """Where what is known of an entity comes from, and how old it is: for tooltips."""
        record = self._replica.records.get(self._replica.connection_of(entity) or entity)
        if not isinstance(record, Connection):
            return ""
        since = record.health.since
        if not self._replica.link.up:
            return self.tr("as of {0}, when the engine stopped").format(clock(self._replica.link.since))
        if self._replica.is_stale(entity):
            return self.tr("as of {0}; {1} has not answered since").format(
                clock(record.seen_at or since), visible(record.name, 60)
            )
        return self.tr("live from {0}").format(visible(record.name, 60))

    def state(self, record: AnyRecord) -> str:
        """Its state in a word, with what is known to be stale said so."""
        word = look(record).word
        if isinstance(record, Connection):
            return word if self._replica.link.up else STALE.word
        if self._replica.is_stale(record.id):
            return f"{word} · {STALE.word}" if word else STALE.word
        return word

    def progress(self, connection: Connection) -> str:
        """How far its discovery is; empty where none is under way."""
        progress = self._replica.progress.get(connection.id)
        if progress is None or progress.done is None:
            return ""
        done = number(progress.done)
        return f"{done} / {number(progress.expected)}" if progress.expected else done

    def connection_detail(self, connection: Connection) -> str:
        """Behind a connection in the tree: its state, with progress or the time since when."""
        if not self._replica.link.up:
            return self.tr("stale since {0}").format(clock(self._replica.link.since))
        if progress := self.progress(connection):
            return progress
        word = CONNECTION[connection.health.state].word
        if connection.health.state is State.STALE and connection.health.since is not None:
            return self.tr("stale since {0}").format(clock(connection.health.since))
        return word

    def tooltip(self, record: AnyRecord) -> list[str]:
        """Lines about a record: what it is, how it is, where it is, how old that is."""
        lines = [f"{self.kind(record.kind)} · {self.state(record)}" if self.state(record) else self.kind(record.kind)]
        match record:
            case VM():
                lines.append(self.tr("on {0}").format(self.name(record.host)))
            case Host():
                lines.append(record.product or "")
            case Connection():
                lines += [record.uri, record.health.reason, record.health.prospects]
        lines.append(self.age(record.id))
        return [line for line in lines if line]

    # --- changes --------------------------------------------------------------------------------------------------

    def several(self, kind: str, count: int) -> str:
        """So many of a kind."""
        match kind:
            case "vm":
                return self.tr("%Ln VM(s)", "", count)
            case "host":
                return self.tr("%Ln host(s)", "", count)
            case "network":
                return self.tr("%Ln network(s)", "", count)
            case "datastore":
                return self.tr("%Ln datastore(s)", "", count)
            case "cluster":
                return self.tr("%Ln cluster(s)", "", count)
            case "datacenter":
                return self.tr("%Ln datacenter(s)", "", count)
            case "connection":
                return self.tr("%Ln connection(s)", "", count)
            case _:
                return f"{number(count)} × {self.kind(kind)}"

    def action(self, change: Change, *, several: bool = False) -> str:
        """What happened to what: “NIC 52:54:… · VLAN”; of several entities the part is not named."""
        if not change.path:
            return {
                Action.ADDED: self.tr("appeared"),
                Action.REMOVED: self.tr("disappeared"),
                Action.CHANGED: self.tr("changed"),
            }[change.action]
        if (part := _part.fullmatch(change.path)) is None:
            return " · ".join(self.field(word) for word in change.path.split("."))
        group, key, field = part.groups()
        what = self.field(group) if several and group in OWN_PARTS else self._part(change.entity, group, key)
        return f"{what} · {self.field(field)}" if field else what

    def _part(self, entity: EntityId, group: str, key: str) -> str:
        """A NIC, disk or snapshot by the name a person knows it by."""
        record = self._replica.records.get(entity)
        parts = (part for part in getattr(record, group, ()) if getattr(part, "key", None) == key)
        if (part := next(parts, None)) is not None and (
            label := getattr(part, "label", "") or getattr(part, "name", "")
        ):
            return visible(label, 60)
        return f"{self.part(group)} {visible(key, 40)}"

    def part(self, group: str) -> str:
        """One of what a field with parts holds."""
        kinds = {
            "nics": self.tr("NIC"),
            "disks": self.tr("disk"),
            "snapshots": self.tr("snapshot"),
            "devices": self.tr("device"),
        }
        return kinds.get(group) or self.field(group)

    def none(self) -> str:
        """Known to be none."""
        return self.tr("none")

    def field(self, name: str) -> str:
        """A field of a record, as a person calls it."""
        words = {
            "vlan": self.tr("VLAN"),
            "mac": self.tr("MAC"),
            "os": self.tr("system"),
            "nics": self.tr("network cards"),
            "link_up": self.tr("link"),
            "uuid": self.tr("UUID"),
            "vcpus": self.tr("virtual CPUs"),
            "memory_bytes": self.tr("memory"),
            "capacity_bytes": self.tr("capacity"),
            "port_vlan": self.tr("VLAN of the port"),
            "network_name": self.tr("network"),
            "power": self.tr("power"),
            "access": self.tr("access"),
            "host": self.tr("host"),
            "cluster": self.tr("cluster"),
            "datacenter": self.tr("datacenter"),
            "datastore": self.tr("datastore"),
            "network": self.tr("network"),
            "switch": self.tr("switch"),
            "parent": self.tr("part of"),
            "name": self.tr("name"),
            "state": self.tr("state"),
            "guest": self.tr("guest"),
            "os_id": self.tr("system's id"),
            "family": self.tr("family"),
            "kernel": self.tr("kernel"),
            "hostname": self.tr("host name"),
            "tools": self.tr("tools"),
            "tools_version": self.tr("version of the tools"),
            "source": self.tr("source"),
            "label": self.tr("label"),
            "model": self.tr("model"),
            "type": self.tr("type"),
            "addresses": self.tr("addresses"),
            "connected": self.tr("connected"),
            "connect_at_power_on": self.tr("connected at power-on"),
            "blocked": self.tr("blocked"),
            "filter": self.tr("filter"),
            "filter_parameters": self.tr("parameters of the filter"),
            "port": self.tr("port"),
            "device": self.tr("device"),
            "folder": self.tr("folder"),
            "resource_pool": self.tr("resource pool"),
            "template": self.tr("template"),
            "persistent": self.tr("persistent"),
            "autostart": self.tr("autostart"),
            "annotation": self.tr("notes"),
            "created_at": self.tr("created"),
            "booted_at": self.tr("booted"),
            "firmware": self.tr("firmware"),
            "secure_boot": self.tr("secure boot"),
            "hardware": self.tr("hardware"),
            "tags": self.tr("tags"),
            "labels": self.tr("labels"),
            "alarms": self.tr("alarms"),
            "attributes": self.tr("attribute"),
            "settings": self.tr("setting"),
            "snapshots": self.tr("snapshots"),
            "disks": self.tr("disks"),
            "path": self.tr("path"),
            "allocated_bytes": self.tr("allocated"),
            "free_bytes": self.tr("free"),
            "size_bytes": self.tr("size"),
            "format": self.tr("format"),
            "bus": self.tr("bus"),
            "backing": self.tr("backed by"),
            "readonly": self.tr("read-only"),
            "shareable": self.tr("shared"),
            "encrypted": self.tr("encrypted"),
            "serial": self.tr("serial number"),
            "description": self.tr("description"),
            "current": self.tr("current"),
            "vendor": self.tr("vendor"),
            "location": self.tr("location"),
            "product": self.tr("product"),
            "cpu_model": self.tr("processor"),
            "cpu_sockets": self.tr("sockets"),
            "cpu_cores": self.tr("cores"),
            "cpu_threads": self.tr("threads"),
            "cpu_mhz": self.tr("MHz"),
            "bridge": self.tr("bridge"),
            "forward": self.tr("forwarding"),
            "subnets": self.tr("subnets"),
            "active": self.tr("active"),
            "accessible": self.tr("accessible"),
            "applications": self.tr("application"),
            "services": self.tr("service"),
            "users": self.tr("user"),
            "patches": self.tr("patch"),
            "sockets": self.tr("listening socket"),
            "modules": self.tr("kernel module"),
            "signs": self.tr("sign of tampering"),
            "administrator": self.tr("administrator"),
            "locked": self.tr("locked"),
            "password": self.tr("password"),
            "keys": self.tr("SSH keys"),
            "value": self.tr("value"),
            "command": self.tr("command"),
            "schedule": self.tr("schedule"),
            "user": self.tr("user"),
            "version": self.tr("version"),
            "enabled": self.tr("starts by itself"),
            "running": self.tr("runs"),
            "health": self.tr("health"),
            "since": self.tr("since"),
            "reason": self.tr("reason"),
        }
        return words.get(name) or visible(name.replace("_", " "), 60)

    def sides(self, change: Change) -> tuple[str, str]:
        """What a property was before a change, and what it is after."""
        return self._side(change.path, change.before), self._side(change.path, change.after)

    def _side(self, path: str, value: Any) -> str:
        if isinstance(value, str) and (state := _STATES.get(path, {}).get(value)) is not None:
            return state.word
        if isinstance(value, bool) and path.endswith(".link_up"):
            return self.tr("up") if value else self.tr("down")
        if path == "guest.tools" and isinstance(value, str) and value in _TOOLS:
            return self.tools_state(ToolsState(value))
        return self.value(value)

    def value(self, value: Any) -> str:
        """What a property is, in words."""
        match value:
            case None:
                return UNKNOWN
            case bool():
                return self.yes_no(value)
            case str() if value.count("/") >= 2 and (record := self._replica.records.get(EntityId(value))) is not None:
                return visible(record.name, 80)
            case str() if value.startswith(RECORD_PREFIX):
                return self.tr("the console's signed record")  # a thousand characters that tell nobody anything
            case str():
                return visible(value, 120)
            case int() | float():
                return QLocale().toString(value)
            case {"mode": str()}:
                try:
                    return self.vlan(msgspec.convert(value, Vlan))
                except msgspec.ValidationError:
                    return visible(str(value), 120)
            case dict() if value:
                return visible(called(value), 120)
            case dict() | list() | tuple():
                return visible(", ".join(self.value(item) for item in value[:20]), 120) if value else self.tr("none")
            case _:
                return visible(str(value), 120)

    def seen(self, seen: Seen) -> str:
        return {
            Seen.DISCOVERY: self.tr("discovery"),
            Seen.EVENT: self.tr("event"),
            Seen.POLL: self.tr("polling"),
            Seen.RESYNC: self.tr("after a gap"),
            Seen.INSPECTION: self.tr("inspection"),
            Seen.CONSOLE: self.tr("this console"),
        }[seen]
