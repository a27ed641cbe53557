"""One advisory in the format of OSV (https://ossf.github.io/osv-schema/), as far as it is about whole systems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cmp_to_key
from typing import Any

import msgspec

from vmi_console.estate.versions import compare
from vmi_console.policy.advisories import cvss
from vmi_console.policy.judgement import Severity

MOST_EVENTS = 10_000
_MOST_NAMES = 1_000
_LONGEST_NAME = 200
_CVE = re.compile(r"(?:^|[A-Z]+-)(CVE-[0-9]{4}-[0-9]{4,12})", re.ASCII)
WORDS = {
    **dict.fromkeys(("negligible", "unimportant", "none", "low"), Severity.LOW),
    **dict.fromkeys(("medium", "moderate"), Severity.MEDIUM),
    **dict.fromkeys(("high", "important"), Severity.HIGH),
    "critical": Severity.CRITICAL,
}
"""What publishers call a severity, in small letters."""


MANAGERS = {"debian": "dpkg", "ubuntu": "dpkg", "alpine": "apk", "rhel": "rpm", "rocky": "rpm", "almalinux": "rpm"}
"""Systems that are known here, by their own ids (os-release), and the package manager that advisories speak of."""


class _Severity(msgspec.Struct, frozen=True):
    type: str
    score: str


class _Specific(msgspec.Struct, frozen=True):
    severity: Any = None  # whoever publishes decides what stands here


class _Package(msgspec.Struct, frozen=True):
    ecosystem: str
    name: str


class _Event(msgspec.Struct, frozen=True):
    introduced: str | None = None
    fixed: str | None = None
    last_affected: str | None = None


class _Range(msgspec.Struct, frozen=True):
    type: str
    events: tuple[_Event, ...] = ()


class _Affected(msgspec.Struct, frozen=True):
    package: _Package | None = None
    ranges: tuple[_Range, ...] = ()
    versions: tuple[str, ...] = ()
    severity: tuple[_Severity, ...] = ()
    ecosystem_specific: _Specific | None = None
    database_specific: _Specific | None = None


class _Document(msgspec.Struct, frozen=True):
    id: str
    withdrawn: str | None = None
    aliases: tuple[str, ...] = ()
    upstream: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    severity: tuple[_Severity, ...] = ()
    affected: tuple[_Affected, ...] | None = ()
    database_specific: _Specific | None = None


class Advisory(msgspec.Struct, frozen=True, gc=False):
    """What is known by one name. `names` are the CVEs it is about, or its own id."""

    id: str
    names: tuple[str, ...]
    severity: Severity | None


class Span(msgspec.Struct, frozen=True, gc=False):
    """Versions from the one that introduced something to the one that fixed it, or to the last that has it."""

    introduced: str  # "0" is before all
    fixed: str = ""
    last: str = ""


class Affected(msgspec.Struct, frozen=True, gc=False):
    """One package of one system, and which of its versions an advisory is about."""

    system: str  # as `system_of` writes it
    package: str
    spans: tuple[Span, ...]
    versions: frozenset[str] = frozenset()


_decoder = msgspec.json.Decoder(_Document)


def advisory(content: bytes) -> tuple[Advisory, tuple[Affected, ...]] | None:
    """An advisory and what it affects of the systems that are known here; None for one that was withdrawn.

    Raises `ValueError` that says what is wrong with it.
    """
    try:
        document = _decoder.decode(content)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"it is no advisory in the format of OSV: {error}") from None
    if document.withdrawn:
        return None
    if not document.id or len(document.id) > _LONGEST_NAME:
        raise ValueError("it has no id that could be one")
    found = Advisory(id=document.id, names=_names(document), severity=_severity(document))
    return found, tuple(_affected(document.affected or ()))


def system_of(ecosystem: str) -> str:
    """The system that an ecosystem of OSV means, as `index` looks for it; empty for all others.

    >>> system_of("Debian:12"), system_of("Ubuntu:Pro:18.04:LTS"), system_of("Red Hat:enterprise_linux:9::appstream")
    ('debian:12', 'ubuntu:18.04', 'rhel:9')
    """
    name, _, rest = ecosystem.partition(":")
    match name:
        case "Debian":
            return f"debian:{rest}" if rest else ""
        case "Ubuntu":
            release = rest.removeprefix("Pro:").removesuffix(":LTS")
            return f"ubuntu:{release}" if release and ":" not in release else ""
        case "Alpine":
            return f"alpine:{rest.removeprefix('v')}" if rest else ""
        case "Rocky Linux" | "AlmaLinux":
            return f"{'rocky' if name == 'Rocky Linux' else 'almalinux'}:{rest.partition('.')[0]}" if rest else ""
        case "Red Hat":
            # Other products, such as those with longer support, have packages of their own under the same names.
            product, _, release = rest.partition(":")
            major = re.match(r"[0-9]+", release)
            return f"rhel:{major[0]}" if product == "enterprise_linux" and major else ""
        case _:
            return ""


def _names(document: _Document) -> tuple[str, ...]:
    for told in ((document.id,), (*document.aliases, *document.upstream), document.related):
        found = dict.fromkeys(match[1] for text in told[:_MOST_NAMES] if (match := _CVE.match(text[:_LONGEST_NAME])))
        if found:
            return tuple(found)
    return (document.id,)


def _severity(document: _Document) -> Severity | None:
    """The worst that is told: scores first, and words where there are none."""
    affected = document.affected or ()
    scores = _known(document.severity, *(each.severity for each in affected))
    if scores:
        return cvss.severity(max(scores))
    words = [each.score for each in (*document.severity, *(one for each in affected for one in each.severity))]
    specific = [document.database_specific]
    for each in affected:
        specific += (each.ecosystem_specific, each.database_specific)
    words += [each.severity for each in specific if each is not None and isinstance(each.severity, str)]
    said = [WORDS[word.strip().lower()] for word in words if word.strip().lower() in WORDS]
    return max(said, key=lambda severity: severity.rank, default=None)


def _known(*told: Iterable[_Severity]) -> list[float]:
    scores = (cvss.base_score(each.score) for some in told for each in some if each.type == "CVSS_V3")
    return [score for score in scores if score is not None]


def _affected(told: Iterable[_Affected]) -> Iterator[Affected]:
    for each in told:
        system = system_of(each.package.ecosystem) if each.package is not None else ""
        if each.package is None or not system:
            continue
        if not each.package.name or len(each.package.name) > _LONGEST_NAME:
            raise ValueError("a package has no name that could be one")
        ranges = [events.events for events in each.ranges if events.type == "ECOSYSTEM"]
        if sum(map(len, ranges)) > MOST_EVENTS:
            raise ValueError(f"it has more than {MOST_EVENTS:,} events")
        spans = tuple(
            span for events in ranges for span in _spans(_ordered(events, MANAGERS[system.partition(":")[0]]))
        )
        # Where there are ranges, versions only enumerate what lies in them.
        versions = frozenset() if spans else frozenset(each.versions)
        yield Affected(system=system, package=each.package.name, spans=spans, versions=versions)


def _ordered(events: tuple[_Event, ...], manager: str) -> Iterable[_Event]:
    """By version. Nearly all are of two that are in order for sure."""
    if len(events) == 2 and events[0].introduced == "0" and events[1].introduced is None:
        return events

    def order(one: _Event, other: _Event) -> int:
        return compare(_version(one), _version(other), manager)

    return sorted(events, key=cmp_to_key(order))


def _version(event: _Event) -> str:
    said = event.introduced or event.fixed or event.last_affected or ""
    return "" if said == "0" else said


def _spans(events: Iterable[_Event]) -> Iterator[Span]:
    """What lies between events in their order; what is never ended goes on."""
    introduced: str | None = None
    for event in events:
        if event.introduced is not None:
            introduced = event.introduced if introduced is None else introduced
        elif introduced is not None and event.fixed is not None:
            yield Span(introduced, fixed=event.fixed)
            introduced = None
        elif introduced is not None and event.last_affected is not None:
            yield Span(introduced, last=event.last_affected)
            introduced = None
    if introduced is not None:
        yield Span(introduced)
