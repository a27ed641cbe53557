"""The tables of an estate: columns with stable names, and a row for each VM, card, package, finding, …

Names are never changed, columns are only added, at the end (docs/reports.md lists them). None is *not known*; of lists
the items are joined by a semicolon. Times are in UTC, sizes in the unit that the name ends with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from vmi_console.estate.differences import key_of
from vmi_console.estate.facts import Application, FactSet, Looked
from vmi_console.estate.records import Datastore, Host, Network
from vmi_console.estate.software import FactView, ImageItems
from vmi_console.reports.subject import Subject, addresses, mib, vlan_text

type Value = str | int | float | bool | datetime | None
type Row = tuple[Value, ...]

LONGEST_VALUE = 2_000
"""Characters of a change's value as text."""


class Kind(Enum):
    """What the values of a column are."""

    TEXT = "text"
    INTEGER = "integer"
    TRUTH = "boolean"
    TIME = "time"


class Column(msgspec.Struct, frozen=True):
    """One column of a table."""

    name: str
    kind: Kind = Kind.TEXT


class Table(msgspec.Struct, frozen=True):
    """A table: its name, its columns, and what makes its rows."""

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[Subject], Iterator[Row]]


def _columns(text: str) -> tuple[Column, ...]:
    """Columns by their names; what is behind a colon says the kind: i integer, b boolean, t time."""
    kinds = {"": Kind.TEXT, "i": Kind.INTEGER, "b": Kind.TRUTH, "t": Kind.TIME}
    return tuple(Column(name, kinds[kind]) for name, _, kind in (word.partition(":") for word in text.split()))


def joined(items: Iterable[str] | None) -> str | None:
    """A list as one value."""
    return None if items is None else "; ".join(items)


# --- what the hypervisor tells ------------------------------------------------------------------------------------


def _vms(subject: Subject) -> Iterator[Row]:
    for vm in subject.vms:
        host = subject.host(vm)
        cluster = subject.cluster(host)
        capacities = [disk.capacity_bytes for disk in vm.disks if disk.device in ("disk", "lun")]
        known = [size for size in capacities if size is not None]
        yield (
            *(vm.id, vm.name, vm.power.value, vm.access.value, vm.template),
            *(
                vm.uuid,
                vm.instance_uuid,
                None if host is None else host.name,
                None if cluster is None else cluster.name,
            ),
            *(subject.datacenter(host), subject.connection_name(vm.id), vm.folder, vm.resource_pool, vm.vcpus),
            *(mib(vm.memory_bytes), sum(known) if len(known) == len(capacities) else None),
            *(vm.firmware, vm.secure_boot, vm.hardware, vm.guest.os, vm.guest.family, vm.guest.hostname),
            *(None if vm.guest.tools is None else vm.guest.tools.value, vm.guest.tools_version),
            *(joined(addresses(vm)), joined(nic.network_name or nic.source or "" for nic in vm.nics)),
            *(len(vm.nics), len(vm.disks), len(vm.snapshots), joined(vm.tags), joined(vm.labels)),
            *(vm.created_at, vm.booted_at, vm.annotation),
        )


def _hosts(subject: Subject) -> Iterator[Row]:
    for host in subject.standing_on(subject.estate.of(Host)):
        cluster = subject.cluster(host)
        yield (
            *(host.id, host.name, host.state.value, host.uuid, None if cluster is None else cluster.name),
            *(subject.datacenter(host), subject.connection_name(host.id), host.location, host.vendor, host.model),
            *(host.serial, host.cpu_model, host.cpu_sockets, host.cpu_cores, host.cpu_threads, host.cpu_mhz),
            *(mib(host.memory_bytes), host.product, host.booted_at, joined(host.addresses)),
            len(subject.estate.vms_of_host(host.id)),
        )


def _networks(subject: Subject) -> Iterator[Row]:
    for network in subject.standing_on(subject.estate.of(Network)):
        yield (
            *(network.id, network.name, network.type.value, vlan_text(network.vlan), subject.name(network.switch)),
            *(subject.name(network.parent), subject.name(network.datacenter), subject.connection_name(network.id)),
            *(network.forward, network.bridge, joined(network.subnets), network.active, network.filter),
            *(len(network.hosts), len(subject.estate.vms_of_network(network.id))),
        )


