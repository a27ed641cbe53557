"""The mission's story, from a VM that somebody puts on the wrong VLAN to the one that is given back as it was.

On a real libvirtd with two real guests, and on a simulated vCenter; each from the administrator's act to what an
operator sees in a real window, with an engine of its own and policies in a folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.console import aside, eventually
from tests.hypervisors.lab import definitions
from tests.hypervisors.lab.admin import Administrator
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.operator_window import Operator, operator, play
from tests.hypervisors.test_acting_vsphere import QUARANTINE, Ward, a_ward
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.vcenter import Vcenter
from vmi_console.collectors.libvirt.acting.measures import FILTER
from vmi_console.collectors.quarantine import Hold
from vmi_console.estate.records import VM
from vmi_console.policy.findings import Finding
from vmi_console.response.quarantine import Stage

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(240),
    pytest.mark.qt_log_ignore("^This plugin does not support", extend=True),  # there is no window manager offscreen
]

WEB = definitions.WEB
BOTH_WAYS = {"ping", "tcp"}

SEGMENT = """\
policy: Web servers in their own segment
members: name == "{vm}"
severity: critical
checks:
  - vlans: {{denied: [{vlan}]}}
    title: Not among guests
respond: {{quarantine: automatic, after: 5s, mode: isolate}}
"""
SOFTWARE = """\
policy: What web servers run
members: name == "{vm}"
severity: high
checks:
  - applications: {{denied: [telnetd]}}
    id: back-doors
  - applications: {{required: [auditd]}}
    id: auditing
    severity: critical
  - services: {{required: [auditd]}}
    id: services
respond: {{quarantine: ask, mode: isolate}}
"""
IN_SEGMENT, RUNS = "Web servers in their own segment", "What web servers run"


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def leases_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


async def found(one: Operator, policy: str, done: datetime, within: float) -> Finding:
    """The finding that an act led to. It was opened soon after the hypervisor had carried that out.

    Both times are of this machine's clock: the act's is when the administrator's call came back, the finding's when the
    engine opened it. What else runs here delays the window's look, which is not what is limited.
    """
    await eventually(lambda: one.finding(policy), seconds=30)
    finding = one.finding(policy)
    assert finding is not None
    assert finding.opened_at - done <= timedelta(seconds=within)
    return finding


async def isolated_by_itself(one: Operator, name: str) -> None:
    """The countdown runs out in plain sight of the operator, and the VM is seen to be isolated."""
    await eventually(lambda: name in one.banner() and "second" in one.banner())
    await eventually(lambda: (known := one.quarantine(name)) and known.stage is Stage.ISOLATED, seconds=60)
    isolated = one.quarantine(name)
    assert isolated is not None
    assert {channel.hold for channel in isolated.channels} == {Hold.HELD}
    assert isolated.verified_at is not None
    assert (isolated.policy, isolated.by) == (IN_SEGMENT, f"policy “{IN_SEGMENT}”")
    assert one.went_through(name) == [Stage.COUNTDOWN, Stage.ISOLATING, Stage.ISOLATED]
    await eventually(lambda: not one.banner())


# --- libvirt --------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(lab: Laboratory) -> Iterator[Laboratory]:
    """Both guests run, and afterwards web is where it was, however the test has ended."""
    lab.start()
    stored = _stored(lab)
    yield lab
    if _stored(lab) != stored:
        with lab.libvirtd.connect() as connection:
            connection.lookupByName("web").destroy()
            connection.defineXML(stored)


def test_on_libvirt(home: Laboratory, policies: Path, tmp_path: Path, qapp: QApplication) -> None:
    (policies / "segment.yaml").write_text(SEGMENT.format(vm="web", vlan=120))

    async def story() -> None:
        lab, at_first = home, await aside(lambda: _stored(home))
        async with operator(tmp_path / "workspace", policies) as one:
            await one.connect(lab.uri)
            await one.client.call("arm", policy=IN_SEGMENT)
            assert await aside(lambda: _reaches(lab)) == BOTH_WAYS

            done = await _act(lab, lambda admin: admin.move_nic("web", WEB.vlan_mac, definitions.TRUNK, "vlan120"))
            finding = await found(one, IN_SEGMENT, done, within=6)
            assert (finding.vm, finding.actor) == (one.vm("web").id, None), "libvirt tells of no one"
            assert "120" in finding.evidence
            await eventually(lambda: one.message("web", "120", IN_SEGMENT, "by whom is not known"))
            wrong = await aside(lambda: _stored(lab))
            assert wrong != at_first

            await isolated_by_itself(one, "web")
            assert await aside(lambda: _reaches(lab)) == set()

            released = await one.release("web")
            assert (released.stage, released.notes) == (Stage.RELEASED, ())
            assert await aside(lambda: _stored(lab)) == wrong, "byte for byte"
            assert FILTER not in await aside(lambda: _filters(lab))
            await _works_again(lab)

            assert one.finding(IN_SEGMENT) is not None, "it is given back where it was, which is wrong still"
            await _act(lab, lambda admin: admin.move_nic("web", WEB.vlan_mac, definitions.TRUNK, "vlan110"))
            await eventually(lambda: one.finding(IN_SEGMENT) is None)
            assert one.quarantine("web") is None, "nobody's VM is taken twice for one finding"
            assert await aside(lambda: _stored(lab)) == at_first

    play(qapp, story)


async def _act(lab: Laboratory, act: Callable[[Administrator], None]) -> datetime:
    """Does it, and says when it was done."""

    def work() -> datetime:
        with lab.administrator() as administrator:
            act(administrator)
        return datetime.now(UTC)

    return await aside(work)


async def _works_again(lab: Laboratory) -> None:
    """A guest needs a moment to believe that its neighbour is back."""
    for _ in range(10):
        if await aside(lambda: _reaches(lab)) == BOTH_WAYS:
            return
    pytest.fail("nothing passes")


def _reaches(lab: Laboratory) -> set[str]:
    """How db reaches web over the network that both are in whatever becomes of web's VLAN."""
    return lab.reach("db", WEB.lan_address)


