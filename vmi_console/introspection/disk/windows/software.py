"""What is installed: programs that can be uninstalled, of the machine and of each user, and packaged apps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from vmi_console.estate.facts import Application
from vmi_console.introspection.disk.files import Unreadable
from vmi_console.introspection.disk.reading import Reading, word
from vmi_console.introspection.disk.windows.hives import Key
from vmi_console.introspection.disk.windows.registry import CURRENT, OF_CLASSES, Profile, Registry

UNINSTALL = f"{CURRENT}\\Uninstall"
_PACKAGED = f"{CURRENT}\\Appx\\AppxAllUserStore\\Applications"
_PACKAGED_OF_USER = "Local Settings\\Software\\Microsoft\\Windows\\CurrentVersion\\AppModel\\Repository\\Packages"
_PACKAGE = re.compile(r"([\w.-]+)_(\d+(?:\.\d+){1,3})_(\w*)_([\w.~-]*)_(\w+)")
_ARCHITECTURES = {"amd64": "x64", "x86": "x86", "arm64": "arm64", "ia64": "ia64"}
_MOST = 20_000


def applications(registry: Registry, reading: Reading) -> list[Application]:
    """Everything that is installed; what is hidden from the list in Windows' settings too, but no updates of others.

    What only one user has says so in `build`.
    """
    machine = registry.software(reading)
    native = architecture(registry, reading)
    found: dict[tuple[str, str], Application] = {}
    for path, arch in ((UNINSTALL, native), (f"Wow6432Node\\{UNINSTALL}", "x86")):
        for application in _listed(machine.find(path), arch):
            found.setdefault((application.key, application.version), application)
    for application in _packaged(machine.find(_PACKAGED)):
        found.setdefault((application.key, application.version), application)
    for user, application in _of_users(registry, reading):
        key = application.key, application.version
        known = found.get(key)
        if known is None:
            found[key] = msgspec.structs.replace(application, build=word(f"of {user}"))
        elif known.build and f" {user}," not in known.build + ",":
            found[key] = msgspec.structs.replace(known, build=word(f"{known.build}, {user}"))
    if len(found) > _MOST:
        raise Unreadable(f"there are more than {_MOST} applications")
    return [*found.values()]


def updates(registry: Registry, reading: Reading) -> Iterator[Key]:
    """What is listed among the programs, but updates one of them."""
    for path in (UNINSTALL, f"Wow6432Node\\{UNINSTALL}"):
        key = registry.software(reading).find(path)
        for subkey in key.subkeys() if key is not None else ():
            if _updates_another(subkey):
                yield subkey


def changed_at(registry: Registry, reading: Reading) -> datetime | None:
    """When a program or an update was last installed or removed: when the lists of them were last changed."""
    machine = registry.software(reading)
    lists = (UNINSTALL, f"Wow6432Node\\{UNINSTALL}", f"{CURRENT}\\Component Based Servicing\\Packages", _PACKAGED)
    times = [key.written_at for path in lists if (key := machine.find(path)) is not None]
    return max((time for time in times if time is not None), default=None)


def architecture(registry: Registry, reading: Reading) -> str:
    """Of the system: x64, x86, arm64; empty where it does not say."""
    environment = registry.control_set(reading).find("Control\\Session Manager\\Environment")
    told = environment.text("PROCESSOR_ARCHITECTURE").lower() if environment is not None else ""
    return _ARCHITECTURES.get(told, word(told))


def _of_users(registry: Registry, reading: Reading) -> Iterator[tuple[str, Application]]:
    def listed(profile: Profile, root: Key) -> Iterator[tuple[str, Application]]:
        for path, arch in ((f"Software\\{UNINSTALL}", ""), (f"Software\\Wow6432Node\\{UNINSTALL}", "x86")):
            for application in _listed(root.find(path), arch):
                yield profile.name, application

    def packaged(profile: Profile, root: Key) -> Iterator[tuple[str, Application]]:
        for application in _packaged(root.find(_PACKAGED_OF_USER)):
            yield profile.name, application

    yield from registry.of_users(listed, reading)
    yield from registry.of_users(packaged, reading, OF_CLASSES)


def _listed(uninstall: Key | None, arch: str) -> Iterator[Application]:
    """What an Uninstall key holds. Entries without a name are what Windows itself keeps there for other purposes."""
    for key in uninstall.subkeys() if uninstall is not None else ():
        name = word(key.text("DisplayName"))
        if name and not _updates_another(key):
            yield Application(name=name, version=word(key.text("DisplayVersion")), arch=arch, manager="windows")


def _updates_another(key: Key) -> bool:
    kind = key.text("ReleaseType").lower()
    return bool(key.text("ParentKeyName") or "update" in kind or "hotfix" in kind)


def _packaged(packages: Key | None) -> Iterator[Application]:
    """Packaged apps (MSIX, AppX), whose full names say all: name, version, architecture, resource, publisher."""
    for key in packages.subkeys() if packages is not None else ():
        match = _PACKAGE.fullmatch(key.name)
        if match is None or match[4]:
            continue  # a bundle, or resources for a language or a screen; the app of the same name is there too
        yield Application(
            name=word(match[1]),
            version=match[2],
            arch="" if match[3].lower() == "neutral" else word(match[3].lower()),
            manager="appx",
        )
