"""An operator before a real window, offscreen: on a real engine with a policy folder; what was said is noted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.console import eventually
from vmi_console.engine.client import Client
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.protocol import Subscribe
from vmi_console.estate.records import VM, State
from vmi_console.gui import language
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Loop
from vmi_console.gui.theme import Theme
from vmi_console.gui.window import MainWindow
from vmi_console.policy.findings import Finding
from vmi_console.response.plan import Plan
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.wire.tasks import Tasks


@dataclass
class Operator:
    """What an operator sees, hears and does."""

    window: MainWindow
    replica: Replica
    client: Client
    heard: list[tuple[datetime, str]] = field(default_factory=list)  # messages of tray or window: when, and all of it
    stages: list[Quarantine] = field(default_factory=list)  # every quarantine as it was told

    # --- seeing -----------------------------------------------------------------------------------------------------

    def vm(self, name: str) -> VM:
        """As it is now."""
        return next(vm for vm in self.replica.records.values() if isinstance(vm, VM) and vm.name == name)

    def finding(self, policy: str) -> Finding | None:
        """The open one of a policy, if there is any."""
        found = self.replica.verdicts.findings.values()
        return next((each for each in found if each.policy == policy and each.is_open), None)

    def message(self, *words: str) -> tuple[datetime, str] | None:
        """The first message that has all these words, and when it came."""
        return next((each for each in self.heard if all(word in each[1] for word in words)), None)

    def quarantine(self, name: str) -> Quarantine | None:
        """That of a VM."""
        return self.replica.quarantines.of(self.vm(name).id)

    def banner(self) -> str:
        """What the line across the window says of quarantines that are about to begin."""
        return self.window.countdown.said.text() if self.window.countdown.isVisibleTo(self.window) else ""

    def went_through(self, name: str) -> list[Stage]:
        """The stages that a VM's quarantines were told in, each once in a row."""
        told = [each.stage for each in self.stages if each.vm == self.vm(name).id]
        return [stage for at, stage in enumerate(told) if at == 0 or told[at - 1] is not stage]

    # --- doing ------------------------------------------------------------------------------------------------------

    async def connect(self, uri: str, secret: str | None = None, network: str = "") -> None:
        """Adds a connection that may quarantine, and trusts what it shows."""
        added = await self.client.call(
            "add_connection", uri=uri, secret=secret, saved=False, grants={"quarantine": True}
        )
        await eventually(lambda: self._state() in (State.TRUST, State.LIVE), seconds=60)
        if self._state() is State.TRUST:
            certificate = self.replica.connections()[0].health.certificate
            assert certificate is not None
            await self.client.call("trust", id=added, fingerprint=certificate.fingerprint)
        await eventually(lambda: self._state() is State.LIVE, seconds=60)
        if network:
            await self.client.call("set_quarantine_network", id=added, network=network)

    async def confirm(self, name: str, reason: str) -> Quarantine:
        """Looks at the plan for a VM, and confirms it."""
        plan = msgspec.convert(await self.client.call("quarantine_plan", vm=self.vm(name).id), Plan)
        assert not plan.problems
        return msgspec.convert(await self.client.call("quarantine", token=plan.token, reason=reason), Quarantine)

    async def release(self, name: str) -> Quarantine:
        """Gives a VM back exactly."""
        answer = await self.client.call("release", vm=self.vm(name).id, reason="it was looked into", choice="exact")
        return msgspec.convert(answer, Quarantine)

    def _state(self) -> State | None:
        known = self.replica.connections()
        return known[0].health.state if known else None


def play(app: QApplication, story: Callable[[], Awaitable[None]]) -> None:
    """Runs a story under the loop that the window runs under."""
    if not hasattr(Theme, "current"):
        language.install(app)
        Theme(app)

    async def told() -> None:
        await story()

    with asyncio.Runner(loop_factory=lambda: Loop(app)) as runner:
        runner.run(told())


@asynccontextmanager
async def operator(workspace: Path, policies: Path) -> AsyncIterator[Operator]:
    """A window with an engine of its own, for the length of the block."""
    replica = Replica()
    client: Client

    def heard_of_quarantine(message: Any) -> None:
        replica.quarantines.take(message)
        one.stages.extend(message.quarantines)

    client = Client(PrivateEngine(workspace, policies), replica, Subscribe(findings=True), replica, heard_of_quarantine)
    window = MainWindow(replica, client)
    one = Operator(window, replica, client)
    window.tray.finding_said.connect(lambda *what: one.heard.append((datetime.now(UTC), "\n".join(what[:2]))))
    window.tray.said.connect(lambda *what: one.heard.append((datetime.now(UTC), "\n".join(what[:2]))))
    window.show()
    try:
        async with Tasks() as tasks:
            tasks.start(client.run(), "the link to the engine")
            await eventually(lambda: replica.link.up, seconds=30)
            yield one
            await window.errands.close()
    finally:
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
