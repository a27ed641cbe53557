"""The registry of a guest: its hives, each opened once, and where things are in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import msgspec

from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.reading import Reading, word
from vmi_console.introspection.disk.windows.hives import Hive, Key

FOLDER = "/Windows/System32/config"
SYSTEM, SOFTWARE, SAM = f"{FOLDER}/SYSTEM", f"{FOLDER}/SOFTWARE", f"{FOLDER}/SAM"
LOGS = (".LOG1", ".LOG2", ".LOG")
OF_USER, OF_CLASSES = HIVES_OF_USERS = ("NTUSER.DAT", "AppData/Local/Microsoft/Windows/UsrClass.dat")
"""What each user configures, and what packaged apps note for each, in the user's folder."""
CURRENT = "Microsoft\\Windows\\CurrentVersion"
"""Where most of what programs and users configure is, below SOFTWARE."""
_MOST_PROFILES = 500
_VARIABLES = {
    "%systemroot%": "/Windows",
    "%windir%": "/Windows",
    "%systemdrive%": "",
    "%programdata%": "/ProgramData",
    "%allusersprofile%": "/ProgramData",
    "%programfiles%": "/Program Files",
    "\\systemroot": "/Windows",
    "\\??\\": "",
    "\\\\?\\": "",
}


class Profile(msgspec.Struct, frozen=True):
    """A user that has been logged on: local, of a domain, or a service."""

    sid: str
    name: str
    folder: str  # in the guest


class Registry:
    """Raises `Unreadable` where what is asked for cannot be read; notes in the reading what is to doubt of a hive."""

    def __init__(self) -> None:
        self._hives: dict[str, Hive | Unreadable | Absent] = {}

    def hive(self, path: str, reading: Reading) -> Hive:
        """Raises `Absent` too."""
        if path not in self._hives:
            try:
                self._hives[path] = opened(path, reading)
            except (Absent, Unreadable) as error:
                self._hives[path] = error
        found = self._hives[path]
        if not isinstance(found, Hive):
            raise found
        if found.doubt:
            reading.doubt(found.doubt)
        return found

    def software(self, reading: Reading) -> Key:
        return self.hive(SOFTWARE, reading).root

    def control_set(self, reading: Reading) -> Key:
        """The control set that the guest runs with, or would start."""
        root = self.hive(SYSTEM, reading).root
        number = root.at("Select").number("Current")
        if number is None:
            raise Unreadable("SYSTEM does not tell which control set is the current one")
        return root.at(f"ControlSet{number:03}")

    def profiles(self, reading: Reading) -> list[Profile]:
        """Everybody who has a profile on the system's drive."""
        profiles = self.software(reading).find("Microsoft\\Windows NT\\CurrentVersion\\ProfileList")
        found: list[Profile] = []
        for key in profiles.subkeys() if profiles is not None else ():
            folder = in_guest(key.text("ProfileImagePath"))
            if folder is None:
                reading.doubt(f"the profile of {key.name} is on another drive")
                continue
            if len(found) >= _MOST_PROFILES:
                reading.doubt(f"of users' profiles only {_MOST_PROFILES} were looked at")
                break
            found.append(Profile(sid=word(key.name), name=word(folder.rpartition("/")[2]), folder=folder))
        return found

    def of_users[T](
        self, read: Callable[[Profile, Key], Iterable[T]], reading: Reading, hive: str = OF_USER
    ) -> Iterator[T]:
        """What `read` finds in the hive that each user has. One that cannot be read adds nothing but a doubt.

        They are not kept: there may be hundreds.
        """
        for profile in self.profiles(reading):
            try:
                opened_ = opened(f"{profile.folder}/{hive}", reading)
                found = [*read(profile, opened_.root)]
            except Absent:
                continue
            except Unreadable as error:
                reading.doubt(f"what {profile.name} has is not known: {error}")
                continue
            if opened_.doubt:
                reading.doubt(f"{profile.name}: {opened_.doubt}")
            yield from found


def opened(path: str, reading: Reading) -> Hive:
    """A hive with its logs. Raises `Absent` and `Unreadable`."""
    name = path.rpartition("/")[2]
    file = reading.open(path)
    logs: list[BinaryIO] = []
    problems = []
    for suffix in LOGS:
        try:
            logs.append(reading.open(path + suffix))
        except Absent:
            continue
        except Unreadable as error:
            problems.append(str(error))
    try:
        hive = Hive(name, file, logs)
        hive.root  # noqa: B018 - the root is read now, so that what is no hive is known at once
    except (Absent, Unreadable):
        raise
    except Exception as error:
        raise Unreadable(f"{name} cannot be read: {error or type(error).__name__}") from error
    if problems and hive.base.is_dirty:
        reading.doubt(f"{name} was being written, and a log of it cannot be read: {problems[0]}")
    return hive


def in_guest(path: str) -> str | None:
    """A path as Windows writes it, as `Files` takes it; None for one on another drive than C:, or none at all.

    >>> in_guest("C:\\\\Users\\\\ann"), in_guest("%SystemRoot%\\\\ServiceProfiles"), in_guest("D:\\\\x")
    ('/Users/ann', '/Windows/ServiceProfiles', None)
    """
    path = path.strip().strip('"')
    for variable, value in _VARIABLES.items():
        if path.lower().startswith(variable):
            path = value + path[len(variable) :]
    if path[1:2] == ":":
        if path[0].upper() != "C":
            return None
        path = path[2:]
    path = path.replace("\\", "/").rstrip("/")
    return path if path.startswith("/") and "/../" not in f"{path}/" else None
