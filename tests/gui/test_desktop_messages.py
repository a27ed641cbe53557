"""Messages of the desktop with buttons, over a real bus of its own with a notification service that notes them."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.gui import estates, judged
from tests.gui.conftest import Console
from vmi_console.estate.identity import entity_id
from vmi_console.gui.findings.desktop import CRITICAL, PATH, SERVICE
from vmi_console.policy.findings import Finding
from vmi_console.policy.judgement import Severity

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("dbus-daemon") is None, reason="needs a D-Bus daemon"
)
jeepney: Any = pytest.importorskip("jeepney")  # which has no types
bus: Any = pytest.importorskip("jeepney.io.asyncio")

VM = entity_id("vm", "vc", "1")


class Desktop:
    """The notification service of a desktop."""

    def __init__(self, connection: Any, capabilities: tuple[str, ...]) -> None:
        self._connection = connection
        self._capabilities = list(capabilities)
        self.shown: list[tuple[Any, ...]] = []

    async def serve(self) -> None:
        while True:
            message = await self._connection.receive()
            if message.header.message_type is not jeepney.MessageType.method_call:
                continue
            match message.header.fields[jeepney.HeaderFields.member]:
                case "GetCapabilities":
                    await self._connection.send(jeepney.new_method_return(message, "as", (self._capabilities,)))
                case "Notify":
                    self.shown.append(message.body)
                    await self._connection.send(jeepney.new_method_return(message, "u", (message.body[1] or 7,)))

    async def press(self, key: str, number: int = 7) -> None:
        place = jeepney.DBusAddress(PATH, interface=SERVICE)
        await self._connection.send(jeepney.new_signal(place, "ActionInvoked", "us", (number, key)))


@pytest.fixture
def capabilities() -> tuple[str, ...]:
    return "actions", "body", "body-markup"


@pytest.fixture
async def desktop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capabilities: tuple[str, ...]
) -> AsyncIterator[Desktop]:
    address = f"unix:path={tmp_path}/bus"
    daemon = await asyncio.create_subprocess_exec(
        *("dbus-daemon", "--session", "--nofork", "--print-address", f"--address={address}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    try:
        assert daemon.stdout is not None
        async with asyncio.timeout(20):
            assert await daemon.stdout.readline(), "it says where it listens once it does"
        connection = await bus.open_dbus_connection("SESSION")
        async with bus.DBusRouter(connection) as router:
            await bus.Proxy(jeepney.message_bus, router).RequestName(SERVICE)
        desktop = Desktop(connection, capabilities)
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(desktop.serve())
            yield desktop
            serving.cancel()
        await connection.close()
    finally:
        daemon.kill()
        await daemon.wait()


async def looked_for(console: Console) -> None:
    """The window has found the desktop, is hidden, and shows a small estate."""
    estates.replay(console.replica, estates.estate(hosts=2, vms=8))
    judged.stand(console.replica, *judged.POLICIES)
    await console.settle()
    console.window.tray.desktop.open()
    await console.until(lambda: console.window.tray.desktop.ready)
    console.window.hide()


def critical(**more: Any) -> Finding:
    return judged.finding(0, severity=Severity.CRITICAL, **more)


async def test_a_finding_is_told_with_buttons_and_a_click_opens_it(console: Console, desktop: Desktop) -> None:
    await looked_for(console)
    judged.tell(console.replica, critical(evidence="in <b>VLAN</b> 666"))
    await console.until(lambda: bool(desktop.shown))
    name, replaced, _, title, text, actions, hints, _ = desktop.shown[0]
    assert (name, replaced) == ("VMI Console", 0)
    assert title == "critical: vm-00001"
    assert "in &lt;b&gt;VLAN&lt;/b&gt; 666" in text  # what names and guests say is no markup
    assert actions == ["default", "Show", "acknowledge", "Acknowledge", "mute", "Mute for an hour"]
    assert hints["urgency"] == ("y", CRITICAL)
    await desktop.press("default", 8)  # of another program
    await desktop.press("default")
    await console.until(console.window.isVisible)
    assert console.window.selection.entity == VM


async def test_a_finding_is_acknowledged_from_its_message(console: Console, desktop: Desktop) -> None:
    await looked_for(console)
    judged.tell(console.replica, critical())
    await console.until(lambda: bool(desktop.shown))
    await desktop.press("acknowledge")
    await console.until(lambda: any(command == "acknowledge" for command, _ in console.engine.calls))
    assert ("acknowledge", {"findings": [critical().id], "note": ""}) in console.engine.calls
    assert not console.window.isVisible()


async def test_several_are_one_message_which_takes_the_place_of_the_last(console: Console, desktop: Desktop) -> None:
    await looked_for(console)
    now = datetime.now(UTC)
    judged.tell(console.replica, *(judged.finding(number, vm=number, opened_at=now) for number in (2, 3)))
    await console.until(lambda: len(desktop.shown) == 1)
    assert "acknowledge" not in desktop.shown[0][5]  # it is about several
    judged.tell(console.replica, critical())
    await console.until(lambda: len(desktop.shown) == 2)
    assert desktop.shown[1][1] == 7
    await desktop.press("mute")
    await console.until(lambda: console.window.tray.news.muted)


@pytest.mark.parametrize("capabilities", [("body",)])
async def test_a_desktop_without_buttons_is_left_to_the_tray(console: Console, desktop: Desktop) -> None:
    console.window.tray.desktop.open()
    await asyncio.sleep(0.5)
    assert not console.window.tray.desktop.ready


async def test_without_a_bus_nothing_happens(console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
    console.window.tray.desktop.open()
    await asyncio.sleep(0.2)
    assert not console.window.tray.desktop.ready
    assert not console.window._mishaps.all
