"""The blocking calls of one connection, each of which gives plain typed data.

Every method here may block for as long as the daemon likes: they are called on worker threads only. Handles of libvirt
(domains and so on) stay inside: dropping the last one closes the connection, which blocks too.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import libvirt

from vmi_console.collectors.libvirt import domain, guest, host, load, markup
from vmi_console.collectors.libvirt.errors import GONE, REFUSED, is_lost
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.estate.records import VM, PhysicalNic, Power, Snapshot, Source

_log = logging.getLogger(__name__)

AGENT_TIMEOUT_S = 5

_NOWAIT = libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT
_LOAD = (
    libvirt.VIR_DOMAIN_STATS_CPU_TOTAL
    | libvirt.VIR_DOMAIN_STATS_BALLOON
    | libvirt.VIR_DOMAIN_STATS_VCPU
    | libvirt.VIR_DOMAIN_STATS_INTERFACE
    | libvirt.VIR_DOMAIN_STATS_BLOCK
)
POWER = {
    libvirt.VIR_DOMAIN_RUNNING: Power.ON,
    libvirt.VIR_DOMAIN_BLOCKED: Power.ON,
    libvirt.VIR_DOMAIN_SHUTDOWN: Power.ON,
    libvirt.VIR_DOMAIN_PAUSED: Power.PAUSED,
    libvirt.VIR_DOMAIN_SHUTOFF: Power.OFF,
    libvirt.VIR_DOMAIN_CRASHED: Power.CRASHED,
    libvirt.VIR_DOMAIN_PMSUSPENDED: Power.SUSPENDED,
}


class Listed(NamedTuple):
    """What the lists tell of a domain without reading its definition."""

    name: str
    active: bool
    power: Power
    persistent: bool
    autostart: bool | None
    has_snapshots: bool


class Definition(NamedTuple):
    """A domain's XML, parsed; `record` is None where the XML is what it was."""

    uuid: str
    fingerprint: int
    record: VM | None


