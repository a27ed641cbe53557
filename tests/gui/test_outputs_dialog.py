"""The page of outputs, on the real outputs of an engine: chosen, tried, seen to fail, switched off, given up."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from tests.gui import judged
from tests.gui.conftest import Console
from vmi_console.engine.sensor import SensorState, Source
from vmi_console.errors import InputError
from vmi_console.gui.dialogs.output import OutputDialog
from vmi_console.gui.dialogs.outputs import OutputsDialog
from vmi_console.gui.dialogs.settings import SettingsDialog
from vmi_console.gui.link import Engine
from vmi_console.history.journal import Link
from vmi_console.policy.judgement import Severity
from vmi_console.response.outputs.choices import AnyOutput, Lines, Syslog, Webhook
from vmi_console.response.outputs.outputs import Outputs


class Keyring:
    """Secrets in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def get(self, name: str, /) -> str | None:
        return self.kept.get(name)

    async def set(self, name: str, secret: str, /) -> None:
        self.kept[name] = secret

    async def forget(self, name: str, /) -> None:
        self.kept.pop(name, None)


class OutputsEngine:
    """Answers about outputs as an engine does, with real ones; notes what it was asked."""

    def __init__(self, outputs: Outputs, before: Engine) -> None:
        self.outputs = outputs
        self.before = before
        self.sensor = SensorState(source=Source())
        self.asked: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def watch(self, entities: Any) -> None:
        self.before.watch(entities)

    def search(self, number: int, text: str) -> None:
        self.before.search(number, text)

    async def call(self, command: str, /, **arguments: Any) -> Any:
        self.asked.append(command)
        await self.may_answer.wait()
        match command:
            case "outputs":
                return msgspec.to_builtins(await self.outputs.states())
            case "set_outputs":
                chosen = msgspec.convert(arguments["outputs"], tuple[AnyOutput, ...])
                return await self.outputs.choose(chosen, arguments["secrets"])
            case "test_output":
                return await self.outputs.test(arguments["name"])
            case "try_output":
                return await self.outputs.attempt(msgspec.convert(arguments["output"], AnyOutput), arguments["secret"])
            case "sensor":
                return msgspec.to_builtins(self.sensor)
            case "set_sensor":
                if arguments["path"].startswith("~"):
                    raise InputError("a path begins with a slash")
                self.sensor = SensorState(source=Source(**arguments))
                return None
            case _:
                return await self.before.call(command, **arguments)


@pytest.fixture
async def engine(console: Console, tmp_path: Path) -> AsyncIterator[OutputsEngine]:
    async def links(after: int, count: int) -> list[Link]:
        return []

    keyring = Keyring()
    outputs = await Outputs.open(tmp_path / "outputs.json", tmp_path / "outputs.db", keyring, links, lambda *_: None)
    engine = OutputsEngine(outputs, console.window.desk.engine)
    object.__setattr__(console.window.desk, "engine", engine)
    yield engine
    await console.window.errands.close()
    await outputs.close()


async def opened(console: Console) -> OutputsDialog:
    console.window.commands.open_outputs.trigger()
    dialog = only(console, OutputsDialog)
    await console.until(lambda: "sensor" in dialog._desk.engine.asked)  # type: ignore[attr-defined]
    await asyncio.sleep(0.05)
    return dialog


def only[D: QDialog](console: Console, kind: type[D]) -> D:
    (dialog,) = [each for each in console.window.findChildren(kind) if each.isVisible()]
    return dialog


def shown(dialog: OutputsDialog) -> list[list[str]]:
    model = dialog.list.model()
    return [[str(model.index(row, column).data()) for column in range(6)] for row in range(model.rowCount())]


def unused_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_a_file_is_added_tried_told_and_removed_again(
    console: Console, engine: OutputsEngine, tmp_path: Path
) -> None:
    dialog = await opened(console)
    assert not dialog.list.isVisible()
    assert not dialog.test.isEnabled()
    dialog.add_file.trigger()
    form = only(console, OutputDialog)
    path = tmp_path / "told.jsonl"
    QTest.keyClicks(form.path, str(path))
    form.name.setText("archive")
    form.test.click()
    await console.until(lambda: "in the file" in form.message.text())
    assert json.loads(path.read_text())["event"] == "test"
    assert not await engine.outputs.states()  # it was tried, not chosen
    form.accept_button.click()
    await console.until(lambda: bool(dialog.states) and dialog.list.isVisible())
    assert shown(dialog)[0][:4] == ["archive", "File", str(path), "everything"]
    dialog.test.trigger()
    await console.until(lambda: "Test of archive" in dialog.outcome.text())
    assert len(path.read_text().splitlines()) == 2
    dialog.remove.trigger()
    await console.until(lambda: not dialog.states)
    assert dialog.undo_button.isVisible()
    dialog.undo.trigger()
    await console.until(lambda: bool(dialog.states))
    assert [state.output for state in await engine.outputs.states()] == [Lines(name="archive", path=str(path))]
    dialog.close()


