"""One window on demo, a real libvirtd and a vCenter: from an administrator's act to the tree, and to the pane in front.

Needs the lab of tests/hypervisors. The clock starts when the hypervisor says that the act is done; the acts are those
of bench_live, which looks at a client. The tree is arranged as the act shows: by location, or by network and VLAN.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from PySide6.QtWidgets import QApplication

from tests.bench import bench_live
from tests.bench.bench_live import EVENT_S, NAME, POLL_S, POLLED, VLAN
from tests.bench.figures import Figure
from tests.bench.stage import listening_engine
from tests.console import eventually
from tests.hypervisors.hands import Hands, Together, together
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.operator_window import play
from tests.hypervisors.vcsim.vcenter import Vcenter
from vmi_console.engine.client import Client
from vmi_console.engine.engines import RunningEngine
from vmi_console.engine.protocol import Subscribe
from vmi_console.estate.identity import EntityId
from vmi_console.gui.panes.sheet_pane import SheetPane
from vmi_console.gui.replica import Replica
from vmi_console.gui.tree.arrangements import LOCATION, NETWORK
from vmi_console.gui.window import MainWindow
from vmi_console.wire.tasks import Tasks

OF_NETWORKS = frozenset(("add a NIC", "edit its portgroup's VLAN", "move a NIC to another network"))
LONGEST_S = 30.0
UNTOLD = frozenset(("create a VM", "remove it"))
"""Before the one and after the other there is no VM to select."""


def measure() -> Iterator[Figure]:
    """One life of a VM on each hypervisor."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)  # what follows the window's end is still to be done
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Laboratory(Path(folder)) as lab,
        Vcenter(Path(folder) / "vcsim", bound=True) as vcenter,
        listening_engine(Path(folder)) as socket,
    ):

        async def story() -> None:
            await eventually(socket.exists, seconds=60)
            async with together(lab, vcenter, RunningEngine(socket)) as one:
                figures.extend(await _before_a_window(one, socket))

        play(application, story)
    yield from figures


async def _before_a_window(one: Together, socket: Path) -> list[Figure]:
    replica = Replica()
    subscription = Subscribe(findings=True)
    client = Client(RunningEngine(socket), replica, subscription, replica, of_records=replica.receive)
    window = MainWindow(replica, client)
    window.resize(1360, 860)
    window.show()
    sight = Sight(window)
    try:
        async with Tasks() as tasks:
            tasks.start(client.run(), "the link to the engine")
            await eventually(lambda: replica.link.up and len(replica.records) >= len(one.records), seconds=60)
            figures = [figure for hands in one.hands for figure in await _life(one, hands, sight)]
            await window.errands.close()
    finally:
        window.close()
        window.deleteLater()
    return figures


class Sight:
    """What an operator sees of one VM."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window

    async def look_for(self, what: str, vm: EntityId | None) -> None:
        """Arranges and opens the tree so, and the pane beside it, that an act will show."""
        model = self.window.tree_model
        model.arrange(NETWORK if what in OF_NETWORKS else LOCATION)
        await eventually(lambda: not model.busy)
        model.open_all()
        await eventually(lambda: not model.busy)
        if vm is not None:
            self.window.selection.choose(vm)
            self.window.show_pane("network" if what in OF_NETWORKS else "summary")
            await eventually(lambda: self.pane() != "")

    def rows(self, vm: EntityId) -> list[tuple[str, str, str]]:
        """The VM's rows in the tree: its name and state, and what is above it."""
        model = self.window.tree_model
        return [
            (model.name(node), model.state_word(node), model.name(node.parent) if node.parent is not None else "")
            for node in model.rows
            if node.id == vm
        ]

    def named(self, name: str) -> bool:
        """Whether a row has this name."""
        return any(self.window.tree_model.name(node) == name for node in self.window.tree_model.rows)

    def pane(self) -> str:
        """All that the pane in front says."""
        pane = self.window.panel.pane
        return repr(pane.sheet) if isinstance(pane, SheetPane) else ""

    def says(self, what: str) -> bool:
        """Whether the pane has the word that an act brought, where it brings one; a name is in the heading above it."""
        return what != "edit its portgroup's VLAN" or str(VLAN) in self.pane()


async def _life(one: Together, hands: Hands, sight: Sight) -> list[Figure]:
    loop = asyncio.get_running_loop()
    figures, authors, told = [], 0, 0
    made: EntityId | None = None
    async for what, act, _ in bench_live.steps(one, hands):
        await sight.look_for(what, made)
        rows = sight.rows(made) if made is not None else []
        said = sight.pane() if made is not None else ""
        await act
        began = loop.time()
        in_tree = in_pane = 0.0
        if made is None:
            await eventually(lambda: sight.named(NAME))
            in_tree = loop.time() - began
            await eventually(lambda: (vm := one.named(NAME)) and vm.nics)
            made = next(vm.id for vm in one.vms if vm.name == NAME)
        else:
            while not (in_tree and (in_pane or what in UNTOLD)):
                after = loop.time() - began
                in_tree = in_tree or (after if sight.rows(made) != rows else 0.0)
                in_pane = in_pane or (after if sight.pane() != said and sight.says(what) else 0.0)
                assert after < LONGEST_S, (hands.hypervisor, what, rows, in_tree, in_pane)
                await asyncio.sleep(0.01)
            if what not in UNTOLD and hands.actor is not None:
                told += 1
                await asyncio.sleep(1.0)  # an event that names somebody may come after what it tells of
                authors += hands.actor.rpartition("\\")[2].lower() in sight.pane().lower()
        goal = POLL_S if hands.hypervisor == "libvirt" and what in POLLED else EVENT_S
        beside = "" if what in UNTOLD else f"in the pane after {in_pane:.2f} s"
        figures.append(Figure(f"act → window on {hands.hypervisor}: {what}", max(in_tree, in_pane), "s", goal, beside))
    if told:
        figures.append(Figure(f"… by whom, in the pane on {hands.hypervisor}", float(authors), f"of {told}", None, ""))
    worst = median(figure.value for figure in figures[:-1])
    figures.append(Figure(f"… on {hands.hypervisor}, median", worst, "s", None, ""))
    return figures