def _datastores(subject: Subject) -> Iterator[Row]:
    for datastore in subject.standing_on(subject.estate.of(Datastore)):
        yield (
            *(datastore.id, datastore.name, datastore.type, datastore.path, datastore.capacity_bytes),
            *(datastore.free_bytes, datastore.accessible, subject.name(datastore.datacenter)),
            *(subject.connection_name(datastore.id), len(datastore.hosts)),
        )


def _nics(subject: Subject) -> Iterator[Row]:
    for vm in subject.vms:
        for nic in vm.nics:
            yield (
                *(vm.id, vm.name, nic.key, nic.label, nic.mac, nic.model, nic.type.value),
                *(nic.network_name or nic.source, vlan_text(nic.vlan), subject.name(nic.switch), nic.connected),
                *(nic.connect_at_power_on, nic.link_up, nic.blocked, nic.filter),
                joined(address.ip for address in nic.addresses),
            )


def _disks(subject: Subject) -> Iterator[Row]:
    for vm in subject.vms:
        for disk in vm.disks:
            yield (
                *(vm.id, vm.name, disk.key, disk.label, disk.type.value, disk.device, disk.path),
                *(disk.capacity_bytes, disk.allocated_bytes, disk.format, disk.bus, subject.name(disk.datastore)),
                *(joined(disk.backing), disk.readonly, disk.shareable, disk.encrypted),
            )


def _snapshots(subject: Subject) -> Iterator[Row]:
    for vm in subject.vms:
        names = {snapshot.key: snapshot.name for snapshot in vm.snapshots}
        for snapshot in vm.snapshots:
            yield (
                *(vm.id, vm.name, snapshot.key, snapshot.name, snapshot.description, snapshot.created_at),
                *(snapshot.size_bytes, snapshot.current),
                None if snapshot.parent is None else names.get(snapshot.parent),
            )


# --- what is inside guests ----------------------------------------------------------------------------------------


def seen(facts: FactSet[Any]) -> tuple[Value, Value]:
    """Who says what is in a set of facts, and when it was read."""
    return None if facts.source is None else facts.source.value, facts.read_at


def _looked_into(subject: Subject) -> Iterator[Row]:
    """Of every VM and set of facts whether it could be read: what a table leaves out is not thereby absent."""
    for vm in subject.vms:
        guest = subject.estate.guest(vm.id)
        software = subject.software(vm)
        for field in ("os", "applications", "services", "users"):
            if guest is None or software is None:
                yield vm.id, vm.name, field, Looked.NOT_YET.value, None, None, None, None
                continue
            view: FactView[Any] = software.facts(field)
            items = len(view) if view.status is Looked.READ else None
            yield vm.id, vm.name, field, view.status.value, view.because, items, *seen(view.facts)


def _applications(subject: Subject) -> Iterator[Row]:
    for vm in subject.vms:
        software = subject.software(vm)
        if software is not None and software.applications.status is Looked.READ:
            told = seen(software.applications.facts)
            for each in software.applications:
                yield (
                    *(vm.id, vm.name, each.name, each.version, each.arch, each.manager),
                    *(each.source_name or each.name, each.source_version or each.version, *told),
                )


def _software(subject: Subject) -> Iterator[Row]:
    """What is installed in how many guests; counted by images, which are much alike and many guests' own."""
    counts: dict[Application, int] = {}
    images: dict[int, tuple[ImageItems[Application], int]] = {}
    for vm in subject.vms:
        software = subject.software(vm)
        if software is None or software.applications.status is not Looked.READ:
            continue
        view = software.applications
        if view.image is not None:
            _, users = images.get(id(view.image), (view.image, 0))
            images[id(view.image)] = view.image, users + 1
            for key in {*view.facts.removed, *map(key_of, view.facts.items)}:
                for gone in view.image.by_key.get(key, ()):
                    counts[gone] = counts.get(gone, 0) - 1
        for own in view.facts.items:
            counts[own] = counts.get(own, 0) + 1
    for image, users in images.values():
        for each in image.items:
            counts[each] = counts.get(each, 0) + users
    told: dict[tuple[str, str, str, str], int] = {}
    for each, count in counts.items():
        sort = each.name, each.version, each.arch, each.manager
        told[sort] = told.get(sort, 0) + count
    for sort, count in sorted(told.items()):
        if count > 0:
            yield *sort, count


def _services(subject: Subject) -> Iterator[Row]:
    for vm in subject.vms:
        software = subject.software(vm)
        if software is not None and software.services.status is Looked.READ:
            told = seen(software.services.facts)
            for each in software.services:
                yield vm.id, vm.name, each.name, each.enabled, each.running, each.state, each.unit, *told


