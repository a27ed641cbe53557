"""Services that are scripts in /etc/init.d: of SysV init, of systemd for want of a unit, of OpenRC."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vmi_console.estate.facts import Service
from vmi_console.introspection.disk.files import Absent, Kind, Unreadable
from vmi_console.introspection.disk.reading import Reading, word

SCRIPTS = "/etc/init.d"
RUNLEVELS = "/etc/runlevels"  # OpenRC's
_RC_FOLDERS = ("/etc", "/etc/rc.d")  # where rc0.d to rc6.d and rcS.d are
_LINK = re.compile(r"S\d\d(.+)")
_NO_SERVICES = frozenset(
    ("README", "skeleton", "functions", "halt", "reboot", "single", "killall", "rc", "rcS", "rc.local")
)
_LEFTOVERS = re.compile(r".*(?:~|\.(?:dpkg-.+|rpm(?:save|new|orig)|bak|orig|sh\.in|depend))|\.depend\..*")
_NOT_AT_BOOT = frozenset(("shutdown", "nonetwork"))
_EXECUTABLE = 0o111


def scripts(reading: Reading) -> Iterator[str]:
    """The names of the scripts. Raises `Unreadable`."""
    try:
        entries = reading.folder(SCRIPTS)
    except Absent:
        return
    for entry in entries:
        executable = not entry.mode or entry.mode & _EXECUTABLE
        if entry.kind in (Kind.FILE, Kind.LINK) and executable and not _LEFTOVERS.fullmatch(entry.name):
            yield entry.name


def started(reading: Reading, levels: str = "2345") -> set[str]:
    """The scripts that a link `SnnNAME` starts in any of these runlevels. Raises `Unreadable`."""
    found: set[str] = set()
    for folder in _RC_FOLDERS:
        for level in levels:
            try:
                entries = reading.folder(f"{folder}/rc{level}.d")
            except Absent:
                continue
            found.update(match[1] for entry in entries if (match := _LINK.fullmatch(entry.name)))
    return found


def of_sysv(reading: Reading, state: str = "") -> list[Service]:
    """Services of SysV init; with `state`, that word stands for their states (“generated”, as systemd has it)."""
    on = started(reading, "2345" if state else f"{_default_level(reading)}S")
    return [
        Service(
            name=word(name.removesuffix(".sh")),
            enabled=name in on,
            state=state or ("enabled" if name in on else "disabled"),
            unit=word(f"{SCRIPTS}/{name}"),
        )
        for name in scripts(reading)
        if name not in _NO_SERVICES
    ]


def of_openrc(reading: Reading) -> list[Service]:
    """Services of OpenRC; the state names the runlevels that they are in, as `rc-update show` does."""
    levels: dict[str, list[str]] = {}
    for level in reading.folder(RUNLEVELS):
        if level.kind is Kind.FOLDER:
            for entry in reading.folder(f"{RUNLEVELS}/{level.name}"):
                levels.setdefault(entry.name, []).append(level.name)
    return [
        Service(
            name=word(name),
            enabled=bool({*levels.get(name, ())} - _NOT_AT_BOOT),
            state=word(", ".join(levels.get(name, ())) or "disabled"),
            unit=word(f"{SCRIPTS}/{name}"),
        )
        for name in scripts(reading)
        if name != "functions.sh"
    ]


def _default_level(reading: Reading) -> str:
    """The runlevel that init goes to: `id:3:initdefault:` in inittab(5), else Debian's 2."""
    try:
        match = re.search(r"^[^#:\n]*:([0-6]):initdefault:", reading.text("/etc/inittab"), re.MULTILINE)
    except (Absent, Unreadable):
        match = None
    return match[1] if match else "2"
