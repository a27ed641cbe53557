"""What is known of a Windows guest: which vulnerabilities its updates and its build leave open.

Since Windows 10 updates are cumulative: a build with a higher last number (UBR) has all fixes of the lower ones. Of
older ones only the updates tell: those that are installed, what they replaced, what that had replaced, and so on.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from vmi_console.estate.facts import OperatingSystem, Patch
from vmi_console.policy.advisories.cvrf import Bulletin, Flaw, Remedy
from vmi_console.policy.judgement import Severity

_REMEMBERED = 5_000
_UPDATE = re.compile(r"KB[0-9]{5,8}", re.ASCII)
_FIRST_CUMULATIVE = 10_240
_BUILD = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{4,6})(?:\.([0-9]{1,6}))?", re.ASCII)
_SERVER = re.compile(r"windows server ((?:20)[0-9]{2})( r2)?\b")
_CLIENT = re.compile(r"windows (7|8\.1|8|10|11)\b")
_CLIENTS = {
    10_240: "windows 10",
    10_586: "windows 10 1511",
    14_393: "windows 10 1607",
    15_063: "windows 10 1703",
    16_299: "windows 10 1709",
    17_134: "windows 10 1803",
    17_763: "windows 10 1809",
    18_362: "windows 10 1903",
    18_363: "windows 10 1909",
    19_041: "windows 10 2004",
    19_042: "windows 10 20h2",
    19_043: "windows 10 21h1",
    19_044: "windows 10 21h2",
    19_045: "windows 10 22h2",
    22_000: "windows 11 21h2",
    22_621: "windows 11 22h2",
    22_631: "windows 11 23h2",
    26_100: "windows 11 24h2",
    26_200: "windows 11 25h2",
}
_SERVERS = {
    14_393: "windows server 2016",
    17_763: "windows server 2019",
    20_348: "windows server 2022",
    25_398: "windows server 2022, 23h2 edition",
    26_100: "windows server 2025",
}
"""What Microsoft's documents call a build of Windows 10 and later."""


class Installed(msgspec.Struct, frozen=True):
    """Updates that a guest has. `because` says why others may be installed as well; they are not known at all then."""

    updates: frozenset[str] = frozenset()
    because: str = ""

    @classmethod
    def of(cls, patches: Iterable[Patch]) -> Installed:
        """From what was read: a cumulative update may be there under its version alone, with its number unknown."""
        names = [patch.name.upper() for patch in patches]
        updates = frozenset(name for name in names if _UPDATE.fullmatch(name))
        nameless = sum(not _UPDATE.fullmatch(name) for name in names)
        return cls(updates, f"of {nameless} of its updates the numbers are not known" if nameless else "")


class Open(msgspec.Struct, frozen=True):
    """A vulnerability that is open, or of which nobody can tell. `fixes` are the updates that close it."""

    name: str
    severity: Severity | None
    fixes: tuple[str, ...] = ()
    because: str = ""  # why nobody can tell; empty where it is open for sure


class WindowsAdvisories:
    """What all documents of a data set tell of Windows."""

    def __init__(self) -> None:
        self.products: set[str] = set()
        self._flaws: defaultdict[str, list[Flaw]] = defaultdict(list)
        self._replaced: defaultdict[str, set[str]] = defaultdict(set)
        self._known: dict[tuple[str, str, Installed], tuple[Open, ...]] = {}

    def add(self, said: Bulletin) -> None:
        self.products |= said.products
        for flaw in said.flaws:
            for product in flaw.products:
                self._flaws[product].append(flaw)
            for remedy in flaw.remedies:
                if remedy.update:
                    self._replaced[remedy.update].update(remedy.replaced)

    def product(self, system: OperatingSystem) -> str | None:
        """What the documents call a guest's system; None where it is no Windows, or one that they do not know."""
        name = system.name.casefold()
        build = _build(system)
        found: str | None = None
        if server := _SERVER.search(name):
            found = f"windows server {server[1]}{server[2] or ''}"
            if build and build[2] >= _FIRST_CUMULATIVE:
                by_build = _SERVERS.get(build[2], "")
                found = by_build if by_build.startswith(found) else None
        elif client := _CLIENT.search(name):
            found = f"windows {client[1]}" if client[1] in ("7", "8", "8.1") else None
            if build and build[2] >= _FIRST_CUMULATIVE:
                by_build = _CLIENTS.get(build[2], "")
                found = by_build if by_build.startswith(f"windows {client[1]}") else None
        return found if found in self.products else None

    def of(self, product: str, system: OperatingSystem, installed: Installed) -> tuple[Open, ...]:
        """What is not closed for sure. Many guests are alike: it is remembered."""
        key = (product, system.kernel or system.version, installed)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._look_up(product, _build(system), installed)
        return found

    def _look_up(self, product: str, build: tuple[int, ...], installed: Installed) -> tuple[Open, ...]:
        covered = self._covered(installed.updates)
        told: defaultdict[str, list[tuple[Flaw, list[Remedy]]]] = defaultdict(list)
        for flaw in self._flaws.get(product, ()):
            told[flaw.name].append((flaw, [remedy for remedy in flaw.remedies if product in remedy.products]))
        found: dict[str, Open] = {}
        for name, sayings in told.items():
            # What was published before there was a fix says nothing any more where a later document has one.
            fixable = any(remedies for _, remedies in sayings)
            for flaw, remedies in sayings:
                because = _because(remedies, build, covered, installed.because) if remedies or not fixable else None
                if because is None:
                    continue
                fixes = tuple(sorted({remedy.update or _dotted(remedy.build) for remedy in remedies}))
                before = found.get(name)
                if before is None or (before.because and not because):  # open for sure by one document is open
                    found[name] = Open(name, flaw.severity, fixes, because)
        return tuple(found.values())

    def _covered(self, updates: frozenset[str]) -> set[str]:
        """Those updates, and all that they replaced. Each is looked at once, so that no circle goes on forever."""
        covered, waiting = set(updates), list(updates)
        while waiting:
            new = self._replaced.get(waiting.pop(), set()) - covered
            covered |= new
            waiting += new
        return covered


def _because(remedies: list[Remedy], build: tuple[int, ...], covered: set[str], others: str) -> str | None:
    """None where one of the remedies is in place; empty where none is; else why nobody can tell."""
    if not remedies:
        return ""
    if any(remedy.update in covered for remedy in remedies):
        return None
    if len(build) == 4 and build[2] >= _FIRST_CUMULATIVE:
        comparable = [remedy.build for remedy in remedies if remedy.build[:3] == build[:3]]
        if any(build >= fixed for fixed in comparable):
            return None
        if len(comparable) == len(remedies):
            return ""
    if others:
        return others
    return "" if all(remedy.update for remedy in remedies) else "the build of its Windows is not known"


def _build(system: OperatingSystem) -> tuple[int, ...]:
    """Of three numbers, and with the fourth (UBR) where that was read; empty where it is not known."""
    for text in (system.kernel, system.version):
        if match := _BUILD.fullmatch(text):
            return tuple(int(number) for number in match.groups() if number is not None)
    return ()


def _dotted(build: tuple[int, ...]) -> str:
    return ".".join(map(str, build))
