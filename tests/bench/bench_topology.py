"""The topology picture at 45,000 VMs: the longest pauses while it is opened, zoomed, panned, searched and stormed.

The view alone, on a replica that has everything. `python -m tests.bench --only topology` runs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

import msgspec
from PySide6.QtCore import QPointF

from tests.bench import large_estate, machine
from tests.bench.figures import Figure
from tests.bench.large_estate import GUST_S, SOME, Storm, vm_id
from tests.bench.scene import LOAD_S, Scene
from tests.gui.desks import new_desk
from tests.gui.estates import NotingEngine, link_up
from vmi_console.engine import protocol
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import VM
from vmi_console.gui.topology.view import TopologyView

STORM_S = 10
STEPS = 40


def measure() -> Iterator[Figure]:
    """One picture, from its opening on."""
    scene = Scene()
    scene.play(_worked_in)
    yield from scene.figures()


async def _worked_in(scene: Scene) -> None:
    desk = new_desk(NotingEngine())
    replica = desk.replica
    link_up(replica)
    for update in large_estate.told():
        replica.updated(update)
    replica.refresh()
    before = machine.memory_mib(os.getpid())
    view = TopologyView(desk)
    canvas, keeper = view.canvas, view.keeper
    view.resize(1360, 860)
    scene.busy = lambda: keeper.busy
    await scene.act("open 45,000 VMs", view.show, lambda: keeper.built and scene.settled, longest_s=LOAD_S)
    at = QPointF(700, 300)
    await scene.repeat("zoom in to names", lambda _: canvas.zoom_by(1.1, at), STEPS)
    await scene.repeat("pan among names", lambda _: canvas.scroll_by(60, 25), STEPS)
    await scene.repeat("zoom out", lambda _: canvas.zoom_by(1 / 1.1, at), STEPS)
    for zoom in (0.24, 0.3, 0.4, 0.8):
        canvas.zoom_to(zoom, at)
        await scene.repeat(f"pan at zoom {zoom}", lambda _: canvas.scroll_by(60, 25), STEPS)
    canvas.fit()
    network = entity_id("network", "vc", "7")
    await scene.act("select a VM", partial(view.show_entities, (vm_id(20_000),)))
    await scene.act("select a network", partial(view.show_entities, (network,)))
    await scene.act("select the switch of all", partial(view.show_entities, (entity_id("switch", "vc", "1"),)))
    await scene.act("search, 464 match", partial(view.show_only, set(SOME)))
    await scene.act("search ended", partial(view.show_only, None))
    view.show_entities((network,))
    await scene.act("only the wired", partial(view.narrow.setChecked, True))
    await scene.act("everything again", partial(view.narrow.setChecked, False))
    canvas.clear()
    storm = _Rewiring(replica, 1_000)
    for where in ("far", "near"):
        what = f"1,000 changes a second for {STORM_S} s, {where}"
        await scene.repeat(what, storm.gust, round(STORM_S / GUST_S), GUST_S)
        canvas.zoom_to(0.6, at)
    grown = machine.memory_mib(os.getpid()) - before
    scene.more.append(Figure("memory of the picture of 45,000 VMs, 90,000 cards", grown, "MiB", 100.0))
    view.close()


class _Rewiring(Storm):
    """Most of it power, then networks, hosts, and VMs that go and come back with the next gust."""

    _away: tuple[VM, ...] = ()

    def gust(self, _: int) -> None:
        records = list(self._away)
        gone: list[VM] = []
        for number, old in self.struck():
            match number % 10:
                case 0:
                    gone.append(old)
                case 1 | 2:
                    other = self.replica.records[vm_id(number)]
                    assert isinstance(other, VM)
                    records.append(msgspec.structs.replace(old, nics=other.nics))
                case 3:
                    records.append(self.moved(old))
                case _:
                    records.append(self.switched(old))
        self._away = tuple(gone)
        self.replica.updated(protocol.Update(records=tuple(records), removed=tuple(vm.id for vm in gone)))
