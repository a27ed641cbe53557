"""A VM's snapshots, and how large each has grown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vmi_console.collectors.vsphere.values import moid, moment, text
from vmi_console.estate.records import Disk, Power, Snapshot
from vmi_console.introspection.temporary import PREFIX

_POWER = {"poweredOn": Power.ON, "poweredOff": Power.OFF, "suspended": Power.SUSPENDED}
DEEPEST = 64

LONGEST_LOOK = timedelta(hours=1)
"""A temporary snapshot that is older was left behind, and is shown."""

_temporary = re.compile(rf"{PREFIX}[0-9a-f]{{16}}")
_delta = re.compile(r"-\d{6}\.vmdk$")


def snapshots(info: Any) -> tuple[Snapshot, ...]:
    """From VirtualMachineSnapshotInfo: all of the forest, parents before children."""
    return tuple(_tree(info.rootSnapshotList, None, moid(info.currentSnapshot)))


def _tree(nodes: Iterable[Any], parent: str | None, current: str | None, depth: int = 0) -> Iterator[Snapshot]:
    for node in nodes if depth < DEEPEST else ():
        key = moid(node.snapshot)
        if key is None:
            continue
        yield Snapshot(
            key=key,
            name=str(node.name or ""),
            parent=parent,
            current=key == current,
            created_at=moment(node.createTime),
            description=str(node.description or ""),
            power=_POWER.get(text(node.state) or ""),
        )
        yield from _tree(node.childSnapshotList, key, current, depth + 1)


def sizes(layout: Any, known: Iterable[Snapshot]) -> dict[str, int]:
    """From VirtualMachineFileLayoutEx: bytes by snapshot that deleting it would give back or merge.

    That is its state and memory, and the disk files that were begun since it was taken: those in the chains of its
    children, or of the VM itself if it is the current one, which its own chains lack.
    """
    of_file = {file.key: int(file.size or 0) for file in layout.file}
    chains = {moid(each.key): frozenset(_chain_files(each.disk)) for each in layout.snapshot}
    of_vm = frozenset(_chain_files(layout.disk))
    states = {moid(each.key): {each.dataKey, each.memoryKey} for each in layout.snapshot}
    since: dict[str, set[int]] = {}
    for snapshot in known:
        if snapshot.current:
            since.setdefault(snapshot.key, set()).update(of_vm)
        if snapshot.parent is not None:
            since.setdefault(snapshot.parent, set()).update(chains.get(snapshot.key, ()))
    return {
        key: sum(of_file.get(file, 0) for file in (since.get(key, set()) - chain) | states[key])
        for key, chain in chains.items()
        if key is not None
    }


def _chain_files(disks: Iterable[Any]) -> Iterator[int]:
    for disk in disks:
        for unit in disk.chain:
            yield from unit.fileKey


def measured(known: tuple[Snapshot, ...], by_key: dict[str, int]) -> tuple[Snapshot, ...]:
    """The snapshots with their sizes, as far as they are known."""
    return tuple(msgspec.structs.replace(each, size_bytes=by_key.get(each.key)) for each in known)


def lasting(known: tuple[Snapshot, ...]) -> tuple[Snapshot, ...]:
    """The snapshots of a VM as they are when nobody looks into it.

    One that is made for that is gone in a moment: it is no change of the VM, and breaks no policy.
    """
    passing = _passing(known)
    if not passing:
        return known

    def kept(key: str | None) -> str | None:
        while key is not None and key in passing:
            key = passing[key].parent
        return key

    current = kept(next((each.key for each in known if each.current), None))
    return tuple(
        msgspec.structs.replace(each, parent=kept(each.parent), current=each.key == current)
        for each in known
        if each.key not in passing
    )


def settled(disks: tuple[Disk, ...], known: tuple[Snapshot, ...]) -> tuple[Disk, ...]:
    """The disks of a VM as they are when nobody looks into it; `known` are the snapshots there were with those disks.

    The file that each is written to meanwhile is gone in a moment, as is the snapshot.
    """
    if not any(each.current for each in _passing(known).values()):
        return disks
    return tuple(_before(disk) for disk in disks)


def _passing(known: Iterable[Snapshot]) -> dict[str, Snapshot]:
    now = datetime.now(UTC)
    return {
        each.key: each
        for each in known
        if _temporary.fullmatch(each.name) and each.created_at is not None and now - each.created_at < LONGEST_LOOK
    }


def _before(disk: Disk) -> Disk:
    if not disk.backing or _delta.search(disk.path or "") is None:
        return disk
    return msgspec.structs.replace(disk, path=disk.backing[0], backing=disk.backing[1:])
