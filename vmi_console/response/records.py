"""The record that a quarantine leaves with the VM, so that another console can find and release it.

Those who administer the VM can edit it: what it says is a hint, unless it is signed with a key that this console
knows, and is about this very VM (a clone carries its original's record).
"""

from __future__ import annotations

import zlib
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from vmi_console.collectors.quarantine import RECORD_PREFIX, Image, Mode
from vmi_console.estate.identity import EntityId
from vmi_console.response.keys import SigningKey, decoded, encoded, is_signed

PREFIX = RECORD_PREFIX

LARGEST_BYTES = 1 << 20
LONGEST_REASON = 200


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose quarantine it is, why, and how the VM was before."""

    quarantine: str
    vm: EntityId
    mode: Mode
    at: datetime
    by: str
    reason: str
    before: Image
    network: str = ""
    policy: str = ""


class Standing(StrEnum):
    """What a record found with a VM is worth."""

    OURS = "signed by this console"
    UNKNOWN_KEY = "signed with a key that this console does not know"
    NOT_SIGNED = "its signature is missing or wrong"
    OF_ANOTHER_VM = "it is about another VM, as the record of a clone is"
    UNREADABLE = "it cannot be read"


class Left(NamedTuple):
    """A record as it was found. Without a `record` it could not be read."""

    standing: Standing
    record: Record | None


def written(record: Record, key: SigningKey) -> str:
    """The record as a text of ASCII letters, digits and `-_.`, signed."""
    record = msgspec.structs.replace(
        record,
        reason=record.reason[:LONGEST_REASON],
        before=msgspec.structs.replace(record.before, record=""),
    )
    content = zlib.compress(msgspec.msgpack.encode(record), 9)
    return f"{PREFIX}{encoded(content)}.{encoded(key.sign(content))}.{key.name}"


def read(text: str, vm: EntityId, key: SigningKey) -> Left:
    """What a text found with a VM says, and what that is worth."""
    content, _, signature = text.removeprefix(PREFIX).partition(".")
    signature, _, name = signature.partition(".")
    try:
        packed = decoded(content)
        unpacker = zlib.decompressobj()
        unpacked = unpacker.decompress(packed, LARGEST_BYTES)
        record = msgspec.msgpack.decode(unpacked, type=Record)
    except (ValueError, zlib.error, RecursionError):
        return Left(Standing.UNREADABLE, None)
    if record.vm != vm or record.before.vm != vm:
        return Left(Standing.OF_ANOTHER_VM, record)
    try:
        signed = is_signed(packed, decoded(signature), name)
    except ValueError:
        signed = False
    if not signed:
        return Left(Standing.NOT_SIGNED, record)
    return Left(Standing.OURS if name == key.name else Standing.UNKNOWN_KEY, record)
