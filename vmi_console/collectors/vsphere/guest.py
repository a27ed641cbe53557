"""What VMware Tools tell of a guest: name, system, addresses by card, and the applications that run in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from vmi_console.collectors.vsphere.values import Told, number, text
from vmi_console.estate.facts import Application, FactSet, Guest, Looked
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import Address, GuestSummary, Nic, Source, ToolsState

MOST_APPLICATIONS = 5000
MANAGER = "tools"

_STATES = {
    "guestToolsRunning": ToolsState.RUNNING,
    "guestToolsExecutingScripts": ToolsState.RUNNING,
    "guestToolsNotRunning": ToolsState.NOT_RUNNING,
}
_OUTDATED = frozenset(("guestToolsNeedUpgrade", "guestToolsSupportedOld", "guestToolsTooOld", "guestToolsBlacklisted"))
_FAMILIES = {"linuxGuest": "linux", "windowsGuest": "windows", "solarisGuest": "solaris", "darwinGuestFamily": "macos"}


class GuestNic(msgspec.Struct, frozen=True, gc=False):
    """A card as the guest sees it (GuestNicInfo)."""

    device: int | None  # the key of the virtual card; None for one that the guest made itself
    mac: str | None
    addresses: tuple[Address, ...]


class Published(msgspec.Struct, frozen=True, gc=False):
    """The applications a guest has told of, or why they could not be read."""

    applications: tuple[Application, ...] = ()
    at: datetime | None = None
    unreadable: str = ""


def guest_nics(value: Any) -> tuple[GuestNic, ...]:
    """From GuestNicInfo[]."""
    return tuple(
        GuestNic(
            device=key if (key := number(nic.deviceConfigId)) is not None and key >= 0 else None,
            mac=(text(nic.macAddress) or "").lower() or None,
            addresses=tuple(_addresses(nic)),
        )
        for nic in value
    )


def _addresses(nic: Any) -> Iterable[Address]:
    if nic.ipConfig is not None:
        for each in nic.ipConfig.ipAddress:
            if text(each.state) not in ("invalid", "inaccessible", "duplicate"):
                yield Address(ip=str(each.ipAddress), prefix=number(each.prefixLength), source=Source.TOOLS)
    else:
        for address in nic.ipAddress:
            yield Address(ip=str(address), source=Source.TOOLS)


def with_addresses(nics: tuple[Nic, ...], seen: tuple[GuestNic, ...]) -> tuple[Nic, ...]:
    """The cards with the addresses that the guest has on them: by the card's key, or else by its MAC."""
    by_key = {str(each.device): each.addresses for each in seen if each.device is not None}
    by_mac = {each.mac: each.addresses for each in seen if each.mac is not None}
    return tuple(
        msgspec.structs.replace(nic, addresses=addresses)
        if (addresses := by_key.get(nic.key) or by_mac.get(nic.mac or ""))
        else nic
        for nic in nics
    )


def summary(told: Told) -> GuestSummary:
    """From the watched properties of a VM: what Tools say, and else what its configuration declares."""
    by_tools = told.get("guest.guestFullName")
    return GuestSummary(
        os=by_tools or told.get("config.guestFullName"),
        os_id=told.get("guest.guestId") or told.get("config.guestId"),
        family=_family(told),
        hostname=told.get("guest.hostName"),
        tools=_tools(told),
        tools_version=told.get("guest.toolsVersion") if told.get("guest.toolsVersion") != "0" else None,
        source=Source.TOOLS if by_tools else Source.HYPERVISOR if told.get("config.guestFullName") else None,
    )


def _tools(told: Told) -> ToolsState | None:
    version, running = told.get("guest.toolsVersionStatus2"), told.get("guest.toolsRunningStatus")
    if version == "guestToolsNotInstalled":
        return ToolsState.NOT_INSTALLED
    state = _STATES.get(running or "")
    return ToolsState.OUTDATED if state is ToolsState.RUNNING and version in _OUTDATED else state


def _family(told: Told) -> str | None:
    if (family := told.get("guest.guestFamily")) in _FAMILIES:
        return _FAMILIES[family]
    declared = (told.get("guest.guestId") or told.get("config.guestId") or "").lower()
    if declared.startswith("win"):
        return "windows"
    if "bsd" in declared:
        return "bsd"
    if declared.startswith("darwin"):
        return "macos"
    if declared.startswith("solaris"):
        return "solaris"
    linux = ("linux", "ubuntu", "debian", "rhel", "centos", "sles", "fedora", "suse", "photon", "asianux", "oracle")
    return "linux" if any(word in declared for word in linux) else None


def published(app_info: str | None) -> Published | None:
    """From `guestinfo.appInfo`: what runs in a guest with VMware Tools 11 or newer, as the guest says itself.

    Its form: `{"version": "1", "publishTime": …, "applications": [{"a": name, "v": version}, …]}`. None without it.
    """
    if app_info is None:
        return None
    try:
        content = json.loads(app_info)
        entries = content["applications"][:MOST_APPLICATIONS]
        applications = {
            Application(name=str(entry["a"])[:300], version=str(entry.get("v", ""))[:100], manager=MANAGER)
            for entry in entries
            if entry["a"] and "/" not in entry["a"]  # kworker/0:1, irq/16, …: no program, and others every time
        }
        at = _published_at(content)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        return Published(unreadable=f"guestinfo.appInfo is not as VMware Tools write it: {type(error).__name__}")
    return Published(tuple(sorted(applications, key=lambda each: (each.name, each.version))), at)


def _published_at(content: Mapping[str, Any]) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(content.get("publishTime")))
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def facts(entity: EntityId, vm: EntityId, name: str, found: Published) -> Guest:
    """The record of what the guest published."""
    applications: FactSet[Application] = FactSet(
        status=Looked.UNREADABLE if found.unreadable else Looked.READ,
        because=found.unreadable,
        source=Source.TOOLS,
        read_at=found.at,
        items=found.applications,
    )
    return Guest(id=entity, name=name, vm=vm, applications=applications)
