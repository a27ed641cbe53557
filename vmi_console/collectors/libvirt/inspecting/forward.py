"""How what a hypervisor exports comes here: by a socket of this machine, one of another brought here through SSH, as
libvirt itself gets there, or over TLS with libvirt's own certificates.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from vmi_console.errors import SourceError
from vmi_console.introspection.blocks.nbd import Door
from vmi_console.runtime_folder import RuntimeFolder
from vmi_console.wire.child import end

OPENING_S = 20.0
ENDING_S = 5.0

SOCKETS = "/var/tmp"
"""On the hypervisor's host: where its QEMU may make a socket, and we may reach it."""

PORTS = range(49_300, 49_900)
"""Above those that libvirt takes for migrations (49152 to 49215)."""


class Here:
    """The hypervisor is on this machine."""

    def server(self, name: str) -> Door:
        """Where it is to serve an export that is called so."""
        return Door(socket=f"{SOCKETS}/{name}.sock")

    @contextlib.asynccontextmanager
    async def opened(self, door: Door) -> AsyncIterator[Door]:
        """The door to knock at here, for one of the hypervisor's. Raises `SourceError`."""
        yield door


class Tls(Here):
    """To the host of one URI, with the certificates that libvirt has for it."""

    def __init__(self, uri: str) -> None:
        """Raises `SourceError` where there are none."""
        self._host = urlsplit(uri).hostname or ""
        self._context = _context(dict(parse_qsl(urlsplit(uri).query)).get("pkipath", ""))

    def server(self, name: str) -> Door:
        return Door(host=self._host, port=secrets.choice(PORTS), context=self._context)


class Forward(Here):
    """To the host of one URI; only where its transport is SSH."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        options = dict(parse_qsl(parts.query))
        self._command = [
            options.get("command") or "ssh",
            *("-N", "-T", "-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-o", "StreamLocalBindUnlink=yes"),
        ]
        if parts.port:
            self._command += ["-p", str(parts.port)]
        if parts.username:
            self._command += ["-l", unquote(parts.username)]
        if keyfile := options.get("keyfile"):
            self._command += ["-i", keyfile]
        self._host = parts.hostname or ""

    @contextlib.asynccontextmanager
    async def opened(self, door: Door) -> AsyncIterator[Door]:
        with RuntimeFolder() as folder:
            here = folder.path / "nbd"
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command, "-L", f"{here}:{door.socket}", "--", self._host,
                    stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
                )  # fmt: skip
            except OSError as error:
                raise SourceError(f"backup: {self._command[0]} cannot be started: {error.strerror}") from error
            try:
                await self._opened(process, here)
                yield Door(socket=str(here))
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                await end(process, ENDING_S)

    async def _opened(self, process: asyncio.subprocess.Process, here: Path) -> None:
        try:
            async with asyncio.timeout(OPENING_S):
                while not here.exists():  # noqa: ASYNC240  # a folder of ours, on this machine
                    if process.returncode is not None:
                        assert process.stderr is not None
                        said = (await process.stderr.read(2000)).decode(errors="replace").strip()
                        raise SourceError(f"backup: ssh to {self._host} could not forward the export: {said}")
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            raise SourceError(f"backup: ssh to {self._host} has not forwarded the export in time") from error


def route(uri: str) -> Here:
    """What brings exports here. Raises `SourceError` where there is no safe way."""
    transport = urlsplit(uri).scheme.partition("+")[2]
    if transport in ("", "unix") and not urlsplit(uri).hostname:
        return Here()
    if transport in ("ssh", "libssh", "libssh2"):
        return Forward(uri)
    if transport in ("", "tls"):  # a host without a transport is reached over TLS
        return Tls(uri)
    raise SourceError(
        "backup: the disks of running guests would cross the network unprotected",
        "connect with qemu+ssh://, which carries them through SSH, or with qemu+tls://",
    )


def _context(folder: str) -> ssl.SSLContext:
    """Whom libvirt's client trusts, and who it is (“TLS transport” in libvirt's documentation). The host's certificate
    is always verified, whatever the URI says.
    """
    mine = Path.home() / ".pki/libvirt"
    if folder or (mine / "cacert.pem").exists():
        place = Path(folder) if folder else mine
        authority, certificate, key = (place / name for name in ("cacert.pem", "clientcert.pem", "clientkey.pem"))
    else:
        authority = Path("/etc/pki/CA/cacert.pem")
        certificate = Path("/etc/pki/libvirt/clientcert.pem")
        key = Path("/etc/pki/libvirt/private/clientkey.pem")
    try:
        context = ssl.create_default_context(cafile=str(authority))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate.exists():
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise SourceError(
            f"backup: the certificates of libvirt's client cannot be read ({authority}): {error}",
            "see “TLS certificates” in libvirt's documentation",
        ) from error
    return context
