"""What an actor is asked about quarantine, and what it answers: the same on every hypervisor.

Four commands, each of one VM. `survey` looks and changes nothing; `isolate` and `restore` act, and refuse where the VM
is no longer as the caller saw it (`Image.version`); `verify` looks at what became of it. The record is left with the VM
before anything else of it is changed, and taken away last: whoever finds a VM half way can tell. Isolating what is
isolated, and restoring what is as it was, changes nothing and is no error. All arguments and answers are the structs
below, as JSON-like data (`msgspec.to_builtins`, `msgspec.convert`).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import EntityId

RECORD_PREFIX = "vmi1."
"""Begins the text of a record that was left with a VM; by it consoles find it among the VM's attributes."""

SURVEY, ISOLATE, RESTORE, VERIFY = "survey", "isolate", "restore", "verify"


HOST_FRAME_BYTES = (70, 86, 90, 110, 130)
"""Of what the IPv6 of a Linux host says on a guest's tap device, past every filter, in Ethernet: router solicitations
(RFC 4861), neighbour solicitations for its own address (RFC 4862, RFC 7527) and reports of one to three multicast
groups (RFC 3810). It begins when the device is made, and goes on for as long as no router answers."""


class Mode(StrEnum):
    """What quarantine does to a VM."""

    OBSERVE = "observe"
    DISCONNECT = "disconnect"  # link down
    ISOLATE = "isolate"  # a quarantine network, or a filter that drops everything
    PAUSE = "pause"


class Hold(StrEnum):
    """Whether a way to the world is closed (before the act: would be)."""

    HELD = "held"
    NOT_HELD = "not held"
    UNKNOWN = "unknown"


class Channel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way by which a VM reaches the world: a NIC, or a side channel such as a passed-through device, vsock or a
    shared disk."""

    key: str  # the NIC's key as in the record, or a name of the side channel
    title: str  # for people
    hold: Hold
    because: str = ""  # why it is not, or cannot be told
    advice: str = ""
    frames: int | None = None  # sent and received so far, where the hypervisor counts; flat while it is held
    already: bool = False  # of `survey`: whether it is closed as it is, before anything is done
    frame_bytes: int | None = None  # of those, all in all


class Image(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A VM as an actor found it, with everything that giving it back exactly needs."""

    vm: EntityId
    name: str
    power: str
    version: str  # of the configuration; another one means that somebody changed it since
    state: dict[str, Any]  # the provider's own: what restore reads; opaque to everybody else
    record: str = ""  # the signed record of a quarantine that was left with the VM, if there is one


class Survey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to `survey` (arguments `Request` without `image`) and to `verify`."""

    image: Image
    channels: tuple[Channel, ...]
    steps: tuple[str, ...] = ()  # what isolate would change, one line each, for the plan
    problems: tuple[str, ...] = ()  # why it cannot be done at all: no right to act, network missing, being migrated


def planned(would_be: Iterable[Channel], now: Iterable[Channel]) -> tuple[Channel, ...]:
    """The ways as they would be, and which of them are closed already."""
    closed = {channel.key for channel in now if channel.hold is Hold.HELD}
    return tuple(msgspec.structs.replace(channel, already=channel.key in closed) for channel in would_be)


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The argument of all four commands.

    `image` is the one that was surveyed: before the act with `isolate`, after the act (what it must still be) together
    with `before` with `restore`. `force` restores what was isolated although the VM was changed meanwhile.
    """

    vm: EntityId
    mode: Mode = Mode.ISOLATE
    network: str = ""  # of isolate on vSphere: id or name of the quarantine portgroup; empty: the provider's own way
    image: Image | None = None
    before: Image | None = None
    record: str = ""  # to be left with the VM (libvirt metadata, vSphere custom attribute)
    force: bool = False


def check_grant(granted: bool) -> None:
    """Raises `CommandRefused` where the operator has not allowed quarantine."""
    if not granted:
        raise CommandRefused(
            "the console may not act on this connection", "allow it to quarantine in the connection's settings"
        )


def request_of(command: str, arguments: dict[str, Any], *, granted: bool) -> Request:
    """What an actor is asked for. Raises `CommandRefused` for what makes no sense, or acts without being allowed to."""
    try:
        request = msgspec.convert(arguments, Request)
    except msgspec.ValidationError as error:
        raise CommandRefused(f"{command} was asked with arguments that make no sense: {error}") from error
    if command in (ISOLATE, RESTORE):
        check_grant(granted)
    return request


class Done(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to `isolate` and `restore`: the VM as it is now, each way looked at again."""

    image: Image
    channels: tuple[Channel, ...]
    notes: tuple[str, ...] = ()  # what was found on the way and the operator should know
