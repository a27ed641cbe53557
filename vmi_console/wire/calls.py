"""Calls over a channel: a command, and its one answer, in either order with whatever else is said."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, dataclass_transform

import msgspec

from vmi_console.errors import VmiError
from vmi_console.wire.channel import Channel

log = logging.getLogger(__name__)


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

    async def call(self, channel: Channel[Any], command: str, arguments: dict[str, Any]) -> Result:
        """Sends a call and waits for its answer. Cancelling it cancels the call; `fail` ends the waiting."""
        number = next(self._numbers)
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            await channel.send(Call(number=number, command=command, arguments=arguments))
            return await answer
        except asyncio.CancelledError:
            channel.post(Cancel(number=number))
            raise
        finally:
            del self._answers[number]

    def answered(self, result: Result) -> None:
        """An answer has come in."""
        if (answer := self._answers.get(result.number)) is not None and not answer.done():
            answer.set_result(result)

    def fail(self, error: VmiError) -> None:
        """No answer will come any more: whoever waits gets this error."""
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(error)


class Callee:
    """The side that is called: carries out commands at the same time, and answers each whatever becomes of it."""

    def __init__(self, channel: Channel[Any], carry_out: Callable[[str, dict[str, Any]], Awaitable[Any]]) -> None:
        self._channel = channel
        self._carry_out = carry_out
        self._under_way: dict[int, asyncio.Task[Any]] = {}

    async def serve(self, call: Call) -> None:
        """Carries out a call and answers it; runs as a task of its own."""
        task = asyncio.current_task()
        assert task is not None
        self._under_way[call.number] = task
        try:
            result = Result(number=call.number, value=await self._carry_out(call.command, call.arguments))
        except asyncio.CancelledError:
            result = Result(number=call.number, error=f"{call.command} was cancelled")
        except VmiError as error:
            result = Result(number=call.number, error=error.message, advice=error.advice)
        except Exception as error:
            log.exception("%s failed", call.command)
            result = Result(number=call.number, error=f"{call.command} failed: {error!r}")
        finally:
            del self._under_way[call.number]
        self._channel.post(result)

    def cancel(self, number: int) -> None:
        """Gives up on a call."""
        if (task := self._under_way.get(number)) is not None:
            task.cancel()
