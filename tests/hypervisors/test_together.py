"""Demo, a real libvirtd and a vCenter on one console: what becomes of a VM on each, with who did it where that is told.

How fast it shows is measured by tests/bench/bench_live.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.console import aside, eventually
from tests.hypervisors.hands import Hands, Together, together
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.vcsim.vcenter import Vcenter
from vmi_console.estate.changes import Action, Change
from vmi_console.estate.records import VM, Network, Nic, Power
from vmi_console.estate.vlan import Vlan, access

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]


@pytest.fixture
async def one(lab: Laboratory, vcenter: Vcenter) -> AsyncIterator[Together]:
    await aside(vcenter.start)
    async with together(lab, vcenter) as one:
        yield one


class Life:
    """What is done to one VM, and how it must show."""

    def __init__(self, one: Together, hands: Hands, name: str) -> None:
        self._console = one
        self._hands = hands
        self._name = name

    async def live(self) -> None:
        """Created, renamed, given a card, its network changed, switched on, replugged, moved, off, and removed."""
        await self._is_born()
        await self._gets_a_card()
        hands, first = self._hands, self.now.nics[0]
        await hands.power_on(self.now)
        await self._told("power", Power.OFF, Power.ON)
        await hands.move_nic(self.now)
        await self._told(f"nics[{first.key}].network", first.network, self._network(hands.second).id)
        if (other := self._console.neighbour(self.now)) is not None:
            before = self.now.host
            await hands.migrate(self.now, other)
            await self._told("host", before, other.id)
        await hands.power_off(self.now)
        await self._told("power", Power.ON, Power.OFF)
        await hands.remove(self.now)
        await self._told("", action=Action.REMOVED)
        assert self._vm.id not in self._console.records

    async def _is_born(self) -> None:
        hands, before = self._hands, f"{self._name}-at-first"
        await hands.create(before)
        await eventually(lambda: (vm := self._console.named(before)) and vm.nics)
        self._vm = next(vm for vm in self._console.vms if vm.name == before)
        await self._told("", action=Action.ADDED)
        assert self._vm.nics[0].network == self._network(hands.first).id
        await hands.rename(self.now, self._name)
        await self._told("name", before, self._name)

    async def _gets_a_card(self) -> None:
        """While it is off: what libvirt has plugged in keeps its VLAN whatever becomes of the network."""
        hands, network = self._hands, self._network(self._hands.third)
        assert network.vlan is not None
        await hands.add_nic(self.now)
        await eventually(lambda: len(self.now.nics) == 2)
        key = next(nic.key for nic in self.now.nics if nic.key != self._vm.nics[0].key)
        assert (self._nic(key).network, self._nic(key).vlan) == (network.id, network.vlan)
        await self._told(f"nics[{key}]", action=Action.ADDED)
        await hands.set_vlan(self.now, 777)
        await eventually(lambda: self._nic(key).vlan == access(777))
        old, new = _as_told(network.vlan), _as_told(access(777))
        await self._told("vlan", old, new, entity=network.id)
        followed = await self._told(f"nics[{key}].vlan", old, new, by_anybody=True)
        assert followed.cause == network.id
        await hands.set_vlan(self.now, network.vlan.ranges[0][0])
        await eventually(lambda: self._nic(key).vlan == network.vlan)

    def _network(self, name: str) -> Network:
        return self._console.network(self._vm, name)

    @property
    def now(self) -> VM:
        record = self._console.records[self._vm.id]
        assert isinstance(record, VM)
        return record

    def _nic(self, key: str) -> Nic:
        return next(nic for nic in self.now.nics if nic.key == key)

    async def _told(
        self,
        path: str,
        before: Any = ...,
        after: Any = ...,
        *,
        action: Action = Action.CHANGED,
        entity: str | None = None,
        by_anybody: bool = False,
    ) -> Change:
        """Waits for the change of a property, by whom it was; `...` stands for any value."""
        found: list[Change] = []

        def heard() -> bool:
            found[:] = [
                change
                for change in self._console.changes
                if change.entity == (entity or self._vm.id)
                and (change.path, change.action) == (path, action)
                and before in (..., change.before)
                and after in (..., change.after)
                and (by_anybody or change.actor == self._hands.actor)
            ]
            return bool(found)

        try:
            await eventually(heard, seconds=30)
        except AssertionError:
            near = [each for each in self._console.changes if each.entity in (entity, self._vm.id)]
            raise AssertionError(f"{path} {before} → {after} was not told; what was: {near}") from None
        return found[0]


def _as_told(vlan: Vlan) -> Any:
    return msgspec.json.decode(msgspec.json.encode(vlan))


@pytest.mark.parametrize("which", [0, 1, 2], ids=["demo", "libvirt", "vSphere"])
async def test_a_life_beside_the_others(one: Together, which: int) -> None:
    await Life(one, one.hands[which], "alone").live()


async def test_three_lives_at_once(one: Together) -> None:
    async with asyncio.TaskGroup() as tasks:
        for hands in one.hands:
            tasks.create_task(Life(one, hands, f"with-others-{hands.hypervisor}").live())
    moved = {change.name for change in one.changes if change.path == "host"}
    assert moved == {"with-others-demo", "with-others-vSphere"}
