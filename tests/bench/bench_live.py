"""From an administrator's act on a real libvirtd to the client of the engine, and the same on the demo estate.

Needs the lab of tests/hypervisors. What libvirt has an event for should show within 2 s; what must be polled, within
6 s.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from statistics import median

from tests.bench.figures import Figure
from tests.console import Console, aside, console, eventually
from tests.hypervisors.lab import definitions
from tests.hypervisors.lab.admin import Administrator
from tests.hypervisors.lab.laboratory import Laboratory
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Power, State

EVENT_S, POLL_S = 2.0, 6.0
NAME, MAC, SECOND_MAC = "bench", "52:54:00:be:00:01", "52:54:00:be:00:02"
DEMO_TRIES = 20

type Sight = Callable[[VM | None], object]


def measure() -> Iterable[Figure]:
    """Median and worst of a few rounds."""
    with tempfile.TemporaryDirectory() as folder, Laboratory(Path(folder)) as lab:
        return asyncio.run(_measure(lab))


async def _measure(lab: Laboratory) -> list[Figure]:
    times: dict[tuple[str, float], list[float]] = {}
    async with console(PrivateEngine(None)) as one:
        for uri in (lab.uri, "demo://?hosts=10&vms=200&story=off"):
            await one.client.call("add_connection", uri=uri, saved=False)
        await eventually(lambda: [each.health.state for each in one.connections] == [State.LIVE] * 2, seconds=60)
        for _ in range(3):
            async for what, limit, seconds in _on_libvirt(one, lab):
                times.setdefault((what, limit), []).append(seconds)
        async for seconds in _on_demo(one):
            times.setdefault(("rename a VM on demo (from the call to an actor)", EVENT_S), []).append(seconds)
    return [
        Figure(
            f"act → client: {what}", median(values), "s", limit, beside=f"worst of {len(values)}: {max(values):.2f} s"
        )
        for (what, limit), values in times.items()
    ]


async def _on_libvirt(one: Console, lab: Laboratory) -> AsyncIterator[tuple[str, float, float]]:
    steps: list[tuple[str, float, Callable[[Administrator], None], Sight]] = [
        ("create a VM on libvirt", EVENT_S, lambda admin: admin.create(NAME, MAC), bool),
        ("power it on", EVENT_S, lambda admin: admin.power_on(NAME), lambda vm: vm and vm.power is Power.ON),
        (
            "add a NIC",
            EVENT_S,
            lambda admin: admin.add_nic(NAME, SECOND_MAC, definitions.LAN),
            lambda vm: vm and len(vm.nics) == 2,
        ),
        (
            "move a NIC to another network (no event)",
            POLL_S,
            lambda admin: admin.move_nic(NAME, MAC, definitions.APART),
            lambda vm: vm and vm.nics[0].network_name == definitions.APART,
        ),
        (
            "pull a NIC's cable (no event)",
            POLL_S,
            lambda admin: admin.link(NAME, MAC, "down"),
            lambda vm: vm and vm.nics[0].link_up is False,
        ),
        ("power it off", EVENT_S, lambda admin: admin.power_off(NAME), lambda vm: vm and vm.power is Power.OFF),
        ("remove it", EVENT_S, lambda admin: admin.remove(NAME), lambda vm: vm is None),
    ]
    loop = asyncio.get_running_loop()
    for what, limit, act, sight in steps:
        await aside(lambda act=act: _as_administrator(lab, act))  # type: ignore[misc]
        began = loop.time()
        await eventually(lambda sight=sight: sight(_named(one, NAME)))  # type: ignore[misc]
        yield what, limit, loop.time() - began


def _as_administrator(lab: Laboratory, act: Callable[[Administrator], None]) -> None:
    with lab.administrator() as administrator:
        act(administrator)


async def _on_demo(one: Console) -> AsyncIterator[float]:
    vm = next(vm for vm in one.vms if "/demo-" in vm.id)
    loop = asyncio.get_running_loop()
    for number in range(DEMO_TRIES):
        began = loop.time()
        await one.client.call("act", entity=vm.id, command="rename", arguments={"name": f"bench-{number}"})
        await eventually(lambda number=number: one.records[EntityId(vm.id)].name == f"bench-{number}")  # type: ignore[misc]
        yield loop.time() - began


def _named(one: Console, name: str) -> VM | None:
    return next((vm for vm in one.vms if vm.name == name), None)


if __name__ == "__main__":
    for figure in measure():
        print(f"{figure.what}: {figure.value:.2f} {figure.unit} ({figure.beside})")
