"""Offline review in a real engine process: what a snapshot file holds is what is told, and nothing in it acts."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.console import Console, aside, console, eventually
from tests.unit.reports.estates import demo
from tests.unit.response.hospital import Keyring
from vmi_console.engine import review as review_module
from vmi_console.engine.answering import Answering
from vmi_console.engine.commands import Commands
from vmi_console.engine.engines import EngineChannel, PrivateEngine
from vmi_console.engine.review import Review, SnapshotSource
from vmi_console.engine.review_commands import ANSWERED
from vmi_console.errors import StorageError, VmiError
from vmi_console.estate.facts import Guest, SoftwareImage
from vmi_console.estate.records import Host
from vmi_console.policy.folder import PolicyFolder
from vmi_console.response.keys import Keys
from vmi_console.review import snapshots
from vmi_console.review.moment import Moment, PolicyFile
from vmi_console.review.present import Still
from vmi_console.wire.tasks import Tasks

MOMENT = demo()


@pytest.fixture
async def review(tmp_path: Path) -> AsyncIterator[Console]:
    """A console on the demo estate's snapshot."""
    snapshots.write(tmp_path / "demo.vmisnap", MOMENT)
    async with console(PrivateEngine.of_snapshot(tmp_path / "demo.vmisnap"), findings=True) as one:
        await eventually(lambda: one.posture is not None and one.posture.policies and not one.posture.evaluating)
        yield one


async def test_it_tells_what_the_file_holds(review: Console) -> None:
    shown = [record for record in MOMENT.records if not isinstance(record, Guest | SoftwareImage)]
    assert review.records == {record.id: record for record in shown}
    assert review.findings == {finding.id: finding for finding in MOMENT.findings}
    assert review.changes == list(MOMENT.changes)
    assert review.about is not None
    assert (review.about.at, review.about.title) == (MOMENT.at, MOMENT.title)
    assert review.posture is not None
    assert {each.name for each in review.posture.policies} >= {finding.policy for finding in MOMENT.findings}


async def test_it_answers_what_looks_at_its_own_time(review: Console) -> None:
    guest = next(record for record in MOMENT.records if isinstance(record, Guest) and record.applications)
    told = await review.client.call("guest", vm=guest.vm)
    assert told["applications"]["items"]
    assert set(await review.client.call("query", text='power == "on"')) == {
        vm.id for vm in review.vms if vm.power.value == "on"
    }
    held = {one["id"] for one in await review.client.call("quarantines")}
    assert held == {one.id for one in MOMENT.quarantines if not one.stage.is_closed}
    explained = await review.client.call("explain", vm=MOMENT.findings[0].vm)
    assert any(policy["policy"] == MOMENT.findings[0].policy for policy in explained)
    documents = await review.client.call("policies")
    assert {each["file"] for each in documents} == {each.name for each in MOMENT.policies}


async def test_nothing_in_it_acts(review: Console) -> None:
    """Every command that an engine has is either one that looks, or refused by its name alone."""
    commands = {name for name in dir(Commands) if not name.startswith("_")} - {*dir(Answering)}
    assert commands > ANSWERED - {"go_to"}, "which only the past has"
    for name in sorted(commands - ANSWERED):
        with pytest.raises(VmiError, match="nothing in it acts"):
            await review.client.call(name)
    with pytest.raises(VmiError, match="knows no command"):
        await review.client.call("launch")
    assert review.findings == {finding.id: finding for finding in MOMENT.findings}


async def test_policies_of_another_folder_judge_it_anew(review: Console, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "one.yaml").write_text(
        "policy: Mine\nmembers: 'power == \"on\"'\nchecks:\n  - vlans: {allowed: [4090]}\n"
    )
    assert not PolicyFolder(folder).policies.problems
    await review.client.call("open_policies", folder=str(folder))
    on = {vm.id for vm in review.vms if vm.power.value == "on" and any(nic.vlan for nic in vm.nics)}
    await eventually(lambda: {each.vm for each in review.findings.values()} == on != set())
    assert {each.opened_at for each in review.findings.values()} == {MOMENT.at}, "its clock stands still"


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + bytes(4096), b"PK\3\4" * 100])
async def test_a_file_that_is_none_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.vmisnap"
    path.write_bytes(content)
    one = Console(PrivateEngine.of_snapshot(path))
    async with Tasks() as tasks:
        tasks.start(one.client.run(), "client")
        await eventually(lambda: bool(one.links))
    assert not one.links[0].up
    assert "broken.vmisnap" in one.links[0].reason


