"""Calls over a channel: a command, and its one answer, in either order with whatever else is said.

Whoever carries out a command may say how far it is (`teller`) until it is answered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from itertools import count
from typing import Any, dataclass_transform

import msgspec

from vmi_console.errors import VmiError
from vmi_console.wire.channel import Channel, encode
from vmi_console.wire.tasks import Tasks

log = logging.getLogger(__name__)

type Tell = Callable[[Any], None]
"""Says how far something is, in JSON-like data."""


def to_nobody(_headway: Any) -> None:
    """Where nobody listens."""


_teller: ContextVar[Tell] = ContextVar("teller", default=to_nobody)


def teller() -> Tell:
    """Says to whoever called the command that is being carried out here how far it is, until it is answered."""
    return _teller.get()


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True):
    """Base of everything on a wire; unknown fields are ignored by the peer."""


class Call(Message):
    """Do something, and answer with a `Result` of the same number."""

    number: int
    command: str
    arguments: dict[str, Any] = {}


class Cancel(Message):
    """Give up on a call; it is answered all the same."""

    number: int


class Headway(Message):
    """How far a call is; before its `Result`, if it comes at all."""

    number: int
    value: Any = None


class Result(Message):
    """The outcome of a call: `value`, or `error` with `advice`."""

    number: int
    value: Any = None
    error: str | None = None
    advice: str = ""


class Caller:
    """The side that calls: keeps the numbers, and waits for the answers."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._answers: dict[int, asyncio.Future[Result]] = {}
        self._told: dict[int, Tell] = {}

    async def call(
        self, channel: Channel[Any], command: str, arguments: dict[str, Any], told: Tell = to_nobody
    ) -> Result:
        """Sends a call and waits for its answer. Cancelling it cancels the call; `fail` ends the waiting.

        `told` hears how far it is, as far as the other side says so.
        """
        number = next(self._numbers)
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self._told[number] = told
        try:
            await channel.send(Call(number=number, command=command, arguments=arguments))
            return await answer
        except asyncio.CancelledError:
            channel.post(Cancel(number=number))
            raise
        finally:
            del self._answers[number], self._told[number]
            if answer.done() and not answer.cancelled():
                answer.exception()  # where sending failed before anybody looked at it, it is no error that got lost

    def heard(self, headway: Headway) -> None:
        """A call has come further."""
        if (told := self._told.get(headway.number)) is not None:
            told(headway.value)

    def answered(self, result: Result) -> None:
        """An answer has come in."""
        if (answer := self._answers.get(result.number)) is not None and not answer.done():
            answer.set_result(result)

    def fail(self, error: VmiError) -> None:
        """No answer will come any more: whoever waits gets this error."""
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(error)


class _Deed:
    """A call that is being carried out, or about to be."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None  # once it runs
        self.given_up = False


class Callee:
    """The side that is called: carries out commands at the same time, and answers each whatever becomes of it.

    They are tasks of an owner, `tasks`, and end with it.
    """

    def __init__(
        self, channel: Channel[Any], carry_out: Callable[[str, dict[str, Any]], Awaitable[Any]], tasks: Tasks
    ) -> None:
        self._channel = channel
        self._carry_out = carry_out
        self._tasks = tasks
        self._under_way: dict[int, _Deed] = {}

    def take(self, call: Call) -> None:
        """Begins to carry out a call. From here on it can be cancelled, also before anything was done."""
        self._under_way[call.number] = deed = _Deed()
        self._tasks.start(self._serve(call, deed), f"command {call.command}")

    async def _serve(self, call: Call, deed: _Deed) -> None:
        deed.task = asyncio.current_task()
        _teller.set(partial(self._tell, call.number))
        try:
            if deed.given_up:
                raise asyncio.CancelledError
            # Encoded here: whoever waits is to hear of an answer that cannot be sent, too.
            answer = encode(Result(number=call.number, value=await self._carry_out(call.command, call.arguments)))
        except asyncio.CancelledError:
            answer = encode(Result(number=call.number, error=f"{call.command} was cancelled"))
        except VmiError as error:
            answer = encode(Result(number=call.number, error=error.message, advice=error.advice))
        except Exception as error:
            log.exception("%s failed", call.command)
            answer = encode(Result(number=call.number, error=f"{call.command} failed: {error!r}"))
        finally:
            del self._under_way[call.number]
        self._channel.post_payload(answer)

    def _tell(self, number: int, value: Any) -> None:
        if number in self._under_way:
            self._channel.post(Headway(number=number, value=value))

    def cancel(self, number: int) -> None:
        """Gives up on a call; it is answered all the same."""
        if (deed := self._under_way.get(number)) is None:
            return
        deed.given_up = True
        if deed.task is not None:
            self._tasks.cancel(deed.task)
