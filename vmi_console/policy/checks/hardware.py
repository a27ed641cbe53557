"""A VM's virtual hardware: devices, disks and snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.records import VM, Disk, DiskKind, Snapshot
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.parameters import Allow, Count, Days, Gibibytes, Names, Word, listed, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement

GIB = 2**30
DRIVES = ("cdrom", "floppy")

Patterns = Annotated[tuple[Word, ...], msgspec.Meta(max_length=100)]


@check("hardware")
class Hardware(Check, dict=True):
    """Devices that a VM must not have."""

    title = "Devices"
    help = (
        "No device is of a kind that is denied (`usb`, `serial`, `parallel`, `sound`, `gpu`, `filesystem`, `vsock`, "
        "`floppy`, `cdrom`, …), or of a kind and with a label that together match (`graphics vnc*`). Devices of the "
        "host that are passed through to the guest, and media in drives, can be denied whatever they are."
    )
    examples = ("{denied: [floppy, serial, parallel, usb], media: denied}", "{passthrough: denied}")
    remediation = "Remove the device from the VM's definition, or eject the medium."

    denied: Annotated[
        Patterns, msgspec.Meta(description="Kinds of devices (patterns), or kind and label with a space between.")
    ] = ()
    passthrough: Annotated[Allow, msgspec.Meta(description="Devices of the host that the guest was given.")] = (
        Allow.ALLOWED
    )
    media: Annotated[Allow, msgspec.Meta(description="Media in CD-ROM and floppy drives.")] = Allow.ALLOWED

    def __post_init__(self) -> None:
        something(self.denied, self.passthrough is Allow.DENIED, self.media is Allow.DENIED, field="denied")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"devices", "disk_paths"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        for device in vm.devices:
            what = f"{device.type} {device.label}".strip()
            if self._denied.match(device.type) or self._denied.match(what):
                tally.against(f"it has {named(what)}, denied: {listed(self.denied)}", f"devices[{device.key}]")
            elif device.passthrough and self.passthrough is Allow.DENIED:
                tally.against(f"{named(what)} of the host is passed through", f"devices[{device.key}]")
        for disk in vm.disks:
            if disk.device in DRIVES:
                self._judge_drive(disk, tally)
        return tally.judgement()

    def _judge_drive(self, drive: Disk, tally: Tally) -> None:
        if self._denied.match(drive.device):
            tally.against(f"it has a {drive.device} drive, denied: {listed(self.denied)}", f"disks[{drive.key}]")
        elif self.media is Allow.DENIED and drive.path is None and drive.type is not DiskKind.NONE:
            tally.untold(f"whether a medium is in {_disk(drive)} is not known", f"disks[{drive.key}].path")
        elif self.media is Allow.DENIED and drive.path:
            tally.against(f"{named(drive.path)} is in {_disk(drive)}, and must not be", f"disks[{drive.key}].path")

    @cached_property
    def _denied(self) -> Names:
        return Names(self.denied)


@check("disks")
class Disks(Check, dict=True):
    """Size, number and kind of a VM's disks."""

    title = "Disks"
    help = (
        "Every disk is as large as it may be at most, and so are all together; there are not more than so many; their "
        "formats are allowed. Disks that several VMs may write to can be denied, and encryption by the hypervisor "
        "required. Drives for removable media do not count."
    )
    examples = ("{total_gib: 2048, most: 8, shared: denied}", "{encrypted: true, formats: [qcow2, 'vmdk*']}")
    remediation = "Move what the disk holds to one that fits, or have the exception granted by a waiver."

    each_gib: Annotated[Gibibytes | None, msgspec.Meta(description="What one disk may have at most, in GiB.")] = None
    total_gib: Annotated[Gibibytes | None, msgspec.Meta(description="What all may have together, in GiB.")] = None
    most: Annotated[Count | None, msgspec.Meta(description="How many disks there may be.")] = None
    formats: Annotated[Patterns, msgspec.Meta(description="Formats that are allowed (patterns); empty: all.")] = ()
    shared: Annotated[Allow, msgspec.Meta(description="Disks that several VMs may write to.")] = Allow.ALLOWED
    encrypted: Annotated[bool, msgspec.Meta(description="Whether all must be encrypted by the hypervisor.")] = False

    def __post_init__(self) -> None:
        given = (self.each_gib is not None, self.total_gib is not None, self.most is not None, self.formats)
        something(*given, self.shared is Allow.DENIED, self.encrypted, field="total_gib")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"disks"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        disks = [disk for disk in vm.disks if disk.device not in DRIVES]
        for disk in disks:
            self._judge_disk(disk, tally)
        if self.most is not None and len(disks) > self.most:
            tally.against(f"it has {len(disks)} disks, at most {self.most} are allowed", "disks")
        if self.total_gib is not None:
            self._judge_total(disks, self.total_gib, tally)
        return tally.judgement()

    def _judge_disk(self, disk: Disk, tally: Tally) -> None:
        path = f"disks[{disk.key}]"
        if self.each_gib is not None and disk.capacity_bytes is None:
            tally.untold(f"the size of {_disk(disk)} is not known", f"{path}.capacity_bytes")
        elif self.each_gib is not None and (disk.capacity_bytes or 0) > self.each_gib * GIB:
            size = _gib(disk.capacity_bytes or 0)
            tally.against(f"{_disk(disk)} has {size}, at most {self.each_gib:g} GiB", f"{path}.capacity_bytes")
        if self.formats and disk.format is None:
            tally.untold(f"the format of {_disk(disk)} is not known", f"{path}.format")
        elif self.formats and not self._formats.match(disk.format or ""):
            wanted = listed(self.formats)
            tally.against(f"{_disk(disk)} is {named(disk.format or '')}, allowed: {wanted}", f"{path}.format")
        if self.shared is Allow.DENIED and disk.shareable:
            tally.against(f"several VMs may write to {_disk(disk)}", f"{path}.shareable")
        if self.encrypted and not disk.encrypted:
            tally.against(f"{_disk(disk)} is not encrypted", f"{path}.encrypted")

    def _judge_total(self, disks: list[Disk], most_gib: float, tally: Tally) -> None:
        known = sum(disk.capacity_bytes or 0 for disk in disks)
        if known > most_gib * GIB:
            tally.against(f"its disks have {_gib(known)}, at most {most_gib:g} GiB", "disks")
        elif any(disk.capacity_bytes is None for disk in disks):
            tally.untold("the size of some disk is not known", "disks")

    @cached_property
    def _formats(self) -> Names:
        return Names(self.formats)


