"""VMs that this console has plugged in elsewhere, for their quarantine: how policies see them meanwhile.

Where a quarantine plugs a VM in is nobody's fault and no answer to any policy, nor does it mend what was wrong before:
the VM will be given back as it was. So it is judged as it was before, and as it is in all else. What holds only before,
and not where the quarantine has put the VM, is not known: it is never a failure, and never a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from vmi_console.collectors.quarantine import RECORD_PREFIX, Mode
from vmi_console.estate.effective import plugged
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Network, Nic, Power
from vmi_console.policy.judgement import Judgement, Verdict, unknown

_LINK = ("connected", "connect_at_power_on", "link_up", "addresses")
_PLACE = ("type", "network", "source", "port", "port_vlan", "blocked", "filter", "filter_parameters")

FIELDS: Mapping[Mode, tuple[str, ...]] = {
    Mode.ISOLATE: (*_PLACE, *_LINK),
    Mode.DISCONNECT: _LINK,
    Mode.PAUSE: (),
    Mode.OBSERVE: (),
}
"""What a quarantine changes of a card, or what follows from that. The effective VLAN is worked out anew."""


class Displacement(msgspec.Struct, frozen=True, kw_only=True):
    """What is a quarantine's doing in a VM, which was as `before` says."""

    mode: Mode
    before: VM
    cards: frozenset[str] | None  # keys of the cards that it holds; None: of all, since it is under way
    left: VM | None = None  # as it was when it was given back: what moved since then is nobody's quarantine
    placed: tuple[Nic, ...] = ()  # its cards in another network, as they were when they were first seen there

    def as_before(self, vm: VM, network_of: Callable[[EntityId], Network | None]) -> VM:
        """The VM without what the quarantine did; itself where that is nothing (any more)."""
        networks = _networks((*vm.nics, *self.before.nics), network_of)
        known = {nic.key: nic for nic in self.before.nics}
        nics = [
            plugged(replace(nic, **self._fields(known[nic.key])), vm.host, networks) if self._holds(nic) else nic
            for nic in vm.nics
        ]
        paused = self.mode is Mode.PAUSE and vm.power is Power.PAUSED
        paused = paused and (self.left is None or self.left.power is Power.PAUSED)
        attributes = {
            name: self.before.attributes.get(name, "") if value.startswith(RECORD_PREFIX) else value
            for name, value in vm.attributes.items()
            if not value.startswith(RECORD_PREFIX) or name in self.before.attributes
        }
        changed = replace(vm, nics=tuple(nics), power=self.before.power if paused else vm.power, attributes=attributes)
        return vm if changed == vm else changed

    def seen(self, vm: VM) -> Displacement:
        """The same, with the cards of the VM that are seen in the quarantine's network for the first time."""
        if self.mode is not Mode.ISOLATE:
            return self
        networks = {nic.key: nic.network for nic in self.before.nics}
        new = tuple(
            nic
            for nic in vm.nics
            if nic.key in networks
            and nic.network not in (None, networks[nic.key])
            and all((nic.key, nic.network) != (each.key, each.network) for each in self.placed)
        )
        return replace(self, placed=(*self.placed, *new)) if new else self

    def _holds(self, nic: Nic) -> bool:
        """Whether a card is as the quarantine has left it, and was there before."""
        if not (self.cards is None or nic.key in self.cards) or all(nic.key != each.key for each in self.before.nics):
            return False
        if any((nic.key, nic.network) == (each.key, each.network) and nic.vlan != each.vlan for each in self.placed):
            return False  # somebody has given the network another VLAN since
        if self.left is None:
            return True
        return any(nic.key == each.key and self._fields(nic) == self._fields(each) for each in self.left.nics)

    def _fields(self, nic: Nic) -> dict[str, Any]:
        return {field: getattr(nic, field) for field in FIELDS[self.mode]}


def verdict_of(judge: Callable[[VM], Judgement], vm: VM, before: VM) -> Judgement:
    """What is said of a VM that a quarantine has displaced, and that was `before` without it."""
    judgement = judge(before)
    if before is vm or judgement.verdict is not Verdict.PASS:
        return judgement
    present = judge(vm)
    if present.verdict is Verdict.PASS:
        return judgement
    return unknown(f"put there by this console's quarantine: {present.evidence or present.because}", *present.paths)


def kept_of(vm: VM) -> VM:
    """As much of a VM as has to be known to see it as it was."""
    return VM(id=vm.id, name=vm.name, nics=vm.nics, power=vm.power, attributes=vm.attributes)


def _networks(nics: Iterable[Nic], network_of: Callable[[EntityId], Network | None]) -> dict[EntityId, Network]:
    """The networks of these cards, and those that they are portgroups of, as they are now."""
    found: dict[EntityId, Network] = {}
    for nic in nics:
        entity = nic.network
        while entity is not None and entity not in found and (network := network_of(entity)) is not None:
            found[entity] = network
            entity = network.parent
    return found
