"""How current a guest is: updates, versions, and whether its operating system gets updates at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.facts import OperatingSystem
from vmi_console.estate.records import VM
from vmi_console.estate.versions import Condition
from vmi_console.policy import endoflife
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.applications import shown
from vmi_console.policy.checks.inside import Demand, demands, looked_into
from vmi_console.policy.checks.parameters import MOST_ITEMS, Days, Mistake, Word, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement, unknown

Words = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_ITEMS)]


@check("patches")
class Patches(Check, dict=True):
    """Updates that a guest must have."""

    title = "Patches"
    by_clock = True
    help = (
        "Every required update (a Windows hotfix such as KB5046617; of alternatives between bars one suffices, as "
        "where a later one replaces it) is installed; whatever is installed of `versions` has at least the version "
        "that is given, by the rules of the guest's package manager; the newest update is not older than so many "
        "days; and the kernel is of a version that is allowed."
    )
    examples = (
        "{required: ['KB5046617 | KB5048654'], newest_days: 45}",
        "{versions: ['openssl >= 3.0.15', 'sudo >= 1.9.13'], kernel: '>= 5.10'}",
    )
    remediation = "Install the updates with the guest's own means, and restart it where a kernel is among them."

    required: Annotated[
        Words, msgspec.Meta(description="Updates that must be installed, alternatives between bars (|).")
    ] = ()
    versions: Annotated[
        Words, msgspec.Meta(description="Applications with the version they must have where they are installed.")
    ] = ()
    kernel: Annotated[str, msgspec.Meta(max_length=200, description="What the kernel's version must be: >= 5.10.")] = ""
    newest_days: Annotated[
        Days | None, msgspec.Meta(description="How many days ago the newest update may have been installed.")
    ] = None

    def __post_init__(self) -> None:
        something(self.required, self.versions, self.kernel.strip(), self.newest_days is not None, field="versions")
        for position, demand in enumerate(demands(self.versions, "versions")):
            if demand.text == demand.name:
                advice = f"write for example {demand.name} >= 1.0"
                raise Mistake(f"“{demand.text}” demands no version", "versions", position, advice=advice)
        try:
            Condition(self.kernel)
        except ValueError as error:
            raise Mistake(str(error), "kernel", advice="write for example >= 5.10") from None

    @property
    def reads(self) -> frozenset[str]:
        sets = {"patches"} if self.required or self.newest_days is not None else set()
        sets |= {"applications"} if self.versions else set()
        return frozenset(sets | ({"os", "kernel"} if self.kernel.strip() else set()))

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        tally = Tally()
        if self.required or self.newest_days is not None:
            self._judge_updates(vm, estate, now, tally)
        if self.versions:
            self._judge_versions(vm, estate, tally)
        if self.kernel.strip():
            self._judge_kernel(vm, estate, tally)
        return tally.judgement()

    def _judge_updates(self, vm: VM, estate: Estate, now: datetime, tally: Tally) -> None:
        facts = looked_into(vm, estate, "patches")
        if isinstance(facts, str):
            tally.untold(facts, "patches")
            return
        installed = {patch.name.casefold() for patch in facts}
        for wanted in self.required:
            if not any(part.strip().casefold() in installed for part in wanted.split("|")):
                paths = (f"patches[{part.strip()}]" for part in wanted.split("|"))
                tally.against(f"the update {named(wanted)} is not installed", *paths)
        if self.newest_days is None:
            return
        times = [patch.installed_at for patch in facts if patch.installed_at is not None]
        since = now - timedelta(days=self.newest_days)
        if times and max(times) >= since:
            return
        if not times or len(times) < len(facts):
            tally.untold("when its newest update was installed is not known", "patches")
        else:
            day = max(times).date().isoformat()
            tally.against(f"its newest update is of {day}, at most {self.newest_days:g} days ago", "patches")

    def _judge_versions(self, vm: VM, estate: Estate, tally: Tally) -> None:
        facts = looked_into(vm, estate, "applications")
        if isinstance(facts, str):
            tally.untold(facts, "applications")
            return
        for demand in self._versions:
            for item, meets in demand.held_by(facts):
                path = f"applications[{item.name}]"
                if meets is None:
                    tally.untold(f"the version of {named(item.name)} is not known", path)
                elif not meets:
                    tally.against(f"{shown(item)} is installed, required: {demand.text}", path)

    def _judge_kernel(self, vm: VM, estate: Estate, tally: Tally) -> None:
        system = operating_system(vm, estate)
        kernel = (system.kernel if system is not None else "") or vm.guest.kernel or ""
        meets = self._kernel(kernel)
        if meets is None:
            tally.untold("the version of its kernel is not known", "guest.kernel")
        elif not meets:
            tally.against(f"its kernel is {named(kernel)}, required: {self.kernel.strip()}", "os", "guest.kernel")

    @cached_property
    def _versions(self) -> tuple[Demand, ...]:
        return demands(self.versions, "versions")

    @cached_property
    def _kernel(self) -> Condition:
        return Condition(self.kernel)


class Updates(StrEnum):
    """For whom a maker still publishes security updates."""

    STANDARD = "standard"
    EXTENDED = "extended"


@check("support")
class Support(Check):
    """Whether the maker of the guest's operating system still publishes security updates."""

    title = "End of support"
    by_clock = True
    help = (
        "The operating system gets security updates, and will for so many days. `updates: extended` is for those who "
        "arranged for longer support (LTS, ESM, ELS, ESU). Days are known of common releases of Debian, Ubuntu, Red "
        "Hat Enterprise Linux and its kin, and Windows; of others nobody can tell."
    )
    examples = ("{}", "{days_left: 180}", "{updates: extended}")
    remediation = "Upgrade the operating system, replace the VM, or keep it apart from all that need not reach it."

    updates: Annotated[
        Updates, msgspec.Meta(description="Those everybody gets, or also those one has to arrange for.")
    ] = Updates.STANDARD
    days_left: Annotated[Days, msgspec.Meta(description="How many days the support must last at least.")] = 0

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"os", "kernel"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        system = operating_system(vm, estate)
        name = system.name if system is not None else vm.guest.os
        if not name:
            return unknown("its operating system is not known", "guest.os")
        version = f"{system.version} {system.kernel}" if system is not None else vm.guest.kernel or ""
        release = endoflife.release(name, version)
        if release is None:
            return unknown(f"until when {named(name)} gets updates is not known", "guest.os")
        ends = release.ends.until
        if self.updates is Updates.EXTENDED:
            ends = release.ends.extended or ends
        tally = Tally()
        if ends < (now + timedelta(days=self.days_left)).date():
            word = "got" if ends < now.date() else "gets"
            left = f", required: {self.days_left:g} days more" if self.days_left else ""
            tally.against(f"{release.title} {word} security updates until {ends.isoformat()}{left}", "os", "guest.os")
        return tally.judgement()


def operating_system(vm: VM, estate: Estate) -> OperatingSystem | None:
    """The operating system that was found inside the guest, if anybody could look."""
    facts = looked_into(vm, estate, "os")
    return None if isinstance(facts, str) else next(iter(facts), None)
