"""A connection's URI, made safe to open, and what it says of the endpoint (libvirt.org/uri.html)."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, unquote, urlsplit

from vmi_console.errors import ConnectionUriError

LOCAL = "this machine"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a URI means: `opened` is what libvirt is given, `where` names the host for people."""

    opened: str
    driver: str
    where: str
    user: str | None
    path: str

    @property
    def is_session(self) -> bool:
        """Whether it is a user's own daemon, of which a host has one for each user."""
        return self.path.rstrip("/") == "/session"

    def endpoint(self, host_uuid: str | None) -> str:
        """The endpoint part of ids: `<host uuid>.<driver>`, with `.session-<user>` for a user's own daemon.

        Without a host UUID (the test driver has none) it is made from the address, which then is all there is.
        """
        if host_uuid is None:
            canonical = f"{self.driver}://{'' if self.where == LOCAL else self.where}{PurePosixPath(self.path)}"
            host_uuid = str(uuid.uuid5(uuid.NAMESPACE_URL, canonical))
        return f"{host_uuid}.{self.driver}" + (f".session-{self._session_user()}" if self.is_session else "")

    def _session_user(self) -> str:
        if self.where == LOCAL and hasattr(os, "getuid"):
            return str(os.getuid())
        return (self.user or "self").replace("/", "_")


def target(uri: str) -> Target:
    """What to open. Raises `ConnectionUriError` where the text is no URI or holds a password.

    An ssh that asks on a terminal would wait for ever in a process that has none: `no_tty=1` is added.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConnectionUriError(
            f"“{uri[:200]}” is no address: {error}", "an example: qemu+ssh://user@host/system"
        ) from error
    if parts.password is not None:
        raise ConnectionUriError(
            "the address holds a password", "leave it out: the console asks for it and keeps it safe"
        )
    driver, _, transport = parts.scheme.partition("+")
    opened = uri
    if transport in ("ssh", "libssh", "libssh2") and "no_tty" not in dict(parse_qsl(parts.query)):
        opened = f"{uri}{'&' if parts.query else '?'}no_tty=1"
    where = LOCAL if not host else f"{host}:{port}" if port else host
    return Target(opened, driver.lower(), where, unquote(parts.username) if parts.username else None, parts.path)
