"""What can be compared: two moments, or a VM and its gold image. Each is chosen, asked for and spoken of in its way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from vmi_console.estate.changes import Action
from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.review.sides import Side, VmBox
from vmi_console.gui.review.words import day_and_time
from vmi_console.gui.theme import GAP, Tone
from vmi_console.plain_text import visible
from vmi_console.review.comparison import Comparison
from vmi_console.wire.calls import Tell

GOLD = "gold-image"  # what the preferences call the last one


class Pair(QWidget):
    """Two choices in a row."""

    picked = Signal()  # another one

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP)

    def _say(self, text: str) -> None:
        self._row.addWidget(PlainLabel(text, Tone.MUTED))

    def _offer(self, choice: Side | VmBox) -> None:
        self._row.addWidget(choice)
        choice.picked.connect(self.picked)

    def _same(self) -> str:
        return self.tr("Both are the same: choose another one")

    # --- of each sort ---------------------------------------------------------------------------------------------

    @property
    def why_not(self) -> str:
        """Why these two cannot be compared; empty where they can."""
        raise NotImplementedError

    @property
    def task(self) -> str:
        """What is under way while they are compared."""
        raise NotImplementedError

    @property
    def prompt(self) -> str:
        """What to do, in short."""
        raise NotImplementedError

    @property
    def promise(self) -> str:
        """What one gets by it."""
        raise NotImplementedError

    async def compare(self, told: Tell) -> Any:
        """The engine's answer; `told` hears how far it is, where that takes its time."""
        raise NotImplementedError

    def names(self, comparison: Comparison) -> str:
        """What was compared with what."""
        raise NotImplementedError

    def outcome(self, comparison: Comparison) -> str:
        """How much is different, where anything is."""
        raise NotImplementedError


class MomentPair(Pair):
    """From one moment to another."""

    def __init__(self, desk: Desk, files: Sequence[str]) -> None:
        super().__init__(desk)
        replica = desk.replica
        review = replica.review
        shown = self.tr("Now") if review is None else day_and_time(review.at)
        remembers = review is None or not review.path
        self.before = Side(self.tr("Before"), shown, files, replica.now, remembers=remembers)
        self.after = Side(self.tr("After"), shown, files, replica.now, remembers=remembers)
        if files:
            self.before.choose(files[0])
        elif remembers:
            self.before.choose_recent()
        self._say(self.tr("From"))
        self._offer(self.before)
        self._say(self.tr("to"))
        self._offer(self.after)

    @property
    def why_not(self) -> str:
        before, after = self.before.which, self.after.which
        if before is None or after is None:
            return self.tr("That is no time: write it as 2026-03-01 14:05, or -2h")
        return self._same() if before == after else ""

    @property
    def task(self) -> str:
        return self.tr("What changed between two moments")

    @property
    def prompt(self) -> str:
        return self.tr("Choose two moments")

    @property
    def promise(self) -> str:
        return self.tr("Compare two moments to see what is different.")

    async def compare(self, told: Tell) -> Any:
        return await self._desk.engine.follow(told, "compare", before=self.before.which, after=self.after.which)

    def names(self, comparison: Comparison) -> str:
        before, after = comparison.before, comparison.after
        return self.tr("{0} to {1}").format(day_and_time(before.at), day_and_time(after.at))

    def outcome(self, comparison: Comparison) -> str:
        changed, added, removed = map(comparison.vms, (Action.CHANGED, Action.ADDED, Action.REMOVED))
        opened, resolved = len(comparison.opened), len(comparison.resolved)
        parts = (
            self.tr("%Ln VM(s) changed", "", changed) if changed else "",
            self.tr("%Ln VM(s) came", "", added) if added else "",
            self.tr("%Ln VM(s) went", "", removed) if removed else "",
            self.tr("%Ln finding(s) opened", "", opened) if opened else "",
            self.tr("%Ln finding(s) resolved", "", resolved) if resolved else "",
            self.tr("%Ln policy document(s) differ", "", len(comparison.policies)) if comparison.policies else "",
            self.tr("%Ln quarantine(s) moved on", "", len(comparison.quarantines)) if comparison.quarantines else "",
        )
        return ", ".join(filter(None, parts)) or self.tr("No VM is different")


class MachinePair(Pair):
    """A VM, and the one that it is held against."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.machine = VmBox(self.tr("VM"), desk.replica)
        self.gold = VmBox(self.tr("Gold image"), desk.replica)
        kept = desk.preferences.remembered(GOLD)
        if kept is not None:
            self.gold.choose(EntityId(bytes(kept.data()).decode(errors="replace")))
        self._offer(self.machine)
        self._say(self.tr("against the gold image"))
        self._offer(self.gold)

    def choose(self, vm: EntityId | None, gold: EntityId | None) -> None:
        """From now on these; where no gold image is given the last one that was chosen."""
        self.machine.choose(vm)
        if gold is not None or self.gold.vm == vm:
            self.gold.choose(gold)

    @property
    def lacking(self) -> VmBox | None:
        """Where a VM is still to be chosen."""
        return next((box for box in (self.machine, self.gold) if box.vm is None), None)

    @property
    def why_not(self) -> str:
        if self.lacking is not None:
            return self.tr("Choose two VMs by their names")
        return self._same() if self.machine.vm == self.gold.vm else ""

    @property
    def task(self) -> str:
        return self.tr("Hold a VM against its gold image")

    @property
    def prompt(self) -> str:
        return self.tr("Choose a VM and its gold image")

    @property
    def promise(self) -> str:
        return self.tr("Compare a VM with its gold image to see what it has otherwise.")

    async def compare(self, told: Tell) -> Any:
        gold, vm = self.gold.vm, self.machine.vm
        assert gold is not None
        assert vm is not None
        self._desk.preferences.remember(GOLD, gold.encode())
        return await self._desk.engine.call("compare_vms", gold=gold, vm=vm)

    def names(self, comparison: Comparison) -> str:
        before, after = comparison.before, comparison.after
        return self.tr("{0} against {1}").format(visible(after.title, 80), visible(before.title, 80))

    def outcome(self, comparison: Comparison) -> str:
        return self.tr("%Ln difference(s) to the gold image", "", len(list(comparison.items())))
