"""A socket of another machine brought here through SSH, as libvirt itself gets there."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from vmi_console.errors import SourceError

OPENING_S = 20.0


class Forward:
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
    async def socket(self, remote: str) -> AsyncIterator[str]:
        """The path of a socket here that leads to `remote` there. Raises `SourceError`."""
        with tempfile.TemporaryDirectory(prefix="vmi-console-") as folder:
            here = Path(folder) / "nbd"
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command, "-L", f"{here}:{remote}", "--", self._host,
                    stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
                )  # fmt: skip
            except OSError as error:
                raise SourceError(f"backup: {self._command[0]} cannot be started: {error.strerror}") from error
            try:
                await self._opened(process, here)
                yield str(here)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                await process.wait()

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


def forward_of(uri: str) -> Forward | None:
    """What brings sockets here. None where they are here; raises `SourceError` where there is no safe way."""
    transport = urlsplit(uri).scheme.partition("+")[2]
    if transport in ("", "unix") and not urlsplit(uri).hostname:
        return None
    if transport in ("ssh", "libssh", "libssh2"):
        return Forward(uri)
    raise SourceError(
        "backup: the disks of running guests would cross the network unprotected",
        "connect with qemu+ssh://, which carries them through SSH",
    )
