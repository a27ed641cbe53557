"""Everything but VMs: the tree of folders, hosts, networks and the rest that VMs lie in and refer to, as records."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from vmi_console.collectors.vsphere import host, network, values
from vmi_console.collectors.vsphere.alarms import TRIGGERED, alarms_of, triggered
from vmi_console.collectors.vsphere.hardware import Plug
from vmi_console.collectors.vsphere.network import DEFAULT, POLICY, Opaque, PortgroupPolicy, Setting
from vmi_console.collectors.vsphere.values import Parser, Told, moid, number, text, truth
from vmi_console.collectors.vsphere.watching import ASSIGNED, Update
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import Alarm, Cluster, Datacenter, Datastore, Network, NetworkKind, Switch, SwitchKind
from vmi_console.estate.vlan import Vlan

DEEPEST = 100


def _field_names(value: Any) -> dict[int, str]:
    return {int(each.key): str(each.name) for each in value}


def _datastore_hosts(value: Any) -> tuple[str, ...]:
    return tuple(sorted(str(each.key._moId) for each in value))


_PLACE: dict[str, Parser] = {"name": values.name, "parent": moid}

_CLUSTER: dict[str, Parser] = {
    **_PLACE,
    "configuration.drsConfig.enabled": truth,
    "configuration.dasConfig.enabled": truth,
    TRIGGERED: triggered,
}

_DATASTORE: dict[str, Parser] = {
    "name": values.name,
    "parent": moid,
    "host": _datastore_hosts,
    "summary.type": text,
    "summary.url": text,
    "summary.capacity": number,
    "summary.freeSpace": number,
    "summary.accessible": truth,
    TRIGGERED: triggered,
}

FIELDS = "CustomFieldsManager"
PORTGROUP = "DistributedVirtualPortgroup"
SWITCHES = frozenset(("DistributedVirtualSwitch", "VmwareDistributedVirtualSwitch"))
NETWORKS = frozenset(("Network", "OpaqueNetwork", PORTGROUP))

WATCHED: dict[str, Mapping[str, Parser]] = {
    "Folder": _PLACE,
    "Datacenter": _PLACE,
    "ComputeResource": _PLACE,
    "ClusterComputeResource": _CLUSTER,
    "HostSystem": host.WATCHED,
    "ResourcePool": _PLACE,
    "VirtualApp": {**_PLACE, "parentFolder": moid},
    "Network": network.NETWORK,
    "OpaqueNetwork": network.OPAQUE,
    PORTGROUP: network.PORTGROUP,
    "DistributedVirtualSwitch": network.SWITCH,
    "Datastore": _DATASTORE,
}
"""What of everything but VMs is watched, by type."""

_UNREAD_PARTS = (
    b"candidateVnic|computedPolicy|nicTeaming|security|offloadPolicy|shapingPolicy|ipV6Config|validLinkSpecification"
    b"|inShapingPolicy|outShapingPolicy|vendorSpecificConfig|uplinkTeamingPolicy|securityPolicy|macManagementPolicy"
    b"|filterPolicy|lacpPolicy|vmDirectPathGen2Allowed|networkResourcePoolKey"
)
_UNREAD_VALUES = b"fullFormattedMessage|subnetMask|dhcp|tsoEnabled|netStackInstanceKey|multiSelectAllowed"

SPARED = re.compile(
    ASSIGNED.pattern
    + rb"|<(?P<part>%s)(?: [^>]*)?(?<!/)>.*?</(?P=part)>|<(?P<value>%s)>[^<]*</(?P=value)>"
    % (_UNREAD_PARTS, _UNREAD_VALUES),
    re.DOTALL,
)
"""What is not read of an answer with hosts, portgroups and events. None of the parts can be within one of its name."""

CUSTOM_FIELDS: dict[str, Parser] = {"field": _field_names}

AROUND_VMS = NETWORKS | {"Folder", "StoragePod", "ResourcePool", "VirtualApp"}
SHAPES_VMS = frozenset(("name", "parent", "key", "summary", "parentFolder", POLICY))
"""What of these a VM's record depends on."""


LEAVES = NETWORKS | {"HostSystem", "Datastore"}
_ALARMS = frozenset((TRIGGERED,))
REACHES_FAR = frozenset(("parent", "config.network.vswitch"))
"""… of a leaf: whatever else moves of it shows in its own record alone."""


