"""Tasks with an owner: nothing is started that nobody ends, and no exception gets lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self


class Tasks:
    """Tasks that live no longer than their owner.

    Unlike in an `asyncio.TaskGroup`, a task that fails does not take its siblings down: for long-lived owners whose
    tasks are independent. Its failure goes to the event loop's exception handler, which logs it, and in the window
    tells the operator.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start[T](self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Runs `work` until it ends or the owner closes; `name` is how a failure is logged."""
        task = asyncio.create_task(work, name=name)  # noqa: TID251 - the one place
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            handler = task.get_loop().call_exception_handler
            handler({"message": f"{task.get_name()} failed", "exception": error, "task": task})

    async def close(self) -> None:
        """Cancels what still runs and waits for it to end."""
        current = asyncio.current_task()
        pending = [task for task in self._tasks if task is not current]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
