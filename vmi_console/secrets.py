"""Secrets of connections: in the system's keyring and nowhere else.

Where there is no keyring that can be trusted, nothing is kept: `available` says why, and the operator is asked in
each session. A keyring speaks over D-Bus to a service that may hang, so it is called on a daemon thread of our own,
with a limit in time, and never keeps the program from ending.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vmi_console.errors import StorageError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

log = logging.getLogger(__name__)

SERVICE = "vmi-console"

SAFE_BACKENDS = {
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
}
"""Modules of the keyrings that systems protect. Others, plain text files among them, are refused."""

TIMEOUT_SECONDS = 60.0
"""Long enough for a person to unlock the keyring when it asks."""


class _Unusable(Exception):
    """There is no keyring to use; the text says why."""


class Secrets:
    """The keyring, asked with the id of a connection as the user name. Belongs to one event loop."""

    def __init__(self, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._timeout_seconds = timeout_seconds
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._hung: asyncio.Future[Any] | None = None  # a call that outlived its limit
        self._reason: str | None = None  # of the last failure

    async def available(self) -> str | None:
        """None if secrets can be kept, else the reason why not, for a person."""
        try:
            await self._ask(_backend)
        except _Unusable as reason:
            return str(reason)
        return None

    async def get(self, connection: str) -> str | None:
        """The secret of a connection; None where there is none, or no keyring (the log and `available` say why)."""
        try:
            secret: str | None = await self._ask(lambda: _backend().get_password(SERVICE, connection))
        except _Unusable as reason:
            self._log(str(reason))
            return None
        self._reason = None
        return secret

    async def set(self, connection: str, secret: str) -> None:
        """Keeps a secret. Raises `StorageError` if the keyring cannot be used; then it is kept nowhere."""
        try:
            await self._ask(lambda: _backend().set_password(SERVICE, connection, secret))
        except _Unusable as reason:
            raise StorageError(
                f"the secret was not kept: {reason}", "the console will ask for it again in the next session"
            ) from reason

    async def forget(self, connection: str) -> None:
        """Removes a secret, if there is one. Raises `StorageError` if the keyring cannot be used."""
        try:
            await self._ask(lambda: _delete(connection))
        except _Unusable as reason:
            raise StorageError(
                f"the secret may still be in the keyring: {reason}", f"look there for “{SERVICE}”, {connection}"
            ) from reason

    async def _ask[T](self, call: Callable[[], T]) -> T:
        """Makes a call on the thread; raises `_Unusable` with the reason of any failure."""
        if self._hung is not None and not self._hung.done():
            raise _Unusable("the system's keyring does not answer")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T | _Unusable] = loop.create_future()
        self._jobs.put(lambda: _deliver(loop, answer, _outcome(call)))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="keyring", daemon=True)
            self._thread.start()
        done, _ = await asyncio.wait([answer], timeout=self._timeout_seconds)
        if not done:
            self._hung = answer
            raise _Unusable(f"the system's keyring did not answer within {self._timeout_seconds:g} s")
        if isinstance(outcome := answer.result(), _Unusable):
            raise outcome
        return outcome

    def _work(self) -> None:
        while True:
            self._jobs.get()()

    def _log(self, reason: str) -> None:
        if reason != self._reason:
            log.warning("secrets have to be asked for: %s", reason)
        self._reason = reason


def _outcome[T](call: Callable[[], T]) -> T | _Unusable:
    try:
        return call()
    except _Unusable as reason:
        return reason
    except Exception as error:  # backends raise whatever their platform does: D-Bus errors, OSError, their own
        return _Unusable(f"the system's keyring failed: {error or type(error).__name__}")


def _deliver[T](loop: asyncio.AbstractEventLoop, answer: asyncio.Future[T], outcome: T) -> None:
    def settle() -> None:
        if not answer.done():
            answer.set_result(outcome)

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:  # the loop has closed: nobody waits any more
        return


def _backend() -> KeyringBackend:
    """The keyring to use. Raises `_Unusable`. Slow: finding out may start services."""
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    candidates = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
    for candidate in candidates:
        if type(candidate).__module__ in SAFE_BACKENDS:
            return candidate
    module = type(chosen).__module__
    if module == "keyring.backends.fail" or not candidates:
        raise _Unusable("this system has no keyring service running")
    raise _Unusable(f"the keyring “{module}” is not known to protect what it stores")


def _delete(connection: str) -> None:
    from keyring.errors import PasswordDeleteError

    keyring = _backend()
    if keyring.get_password(SERVICE, connection) is None:
        return
    try:
        keyring.delete_password(SERVICE, connection)
    except PasswordDeleteError as error:
        raise _Unusable(f"the system's keyring refused to delete it: {error}") from error