class Places:
    """The objects that were told of, each with its type and properties."""

    def __init__(self, endpoint: str) -> None:
        self.fields: dict[int, str] = {}
        self.alarm_names: dict[str, str] = {}
        self._endpoint = endpoint
        self._told: dict[str, Told] = {}
        self._kinds: dict[str, str] = {}
        self._of_kind: dict[str, set[str]] = {}
        self._by_key: dict[str, str] = {}
        self._by_opaque: dict[str, str] = {}
        self._vlans: dict[str, dict[str, tuple[Vlan, str]]] = {}
        self._touched: set[str] = set()
        self._all_touched = True

    # --- being told ---------------------------------------------------------------------------------------------------

    def take(self, update: Update) -> bool:
        """Takes a change; True where VMs may now lie somewhere else, or be plugged into something else, by name."""
        if update.kind == FIELDS:
            fields = update.told.get("field") or {}
            changed, self.fields = fields != self.fields, fields
            return changed
        if update.left:
            self._told.pop(update.moid, None)
            self._of_kind.get(self._kinds.pop(update.moid, ""), set()).discard(update.moid)
            self._vlans.pop(update.moid, None)
            self._index()
            self._all_touched = True
            return update.kind in AROUND_VMS
        known = self._told.setdefault(update.moid, {})
        self._kinds[update.moid] = update.kind
        self._of_kind.setdefault(update.kind, set()).add(update.moid)
        moved = {path for path, value in update.told.items() if known.get(path) != value}
        was_blocked = _setting(known).blocked
        known.update(update.told)
        if host.PORTGROUPS in moved:
            self._vlans[update.moid] = {name: (vlan, on) for name, vlan, on in host.vlans(known)}
        if moved & {"key", "summary"} or update.entered:
            self._index(update.moid)
        self._touch(update, moved)
        if _setting(known).blocked != was_blocked:
            return True
        return update.kind in AROUND_VMS and (update.entered or bool(moved & SHAPES_VMS))

    def _touch(self, update: Update, moved: set[str]) -> None:
        """Notes whose records may be others now. Most changes are a datastore's free space or a host's state."""
        if moved <= _ALARMS:
            self._touched.add(update.moid)
        elif update.kind not in LEAVES or moved & REACHES_FAR:
            self._all_touched = self._all_touched or bool(moved)
        else:
            self._touched.add(update.moid)
            if host.PORTGROUPS in moved:
                self._touched.update(self.moids("Network"))

    def _index(self, *moids: str) -> None:
        if not moids:
            self._by_key.clear()
            self._by_opaque.clear()
        for each in moids or tuple(self._told):
            told, kind = self._told[each], self._kinds[each]
            if kind == PORTGROUP and told.get("key"):
                self._by_key[told["key"]] = each
            elif kind == "OpaqueNetwork" and isinstance(summary := told.get("summary"), Opaque) and summary.id:
                self._by_opaque[summary.id] = each

    # --- looking up ---------------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many objects are known."""
        return len(self._told)

    def moids(self, *kinds: str) -> Iterator[str]:
        """The objects of these types."""
        for kind in kinds:
            yield from sorted(self._of_kind.get(kind, ()))

    def network_of(self, plug: Plug) -> EntityId | None:
        """The network that a card is plugged into; None where it is nowhere or cannot be told."""
        if plug.portgroup is not None:
            # A portgroup's key is its moid in every release so far, though nothing promises it.
            found = self._by_key.get(plug.portgroup) or (plug.portgroup if plug.portgroup in self._told else None)
            return self._id("network", found or plug.portgroup)
        if plug.opaque is not None:
            found = self._by_opaque.get(plug.opaque)
            return self._id("network", found) if found is not None else None
        if plug.network is not None:
            return self._id("network", plug.network)
        named = [each for each in self.moids("Network") if self._told[each].get("name") == plug.name]
        return self._id("network", named[0]) if len(named) == 1 else None

    def folder_of(self, parent: str | None, vapp: str | None = None) -> str:
        """The path of folders below a datacenter's own; a / within a name is written %2f in it, as on the wire."""
        if parent is None and vapp is not None:
            top = vapp
            for _ in range(DEEPEST):  # a vApp within a vApp is in the folder of the outermost
                told = self._told.get(top, {})
                if told.get("parentFolder") is not None:
                    return self.folder_of(told["parentFolder"])
                if self._kinds.get(above := told.get("parent") or "") != "VirtualApp":
                    return ""
                top = above
        names: list[str] = []
        for each in self._ancestry(parent):
            if self._kinds.get(each) not in ("Folder", "StoragePod"):
                break
            above = self._told[each].get("parent")
            if above is not None and self._kinds.get(above) != "Datacenter" and self._told[each].get("name"):
                names.append(self._told[each]["name"].replace("/", "%2f"))
        return "/".join(reversed(names))

    def pool_of(self, pool: str | None) -> str | None:
        """The path of resource pools below a cluster's or host's own; empty for that one itself."""
        if pool is None or pool not in self._told:
            return None
        names = []
        for each in self._ancestry(pool):
            above = self._told[each].get("parent") or ""
            if self._kinds.get(each) not in ("ResourcePool", "VirtualApp"):
                break
            if self._kinds.get(above) in ("ResourcePool", "VirtualApp"):
                names.append(self._name(each).replace("/", "%2f"))
        return "/".join(reversed(names))

    def portgroup_setting(self, key: str) -> tuple[Setting, PortgroupPolicy]:
        """What a portgroup gives its ports, and whether they may differ. Of one that is not known: nothing, and yes."""
        told = self._told.get(self._by_key.get(key, key), {})
        return _setting(told), told.get(POLICY) or PortgroupPolicy()

    def switch_of(self, uuid: str) -> str | None:
        """The distributed switch of this UUID."""
        return next((each for each in self.moids(*SWITCHES) if self._told[each].get("uuid") == uuid), None)

    def uuid_of(self, switch: str) -> str | None:
        """The UUID of a distributed switch."""
        uuid: str | None = self._told.get(switch, {}).get("uuid")
        return uuid

    def _uplinks(self) -> set[str]:
        """The portgroups that join distributed switches to the world."""
        return {
            portgroup
            for each in self.moids(*SWITCHES)
            for portgroup in self._told[each].get("config.uplinkPortgroup") or ()
        }

    def kind(self, moid: str) -> str | None:
        """The type of an object."""
        return self._kinds.get(moid)

    # --- telling ------------------------------------------------------------------------------------------------------

    def touched(self) -> tuple[list[AnyRecord], bool]:
        """The records that may be others since the last time, and whether they are all there are."""
        everything, touched = self._all_touched, self._touched
        self._all_touched, self._touched = False, set()
        return list(self.records(None if everything else touched)), everything

    def records(self, only: Collection[str] | None = None) -> Iterator[AnyRecord]:
        """All there are, or those of some objects: from the outside in, then what is plugged in."""
        by_uuid = {
            told["uuid"]: self._id("switch", each)
            for each in self.moids(*SWITCHES)
            if (told := self._told[each]).get("uuid")
        }
        uplinks = self._uplinks()
        for kind in _ORDER:
            for each in self.moids(kind) if only is None else sorted(self._of_kind.get(kind, set()) & set(only)):
                match kind:
                    case "Datacenter":
                        yield self._datacenter(each)
                    case "ClusterComputeResource":
                        yield self._cluster(each)
                    case "HostSystem":
                        yield from self._host(each, by_uuid)
                    case "Datastore":
                        yield self._datastore(each)
                    case _ if kind in SWITCHES:
                        yield self._distributed_switch(each)
                    case _ if each not in uplinks:  # no VM is ever plugged in there
                        yield self._network(each)

    def _datacenter(self, each: str) -> Datacenter:
        folder = self.folder_of(self._told[each].get("parent"))
        return Datacenter(id=self._id("datacenter", each), name=self._name(each), folder=folder)

    def _cluster(self, each: str) -> Cluster:
        told = self._told[each]
        return Cluster(
            id=self._id("cluster", each),
            name=self._name(each),
            datacenter=self._datacenter_of(each),
            drs=told.get("configuration.drsConfig.enabled"),
            ha=told.get("configuration.dasConfig.enabled"),
            alarms=self._alarms(each),
        )

    def _host(self, each: str, by_uuid: Mapping[str, EntityId]) -> Iterator[AnyRecord]:
        told, entity = self._told[each], self._id("host", each)
        above = told.get("parent") or ""
        own = {found.name: self._switch_id(each, found.name) for found in host.standard_switches(told)}
        yield host.host(
            entity,
            told,
            moid=each,
            cluster=self._id("cluster", above) if self._kinds.get(above) == "ClusterComputeResource" else None,
            datacenter=self._datacenter_of(each),
            switches={**own, **by_uuid},
            alarms=self._alarms(each),
        )
        for found in host.standard_switches(told):
            yield host.switch(own[found.name], found, entity, told, self._datacenter_of(each))

    def _distributed_switch(self, each: str) -> Switch:
        told = self._told[each]
        return Switch(
            id=self._id("switch", each),
            name=self._name(each),
            type=SwitchKind.DISTRIBUTED,
            mtu=told.get("config.maxMtu") or None,
            uplinks=told.get("config.uplinkPortPolicy") or (),
            datacenter=self._datacenter_of(each),
            alarms=self._alarms(each),
        )

    def _network(self, each: str) -> Network:
        told, kind = self._told[each], self._kinds[each]
        hosts: tuple[str, ...] = told.get("host") or ()
        host_vlans: dict[EntityId, Vlan] = {}
        switch = vlan = None
        if kind == PORTGROUP:
            switch = told.get("config.distributedVirtualSwitch")
            switch = self._id("switch", switch) if switch else None
            # Of an overlay segment of NSX the portgroup's VLAN says nothing.
            vlan = _setting(told).vlan if told.get("config.backingType") != "nsx" else None
        elif kind == "Network":
            on = {at: self._vlans[at][told["name"]] for at in hosts if told.get("name") in self._vlans.get(at, {})}
            host_vlans = {self._id("host", at): found for at, (found, _) in on.items()}
            distinct = set(host_vlans.values())
            vlan = distinct.pop() if len(distinct) == 1 else None
            if len(hosts) == len(on) == 1:
                switch = self._switch_id(hosts[0], on[hosts[0]][1])
        return Network(
            id=self._id("network", each),
            name=self._name(each),
            type=_NETWORK_KINDS[kind],
            vlan=vlan,
            host_vlans=host_vlans,
            switch=switch,
            datacenter=self._datacenter_of(each),
            active=told.get("summary.accessible"),
            hosts=tuple(self._id("host", at) for at in hosts),
            blocked=_setting(told).blocked,
            alarms=self._alarms(each),
        )

    def _datastore(self, each: str) -> Datastore:
        told = self._told[each]
        return Datastore(
            id=self._id("datastore", each),
            name=self._name(each),
            type=told.get("summary.type"),
            path=told.get("summary.url"),
            capacity_bytes=told.get("summary.capacity"),
            free_bytes=told.get("summary.freeSpace"),
            accessible=told.get("summary.accessible"),
            hosts=tuple(self._id("host", at) for at in told.get("host") or ()),
            datacenter=self._datacenter_of(each),
            alarms=self._alarms(each),
        )

    def _datacenter_of(self, each: str) -> EntityId | None:
        for above in self._ancestry(each):
            if self._kinds[above] == "Datacenter":
                return self._id("datacenter", above)
        return None

    def _ancestry(self, each: str | None) -> Iterator[str]:
        """An object and all above it, as far as they are known."""
        for _ in range(DEEPEST):
            if each is None or each not in self._told:
                return
            yield each
            each = self._told[each].get("parent")

    def _alarms(self, each: str) -> tuple[Alarm, ...] | None:
        return alarms_of(each, self._told[each], self.alarm_names)

    def _name(self, each: str) -> str:
        return self._told[each].get("name") or each

    def _id(self, kind: str, moid: str) -> EntityId:
        return entity_id(kind, self._endpoint, moid)

    def _switch_id(self, host: str, name: str) -> EntityId:
        return self._id("switch", f"{host}:{name}")


def _setting(told: Told) -> Setting:
    """What a portgroup gives its ports."""
    return told.get(DEFAULT) or Setting()


_ORDER = ("Datacenter", "ClusterComputeResource", *sorted(SWITCHES), "HostSystem", *sorted(NETWORKS), "Datastore")

_NETWORK_KINDS = {
    "Network": NetworkKind.PORTGROUP,
    "OpaqueNetwork": NetworkKind.OPAQUE,
    PORTGROUP: NetworkKind.DISTRIBUTED_PORTGROUP,
}