async def test_one_that_fails_says_since_when_why_and_what_waits(console: Console, engine: OutputsEngine) -> None:
    address = f"tcp://127.0.0.1:{unused_port()}"
    await engine.outputs.choose((Syslog(name="siem", address=address, severity=Severity.LOW),), {})
    dialog = await opened(console)
    await console.until(lambda: bool(dialog.states))
    assert shown(dialog)[0][4] == "nothing told yet"
    assert [index.row() for index in dialog.list.selectionModel().selectedRows()] == [0]
    dialog.test.trigger()
    await console.until(lambda: "The test failed" in dialog.outcome.text())
    assert "refused" in dialog.outcome.text()
    engine.outputs.findings_moved([judged.finding(0), judged.finding(1)], [], [])
    async with asyncio.timeout(10):
        while not (await engine.outputs.states())[0].error:  # noqa: ASYNC110 - a thread meets it
            await asyncio.sleep(0.02)
    dialog._look()
    await console.until(lambda: shown(dialog)[0][4].startswith("fails since"))
    assert shown(dialog)[0][5] == "2"
    assert "Connection refused" in dialog.about.text()
    dialog.remove.trigger()
    assert dialog.asking.isVisible()
    assert "2 line" in dialog.asking.label.text()
    dialog.asking.buttons[-1].click()
    assert [state.output.name for state in await engine.outputs.states()] == ["siem"]
    dialog.remove.trigger()
    dialog.asking.buttons[0].click()
    await console.until(lambda: not dialog.states)
    assert not dialog.undo_button.isVisible()
    dialog.close()


async def test_one_that_is_switched_off_stays_and_says_so(
    console: Console, engine: OutputsEngine, tmp_path: Path
) -> None:
    await engine.outputs.choose((Lines(name="file", path=str(tmp_path / "a")),), {})
    dialog = await opened(console)
    await console.until(lambda: bool(dialog.states))
    dialog.switch.trigger()
    await console.until(lambda: shown(dialog)[0][4] == "off")
    assert not dialog.test.isEnabled()
    assert dialog.switch.text() == "Switch on"
    dialog.undo.trigger()
    await console.until(lambda: shown(dialog)[0][4] != "off")
    dialog.close()


async def test_a_secret_stays_unless_another_is_typed(console: Console, engine: OutputsEngine) -> None:
    keyring = engine.outputs._secrets
    assert isinstance(keyring, Keyring)
    dialog = await opened(console)
    dialog.add_webhook.trigger()
    form = only(console, OutputDialog)
    form.url.setText("http://hooks.example/")
    assert form._plain.isVisible()
    form.url.setText("https://hooks.example/")
    assert not form._plain.isVisible()
    form.sign.setChecked(True)
    form.accept_button.click()
    assert "secret is missing" in form.message.text()
    form.secret.setText("sesame")
    form.accept_button.click()
    await console.until(lambda: bool(dialog.states))
    assert keyring.kept == {"output/webhook": "sesame"}
    await console.until(lambda: not console.window.findChildren(OutputDialog))
    dialog.edit.trigger()
    form = only(console, OutputDialog)
    assert form.name.isReadOnly()
    assert form.secret.text() == ""
    form.severity.setCurrentIndex(form.severity.findData("critical"))
    form.accept_button.click()
    await console.until(lambda: dialog.states[0].output.severity is Severity.CRITICAL)
    assert keyring.kept == {"output/webhook": "sesame"}
    await console.until(lambda: not console.window.findChildren(OutputDialog))
    dialog.edit.trigger()
    form = only(console, OutputDialog)
    form.sign.setChecked(False)
    form.accept_button.click()
    await console.until(lambda: not dialog.states[0].signed)
    assert keyring.kept == {}
    dialog.close()


async def test_what_cannot_be_used_is_said_in_the_form(console: Console, engine: OutputsEngine) -> None:
    dialog = await opened(console)
    dialog.add_syslog.trigger()
    form = only(console, OutputDialog)
    form.accept_button.click()
    assert "no address of a syslog receiver" in form.message.text()
    form.host.setText("::1")
    form.port.setText("601x")
    form.accept_button.click()
    assert "no address" in form.message.text()
    form.port.setText("")
    form.transport.setCurrentIndex(form.transport.findData("udp"))
    assert not form.authority.isEnabled()
    assert form.output() == Syslog(name="syslog", address="udp://[::1]", severity=Severity.MEDIUM)
    form.test.click()
    await console.until(lambda: "does not tell whether it arrived" in form.message.text())
    form.reject()
    dialog.close()


