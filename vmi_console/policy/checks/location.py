"""Where a VM may run."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.attributes import ATTRIBUTES
from vmi_console.estate.records import VM
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.parameters import MOST_ITEMS, Names, Word, listed, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement

_PLACES = {"hosts": "host", "clusters": "cluster", "datacenters": "datacenter", "locations": "location"}
"""Each parameter, and the attribute that it speaks of."""

Patterns = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_ITEMS)]


@check("location")
class Location(Check, dict=True):
    """Hosts, clusters and datacenters that a VM may run in."""

    title = "Location"
    help = (
        "The host that the VM is on is one of those allowed, and so are its cluster, datacenter and location (site, "
        "room, rack). What is left out may be any."
    )
    examples = ("{clusters: ['fra-*'], datacenters: [Frankfurt]}", "{hosts: ['esx-pci-*']}")
    remediation = "Migrate the VM to an allowed host, and keep it there with an affinity rule."

    hosts: Annotated[Patterns, msgspec.Meta(description="Names of hosts (patterns with * and ?).")] = ()
    clusters: Annotated[Patterns, msgspec.Meta(description="Names of clusters (patterns).")] = ()
    datacenters: Annotated[Patterns, msgspec.Meta(description="Names of datacenters (patterns).")] = ()
    locations: Annotated[Patterns, msgspec.Meta(description="Sites, rooms and racks of hosts (patterns).")] = ()

    def __post_init__(self) -> None:
        something(self.hosts, self.clusters, self.datacenters, self.locations, field="clusters")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({attribute for parameter, attribute in _PLACES.items() if getattr(self, parameter)})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        for place, names, demand in self._demands:
            name = ATTRIBUTES[place].value(vm, estate)
            if name is None:
                tally.untold(f"the {place} that it runs in is not known", "host")
            elif not names.match(name):
                where = f"{place} {named(name)}" if name else f"no {place}"
                tally.against(f"it is in {where}, allowed: {demand}", "host")
        return tally.judgement()

    @cached_property
    def _demands(self) -> tuple[tuple[str, Names, str], ...]:
        given = ((attribute, getattr(self, parameter)) for parameter, attribute in _PLACES.items())
        return tuple((attribute, Names(patterns), listed(patterns)) for attribute, patterns in given if patterns)
