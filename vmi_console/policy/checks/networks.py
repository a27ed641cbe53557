"""Where a VM's cards are plugged in: VLANs and networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Annotated

import msgspec

from vmi_console.estate.columns import Content
from vmi_console.estate.records import VM, Nic, NicKind
from vmi_console.estate.vlan import Vlan, VlanMode
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.parameters import MOST_ITEMS, Names, VlanRange, Word, listed, something, vlan_ranges
from vmi_console.policy.checks.tally import Tally, named, shortened
from vmi_console.policy.judgement import Judgement, Verdict

BYPASSING = frozenset(
    {
        NicKind.USER,
        NicKind.ETHERNET,
        NicKind.DIRECT,
        NicKind.HOSTDEV,
        NicKind.VHOST_USER,
        NicKind.VDPA,
        NicKind.TUNNEL,
    }
)
"""Kinds of cards that reach the world past every virtual network, unless they name one."""


def card(nic: Nic) -> str:
    """What evidence calls a card."""
    return named(nic.label or nic.key)


type _Plug = tuple[Vlan | None, bool]
"""The VLAN of a card, and whether it is plugged in nowhere, so that it does not count."""

_VLANS = Content("the VLANs of its cards", lambda vm, _: tuple([(nic.vlan, _is_nowhere(nic)) for nic in vm.nics]))


class Trunks(StrEnum):
    """How cards on a trunk are judged."""

    BY_ID = "by id"
    ALLOWED = "allowed"
    DENIED = "denied"


@check("vlans")
class Vlans(Check, dict=True):
    """VLANs that a VM's cards may reach."""

    title = "VLANs"
    help = (
        "Every VLAN that a card reaches is among those allowed, and none is denied. An untagged port counts as "
        "`untagged` (0). Of a trunk every VLAN it carries counts. A card that is disconnected counts with the VLAN of "
        "its port."
    )
    examples = ("{allowed: [110, 120-129]}", "{denied: [666, untagged], trunks: denied}")
    remediation = "Move the card back to a network of an allowed VLAN, or correct the VLAN of its network."

    allowed: Annotated[
        tuple[VlanRange, ...],
        msgspec.Meta(max_length=MOST_ITEMS, description="VLANs and ranges that are allowed; empty: all not denied."),
    ] = ()
    denied: Annotated[
        tuple[VlanRange, ...], msgspec.Meta(max_length=MOST_ITEMS, description="VLANs and ranges that are denied.")
    ] = ()
    trunks: Annotated[
        Trunks,
        msgspec.Meta(
            description="Cards whose guest tags by itself: judged by every id they carry, all allowed, or all denied."
        ),
    ] = Trunks.BY_ID

    def __post_init__(self) -> None:
        something(self.allowed, self.denied, self.trunks is Trunks.DENIED, field="allowed")
        vlan_ranges(self.allowed, "allowed")
        vlan_ranges(self.denied, "denied")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"vlans"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        for nic in vm.nics:
            if _is_nowhere(nic):
                continue
            if nic.vlan is None:
                tally.untold(f"the VLAN of {card(nic)}{_in_network(nic)} is not known", f"nics[{nic.key}].vlan")
            elif objection := self._objection(nic.vlan):
                tally.against(f"{card(nic)}{_in_network(nic)} {objection}", f"nics[{nic.key}].vlan")
        return tally.judgement(self._demand)

    @property
    def content(self) -> Content:
        return _VLANS

    def of_all(self, content: tuple[_Plug, ...], estate: Estate, now: datetime) -> Verdict:
        verdict = Verdict.PASS
        for vlan, is_nowhere in content:
            if vlan is not None and self._objection(vlan) and not is_nowhere:
                return Verdict.FAIL
            if vlan is None and not is_nowhere:
                verdict = Verdict.UNKNOWN
        return verdict

    @cached_property
    def _objection(self) -> Callable[[Vlan], str]:
        """What speaks against a VLAN setting; empty where nothing does. An estate has few different ones."""
        allowed = vlan_ranges(self.allowed, "allowed")
        denied = vlan_ranges(self.denied, "denied")

        def objection(vlan: Vlan) -> str:
            if vlan.mode is VlanMode.TRUNK and self.trunks is not Trunks.BY_ID:
                return f"is on a trunk ({vlan})" if self.trunks is Trunks.DENIED else ""
            reached = _reached(vlan)
            bad = [each for each in reached if _meets(each, denied)]
            bad += [each for each in reached if allowed and not _covered(each, allowed) and each not in bad]
            ids = shortened(_shown(each) for each in bad)
            return f"reaches {ids}" if bad and vlan.mode is VlanMode.TRUNK else f"is in {ids}" if bad else ""

        return lru_cache(maxsize=10_000)(objection)

    @cached_property
    def _demand(self) -> str:
        allowed = f"allowed: {listed(self.allowed)}" if self.allowed else ""
        denied = f"denied: {listed(self.denied)}" if self.denied else ""
        trunks = "no trunks" if self.trunks is Trunks.DENIED else ""
        return ", ".join(filter(None, (allowed, denied, trunks)))


