"""The window as an operator has it, on the demo estate of 45,000 VMs: how long each act takes and holds its event loop.

Window, engine and collector are those of the program; only the hand is made up. Each estate has a window in a process
of its own: one is worked in, one goes through a storm of changes, and one is left alone. `--only real_window` runs it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.large_estate import VMS, demo
from tests.bench.scene import LOAD_S, PAUSE_MS, Act
from tests.bench.stage import Stage
from vmi_console.estate.records import VM, Connection, Host, Network, State
from vmi_console.gui import app as window_program
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.table.columns import BY_NAME, COLUMNS
from vmi_console.gui.tree.arrangements import ARRANGEMENTS, LOCATION, Arrangement
from vmi_console.gui.tree.forest import Node
from vmi_console.gui.window import MainWindow

ARRANGE_S = EXPAND_S = 2.0
SORT_S = 1.0
STORM_S = 10.0
IDLE_S = 20.0
WHILE_S = 5.0
CATCH_UP_S = 5.0
QUERY = 'power == "off" and "pci" in tags'
KEYSTROKE_S = 0.06


def measure() -> Iterator[Figure]:
    """The three estates one after the other."""
    for name in SCENES:
        command = [sys.executable, "-m", "tests.bench.bench_real_window", name]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        yield from (msgspec.json.decode(line, type=Figure) for line in told.splitlines())


def play(name: str) -> Iterator[Figure]:
    """One of them, in this process."""
    uri, script = SCENES[name]
    stage = _Stage(window_program.Options(uris=(uri,), scheme=Scheme.LIGHT))
    stage.play(script)
    yield from stage.figures()


class _Stage(Stage):
    """Tells also what the window's thread computed: in a changing estate that is what a pause is judged by."""

    def told(self, act: Act) -> Iterator[Figure]:
        pause, *done = super().told(act)
        yield pause
        yield Figure(f"{act.name}: computed in one go", self.computed_ms(act), "ms", PAUSE_MS)
        yield from done


# --- an hour of work in a minute ----------------------------------------------------------------------------------


async def _worked_in(scene: Stage) -> None:
    await scene.act("load 45,000 VMs", bool, lambda: scene.knows(VMS), longest_s=LOAD_S)
    await scene.act("come to rest after it")
    await _in_the_tree(scene)
    await _in_the_panes(scene)
    await _in_the_table(scene)
    await scene.act("open the topology", partial(scene.window.show_pane, "topology"), lambda: _drawn(scene))
    await scene.meanwhile("100 changes a second, topology in front", WHILE_S)
    for part in ("vms", "topology", "changes"):
        scene.window.show_pane(part)
        await asyncio.sleep(0.5)
        await _search(scene, part)
    scene.more += _memory()
    await _freeze(scene)


async def _in_the_tree(scene: Stage) -> None:
    window, tree = scene.window, scene.window.estate
    await scene.meanwhile("100 changes a second, tree closed", WHILE_S)
    await scene.act("expand all", tree.open_all.trigger, goal_s=EXPAND_S)
    await scene.meanwhile("100 changes a second, tree open", WHILE_S)
    await scene.act("select all of the tree", tree.view.selectAll)
    await _select_one(scene)
    for arrangement in (*(other for other in ARRANGEMENTS.values() if other is not LOCATION), LOCATION):
        choose = partial(window.preferences.choose, arrangement=arrangement.name)
        shown = partial(_arranged, scene, arrangement)
        await scene.act(f"arrange {arrangement.title}", choose, shown, ARRANGE_S)
        if arrangement is not LOCATION:
            largest = max(tree.model.forest.trunks, key=lambda node: (node.heading is not None, node.vms))
            what = f"open the largest heading {arrangement.title}, {largest.vms:,} VMs"
            await scene.act(what, partial(_open, window, largest))
            await scene.act("… select all", tree.view.selectAll)
            await _select_one(scene)


async def _in_the_panes(scene: Stage) -> None:
    window, records = scene.window, scene.replica.records
    counted = partial(scene.replica.count_referring, kind="vm")
    largest = {
        kind: max((entity for entity, record in records.items() if isinstance(record, kind)), key=counted)
        for kind in (Connection, Host, Network, VM)
    }
    await asyncio.sleep(1)  # the hand's own pause is none of the window's
    for kind, one in largest.items():
        await scene.act(f"select a {kind.__name__}", partial(window.selection.choose, one))
        for pane in window.panel.offered:
            await scene.act(f"… its {pane.name}", partial(window.panel.turn_to, pane.name))
    window.panel.turn_to("charts")
    await scene.act("tear off a pane", window.tear)
    window.pane_windows[0].close()
    await scene.meanwhile("100 changes a second, charts in front", WHILE_S)


