"""What apk has installed: Alpine and its relatives.

The database is text: a stanza for each package, of lines with a letter and a colon (apk-tools, `apk_db_read_installed`;
Alpine's wiki, “Apk spec”): P name, V version, A architecture, o the source package. Files (F, R, Z …) follow in the
same stanza. The version of the source is the package's own.
"""

from __future__ import annotations

import re

from vmi_console.estate.facts import Application
from vmi_console.introspection.disk.files import LARGEST_READ, Absent
from vmi_console.introspection.disk.reading import Reading, word

DATABASES = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
_FIELD = re.compile(r"^([PVAo]):(.*)$", re.MULTILINE)
_MOST_PACKAGES = 100_000


def packages(reading: Reading) -> list[Application] | None:
    """What is installed; None where apk is not used. Raises `Unreadable`."""
    for path in DATABASES:
        try:
            text = reading.text(path, LARGEST_READ)
        except Absent:
            continue
        return _packages(reading, text)
    return None


def _packages(reading: Reading, text: str) -> list[Application]:
    found, damaged = [], 0
    for part in text.split("\n\n")[:_MOST_PACKAGES]:
        if not part.strip():
            continue
        fields = dict(_FIELD.findall(part))
        if not fields.get("P"):
            damaged += 1
            continue
        name, origin = fields["P"], fields.get("o", "")
        found.append(
            Application(
                name=word(name),
                version=word(fields.get("V", "")),
                arch=word(fields.get("A", "")),
                manager="apk",
                source_name=word(origin) if origin != name else "",
            )
        )
    if damaged:
        reading.doubt(f"{damaged} entries of apk's list of packages are damaged")
    return found
