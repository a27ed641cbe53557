"""What was done, by whom, when, why, and what came of it: a chain that only grows, and how much it proves.

Each link's digest is over its number, the digest before it and its content; the digest is signed. Who can write the
file can cut off its end, or write all of it anew with a key of their own: that shows only where a digest (`head`) was
noted elsewhere.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

import msgspec

from vmi_console.estate.identity import EntityId
from vmi_console.history.journal import Forge, Link
from vmi_console.response.keys import SigningKey, is_signed

LINKS_AT_ONCE = 500


class Act(StrEnum):
    """What was done."""

    ISOLATE = "isolate"
    REASSERT = "re-assert"
    RELEASE = "release"
    KEEP = "keep"
    STOP = "stop"
    NOTICE = "notice"  # what somebody else did to a VM in quarantine


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the record: an intention before the act, and its outcome after it."""

    at: datetime
    act: Act
    outcome: str
    by: str = ""
    why: str = ""
    vm: EntityId = EntityId("")
    vm_name: str = ""
    quarantine: str = ""
    details: tuple[str, ...] = ()


class Verified(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the chain proves. `broken` is empty where it is whole."""

    entries: int
    head: str = ""  # hexadecimal
    first_at: datetime | None = None
    last_at: datetime | None = None
    broken: tuple[str, ...] = ()
    proven: tuple[str, ...] = ()
    not_proven: tuple[str, ...] = ()


def forge(key: SigningKey) -> Forge:
    """Makes links signed with a key."""

    def link(number: int, content: bytes, before: bytes) -> Link:
        digest = digest_of(number, content, before)
        return Link(number, content, digest, key.sign(digest), key.name)

    return link


def digest_of(number: int, content: bytes, before: bytes) -> bytes:
    """SHA-256 of a link."""
    return hashlib.sha256(number.to_bytes(8) + before + content).digest()


async def verify(links: Callable[[int, int], Awaitable[list[Link]]], key: SigningKey, head: str = "") -> Verified:
    """Follows the chain from its beginning; `head` is a digest (hexadecimal) that was noted elsewhere."""
    broken: list[str] = []
    signers: Counter[str] = Counter()
    number, digest = 0, b""
    times: list[datetime] = []
    met_head = not head
    while batch := await links(number, LINKS_AT_ONCE):
        for link in batch:
            if link.number != number + 1:
                broken.append(f"entry {number + 1} is missing")
            elif link.digest != digest_of(link.number, link.content, digest):
                broken.append(f"entry {link.number} is not what was written, or does not follow the one before")
            if is_signed(link.digest, link.signature, link.key):
                signers[link.key] += 1
            else:
                broken.append(f"the signature of entry {link.number} is wrong")
            number, digest = link.number, link.digest
            met_head = met_head or digest.hex() == head.lower()
            if (at := _time_of(link)) is not None:
                times = [*times[:1], at]
    if not met_head:
        broken.append("the head that was noted elsewhere is not in it: entries were cut off or written anew")
    proven, not_proven = _worth(number, signers, key, met_head and bool(head), bool(broken))
    return Verified(
        entries=number,
        head=digest.hex(),
        first_at=times[0] if times else None,
        last_at=times[-1] if times else None,
        broken=tuple(broken[:20]),
        proven=proven,
        not_proven=not_proven,
    )


def _worth(
    entries: int, signers: Counter[str], key: SigningKey, met_head: bool, broken: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is proven, and what cannot be."""
    if broken:
        return (), ("that the entries are those that were written: the chain is broken",)
    if not entries:
        return (), ("that nothing was ever done: an empty record may have been emptied",)
    proven = [f"the {entries} entries follow each other without a gap, each as it was signed"]
    not_proven = []
    ours, others = signers[key.name], len(signers) - (key.name in signers)
    if ours and key.lasting:
        proven.append(f"{ours} of them were signed with the key in this system's keyring")
    elif ours:
        not_proven.append(f"who wrote the {ours} entries of this session: its key is not kept ({key.because})")
    if others:
        not_proven.append(
            f"who wrote {entries - ours} of them: they are signed with {others} keys that the keyring does not hold "
            "(of sessions without a keyring, or of somebody else)"
        )
    if met_head:
        proven.append("the head that was noted elsewhere is in it: nothing before it was changed or taken away")
    not_proven.append("that nothing was cut off at the end: compare the head with one that was sent elsewhere")
    not_proven.append("the times: they are those of this machine's clock")
    return tuple(proven), tuple(not_proven)


def _time_of(link: Link) -> datetime | None:
    try:
        return msgspec.msgpack.decode(link.content, type=Entry).at
    except ValueError:  # then its digest is wrong too
        return None