async def _in_the_table(scene: Stage) -> None:
    window, table = scene.window, scene.window.table
    await scene.act("open the table", partial(window.show_pane, "vms"))
    for column in COLUMNS:
        await scene.act(f"sort by {column.title}", partial(table.model.sort_by, column, True), goal_s=SORT_S)
    await scene.act("sort by name again", partial(table.model.sort_by, BY_NAME["name"]), goal_s=SORT_S)
    await scene.act("select all in the table", table.view.selectAll)
    await scene.meanwhile("100 changes a second, all selected", WHILE_S)
    await scene.act("filter the table", partial(table.filter.setText, "web"))
    await scene.act("the filter emptied", table.filter.clear)
    await _select_one(scene)


async def _select_one(scene: Stage) -> None:
    vm = next(entity for entity in reversed(scene.replica.records) if entity.startswith("vm/"))
    await scene.act("select one VM", partial(scene.window.selection.choose, vm))


def _arranged(scene: Stage, arrangement: Arrangement) -> bool:
    return scene.window.tree_model.shows(arrangement) and scene.settled


def _drawn(scene: Stage) -> bool:
    return scene.window.topology.keeper.built and scene.settled


def _open(window: MainWindow, node: Node) -> None:
    window.tree_model.reveal([node])
    window.tree_model.open_below(node)


async def _search(scene: Stage, part: str) -> None:
    """Types a query as a quick hand does, and empties the box."""
    window = scene.window
    start = time.monotonic()
    for end in range(1, len(QUERY)):
        window.search_for(QUERY[:end])
        await asyncio.sleep(KEYSTROKE_S)
    await scene.act(
        f"type a query, {part} in front",
        partial(window.search_for, QUERY),
        lambda: bool(scene.replica.matches) and scene.settled,
    )
    scene.acts[-1] = replace(scene.acts[-1], start=start)
    await scene.act("… emptied", partial(window.search_for, ""), lambda: not scene.replica.searching and scene.settled)


async def _freeze(scene: Stage) -> None:
    """The reader's process hangs: the connection becomes stale, is given up, and another one discovers it anew."""
    commands = machine.children(os.getpid())
    (reader,) = [pid for pid, command in commands.items() if command.split()[-2:] == ["role", "reader"]]
    stop = partial(os.kill, reader, signal.SIGSTOP)
    await scene.act("the connection freezes", stop, lambda: scene.state is State.STALE)
    await scene.act("it is found again", bool, lambda: scene.knows(VMS), longest_s=LOAD_S)
    await scene.act("come to rest after it")


# --- a storm, and calm --------------------------------------------------------------------------------------------


async def _stormy(scene: Stage) -> None:
    await scene.act("load 45,000 VMs amid 1,000 changes a second", bool, lambda: scene.knows(VMS), longest_s=LOAD_S)
    window = scene.window

    async def storm(where: str) -> None:
        await asyncio.sleep(CATCH_UP_S)
        await scene.meanwhile(f"1,000 changes a second for {STORM_S:.0f} s, {where}", STORM_S)

    window.estate.open_all.trigger()
    await storm("open tree in front")
    window.show_pane("vms")
    await storm("table in front")
    window.table.filter.setText("web")
    await storm("filtered table in front")
    window.table.filter.clear()
    window.show_pane("topology")
    await storm("topology in front")
    scene.more += _memory()


async def _quiet(scene: Stage) -> None:
    await scene.until(lambda: scene.knows(1))
    scene.pauses.stop()
    await asyncio.sleep(CATCH_UP_S)
    before = {pid: machine.processor_s(pid) for pid in (os.getpid(), *machine.children(os.getpid()))}
    await asyncio.sleep(IDLE_S)
    used = {pid: 100 * (machine.processor_s(pid) - spent) / IDLE_S for pid, spent in before.items()}
    beside = f"with engine and collectors {sum(used.values()):.1f} %"
    scene.more.append(Figure("idle at 200 VMs, of a core for the window", used[os.getpid()], "%", 2.0, beside))


def _memory() -> Iterator[Figure]:
    """Of this process, which is the window, and of the engine."""
    commands = machine.children(os.getpid())
    (engine,) = [pid for pid, command in commands.items() if "engine" in command.split()]
    yield Figure("memory of the window at 45,000 VMs", machine.memory_mib(os.getpid()), "MiB", 400.0)
    yield Figure("memory of the engine at 45,000 VMs", machine.memory_mib(engine), "MiB", 700.0)


SCENES: dict[str, tuple[str, Callable[[Stage], Coroutine[Any, Any, None]]]] = {
    "worked-in": (demo(changes_per_second=100), _worked_in),
    "stormy": (demo(changes_per_second=1_000), _stormy),
    "quiet": ("demo://?story=off", _quiet),
}


if __name__ == "__main__":
    for figure in play(sys.argv[1]):
        sys.stdout.buffer.write(msgspec.json.encode(figure) + b"\n")
