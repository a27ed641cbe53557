"""A real engine that kills itself (SIGKILL) at a chosen step of what quarantine does to the outside.

`python -m tests.unit.engine.mortal_engine SOCKET WORKSPACE [STEP]`: steps count from 0, one before and one after each
call of an actor, and each write of the journal.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from vmi_console.engine.main import run_listening
from vmi_console.engine.response import ConnectionActors
from vmi_console.history.store import History
from vmi_console.settings import Workspace


def mortal[**P, R](method: Callable[P, Awaitable[R]], step: Callable[[], None]) -> Callable[P, Awaitable[R]]:
    """The method with a step before and after it."""

    async def stepping(*arguments: P.args, **options: P.kwargs) -> R:
        step()
        answer = await method(*arguments, **options)
        step()
        return answer

    return stepping


def main(socket: str, workspace: str, last: int) -> None:
    """Serves until killed."""
    steps = itertools.count()

    def step() -> None:
        if next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    ConnectionActors.ask = mortal(ConnectionActors.ask, step)  # type: ignore[method-assign, assignment]
    History.append = mortal(History.append, step)  # type: ignore[method-assign, assignment]
    run_listening(Workspace.at(Path(workspace)), Path(socket))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else -1)
