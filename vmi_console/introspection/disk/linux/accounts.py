"""Local accounts, what they may do, and how they can be entered: passwd(5), shadow(5), group(5), sudoers(5)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from vmi_console.estate.facts import User
from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.linux import sshd
from vmi_console.introspection.disk.linux.ssh_keys import fingerprints
from vmi_console.introspection.disk.linux.sudoers import Granted, granted
from vmi_console.introspection.disk.reading import Reading, word

FILES = ("/etc/passwd", "/etc/shadow", "/etc/group")
_LARGEST = 16 << 20
_MOST_USERS = 20_000
_NO_SHELLS = ("/nologin", "/false", "/sync", "/halt", "/shutdown")
KEY_FILES = (".ssh/authorized_keys", ".ssh/authorized_keys2")


class _Secret(msgspec.Struct, frozen=True):
    """What shadow says of a password, without it."""

    password: str  # set, none or locked
    expired: bool


def users(reading: Reading) -> list[User]:
    """Every account of /etc/passwd, in its order. Raises `Unreadable` where that cannot be read."""
    try:
        accounts = [fields for fields in _fields(reading.text("/etc/passwd", _LARGEST), 7) if fields[2].isdecimal()]
    except Absent as error:
        raise Unreadable("there is no /etc/passwd") from error
    if len(accounts) > _MOST_USERS:
        raise Unreadable(f"/etc/passwd has more than {_MOST_USERS} accounts")
    secrets = _secrets(reading)
    rights, members, gids = _rights(reading)
    keys = _Keys(reading)
    return [
        _user(fields, secrets, rights, members.get(fields[0], set()) | {gids.get(fields[3], "")}, keys)
        for fields in accounts
    ]


def key_files(reading: Reading) -> Iterator[str]:
    """Where keys of accounts with a shell may lie. Raises `Unreadable`."""
    keys = _Keys(reading)
    try:
        accounts = reading.text("/etc/passwd", _LARGEST)
    except Absent:
        return
    for fields in _fields(accounts, 7):
        if not fields[6].endswith(_NO_SHELLS):
            yield from keys.paths(fields[0], fields[5])


def _user(
    fields: list[str], secrets: dict[str, _Secret] | None, rights: Granted | None, groups: set[str], keys: _Keys
) -> User:
    name, password, uid, gid, _, home, shell = fields[:7]
    if password == "x":
        secret = secrets.get(name) if secrets is not None else None
    else:
        secret = _Secret(_kind(password), False)
    return User(
        name=word(name),
        uid=int(uid[:10]),
        administrator=_is_administrator(
            name, int(uid[:10]), int(gid[:10] or 0) if gid.isdecimal() else None, groups, rights
        ),
        locked=(secret.password == "locked" or secret.expired) if secret is not None else None,
        password=secret.password if secret is not None else "",
        shell=word(shell) or "/bin/sh",
        keys=keys.of(name, home),
    )


def _is_administrator(name: str, uid: int, gid: int | None, groups: set[str], rights: Granted | None) -> bool | None:
    if uid == 0:
        return True
    if rights is None:
        return None
    return (
        rights.everybody
        or name in rights.users
        or uid in rights.uids
        or gid in rights.gids
        or not rights.groups.isdisjoint(groups)
    )


def _rights(reading: Reading) -> tuple[Granted | None, dict[str, set[str]], dict[str, str]]:
    """What is granted (None where that cannot be told), and who is in which groups."""
    try:
        return granted(reading), *_groups(reading)
    except Unreadable as error:
        reading.doubt(f"who may become root cannot be told: {error}")
        return None, {}, {}


def _secrets(reading: Reading) -> dict[str, _Secret] | None:
    try:
        text = reading.text("/etc/shadow", _LARGEST)
    except Absent:
        return None
    except Unreadable as error:
        reading.doubt(f"/etc/shadow: {error}")
        return None
    today = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    found = {}
    for fields in _fields(text, 2):
        ends = fields[7] if len(fields) > 7 else ""
        found[fields[0]] = _Secret(_kind(fields[1]), ends.isdecimal() and int(ends[:10]) <= today)
    return found


def _kind(password: str) -> str:
    """What may stand where the hash does: nothing lets anybody in, and what no hash can be lets nobody in."""
    if not password:
        return "none"
    return "locked" if password[0] in "!*" or password == "x" or len(password) < 13 else "set"


def _groups(reading: Reading) -> tuple[dict[str, set[str]], dict[str, str]]:
    """The groups that each account was added to, and the groups' names by their ids. Raises `Unreadable`."""
    members: dict[str, set[str]] = {}
    gids: dict[str, str] = {}
    text = reading.known_text("/etc/group", _LARGEST)
    for fields in _fields(text or "", 3):
        gids.setdefault(fields[2], fields[0])
        for name in (fields[3] if len(fields) > 3 else "").split(","):
            if name:
                members.setdefault(name, set()).add(fields[0])
    return members, gids


def _fields(text: str, least: int) -> Iterator[list[str]]:
    """The lines of a file of colons. Those that begin with + or - ask a directory service, and name nobody."""
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) >= least and fields[0] and fields[0][0] not in "+-#":
            yield fields


class _Keys:
    """Where keys of accounts lie, as sshd is configured."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._of_folders: dict[str, bool] = {}
        self._known = True
        try:
            settings = sshd.settings(reading)
        except Unreadable as error:
            reading.doubt(f"where keys lie cannot be told: {error}")
            self._known, settings = False, {}
        command = settings.get("AuthorizedKeysCommand", "none")
        if command.lower() != "none":
            reading.doubt(f"sshd also asks {word(command)} for keys")
        configured = settings.get("AuthorizedKeysFile", "")
        self._patterns = configured.split() if configured else KEY_FILES

    def of(self, name: str, home: str) -> tuple[str, ...] | None:
        """The fingerprints for an account; None where a file of them cannot be read."""
        if not self._known:
            return None
        found: dict[str, None] = {}
        for path in self.paths(name, home):
            try:
                found.update(dict.fromkeys(fingerprints(self._reading.text(path))))
            except Absent:
                continue
            except Unreadable as error:
                self._reading.doubt(f"{path}: {error}")
                return None
        return tuple(found)

    def paths(self, name: str, home: str) -> Iterator[str]:
        """Where keys of an account may lie."""
        for pattern in self._patterns:
            path = posixpath.join(home, pattern.replace("%h", home).replace("%u", name).replace("%%", "%"))
            if pattern.lower() != "none" and path.startswith("/") and self._has_folder(posixpath.dirname(path)):
                yield path

    def _has_folder(self, path: str) -> bool:
        """Many accounts share a home that has no keys."""
        if path not in self._of_folders:
            self._of_folders[path] = self._reading.exists(path)
        return self._of_folders[path]
