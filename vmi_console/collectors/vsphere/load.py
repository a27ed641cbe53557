"""How busy VMs and hosts are: from performance counters, or where there are none, from what their summaries say.

Hosts measure every 20 seconds and keep that for an hour (PerformanceManager, “real-time statistics”).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pyVmomi import vim

from vmi_console.collectors.vsphere.session import Caller
from vmi_console.collectors.vsphere.transport import Line
from vmi_console.collectors.vsphere.values import Told, moment
from vmi_console.collectors.vsphere.watching import on, retrieve, slices, vim_type
from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId, kind_of, native_of

INTERVAL_S = 20
ENTITIES_A_CALL = 50

COUNTERS = (
    "cpu.usage.average",
    "mem.consumed.average",
    "disk.read.average",
    "disk.write.average",
    "net.received.average",
    "net.transmitted.average",
)

_KINDS = {"vm": "VirtualMachine", "host": "HostSystem"}

type Memory = Mapping[EntityId, int | None]
"""How much memory each watched entity has, bytes."""


class Loads:
    """Asks for the loads of some entities; knows what counters the server has."""

    def __init__(self, caller: Caller, content: Any) -> None:
        self._caller = caller
        self._content = content
        self._keys: dict[int, str] | None = None

    async def read(self, memory: Memory) -> list[Sample]:
        """Samples of these entities, as far as there are any. Raises as `Caller.call`."""
        if self._keys is None:
            self._keys = await self._counters()
        samples: dict[EntityId, Sample] = {}
        wanted = [entity for entity in memory if kind_of(entity) in _KINDS]
        for some in slices(wanted, ENTITIES_A_CALL):
            for entity, sample in (await self._query(some, memory)).items():
                samples[entity] = sample
        for kind in _KINDS:
            rest = [entity for entity in wanted if kind_of(entity) == kind and entity not in samples]
            samples.update(await self._summaries(kind, rest, memory) if rest else {})
        return list(samples.values())

    async def _counters(self) -> dict[int, str]:
        def read(_: str, told: Told) -> dict[int, str]:
            names = {
                int(each.key): f"{each.groupInfo.key}.{each.nameInfo.key}.{each.rollupType}"
                for each in told.get("perfCounter") or ()
            }
            return {key: name for key, name in names.items() if name in COUNTERS}

        manager = self._content.perfManager
        if manager is None:
            return {}
        found = await retrieve(
            self._caller, self._content, "PerformanceManager", [manager._moId], ["perfCounter"], read
        )
        return next(iter(found.values()), {})

    async def _query(self, entities: Sequence[EntityId], memory: Memory) -> dict[EntityId, Sample]:
        keys = self._keys or {}
        if not keys:
            return {}
        by_moid = {native_of(entity): entity for entity in entities}

        def ask(line: Line) -> dict[EntityId, Sample]:
            metrics = [vim.PerformanceManager.MetricId(counterId=key, instance="") for key in keys]
            specs = [
                vim.PerformanceManager.QuerySpec(
                    entity=vim_type(_KINDS[kind_of(entity)])(native_of(entity), line),
                    maxSample=1,
                    metricId=metrics,
                    intervalId=INTERVAL_S,
                )
                for entity in entities
            ]
            try:
                answer = on(line, self._content.perfManager).QueryPerf(specs)
            except (vim.fault.VimFault, vim.fault.NoPermission) as fault:
                if isinstance(fault, vim.fault.NotAuthenticated):
                    raise
                return {}
            found = {}
            for each in answer or ():
                entity = by_moid[str(each.entity._moId)]
                if (sample := _sample(entity, each, keys, memory.get(entity))) is not None:
                    found[entity] = sample
            return found

        return await self._caller.call("read performance counters", ask)

    async def _summaries(self, kind: str, entities: Sequence[EntityId], memory: Memory) -> dict[EntityId, Sample]:
        """quickStats: no rates of disks and networks, but CPU and memory at once."""
        capacity = "runtime.maxCpuUsage" if kind == "vm" else "summary.hardware"
        by_moid = {native_of(entity): entity for entity in entities}

        def read(moid: str, told: Told) -> Sample | None:
            return _quick(by_moid[moid], told, memory.get(by_moid[moid]))

        found = await retrieve(
            self._caller, self._content, _KINDS[kind], list(by_moid), ["summary.quickStats", capacity], read
        )
        return {by_moid[moid]: sample for moid, sample in found.items() if sample is not None}


def _sample(entity: EntityId, metric: Any, keys: Mapping[int, str], memory_bytes: int | None) -> Sample | None:
    """From PerfEntityMetric: percentages come in hundredths, the rest in KB and KB/s; -1 is no measurement."""
    latest: dict[str, int] = {}
    for series in metric.value:
        if series.value and int(series.value[-1]) >= 0 and int(series.id.counterId) in keys:
            latest[keys[int(series.id.counterId)]] = int(series.value[-1])
    if not latest or not metric.sampleInfo:
        return None
    usage = latest.get("cpu.usage.average")
    return Sample(
        entity=entity,
        at=moment(metric.sampleInfo[-1].timestamp) or datetime.now(UTC),
        cpu_percent=min(100.0, usage / 100) if usage is not None else None,
        memory_used_bytes=_bytes(latest, "mem.consumed.average"),
        memory_bytes=memory_bytes,
        disk_read_bytes_per_s=_bytes(latest, "disk.read.average"),
        disk_write_bytes_per_s=_bytes(latest, "disk.write.average"),
        net_receive_bytes_per_s=_bytes(latest, "net.received.average"),
        net_transmit_bytes_per_s=_bytes(latest, "net.transmitted.average"),
    )


def _bytes(latest: Mapping[str, int], counter: str) -> int | None:
    kilobytes = latest.get(counter)
    return kilobytes * 1024 if kilobytes is not None else None


def _quick(entity: EntityId, told: Told, memory_bytes: int | None) -> Sample | None:
    stats = told.get("summary.quickStats")
    if stats is None:
        return None
    hardware = told.get("summary.hardware")
    mhz = told.get("runtime.maxCpuUsage") or (hardware.cpuMhz * hardware.numCpuCores if hardware is not None else 0)
    used_mb = getattr(stats, "hostMemoryUsage", None) or getattr(stats, "overallMemoryUsage", None)
    return Sample(
        entity=entity,
        at=datetime.now(UTC),
        cpu_percent=min(100.0, 100 * stats.overallCpuUsage / mhz)
        if mhz and stats.overallCpuUsage is not None
        else None,
        memory_used_bytes=int(used_mb) << 20 if used_mb is not None else None,
        memory_bytes=memory_bytes,
    )


def memory_of(records: Iterable[Any]) -> dict[EntityId, int | None]:
    """What `Loads.read` wants to know of these hosts and VMs."""
    return {record.id: record.memory_bytes for record in records}
