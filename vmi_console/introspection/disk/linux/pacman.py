"""What pacman has installed: Arch and its relatives.

Its local database is a folder for each package, `NAME-VERSION-RELEASE`, with a file `desc` of lines `%FIELD%`, each
followed by its values and an empty line (libalpm, be_local.c).
"""

from __future__ import annotations

from vmi_console.estate.facts import Application
from vmi_console.introspection.disk.files import Absent, Kind, Unreadable
from vmi_console.introspection.disk.reading import Reading, word

FOLDER = "/var/lib/pacman/local"


def packages(reading: Reading) -> list[Application] | None:
    """What is installed; None where pacman is not used. Raises `Unreadable`."""
    try:
        folder = reading.folder(FOLDER)
    except Absent:
        return None
    found, damaged = [], 0
    for entry in folder:
        if entry.kind is not Kind.FOLDER:
            continue
        try:
            fields = _fields(reading.text(f"{FOLDER}/{entry.name}/desc"))
        except (Absent, Unreadable):
            fields = {}
        if not fields.get("NAME"):
            damaged += 1
            continue
        name, source = fields["NAME"], fields.get("BASE", "")
        found.append(
            Application(
                name=word(name),
                version=word(fields.get("VERSION", "")),
                arch=word(fields.get("ARCH", "")),
                manager="pacman",
                source_name=word(source) if source != name else "",
            )
        )
    if damaged:
        reading.doubt(f"{damaged} entries of pacman's list of packages are damaged")
    return found


def _fields(text: str) -> dict[str, str]:
    """The first value of each field."""
    found: dict[str, str] = {}
    for part in text.split("\n\n"):
        head, _, values = part.strip("\n").partition("\n")
        if head.startswith("%") and head.endswith("%"):
            found[head.strip("%")] = values.partition("\n")[0]
    return found
