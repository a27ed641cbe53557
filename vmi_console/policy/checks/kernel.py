"""The kernel of a guest: which one runs, what was loaded into it, and whether somebody hides something in it."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cached_property, cmp_to_key, lru_cache
from typing import Annotated

import msgspec

from vmi_console.estate.facts import KernelModule, Sign
from vmi_console.estate.inside import module_name, module_pattern
from vmi_console.estate.records import VM
from vmi_console.estate.versions import compare_rpm
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.inside import looked_into
from vmi_console.policy.checks.parameters import MOST_ITEMS, Allow, Mistake, Names, Word, listed, something
from vmi_console.policy.checks.patches import operating_system
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import PASSED, Judgement, failed, unknown

_FLAVOUR_PART = re.compile(r"[a-z][a-z0-9_]*")
_KERNELS_REMEMBERED = 20_000

Patterns = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_ITEMS)]


@check("modules")
class Modules(Check, dict=True):
    """Modules that were loaded into a guest's kernel."""

    title = "Kernel modules"
    help = (
        "No module is loaded into the guest's kernel whose name is denied (a pattern; `-` and `_` are the same), and "
        "none that was built outside the kernel's sources, or that nobody signed, where that is denied. What is loaded "
        "is read from the guest's memory. A kernel that was built without signatures marks no module as unsigned."
    )
    examples = (
        "{denied: [usb-storage, 'firewire*', dccp, sctp, rds, tipc]}",
        "{out_of_tree: denied, unsigned: denied}",
    )
    remediation = "Unload the module, and keep it from being loaded with a file in /etc/modprobe.d."

    denied: Annotated[Patterns, msgspec.Meta(description="Names of modules that must not be loaded.")] = ()
    out_of_tree: Annotated[
        Allow, msgspec.Meta(description="Modules that are not of the kernel's own sources (taint O).")
    ] = Allow.ALLOWED
    unsigned: Annotated[
        Allow, msgspec.Meta(description="Modules without a signature that the kernel trusts (taint E).")
    ] = Allow.ALLOWED

    def __post_init__(self) -> None:
        strict = self.out_of_tree is Allow.DENIED or self.unsigned is Allow.DENIED
        something(self.denied, strict, field="denied")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"modules"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        facts = looked_into(vm, estate, "modules")
        if isinstance(facts, str):
            return unknown(facts, "modules")
        tally = Tally()
        for module in facts:
            for why in self._against(module):
                tally.against(f"{named(module.name)} is loaded; {why}", f"modules[{module.name}]")
        return tally.judgement()

    def _against(self, module: KernelModule) -> list[str]:
        reasons = []
        if self.denied and self._denied.match(module_name(module.name)):
            reasons.append(f"denied: {listed(self.denied)}")
        if self.out_of_tree is Allow.DENIED and "O" in module.taints:
            reasons.append("it is not of the kernel's own sources")
        if self.unsigned is Allow.DENIED and "E" in module.taints:
            reasons.append("it has no signature that the kernel trusts")
        return reasons

    @cached_property
    def _denied(self) -> Names:
        return Names(map(module_pattern, self.denied))


@check("tampering")
class Tampering(Check, dict=True):
    """No sign that somebody hides something in the guest's kernel."""

    title = "Tampering"
    help = (
        "Nothing in the guest's memory says that somebody tampers with its kernel: no process or module is hidden from "
        "the kernel's own lists, and no system call leads out of the kernel's code. Signs that are expected, as of "
        "security software that hooks system calls, can be ignored. Where memory could not be read, nobody can tell."
    )
    examples = ("{}", "{ignore: ['system call table: call 59 *']}")
    remediation = "Isolate the VM, keep a copy of its memory and disks for who investigates, and build it anew."

    ignore: Annotated[
        Patterns, msgspec.Meta(description="Signs (patterns of name, colon and detail) that do not count.")
    ] = ()

    def __post_init__(self) -> None:
        for position, pattern in enumerate(self.ignore):
            if not pattern.strip(" *?:"):
                advice = "name the sign that is expected"
                raise Mistake("this ignores every sign", "ignore", position, advice=advice)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"signs"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        facts = looked_into(vm, estate, "signs")
        if isinstance(facts, str):
            return unknown(facts, "signs")
        tally = Tally()
        for sign in facts:
            if not (self.ignore and self._ignored.match(_text(sign))):
                tally.against(named(_text(sign)), f"signs[{sign.key}]")
        return tally.judgement()

    @cached_property
    def _ignored(self) -> Names:
        return Names(self.ignore)


def _text(sign: Sign) -> str:
    return f"{sign.name}: {sign.detail}" if sign.detail else sign.name


@check("kernel")
class NewestKernel(Check):
    """The kernel that runs is the newest that is installed."""

    title = "Kernel that runs"
    help = (
        "The kernel that runs is the newest of its flavour (such as amd64, cloud-amd64, generic) that is installed: "
        "otherwise an update waits for a restart. Which one runs is read from the guest's memory, or told by its "
        "tools; where only the disk was looked at, nobody can tell."
    )
    examples = ("{}",)
    remediation = "Restart the guest; if it starts the older kernel again, correct its boot loader."

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"os", "kernel"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        facts = looked_into(vm, estate, "os")
        if isinstance(facts, str):
            return unknown(facts, "os")
        system = operating_system(vm, estate)
        # Only memory knows since when a kernel runs; without it the guest's facts name the one that would be started.
        told = vm.guest.kernel or ""
        runs = system.kernel if system is not None and system.booted_at is not None else told
        if not runs:
            return unknown("which kernel runs is not known", "os", "guest.kernel")
        if system is None or not system.kernels:
            return unknown("which kernels are installed is not known", "os")
        newest = newest_of_flavour(runs, system.kernels)
        if newest is None:
            return unknown(f"no kernel of the kind of {named(runs)}, which runs, is among those installed", "os")
        if compare_rpm(_parts(newest)[0], _parts(runs)[0]) <= 0:
            return PASSED
        return failed(f"{named(runs)} runs, and {named(newest)} is installed: a restart is needed", "os")


@lru_cache(_KERNELS_REMEMBERED)
def newest_of_flavour(release: str, installed: tuple[str, ...]) -> str | None:
    """The newest kernel of the same flavour as a release; None where none of it is installed.

    >>> newest_of_flavour("6.1.0-9-amd64", ("6.1.0-9-amd64", "6.1.0-28-amd64", "6.1.0-31-cloud-amd64"))
    '6.1.0-28-amd64'
    """
    flavour = _parts(release)[1]
    return max((each for each in installed if _parts(each)[1] == flavour), key=_order, default=None)


def _by_version(one: str, other: str) -> int:
    return compare_rpm(_parts(one)[0], _parts(other)[0])


_order = cmp_to_key(_by_version)


def _parts(release: str) -> tuple[str, str]:
    """Version and flavour of a release as `uname -r` says it: of `5.15.0-91-generic` and `6.8.5-301.fc40.x86_64+debug`
    the last part, where that is a word."""
    release, _, plus = release.partition("+")
    parts = release.split("-")
    flavour: list[str] = []
    while len(parts) > 1 and _FLAVOUR_PART.fullmatch(parts[-1]):
        flavour.insert(0, parts.pop())
    return "-".join(parts), "-".join((*flavour, *((plus,) if plus else ())))
