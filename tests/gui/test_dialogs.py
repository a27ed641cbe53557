"""Dialogs ask the engine and say in place what went wrong; they forget secrets and never decide by themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit, QWidget

from tests.gui import estates
from tests.gui.conftest import Console
from tests.gui.estates import NOW
from vmi_console.engine import protocol
from vmi_console.errors import CredentialsNeeded
from vmi_console.estate.records import Certificate, Connection, Health, State
from vmi_console.gui.dialogs.connect import ConnectDialog
from vmi_console.gui.dialogs.secret import SecretDialog
from vmi_console.gui.dialogs.trust import TrustDialog
from vmi_console.gui.offers import REASON
from vmi_console.gui.panes.sheet_pane import SheetPane
from vmi_console.gui.runtime import Outcome

CERTIFICATE = Certificate(fingerprint=":".join(["ab"] * 32), subject="CN=vc.example", validity="until 2030")


async def opened[D: QWidget](console: Console, kind: type[D]) -> D:
    await console.until(lambda: any(dialog.isVisible() for dialog in console.window.findChildren(kind)))
    return next(dialog for dialog in console.window.findChildren(kind) if dialog.isVisible())


def gone(console: Console, kind: type[QWidget]) -> bool:
    return not any(dialog.isVisible() for dialog in console.window.findChildren(kind))


def announce(console: Console, state: State, **more: Any) -> Connection:
    connection = estates.connection(health=Health(state=state, since=NOW, **more))
    console.replica.updated(protocol.Update(records=(connection,)))
    console.replica.refresh()
    return connection


async def test_adding_a_connection(console: Console) -> None:
    console.engine.answers["add_connection"] = estates.connection().id
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)
    assert not any(
        box.isChecked() for box in (dialog.read_guests, dialog.snapshots, dialog.quarantine, dialog.remember)
    )
    assert dialog.secret.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClicks(dialog.uri, "vsphere://reader@vc.example/")
    assert dialog.kind.currentData() == "vsphere"
    QTest.keyClicks(dialog.secret, "s3cret")
    dialog.read_guests.setChecked(True)
    QTest.keyClick(dialog.uri, Qt.Key.Key_Return)
    await console.until(lambda: gone(console, ConnectDialog))
    (command, arguments), *_ = console.engine.calls
    assert command == "add_connection"
    assert arguments == {
        "uri": "vsphere://reader@vc.example/",
        "name": "",
        "secret": "s3cret",
        "remember": False,
        "grants": {"read_guests": True},
    }


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "An address is missing."),
        ("  ", "An address is missing."),
        ("vcenter.example", "is not an address this console knows"),
        ("ftp://nowhere", "is not an address this console knows"),
        ("vsphere://reader:s3cret@vc.example/", "holds a password"),
        ("qemu+ssh://<b>\u202e:s3cret@kvm/system", "holds a password"),
    ],
)
async def test_a_wrong_address_is_said_in_place(console: Console, address: str, said: str) -> None:
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)
    for button in (dialog.accept_button, dialog.test):
        dialog.uri.setText(address)
        button.click()
        assert said in dialog.message.text()
        assert "s3cret" not in dialog.message.text()
        assert dialog.uri.property("wrong")
        QTest.keyClick(dialog.uri, Qt.Key.Key_Space)
        assert not dialog.uri.property("wrong")
    assert dialog.isVisible()
    assert not console.engine.calls
    dialog.reject()


async def test_a_refusal_of_the_engine_is_said_in_place(console: Console) -> None:
    console.engine.answers["add_connection"] = CredentialsNeeded("it refused the password", "check it")
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)
    dialog.uri.setText("vsphere://reader@vc.example/")
    dialog.accept_button.click()
    await console.until(lambda: "it refused the password" in dialog.message.text())
    assert dialog.accept_button.isEnabled()
    dialog.reject()


async def test_trying_an_address(console: Console) -> None:
    console.engine.answers["test_connection"] = {"state": "stale", "reason": "no route to host"}
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)
    dialog.uri.setText("qemu+ssh://root@kvm/system")
    dialog.test.click()
    await console.until(lambda: "no route to host" in dialog.message.text())
    console.engine.answers["test_connection"] = {"state": "live", "product": "QEMU 7.2"}
    dialog.test.click()
    await console.until(lambda: "QEMU 7.2" in dialog.message.text())
    dialog.reject()


async def test_a_connection_just_added_asks_for_its_password(console: Console) -> None:
    console.engine.answers["add_connection"] = estates.connection().id
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)
    dialog.uri.setText("vsphere://reader@vc.example/")
    dialog.accept_button.click()
    await console.until(lambda: gone(console, ConnectDialog))
    connection = announce(console, State.CREDENTIALS, reason="it wants a password")
    asking = await opened(console, SecretDialog)
    QTest.keyClicks(asking.secret, "s3cret")
    asking.accept_button.click()
    await console.until(lambda: gone(console, SecretDialog))
    assert console.engine.calls[-1] == (
        "provide_secret",
        {"id": connection.id, "secret": "s3cret", "remember": False},
    )


async def test_a_closed_dialog_has_forgotten_the_password(console: Console) -> None:
    announce(console, State.CREDENTIALS)
    console.window.connections.enter_secret.trigger()
    dialog = await opened(console, SecretDialog)
    dialog.secret.setText("s3cret")
    dialog.reject()
    assert dialog.secret.text() == ""
    assert not console.engine.calls


async def test_nobody_trusts_by_pressing_enter(console: Console) -> None:
    announce(console, State.TRUST, certificate=CERTIFICATE)
    console.window.connections.judge.trigger()
    dialog = await opened(console, TrustDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await console.until(lambda: gone(console, TrustDialog))
    assert not console.engine.calls


@pytest.mark.parametrize("previous", ["", ":".join(["cd"] * 32)])
async def test_trusting_a_certificate(console: Console, previous: str) -> None:
    certificate = Certificate(fingerprint=CERTIFICATE.fingerprint, subject="CN=<b>vc</b>", previous=previous)
    connection = announce(console, State.TRUST, certificate=certificate)
    console.window.connections.judge.trigger()
    dialog = await opened(console, TrustDialog)
    names = {label.accessibleName() for label in dialog.findChildren(QWidget)}
    assert {CERTIFICATE.fingerprint, previous} - {""} <= names
    assert dialog.findChild(QDialogButtonBox) is not None
    dialog.trust_button.click()
    await console.until(lambda: gone(console, TrustDialog))
    assert console.engine.calls == [("trust", {"id": connection.id, "fingerprint": CERTIFICATE.fingerprint})]


async def test_what_shows_no_fingerprint_cannot_be_trusted_here(console: Console) -> None:
    console.engine.answers["add_connection"] = estates.connection().id
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)
    dialog.uri.setText("qemu+tls://kvm/system")
    dialog.accept_button.click()
    await console.until(lambda: gone(console, ConnectDialog))
    announce(console, State.TRUST, advice="install its authority", certificate=Certificate(fingerprint=""))
    assert not console.window.connections.judge.isEnabled()
    assert console.window.connections.judge.property(REASON) == "no certificate waits to be judged"
    assert gone(console, TrustDialog)
    pane = console.window.panel.pane
    assert isinstance(pane, SheetPane)
    assert "install its authority" in {remark.text for card in pane.sheet.cards for remark in card.remarks}


async def test_editing_a_connection(console: Console) -> None:
    connection = announce(console, State.LIVE)
    console.window.connections.edit.trigger()
    dialog = await opened(console, ConnectDialog)
    assert dialog.uri.text() == connection.uri
    assert dialog.keeping.text() == "The password stays as it is unless you type another one."
    dialog.name.setText("Berlin")
    dialog.quarantine.setChecked(True)
    dialog.accept_button.click()
    await console.until(lambda: gone(console, ConnectDialog))
    assert console.engine.calls == [
        (
            "edit_connection",
            {"id": connection.id, "name": "Berlin", "uri": connection.uri, "grants": {"quarantine": True}},
        )
    ]


async def test_editing_can_give_another_password(console: Console) -> None:
    connection = announce(console, State.LIVE)
    console.window.connections.edit.trigger()
    dialog = await opened(console, ConnectDialog)
    QTest.keyClicks(dialog.secret, "n3w")
    assert dialog.keeping.text() == "It is not saved: the console asks for it again in each session."
    dialog.accept_button.click()
    await console.until(lambda: gone(console, ConnectDialog))
    assert [command for command, _ in console.engine.calls] == ["edit_connection", "provide_secret"]
    assert console.engine.calls[1][1] == {"id": connection.id, "secret": "n3w", "remember": False}


async def test_without_a_keyring_nobody_is_led_to_believe_in_one(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)
    dialog.uri.setText("vsphere://reader@vc.example/")
    dialog.remember.click()
    await console.until(lambda: not dialog.remember.isEnabled())
    assert not dialog.remember.isChecked()
    assert dialog.keeping.text().startswith("It cannot be saved: ")
    dialog.reject()


async def test_each_grant_says_what_it_needs_there(console: Console) -> None:
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)

    def needs(address: str) -> list[str]:
        dialog.uri.clear()
        QTest.keyClicks(dialog.uri, address)
        told = [label.text() for label in dialog.privileges]
        assert [box.accessibleDescription() for box in dialog.grants] == told
        return told

    vsphere = needs("vsphere://reader@vc.example/")
    assert "VirtualMachine.State.CreateSnapshot" in vsphere[1]
    assert "Network.Assign" in vsphere[2]
    libvirt = needs("qemu+ssh://root@kvm/system")
    assert all("org.libvirt.unix.manage" in text for text in libvirt)
    assert "domain.write" in libvirt[2]
    assert not dialog.secret.text()
    assert needs("demo://")[0].startswith("Simulated")
    assert not dialog.secret.isEnabled()
    assert dialog.keeping.text() == "No password is needed."
    dialog.reject()


async def test_a_test_shows_that_it_runs_and_can_be_stopped(console: Console) -> None:
    console.engine.answers["test_connection"] = asyncio.Event()
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)
    dialog.uri.setText("qemu+ssh://root@kvm/system")
    dialog.test.setFocus()
    QTest.keyClick(dialog.test, Qt.Key.Key_Space)
    (errand,) = console.window.errands.under_way
    assert errand.name == "Test qemu+ssh://root@kvm/system"
    assert dialog.progress.isVisible()
    assert (dialog.test.text(), dialog.accept_button.isEnabled()) == ("Stop", False)
    assert dialog.focusWidget() is dialog.test, "the next key stops it, and does not press Cancel"
    dialog.test.click()
    await console.until(lambda: errand.outcome is Outcome.CANCELLED)
    assert not dialog.progress.isVisible()
    assert (dialog.test.text(), dialog.message.text()) == ("Test", "The test was stopped.")
    assert dialog.accept_button.isEnabled()
    dialog.reject()


async def test_closing_a_dialog_gives_up_what_it_began(console: Console) -> None:
    console.engine.answers["add_connection"] = asyncio.Event()
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)
    dialog.uri.setText("qemu+ssh://root@kvm/system")
    dialog.accept_button.click()
    (errand,) = console.window.errands.under_way
    await asyncio.sleep(0)
    dialog.reject()
    await console.until(lambda: errand.outcome is Outcome.CANCELLED)


async def test_what_is_to_be_judged_is_shown_by_a_test(console: Console) -> None:
    console.engine.answers["test_connection"] = {
        "state": "needs trust",
        "reason": "nobody vouches for it",
        "certificate": {"fingerprint": CERTIFICATE.fingerprint},
    }
    console.window.connections.add.trigger()
    dialog = await opened(console, ConnectDialog)
    dialog.uri.setText("vsphere://reader@vc.example/")
    dialog.test.click()
    await console.until(lambda: CERTIFICATE.fingerprint.upper() in dialog.message.text())
    dialog.reject()
