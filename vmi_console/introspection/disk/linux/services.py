"""Services of a guest, whichever program starts them."""

from __future__ import annotations

import posixpath
from enum import StrEnum

from vmi_console.estate.facts import Service
from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.linux import inetd, scripts
from vmi_console.introspection.disk.linux.units import Unit, Units
from vmi_console.introspection.disk.reading import Reading, word


class Init(StrEnum):
    """What starts services."""

    SYSTEMD = "systemd"
    OPENRC = "OpenRC"
    SYSV = "SysV init"
    NONE = "none"


_SYSTEMD = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")
_OPENRC = ("/sbin/openrc", "/usr/sbin/openrc", "/sbin/openrc-init", "/usr/bin/openrc")


def init(reading: Reading) -> Init:
    """By where /sbin/init leads to, else by what is there."""
    aim = _init_target(reading)
    if aim == "systemd" or (not aim and any(reading.exists(path) for path in _SYSTEMD)):
        return Init.SYSTEMD
    if reading.exists(scripts.RUNLEVELS) and any(reading.exists(path) for path in _OPENRC):
        return Init.OPENRC
    if reading.exists(scripts.SCRIPTS):
        return Init.SYSV
    return Init.SYSTEMD if any(reading.exists(path) for path in _SYSTEMD) else Init.NONE


def services(reading: Reading, units: Units) -> list[Service]:
    """Services, sockets, timers and paths; services without the suffix of their unit's name. Raises `Unreadable`."""
    found = {service.name: service for service in _own(reading, units)}
    return [*({service.name: service for service in inetd.services(reading, found)} | found).values()]


def _own(reading: Reading, units: Units) -> list[Service]:
    match init(reading):
        case Init.SYSTEMD:
            return _of_systemd(reading, units)
        case Init.OPENRC:
            return scripts.of_openrc(reading)
        case Init.SYSV:
            return scripts.of_sysv(reading)
        case _:
            if not units:
                raise Unreadable("there is no program that would start services")
            return [_service(unit) for unit in units]


def _of_systemd(reading: Reading, units: Units) -> list[Service]:
    found = {unit.name: _service(unit) for unit in units}
    for service in scripts.of_sysv(reading, state="generated"):
        found.setdefault(f"{service.name}.service", service)
    _doubt_first_boot(reading)
    return [*found.values()]


def _service(unit: Unit) -> Service:
    return Service(
        name=word(unit.name.removesuffix(".service")),
        enabled=unit.enabled,
        state=f"{unit.state}, through {word(unit.through)}" if unit.through else unit.state,
        unit=word(unit.path),
        once=_ends_by_itself(unit),
    )


def _ends_by_itself(unit: Unit) -> bool:
    """Whether a service does its work once, so that nothing of it runs afterwards (systemd.service(5), Type=)."""
    if not unit.name.endswith(".service") or not any(unit.content.keys("Service")):
        return False
    kind = unit.content.last("Service", "Type")
    return kind == "oneshot" or (not kind and not unit.content.all("Service", "ExecStart"))


def _doubt_first_boot(reading: Reading) -> None:
    """A system that was never started enables what its presets say when it is (machine-id(5), systemd.preset(5))."""
    try:
        unset = reading.text("/etc/machine-id").strip() == "uninitialized"
    except Absent:
        unset = True
    except Unreadable:
        return
    if unset:
        reading.doubt("the guest was never started, and decides at its first start which services are enabled")


def _init_target(reading: Reading) -> str:
    for path in ("/sbin/init", "/usr/sbin/init"):
        try:
            return posixpath.basename(reading.target(path))
        except (Absent, Unreadable):
            continue
    return ""
