"""What clients may ask about what a policy would have said in the past (see `commands`)."""

from __future__ import annotations

import typing
from datetime import datetime
from pathlib import Path
from typing import Any

from vmi_console.engine import protocol
from vmi_console.engine.policies import Policies
from vmi_console.errors import ChannelClosed, CommandRefused, VmiError
from vmi_console.estate.records import to_builtins
from vmi_console.history.store import History
from vmi_console.review.replayer import Answer, Failure, FromReplayer, Share, Wanted, draft
from vmi_console.wire.calls import teller
from vmi_console.wire.child import Child


class Backend(typing.Protocol):
    """The engine, as these commands see it."""

    history: History
    history_path: Path | None  # None: nothing is remembered
    policies: Policies

    def now(self) -> datetime:
        """The time that counts as now."""

    def about(self) -> protocol.Review | None:
        """Of which time the estate is."""


class ReplayCommands:
    """Commands that lead policies through what was recorded."""

    def __init__(self, engine: Backend) -> None:
        self._of_replay = engine

    async def replay_policy(
        self, text: str, since: datetime | None = None, until: datetime | None = None, file: str = "draft.yaml"
    ) -> dict[str, Any]:
        """What a draft alone, with the groups in force, would have said from one time to another: `firings.Firings`.

        Without `since` it is all that is remembered, without `until` up to the time that is shown. It says how far it
        is; cancelling it ends the work. Raises `InputError`, `StorageError`, `CommandRefused`.
        """
        draft(text, file)
        engine = self._of_replay
        path, is_snapshot = self._recorded()
        await engine.history.flush()
        wanted = Wanted(
            path=str(path),
            is_snapshot=is_snapshot,
            text=text,
            file=file,
            groups=engine.policies.policies.groups,
            advisories=engine.policies.advisory_files,
            since=since,
            until=until or engine.now(),
        )
        child: Child[FromReplayer] = await Child.start("replayer", accepts=FromReplayer)
        try:
            return await _answer(child, wanted)
        finally:
            await child.stop(grace=0)

    def _recorded(self) -> tuple[Path, bool]:
        """The file that remembers, and whether it is a snapshot. Raises `CommandRefused`."""
        about = self._of_replay.about()
        if about is not None and about.path:
            if about.changes_since is None:
                raise CommandRefused(
                    "this snapshot has no changes: it is of one moment alone", "have one made with those of a span"
                )
            return Path(about.path), True
        path = self._of_replay.history_path
        if path is None:
            raise CommandRefused("nothing is remembered here")
        return path, False


async def _answer(child: Child[FromReplayer], wanted: Wanted) -> dict[str, Any]:
    tell = teller()
    try:
        child.channel.post(wanted)
        while True:
            match await child.channel.receive():
                case Share(done=done):
                    tell(done)
                case Answer(firings=firings):
                    answer: dict[str, Any] = to_builtins(firings)
                    return answer
                case Failure(error=error, advice=advice):
                    raise VmiError(error, advice)
    except ChannelClosed as error:
        raise CommandRefused(f"the replay {await child.ending()}", "choose a shorter span, or try again") from error
