"""Tasks with an owner: nothing is started that nobody ends, and no exception gets lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from vmi_console.errors import VmiError


class Tasks:
    """Tasks that live no longer than their owner.

    Unlike in an `asyncio.TaskGroup`, a task that fails does not take its siblings down: for long-lived owners whose
    tasks are independent. Its failure goes to the event loop's exception handler, which logs it, and in the window
    tells the operator.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending: set[asyncio.Task[Any]] = set()  # those of them that have been cancelled here

    def start[T](self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Runs `work` until it ends or the owner closes; `name` is how a failure is logged."""
        task = asyncio.create_task(work, name=name)  # noqa: TID251 - the one place
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def to_the_end[T](self, work: Coroutine[Any, Any, T], name: str) -> T:
        """What `work` gives, or the `VmiError` that it raises.

        Whoever waits may be cancelled: it goes on until it or the owner ends. For what must not be left halfway.
        """
        outcome = await asyncio.shield(self.start(_outcome(work), name))
        if isinstance(outcome, _Refusal):
            raise outcome.error
        return outcome

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._ending.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            handler = task.get_loop().call_exception_handler
            handler({"message": f"{task.get_name()} failed", "exception": error, "task": task})

    def cancel(self, task: asyncio.Task[Any]) -> None:
        """Tells one of these tasks to end: once, however often this is called, or `close` after it.

        A second time it would be torn out of what it does to end in order, and leave a process or a file behind.
        """
        if task not in self._ending and not task.done():
            self._ending.add(task)
            task.cancel()

    async def close(self) -> None:
        """Cancels what still runs and waits for it to end."""
        current = asyncio.current_task()
        pending = [task for task in self._tasks if task is not current]
        for task in pending:
            self.cancel(task)
        if pending:
            await asyncio.wait(pending)  # it is given up without telling them, other than `gather`

    async def finish(self, seconds: float) -> None:
        """Waits for what still runs to end by itself; after so long it is cancelled."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        await self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Refusal:
    """What was raised, and is for whoever waits alone."""

    def __init__(self, error: VmiError) -> None:
        self.error = error


async def _outcome[T](work: Coroutine[Any, Any, T]) -> T | _Refusal:
    try:
        return await work
    except VmiError as error:
        return _Refusal(error)
