"""Where pictures are taken: a window without a screen, on an engine of its own, and what is connected to it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from tests.console import eventually
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.vcenter import Vcenter
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Connection, State
from vmi_console.gui import icons, language
from vmi_console.gui.preferences import Preferences, Scheme
from vmi_console.gui.replica import Replica
from vmi_console.gui.review.visits import Visits
from vmi_console.gui.theme import Theme
from vmi_console.gui.window import MainWindow
from vmi_console.policy.shipped import DEMO
from vmi_console.wire.tasks import Tasks

SETTLE_SECONDS = 0.6
PATIENCE_SECONDS = 300.0


class Studio:
    """A window, and what it takes to bring it before a camera."""

    def __init__(self, window: MainWindow, client: Visits, replica: Replica, folder: Path, suffix: str) -> None:
        self.window = window
        self.client = client
        self.replica = replica
        self._folder = folder
        self._suffix = suffix
        self._selected: dict[str, list[EntityId]] = {}  # by the query that found them

    async def connect(self, uri: str, name: str = "") -> Connection:
        """Connects a hypervisor that asks for nothing, and waits until it is live."""
        entity = await self.client.call("add_connection", uri=uri, name=name, saved=False)
        await eventually(lambda: self.state(entity) is State.LIVE, seconds=PATIENCE_SECONDS)
        return self._connection(entity)

    async def connect_vcenter(self, vcenter: Vcenter, name: str = "") -> Connection:
        """Connects a simulated vCenter, with its password and the certificate it shows."""
        account = accounts.OPERATOR
        entity = await self.client.call(
            "add_connection", uri=vcenter.uri_for(account), name=name, secret=account.password, saved=False
        )
        await eventually(lambda: self.state(entity) is State.TRUST)
        certificate = self._connection(entity).health.certificate
        assert certificate is not None
        await self.client.call("trust", id=entity, fingerprint=certificate.fingerprint)
        await eventually(lambda: self.state(entity) is State.LIVE, seconds=PATIENCE_SECONDS)
        return self._connection(entity)

    def state(self, entity: EntityId) -> State | None:
        """The state of a connection."""
        record = self.replica.records.get(entity)
        return record.health.state if isinstance(record, Connection) else None

    async def select(self, query: str, many: int = 1) -> None:
        """Selects the first VMs that match, and later the same ones: a scene may have made another of them."""
        matches = self._selected.get(query, [])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not matches:
                await asyncio.sleep(0.5)  # the story of the demo takes its time
                matches = self._selected[query] = await self.client.call("query", text=query)
        self.window.selection.choose_all(matches[:many])
        await self.settle()

    async def settle(self, seconds: float = SETTLE_SECONDS) -> None:
        """Lets the window do what it has begun."""
        await asyncio.sleep(seconds)
        await eventually(lambda: not self.window.tree_model.busy)

    async def take(self, name: str, widget: QWidget | None = None) -> None:
        """Takes a picture of the window, or of a part of it."""
        await self.settle()
        path = self._folder / f"{name}{self._suffix}.png"
        picture = (widget or self.window).grab()
        if not picture.save(str(path), "PNG"):
            raise OSError(f"{path} could not be written")
        print(path)

    def _connection(self, entity: EntityId) -> Connection:
        record = self.replica.records[entity]
        assert isinstance(record, Connection)
        return record


@asynccontextmanager
async def studio(folder: Path, scheme: Scheme, size: tuple[int, int], suffix: str = "") -> AsyncIterator[Studio]:
    """A studio whose pictures go to `folder`, each with `suffix` at the end of its name."""
    replica = Replica()
    replica.keep_living_apart(has_living=True)
    client = Visits(replica, PrivateEngine(None, policies=_policies()))
    window = MainWindow(replica, client, Preferences())
    Theme.current.choose(scheme)
    window.resize(*size)
    window.show()
    async with Tasks() as tasks:
        assert client.living is not None
        tasks.start(client.living.run(), "the link to the engine")
        await client.up()
        yield Studio(window, client, replica, folder, suffix)
        await window.errands.close()
    window.hide()
    window.deleteLater()


def _policies() -> Path:
    """The demo estate's policies, in a folder whose path may be on a picture."""
    folder = Path(tempfile.gettempdir()) / "policies"
    shutil.copytree(DEMO, folder, dirs_exist_ok=True)
    return folder


def application(chosen_language: str = "") -> QApplication:
    """The application that every window needs, once."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["vmi-console"])
        language.install(app, chosen_language)
        Theme(app)
        app.setWindowIcon(icons.application_icon())
    return app
