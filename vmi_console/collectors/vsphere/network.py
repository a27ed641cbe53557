"""Networks, portgroups and distributed switches: what is watched of them, and what their VLANs are."""

from __future__ import annotations

from typing import Any

import msgspec
from pyVmomi import vim

from vmi_console.collectors.vsphere import values
from vmi_console.collectors.vsphere.alarms import TRIGGERED, triggered
from vmi_console.collectors.vsphere.values import Parser, moid, text
from vmi_console.estate.vlan import Vlan, VlanMode, access, trunk

_dvs = vim.dvs.VmwareDistributedVirtualSwitch

HIGHEST = 4094


def vlan(spec: Any) -> Vlan | None:
    """From VmwareDistributedVirtualSwitchVlanSpec: an id, a trunk, or the secondary id of a private VLAN."""
    match spec:
        case _dvs.PvlanSpec():
            return Vlan(VlanMode.PRIVATE, ((int(spec.pvlanId), int(spec.pvlanId)),))
        case _dvs.TrunkVlanSpec():
            # Id 0 in a trunk lets untagged frames pass; as an id it means nothing.
            ranges = [(max(1, int(each.start)), min(HIGHEST, int(each.end))) for each in spec.vlanId]
            return trunk((low, high) for low, high in ranges if low <= high)
        case _dvs.VlanIdSpec():
            return access(int(spec.vlanId))
        case _:
            return None


class Setting(msgspec.Struct, frozen=True, gc=False):
    """What of a port's setting is read; None: not told, or inherited."""

    vlan: Vlan | None = None
    blocked: bool | None = None


def setting(value: Any, *, own: bool = False) -> Setting:
    """From DVPortSetting; only what is not inherited where its `own` is asked for."""
    spec, blocked = getattr(value, "vlan", None), getattr(value, "blocked", None)
    return Setting(
        vlan(spec) if spec is not None and not (own and spec.inherited) else None,
        values.truth(blocked.value) if blocked is not None and not (own and blocked.inherited) else None,
    )


class PortgroupPolicy(msgspec.Struct, frozen=True, gc=False):
    """What of DVPortgroupPolicy says that its ports may differ from it. By default, they may be blocked."""

    vlan_override: bool = False
    block_override: bool = True

    @property
    def overrides(self) -> bool:
        return self.vlan_override or self.block_override


class Opaque(msgspec.Struct, frozen=True, gc=False):
    """OpaqueNetworkSummary."""

    id: str | None
    type: str | None


def _policy(value: Any) -> PortgroupPolicy:
    return PortgroupPolicy(
        vlan_override=bool(getattr(value, "vlanOverrideAllowed", False)),
        block_override=getattr(value, "blockOverrideAllowed", None) is not False,
    )


def _uplinks(value: Any) -> tuple[str, ...]:
    return tuple(map(str, getattr(value, "uplinkPortName", None) or ()))


DEFAULT, POLICY = "config.defaultPortConfig", "config.policy"

NETWORK: dict[str, Parser] = {
    "name": values.name,
    "parent": moid,
    "host": values.moids,
    TRIGGERED: triggered,
    "summary.accessible": values.truth,
}

OPAQUE: dict[str, Parser] = {
    **NETWORK,
    "summary": lambda value: Opaque(
        text(getattr(value, "opaqueNetworkId", None)), text(getattr(value, "opaqueNetworkType", None))
    ),
}

PORTGROUP: dict[str, Parser] = {
    **NETWORK,
    "key": text,
    "config.distributedVirtualSwitch": moid,
    DEFAULT: setting,
    POLICY: _policy,
    "config.backingType": text,
}

SWITCH: dict[str, Parser] = {
    "name": values.name,
    "parent": moid,
    "uuid": text,
    TRIGGERED: triggered,
    "config.maxMtu": values.number,
    "config.uplinkPortPolicy": _uplinks,
    "config.uplinkPortgroup": values.moids,
}
