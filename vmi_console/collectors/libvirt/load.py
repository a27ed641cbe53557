"""What `virConnectGetAllDomainStats` counts → Sample (libvirt: virDomainStatsRecord, its typed parameters)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId

MAX_BLOCKS = 1024
_NS_PER_S = 1_000_000_000

type Stats = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Counters:
    """Ascending counters and sizes of a domain or host at one moment; None where the hypervisor does not tell."""

    taken_s: float  # monotonic clock
    cpu_ns: int | None = None
    cpus: int | None = None
    memory_used_bytes: int | None = None
    memory_bytes: int | None = None
    disk_read_bytes: int | None = None
    disk_write_bytes: int | None = None
    net_receive_bytes: int | None = None
    net_transmit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class BlockSize:
    """How large a disk is to its guest, and on the host."""

    capacity_bytes: int | None
    allocated_bytes: int | None


def counters(stats: Stats, taken_s: float) -> Counters:
    """Of one domain."""
    return Counters(
        taken_s=taken_s,
        cpu_ns=_integer(stats, "cpu.time"),
        cpus=_integer(stats, "vcpu.current"),
        memory_used_bytes=_memory_used(stats),
        memory_bytes=_kibibytes(stats, "balloon.current"),
        disk_read_bytes=_sum(stats, "block", "rd.bytes"),
        disk_write_bytes=_sum(stats, "block", "wr.bytes"),
        # The host's side of the cable: what the guest transmits is received by its tap device, and libvirt knows that.
        net_receive_bytes=_sum(stats, "net", "rx.bytes"),
        net_transmit_bytes=_sum(stats, "net", "tx.bytes"),
    )


def host_counters(cpu: Mapping[str, int], memory: Mapping[str, int], cpus: int | None, taken_s: float) -> Counters:
    """Of a host: `virNodeGetCPUStats` in nanoseconds over all CPUs, `virNodeGetMemoryStats` in KiB."""
    total, free = memory.get("total"), memory.get("free")
    reclaimable = memory.get("buffers", 0) + memory.get("cached", 0)
    busy = [cpu[name] for name in ("kernel", "user", "intr") if name in cpu]
    return Counters(
        taken_s=taken_s,
        cpu_ns=sum(busy) if busy else None,
        cpus=cpus,
        memory_used_bytes=max(0, total - free - reclaimable) * 1024 if total is not None and free is not None else None,
        memory_bytes=total * 1024 if total is not None else None,
    )


def sample(entity: EntityId, before: Counters | None, now: Counters, at: datetime) -> Sample:
    """The load between two readings; without an earlier one only what needs none."""
    cpu = _rate(before.cpu_ns, now.cpu_ns, before, now) if before else None
    return Sample(
        entity=entity,
        at=at,
        cpu_percent=min(100.0, cpu / _NS_PER_S / now.cpus * 100) if cpu is not None and now.cpus else None,
        memory_used_bytes=now.memory_used_bytes,
        memory_bytes=now.memory_bytes,
        disk_read_bytes_per_s=_rate(before.disk_read_bytes, now.disk_read_bytes, before, now) if before else None,
        disk_write_bytes_per_s=_rate(before.disk_write_bytes, now.disk_write_bytes, before, now) if before else None,
        net_receive_bytes_per_s=_rate(before.net_receive_bytes, now.net_receive_bytes, before, now) if before else None,
        net_transmit_bytes_per_s=(
            _rate(before.net_transmit_bytes, now.net_transmit_bytes, before, now) if before else None
        ),
    )


def block_sizes(stats: Stats) -> dict[str, BlockSize]:
    """The sizes of a domain's disks, by target name."""
    sizes: dict[str, BlockSize] = {}
    for number in range(min(_integer(stats, "block.count") or 0, MAX_BLOCKS)):
        name = stats.get(f"block.{number}.name")
        if isinstance(name, str):
            capacity, allocated = (_integer(stats, f"block.{number}.{what}") for what in ("capacity", "allocation"))
            sizes.setdefault(name, BlockSize(capacity or None, allocated))
    return sizes


def _memory_used(stats: Stats) -> int | None:
    """What the guest uses where its balloon driver reports it; else what its process occupies on the host.

    The process has memory of its own beside the guest's, which is not the guest's use.
    """
    available, unused = _kibibytes(stats, "balloon.available"), _kibibytes(stats, "balloon.unused")
    if available is not None and unused is not None and 0 <= unused <= available:
        return available - unused
    resident, given = _kibibytes(stats, "balloon.rss"), _kibibytes(stats, "balloon.current")
    return min(resident, given) if resident is not None and given is not None else resident


def _rate(earlier: int | None, later: int | None, before: Counters, now: Counters) -> float | None:
    """Per second; None after a counter went back, as it does at a restart."""
    seconds = now.taken_s - before.taken_s
    if earlier is None or later is None or later < earlier or seconds <= 0:
        return None
    return (later - earlier) / seconds


def _sum(stats: Stats, group: str, name: str) -> int | None:
    found = [
        value
        for number in range(min(_integer(stats, f"{group}.count") or 0, MAX_BLOCKS))
        if (value := _integer(stats, f"{group}.{number}.{name}")) is not None
    ]
    return sum(found) if found or _integer(stats, f"{group}.count") == 0 else None


def _kibibytes(stats: Stats, name: str) -> int | None:
    value = _integer(stats, name)
    return value * 1024 if value is not None else None


def _integer(stats: Stats, name: str) -> int | None:
    """A counter; libvirt's unsigned ones are far below 2**63 wherever they mean something."""
    value = stats.get(name)
    return value if isinstance(value, int) and 0 <= value < 2**53 * 1024 else None
