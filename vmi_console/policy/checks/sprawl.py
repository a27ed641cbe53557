"""VMs that nobody needs, or that nobody answers for."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.records import VM, Access, Power
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.parameters import Allow, Days, Names, Word, listed, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement

EMPTY_DISK_BYTES = 64 << 20
"""What a disk takes at most on which nothing was ever installed: metadata and a partition table."""

Patterns = Annotated[tuple[Word, ...], msgspec.Meta(max_length=100)]


@check("sprawl")
class Sprawl(Check, dict=True):
    """VMs that are idle, left behind, never used, or nobody's."""

    title = "Sprawl"
    by_clock = True
    help = (
        "A VM that does not run was started, or else made, within so many days: since when it has been off no "
        "hypervisor tells. One that was never used (nothing shows that it ever ran, and its disks are empty) is not "
        "older than so many days. Its files are where the hypervisor looks for them. Somebody answers for it: a custom "
        "attribute, or a tag, names an owner."
    )
    examples = ("{idle_days: 90, never_used_days: 14, orphaned: denied}", "{owner: [owner, 'tag:owner-*']}")
    remediation = "Ask its owner; then archive and remove the VM, or note who needs it."

    idle_days: Annotated[
        Days | None, msgspec.Meta(description="How long ago a VM that does not run may have been started or made.")
    ] = None
    never_used_days: Annotated[
        Days | None, msgspec.Meta(description="How old a VM may be that never ran and holds nothing.")
    ] = None
    orphaned: Annotated[
        Allow, msgspec.Meta(description="VMs whose files are missing or that their host no longer knows.")
    ] = Allow.ALLOWED
    owner: Annotated[
        Patterns,
        msgspec.Meta(
            description="Custom attributes one of which must be filled, or tags (tag:PATTERN) one must match."
        ),
    ] = ()

    def __post_init__(self) -> None:
        given = (self.idle_days is not None, self.never_used_days is not None)
        something(*given, self.orphaned is Allow.DENIED, self.owner, field="idle_days")

    @property
    def reads(self) -> frozenset[str]:
        found = {"power", "created", "booted"} if self.idle_days is not None else set()
        if self.never_used_days is not None:
            found |= {"power", "created", "booted", "disks", "hostname", "template"}
        found |= {"access"} if self.orphaned is Allow.DENIED else set()
        return frozenset(found | ({"attributes", "tags"} if self.owner else set()))

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        if self.orphaned is Allow.DENIED and vm.access in (Access.ORPHANED, Access.INACCESSIBLE, Access.INVALID):
            tally.against(f"it is {vm.access}", "access")
        if self.idle_days is not None:
            _judge_idle(vm, self.idle_days, now, tally)
        if self.never_used_days is not None and not vm.template:
            _judge_never_used(vm, self.never_used_days, now, tally)
        if self.owner and not self._is_owned(vm):
            paths = ("attributes", "tags", "labels")
            tally.against(f"nobody answers for it, required: one of {listed(self.owner)}", *paths)
        return tally.judgement()

    def _is_owned(self, vm: VM) -> bool:
        keys, tags = self._owner
        if any(value.strip() and keys.match(key) for key, value in vm.attributes.items()):
            return True
        return any(tags.match(tag) for tag in (*vm.tags, *vm.labels))

    @cached_property
    def _owner(self) -> tuple[Names, Names]:
        """What keys of attributes mean an owner, and what tags."""
        tags = [each.removeprefix("tag:") for each in self.owner if each.startswith("tag:")]
        return Names(each for each in self.owner if not each.startswith("tag:")), Names(tags)


def _judge_idle(vm: VM, most_days: float, now: datetime, tally: Tally) -> None:
    if vm.power is Power.ON or vm.template:
        return
    if vm.power is Power.UNKNOWN:
        tally.untold("whether it runs is not known", "power")
        return
    times = [time for time in (vm.booted_at, vm.created_at) if time is not None]
    if not times:
        tally.untold("when it was last started, or made, is not known", "power")
    elif (now - max(times)).total_seconds() / 86_400 > most_days:
        word = "started" if max(times) == vm.booted_at else "made"
        evidence = f"it is {vm.power} and was {word} on {max(times).date().isoformat()}"
        tally.against(f"{evidence}, at most {most_days:g} days ago", "power")


def _judge_never_used(vm: VM, most_days: float, now: datetime, tally: Tally) -> None:
    """Signs of use: it runs, was started, has or had a guest that gave itself a name, or holds something."""
    if vm.power not in (Power.OFF, Power.UNKNOWN) or vm.booted_at is not None or vm.guest.hostname or vm.snapshots:
        return
    drives = [disk for disk in vm.disks if disk.device not in ("cdrom", "floppy")]
    sizes = [disk.allocated_bytes for disk in drives]
    if any(size is not None and size > EMPTY_DISK_BYTES for size in sizes):
        return
    if vm.created_at is not None and (now - vm.created_at).total_seconds() / 86_400 <= most_days:
        return
    if vm.power is Power.UNKNOWN or vm.created_at is None or None in sizes:
        tally.untold("nothing tells whether it was ever used", "power")
        return
    holds = "its disks are empty" if drives else "it has no disk"
    made = vm.created_at.date().isoformat()
    tally.against(f"nothing shows that it ever ran, {holds}; made on {named(made)}", "power")
