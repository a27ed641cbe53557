"""The addresses of a VM's cards: MAC, IP, and those a guest gave itself because nobody else did."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Annotated

import msgspec

from vmi_console.estate.attributes import canonical_mac
from vmi_console.estate.records import VM
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.networks import card
from vmi_console.policy.checks.parameters import (
    MOST_ITEMS,
    Word,
    address_ranges,
    in_ranges,
    listed,
    mac_ranges,
    something,
)
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement

LINK_LOCAL_IPV4 = ((4, 0xA9FE0000, 0xA9FEFFFF),)  # RFC 3927
LINK_LOCAL_IPV6 = ((6, 0xFE80 << 112, (0xFEC0 << 112) - 1),)  # RFC 4291: every card has one

_REMEMBERED = 100_000  # addresses

type _IsBad = Callable[[str], bool | None]

Ranges = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_ITEMS)]


@check("macs")
class Macs(Check, dict=True):
    """MAC addresses that a VM's cards may have."""

    title = "MAC addresses"
    help = (
        "The MAC address of every card lies in an allowed range and in none that is denied. A range is the beginning "
        "of an address, or its first and last with two dots between them."
    )
    examples = ("{allowed: ['00:50:56']}", "{denied: ['02:00:00:00:00:00..02:00:00:00:ff:ff']}")
    remediation = "Give the card an address from the range that is meant for it, or let the hypervisor choose one."

    allowed: Annotated[Ranges, msgspec.Meta(description="Ranges of addresses; empty: all that are not denied.")] = ()
    denied: Annotated[Ranges, msgspec.Meta(description="Ranges of addresses that no card may have.")] = ()

    def __post_init__(self) -> None:
        something(self.allowed, self.denied, field="allowed")
        mac_ranges(self.allowed, "allowed")
        mac_ranges(self.denied, "denied")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"macs"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        allowed, denied = self._ranges
        for nic in vm.nics:
            path, mac = f"nics[{nic.key}].mac", canonical_mac(nic.mac or "")
            if mac is None:
                tally.untold(f"the MAC address of {card(nic)} is not known", path)
                continue
            number = int(mac.replace(":", ""), 16)
            if any(low <= number <= high for low, high in denied) or (
                allowed and not any(low <= number <= high for low, high in allowed)
            ):
                tally.against(f"{card(nic)} has {mac}", path)
        return tally.judgement(_demand(self.allowed, self.denied))

    @cached_property
    def _ranges(self) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
        return mac_ranges(self.allowed, "allowed"), mac_ranges(self.denied, "denied")


@check("addresses")
class Addresses(Check, dict=True):
    """IP addresses that a VM may have."""

    title = "IP addresses"
    help = (
        "Every address that is known of a card lies in an allowed range and in none that is denied. Link-local "
        "addresses of IPv6, which every card has, do not count. A card of which nobody tells an address, as while the "
        "VM is off, leaves it open."
    )
    examples = ("{allowed: [10.110.0.0/16, '2001:db8::/32']}", "{denied: [192.168.0.1-192.168.0.99]}")
    remediation = "Correct the address in the guest or in the DHCP server, or move the card to the network it is of."

    allowed: Annotated[
        Ranges, msgspec.Meta(description="Subnets, ranges (first-last) or addresses; empty: all that are not denied.")
    ] = ()
    denied: Annotated[Ranges, msgspec.Meta(description="Subnets, ranges or addresses that no card may have.")] = ()

    def __post_init__(self) -> None:
        something(self.allowed, self.denied, field="allowed")
        address_ranges(self.allowed, "allowed")
        address_ranges(self.denied, "denied")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"ips"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        return _judged(vm, self._is_bad, _demand(self.allowed, self.denied))

    @cached_property
    def _is_bad(self) -> _IsBad:
        allowed, denied = address_ranges(self.allowed, "allowed"), address_ranges(self.denied, "denied")

        def is_bad(address: str) -> bool | None:
            is_denied = in_ranges(address, denied)
            if is_denied or not allowed:
                return is_denied
            fits = in_ranges(address, (*allowed, *LINK_LOCAL_IPV6))
            return None if fits is None else not fits

        return lru_cache(maxsize=_REMEMBERED)(is_bad)


@check("link_local")
class LinkLocal(Check):
    """No card has an address that its guest made up because no DHCP server answered."""

    title = "Link-local addresses"
    help = (
        "No card has an address of 169.254.0.0/16: such a guest asked for an address and got no answer, or was "
        "configured by mistake."
    )
    examples = ("{}",)
    remediation = "See whether the card is in the network it is meant for and whether its DHCP server answers."

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"ips"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        return _judged(vm, _is_link_local, "no address of 169.254.0.0/16 is allowed")


@lru_cache(maxsize=_REMEMBERED)
def _is_link_local(address: str) -> bool | None:
    return in_ranges(address, LINK_LOCAL_IPV4)


def _judged(vm: VM, is_bad: _IsBad, demand: str) -> Judgement:
    """What is said of all addresses, each of which is bad, fine, or (None) no address."""
    tally = Tally()
    for nic in vm.nics:
        path = f"nics[{nic.key}].addresses"
        if not nic.addresses:
            tally.untold(f"no address of {card(nic)} is known", path)
        for address in nic.addresses:
            bad = is_bad(address.ip)
            if bad is None:
                tally.untold(f"{card(nic)} has “{named(address.ip)}”, which is no address", path)
            elif bad:
                tally.against(f"{card(nic)} has {named(address.ip)}", path)
    return tally.judgement(demand)


def _demand(allowed: tuple[str, ...], denied: tuple[str, ...]) -> str:
    parts = (f"allowed: {listed(allowed)}" if allowed else "", f"denied: {listed(denied)}" if denied else "")
    return ", ".join(filter(None, parts))
