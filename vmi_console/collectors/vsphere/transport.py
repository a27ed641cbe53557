"""One line to a server: HTTPS connections that are verified each time they are made, and calls that can be cut off."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import re
import socket
import ssl
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pyVmomi import SoapAdapter

from vmi_console.collectors.vsphere.address import Target
from vmi_console.collectors.vsphere.certificate import CONNECT_TIMEOUT_S, Trust

ANSWER_TIMEOUT_S = 60.0
"""Of silence within an answer. A vCenter that is busy may well think for half a minute."""


@dataclass(slots=True)
class Tally:
    """What was asked of a server, by method, and how many bytes went each way (as on the wire, without TLS)."""

    calls: Counter[str] = field(default_factory=Counter)
    sent_bytes: int = 0
    received_bytes: int = 0


class Connection(http.client.HTTPSConnection):
    """An HTTPS connection whose server is checked whenever it is made, also where http.client makes it anew."""

    def __init__(self, target: Target, trust: Trust, tally: Tally, timeout_s: float, speaks: str) -> None:
        """`speaks` is a word that the type of every answer must contain, or else it is garbage; empty for any."""
        super().__init__(target.host, target.port, timeout=CONNECT_TIMEOUT_S, context=trust.context)
        self._speaks = speaks
        self._trust = trust
        self._tally = tally
        self._timeout_s = timeout_s

    def connect(self) -> None:
        super().connect()
        try:
            assert isinstance(self.sock, ssl.SSLSocket)
            self._trust.check(self.sock)
        except ssl.SSLError:
            self.close()
            raise
        self.sock.settimeout(self._timeout_s)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def send(self, data: Any) -> None:
        super().send(data)
        self._tally.sent_bytes += len(data)

    def getresponse(self) -> http.client.HTTPResponse:
        response = super().getresponse()
        kind = response.getheader("Content-Type", "")
        if response.status in (200, 500) and kind and self._speaks not in kind:
            raise http.client.HTTPException(f"an answer of the type {kind}, not {self._speaks}")
        response.fp = _Counted(response.fp, self._tally)  # type: ignore[assignment]
        return response

    def cut(self) -> None:
        """Ends what is under way, from any thread; whoever waits for an answer gets an error at once."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _Counted:
    """A response's stream that counts what is read of it."""

    def __init__(self, stream: Any, tally: Tally) -> None:
        self._stream = stream
        self._tally = tally

    def read(self, amount: int = -1) -> bytes:
        data: bytes = self._stream.read(amount)
        self._tally.received_bytes += len(data)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Line(SoapAdapter.SoapStubAdapter):  # type: ignore[misc]
    """pyVmomi's stub over one connection of ours: used by one thread at a time, cut by any."""

    def __init__(
        self, target: Target, trust: Trust, tally: Tally, namespace: str, timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        super().__init__(host=target.host, port=target.port, ns=namespace, acceptCompressedResponses=True)
        self._connection = Connection(target, trust, tally, timeout_s, "xml")
        self._tally = tally
        self._ended = threading.Event()
        self._in_use = threading.Lock()

    def InvokeMethod(self, mo: Any, info: Any, args: Any, outerStub: Any = None) -> Any:
        self._tally.calls[f"{type(mo)._wsdlName}.{info.wsdlName}"] += 1
        with self._using():
            return super().InvokeMethod(mo, info, args, outerStub)

    def call_sparing(self, spared: re.Pattern[bytes], mo: Any, method: str, *args: Any) -> Any:
        """A method's result without what `spared` matches in its answer: what nobody reads need not become objects.

        That is most of the time an answer takes. Raises what the method raises.
        """
        info = mo._GetMethodInfo(method)
        self._tally.calls[f"{type(mo)._wsdlName}.{info.wsdlName}"] += 1
        headers = {
            "Cookie": self.cookie,
            "SOAPAction": self.versionId,
            "Content-Type": "text/xml; charset=UTF-8",
            "Accept-Encoding": "gzip",
        }
        with self._using():
            connection = self.GetConnection()
            try:
                connection.request("POST", self.path, self.SerializeRequest(mo, info, args), headers)
                response = connection.getresponse()
                answer = response.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                raise
        if response.getheader("Content-Encoding", "") == "gzip":
            try:
                answer = gzip.decompress(answer)
            except (EOFError, zlib.error) as error:
                raise http.client.HTTPException(f"half an answer: {error}") from error
        if response.status not in (200, 500):
            raise http.client.HTTPException(f"{response.status} {response.reason}")
        result = SoapAdapter.SoapResponseDeserializer(self).Deserialize(spared.sub(b"", answer), info.result)
        if response.status == 200:
            return result
        raise result if isinstance(result, Exception) else http.client.HTTPException(f"500 {response.reason}")

    def GetConnection(self) -> Connection:
        if self._ended.is_set():
            raise http.client.NotConnected("the session has ended")
        if self._connection.sock is None:
            self._connection.connect()
        return self._connection

    def ReturnConnection(self, conn: Connection) -> None:
        pass  # it is kept, and made anew where the server has closed it

    def DropConnections(self) -> None:
        self._connection.close()

    def end(self) -> None:
        """Nothing can be called any more, and what is being called fails."""
        self._ended.set()
        self._connection.cut()
        if self._in_use.acquire(blocking=False):
            self._connection.close()
            self._in_use.release()

    @contextlib.contextmanager
    def _using(self) -> Iterator[None]:
        """Whoever uses the connection when it is ended closes it, and nobody else: a socket in use must not be."""
        try:
            with self._in_use:
                yield
        finally:
            if self._ended.is_set():
                self._connection.close()
