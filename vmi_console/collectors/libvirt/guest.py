"""What others know of a guest: DHCP leases, the host's ARP table, and the guest's own agent."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from vmi_console.estate.records import Address, GuestSummary, Nic, Source

type ByMac = Mapping[str, tuple[Address, ...]]

_WORTH = {Source.TOOLS: 0, Source.LEASE: 1, Source.ARP: 2}
MAX_ADDRESSES = 64  # of one card
_MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class Lease:
    """One address that a libvirt network's DHCP server gave out."""

    mac: str
    address: Address
    hostname: str | None = None


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What the agent answered to `virDomainGetGuestInfo` and to the question for its addresses."""

    os: str | None = None
    os_id: str | None = None
    kernel: str | None = None
    hostname: str | None = None
    addresses: ByMac = field(default_factory=dict)


def lease(answer: Mapping[str, object]) -> Lease | None:
    """One entry of `virNetworkGetDHCPLeases`; None where it names no card or no address."""
    mac, ip = answer.get("mac"), answer.get("ipaddr")
    found = _address(ip, answer.get("prefix"), Source.LEASE)
    if not isinstance(mac, str) or found is None:
        return None
    return Lease(mac.lower(), found, _text(answer.get("hostname")))


def addresses(answer: Mapping[str, Mapping[str, object]], source: Source) -> dict[str, tuple[Address, ...]]:
    """`virDomainInterfaceAddresses`, by hardware address; loopback and cards without one are left out."""
    found: dict[str, tuple[Address, ...]] = {}
    for interface in list(answer.values())[:MAX_ADDRESSES]:
        mac, entries = interface.get("hwaddr"), interface.get("addrs")
        if not isinstance(mac, str) or mac == "00:00:00:00:00:00" or not isinstance(entries, list):
            continue
        known = (_address(entry.get("addr"), entry.get("prefix"), source) for entry in entries[:MAX_ADDRESSES])
        # ARP knows an address alone: the prefix that libvirt gives with it is made up.
        kept = [msgspec.structs.replace(each, prefix=None) if source is Source.ARP else each for each in known if each]
        found[mac.lower()] = found.get(mac.lower(), ()) + tuple(kept)
    return found


def agent_facts(info: Mapping[str, object], interfaces: ByMac) -> AgentFacts:
    """The agent's answers (`os.pretty-name`, `os.id`, …: qemu-ga's guest-get-osinfo). The guest chose every word."""
    return AgentFacts(
        os=_text(info.get("os.pretty-name")) or _text(info.get("os.name")),
        os_id=_text(info.get("os.id")),
        kernel=_text(info.get("os.kernel-release")),
        hostname=_text(info.get("hostname")),
        addresses=interfaces,
    )


def with_addresses(nics: tuple[Nic, ...], sources: Iterable[ByMac]) -> tuple[Nic, ...]:
    """The cards with the addresses that the sources know. An address that several know is told by the best of them."""
    known = tuple(sources)
    return tuple(
        msgspec.structs.replace(nic, addresses=found)
        if nic.mac is not None and (found := _merged(nic.mac, known))
        else nic
        for nic in nics
    )


def summary(
    definition: GuestSummary, facts: AgentFacts | None, hostname: str | None, at: datetime | None
) -> GuestSummary:
    """The definition's word on the guest, bettered by the agent's, or else by the name its DHCP lease gives."""
    if facts is not None:
        return msgspec.structs.replace(
            definition,
            os=facts.os or definition.os,
            os_id=definition.os_id or facts.os_id,
            kernel=facts.kernel,
            hostname=facts.hostname or hostname,
            source=Source.TOOLS,
            read_at=at,
        )
    return msgspec.structs.replace(definition, hostname=hostname) if hostname else definition


def _merged(mac: str, sources: tuple[ByMac, ...]) -> tuple[Address, ...]:
    best: dict[str, Address] = {}
    for source in sources:
        for each in source.get(mac, ()):
            if each.ip not in best or _WORTH.get(each.source, 9) < _WORTH.get(best[each.ip].source, 9):
                best[each.ip] = each
    return tuple(best[ip] for ip in sorted(best)[:MAX_ADDRESSES])


def _address(ip: object, prefix: object, source: Source) -> Address | None:
    try:
        canonical = str(ipaddress.ip_address(str(ip).partition("%")[0]))
    except ValueError:
        return None
    length = prefix if isinstance(prefix, int) and 0 < prefix <= 128 else None
    return Address(ip=canonical, prefix=length, source=source)


def _text(value: object) -> str | None:
    return value.strip()[:_MAX_NAME] or None if isinstance(value, str) else None
