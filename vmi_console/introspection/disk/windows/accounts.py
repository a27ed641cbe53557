"""Local accounts, from the hive of the security accounts manager (SAM).

Layouts of its values (F, V, C) as they are publicly known; hashes in them are encrypted, and never read: only whether
there is one, which their lengths tell.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from vmi_console.estate.facts import User
from vmi_console.introspection.disk.files import Absent, Unreadable
from vmi_console.introspection.disk.reading import Reading, word
from vmi_console.introspection.disk.windows.filetimes import moment
from vmi_console.introspection.disk.windows.hives import Key
from vmi_console.introspection.disk.windows.registry import SAM, Registry

_USERS = "SAM\\Domains\\Account\\Users"
_ADMINISTRATORS = "SAM\\Domains\\Builtin\\Aliases\\00000220"
_DISABLED, _NOT_REQUIRED, _NEVER_EXPIRES, _LOCKED_OUT = 0x0001, 0x0004, 0x0200, 0x0400
_DATA = 0xCC
"""Where in V what its head points to begins."""
_NAME, _HASH = 0x0C, 0xA8
_WITHOUT_HASH = (0, 4, 24)
"""Lengths of what stands for the hash where there is none: nothing, or a head alone (older and newer encryption)."""
_MEMBERS = 40
_MOST = 20_000


class Account(msgspec.Struct, frozen=True):
    """An account with what else is known of its password."""

    user: User
    never_expires: bool
    not_required: bool
    must_change: bool


def users(registry: Registry, reading: Reading) -> list[User]:
    """Every local account. Raises `Absent` and `Unreadable`."""
    return [account.user for account in accounts(registry, reading)]


def accounts(registry: Registry, reading: Reading) -> list[Account]:
    """The same, with what rules their passwords follow. Raises `Absent` and `Unreadable`."""
    root = registry.hive(SAM, reading).root
    if _is_domain_controller(registry, reading):
        reading.doubt("it is a domain controller: the accounts of the domain are in its directory, which is not read")
    administrators = _administrators(root, reading)
    found: list[Account] = []
    for key in root.at(_USERS).subkeys():
        if key.name.lower() == "names":
            continue
        if len(found) >= _MOST:
            raise Unreadable(f"there are more than {_MOST} accounts")
        fixed, various = key.data("F"), key.data("V")
        if fixed is None or various is None or len(fixed) < 68 or len(various) < _DATA:
            raise Unreadable(f"the account {key.name} in SAM is damaged")
        found.append(_account(fixed, various, administrators))
    return found


def _account(fixed: bytes, various: bytes, administrators: frozenset[int] | None) -> Account:
    (expires,) = struct.unpack_from("<Q", fixed, 32)
    (password_set,) = struct.unpack_from("<Q", fixed, 24)
    rid, _, flags = struct.unpack_from("<IIH", fixed, 48)
    until = moment(expires)
    user = User(
        name=word(_part(various, _NAME).decode("utf-16-le", "replace")),
        uid=rid,
        administrator=None if administrators is None else rid in administrators,
        locked=bool(flags & (_DISABLED | _LOCKED_OUT)) or (until is not None and until <= datetime.now(UTC)),
        password="none" if _length(various, _HASH) in _WITHOUT_HASH else "set",
    )
    return Account(user, bool(flags & _NEVER_EXPIRES), bool(flags & _NOT_REQUIRED), password_set == 0)


def _administrators(root: Key, reading: Reading) -> frozenset[int] | None:
    """Numbers (RIDs) of the local accounts in the group of administrators; None where that cannot be told."""
    try:
        members = root.at(_ADMINISTRATORS).data("C") or b""
        machine = (root.at("SAM\\Domains\\Account").data("V") or b"")[-12:]
        start, length, count = struct.unpack_from("<III", members, _MEMBERS)
        listed = members[52 + start : 52 + start + length]
        found = [*_identifiers(listed, count)]
    except (Absent, Unreadable, struct.error) as error:
        reading.doubt(f"who administrates is not known: {error}")
        return None
    local = struct.pack(">Q", 5)[2:] + struct.pack("<I", 21) + machine
    return frozenset(int.from_bytes(sid[-4:], "little") for sid in found if sid[2:-4] == local)


def _identifiers(data: bytes, count: int) -> Iterator[bytes]:
    """Security identifiers (SIDs), one after another. Raises `Unreadable`."""
    if count > _MOST:
        raise Unreadable(f"there are more than {_MOST} administrators")
    for _ in range(count):
        length = 8 + 4 * data[1] if len(data) > 1 else 8
        if len(data) < length:
            raise Unreadable("the group of administrators is damaged")
        yield data[:length]
        data = data[length:]


def _is_domain_controller(registry: Registry, reading: Reading) -> bool:
    try:
        options = registry.control_set(reading).find("Control\\ProductOptions")
    except (Absent, Unreadable) as error:
        reading.doubt(f"whether it is a domain controller is not known: {error}")
        return False
    return options is not None and options.text("ProductType").lower() == "lanmannt"


def _part(various: bytes, entry: int) -> bytes:
    """What an entry of V's head points to. Raises `Unreadable`."""
    start, length = struct.unpack_from("<II", various, entry)
    if _DATA + start + length > len(various):
        raise Unreadable("an account in SAM is damaged")
    return various[_DATA + start : _DATA + start + length]


def _length(various: bytes, entry: int) -> int:
    length: int = struct.unpack_from("<II", various, entry)[1]
    return length