@dataclass(frozen=True, slots=True)
class Described:
    """The definition of a network or pool, and what its lists tell."""

    xml: str
    active: bool | None
    autostart: bool | None = None


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What does not change while a daemon runs (but for its network ports)."""

    uuid: str | None
    name: str
    product: str
    machine: host.Machine | None
    sysinfo: str | None
    nics: tuple[PhysicalNic, ...]


class Survey:
    """One open connection and the handles that belong to it."""

    def __init__(self, connection: libvirt.virConnect) -> None:
        self.connection = connection
        self._domains: dict[str, Any] = {}
        self._refused: set[str] = set()

    def ping(self) -> None:
        """Any answer will do."""
        self.connection.getLibVersion()

    def close(self) -> None:
        """Drops every handle, and the connection last."""
        self._domains.clear()
        self.connection.close()

    # --- domains ----------------------------------------------------------------------------------------------------

    def domains(self) -> dict[str, Listed]:
        """Every domain by UUID, running or not: one call, and one for each property that has a list of its own."""
        handles, states = self._list()
        marked = {name: self._having(flag) for name, flag in _MARKS.items()}
        listed = {}
        for uuid, handle in handles.items():
            active = handle.ID() != -1
            power = POWER.get(states.get(uuid), Power.ON if active else Power.UNKNOWN)
            if power is Power.OFF and uuid in (marked["saved"] or ()):
                power = Power.SUSPENDED
            listed[uuid] = Listed(
                name=_name(handle, uuid),
                active=active,
                power=power,
                persistent=uuid not in (marked["transient"] or ()),
                autostart=uuid in marked["autostart"] if marked["autostart"] is not None else None,
                has_snapshots=uuid in (marked["snapshots"] or ()),
            )
        self._domains = handles
        return listed

    def _list(self) -> tuple[dict[str, Any], dict[str, int | None]]:
        """Handles and states. The statistics are a list too, and the only one that tells states at no extra call."""
        answer = self._try("getAllDomainStats", lambda: self._stats(libvirt.VIR_DOMAIN_STATS_STATE, _NOWAIT), None)
        if answer is not None:
            handles = {handle.UUIDString(): handle for handle, _ in answer}
            return handles, {handle.UUIDString(): stats.get("state.state") for handle, stats in answer}
        handles = {handle.UUIDString(): handle for handle in self.connection.listAllDomains()}
        return handles, {uuid: self._try("state", _state, None, handle) for uuid, handle in handles.items()}

    def _stats(self, what: int, flags: int) -> Any:
        return self.connection.getAllDomainStats(what, flags)

    def _having(self, flag: int) -> frozenset[str] | None:
        handles = self._ask(f"listAllDomains {flag}", self.connection.listAllDomains, None, flag)
        return frozenset(handle.UUIDString() for handle in handles) if handles is not None else None

    def definitions(self, uuids: Iterable[str], known: Mapping[str, int], around: Surroundings) -> list[Definition]:
        """The definitions in force (of a running domain the live one), parsed where they are not the known ones.

        Domains that went away meanwhile are left out.
        """
        found = []
        for uuid in uuids:
            handle = self._domains.get(uuid)
            if handle is None:
                continue
            fingerprint = 0
            try:
                text = handle.XMLDesc()
                fingerprint = hash(text)
                changed = known.get(uuid) != fingerprint
                found.append(Definition(uuid, fingerprint, domain.vm(text, around) if changed else None))
            except (libvirt.libvirtError, UnicodeDecodeError, markup.Unreadable) as error:
                if isinstance(error, libvirt.libvirtError) and is_lost(error):
                    raise
                if isinstance(error, libvirt.libvirtError) and (error.get_error_code() in GONE or uuid in known):
                    continue  # what was read before stays until it can be read again
                if known.get(uuid) != fingerprint:
                    _log.warning("the definition of domain %s cannot be read: %s", uuid, error)
                record = domain.unreadable(uuid, _name(handle, uuid), around)
                found.append(Definition(uuid, fingerprint, record))
        return found

    def snapshots(
        self, uuids: Iterable[str], known: Mapping[str, tuple[Snapshot, ...]]
    ) -> dict[str, tuple[Snapshot, ...]]:
        """The snapshots of domains, oldest first; those whose names are the known ones are not read again."""
        return {
            uuid: self._try("snapshots", self._snapshots, (), handle, known.get(uuid, ()))
            for uuid in uuids
            if (handle := self._domains.get(uuid)) is not None
        }

    def _snapshots(self, handle: Any, known: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
        names = handle.snapshotListNames()
        current = handle.snapshotCurrent().getName() if names and handle.hasCurrentSnapshot() else None
        if {(each.name, each.current) for each in known} == {(name, name == current) for name in names}:
            return known
        found = []
        for each in handle.listAllSnapshots():
            try:
                found.append(domain.snapshot(each.getXMLDesc(), current))
            except markup.Unreadable as error:
                _log.warning("a snapshot of domain %s cannot be read: %s", handle.UUIDString(), error)
        return tuple(sorted(found, key=lambda each: (each.created_at is None, each.created_at, each.name)))

    def sizes(self, uuids: frozenset[str]) -> dict[str, dict[str, load.BlockSize]]:
        """The sizes of the disks of these domains, by target name: one call."""
        handles = [handle for uuid in uuids if (handle := self._domains.get(uuid)) is not None]
        if not handles:
            return {}
        answer = self._try(
            "block stats", self.connection.domainListGetStats, (), handles, libvirt.VIR_DOMAIN_STATS_BLOCK, _NOWAIT
        )
        return {handle.UUIDString(): load.block_sizes(stats) for handle, stats in answer}

    def loads(self) -> dict[str, load.Counters]:
        """The counters of every running domain: one call."""
        flags = _NOWAIT | libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE
        answer = self._try("load", self._stats, (), _LOAD, flags)
        now = time.monotonic()
        return {handle.UUIDString(): load.counters(stats, now) for handle, stats in answer}

    # --- addresses and agents ---------------------------------------------------------------------------------------

    def leases(self) -> list[guest.Lease] | None:
        """What the DHCP servers of the host's networks gave out; None where the driver does not tell."""
        found: list[guest.Lease] = []
        for network in self._try(
            "leases", self.connection.listAllNetworks, (), libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE
        ):
            answer = self._try("DHCPLeases", network.DHCPLeases, None)
            if answer is None:
                return None
            found.extend(each for entry in answer if (each := guest.lease(entry)) is not None)
        return found

    def addresses(self, uuids: Iterable[str], source: Source) -> dict[str, guest.ByMac]:
        """The addresses of running domains from ARP or, where networks do not list them, from leases."""
        how = _ADDRESS_SOURCES[source]
        found: dict[str, guest.ByMac] = {}
        for uuid in uuids:
            handle = self._domains.get(uuid)
            answer = self._try(f"addresses {source}", handle.interfaceAddresses, None, how) if handle else None
            if answer:
                found[uuid] = guest.addresses(answer, source)
        return found

    def ask_agent(self, uuid: str) -> guest.AgentFacts | None:
        """What a guest's agent tells; None where it does not answer in time, or this session may not ask."""
        handle = self._domains.get(uuid)
        if handle is None:
            return None
        try:
            handle.agentSetResponseTimeout(AGENT_TIMEOUT_S)
            what = libvirt.VIR_DOMAIN_GUEST_INFO_OS | libvirt.VIR_DOMAIN_GUEST_INFO_HOSTNAME
            info = handle.guestInfo(what)
            interfaces = handle.interfaceAddresses(libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT)
        except libvirt.libvirtError as error:
            if is_lost(error):
                raise
            _log.debug("the agent of domain %s does not answer: %s", uuid, error)
            return None
        return guest.agent_facts(info, guest.addresses(interfaces, Source.TOOLS))

    # --- networks, pools, filters -----------------------------------------------------------------------------------

    def networks(self) -> tuple[Described, ...]:
        """Every network."""
        every = self._ask("networks", self.connection.listAllNetworks, ())
        active = self._names("active networks", self.connection.listAllNetworks, _ACTIVE_NETWORKS) if every else None
        autostart = self._names("autostart", self.connection.listAllNetworks, _AUTOSTART_NETWORKS) if every else None
        return tuple(
            Described(
                text,
                each.name() in active if active is not None else None,
                each.name() in autostart if autostart is not None else None,
            )
            for each in every
            if (text := self._try("network", each.XMLDesc, None)) is not None
        )

    def pools(self) -> tuple[Described, ...]:
        """Every storage pool, with the sizes of its last refresh."""
        every = self._ask("pools", self.connection.listAllStoragePools, ())
        active = self._names("active pools", self.connection.listAllStoragePools, _ACTIVE_POOLS) if every else None
        return tuple(
            Described(text, each.name() in active if active is not None else None)
            for each in every
            if (text := self._try("pool", each.XMLDesc, None)) is not None
        )

    def filters(self) -> tuple[str, ...]:
        """The XML of every nwfilter."""
        every = self._ask("filters", self.connection.listAllNWFilters, ())
        return tuple(text for each in every if (text := self._try("filter", each.XMLDesc, None)) is not None)

    def bridges(self) -> tuple[host.Bridge, ...] | None:
        """The host's bridges; None where the daemon has no driver for interfaces."""
        every = self._ask("interfaces", self.connection.listAllInterfaces, None)
        if every is None:
            return None
        texts = (self._try("interface", each.XMLDesc, None) for each in every)
        return tuple(bridge for text in texts if text is not None and (bridge := _read(host.bridge, text)) is not None)

    # --- the host ---------------------------------------------------------------------------------------------------

    def host(self) -> HostFacts:
        """What the host is."""
        capabilities = self._try("capabilities", self.connection.getCapabilities, None)
        info = self._try("info", self.connection.getInfo, None)
        return HostFacts(
            uuid=_read(host.host_uuid, capabilities) if capabilities is not None else None,
            name=self._try("hostname", self.connection.getHostname, "") or "",
            product=self._product(),
            machine=host.Machine(*info) if info is not None else None,
            sysinfo=self._try("sysinfo", self.connection.getSysinfo, None),
            nics=self._nics(),
        )

    def host_load(self, cpus: int | None) -> load.Counters:
        """The host's own counters."""
        cpu = self._try("CPU stats", self.connection.getCPUStats, {}, libvirt.VIR_NODE_CPU_STATS_ALL_CPUS)
        memory = self._try("memory stats", self.connection.getMemoryStats, {}, libvirt.VIR_NODE_MEMORY_STATS_ALL_CELLS)
        return load.host_counters(cpu, memory, cpus, time.monotonic())

    def _product(self) -> str:
        version = self._try("version", self.connection.getVersion, None)
        library = self._try("library version", self.connection.getLibVersion, None)
        name = self.connection.getType()
        hypervisor = f"{name} {_version(version)}" if version else name
        return f"{hypervisor}, libvirt {_version(library)}" if library else hypervisor

    def _nics(self) -> tuple[PhysicalNic, ...]:
        flag = libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET
        devices = self._ask("node devices", self.connection.listAllDevices, (), flag)
        texts = (self._try("node device", each.XMLDesc, None) for each in devices)
        found = (_read(host.physical_nic, text) for text in texts if text is not None)
        return tuple(sorted((nic for nic in found if nic is not None), key=lambda nic: nic.key))

    # --- calls that may be refused ----------------------------------------------------------------------------------

    def _try(self, what: str, call: Callable[..., Any], otherwise: Any, *arguments: Any) -> Any:
        """Asks for one thing of many: `otherwise` where it is gone or cannot be told just now."""
        try:
            return self._ask(what, call, otherwise, *arguments)
        except libvirt.libvirtError as error:
            if is_lost(error):
                raise
            if error.get_error_code() not in GONE:
                _log.debug("%s failed: %s", what, error)
            return otherwise

    def _ask(self, what: str, call: Callable[..., Any], otherwise: Any, *arguments: Any) -> Any:
        """The answer, or `otherwise` where this driver or daemon refuses such calls; it is not asked again then.

        Lists are asked so: one that failed must not look like an empty one.
        """
        if what in self._refused:
            return otherwise
        try:
            return call(*arguments)
        except libvirt.libvirtError as error:
            if error.get_error_code() not in REFUSED:
                raise
            _log.info("not read on this connection: %s (%s)", what, error)
            self._refused.add(what)
            return otherwise

    def _names(self, what: str, list_all: Callable[[int], Any], flag: int) -> frozenset[str] | None:
        handles = self._ask(what, list_all, None, flag)
        return frozenset(handle.name() for handle in handles) if handles is not None else None


_MARKS = {
    "transient": libvirt.VIR_CONNECT_LIST_DOMAINS_TRANSIENT,
    "autostart": libvirt.VIR_CONNECT_LIST_DOMAINS_AUTOSTART,
    "saved": libvirt.VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE,
    "snapshots": libvirt.VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT,
}
_ACTIVE_NETWORKS = libvirt.VIR_CONNECT_LIST_NETWORKS_ACTIVE
_AUTOSTART_NETWORKS = libvirt.VIR_CONNECT_LIST_NETWORKS_AUTOSTART
_ACTIVE_POOLS = libvirt.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE
_ADDRESS_SOURCES = {
    Source.ARP: libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP,
    Source.LEASE: libvirt.VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE,
}


def _state(handle: Any) -> int:
    state: int = handle.state()[0]
    return state


def _name(handle: Any, uuid: str) -> str:
    try:
        name: str = handle.name()
    except UnicodeDecodeError:
        return uuid
    return name


def _version(number: int) -> str:
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def _read[T](parse: Callable[[str], T], text: str) -> T | None:
    try:
        return parse(text)
    except markup.Unreadable as error:
        _log.warning("the host told something that cannot be read: %s", error)
        return None
