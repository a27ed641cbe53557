"""VLAN settings: untagged, one id, a trunk of ranges, or a private VLAN (IEEE 802.1Q; ids 1 to 4094)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class VlanMode(StrEnum):
    """How frames are tagged at a port."""

    NONE = "none"  # untagged: the port adds and removes no tag
    ACCESS = "access"  # one id; the guest sees untagged frames
    TRUNK = "trunk"  # the guest tags; `ranges` says which ids may pass
    PRIVATE = "private"  # a private VLAN's secondary id (distributed switches)


class Vlan(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a port carries. `ranges` are inclusive id ranges, sorted, not overlapping; empty where untagged.

    "Not known" is None in place of a Vlan, never a Vlan.
    """

    mode: VlanMode
    ranges: tuple[tuple[int, int], ...] = ()
    native: int | None = None  # the id that untagged frames of a trunk belong to, if any

    def __contains__(self, vlan: int) -> bool:
        return any(low <= vlan <= high for low, high in self.ranges)

    def __str__(self) -> str:
        if self.mode is VlanMode.NONE:
            return "none"
        ids = ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in self.ranges)
        if self.mode is VlanMode.TRUNK:
            return f"trunk {ids}" + (f" (native {self.native})" if self.native is not None else "")
        return f"private {ids}" if self.mode is VlanMode.PRIVATE else ids


UNTAGGED = Vlan(VlanMode.NONE)


def access(vlan: int) -> Vlan:
    """One VLAN id; 0 means untagged, as hypervisors write it."""
    return UNTAGGED if vlan == 0 else Vlan(VlanMode.ACCESS, ((vlan, vlan),))


def trunk(ranges: Iterable[tuple[int, int]], native: int | None = None) -> Vlan:
    """A trunk of inclusive id ranges, in any order, overlapping or not.

    >>> trunk([(20, 30), (1, 5), (6, 10)]).ranges
    ((1, 10), (20, 30))
    """
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return Vlan(VlanMode.TRUNK, tuple(merged), native)
