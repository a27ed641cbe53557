"""The looks at the guests of one endpoint: who asked for one, who is due, and which are under way.

Whoever asks hears how far the look is, and may give it up: a look that nobody else waits for ends then, and reads no
more. One that was begun in the round goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator

import msgspec

from vmi_console.errors import CommandRefused, SourceError
from vmi_console.estate.identity import EntityId
from vmi_console.introspection.looking import Cost, Effort, Headway
from vmi_console.introspection.rounds import Due, Rounds
from vmi_console.wire.calls import Tell

HEADWAY_S = 0.25
"""Between two times that whoever waits is told how far a look is."""


type Look = Callable[[Due, Effort], Awaitable[Cost]]
"""Looks into a guest and reports it. Raises `SourceError` where that is refused, and whatever ends the session."""


class _Asker(msgspec.Struct, eq=False):
    """Somebody who waits for a look."""

    answer: asyncio.Future[None]
    tell: Tell


class _Visit(msgspec.Struct, eq=False):
    """A look that is under way."""

    scope: asyncio.Timeout
    askers: list[_Asker]
    asked_for: bool
    effort: Effort

    def give_up(self) -> None:
        self.scope.reschedule(0.0)


class Inspections:
    """The looks at one endpoint's guests. Used from one event loop."""

    def __init__(self, rounds: Rounds) -> None:
        self.rounds = rounds
        self._waiting: dict[EntityId, list[_Asker]] = {}  # for a look that is yet to begin
        self._under_way: dict[EntityId, _Visit] = {}
        self._given_up = False

    # --- asking -----------------------------------------------------------------------------------------------------

    async def ask(self, vm: EntityId, tell: Tell) -> None:
        """Waits until a look at this guest, begun from now on, has been reported; `tell` hears how far it is.

        Cancelling it gives the look up, unless somebody else wants it. Raises `CommandRefused`.
        """
        if self._given_up:
            raise _lost()
        if vm not in self.rounds:
            raise CommandRefused("there is no such VM on this connection", "it may have been removed meanwhile")
        asker = _Asker(asyncio.get_running_loop().create_future(), tell)
        self._waiting.setdefault(vm, []).append(asker)
        self.rounds.ask_for(vm)
        tell(msgspec.to_builtins(Headway()))
        try:
            await asker.answer
        except asyncio.CancelledError:
            self._leave(vm, asker)
            raise

    def _leave(self, vm: EntityId, asker: _Asker) -> None:
        waiting = self._waiting.get(vm, [])
        if asker in waiting:
            waiting.remove(asker)
            if not waiting:
                del self._waiting[vm]
                self.rounds.withdraw(vm)
        visit = self._under_way.get(vm)
        if visit is not None and asker in visit.askers:
            visit.askers.remove(asker)
            if visit.asked_for and not visit.askers:
                visit.give_up()

    # --- looking ----------------------------------------------------------------------------------------------------

    async def go_round(self, look: Look) -> None:
        """Looks at guests when they are due, as many at once as the pace allows, until cancelled.

        Raises an exception group of what ended it, where a look ends the session.
        """
        async with asyncio.TaskGroup() as walkers:
            for number in itertools.count(1):
                await self.rounds.allows(number)
                walkers.create_task(self._walk(look))

    async def _walk(self, look: Look) -> None:
        """One guest after another."""
        while True:
            due = await self.rounds.next()
            with self._visiting(due.vm) as visit:
                try:
                    async with visit.scope:
                        with _telling(visit):
                            cost = await look(due, visit.effort)
                except TimeoutError:
                    if not visit.scope.expired():
                        raise
                    self.rounds.given_up(due.vm)
                except SourceError as error:
                    spent = visit.effort
                    self.rounds.done(due, read_bytes=spent.read_bytes, calls=spent.calls, failed=True)
                    _answer(visit.askers, CommandRefused(error.message, error.advice))
                else:
                    calls = visit.effort.calls
                    self.rounds.done(due, read_bytes=cost.read_bytes, calls=calls, failed=cost.failed)
                    _answer(visit.askers)

    @contextlib.contextmanager
    def _visiting(self, vm: EntityId) -> Iterator[_Visit]:
        """A look at a guest. Where it ends with the session, whoever asked for it goes on waiting for another one."""
        askers = self._waiting.pop(vm, [])
        visit = self._under_way[vm] = _Visit(asyncio.timeout(None), askers, bool(askers), Effort())
        try:
            yield visit
        except BaseException:
            self.rounds.interrupted(vm)
            if visit.askers:
                self._waiting.setdefault(vm, [])[:0] = visit.askers
                if vm in self.rounds:
                    self.rounds.ask_for(vm)
            raise
        finally:
            del self._under_way[vm]

    # --- who is there ------------------------------------------------------------------------------------------------

    def keep(self, vms: set[EntityId]) -> None:
        """Forgets all others, and tells those who wait for one."""
        self.rounds.keep(vms)
        for vm in self._waiting.keys() - vms:
            _answer(self._waiting.pop(vm), CommandRefused("the VM was removed"))

    def give_up(self) -> None:
        """Nobody looks any more: whoever waits is told, and whoever comes later."""
        self._given_up = True
        for vm in list(self._waiting):
            _answer(self._waiting.pop(vm), _lost())


def _lost() -> CommandRefused:
    return CommandRefused("the connection for reading guests was lost", "try again in a moment")


def _answer(askers: Iterable[_Asker], refusal: CommandRefused | None = None) -> None:
    for asker in askers:
        if not asker.answer.done():
            asker.answer.set_exception(refusal) if refusal is not None else asker.answer.set_result(None)


@contextlib.contextmanager
def _telling(visit: _Visit) -> Iterator[None]:
    """Meanwhile those who asked hear how far it is."""
    loop = asyncio.get_running_loop()
    timer: asyncio.Handle | None = None

    def tell() -> None:
        nonlocal timer
        told = msgspec.to_builtins(visit.effort.headway)
        for asker in visit.askers:
            asker.tell(told)
        timer = loop.call_later(HEADWAY_S, tell)

    timer = loop.call_soon(tell)
    try:
        yield
    finally:
        timer.cancel()
