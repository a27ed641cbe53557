"""What every test of the window needs: an application with our theme, and a window that is shown and taken away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytestqt.plugin
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.console import eventually
from tests.gui.estates import NotingEngine, link_up
from vmi_console.gui import language
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Loop
from vmi_console.gui.theme import Theme
from vmi_console.gui.window import MainWindow

HERE = Path(__file__).parent


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Coroutine tests of the window run under the loop that the window runs under."""
    return {"qt": _loop}


def _loop() -> Loop:
    global _newest_loop
    _newest_loop = Loop(app if isinstance(app := QApplication.instance(), QApplication) else QApplication([]))
    return _newest_loop


_newest_loop: Loop | None = None


def _process_events() -> None:
    """pytest-qt has Qt's events handled between the phases of a test. What a loop that waits for the next phase has
    to do may be among them, and is to find itself under that loop."""
    app = QApplication.instance()
    if app is None:
        return
    if _newest_loop is None or _newest_loop.is_closed():
        app.processEvents()
        return
    asyncio._set_running_loop(_newest_loop)
    try:
        app.processEvents()
    finally:
        asyncio._set_running_loop(None)


assert callable(pytestqt.plugin._process_events)
pytestqt.plugin._process_events = _process_events


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform warns that it has no window manager to talk to."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.qt_log_ignore("^This plugin does not support", extend=True))


@pytest.fixture(autouse=True)
def theme(qapp: QApplication) -> Theme:
    if not hasattr(Theme, "current"):
        language.install(qapp)
        Theme(qapp)
    return Theme.current


@pytest.fixture(autouse=True)
def no_widget_left(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a window behind."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [widget for widget in qapp.topLevelWidgets() if widget.isVisible()]
    assert not left, f"windows left open: {left}"


@dataclass
class Console:
    """A window with its replica, and an engine that takes notes."""

    window: MainWindow
    replica: Replica
    engine: NotingEngine

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits until something holds; fails if it never does."""
        await eventually(holds)

    async def settle(self) -> None:
        """Waits until everything that is known is shown."""
        self.replica.refresh()
        await self.until(lambda: not (self.window.tree_model.busy or self.window.changes.busy))

    def tree_texts(self) -> list[str]:
        """The rows of the tree, indented."""
        model = self.window.tree_model
        return ["  " * node.depth + model.name(node) for node in model.rows]


@pytest.fixture
async def console(qapp: QApplication) -> AsyncIterator[Console]:
    """A shown window whose engine answers, with nothing connected."""
    replica, engine = Replica(), NotingEngine()
    window = MainWindow(replica, engine)
    link_up(replica)
    window.show()
    yield Console(window, replica, engine)
    await window.errands.close()
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
