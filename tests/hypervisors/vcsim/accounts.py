"""Who may log in to the simulator. It listens on loopback only, so that these passwords need not be secret."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    READER = "reader"
    LOCKED = "locked"
    FORBIDDEN = "forbidden"


class Account(msgspec.Struct, frozen=True):
    """`name` is what is typed at login; events say `actor`, as a vCenter does."""

    name: str
    password: str
    role: Role

    @property
    def actor(self) -> str:
        user, at, domain = self.name.partition("@")
        return f"{domain.upper()}\\{user}" if at else user


OPERATOR = Account("operator@vsphere.local", "open sesame", Role.READER)
ALICE = Account("alice@vsphere.local", "wonderland", Role.ADMINISTRATOR)
MALLORY = Account("mallory@vsphere.local", "mischief", Role.ADMINISTRATOR)
LOCKED = Account("locked@vsphere.local", "too late", Role.LOCKED)
STRANGER = Account("stranger@vsphere.local", "outside", Role.FORBIDDEN)
EVERYBODY = (OPERATOR, ALICE, MALLORY, LOCKED, STRANGER)


def write(path: Path, accounts: tuple[Account, ...] = EVERYBODY) -> None:
    """Writes what the simulator reads, for its user only."""
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(accounts))
