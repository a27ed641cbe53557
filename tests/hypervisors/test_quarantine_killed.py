"""The console is killed between every two steps of quarantine and release, on a real libvirtd and a vCenter.

The next one finishes what was confirmed and begun, and the VM comes back exactly as it was. `tests/unit/engine` has the
same on the demo estate.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import libvirt
import msgspec
import pytest

from tests.console import Console, aside, eventually
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.mortal import Lives
from tests.hypervisors.test_acting_libvirt import LAN, defined, interface
from tests.hypervisors.test_acting_vsphere import QUARANTINE, Ward, a_ward
from tests.hypervisors.vcsim import accounts
from tests.hypervisors.vcsim.vcenter import Vcenter
from tests.unit.engine.test_quarantine import isolate, release, state
from vmi_console.collectors.libvirt.acting.measures import FILTER
from vmi_console.collectors.quarantine import Hold
from vmi_console.errors import EngineUnavailable, VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, State
from vmi_console.response.quarantine import Quarantine, Stage

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def leases_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed engine leaves its lease's file behind."""
    tmp_path.chmod(0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


class Deaths:
    """One VM, put into quarantine and given back, until the console has died after every step of both."""

    def __init__(
        self,
        lives: Lives,
        name: str,
        connect: Callable[[Console], Awaitable[None]],
        is_as_before: Callable[[], bool],
        network: str = "",
    ) -> None:
        self.isolating: list[str] = []  # the steps after which it died
        self.releasing: list[str] = []
        self._lives = lives
        self._name = name
        self._connect = connect
        self._is_as_before = is_as_before
        self._network = network
        self._over: set[str] = set()

    async def all(self) -> None:
        """One life after the other."""
        while self._over < {"isolating", "releasing"}:
            async with self._lives.next() as one:
                await self._live(one)

    async def alone(self, isolating: int, releasing: int) -> None:
        """Only the actor dies: the console says what is half-done, and does the rest when it is told to."""
        async with self._lives.next() as one:
            await self._connect(one)
            await eventually(lambda: any(vm.name == self._name for vm in one.vms))
            vm = one.vm(self._name)
            self._lives.fate.dies_after(isolating, alone=True)
            partly = await isolate(one, vm, network=self._network)
            assert self._lives.fate.lives()
            assert (partly.stage, "the actor ended before it answered" in partly.because) == (Stage.PARTLY, True)
            again = msgspec.convert(await one.client.call("reassert", vm=vm.id), Quarantine)
            assert again.stage is Stage.ISOLATED
            self._lives.fate.dies_after(releasing, alone=True)
            undone = await release(one, vm)
            assert self._lives.fate.lives()
            assert (undone.stage, "it was released in part only" in undone.because) == (Stage.UNDONE, True)
            await self._release(one, vm)
            assert await aside(self._is_as_before)

    async def _live(self, one: Console) -> None:
        """Until it dies, or has survived both."""
        await self._connect(one)
        await eventually(lambda: any(vm.name == self._name for vm in one.vms))
        vm = one.vm(self._name)
        await self._recovered(one, vm)
        while self._over < {"isolating", "releasing"}:
            if await state(one, vm) is None:
                assert await aside(self._is_as_before), "it is as it was before"
                if not await self._survives("isolating", self.isolating, self._isolate(one, vm)):
                    return
            elif not await self._survives("releasing", self.releasing, self._release(one, vm)):
                return

    async def _recovered(self, one: Console, vm: VM) -> None:
        """What the last life has begun is finished: what was confirmed, and nothing else."""
        found = await settled(one, vm.id)
        if len(self.isolating) > len(self.releasing):
            assert found is Stage.ISOLATED
        else:
            assert found is None
        assert not (await one.client.call("audit_verify")).get("broken")

    async def _survives(self, act: str, deaths: list[str], work: Awaitable[None]) -> bool:
        if act not in self._over:
            self._lives.fate.dies_after(len(deaths) + 1)
        try:
            await work
        except VmiError:
            step = self._lives.fate.lives()
            if not step:
                raise  # it has not died, but failed
            deaths.append(step)
            return False
        assert not self._lives.fate.lives()
        self._over.add(act)
        return True

    async def _isolate(self, one: Console, vm: VM) -> None:
        isolated = await isolate(one, vm, network=self._network)
        assert isolated.stage is Stage.ISOLATED
        assert {channel.hold for channel in isolated.channels} == {Hold.HELD}

    async def _release(self, one: Console, vm: VM) -> None:
        released = await release(one, vm)
        assert (released.stage, released.notes) == (Stage.RELEASED, ())


async def settled(one: Console, vm: EntityId) -> Stage | None:
    """The stage of a VM's quarantine once nothing is under way any more; None where there is none."""
    async with asyncio.timeout(120):
        while True:
            with contextlib.suppress(EngineUnavailable):  # a machine that is busy for seconds makes it look so
                found = await state(one, one.records[vm])  # type: ignore[arg-type]
                if found is None or (found.stage.is_settled and found.verified_at is not None):
                    return None if found is None else found.stage
            await asyncio.sleep(0.1)


@pytest.fixture
def connection(lab: Laboratory) -> Iterator[libvirt.virConnect]:
    lab.start()
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    with closing(lab.libvirtd.connect()) as connection:
        yield connection


async def test_at_every_step_on_libvirt(lab: Laboratory, connection: libvirt.virConnect, tmp_path: Path) -> None:
    async def connect(one: Console) -> None:
        if not one.connections:
            await one.client.call("add_connection", uri=lab.uri, grants={"quarantine": True})
        await eventually(lambda: one.state() is State.LIVE, seconds=60)

    with defined(lab, connection, interface(LAN), "mortal") as ward:
        ward.domain.create()
        stored, before = ward.stored, await aside(lambda: ward.verify(ward.request()).image)

        def is_as_before() -> bool:
            return (ward.stored, FILTER in connection.listNWFilters()) == (stored, False)

        deaths = Deaths(Lives(tmp_path), "mortal", connect, is_as_before)
        await deaths.alone(isolating=3, releasing=1)
        await deaths.all()
        now = await aside(lambda: ward.verify(ward.request()).image)
        assert now.version == before.version, "and so is what is in force"
    record, live, store, tidy = "setMetadata", "updateDeviceFlags", "updateDeviceFlags", "defineXML"
    assert deaths.isolating == ["journal", record, "nwfilterDefineXML", live, store, "journal"]
    assert deaths.releasing == ["journal", live, store, record, tidy, "undefine", "journal"]


async def test_what_somebody_changes_before_a_release_is_finished_stays(
    lab: Laboratory, connection: libvirt.virConnect, tmp_path: Path
) -> None:
    """It dies with the card given back in force and not where it is stored, and somebody pulls the card's cable."""
    with defined(lab, connection, interface(LAN), "mortal") as ward:
        await aside(ward.domain.create)
        lives = Lives(tmp_path)
        async with lives.next() as one:
            await one.client.call("add_connection", uri=lab.uri, grants={"quarantine": True})
            await eventually(lambda: any(vm.name == "mortal" for vm in one.vms), seconds=60)
            vm = one.vm("mortal")
            isolated = await isolate(one, vm)
            assert isolated.stage is Stage.ISOLATED, isolated.channels
            lives.fate.dies_after(2)
            with pytest.raises(VmiError):
                await release(one, vm)
        assert lives.fate.lives() == "updateDeviceFlags"
        assert FILTER in ward.stored
        with lab.administrator() as administrator:
            administrator.link("mortal", "52:54:00:1a:b0:71", "down")
        async with lives.next() as one:
            await eventually(lambda: one.state() is State.LIVE, seconds=60)
            assert await settled(one, vm.id) is None
            (released,) = (each for each in await past(one) if each.vm == vm.id)
        assert released.stage is Stage.RELEASED
        for text in (ward.stored, ward.domain.XMLDesc()):
            assert FILTER not in text
            assert "<link state='down'/>" in text


async def past(one: Console) -> list[Quarantine]:
    """Quarantines that are over."""
    found = msgspec.convert(await one.client.call("quarantines", past=True), list[Quarantine])
    return [each for each in found if each.stage.is_closed]


async def test_at_every_step_on_vsphere(vcenter: Vcenter, tmp_path: Path) -> None:
    vcenter.start()
    alice = accounts.ALICE

    async def connect(one: Console) -> None:
        if not one.connections:
            await one.client.call(
                "add_connection", uri=vcenter.uri_for(alice), secret=alice.password, grants={"quarantine": True}
            )
            await eventually(lambda: one.state() is State.TRUST)
            certificate = one.connections[0].health.certificate
            assert certificate is not None
            await one.client.call("trust", id=one.connections[0].id, fingerprint=certificate.fingerprint)
        else:
            await eventually(lambda: one.state() in (State.CREDENTIALS, State.LIVE))
            if one.state() is State.CREDENTIALS:  # there is no keyring here
                await one.client.call("provide_secret", id=one.connections[0].id, secret=alice.password)
        await eventually(lambda: one.state() is State.LIVE, seconds=60)

    with vcenter.administrator() as administrator:
        ward = a_ward(vcenter, administrator, cards=2)
        # One card stays where it is and its port is blocked, since that has a setting of its own; the other is moved.
        mac = ward.mac
        administrator.move_nic(ward.name, mac, "fra-dmz-170")
        administrator.port_vlan(ward.name, mac, 175)

    def condition() -> object:
        """On a connection of its own: vCenter ends one that nothing is asked on for long."""
        with vcenter.administrator() as administrator:
            now = Ward(vcenter, administrator, ward.name)
            blocked = [now.port(key).config.setting.blocked for key in sorted(now.cards)]
            return now.wiring, now.record, [(each.inherited, each.value) for each in blocked]

    before = await aside(condition)
    deaths = Deaths(Lives(tmp_path), ward.name, connect, lambda: condition() == before, QUARANTINE)
    await deaths.alone(isolating=2, releasing=1)
    await deaths.all()
    record, cards, port = "_leave_record", "_task", "_task"
    assert deaths.isolating == ["journal", record, cards, port, "journal"]
    assert deaths.releasing == ["journal", port, cards, record, "journal"]
