"""What can be copied into a report: all that helps, and no secret wherever one may have got to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

from tests.console import eventually
from tests.gui import estates
from vmi_console.engine.client import Link
from vmi_console.errors import CommandRefused
from vmi_console.estate.records import Grants, Health, State
from vmi_console.gui import diagnostics
from vmi_console.gui.desk import Desk
from vmi_console.gui.masking import masked
from vmi_console.gui.mishaps import Mishaps, doing
from vmi_console.gui.preferences import Preferences
from vmi_console.gui.replica import Replica
from vmi_console.gui.runtime import Errands
from vmi_console.gui.watching import Watchlist
from vmi_console.settings import Workspace

USER, SECRET = "jdoe-reader", "hunter2-Xyz"
SPILLS = [
    f"vsphere://{USER}:{SECRET}@vc.example/ did not answer",
    f"vsphere://{USER}%40vsphere.local:{SECRET}/with@slash@vc.example/",
    f"qemu+ssh://{USER}@kvm.example/system: Permission denied for {USER}@kvm.example",
    f"password={SECRET}&x=1",
    f"{{'secret': '{SECRET}', 'remember': False}}",
    f'{{"passWord" : "{SECRET} with \\" words", "n": 1}}',
    f"the password is {SECRET}",
    f"Passwort: {SECRET}",
    f"Authorization: Bearer {SECRET}abcdef",
    f"sent Basic {SECRET}abcdef==",
    f"Cookie: vmware_soap_session={SECRET}; Path=/",
    f"vmware-api-session-id: {SECRET}",
    "got eyJhbGciOiJIUzI1NiJ9.hunter2XyzeyJzdWIiOiIxMjM0In0.abc",
    f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}\n-----END OPENSSH PRIVATE KEY-----",
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}",
    f"login failed for user '{USER}'",
    f"user={USER} token='{SECRET}'",
    f"api_key={SECRET}",
    f"Cannot complete login of {USER.upper()}",
    f"read /home/{USER}/.ssh/id_ed25519",
]


def clean(text: str) -> bool:
    return not any(word in text.casefold() for word in (USER.casefold(), SECRET.casefold(), "hunter2"))


@pytest.mark.parametrize("spill", SPILLS)
def test_no_secret_and_no_user_is_left_in_a_line(spill: str) -> None:
    assert clean(masked(f"before {spill} after", [USER])), masked(spill, [USER])


@pytest.mark.parametrize(
    "line",
    [
        "the password was refused by vc.example",
        "esx-03.example is not responding since 10:42:13",
        "File window.py, line 12, in _searched",
        "vm/564d8e4c-0b2c-4f4e-9b1e-2a3b4c5d6e7f has VLAN 666",
    ],
)
def test_what_helps_is_left(line: str) -> None:
    told = masked(line, [USER])
    assert told == line or "password was …" in told


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    owner = QMainWindow()
    replica, engine = Replica(owner), estates.NotingEngine()
    desk = Desk(replica, engine, Errands(lambda error: None), Preferences(tmp_path), Watchlist(engine))
    yield desk
    await desk.errands.close()
    owner.deleteLater()


async def test_secrets_everywhere_and_none_in_the_report(desk: Desk, tmp_path: Path) -> None:
    workspace, mishaps = Workspace.at(tmp_path), Mishaps()
    spilled = "\n".join(SPILLS)
    health = Health(state=State.STALE, since=estates.NOW, reason=spilled[:900], advice=SPILLS[6])
    estates.replay(
        desk.replica,
        [
            estates.connection(uri=f"vsphere://{USER}:{SECRET}@vc.example/", name=SPILLS[0], health=health),
            estates.connection("kvm", uri=f"qemu+ssh://{USER}@kvm.example/system", grants=Grants(read_guests=True)),
            estates.host(1),
        ],
    )
    desk.replica.link_changed(Link(up=False, since=estates.NOW, reason=SPILLS[0], version="0.1.0"))
    desk.preferences.choose(language="de")

    async def refused() -> None:
        raise CommandRefused(spilled)

    desk.errands.run(refused(), f"Test {SPILLS[0]}")
    await eventually(lambda: not desk.errands.under_way)
    for spill in SPILLS:
        try:
            with doing(f"Connect {spill}"):
                raise ValueError(spill)
        except ValueError as error:
            mishaps.note(error)
    workspace.log.write_text(spilled)
    workspace.window_log.write_text("x" * diagnostics.LOG_BYTES + "\n" + spilled)
    told = diagnostics.text(desk, workspace, mishaps)
    assert [line for line in told.splitlines() if not clean(line)] == []
    assert all(clean(diagnostics.details(mishap, desk)) for mishap in mishaps.all)
    for line in (
        "vsphere://…@vc.example/ (vsphere, vCenter 8.0)",
        "stale since 2026-03-04 09:00:00Z; allowed: nothing",
        "live since 2026-03-04 09:00:00Z; allowed: read_guests",
        "2 connection, 1 host",
        "language: de",
        "engine 0.1.0, silent since",
        "End of engine.log",
        "Unexpected errors",
        "test_diagnostics.py",
    ):
        assert line in told
    await asyncio.sleep(0)


async def test_a_report_without_anything_is_one_too(desk: Desk, tmp_path: Path) -> None:
    told = diagnostics.text(desk, Workspace.at(tmp_path))
    assert "(No such file or directory)" in told
    assert "PySide6-Essentials 6" in told
    assert "MiB" in told


async def test_what_is_copied_is_what_was_shown(desk: Desk) -> None:
    window = QMainWindow()
    mishaps = Mishaps()
    mishaps.note(ValueError("<b>bold</b>"), "Reconnect")
    reports = diagnostics.Diagnostics(window, desk, None, mishaps)
    (mishap,) = mishaps.all
    assert reports.headline(mishap) == "Something went wrong while doing this: Reconnect. The console goes on."
    for report, part in (
        (reports.show_all(), "1 × ValueError: <b>bold</b>, while: Reconnect"),
        (reports.show_mishap(mishap), "doing: Reconnect"),
    ):
        assert part in report.text.toPlainText()
        report.copy_button.click()
        assert QGuiApplication.clipboard().text() == report.text.toPlainText()
        assert report.copied.text() == "Copied"
        report.close()
    window.deleteLater()
