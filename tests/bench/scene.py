"""What benches of the window stand on: acts that are done in it, how long each takes, and how long it holds the loop.

Beside each pause stands what the loop's thread computed at most in one go, and the longest pause of an empty loop at
the same time: what a pause is longer than that is the machine's doing.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

from PySide6.QtWidgets import QApplication

from tests.bench.figures import Figure
from tests.bench.pauses import EmptyLoop, Pauses
from vmi_console.gui import language, runtime
from vmi_console.gui.garbage import Garbage
from vmi_console.gui.mishaps import Mishaps
from vmi_console.gui.theme import Theme

PAUSE_MS = 50.0
LOOK_S = 0.005
HAND_S = 0.033  # between two steps of a hand that goes on and on
LONGEST_S = 20.0  # an act
LOAD_S = 180.0

type Story = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Act:
    """Something that was done: from when to when, and when all of it was on the screen."""

    name: str
    start: float
    end: float
    took_s: float | None = None
    goal_s: float | None = None
    in_vain: bool = False  # it was waited for no longer


class Scene:
    """Widgets under the loop that the program's window runs under, and the acts that a script does in them."""

    pauses: Pauses  # from the script's beginning on

    def __init__(self) -> None:
        application = QApplication.instance() or QApplication([])
        assert isinstance(application, QApplication)
        self._application = application
        self._failure: Exception | None = RuntimeError("the window was closed before the script came to its end")
        self._empty = EmptyLoop()
        self.busy: Callable[[], bool] = lambda: False  # whether something is on its way to the screen
        self.acts: list[Act] = []
        self.more: list[Figure] = []

    def play(self, script: Callable[[Self], Coroutine[Any, Any, None]]) -> None:
        """Goes through a script. Raises what it failed with, or what went wrong in the widgets."""
        with self._empty:
            self._run(lambda: self._tell(script))
        if self._failure is not None:
            raise self._failure

    def figures(self) -> Iterator[Figure]:
        """Of all acts, and what else was measured."""
        for act in self.acts:
            yield from self.told(act)
        yield from self.more

    def told(self, act: Act) -> Iterator[Figure]:
        """What there is to say of one."""
        yield self.pause(f"{act.name}: longest pause", act)
        if act.took_s is not None:
            beside = "not even then" if act.in_vain else ""
            yield Figure(f"{act.name}: done after", act.took_s, "s", act.goal_s, beside)

    def pause(self, what: str, act: Act, more: str = "") -> Figure:
        """The longest of an act."""
        empty = self._empty.gaps.longest_ms(act.start, act.end)
        beside = f"{self.computed_ms(act):.0f} ms computed at most; an empty loop: {empty:.0f} ms{more}"
        return Figure(what, self.pauses.gaps.longest_ms(act.start, act.end), "ms", PAUSE_MS, beside)

    def computed_ms(self, act: Act) -> float:
        """The most that the loop's thread computed in one go."""
        return self.pauses.most_computed_ms(act.start, act.end)

    # --- for the script -----------------------------------------------------------------------------------------------

    @property
    def settled(self) -> bool:
        """Nothing is on its way to the screen."""
        return not self.busy()

    async def act(
        self,
        name: str,
        begin: Callable[[], object] = bool,
        is_done: Callable[[], bool] | None = None,
        goal_s: float | None = None,
        longest_s: float = LONGEST_S,
    ) -> None:
        """Does something and waits until all of it is on the screen; in vain for `longest_s` at most."""
        await asyncio.sleep(0.2)
        start = time.monotonic()
        if inspect.isawaitable(doing := begin()):
            await doing
        in_vain = False
        try:
            await self.until(is_done or (lambda: self.settled), longest_s)
        except TimeoutError:
            in_vain = True
        took = time.monotonic() - start
        await asyncio.sleep(0.3)  # what was put off belongs to it
        self.acts.append(Act(name, start, time.monotonic(), took, goal_s, in_vain))

    async def repeat(self, name: str, step: Callable[[int], object], times: int, every_s: float = HAND_S) -> None:
        """Does a step again and again, which takes as long as it takes."""
        await self.act(name, lambda: paced(step, times, every_s))
        self.acts[-1] = replace(self.acts[-1], took_s=None)

    async def meanwhile(self, name: str, seconds: float) -> None:
        """Lets the estate change."""
        start = time.monotonic()
        await asyncio.sleep(seconds)
        self.acts.append(Act(name, start, time.monotonic()))

    async def until(self, is_so: Callable[[], object], longest_s: float = LONGEST_S) -> None:
        """Waits. Raises `TimeoutError` if it takes longer than that."""
        async with asyncio.timeout(longest_s):
            await asyncio.sleep(LOOK_S)
            while not is_so():  # noqa: ASYNC110 - nothing tells of all that this may be about
                await asyncio.sleep(LOOK_S)

    # --- how it is played ---------------------------------------------------------------------------------------------

    def _run(self, story: Story) -> None:
        language.install(self._application)
        Theme(self._application)
        mishaps = Mishaps()
        garbage = Garbage(self._application)
        runtime.run(self._application, story(), mishaps)
        garbage.close()
        for mishap in mishaps.all:
            raise RuntimeError(mishap.trace)

    async def _tell(self, script: Callable[[Self], Coroutine[Any, Any, None]]) -> None:
        try:
            await self._shown()
            self.pauses = Pauses()
            await script(self)
            self.pauses.stop()
            self._failure = None
        except Exception as error:
            self._failure = error

    async def _shown(self) -> None:
        """Before that nobody waits for anything."""


async def paced(step: Callable[[int], object], times: int, every_s: float) -> None:
    """Does a step so many times; what comes too late is not caught up with."""
    due = time.monotonic()
    for number in range(times):
        step(number)
        due = max(due + every_s, time.monotonic())
        await asyncio.sleep(due - time.monotonic())
