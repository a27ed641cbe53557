"""Which VM stands where its kin does not: the one web-pci machine on VLAN 666 while the other nine are on 110.

No policy is needed to see that, and none is replaced by it: what is odd here is worth a look, not a finding. A family
is VMs of one endpoint whose names differ in what follows the first figure: `web-pci-07` is of `web-pci`. Where nearly
all of a family are on a VLAN, the few that are on another one are odd.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Hashable, Iterable
from typing import NamedTuple

from vmi_console.estate.identity import EntityId

LEAST = 5  # members without whom there is no saying what is usual
USUAL = 0.8  # share of a family that makes a place its usual one
FEW = 20  # at most one in so many is odd …
MOST = 8  # … and never more than so many in one place

_figure = re.compile(r"\d")


class Odd(NamedTuple):
    """Why a VM is odd in a place: where its family is, and how many of it."""

    family: str
    usual: Hashable
    there: int
    of: int


def family_of(name: str) -> str:
    """What the names of a family have in common; empty where a name has no figure and so no kin.

    >>> family_of("web-pci-07"), family_of("test-01-DO-NOT-DELETE"), family_of("gateway")
    ('web-pci', 'test', '')
    """
    figure = _figure.search(name[:200])
    return name[: figure.start()].rstrip("-_. ").casefold() if figure is not None else ""


class Families:
    """Who belongs together, where each is, and who is odd: kept up to date one VM at a time."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str], dict[Hashable, set[EntityId]]] = {}
        self._of: dict[EntityId, tuple[tuple[str, str], tuple[Hashable, ...]]] = {}
        self._sizes: Counter[tuple[str, str]] = Counter()
        self._moved: set[tuple[str, str]] = set()
        self._odd_of: dict[tuple[str, str], dict[tuple[EntityId, Hashable], Odd]] = {}
        self.odd: dict[tuple[EntityId, Hashable], Odd] = {}  # by VM and place

    def put(self, vm: EntityId, endpoint: str, name: str, places: Iterable[Hashable]) -> None:
        """From now on this VM has this name and is in these places; in none when it is gone."""
        told = ((endpoint, family_of(name)), tuple(places))
        before = self._of.get(vm)
        if before == told:
            return
        if before is not None:
            family, old = before
            for place in old:
                self._places[family][place].discard(vm)
            self._sizes[family] -= 1
            self._moved.add(family)
            del self._of[vm]
        family, new = told
        if family[1] and new:
            self._of[vm] = told
            self._sizes[family] += 1
            members = self._places.setdefault(family, {})
            for place in new:
                members.setdefault(place, set()).add(vm)
            self._moved.add(family)

    def settle(self) -> Generator[None, None, set[EntityId]]:
        """Works `odd` out for the families that moved, in steps; gives the VMs that became odd or are no longer."""
        changed: set[EntityId] = set()
        while self._moved:
            family = self._moved.pop()
            before = self._odd_of.pop(family, {})
            after = self._judge(family)
            if after:
                self._odd_of[family] = after
            for key in before.keys() - after.keys():
                del self.odd[key]
            self.odd.update(after)
            changed.update(vm for vm, _ in before.keys() ^ after.keys())
            yield
        return changed

    def _judge(self, family: tuple[str, str]) -> dict[tuple[EntityId, Hashable], Odd]:
        places = {place: members for place, members in self._places.pop(family, {}).items() if members}
        if places:
            self._places[family] = places
        else:
            del self._sizes[family]
        if len(places) < 2:
            return {}
        size = self._sizes[family]
        usual, there = max(((place, len(members)) for place, members in places.items()), key=lambda each: each[1])
        if size < LEAST or there < USUAL * size:
            return {}
        few = min(MOST, max(1, size // FEW))
        why = Odd(family[1], usual, there, size)
        odd = {(vm, place): why for place, members in places.items() if len(members) <= few for vm in members}
        return odd if len(odd) <= max(MOST, size // FEW) else {}  # a family that is all over the place has no usual one
