"""All facts of a Linux guest, set by set: one that cannot be read takes no other with it."""

from __future__ import annotations

from collections.abc import Callable

from vmi_console.estate.facts import Autostart, FactSet, Looked, OperatingSystem, Service, Setting
from vmi_console.estate.records import Part
from vmi_console.introspection.disk.files import Files, Kind, Unreadable
from vmi_console.introspection.disk.linux import (
    accounts,
    addresses,
    autostart,
    kernels,
    release,
    services,
    settings,
    software,
)
from vmi_console.introspection.disk.linux.units import Units
from vmi_console.introspection.disk.reading import Reading, fact_set
from vmi_console.introspection.findings import Findings


def is_linux(files: Files) -> bool:
    """Whether these are the files of a Linux system. Raises nothing: what cannot be read is no sign of one."""
    reading = Reading(files)
    if not reading.exists("/etc/passwd") and not any(reading.exists(path) for path in release.RELEASES):
        return False
    # FreeBSD has an os-release too. Its /sys is a link to kernel sources, where Linux has an empty folder.
    entry = reading.any_entry("/sys", follow=False)
    return release.release(reading).id not in _OTHERS and (entry is None or entry.kind is not Kind.LINK)


_OTHERS = frozenset(("freebsd", "openbsd", "netbsd", "dragonfly", "omnios", "openindiana", "smartos"))


def look(files: Files) -> Findings:
    """The facts of a Linux guest. Raises nothing: a set that cannot be read says why.

    What `files` itself doubts is left to the caller, who knows it for all sets.
    """
    found = _Looking(files)
    return Findings(
        os=found.set(found.operating_system),
        applications=found.set(software.applications),
        services=found.services,
        users=found.set(accounts.users),
        addresses=found.set(addresses.addresses),
        settings=found.set(found.settings),
        autostart=found.set(found.autostart),
    )


class _Looking:
    """One look. Services are read once, for themselves and for what follows from them."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._unit_reading = Reading(files)
        self._kernels: kernels.Kernels | None = None
        self._units: Units | None = None
        self.services: FactSet[Service] = self.set(self._services, self._unit_reading)

    def set[Fact: Part](self, read: Callable[[Reading], list[Fact]], reading: Reading | None = None) -> FactSet[Fact]:
        return fact_set(read, reading or Reading(self._files))

    def operating_system(self, reading: Reading) -> list[OperatingSystem]:
        found = release.release(reading)
        known = self._known_kernels(reading)
        return [
            OperatingSystem(
                name=found.name,
                version=found.version,
                id=found.id,
                family="linux",
                kernel=known.starts,
                kernels=known.installed,
                hostname=release.hostname(reading),
                software_changed_at=software.changed_at(reading),
            )
        ]

    def _services(self, reading: Reading) -> list[Service]:
        self._units = Units(reading)
        return services.services(reading, self._units)

    def settings(self, reading: Reading) -> list[Setting]:
        known = [*self.services.items] if self.services.status is Looked.READ else None
        return settings.settings(reading, known, self._units, self._known_kernels(reading))

    def autostart(self, reading: Reading) -> list[Autostart]:
        if self._units is None:
            raise Unreadable(self.services.because)  # timers would be missing
        return autostart.autostart(reading, self._units)

    def _known_kernels(self, reading: Reading) -> kernels.Kernels:
        if self._kernels is None:
            self._kernels = kernels.kernels(reading)
        return self._kernels
