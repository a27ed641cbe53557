"""Known vulnerabilities of what is installed in a guest."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Annotated
from weakref import WeakKeyDictionary

import msgspec

from vmi_console.estate.differences import key_of
from vmi_console.estate.facts import Application, OperatingSystem
from vmi_console.estate.functions import any_of
from vmi_console.estate.records import VM
from vmi_console.estate.software import FactView, ImageItems
from vmi_console.policy.advisories.index import Advisories, Vulnerability
from vmi_console.policy.advisories.windows import Installed
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.inside import looked_into
from vmi_console.policy.checks.parameters import MOST_ITEMS, Mistake, Names, Word, something
from vmi_console.policy.checks.patches import operating_system
from vmi_console.policy.checks.tally import named, shortened
from vmi_console.policy.judgement import PASSED, Judgement, Severity, failed, unknown

_NAMED = 3  # of one application
_MOST_PATHS = 100  # what a guest has of its own comes first
_ITEMS_REMEMBERED = 200_000
_SETS_REMEMBERED = 5_000

Patterns = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_ITEMS)]


class _Said(msgspec.Struct, frozen=True, eq=False):
    """What speaks against one application, or why nobody can tell."""

    evidence: str
    because: str
    path: str


@check("vulnerabilities")
class Vulnerabilities(Check, dict=True):
    """No known vulnerability of what is installed."""

    title = "Known vulnerabilities"
    help = (
        "Nothing is installed in the guest of which a vulnerability is known that is at least as severe as given, or "
        "that is known to be exploited. Advisories come from a data set in the format of OSV, and those that are "
        "exploited from CISA's catalogue (KEV), both of which the operator downloads and loads; nothing is fetched or "
        "sent. Source packages are compared by the rules of the guest's package manager: Debian, Ubuntu, Alpine, Red "
        "Hat Enterprise Linux, Rocky Linux and AlmaLinux. Windows is held against Microsoft's monthly documents "
        "(CVRF): by its build, and by its updates with all that they replaced. How severe one is follows from its "
        "CVSS 3 vector, or from its publisher's word. Without a data set, or without one for the guest's system, "
        "nobody can tell."
    )
    examples = ("{minimum: high}", "{minimum: critical, exploited: true, fixable: true, ignore: [CVE-2023-4039]}")
    remediation = "Install the versions that fix it with the guest's package manager, and restart what uses them."

    minimum: Annotated[
        Severity | None, msgspec.Meta(description="The least severe that counts; without it only those exploited do.")
    ] = None
    exploited: Annotated[
        bool, msgspec.Meta(description="Whether those known to be exploited count, however severe they are.")
    ] = False
    fixable: Annotated[bool, msgspec.Meta(description="Whether only those count for which there is a fix.")] = False
    ignore: Annotated[Patterns, msgspec.Meta(description="Names (CVE-…, patterns) of those that do not count.")] = ()

    def __post_init__(self) -> None:
        something(self.minimum, self.exploited, field="minimum: high")
        for position, pattern in enumerate(self.ignore):
            if not pattern.strip(" *?"):
                advice = "name those that do not count, for example CVE-2023-4039"
                raise Mistake("this ignores every vulnerability", "ignore", position, advice=advice)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"applications", "os", "patches", "advisories"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        if estate.advisories is None:
            return unknown("no advisories were loaded", "applications")
        facts = looked_into(vm, estate, "os")
        if isinstance(facts, str):
            return unknown(facts, "os")
        found = operating_system(vm, estate)
        product = estate.advisories.windows.product(found) if found is not None else None
        if found is not None and product is not None:
            patches = looked_into(vm, estate, "patches")
            updates = Installed(because=patches) if isinstance(patches, str) else Installed.of(patches)
            return self._said_by(estate.advisories).of_windows(product, found, updates)
        system = estate.advisories.system(found) if found is not None else None
        if system is None:
            what = named(f"{found.name} {found.version}".strip()) if found is not None else "its operating system"
            return unknown(f"the advisories that were loaded say nothing of {what}", "os")
        installed = looked_into(vm, estate, "applications")
        if isinstance(installed, str):
            return unknown(installed, "applications")
        return self._said_by(estate.advisories).judgement(system, installed)

    def _said_by(self, advisories: Advisories) -> _Sayings:
        found = self._sayings.get(advisories)
        if found is None:
            found = self._sayings[advisories] = _Sayings(self, advisories)
        return found

    def counts(self, each: Vulnerability) -> bool | None:
        """Whether a vulnerability is one of those meant; None where what decides is not known."""
        if (self.ignore and self._ignored.match(each.name)) or (self.fixable and not each.fixed):
            return False
        severe: bool | None = False
        if self.minimum is not None:
            severe = None if each.severity is None else each.severity.rank >= self.minimum.rank
        return any_of(iter((severe, each.exploited if self.exploited else False)))

    @cached_property
    def _ignored(self) -> Names:
        return Names(self.ignore)

    @cached_property
    def _sayings(self) -> WeakKeyDictionary[Advisories, _Sayings]:
        return WeakKeyDictionary()


class _OfImage(msgspec.Struct, frozen=True, eq=False):
    """What is said of the applications of an image, by their keys, and of a guest that has just these."""

    said: dict[str, _Said]
    judgement: Judgement


class _Sayings:
    """What a check says by one set of advisories.

    What an image has is judged once for all its guests, and what they have beside it once for each application.
    """

    def __init__(self, check: Vulnerabilities, advisories: Advisories) -> None:
        self._counts = check.counts
        self._advisories = advisories
        self._of_items: dict[tuple[str, Application], _Said | None] = {}
        self._of_images: WeakKeyDictionary[ImageItems[Application], dict[str, _OfImage]] = WeakKeyDictionary()
        self._judgements: dict[tuple[_Said, ...], Judgement] = {}
        self._of_windows: dict[tuple[str, str, str, Installed], Judgement] = {}

    def judgement(self, system: str, facts: FactView[Application]) -> Judgement:
        """What is said of applications that could be read."""
        own = [said for item in facts.facts.items if (said := self._said(system, item)) is not None]
        if facts.image is None:
            return self._together(own)
        of_image = self._of_image(system, facts.image)
        gone = {*facts.facts.removed, *map(key_of, facts.facts.items)}
        if not own and of_image.said.keys().isdisjoint(gone):
            return of_image.judgement
        return self._together([*own, *[said for key, said in of_image.said.items() if key not in gone]])

    def of_windows(self, product: str, system: OperatingSystem, installed: Installed) -> Judgement:
        """What is said of a Windows itself, by its build and its updates."""
        key = (system.name, system.version, system.kernel, installed)
        found = self._of_windows.get(key)
        if found is None:
            if len(self._of_windows) >= _SETS_REMEMBERED:
                self._of_windows.clear()
            found = self._of_windows[key] = self._look_up_windows(product, system, installed)
        return found

    def _look_up_windows(self, product: str, system: OperatingSystem, installed: Installed) -> Judgement:
        against: list[Vulnerability] = []
        vague: dict[str, list[str]] = {}
        for each, because in self._advisories.of_windows(product, system, installed):
            counts = self._counts(each)
            if counts and not because:
                against.append(each)
            elif counts is not False:
                unclear = because or "how severe it is, or whether it is exploited, is not known"
                vague.setdefault(unclear, []).append(each.name)
        shown = named(f"{system.name} {system.kernel or system.version}".strip())
        if against:
            against.sort(key=_urgency)
            return failed(f"{shown}: {shortened(map(_shown, against), most=_NAMED)}", "os", "patches")
        if vague:
            told = (f"of {shortened(map(named, names), most=_NAMED)}: {why}" for why, names in vague.items())
            return unknown(f"{shown}: {shortened(told, '; ')}", "os", "patches")
        return PASSED

    def _of_image(self, system: str, image: ImageItems[Application]) -> _OfImage:
        by_system = self._of_images.setdefault(image, {})
        found = by_system.get(system)
        if found is None:
            said = {key_of(item): said for item in image.items if (said := self._said(system, item)) is not None}
            found = by_system[system] = _OfImage(said, self._together(said.values()))
        return found

    def _together(self, said: Iterable[_Said]) -> Judgement:
        key = tuple(said)
        found = self._judgements.get(key)
        if found is None:
            if len(self._judgements) >= _SETS_REMEMBERED:
                self._judgements.clear()
            found = self._judgements[key] = _together(key)
        return found

    def _said(self, system: str, item: Application) -> _Said | None:
        key = (system, item)
        if key not in self._of_items:
            if len(self._of_items) >= _ITEMS_REMEMBERED:
                self._of_items.clear()
            self._of_items[key] = self._look_up(system, item)
        return self._of_items[key]

    def _look_up(self, system: str, item: Application) -> _Said | None:
        path = f"applications[{item.name}]"
        version = item.source_version or item.version
        shown = named(f"{item.source_name or item.name} {version}".strip())
        if not version:
            known = self._advisories.speaks_of(system, item)
            return _Said("", f"the version of {shown} is not known", path) if known else None
        against, vague = [], []
        for each in self._advisories.of(system, item):
            counts = self._counts(each)
            if counts:
                against.append(each)
            elif counts is None:
                vague.append(each)
        if against:
            against.sort(key=_urgency)
            return _Said(f"{shown}: {shortened(map(_shown, against), most=_NAMED)}", "", path)
        if vague:
            names = shortened((named(each.name) for each in vague), most=_NAMED)
            return _Said("", f"how severe {names} of {shown} is, or whether it is exploited, is not known", path)
        return None


def _together(said: Collection[_Said]) -> Judgement:
    """As a tally would say it, but for guests with hundreds of failures each."""
    against = [each for each in said if each.evidence]
    if against:
        return failed(shortened([each.evidence for each in against], "; "), *_paths(against))
    if said:
        return unknown(shortened([each.because for each in said], "; "), *_paths(said))
    return PASSED


def _paths(said: Iterable[_Said]) -> Iterable[str]:
    return islice(dict.fromkeys([each.path for each in said]), _MOST_PATHS)


def _urgency(each: Vulnerability) -> tuple[bool, int, str]:
    rank = -1 if each.severity is None else each.severity.rank
    return not each.exploited, -rank, each.name


def _shown(each: Vulnerability) -> str:
    words = [
        *((each.severity.value,) if each.severity is not None else ()),
        *(("exploited",) if each.exploited else ()),
    ]
    about = f" ({', '.join(words)})" if words else ""
    return f"{named(each.name)}{about} {f'fixed in {named(each.fixed)}' if each.fixed else 'not fixed yet'}"
