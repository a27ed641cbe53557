"""What only a person can give: a secret, or trust in a certificate. Asked at the terminal, if there is one."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import sys
import threading
from collections.abc import Callable, Iterator

from vmi_console import settings
from vmi_console.addresses import masked
from vmi_console.cli.exits import complain
from vmi_console.engine.client import Client
from vmi_console.errors import CredentialsNeeded, StorageError, TrustNeeded
from vmi_console.estate.records import Connection, State
from vmi_console.plain_text import visible
from vmi_console.secrets import Secrets
from vmi_console.settings import SavedConnection, Workspace


class Person:
    """Answers for connections given on the command line: first with what was saved for the same address, then by
    asking. Secrets never come as arguments: others could read them in the list of processes."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._secrets = Secrets()
        self._tried_keyring: set[str] = set()

    async def help(self, client: Client, connection: Connection) -> None:
        """Gives the connection what it waits for; raises `CredentialsNeeded` or `TrustNeeded` if that cannot be had."""
        if connection.health.state is State.CREDENTIALS:
            await client.call("provide_secret", id=connection.id, secret=await self._secret(connection))
        elif connection.health.state is State.TRUST:
            await client.call("trust", id=connection.id, fingerprint=await self._trusted(connection))

    async def answer(self, question: str) -> str | None:
        """What a person types at the terminal; None at the end of input."""
        return await _ask(lambda: _typed(question))

    async def _secret(self, connection: Connection) -> str:
        saved = self._saved(connection.uri)
        if saved is not None and connection.uri not in self._tried_keyring:
            self._tried_keyring.add(connection.uri)
            if (secret := await self._secrets.get(saved.id)) is not None:
                return secret
        if not sys.stdin.isatty():
            raise CredentialsNeeded(
                f"{masked(connection.uri)}: {connection.health.reason or 'a password is needed'}",
                "run this in a terminal to be asked for it, or save the connection with its password in the window",
            )
        print(f"{visible(masked(connection.uri))}: {visible(connection.health.reason)}", file=sys.stderr)
        answer = await _ask(lambda: getpass.getpass("Password: "))
        if answer is None:
            raise CredentialsNeeded(f"{masked(connection.uri)}: no password was given")
        return answer

    async def _trusted(self, connection: Connection) -> str:
        certificate = connection.health.certificate
        if certificate is None:
            raise TrustNeeded(
                f"{masked(connection.uri)}: {connection.health.reason}", "", advice=connection.health.advice
            )
        saved = self._saved(connection.uri)
        if saved is not None and certificate.fingerprint in saved.trusted:
            return certificate.fingerprint
        told = f"{masked(connection.uri)}: {connection.health.reason or 'a certificate that nobody has judged yet'}"
        if sys.stdin.isatty() and not certificate.previous:  # a changed one is not to be waved through
            print(visible(told, 1000), file=sys.stderr)
            print(f"  SHA-256 {visible(certificate.fingerprint)}", file=sys.stderr)
            print(f"  {visible(certificate.subject)}  {visible(certificate.validity)}", file=sys.stderr)
            answer = await _ask(lambda: _typed("Trust it for this session? Type yes or no: "))
            if answer == "yes":
                return certificate.fingerprint
        raise TrustNeeded(
            f"{told} (SHA-256 {certificate.fingerprint})",
            certificate.fingerprint,
            advice="compare it with what the hypervisor's administrator says, and trust it in the window",
        )

    def _saved(self, uri: str) -> SavedConnection | None:
        try:
            connections = settings.load(self._workspace.connections).connections
        except StorageError as error:
            complain(error.message, error.advice)
            return None
        return next((connection for connection in connections if connection.uri == uri), None)


def _typed(question: str) -> str:
    """The answer to a question, which never goes where the output does: that may be a file."""
    print(question, end="", file=sys.stderr, flush=True)
    return input()


async def _ask(question: Callable[[], str]) -> str | None:
    """The answer to a question that blocks, or None at the end of input.

    Asked on a daemon thread, so that the engine is heard meanwhile and Ctrl+C ends the program.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str | None] = loop.create_future()

    def settle(text: str | None) -> None:
        if not answer.done():
            answer.set_result(text)

    def ask() -> None:
        try:
            text: str | None = question()
        except (EOFError, OSError):
            text = None
        with contextlib.suppress(RuntimeError):  # the loop has closed: the program is ending
            loop.call_soon_threadsafe(settle, text)

    with _terminal_as_it_was():
        threading.Thread(target=ask, name="question", daemon=True).start()
        return await answer


@contextlib.contextmanager
def _terminal_as_it_was() -> Iterator[None]:
    """Gives the terminal its echo back if the question was interrupted."""
    if sys.platform == "win32":
        yield
        return
    import termios

    before = termios.tcgetattr(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
