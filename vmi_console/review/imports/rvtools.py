"""An export of RVTools as a moment: its workbook, or the folder of its CSV files.

Ids are those that the console itself gives to what it reads from a vCenter (`VI SDK UUID` and the managed object ids
that stand in the export), so an import and a snapshot of one vCenter compare entity by entity. Where an export has no
such ids, UUIDs and names take their place, below an endpoint made of the server's name. What it lacks is not known,
and `Moment.lacks` says what that is.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vmi_console.errors import InputError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Batch, Seen
from vmi_console.estate.identity import EntityId, canonical_uuid, entity_id
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import (
    VM,
    Access,
    Address,
    Cluster,
    Datacenter,
    Datastore,
    Disk,
    DiskKind,
    GuestSummary,
    Host,
    HostState,
    Network,
    NetworkKind,
    Nic,
    NicKind,
    Part,
    Power,
    Snapshot,
    Source,
    Switch,
    SwitchKind,
    ToolsState,
)
from vmi_console.estate.vlan import Vlan, access, trunk
from vmi_console.plain_text import visible
from vmi_console.review.imports import sheets
from vmi_console.review.imports.sheets import Row, Tables, number, text, yes
from vmi_console.review.moment import Moment

TABS = (
    *("vInfo", "vCPU", "vMemory", "vDisk", "vNetwork", "vCD", "vSnapshot", "vTools", "vSource", "vHost", "vCluster"),
    *("vSwitch", "vPort", "dvSwitch", "dvPort", "vDatastore", "vMetaData"),
)

LACKING = (
    "what is inside guests",
    "findings, policies, quarantine and changes",
    "devices other than disks, CD drives and network cards",
    "advanced settings, tags, custom attributes and alarms",
    "VLANs that were set on single ports",
    "of which zone its times are: they are taken as UTC",
)

LONGEST_NAME = 500

_POWER = {"poweredon": Power.ON, "poweredoff": Power.OFF, "suspended": Power.SUSPENDED}
_TOOLS = {
    "toolsok": ToolsState.RUNNING,
    "toolsold": ToolsState.OUTDATED,
    "toolsnotrunning": ToolsState.NOT_RUNNING,
    "toolsnotinstalled": ToolsState.NOT_INSTALLED,
}
_ADAPTER = re.compile(r"network adapter (\d{1,4})", re.IGNORECASE)
_DATASTORE = re.compile(r"\[([^\]]{1,200})\]")
_ENDPOINT = re.compile(r"[\w.-]{1,120}")
_RANGE = re.compile(r"(\d{1,4})(?:\s*-\s*(\d{1,4}))?")
FIRST_ADAPTER_KEY = 3999
"""vSphere's device key of “Network adapter 1” is 4000, and so on: the export has the label alone."""


def read(path: Path, given_up: Callable[[], bool] = lambda: False) -> Moment:
    """The estate in an export. Raises `InputError`. Blocks."""
    tables = sheets.tables(path, TABS, given_up)
    if not tables.get("vInfo"):
        raise sheets.refused(path, "there is no table vInfo in it, or nothing in that")
    return _Export(path, tables).moment()


