"""A part of a moment: some VMs, and what they stand on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.facts import Guest
from vmi_console.estate.guests import images
from vmi_console.estate.identity import EntityId, endpoint_of
from vmi_console.estate.records import VM, Alert, Cluster, Connection, Datastore, Filter, Host, Network, Switch
from vmi_console.policy.baselines import KnownGood
from vmi_console.policy.decisions import KeptRecord
from vmi_console.policy.findings import Acknowledgement
from vmi_console.policy.joining import vm_of
from vmi_console.policy.waivers import Waiver
from vmi_console.review.moment import Moment


def selected(moment: Moment, vms: Collection[EntityId], selection: str) -> Moment:
    """The part of a moment that concerns these VMs, which the query `selection` chose.

    With them is what they stand on: hosts, clusters, networks, datastores, the connections; and of findings,
    decisions, quarantines and changes those that are about any of it.
    """
    chosen = frozenset(vms)
    records = tuple(_with_ground(moment.records, chosen))
    kept = {record.id for record in records}
    findings = tuple(finding for finding in moment.findings if finding.vm in chosen)
    shown = {finding.id for finding in findings}
    return replace(
        moment,
        selection=selection,
        records=records,
        findings=findings,
        decisions=tuple(each for each in moment.decisions if _concerns(each, chosen, shown)),
        quarantines=tuple(each for each in moment.quarantines if each.vm in chosen),
        changes=tuple(
            each
            for each in moment.changes
            if each.entity in kept or (each.entity.startswith(("vm/", "guest/")) and vm_of(each.entity) in chosen)
        ),
    )


def _with_ground(records: Iterable[AnyRecord], chosen: Collection[EntityId]) -> Iterator[AnyRecord]:
    """The chosen VMs and what they stand on, in the order of `records`."""
    by_id = {record.id: record for record in records}
    kept: set[EntityId] = set()
    waiting = [entity for entity in chosen if entity in by_id]
    while waiting:
        entity = waiting.pop()
        if entity not in kept and (record := by_id.get(entity)) is not None:
            kept.add(entity)
            waiting += [below for below in _ground(record) if below is not None]
    endpoints = {endpoint_of(entity) for entity in chosen}
    for record in by_id.values():
        match record:
            case Guest(vm=vm) if vm in chosen:
                kept.update((record.id, *images(record)))
            case Alert(vm=vm) if vm in chosen:
                kept.add(record.id)
            case Filter() if endpoint_of(record.id) in endpoints:  # they name each other, and VMs name them
                kept.add(record.id)
            case Connection(endpoint=endpoint) if endpoint in endpoints:
                kept.add(record.id)
    return (record for record in by_id.values() if record.id in kept)


def _ground(record: AnyRecord) -> Iterable[EntityId | None]:
    """What a record stands on; not what stands on it."""
    match record:
        case VM():
            cards = (each for nic in record.nics for each in (nic.network, nic.switch))
            return (record.host, *cards, *(disk.datastore for disk in record.disks))
        case Host():
            return (record.cluster, record.datacenter, *(nic.switch for nic in record.nics))
        case Network():
            return (record.parent, record.switch, record.datacenter)
        case Switch():
            return (record.host, record.datacenter)
        case Cluster() | Datastore():
            return (record.datacenter,)
        case _:
            return ()


def _concerns(decision: KeptRecord, chosen: Collection[EntityId], findings: Collection[str]) -> bool:
    match decision:
        case KnownGood(vm=vm):
            return vm in chosen
        case Waiver(vm=vm):
            return vm is None or vm in chosen
        case Acknowledgement(finding=finding):
            return finding in findings
        case _:
            return True
