"""Going to another time and back, as actions of the window."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from time import monotonic

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from vmi_console.engine.engines import PrivateEngine
from vmi_console.engine.past_commands import Activity, Recorded
from vmi_console.errors import VmiError
from vmi_console.gui.actions import Actions
from vmi_console.gui.desk import Desk
from vmi_console.gui.offers import REASON
from vmi_console.gui.review.visits import Visit, Visits
from vmi_console.gui.review.words import day_and_time
from vmi_console.gui.runtime import Errand
from vmi_console.plain_text import visible
from vmi_console.settings import Workspace

PATIENCE_S = 0.5
"""A step that takes longer is given up for the next, and that one for none: something moves, however long one drags."""


class Travel(QObject):
    """Without `visits` (a window whose engine is given) there is no going anywhere.

    However fast moments are asked for: one step is under way, and of what is asked for meanwhile the last counts.
    """

    refused = Signal(object)  # VmiError
    wished = Signal()  # another moment was asked for, or arrived at
    change_missing = Signal(bool)  # there is none later, or none before

    def __init__(self, window: QWidget, desk: Desk, visits: Visits | None, workspace: Workspace | None) -> None:
        super().__init__(window)
        self._desk = desk
        self._visits = visits
        self._workspace = workspace
        self.wish: datetime | None = None  # asked for, and not shown yet
        self._next: datetime | None = None  # to be asked for when the step under way is done
        self._step: Errand | None = None
        self._began = 0.0
        self._setting_out = False
        self._hurried = False  # the step before was given up
        self._past: Visit | None = None  # of the history
        self.engine: PrivateEngine | None = None  # on it
        make = Actions(window).make
        self.back = make(
            self.tr("Back to now"), self.go_back, self.tr("Show the estate as it is now"), "Ctrl+Shift+0", "state-live"
        )
        self.change_before = make(
            self.tr("Change before"),
            lambda: self.go_to_change(later=False),
            self.tr("Show the estate as it was after the change before"),
            "Ctrl+Shift+Left",
            "change-before",
        )
        self.change_after = make(
            self.tr("Next change"),
            lambda: self.go_to_change(later=True),
            self.tr("Show the estate as it was after the next change"),
            "Ctrl+Shift+Right",
            "change-after",
        )
        if visits is not None:
            visits.refused.connect(self._refused)
            visits.moved.connect(self._moved)
        desk.replica.review_moved.connect(self._moved)
        self._enable()

    # --- snapshots ------------------------------------------------------------------------------------------------

    def open_snapshot(self, path: str) -> None:
        """Shows a snapshot file in this window."""
        if self._visits is not None:
            name = self.tr("Read {0}").format(visible(Path(path).name, 80))
            self._visits.go(PrivateEngine.of_snapshot(Path(path)), name)

    # --- the recorded past ----------------------------------------------------------------------------------------

    @property
    def possible(self) -> bool:
        """Whether the window can show what was recorded: not where there is no engine that records."""
        review = self._desk.replica.review
        return self._visits is not None and self._visits.living is not None and not (review and review.path)

    @property
    def going(self) -> bool:
        """Whether a moment was asked for that is not shown yet."""
        return self.wish is not None

    def go_to(self, at: datetime) -> None:
        """Shows the estate as it was at a time. Why it cannot be is told by `refused`."""
        if not self.possible:
            return
        self.wish = self._next = at
        if self._step is None:
            self._take_step()
        elif self._is_there and not (self._setting_out or self._hurried) and monotonic() - self._began > PATIENCE_S:
            self._hurried = True
            self._take_step()
        self.wished.emit()

    def go_to_change(self, *, later: bool) -> None:
        """Shows the estate as it was after the next change, or after the one before."""
        shown = self.wish or self._desk.replica.now
        if not self.possible or (later and self._desk.replica.review is None):
            return
        name = self.tr("Find a change")
        self._desk.errands.run(self._find_change(shown, later), name, quiet=True)

    def go_back(self) -> None:
        """To the estate as it is now."""
        if self._step is not None:
            self._step.cancel()
        self._give_up()
        if self._visits is not None:
            self._visits.back()

    async def recorded(self) -> Recorded:
        """Of which span of time there are records. Raises `VmiError`."""
        answer = await self._desk.engine.call("recorded")
        return msgspec.convert(answer, Recorded, builtin_types=(datetime,))

    async def activity(self, since: datetime, until: datetime, bins: int) -> Activity:
        """How much happened in a span of time. Raises `VmiError`."""
        answer = await self._desk.engine.call("activity", since=since.isoformat(), until=until.isoformat(), bins=bins)
        return msgspec.convert(answer, Activity, builtin_types=(datetime,))

    @property
    def _is_there(self) -> bool:
        """Whether an engine on the history is heard, so that it is only a step to another moment."""
        return (
            self._visits is not None and self._past is not None and self._visits.visit is self._past and self._past.open
        )

    def _take_step(self) -> None:
        at, self._next = self._next, None
        if at is None:
            return
        self._began = monotonic()
        work = self._walk(at) if self._is_there else self._set_out(at)
        name = self.tr("Show the estate as it was on {0}").format(day_and_time(at))
        step = self._step = self._desk.errands.run(work, name, lambda error: self._failed(step, error), quiet=True)

    async def _walk(self, at: datetime) -> None:
        assert self._past is not None
        step = self._step
        await self._past.client.call("go_to", at=at.isoformat())
        if self._step is step:  # else another one was begun since this took too long
            self._arrived()

    async def _set_out(self, at: datetime) -> None:
        """Starts an engine on the history; it is there when it says which time it shows."""
        assert self._visits is not None
        path = (await self.recorded()).path
        if self._next is not None:  # asked for meanwhile
            at, self._next = self._next, None
        self._setting_out = True
        self.engine = PrivateEngine.of_history(Path(path), at)
        self._visits.go(self.engine, self.tr("Read the history"))
        self._past = self._visits.visit

    async def _find_change(self, shown: datetime, later: bool) -> None:
        answer = await self._desk.engine.call("nearest_change", at=shown.isoformat(), later=later)
        found = msgspec.convert(answer, datetime | None, builtin_types=(datetime,))
        if found is not None:
            self.go_to(found)
        else:
            self.change_missing.emit(later)

    def _moved(self) -> None:
        review = self._desk.replica.review
        if self._is_there and self.engine is not None and review is not None:
            self.engine.begin_at(review.at)
        if self._setting_out and self._is_there and self._past is not None and self._past.is_whole:
            self._setting_out = False
            self._arrived()
        self._enable()

    def _arrived(self) -> None:
        self._step = None
        self._hurried = False
        if self._next is not None:
            self._take_step()
        else:
            self.wish = None
        self.wished.emit()

    def _failed(self, step: Errand, error: VmiError) -> None:
        if self._step is step:
            self._give_up()
            self.refused.emit(error)

    def _give_up(self) -> None:
        self._step = None
        self._setting_out = self._hurried = False
        self.wish = self._next = None
        self.wished.emit()

    def _refused(self, error: VmiError) -> None:
        self._give_up()
        if self._visits is not None and self._visits.living is not None:  # else it is what the link has to say
            self.refused.emit(error)

    # --- what is said of it ---------------------------------------------------------------------------------------

    def title(self) -> str:
        """Of the window."""
        review = self._desk.replica.review
        if review is None:
            return self.tr("VMI Console")
        at = day_and_time(review.at)
        if not review.path:
            return self.tr("As it was on {0} – VMI Console").format(at)
        return self.tr("{0} – snapshot of {1} – VMI Console").format(visible(Path(review.path).name, 80), at)

    def _enable(self) -> None:
        replica = self._desk.replica
        past = replica.review is not None
        self.back.setEnabled(past and replica.has_living)
        snapshot = replica.review is not None and bool(replica.review.path)
        self.back.setText(self.tr("Close the snapshot") if snapshot else self.tr("Back to now"))
        for action in (self.change_before, self.change_after):
            action.setEnabled(self.possible and (past or action is self.change_before))
            action.setProperty(REASON, self.tr("a snapshot is of one moment") if snapshot else "")
