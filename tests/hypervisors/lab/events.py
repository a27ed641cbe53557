"""Prints a line for each domain event: `lifecycle web stopped`, `device-added db net1` and the like."""

from __future__ import annotations

import sys
from typing import Any

import libvirt

_LIFECYCLE = {
    getattr(libvirt, f"VIR_DOMAIN_EVENT_{name}"): name.lower()
    for name in (
        "DEFINED",
        "UNDEFINED",
        "STARTED",
        "SUSPENDED",
        "RESUMED",
        "STOPPED",
        "SHUTDOWN",
        "PMSUSPENDED",
        "CRASHED",
    )
}


def follow(uri: str) -> None:
    """Says `connected` first, so that a reader knows from when on nothing is missed; ends with the connection."""
    libvirt.virEventRegisterDefaultImpl()
    connection = libvirt.open(uri)
    connection.setKeepAlive(5, 2)
    for event, listener in (
        (libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, _lifecycle),
        (libvirt.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, _metadata),
        (libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, _device_added),
        (libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, _device_removed),
    ):
        connection.domainEventRegisterAny(None, event, listener, None)
    _say("connected")
    while connection.isAlive():
        libvirt.virEventRunDefaultImpl()


def _lifecycle(_connection: Any, domain: libvirt.virDomain, event: int, _detail: int, _opaque: Any) -> None:
    _say("lifecycle", domain.name(), _LIFECYCLE.get(event, str(event)))


def _metadata(_connection: Any, domain: libvirt.virDomain, _kind: int, _uri: str | None, _opaque: Any) -> None:
    _say("metadata", domain.name())


def _device_added(_connection: Any, domain: libvirt.virDomain, alias: str, _opaque: Any) -> None:
    _say("device-added", domain.name(), alias)


def _device_removed(_connection: Any, domain: libvirt.virDomain, alias: str, _opaque: Any) -> None:
    _say("device-removed", domain.name(), alias)


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()
