"""Snapshots of demo, a real libvirtd and a vCenter on one console.

What was seen comes back without any of them, and two differ in what was done between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.console import aside, console, eventually
from tests.hypervisors.hands import Hands, Together, together
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.vcsim.vcenter import Vcenter
from vmi_console.engine.engines import PrivateEngine
from vmi_console.estate.differences import differences
from vmi_console.estate.identity import endpoint_of
from vmi_console.estate.records import VM, Connection
from vmi_console.review import snapshots
from vmi_console.review.comparison import compare
from vmi_console.review.moment import Moment

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

NAME = "photographed"


@pytest.fixture
async def one(lab: Laboratory, vcenter: Vcenter) -> AsyncIterator[Together]:
    await aside(vcenter.start)
    async with together(lab, vcenter) as one:
        yield one


async def test_what_was_seen_is_told_again(one: Together, tmp_path: Path) -> None:
    path = tmp_path / "all.vmisnap"
    before = dict(one.records)
    await one.client.call("snapshot", path=str(path), title="all three")
    during = {id: record for id, record in one.records.items() if before.get(id) == record}  # nothing happened to them
    async with console(PrivateEngine.of_snapshot(path)) as review:
        await eventually(lambda: len(review.records) >= len(during), seconds=60)
        assert {each.provider for each in review.connections} == {"demo", "libvirt", "vsphere"}
        for id, record in during.items():
            if not isinstance(record, Connection):
                assert review.records[id] == record
        assert {vm.name for vm in review.vms} == {vm.name for vm in one.vms}


async def test_two_differ_in_what_was_done_between_them(one: Together, tmp_path: Path) -> None:
    hands = one.hands[1:]  # a demo's people are at work all the time
    since = datetime.now(UTC)
    async with asyncio.TaskGroup() as tasks:
        for each in hands:
            tasks.create_task(_born(one, each))
    vms = {hand.hypervisor: _of(one, hand) for hand in hands}
    await one.client.call("snapshot", path=str(tmp_path / "a.vmisnap"))
    try:
        for hand in hands:
            await hand.rename(vms[hand.hypervisor], f"{NAME}-anew-{hand.hypervisor}")
        await eventually(lambda: all("-anew-" in one.records[vm.id].name for vm in vms.values()), seconds=30)
        arguments = {"path": str(tmp_path / "b.vmisnap"), "changes_since": msgspec.to_builtins(since)}
        await one.client.call("snapshot", **arguments)
    finally:
        for vm, hand in zip(vms.values(), hands, strict=True):
            now = one.records[vm.id]
            assert isinstance(now, VM)
            await hand.remove(now)
    first, second = (snapshots.read(tmp_path / name) for name in ("a.vmisnap", "b.vmisnap"))
    watched = {endpoint_of(vm.id) for vm in vms.values()}
    found = {
        (item.entity, item.path, item.actor)
        for group in compare(first, second).groups
        for item in group.items
        if endpoint_of(item.entity) in watched
    }
    changed = {change.entity: change.actor for change in second.changes if change.path == "name"}
    assert found == {(vm.id, "name", changed[vm.id]) for vm in vms.values()}
    await _is_the_same_in_the_history(one, (first, second), watched)


async def _is_the_same_in_the_history(one: Together, moments: tuple[Moment, ...], watched: set[str]) -> None:
    """What the engine recorded meanwhile, gone to at the time of each snapshot, is what the snapshot holds."""
    path = Path((await one.client.call("recorded"))["path"])
    async with console(PrivateEngine.of_history(path)) as past:
        for moment in moments:
            await past.client.call("go_to", at=moment.at.isoformat())
            then = {
                each.id: each for each in moment.records if isinstance(each, VM) and endpoint_of(each.id) in watched
            }
            shown = {vm.id: vm for vm in past.vms if endpoint_of(vm.id) in watched}
            assert {id: vm.name for id, vm in shown.items()} == {id: vm.name for id, vm in then.items()}
            for id, vm in then.items():
                assert list(differences(shown[id], vm)) == [], vm.name
                assert shown[id].nics == vm.nics


async def _born(one: Together, hands: Hands) -> None:
    name = f"{NAME}-{hands.hypervisor}"
    await hands.create(name)
    await eventually(lambda: (vm := one.named(name)) and vm.nics, seconds=30)


def _of(one: Together, hands: Hands) -> VM:
    vm = one.named(f"{NAME}-{hands.hypervisor}")
    assert vm is not None
    return vm
