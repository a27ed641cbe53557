"""The dialog before several VMs are given back: each exactly as it was, or as is chosen where that cannot be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence

import msgspec
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from vmi_console.gui.desk import Desk
from vmi_console.gui.panes.sheet import Cell, Fact, Section, Sheet
from vmi_console.gui.quarantine.batch import Item, Phase
from vmi_console.gui.quarantine.looks import STAGE, QuarantineWords
from vmi_console.gui.quarantine.several import SeveralDialog
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import clock, moment, number
from vmi_console.plain_text import visible
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.response.ward import Choice, Outlook


class Held(Item):
    """A VM in quarantine, whether it can be given back exactly, and what came of it."""

    def __init__(self, quarantine: Quarantine, barred: str = "") -> None:
        super().__init__(quarantine.vm, quarantine.vm_name, barred)
        self.quarantine = quarantine
        self.outlook: Outlook | None = None
        self.outcome: Quarantine | None = None

    def forget(self) -> None:
        super().forget()
        self.outlook = None

    @property
    def is_changed(self) -> bool:
        """Whether somebody changed it since, so that a person must choose."""
        return self.outlook is not None and self.outlook.changed


class ReleaseSeveralDialog(SeveralDialog[Held]):
    """What was changed meanwhile stays in quarantine unless something else is chosen for it."""

    def __init__(self, parent: QWidget, desk: Desk, held: Sequence[Held]) -> None:
        super().__init__(parent, desk, held, "")
        title = self.tr("Release %Ln VM(s)", "", len(held))
        self.setWindowTitle(title)
        self.title.setText(title)
        self._words = QuarantineWords(self)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(self.tr("Why now (optional)"))
        self.reason.setAccessibleName(self.tr("Reason"))
        self.changed = QComboBox()
        self.changed.setAccessibleName(self.tr("Those that were changed"))
        self.changed.addItem(self.tr("Stay in quarantine: look at each by itself"), "")
        self.changed.addItem(self.tr("Put them back all the same: what was changed is overwritten"), Choice.FORCE.value)
        self.changed.addItem(self.tr("Leave them as they are now: the quarantine is over"), Choice.KEEP.value)
        self.lay_out(
            (
                self.tr("VM"),
                self.tr("Given back"),
                self.tr("State"),
                self.tr("Since"),
                self.tr("By"),
                self.tr("Reason"),
            ),
            (22, 26, 18, 13, 16, 34),
            ((self.tr("Reason"), self.reason), (self.tr("Changed since"), self.changed)),
        )
        self.changed.currentIndexChanged.connect(self._choose)
        self.cancel_button.setFocus()
        self.look_at_all(self.tr("Look whether %Ln VM(s) can be given back", "", len(held)))

    def _choose(self) -> None:
        for item in self.batch.items:
            if item.is_changed and item.phase in (Phase.READY, Phase.IMPOSSIBLE):
                self._judge(item)
        self.batch.moved.emit(None)

    async def look(self, item: Held) -> None:
        answer = await self.desk.engine.call("release_outlook", vm=item.vm)
        item.outlook = msgspec.convert(answer, Outlook)
        self._judge(item)

    def _judge(self, item: Held) -> None:
        """Whether it can be given back as things are, and as they were chosen."""
        assert item.outlook is not None
        if not item.outlook.trusted:
            item.refuse(self.tr("the record with it is of an unknown key: release it by itself"))
        elif item.outlook.changed and not self.changed.currentData():
            item.refuse(self.tr("it was changed since: it stays in quarantine"))
        else:
            item.phase, item.why = Phase.READY, ""

    def begin(self) -> Callable[[Held], Awaitable[None]]:
        engine, reason, chosen = self.desk.engine, self.reason.text().strip(), str(self.changed.currentData())

        async def act(item: Held) -> None:
            choice = chosen if item.is_changed else Choice.EXACT.value
            answer = await engine.call("release", vm=item.vm, reason=reason, choice=choice)
            item.outcome = msgspec.convert(answer, Quarantine)
            if not item.outcome.stage.is_closed:
                item.phase, item.why = Phase.FAILED, item.outcome.because or item.outcome.stage.value

        return act

    # --- what is said ---------------------------------------------------------------------------------------------

    @property
    def why_not(self) -> str:
        return "" if self.batch.chosen else self.tr("There is none left that can be given back.")

    def tell(self) -> None:
        self.changed.setEnabled(any(item.is_changed for item in self.batch.items))
        super().tell()

    def accept_text(self, count: int) -> str:
        return self.tr("Release %Ln VM(s)", "", count)

    def summary(self) -> tuple[str, str, Tone]:
        if (looking := self.looking_said()) is not None:
            return looking
        batch = self.batch
        if self.started:
            return self.progress_said(list(self._given_back()), "state-unsupported")
        exact = sum(not item.is_changed for item in batch.chosen)
        changed = len(batch.chosen) - exact
        told = []
        if exact:
            told.append(self.tr("%Ln as it was, exactly", "", exact))
        if changed:
            told.append(self.tr("%Ln as chosen for those that were changed", "", changed))
        if staying := len(batch.items) - len(batch.chosen):
            told.append(self.tr("%Ln stay(s) in quarantine", "", staying))
        tone = Tone.WARNING if changed or batch.count(Phase.IMPOSSIBLE) else Tone.PLAIN
        icon = "unlock" if batch.chosen else "lock"
        return icon, self.tr("Given back: {0}.").format(", ".join(told)), tone

    def _given_back(self) -> Iterator[str]:
        for stage in (Stage.RELEASED, Stage.KEPT):
            count = sum(item.outcome is not None and item.outcome.stage is stage for item in self.batch.items)
            if count:
                yield f"{number(count)} {STAGE[stage].word}"

    def cell(self, item: Held, column: int) -> Cell:
        one = item.outcome or item.quarantine
        match column:
            case 1:
                return self._outlook(item)
            case 2:
                look = STAGE[one.stage]
                return Cell(look.word, one.because, look.tone, look.icon)
            case 3:
                return Cell(clock(one.opened_at), moment(one.opened_at), Tone.MUTED)
            case 4:
                return Cell(visible(one.by, 60), tone=Tone.MUTED)
            case _:
                return Cell(visible(one.reason, 300))

    def _outlook(self, item: Held) -> Cell:
        if (cell := self.phase_cell(item, Stage.RELEASING)) is not None:
            return cell
        match item.phase:
            case Phase.IMPOSSIBLE:
                return Cell(self.tr("no: {0}").format(visible(item.why, 200)), item.why, Tone.WARNING, "lock")
            case Phase.FAILED:
                return Cell(self.tr("refused: {0}").format(visible(item.why, 200)), item.why, Tone.BAD, "lock")
            case Phase.DONE:
                look = STAGE[item.outcome.stage if item.outcome is not None else Stage.RELEASED]
                return Cell(look.word, tone=look.tone, icon=look.icon)
        if not item.is_changed:
            return Cell(self.tr("exactly as it was"), tone=Tone.GOOD, icon="check")
        forced = self.changed.currentData() == Choice.FORCE.value
        said = self.tr("as it was; changes are lost") if forced else self.tr("left as it is now")
        return Cell(said, tone=Tone.WARNING, icon="state-degraded")

    def about(self, item: Held) -> Sheet:
        one = item.outcome or item.quarantine
        facts = [
            Fact(self.tr("In quarantine"), self.tr("{0} by {1}").format(clock(one.opened_at), visible(one.by, 60))),
            Fact(self.tr("Mode"), self._words.mode(one.mode), self._words.effect(one.mode)),
            Fact(self.tr("Reason"), visible(one.reason, 300), one.reason),
        ]
        for label, value, tone in (
            (self.tr("Cannot be now"), item.why, Tone.WARNING),
            (self.tr("What to do"), one.advice, Tone.PLAIN),
            (self.tr("Changed since"), "; ".join(each.what for each in one.noticed), Tone.WARNING),
        ):
            if value:
                facts.append(Fact(label, visible(value, 400), value, tone))
        return Sheet(
            sections=(Section(visible(one.vm_name, 120), tuple(facts)),), tables=(self._words.channels(one.channels),)
        )
