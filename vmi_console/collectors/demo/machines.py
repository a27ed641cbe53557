"""The machines of the demo estate as they were on its first day, each made from its number alone.

Nothing is kept: any machine can be made at any time, in any order, in tens of microseconds. So an estate of 45,000
costs a reader the memory of what has changed in it, and a role that acts on one machine needs to make just that one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from vmi_console.collectors.demo import casting
from vmi_console.collectors.demo.casting import Role, System
from vmi_console.collectors.demo.chance import grain, uuid_from
from vmi_console.collectors.demo.layout import GIB, Layout
from vmi_console.collectors.demo.parameters import Parameters
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import (
    VM,
    Address,
    Disk,
    DiskKind,
    GuestSummary,
    Nic,
    NicKind,
    Power,
    Snapshot,
    Source,
    ToolsState,
)

MAX_NICS = 10
FIRST_NIC_KEY = 4000  # as vSphere numbers the devices of a VM
FIRST_DISK_KEY = 2000
NATIVE_FROM = 1000
HARDWARE_VERSIONS = ("vmx-21", "vmx-20", "vmx-19", "vmx-14")
_PREFIXES = {portgroup.name: portgroup.prefix for portgroup in (*casting.PORTGROUPS, casting.LEGACY_LAN)}
_PLACES_OF_ROLE: dict[str, list[int]] = {}
for _place, _role in enumerate(casting.PATTERN):
    _PLACES_OF_ROLE.setdefault(_role.name, []).append(_place)
_RANK_IN_PATTERN = [_PLACES_OF_ROLE[role.name].index(place) for place, role in enumerate(casting.PATTERN)]


class Profile(NamedTuple):
    """What a machine is: its role, which one of that role (from 1), its operating system, and its own chance."""

    role: Role
    ordinal: int
    system: System
    chance: bytes


class Machines:
    """Makes machines by number."""

    def __init__(self, parameters: Parameters, layout: Layout, started_at: datetime) -> None:
        self.count = parameters.vms
        self._seed = parameters.seed
        self._layout = layout
        self._started_at = started_at
        self._endpoint = layout.endpoint
        self._summaries = {system: self._summary(system) for system in casting.SYSTEMS}

    # --- which is which ---------------------------------------------------------------------------------------

    def id(self, number: int) -> EntityId:
        return entity_id("vm", self._endpoint, f"vm-{number + NATIVE_FROM}")

    def number(self, vm: EntityId) -> int | None:
        """The number of an id that `id` could have given, or None."""
        digits = vm.removeprefix(f"vm/{self._endpoint}/vm-")
        return int(digits) - NATIVE_FROM if digits.isascii() and digits.isdigit() and len(digits) < 10 else None

    def number_of_name(self, name: str) -> int | None:
        """The machine that bore a name on the first day."""
        role, _, digits = name.rpartition("-")
        places = _PLACES_OF_ROLE.get(role)
        if places is None or not (digits.isascii() and digits.isdigit() and 0 < len(digits) < 8 and int(digits)):
            return None
        rounds, rank = divmod(int(digits) - 1, len(places))
        number = rounds * len(casting.PATTERN) + places[rank]
        return number if number < self.count else None

    def role(self, number: int) -> Role:
        """What a machine is for."""
        return casting.PATTERN[number % len(casting.PATTERN)] if number < self.count else casting.NEW_MACHINE

    def profile(self, number: int) -> Profile:
        chance = grain(self._seed, "vm", number)
        if number >= self.count:
            return Profile(casting.NEW_MACHINE, number + 1, casting.NEW_MACHINE.systems[0], chance)
        rounds, place = divmod(number, len(casting.PATTERN))
        role = self.role(number)
        ordinal = rounds * len(_PLACES_OF_ROLE[role.name]) + _RANK_IN_PATTERN[place] + 1
        return Profile(role, ordinal, role.systems[(ordinal - 1) % len(role.systems)], chance)

    def host_number(self, number: int) -> int:
        """Where a machine was on the first day: rows of machines across the hosts, each row shifted by one."""
        return (number + number // self._layout.host_count) % self._layout.host_count

    def first_residents(self, host: int) -> set[int]:
        """The machines that were on a host on the first day."""
        hosts = self._layout.host_count
        rows = range(-(-self.count // hosts))
        numbers = (row * hosts + (host - row) % hosts for row in rows)
        return {number for number in numbers if number < self.count}

    # --- parts ------------------------------------------------------------------------------------------------

    def address(self, number: int, network: str) -> tuple[Address, ...]:
        """What a machine is called by on a network (by its name), as its tools report it."""
        return (
            Address(
                ip=f"{_PREFIXES.get(network, '169.254')}.{number // 250 & 255}.{number % 250 + 4}",
                prefix=16,
                source=Source.TOOLS,
            ),
        )

    def nic(
        self, number: int, card: int, network: EntityId, network_name: str, up: bool, model: str = "vmxnet3"
    ) -> Nic:
        """The `card`-th NIC of a machine, from 0."""
        standard = network_name == casting.LEGACY_LAN.name
        mac = 0x80_00_00 | number << 4 | card  # 00:50:56:80:00:00 upward is what vCenter hands out
        return Nic(
            key=str(FIRST_NIC_KEY + card),
            label=f"Network adapter {card + 1}",
            mac=f"00:50:56:{mac >> 16:02x}:{mac >> 8 & 255:02x}:{mac & 255:02x}",
            model=model,
            type=NicKind.PORTGROUP,
            network=network,
            port=None if standard else str(mac & 0x7F_FF_FF),
            connected=up,
            connect_at_power_on=True,
            link_up=up,
            addresses=self.address(number, network_name) if up else (),
        )

    def _summary(self, system: System) -> GuestSummary:
        return GuestSummary(
            os=system.name,
            os_id=system.os_id,
            family=system.family,
            kernel=system.kernel,
            source=Source.TOOLS,
            read_at=self._started_at,
        )

    # --- whole machines ---------------------------------------------------------------------------------------

    def make(self, number: int) -> VM:
        """The machine as it was on the first day."""
        role, ordinal, system, chance = self.profile(number)
        layout = self._layout
        host = self.host_number(number)
        cluster = layout.cluster_of_host(host)
        datacenter = layout.datacenter_of_cluster(cluster)
        name = f"{role.name}-{ordinal:02}"
        power = _power(role, ordinal)
        up = power is Power.ON
        template = role.folder == "Templates"
        legacy = role.folder == "Legacy"
        ordinary, bulk = layout.datastores[cluster * 2 : cluster * 2 + 2]
        windows = system.family == "windows"
        unique = grain(self._endpoint, "vm", number)
        tools = _tools(legacy, up, chance[6])
        return VM(
            id=self.id(number),
            name=name,
            power=power,
            uuid=uuid_from(unique[:16], "42"),
            instance_uuid=uuid_from(unique[16:32], "50"),
            host=layout.host_id(host),
            folder=role.folder,
            resource_pool=role.folder.partition("/")[0],
            template=template,
            autostart=not template,
            annotation=_annotation(role, ordinal),
            created_at=self._started_at
            - timedelta(days=30 + chance[0] * (12 if legacy else 4), seconds=chance[1] * 97),
            booted_at=self._started_at - timedelta(hours=2 + chance[2] * 5, seconds=chance[3] * 13) if up else None,
            vcpus=role.vcpus,
            memory_bytes=role.memory_gib * GIB,
            firmware="bios" if legacy else "efi",
            secure_boot=windows and not legacy,
            hardware=HARDWARE_VERSIONS[3 if legacy else chance[4] % 3],
            nics=tuple(
                self.nic(
                    number, card, layout.network_id(datacenter, network), network, up, "e1000" if legacy else "vmxnet3"
                )
                for card, network in enumerate(role.networks)
            ),
            disks=tuple(
                Disk(
                    key=str(FIRST_DISK_KEY + position),
                    label=f"Hard disk {position + 1}",
                    type=DiskKind.FILE,
                    path=f"[{store.name}] {name}/{name}{f'_{position}' if position else ''}.vmdk",
                    capacity_bytes=gib * GIB,
                    allocated_bytes=gib * GIB * (30 + chance[8 + position] % 60) // 100,
                    format="thin" if chance[5] & 1 else "thick",
                    bus="lsilogic" if legacy else "pvscsi",
                    datastore=store.id,
                    encrypted=unreadable(role, ordinal),
                )
                for position, gib in enumerate(role.disks_gib)
                for store in (ordinary if gib < 1000 else bulk,)
            ),
            snapshots=self._snapshots(role, ordinal, chance),
            guest=_guest(self._summaries[system], name, tools, chance[7]),
            tags=role.tags,
            attributes={"owner": role.owner, "cost center": f"CC-{4100 + len(role.owner) * 10}"},
        )

    def _snapshots(self, role: Role, ordinal: int, chance: bytes) -> tuple[Snapshot, ...]:
        """Most machines have none; some have one that was forgotten and has grown."""
        if ordinal % 7 != 3:
            return ()
        taken_at = self._started_at - timedelta(days=20 + chance[12] * 3, seconds=chance[13] * 300)
        forgotten = Snapshot(
            key="snapshot-1",
            name=("before upgrade", "DO NOT DELETE", "prior to migration", "clean")[chance[14] % 4],
            created_at=taken_at,
            description="Taken by hand",
            size_bytes=role.disks_gib[-1] * GIB * (20 + chance[15] % 70) // 100,
            power=Power.OFF,
            current=ordinal % 14 != 3,
        )
        if forgotten.current:
            return (forgotten,)
        nightly = Snapshot(
            key="snapshot-2",
            name="nightly backup",
            parent="snapshot-1",
            current=True,
            created_at=self._started_at - timedelta(hours=5 + chance[16] % 12),
            description="Made by the backup server",
            size_bytes=2 * GIB,
            power=Power.ON,
        )
        return (forgotten, nightly)


def unreadable(role: Role, ordinal: int) -> bool:
    """Whether a machine's disks are encrypted with a key that the console does not have."""
    return role.name == "vdi" and ordinal % 10 == 4


