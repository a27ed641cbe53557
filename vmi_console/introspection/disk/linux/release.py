"""Which Linux this is: name and version as the system itself writes them.

os-release(5) first; where it is missing or leaves out the point release, the older files of each distribution.
"""

from __future__ import annotations

import re

import msgspec

from vmi_console.introspection.disk.linux.assignments import assignments
from vmi_console.introspection.disk.reading import Reading, lines, word

RELEASES = (
    *("/etc/os-release", "/usr/lib/os-release", "/etc/debian_version", "/etc/redhat-release", "/etc/alpine-release"),
    *("/etc/lsb-release", "/etc/SuSE-release", "/etc/arch-release", "/etc/gentoo-release", "/etc/slackware-version"),
)
_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_BASED_ON_REDHAT = re.compile(r"(.+?) (?:Linux )?release ([\d.]+)")
_IDS = {
    "red hat enterprise linux": "rhel",
    "centos": "centos",
    "fedora": "fedora",
    "rocky": "rocky",
    "almalinux": "almalinux",
    "oracle": "ol",
    "scientific": "scientific",
}
_POINT_RELEASES = {
    "debian": "/etc/debian_version",
    "raspbian": "/etc/debian_version",
    "centos": "/etc/centos-release",
    "rhel": "/etc/redhat-release",
    "alpine": "/etc/alpine-release",
}


class Release(msgspec.Struct, frozen=True):
    """A distribution, as it names itself."""

    name: str
    version: str = ""
    id: str = ""


def release(reading: Reading) -> Release:
    """The distribution; named “Linux” where nothing tells."""
    for path in RELEASES[:2]:
        text = reading.any_text(path)
        told = assignments(text) if text is not None else {}
        if told.get("NAME") or told.get("ID"):
            return _told(reading, told)
    return _older(reading)


def _told(reading: Reading, told: dict[str, str]) -> Release:
    identity = told.get("ID", "")
    version = told.get("VERSION_ID", "")
    candidates = [told.get("VERSION", "")]
    if identity in _POINT_RELEASES:
        candidates.append(reading.any_text(_POINT_RELEASES[identity]) or "")
    for candidate in candidates:
        match = _NUMBER.search(candidate)
        if match and version and match[0].startswith(f"{version}."):
            version = match[0]
    name = told.get("NAME") or told.get("PRETTY_NAME") or identity
    return Release(name=word(name), version=word(version), id=word(identity))


def _older(reading: Reading) -> Release:
    for path in ("/etc/centos-release", "/etc/redhat-release"):
        text = reading.any_text(path)
        match = _BASED_ON_REDHAT.match(text) if text else None
        if match:
            identity = next((short for long, short in _IDS.items() if long in match[1].lower()), "")
            return Release(name=word(match[1]), version=match[2].strip("."), id=identity)
    if text := reading.any_text("/etc/alpine-release"):
        return Release(name="Alpine Linux", version=word(text), id="alpine")
    lsb = assignments(reading.any_text("/etc/lsb-release") or "")
    if lsb.get("DISTRIB_ID"):
        identity = lsb["DISTRIB_ID"]
        return Release(name=word(identity), version=word(lsb.get("DISTRIB_RELEASE", "")), id=word(identity.lower()))
    if text := reading.any_text("/etc/debian_version"):
        return Release(name="Debian GNU/Linux", version=word(text), id="debian")
    for path, identity in (
        ("/etc/SuSE-release", "sles"),
        ("/etc/gentoo-release", "gentoo"),
        ("/etc/slackware-version", "slackware"),
    ):
        if text := reading.any_text(path):
            first = next(lines(text), "")
            number = _NUMBER.search(first)
            return Release(name=word(first), version=number[0] if number else "", id=identity)
    if reading.any_text("/etc/arch-release") is not None:  # it is empty
        return Release(name="Arch Linux", id="arch")
    return Release(name="Linux")


def hostname(reading: Reading) -> str:
    """The name that the system gives itself; empty where none is configured."""
    for path in ("/etc/hostname", "/etc/HOSTNAME"):
        text = reading.any_text(path)
        if text is not None:
            return word(next(lines(text), ""))
    return word(assignments(reading.any_text("/etc/sysconfig/network") or "").get("HOSTNAME", ""))
