"""What a reader remembers of a server from one session to the next, so that only what changed is fetched again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from vmi_console.collectors.vsphere.events import Happened
from vmi_console.collectors.vsphere.hardware import Hardware
from vmi_console.collectors.vsphere.ports import Port, PortKey


class Fetched(msgspec.Struct, frozen=True, gc=False):
    """What was fetched of a VM beside what is watched: good for as long as its basis holds (see `machine.basis`)."""

    hardware: Hardware
    basis: tuple[object, ...]
    sizes: dict[str, int] | None = None  # of its snapshots


class Memory:
    """Of one endpoint: another that answers at the same address begins anew. VMs are meant by their moid."""

    def __init__(self) -> None:
        self.last_event: Happened | None = None
        self.swept_at: float | None = None  # by the monotonic clock: when everything was last looked at again
        self.ports: dict[PortKey, Port] = {}
        self._endpoint = ""
        self._fetched: dict[str, Fetched] = {}
        self._plugged: dict[PortKey, tuple[str, str]] = {}

    def begin(self, endpoint: str) -> None:
        """Forgets everything of another endpoint."""
        if endpoint != self._endpoint:
            self._endpoint = endpoint
            self.last_event = self.swept_at = None
            for known in (self.ports, self._fetched, self._plugged):
                known.clear()

    def fetched(self, moid: str) -> Fetched | None:
        """What is known of a VM, if anything."""
        return self._fetched.get(moid)

    def keep(self, moid: str, found: Fetched) -> None:
        """Takes what was fetched of a VM."""
        self.drop(moid, but={key for key, _ in plugs(found.hardware)})
        self._fetched[moid] = found
        self._plugged.update((key, (moid, card)) for key, card in plugs(found.hardware))

    def drop(self, moid: str, but: Iterable[PortKey] = ()) -> None:
        """Forgets a VM and its ports, except for some of those."""
        known = self._fetched.pop(moid, None)
        left = {key for key, _ in plugs(known.hardware)} if known is not None else set()
        for key in left.difference(but):
            if self._plugged.get(key, ("", ""))[0] == moid:
                del self._plugged[key]
                self.ports.pop(key, None)

    def keep_only(self, moids: Iterable[str]) -> None:
        """Forgets all other VMs."""
        for moid in self._fetched.keys() - set(moids):
            self.drop(moid)

    def put_ports(self, asked: Iterable[PortKey], found: Mapping[PortKey, Port]) -> set[str]:
        """Takes the ports that were asked for; gives the VMs at those that are others now."""
        moved = {key for key in asked if self.ports.get(key) != found.get(key)}
        for key in moved:
            self.ports.pop(key, None)
            if key in found:
                self.ports[key] = found[key]
        return {self._plugged[key][0] for key in moved if key in self._plugged}

    def plugged(self, key: PortKey) -> tuple[str, str] | None:
        """The VM and the key of its card that is at a port."""
        return self._plugged.get(key)

    def port_keys(self) -> list[PortKey]:
        """All ports that a card is at."""
        return sorted(self._plugged)

    def port_keys_of(self, switch: str) -> list[PortKey]:
        """The ports of a switch, by its UUID, that a card is at."""
        return [key for key in self._plugged if key[0] == switch]


def plugs(found: Hardware) -> Iterator[tuple[PortKey, str]]:
    """The ports that a VM's cards are at, each with the card's key."""
    for card in found.cards:
        if card.plug.switch is not None and card.plug.port is not None:
            yield (card.plug.switch, card.plug.port), card.nic.key
