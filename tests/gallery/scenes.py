"""What is on the pictures. A scene is a coroutine on a studio; those of one estate share it."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.console import aside
from tests.gallery.studio import Studio, studio
from tests.hypervisors.vcsim.vcenter import Size, Vcenter
from vmi_console.estate.records import Host, Network
from vmi_console.gui.preferences import Scheme

type Scene = Callable[[Studio], Awaitable[None]]

DEMO = "demo://?hosts=10&vms=200"
LARGE = "demo://?hosts=2500&vms=45000&changes_per_second=100"
TEN_THOUSAND = Size(datacenters=2, clusters=10, hosts=8, standalone=0, pools=5, vms=100, portgroups=20)
MOVED = '666 in vlans and "web" in name'


async def summary(one: Studio) -> None:
    await one.select(MOVED)
    one.window.panel.turn_to("summary")


async def network(one: Studio) -> None:
    await one.select(MOVED)
    one.window.panel.turn_to("network")


async def guest(one: Studio) -> None:
    await one.select(MOVED)
    one.window.panel.turn_to("guest")


async def comparison(one: Studio) -> None:
    await one.select('"web-pci" in name', many=5)


async def vcenter(one: Studio) -> None:
    host = next(record for record in one.replica.records.values() if isinstance(record, Host))
    one.window.selection.choose(host.id)


async def vcenter_network(one: Studio) -> None:
    networks = [record for record in one.replica.records.values() if isinstance(record, Network)]
    one.window.selection.choose(next(each for each in networks if each.vlan is not None).id)


SCENES: dict[str, tuple[str, Scene]] = {
    "summary": ("demo", summary),
    "network": ("demo", network),
    "guest": ("demo", guest),
    "comparison": ("demo", comparison),
    "vcenter": ("vcenter", vcenter),
    "vcenter-network": ("vcenter", vcenter_network),
}


async def play(names: Sequence[str], folder: Path, scheme: Scheme, size: tuple[int, int], suffix: str) -> None:
    """Takes the pictures of these scenes."""
    for estate in dict.fromkeys(SCENES[name][0] for name in names):
        chosen = [name for name in names if SCENES[name][0] == estate]
        async with studio(folder, scheme, size, suffix) as one:
            if estate == "vcenter":
                with tempfile.TemporaryDirectory() as workshop:
                    server = Vcenter(Path(workshop), TEN_THOUSAND)
                    try:
                        await aside(server.start)
                        await one.connect_vcenter(server, "vc-berlin")
                        await _take(one, chosen)
                    finally:
                        await aside(server.stop)
            else:
                await one.connect(LARGE if estate == "large" else DEMO, "Demo estate")
                await _take(one, chosen)


async def _take(one: Studio, names: Sequence[str]) -> None:
    for name in names:
        await SCENES[name][1](one)
        await one.take(name)
