"""Which VMs are on a host, on a network, under an address; kept true as records come and go."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Host

NONE: dict[EntityId, None] = {}


class Index:
    """From keys to entities, in the order in which they came.

    Most keys (a MAC, an address) belong to one entity, which is then held without a collection around it.
    """

    def __init__(self) -> None:
        self._entities: dict[str, EntityId | dict[EntityId, None]] = {}

    def __getitem__(self, key: str) -> Collection[EntityId]:
        """The entities of `key`; none is no error."""
        held = self._entities.get(key, NONE)
        return (held,) if isinstance(held, str) else held.keys()

    def __iter__(self) -> Iterator[str]:
        return iter(self._entities)

    def add(self, key: str, entity: EntityId) -> None:
        """Puts `entity` under `key`, if it is not there."""
        held = self._entities.setdefault(key, entity)
        if isinstance(held, dict):
            held[entity] = None
        elif held != entity:
            self._entities[key] = {held: None, entity: None}

    def discard(self, key: str, entity: EntityId) -> None:
        """Takes `entity` away from `key`, if it is there."""
        held = self._entities.get(key)
        if held == entity:
            del self._entities[key]
        elif isinstance(held, dict):
            held.pop(entity, None)
            if not held:
                del self._entities[key]

    def move(self, entity: EntityId, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        """Puts `entity` under the keys `new` where it was under `old`."""
        for key in old:
            if key not in new:
                self.discard(key, entity)
        for key in new:
            if key not in old:
                self.add(key, entity)


class VmIndexes:
    """The VMs by everything a person or an alert may know of them."""

    def __init__(self) -> None:
        self.by_host = Index()
        self.by_network = Index()
        self.by_mac = Index()
        self.by_ip = Index()
        self.by_uuid = Index()  # BIOS and instance UUIDs alike

    def move(self, old: VM | None, new: VM | None) -> None:
        """Follows one VM from its old state to its new one; None where it is not there."""
        moved = new if new is not None else old
        assert moved is not None
        entity = moved.id
        if old is None or new is None or old.host != new.host:
            self.by_host.move(entity, hosts(old), hosts(new))
        if old is None or new is None or (old.uuid, old.instance_uuid) != (new.uuid, new.instance_uuid):
            self.by_uuid.move(entity, uuids(old), uuids(new))
        if old is None or new is None or old.nics != new.nics:
            self.by_network.move(entity, networks(old), networks(new))
            self.by_mac.move(entity, macs(old), macs(new))
            self.by_ip.move(entity, ips(old), ips(new))


def hosts(vm: VM | None) -> tuple[str, ...]:
    """The host it runs on, if that is known."""
    return (vm.host,) if vm is not None and vm.host is not None else ()


def uuids(vm: VM | None) -> tuple[str, ...]:
    """The UUIDs that other sightings of the machine, or its clones, have too."""
    return tuple([uuid for uuid in (vm.uuid, vm.instance_uuid) if uuid is not None]) if vm is not None else ()


def networks(vm: VM | None) -> tuple[str, ...]:
    """The networks its cards are plugged into."""
    return tuple([nic.network for nic in vm.nics if nic.network is not None]) if vm is not None else ()


def macs(vm: VM | None) -> tuple[str, ...]:
    """The MACs of its cards."""
    return tuple([nic.mac for nic in vm.nics if nic.mac is not None]) if vm is not None else ()


def ips(vm: VM | None) -> tuple[str, ...]:
    """The addresses of its cards."""
    return tuple([address.ip for nic in vm.nics for address in nic.addresses]) if vm is not None else ()


def haystack(vm: VM, host: Host | None) -> str:
    """What a free word in the search box is looked for in: name, host, networks, MACs and addresses, in lower case.

    Parts are separated by newlines, which no word holds.
    """
    parts = [vm.name]
    if host is not None:
        parts.append(host.name)
    for nic in vm.nics:
        if nic.network_name is not None:
            parts.append(nic.network_name)
        if nic.mac is not None:
            parts.append(nic.mac)
        parts.extend([address.ip for address in nic.addresses])
    return "\n".join(parts).lower()
