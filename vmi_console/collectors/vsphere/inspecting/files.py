"""Ranges of files in datastores, by HTTPS with the session's cookie: `/folder/PATH?dcPath=DATACENTER&dsName=DATASTORE`.

See “HTTP Access to vSphere Server Files” in the Web Services SDK Programming Guide. Every connection is verified as the
session's own are, and kept; nothing is ever sent to another server than the session's.
"""

from __future__ import annotations

import http.client
import re
import ssl
import threading
import time
from urllib.parse import quote, urlencode

from pyVmomi import vim

from vmi_console.collectors.vsphere.errors import LOST, SessionEnded, explained
from vmi_console.collectors.vsphere.inspecting.machine import File
from vmi_console.collectors.vsphere.inspecting.places import Datastore
from vmi_console.collectors.vsphere.session import Caller, Session
from vmi_console.collectors.vsphere.transport import ANSWER_TIMEOUT_S, Connection
from vmi_console.errors import SourceError
from vmi_console.introspection.turns import Turns
from vmi_console.wire.workers import Workers

WAY = "datastore file"

MOST_READS = 16
"""At once, of all hosts together."""

PAUSES_S = (0.0, 0.5, 2.0)
"""Before a read is tried again whose line was lost, or that the server had no time for."""

SMALL_BYTES = 1 << 20
"""A file that is not longer may come whole where a range was asked for."""

_PRIVILEGES = "it needs Datastore.Browse and Datastore.FileManagement on the datacenter and the datastore"
_range = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")


