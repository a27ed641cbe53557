"""A guest's fingerprint: it moves with what `look` reads, and costs a few blocks to take.

A file that is replaced moves its folder; one that is written in place moves itself. So the names, sizes and times of
the few files that are read alone are taken, and of what lies in the folders whose files are all read. What an operator
includes from elsewhere is left to the next look that is due anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from vmi_console.introspection.disk.files import Absent, Entry, Files, Kind, Unreadable
from vmi_console.introspection.disk.linux import (
    accounts,
    addresses,
    autostart,
    inetd,
    kernels,
    release,
    scripts,
    settings,
    software,
    sshd,
    sudoers,
    unit_folders,
)
from vmi_console.introspection.disk.linux.reading import Reading

_FILES = (
    *software.databases(),
    *release.RELEASES,
    *("/etc/hostname", "/etc/machine-id", "/etc/sysconfig/network", "/etc/inittab", "/etc/xinetd.conf"),
    *("/boot", "/lib/modules", *kernels.MENUS, *kernels.ENVIRONMENTS),
    *accounts.FILES,
    *(sudoers.SUDOERS, sudoers.DOAS, sshd.CONFIGURATION, inetd.TABLE),
    *settings.FILES,
    *(autostart.SYSTEM_TABLES, "/etc/anacrontab", *autostart.START_SCRIPTS),
    *("/lib/systemd/system", "/usr/lib/systemd/system"),
    *(f"/etc/rc{level}.d" for level in "2345S"),
)
_FOLDERS = (
    *("/var/lib/dpkg/updates", "/etc/sudoers.d", "/etc/doas.d", "/etc/ssh/sshd_config.d"),
    *(path for path in unit_folders.PATH if not path.startswith(("/usr/lib/", "/lib/"))),
    *(scripts.SCRIPTS, scripts.RUNLEVELS),
    *kernels.ENTRIES,
    *inetd.FOLDERS,
    *addresses.FOLDERS,
    *(*autostart.TABLE_FOLDERS, *autostart.USER_TABLES, *autostart.PERIODIC, *autostart.START_FOLDERS),
)
"""What is in them is looked at too; in /usr/lib, which only package managers write, it is not."""
_MOST = 2_000  # names in one folder, and files of keys


def fingerprint(files: Files) -> str:
    """A digest of names, sizes and times. What cannot be read is part of it as well, by the reason it gives."""
    digest = hashlib.sha256()
    reading = Reading(files)
    for path in _FILES:
        digest.update(_line(path, _entry(reading, path)))
    for folder in _FOLDERS:
        digest.update(_line(folder, _entry(reading, folder)))
        for entry in _entries(files, folder):
            path = f"{folder}/{entry.name}"
            digest.update(_line(path, _timed(reading, path, entry)))
            if entry.kind is Kind.FOLDER:
                for inner in _entries(files, path):
                    digest.update(_line(f"{path}/{inner.name}", inner))
    for path in _key_files(reading):
        digest.update(_line(path, _entry(reading, path)))
    return digest.hexdigest()


def _key_files(reading: Reading) -> list[str]:
    try:
        return [path for path, _ in zip(accounts.key_files(reading), range(_MOST), strict=False)]
    except Unreadable as error:
        return [str(error)]  # no path, but a part of what is digested


def _line(path: str, found: Entry | str) -> bytes:
    told = found if isinstance(found, str) else f"{found.kind}\0{found.size}\0{found.changed_ns}\0{found.mode}"
    return f"{path}\0{told}\n".encode("utf-8", "surrogatepass")


def _entry(reading: Reading, path: str) -> Entry | str:
    try:
        return reading.entry(path)
    except Absent:
        return "absent"
    except Unreadable as error:
        return str(error)


def _timed(reading: Reading, path: str, entry: Entry) -> Entry | str:
    """An entry with its time; a folder's listing may leave it out."""
    return entry if entry.changed_ns or entry.kind is Kind.LINK else _entry(reading, path)


def _entries(files: Files, path: str) -> Iterator[Entry]:
    try:
        found = sorted((entry for entry, _ in zip(files.entries(path), range(_MOST), strict=False)), key=_name)
    except (Absent, Unreadable):
        return iter(())
    return iter(found)


def _name(entry: Entry) -> str:
    return entry.name
