"""All records and the indexes over them: answers by id, kind, host, network, address, and who is who."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from vmi_console.estate.catalog import AnyRecord, record_types
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.guests import Guests
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.estate.indexes import Index, VmIndexes, haystack, uuids
from vmi_console.estate.records import VM, Connection, Host, Network, Record
from vmi_console.estate.sightings import one_host, one_vm
from vmi_console.estate.software import Software


class Register:
    """Holds records as they are given to it, and keeps what is asked of them ready."""

    def __init__(self) -> None:
        self._records: dict[EntityId, AnyRecord] = {}
        self._of: dict[type[Record], dict[EntityId, Any]] = {kind: {} for kind in record_types()}
        self._by_endpoint = Index()
        self._vms = VmIndexes()
        self._haystacks: dict[EntityId, str] = {}
        self._hosts_by_cluster = Index()
        self._hosts_by_uuid = Index()
        self._portgroups = Index()
        self._connections = Index()
        self._guests = Guests()

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, entity: EntityId) -> bool:
        return entity in self._records

    def get(self, entity: EntityId) -> AnyRecord | None:
        """The record of any entity; None if there is none."""
        return self._records.get(entity)

    def all(self) -> Collection[AnyRecord]:
        """All records, in the order in which they came."""
        return self._records.values()

    def of[R: Record](self, kind: type[R]) -> Collection[R]:
        """All records of a kind, in the order in which they came: `inventory.of(Host)`."""
        return self._of[kind].values()

    def vms(self) -> Collection[VM]:
        """All VMs, in the order in which they came."""
        return self._of[VM].values()

    def vm(self, entity: EntityId) -> VM | None:
        """The VM of this id; None if there is none."""
        return self._of[VM].get(entity)

    def host(self, entity: EntityId) -> Host | None:
        """The host of this id; None if there is none."""
        return self._of[Host].get(entity)

    def network(self, entity: EntityId) -> Network | None:
        """The network of this id; None if there is none."""
        return self._of[Network].get(entity)

    def guest(self, vm: EntityId) -> Guest | None:
        """What was found inside a VM's guest; None if nobody looked."""
        software = self._guests.software(vm)
        return software.guest if software is not None else None

    def software(self, vm: EntityId) -> Software | None:
        """The applications and services in a VM's guest; None if nobody looked."""
        return self._guests.software(vm)

    def connection_of(self, entity: EntityId) -> Connection | None:
        """The connection that reports an entity; None if there is none (any more)."""
        connections = self._of[Connection]
        return next((connections[held] for held in self._connections[endpoint_of(entity)]), None)

    def endpoints(self) -> Iterator[str]:
        """The endpoints that any record is of (`console` among them)."""
        return iter(self._by_endpoint)

    def of_endpoint(self, endpoint: str) -> Collection[EntityId]:
        """Everything of an endpoint."""
        return self._by_endpoint[endpoint]

    def vms_of_endpoint(self, endpoint: str) -> Collection[EntityId]:
        """The VMs of an endpoint."""
        vms = self._of[VM]
        return [entity for entity in self._by_endpoint[endpoint] if entity in vms]

    def vms_of_host(self, host: EntityId) -> Collection[EntityId]:
        """The VMs on a host."""
        return self._vms.by_host[host]

    def vms_of_cluster(self, cluster: EntityId) -> Collection[EntityId]:
        """The VMs on the hosts of a cluster."""
        return [vm for host in self._hosts_by_cluster[cluster] for vm in self._vms.by_host[host]]

    def vms_of_network(self, network: EntityId) -> Collection[EntityId]:
        """The VMs with a card in a network itself (those in its portgroups are theirs)."""
        return self._vms.by_network[network]

    def vms_of_image(self, image: EntityId) -> Collection[EntityId]:
        """The VMs whose guest facts are based on a software image."""
        return self._guests.users(image)

    def vms_with_mac(self, mac: str) -> Collection[EntityId]:
        """All VMs that have a card with this MAC."""
        return self._vms.by_mac[mac.lower()]

    def vms_with_ip(self, ip: str) -> Collection[EntityId]:
        """All VMs that have this address."""
        return self._vms.by_ip[ip.lower()]

    def hosts_of_cluster(self, cluster: EntityId) -> Collection[EntityId]:
        """The hosts of a cluster."""
        return self._hosts_by_cluster[cluster]

    def sightings(self, entity: EntityId) -> tuple[EntityId, ...]:
        """The other records of this very VM or host (see `estate.sightings` for how that is judged)."""
        return tuple(other for other, same in self._namesakes(entity) if same)

    def duplicates(self, entity: EntityId) -> tuple[EntityId, ...]:
        """The VMs (or hosts) that share this one's UUID without being it."""
        return tuple(other for other, same in self._namesakes(entity) if not same)

    def haystack(self, vm: EntityId) -> str:
        """What free words are looked for in (see `indexes.haystack`); empty for what is no VM."""
        return self._haystacks.get(vm, "")

    def _namesakes(self, entity: EntityId) -> Iterator[tuple[EntityId, bool]]:
        match self._records.get(entity):
            case VM() as vm:
                others = dict.fromkeys(other for uuid in uuids(vm) for other in self._vms.by_uuid[uuid])
                for other in others:
                    if other != entity:
                        record: VM = self._of[VM][other]
                        yield other, one_vm(vm, record, self._host_of(vm), self._host_of(record))
            case Host(uuid=str() as uuid) as host:
                for other in self._hosts_by_uuid[uuid]:
                    if other != entity:
                        yield other, one_host(host, self._of[Host][other])

    def _host_of(self, vm: VM) -> Host | None:
        return self._of[Host].get(vm.host) if vm.host is not None else None

    # --- keeping --------------------------------------------------------------------------------------------------

    def _hold(self, record: AnyRecord) -> None:
        """Puts a record in the place of the one of its id, or among the others."""
        before = self._records.get(record.id)
        self._records[record.id] = record
        self._of[type(record)][record.id] = record
        self._index(before, record)

    def _index(self, before: AnyRecord | None, record: AnyRecord) -> None:
        """Lets a record that is held be found, in the place of what it was before."""
        if before is None:
            self._by_endpoint.add(endpoint_of(record.id), record.id)
        match record:
            case VM():
                old = before if isinstance(before, VM) else None
                self._vms.move(old, record)
                if old is None or (old.name, old.host, old.nics) != (record.name, record.host, record.nics):
                    self._haystacks[record.id] = haystack(record, self._host_of(record))
            case Host():
                self._follow_host(before if isinstance(before, Host) else None, record)
            case Network(parent=parent):
                above = before.parent if isinstance(before, Network) else None
                self._portgroups.move(record.id, keys(above), keys(parent))
            case Connection(endpoint=endpoint):
                known = before.endpoint if isinstance(before, Connection) else None
                self._connections.move(record.id, keys(known), keys(endpoint))
            case Guest():
                self._guests.put(record)
            case SoftwareImage():
                self._guests.put_image(record)
            case _:
                pass  # nobody asks for others but by id and kind

    def _release(self, record: AnyRecord) -> None:
        """Takes a record that is held away."""
        del self._records[record.id], self._of[type(record)][record.id]
        self._by_endpoint.discard(endpoint_of(record.id), record.id)
        match record:
            case VM():
                self._vms.move(record, None)
                del self._haystacks[record.id]
            case Host():
                self._follow_host(record, None)
            case Network(parent=parent):
                self._portgroups.move(record.id, keys(parent), ())
            case Connection(endpoint=endpoint):
                self._connections.move(record.id, keys(endpoint), ())
            case Guest():
                self._guests.take_away(record)
            case SoftwareImage():
                self._guests.take_image_away(record)
            case _:
                pass

    def _follow_host(self, before: Host | None, after: Host | None) -> None:
        host = after or before
        assert host is not None
        old = (before.cluster, before.uuid, before.name) if before is not None else (None, None, None)
        new = (after.cluster, after.uuid, after.name) if after is not None else (None, None, None)
        self._hosts_by_cluster.move(host.id, keys(old[0]), keys(new[0]))
        self._hosts_by_uuid.move(host.id, keys(old[1]), keys(new[1]))
        if old[2] != new[2]:
            for vm in self._vms.by_host[host.id]:
                self._haystacks[vm] = haystack(self._of[VM][vm], after)


def keys(key: str | None) -> tuple[str, ...]:
    """The keys of an index that a property which may be unknown stands for."""
    return (key,) if key is not None else ()
