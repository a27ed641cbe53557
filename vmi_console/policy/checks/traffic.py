"""What of some traffic a filter's rules let pass: all of it, nothing, part, or nobody can tell.

By libvirt's network filters (formatnwfilter): rules are tried by priority, lowest first; the first that accepts, drops
or rejects decides; what none decides passes. Rules of link and IP frames (`mac`, `arp`, `ip`, …) are of one layer,
those of `all`, `tcp`, `udp`, … of another, and a packet must pass both. A rule whose meaning cannot be told from its
record (variables, sets, negations) leaves open what it would decide.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

import msgspec

from vmi_console.estate.records import Filter, FirewallRule

MOST_FILTERS = 100
DEFAULT_PRIORITY = 500

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_FRAMES = ("mac", "vlan", "stp", "arp", "rarp", "ip", "ipv6", "ipv4")
_FAMILIES = {"ip": 4, "ipv4": 4, "0x800": 4, "0x0800": 4, "ipv6": 6, "0x86dd": 6}


class Passing(Enum):
    """How much of some traffic passes."""

    ALL = "all of it"
    PART = "part of it"
    NOTHING = "nothing"
    UNKNOWN = "nobody can tell"


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Packets of one IP version and direction (`in` or `out` of the guest); None is any."""

    family: int
    direction: str
    protocol: str | None = None
    ports: tuple[int, int] | None = None  # of the destination, inclusive
    source: Network | None = None
    destination: Network | None = None


class _Relation(Enum):
    APART = 0
    UNSURE = 1
    PART = 2
    COVERS = 3


def passing(rules: Iterable[tuple[Filter, FirewallRule]], traffic: Traffic) -> Passing:
    """How much of the traffic passes rules, each with the filter it stands in."""
    ordered = sorted(rules, key=lambda each: DEFAULT_PRIORITY if each[1].priority is None else each[1].priority)
    frames = _decided([rule for within, rule in ordered if _is_of_frames(within, rule)], traffic)
    packets = _decided([rule for within, rule in ordered if not _is_of_frames(within, rule)], traffic)
    if Passing.NOTHING in (frames, packets):
        return Passing.NOTHING
    if frames is Passing.ALL:
        return packets
    return frames if packets is Passing.ALL else Passing.UNKNOWN


def rules_of(name: str, find: Callable[[str], Filter | None]) -> Iterator[tuple[Filter, FirewallRule]]:
    """The rules of a filter and of all that it includes. Raises `LookupError` with the name of one that is missing."""
    waiting, seen = [name], {name}
    while waiting:
        wanted = waiting.pop()
        found = find(wanted)
        if found is None or len(seen) > MOST_FILTERS:
            raise LookupError(wanted)
        yield from ((found, rule) for rule in found.rules)
        for included in found.includes:
            if included not in seen:
                seen.add(included)
                waiting.append(included)


def _is_of_frames(within: Filter, rule: FirewallRule) -> bool:
    if rule.protocol is not None:
        return rule.protocol.partition(" ")[0] in _FRAMES
    return (within.chain or "root").startswith(_FRAMES)


def _decided(rules: Iterable[FirewallRule], traffic: Traffic) -> Passing:
    """What the rules of one layer let pass, tried in their order."""
    parts: list[bool] = []  # of which part was decided: whether it passes
    unsure: set[bool] = set()
    default = True
    for rule in rules:
        relation = _relation(rule, traffic)
        if relation is _Relation.APART or rule.action == "continue":
            continue
        if rule.action not in ("accept", "drop", "reject"):  # return: what follows in the calling filter counts
            unsure |= {True, False}
            continue
        passes = rule.action == "accept"
        if relation is _Relation.COVERS:
            default = passes
            break
        if relation is _Relation.UNSURE or unsure or (not passes) in parts:  # it may be decided already
            unsure.add(passes)
        else:
            parts.append(passes)
    return _concluded(default, parts, unsure)


def _concluded(default: bool, parts: list[bool], unsure: set[bool]) -> Passing:
    if default not in parts and parts:
        # Of what one rule decides otherwise the rest is left; several may be all there is.
        return Passing.PART if default is False or (len(parts) == 1 and not unsure) else Passing.UNKNOWN
    if (not default) in unsure:
        return Passing.UNKNOWN
    return Passing.ALL if default else Passing.NOTHING


def _relation(rule: FirewallRule, traffic: Traffic) -> _Relation:
    """How much of the traffic a rule speaks of."""
    family, protocol = _meant(rule.protocol)
    if family not in (None, traffic.family) or rule.direction not in ("both", traffic.direction):
        return _Relation.APART
    relations = (
        _of_protocol(protocol, traffic),
        _of_ports(rule.destination_ports, traffic.ports),
        _of_ports(rule.source_ports, None),
        _of_address(rule.source, traffic.source, traffic.family),
        _of_address(rule.destination, traffic.destination, traffic.family),
        _Relation.UNSURE if "=" in rule.comment else _Relation.COVERS,  # where a record says what has no field
    )
    return min(relations, key=lambda relation: relation.value)


def _meant(protocol: str | None) -> tuple[int | None, str | None]:
    """IP version and protocol of a rule's word such as `tcp`, `udp-ipv6`, `ip tcp`, `mac ipv4`; None is any."""
    if protocol is None:
        return None, None
    first, _, inner = protocol.casefold().partition(" ")
    if first == "mac":
        return _FAMILIES.get(inner, 0 if inner else None), None
    if first in ("ip", "ipv4", "ipv6"):
        return _FAMILIES[first], _NUMBERS.get(inner, inner) or None
    if first in _FRAMES:
        return 0, None
    base, dash, _ = first.partition("-ipv6")
    if base == "all":
        return 6 if dash else None, None
    return 6 if dash or base == "icmpv6" else 4, _NUMBERS.get(base, base)


def _of_protocol(ours: str | None, traffic: Traffic) -> _Relation:
    if ours is None or ours == traffic.protocol:
        return _Relation.COVERS
    return _Relation.PART if traffic.protocol is None else _Relation.APART


def _of_ports(ours: tuple[int, int] | None, theirs: tuple[int, int] | None) -> _Relation:
    if ours is None:
        return _Relation.COVERS
    low, high = theirs or (0, 65_535)
    if ours[0] <= low and high <= ours[1]:
        return _Relation.COVERS
    return _Relation.PART if ours[0] <= high and low <= ours[1] else _Relation.APART


def _of_address(ours: str | None, theirs: Network | None, family: int) -> _Relation:
    if ours is None:
        return _Relation.COVERS
    try:
        own = ipaddress.ip_network(ours.strip(), strict=False)
    except ValueError:
        return _Relation.UNSURE  # a variable, a range, a set, a MAC
    if own.version != family:
        return _Relation.APART
    if theirs is None:
        return _Relation.COVERS if own.prefixlen == 0 else _Relation.PART
    low, high = int(theirs.network_address), int(theirs.broadcast_address)
    own_low, own_high = int(own.network_address), int(own.broadcast_address)
    if own_low <= low and high <= own_high:
        return _Relation.COVERS
    return _Relation.PART if own_low <= high and low <= own_high else _Relation.APART
