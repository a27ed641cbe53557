"""One session with one server: logged in, called from threads of its own, cut off at once when it is given up."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import re
import ssl
import time
from collections.abc import Callable
from typing import Any

from pyVmomi import VmomiSupport, vim, vmodl

from vmi_console.collectors.vsphere.address import Target
from vmi_console.collectors.vsphere.certificate import Trust, judge
from vmi_console.collectors.vsphere.errors import LOST, NONSENSE, explained, words
from vmi_console.collectors.vsphere.transport import ANSWER_TIMEOUT_S, Line, Tally
from vmi_console.errors import CollectorError, CredentialsNeeded, Unreachable, Unsupported
from vmi_console.wire.workers import Stopped, Workers

_log = logging.getLogger(__name__)

GIVE_UP_S = 45.0
"""For how long a call is tried again over new connections before the session is given up."""

GOODBYE_S = 1.0
OLDEST = "vim25/5.5"
"""What every server we can speak to understands; used until it has said what it is."""

COLLECTIONS = (50_000, 20, 100)
"""Thresholds of Python's garbage collector. An answer is a hundred thousand objects that all live until it is taken in;
with the usual thresholds a quarter of the time of reading it goes into looking for garbage among them."""

VCENTER, HOST_AGENT = "VirtualCenter", "HostAgent"


class Session:
    """Made by `opened`. Each caller has a connection and a thread of its own, and all share one login."""

    def __init__(
        self, target: Target, trust: Trust, tally: Tally, content: Any, login: Line, answered: Callable[[], None]
    ):
        self.target = target
        self.content: Any = content
        self.tally = tally
        self.trust = trust
        self.trouble: CollectorError | None = None
        self._namespace = namespace(content.about.apiVersion)
        self._cookie = login.cookie
        self._answered = answered
        self._waiting: dict[object, float] = {}
        self._callers: list[Caller] = []
        self._refused: set[str] = set()

    @property
    def is_vcenter(self) -> bool:
        """Otherwise it is a single ESXi host."""
        return bool(self.content.about.apiType == VCENTER)

    @property
    def cookie(self) -> str:
        """What HTTP requests beside the API carry to be of this login."""
        return str(self._cookie).partition(";")[0]

    @property
    def silent_s(self) -> float:
        """For how long the server has owed an answer; 0 where it owes none. Waiting for changes owes nothing."""
        return time.monotonic() - min(self._waiting.values()) if self._waiting else 0.0

    def note_refusal(self, what: str, why: str) -> None:
        """Logs, once, that this server or user does not tell something."""
        if what not in self._refused:
            self._refused.add(what)
            _log.warning("%s does not tell %s: %s", self.target.where, what, why)

    def caller(self, name: str) -> Caller:
        """Another line to the server, for one purpose."""
        caller = Caller(self, name, self._line(ANSWER_TIMEOUT_S))
        self._callers.append(caller)
        return caller

    async def close(self) -> None:
        """Ends all calls at once and logs out; a server that does not answer is left alone after a second."""
        for caller in self._callers:
            caller.end()
        farewell = Workers("vsphere-logout", 1)
        line = self._line(GOODBYE_S)
        try:
            async with asyncio.timeout(GOODBYE_S):
                await farewell.run(_log_out, self.content.sessionManager._moId, line)
        except (TimeoutError, vmodl.MethodFault, *LOST, *NONSENSE) as error:
            _log.debug("the session did not end cleanly: %s", error)
        finally:
            line.end()
            farewell.stop()

    def _line(self, timeout_s: float) -> Line:
        line = Line(self.target, self.trust, self.tally, self._namespace, timeout_s)
        line.cookie = self._cookie
        return line

    def _begun(self, token: object) -> None:
        self._waiting[token] = time.monotonic()

    def _ended(self, token: object) -> None:
        self._waiting.pop(token, None)

    def _fine(self) -> None:
        self.trouble = None
        self._answered()


class Caller:
    """One line, one thread, one call at a time; calls that find the line lost are made again over a new one.

    Everything that is called only reads, or makes something that belongs to this session, so again does no harm.
    """

    def __init__(self, session: Session, name: str, line: Line) -> None:
        self._session = session
        self._line = line
        self._workers = Workers(f"vsphere-{name}", 1)

    async def call[T](self, doing: str, ask: Callable[[Line], T], *, owed: bool = True) -> T:
        """What `ask` gives, which makes one call over the line it is given. `doing` tells people what for.

        Raises `CollectorError`, `SessionEnded`; faults that `ask` is interested in it must turn into values itself.
        `owed` is False where the server may take its time.
        """
        session, token = self._session, object()
        deadline = time.monotonic() + GIVE_UP_S
        pause = 0.0
        while True:
            if owed:
                session._begun(token)
            try:
                result = await self._workers.run(ask, self._line)
            except ssl.SSLCertVerificationError as error:  # somebody has to judge that, and soon
                raise explained(error, session.target.where, doing) from error
            except (*LOST, *NONSENSE) as error:
                trouble = explained(error, session.target.where, doing)
                assert isinstance(trouble, CollectorError)
                if time.monotonic() + pause > deadline:
                    raise trouble from error
                if pause:  # a server may close an idle connection whenever it likes: that alone is no trouble
                    session.trouble = trouble
            except vmodl.MethodFault as fault:
                session._fine()
                raise explained(fault, session.target.where, doing) from fault
            except Stopped as error:
                raise self._ended() from error
            else:
                session._fine()
                return result
            finally:
                session._ended(token)
            await asyncio.sleep(pause)
            pause = min(2 * pause or 0.5, 4.0)

    async def optional[T](self, what: str, ask: Callable[[Line], T]) -> T | None:
        """A call that this server or this user may well be refused; None if so, and it is noted. Raises as `call`."""

        def asked(line: Line) -> T | _Refusal:
            try:
                return ask(line)
            except vim.fault.NotAuthenticated:
                raise
            except vmodl.MethodFault as fault:
                return _Refusal(words(fault))

        answer = await self.call(f"read {what}", asked)
        if isinstance(answer, _Refusal):
            self._session.note_refusal(what, answer.why)
            return None
        return answer

    async def once[T](self, doing: str, ask: Callable[[Line], T]) -> T:
        """As `call`, for what changes something: where the line is lost nobody knows whether it did, so not again."""
        session = self._session
        try:
            result = await self._workers.run(ask, self._line)
        except (vmodl.MethodFault, *LOST, *NONSENSE) as error:
            raise explained(error, session.target.where, doing) from error
        except Stopped as error:
            raise self._ended() from error
        session._fine()
        return result

    def _ended(self) -> Unreachable:
        return Unreachable(f"the session with {self._session.target.where} was given up", "try again in a moment")

    def end(self) -> None:
        """Cuts off what is under way."""
        self._line.end()
        self._workers.stop()


class _Refusal:
    """Why an optional call was refused."""

    def __init__(self, why: str) -> None:
        self.why = why


async def opened(
    target: Target, secret: str | None, trusted: tuple[str, ...], *, tally: Tally, answered: Callable[[], None]
) -> Session:
    """A new session. Raises `CollectorError`, of which `TrustNeeded` before any credential is sent."""
    gc.set_threshold(*COLLECTIONS)  # of the whole process: it is the reader's own
    workers = Workers("vsphere-open", 1)
    line: Line | None = None
    try:
        trust = await workers.run(judge, target.host, target.port, trusted)
        line = Line(target, trust, tally, OLDEST)
        content = await workers.run(_content, line)
        answered()
        if target.user is None or secret is None:
            who = target.user or "a user"
            raise CredentialsNeeded(
                f"{target.where} asks for the password of {who}",
                "" if target.user else "name the user in the address: vsphere://user%40domain@host/",
            )
        await workers.run(_log_in, content.sessionManager._moId, line, target.user, secret)
        answered()
        return Session(target, trust, tally, content, line, answered)
    except (vmodl.MethodFault, *LOST, *NONSENSE) as error:
        raise explained(error, target.where, "log in") from error
    finally:
        if line is not None:
            line.end()
        workers.stop()


def namespace(api_version: str) -> str:
    """The newest version of the API that both the server and pyVmomi speak, as pyVmomi names it.

    >>> namespace("6.5"), namespace("8.0.2.1")
    ('vim25/6.5', 'vim25/8.0.2.0')
    """
    known = {_numbers(name.removeprefix("vim25/")): name for name in VmomiSupport.versionMap if name[:6] == "vim25/"}
    limit = max(_numbers(api_version), _numbers(OLDEST.removeprefix("vim25/")))
    name: str = known[max(version for version in known if version <= limit)]
    return name


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("u")[0]))


def _content(line: Line) -> Any:
    content = vim.ServiceInstance("ServiceInstance", line).RetrieveContent()
    if content is None or content.about is None or not content.about.apiVersion:
        raise ValueError("it does not say what it is")
    if content.about.apiType not in (VCENTER, HOST_AGENT):
        raise Unsupported(f"{content.about.fullName or 'the server'} is neither a vCenter nor an ESXi host")
    return content


def _log_in(session_manager: str, line: Line, user: str, secret: str) -> None:
    vim.SessionManager(session_manager, line).Login(user, secret, None)


def _log_out(session_manager: str, line: Line) -> None:
    with contextlib.suppress(vim.fault.NotAuthenticated):
        vim.SessionManager(session_manager, line).Logout()
