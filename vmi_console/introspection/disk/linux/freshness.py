"""A guest's fingerprint: it moves with what `look` reads, and costs a few blocks to take.

A file that is replaced moves its folder; one that is written in place moves itself. So the names, sizes and times of
the few files that are read alone are taken, and of what lies in the folders whose files are all read. What an operator
includes from elsewhere is left to the next look that is due anyway.
"""

from __future__ import annotations

from vmi_console.introspection.disk.files import Files, Unreadable
from vmi_console.introspection.disk.fingerprints import MOST_NAMES, Fingerprint
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
from vmi_console.introspection.disk.reading import Reading

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


def fingerprint(files: Files) -> str:
    """A digest of names, sizes and times. What cannot be read is part of it as well, by the reason it gives."""
    reading = Reading(files)
    taken = Fingerprint(reading)
    for path in _FILES:
        taken.add(path)
    for folder in _FOLDERS:
        taken.add_folder(folder, depth=1)
    for path in _key_files(reading):
        taken.add(path)
    return taken.digest()


def _key_files(reading: Reading) -> list[str]:
    try:
        return [path for path, _ in zip(accounts.key_files(reading), range(MOST_NAMES), strict=False)]
    except Unreadable as error:
        return [str(error)]  # no path, but a part of what is digested
