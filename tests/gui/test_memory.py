"""What an operator arranged is there again: after closing, after logging out, and not in safe mode."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication

from tests.gui import estates
from tests.gui.conftest import Console
from tests.gui.estates import NotingEngine, link_up
from vmi_console.estate.identity import entity_id
from vmi_console.gui.preferences import FILE, Preferences, Scheme
from vmi_console.gui.replica import Replica
from vmi_console.gui.window import MainWindow

VM = entity_id("vm", "vc", "2")


@asynccontextmanager
async def opened(folder: Path | None) -> AsyncIterator[Console]:
    """A window with preferences of its own, connected to the same estate each time; it is closed as a person does."""
    replica, engine = Replica(), NotingEngine()
    window = MainWindow(replica, engine, Preferences(folder))
    link_up(replica)
    window.show()
    console = Console(window, replica, engine)
    estates.replay(replica, estates.estate(hosts=2, vms=8))
    await console.settle()
    await console.until(window.estate_dock.isVisible)
    try:
        yield console
        window.remember()
    finally:
        await window.errands.close()
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


async def test_a_window_comes_back_as_it_was_left(tmp_path: Path, qapp: QCoreApplication) -> None:
    async with opened(tmp_path) as console:
        window = console.window
        window.resize(window.width(), 700)
        window.selection.choose(VM)
        window.panel.turn_to("hardware")
        window.show_pane("vms")
        window.preferences.choose(arrangement="network", scheme=Scheme.DARK, table_sort=("memory", True))
        topology = next(dock for dock in window.docks if dock.objectName() == "topology")
        topology.setFloating(True)
        window.tear()
        window.pane_windows[0].pin_to((VM,))
    async with opened(tmp_path) as console:
        window = console.window
        assert window.height() == 700
        await console.until(lambda: window.selection.entity == VM)
        assert window.panel.front == "hardware"
        choices = window.preferences.choices
        assert (choices.arrangement, choices.scheme, choices.table_sort) == ("network", Scheme.DARK, ("memory", True))
        assert window.estate.model.arrangement.name == "network"
        docks = {dock.objectName(): dock for dock in window.docks}
        assert docks["topology"].isFloating()
        assert docks["vms"].isVisible()
        assert [(torn.entities, torn.follow.isChecked()) for torn in window.pane_windows] == [((VM,), False)]
        window.preferences.choose(scheme=Scheme.SYSTEM)


async def test_what_was_left_comes_back_after_an_end_without_warning(tmp_path: Path, qapp: QCoreApplication) -> None:
    async with opened(tmp_path) as console:
        window = console.window
        window.selection.choose(VM)
        window.panel.turn_to("hardware")
        window.tear()
        window.keeping.timeout.emit()  # and nothing more is written down
        async with opened(tmp_path) as again:
            await again.until(lambda: again.window.selection.entity == VM)
            assert again.window.panel.front == "hardware"
            assert len(again.window.pane_windows) == 1
            again.window.keeping.timeout.emit()
            written = (tmp_path / FILE).stat().st_mtime_ns
            again.window.keeping.timeout.emit()
            assert (tmp_path / FILE).stat().st_mtime_ns == written, "what is as it was is not written again"


async def test_lists_only_comes_back_and_so_does_the_room_of_the_panes(tmp_path: Path, qapp: QCoreApplication) -> None:
    async with opened(tmp_path) as console:
        window = console.window
        window.changes_dock.come_forward()
        await console.until(lambda: not window.changes_dock.visibleRegion().isEmpty())
        height = window.changes_dock.height()
        window.commands.enlarge.trigger()
        await console.until(lambda: window.changes_dock.height() > height)
    async with opened(tmp_path) as console:
        window = console.window
        assert window.commands.enlarge.isChecked()
        await console.until(lambda: not window.panel.isVisible())
        window.commands.enlarge.trigger()
        await console.until(lambda: window.changes_dock.height() == height)


async def test_without_a_folder_a_window_comes_up_as_at_first(tmp_path: Path, qapp: QCoreApplication) -> None:
    async with opened(tmp_path) as console:
        console.window.preferences.choose(arrangement="tag")
        console.window.changes_dock.close()
    async with opened(None) as console:
        assert console.window.preferences.choices.arrangement == "location"
        assert console.window.changes_dock.isVisible()
        assert console.window.dockWidgetArea(console.window.estate_dock) is Qt.DockWidgetArea.LeftDockWidgetArea


async def test_closed_windows_leave_nothing_behind(tmp_path: Path, qapp: QApplication) -> None:
    """No widget and no thread, however often a window is opened and closed."""
    async with opened(tmp_path):
        pass  # what is made once and kept
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    before = len(qapp.allWidgets()), threading.active_count()
    for _ in range(5):
        async with opened(tmp_path) as console:
            console.window.tear()
    await asyncio.sleep(0)
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert (len(qapp.allWidgets()), threading.active_count()) == before
