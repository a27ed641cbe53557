"""Whatever comes between a plan and its act on a real libvirtd and a vCenter has an outcome that says what it is.

The VM is changed, moved, powered off or deleted; nobody may act; the network is missing; another console is at it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import libvirt
import pytest

from tests.console import aside, eventually
from tests.hypervisors.lab import definitions
from tests.hypervisors.lab.admin import Administrator
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.test_acting_libvirt import LAN, defined, interface
from tests.hypervisors.test_acting_vsphere import QUARANTINE, Ward, a_ward
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.administrator import VcenterAdministrator
from tests.hypervisors.vcsim.vcenter import Vcenter
from tests.hypervisors.wards import WardConsole, ward_console
from vmi_console.errors import VmiError
from vmi_console.estate.records import VM, Power
from vmi_console.response.quarantine import Quarantine, Stage

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

PASSING = "<network><name>passing</name><bridge name='br-passing' stp='off' delay='0'/></network>"


@pytest.fixture(autouse=True)
def leases_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def connection(lab: Laboratory) -> Iterator[libvirt.virConnect]:
    lab.start()
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    with closing(lab.libvirtd.connect()) as connection:
        yield connection


@pytest.fixture
def alice(vcenter: Vcenter) -> Iterator[VcenterAdministrator]:
    vcenter.start()
    with vcenter.administrator() as administrator:
        yield administrator


async def on_libvirt(lab: Laboratory, act: Callable[[Administrator], None]) -> None:
    def work() -> None:
        with lab.administrator() as administrator:
            act(administrator)

    await aside(work)


def is_left_alone(outcome: Quarantine, *words: str) -> None:
    """Nothing was changed, and why."""
    assert outcome.stage is Stage.FAILED
    assert all(word in outcome.because for word in words), outcome.because


# --- between plan and act -------------------------------------------------------------------------------------------


async def test_between_plan_and_act_on_libvirt(lab: Laboratory, connection: libvirt.virConnect, tmp_path: Path) -> None:
    async with ward_console(tmp_path / "workspace") as one:
        await one.connect_libvirt(lab)
        with defined(lab, connection, interface(LAN), "patient") as ward:
            await aside(ward.domain.create)
            vm = await one.known("patient")
            mac = "52:54:00:1a:b0:71"

            plan = await one.plan(vm)
            await on_libvirt(lab, lambda admin: admin.move_nic("patient", mac, definitions.APART))
            is_left_alone(await one.carry_out(plan), "nothing was changed", "was changed since it was looked at")
            assert definitions.APART in ward.stored
            assert ward.domain.XMLDesc().count("vmi1.") == 0, "and no record says otherwise"
            await on_libvirt(lab, lambda admin: admin.move_nic("patient", mac, definitions.LAN))

            stored = ward.stored
            plan = await one.plan(vm)
            await on_libvirt(lab, lambda admin: admin.power_off("patient"))
            assert (await one.carry_out(plan)).stage is Stage.ISOLATED, "it is what was planned, but for its power"
            assert (await one.release(vm)).stage is Stage.RELEASED
            assert ward.stored == stored
            assert not ward.domain.isActive()

            passing = await aside(lambda: connection.networkCreateXML(PASSING))
            plan = await one.plan(vm, "passing")
            assert not plan.problems
            await aside(passing.destroy)
            is_left_alone(await one.carry_out(plan), "nothing was changed", "no network passing")
            assert ward.stored == stored
            with pytest.raises(VmiError, match="no network passing"):
                await one.isolate(vm, "passing")

            plan = await one.plan(vm)
        await eventually(lambda: vm.id not in one.records)
        is_left_alone(await one.carry_out(plan), "deleted before it was isolated")


async def test_between_plan_and_act_on_vsphere(vcenter: Vcenter, alice: VcenterAdministrator, tmp_path: Path) -> None:
    async with ward_console(tmp_path / "workspace") as one:
        await one.connect_vcenter(vcenter)
        beside = a_ward(vcenter, alice).name
        await aside(lambda: alice.create("fra-patient", "00:50:56:3f:0b:01", "fra-web-110", beside))
        ward = Ward(vcenter, alice, "fra-patient")
        await aside(lambda: alice.power_on("fra-patient"))
        vm = await one.known("fra-patient")
        await eventually(lambda: one.vm("fra-patient").power is Power.ON)

        plan = await one.plan(vm, QUARANTINE)
        await aside(lambda: alice.move_nic("fra-patient", ward.mac, "fra-app-120"))
        is_left_alone(await one.carry_out(plan), "nothing was changed", "was changed since it was looked at")
        assert (ward.networks, ward.record) == ({"fra-app-120"}, "")

        wiring = ward.wiring
        plan = await one.plan(vm, QUARANTINE)
        other = _another_host(alice, "fra-patient")
        await aside(lambda: alice.migrate("fra-patient", other))
        await aside(lambda: alice.power_off("fra-patient"))
        assert (await one.carry_out(plan)).stage is Stage.ISOLATED, "it is what was planned, wherever it runs"
        assert (await one.release(vm)).stage is Stage.RELEASED
        assert ward.wiring == wiring
        assert ward.handle.runtime.powerState == "poweredOff"

        await aside(lambda: alice.create_portgroup("fra-dvs-01", "fra-passing", 667))
        plan = await one.plan(vm, "fra-passing")
        assert not plan.problems
        await aside(lambda: alice.rename_portgroup("fra-passing", "fra-passed"))
        is_left_alone(await one.carry_out(plan), "nothing was changed", "no network fra-passing")
        assert (ward.wiring, ward.record) == (wiring, "")

        plan = await one.plan(vm, QUARANTINE)
        await aside(lambda: alice.remove("fra-patient"))
        await eventually(lambda: vm.id not in one.records)
        is_left_alone(await one.carry_out(plan), "deleted before it was isolated")


def _another_host(alice: VcenterAdministrator, vm: str) -> str:
    host = alice.vm(vm).runtime.host
    return next(str(other.name) for other in host.parent.host if other._moId != host._moId)


# --- deleted while it is in -----------------------------------------------------------------------------------------


async def test_deleted_in_quarantine(
    lab: Laboratory, connection: libvirt.virConnect, vcenter: Vcenter, alice: VcenterAdministrator, tmp_path: Path
) -> None:
    async with ward_console(tmp_path / "one") as one, ward_console(tmp_path / "two") as two:
        await one.connect_libvirt(lab)
        await two.connect_vcenter(vcenter)
        with defined(lab, connection, interface(LAN), "patient"):
            vm = await one.known("patient")
            assert (await one.isolate(vm)).stage is Stage.ISOLATED
        await _is_gone(one, vm)
        beside = a_ward(vcenter, alice).name
        await aside(lambda: alice.create("fra-patient", "00:50:56:3f:0b:02", "fra-web-110", beside))
        vm = await two.known("fra-patient")
        assert (await two.isolate(vm, QUARANTINE)).stage is Stage.ISOLATED
        await aside(lambda: alice.remove("fra-patient"))
        await _is_gone(two, vm)


async def _is_gone(one: WardConsole, vm: VM) -> None:
    await one.settles(vm, Stage.GONE, lambda found: "was deleted while it was in quarantine" in found.because)
    assert (await one.release(vm, "keep")).stage is Stage.KEPT


# --- nobody may -----------------------------------------------------------------------------------------------------


async def test_no_right_to_act_on_libvirt(lab: Laboratory, connection: libvirt.virConnect, tmp_path: Path) -> None:
    """The socket that lets everybody look and nobody act."""
    uri = lab.uri.replace("libvirt-sock", "libvirt-sock-ro")
    async with ward_console(tmp_path / "workspace") as one:
        await one.connect_libvirt(lab, uri)
        with defined(lab, connection, interface(LAN), "patient") as ward:
            vm, stored = await one.known("patient"), ward.stored
            is_left_alone(await one.isolate(vm), "nothing was changed", "the console's user may not")
            assert ward.stored == stored


async def test_no_right_to_act_on_vsphere(vcenter: Vcenter, alice: VcenterAdministrator, tmp_path: Path) -> None:
    ward = a_ward(vcenter, alice)
    async with ward_console(tmp_path / "workspace") as one:
        await one.connect_vcenter(vcenter, accounts.OPERATOR)
        vm, wiring = await one.known(ward.name), ward.wiring
        with pytest.raises(VmiError, match=r"lacks VirtualMachine\.Config\.EditDevice"):
            await one.isolate(vm, QUARANTINE)
        assert (ward.wiring, ward.record) == (wiring, "")
        assert one.quarantine(vm) is None


# --- another console ------------------------------------------------------------------------------------------------


async def test_two_consoles_at_once_on_libvirt(lab: Laboratory, connection: libvirt.virConnect, tmp_path: Path) -> None:
    with defined(lab, connection, interface(LAN), "patient") as ward:
        await aside(ward.domain.create)
        async with ward_console(tmp_path / "one") as one, ward_console(tmp_path / "two") as two:
            await one.connect_libvirt(lab)
            await two.connect_libvirt(lab)
            stored, vm = ward.stored, await one.known("patient")
            await two.known("patient")
            await _one_of_them_acts(one, two, vm)
            assert ward.stored == stored


async def test_two_consoles_at_once_on_vsphere(vcenter: Vcenter, alice: VcenterAdministrator, tmp_path: Path) -> None:
    ward = a_ward(vcenter, alice)
    async with ward_console(tmp_path / "one") as one, ward_console(tmp_path / "two") as two:
        await one.connect_vcenter(vcenter)
        await two.connect_vcenter(vcenter)
        wiring, vm = ward.wiring, await one.known(ward.name)
        await two.known(ward.name)
        await _one_of_them_acts(one, two, vm, QUARANTINE)
        assert (ward.wiring, ward.record) == (wiring, "")


async def _one_of_them_acts(one: WardConsole, two: WardConsole, vm: VM, network: str = "") -> None:
    """Both confirm at the same moment: one of them acts, and the other says who is in charge."""
    plans = [await each.plan(vm, network) for each in (one, two)]
    outcomes = await asyncio.gather(one.carry_out(plans[0]), two.carry_out(plans[1]), return_exceptions=True)
    (isolated,) = (each for each in outcomes if isinstance(each, Quarantine))
    (refused,) = (each for each in outcomes if isinstance(each, BaseException))
    assert isolated.stage is Stage.ISOLATED
    assert "another console is in charge of quarantine there" in str(refused)
    first, second = (one, two) if outcomes[0] is isolated else (two, one)
    await second.settles(vm, Stage.FOUND, lambda found: found.reason == "a test")
    with pytest.raises(VmiError, match="another console is in charge"):
        await second.release(vm, "force")
    assert (await first.release(vm)).stage is Stage.RELEASED


async def test_a_console_of_another_machine(
    lab: Laboratory, connection: libvirt.virConnect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lease does not reach it: what was planned there before is refused, since the VM is another now."""
    with defined(lab, connection, interface(LAN), "patient") as ward:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir(mode=0o700)
        async with ward_console(tmp_path / "one") as one:
            await one.connect_libvirt(lab)
            monkeypatch.setenv("XDG_RUNTIME_DIR", str(elsewhere))
            async with ward_console(tmp_path / "two") as two:
                await two.connect_libvirt(lab)
                stored, vm = ward.stored, await one.known("patient")
                await two.known("patient")
                plan = await two.plan(vm)
                assert (await one.isolate(vm)).stage is Stage.ISOLATED
                isolated = ward.stored
                is_left_alone(await two.carry_out(plan), "nothing was changed", "was changed since")
                assert ward.stored == isolated, "the first one's record among it"
                await two.settles(vm, Stage.FOUND, lambda found: not found.trusted)
                assert (await one.release(vm)).stage is Stage.RELEASED
                assert ward.stored == stored
