"""Advisories by system and package, and what is known of an application that is installed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cmp_to_key
from pathlib import Path
from typing import Any

import msgspec

from vmi_console.errors import InputError
from vmi_console.estate.facts import Application, OperatingSystem
from vmi_console.estate.versions import compare
from vmi_console.plain_text import visible
from vmi_console.policy.advisories.cvrf import Bulletin, bulletin, is_bulletin
from vmi_console.policy.advisories.exploited import exploited
from vmi_console.policy.advisories.files import documents
from vmi_console.policy.advisories.osv import MANAGERS, Advisory, Affected, Span, advisory
from vmi_console.policy.advisories.windows import Installed, WindowsAdvisories
from vmi_console.policy.judgement import Severity

_REMEMBERED = 500_000
_FIRST = "0"  # before all versions


_BY_NAME = {
    "Debian GNU/Linux": "debian",
    "Ubuntu": "ubuntu",
    "Alpine Linux": "alpine",
    "Red Hat Enterprise Linux": "rhel",
    "Rocky Linux": "rocky",
    "AlmaLinux": "almalinux",
    "CentOS": "centos",
}
"""How systems begin to call themselves, where their id was not read."""


def system_id(system: OperatingSystem) -> str:
    """What a system calls itself (ID in os-release): as it was read, or by its name; empty where neither tells."""
    return system.id or next((kind for name, kind in _BY_NAME.items() if system.name.startswith(name)), "")


class Vulnerability(msgspec.Struct, frozen=True, gc=False):
    """One that an application has: a CVE, or the id of an advisory that names none."""

    name: str
    fixed: str = ""  # the version that has it no more; empty where there is none yet
    severity: Severity | None = None  # None where nobody told
    exploited: bool | None = None  # None without a catalogue of those


class Advisories:
    """Those of one data set. Made by `load`."""

    def __init__(self) -> None:
        self.systems: set[str] = set()
        self.count = 0
        self.windows = WindowsAdvisories()
        self._packages: defaultdict[tuple[str, str], list[tuple[Advisory, Affected]]] = defaultdict(list)
        self._severities: dict[str, Severity] = {}
        self._severities_of_several: dict[str, Severity] = {}  # told of all that an advisory is about together
        self._exploited: frozenset[str] | None = None
        self._ordered: dict[tuple[str, str], _Package] = {}
        self._known: dict[tuple[str, str, str, str, str], tuple[Vulnerability, ...]] = {}

    @classmethod
    def load(cls, path: Path, kev: Path | None = None, given_up: Callable[[], bool] = lambda: False) -> Advisories:
        """A data set in the format of OSV, of Microsoft's CVRF, or of both: a folder, zip archive or file; and a
        catalogue of what is exploited.

        Takes long: a minute for a whole distribution. Raises `InputError` that names the file and what is wrong, or
        that it was `given_up`, which is asked before each document.
        """
        found = cls()
        for name, content in documents(path):
            if given_up():
                raise InputError(f"reading {path} was given up", "load it again")
            try:
                if is_bulletin(content):
                    found._add_bulletin(bulletin(content))
                    continue
                said = advisory(content)
            except ValueError as error:
                advice = "name only folders of advisories, and download the file anew"
                raise InputError(f"{name}: {visible(str(error), 300)}", advice) from None
            if said is not None:
                found._add(*said)
        if not found.count:
            raise InputError(
                f"there is no advisory in {path}", "name a folder or zip of files as OSV or Microsoft has them"
            )
        if kev is not None:
            found._exploited = exploited(kev)
        return found

    def _add(self, advisory: Advisory, affected: tuple[Affected, ...]) -> None:
        self.count += 1
        if advisory.severity is not None:
            # What one source says of a vulnerability serves for others that say nothing; of several the worst counts.
            told = self._severities if len(advisory.names) == 1 else self._severities_of_several
            for name in advisory.names:
                before = told.get(name)
                if before is None or before.rank < advisory.severity.rank:
                    told[name] = advisory.severity
        for each in affected:
            self.systems.add(each.system)
            self._packages[each.system, each.package].append((advisory, each))

    def _add_bulletin(self, said: Bulletin) -> None:
        self.count += len(said.flaws)
        self.windows.add(said)
        self.systems |= said.products

    def system(self, system: OperatingSystem) -> str | None:
        """What this data set calls a guest's system; None where it has nothing for it."""
        kind = system_id(system)
        if kind not in MANAGERS:
            return None
        parts = system.version.split(".")
        release = parts[0] if kind not in ("ubuntu", "alpine") else ".".join(parts[:2])
        name = f"{kind}:{release}"
        return name if name in self.systems else None

    def of(self, system: str, application: Application) -> tuple[Vulnerability, ...]:
        """What is known of an application of this system. Many guests have the same: it is remembered."""
        if application.manager != MANAGERS[system.partition(":")[0]]:
            return ()
        source = application.source_name or application.name
        version = application.source_version or application.version
        key = (system, source, version, application.name, application.version)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._look_up(system, application, source, version)
        return found

    def of_windows(
        self, product: str, system: OperatingSystem, installed: Installed
    ) -> tuple[tuple[Vulnerability, str], ...]:
        """What a Windows guest leaves open, each with why nobody can tell; empty where it is open for sure."""
        return tuple(
            (
                Vulnerability(
                    name=each.name,
                    fixed=" or ".join(each.fixes),
                    severity=each.severity,
                    exploited=None if self._exploited is None else each.name in self._exploited,
                ),
                each.because,
            )
            for each in self.windows.of(product, system, installed)
        )

    def _told(self, system: str, package: str, manager: str) -> _Package:
        found = self._ordered.get((system, package))
        if found is None:
            found = self._ordered[system, package] = _Package(self._packages.get((system, package), ()), manager)
        return found

    def speaks_of(self, system: str, application: Application) -> bool:
        """Whether any version of an application is told of."""
        names = (application.source_name or application.name, application.name)
        return any((system, name) in self._packages for name in names)

    def _look_up(self, system: str, application: Application, source: str, version: str) -> tuple[Vulnerability, ...]:
        manager = application.manager
        wanted = {(source, version)}
        if manager == "rpm":  # Red Hat's and AlmaLinux's advisories speak of packages as they are installed
            wanted.add((application.name, application.version))
        fixed: dict[str, str] = {}
        for name, installed in wanted:
            for known, until in self._told(system, name, manager).of(installed):
                for each in known.names:
                    before = fixed.get(each, "")
                    later = until and (not before or compare(until, before, manager) > 0)
                    fixed[each] = until if later else before
        return tuple(
            Vulnerability(
                name=name,
                fixed=until,
                severity=self._severities.get(name) or self._severities_of_several.get(name),
                exploited=None if self._exploited is None else name in self._exploited,
            )
            for name, until in sorted(fixed.items())
        )


