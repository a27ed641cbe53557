"""A host: which of its properties are watched, and the records of it and of its standard switches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from vmi_console.collectors.vsphere import values
from vmi_console.collectors.vsphere.alarms import TRIGGERED, triggered
from vmi_console.collectors.vsphere.values import Parser, Told, moment, number, text
from vmi_console.estate.identity import EntityId, canonical_uuid
from vmi_console.estate.records import Alarm, Host, HostState, PhysicalNic, Switch, SwitchKind
from vmi_console.estate.vlan import Vlan, access


class Machine(msgspec.Struct, frozen=True, gc=False):
    """HostHardwareSummary."""

    vendor: str | None
    model: str | None
    uuid: str | None
    serial: str | None
    cpu_model: str | None
    cpu_mhz: int | None
    sockets: int | None
    cores: int | None
    threads: int | None
    memory_bytes: int | None


class StandardSwitch(msgspec.Struct, frozen=True, gc=False):
    """HostVirtualSwitch."""

    name: str
    mtu: int | None
    ports: tuple[str, ...]  # names of physical NICs


class Port(msgspec.Struct, frozen=True, gc=False):
    """PhysicalNic."""

    key: str  # as switches refer to it
    device: str
    mac: str | None
    speed_mbps: int | None


def _machine(value: Any) -> Machine:
    return Machine(
        vendor=text(value.vendor),
        model=text(value.model),
        uuid=canonical_uuid(text(value.uuid)),
        serial=_serial(value.otherIdentifyingInfo or ()),
        cpu_model=" ".join(str(value.cpuModel or "").split()) or None,
        cpu_mhz=number(value.cpuMhz) or None,
        sockets=number(value.numCpuPkgs) or None,
        cores=number(value.numCpuCores) or None,
        threads=number(value.numCpuThreads) or None,
        memory_bytes=number(value.memorySize) or None,
    )


def _serial(infos: Iterable[Any]) -> str | None:
    found = {str(info.identifierType.key): text(info.identifierValue) for info in infos if info.identifierType}
    return found.get("SerialNumberTag") or found.get("EnclosureSerialNumberTag") or found.get("ServiceTag")


def _ports(value: Any) -> tuple[Port, ...]:
    return tuple(
        Port(
            key=str(each.key or each.device),
            device=str(each.device),
            mac=(text(each.mac) or "").lower() or None,
            speed_mbps=number(each.linkSpeed.speedMb) if each.linkSpeed is not None else None,
        )
        for each in value
    )


def _switches(value: Any) -> tuple[StandardSwitch, ...]:
    return tuple(StandardSwitch(str(each.name), number(each.mtu), tuple(map(str, each.pnic or ()))) for each in value)


def _proxies(value: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Distributed switches on this host: UUID, and the keys of the physical NICs that they use."""
    return tuple((str(each.dvsUuid), tuple(map(str, each.pnic or ()))) for each in value)


def _portgroups(value: Any) -> tuple[tuple[str, int, str], ...]:
    """Standard portgroups on this host: name, VLAN id, name of the switch."""
    return tuple(sorted((str(each.spec.name), int(each.spec.vlanId), str(each.spec.vswitchName)) for each in value))


def _addresses(value: Any) -> tuple[tuple[str, str], ...]:
    """The kernel's own adapters: device and address."""
    return tuple(
        (str(each.device), str(each.spec.ip.ipAddress))
        for each in value
        if each.spec is not None and each.spec.ip is not None and each.spec.ip.ipAddress
    )


def _management(value: Any) -> tuple[str, ...]:
    """The keys of the adapters that serve management, as `selectedVnic` names them."""
    return tuple(str(key) for each in value if each.nicType == "management" for key in each.selectedVnic or ())


PORTGROUPS = "config.network.portgroup"