class LateHeard:
    """An engine that has gone before anybody listens to it."""

    def __init__(self, engine: PrivateEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def link(self) -> AsyncIterator[tuple[EngineChannel, str]]:
        async with self._engine.link() as link:
            await eventually(self._is_gone)
            yield link

    def _is_gone(self) -> bool:
        assert self._engine.pid is not None
        try:
            os.kill(self._engine.pid, 0)
        except ProcessLookupError:
            return True
        return False


async def test_why_a_file_was_refused_is_heard_also_when_the_engine_has_gone(tmp_path: Path) -> None:
    (tmp_path / "broken.vmisnap").write_bytes(b"none")
    one = Console(LateHeard(PrivateEngine.of_snapshot(tmp_path / "broken.vmisnap")))
    async with Tasks() as tasks:
        tasks.start(one.client.run(), "client")
        await eventually(lambda: bool(one.links))
    assert "broken.vmisnap" in one.links[0].reason


async def test_policies_whose_names_lead_elsewhere_stay_out(tmp_path: Path) -> None:
    names = ("../out.yaml", "/tmp/vmi-out.yaml", ".hidden.yaml", "a.txt", "good/one.yaml", "good/one.yaml")
    text = "group: G\nmembers: 'power == \"on\"'\n"
    moment = Moment(at=MOMENT.at, records=(), policies=tuple(PolicyFile(name=name, text=text) for name in names))
    snapshots.write(tmp_path / "names.vmisnap", moment)
    async with console(PrivateEngine.of_snapshot(tmp_path / "names.vmisnap"), findings=True) as one:
        assert [each["file"] for each in await one.client.call("policies")] == ["good/one.yaml"]
    assert not (tmp_path / "out.yaml").exists()


async def test_what_this_console_signed_is_no_strangers(tmp_path: Path) -> None:
    ours, others = Keys(Keyring()), Keys(Keyring())
    for keys, trusted in ((ours, True), (others, False)):
        snapshots.write(tmp_path / "signed.vmisnap", MOMENT, await keys.signing())
        review = await Review.open(SnapshotSource(tmp_path / "signed.vmisnap"), keys=ours)
        about = review.about()
        await review.close()
        assert about is not None
        assert (about.signed_with, about.trusted) == ((await keys.signing()).name, trusted)
    await asyncio.get_running_loop().shutdown_default_executor()


async def test_records_are_there_before_their_indexes_and_whoever_asks_for_more_waits(tmp_path: Path) -> None:
    snapshots.write(tmp_path / "demo.vmisnap", MOMENT)
    guest = next(record for record in MOMENT.records if isinstance(record, Guest) and record.applications)
    review = await Review.begin(SnapshotSource(tmp_path / "demo.vmisnap"))
    was_ready = review.is_ready
    assert {record.id: record for record in review.inventory.all()} == {record.id: record for record in MOMENT.records}
    assert (await review.command("guest", {"vm": guest.vm}))["applications"]["items"]
    assert (was_ready, review.is_ready) == (False, True)
    indexed = Still(MOMENT.records)
    for vm in indexed.vms():
        assert review.inventory.haystack(vm.id) == indexed.haystack(vm.id)
        assert review.inventory.guest(vm.id) == indexed.guest(vm.id)
        for nic in vm.nics:
            assert list(review.inventory.vms_with_mac(nic.mac or "")) == list(indexed.vms_with_mac(nic.mac or ""))
    for host in indexed.of(Host):
        assert list(review.inventory.vms_of_host(host.id)) == list(indexed.vms_of_host(host.id))
    await review.close()
    left = await Review.begin(SnapshotSource(tmp_path / "demo.vmisnap"))
    await left.close()  # before it was ready
    await asyncio.get_running_loop().shutdown_default_executor()


async def test_of_two_who_judge_by_others_at_once_nothing_is_left_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots.write(tmp_path / "demo.vmisnap", MOMENT)
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    review = await Review.open(SnapshotSource(tmp_path / "demo.vmisnap"))
    first = review.policies
    close = first.close

    async def slow() -> None:
        await asyncio.sleep(0.3)  # in which the other one would be done
        await close()

    monkeypatch.setattr(first, "close", slow)
    await asyncio.gather(*(review.judge_by(folder) for folder in folders))
    assert review.policies.folder.path == folders[1]
    await review.close()
    await asyncio.get_running_loop().shutdown_default_executor()


async def test_a_review_that_cannot_be_begun_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots.write(tmp_path / "demo.vmisnap", MOMENT)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def fail(folder: Path, policies: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(review_module, "write_policies", fail)
    with pytest.raises(StorageError, match="full"):
        await Review.begin(SnapshotSource(tmp_path / "demo.vmisnap"))
    assert [thread.name for thread in threading.enumerate() if thread.name == "history"] == []
    assert await aside(lambda: [path.name for path in tmp_path.iterdir()]) == ["demo.vmisnap"]
    await asyncio.get_running_loop().shutdown_default_executor()


def test_it_needs_no_hypervisor_library_and_no_network(tmp_path: Path) -> None:
    """A whole review in a process in which neither can be had."""
    snapshots.write(tmp_path / "demo.vmisnap", MOMENT)
    program = f"""
import asyncio, socket, sys
class Barred:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("libvirt", "lxml", "pyVmomi", "vmware", "dissect", "PySide6"):
            raise ImportError(name + " is not to be had")
sys.meta_path.insert(0, Barred())
from pathlib import Path
from vmi_console.engine.review import Review, SnapshotSource
def none(*_): raise OSError("no network")
socket.socket.connect = socket.socket.bind = none
async def main():
    review = await Review.open(SnapshotSource(Path({str(tmp_path / "demo.vmisnap")!r})))
    while review.posture().evaluating:
        await asyncio.sleep(0.05)
    print(len(review.inventory), len(review.findings()))
    await review.close()
asyncio.run(main())
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert told.stderr == ""
    assert told.stdout.split() == [str(len(MOMENT.records)), str(len(MOMENT.findings))]
