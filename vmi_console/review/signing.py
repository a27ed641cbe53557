"""Whose a snapshot is, as far as its signature tells (Ed25519, RFC 8032, over the digest of all that it says).

That a file is whole says nothing of what it tells: whoever signed it answers for that.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path

import msgspec

from vmi_console.errors import InputError
from vmi_console.history.snapshot_file import GivenUp, never
from vmi_console.history.snapshot_file import reading as reading_file
from vmi_console.plain_text import visible
from vmi_console.response.keys import Keys, SigningKey, decoded, is_signed
from vmi_console.review.snapshots import signing_input

KEY_BYTES = 32


class Standing(StrEnum):
    """What the signature of a file is worth."""

    OURS = "signed by this console"
    KNOWN_KEY = "signed with a key that was given as known"
    UNKNOWN_KEY = "signed with a key that is not known here"
    UNSIGNED = "not signed"
    BROKEN = "changed after it was signed"


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was found; `key` is the name of the key that the file says it was signed with."""

    standing: Standing
    digest: str  # SHA-256, hexadecimal: the same for the same content, whoever signed it
    key: str = ""


def verify(path: Path, ours: str = "", known: Collection[str] = (), given_up: GivenUp = never) -> Verified:
    """Holds a file against its signature. Raises `InputError` for one that is no snapshot.

    `ours` is the name of this console's own key, if it has one, `known` are those of others. Blocks.
    """
    with reading_file(path, given_up) as file:
        signature = file.signature()
        digest = file.digest()
    if signature is None:
        return Verified(standing=Standing.UNSIGNED, digest=digest.hex())
    if not is_signed(signing_input(digest), signature.signature, signature.key):
        standing = Standing.BROKEN
    elif ours and signature.key == ours:
        standing = Standing.OURS
    elif signature.key in known:
        standing = Standing.KNOWN_KEY
    else:
        standing = Standing.UNKNOWN_KEY
    return Verified(standing=standing, digest=digest.hex(), key=signature.key)


async def signer(keys: Keys) -> SigningKey:
    """The console's key. Raises `InputError` where it is gone with the session: its signature would prove nothing."""
    key = await keys.signing()
    if not key.lasting:
        raise InputError(
            f"the snapshot cannot be signed: this console has no key that lasts ({key.because})",
            "write it without a signature, or from a session with a keyring",
        )
    return key


def checked_key(name: str) -> str:
    """The name of a public key as somebody typed it. Raises `InputError`."""
    name = name.strip().rstrip("=")
    try:
        if len(decoded(name)) == KEY_BYTES:
            return name
    except ValueError:
        pass
    raise InputError(
        f"“{visible(name, 80)}” is no public key", "give the one that `snapshot info` shows of a file of theirs"
    )
