"""10,000 findings on 45,000 VMs in the real window: its longest pauses, and how long what an operator does takes.

`python -m tests.bench --only findings` runs it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from functools import partial
from itertools import batched

import msgspec

from tests.bench import large_estate
from tests.bench.figures import Figure
from tests.bench.large_estate import GUST_S, VMS
from tests.bench.scene import LOAD_S, Scene, paced
from tests.gui import judged
from tests.gui.estates import NotingEngine, link_up
from vmi_console.engine import protocol
from vmi_console.gui.findings.lines import Column, Grouping
from vmi_console.gui.findings.pane import TYPED_MS, FindingsPane
from vmi_console.gui.replica import Replica
from vmi_console.gui.window import MainWindow
from vmi_console.policy.judgement import Severity

FINDINGS = 10_000
PER_FRAME = 200
FRAMES_PER_SECOND = 100
MOVED_PER_SECOND = 200
STORM_S = 5.0


def measure() -> Iterator[Figure]:
    """The pane of findings, from the first ones on."""
    scene = Scene()
    scene.play(_worked_in)
    for act in scene.acts:
        yield scene.pause(f"longest pause: {act.name}", act, f"; done in {act.took_s:.2f} s")


async def _worked_in(scene: Scene) -> None:
    replica = Replica()
    window = MainWindow(replica, NotingEngine())
    window.resize(1600, 1000)
    window.show()
    link_up(replica)
    replica.replayed(protocol.Replay(phase=protocol.Phase.BEGIN))
    for update in large_estate.told():
        replica.updated(update)
    replica.replayed(protocol.Replay(phase=protocol.Phase.END))
    pane, tree = window.findings, window.tree_model
    scene.busy = lambda: replica.dirty or tree.busy or pane.busy or window.dashboard.busy
    await scene.until(lambda: scene.settled, LOAD_S)
    tree.open_all()
    await scene.until(lambda: scene.settled, LOAD_S)
    judged.stand(replica, *judged.POLICIES)
    await scene.until(lambda: scene.settled)
    findings = _Findings(replica)
    await scene.act("first load", findings.tell)
    for grouping in (Grouping.VM, Grouping.POLICY, Grouping.CAUSE, Grouping.NONE):
        await scene.act(f"group by {grouping}", partial(pane.model.group_by, grouping))
    for column in (*Column, Column.SEVERITY):
        await scene.act(f"sort by {column.name.lower()}", partial(pane.model.sort_by, column))
    await scene.act("filter", partial(_type, pane, "vm-00 vlan 60"))
    await scene.act("no filter", partial(_type, pane, ""))
    await scene.act("storm", findings.storm)
    window.show_dashboard()
    await scene.act("storm, dashboard in front", findings.storm)
    await scene.act("all again", partial(findings.tell, replaces=True))
    await window.errands.close()
    window.hide()
    window.deleteLater()


async def _type(pane: FindingsPane, text: str) -> None:
    """A filter is looked at when the hand rests."""
    pane.filter.setText(text)
    await asyncio.sleep(TYPED_MS / 1000)


class _Findings:
    """As an engine finds them."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._chance = chance = random.Random(7)
        severities = list(Severity)
        self._all = [
            judged.finding(number % 9, chance.randrange(VMS), chance.choice(severities)) for number in range(FINDINGS)
        ]

    async def tell(self, replaces: bool = False) -> None:
        """All of them, frame by frame."""
        frames = [
            protocol.Findings(replaces=replaces and number == 0, findings=part)
            for number, part in enumerate(batched(self._all, PER_FRAME))
        ]
        await paced(lambda number: self._replica.found(frames[number]), len(frames), 1 / FRAMES_PER_SECOND)

    async def storm(self) -> None:
        """Some change all the time, a few at once."""
        await paced(self._gust, round(STORM_S / GUST_S), GUST_S)

    def _gust(self, _: int) -> None:
        chance = self._chance
        moved = tuple(
            msgspec.structs.replace(chance.choice(self._all), evidence=f"on VLAN {chance.randrange(4000)}")
            for _ in range(round(MOVED_PER_SECOND * GUST_S))
        )
        self._replica.found(protocol.Findings(findings=moved))
