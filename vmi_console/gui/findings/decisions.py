"""What an operator decides about findings: asked of the engine, said in words when it is done, and undone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec
from PySide6.QtCore import QObject, Signal

from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.runtime import Failed
from vmi_console.policy.findings import Finding
from vmi_console.policy.waivers import Waiver


@dataclass(frozen=True)
class Done:
    """Something that was decided, and what takes it back (nothing where it cannot be)."""

    text: str
    undo: Callable[[], None] | None = None


@dataclass(frozen=True)
class Drifted:
    """VMs whose present state is to be known as good by a baseline."""

    baseline: str
    vms: tuple[EntityId, ...]


class WaiverTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator says of a waiver; who says so and when is the engine's to know."""

    justification: str
    expires_at: datetime
    vm: EntityId | None = None
    group: str = ""
    policy: str = ""
    rule: str = ""


class Decisions(QObject):
    """Carries decisions out. `done` is told after the engine has written them down."""

    done = Signal(object)  # Done

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk

    def acknowledge(self, findings: Collection[Finding], note: str = "", failed: Failed | None = None) -> None:
        """Somebody has seen these."""
        ids = [finding.id for finding in findings]

        async def work() -> None:
            await self._desk.engine.call("acknowledge", findings=ids, note=note)
            text = self.tr("%Ln finding(s) acknowledged", "", len(ids))
            self.done.emit(Done(text, lambda: self.take_back(findings)))

        self._desk.errands.run(work(), self.tr("Acknowledge %Ln finding(s)", "", len(ids)), failed)

    def take_back(self, findings: Collection[Finding]) -> None:
        """Acknowledged no longer."""
        ids = [finding.id for finding in findings]

        async def work() -> None:
            await self._desk.engine.call("unacknowledge", findings=ids)
            text = self.tr("%Ln finding(s) no longer acknowledged", "", len(ids))
            self.done.emit(Done(text, lambda: self.acknowledge(findings)))

        self._desk.errands.run(work(), self.tr("Take back %Ln acknowledgement(s)", "", len(ids)))

    def waive(
        self, terms: Collection[WaiverTerms], accepted: Callable[[], object] | None = None, failed: Failed | None = None
    ) -> None:
        """Lets what these waivers cover be so; `accepted` is called when the engine agreed to all of them."""

        async def work() -> None:
            made: list[str] = []
            for each in terms:
                made.append(str(await self._desk.engine.call("waive", **msgspec.to_builtins(each))))
            if accepted is not None:
                accepted()
            self.done.emit(Done(self.tr("%Ln waiver(s) made", "", len(made)), lambda: self._end(made)))

        self._desk.errands.run(work(), self.tr("Waive findings"), failed)

    def end_waivers(self, findings: Collection[Finding]) -> None:
        """Ends the waivers that hold for these; what else they cover asks for attention again, too."""
        ids = list(dict.fromkeys(finding.waiver for finding in findings if finding.waiver))

        async def work() -> None:
            known = {waiver.id: waiver for waiver in await self.waivers()}
            terms = [terms_of(known[each]) for each in ids if each in known]
            for each in ids:
                await self._desk.engine.call("end_waiver", waiver=each)
            self.done.emit(Done(self.tr("%Ln waiver(s) ended", "", len(ids)), lambda: self.waive(terms)))

        self._desk.errands.run(work(), self.tr("End %Ln waiver(s)", "", len(ids)))

    def accept_drift(
        self, drifted: Collection[Drifted], accepted: Callable[[], object] | None = None, failed: Failed | None = None
    ) -> None:
        """Takes the present state of VMs as known to be good: what was taken before is given up."""

        async def work() -> None:
            taken = 0
            for each in drifted:
                taken += int(await self._desk.engine.call("take_baseline", baseline=each.baseline, vms=each.vms))
            if accepted is not None:
                accepted()
            self.done.emit(Done(self.tr("%Ln VM(s) known to be good as they are", "", taken)))

        self._desk.errands.run(work(), self.tr("Accept drift as new baseline"), failed)

    def _end(self, ids: Collection[str]) -> None:
        async def work() -> None:
            for each in ids:
                await self._desk.engine.call("end_waiver", waiver=each)
            self.done.emit(Done(self.tr("%Ln waiver(s) ended", "", len(ids))))

        self._desk.errands.run(work(), self.tr("End %Ln waiver(s)", "", len(ids)))

    async def waivers(self) -> list[Waiver]:
        """All of them, the newest last."""
        return msgspec.convert(await self._desk.engine.call("waivers"), list[Waiver])


def terms_of(waiver: Waiver) -> WaiverTerms:
    """What was said of a waiver, to be said again."""
    return WaiverTerms(
        justification=waiver.justification,
        expires_at=waiver.expires_at,
        vm=waiver.vm,
        group=waiver.group,
        policy=waiver.policy,
        rule=waiver.rule,
    )
