"""What goes wrong with a running simulator, through its control socket."""

from __future__ import annotations

import http.client
import socket
from enum import StrEnum
from pathlib import Path

import msgspec

from tests.hypervisors.lab.place import LabError

_PATIENCE_S = 10.0


class Reply(StrEnum):
    """What becomes of the simulator's replies."""

    COMES = ""
    DROP = "drop"
    GARBAGE = "garbage"
    HALF = "half"
    SILENCE = "silence"
    UNAVAILABLE = "unavailable"
    WHOLE = "whole"  # all of a file where a range was asked for


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """All that is wrong at one time; what is not named is as it should be.

    `methods` limits `reply` to these ("WaitForUpdatesEx"). `denied` names entities (a datacenter, a folder) that, with
    everything below them, may not be read: their properties are missing, or with `hidden` they do not seem to exist.
    `busy` is how many of the next changes of VMs fail with TaskInProgress, as during a migration.
    """

    reply: Reply = Reply.COMES
    methods: tuple[str, ...] = ()
    delay_ms: int = 0
    denied: tuple[str, ...] = ()
    hidden: bool = False
    busy: int = 0


class Traffic(msgspec.Struct, frozen=True):
    """What one method cost so far; bytes are those before compression."""

    requests: int
    request_bytes: int
    response_bytes: int


class Certificate(StrEnum):
    ORIGINAL = "original"
    CHANGED = "changed"
    EXPIRED = "expired"


class Control:
    """The running simulator's control socket. Raises `LabError` where it refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def faults(self, faults: Faults) -> None:
        """From now on this is wrong, and nothing else: `Faults()` mends all."""
        self._ask("/faults", faults)

    def expire_sessions(self) -> None:
        """Ends all sessions, those that wait for updates too."""
        self._ask("/expire")

    def alarm(self, entity: str, alarm: str, status: str) -> None:
        """An alarm that vCenter watches by itself is triggered on what has this name: yellow or red; green: no more."""
        self._ask("/alarm", {"entity": entity, "alarm": alarm, "status": status})

    def certificate(self, certificate: Certificate) -> None:
        """New connections see another certificate."""
        self._ask("/certificate", certificate)

    def requests(self) -> dict[str, Traffic]:
        """What was asked since the start, by method; what is not SOAP by its path."""
        return msgspec.json.decode(self._ask("/requests"), type=dict[str, Traffic])

    def _ask(self, path: str, content: object = None) -> bytes:
        connection = _UnixConnection(self._path)
        try:
            connection.request("PUT", path, msgspec.json.encode(content))
            response = connection.getresponse()
            body = response.read()
        except OSError as error:
            raise LabError(f"no simulator answers on {self._path}: {error}") from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise LabError(f"the simulator refuses {path}: {body.decode()}")
        return body


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_PATIENCE_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
