"""Updates that are installed: packages of Windows' own servicing, and updates of programs that list them as such.

A package is named after its number (`Package_for_KB5046617~…`), or is a cumulative update (`Package_for_RollupFix~…`),
whose number only the name of the file it came from may tell.
"""

from __future__ import annotations

import re
from datetime import datetime

from vmi_console.estate.facts import Patch
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.reading import Reading, word
from vmi_console.introspection.disk.windows import software
from vmi_console.introspection.disk.windows.filetimes import moment
from vmi_console.introspection.disk.windows.hives import Key
from vmi_console.introspection.disk.windows.registry import CURRENT, Registry

PACKAGES = f"{CURRENT}\\Component Based Servicing\\Packages"
_OLD_HOTFIXES = "Microsoft\\Windows NT\\CurrentVersion\\HotFix"
_INSTALLED = (0x70, 0x80)
"""States of a package that is in place: installed, and installed for good; not of one that was superseded, or waits."""
_NUMBER = re.compile(r"KB\d{5,8}", re.IGNORECASE)
_PREFIX = "package_for_"
_MOST = 20_000


def patches(registry: Registry, reading: Reading) -> list[Patch]:
    """Every update once, under its number where that is known. Raises `Unreadable`."""
    found: dict[str, Patch] = {}
    packages = registry.software(reading).find(PACKAGES)
    older = registry.software(reading).find(_OLD_HOTFIXES)
    if packages is None and older is None:
        raise Unreadable("SOFTWARE has no list of updates")
    for key in packages.subkeys() if packages is not None else ():
        if key.name.lower().startswith("package_") and key.number("CurrentState") in _INSTALLED:
            name = _name(key, reading)
            if name:
                _keep(found, name, _installed_at(key))
    for key in older.subkeys() if older is not None else ():
        if (match := _NUMBER.fullmatch(key.name)) and key.number("Installed") == 1:
            _keep(found, match[0].upper(), None)
    for key in software.updates(registry, reading):
        if match := _NUMBER.search(key.text("DisplayName")) or _NUMBER.search(key.name):
            _keep(found, match[0].upper(), None)
    if len(found) > _MOST:
        raise Unreadable(f"there are more than {_MOST} updates")
    return [*found.values()]


def _keep(found: dict[str, Patch], name: str, installed_at: datetime | None) -> None:
    """An update has many packages; the last one makes it complete."""
    known = found.get(name)
    if known is None or known.installed_at is None or (installed_at is not None and installed_at > known.installed_at):
        found[name] = Patch(name=name, installed_at=installed_at)


def _name(key: Key, reading: Reading) -> str:
    """The number of the update that a package belongs to; else what it is, with its version; empty for what is none."""
    for text in (key.name, key.text("InstallName"), key.text("InstallLocation")):
        if match := _NUMBER.search(text):
            return match[0].upper()
    stem, _, rest = key.name.partition("~")
    if not stem.lower().startswith(_PREFIX):
        return ""
    reading.doubt("of some updates the numbers are not written down")
    return word(f"{stem[len(_PREFIX) :]} {rest.rpartition('~')[2]}")


def _installed_at(key: Key) -> datetime | None:
    high, low = key.number("InstallTimeHigh"), key.number("InstallTimeLow")
    return moment(high << 32 | low) if high is not None and low is not None and high < 1 << 31 else None
