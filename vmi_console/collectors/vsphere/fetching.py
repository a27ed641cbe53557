"""What no update brings: devices, settings, snapshots' sizes, ports and names of alarms, fetched when they are due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from vmi_console.collectors.vsphere import alarms, hardware, machine, ports, snapshots
from vmi_console.collectors.vsphere.memory import Fetched
from vmi_console.collectors.vsphere.picture import VM_KIND, Picture
from vmi_console.collectors.vsphere.ports import Port, PortKey
from vmi_console.collectors.vsphere.session import Caller, Session
from vmi_console.collectors.vsphere.transport import Line
from vmi_console.collectors.vsphere.values import Told, text
from vmi_console.collectors.vsphere.watching import retrieve, slices, vim_type

CALLERS = 2
"""While the answer for one slice is parsed, the server prepares the next."""

SLICE = 100


class Fetching:
    """Puts what it fetches into a picture. Its methods raise as `Caller.call`."""

    def __init__(self, session: Session, picture: Picture) -> None:
        self._content = session.content
        self._picture = picture
        self._callers = [session.caller(f"hardware-{number + 1}") for number in range(CALLERS)]

    async def machines(self, moids: Sequence[str]) -> None:
        """Devices, settings, snapshots' sizes and ports of these VMs, in slices, several at once."""
        portions = iter(list(slices(moids, SLICE)))

        async def fetch_some(caller: Caller) -> None:
            for portion in portions:
                await self._slice(caller, portion)

        async with asyncio.TaskGroup() as tasks:
            for caller in self._callers[: -(-len(moids) // SLICE)]:
                tasks.create_task(fetch_some(caller))

    async def ports(self, keys: Iterable[PortKey]) -> set[str]:
        """These ports, as far as they may differ from their portgroups; gives the VMs at those that are others now."""
        return await self._ports(self._callers[0], keys)

    async def alarm_names(self) -> bool:
        """The names of alarms that have none yet; True if there are any such."""
        unnamed = sorted(self._picture.unnamed_alarms())
        if unnamed:
            found = await retrieve(
                self._callers[0], self._content, alarms.KIND, unnamed, [alarms.NAME],
                lambda _, told: text(told.get(alarms.NAME)) or "",
            )  # fmt: skip
            self._picture.name_alarms({alarm: found.get(alarm, "") for alarm in unnamed})
        return bool(unnamed)

    async def _slice(self, caller: Caller, moids: Sequence[str]) -> None:
        def read(_: str, told: Told) -> hardware.Hardware:
            return hardware.hardware(*(told.get(path) for path in machine.HARDWARE))

        def measure(moid: str, told: Told) -> dict[str, int] | None:
            layout = told.get(machine.LAYOUT)
            known = self._picture.machines.get(moid, {}).get(machine.SNAPSHOT) or ()
            return snapshots.sizes(layout, known) if layout is not None else None

        # What moves while it is asked for is told of, and asked for again.
        basis = {moid: machine.basis(self._picture.machines.get(moid, {})) for moid in moids}
        found = await retrieve(caller, self._content, VM_KIND, moids, machine.HARDWARE, read, hardware.SPARED)
        sizes: dict[str, dict[str, int] | None] = {}
        if layered := self._picture.with_snapshots(moids):
            sizes = await retrieve(caller, self._content, VM_KIND, layered, [machine.LAYOUT], measure)
        # A card that is seen at its new port before that is known would be one of which nothing is known.
        await self._ports(caller, self._picture.ports_at(found.values()))
        for moid, parts in found.items():
            self._picture.fetched(moid, Fetched(parts, basis[moid], sizes.get(moid)))

    async def _ports(self, caller: Caller, keys: Iterable[PortKey]) -> set[str]:
        by_switch: dict[str, list[str]] = {}
        for uuid, key in keys:
            by_switch.setdefault(uuid, []).append(key)
        moved: set[str] = set()
        for uuid, wanted in by_switch.items():
            if (switch := self._picture.places.switch_of(uuid)) is None:
                continue  # whoever may not see a switch sees none of its ports
            for some in slices(wanted, SLICE):
                found = await caller.optional("port settings", self._asking(switch, some))
                if found is not None:
                    moved |= self._picture.memory.put_ports(((uuid, key) for key in some), found)
        return moved

    def _asking(self, switch: str, keys: Sequence[str]) -> Callable[[Line], dict[PortKey, Port]]:
        kind: Any = vim_type(self._picture.places.kind(switch) or "DistributedVirtualSwitch")
        return lambda line: ports.fetch(line, kind(switch, line), keys)
