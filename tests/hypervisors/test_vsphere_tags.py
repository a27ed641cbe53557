"""Tags as a console has them: over the Automation API of an older and of a newer vCenter, soon after they change."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.console import eventually
from tests.hypervisors.vcsim.vcenter import Vcenter
from tests.hypervisors.vsphere_console import VcenterConsole, vcenter_console

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

ROOTS = {"6.5": "/rest/com/vmware/cis/", "8.0.2.0": "/api/"}


@pytest.fixture(scope="module", params=ROOTS)
def version(request: pytest.FixtureRequest) -> str:
    """The version of the API that the vCenter speaks."""
    return str(request.param)


@pytest.fixture(scope="module")
def tagged(version: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vcenter]:
    with Vcenter(tmp_path_factory.mktemp("tagged"), api_version=version, bound=True) as vcenter:
        yield vcenter


@pytest.fixture
async def one(tagged: Vcenter) -> AsyncIterator[VcenterConsole]:
    async with vcenter_console(tagged) as one:
        await one.connect()
        yield one


async def test_they_come_over_the_api_of_the_time(tagged: Vcenter, version: str) -> None:
    before = tagged.control.requests()
    async with vcenter_console(tagged) as one:
        await one.connect()
        assert {"pci", "gdpr", "daily"} <= {tag for vm in one.vms for tag in vm.tags}
    asked = {path for path, traffic in tagged.control.requests().items() if traffic != before.get(path)}
    tagging = {path for path in asked if "tagging" in path}
    assert tagging
    assert {path for path in tagging if not path.startswith(ROOTS[version])} == set()


async def test_a_new_tag_comes_and_goes(one: VcenterConsole) -> None:
    vm = one.a_vm()
    await one.act(lambda admin: admin.create_category("Zone"))
    await one.act(lambda admin: admin.create_tag("Zone", "north"))
    await one.act(lambda admin: admin.tag(vm.name, "north"))
    await eventually(lambda: "north" in one.now(vm).tags)
    await one.act(lambda admin: admin.untag(vm.name, "north"))
    await eventually(lambda: one.now(vm).tags == vm.tags)
    without, with_it = sorted(vm.tags), sorted((*vm.tags, "north"))
    told = [(change.before, change.after) for change in one.told(vm, "tags")]
    assert told == [(without, with_it), (with_it, without)]


async def test_they_are_read_on_after_the_session_has_expired(tagged: Vcenter, one: VcenterConsole) -> None:
    vm = one.a_vm()
    tag = next(tag for tag in ("pci", "gdpr", "sox") if tag not in vm.tags)
    logins = tagged.control.requests()["Login"].requests
    tagged.control.expire_sessions()
    await eventually(lambda: tagged.control.requests()["Login"].requests > logins, seconds=60)
    await one.act(lambda admin: admin.tag(vm.name, tag))
    await eventually(lambda: tag in one.now(vm).tags, seconds=60)
