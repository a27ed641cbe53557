"""From one session to the next: what happened meanwhile, by whom, and at what cost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from pyVmomi import vim

from tests.console import aside, eventually
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.control import Faults, Reply
from tests.hypervisors.vcsim.vcenter import Vcenter
from tests.hypervisors.vsphere_console import VcenterConsole, vcenter_console
from vmi_console.collectors.vsphere.address import target
from vmi_console.collectors.vsphere.events import PAGE_EVENTS
from vmi_console.collectors.vsphere.load import Loads
from vmi_console.collectors.vsphere.session import Session, opened
from vmi_console.collectors.vsphere.transport import Tally
from vmi_console.estate.changes import Seen
from vmi_console.estate.identity import entity_id
from vmi_console.estate.records import State

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

MALLORY = accounts.MALLORY.actor
FETCHING = ("RetrievePropertiesEx", "FetchDVPorts")


@pytest.fixture
async def one(vcenter: Vcenter) -> AsyncIterator[VcenterConsole]:
    await aside(vcenter.start)
    async with vcenter_console(vcenter) as one:
        yield one
    await aside(vcenter.start)


async def meanwhile(one: VcenterConsole, act: Callable[[VcenterAdministrator], None]) -> None:
    """Has Mallory do something while one session of the console has ended and the next cannot go on."""
    control = one.vcenter.control
    control.faults(Faults(reply=Reply.UNAVAILABLE, methods=("CreateFilter",)))
    control.expire_sessions()
    await eventually(lambda: one.state() is State.STALE, seconds=60)
    await one.act(act, accounts.MALLORY)
    control.faults(Faults())
    await eventually(lambda: one.state() is State.LIVE, seconds=60)


def cost(vcenter: Vcenter, method: str) -> tuple[int, int]:
    """Requests of a method so far, and the bytes of their answers."""
    traffic = vcenter.control.requests().get(method)
    return (traffic.requests, traffic.response_bytes) if traffic is not None else (0, 0)


async def test_only_what_changed_is_fetched_again(vcenter: Vcenter, one: VcenterConsole) -> None:
    begun = {method: cost(vcenter, method) for method in FETCHING}
    await one.connect()
    vms = {vm.id: vm for vm in one.vms}
    vm = next(vm for vm in one.vms if vm.nics and not vm.snapshots)  # whose sizes are a request of their own
    first = {method: cost(vcenter, method) for method in FETCHING}
    await meanwhile(one, lambda admin: admin.title(vm.name, "meanwhile"))
    second = {method: cost(vcenter, method) for method in FETCHING}
    assert one.now(vm).annotation == "meanwhile"
    assert {each.id: each.nics for each in one.vms} == {each.id: each.nics for each in vms.values()}
    assert {each.id: each.settings for each in one.vms} == {each.id: each.settings for each in vms.values()}
    for method in FETCHING:
        (_, none), (_, all_of_them), (_, with_one) = begun[method], first[method], second[method]
        assert (with_one - all_of_them) * 10 < all_of_them - none, f"{method}: one VM of {len(vms)}"
    assert second["RetrievePropertiesEx"][0] - first["RetrievePropertiesEx"][0] <= 1
    (change,) = one.told(vm, "annotation")
    assert change.seen is Seen.RESYNC
    assert change.not_before is not None


async def test_more_happened_than_a_page_of_events_holds(vcenter: Vcenter, one: VcenterConsole) -> None:
    await one.connect()
    vms = one.vms[: PAGE_EVENTS + 10]
    asked, _ = cost(vcenter, "QueryEvents")

    def title_them(admin: VcenterAdministrator) -> None:
        for vm in vms:
            admin.title(vm.name, f"{vm.name} was here")

    await meanwhile(one, title_them)
    await eventually(lambda: all(_authors(one, vm.id) == [MALLORY] for vm in vms))
    assert cost(vcenter, "QueryEvents")[0] - asked == 1


async def test_loads_where_there_are_no_counters(vcenter: Vcenter) -> None:
    await aside(vcenter.start)
    with VcenterAdministrator("127.0.0.1", vcenter.port, accounts.ALICE) as admin:
        name = next(name for name in admin.names(vim.VirtualMachine) if "-web" in name)
        vm: Any = admin.vm(name)
        entity, host = entity_id("vm", "e", vm._moId), entity_id("host", "e", vm.runtime.host._moId)
    async with session_with(vcenter) as session:
        without = SimpleNamespace(perfManager=None, propertyCollector=session.content.propertyCollector)
        samples = await Loads(session.caller("samples"), without).read({entity: 1 << 30, host: None})
    assert {sample.entity for sample in samples} == {entity, host}
    for sample in samples:
        assert sample.cpu_percent is not None
        assert 0 <= sample.cpu_percent <= 100
        assert sample.memory_used_bytes is not None
        assert sample.disk_read_bytes_per_s is None, "no summary tells"


@asynccontextmanager
async def session_with(vcenter: Vcenter) -> AsyncIterator[Session]:
    """A session of the operator's, as a reader has it."""
    digits = vcenter.fingerprint
    trusted = ":".join(digits[index : index + 2] for index in range(0, len(digits), 2))
    session = await opened(
        target(vcenter.uri), accounts.OPERATOR.password, (trusted,), tally=Tally(), answered=lambda: None
    )
    try:
        yield session
    finally:
        await session.close()


def _authors(one: VcenterConsole, vm: str) -> list[str | None]:
    return [change.actor for change in one.changes if change.entity == vm and change.path == "annotation"]
