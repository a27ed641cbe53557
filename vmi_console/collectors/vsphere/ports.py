"""Ports of distributed switches: what one has of its own over its portgroup, and whether its link is up.

No property tells of ports: they are asked for by key (`DistributedVirtualSwitch.FetchDVPorts`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from pyVmomi import vim

from vmi_console.collectors.vsphere.network import Setting, setting
from vmi_console.collectors.vsphere.transport import Line
from vmi_console.collectors.vsphere.values import truth
from vmi_console.estate.vlan import Vlan

type PortKey = tuple[str, str]
"""The UUID of a switch, and the key of a port on it."""

SPARED = re.compile(
    rb"<(connectee|stats|inShapingPolicy|outShapingPolicy|vendorSpecificConfig|uplinkTeamingPolicy|securityPolicy"
    rb"|macManagementPolicy|filterPolicy|qosTag|ipfixEnabled|txUplink|lacpPolicy|networkResourcePoolKey"
    rb"|vmDirectPathGen2Allowed|vlanIds)(?: [^>]*)?(?<!/)>.*?</\1>",
    re.DOTALL,
)
"""Of 3.5 KB that a port takes: what is not read, which is five sixths of the time it takes to parse."""


class Port(msgspec.Struct, frozen=True, gc=False):
    """DistributedVirtualPort. None: as the portgroup has it, or for the link, not known."""

    vlan: Vlan | None = None
    blocked: bool | None = None
    link_up: bool | None = None


def port(found: Any) -> Port:
    """What a port has of its own. The rest of its setting repeats its portgroup's, marked as inherited."""
    own: Setting = setting(found.config.setting if found.config is not None else None, own=True)
    running = found.state.runtimeInfo if found.state is not None else None
    return Port(own.vlan, own.blocked, truth(running.linkUp) if running is not None else None)


def fetch(line: Line, switch: Any, keys: Sequence[str]) -> dict[PortKey, Port]:
    """The ports of a switch (a managed object) that have these keys; those that are gone are left out."""
    criteria = vim.dvs.PortCriteria(portKey=list(keys))
    found = line.call_sparing(SPARED, switch, "FetchPorts", criteria)
    return {(str(each.dvsUuid), str(each.key)): port(each) for each in found or ()}