def _stored(lab: Laboratory) -> str:
    import libvirt

    with lab.libvirtd.connect() as connection:
        return str(
            connection.lookupByName("web").XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
        )


def _filters(lab: Laboratory) -> list[str]:
    with lab.libvirtd.connect() as connection:
        return list(connection.listNWFilters())


# --- vSphere --------------------------------------------------------------------------------------------------------

MALLORY = accounts.MALLORY


@pytest.fixture
def alice(vcenter: Vcenter) -> Iterator[VcenterAdministrator]:
    vcenter.start()
    with vcenter.administrator() as administrator:
        yield administrator


def test_on_vsphere(
    vcenter: Vcenter, alice: VcenterAdministrator, policies: Path, tmp_path: Path, qapp: QApplication
) -> None:
    ward = a_ward(vcenter, alice)
    name = ward.name
    (policies / "segment.yaml").write_text(SEGMENT.format(vm=name, vlan=170))

    async def story() -> None:
        async with operator(tmp_path / "workspace", policies) as one:
            await one.connect(vcenter.uri_for(accounts.ALICE), accounts.ALICE.password, QUARANTINE)
            await one.client.call("arm", policy=IN_SEGMENT)
            at_first = await aside(lambda: ward.wiring)
            home = one.vm(name).nics[0].network_name
            assert home is not None

            done = await _in_vcenter(vcenter, lambda admin: admin.move_nic(name, ward.mac, "fra-dmz-170"))
            finding = await found(one, IN_SEGMENT, done, within=2)
            assert (finding.vm, "170" in finding.evidence) == (one.vm(name).id, True)
            await eventually(lambda: one.message(name, "170", IN_SEGMENT, f"by {MALLORY.actor}"))
            told = one.finding(IN_SEGMENT)
            assert told is not None
            assert told.actor == MALLORY.actor
            wrong = await aside(lambda: ward.wiring)
            assert wrong != at_first

            await isolated_by_itself(one, name)
            assert await aside(lambda: ward.networks) == {QUARANTINE}
            assert await aside(lambda: ward.record)

            released = await one.release(name)
            assert (released.stage, released.notes) == (Stage.RELEASED, ())
            assert await aside(lambda: (ward.wiring, ward.record)) == (wrong, "")

            await _in_vcenter(vcenter, lambda admin: admin.move_nic(name, ward.mac, home))
            await eventually(lambda: one.finding(IN_SEGMENT) is None and one.quarantine(name) is None)
            assert await aside(lambda: ward.wiring) == at_first

    play(qapp, story)


