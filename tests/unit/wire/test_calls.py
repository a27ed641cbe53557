"""Calls: each is answered once, also one that is given up at once, and errors go to whoever called."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from tests.unit.wire.test_channel import Pipe
from vmi_console.errors import ChannelClosed, EngineUnavailable
from vmi_console.wire.calls import Call, Callee, Caller, Cancel, Headway, Result
from vmi_console.wire.channel import MAX_FRAME, Channel
from vmi_console.wire.tasks import Tasks

type Answer = Result | Headway


async def test_a_call_that_is_given_up_before_it_ran_is_not_carried_out_and_answered_all_the_same() -> None:
    pipe = Pipe()
    channel: Channel[Answer] = Channel(pipe, pipe, Answer)
    carried_out: list[str] = []

    async def carry_out(command: str, arguments: dict[str, Any]) -> None:
        carried_out.append(command)

    async with Tasks() as tasks:
        callee = Callee(channel, carry_out, tasks)
        callee.take(Call(number=1, command="quarantine"))
        callee.cancel(1)  # both came in one piece
        callee.take(Call(number=2, command="look"))
        first, second = await channel.receive(), await channel.receive()
    assert isinstance(first, Result)
    assert isinstance(second, Result)
    assert (first.number, first.error) == (1, "quarantine was cancelled")
    assert (second.number, second.error) == (2, None)
    assert carried_out == ["look"]


@pytest.mark.parametrize(
    ("value", "said"), [("x" * MAX_FRAME, "does not fit into a frame"), (object(), "look failed")], ids=["long", "odd"]
)
async def test_an_answer_that_cannot_be_sent_is_told(value: object, said: str) -> None:
    pipe = Pipe()
    channel: Channel[Answer] = Channel(pipe, pipe, Answer)

    async def carry_out(command: str, arguments: dict[str, Any]) -> object:
        return value

    async with Tasks() as tasks, asyncio.timeout(10):
        Callee(channel, carry_out, tasks).take(Call(number=1, command="look"))
        result = await channel.receive()
    assert isinstance(result, Result)
    assert said in str(result.error)


class Torn(Pipe):
    """A pipe whose other end goes away while something is being sent."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = asyncio.Event()
        self.gone = asyncio.Event()

    async def drain(self) -> None:
        self.waiting.set()
        await self.gone.wait()
        raise ConnectionResetError


async def test_an_error_of_a_call_that_could_not_be_sent_is_no_error_that_got_lost() -> None:
    lost: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: lost.append(context))
    pipe = Torn()
    channel: Channel[Answer] = Channel(pipe, pipe, Answer)
    caller = Caller()
    async with Tasks() as tasks:
        calling = tasks.start(_refused(caller, channel), "a call")
        await pipe.waiting.wait()
        caller.fail(EngineUnavailable("it is gone"))
        pipe.gone.set()
        await calling
    gc.collect()
    assert not lost


async def _refused(caller: Caller, channel: Channel[Answer]) -> None:
    with pytest.raises(ChannelClosed):
        await caller.call(channel, "status", {})


async def test_giving_up_a_call_says_so_to_the_other_side() -> None:
    pipe = Pipe()
    channel: Channel[Call | Cancel] = Channel(pipe, pipe, Call | Cancel)
    async with Tasks() as tasks:
        calling = tasks.start(Caller().call(channel, "preview", {}), "a call")
        call = await channel.receive()
        tasks.cancel(calling)
        cancel = await channel.receive()
    assert isinstance(call, Call)
    assert cancel == Cancel(number=call.number)