async def test_forms_come_and_go(console: Console, engine: OutputsEngine) -> None:
    """Nothing is left of one to be destroyed twice."""
    dialog = await opened(console)
    for action in (dialog.add_syslog, dialog.add_webhook, dialog.add_file, dialog.add_syslog):
        action.trigger()
        only(console, OutputDialog).reject()
        gc.collect()
        await asyncio.sleep(0.05)
        assert not console.window.findChildren(OutputDialog)
    dialog.close()


async def test_keys_reach_everything(console: Console, engine: OutputsEngine, tmp_path: Path) -> None:
    await engine.outputs.choose((Lines(name="file", path=str(tmp_path / "a")), Webhook(name="w", url="https://h/")), {})
    dialog = await opened(console)
    await console.until(lambda: len(dialog.states) == 2)
    QTest.keyClick(dialog.list, Qt.Key.Key_End)
    assert dialog.selected() is dialog.states[1]
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert only(console, OutputDialog).name.text() == "w"
    only(console, OutputDialog).reject()
    texts = {action.text() for action in console.window.actions_everywhere()}
    assert {"Outputs and alerts…", "Mute notifications for an hour"} <= texts
    dialog.close()


async def test_the_sensor_is_chosen_and_what_is_heard_is_said(console: Console, engine: OutputsEngine) -> None:
    dialog = await opened(console)
    part = dialog.sensor
    await console.until(lambda: "No alerts are heard" in part.state.text())
    assert not part.apply.isEnabled()
    part.source.setCurrentIndex(part.source.findData("file"))
    part.source.activated.emit(part.source.currentIndex())
    assert not part.apply.isEnabled()
    part.tell(engine.sensor)  # a choice stays although nothing is typed yet
    assert part.source.currentData() == "file"
    QTest.keyClicks(part.path, "/var/log/suricata/eve.json")
    part.tell(engine.sensor)  # what is being typed stays
    assert part.path.text() == "/var/log/suricata/eve.json"
    part.apply.click()
    await console.until(lambda: "nothing was heard yet" in part.state.text())
    assert engine.sensor.source == Source(path="/var/log/suricata/eve.json")
    part.tell(SensorState(source=engine.sensor.source, alerts=3, strange=1, last=datetime.now(UTC)))
    assert "3 alert" in part.state.text()
    part.tell(SensorState(source=engine.sensor.source, error="it cannot be read"))
    assert "it cannot be read" in part.state.text()
    part.path.setText("~/eve.json")
    part.apply.click()
    await console.until(lambda: "a path begins with a slash" in part.state.text())
    part.tell(engine.sensor)
    assert "a path begins with a slash" in part.state.text(), "why it was refused stays until something else is typed"
    QTest.keyClicks(part.path, "2")
    part.tell(engine.sensor)
    assert "nothing was heard yet" in part.state.text()
    dialog.close()


async def test_what_was_begun_goes_on_when_the_dialog_is_closed(
    console: Console, engine: OutputsEngine, tmp_path: Path
) -> None:
    unexpected: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unexpected.append(context))
    await engine.outputs.choose((Lines(name="file", path=str(tmp_path / "told.jsonl")),), {})
    dialog = await opened(console)
    await console.until(lambda: bool(dialog.states))
    dialog.sensor.source.setCurrentIndex(1)
    dialog.sensor.path.setText("/half/typed")
    engine.may_answer.clear()
    dialog.test.trigger()
    await console.until(lambda: engine.asked[-1] == "test_output")
    dialog.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    engine.may_answer.set()
    await console.until(lambda: (tmp_path / "told.jsonl").exists())
    await console.until(lambda: not console.window.errands.under_way)
    assert not unexpected
    again = await opened(console)
    await console.until(lambda: again.sensor.path.text() == "")
    assert shown(again)[0][0] == "file"
    again.close()


async def test_the_settings_lead_there(console: Console, engine: OutputsEngine) -> None:
    console.window.open_settings()
    settings = only(console, SettingsDialog)
    settings.box.setText("syslog")
    assert [part.section.title for part in settings.parts if part.isVisible()] == ["Outputs and alerts"]
    settings.outputs_wanted.emit()
    only(console, OutputsDialog).close()
    settings.close()
