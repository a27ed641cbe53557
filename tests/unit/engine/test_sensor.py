"""Alerts of an intrusion detection engine become findings of the VM they speak of."""

from __future__ import annotations

import asyncio
import json
import socket
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from tests.console import Console, console, eventually
from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.sensor import Sensor, Source
from vmi_console.errors import VmiError
from vmi_console.estate.changes import Batch
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM, Alert
from vmi_console.policy.surroundings import Surroundings


def line(vm: VM, signature: str) -> bytes:
    event = {
        "timestamp": datetime.now(UTC).isoformat(),
        "event_type": "alert",
        "src_ip": "203.0.113.9",
        "dest_ip": vm.nics[0].addresses[0].ip,
        "proto": "TCP",
        "ether": {"dest_mac": vm.nics[0].mac},
        "alert": {"signature": signature, "signature_id": 7, "severity": 1},
    }
    return json.dumps(event).encode() + b"\n"


def alerts(one: Console) -> list[Alert]:
    return [record for record in one.records.values() if isinstance(record, Alert)]


@pytest.mark.parametrize("by_socket", [False, True])
async def test_an_alert_finds_its_vm(tmp_path: Path, by_socket: bool) -> None:
    place = tmp_path / "eve"
    async with console(PrivateEngine(tmp_path / "workspace")) as one:
        await one.client.call("add_connection", uri="demo://?hosts=2&vms=20&story=off", saved=False)
        await eventually(lambda: one.vms)
        vm = next(vm for vm in one.vms if vm.nics and vm.nics[0].addresses)
        await one.client.call("set_sensor", path=str(place), socket=by_socket)
        if by_socket:
            await eventually(place.exists)
            with socket.socket(socket.AF_UNIX) as sensor:
                sensor.connect(str(place))
                sensor.sendall(b"not json\n" + line(vm, "ET SCAN"))
                await eventually(lambda: alerts(one))
        else:
            place.write_bytes(b"not json\n" + line(vm, "ET SCAN"))
            await eventually(lambda: alerts(one))
        (alert,) = alerts(one)
        assert (alert.vm, alert.name) == (vm.id, "ET SCAN")
        state = await one.client.call("sensor")
        assert (state["alerts"], state["unread"]) == (1, 1)
        with pytest.raises(VmiError, match="whole path"):
            await one.client.call("set_sensor", path="eve.json")
    async with console(PrivateEngine(tmp_path / "workspace")) as one:
        assert (await one.client.call("sensor"))["source"]["path"] == str(place)
        await one.client.call("set_sensor", path="")


class Listener:
    """An engine that takes alerts in, and nothing more."""

    def __init__(self) -> None:
        self.inventory = Inventory(count().__next__)

    def apply(self, batch: Batch) -> None:
        self.inventory.apply(batch, datetime.now(UTC))

    def notice(self, text: str, advice: str = "") -> None:
        raise AssertionError(text)


async def test_of_two_who_choose_at_once_the_later_one_is_listened_to(tmp_path: Path) -> None:
    engine = Listener()
    sensor = Sensor.open(engine, Surroundings(engine.inventory), tmp_path / "sensor.json")
    await sensor.choose(Source(path=str(tmp_path / "first.json")))
    await asyncio.gather(*(sensor.choose(Source(path=str(tmp_path / name))) for name in ("a.json", "b.json")))
    assert sensor.state().source.path == str(tmp_path / "b.json")
    listening = [task for task in asyncio.all_tasks() if task.get_name() == "alerts of the sensor"]
    assert len(listening) == 1
    await sensor.close()
    await asyncio.get_running_loop().shutdown_default_executor()
