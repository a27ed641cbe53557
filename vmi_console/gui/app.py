"""Starts the window: the application, its event loop, the engine's client, and the end of it all."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtWidgets import QApplication

from vmi_console import logs
from vmi_console.engine.engines import Engines, PrivateEngine
from vmi_console.errors import EngineUnavailable, VmiError
from vmi_console.gui import icons, language, runtime
from vmi_console.gui.ending import asked_from_outside
from vmi_console.gui.garbage import Garbage
from vmi_console.gui.mishaps import Mishaps
from vmi_console.gui.preferences import Preferences, Scheme
from vmi_console.gui.replica import Replica
from vmi_console.gui.review.handed import Application
from vmi_console.gui.review.visits import Visits
from vmi_console.gui.theme import Theme
from vmi_console.gui.window import MainWindow
from vmi_console.settings import Workspace
from vmi_console.wire.tasks import Tasks


@dataclass(frozen=True)
class Screenshot:
    """Paint the window `after` seconds from the first answer of the engine, save it as PNG, and quit."""

    path: Path
    after_seconds: float = 5.0


@dataclass(frozen=True)
class Options:
    """What the command line says about the window. Connections given here are for this session only."""

    uris: tuple[str, ...] = ()
    demo: bool = False
    engines: Engines | None = None  # where to find the engine; a private one that remembers nothing if left out
    snapshot: PrivateEngine | None = None  # on a snapshot file, which is all that is shown; then there is no other
    workspace: Workspace | None = None  # where the window keeps its preferences; nowhere if left out
    scheme: Scheme | None = None  # what was chosen before if left out
    size: tuple[int, int] | None = None  # device-independent pixels
    select: str = ""  # a query: the first match is selected
    pane: str = ""  # brought to the front
    screenshot: Screenshot | None = None


def run(options: Options | None = None) -> int:
    """Shows the window until it is closed; gives the exit code of the program."""
    options = options or Options()
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = Application(sys.argv[:1])
    app.setApplicationName("vmi-console")
    app.setApplicationDisplayName("VMI Console")
    app.setDesktopFileName("vmi-console")
    preferences = Preferences(options.workspace.config if options.workspace is not None else None)
    language.install(app, preferences.choices.language)
    theme = Theme(app)
    theme.choose(options.scheme or preferences.choices.scheme)
    app.setWindowIcon(icons.application_icon())
    if options.workspace is not None:
        options.workspace.prepare()
        logs.to_file("window", options.workspace.window_log)
    mishaps = Mishaps()
    session = _Session(app, options, preferences, mishaps)
    garbage = Garbage(app)
    runtime.run(app, session.main(), mishaps, session.cut_off)
    garbage.close()
    return session.exit_code


class _Session:
    """From the first paint to the last."""

    def __init__(self, app: QApplication, options: Options, preferences: Preferences, mishaps: Mishaps) -> None:
        self._app = app
        self._options = options
        self._preferences = preferences
        self._mishaps = mishaps
        self._window: MainWindow | None = None
        self.exit_code = 0

    def cut_off(self) -> None:
        """The display is gone, and no coroutine will run any more: keeps what can be kept."""
        if self._window is not None:
            self._window.remember()

    async def main(self) -> None:
        options = self._options
        replica = Replica()
        replica.refresh_every(self._preferences.choices.refresh_milliseconds)
        replica.keep_living_apart(has_living=options.snapshot is None)
        client = Visits(replica, None if options.snapshot is not None else options.engines or PrivateEngine(None))
        window = MainWindow(replica, client, self._preferences, options.workspace, self._mishaps)
        self._window = window
        if options.size is not None:
            window.resize(QSize(*options.size))
        elif options.screenshot is None:
            window.keep_to_screen()
        window.show_pane(options.pane)
        closed = asyncio.Event()
        window.closed.connect(closed.set)
        window.show()
        window.tray.listen()
        if isinstance(self._app, Application):
            self._app.hand_to(window.snapshots.show_file)
        async with Tasks() as tasks:
            if client.living is not None:
                tasks.start(client.living.run(), "the link to the engine")
            if options.snapshot is not None:
                name = QCoreApplication.translate("MainWindow", "Read the snapshot")
                client.go(options.snapshot, name)

            def link_moved() -> None:
                if replica.link.up:  # a new engine knows nothing of this session
                    window.errands.run(
                        self._open(client, window, replica),
                        QCoreApplication.translate("MainWindow", "Open what the command line names"),
                    )

            if options.demo or options.uris:
                replica.link_moved.connect(link_moved)
            if options.select:
                window.errands.run(
                    self._select(client, window),
                    QCoreApplication.translate("MainWindow", "Select what the command line names"),
                )
            if options.screenshot is not None:
                tasks.start(self._take(options.screenshot, client, window, closed), "the screenshot")
            with asked_from_outside(self._app, closed.set, window.remember):
                await closed.wait()
            if isinstance(self._app, Application):
                self._app.hand_to(None)
            window.remember()
            await window.errands.close()
        window.deleteLater()

    async def _open(self, client: Visits, window: MainWindow, replica: Replica) -> None:
        """Adds the connections that the command line names, for this session only."""
        for uri in (*(("demo://",) if self._options.demo else ()), *self._options.uris):
            name = QCoreApplication.translate("ConnectionActions", "Demo estate") if uri == "demo://" else ""
            try:
                await client.call("add_connection", uri=uri, name=name, saved=False)
            except VmiError:
                if all(connection.uri != uri for connection in replica.connections()):
                    raise  # unless the engine has been running, and has it already

    async def _select(self, client: Visits, window: MainWindow) -> None:
        """Selects the first match of the query that the command line names, as soon as there is one."""
        while True:
            await client.up()
            if matches := await client.call("query", text=self._options.select):
                window.selection.choose(matches[0])
                return
            await asyncio.sleep(0.5)

    async def _take(self, screenshot: Screenshot, client: Visits, window: MainWindow, closed: asyncio.Event) -> None:
        try:
            refusal = await _up_or_refused(client, window)
            if refusal is not None:  # the picture shows what the window says of it
                print(f"vmi-console: {refusal.message}\n  {refusal.advice}", file=sys.stderr)
                self.exit_code = 1
            await asyncio.sleep(screenshot.after_seconds)
            if not window.grab().save(str(screenshot.path), "PNG"):
                print(f"vmi-console: {screenshot.path} could not be written", file=sys.stderr)
                self.exit_code = 1
        finally:
            closed.set()


async def _up_or_refused(client: Visits, window: MainWindow) -> VmiError | None:
    """Waits until there is something to see: the estate, or why it cannot be shown."""
    refused: asyncio.Future[VmiError] = asyncio.get_running_loop().create_future()
    replica = window.desk.replica

    def refuse(error: VmiError) -> None:
        if not refused.done():
            refused.set_result(error)

    def link_moved() -> None:
        if not replica.link.up and replica.link.reason:
            refuse(EngineUnavailable(replica.link.reason, replica.link.advice))

    of_visit, of_link = client.refused.connect(refuse), replica.link_moved.connect(link_moved)
    try:
        async with Tasks() as tasks:
            up = tasks.start(client.up(), "wait for the estate")
            await asyncio.wait((up, refused), return_when=asyncio.FIRST_COMPLETED)
        return refused.result() if refused.done() else None
    finally:
        client.refused.disconnect(of_visit)
        replica.link_moved.disconnect(of_link)
