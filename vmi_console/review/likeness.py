"""What is different between two VMs, such as one and the gold image that it was made from.

Who they are is no difference: names, UUIDs, addresses, MACs, the places of their files, what happened to them. Their
cards are compared in their order, since MACs are different for every VM.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from vmi_console.estate.differences import Difference, differences
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.guests import software_of
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, GuestSummary, Nic
from vmi_console.estate.software import Image, Software
from vmi_console.review.comparison import inside
from vmi_console.review.moment import Moment

NOT_THE_SAME = frozenset({"processes", "addresses", "contradictions", "signs"})
"""Sets of facts that are about one guest alone."""


class Sighted(msgspec.Struct, frozen=True):
    """A VM and what was found in it, if anybody looked."""

    vm: VM
    software: Software | None = None


def sighted(moment: Moment, vm: EntityId) -> Sighted | None:
    """A VM of a moment; None if it is not in it."""
    found: VM | None = None
    guest: Guest | None = None
    images: dict[EntityId, Image] = {}
    for record in moment.records:
        if isinstance(record, SoftwareImage):
            images[record.id] = Image(record)
        elif isinstance(record, Guest) and record.vm == vm:
            guest = record
        elif isinstance(record, VM) and record.id == vm:
            found = record
    if found is None:
        return None
    return Sighted(found, software_of(guest, images) if guest is not None else None)


def compare_vms(a: Sighted, b: Sighted) -> Iterator[Difference]:
    """What `b` has otherwise than `a`. Facts of guests are compared where both were looked into."""
    yield from differences(_impersonal(a.vm), _impersonal(b.vm))
    if a.software is not None and b.software is not None:
        for each in inside(a.software, b.software):
            field = each.path.partition("[")[0].partition(".")[0]
            if field not in NOT_THE_SAME and not each.path.endswith(".hostname"):
                yield each


def _impersonal(vm: VM) -> VM:
    """A VM without what is its own alone."""
    return VM(
        id=EntityId("vm/any/any"),
        name="",
        power=vm.power,
        access=vm.access,
        template=vm.template,
        persistent=vm.persistent,
        autostart=vm.autostart,
        resource_pool=vm.resource_pool,
        vcpus=vm.vcpus,
        memory_bytes=vm.memory_bytes,
        firmware=vm.firmware,
        secure_boot=vm.secure_boot,
        hardware=vm.hardware,
        nics=tuple(_card(number, nic) for number, nic in enumerate(vm.nics, 1)),
        disks=tuple(
            msgspec.structs.replace(disk, path=None, backing=(), serial=None, allocated_bytes=None) for disk in vm.disks
        ),
        devices=vm.devices,
        guest=GuestSummary(
            os=vm.guest.os,
            os_id=vm.guest.os_id,
            family=vm.guest.family,
            kernel=vm.guest.kernel,
            tools=vm.guest.tools,
            tools_version=vm.guest.tools_version,
        ),
        tags=vm.tags,
        attributes=vm.attributes,
        settings=vm.settings,
        labels=vm.labels,
    )


def _card(number: int, nic: Nic) -> Nic:
    return msgspec.structs.replace(
        nic, key=str(number), label="", mac=None, port=None, device=None, source=None, addresses=()
    )
