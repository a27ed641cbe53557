"""By what each card of a domain can be closed: a filter that drops everything, another network, or its link.

Seen with libvirt 9.0 and QEMU: a stored definition takes a filter on any card, and one on Open vSwitch then keeps the
domain from starting, while on user-mode networking it is silently without effect. So it is decided here, not by trying.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from xml.etree.ElementTree import Element, SubElement

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.acting.definition import Card, editable, set_filter, set_link, set_plug
from vmi_console.collectors.libvirt.interface import is_open_vswitch
from vmi_console.collectors.libvirt.markup import attribute, own
from vmi_console.collectors.quarantine import Mode

FILTER = "vmi-console-quarantine"
FILTER_XML = f"""\
<filter name='{FILTER}' chain='root' priority='-1000'>
  <uuid>{{uuid}}</uuid>
  <rule action='drop' direction='inout' priority='-1000'><mac/></rule>
</filter>"""
"""Drops every Ethernet frame both ways, ARP included, before any other rule; also of connections that are open."""


class Kind(StrEnum):
    """What a card comes to on the host, as far as closing it goes."""

    TAP = "tap"  # a port of a Linux bridge, or of nothing: the host's packet filter sees what passes
    SWITCH = "switch"  # a port of a switch that the host's packet filter does not see
    EMULATED = "emulated"  # QEMU itself or macvtap carries the frames: only the card can be closed
    EXTERNAL = "external"  # another process or a device carries them
    PASSED_THROUGH = "passed through"  # the guest has the device itself
    UNKNOWN = "unknown"


class Measure(StrEnum):
    """What closes a card."""

    FILTER = "filter"
    MOVE = "move"
    LINK = "link"


_KINDS = {
    "ethernet": Kind.TAP,
    "direct": Kind.EMULATED,
    "user": Kind.EMULATED,
    "mcast": Kind.EMULATED,
    "client": Kind.EMULATED,
    "server": Kind.EMULATED,
    "udp": Kind.EMULATED,
    "null": Kind.EMULATED,
    "internal": Kind.UNKNOWN,
    "vhostuser": Kind.EXTERNAL,
    "vdpa": Kind.EXTERNAL,
    "hostdev": Kind.PASSED_THROUGH,
}
_DIRECT_FORWARDS = frozenset(("private", "vepa", "passthrough"))


@dataclass(frozen=True)
class Network:
    """What of a libvirt network decides how its cards can be closed."""

    name: str
    active: bool
    kind: Kind
    root: Element

    def vlan(self, portgroup: str | None) -> Element | None:
        """What a running card must be told too: libvirt 9.0 takes a portgroup's tags away in an update."""
        for each in self.root.iterfind("portgroup"):
            if each.get("name") == portgroup or (portgroup is None and each.get("default") == "yes"):
                return each.find("vlan")
        return self.root.find("vlan")

    def has_portgroup(self, name: str) -> bool:
        return any(each.get("name") == name for each in self.root.iterfind("portgroup"))


def network(text: str, active: bool) -> Network:
    """From a network's XML. Raises `Unreadable`."""
    root = markup.document(text)
    forward = root.find("forward")
    mode = own(forward, "mode") if forward is not None else None
    if mode == "hostdev":
        kind = Kind.PASSED_THROUGH
    elif mode in _DIRECT_FORWARDS or (mode == "bridge" and root.find("bridge") is None):
        kind = Kind.EMULATED
    elif root.find("virtualport") is not None or root.find("portgroup/virtualport") is not None:
        kind = Kind.SWITCH
    else:
        kind = Kind.TAP
    return Network(markup.cut(root.findtext("name")), active, kind, root)


@dataclass(frozen=True)
class Target:
    """The quarantine network of a request."""

    network: Network
    portgroup: str | None = None

    def plug(self, running: bool) -> Element:
        """An interface that is plugged in there."""
        element = Element("interface", type="network")
        source = SubElement(element, "source", network=self.network.name)
        if self.portgroup is not None:
            source.set("portgroup", self.portgroup)
        if running and self.network.kind is Kind.SWITCH:
            element.extend(self.network.root.findall("virtualport"))
            if (vlan := self.network.vlan(self.portgroup)) is not None:
                element.append(vlan)
        return element

    def holds(self, card: Card) -> bool:
        return card.network == self.network.name and card.portgroup == self.portgroup

    @property
    def title(self) -> str:
        return "/".join(filter(None, (self.network.name, self.portgroup)))


