"""What clients may ask of the estate of another time: everything that looks, and nothing that acts."""

from __future__ import annotations

import typing
from datetime import datetime
from pathlib import Path
from typing import Any

from vmi_console.engine import protocol
from vmi_console.engine.answering import Answering
from vmi_console.engine.commands import Commands
from vmi_console.engine.compare_commands import CompareCommands
from vmi_console.engine.estate_commands import EstateCommands, within
from vmi_console.engine.past_commands import PastCommands, check
from vmi_console.engine.policies import Policies
from vmi_console.engine.policy_commands import PolicyCommands
from vmi_console.engine.replay_commands import ReplayCommands
from vmi_console.engine.report_commands import ReportCommands
from vmi_console.engine.reports import Shares
from vmi_console.engine.timeline_commands import TimelineCommands
from vmi_console.errors import CommandRefused
from vmi_console.estate.changes import Change
from vmi_console.estate.inventory import Inventory
from vmi_console.history.store import History
from vmi_console.response.quarantine import Quarantine
from vmi_console.review.moment import Moment

ANSWERED = frozenset(
    (
        *("guest", "query", "changes", "status", "quarantines"),
        *("waivers", "unknowns", "scores", "explain", "memberships"),
        *("report", "report_share"),
        *("policies", "members", "preview", "baselines", "open_policies", "compare", "compare_vms"),
        "timeline",
        *("recorded", "activity", "nearest_change", "go_to"),
        "replay_policy",
    )
)
"""All that is carried out. Whatever else an engine can do is refused, also what is added to it later."""


class Backend(typing.Protocol):
    """The review, as its commands see it."""

    inventory: Inventory
    history: History
    policies: Policies
    shares: Shares
    history_path: Path | None

    def now(self) -> datetime:
        """The time that counts as now."""

    def about(self) -> protocol.Review | None:
        """Of which time the estate is."""

    def quarantines(self) -> typing.Sequence[Quarantine]:
        """Who was in quarantine."""

    async def moment(self) -> Moment:
        """What is shown."""

    async def moment_since(self, since: datetime | None) -> Moment:
        """The same, with those of its changes that are later."""

    async def changes(self, count: int, before: int | None = None) -> list[Change]:
        """The newest changes until that time, oldest first."""

    async def go_to(self, at: datetime) -> protocol.Review:
        """Goes to the estate of another moment."""

    async def judge_by(self, folder: Path) -> None:
        """Judges by the policies of another folder."""


class ReviewCommands(
    EstateCommands,
    PolicyCommands,
    CompareCommands,
    TimelineCommands,
    ReportCommands,
    PastCommands,
    ReplayCommands,
    Answering,
):
    """The commands of one review."""

    def __init__(self, review: Backend) -> None:
        EstateCommands.__init__(self, review)
        PolicyCommands.__init__(self, review)
        CompareCommands.__init__(self, review)
        TimelineCommands.__init__(self, review)
        ReportCommands.__init__(self, review)
        PastCommands.__init__(self, review)
        ReplayCommands.__init__(self, review)
        self._review = review

    async def carry_out(self, name: str, arguments: dict[str, Any]) -> Any:
        """Carries out a command that looks; raises `CommandRefused` for one that acts or writes."""
        if name not in ANSWERED and not name.startswith("_") and hasattr(Commands, name):
            about = self._review.about()
            assert about is not None
            refuse(about)
        return await super().carry_out(name, arguments)

    async def open_policies(self, folder: str) -> None:
        """Judges this estate by the policies of another folder; they are only read."""
        await self._review.judge_by(Path(folder))

    async def go_to(self, at: datetime) -> protocol.Review:
        """Shows the estate as it was at another moment of the history, and gives where it is then.

        Of several that are asked for at a time only the last one is gone to. Raises `InputError`, `StorageError`.
        """
        check(at)
        return await self._review.go_to(at)

    async def changes(self, count: int = 1000, before: int | None = None) -> list[Change]:
        """The newest changes until that time (before the one of a number), oldest first."""
        return await self._review.changes(within(count), before)

    async def quarantines(self, past: bool = False) -> list[Quarantine]:
        """Who was in quarantine or proposed for it; with `past` also those that were over, as far as they are known."""
        return [one for one in self._review.quarantines() if past or not one.stage.is_closed]

    async def status(self) -> dict[str, Any]:
        """Nothing runs for it; and how much is known."""
        return {"roles": {}, "records": len(self._review.inventory)}


def refuse(about: protocol.Review) -> typing.NoReturn:
    """Raises `CommandRefused` for what acts."""
    at = f"{about.at:%Y-%m-%d %H:%M} UTC"
    if about.path:
        raise CommandRefused(
            f"a snapshot of {at} is only looked at: nothing in it acts",
            "do it in a window on the estate itself, where it may be otherwise by now",
        )
    raise CommandRefused(
        f"the estate is shown as it was on {at}, and the past cannot be changed", "go back to now, then do it"
    )
