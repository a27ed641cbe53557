"""All facts of a Windows guest, set by set: one that cannot be read takes no other with it."""

from __future__ import annotations

from collections.abc import Callable

from vmi_console.estate.facts import FactSet
from vmi_console.estate.records import Part
from vmi_console.introspection.disk.files import Files
from vmi_console.introspection.disk.reading import Reading, fact_set
from vmi_console.introspection.disk.windows import (
    accounts,
    addresses,
    autostart,
    patches,
    release,
    services,
    settings,
    software,
)
from vmi_console.introspection.disk.windows.registry import Registry
from vmi_console.introspection.findings import Findings


def look(files: Files) -> Findings:
    """The facts of a Windows guest. Raises nothing: a set that cannot be read says why.

    What `files` itself doubts is left to the caller, who knows it for all sets.
    """
    registry = Registry()

    def found[Fact: Part](read: Callable[[Registry, Reading], list[Fact]]) -> FactSet[Fact]:
        return fact_set(lambda reading: read(registry, reading), Reading(files))

    return Findings(
        os=found(release.operating_system),
        applications=found(software.applications),
        services=found(services.services),
        patches=found(patches.patches),
        users=found(accounts.users),
        addresses=found(addresses.addresses),
        settings=found(settings.settings),
        autostart=found(autostart.autostart),
    )