class _Package:
    """What is told of one package. Its versions are put in order once: an installed one is then found among them with
    a few comparisons, however many advisories there are."""

    def __init__(self, told: Sequence[tuple[Advisory, Affected]], manager: str) -> None:
        self._told = told
        self._order: Callable[[str], Any] = cmp_to_key(lambda one, other: compare(one, other, manager))
        spans = [span for _, affected in told for span in affected.spans]
        versions = {span.introduced for span in spans} - {_FIRST}
        versions |= {version for span in spans for version in (span.fixed, span.last) if version}
        self._sorted = sorted(map(self._order, versions))
        self._places = {version: bisect_left(self._sorted, self._order(version)) for version in versions}

    def of(self, version: str) -> Iterator[tuple[Advisory, str]]:
        """The advisories that are about a version, each with the one that fixes it, or empty where there is none."""
        if not self._told:
            return
        key = self._order(version)
        least, most = bisect_left(self._sorted, key), bisect_right(self._sorted, key)
        for known, affected in self._told:
            if version in affected.versions:
                yield known, ""
                continue
            for span in affected.spans:
                if self._lies_in(span, least, most):
                    yield known, span.fixed
                    break

    def _lies_in(self, span: Span, least: int, most: int) -> bool:
        """Whether a version does before which there are `least` others, and with its equals `most`."""
        if span.introduced != _FIRST and most <= self._places[span.introduced]:
            return False
        if span.fixed:
            return most <= self._places[span.fixed]
        return not span.last or least <= self._places[span.last]
