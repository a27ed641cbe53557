"""Facts of Linux guests, read from their files, which are taken to be hostile: everything is bounded.

`looking` puts the sets together. Packages come from `software` (`dpkg`, `rpm` over three kinds of database, `apk`,
`pacman`, `bundles`), services from `services` (`units` as systemd sees them, `scripts` for OpenRC and SysV init), the
rest from modules named after it. `freshness` tells cheaply whether any of that may have changed.
"""

from vmi_console.introspection.disk.linux.freshness import fingerprint
from vmi_console.introspection.disk.linux.looking import is_linux, look

__all__ = ["fingerprint", "is_linux", "look"]
