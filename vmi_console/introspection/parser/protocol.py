"""What an inspector (or the command line) and its parser process say to each other, over a socket pair.

The parser asks for bytes and gets them: it has no other way to any. One look is under way at a time.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from vmi_console.introspection.findings import Findings
from vmi_console.wire.calls import Message

BLOCK = 64 * 1024
"""Bytes of what is asked for at once, at offsets that are multiples of it."""

SMALL_BLOCK = 4 * 1024
"""The same where a look may be over after a few: one that is told what was found last time."""

MOST_WANTED = 4 << 20
"""Bytes that one `Want` may ask for."""

LARGEST_MESSAGE = 8 << 20
"""Bytes of what a parser may say at once: some 50,000 packages."""


class Content(StrEnum):
    """What the bytes of a part are."""

    DISK = "disk"  # a disk as the guest sees it
    IMAGE = "image"  # a file that holds a disk in a format of its own (qcow2, VMDK, VHDX, …), to be found out
    MEMORY = "memory"  # physical memory from address 0 on, or a core or dump file that says where its pieces belong
    STATE = "state"  # a suspended state that lies beside a memory file, and says which addresses that has

    @property
    def is_disk(self) -> bool:
        return self in (Content.DISK, Content.IMAGE)


class Stream(Message):
    """Bytes that the parser may ask for by number."""

    number: int
    content: Content
    size: int
    name: str = ""  # of the file, as messages call it; tells nothing of where it is


class Budget(Message):
    """What a look may cost; past it the look ends as unreadable."""

    seconds: float = 60.0  # of the parser's own; it is not to blame for bytes that take their time
    waiting_seconds: float = 600.0  # for those bytes
    memory_bytes: int = 1 << 30
    read_bytes: int = 1 << 30
    files: int = 1024  # opened because an image names them


# --- to the parser --------------------------------------------------------------------------------------------------


class Look(Message):
    """Look into these streams, which belong to one machine."""

    number: int  # drawn by lot, and said again in `Found`: nobody can answer before they were asked
    streams: tuple[Stream, ...]
    budget: Budget = msgspec.field(default_factory=Budget)
    known: str = ""  # the fingerprint of what was found last time: where it is the same still, nothing more is read


class Data(Message):
    """The bytes that were wanted; `error` where they cannot be had."""

    content: bytes = b""
    error: str = ""


class Opened(Message):
    """The stream that `Open` asked for; None where it may not be had, and why."""

    stream: Stream | None = None
    error: str = ""


type ToParser = Look | Data | Opened


# --- from the parser ------------------------------------------------------------------------------------------------


class Measure(Message):
    """One thing that protects the rest of the machine from a parser, and whether it was seen to hold."""

    name: str
    holds: bool
    detail: str = ""  # how it was tried, or why it does not hold


class Ready(Message):
    """Everything is loaded, the sandbox is closed, and was tried. Comes once, before the first `Look`."""

    measures: tuple[Measure, ...] = ()
    missing: tuple[str, ...] = ()  # what this installation cannot read, and why


class Want(Message):
    """Bytes of a stream, wholly inside it. `Data` answers; nothing else is sent in between."""

    stream: int
    offset: int
    length: int


class Open(Message):
    """A file that an image names: its backing file, or an extent. `Opened` answers. The one asked decides, not we."""

    stream: int
    name: str


class Found(Message):
    """The look is over. A failure is said where nothing at all could be read of the disks, or of the memory."""

    number: int = 0
    disk: Findings | None = None
    disk_failure: str = ""
    memory: Findings | None = None
    memory_failure: str = ""
    fingerprint: str = ""  # of the places on the disks that move with what was found
    unchanged: bool = False  # it is the one that was known, so nothing else was read and nothing is found
    worn: bool = False  # this parser had better not look again: it met its limits, or an error nobody foresaw
    seconds: float = 0.0


type FromParser = Ready | Want | Open | Found
