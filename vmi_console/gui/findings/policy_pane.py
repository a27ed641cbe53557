"""The pane of a VM's policies: which concern it, what each rule says of it and why, and what was wrong before."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from vmi_console.errors import VmiError
from vmi_console.estate.identity import EntityId
from vmi_console.gui.desk import Desk
from vmi_console.gui.findings.describing import Descriptions
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.panes.pane import Pane
from vmi_console.gui.panes.sheet import Sheet, dimmed
from vmi_console.gui.panes.sheet_view import SheetView
from vmi_console.gui.runtime import Errand
from vmi_console.gui.theme import GROUP, Tone
from vmi_console.gui.verdicts import Moves
from vmi_console.plain_text import visible
from vmi_console.policy.explanations import PolicyExplained
from vmi_console.policy.groups import Explanation
from vmi_console.policy.scores import Score

AGAIN_MS = 1_000
"""How often the engine is asked at most while something keeps moving."""


class PolicyPane(Pane):
    """Asks the engine while it is in sight. What was told of one VM never stands below another's name."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._descriptions = Descriptions(desk.replica, self)
        self._told: tuple[EntityId, list[PolicyExplained], list[Explanation], Score | None] | None = None
        self._asking: Errand | None = None
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._ask)
        self.view = SheetView()
        self.view.setAccessibleName(self.tr("Policy"))
        self.view.chosen.connect(self.chosen)
        self.message = PlainLabel(tone=Tone.MUTED).wrapped()
        self.message.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        self.setFocusProxy(self.view)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.message)
        desk.replica.verdicts.moved.connect(self._findings_moved)
        desk.replica.verdicts.posture_moved.connect(self._posture_moved)

    @property
    def sheet(self) -> Sheet:
        """What it says now."""
        return self.view.sheet

    def bring_up_to_date(self) -> None:
        entity = self.entities[0]
        if self._told is None or self._told[0] != entity:
            self._told = None
            self._say(self.tr("Asking…"))
            self._ask()
        else:
            self._show()
            self._soon()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._again.stop()

    def _findings_moved(self, moves: Moves) -> None:
        if self.isVisible() and self.entities and self.entities[0] in moves.vms:
            self._soon()

    def _posture_moved(self) -> None:
        if self.isVisible() and self.entities:
            self._soon()

    def _soon(self) -> None:
        if not self._again.isActive():
            self._again.start()

    def _ask(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
        if self.entities and self.desk.replica.link.up:
            work = self._fetch(self.entities[0])
            self._asking = self.desk.errands.run(work, self.tr("Explain policies"), self._failed, quiet=True)

    async def _fetch(self, entity: EntityId) -> None:
        told = msgspec.convert(await self.desk.engine.call("explain", vm=entity), list[PolicyExplained])
        groups = msgspec.convert(await self.desk.engine.call("memberships", vm=entity) or [], list[Explanation])
        scores = msgspec.convert(await self.desk.engine.call("scores", vms=[entity]) or {}, dict[EntityId, Score])
        if self.entities and self.entities[0] == entity:
            self._told = entity, told, groups, scores.get(entity)
            self._show()

    def _failed(self, error: VmiError) -> None:
        if self._told is None:
            self._say(visible(str(error), 400))

    def _show(self) -> None:
        if self._told is None:
            return
        entity, told, groups, score = self._told
        if not told and not groups:
            if self.desk.replica.knows_policies:
                self._say(self.tr("No policy is in force: nothing is demanded of this VM."))
            else:
                self._say(
                    self.tr(
                        "Which policies were in force then is not recorded, only what was found. "
                        "Open a folder of policies to judge that time by them."
                    )
                )
            return
        sheet = self._descriptions.sheet(told, score, self.desk.replica.verdicts.of_vm(entity), groups)
        self.view.show_sheet(dimmed(sheet) if self.desk.replica.is_stale(entity) else sheet)
        self._stack.setCurrentWidget(self.view)

    def _say(self, text: str) -> None:
        self.message.setText(text)
        self._stack.setCurrentWidget(self.message)
