"""A libvirtd that freezes, dies, refuses, says nothing, or wants a password: said, stale, and recovered from."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console import Console, aside, console, eventually
from tests.hypervisors.lab import definitions
from tests.hypervisors.lab.laboratory import Laboratory
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.changes import Seen
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Power, State

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

GUESTS = {guest.name for guest in definitions.GUESTS}


@pytest.fixture
async def one(lab: Laboratory) -> AsyncIterator[Console]:
    async with console(PrivateEngine(None)) as one:
        yield one
    await aside(lab.start)


def reason(one: Console) -> str:
    return one.connections[0].health.reason


async def stale_and_remembered(one: Console) -> None:
    await eventually(lambda: one.state() is State.STALE, seconds=40)
    health = one.connections[0].health
    assert health.reason
    assert health.since is not None
    assert {vm.name for vm in one.vms} >= GUESTS, "the last known VMs stay"


@pytest.mark.parametrize("fault", ["freeze", "kill", "leave", "refuse", "silent"])
async def test_what_is_wrong_is_said_and_it_recovers_by_itself(lab: Laboratory, one: Console, fault: str) -> None:
    await one.add(lab.uri)
    known = {vm.id: vm.power for vm in one.vms}
    await aside(getattr(lab.faults, fault))
    await stale_and_remembered(one)
    await aside(lab.faults.thaw if fault == "freeze" else lab.faults.restart)
    await eventually(lambda: one.state() is State.LIVE, seconds=60)
    assert {vm.id: vm.power for vm in one.vms} == known
    assert not [change for change in one.changes if change.path == "power"], "the guests never stopped"


async def test_what_happened_during_a_gap_is_told_with_the_interval(lab: Laboratory, one: Console) -> None:
    title = "changed in a gap"
    await one.add(lab.uri)
    os.kill(await one.role("reader"), signal.SIGSTOP)

    def retitle() -> None:
        with lab.administrator() as administrator:
            administrator.title(definitions.DB.name, title)

    await aside(retitle)
    await stale_and_remembered(one)
    await eventually(lambda: one.state() is State.LIVE, seconds=60)
    (told,) = [change for change in one.changes if change.after == title]
    assert told.seen is Seen.RESYNC
    assert told.not_before is not None
    assert told.not_before < told.observed_at


@pytest.mark.parametrize("fault", ["refuse", "silent", "leave"])
async def test_it_is_already_broken_when_it_is_added(lab: Laboratory, one: Console, fault: str) -> None:
    await aside(getattr(lab.faults, fault))
    await one.client.call("add_connection", uri=lab.uri, saved=False)
    await eventually(lambda: one.state() is State.STALE, seconds=40)
    assert reason(one)
    assert one.connections[0].health.advice or fault == "silent"
    await aside(lab.faults.restart)
    await eventually(lambda: one.state() is State.LIVE, seconds=90)
    assert {vm.name for vm in one.vms if vm.power is Power.ON} == GUESTS


async def test_a_password_is_asked_for_and_a_wrong_one_again(lab: Laboratory, one: Console) -> None:
    await aside(lambda: lab.faults.password("operator", "right"))
    uri = lab.uri.replace("qemu+unix://", "qemu+unix://operator@")
    connection = EntityId(await one.client.call("add_connection", uri=uri, saved=False))
    await eventually(lambda: one.state() is State.CREDENTIALS, seconds=30)
    await one.client.call("provide_secret", id=connection, secret="wrong")
    await eventually(lambda: one.state() is State.CONNECTING)
    await eventually(lambda: one.state() is State.CREDENTIALS, seconds=30)
    await one.client.call("provide_secret", id=connection, secret="right")
    await eventually(lambda: one.state() is State.LIVE, seconds=30)
    assert {vm.name for vm in one.vms} >= GUESTS


@pytest.mark.parametrize(
    ("uri", "state"),
    [
        ("qemu+unix:///system?socket={nowhere}", State.STALE),
        ("qemu+ssh://nobody@127.0.0.1:1/system", State.STALE),
        ("qemu+tcp://127.0.0.1:1/system", State.STALE),
        ("qemu+carrier-pigeon://host/system", State.UNSUPPORTED),
        ("test:///no/such/file.xml", State.UNSUPPORTED),
    ],
)
async def test_an_address_that_leads_nowhere_is_explained(tmp_path: Path, one: Console, uri: str, state: State) -> None:
    await one.client.call("add_connection", uri=uri.format(nowhere=tmp_path / "nothing"), saved=False)
    await eventually(lambda: one.state() in (State.STALE, State.UNSUPPORTED), seconds=40)
    assert one.state() is state
    assert reason(one)