def _power(role: Role, ordinal: int) -> Power:
    if role.folder == "Templates" or (role.name in ("test", "build") and ordinal % 4 == 0):
        return Power.OFF
    if role.name == "vdi" and ordinal % 40 == 9:
        return Power.SUSPENDED
    return Power.OFF if role.name == "legacy" and ordinal % 5 == 4 else Power.ON


def _tools(legacy: bool, up: bool, chance: int) -> ToolsState:
    if legacy and chance % 2:
        return ToolsState.NOT_INSTALLED
    if not up:
        return ToolsState.NOT_RUNNING
    return ToolsState.OUTDATED if legacy or chance % 16 == 0 else ToolsState.RUNNING


def _annotation(role: Role, ordinal: int) -> str:
    if role.folder == "Legacy":
        return "Nobody knows what this does. Do not switch off."
    return "Cardholder data: changes only by ticket" if "pci" in role.tags else ""


def _guest(system: GuestSummary, name: str, tools: ToolsState, chance: int) -> GuestSummary:
    if tools is ToolsState.NOT_INSTALLED:  # all that is known is what the VM was made for
        return GuestSummary(os=system.os, os_id=system.os_id, family=system.family, tools=tools)
    return GuestSummary(
        os=system.os,
        os_id=system.os_id,
        family=system.family,
        kernel=system.kernel,
        hostname=f"{name}.corp.example" if system.family == "linux" else name.upper()[:15],
        tools=tools,
        tools_version="11.3.0" if tools is ToolsState.OUTDATED else f"12.{4 + chance % 2}.0",
        source=system.source,
        read_at=system.read_at,
    )
