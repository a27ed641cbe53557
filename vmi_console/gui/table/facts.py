"""What is said of a VM in a line of the table: its own facts, those of where it is, and what last changed."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache

from PySide6.QtCore import QObject

from vmi_console.estate.changes import Amendment, Change, Seen
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Access, Cluster, Host, Nic, Power, ToolsState
from vmi_console.estate.vlan import Vlan
from vmi_console.gui.replica import Replica
from vmi_console.gui.states import look
from vmi_console.gui.theme import Tone
from vmi_console.gui.tree.forest import natural
from vmi_console.gui.wording import UNKNOWN, Wording, clock, moment, number, size
from vmi_console.plain_text import visible

_POWER_RANKS = {power: rank for rank, power in enumerate((Power.PAUSED, Power.SUSPENDED, Power.ON, Power.OFF), 2)}
_TOOLS_RANKS = {
    state: rank
    for rank, state in enumerate(
        (ToolsState.NOT_INSTALLED, ToolsState.NOT_RUNNING, ToolsState.OUTDATED, ToolsState.RUNNING)
    )
}
_natural = lru_cache(8_192)(natural)  # many VMs are on the same host, network, system


class Facts(QObject):
    """For each column what a VM's cell says, and what it is sorted by (see `columns.Column`)."""

    def __init__(self, replica: Replica, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._replica = replica
        self.wording = Wording(replica)
        self._last: dict[EntityId, Change] = {}
        self.note(replica.changes)

    # --- what last changed ----------------------------------------------------------------------------------------

    def note(self, changes: Iterable[Change]) -> set[EntityId]:
        """Remembers the newest change of each VM; gives the VMs. What a discovery finds is no change of the estate."""
        told: set[EntityId] = set()
        for change in changes:
            if change.seen is Seen.DISCOVERY or not change.entity.startswith("vm/"):
                continue
            if not _follows_from(change, self._last.get(change.entity)):
                self._last[change.entity] = change
                told.add(change.entity)
        return told

    def amend(self, amendments: Iterable[Amendment], known: Iterable[Change]) -> set[EntityId]:
        """Authors became known: `known` has the changes with them. Gives the VMs whose newest change it was."""
        numbers = {amendment.number for amendment in amendments}
        last = {change.number: change for change in self._last.values() if change.number in numbers}
        return self.note(change for change in known if change.number in last)

    def forget_changes(self) -> set[EntityId]:
        """Another time is shown: gives the VMs of which a change was known."""
        known = set(self._last)
        self._last.clear()
        return known

    def forget(self, vm: EntityId) -> None:
        """It is gone."""
        self._last.pop(vm, None)

    # --- what and where -------------------------------------------------------------------------------------------

    def name(self, vm: VM) -> str:
        return vm.name or self.tr("(no name)")

    def name_order(self, vm: VM) -> str:
        return natural(vm.name)

    def about(self, vm: VM) -> Iterable[str]:
        return self.wording.tooltip(vm)

    def state(self, vm: VM) -> str:
        return self.wording.state(vm)

    def state_rank(self, vm: VM) -> int | None:
        """Trouble first."""
        if vm.power is Power.CRASHED:
            return 0
        if vm.access is not Access.CONNECTED:
            return 1
        return 9 if vm.template else _POWER_RANKS.get(vm.power)

    def state_tone(self, vm: VM) -> Tone:
        return look(vm).tone

    def connection(self, vm: VM) -> str:
        return self.wording.name(self._replica.connection_of(vm.id))

    def connection_order(self, vm: VM) -> str | None:
        return self._name_order(self._replica.connection_of(vm.id))

    def host(self, vm: VM) -> str:
        return self.wording.name(vm.host)

    def host_order(self, vm: VM) -> str | None:
        return self._name_order(vm.host)

    def cluster(self, vm: VM) -> str:
        host = self._host(vm)
        return UNKNOWN if host is None else self.wording.name(host.cluster) if host.cluster else ""

    def cluster_order(self, vm: VM) -> str | None:
        host = self._host(vm)
        return None if host is None else self._name_order(host.cluster)

    def datacenter(self, vm: VM) -> str:
        datacenter = self._datacenter(vm)
        if datacenter is None:
            return UNKNOWN if self._host(vm) is None else ""
        return self.wording.name(datacenter)

    def datacenter_order(self, vm: VM) -> str | None:
        return self._name_order(self._datacenter(vm))

    def folder(self, vm: VM) -> str:
        return vm.folder

    def folder_order(self, vm: VM) -> str | None:
        return _order(vm.folder)

    # --- network --------------------------------------------------------------------------------------------------

    def networks(self, vm: VM) -> str:
        return _list(self._network(nic) for nic in vm.nics)

    def networks_order(self, vm: VM) -> str | None:
        return _order(self.networks(vm))

    def vlans(self, vm: VM) -> str:
        return _list(self.wording.vlan(nic.vlan) for nic in vm.nics)

    def vlan_order(self, vm: VM) -> tuple[int, ...] | None:
        """The ids, card by card; untagged counts as 0."""
        known = tuple(_lowest(nic.vlan) for nic in vm.nics if nic.vlan is not None)
        return known or None

    def macs(self, vm: VM) -> str:
        return _list(nic.mac or UNKNOWN for nic in vm.nics)

    def mac_order(self, vm: VM) -> str | None:
        return _list(nic.mac for nic in vm.nics if nic.mac) or None

    def addresses(self, vm: VM) -> str:
        return _list(address.ip for nic in vm.nics for address in nic.addresses) or UNKNOWN

    def address_order(self, vm: VM) -> bytes | None:
        """The first address by its number: IPv4, then IPv6, then what is no address."""
        return next((_packed(address.ip) for nic in vm.nics for address in nic.addresses), None)

    def cards(self, vm: VM) -> Iterator[str]:
        for nic in vm.nics[:16]:
            addresses = _list(address.ip for address in nic.addresses)
            told = (nic.label or nic.key, self._network(nic), self._tag(nic.vlan), nic.mac or "", addresses)
            yield " · ".join(visible(part, 80) for part in told if part)

    # --- inside ---------------------------------------------------------------------------------------------------

    def system(self, vm: VM) -> str:
        return vm.guest.os or vm.guest.os_id or UNKNOWN

    def system_order(self, vm: VM) -> str | None:
        return _order(vm.guest.os or vm.guest.os_id)

    def tools(self, vm: VM) -> str:
        match vm.guest.tools:
            case ToolsState.RUNNING:
                return self.tr("running")
            case ToolsState.NOT_RUNNING:
                return self.tr("not running")
            case ToolsState.NOT_INSTALLED:
                return self.tr("not installed")
            case ToolsState.OUTDATED:
                return self.tr("outdated")
        return UNKNOWN

    def tools_rank(self, vm: VM) -> int | None:
        return _TOOLS_RANKS[vm.guest.tools] if vm.guest.tools is not None else None

    def tools_tone(self, vm: VM) -> Tone:
        return Tone.WARNING if vm.guest.tools is ToolsState.OUTDATED else Tone.PLAIN

    def hostname(self, vm: VM) -> str:
        return vm.guest.hostname or UNKNOWN

    def hostname_order(self, vm: VM) -> str | None:
        return _order(vm.guest.hostname)

    def told(self, vm: VM) -> Iterator[str]:
        """Who says so, and when."""
        guest = vm.guest
        if guest.tools_version:
            yield self.tr("Tools {0}").format(visible(guest.tools_version, 60))
        if source := self.wording.source(guest.source):
            yield source
        if guest.read_at is not None:
            yield self.wording.ago(guest.read_at)

    # --- hardware -------------------------------------------------------------------------------------------------

    def vcpus(self, vm: VM) -> str:
        return UNKNOWN if vm.vcpus is None else number(vm.vcpus)

    def vcpu_count(self, vm: VM) -> int | None:
        return vm.vcpus

    def vcpu_figure(self, vm: VM) -> str:
        return "" if vm.vcpus is None else str(vm.vcpus)

    def memory(self, vm: VM) -> str:
        return size(vm.memory_bytes)

    def memory_bytes(self, vm: VM) -> int | None:
        return vm.memory_bytes

    def memory_figure(self, vm: VM) -> str:
        return _gib(vm.memory_bytes)

    def disks(self, vm: VM) -> str:
        return str(self.disk_count(vm))

    def disk_count(self, vm: VM) -> int:
        return sum(disk.device == "disk" for disk in vm.disks)

    def capacity(self, vm: VM) -> str:
        return size(self.capacity_bytes(vm))

    def capacity_bytes(self, vm: VM) -> int | None:
        """Of its disks together; None as long as that of one is not known."""
        total = 0
        for disk in vm.disks:
            if disk.device == "disk":
                if disk.capacity_bytes is None:
                    return None
                total += disk.capacity_bytes
        return total

    def capacity_figure(self, vm: VM) -> str:
        return _gib(self.capacity_bytes(vm))

    def hardware(self, vm: VM) -> str:
        return vm.hardware or UNKNOWN

    def hardware_order(self, vm: VM) -> str | None:
        return _order(vm.hardware)

    def uuid(self, vm: VM) -> str:
        return vm.uuid or UNKNOWN

    def uuid_order(self, vm: VM) -> str | None:
        return vm.uuid

    # --- snapshots, words, times ----------------------------------------------------------------------------------

    def snapshots(self, vm: VM) -> str:
        return str(len(vm.snapshots))

    def snapshot_count(self, vm: VM) -> int:
        return len(vm.snapshots)

    def snapshot_names(self, vm: VM) -> Iterator[str]:
        for snapshot in vm.snapshots[:12]:
            yield f"{visible(snapshot.name or snapshot.key, 80)} · {moment(snapshot.created_at)}"

    def snapshot_age(self, vm: VM) -> str:
        if not vm.snapshots:
            return ""
        oldest = _oldest(vm)
        return UNKNOWN if oldest is None else self.wording.ago(oldest)

    def snapshot_seconds(self, vm: VM) -> float | None:
        """Descends with time, so that the oldest is the most."""
        oldest = _oldest(vm)
        return None if oldest is None else -oldest.timestamp()

    def snapshot_figure(self, vm: VM) -> str:
        return _time(_oldest(vm))

    def tags(self, vm: VM) -> str:
        return ", ".join(vm.tags)

    def tag_order(self, vm: VM) -> str | None:
        return _order(self.tags(vm))

    def labels(self, vm: VM) -> str:
        return ", ".join(vm.labels)

    def label_order(self, vm: VM) -> str | None:
        return _order(self.labels(vm))

    def notes(self, vm: VM) -> str:
        return vm.annotation

    def notes_order(self, vm: VM) -> str | None:
        return _order(vm.annotation)

    def created(self, vm: VM) -> str:
        return clock(vm.created_at)

    def created_at(self, vm: VM) -> float | None:
        return None if vm.created_at is None else vm.created_at.timestamp()

    def created_exactly(self, vm: VM) -> Iterable[str]:
        return (moment(vm.created_at),)

    def created_figure(self, vm: VM) -> str:
        return _time(vm.created_at)

    def booted(self, vm: VM) -> str:
        return clock(_booted(vm))

    def booted_at(self, vm: VM) -> float | None:
        booted = _booted(vm)
        return None if booted is None else booted.timestamp()

    def booted_exactly(self, vm: VM) -> Iterable[str]:
        return (moment(_booted(vm)),)

    def booted_figure(self, vm: VM) -> str:
        return _time(_booted(vm))

    def changed(self, vm: VM) -> str:
        """Since when nothing of it changed, as far as the log goes."""
        return clock(self._when(vm))

    def changed_at(self, vm: VM) -> float | None:
        when = self._when(vm)
        return None if when is None else when.timestamp()

    def changed_figure(self, vm: VM) -> str:
        return _time(self._when(vm))

    def changed_exactly(self, vm: VM) -> Iterator[str]:
        if (change := self._last.get(vm.id)) is None:
            yield self.tr("nothing that the log remembers")
            return
        yield self.change(vm)
        yield moment(change.occurred_at or change.observed_at)
        yield self.tr("by {0}").format(visible(change.actor, 60)) if change.actor else self.tr("by whom is not known")

    def change(self, vm: VM) -> str:
        change = self._last.get(vm.id)
        if change is None:
            return UNKNOWN
        told = self.wording.action(change)
        if change.path:
            told = f"{told}: {' → '.join(self.wording.sides(change))}"
        return f"{told} · {visible(change.actor, 60)}" if change.actor else told

    def change_order(self, vm: VM) -> str | None:
        return _order(self.change(vm)) if vm.id in self._last else None

    # --- looking things up ----------------------------------------------------------------------------------------

    def _host(self, vm: VM) -> Host | None:
        host = self._replica.records.get(vm.host) if vm.host is not None else None
        return host if isinstance(host, Host) else None

    def _datacenter(self, vm: VM) -> EntityId | None:
        if (host := self._host(vm)) is None:
            return None
        cluster = self._replica.records.get(host.cluster) if host.cluster is not None else None
        return host.datacenter or (cluster.datacenter if isinstance(cluster, Cluster) else None)

    def _name_order(self, entity: EntityId | None) -> str | None:
        record = self._replica.records.get(entity) if entity is not None else None
        return None if record is None else _natural(record.name)

    def _network(self, nic: Nic) -> str:
        return nic.network_name or nic.source or (self.wording.name(nic.network) if nic.network else UNKNOWN)

    def _tag(self, vlan: Vlan | None) -> str:
        return self.tr("VLAN {0}").format(self.wording.vlan(vlan)) if vlan is not None else ""

    def _when(self, vm: VM) -> datetime | None:
        change = self._last.get(vm.id)
        return None if change is None else change.occurred_at or change.observed_at


def _follows_from(change: Change, other: Change | None) -> bool:
    """Whether it is what the guest says of another, seen at once: that tools end when their VM is switched off."""
    return (
        other is not None
        and change.observed_at == other.observed_at
        and change.path.startswith("guest")
        and not other.path.startswith("guest")
    )


def _list(words: Iterable[str]) -> str:
    """Each once, in their order."""
    return ", ".join(dict.fromkeys(words))


def _order(text: str | None) -> str | None:
    return _natural(text) if text and text != UNKNOWN else None


def _lowest(vlan: Vlan | None) -> int:
    return vlan.ranges[0][0] if vlan is not None and vlan.ranges else 0


def _packed(ip: str) -> bytes:
    for mark, family in ((b"4", socket.AF_INET), (b"6", socket.AF_INET6)):
        try:
            return mark + socket.inet_pton(family, ip.partition("%")[0])
        except (OSError, ValueError):
            continue
    return b"?" + ip[:64].encode(errors="replace")


def _oldest(vm: VM) -> datetime | None:
    return min((snapshot.created_at for snapshot in vm.snapshots if snapshot.created_at is not None), default=None)


def _booted(vm: VM) -> datetime | None:
    return vm.booted_at if vm.power is not Power.OFF else None


def _gib(count: int | None) -> str:
    return "" if count is None else f"{count / (1 << 30):.3f}".rstrip("0").rstrip(".")


def _time(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
