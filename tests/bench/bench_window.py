"""The window at 45,000 VMs: the longest pause of its event loop beside that of an empty one, and how long work takes.

The real window on a replica that is fed as the engine's client feeds it: frames of 100 records, decoded in slices.
`python -m tests.bench --only window` runs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from itertools import batched

from tests.bench import large_estate, machine
from tests.bench.figures import Figure
from tests.bench.large_estate import GUST_S, SOME, VMS, Storm, vm_id
from tests.bench.scene import LOAD_S, Scene
from tests.gui.estates import NotingEngine, connection, link_up
from vmi_console.engine import protocol
from vmi_console.estate.records import State
from vmi_console.gui.replica import Replica
from vmi_console.gui.tree.arrangements import ARRANGEMENTS
from vmi_console.gui.tree.forest import Order
from vmi_console.gui.window import MainWindow

STORM_S = 20
SORT_S = 1.0
ARRANGE_S = EXPAND_S = 2.0


def measure() -> Iterator[Figure]:
    """One window, from its load to the end of its connection."""
    scene = Scene()
    scene.play(_worked_in)
    yield from scene.figures()


async def _worked_in(scene: Scene) -> None:
    frames = large_estate.encoded(large_estate.told())
    own_mib = sum(map(len, frames)) / machine.MIB
    replica = Replica()
    window = MainWindow(replica, NotingEngine())
    window.resize(1360, 860)
    window.show()
    link_up(replica)
    model = window.tree_model
    scene.busy = lambda: model.busy or window.changes.busy or replica.dirty
    await scene.until(lambda: scene.settled)
    before = machine.memory_mib(os.getpid()) - own_mib
    await scene.act(
        "load 45,000 VMs",
        lambda: large_estate.feed(replica, frames),
        lambda: scene.settled and replica.counts["vm"] == VMS,
        longest_s=LOAD_S,
    )
    everything = model.forest.count
    await scene.act(
        "expand all",
        window.estate.open_all.trigger,
        lambda: scene.settled and len(model.rows) == everything,
        EXPAND_S,
    )
    window.selection.choose(vm_id(20_000))
    await scene.repeat("select 40 VMs, 30 a second", lambda step: window.selection.choose(vm_id(20_000 + step)), 40)
    storm = Storm(replica, 100)
    await scene.repeat(f"100 changes a second for {STORM_S} s", storm.gust, round(STORM_S / GUST_S), GUST_S)
    for order in (Order.STATE, Order.NAME):
        await scene.act(f"sort by {order.name.lower()}", partial(model.sort_by, order), goal_s=SORT_S)
    await _arranged(scene, window)
    replica.expect_matches(True)
    found = protocol.Matches(number=1, replaces=True, added=SOME)
    await scene.act("search, 464 match", partial(replica.matched, found))
    await scene.act("search ended", partial(replica.expect_matches, False))
    stale = protocol.Update(records=(connection(state=State.STALE),))
    await scene.act("a connection becomes stale", partial(replica.updated, stale))
    await scene.act("collapse all", window.estate.close_all.trigger)
    gone = large_estate.encoded(protocol.Update(removed=ids) for ids in batched(list(replica.records), 100))
    await scene.act("the connection is removed", lambda: large_estate.feed(replica, gone), longest_s=LOAD_S)
    memory = machine.memory_mib(os.getpid()) - own_mib
    beside = f"{before:.0f} MiB before the load"
    scene.more.append(Figure("memory of the window with 45,000 VMs", memory, "MiB", 400.0, beside))
    await window.errands.close()
    window.close()


async def _arranged(scene: Scene, window: MainWindow) -> None:
    """Arranges the tree in other ways, opens and selects all of the largest, and comes back."""
    estate, model = window.estate, window.tree_model

    async def to(name: str) -> None:
        arrangement = ARRANGEMENTS[name]
        choose = partial(window.preferences.choose, arrangement=name)
        what = f"arrange {arrangement.title}"
        await scene.act(what, choose, lambda: scene.settled and model.shows(arrangement), ARRANGE_S)

    await to("network")
    everything = model.forest.count
    await scene.act(
        f"expand all {everything:,} rows by network",
        estate.open_all.trigger,
        lambda: scene.settled and len(model.rows) == everything,
        EXPAND_S,
    )
    await scene.act(f"select all {everything:,} rows", estate.view.selectAll)
    window.selection.choose(vm_id(20_000))
    for name in ("tag", "state", "location"):
        await to(name)
