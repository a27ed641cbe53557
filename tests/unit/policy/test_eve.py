"""From the lines of an intrusion detection engine to alerts of VMs, through files that rotate and sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.console import eventually
from tests.unit.estate.builders import NOON, Estate, nic, vm, vm_id
from vmi_console.errors import StorageError
from vmi_console.estate.changes import Batch
from vmi_console.estate.records import Alert
from vmi_console.policy import eve, tail
from vmi_console.wire.tasks import Tasks


def line(source: str = "10.0.0.1", destination: str = "192.0.2.9", **fields: Any) -> bytes:
    """As Suricata writes it."""
    said = {
        "timestamp": "2026-03-01T11:59:30.251547+0000",
        "flow_id": 586497171462735,
        "event_type": "alert",
        "src_ip": source,
        "src_port": 50096,
        "dest_ip": destination,
        "dest_port": 80,
        "proto": "TCP",
        "alert": {
            "action": "allowed",
            "gid": 1,
            "signature_id": 2018358,
            "rev": 10,
            "signature": "ET HUNTING something",
            "category": "Potentially Bad Traffic",
            "severity": 2,
        },
        **fields,
    }
    return json.dumps(said).encode()


def estate_of_two() -> Estate:
    estate = Estate()
    estate.tell(
        vm("a", nics=(nic("52:54:00:00:00:0a", ips=("10.0.0.1",)),)),
        vm("b", nics=(nic("52:54:00:00:00:0b", ips=("10.0.0.2", "10.9.9.9")),)),
        vm("c", nics=(nic("52:54:00:00:00:0c", ips=("10.9.9.9",)),)),
    )
    return estate


def alerts(estate: Estate, *lines: bytes) -> list[Alert]:
    source = eve.Alerts(estate.inventory)
    return [one for batch in source.batches(lines, NOON) for one in batch.records if isinstance(one, Alert)]


def test_a_line_is_an_alert_of_the_vm_with_the_address() -> None:
    (alert,) = alerts(estate_of_two(), line())
    assert alert.vm == vm_id("a")
    assert (alert.name, alert.signature, alert.severity) == ("ET HUNTING something", "2018358", 2)
    assert alert.at == datetime(2026, 3, 1, 11, 59, 30, 251547, tzinfo=UTC)
    assert (alert.source, alert.source_port, alert.destination_port, alert.protocol) == ("10.0.0.1", 50096, 80, "TCP")


def test_two_vms_that_speak_with_each_other_have_an_alert_each() -> None:
    assert {alert.vm for alert in alerts(estate_of_two(), line("10.0.0.1", "10.0.0.2"))} == {vm_id("a"), vm_id("b")}


@pytest.mark.parametrize(
    ("ip", "ether", "found"),
    [
        ("10.9.9.9", {}, set()),  # two have it, and nobody can tell which
        ("10.9.9.9", {"src_mac": "52:54:00:00:00:0c"}, {vm_id("c")}),
        ("10.9.9.9", {"src_mac": "52-54-00-00-00-0B"}, {vm_id("b")}),
        ("10.0.0.1", {"src_mac": "00:00:5e:00:01:01"}, {vm_id("a")}),  # a router's
        ("172.16.0.1", {"src_mac": "52:54:00:00:00:0a"}, {vm_id("a")}),  # a forged address
        ("10.9.9.9", {"src_macs": ["52:54:00:00:00:0c"], "dest_macs": []}, {vm_id("c")}),
        ("192.0.2.1", {}, set()),
    ],
)
def test_mac_and_address_say_which_vm_it_is(ip: str, ether: dict[str, object], found: set[str]) -> None:
    assert {alert.vm for alert in alerts(estate_of_two(), line(ip, ether=ether))} == found


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"event_type": "alert"}',
        b'{"timestamp": "yesterday", "event_type": "alert", "alert": {}}',
        line(timestamp="0001-01-01T00:00:00+2359"),
        line(src_port=70_000),
        line(alert={"severity": -1}),
        line(alert=None),
        line(event_type="dns"),
        line("not an address", ether={"src_mac": "nor a MAC"}),
        b"[" * 100_000,
        b" " * (2 << 20) + b"{}",
    ],
)
def test_lines_that_tell_of_no_alert(hostile: bytes) -> None:
    assert len(alerts(estate_of_two(), hostile, line())) == 1


def test_what_cannot_be_read_and_what_matches_nobody_is_counted() -> None:
    source = eve.Alerts(estate_of_two().inventory)
    list(source.batches([b"{", line("192.0.2.1"), line(), line(event_type="dns")], NOON))
    assert (source.unread, source.strange) == (1, 1)


def test_the_same_line_read_twice_is_one_alert() -> None:
    estate = estate_of_two()
    assert alerts(estate, line())[0].id == alerts(estate, line() + b"\r")[0].id


def test_alerts_come_in_small_batches_and_old_ones_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eve, "MOST_ALERTS", 150)
    estate = estate_of_two()
    source = eve.Alerts(estate.inventory)
    batches = list(source.batches([line(flow_id=number) for number in range(250)], NOON))
    assert [len(batch.records) for batch in batches] == [100, 100, 50]
    assert sum(len(batch.removed) for batch in batches) == 100
    (later,) = source.batches([], NOON + eve.KEPT + timedelta(days=1))
    assert len(later.removed) == 150


def test_a_clock_that_is_ahead_dates_nothing_into_the_future() -> None:
    (alert,) = alerts(estate_of_two(), line(timestamp="2026-03-02T00:00:00+0000"))
    assert alert.at == NOON


def test_the_inventory_takes_alerts_in_and_gives_them_up() -> None:
    estate = estate_of_two()
    source = eve.Alerts(estate.inventory)
    batches: list[Batch] = list(source.batches([line()], NOON))
    for batch in batches:
        assert not estate.inventory.apply(batch, NOON).changes  # an alert is no change of the estate
    assert len(list(estate.inventory.of(Alert))) == 1


# --- files and sockets --------------------------------------------------------------------------------------------


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


@pytest.fixture
def tailed(tmp_path: Path) -> Iterator[tail.TailedFile]:
    file = tail.TailedFile(tmp_path / "eve.json")
    yield file
    file.close()


def test_lines_are_read_as_they_come_and_whole(tailed: tail.TailedFile) -> None:
    assert tailed.read() == []
    append(tailed.path, b"one\ntw")
    assert tailed.read() == [b"one"]
    assert tailed.read() == []
    append(tailed.path, b"o\n\nthree\n")
    assert tailed.read() == [b"two", b"", b"three"]


def test_a_file_that_is_rotated_loses_nothing(tailed: tail.TailedFile) -> None:
    append(tailed.path, b"one\n")
    assert tailed.read() == [b"one"]
    append(tailed.path, b"two\n")
    tailed.path.rename(tailed.path.with_suffix(".1"))
    assert tailed.read() == [b"two"]
    assert tailed.read() == []
    append(tailed.path.with_suffix(".1"), b"three\n")  # its writer has not noticed yet
    append(tailed.path, b"four\n")
    assert tailed.read() == [b"three"]
    assert tailed.read() == [b"four"]


def test_a_writer_that_is_late_to_go_on_to_the_next_file_is_heard(tailed: tail.TailedFile) -> None:
    append(tailed.path, b"one\n")
    assert tailed.read() == [b"one"]
    moved = tailed.path.rename(tailed.path.with_suffix(".1"))
    tailed.path.touch()  # as whoever rotates files does, before the writer is told
    assert tailed.read() == []
    append(moved, b"two\n")
    assert tailed.read() == [b"two"]
    append(tailed.path, b"three\n")
    assert tailed.read() == [b"three"]


def test_what_is_written_while_it_is_looked_for_the_next_file_is_read(
    tailed: tail.TailedFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tailed.path, b"one\n")
    assert tailed.read() == [b"one"]
    look = tailed._is_another

    def interrupted() -> bool:
        monkeypatch.undo()
        append(tailed.path, b"two\n")
        tailed.path.rename(tailed.path.with_suffix(".1"))
        append(tailed.path, b"three\n")
        return look()

    monkeypatch.setattr(tailed, "_is_another", interrupted)
    assert tailed.read() == [b"two"]
    assert tailed.read() == [b"three"]


def test_a_file_that_is_cut_off_is_begun_anew(tailed: tail.TailedFile) -> None:
    append(tailed.path, b"one\ntwo\n")
    assert tailed.read() == [b"one", b"two"]
    tailed.path.write_bytes(b"new\n")
    assert tailed.read() == [b"new"]


def test_of_a_large_file_only_the_end_is_read(tailed: tail.TailedFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "LOOK_BACK_BYTES", 10)
    append(tailed.path, b"long ago\nmiddle\nlate\n")
    assert tailed.read() == [b"late"]


def test_a_line_without_end_is_left_out(tailed: tail.TailedFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "LONGEST_LINE_BYTES", 100)
    append(tailed.path, b"x" * 500)
    assert tailed.read() == []
    append(tailed.path, b"x" * 50 + b"\nnext\n")
    assert tailed.read() == [b"next"]


def test_a_folder_is_no_file_to_follow(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        tail.TailedFile(tmp_path).read()


async def test_a_file_is_followed_and_its_failure_and_recovery_are_told_once(tmp_path: Path) -> None:
    path = tmp_path / "eve.json"
    path.mkdir()
    told: list[StorageError | None] = []
    found: list[bytes] = []
    async with Tasks() as tasks:
        tasks.start(tail.follow(path, found.extend, told.append), "it")
        await eventually(lambda: told)
        path.rmdir()
        append(path, b"one\n")
        await eventually(lambda: found)
    assert found == [b"one"]
    assert len(told) == 2
    assert told[1] is None


async def test_lines_come_through_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "eve.socket"
    found: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as sensor:  # still connected when the listening ends
        async with Tasks() as tasks:
            tasks.start(tail.listen(path, found.extend), "it")
            await eventually(path.is_socket)
            sensor.connect(str(path))
            sensor.sendall(b"one\ntwo\n")
            await eventually(lambda: len(found) == 2)
            assert path.stat().st_mode & 0o007 == 0
    assert found == [b"one", b"two"]
    assert not path.exists()


@pytest.mark.parametrize("turns", range(6))
async def test_whoever_connects_when_the_listening_ends_does_not_hold_it_up(tmp_path: Path, turns: int) -> None:
    path = tmp_path / "eve.socket"
    async with Tasks() as tasks:
        listening = tasks.start(tail.listen(path, lambda _: None), "it")
        await eventually(path.is_socket)
        with socket.socket(socket.AF_UNIX) as sensor:
            sensor.connect(str(path))
            for _ in range(turns):  # of the loop, in which it is accepted step by step
                await asyncio.sleep(0)
            tasks.cancel(listening)
            done, _ = await asyncio.wait([listening], timeout=10)
        assert done, "although it is connected still"


async def test_what_is_no_socket_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "letters"
    path.write_text("mine")
    with pytest.raises(StorageError):
        await tail.listen(path, lambda _: None)
    assert path.read_text() == "mine"
