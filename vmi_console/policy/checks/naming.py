"""What a VM may be called."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.patterns import MAX_PATTERN, Pattern
from vmi_console.estate.records import VM
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.parameters import Mistake, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement

NETBIOS_LENGTH = 15  # of a Windows computer's name, which is cut to it


@check("naming")
class Naming(Check, dict=True):
    """Names of VMs, and of the guests in them."""

    title = "Naming"
    help = (
        "The VM's name fits a regular expression, without regard to case: `^` and `$` stand for its beginning and end. "
        "With `hostname: true` the guest calls itself by the VM's name, up to the first dot; of names that Windows cut "
        "to 15 characters these count."
    )
    examples = (r"{pattern: '^(web|db|app)-[a-z0-9-]+\d\d$'}", "{hostname: true}")
    remediation = "Rename the VM, or the guest in it, as the naming scheme says."

    pattern: Annotated[
        str, msgspec.Meta(max_length=MAX_PATTERN, description="A regular expression that is found in the name.")
    ] = ""
    hostname: Annotated[bool, msgspec.Meta(description="Whether the guest must have the VM's name.")] = False

    def __post_init__(self) -> None:
        something(self.pattern, self.hostname, field="pattern")
        try:
            Pattern(self.pattern)
        except ValueError as error:
            raise Mistake(str(error), "pattern", advice="write a regular expression such as ^web-") from None

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"name", "hostname"} if self.hostname else {"name"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        if self.pattern and not self._pattern.search(vm.name.casefold()):
            tally.against(f"it is called {named(vm.name)}, which does not fit {self.pattern}", "name")
        if self.hostname:
            if not vm.guest.hostname:
                tally.untold("what the guest calls itself is not known", "guest.hostname")
            elif not _same(vm.name, vm.guest.hostname):
                evidence = f"it is called {named(vm.name)}, and the guest calls itself {named(vm.guest.hostname)}"
                tally.against(evidence, "name", "guest.hostname")
        return tally.judgement()

    @cached_property
    def _pattern(self) -> Pattern:
        return Pattern(self.pattern)


def _same(name: str, hostname: str) -> bool:
    ours, theirs = name.partition(".")[0].casefold(), hostname.partition(".")[0].casefold()
    return ours == theirs or (len(theirs) == NETBIOS_LENGTH and ours[:NETBIOS_LENGTH] == theirs)
