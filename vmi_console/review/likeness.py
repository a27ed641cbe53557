"""What is different between two VMs, such as one and the gold image that it was made from.

Who they are is no difference: names, UUIDs, addresses, MACs, the places of their files, what happened to them. Their
cards are compared in their order, since MACs are different for every VM.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from vmi_console.estate.differences import Difference, differences
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.guests import software_of
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, native_of
from vmi_console.estate.records import VM, GuestSummary, Nic
from vmi_console.estate.software import Image, Software
from vmi_console.review.causes import Cause, Group, Item
from vmi_console.review.comparison import Comparison, Side, inside
from vmi_console.review.moment import Moment

NOT_THE_SAME = frozenset({"processes", "addresses", "contradictions", "signs"})
"""Sets of facts that are about one guest alone."""

ASPECTS = {
    **dict.fromkeys(("vcpus", "memory_bytes", "firmware", "secure_boot", "hardware", "devices"), "hardware"),
    **dict.fromkeys(("power", "access", "template", "persistent", "autostart", "resource_pool"), "state"),
    **dict.fromkeys(("tags", "labels", "attributes"), "tags"),
}
"""Fields of a VM that are one aspect of it."""

INSIDE = {"settings": "settings inside", "autostart": "autostart inside"}
"""Sets of facts whose names a VM has for something else."""


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


def likeness(gold: Sighted, vm: Sighted, at: datetime) -> Comparison:
    """What a VM has otherwise than the one that it should be like, by aspects: its network, its hardware, its services.

    An aspect's name is that of the field in which it lies (`nics`, `guest`, `applications`), or one of `ASPECTS`.
    """
    aspects: dict[str, list[Item]] = {}
    for each in _outside(gold, vm):
        aspect = ASPECTS.get(_field(each), _field(each))
        aspects.setdefault(aspect, []).append(_item(each, vm.vm.id, vm.vm.name))
    for each in _inside(gold, vm):
        guest = entity_id("guest", endpoint_of(vm.vm.id), native_of(vm.vm.id))
        aspects.setdefault(INSIDE.get(_field(each), _field(each)), []).append(_item(each, guest, vm.vm.name))
    groups = [
        Group(cause=Cause.ASPECT, name=vm.vm.name, entity=vm.vm.id, field=aspect, vms=1, items=tuple(items))
        for aspect, items in aspects.items()
    ]
    notes = [
        f"nobody looked into {side.vm.name}: what is inside is not compared"
        for side in (gold, vm)
        if side.software is None
    ]
    return Comparison(
        before=Side(at=at, title=gold.vm.name, vms=1),
        after=Side(at=at, title=vm.vm.name, vms=1),
        groups=tuple(groups),
        notes=tuple(notes),
    )


def compare_vms(a: Sighted, b: Sighted) -> Iterator[Difference]:
    """What `b` has otherwise than `a`. Facts of guests are compared where both were looked into."""
    yield from _outside(a, b)
    yield from _inside(a, b)


def _outside(a: Sighted, b: Sighted) -> Iterator[Difference]:
    return differences(_impersonal(a.vm), _impersonal(b.vm))


def _inside(a: Sighted, b: Sighted) -> Iterator[Difference]:
    if a.software is not None and b.software is not None:
        for each in inside(a.software, b.software):
            if _field(each) not in NOT_THE_SAME and not each.path.endswith(".hostname"):
                yield each


def _field(difference: Difference) -> str:
    """The field in which a difference lies."""
    return difference.path.partition("[")[0].partition(".")[0]


def _item(difference: Difference, entity: EntityId, name: str) -> Item:
    return Item(
        entity=entity,
        name=name,
        action=difference.action,
        path=difference.path,
        before=difference.before,
        after=difference.after,
    )


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
