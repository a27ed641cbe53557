"""Which change is behind a failure, and who made it.

A judgement names the properties that speak against a VM (`nics[4000].vlan`); a change names the property that is
another. The latest change of one of those properties is the origin of the finding. Where a network's edit showed in
many VMs (`Change.cause`), the network's own change is the origin of all of them: one incident.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from vmi_console.estate.changes import Action, Amendment, Change, Seen
from vmi_console.estate.identity import EntityId, endpoint_of, entity_id, kind_of, native_of

REMEMBERED = 50_000
"""Changes; at the calm rate of a large estate, some hours."""

OF_ONE_NETWORK = 50

OF_VLAN = ("network", "port_vlan", "type")
"""Properties of a card from which its effective VLAN follows, beside the host it is on."""

_card_vlan = re.compile(r"(nics\[.*\])\.vlan", re.DOTALL)


class Origin(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The change behind a finding. `entity` is the VM (or its guest), or the network whose edit showed in the VM."""

    number: int  # of the change: amendments and the change log know it by that
    entity: EntityId
    observed_at: datetime
    name: str = ""  # of the entity then; untrusted
    path: str = ""
    actor: str | None = None  # only where an event names this entity and this property
    occurred_at: datetime | None = None
    not_before: datetime | None = None
    seen: Seen = Seen.EVENT

    @property
    def is_shared(self) -> bool:
        """Whether it can be behind findings on several VMs."""
        return kind_of(self.entity) not in ("vm", "guest")


class Origins:
    """The changes of late, by the VM in which they show."""

    def __init__(self) -> None:
        self._order: deque[Change] = deque()
        self._of_vm: dict[EntityId, deque[Change]] = {}
        self._of_network: dict[EntityId, deque[Change]] = {}
        self._authors: dict[int, Amendment] = {}

    def remember(self, changes: Iterable[Change]) -> None:
        """Takes in changes, in the order of their numbers."""
        for change in changes:
            match kind_of(change.entity):
                case "vm" | "guest":
                    self._of_vm.setdefault(vm_of(change.entity), deque()).append(change)
                    self._order.append(change)
                case "network":
                    self._of_network.setdefault(change.entity, deque(maxlen=OF_ONE_NETWORK)).append(change)
                case _:
                    pass
        while len(self._order) > REMEMBERED:
            self._forget(self._order.popleft())

    def amend(self, amendments: Iterable[Amendment]) -> None:
        """Who made a change turns out after it was taken in."""
        for amendment in amendments:
            self._authors[amendment.number] = amendment
        while len(self._authors) > REMEMBERED:
            del self._authors[next(iter(self._authors))]

    def of(self, vm: EntityId, paths: Iterable[str]) -> Origin | None:
        """The latest change of one of these properties; of a VM that was just made, its making."""
        wanted = [spelling for path in paths for spelling in behind(path)]
        for change in reversed(self._of_vm.get(vm, ())):
            made = change.action is Action.ADDED and not change.path
            if made or any(touches(change.path, path) for path in wanted):
                return self._origin(change)
        return None

    def _origin(self, change: Change) -> Origin:
        if change.cause is not None:
            change = self._cause(change, change.cause)
        author = self._authors.get(change.number)
        return Origin(
            number=change.number,
            entity=change.entity,
            name=change.name,
            path=change.path,
            actor=author.actor if author is not None else change.actor,
            observed_at=change.observed_at,
            occurred_at=(author.occurred_at if author is not None else None) or change.occurred_at,
            not_before=change.not_before,
            seen=change.seen,
        )

    def _cause(self, change: Change, network: EntityId) -> Change:
        """The network's own change in the same occurrence: that of its VLAN, if it has several."""
        same = [each for each in self._of_network.get(network, ()) if each.observed_at == change.observed_at]
        same.sort(key=lambda each: touches(each.path, "vlan") or touches(each.path, "host_vlans"))
        return same[-1] if same else change

    def _forget(self, change: Change) -> None:
        changes = self._of_vm[vm_of(change.entity)]
        changes.popleft()
        if not changes:
            del self._of_vm[vm_of(change.entity)]


def vm_of(entity: EntityId) -> EntityId:
    """The VM that a guest is in, or the VM itself."""
    return entity if kind_of(entity) == "vm" else entity_id("vm", endpoint_of(entity), native_of(entity))


def behind(path: str) -> Iterator[str]:
    """The property itself, and those from which it follows."""
    yield path
    if (card := _card_vlan.fullmatch(path)) is not None:
        yield from (f"{card[1]}.{field}" for field in OF_VLAN)
        yield "host"


def touches(changed: str, path: str) -> bool:
    """Whether a change at one path is one of the property at the other, or of what it is part of.

    >>> touches("applications[telnetd]", "applications"), touches("nics[4000]", "nics[4000].vlan")
    (True, True)
    """
    short, long = sorted((changed, path), key=len)
    return bool(short) and long.startswith(short) and long[len(short) : len(short) + 1] in ("", ".", "[")