@check("snapshots")
class Snapshots(Check, dict=True):
    """Number, age and size of a VM's snapshots."""

    title = "Snapshots"
    by_clock = True
    help = (
        "A VM has at most so many snapshots, none is older than so many days, and together they are not larger than "
        "so many GiB. Snapshots whose names match `ignore`, such as those of a backup in progress, do not count."
    )
    examples = ("{oldest_days: 7, most: 2}", "{total_gib: 50, ignore: ['*backup*']}")
    remediation = "Delete the snapshot; its content is merged into the disks, which takes time and load."

    oldest_days: Annotated[Days | None, msgspec.Meta(description="How many days old a snapshot may be.")] = None
    most: Annotated[Count | None, msgspec.Meta(description="How many snapshots there may be.")] = None
    total_gib: Annotated[Gibibytes | None, msgspec.Meta(description="What all may have together, in GiB.")] = None
    ignore: Annotated[Patterns, msgspec.Meta(description="Names (patterns) of snapshots that do not count.")] = ()

    def __post_init__(self) -> None:
        given = (self.oldest_days is not None, self.most is not None, self.total_gib is not None)
        something(*given, field="oldest_days")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"snapshots"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        snapshots = [each for each in vm.snapshots if not (each.name and self._ignored.match(each.name))]
        paths = tuple(_paths(snapshots))
        if self.most is not None and len(snapshots) > self.most:
            tally.against(f"it has {len(snapshots)} snapshots, at most {self.most} are allowed", *paths)
        if self.oldest_days is not None:
            for snapshot in snapshots:
                _judge_age(snapshot, self.oldest_days, now, tally)
        if self.total_gib is not None:
            known = sum(snapshot.size_bytes or 0 for snapshot in snapshots)
            if known > self.total_gib * GIB:
                tally.against(f"its snapshots have {_gib(known)}, at most {self.total_gib:g} GiB", *paths)
            elif any(snapshot.size_bytes is None for snapshot in snapshots):
                tally.untold("the size of some snapshot is not known", *paths)
        return tally.judgement()

    def suspects(self, vms: Sequence[VM], estate: Estate, now: datetime) -> Sequence[VM]:
        return [vm for vm in vms if vm.snapshots]  # most have none

    @cached_property
    def _ignored(self) -> Names:
        return Names(self.ignore)


def _judge_age(snapshot: Snapshot, most_days: float, now: datetime, tally: Tally) -> None:
    path = f"snapshots[{snapshot.key}]"
    if snapshot.created_at is None:
        tally.untold(f"when the snapshot {named(snapshot.name)} was made is not known", path)
        return
    days = (now - snapshot.created_at).total_seconds() / 86_400
    if days > most_days:
        made = snapshot.created_at.date().isoformat()
        tally.against(f"the snapshot {named(snapshot.name)} was made on {made}, at most {most_days:g} days ago", path)


def _paths(snapshots: list[Snapshot]) -> Iterator[str]:
    return (f"snapshots[{snapshot.key}]" for snapshot in snapshots)


def _disk(disk: Disk) -> str:
    return named(disk.label or disk.key)


def _gib(size: int) -> str:
    return f"{size / GIB:,.0f} GiB" if size >= 10 * GIB else f"{size / GIB:.1f} GiB"
