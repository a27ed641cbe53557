"""One connection to one daemon, as the event loop sees it: calls on threads, silence noticed, no waiting to close."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import libvirt

from vmi_console.collectors.libvirt import eventloop
from vmi_console.collectors.libvirt.address import Target
from vmi_console.collectors.libvirt.errors import explained, is_lost
from vmi_console.collectors.libvirt.survey import Survey
from vmi_console.errors import CollectorError, Unreachable, first_of
from vmi_console.wire.workers import Stopped, Workers

_log = logging.getLogger(__name__)

OPEN_TIMEOUT_S = 30.0  # a daemon that has just been started probes its hypervisors for 8 s before it answers
KEEPALIVE_INTERVAL_S = 5
KEEPALIVE_COUNT = 2
THREADS = 4  # a daemon serves 5 requests of one client at once; the fifth is the agents'


class Session:
    """An open connection. Made by `opened`; `close` ends it at once, whatever its threads are doing."""

    def __init__(self, connection: libvirt.virConnect, target: Target, writable: bool, answered: Callable[[], None]):
        self.survey = Survey(connection)
        self.target = target
        self.writable = writable
        self._answered = answered
        self._answered_at = time.monotonic()
        self._waiting: dict[object, float] = {}
        self._workers = Workers("libvirt", THREADS)
        self._agents = Workers("libvirt-agent", 1)

    async def call[T](self, function: Callable[..., T], *arguments: object) -> T:
        """A call of the survey. Raises `CollectorError` where it failed as a whole."""
        token = object()
        self._waiting[token] = time.monotonic()
        try:
            result = await self._workers.run(function, *arguments)
        except libvirt.libvirtError as error:
            if not is_lost(error):
                self._note_answer()
            raise explained(error, self.target.where) from error
        except Stopped as error:
            raise self._closed() from error
        finally:
            del self._waiting[token]
        self._note_answer()
        return result

    async def ask_agent[T](self, function: Callable[..., T], *arguments: object) -> T:
        """A call that waits for a guest, whose silence is not the daemon's: one at a time, on a thread of its own."""
        try:
            return await self._agents.run(function, *arguments)
        except libvirt.libvirtError as error:
            raise explained(error, self.target.where) from error
        except Stopped as error:
            raise self._closed() from error

    @property
    def silent_s(self) -> float:
        """For how long the daemon has owed an answer; 0 where it owes none."""
        if not self._waiting:
            return 0.0
        return time.monotonic() - max(min(self._waiting.values()), self._answered_at)

    @property
    def idle_s(self) -> float:
        """For how long the daemon has not answered anything, asked or not."""
        return time.monotonic() - self._answered_at

    @property
    def stuck(self) -> bool:
        """Whether calls are under way; when the connection breaks under them, libvirt's client may crash (9.0 does)."""
        return self._workers.busy or self._agents.busy

    def end_of(self, group: BaseExceptionGroup[BaseException]) -> BaseException:
        """The error that ended what was done with this connection (see `first_of`); one that leaves calls stuck behind
        asks for another process."""
        error = first_of(group, CollectorError)
        if isinstance(error, Unreachable) and self.stuck:
            return Unreachable(error.message, error.advice, in_another_process=True)
        return error

    def close(self) -> None:
        """Returns at once: saying goodbye to a hung daemon takes for ever, and is left to a thread."""
        self._workers.stop()
        self._agents.stop()
        threading.Thread(target=self._say_goodbye, name="libvirt-close", daemon=True).start()

    def _say_goodbye(self) -> None:
        """Closes the connection once no call is under way on it: libvirt would crash in those that are."""
        self._workers.join()
        self._agents.join()
        try:
            self.survey.close()
        except libvirt.libvirtError as error:
            _log.debug("the connection did not close cleanly: %s", error)

    def _closed(self) -> Unreachable:
        return Unreachable(f"the connection to libvirt on {self.target.where} was given up", "try again in a moment")

    def _note_answer(self) -> None:
        self._answered_at = time.monotonic()
        self._answered()


async def opened(target: Target, secret: str | None, *, writable: bool, answered: Callable[[], None]) -> Session:
    """A new session, read-only unless `writable` is asked for and granted.

    Raises `CollectorError`; `Unreachable` where nothing answers within `OPEN_TIMEOUT_S`.
    """
    eventloop.start()
    opener = Workers("libvirt-open", 1)
    attempt = _Attempt(target, secret, writable)
    try:
        async with asyncio.timeout(OPEN_TIMEOUT_S):
            connection, granted = await opener.run(attempt.open)
    except TimeoutError:
        attempt.abandon()
        raise Unreachable(
            f"{target.where} has not answered for {OPEN_TIMEOUT_S:.0f} s",
            "the libvirt daemon there may hang: see its log, or restart it",
        ) from None
    except libvirt.libvirtError as error:
        raise explained(error, target.where) from error
    except asyncio.CancelledError:
        attempt.abandon()
        raise
    finally:
        opener.stop()
    return Session(connection, target, granted, answered)


class _Attempt:
    """Opening may take for ever; who gave up on it must not leave an open connection behind."""

    def __init__(self, target: Target, secret: str | None, writable: bool) -> None:
        self._target = target
        self._secret = secret
        self._writable = writable
        self._abandoned = threading.Event()

    def abandon(self) -> None:
        self._abandoned.set()

    def open(self) -> tuple[libvirt.virConnect, bool]:
        """Runs on a thread. Gives the connection, and whether it may also write."""
        writable = self._writable
        if writable:
            try:
                connection = self._open(0)
            except libvirt.libvirtError as error:
                _log.info("opened for reading only, so guest agents are not asked: %s", error)
                writable = False
                connection = self._open(libvirt.VIR_CONNECT_RO)
        else:
            connection = self._open(libvirt.VIR_CONNECT_RO)
        if self._abandoned.is_set():
            connection.close()
            raise libvirt.libvirtError("given up")
        return connection, writable

    def _open(self, flags: int) -> libvirt.virConnect:
        wanted = [libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_USERNAME]
        wanted += [libvirt.VIR_CRED_PASSPHRASE, libvirt.VIR_CRED_NOECHOPROMPT]
        connection = libvirt.openAuth(self._target.opened, [wanted, self._credentials, None], flags)
        with contextlib.suppress(libvirt.libvirtError):  # a driver without a daemon (test) has nobody to lose
            connection.setKeepAlive(KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT)
        return connection

    def _credentials(self, asked: list[list[Any]], _opaque: object) -> int:
        """libvirt's authentication callback: fills the last field of each request; -1 where it cannot."""
        for request in asked:
            names_a_user = request[0] in (libvirt.VIR_CRED_AUTHNAME, libvirt.VIR_CRED_USERNAME)
            answer = (self._target.user or request[3]) if names_a_user else self._secret
            if answer is None:
                return -1
            request[4] = answer
        return 0
