"""Load curves of the demo estate: smooth, believable, and a function of who and when alone."""

from __future__ import annotations

import math
from datetime import datetime

from vmi_console.collectors.demo.chance import smooth_noise
from vmi_console.collectors.demo.layout import GIB
from vmi_console.collectors.demo.world import World
from vmi_console.estate.changes import Sample
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import VM, Access, Host, HostState, Power

DAY_S = 86_400
QUIETEST_HOUR = 3
HYPERVISOR_OWN_BYTES = 12 * GIB
HYPERVISOR_OWN_CPU_PERCENT = 1.5
BURST_ABOVE = 0.82  # of the slow noise: the share of time without bursts


def sample(world: World, entity: EntityId, at: datetime) -> Sample | None:
    """The load of a VM or host at a moment; None for anything else, and for what its host cannot tell of."""
    if kind_of(entity) == "vm":
        vm = world.vm(entity)
        return _of_vm(world, vm, at) if vm is not None and vm.access is Access.CONNECTED else None
    host = world.known_host(entity)
    return _of_host(world, host, at) if host is not None and host.state is HostState.CONNECTED else None


def _of_vm(world: World, vm: VM, at: datetime) -> Sample:
    if vm.power is not Power.ON or vm.memory_bytes is None:
        return Sample(
            entity=vm.id,
            at=at,
            cpu_percent=0.0,
            memory_used_bytes=0,
            memory_bytes=vm.memory_bytes,
            disk_read_bytes_per_s=0.0,
            disk_write_bytes_per_s=0.0,
            net_receive_bytes_per_s=0.0,
            net_transmit_bytes_per_s=0.0,
        )
    number = world.number(vm.id)
    second = at.timestamp()
    hour_angle = 2 * math.pi * (second / DAY_S - QUIETEST_HOUR / 24)
    wave = 0.75 - 0.25 * math.cos(hour_angle)
    flutter = smooth_noise(number, second, 6)
    burst = max(0.0, smooth_noise(number + 1_000_003, second, 45) - BURST_ABOVE) / (1 - BURST_ABOVE)
    base = world.machines.role(number).cpu_percent
    cpu = min(100.0, base * (0.6 * wave + 0.5 * flutter) + 60 * burst)
    memory = 0.35 + 0.3 * wave + 0.2 * smooth_noise(number + 2_000_003, second, 300)
    traffic = (cpu / 100) ** 1.3 * vm.vcpus if vm.vcpus else 0.0
    return Sample(
        entity=vm.id,
        at=at,
        cpu_percent=round(cpu, 2),
        memory_used_bytes=int(vm.memory_bytes * memory),
        memory_bytes=vm.memory_bytes,
        disk_read_bytes_per_s=round(8e6 * traffic * (0.3 + smooth_noise(number + 3_000_017, second, 4))),
        disk_write_bytes_per_s=round(5e6 * traffic * (0.3 + smooth_noise(number + 4_000_037, second, 5))),
        net_receive_bytes_per_s=round(6e6 * traffic * (0.5 + flutter)),
        net_transmit_bytes_per_s=round(9e6 * traffic * (0.4 + flutter)),
    )


def _of_host(world: World, host: Host, at: datetime) -> Sample:
    """The sum of its VMs, and a little of its own."""
    cores_busy = memory = read = write = receive = transmit = 0.0
    for vm in world.residents(host.id):
        load = _of_vm(world, vm, at)
        cores_busy += (load.cpu_percent or 0) / 100 * (vm.vcpus or 0)
        memory += load.memory_used_bytes or 0
        read += load.disk_read_bytes_per_s or 0
        write += load.disk_write_bytes_per_s or 0
        receive += load.net_receive_bytes_per_s or 0
        transmit += load.net_transmit_bytes_per_s or 0
    threads = host.cpu_threads or 1
    return Sample(
        entity=host.id,
        at=at,
        cpu_percent=round(min(100.0, HYPERVISOR_OWN_CPU_PERCENT + 100 * cores_busy / threads), 2),
        memory_used_bytes=min(host.memory_bytes or 0, int(memory) + HYPERVISOR_OWN_BYTES),
        memory_bytes=host.memory_bytes,
        disk_read_bytes_per_s=read,
        disk_write_bytes_per_s=write,
        net_receive_bytes_per_s=receive,
        net_transmit_bytes_per_s=transmit,
    )