def test_what_guests_publish_on_vsphere(
    vcenter: Vcenter, alice: VcenterAdministrator, policies: Path, tmp_path: Path, qapp: QApplication
) -> None:
    """An application that is denied appears, and the program of a service that is required is gone.

    VMware Tools publish which programs run; of services as the guest's service manager knows them they publish nothing
    (their service discovery goes to the host), so what is demanded of those is unknown, and never a pass.
    """
    ward = a_ward(vcenter, alice)
    name = ward.name
    (policies / "software.yaml").write_text(SOFTWARE.format(vm=name))
    before = next((each.value for each in ward.handle.config.extraConfig if each.key == "guestinfo.appInfo"), "")

    async def story() -> None:
        await aside(lambda: _publish(ward, "auditd", "nginx"))
        async with operator(tmp_path / "workspace", policies) as one:
            await one.connect(vcenter.uri_for(accounts.ALICE), accounts.ALICE.password, QUARANTINE)
            await eventually(lambda: _unknowns(one, one.vm(name)) == 1)  # the services
            assert one.finding(RUNS) is None
            wiring = await aside(lambda: ward.wiring)

            done = await aside(lambda: _publish(ward, "auditd", "nginx", "telnetd"))
            finding = await found(one, RUNS, done, within=2)
            assert (finding.rule, "telnetd" in finding.evidence) == ("back-doors", True)
            await eventually(lambda: one.message(name, "telnetd"))
            await eventually(lambda: (asked := one.quarantine(name)) and asked.stage is Stage.ASKED)
            assert (await one.confirm(name, "telnetd runs")).stage is Stage.ISOLATED
            assert await aside(lambda: ward.networks) == {QUARANTINE}

            done = await aside(lambda: _publish(ward, "nginx"))
            await eventually(lambda: (now := one.finding(RUNS)) and now.rule == "auditing")
            lost = await found(one, RUNS, done, within=2)
            assert "auditd" in lost.evidence
            assert _unknowns(one, one.vm(name)) == 1

            released = await one.release(name)
            assert (released.stage, released.notes) == (Stage.RELEASED, ()), "what a guest publishes is no change of it"
            assert await aside(lambda: ward.wiring) == wiring

    try:
        play(qapp, story)
    finally:
        ward.admin.setting(name, "guestinfo.appInfo", str(before))


async def _in_vcenter(vcenter: Vcenter, act: Callable[[VcenterAdministrator], None]) -> datetime:
    """Mallory does it; says when it was done."""

    def work() -> datetime:
        with vcenter.administrator(MALLORY) as mallory:
            act(mallory)
        return datetime.now(UTC)

    return await aside(work)


def _publish(ward: Ward, *running: str) -> datetime:
    """VMware Tools in the guest tell what runs there."""
    told = {
        "version": "1",
        "updateCounter": "1",
        "publishTime": datetime.now(UTC).isoformat(),
        "applications": [{"a": each, "v": "1.0"} for each in running],
    }
    ward.admin.setting(ward.name, "guestinfo.appInfo", json.dumps(told))
    return datetime.now(UTC)


def _unknowns(one: Operator, vm: VM) -> int:
    """Of how many of the policy's demands on its only member nobody can tell."""
    posture = one.replica.verdicts.posture
    return next((each.score.unknown for each in posture.policies if each.name == RUNS), 0)