class _Export:
    """Makes records of the tables. Names find their entities within one server."""

    def __init__(self, path: Path, tables: Tables) -> None:
        self._path = path
        self._tables = tables
        self._endpoints: dict[str, str] = {}
        self._records: dict[EntityId, AnyRecord] = {}
        self._named: dict[tuple[str, str, str], EntityId | None] = {}  # by kind, endpoint, name; None: several have it
        self._parts: dict[str, dict[tuple[str, str], list[Row]]] = {}

    def moment(self) -> Moment:
        inventory = Inventory(itertools.count(1).__next__)
        self._places()
        self._networks()
        self._machines()
        try:
            inventory.apply(Batch(records=tuple(self._records.values()), seen=Seen.DISCOVERY), datetime.now(UTC))
        except RecursionError as error:
            raise InputError(f"{visible(str(self._path), 300)} cannot be read", "it is damaged") from error
        about = next(iter(self._tables.get("vMetaData", ())), {})
        taken = sheets.moment(about.get("xlsx creation datetime"))
        missing = tuple(f"the table {tab}" for tab in TABS if tab not in self._tables and tab != "vMetaData")
        at = taken or datetime.fromtimestamp(int(self._path.stat().st_mtime), UTC)
        return Moment(
            at=at,
            records=tuple(inventory.all()),
            title=self._path.name,
            source=f"RVTools {text(about.get('rvtools version')) or ''}".strip(),
            lacks=(*LACKING, *missing, *(() if taken else ("when it was taken: that is the time of its file",))),
        )

    # --- ids ------------------------------------------------------------------------------------------------------

    def _endpoint(self, row: Row) -> str:
        uuid = text(row.get("vi sdk uuid"))
        if uuid is not None and _ENDPOINT.fullmatch(uuid):
            return canonical_uuid(uuid) or uuid
        server = (text(row.get("vi sdk server")) or "").casefold()
        if server not in self._endpoints:
            said = server or "\n".join(sorted(text(each.get("vm uuid")) or "" for each in self._tables["vInfo"]))
            self._endpoints[server] = "rvtools-" + hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
        return self._endpoints[server]

    def _id(self, kind: str, row: Row, name: str, native: str | None) -> EntityId:
        endpoint = self._endpoint(row)
        entity = entity_id(kind, endpoint, (native or name)[:LONGEST_NAME])
        if self._named.setdefault((kind, endpoint, name), entity) != entity:
            self._named[kind, endpoint, name] = None
        return entity

    def _find(self, kind: str, row: Row, name: str | None) -> EntityId | None:
        return self._named.get((kind, self._endpoint(row), name)) if name is not None else None

    def _keep(self, record: AnyRecord) -> None:
        self._records.setdefault(record.id, record)

    def _rows(self, tab: str, name: str) -> Iterator[tuple[Row, str]]:
        """The rows of a table that have a name in this column."""
        for row in self._tables.get(tab, ()):
            if (called := _name(row.get(name))) is not None:
                yield row, called

    # --- places ---------------------------------------------------------------------------------------------------

    def _datacenter(self, row: Row) -> EntityId | None:
        if (name := _name(row.get("datacenter"))) is None:
            return None
        entity = self._id("datacenter", row, name, None)
        self._keep(Datacenter(id=entity, name=name))
        return entity

    def _cluster(self, row: Row) -> EntityId | None:
        if (name := _name(row.get("cluster"))) is None:
            return None
        if (known := self._find("cluster", row, name)) is not None:
            return known
        entity = self._id("cluster", row, name, None)
        self._keep(Cluster(id=entity, name=name, datacenter=self._datacenter(row)))
        return entity

    def _host(self, row: Row) -> EntityId | None:
        """The host that a row names; one that no table describes is known by its name alone."""
        if (name := _name(row.get("host"))) is None:
            return None
        if (known := self._find("host", row, name)) is not None:
            return known
        entity = self._id("host", row, name, None)
        self._keep(Host(id=entity, name=name, cluster=self._cluster(row), datacenter=self._datacenter(row)))
        return entity

    def _places(self) -> None:
        for row, name in self._rows("vCluster", "name"):
            entity = self._id("cluster", row, name, text(row.get("object id")))
            self._keep(Cluster(id=entity, name=name, drs=yes(row.get("drs enabled")), ha=yes(row.get("ha enabled"))))
        for row, name in self._rows("vHost", "host"):
            self._keep(
                Host(
                    id=self._id("host", row, name, text(row.get("object id"))),
                    name=name,
                    state=HostState.MAINTENANCE if yes(row.get("in maintenance mode")) else HostState.CONNECTED,
                    uuid=canonical_uuid(text(row.get("uuid"))),
                    cluster=self._cluster(row),
                    datacenter=self._datacenter(row),
                    vendor=text(row.get("vendor")),
                    model=text(row.get("model")),
                    serial=text(row.get("serial number")) or text(row.get("service tag")),
                    cpu_model=text(row.get("cpu model")),
                    cpu_sockets=number(row.get("# cpu")),
                    cpu_cores=number(row.get("# cores")),
                    cpu_mhz=number(row.get("speed")),
                    memory_bytes=_mib(row.get("# memory")),
                    product=text(row.get("esx version")),
                    booted_at=sheets.moment(row.get("boot time")),
                )
            )
        for row, name in self._rows("vDatastore", "name"):
            self._keep(
                Datastore(
                    id=self._id("datastore", row, name, text(row.get("object id"))),
                    name=name,
                    type=text(row.get("type")),
                    capacity_bytes=_mib(row.get("capacity mb")),
                    free_bytes=_mib(row.get("free mb")),
                    accessible=yes(row.get("accessible")),
                )
            )

    def _networks(self) -> None:
        for row, name in self._rows("dvSwitch", "switch"):
            entity = self._id("switch", row, name, text(row.get("object id")))
            self._keep(
                Switch(
                    id=entity,
                    name=name,
                    type=SwitchKind.DISTRIBUTED,
                    mtu=number(row.get("max mtu")),
                    datacenter=self._datacenter(row),
                )
            )
        for row, name in self._rows("vSwitch", "switch"):
            host = self._host(row)
            native = f"{_name(row.get('host')) or ''}:{name}"
            entity = self._id("switch", row, native, None)
            self._keep(Switch(id=entity, name=name, type=SwitchKind.STANDARD, host=host, mtu=number(row.get("mtu"))))
        for row, name in self._rows("dvPort", "port"):
            entity = self._id("network", row, name, text(row.get("object id")))
            self._named["network", self._endpoint(row), f"{name}\0{_name(row.get('switch'))}"] = entity
            self._keep(
                Network(
                    id=entity,
                    name=name,
                    type=NetworkKind.DISTRIBUTED_PORTGROUP,
                    vlan=vlan(row.get("vlan")),
                    switch=self._find("switch", row, _name(row.get("switch"))),
                    blocked=yes(row.get("blocked")),
                )
            )
        on_hosts: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        for row, name in self._rows("vPort", "port group"):
            on_hosts[self._endpoint(row), name].append(row)
        for (_, name), rows in on_hosts.items():
            self._keep(self._portgroup(name, rows))

    def _portgroup(self, name: str, rows: list[Row]) -> Network:
        """A standard portgroup: one network, with a VLAN on each of its hosts."""
        tags = {host: vlan(row.get("vlan")) for row in rows if (host := self._host(row)) is not None}
        known = {host: tag for host, tag in tags.items() if tag is not None}
        every = {vlan(row.get("vlan")) for row in rows}
        same = every.pop() if len(every) == 1 else None
        return Network(
            id=self._id("network", rows[0], name, None),
            name=name,
            type=NetworkKind.PORTGROUP,
            vlan=same,
            host_vlans={} if same is not None else known,
            hosts=tuple(tags),
        )

    # --- virtual machines -----------------------------------------------------------------------------------------

    def _machines(self) -> None:
        for tab in ("vCPU", "vMemory", "vDisk", "vNetwork", "vCD", "vSnapshot", "vTools"):
            found: dict[tuple[str, str], list[Row]] = {}
            for row in self._tables.get(tab, ()):
                if (key := self._machine(row)) is not None:
                    found.setdefault(key, []).append(row)
            self._parts[tab] = found
        for row in self._tables["vInfo"]:
            if (key := self._machine(row)) is not None:
                self._keep(self._vm(row, *key))

    def _machine(self, row: Row) -> tuple[str, str] | None:
        """What tells a VM in all tables: the server's id of it, else its UUID, else its name."""
        native = text(row.get("vm id")) or canonical_uuid(text(row.get("vm uuid"))) or _name(row.get("vm"))
        return (self._endpoint(row), native[:LONGEST_NAME]) if native is not None else None

    def _vm(self, row: Row, endpoint: str, native: str) -> VM:
        key = endpoint, native
        tools = next(iter(self._parts["vTools"].get(key, ())), {})
        cpu = next(iter(self._parts["vCPU"].get(key, ())), {})
        memory = next(iter(self._parts["vMemory"].get(key, ())), {})
        state = _TOOLS.get((text(tools.get("tools")) or "").casefold())
        os = text(row.get("os according to the vmware tools"))
        hostname = text(row.get("dns name"))
        firmware = (text(row.get("firmware")) or "").casefold()
        hardware = text(row.get("hw version")) or text(tools.get("vm version"))
        vcpus, size = number(row.get("cpus")), _mib(row.get("memory"))
        return VM(
            id=entity_id("vm", endpoint, native),
            name=_name(row.get("vm")) or native,
            power=_POWER.get((text(row.get("powerstate")) or "").casefold(), Power.UNKNOWN),
            access=_access(row.get("connection state")),
            uuid=canonical_uuid(text(row.get("smbios uuid"))),
            instance_uuid=canonical_uuid(text(row.get("vm uuid"))),
            host=self._host(row),
            folder=text(row.get("folder")) or "",
            resource_pool=text(row.get("resource pool")),
            template=yes(row.get("template")) or False,
            annotation=text(row.get("annotation")) or "",
            created_at=sheets.moment(row.get("creation date")),
            booted_at=sheets.moment(row.get("poweron")),
            vcpus=vcpus if vcpus is not None else number(cpu.get("cpus")),
            memory_bytes=size if size is not None else _mib(memory.get("size mb")),
            firmware=firmware if firmware in ("bios", "efi") else None,
            secure_boot=yes(row.get("efi secure boot")),
            hardware=f"vmx-{int(hardware):02}" if hardware is not None and hardware.isdecimal() else hardware,
            config_version=text(row.get("change version")),
            nics=_unique(self._nic(each) for each in self._parts["vNetwork"].get(key, ())),
            disks=(
                *_unique(self._disk(each) for each in self._parts["vDisk"].get(key, ())),
                *_unique(_drive(each) for each in self._parts["vCD"].get(key, ())),
            ),
            snapshots=_unique(_snapshot(each) for each in self._parts["vSnapshot"].get(key, ())),
            guest=GuestSummary(
                os=os or text(row.get("os according to the configuration file")),
                hostname=hostname,
                tools=state,
                tools_version=text(tools.get("tools version")),
                source=Source.TOOLS if os or hostname else Source.HYPERVISOR if state is not None else None,
            ),
        )

    def _nic(self, row: Row) -> Nic:
        label = text(row.get("nic label")) or text(row.get("network adapter")) or text(row.get("adapter")) or "?"
        match = _ADAPTER.fullmatch(label)
        mac = (text(row.get("mac address")) or "").lower().replace("-", ":")
        name = _name(row.get("network"))
        ips = [text(row.get(each)) or "" for each in ("ip address", "ipv4 address", "ipv6 address")]
        return Nic(
            key=str(FIRST_ADAPTER_KEY + int(match[1])) if match is not None else label[:LONGEST_NAME],
            label=label,
            mac=mac if re.fullmatch(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", mac) else None,
            model=(text(row.get("adapter")) or "").casefold() or None,
            type=NicKind.PORTGROUP if name is not None else NicKind.OTHER,
            network=self._network(row, name),
            connected=yes(row.get("connected")),
            connect_at_power_on=yes(row.get("starts connected")),
            addresses=tuple(
                Address(ip=ip, source=Source.TOOLS)
                for each in ips
                for ip in re.split(r"[,;\s]+", each)
                if re.fullmatch(r"[0-9a-fA-F.:]{2,45}", ip)
            ),
        )

    def _network(self, row: Row, name: str | None) -> EntityId | None:
        """The network of a card; one that no table describes is known by its name alone."""
        if name is None:
            return None
        if (known := self._find("network", row, f"{name}\0{_name(row.get('switch'))}")) is not None:
            return known
        if ("network", self._endpoint(row), name) in self._named:
            return self._find("network", row, name)
        entity = self._id("network", row, name, None)
        self._keep(Network(id=entity, name=name, type=NetworkKind.PORTGROUP))
        return entity

    def _disk(self, row: Row) -> Disk:
        label = text(row.get("disk")) or "?"
        path = text(row.get("disk path")) or text(row.get("path"))
        match = _DATASTORE.match(path or "")
        raw = yes(row.get("raw"))
        return Disk(
            key=(text(row.get("disk key")) or label)[:LONGEST_NAME],
            label=label,
            type=DiskKind.BLOCK if raw else DiskKind.FILE,
            device="lun" if raw else "disk",
            path=path,
            capacity_bytes=_mib(row.get("capacity mb")),
            bus=text(row.get("controller")),
            datastore=self._find("datastore", row, match[1]) if match is not None else None,
            shareable=(text(row.get("sharing mode")) or "").casefold() == "sharingmultiwriter",
        )


def vlan(value: object) -> Vlan | None:
    """A VLAN as RVTools has it: an id, or ranges of a trunk; None where it is neither.

    >>> [str(vlan(each)) for each in (0, "20", "1-10,20", "all", 9999)]
    ['none', '20', 'trunk 1–10, 20', 'None', 'None']
    """
    given = text(value) or ""
    if (single := number(given)) is not None:
        return access(single) if 0 <= single <= 4095 else None
    pieces = [_RANGE.fullmatch(piece.strip()) for piece in given.split(",")[:4096]]
    ranges = [(int(match[1]), int(match[2] or match[1])) for match in pieces if match is not None]
    if not ranges or len(ranges) != len(pieces) or any(low > high or high > 4095 for low, high in ranges):
        return None
    return (
        trunk((max(1, low), min(4094, high)) for low, high in ranges if high >= 1 and low <= 4094) if ranges else None
    )


def _drive(row: Row) -> Disk:
    label = text(row.get("device node")) or text(row.get("cd/dvd")) or "CD/DVD drive"
    connected = yes(row.get("connected"))
    return Disk(
        key=label[:LONGEST_NAME],
        label=label,
        type=DiskKind.NONE if connected is False else DiskKind.OTHER,
        device="cdrom",
        path="" if connected is False else text(row.get("device type")),
    )


def _snapshot(row: Row) -> Snapshot:
    name = text(row.get("name")) or ""
    return Snapshot(
        key=name[:LONGEST_NAME] or "?",
        name=name,
        created_at=sheets.moment(row.get("date / time")),
        description=text(row.get("description")) or "",
        size_bytes=_mib(row.get("size mb (total)")),
        power=_POWER.get((text(row.get("state")) or "").casefold()),
    )


def _unique[P: Part](parts: Iterator[P]) -> tuple[P, ...]:
    """Those with keys of their own: the second under one key is called so."""
    seen: dict[str, int] = {}
    kept = []
    for part in parts:
        key: str = part.key  # type: ignore[attr-defined]  # cards, disks and snapshots all have one
        seen[key] = count = seen.get(key, 0) + 1
        kept.append(part if count == 1 else msgspec.structs.replace(part, key=f"{key}#{count}"))
    return tuple(kept)


def _access(value: object) -> Access:
    given = (text(value) or "").casefold()
    return Access(given) if given in set(Access) else Access.CONNECTED


def _name(value: object) -> str | None:
    given = text(value)
    return given[:LONGEST_NAME] if given is not None else None


def _mib(value: object) -> int | None:
    found = number(value)
    return found << 20 if found is not None and 0 <= found < 2**42 else None
