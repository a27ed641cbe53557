"""What the filters at a VM's ports must let pass, and what they must not."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.records import VM, Filter, FirewallRule, Nic, NicKind
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.networks import card
from vmi_console.policy.checks.parameters import Mistake, Names, Word, listed, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.checks.traffic import Network, Passing, Traffic, passing, rules_of
from vmi_console.policy.judgement import Judgement

Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]


class Direction(StrEnum):
    """Of traffic, as seen from the guest."""

    IN = "in"
    OUT = "out"


class Protocol(StrEnum):
    """Of IP packets."""

    ANY = "any"
    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"


class Stream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some traffic. What is left out may be any."""

    direction: Annotated[Direction, msgspec.Meta(description="Into or out of the guest.")] = Direction.IN
    protocol: Annotated[Protocol, msgspec.Meta(description="Protocol of the packets.")] = Protocol.ANY
    port: Annotated[Port | None, msgspec.Meta(description="Port of the destination.")] = None
    last_port: Annotated[Port | None, msgspec.Meta(description="With it, all ports from `port` to this one.")] = None
    source: Annotated[Word | None, msgspec.Meta(description="Subnet or address the packets come from.")] = None
    destination: Annotated[Word | None, msgspec.Meta(description="Subnet or address the packets go to.")] = None

    def __post_init__(self) -> None:
        if self.port is not None and self.protocol not in (Protocol.TCP, Protocol.UDP):
            raise Mistake("only tcp and udp have ports", "port", advice="add protocol: tcp")
        if self.last_port is not None and (self.port is None or self.last_port < self.port):
            raise Mistake("a range of ports begins with `port`", "last_port", advice="write port: 1, last_port: 1023")
        ends = [(field, _subnet(getattr(self, field), field)) for field in ("source", "destination")]
        if len({subnet.version for _, subnet in ends if subnet is not None}) > 1:
            raise Mistake("one end is of IPv4 and the other of IPv6", "source", advice="name two of one version")

    def __str__(self) -> str:
        ports = "" if self.port is None else f" port {self.port}" + (f"-{self.last_port}" if self.last_port else "")
        ends = (f"from {self.source}" if self.source else "", f"to {self.destination}" if self.destination else "")
        what = "everything" if self.protocol is Protocol.ANY else self.protocol.value
        return " ".join(filter(None, (f"{what}{ports}", self.direction.value, *ends)))

    def traffic(self) -> Iterator[Traffic]:
        """It, by IP version."""
        source, destination = _subnet(self.source, "source"), _subnet(self.destination, "destination")
        versions = {subnet.version for subnet in (source, destination) if subnet is not None} or {4, 6}
        for family in sorted(versions):
            protocol = None if self.protocol is Protocol.ANY else self.protocol.value
            yield Traffic(
                family=family,
                direction=self.direction.value,
                protocol="icmpv6" if protocol == "icmp" and family == 6 else protocol,
                ports=None if self.port is None else (self.port, self.last_port or self.port),
                source=source,
                destination=destination,
            )


Streams = Annotated[tuple[Stream, ...], msgspec.Meta(max_length=100)]


@check("firewall")
class Firewall(Check, dict=True):
    """What the filters in force at a VM's ports let pass."""

    title = "Firewall"
    help = (
        "At every card, nothing of what is to be blocked passes the rules in force, and all of what is to be allowed "
        "does, by protocol, port, direction and address. IPv4 and IPv6 are judged both unless an address says which. "
        "`filters` are the filters of which every card must have one. Rules in force are those of libvirt's network "
        "filters, with all they include, and the blocking of ports of distributed switches; a firewall elsewhere is "
        "not seen. A rule with variables, sets or negations leaves open what it would decide."
    )
    examples = (
        "{blocked: [{protocol: tcp, port: 23}], allowed: [{protocol: tcp, port: 443, source: 10.0.0.0/8}]}",
        "{filters: ['clean-traffic*']}",
    )
    remediation = "Correct the filter's rules, or give the card the filter that it must have."

    blocked: Annotated[Streams, msgspec.Meta(description="Traffic of which nothing may pass.")] = ()
    allowed: Annotated[Streams, msgspec.Meta(description="Traffic of which all must pass.")] = ()
    filters: Annotated[
        tuple[Word, ...],
        msgspec.Meta(max_length=100, description="Names (patterns) of filters: every card must have one of these."),
    ] = ()

    def __post_init__(self) -> None:
        something(self.blocked, self.allowed, self.filters, field="blocked")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"filters"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        for nic in vm.nics:
            if nic.type is NicKind.NONE and nic.network is None:
                continue
            self._judge_filter_name(nic, vm, estate, tally)
            if self.blocked or self.allowed:
                self._judge_traffic(nic, vm, estate, tally)
        return tally.judgement()

    def _judge_filter_name(self, nic: Nic, vm: VM, estate: Estate, tally: Tally) -> None:
        if not self.filters:
            return
        path, name = f"nics[{nic.key}].filter", filter_of(nic, vm, estate)
        if name is None:
            tally.untold(f"whether {card(nic)} has a filter is not known", path)
        elif not self._names.match(name):
            has = f"has the filter {named(name)}" if name else "has no filter"
            tally.against(f"{card(nic)} {has}, required: {listed(self.filters)}", path)

    def _judge_traffic(self, nic: Nic, vm: VM, estate: Estate, tally: Tally) -> None:
        path = f"nics[{nic.key}].filter"
        name = filter_of(nic, vm, estate)
        if nic.blocked:
            for stream in self.allowed:
                tally.against(f"the port of {card(nic)} is blocked; must pass: {stream}", f"nics[{nic.key}].blocked")
            return
        if name is None:
            tally.untold(f"the rules in force at {card(nic)} are not known", path)
            return
        try:
            rules = list(rules_of(name, lambda wanted: estate.filter_named(vm.id, wanted))) if name else []
        except LookupError as missing:
            tally.untold(f"what the filter {named(str(missing.args[0]))} says is not known", path)
            return
        self._judge_rules(card(nic), path, rules, tally)

    def _judge_rules(self, where: str, path: str, rules: list[tuple[Filter, FirewallRule]], tally: Tally) -> None:
        for stream, wanted in (*((each, False) for each in self.blocked), *((each, True) for each in self.allowed)):
            found = {passing(rules, traffic) for traffic in stream.traffic()}
            if found == {Passing.ALL if wanted else Passing.NOTHING}:
                continue
            if found & ({Passing.NOTHING, Passing.PART} if wanted else {Passing.ALL, Passing.PART}):
                must = "must pass" if wanted else "must not pass"
                what = "not all passes" if wanted else "passes"
                tally.against(f"at {where} {what}: {stream}, which {must}", path)
            else:
                tally.untold(f"nobody can tell whether the rules at {where} let {stream} pass", path)

    @cached_property
    def _names(self) -> Names:
        return Names(self.filters)


def filter_of(nic: Nic, vm: VM, estate: Estate) -> str | None:
    """The name of a card's filter; empty for none, None where that is not known.

    libvirt names in a definition every filter that there is: one it does not name there is none.
    """
    if nic.filter is not None:
        return nic.filter
    connection = estate.connection_of(vm.id)
    return "" if connection is not None and connection.provider == "libvirt" else None


def _subnet(text: str | None, field: str) -> Network | None:
    if text is None:
        return None
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise Mistake(f"“{text}” is no subnet", field, advice="write 10.0.0.0/8 or one address") from None
