"""libvirt's events, reduced to what must be read again because of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum
from typing import Any

import libvirt

_log = logging.getLogger(__name__)


class Topic(Enum):
    """What an event is about."""

    DOMAIN = "domain"
    NETWORKS = "networks"
    POOLS = "pools"
    CLOSED = "closed"


type Notify = Callable[[Topic, str], None]
"""Called on libvirt's thread with the topic, and with the domain's UUID or the reason of the closing."""

_DOMAIN_EVENTS = (
    libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
    libvirt.VIR_DOMAIN_EVENT_ID_REBOOT,
    libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_ADDED,
    libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
    libvirt.VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
    libvirt.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
    libvirt.VIR_DOMAIN_EVENT_ID_DISK_CHANGE,
    libvirt.VIR_DOMAIN_EVENT_ID_TRAY_CHANGE,
    libvirt.VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2,
    libvirt.VIR_DOMAIN_EVENT_ID_IO_ERROR,
    libvirt.VIR_DOMAIN_EVENT_ID_PMSUSPEND,
    libvirt.VIR_DOMAIN_EVENT_ID_PMWAKEUP,
)
_CLOSE_REASONS = {
    libvirt.VIR_CONNECT_CLOSE_REASON_ERROR: "an error on the connection",
    libvirt.VIR_CONNECT_CLOSE_REASON_EOF: "the daemon ended it",
    libvirt.VIR_CONNECT_CLOSE_REASON_KEEPALIVE: "the daemon answered no keep-alive message",
}


def subscribe(connection: libvirt.virConnect, notify: Notify) -> bool:
    """Registers for every event this driver has; False where it does not even tell that domains start and stop.

    Registrations end with the connection.
    """

    def of_domain(_connection: object, handle: Any, *_details: object) -> None:
        notify(Topic.DOMAIN, handle.UUIDString())

    def of_networks(*_details: object) -> None:
        notify(Topic.NETWORKS, "")

    def of_pools(*_details: object) -> None:
        notify(Topic.POOLS, "")

    def of_closing(_connection: object, reason: int, _opaque: object) -> None:
        notify(Topic.CLOSED, _CLOSE_REASONS.get(reason, f"reason {reason}"))

    register_pool = connection.storagePoolEventRegisterAny
    told = [_registered(connection.domainEventRegisterAny, None, event, of_domain, None) for event in _DOMAIN_EVENTS]
    _registered(connection.networkEventRegisterAny, None, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE, of_networks, None)
    _registered(register_pool, None, libvirt.VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, of_pools, None)
    _registered(register_pool, None, libvirt.VIR_STORAGE_POOL_EVENT_ID_REFRESH, of_pools, None)
    _registered(connection.registerCloseCallback, of_closing, None)
    return told[0]


def _registered(register: Callable[..., object], *arguments: object) -> bool:
    try:
        register(*arguments)
    except libvirt.libvirtError as error:
        _log.debug("no such events on this connection: %s", error)
        return False
    return True
