"""What the names in a domain's definition refer to on its host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vmi_console.estate.identity import EntityId, entity_id


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The networks and pools of one endpoint, by the names that definitions use."""

    endpoint: str
    host: EntityId | None = None
    networks: Mapping[str, EntityId] = field(default_factory=dict)
    portgroups: Mapping[tuple[str, str], EntityId] = field(default_factory=dict)  # by network and portgroup
    default_portgroups: Mapping[str, EntityId] = field(default_factory=dict)  # by network
    pools: Mapping[str, EntityId] = field(default_factory=dict)
    pool_folders: Mapping[str, EntityId] = field(default_factory=dict)  # by target path, without trailing slash

    def vm(self, uuid: str) -> EntityId:
        """A domain of this endpoint."""
        return entity_id("vm", self.endpoint, uuid)

    def bridge(self, name: str) -> EntityId:
        """A host's bridge used directly, as a network."""
        return entity_id("network", self.endpoint, f"bridge:{name}")

    def network(self, name: str, portgroup: str | None) -> EntityId | None:
        """What an interface is plugged into: the portgroup it names, else the network's default one, else the network.

        libvirt takes the network itself where the named portgroup does not exist.
        """
        if portgroup is not None and (found := self.portgroups.get((name, portgroup))) is not None:
            return found
        if portgroup is None and (default := self.default_portgroups.get(name)) is not None:
            return default
        return self.networks.get(name)

    def pool_of(self, path: str) -> EntityId | None:
        """The pool in whose folder a file or device lies: the deepest such folder."""
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if (pool := self.pool_folders.get(folder)) is not None:
                return pool
        return None
