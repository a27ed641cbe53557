"""What a report is about: the VMs of a moment that were chosen, with everything they are looked up in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property

import msgspec

from vmi_console.errors import InputError
from vmi_console.estate.changes import Change
from vmi_console.estate.columns import Columns, outcome
from vmi_console.estate.facts import Guest
from vmi_console.estate.identity import EntityId, endpoint_of, kind_of
from vmi_console.estate.query import parse_search
from vmi_console.estate.records import VM, Cluster, Connection, Host
from vmi_console.estate.software import Software
from vmi_console.estate.vlan import Vlan
from vmi_console.plain_text import visible
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.findings import Finding
from vmi_console.policy.groups import Groups
from vmi_console.policy.joining import vm_of
from vmi_console.policy.policies import PolicySet
from vmi_console.reports.compliance import Compliance, policies_of
from vmi_console.response.quarantine import Quarantine
from vmi_console.review.moment import Moment
from vmi_console.review.present import Still


class Scope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which VMs a report is about: all where nothing is said, else those that everything said fits."""

    vms: tuple[EntityId, ...] | None = None
    query: str = ""
    group: str = ""  # of the policy folder

    def __str__(self) -> str:
        told = []
        if self.vms is not None:
            told.append(f"{len(self.vms):,} chosen VMs")
        if self.group:
            told.append(f"group “{visible(self.group, 80)}”")
        if self.query:
            told.append(visible(self.query, 200))
        return ", ".join(told) or "everything"


EVERYTHING = Scope()


