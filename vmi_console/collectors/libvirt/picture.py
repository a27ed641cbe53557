"""What one session has read of an endpoint, put together into records, and which of them were reported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from vmi_console.collectors.libvirt import filter as filters
from vmi_console.collectors.libvirt import guest, host, load, markup, network, storage
from vmi_console.collectors.libvirt.domain import agent_connected
from vmi_console.collectors.libvirt.guest import AgentFacts, ByMac, Lease
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.collectors.libvirt.survey import Definition, Described, HostFacts, Listed
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, entity_id, kind_of
from vmi_console.estate.records import VM, Disk, Host, NicKind, Power, Snapshot, Switch, SwitchKind


class Picture:
    """Knows no connection: it is told what was read, and tells what is new. VMs are meant by their UUID."""

    def __init__(self, endpoint: str, facts: HostFacts, name: str) -> None:
        self.host_id = entity_id("host", endpoint, facts.uuid or endpoint.partition(".")[0])
        self.around = Surroundings(endpoint, self.host_id)
        self.listed: dict[str, Listed] = {}
        self.fingerprints: dict[str, int] = {}
        self.snapshots: dict[str, tuple[Snapshot, ...]] = {}
        self._host_name = name
        self._facts = facts
        self._vms: dict[str, VM] = {}
        self._networks: tuple[network.NetworkDefinition, ...] = ()
        self._bridges: dict[str, host.Bridge] | None = None
        self._leases: dict[str, tuple[Lease, ...]] = {}
        self._arp: dict[str, dict[str, guest.ByMac]] = {}
        self._agents: dict[str, tuple[AgentFacts, datetime]] = {}
        self._sizes: dict[str, Mapping[str, load.BlockSize]] = {}
        self._reported: dict[EntityId, AnyRecord] = {}

    # --- being told ---------------------------------------------------------------------------------------------------

    def list_domains(self, listed: dict[str, Listed]) -> set[str]:
        """Takes the new list; gives the domains to be read again, because they are new or their entry has changed."""
        changed = {uuid for uuid, entry in listed.items() if self.listed.get(uuid) != entry}
        for uuid in [uuid for uuid in self._vms if uuid not in listed]:
            for facts in (self._vms, self.fingerprints, self.snapshots, self._sizes):
                facts.pop(uuid, None)
        for uuid in self._agents.keys() | self._arp.keys():
            if uuid not in listed or not listed[uuid].active:
                self._agents.pop(uuid, None)
                self._arp.pop(uuid, None)
        self.listed = listed
        return changed

    def define(self, definitions: Iterable[Definition]) -> set[str]:
        """Takes definitions; gives the domains whose XML has changed."""
        changed = set()
        for uuid, fingerprint, record in definitions:
            self.fingerprints[uuid] = fingerprint
            if record is not None:
                self._vms[uuid] = record
                changed.add(uuid)
        return changed

    def put_snapshots(self, uuids: Iterable[str], found: Mapping[str, tuple[Snapshot, ...]]) -> set[str]:
        """Takes what snapshots these domains have now; gives the domains where that is a change."""
        changed = set()
        for uuid in uuids:
            now = found.get(uuid, ())
            if now != self.snapshots.get(uuid, ()):
                changed.add(uuid)
                self.snapshots[uuid] = now
        return changed

    def put_networks(self, described: Iterable[Described], bridges: Iterable[host.Bridge] | None) -> bool:
        """Takes the networks; True where definitions must be parsed again since names now mean other networks."""
        definitions = []
        for each in described:
            try:
                definitions.append(network.network(each.xml, self.around, active=each.active, autostart=each.autostart))
            except markup.Unreadable:
                continue
        self._networks = tuple(definitions)
        self._bridges = {bridge.name: bridge for bridge in bridges} if bridges is not None else None
        networks, portgroups, defaults = network.lookup(definitions)
        return self._look_around(
            replace(self.around, networks=networks, portgroups=portgroups, default_portgroups=defaults)
        )

    def put_pools(self, described: Iterable[Described]) -> tuple[tuple[AnyRecord, ...], bool]:
        """Takes the pools; gives their records, and True as `put_networks` does."""
        stores = []
        for each in described:
            try:
                stores.append(storage.pool(each.xml, self.around, active=each.active))
            except markup.Unreadable:
                continue
        folders = {store.path.rstrip("/"): store.id for store in stores if store.path and store.path.startswith("/")}
        moved = self._look_around(
            replace(self.around, pools={store.name: store.id for store in stores}, pool_folders=folders)
        )
        return tuple(stores), moved

    def _look_around(self, around: Surroundings) -> bool:
        if around == self.around:
            return False
        self.around = around
        self.fingerprints.clear()
        return True

    def put_host(self, facts: HostFacts) -> None:
        """Takes what the host tells of itself now."""
        self._facts = facts

    def put_sizes(self, sizes: Mapping[str, Mapping[str, load.BlockSize]]) -> None:
        """Takes the sizes of some domains' disks, by target name."""
        self._sizes.update(sizes)

    def put_leases(self, leases: Iterable[Lease]) -> None:
        """Takes every lease there is."""
        by_mac: dict[str, tuple[Lease, ...]] = {}
        for each in leases:
            by_mac[each.mac] = (*by_mac.get(each.mac, ()), each)
        self._leases = by_mac

    def put_addresses(self, source: str, found: Mapping[str, ByMac]) -> None:
        """Takes addresses by domain. A card that the source is silent about keeps those it had from it until power-off:
        an entry that a host's ARP table has dropped is not an address that the guest gave up."""
        for uuid, by_mac in found.items():
            known = self._arp.setdefault(uuid, {})
            known[source] = {**known.get(source, {}), **{mac: told for mac, told in by_mac.items() if told}}

    def put_agent(self, uuid: str, facts: AgentFacts) -> None:
        """Takes what a guest's agent has just told."""
        # An answer that repeats itself keeps its time, so that asking again is no change of the estate.
        if uuid not in self._agents or self._agents[uuid][0] != facts:
            self._agents[uuid] = (facts, datetime.now(UTC))

    # --- telling ------------------------------------------------------------------------------------------------------

    def running(self) -> list[str]:
        """The domains that run."""
        return [uuid for uuid, entry in self.listed.items() if entry.active]

    def agents(self) -> list[str]:
        """The running domains whose guest's agent has opened its channel."""
        return [uuid for uuid in self.running() if uuid in self._vms and agent_connected(self._vms[uuid])]

    def vms(self, uuids: Iterable[str]) -> list[AnyRecord]:
        """The records of these domains, as far as they have been read."""
        return [self._vm(uuid, self._vms[uuid], self.listed[uuid]) for uuid in uuids if uuid in self._vms]

    def host_record(self) -> Host:
        """The host, with the switch of each of its ports."""
        facts = self._facts
        return host.host(
            self.host_id,
            facts.name or self._host_name,
            uuid=facts.uuid,
            product=facts.product,
            machine=facts.machine,
            sysinfo=facts.sysinfo,
            nics=tuple(
                msgspec.structs.replace(nic, switch=self._switch_of_port(nic.key)) if self._bridges else nic
                for nic in facts.nics
            ),
        )

    def defined_networks(self) -> list[AnyRecord]:
        """libvirt's networks and their portgroups."""
        return [record for each in self._networks for record in (each.network, *each.portgroups)]

    def network_records(self) -> list[AnyRecord]:
        """Networks, their portgroups, bridges that domains use directly, and the switches behind them all."""
        records = self.defined_networks()
        defined = (each.switch for each in self._networks if each.switch is not None)
        switches = {switch.name: self._detailed(switch) for switch in defined}
        for name in sorted(self._bridges_in_use()):
            known = (self._bridges or {}).get(name)
            tag = known.vlan(self._guests_ports()) if known else None
            records.append(network.bridge(name, self.around, tag))
            plain = Switch(
                id=network.switch_id(name, self.around), name=name, type=SwitchKind.BRIDGE, host=self.host_id
            )
            switches.setdefault(name, self._detailed(plain))
        return [*switches.values(), *records]

    def filter_records(self, texts: Iterable[str]) -> list[AnyRecord]:
        """The filters that these definitions describe."""
        records: list[AnyRecord] = []
        for text in texts:
            try:
                records.append(filters.nwfilter(text, self.around))
            except markup.Unreadable:
                continue
        return records

    def news(self, records: Iterable[AnyRecord]) -> tuple[AnyRecord, ...]:
        """Those that were not reported as they are now; from now on they were."""
        fresh = tuple(record for record in records if self._reported.get(record.id) != record)
        self._reported.update((record.id, record) for record in fresh)
        return fresh

    def gone(self, kinds: Collection[str], present: Iterable[EntityId]) -> tuple[EntityId, ...]:
        """The reported entities of these kinds that are no longer present; from now on they were never reported."""
        still = set(present)
        gone = tuple(entity for entity in self._reported if kind_of(entity) in kinds and entity not in still)
        for entity in gone:
            del self._reported[entity]
        return gone

    def forget_reports(self) -> None:
        """Everything is news again."""
        self._reported.clear()

    # --- putting together ---------------------------------------------------------------------------------------------

    def _vm(self, uuid: str, definition: VM, entry: Listed) -> VM:
        sources: tuple[ByMac, ...] = ()
        agent = hostname = read_at = None
        if entry.active:
            leases = {mac: tuple(each.address for each in known) for mac, known in self._leases_of(definition).items()}
            sources = (leases, *self._arp.get(uuid, {}).values())
            hostname = self._leased_name(definition)
            if uuid in self._agents:
                agent, read_at = self._agents[uuid]
                sources = (agent.addresses, *sources)
        sizes = self._sizes.get(uuid)
        return msgspec.structs.replace(
            definition,
            id=self.around.vm(uuid),
            power=entry.power if entry.power is not Power.UNKNOWN else definition.power,
            persistent=entry.persistent,
            autostart=entry.autostart,
            snapshots=self.snapshots.get(uuid, ()),
            nics=guest.with_addresses(definition.nics, sources) if sources else definition.nics,
            disks=tuple(_sized(disk, sizes) for disk in definition.disks) if sizes else definition.disks,
            guest=guest.summary(definition.guest, agent, hostname, read_at),
        )

    def _leases_of(self, definition: VM) -> dict[str, tuple[Lease, ...]]:
        return {nic.mac: self._leases[nic.mac] for nic in definition.nics if nic.mac and nic.mac in self._leases}

    def _leased_name(self, definition: VM) -> str | None:
        names = (each.hostname for leases in self._leases_of(definition).values() for each in leases)
        return next(filter(None, names), None)

    def _bridges_in_use(self) -> set[str]:
        return {nic.source for vm in self._vms.values() for nic in vm.nics if nic.type is NicKind.BRIDGE and nic.source}

    def _guests_ports(self) -> set[str]:
        """The host's side of every card: ports of bridges that come and go with guests."""
        return {nic.device for vm in self._vms.values() for nic in vm.nics if nic.device}

    def _detailed(self, switch: Switch) -> Switch:
        bridge = (self._bridges or {}).get(switch.name)
        if bridge is None:
            return switch
        return msgspec.structs.replace(
            switch, uplinks=bridge.uplinks(self._guests_ports()), mtu=switch.mtu or bridge.mtu
        )

    def _switch_of_port(self, port: str) -> EntityId | None:
        for bridge in (self._bridges or {}).values():
            if any(name == port or name.startswith(f"{port}.") for name, _ in bridge.ports):
                return network.switch_id(bridge.name, self.around)
        return None


def _sized(disk: Disk, sizes: Mapping[str, load.BlockSize]) -> Disk:
    size = sizes.get(disk.key)
    if size is None:
        return disk
    return msgspec.structs.replace(disk, capacity_bytes=size.capacity_bytes, allocated_bytes=size.allocated_bytes)