def _users(subject: Subject) -> Iterator[Row]:
    for vm, guest in subject.guests():
        if guest.users.status is Looked.READ:
            told = seen(guest.users)
            for each in guest.users.items:
                yield (
                    *(vm.id, vm.name, each.name, each.uid, each.administrator, each.locked, each.password or None),
                    *(each.shell, joined(each.keys), *told),
                )


# --- what was found, and what happened ----------------------------------------------------------------------------


def _findings(subject: Subject) -> Iterator[Row]:
    for each in subject.findings:
        origin = each.origin
        yield (
            *(each.id, each.vm, each.vm_name, each.policy, each.rule, each.check, each.title, each.severity.value),
            *(each.stage.value, each.verdict.value, each.evidence, each.because, each.first_opened_at),
            *(each.opened_at, each.resolved_at, None if each.ending is None else each.ending.value, each.actor),
            *(None if origin is None else origin.path, None if origin is None else origin.observed_at),
        )


def _changes(subject: Subject) -> Iterator[Row]:
    for each in subject.changes:
        yield (
            *(each.number, each.entity, each.name, each.action.value, each.path, value_text(each.before)),
            *(value_text(each.after), each.observed_at, each.occurred_at, each.not_before, each.actor, each.cause),
            each.seen.value,
        )


def value_text(value: object) -> str | None:
    """What a property was, as text: JSON where it is no single thing, cut where it is endless."""
    if value is None:
        return None
    text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


TABLES = {
    table.name: table
    for table in (
        Table(
            "vms",
            _columns(
                "id name power access template:b uuid instance_uuid host cluster datacenter connection folder "
                "resource_pool vcpus:i memory_mib:i capacity_bytes:i firmware secure_boot:b hardware guest_os "
                "guest_family hostname tools tools_version ips networks nics:i disks:i snapshots:i tags labels "
                "created_at:t booted_at:t annotation"
            ),
            _vms,
        ),
        Table(
            "hosts",
            _columns(
                "id name state uuid cluster datacenter connection location vendor model serial cpu_model cpu_sockets:i "
                "cpu_cores:i cpu_threads:i cpu_mhz:i memory_mib:i product booted_at:t addresses vms:i"
            ),
            _hosts,
        ),
        Table(
            "networks",
            _columns(
                "id name type vlan switch parent datacenter connection forward bridge subnets active:b filter hosts:i "
                "vms:i"
            ),
            _networks,
        ),
        Table(
            "datastores",
            _columns(
                "id name type path capacity_bytes:i free_bytes:i accessible:b datacenter connection hosts:i",
            ),
            _datastores,
        ),
        Table(
            "nics",
            _columns(
                "vm_id vm key label mac model type network vlan switch connected:b connect_at_power_on:b link_up:b "
                "blocked:b filter ips"
            ),
            _nics,
        ),
        Table(
            "disks",
            _columns(
                "vm_id vm key label type device path capacity_bytes:i allocated_bytes:i format bus datastore backing "
                "readonly:b shareable:b encrypted:b"
            ),
            _disks,
        ),
        Table(
            "snapshots",
            _columns("vm_id vm key name description created_at:t size_bytes:i current:b parent"),
            _snapshots,
        ),
        Table("guests", _columns("vm_id vm facts status because items:i source read_at:t"), _looked_into),
        Table(
            "applications",
            _columns("vm_id vm name version arch manager source_name source_version source read_at:t"),
            _applications,
        ),
        Table("software", _columns("name version arch manager vms:i"), _software),
        Table("services", _columns("vm_id vm name enabled:b running:b state unit source read_at:t"), _services),
        Table(
            "users",
            _columns("vm_id vm name uid:i administrator:b locked:b password shell keys source read_at:t"),
            _users,
        ),
        Table(
            "findings",
            _columns(
                "id vm_id vm policy rule check title severity stage verdict evidence because first_opened_at:t "
                "opened_at:t resolved_at:t ending actor origin_path origin_observed_at:t"
            ),
            _findings,
        ),
        Table(
            "changes",
            _columns(
                "number:i entity_id name action path before after observed_at:t occurred_at:t not_before:t actor "
                "cause_id seen"
            ),
            _changes,
        ),
    )
}
"""All tables, by their names."""
