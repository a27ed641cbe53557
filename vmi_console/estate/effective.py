"""Where a vNIC is really plugged in: its effective VLAN, network name and switch.

The VLAN of a vNIC is decided in this order (vSphere networking guide, “VLAN configuration”; libvirt's domain and
network formats, `<vlan>` and `<portgroup>`):

1. what is set on the port itself or in the VM's own definition (`Nic.port_vlan`) overrides everything;
2. a standard-switch portgroup has a VLAN of its own on each host (`Network.host_vlans`): that of the host the VM runs
   on counts;
3. else the network's own VLAN; a standard portgroup's 4095 means that the guest tags, with any id;
4. else that of the network it is a portgroup of;
5. where the VLAN so found is a trunk, the guest tags, and the trunk is the effective VLAN.

Whatever is missing on the way gives None: *not known*. A card that is plugged in nowhere, or that reaches the world
without an Ethernet port (user-mode networking), is known to carry no tag. A card that is plugged in but disconnected
keeps the VLAN of its port: `Nic.connected` and `Nic.link_up` say that nothing passes.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM, Network, Nic, NicKind
from vmi_console.estate.vlan import UNTAGGED, Vlan, access, trunk

GUEST_TAGGING = access(4095)
ANY_ID = trunk([(1, 4094)])

WITHOUT_PORT = frozenset({NicKind.NONE, NicKind.USER})


def network_vlan(network: Network, host: EntityId | None, parent: Network | None) -> Vlan | None:
    """The VLAN that `network` gives to a port on `host`; None where it is not known.

    `parent` is the network that this one is a portgroup of, if there is one and it is known.
    """
    vlan = network.host_vlans.get(host) if host is not None else None
    if vlan is None:
        vlan = network.vlan
    if vlan is None and not network.host_vlans and parent is not None:
        vlan = parent.vlan
    return ANY_ID if vlan == GUEST_TAGGING else vlan


def effective_vlan(nic: Nic, host: EntityId | None, network: Network | None, parent: Network | None) -> Vlan | None:
    """The VLAN of a card of a VM that runs on `host`; None where it is not known."""
    if nic.port_vlan is not None:
        return ANY_ID if nic.port_vlan == GUEST_TAGGING else nic.port_vlan
    if network is not None:
        return network_vlan(network, host, parent)
    if nic.network is None and nic.type in WITHOUT_PORT:
        return UNTAGGED
    return None


def plugged(nic: Nic, host: EntityId | None, networks: Mapping[EntityId, Network]) -> Nic:
    """The card with `vlan`, `network_name` and `switch` as they follow from `networks`; itself if they are so."""
    network = networks.get(nic.network) if nic.network is not None else None
    parent = networks.get(network.parent) if network is not None and network.parent is not None else None
    vlan = effective_vlan(nic, host, network, parent)
    name = network.name if network is not None else None
    switch = network.switch if network is not None else None
    if switch is None and parent is not None:
        switch = parent.switch
    if nic.vlan == vlan and nic.network_name == name and nic.switch == switch:
        return nic
    return msgspec.structs.replace(nic, vlan=vlan, network_name=name, switch=switch)


def cause_of_vlan(before: VM, after: VM, path: str, causes: Mapping[EntityId, EntityId]) -> EntityId | None:
    """The network whose change shows at `path` of a VM; None where it is no card's VLAN, or the VM's own doing.

    `causes` maps each network whose ports may have another VLAN than before to the network that was changed: itself,
    or the one it is a portgroup of.
    """
    if before.host != after.host:
        return None
    for new in after.nics:
        if path == f"nics[{new.key}].vlan" and new.network is not None:
            own = (new.network, new.port_vlan, new.type)
            if any(own == (old.network, old.port_vlan, old.type) for old in before.nics if old.key == new.key):
                return causes.get(new.network)
    return None
