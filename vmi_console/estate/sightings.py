"""Whether two records are one machine seen twice, or two machines that share an identity.

Machines are joined by UUID, and a UUID proves little: whoever copies a definition or a disk copies it too. Merging
two machines hides one of them, while showing one machine twice only looks untidy; so two records are *sightings* of
one machine only where nothing speaks against it, and *duplicates* otherwise. They are never merged either way.

Two VM records that share a UUID:

- At one endpoint they are duplicates: an endpoint lists each of its machines once.
- Different instance UUIDs (vCenter gives each of its machines one, so a clone has a BIOS UUID in common with its
  original, but not this) make duplicates, wherever they are seen.
- Cards with MACs on both sides, none of which they share, make duplicates: a machine keeps its cards when it moves.
- On one physical host (by hardware UUID) they are sightings: an ESXi host seen beside the vCenter that manages it.
- On different or unknown hosts they are sightings if at most one of them may be running: a guest that was migrated
  and whose definition stayed behind. If both may be running (a power state that is not known may be *on*), two
  machines share an identity, or one is between two hosts: while a live migration hands over, both libvirt daemons can
  say *running* for a moment, and for that moment the two are duplicates, which is what is known then. A destination
  that still waits for memory is paused, not running.

The relation need not be transitive: a stopped definition may belong to either of two machines that run.

Two host records that share a hardware UUID are sightings of one machine at different endpoints, unless their serial
numbers or the MACs of their ports say otherwise (some firmware gives every board the same UUID), and duplicates at one
endpoint. An endpoint is a libvirt driver as well, so a host that runs two of them is seen twice.
"""

from __future__ import annotations

from vmi_console.estate.identity import endpoint_of
from vmi_console.estate.records import VM, Host, Power

MAY_RUN = frozenset({Power.ON, Power.UNKNOWN})


def one_vm(a: VM, b: VM, a_host: Host | None, b_host: Host | None) -> bool:
    """Whether two records that share a UUID are sightings of one VM; the hosts are those that they are on."""
    if endpoint_of(a.id) == endpoint_of(b.id):
        return False
    if _differ(a.instance_uuid, b.instance_uuid) or _disjoint(a, b):
        return False
    if a_host is not None and b_host is not None and a_host.uuid is not None and a_host.uuid == b_host.uuid:
        return True
    return a.power not in MAY_RUN or b.power not in MAY_RUN


def one_vm_later(before: VM, after: VM) -> bool:
    """Whether records of two times that share a UUID may be one VM, told of by another endpoint: both may run."""
    if endpoint_of(before.id) == endpoint_of(after.id):
        return False
    return not _differ(before.instance_uuid, after.instance_uuid) and not _disjoint(before, after)


def one_host(a: Host, b: Host) -> bool:
    """Whether two records that share a hardware UUID are sightings of one host."""
    return endpoint_of(a.id) != endpoint_of(b.id) and not _differ(a.serial, b.serial) and not _disjoint(a, b)


def _differ(a: str | None, b: str | None) -> bool:
    return a is not None and b is not None and a != b


def _disjoint(a: VM | Host, b: VM | Host) -> bool:
    """Whether both have cards whose MACs are known, and not one in common."""
    a_macs = {nic.mac for nic in a.nics if nic.mac is not None}
    b_macs = {nic.mac for nic in b.nics if nic.mac is not None}
    return bool(a_macs and b_macs) and a_macs.isdisjoint(b_macs)
