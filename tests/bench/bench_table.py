"""The table of VMs at 45,000: the longest pause of its event loop beside that of an empty one, and how long work takes.

The real widget on a replica that is fed as the engine's client feeds it: frames of 100 records, decoded in slices.
`python -m tests.bench --only table` runs it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from tests.bench import large_estate
from tests.bench.figures import Figure
from tests.bench.large_estate import GUST_S, SOME, VMS, Storm
from tests.bench.scene import LOAD_S, Scene
from tests.gui.desks import new_desk
from tests.gui.estates import NotingEngine, link_up
from vmi_console.gui.table import VmTable
from vmi_console.gui.table.columns import BY_NAME, COLUMNS
from vmi_console.gui.table.export import Form

STORM_S = 10.0
SORT_S = 1.0
ANSWER_MS = 50.0


def measure() -> Iterator[Figure]:
    """One table, from its load on."""
    scene = Scene()
    scene.play(_worked_in)
    yield from scene.figures()


async def _worked_in(scene: Scene) -> None:
    frames = large_estate.encoded(large_estate.told())
    desk = new_desk(NotingEngine())
    replica, table = desk.replica, VmTable(desk)
    model = table.model
    table.resize(1600, 800)
    table.show()
    link_up(replica)
    scene.busy = lambda: table.busy or replica.dirty
    await scene.until(lambda: scene.settled)
    await scene.act(
        "load 45,000 VMs",
        lambda: large_estate.feed(replica, frames),
        lambda: scene.settled and len(model.rows) == VMS,
        longest_s=LOAD_S,
    )
    for column in COLUMNS:
        await scene.act(f"sort by {column.title}", partial(model.sort_by, column, True), goal_s=SORT_S)
    await scene.act("turn the order around", lambda: model.sort_by(model.column), goal_s=SORT_S)
    model.sort_by(BY_NAME["name"])
    await scene.until(lambda: scene.settled)
    await _typed(scene, table)
    await _selected(scene, table)
    storm = Storm(replica, 1_000)
    for by, text in (("name", ""), ("state", ""), ("changed", "vlan-11")):
        table.filter.setText(text)
        model.sort_by(BY_NAME[by], by == "changed")
        await scene.until(lambda: scene.settled)
        what = f"1,000 changes a second, sorted by {by}{' with a filter' if text else ''}"
        await scene.repeat(what, storm.gust, round(STORM_S / GUST_S), GUST_S)
    table.filter.clear()
    await scene.until(lambda: scene.settled)
    await scene.act("search, 464 match", partial(model.show_only, set(SOME)))
    await scene.act("search ended", partial(model.show_only, None))
    table.close()


async def _typed(scene: Scene, table: VmTable) -> None:
    """A filter typed letter by letter; the first letter finds out what every line says."""
    answers: list[float] = []

    def answered(*_: object) -> None:
        answers.append(time.monotonic())

    moves = table.model.rowsRemoved, table.model.rowsInserted
    connections = [move.connect(answered) for move in moves]
    for text in ("1", "12", "123", "123 vlan-11", ""):
        answers.clear()
        name = f"filter “{text}”" if text else "filter emptied"
        await scene.act(name, partial(table.filter.setText, text))
        first = 1000 * (min(answers) - scene.acts[-1].start) if answers else 0.0
        scene.more.append(Figure(f"{name}: first answer", first, "ms", ANSWER_MS))
    for move, connection in zip(moves, connections, strict=True):
        move.disconnect(connection)


async def _selected(scene: Scene, table: VmTable) -> None:
    model, picking = table.model, table.view.picking
    await scene.act("select all", table.view.selectAll)
    await scene.act("sort with all selected", partial(model.sort_by, BY_NAME["memory"]), goal_s=SORT_S)
    picking.pick(line.entity for line in model.rows[::2])
    await scene.act("sort with every other line selected", partial(model.sort_by, BY_NAME["name"]), goal_s=SORT_S)
    await scene.act("copy 22,500 lines", partial(table.copy_selected, Form.TABS))
    picking.pick(())
