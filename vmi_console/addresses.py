"""Addresses of connections: URIs that people type, which must never hold a secret, and never be shown with one."""

from __future__ import annotations

import re

from vmi_console.errors import ConnectionUriError

LONGEST = 4096

# People paste passwords as they are, with a / or ? in them; a port, or an IPv6 address in brackets, is none.
_USER_AND_PASSWORD = re.compile(r"(?<=//)([^/?#@:\[]*):(?!\d*(?:[/?#]|$))(.*)@")


def masked(uri: str, limit: int = 200) -> str:
    """The address as it may be shown: a password in it hidden, and no longer than `limit` characters.

    >>> masked("qemu+ssh://root:hunter2@kvm1/system")
    'qemu+ssh://root:…@kvm1/system'
    """
    shown = _USER_AND_PASSWORD.sub(r"\1:…@", uri)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def refuse_password(uri: str) -> None:
    """Raises `ConnectionUriError` for an address that holds a password, or is longer than any can be."""
    if len(uri) > LONGEST:
        raise ConnectionUriError(f"an address of {len(uri):,} characters is none", "check what was pasted")
    if _USER_AND_PASSWORD.search(uri):
        raise ConnectionUriError(
            f"the address {masked(uri)} holds a password",
            "leave it out: the console asks for it, and can keep it in the keyring",
        )
