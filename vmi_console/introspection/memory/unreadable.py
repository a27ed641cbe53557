"""Why memory, or a part of it, cannot be read."""

from __future__ import annotations

from vmi_console.errors import IntrospectionError

WINDOWS = (
    "the memory of Windows guests is not read; give a dump of it to volatility3, which asks Microsoft for the kernel's "
    "symbols"
)


class Unreadable(IntrospectionError):
    """Nothing, or nothing of one kind, can be said of this memory; the message says why, as it is shown."""


class Undescribed(Unreadable):
    """The kernel was found, and does not say how its structures are laid out: searching on would find no other."""


class Absent(IntrospectionError):
    """These bytes are not there: not mapped, swapped out, not in the dump, or what points to them is wrong."""


class Torn(IntrospectionError):
    """A list changed while it was read, or is damaged: reading it again helps in the first case."""
