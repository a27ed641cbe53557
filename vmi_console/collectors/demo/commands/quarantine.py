"""What actors are asked about quarantine (`collectors.quarantine`), on the demo estate.

A VM's configuration has no number here: its version is a digest of what somebody can configure. The record that a
quarantine leaves behind is a custom attribute.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from vmi_console.collectors.demo import casting
from vmi_console.collectors.demo.commands.base import Command, Occurrence, reachable
from vmi_console.collectors.quarantine import Channel, Done, Hold, Image, Mode, Survey, planned
from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Access, GuestSummary, Nic, Power

if TYPE_CHECKING:
    from vmi_console.collectors.demo.world import World

ATTRIBUTE = "vmi-console quarantine"
FORBIDDEN = "the console's account may look at VMs and not change them"


class CardState(msgspec.Struct, frozen=True):
    """Where a network card was plugged in, and how."""

    network: EntityId | None
    port: str | None
    connected: bool | None
    connect_at_power_on: bool | None
    link_up: bool | None


class Condition(msgspec.Struct, frozen=True):
    """What restoring needs: the content of `Image.state`."""

    power: Power
    nics: dict[str, CardState]


class QuarantineCommand(Command, kw_only=True):
    """The fields of `collectors.quarantine.Request`."""

    vm: EntityId
    mode: Mode = Mode.ISOLATE
    network: str = ""  # id or name; empty: the portgroup for quarantine of the VM's datacenter
    image: Image | None = None
    before: Image | None = None
    record: str = ""
    force: bool = False
    by: str = "vmi-console"

    event = "VmReconfiguredEvent"

    def done(self, world: World, vm: VM, at: datetime, *notes: str) -> Occurrence:
        """Puts the VM into the world, and answers with how it is."""
        world.put(vm)
        answer = Done(image=image_of(vm), channels=channels(world, vm, self.mode, self.target(world, vm)), notes=notes)
        return Occurrence(
            at=at,
            records=(vm,),
            attributions=self.attribution(vm.id, ("nics", "power", "attributes"), at),
            value=msgspec.to_builtins(answer),
        )

    def found(self, world: World) -> VM:
        """The VM; raises `CommandRefused` where there is none."""
        if (vm := world.vm(self.vm)) is None:
            raise CommandRefused("the VM is not there any more", "it was deleted meanwhile")
        return vm

    def changeable(self, world: World) -> VM:
        """The VM, if the console may act on it and it is as the caller saw it; raises `CommandRefused`."""
        vm = reachable(self.found(world))
        if self.image is None:
            raise CommandRefused("nobody looked at the VM before")
        if not self.force and version(vm) != self.image.version:
            raise CommandRefused(
                f"{vm.name[:80]} was changed since it was looked at", "look again, and decide upon what there is now"
            )
        return vm

    def target(self, world: World, vm: VM) -> EntityId | None:
        """The network for quarantine; raises `CommandRefused` where there is none of that name."""
        if self.mode is not Mode.ISOLATE:
            return None
        return world.find_network(self.network or casting.QUARANTINE, vm).id


class SurveyVm(QuarantineCommand, kw_only=True):
    """Looks at a VM and says what isolating it would do."""

    def apply(self, world: World, at: datetime) -> Occurrence:
        vm = self.found(world)
        problems: list[str] = []
        target = None
        if vm.access is not Access.CONNECTED:
            problems.append("its host does not answer")
        if world.forbids:
            problems.append(FORBIDDEN)
        if vm.template:
            problems.append("it is a template, which cannot run")
        try:
            target = self.target(world, vm)
        except CommandRefused as refusal:
            problems.append(refusal.message)
        survey = Survey(
            image=image_of(vm),
            channels=planned(
                channels(world, vm, self.mode, target, planned=not problems), channels(world, vm, self.mode, target)
            ),
            steps=() if problems else tuple(steps(world, vm, self.mode, target)),
            problems=tuple(problems),
        )
        return Occurrence(at=at, value=msgspec.to_builtins(survey))


class VerifyVm(QuarantineCommand, kw_only=True):
    """Looks at a VM that was isolated."""

    def apply(self, world: World, at: datetime) -> Occurrence:
        vm = reachable(self.found(world))
        survey = Survey(image=image_of(vm), channels=channels(world, vm, self.mode, self.target(world, vm)))
        return Occurrence(at=at, value=msgspec.to_builtins(survey))


class IsolateVm(QuarantineCommand, kw_only=True):
    """Closes a VM's ways to the world, and leaves the record with it."""

    def apply(self, world: World, at: datetime) -> Occurrence:
        vm = self.changeable(world)
        target = self.target(world, vm)
        match self.mode:
            case Mode.ISOLATE:
                assert target is not None
                vm = replace(vm, nics=tuple(_moved(world, nic, target) for nic in vm.nics))
            case Mode.DISCONNECT:
                vm = replace(vm, nics=tuple(_unplugged(nic) for nic in vm.nics))
            case Mode.PAUSE:
                vm = replace(vm, power=Power.PAUSED if vm.power is Power.ON else vm.power)
            case Mode.OBSERVE:
                pass
        if self.record:
            vm = replace(vm, attributes={**vm.attributes, ATTRIBUTE: self.record})
        return self.done(world, vm, at)


