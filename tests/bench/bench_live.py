"""From an administrator's act on demo, a real libvirtd or a vCenter to the client of the one engine that watches all.

Needs the lab of tests/hypervisors. What a hypervisor has an event for should show within 2 s; what must be polled,
within 6 s. The clock starts when the hypervisor says that the act is done.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure
from tests.console import eventually
from tests.hypervisors.hands import Hands, Together, together
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.vcsim.vcenter import Vcenter
from vmi_console.estate.records import VM, Power
from vmi_console.estate.vlan import access

EVENT_S, POLL_S = 2.0, 6.0
POLLED = frozenset(("add a NIC", "edit its portgroup's VLAN", "move a NIC to another network"))
"""libvirt has no event for these; of a NIC it has one only while the VM runs."""

ROUNDS = 3
NAME, RENAMED = "bench", "bench-renamed"
VLAN = 777

type Step = tuple[str, Awaitable[None], Callable[[], object]]
"""What is done, the doing of it, and how it shows."""


def measure() -> Iterable[Figure]:
    """Median and worst of a few rounds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Laboratory(Path(folder)) as lab,
        Vcenter(Path(folder) / "vcsim", bound=True) as vcenter,
    ):
        return asyncio.run(_measure(lab, vcenter))


async def _measure(lab: Laboratory, vcenter: Vcenter) -> list[Figure]:
    times: dict[tuple[str, str], list[float]] = {}
    loop = asyncio.get_running_loop()
    async with together(lab, vcenter) as one:
        for hands in one.hands:
            for _ in range(ROUNDS):
                async for what, act, sight in steps(one, hands):
                    await act
                    began = loop.time()
                    await eventually(sight)
                    times.setdefault((hands.hypervisor, what), []).append(loop.time() - began)
    return [
        Figure(
            f"act → client on {hypervisor}: {what}",
            median(values),
            "s",
            POLL_S if hypervisor == "libvirt" and what in POLLED else EVENT_S,
            beside=f"worst of {len(values)}: {max(values):.2f} s",
        )
        for (hypervisor, what), values in times.items()
    ]


async def steps(one: Together, hands: Hands) -> AsyncIterator[Step]:
    """A VM's life, one act after the other."""
    yield "create a VM", hands.create(NAME), lambda: (vm := one.named(NAME)) and vm.nics
    made = one.named(NAME)
    assert made is not None

    def now() -> VM:
        record = one.records[made.id]
        assert isinstance(record, VM)
        return record

    second, third = one.network(made, hands.second), one.network(made, hands.third)
    assert third.vlan is not None
    yield "rename it", hands.rename(now(), RENAMED), lambda: now().name == RENAMED
    yield "add a NIC", hands.add_nic(now()), lambda: len(now().nics) == 2
    there = access(VLAN)
    yield "edit its portgroup's VLAN", hands.set_vlan(now(), VLAN), lambda: there in [nic.vlan for nic in now().nics]
    await hands.set_vlan(now(), third.vlan.ranges[0][0])
    await eventually(lambda: there not in [nic.vlan for nic in now().nics])
    yield "power it on", hands.power_on(now()), lambda: now().power is Power.ON
    yield (
        "move a NIC to another network",
        hands.move_nic(now()),
        lambda: second.id in [nic.network for nic in now().nics],
    )
    if (other := one.neighbour(now())) is not None:
        yield "move it to another host", hands.migrate(now(), other), lambda: now().host == other.id
    yield "power it off", hands.power_off(now()), lambda: now().power is Power.OFF
    yield "remove it", hands.remove(now()), lambda: made.id not in one.records


if __name__ == "__main__":
    for figure in measure():
        print(f"{figure.what}: {figure.value:.2f} {figure.unit} ({figure.beside})")