class DatastoreFiles:
    """The files that one session may read."""

    def __init__(self, session: Session, caller: Caller, reads_per_host: int) -> None:
        """`reads_per_host`: at once; a host's management agent serves them beside everything else that it does."""
        self._session = session
        self._caller = caller
        self._workers = Workers("vsphere-files", MOST_READS)
        self._reads_per_host = reads_per_host
        self._turns: dict[str | None, Turns] = {}
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._ended = False

    async def open(self, file: File, datastore: Datastore, host: str | None) -> DatastoreFile:
        """A file of a VM on that host. Raises `SourceError`, `SessionEnded`."""
        place = {"dcPath": datastore.datacenter, "dsName": datastore.name}
        query = urlencode({key: value for key, value in place.items() if value}, quote_via=quote)
        url = f"/folder/{quote(file.path)}?{query}"
        shown = f"[{datastore.name}] {file.path}"
        size = (await self._read(url, shown, host, 0, 1))[1]
        return DatastoreFile(self, url, shown, host, size)

    async def read(self, url: str, shown: str, host: str | None, offset: int, length: int) -> bytes:
        """Exactly these bytes. Raises `SourceError`, `SessionEnded`."""
        content, _ = await self._read(url, shown, host, offset, length)
        if len(content) != length:
            raise SourceError(f"{WAY}: {shown} gave {len(content)} bytes in place of {length}", "try again")
        return content

    def read_at_once(self, reads_per_host: int) -> None:
        """From now on so many at once; those that are under way are not ended."""
        self._reads_per_host = reads_per_host
        for turns in self._turns.values():
            turns.allow(reads_per_host)

    def close(self) -> None:
        """Ends all reads at once."""
        with self._lock:
            self._ended = True
            for connection in self._busy:
                connection.cut()
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        self._workers.stop()

    async def _read(self, url: str, shown: str, host: str | None, offset: int, length: int) -> tuple[bytes, int]:
        """The bytes, and how long the file is."""
        async with self._turns.setdefault(host, Turns(self._reads_per_host)):
            try:
                return await self._workers.run(self._get, url, shown, offset, length)
            except ssl.SSLCertVerificationError as error:  # somebody has to judge that, and soon
                raise explained(error, self._session.target.where, "read files") from error
            except _Unauthorized:
                await self._check_session()
                raise SourceError(f"{WAY}: the console's user may not read {shown}", _PRIVILEGES) from None

    async def _check_session(self) -> None:
        """Raises `SessionEnded` where that is why something was refused."""
        manager = self._session.content.sessionManager._moId
        current = await self._caller.call(
            "ask for the session", lambda line: vim.SessionManager(manager, line).currentSession
        )
        if current is None:
            raise SessionEnded(f"{self._session.target.where} has ended the session")

    # --- on a worker --------------------------------------------------------------------------------------------------

    def _get(self, url: str, shown: str, offset: int, length: int) -> tuple[bytes, int]:
        trouble = ""
        for pause in (*PAUSES_S, None):
            connection = self._take()
            try:
                return self._ask(connection, url, shown, offset, length)
            except ssl.SSLCertVerificationError:
                raise
            except _Unavailable as error:
                trouble = str(error)
            except LOST as error:  # among them an answer that is shorter than it said
                connection.close()
                trouble = str(error) or type(error).__name__
            finally:
                self._give_back(connection)
            if pause is None or self._ended:
                break
            time.sleep(pause)
        raise SourceError(f"{WAY}: {shown} cannot be read from {self._session.target.where}: {trouble}", "try again")

    def _ask(self, connection: Connection, url: str, shown: str, offset: int, length: int) -> tuple[bytes, int]:
        headers = {
            "Cookie": self._session.cookie,
            "Range": f"bytes={offset}-{offset + length - 1}",
            "Accept-Encoding": "identity",
        }
        connection.request("GET", url, headers=headers)
        response = connection.getresponse()
        where = self._session.target.where
        match response.status:
            case http.client.PARTIAL_CONTENT:
                begin, total = _told(response, shown)
                content = response.read(length + 1)
                if begin != offset or len(content) > length:
                    connection.close()
                    raise SourceError(f"{WAY}: {where} gave other bytes of {shown} than those that were asked for")
                response.read()
                return content, total
            case http.client.OK:
                return self._whole(connection, response, shown, offset, length)
            case http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                connection.close()
                begin, total = _told(response, shown)
                if offset < total:
                    raise SourceError(f"{WAY}: {where} gives no part of {shown}")
                return b"", total
        connection.close()  # what it says beside is nothing to read
        match response.status:
            case http.client.UNAUTHORIZED:
                raise _Unauthorized
            case http.client.FORBIDDEN:
                raise SourceError(f"{WAY}: the console's user may not read {shown}", _PRIVILEGES)
            case http.client.NOT_FOUND:
                raise SourceError(f"{WAY}: {shown} is not there", "it may have been moved meanwhile; try again")
            case http.client.SERVICE_UNAVAILABLE | http.client.BAD_GATEWAY | http.client.GATEWAY_TIMEOUT:
                raise _Unavailable(f"{response.status} {response.reason}")
        raise SourceError(f"{WAY}: {where} does not give {shown}: {response.status} {response.reason}")

    def _whole(
        self, connection: Connection, response: http.client.HTTPResponse, shown: str, offset: int, length: int
    ) -> tuple[bytes, int]:
        """The range out of a whole file, which is what a server sends that knows no ranges."""
        size = response.length
        if size is None or size > SMALL_BYTES:
            connection.close()
            raise SourceError(f"{WAY}: {self._session.target.where} sends only the whole of {shown}, not parts of it")
        content = response.read()
        return content[offset : offset + length], size

    def _take(self) -> Connection:
        with self._lock:
            if self._ended:
                raise SourceError(f"{WAY}: the session has ended", "try again")
            session = self._session
            connection = (
                self._idle.pop()
                if self._idle
                else Connection(session.target, session.trust, session.tally, ANSWER_TIMEOUT_S, "")
            )
            self._busy.add(connection)
        return connection

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            self._busy.discard(connection)
            if not self._ended:
                self._idle.append(connection)
                return
        connection.close()


class DatastoreFile:
    """`BlockSource` of one file."""

    way = WAY

    def __init__(self, files: DatastoreFiles, url: str, shown: str, host: str | None, size: int) -> None:
        """Made by `DatastoreFiles.open`."""
        self.size = size
        self._files = files
        self._url = url
        self._shown = shown
        self._host = host

    async def read(self, offset: int, length: int) -> bytes:
        return await self._files.read(self._url, self._shown, self._host, offset, length)

    async def token(self) -> str | None:
        """None: a datastore's file times do not tell when a VM wrote to it."""
        return None

    async def close(self) -> None:
        """Connections are the session's."""


class _Unauthorized(Exception):
    """The server wants a login."""


class _Unavailable(Exception):
    """The server has no time now."""


def _told(response: http.client.HTTPResponse, shown: str) -> tuple[int, int]:
    """Where an answer begins in its file, and how long that is (RFC 9110, section 14.4)."""
    found = _range.fullmatch(response.getheader("Content-Range", ""))
    if found is None:
        raise SourceError(f"{WAY}: the server does not say which part of {shown} it gives")
    return int(found[1] or 0), int(found[3])