class RestoreVm(QuarantineCommand, kw_only=True):
    """Gives a VM back as it was before; what was added since then stays as it is."""

    def apply(self, world: World, at: datetime) -> Occurrence:
        vm = self.changeable(world)
        if self.before is None:
            raise CommandRefused(f"nobody knows how {vm.name[:80]} was before")
        try:
            before = msgspec.convert(self.before.state, Condition)
        except msgspec.ValidationError as error:
            raise CommandRefused(f"what is known of {vm.name[:80]} as it was before is damaged: {error}") from error
        power = before.power if self.mode is Mode.PAUSE and vm.power is Power.PAUSED else vm.power
        vm = replace(vm, power=power)
        nics = tuple(_restored(world, vm, nic, before) for nic in vm.nics)
        attributes = {name: value for name, value in vm.attributes.items() if name != ATTRIBUTE}
        added = [nic.label or nic.key for nic in vm.nics if nic.key not in before.nics]
        return self.done(
            world,
            replace(vm, nics=nics, attributes=attributes),
            at,
            *(f"{label} was added meanwhile and stays as it is" for label in added),
        )


def version(vm: VM) -> str:
    """A digest of what can be configured of a VM, without the console's own record and whatever moves by itself."""
    still = replace(
        vm,
        name="",
        power=Power.UNKNOWN,
        host=None,
        booted_at=None,
        guest=GuestSummary(),
        snapshots=(),
        nics=tuple(replace(nic, connected=None, link_up=None, addresses=()) for nic in vm.nics),
        attributes={name: value for name, value in vm.attributes.items() if name != ATTRIBUTE},
    )
    return hashlib.blake2b(msgspec.msgpack.encode(still), digest_size=8).hexdigest()


def image_of(vm: VM) -> Image:
    """A VM as it is."""
    condition = Condition(
        power=vm.power,
        nics={
            nic.key: CardState(nic.network, nic.port, nic.connected, nic.connect_at_power_on, nic.link_up)
            for nic in vm.nics
        },
    )
    state: dict[str, Any] = msgspec.to_builtins(condition)
    return Image(
        vm=vm.id,
        name=vm.name,
        power=vm.power,
        version=version(vm),
        state=state,
        record=vm.attributes.get(ATTRIBUTE, ""),
    )


def channels(
    world: World, vm: VM, mode: Mode, target: EntityId | None, *, planned: bool = False
) -> tuple[Channel, ...]:
    """Every way by which a VM reaches the world, and whether it is closed, or (`planned`) would be."""
    stopped = mode is Mode.PAUSE and (planned or vm.power is not Power.ON)
    found = []
    for nic in vm.nics:
        open_ = None if stopped else _way_out(world, nic, mode, target, planned)
        found.append(_channel(nic.key, nic.label or nic.key, open_, "isolate it, or disconnect it"))
    for device in vm.devices:
        if device.passthrough:
            way = None if stopped else "a device that is passed through bypasses every virtual switch"
            found.append(_channel(device.key, device.label or device.key, way, "pause the VM, or take the device out"))
    for disk in vm.disks:
        if disk.shareable:
            way = None if stopped else "other VMs write to this disk too"
            found.append(_channel(disk.key, disk.label or disk.key, way, "pause the VM"))
    return tuple(found)


def steps(world: World, vm: VM, mode: Mode, target: EntityId | None) -> list[str]:
    """What isolating would change, a line each."""
    if mode is Mode.PAUSE:
        return ["pause the VM"] if vm.power is Power.ON else []
    if mode is Mode.DISCONNECT:
        return [f"{nic.label}: unplug, now and at the next start" for nic in vm.nics if _is_plugged(nic)]
    if mode is Mode.OBSERVE or target is None:
        return []
    return [
        f"{nic.label}: {_network_name(world, nic)} → {world.networks[target].name}"
        for nic in vm.nics
        if nic.network != target
    ]


def _channel(key: str, title: str, way_out: str | None, advice: str) -> Channel:
    if way_out is None:
        return Channel(key=key, title=title, hold=Hold.HELD)
    return Channel(key=key, title=title, hold=Hold.NOT_HELD, because=way_out, advice=advice)


def _way_out(world: World, nic: Nic, mode: Mode, target: EntityId | None, planned: bool) -> str | None:
    """Why a network card reaches the world; None where it does not, or (`planned`) will not."""
    if mode is not Mode.OBSERVE and (planned or not _is_plugged(nic) or nic.network in (None, target)):
        return None
    return f"it is plugged into {_network_name(world, nic)}"


def _is_plugged(nic: Nic) -> bool:
    return bool(nic.connected or nic.connect_at_power_on)


def _network_name(world: World, nic: Nic) -> str:
    return "nothing" if nic.network is None else world.networks[nic.network].name


def _moved(world: World, nic: Nic, target: EntityId) -> Nic:
    return nic if nic.network == target else world.moved(nic, world.networks[target])


def _unplugged(nic: Nic) -> Nic:
    return replace(nic, connected=False, connect_at_power_on=False, link_up=False, addresses=())


def _restored(world: World, vm: VM, nic: Nic, before: Condition) -> Nic:
    """A network card as it was; of a VM that was started or stopped meanwhile, as it would be now."""
    was = before.nics.get(nic.key)
    if was is None:
        return nic
    up = bool(was.connected if vm.power is before.power else was.connect_at_power_on and vm.power is Power.ON)
    nic = replace(nic, network=was.network, port=was.port, connect_at_power_on=was.connect_at_power_on)
    nic = world.plugged(vm, nic, up)
    return replace(nic, connected=was.connected, link_up=was.link_up) if vm.power is before.power else nic
