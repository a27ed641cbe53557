"""Where a guest listens."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Annotated

import msgspec

from vmi_console.estate.facts import Socket
from vmi_console.estate.inside import PortRange, ports
from vmi_console.estate.records import VM
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.inside import looked_into
from vmi_console.policy.checks.parameters import MOST_ITEMS, Mistake, listed, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement, unknown

_ADDRESSES_REMEMBERED = 20_000

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)] | Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
Ports = Annotated[tuple[Port, ...], msgspec.Meta(max_length=MOST_ITEMS)]


@check("ports")
class ListeningPorts(Check, dict=True):
    """Ports on which a guest listens."""

    title = "Listening ports"
    help = (
        "Whatever listens in the guest does so on a port that is allowed, and on none that is denied. A port is "
        "written as `22`, `8000-8100`, or with its protocol: `53/udp`. What listens on a loopback address only, which "
        "nobody else can reach, does not count unless `loopback` says so; what listens in a container's own network "
        "counts unless `containers` says otherwise. What listens is read from the guest's memory."
    )
    examples = ("{allowed: [22/tcp, 443/tcp, 123/udp]}", "{denied: [21, 23/tcp, 512-514/tcp], loopback: true}")
    remediation = "Stop the service and disable it, bind it to the loopback address, or allow its port."

    allowed: Annotated[
        Ports, msgspec.Meta(description="Ports or ranges that may be listened on; empty: all that are not denied.")
    ] = ()
    denied: Annotated[Ports, msgspec.Meta(description="Ports or ranges that nothing may listen on.")] = ()
    loopback: Annotated[bool, msgspec.Meta(description="Whether loopback addresses count too.")] = False
    containers: Annotated[bool, msgspec.Meta(description="Whether networks of containers count too.")] = True

    def __post_init__(self) -> None:
        something(self.allowed, self.denied, field="denied")
        _ranges(self.allowed, "allowed")
        _ranges(self.denied, "denied")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"sockets"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        facts = looked_into(vm, estate, "sockets")
        if isinstance(facts, str):
            return unknown(facts, "sockets")
        tally = Tally()
        allowed, denied = self._ranges
        for socket in facts:
            if (not self.loopback and _is_loopback(socket.address)) or (not self.containers and socket.network):
                continue
            if _among(socket, denied) or (allowed and not _among(socket, allowed)):
                tally.against(_shown(socket), f"sockets[{socket.key}]")
        parts = (
            f"allowed: {listed(self.allowed)}" if self.allowed else "",
            f"denied: {listed(self.denied)}" if self.denied else "",
        )
        return tally.judgement(", ".join(filter(None, parts)))

    @cached_property
    def _ranges(self) -> tuple[tuple[PortRange, ...], tuple[PortRange, ...]]:
        return _ranges(self.allowed, "allowed"), _ranges(self.denied, "denied")


def _ranges(values: Sequence[int | str], field: str) -> tuple[PortRange, ...]:
    return tuple(_range(value, field, position) for position, value in enumerate(values))


def _range(value: int | str, field: str, position: int) -> PortRange:
    try:
        return ports(str(value))
    except ValueError as error:
        raise Mistake(str(error), field, position, advice="write for example 22, 8000-8100 or 53/udp") from None


def _among(socket: Socket, ranges: Sequence[PortRange]) -> bool:
    protocol = socket.protocol.lower()
    return any(low <= socket.port <= high and protocol.startswith(of) for of, low, high in ranges)


@lru_cache(_ADDRESSES_REMEMBERED)
def _is_loopback(address: str) -> bool:
    """Whether only the guest itself can reach an address; one that cannot be read is taken to be within reach."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0].strip("[]"))
    except ValueError:
        return False
    inner = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (inner or found).is_loopback


def _shown(socket: Socket) -> str:
    who = named(socket.process) if socket.process else "the kernel or an unknown process"
    where = f" at {named(socket.address)}" if socket.address else ""
    within = f" in the network of {named(socket.network)}" if socket.network else ""
    return f"{who} listens on {socket.port}/{socket.protocol}{where}{within}"
