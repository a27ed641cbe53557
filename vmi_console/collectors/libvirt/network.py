"""Network XML → Network and Switch records (libvirt: formatnetwork), and bridges that domains use directly."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.interface import ALL_VLANS, is_open_vswitch, vlan
from vmi_console.collectors.libvirt.markup import MAX_PARTS, attribute, cut, integer, own
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.estate.identity import EntityId, canonical_uuid, entity_id
from vmi_console.estate.records import Network, NetworkKind, Switch, SwitchKind
from vmi_console.estate.vlan import UNTAGGED, Vlan


@dataclass(frozen=True, slots=True)
class NetworkDefinition:
    """One `<network>`: its record, its portgroups', and which of those a NIC gets that names none."""

    network: Network
    portgroups: tuple[Network, ...] = ()
    default_portgroup: EntityId | None = None
    switch: Switch | None = None


def network(
    text: str, around: Surroundings, *, active: bool | None = None, autostart: bool | None = None
) -> NetworkDefinition:
    """The records of one definition. Raises `Unreadable` where the text is no XML or not of a network.

    Without `<vlan>` a port adds and removes no tag: `UNTAGGED`, or, on Open vSwitch, a trunk of everything.
    """
    element = markup.document(text)
    if element.tag != "network":
        raise markup.Unreadable("it does not describe a network")
    name = cut(element.findtext("name"))
    native = canonical_uuid(element.findtext("uuid")) or name
    own_vlan = _vlan(element, UNTAGGED)
    switch = _switch(element, around)
    record = Network(
        id=entity_id("network", around.endpoint, native),
        name=name,
        type=NetworkKind.NETWORK,
        vlan=own_vlan,
        switch=switch.id if switch else None,
        forward=_forward(element),
        bridge=attribute(element, "bridge", "name") or attribute(element, "forward", "dev"),
        subnets=tuple(_subnets(element)),
        active=active,
        autostart=autostart,
        hosts=(around.host,) if around.host else (),
    )
    groups = [group for group in element.findall("portgroup")[:MAX_PARTS] if own(group, "name")]
    keys = markup.unique(cut(group.get("name")) for group in groups)
    portgroups = tuple(
        Network(
            id=EntityId(f"{record.id}#{key}"),
            name=key,
            type=NetworkKind.PORTGROUP,
            vlan=_vlan(group, own_vlan),
            parent=record.id,
            switch=record.switch,
            forward=record.forward,
            bridge=record.bridge,
            active=active,
            autostart=autostart,
            hosts=record.hosts,
        )
        for group, key in zip(groups, keys, strict=True)
    )
    default = next(
        (each.id for each, group in zip(portgroups, groups, strict=True) if group.get("default") == "yes"), None
    )
    return NetworkDefinition(record, portgroups, default, switch)


def bridge(name: str, around: Surroundings, tag: Vlan | None) -> Network:
    """A host's bridge that domains are plugged into directly; `tag` is None where nobody tells its uplink's VLAN."""
    return Network(
        id=around.bridge(name),
        name=name,
        type=NetworkKind.BRIDGE,
        vlan=tag,
        bridge=name,
        switch=switch_id(name, around),
        hosts=(around.host,) if around.host else (),
    )


def switch_id(bridge_name: str, around: Surroundings) -> EntityId:
    """The id of a host's bridge as a switch."""
    return entity_id("switch", around.endpoint, bridge_name)


def lookup(
    definitions: Iterable[NetworkDefinition],
) -> tuple[dict[str, EntityId], dict[tuple[str, str], EntityId], dict[str, EntityId]]:
    """Networks by name, portgroups by network and name, default portgroups by network: as `Surroundings` has them."""
    networks: dict[str, EntityId] = {}
    portgroups: dict[tuple[str, str], EntityId] = {}
    defaults: dict[str, EntityId] = {}
    for each in definitions:
        networks[each.network.name] = each.network.id
        portgroups.update({(each.network.name, group.name): group.id for group in each.portgroups})
        if each.default_portgroup is not None:
            defaults[each.network.name] = each.default_portgroup
    return networks, portgroups, defaults


def _vlan(element: Element, otherwise: Vlan | None) -> Vlan | None:
    """The setting of a network or portgroup; None where there is one that makes no sense."""
    if element.find("vlan") is not None:
        return vlan(element.find("vlan"))
    return ALL_VLANS if otherwise == UNTAGGED and is_open_vswitch(element.find("virtualport")) else otherwise


def _forward(element: Element) -> str:
    forward = element.find("forward")
    return "isolated" if forward is None else own(forward, "mode") or "nat"


def _switch(element: Element, around: Surroundings) -> Switch | None:
    name = attribute(element, "bridge", "name")
    if name is None:
        return None
    return Switch(
        id=switch_id(name, around),
        name=name,
        type=SwitchKind.OPEN_VSWITCH if is_open_vswitch(element.find("virtualport")) else SwitchKind.BRIDGE,
        host=around.host,
        mtu=integer(attribute(element, "mtu", "size")),
    )


def _subnets(element: Element) -> Iterator[str]:
    for address in element.findall("ip")[:MAX_PARTS]:
        length = own(address, "prefix") or own(address, "netmask")
        try:
            yield str(ipaddress.ip_interface(f"{own(address, 'address')}{f'/{length}' if length else ''}").network)
        except ValueError:
            continue  # a subnet that is none: the network itself stays