def _is_nowhere(nic: Nic) -> bool:
    return nic.type is NicKind.NONE and nic.network is None


def _in_network(nic: Nic) -> str:
    return f" in {named(nic.network_name)}" if nic.network_name else ""


def _reached(vlan: Vlan) -> tuple[tuple[int, int], ...]:
    if vlan.mode is VlanMode.NONE:
        return ((0, 0),)
    native = ((vlan.native, vlan.native),) if vlan.native is not None and vlan.native not in vlan else ()
    return vlan.ranges + native


def _meets(one: tuple[int, int], ranges: Iterable[tuple[int, int]]) -> bool:
    return any(low <= one[1] and one[0] <= high for low, high in ranges)


def _covered(one: tuple[int, int], ranges: Iterable[tuple[int, int]]) -> bool:
    """Whether every id of a range lies in one of others, which may overlap and adjoin."""
    missing = one[0]
    for low, high in sorted(ranges):
        if low <= missing <= high:
            missing = high + 1
    return missing > one[1]


def _shown(ids: tuple[int, int]) -> str:
    if ids == (0, 0):
        return "no VLAN (untagged)"
    return f"VLAN {ids[0]}" if ids[0] == ids[1] else f"VLANs {ids[0]}-{ids[1]}"


@check("networks")
class Networks(Check, dict=True):
    """Networks that a VM's cards may be in."""

    title = "Networks"
    help = (
        "Every card is in a network whose name is allowed, and in none that is denied. Where networks are allowed, a "
        "card that reaches the world past all of them (SR-IOV, macvtap, user-mode networking) fails."
    )
    examples = ("{allowed: [prod-web, 'prod-db*']}", "{denied: ['guest-*', 'VM Network']}")
    remediation = "Move the card to an allowed network, or remove it."

    allowed: Annotated[
        tuple[Word, ...],
        msgspec.Meta(max_length=MOST_ITEMS, description="Names of networks (patterns with * and ?); empty: all."),
    ] = ()
    denied: Annotated[
        tuple[Word, ...],
        msgspec.Meta(max_length=MOST_ITEMS, description="Names of networks (patterns) that no card may be in."),
    ] = ()

    def __post_init__(self) -> None:
        something(self.allowed, self.denied, field="allowed")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"networks"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        for nic in vm.nics:
            name = nic.network_name
            if name is None:
                self._without_name(nic, tally)
            elif self._denied.match(name) or (self.allowed and not self._allowed.match(name)):
                tally.against(f"{card(nic)} is in {named(name)}", f"nics[{nic.key}].network")
        return tally.judgement(self._demand)

    def _without_name(self, nic: Nic, tally: Tally) -> None:
        path = f"nics[{nic.key}]"
        if nic.network is None and nic.type is NicKind.NONE:
            return
        if nic.network is None and nic.type in BYPASSING:
            if self.allowed:
                tally.against(f"{card(nic)} is in no network ({nic.type})", path)
            return
        tally.untold(f"the network of {card(nic)} is not known", path)

    @cached_property
    def _allowed(self) -> Names:
        return Names(self.allowed)

    @cached_property
    def _denied(self) -> Names:
        return Names(self.denied)

    @cached_property
    def _demand(self) -> str:
        allowed = f"allowed: {listed(self.allowed)}" if self.allowed else ""
        denied = f"denied: {listed(self.denied)}" if self.denied else ""
        return ", ".join(filter(None, (allowed, denied)))
