"""The window as an operator has it, on the demo estate of 45,000 VMs: how long each act takes and holds its event loop.

Window, engine and collector are those of the program; only the hand is made up. Each estate has a window in a process
of its own: one is worked in, one goes through a storm of changes, and one is left alone. `--only real_window` runs it.

Beside each pause stands what the window's thread computed at most in one go: a pause that is longer is the machine's.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tests.bench import machine
from tests.bench.figures import Figure
from tests.bench.pauses import EmptyLoop, Pauses
from vmi_console.estate.records import VM, Connection, Host, Network, State
from vmi_console.gui import app as window_program
from vmi_console.gui.preferences import Scheme
from vmi_console.gui.replica import Replica
from vmi_console.gui.table.columns import BY_NAME, COLUMNS
from vmi_console.gui.tree.arrangements import ARRANGEMENTS, LOCATION, Arrangement
from vmi_console.gui.tree.forest import Node
from vmi_console.gui.window import MainWindow
from vmi_console.wire.tasks import Tasks

VMS = 45_000
PAUSE_MS = 50.0
ARRANGE_S = EXPAND_S = 2.0
SORT_S = 1.0
STORM_S = 10.0
IDLE_S = 20.0
WHILE_S = 5.0
CATCH_UP_S = 5.0
LOOK_S = 0.005
LONGEST_S = 20.0  # an act
LOAD_S = 180.0
QUERY = 'power == "off" and "pci" in tags'
KEYSTROKE_S = 0.06


@dataclass(frozen=True)
class Act:
    """Something that was done: from when to when, and when all of it was on the screen."""

    name: str
    start: float
    end: float
    took_s: float | None = None
    goal_s: float | None = None


class Scene:
    """A window on one estate, and the acts that were done in it."""

    def __init__(self) -> None:
        self.pauses = Pauses()
        self.acts: list[Act] = []
        self.more: list[Figure] = []

    @property
    def window(self) -> MainWindow:
        return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))

    def is_on_screen(self) -> bool:
        """Whether there is a window to see."""
        return any(isinstance(each, MainWindow) and each.isVisible() for each in QApplication.topLevelWidgets())

    @property
    def replica(self) -> Replica:
        return self.window.desk.replica

    @property
    def settled(self) -> bool:
        """Nothing is on its way to the screen."""
        window = self.window
        parts = window.tree_model, window.changes, window.table, window.topology.keeper
        return not (window.panel.heading.counting or any(part.busy for part in parts))

    @property
    def state(self) -> State | None:
        """Of the connection, once there is one."""
        return next((connection.health.state for connection in self.replica.connections()), None)

    def knows(self, vms: int) -> bool:
        """Whether all of the estate is here."""
        return self.state is State.LIVE and self.replica.counts["vm"] >= vms

    async def act(
        self,
        name: str,
        begin: Callable[[], object] = bool,
        is_done: Callable[[], bool] | None = None,
        goal_s: float | None = None,
        longest_s: float = LONGEST_S,
    ) -> None:
        """Does something and waits until all of it is on the screen; in vain for `longest_s` at most."""
        await asyncio.sleep(0.2)
        is_done = is_done or (lambda: self.settled)
        start = time.monotonic()
        begin()
        with suppress(TimeoutError):  # so long it took at least
            await self.until(is_done, longest_s)
        took = time.monotonic() - start
        await asyncio.sleep(0.3)  # what was put off belongs to it
        self.acts.append(Act(name, start, time.monotonic(), took, goal_s))

    async def until(self, is_done: Callable[[], bool], longest_s: float = LONGEST_S) -> None:
        """Waits. Raises `TimeoutError` if it takes longer than that."""
        async with asyncio.timeout(longest_s):
            await asyncio.sleep(LOOK_S)
            while not is_done():  # noqa: ASYNC110 - nothing tells of all that this may be about
                await asyncio.sleep(LOOK_S)

    async def meanwhile(self, name: str, seconds: float) -> None:
        """Lets the estate change."""
        start = time.monotonic()
        await asyncio.sleep(seconds)
        self.acts.append(Act(name, start, time.monotonic()))

    def figures(self, empty: list[tuple[float, float]]) -> Iterator[Figure]:
        """Of all acts beside the gaps of an empty loop, and what else was measured."""
        for act in self.acts:
            beside = max((gap for when, gap in empty if act.start < when and when - gap < act.end), default=0.0)
            yield Figure(
                f"{act.name}: longest pause",
                self.pauses.longest_ms(act.start, act.end),
                "ms",
                PAUSE_MS,
                f"an empty loop {1000 * beside:.0f} ms",
            )
            computed = self.pauses.most_computed_ms(act.start, act.end)
            yield Figure(f"{act.name}: computed in one go", computed, "ms", PAUSE_MS)
            if act.took_s is not None:
                yield Figure(f"{act.name}: done after", act.took_s, "s", act.goal_s)
        yield from self.more


def measure() -> Iterator[Figure]:
    """The three estates one after the other."""
    for name in SCENES:
        command = [sys.executable, "-m", "tests.bench.bench_real_window", name]
        told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        yield from (msgspec.json.decode(line, type=Figure) for line in told.splitlines())


def play(name: str) -> Iterator[Figure]:
    """One of them, in this process. Raises what it failed with."""
    uri, script = SCENES[name]
    failure: BaseException | None = None
    tasks = Tasks()
    scene: Scene | None = None

    async def play_through() -> None:
        nonlocal failure
        assert scene is not None
        try:
            await scene.until(scene.is_on_screen)  # until then nobody waits for it
            await script(scene)
        except Exception as error:
            failure = error
        scene.window.close()

    def begin() -> None:
        nonlocal scene
        scene = Scene()
        tasks.start(play_through(), name)

    QApplication(sys.argv[:1])
    with EmptyLoop() as empty:
        QTimer.singleShot(0, begin)
        window_program.run(window_program.Options(uris=(uri,), scheme=Scheme.LIGHT))
        gaps = empty.stop()
    if scene is not None:
        yield from scene.figures(gaps)
    if failure is not None:
        raise failure


# --- an hour of work in a minute ----------------------------------------------------------------------------------


async def _worked_in(scene: Scene) -> None:
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


async def _in_the_tree(scene: Scene) -> None:
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


async def _in_the_panes(scene: Scene) -> None:
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


async def _in_the_table(scene: Scene) -> None:
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


async def _select_one(scene: Scene) -> None:
    vm = next(entity for entity in reversed(scene.replica.records) if entity.startswith("vm/"))
    await scene.act("select one VM", partial(scene.window.selection.choose, vm))


def _arranged(scene: Scene, arrangement: Arrangement) -> bool:
    return scene.window.tree_model.shows(arrangement) and scene.settled


def _drawn(scene: Scene) -> bool:
    return scene.window.topology.keeper.built and scene.settled


def _open(window: MainWindow, node: Node) -> None:
    window.tree_model.reveal([node])
    window.tree_model.open_below(node)


async def _search(scene: Scene, part: str) -> None:
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


async def _freeze(scene: Scene) -> None:
    """The reader's process hangs: the connection becomes stale, is given up, and another one discovers it anew."""
    commands = machine.children(os.getpid())
    (reader,) = [pid for pid, command in commands.items() if command.split()[-2:] == ["role", "reader"]]
    stop = partial(os.kill, reader, signal.SIGSTOP)
    await scene.act("the connection freezes", stop, lambda: scene.state is State.STALE)
    await scene.act("it is found again", bool, lambda: scene.knows(VMS), longest_s=LOAD_S)
    await scene.act("come to rest after it")


# --- a storm, and calm --------------------------------------------------------------------------------------------


async def _stormy(scene: Scene) -> None:
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


async def _quiet(scene: Scene) -> None:
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


SCENES: dict[str, tuple[str, Callable[[Scene], Coroutine[Any, Any, None]]]] = {
    "worked-in": (f"demo://?hosts=2500&vms={VMS}&changes_per_second=100", _worked_in),
    "stormy": (f"demo://?hosts=2500&vms={VMS}&changes_per_second=1000", _stormy),
    "quiet": ("demo://?story=off", _quiet),
}


if __name__ == "__main__":
    from tests.bench.__main__ import Outcome, table

    for scene_name in sys.argv[1:]:
        for figure in play(scene_name):
            sys.stdout.buffer.write(msgspec.json.encode(figure) + b"\n")
    if not sys.argv[1:]:
        print(table([Outcome("real window", 0.0, list(measure()))]))
