"""`<interface>` of a domain → Nic, and `<vlan>` → Vlan (libvirt: formatdomain, “Network interfaces”)."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from vmi_console.collectors.libvirt.markup import (
    MAX_PARTS,
    attribute,
    cut,
    device_address,
    first_own,
    integer,
    own,
    unique,
)
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Nic, NicKind
from vmi_console.estate.vlan import Vlan, VlanMode, access, trunk

_KINDS = {
    "network": NicKind.NETWORK,
    "bridge": NicKind.BRIDGE,
    "user": NicKind.USER,
    "ethernet": NicKind.ETHERNET,
    "direct": NicKind.DIRECT,
    "hostdev": NicKind.HOSTDEV,
    "vhostuser": NicKind.VHOST_USER,
    "vdpa": NicKind.VDPA,
    "server": NicKind.TUNNEL,
    "client": NicKind.TUNNEL,
    "mcast": NicKind.TUNNEL,
    "udp": NicKind.TUNNEL,
    "internal": NicKind.INTERNAL,
    "vds": NicKind.OPAQUE,
    "null": NicKind.NONE,
}


def nics(devices: Element | None, around: Surroundings) -> tuple[Nic, ...]:
    """The cards of `<devices>`, in the order of the definition, which is the order the guest sees them in."""
    elements = devices.findall("interface")[:MAX_PARTS] if devices is not None else []
    keys = unique(mac(element) or f"nic{number}" for number, element in enumerate(elements))
    return tuple(
        _nic(element, key, number, around) for number, (element, key) in enumerate(zip(elements, keys, strict=True))
    )


def mac(element: Element) -> str | None:
    """The card's hardware address, lower case with colons."""
    address = attribute(element, "mac", "address")
    return address.lower().replace("-", ":")[:64] if address else None


def vlan(element: Element | None) -> Vlan | None:
    """`<vlan>` as an interface, a network or a portgroup has it; None where absent or without a usable id.

    Several tags make a trunk even without `trunk='yes'`; a tag with `nativeMode` is what untagged frames belong to.
    """
    if element is None:
        return None
    tags = [(number, tag) for tag in element.findall("tag")[:4096] if (number := _vlan_id(tag)) is not None]
    if not tags:
        return None
    if len(tags) == 1 and element.get("trunk") != "yes" and tags[0][1].get("nativeMode") is None:
        return access(tags[0][0])
    native = next((number for number, tag in tags if tag.get("nativeMode")), None)
    return trunk(((number, number) for number, _ in tags), native)


def is_open_vswitch(virtualport: Element | None) -> bool:
    """Whether the port is one of Open vSwitch, where a port without `<vlan>` is a trunk of everything."""
    return virtualport is not None and virtualport.get("type") == "openvswitch"


ALL_VLANS = Vlan(VlanMode.TRUNK, ((1, 4094),))


def _vlan_id(tag: Element) -> int | None:
    number = integer(tag.get("id"))
    return number if number is not None and 0 <= number <= 4095 else None


def _nic(element: Element, key: str, number: int, around: Surroundings) -> Nic:
    kind, network = _plugged_into(element, around)
    link = attribute(element, "link", "state")
    up = link != "down" if link in (None, "up", "down") else None
    filterref = element.find("filterref")
    return Nic(
        key=key,
        label=f"NIC {number + 1}",
        mac=mac(element),
        model=attribute(element, "model", "type"),
        type=kind,
        network=network,
        source=_source(element, kind),
        port=_port(element.find("virtualport")),
        port_vlan=_port_vlan(element, kind),
        connected=False if kind is NicKind.NONE else up,
        link_up=up,
        filter=own(filterref, "filter") if filterref is not None else None,
        filter_parameters=_parameters(filterref.findall("parameter")) if filterref is not None else (),
        device=attribute(element, "target", "dev"),
    )


def _plugged_into(element: Element, around: Surroundings) -> tuple[NicKind, EntityId | None]:
    """A running domain's card on a libvirt network is described as what that came to (a bridge, a macvtap, an SR-IOV
    function), with the network beside it: it is the network that was chosen, running or not."""
    kind = _KINDS.get(element.get("type", ""), NicKind.OTHER)
    if (name := attribute(element, "source", "network")) is not None:
        portgroup = attribute(element, "source", "portgroup")
        network = around.network(name, portgroup)
        return NicKind.PORTGROUP if portgroup or (network and "#" in network) else NicKind.NETWORK, network
    if kind is NicKind.BRIDGE and (bridge := attribute(element, "source", "bridge")):
        return kind, around.bridge(bridge)
    return kind, None


def _port_vlan(element: Element, kind: NicKind) -> Vlan | None:
    own_vlan = vlan(element.find("vlan"))
    # On a libvirt network the port takes the network's setting; on a bridge there is nobody to take one from.
    if own_vlan is None and kind is NicKind.BRIDGE and is_open_vswitch(element.find("virtualport")):
        return ALL_VLANS
    return own_vlan


def _source(element: Element, kind: NicKind) -> str | None:
    """What the definition names: a network, bridge, device, socket or address; empty where its kind names nothing."""
    if kind in (NicKind.USER, NicKind.NONE):
        return ""
    source = element.find("source")
    if source is None:
        return None
    if kind is NicKind.HOSTDEV:
        return device_address(source.find("address")) or own(source, "dev")
    if kind is NicKind.TUNNEL:
        return _end(element.get("type", ""), source)
    if kind in (NicKind.NETWORK, NicKind.PORTGROUP):
        return "/".join(filter(None, (own(source, "network"), own(source, "portgroup")))) or None
    return first_own(source, _SOURCES)


_SOURCES = ("bridge", "dev", "path", "name", "portgroupid", "switchid")


def _end(protocol: str, source: Element) -> str:
    """The far (or, of a server, the near) end of a tunnel, such as `mcast 230.0.0.1:5558`."""
    return f"{protocol} {own(source, 'address') or '*'}:{own(source, 'port') or '?'}"


def _port(virtualport: Element | None) -> str | None:
    """What a switch or its controller calls this port; `portid` is another at each start, and so not it."""
    parameters = virtualport.find("parameters") if virtualport is not None else None
    if parameters is None:
        return None
    return own(parameters, "interfaceid") or own(parameters, "instanceid") or own(parameters, "profileid")


def _parameters(elements: Iterable[Element]) -> tuple[tuple[str, str], ...]:
    """A filter's parameters in order; one name may occur several times (libvirt then tries each value)."""
    pairs = ((cut(element.get("name")), cut(element.get("value"))) for element in elements)
    return tuple(sorted(pair for pair in pairs if pair[0]))[:MAX_PARTS]