@dataclass(frozen=True)
class Means:
    """What this host offers: filters or not, the networks that the domain's cards name, and the quarantine network."""

    mode: Mode
    filters: bool = True
    networks: Mapping[str, Network] = field(default_factory=dict)
    target: Target | None = None

    def kind(self, card: Card) -> Kind:
        """What a card comes to, or in a stored definition will come to."""
        type_ = card.element.get("type", "")
        if type_ in ("network", "bridge"):
            if is_switched(card.element):
                return Kind.SWITCH
            if card.network is not None:
                known = self.networks.get(card.network)
                return known.kind if known is not None else Kind.UNKNOWN
            return Kind.TAP
        return _KINDS.get(type_, Kind.UNKNOWN)

    def measure(self, card: Card, *, running: bool) -> Measure | None:
        """None: nothing that libvirt can do closes this card."""
        kind = self.kind(card)
        if kind is Kind.PASSED_THROUGH:
            return None
        if self.mode is not Mode.ISOLATE:
            return Measure.LINK
        if self.target is not None:
            return Measure.MOVE if not running or self._moves_running(card, kind) else Measure.LINK
        return Measure.FILTER if kind is Kind.TAP and self.filters else Measure.LINK

    def _moves_running(self, card: Card, kind: Kind) -> bool:
        """libvirt plugs a running card from bridge to bridge and from switch to switch, and refuses the rest."""
        assert self.target is not None
        if card.element.get("type") == "ethernet":
            return False
        return kind is self.target.network.kind and kind in (Kind.TAP, Kind.SWITCH)

    def closed_by(self, card: Card) -> Measure | None:
        """The measure that closes the card as it is; None: it is open, or a mode of this kind does not ask for it."""
        if self.kind(card) is Kind.PASSED_THROUGH:
            return None
        if card.link == "down":
            return Measure.LINK
        if self.mode is Mode.ISOLATE:
            if self.target is not None:
                return Measure.MOVE if self.target.holds(card) else None
            if card.filter == FILTER and self.filters and self.kind(card) is Kind.TAP:
                return Measure.FILTER
        return None


def is_switched(element: Element) -> bool:
    """Whether the port is one of a switch of its own, such as Open vSwitch or MidoNet."""
    port = element.find("virtualport")
    return is_open_vswitch(port) or attribute(element, "virtualport", "type") == "midonet"


def closed(card: Card, measure: Measure, target: Target | None, *, running: bool) -> Element:
    """The card's XML with the measure taken."""
    element = editable(card)
    match measure:
        case Measure.LINK:
            set_link(element, "down")
        case Measure.FILTER:
            set_filter(element, Element("filterref", filter=FILTER))
        case Measure.MOVE:
            assert target is not None
            set_plug(element, target.plug(running), running=running)
    return element


def filter_xml(known: str | None) -> str:
    """Our filter, with the UUID of the one of its name that is there already."""
    return FILTER_XML.format(uuid=known or uuid.uuid5(uuid.NAMESPACE_URL, f"vmi-console:{FILTER}"))


def drops_everything(text: str) -> bool:
    """Whether a filter is ours as we define it, and nobody has put a hole into it."""
    try:
        root = markup.document(text)
    except markup.Unreadable:
        return False
    parts = [child for child in root if child.tag != "uuid"]
    if len(parts) != 1 or parts[0].tag != "rule" or root.get("chain") != "root":
        return False
    rule = parts[0]
    frames = list(rule)
    return (
        rule.get("action") in ("drop", "reject")
        and rule.get("direction") == "inout"
        and rule.get("priority") == "-1000"
        and len(frames) == 1
        and frames[0].tag == "mac"
        and not frames[0].attrib
    )
