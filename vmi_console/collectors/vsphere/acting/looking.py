"""A VM as quarantine finds it, and what its cards are plugged into. All calls here block: for worker threads only."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from pyVmomi import vim, vmodl

from vmi_console.collectors.quarantine import Image
from vmi_console.collectors.vsphere.acting.cards import Backing, Card, Plug, card, own_block, version
from vmi_console.collectors.vsphere.errors import words
from vmi_console.collectors.vsphere.machine import RECORD_FIELD
from vmi_console.collectors.vsphere.network import setting
from vmi_console.collectors.vsphere.transport import Line
from vmi_console.collectors.vsphere.values import moid, name, text
from vmi_console.collectors.vsphere.watching import on
from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import EntityId, native_of
from vmi_console.estate.records import Power
from vmi_console.estate.vlan import VlanMode

_log = logging.getLogger(__name__)

_POWER = {"poweredOn": Power.ON, "poweredOff": Power.OFF, "suspended": Power.SUSPENDED}
_MOVES = ("migrate", "relocate", "drmMigrate")


@dataclass(frozen=True)
class Portgroup:
    """A distributed portgroup, as far as quarantine uses it."""

    name: str
    plug: Plug
    is_static: bool  # its ports stay with a VM that is off, and keep their settings
    may_block: bool
    is_trunk: bool
    switch: Any  # managed object


@dataclass(frozen=True)
class Target:
    """The quarantine network of a request."""

    handle: Any
    name: str
    plug: Plug
    is_trunk: bool = False  # lets the guest choose its VLAN


@dataclass(frozen=True)
class Seen:
    """A VM as it is."""

    id: EntityId
    handle: Any
    name: str
    power: Power
    host: str | None
    change_version: str  # vCenter's lock: a change that names another one is refused
    devices: tuple[Any, ...]
    cards: tuple[Card, ...]
    sizes: tuple[object, ...]
    portgroups: dict[str, Portgroup]
    overridden: frozenset[str]  # keys of ports with settings of their own beside blocking: they are lost when left
    record: str
    obstacles: tuple[str, ...]  # why nothing can be done about it

    @property
    def running(self) -> bool:
        return self.power is Power.ON

    @property
    def version(self) -> str:
        return version(self.devices, self.cards, self.running, self.sizes)

    def device(self, key: int) -> Any:
        return next(device for device in self.devices if device.key == key)

    @property
    def image(self) -> Image:
        """What restoring it needs; `former` reads it."""
        return Image(
            vm=self.id,
            name=self.name,
            power=self.power,
            version=self.version,
            state={"cards": msgspec.to_builtins(self.cards), "change_version": self.change_version},
            record=self.record,
        )


def former(image: Image) -> tuple[Card, ...]:
    """The cards in an image. Raises `CommandRefused`."""
    try:
        return msgspec.convert(image.state.get("cards"), tuple[Card, ...])
    except msgspec.ValidationError as error:
        raise CommandRefused(f"the journalled state of {image.name} cannot be read: {error}") from error


def look(line: Line, content: Any, vm: EntityId) -> Seen:
    """A VM as it is now. Raises `CommandRefused` where it is gone or vCenter does not know how it is."""
    handle = vim.VirtualMachine(native_of(vm), line)
    try:
        config, runtime = handle.config, handle.runtime
        title = name(handle.name)
    except vmodl.fault.ManagedObjectNotFound as fault:
        raise CommandRefused("the VM is not there any more", "it was removed") from fault
    if config is None or config.hardware is None:
        advice = "wait until its host answers again"
        raise CommandRefused(f"vCenter does not know how {title} is configured: {runtime.connectionState}", advice)
    devices = tuple(config.hardware.device)
    bare = tuple(card(each) for each in devices if isinstance(each, vim.vm.device.VirtualEthernetCard))
    portgroups = {
        each.plug.network: found
        for each in bare
        if each.plug.backing is Backing.PORT and (found := portgroup(line, each.plug.network)) is not None
    }
    cards, overridden = _with_ports(line, bare, portgroups)
    return Seen(
        id=vm,
        handle=handle,
        name=title,
        power=_POWER.get(str(runtime.powerState), Power.UNKNOWN),
        host=moid(runtime.host),
        change_version=str(config.changeVersion or ""),
        devices=devices,
        cards=cards,
        sizes=(str(config.name), int(config.hardware.numCPU or 0), int(config.hardware.memoryMB or 0)),
        portgroups=portgroups,
        overridden=overridden,
        record=_record(line, content, handle),
        obstacles=tuple(_obstacles(line, handle, config, runtime)),
    )


def portgroup(line: Line, key: str) -> Portgroup | None:
    """A distributed portgroup by its key, which is its id; None where it may not be seen."""
    handle = vim.dvs.DistributedVirtualPortgroup(key, line)
    try:
        config = handle.config
        switch = on(line, config.distributedVirtualSwitch)
        vlan = setting(config.defaultPortConfig).vlan
        return Portgroup(
            name=name(config.name),
            plug=Plug(backing=Backing.PORT, network=key, switch=str(switch.uuid)),
            is_static=text(config.type) == "earlyBinding",
            may_block=getattr(config.policy, "blockOverrideAllowed", None) is not False,
            is_trunk=vlan is not None and vlan.mode is VlanMode.TRUNK,
            switch=switch,
        )
    except (vmodl.fault.ManagedObjectNotFound, vim.fault.NoPermission) as fault:
        _log.info("the portgroup %s cannot be read: %s", key, words(fault))
        return None


def _with_ports(
    line: Line, cards: Iterable[Card], portgroups: dict[str, Portgroup]
) -> tuple[tuple[Card, ...], frozenset[str]]:
    """The cards with what their ports have of their own, and the ports that have more of their own than a block."""
    result, overridden = [], set()
    for each in cards:
        group = portgroups.get(each.plug.network)
        if group is None or not each.port:
            result.append(each)
            continue
        found = group.switch.FetchPorts(vim.dvs.PortCriteria(portKey=[each.port])) or ()
        own = found[0].config.setting if found and found[0].config is not None else None
        result.append(msgspec.structs.replace(each, blocked=own_block(own)))
        if setting(own, own=True).vlan is not None:
            overridden.add(each.port)
    return tuple(result), frozenset(overridden)


def target(line: Line, seen: Seen, wanted: str) -> Target | str:
    """The network of a name, id or record's id that the VM's host has; or why there is none."""
    if seen.host is None:
        return "it is on no host, so its networks are not known"
    asked = native_of(EntityId(wanted)) if wanted.startswith("network/") and wanted.count("/") >= 2 else wanted
    for reference in vim.HostSystem(seen.host, line).network or ():
        title = name(reference.name)
        if asked not in (moid(reference), title):
            continue
        if isinstance(reference, vim.dvs.DistributedVirtualPortgroup):
            group = portgroup(line, str(moid(reference)))
            if group is None:
                return f"the network {wanted} may not be seen with these credentials"
            return Target(reference, title, group.plug, group.is_trunk)
        if isinstance(reference, vim.OpaqueNetwork):
            summary = reference.summary
            plug = Plug(
                backing=Backing.OPAQUE, network=str(summary.opaqueNetworkId), name=str(summary.opaqueNetworkType)
            )
            return Target(reference, title, plug)
        return Target(reference, title, Plug(backing=Backing.STANDARD, network=str(moid(reference)), name=title))
    return f"the VM's host has no network {wanted}: choose another one, or add its host to that switch"


def _obstacles(line: Line, handle: Any, config: Any, runtime: Any) -> Iterable[str]:
    if config.template:
        yield "it is a template, which nobody can start or change"
    if str(runtime.connectionState) != "connected":
        yield f"its host does not answer for it ({runtime.connectionState})"
    for task in handle.recentTask or ():
        try:
            info = on(line, task).info
        except vmodl.fault.ManagedObjectNotFound:
            continue  # it is over, and forgotten
        if str(info.state) in ("queued", "running") and any(each in str(info.descriptionId) for each in _MOVES):
            yield "it is being migrated: wait until it has arrived"


def field_key(line: Line, content: Any) -> int | None:
    """The key of our custom attribute; None where there is none yet. A single host has no custom attributes at all."""
    if content.customFieldsManager is None:
        return None
    fields = on(line, content.customFieldsManager).field or ()
    return next((int(each.key) for each in fields if each.name == RECORD_FIELD), None)


def _record(line: Line, content: Any, handle: Any) -> str:
    key = field_key(line, content)
    if key is None:
        return ""
    return next((str(each.value or "") for each in handle.customValue or () if each.key == key), "")
