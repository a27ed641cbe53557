"""Capabilities, SMBIOS tables, host interfaces and node devices → Host, PhysicalNic and what bridges are made of."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.markup import MAX_PARTS, attribute, cut, integer, own, text_of
from vmi_console.estate.identity import EntityId, canonical_uuid
from vmi_console.estate.records import Host, PhysicalNic
from vmi_console.estate.vlan import UNTAGGED, Vlan, access


@dataclass(frozen=True, slots=True)
class Machine:
    """What `virNodeGetInfo` tells: sizes of the host as libvirt counts them."""

    cpu_model: str
    memory_mib: int
    cpus: int
    mhz: int
    numa_nodes: int
    sockets: int  # per NUMA node
    cores: int  # per socket
    threads: int  # per core


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge of the host and its ports, those of guests among them, each with the VLAN that it tags for."""

    name: str
    ports: tuple[tuple[str, Vlan], ...]
    mtu: int | None

    def uplinks(self, guests: Container[str]) -> tuple[str, ...]:
        """The ports that are not among `guests`: what the bridge is made of."""
        return tuple(name for name, _ in self.ports if name not in guests)

    def vlan(self, guests: Container[str]) -> Vlan | None:
        """The VLAN that the uplinks tag for; untagged without any, None where they disagree."""
        tags = {tag for name, tag in self.ports if name not in guests}
        return tags.pop() if len(tags) == 1 else None if tags else UNTAGGED


def host_uuid(capabilities: str) -> str | None:
    """The UUID in `<capabilities>`: the hardware's, or one from libvirtd's configuration. Raises `Unreadable`."""
    return canonical_uuid(markup.document(capabilities).findtext("host/uuid"))


def host(
    entity: EntityId,
    name: str,
    *,
    uuid: str | None,
    product: str,
    machine: Machine | None,
    sysinfo: str | None,
    nics: tuple[PhysicalNic, ...] = (),
) -> Host:
    """The record of the host; `sysinfo` is the SMBIOS document where the host has one."""
    tables = _tables(sysinfo)
    return Host(
        id=entity,
        name=cut(name),
        uuid=uuid,
        vendor=_entry(tables, "system", "manufacturer"),
        model=_entry(tables, "system", "product"),
        serial=_entry(tables, "system", "serial"),
        cpu_model=_entry(tables, "processor", "version") or (machine.cpu_model if machine else None) or None,
        cpu_sockets=machine.numa_nodes * machine.sockets if machine else None,
        cpu_cores=machine.numa_nodes * machine.sockets * machine.cores if machine else None,
        cpu_threads=machine.cpus if machine else None,
        cpu_mhz=(machine.mhz or None) if machine else None,
        memory_bytes=machine.memory_mib * 1024 * 1024 if machine else None,
        product=product,
        nics=nics,
    )


def physical_nic(device: str) -> PhysicalNic | None:
    """A network port from its node device; None for devices of software (bridges, taps), whose parent is the computer.

    Raises `Unreadable`.
    """
    element = markup.document(device)
    capability = next((each for each in element.findall("capability") if each.get("type") == "net"), None)
    name = text_of(capability, "interface")
    if capability is None or name is None or text_of(element, "parent") == "computer":
        return None
    up = attribute(capability, "link", "state") == "up"
    speed = integer(attribute(capability, "link", "speed"))
    mac = text_of(capability, "address")
    return PhysicalNic(key=name, mac=mac.lower() if mac else None, speed_mbps=(speed or None) if up else None)


def bridge(interface: str) -> Bridge | None:
    """A bridge from its host interface; None for other interfaces. Raises `Unreadable`.

    A port that is a VLAN interface tags for its VLAN; a plain one passes frames as they are.
    """
    element = markup.document(interface)
    name = own(element, "name")
    if element.get("type") != "bridge" or name is None:
        return None
    ports = ((own(port, "name"), _tagged(port)) for port in element.findall("bridge/interface")[:MAX_PARTS])
    return Bridge(
        name=name,
        ports=tuple(sorted(((port, tag) for port, tag in ports if port is not None), key=lambda each: each[0])),
        mtu=integer(attribute(element, "mtu", "size")),
    )


def _tagged(port: Element) -> Vlan:
    tag = integer(attribute(port, "vlan", "tag"))
    return access(tag) if tag is not None and 0 <= tag <= 4095 else UNTAGGED


def _tables(sysinfo: str | None) -> Element | None:
    if sysinfo is None:
        return None
    try:
        return markup.document(sysinfo)
    except markup.Unreadable:
        return None  # the firmware's tables are beside the point where they are broken


def _entry(tables: Element | None, table: str, name: str) -> str | None:
    if tables is None:
        return None
    for entry in tables.iterfind(f"{table}/entry"):
        if entry.get("name") == name and (value := cut(entry.text)) and value not in _MEANINGLESS:
            return value
    return None


_MEANINGLESS = frozenset(("Not Specified", "To be filled by O.E.M.", "None", "Default string", "0"))
