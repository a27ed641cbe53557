"""The URI of a vSphere connection: `vsphere://user@host[:port]/`, for a vCenter or a single ESXi host."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from vmi_console.errors import ConnectionUriError

HTTPS_PORT = 443


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a URI means. `user` is None where it names none."""

    host: str
    port: int
    user: str | None

    @property
    def where(self) -> str:
        """The server, as people are told of it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == HTTPS_PORT else f"{host}:{self.port}"


def target(uri: str) -> Target:
    """Raises `ConnectionUriError` where the text is no such URI or holds a password.

    A user name with a domain has its @ written as %40, though a plain one is understood.

    >>> target("vsphere://reader%40vsphere.local@vc.example:8443/")
    Target(host='vc.example', port=8443, user='reader@vsphere.local')
    """
    example = "an example: vsphere://administrator%40vsphere.local@vcenter.example/"
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConnectionUriError(f"“{uri[:200]}” is no address: {error}", example) from error
    if not host:
        raise ConnectionUriError(f"“{uri[:200]}” names no server", example)
    if parts.password is not None:
        raise ConnectionUriError(
            "the address holds a password", "leave it out: the console asks for it and keeps it safe"
        )
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConnectionUriError(f"“{uri[:200]}” has more than a user and a server", example)
    return Target(host, port or HTTPS_PORT, unquote(parts.username) if parts.username else None)
