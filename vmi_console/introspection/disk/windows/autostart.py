"""What runs by itself besides services: run keys, programs at logging on, scheduled tasks, what intruders like."""

from __future__ import annotations

from collections.abc import Iterator

from vmi_console.estate.facts import Autostart
from vmi_console.introspection.disk.files import Kind, Unreadable
from vmi_console.introspection.disk.reading import Reading, word
from vmi_console.introspection.disk.windows import tasks
from vmi_console.introspection.disk.windows.hives import EXPAND_SZ, MULTI_SZ, SZ, Key
from vmi_console.introspection.disk.windows.registry import CURRENT, Profile, Registry

_RUN = {
    f"{CURRENT}\\Run": "at login",
    f"{CURRENT}\\RunOnce": "once, at login",
    f"{CURRENT}\\Policies\\Explorer\\Run": "at login",
    f"Wow6432Node\\{CURRENT}\\Run": "at login",
    f"Wow6432Node\\{CURRENT}\\RunOnce": "once, at login",
}
_APPROVED = f"{CURRENT}\\Explorer\\StartupApproved"
"""Where users have switched off what would be run: by name, with an odd first byte."""
_WINDOWS_NT = "Microsoft\\Windows NT\\CurrentVersion"
_LOGON = {"Winlogon": ("Shell", "Userinit", "Taskman", "VmApplet"), "Windows": ("AppInit_DLLs", "Load", "Run")}
_INSTEAD = f"{_WINDOWS_NT}\\Image File Execution Options"
_STARTUP = "Microsoft/Windows/Start Menu/Programs/Startup"
ALL_USERS = f"/ProgramData/{_STARTUP}"
_OFF = "switched off; "
_MOST = 20_000


def autostart(registry: Registry, reading: Reading) -> list[Autostart]:
    """Everything that is written down to be run by itself; what is switched off says so. Raises `Unreadable`."""
    found: dict[str, Autostart] = {}
    for source in (_of_machine, _of_users, _folders, _tasks):
        for item in source(registry, reading):
            found.setdefault(item.key, item)
            if len(found) > _MOST:
                raise Unreadable(f"more than {_MOST} things are run by themselves")
    return [*found.values()]


def startup(home: str) -> str:
    """The folder in a user's own whose programs are run at logging on."""
    return f"{home}/AppData/Roaming/{_STARTUP}"


def _of_machine(registry: Registry, reading: Reading) -> Iterator[Autostart]:
    software = registry.software(reading)
    yield from _run_keys("HKLM\\SOFTWARE", software, None)
    for key_name, values in _LOGON.items():
        key = software.find(f"{_WINDOWS_NT}\\{key_name}")
        for value in values if key is not None else ():
            if key is not None and key.text(value).strip():
                yield _item(f"HKLM\\SOFTWARE\\{_WINDOWS_NT}\\{key_name}\\{value}", key.text(value), "at login", None)
    images = software.find(_INSTEAD)
    for image in images.subkeys() if images is not None else ():
        if image.text("Debugger"):
            schedule = f"whenever {image.name} is started"
            yield _item(f"HKLM\\SOFTWARE\\{_INSTEAD}\\{image.name}\\Debugger", image.text("Debugger"), schedule, None)
    manager = registry.control_set(reading).find("Control\\Session Manager")
    for command in manager.texts("BootExecute") if manager is not None else ():
        yield _item("HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\BootExecute", command, "at start", None)


def _of_users(registry: Registry, reading: Reading) -> Iterator[Autostart]:
    return registry.of_users(_of_user, reading)


def _of_user(profile: Profile, root: Key) -> Iterator[Autostart]:
    place = f"HKU\\{profile.sid}"
    software = root.find("Software")
    if software is not None:
        yield from _run_keys(f"{place}\\Software", software, profile.name)
    environment = root.find("Environment")
    if environment is not None and environment.text("UserInitMprLogonScript"):
        name = f"{place}\\Environment\\UserInitMprLogonScript"
        yield _item(name, environment.text("UserInitMprLogonScript"), "at login", profile.name)


def _run_keys(place: str, software: Key, user: str | None) -> Iterator[Autostart]:
    for path, schedule in _RUN.items():
        key = software.find(path)
        if key is None:
            continue
        approved = software.find(f"{_APPROVED}\\{'Run32' if path.startswith('Wow') else 'Run'}")
        for value in key.value_names:
            if key.kind(value) in (SZ, EXPAND_SZ, MULTI_SZ):
                off = _OFF if path.endswith("\\Run") and _is_off(approved, value) else ""
                yield _item(f"{place}\\{path}\\{value}", "; ".join(key.texts(value)), off + schedule, user)


def _is_off(approved: Key | None, name: str) -> bool:
    state = approved.data(name) if approved is not None else None
    return bool(state and state[0] & 1)


def _folders(registry: Registry, reading: Reading) -> Iterator[Autostart]:
    approved = registry.software(reading).find(f"{_APPROVED}\\StartupFolder")
    off = {name.upper() for name in (approved.value_names if approved is not None else ()) if _is_off(approved, name)}
    yield from _folder(reading, ALL_USERS, None, off)
    off_of_users = dict(registry.of_users(_switched_off, reading))
    for profile in registry.profiles(reading):
        yield from _folder(reading, startup(profile.folder), profile.name, off_of_users.get(profile.sid, set()))


def _switched_off(profile: Profile, root: Key) -> Iterator[tuple[str, set[str]]]:
    approved = root.find(f"Software\\{_APPROVED}\\StartupFolder")
    if approved is not None:
        yield profile.sid, {name.upper() for name in approved.value_names if _is_off(approved, name)}


def _folder(reading: Reading, folder: str, user: str | None, off: set[str]) -> Iterator[Autostart]:
    for entry in reading.any_folder(folder):
        if entry.kind is Kind.FILE and entry.name.lower() != "desktop.ini":
            path = f"{folder}/{entry.name}"
            yield _item(path, path, (_OFF if entry.name.upper() in off else "") + "at login", user)


def _tasks(_: Registry, reading: Reading) -> Iterator[Autostart]:
    for task in tasks.tasks(reading):
        schedule = task.schedule or "when it is asked for"
        author = f"; by {task.author}" if task.author else ""
        name = f"{tasks.FOLDER}{task.path}".replace("\\", "/")
        yield _item(name, task.command, ("" if task.enabled else _OFF) + schedule + author, task.user)


def _item(name: str, command: str, schedule: str, user: str | None) -> Autostart:
    return Autostart(name=word(name), command=word(command), schedule=word(schedule), user=word(user) if user else None)