WATCHED: dict[str, Parser] = {
    "name": values.name,
    "parent": values.moid,
    "runtime.connectionState": text,
    "runtime.inMaintenanceMode": values.truth,
    "runtime.bootTime": moment,
    "summary.hardware": _machine,
    "config.product.fullName": text,
    "config.network.pnic": _ports,
    "config.network.vswitch": _switches,
    "config.network.proxySwitch": _proxies,
    PORTGROUPS: _portgroups,
    "config.network.vnic": _addresses,
    "config.virtualNicManagerInfo.netConfig": _management,
    TRIGGERED: triggered,
}

_STATES = {"notResponding": HostState.NOT_RESPONDING, "disconnected": HostState.DISCONNECTED}


def host(
    entity: EntityId,
    told: Told,
    *,
    moid: str,
    cluster: EntityId | None,
    datacenter: EntityId | None,
    switches: dict[str, EntityId],
    alarms: tuple[Alarm, ...] | None,
) -> Host:
    """The record. `switches` maps the names of its standard and the UUIDs of distributed switches to their ids."""
    machine: Machine | None = told.get("summary.hardware")
    state = _STATES.get(told.get("runtime.connectionState") or "", HostState.CONNECTED)
    if state is HostState.CONNECTED and told.get("runtime.inMaintenanceMode"):
        state = HostState.MAINTENANCE
    record = Host(
        id=entity,
        name=told.get("name") or moid,
        state=state,
        cluster=cluster,
        datacenter=datacenter,
        product=told.get("config.product.fullName"),
        booted_at=told.get("runtime.bootTime"),
        addresses=_management_addresses(told),
        nics=tuple(_nics(told, switches)),
        alarms=alarms,
    )
    if machine is None:
        return record
    return msgspec.structs.replace(
        record,
        uuid=machine.uuid,
        vendor=machine.vendor,
        model=machine.model,
        serial=machine.serial,
        cpu_model=machine.cpu_model,
        cpu_sockets=machine.sockets,
        cpu_cores=machine.cores,
        cpu_threads=machine.threads,
        cpu_mhz=machine.cpu_mhz,
        memory_bytes=machine.memory_bytes,
    )


def standard_switches(told: Told) -> tuple[StandardSwitch, ...]:
    """The host's own switches."""
    switches: tuple[StandardSwitch, ...] = told.get("config.network.vswitch") or ()
    return switches


def switch(entity: EntityId, found: StandardSwitch, host: EntityId, told: Told, datacenter: EntityId | None) -> Switch:
    """The record of a standard switch."""
    devices = {port.key: port.device for port in told.get("config.network.pnic") or ()}
    return Switch(
        id=entity,
        name=found.name,
        type=SwitchKind.STANDARD,
        host=host,
        mtu=found.mtu,
        uplinks=tuple(devices.get(key, key.rpartition("-")[2]) for key in found.ports),
        datacenter=datacenter,
    )


def vlans(told: Told) -> Iterator[tuple[str, Vlan, str]]:
    """The host's standard portgroups: name, VLAN (4095: the guest tags), name of the switch."""
    for name, vlan, on in told.get(PORTGROUPS) or ():
        if 0 <= vlan <= 4095:
            yield name, access(vlan), on


def _nics(told: Told, switches: dict[str, EntityId]) -> Iterator[PhysicalNic]:
    on: dict[str, EntityId] = {}
    for name, ports in (
        *((each.name, each.ports) for each in standard_switches(told)),
        *(told.get("config.network.proxySwitch") or ()),
    ):
        if name in switches:
            on.update(dict.fromkeys(ports, switches[name]))
    for port in told.get("config.network.pnic") or ():
        yield PhysicalNic(key=port.device, mac=port.mac, speed_mbps=port.speed_mbps, switch=on.get(port.key))


def _management_addresses(told: Told) -> tuple[str, ...]:
    """Those of the adapters that serve management; of all, where it is not told which do."""
    selected: tuple[str, ...] = told.get("config.virtualNicManagerInfo.netConfig") or ()
    addresses: tuple[tuple[str, str], ...] = told.get("config.network.vnic") or ()
    chosen = tuple(address for device, address in addresses if any(key.endswith(f"-{device}") for key in selected))
    return chosen or tuple(address for _, address in addresses)
