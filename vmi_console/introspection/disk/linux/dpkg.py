"""What dpkg has installed: Debian and its relatives.

`status` holds a stanza for each package that is or was installed (dpkg-query(1)); `status.d` one file for each package
of an image that was built without dpkg. While dpkg works, what it has done since it last wrote `status` lies in
`updates`, in files with numbered names of the same form, and counts more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vmi_console.estate.facts import Application
from vmi_console.introspection.disk.files import LARGEST_READ, Absent
from vmi_console.introspection.disk.reading import Reading, word

FOLDER = "/var/lib/dpkg"
_FIELD = re.compile(r"^(Package|Status|Version|Architecture|Source): *(.*)$", re.MULTILINE)
_SOURCE = re.compile(r"(\S+)(?: \((.*)\))?")
_PRESENT = frozenset(("installed", "triggers-pending", "triggers-awaited", "half-configured", "unpacked"))
"""States in which a package's files are there; what is config-files, half-installed or not-installed is not."""
_MOST_PACKAGES = 100_000


def packages(reading: Reading) -> list[Application] | None:
    """What is installed; None where dpkg is not used. Raises `Unreadable`."""
    stanzas: dict[tuple[str, str], dict[str, str]] = {}
    found = False
    try:
        whole = reading.text(f"{FOLDER}/status", LARGEST_READ)
    except Absent:
        pass
    else:
        found = True
        _take(reading, whole, stanzas)
        for name, path in reading.known_files(f"{FOLDER}/updates"):
            if name.isdigit():
                _take(reading, reading.text(path), stanzas)
    for name, path in reading.known_files(f"{FOLDER}/status.d"):
        if not name.endswith(".md5sums"):
            found = True
            _take(reading, reading.text(path), stanzas, installed=True)
    return [_application(stanza) for stanza in stanzas.values() if _present(stanza)] if found else None


def _take(reading: Reading, text: str, stanzas: dict[tuple[str, str], dict[str, str]], installed: bool = False) -> None:
    damaged = 0
    for stanza in _stanzas(text):
        if "Package" not in stanza or (not installed and "Status" not in stanza):
            damaged += 1
        elif len(stanzas) < _MOST_PACKAGES:
            if installed:
                stanza["Status"] = "install ok installed"
            stanzas[stanza["Package"], stanza.get("Architecture", "")] = stanza
    if damaged:
        reading.doubt(f"{damaged} entries of dpkg's list of packages are damaged")


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    for part in text.split("\n\n"):
        if part.strip():
            yield dict(_FIELD.findall(part))


def _present(stanza: dict[str, str]) -> bool:
    return stanza["Status"].rpartition(" ")[2] in _PRESENT


def _application(stanza: dict[str, str]) -> Application:
    name, version = stanza["Package"], stanza.get("Version", "")
    source = _SOURCE.match(stanza.get("Source", ""))
    source_name, source_version = (source[1], source[2] or version) if source else (name, version)
    return Application(
        name=word(name),
        version=word(version),
        arch=word(stanza.get("Architecture", "")),
        manager="dpkg",
        source_name=word(source_name) if source_name != name else "",
        source_version=word(source_version) if source_version != version else "",
    )