class Subject:
    """A moment and the VMs that are meant, in the order of their names.

    Raises `QueryError` for a query that cannot be read, `InputError` for a group that is not there. Where only some
    VMs are meant, hosts, networks and datastores are those that they stand on.
    """

    def __init__(self, moment: Moment, scope: Scope = EVERYTHING, advisories: Advisories | None = None) -> None:
        self.moment = moment
        self.scope = scope
        self.advisories = advisories
        self.estate = Still(moment.records)
        self._connections = {each.endpoint: each for each in self.estate.of(Connection) if each.endpoint is not None}
        self.is_whole = scope == EVERYTHING
        self.vms = sorted(self._chosen(), key=lambda vm: (vm.name.casefold(), vm.id))
        self._ids = frozenset(vm.id for vm in self.vms)

    @property
    def at(self) -> datetime:
        """When all this was so."""
        return self.moment.at

    @cached_property
    def policies(self) -> PolicySet:
        """What the moment's policy documents say."""
        return policies_of(self.moment)

    @cached_property
    def compliance(self) -> Compliance:
        """How the chosen VMs stand against the moment's policies."""
        return Compliance.of(self.moment, self.policies, self.estate, self._ids, self.advisories)

    def _chosen(self) -> Iterable[VM]:
        chosen = list(self.estate.vms())
        if self.scope.vms is not None:
            picked = frozenset(self.scope.vms)
            chosen = [vm for vm in chosen if vm.id in picked]
        queries = []
        if self.scope.group:
            groups = Groups(self.policies.groups)
            if self.scope.group not in groups.names():
                raise InputError(f"there is no group “{visible(self.scope.group, 80)}”", "see the list of groups")
            queries.append(groups.named(self.scope.group).query)
        if self.scope.query:
            queries.append(parse_search(self.scope.query))
        if queries:
            columns = Columns(self.estate)
            for query in queries:
                matching = frozenset(columns.ids(outcome(query.sieve.rows(columns, self.at, columns.everybody))))
                chosen = [vm for vm in chosen if vm.id in matching]
        return chosen

    def __contains__(self, vm: EntityId) -> bool:
        return vm in self._ids

    # --- what is told of the chosen VMs ---------------------------------------------------------------------------

    @cached_property
    def findings(self) -> list[Finding]:
        """Those of the chosen VMs, worst first."""
        told = [finding for finding in self.moment.findings if finding.vm in self]
        return sorted(told, key=lambda each: (-each.severity.rank, each.vm_name.casefold(), each.policy, each.rule))

    @cached_property
    def quarantines(self) -> list[Quarantine]:
        """Those of the chosen VMs, newest first."""
        told = [each for each in self.moment.quarantines if each.vm in self]
        return sorted(told, key=lambda each: each.opened_at, reverse=True)

    @cached_property
    def changes(self) -> list[Change]:
        """Of the chosen VMs and what they stand on, oldest first."""
        if self.is_whole:
            return list(self.moment.changes)
        return [change for change in self.moment.changes if self._concerns(change)]

    def _concerns(self, change: Change) -> bool:
        match kind_of(change.entity):
            case "vm":
                return change.entity in self
            case "guest":
                return vm_of(change.entity) in self
            case _:
                return change.entity in self.ground

    @cached_property
    def ground(self) -> frozenset[EntityId]:
        """Hosts, clusters, datacenters, networks, switches and datastores that the chosen VMs stand on."""
        found: set[EntityId | None] = set()
        for vm in self.vms:
            found.add(vm.host)
            for nic in vm.nics:
                found.update((nic.network, nic.switch))
            found.update(disk.datastore for disk in vm.disks)
        for host in [self.estate.host(each) for each in found if each is not None]:
            if host is not None:
                found.update((host.cluster, host.datacenter))
        for each in list(found):
            record = None if each is None else self.estate.get(each)
            found.add(getattr(record, "parent", None))
            found.add(getattr(record, "datacenter", None))
        return frozenset(each for each in found if each is not None)

    def standing_on[R: (object)](self, records: Iterable[R]) -> list[R]:
        """Of hosts, networks, datastores, … those that matter here, in the order of their names."""
        chosen = [each for each in records if self.is_whole or each.id in self.ground]  # type: ignore[attr-defined]
        return sorted(chosen, key=lambda each: (each.name.casefold(), each.id))  # type: ignore[attr-defined]

    # --- looking up -----------------------------------------------------------------------------------------------

    def name(self, entity: EntityId | None) -> str | None:
        """The name of an entity, where it is known."""
        record = None if entity is None else self.estate.get(entity)
        return None if record is None else record.name

    def host(self, vm: VM) -> Host | None:
        """The host that a VM is on, where that is known."""
        return None if vm.host is None else self.estate.host(vm.host)

    def cluster(self, host: Host | None) -> Cluster | None:
        """The cluster of a host, where it is in one and that is known."""
        record = None if host is None or host.cluster is None else self.estate.get(host.cluster)
        return record if isinstance(record, Cluster) else None

    def datacenter(self, host: Host | None) -> str | None:
        """The name of the datacenter that a host is in, by itself or by its cluster."""
        if host is None:
            return None
        cluster = self.cluster(host)
        return self.name(host.datacenter or (cluster.datacenter if cluster is not None else None))

    def connection(self, entity: EntityId) -> Connection | None:
        """The connection that an entity was seen through."""
        return self._connections.get(endpoint_of(entity))

    def connection_name(self, entity: EntityId) -> str | None:
        """Its name."""
        connection = self.connection(entity)
        return None if connection is None else connection.name

    def software(self, vm: VM) -> Software | None:
        """What was found inside a VM's guest; None where nobody looked."""
        return self.estate.software(vm.id)

    def guests(self) -> Iterator[tuple[VM, Guest]]:
        """The chosen VMs that somebody looked into."""
        for vm in self.vms:
            guest = self.estate.guest(vm.id)
            if guest is not None:
                yield vm, guest


def addresses(vm: VM) -> tuple[str, ...]:
    """All addresses of a VM's cards, each once."""
    return tuple(dict.fromkeys(address.ip for nic in vm.nics for address in nic.addresses))


def vlan_text(vlan: Vlan | None) -> str | None:
    """A VLAN as tables have it: 0 untagged, else ids and ranges; None where not known.

    >>> from vmi_console.estate.vlan import UNTAGGED, access, trunk
    >>> [vlan_text(vlan) for vlan in (None, UNTAGGED, access(20), trunk([(1, 10), (20, 20)]))]
    [None, '0', '20', '1-10,20']
    """
    if vlan is None:
        return None
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in vlan.ranges) or "0"


def mib(size_bytes: int | None) -> int | None:
    """Bytes as whole MiB."""
    return None if size_bytes is None else size_bytes >> 20
