"""nwfilter XML → Filter (libvirt: formatnwfilter)."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from vmi_console.collectors.libvirt import markup
from vmi_console.collectors.libvirt.markup import MAX_PARTS, cut, integer, local, own
from vmi_console.collectors.libvirt.surroundings import Surroundings
from vmi_console.estate.identity import canonical_uuid, entity_id
from vmi_console.estate.records import Filter, FirewallRule

_DIRECTIONS = {"in": "in", "out": "out", "inout": "both"}


def nwfilter(text: str, around: Surroundings) -> Filter:
    """The record of one filter. Raises `Unreadable` where the text is no XML or not of a filter."""
    element = markup.document(text)
    if element.tag != "filter":
        raise markup.Unreadable("it does not describe a filter")
    name = cut(element.get("name"))
    return Filter(
        id=entity_id("filter", around.endpoint, canonical_uuid(element.findtext("uuid")) or name),
        name=name,
        rules=tuple(_rule(rule) for rule in element.findall("rule")[: 8 * MAX_PARTS]),
        includes=tuple(cut(each.get("filter")) for each in element.findall("filterref")[:MAX_PARTS]),
        chain=own(element, "chain"),
    )


def _rule(rule: Element) -> FirewallRule:
    """A rule has one protocol element, or none, which stands for every protocol."""
    match = next((child for child in rule if local(child.tag)), None)
    return FirewallRule(
        action=own(rule, "action") or "accept",
        direction=_DIRECTIONS.get(rule.get("direction", "inout"), "both"),
        priority=integer(rule.get("priority")),
        protocol=_protocol(match),
        source=_addresses(match, "src"),
        destination=_addresses(match, "dst"),
        source_ports=_ports(match, "src"),
        destination_ports=_ports(match, "dst"),
        comment=_comment(match),
    )


def _protocol(match: Element | None) -> str | None:
    if match is None:
        return None
    name = local(match.tag)
    if name in ("mac", "ip", "ipv6") and (inner := own(match, "protocolid" if name == "mac" else "protocol")):
        return f"{name} {inner}"
    return None if name in ("all", "mac") and not match.attrib else name


def _addresses(match: Element | None, end: str) -> str | None:
    """An address, `address/mask`, range, IP set or MAC of one end of the traffic; variables stay as written (`$IP`)."""
    if match is None:
        return None
    address = own(match, f"{end}ipaddr")
    if address is not None:
        mask = own(match, f"{end}ipmask")
        return f"{address}/{mask}" if mask else address
    low, high = own(match, f"{end}ipfrom"), own(match, f"{end}ipto")
    if low is not None:
        return f"{low}-{high}" if high else low
    sets = own(match, "ipset")
    if sets is not None and end in (own(match, "ipsetflags") or ""):
        return f"ipset {sets}"
    return own(match, f"{end}macaddr")


def _ports(match: Element | None, end: str) -> tuple[int, int] | None:
    if match is None:
        return None
    low = _port(own(match, f"{end}portstart"))
    if low is None:
        return None
    return low, _port(own(match, f"{end}portend")) or low


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        number = int(text[:10], 0)
    except ValueError:
        return None  # a variable such as $DPORT
    return number if 0 <= number <= 65535 else None


def _comment(match: Element | None) -> str:
    """The rule's comment, and what else it asks for that has no field: nothing that narrows a rule may be unseen."""
    if match is None:
        return ""
    others = (
        f"{local(name)}={value}"
        for name, value in match.attrib.items()
        if local(name) not in _SHOWN_ELSEWHERE and not local(name).endswith("mask")
    )
    return cut(" ".join(filter(None, (own(match, "comment"), *others))))


_SHOWN_ELSEWHERE = frozenset(
    {"comment", "protocol", "protocolid", "ipset", "ipsetflags"}
    | {
        f"{end}{what}"
        for end in ("src", "dst")
        for what in ("ipaddr", "ipfrom", "ipto", "portstart", "portend", "macaddr")
    }
)
