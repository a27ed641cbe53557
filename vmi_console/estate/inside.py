"""What queries ask of the facts that were found inside a guest.

Each function here takes the arguments of a query's function, raises `ValueError` where one is wrong, and gives a test
of one VM. A set that was not read, or not looked for, leaves the answer unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from vmi_console.estate.attributes import Context, facts_inside
from vmi_console.estate.facts import Looked, Process, User
from vmi_console.estate.patterns import glob
from vmi_console.estate.records import VM

_NAMES_REMEMBERED = 20_000
_PORTS = re.compile(r"\s*([0-9]{1,5})\s*(?:[-–]\s*([0-9]{1,5}))?\s*(?:/\s*(tcp|udp))?\s*", re.ASCII | re.IGNORECASE)
_HIGHEST_PORT = 65_535
_DELETED = " (deleted)"  # how the kernel names a program whose file is gone

type _Test = Callable[[VM, Context, datetime], bool | None]
type PortRange = tuple[str, int, int]
"""Protocol (empty for any), first and last port."""


def has_process(pattern: str, user: str = "") -> _Test:
    """Whether a process of this name runs, as this user where one is given.

    Memory tells users by number. One that is no account of the guest, as of a directory, may have any name.
    """
    is_meant = _names(pattern)
    wanted = user.strip().casefold()
    is_user = _names(user) if wanted else None

    def evaluate(vm: VM, context: Context, _: datetime) -> bool | None:
        facts = facts_inside(vm.id, context, "processes")
        if facts is None:
            return None
        found = [process.user for process in facts.items if any(map(is_meant, process_names(process)))]
        if not found or is_user is None:
            return bool(found)
        accounts = facts_inside(vm.id, context, "users")
        users: tuple[User, ...] = accounts.items if accounts is not None else ()
        has_number = (
            wanted == "root"
            or wanted.isdecimal()
            or any(account.name.casefold() == wanted and account.uid is not None for account in users)
        )
        unknown = False
        for who in found:
            names = _names_of(who, users)
            if any(map(is_user, names)):
                return True
            unknown = unknown or not names or (len(names) == 1 and names[0].isdecimal() and not has_number)
        return None if unknown else False

    return evaluate


def _names_of(user: str | None, users: Iterable[User]) -> tuple[str, ...]:
    """What a process's user may be called by: itself, and where it is a number, the accounts of that."""
    if user is None or not user.isdecimal():
        return () if user is None else (user,)
    of_number = (account.name for account in users if account.uid is not None and str(account.uid) == user)
    return tuple(dict.fromkeys((user, *of_number, *(("root",) if user == "0" else ()))))


def has_user(pattern: str) -> _Test:
    """Whether there is a local account of this name."""
    is_meant = _names(pattern)
    return _any_item("users", lambda user: is_meant(user.name))


def has_module(pattern: str) -> _Test:
    """Whether a kernel module of this name is loaded."""
    is_meant = _names(module_pattern(pattern))
    return _any_item("modules", lambda module: is_meant(module_name(module.name)))


def listens(port: str, protocol: str = "") -> _Test:
    """Whether something listens on a port, or on one of a range."""
    protocol = protocol.strip().lower()
    if protocol not in ("", "tcp", "udp"):
        raise ValueError(f"“{protocol}” is neither tcp nor udp")
    of, first, last = ports(port)
    if of and protocol and of != protocol:
        raise ValueError(f"{of} and {protocol} cannot both be meant")
    of = of or protocol
    return _any_item("sockets", lambda each: first <= each.port <= last and each.protocol.startswith(of))


def guest_setting(key: str) -> Callable[[VM, Context, datetime], str | None]:
    """The value of a setting inside the guest; empty where it is not set."""
    wanted = key.strip().casefold()
    if not wanted:
        raise ValueError("a name is missing")

    def evaluate(vm: VM, context: Context, _: datetime) -> str | None:
        facts = facts_inside(vm.id, context, "settings")
        if facts is None:
            return None
        found = next((setting.value for setting in facts.items if setting.name.casefold() == wanted), None)
        return "" if found is None and settings_are_whole(vm, context) else found

    return evaluate


def settings_are_whole(vm: VM, context: Context) -> bool:
    """Whether what is not among a guest's settings is not set: services decide some, and leave them out unread."""
    software = context.software(vm.id)
    return software is not None and software.guest.services.status is Looked.READ


def process_names(process: Process) -> Iterable[str]:
    """What a process may be called by: the kernel cuts its own name for it at 15 characters, and programs change it."""
    yield process.name
    for path in (process.executable, process.command.partition(" ")[0]):
        if path:
            yield path.removesuffix(_DELETED).rpartition("/")[2]


def module_name(name: str) -> str:
    """A module's name as the kernel itself takes it, to which `-` and `_` are the same.

    >>> module_name("dm-crypt")
    'dm_crypt'
    """
    return name.replace("-", "_")


def module_pattern(pattern: str) -> str:
    """A pattern of such names; within brackets `-` stands for a range."""
    return pattern if "[" in pattern else module_name(pattern)


def ports(text: str) -> PortRange:
    """A port or a range of them, with a protocol behind it if one is meant. Raises `ValueError`.

    >>> ports("8000-8100/tcp"), ports("53")
    (('tcp', 8000, 8100), ('', 53, 53))
    """
    match = _PORTS.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text}” is no port such as 22, 8000-8100 or 53/udp")
    first = int(match[1])
    last = int(match[2] or first)
    if not 0 < first <= last <= _HIGHEST_PORT:
        raise ValueError(f"“{text}” is no range of ports: they are 1 to {_HIGHEST_PORT}, the lower one first")
    return (match[3] or "").lower(), first, last


def _names(pattern: str) -> Callable[[str], bool]:
    if not pattern.strip():
        raise ValueError("a name is missing")
    matches = glob(pattern.strip())
    return lru_cache(_NAMES_REMEMBERED)(lambda name: bool(matches(name.casefold())))


def _any_item(field: str, holds: Callable[[Any], bool | None]) -> _Test:
    def evaluate(vm: VM, context: Context, _: datetime) -> bool | None:
        facts = facts_inside(vm.id, context, field)
        if facts is None:
            return None
        unknown = False
        for item in facts.items:
            verdict = holds(item)
            if verdict:
                return True
            unknown = unknown or verdict is None
        return None if unknown else False

    return evaluate
