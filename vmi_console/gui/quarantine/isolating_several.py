"""The dialog before a quarantine of several VMs: one confirmation, with the plan and the preflight of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

import msgspec
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from vmi_console.collectors.quarantine import Hold, Mode
from vmi_console.estate.records import VM
from vmi_console.gui.desk import Desk
from vmi_console.gui.findings.lines import FindingWords
from vmi_console.gui.findings.looks import worst_first
from vmi_console.gui.labels import PlainLabel
from vmi_console.gui.panes.sheet import Cell, Fact, Section, Sheet
from vmi_console.gui.quarantine.batch import Item, Phase
from vmi_console.gui.quarantine.looks import HOLD, STAGE, QuarantineWords
from vmi_console.gui.quarantine.several import SeveralDialog
from vmi_console.gui.theme import Tone
from vmi_console.gui.wording import UNKNOWN, Wording, number
from vmi_console.plain_text import visible
from vmi_console.policy.policies import Limit
from vmi_console.response.limits import allowed
from vmi_console.response.plan import Plan
from vmi_console.response.quarantine import Quarantine, Stage, open_ways

NAMED = 4  # networks, tags
_WHOLE = Stage.ISOLATED, Stage.OBSERVED


class Suspect(Item):
    """A VM, what is planned for it, and what came of that."""

    def __init__(self, vm: VM, barred: str = "") -> None:
        super().__init__(vm.id, vm.name, barred)
        self.record = vm
        self.plan: Plan | None = None
        self.outcome: Quarantine | None = None

    def forget(self) -> None:
        super().forget()
        self.plan = None

    @property
    def stage(self) -> Stage | None:
        """What it is, or would be."""
        if self.outcome is not None:
            return self.outcome.stage
        return self.plan.outlook if self.plan is not None else None

    def ways(self, hold: Hold) -> int:
        """How many ways to the world are held, or not."""
        channels = self.outcome.channels if self.outcome is not None else self.plan.channels if self.plan else ()
        return sum(channel.hold is hold for channel in channels)


class QuarantineSeveralDialog(SeveralDialog[Suspect]):
    """Only plans that were on show are confirmed; more VMs than the limits allow need a word of their own."""

    def __init__(
        self, parent: QWidget, desk: Desk, suspects: Sequence[Suspect], mode: Mode = Mode.ISOLATE, reason: str = ""
    ) -> None:
        super().__init__(parent, desk, suspects, "")
        title = self.tr("Quarantine %Ln VM(s)", "", len(suspects))
        self.setWindowTitle(title)
        self.title.setText(title)
        self._words = QuarantineWords(self)
        self._findings = FindingWords(desk.replica, self)
        self.mode = self._words.mode_box(mode)
        self.reason = QLineEdit(reason)
        self.reason.setPlaceholderText(self.tr("Why: it is written down, and left with each VM"))
        self.reason.setAccessibleName(self.tr("Reason"))
        self.radius = PlainLabel().wrapped()
        self.limit = PlainLabel(tone=Tone.WARNING).wrapped()
        self.beyond = QCheckBox()
        self.reassert = QCheckBox(self.tr("If somebody undoes it, do it again"))
        undone = self.tr(
            "How each is now is written down first. “Release” puts it back exactly, or says why it cannot."
        )
        self.lay_out(
            (
                self.tr("VM"),
                self.tr("Afterwards"),
                self.tr("Held"),
                self.tr("Not held"),
                self.tr("Not known"),
                self.tr("What will be changed"),
            ),
            (22, 20, 8, 9, 11, 50),
            (
                (self.tr("Mode"), self.mode),
                (self.tr("Reason"), self.reason),
                (self.tr("Whom it hits"), self.radius),
                ("", self.limit),
                ("", self.beyond),
            ),
            (self.reassert, PlainLabel(undone, Tone.MUTED).wrapped()),
        )
        self.mode.currentIndexChanged.connect(self._plan)
        self.reason.textChanged.connect(self.tell)
        self.beyond.toggled.connect(self.tell)
        self.reason.setFocus()
        self._plan()

    # --- the plans ------------------------------------------------------------------------------------------------

    def _plan(self) -> None:
        self.look_at_all(self.tr("Plan a quarantine of %Ln VM(s)", "", len(self.batch.items)))

    async def look(self, item: Suspect) -> None:
        mode = str(self.mode.currentData())
        plan = msgspec.convert(await self.desk.engine.call("quarantine_plan", vm=item.vm, mode=mode), Plan)
        item.plan = plan
        if plan.problems:
            item.refuse("; ".join(plan.problems))

    def begin(self) -> Callable[[Suspect], Awaitable[None]]:
        engine, reason, reassert = self.desk.engine, self.reason.text().strip(), self.reassert.isChecked()

        async def act(item: Suspect) -> None:
            assert item.plan is not None
            answer = await engine.call("quarantine", token=item.plan.token, reason=reason, reassert=reassert)
            item.outcome = msgspec.convert(answer, Quarantine)
            if item.outcome.stage is Stage.FAILED:
                item.phase, item.why = Phase.FAILED, item.outcome.because

        return act

    # --- limits ---------------------------------------------------------------------------------------------------

    def beyond_limits(self) -> Iterator[str]:
        """Which limits what is chosen goes beyond: those of policies that want it, and what is usual at once."""
        plans = [item.plan for item in self.batch.chosen if item.plan is not None]
        count, by_policy = len(plans), {plan.policy: plan for plan in plans if plan.allowed is not None}
        for policy, plan in by_policy.items():
            there = plan.in_quarantine + sum(each.policy == policy for each in plans)
            if plan.allowed is not None and there > plan.allowed:
                said = self.tr("“{0}” allows {1} at once, and there would be {2}.")
                yield said.format(visible(policy, 80), number(plan.allowed), number(there))
        known = self.desk.replica.counts["vm"]
        usual = allowed(Limit(), known)
        if count > usual and any(plan.allowed is None for plan in plans):
            said = self.tr("More than is usual at once: {0} VMs, {1} % of the {2} that are known; usual are {3}.")
            share = f"{100 * count / known:.0f}" if known else UNKNOWN
            yield said.format(number(count), share, number(known), number(usual))

    @property
    def why_not(self) -> str:
        if not self.batch.chosen:
            return self.tr("There is none left to be put into quarantine.")
        if not self.reason.text().strip():
            return self.tr("A reason is missing.")
        if any(self.beyond_limits()) and not self.beyond.isChecked():
            return self.tr("It goes beyond a limit: say above that it is meant.")
        return ""

    # --- what is said ---------------------------------------------------------------------------------------------

    def tell(self) -> None:
        if not self.started:
            self.radius.setText("\n".join(self._hits()))
            beyond = list(self.beyond_limits())
            self.limit.setText("\n".join(beyond))
            self.limit.setVisible(bool(beyond))
            self.beyond.setText(self.tr("All %Ln of them are meant", "", len(self.batch.chosen)))
            self.beyond.setVisible(bool(beyond))
        self.reassert.setEnabled(not self.started)
        super().tell()

    def _hits(self) -> Iterator[str]:
        """What stops working, and how many are in quarantine already."""
        wording = Wording(self.desk.replica)
        left = [item.record for item in self.batch.items if item.wanted and item.phase is not Phase.IMPOSSIBLE]
        networks = Counter(
            wording.name(nic.network) if nic.network else visible(nic.network_name or UNKNOWN, 60)
            for vm in left
            for nic in vm.nics
        )
        vms = self.tr("%Ln VM(s)", "", len(left))
        cards = self.tr("%Ln network card(s)", "", networks.total())
        on = self.tr("{0} on {1}").format(cards, self._most(networks)) if networks else cards
        running = self.tr("%Ln of them running", "", sum(vm.power == "on" for vm in left))
        yield " · ".join((vms, running, on))
        about = Counter(tag for vm in left for tag in vm.tags)
        if about:
            yield self._most(about)
        there = sum(one.stage.counts for one in self.desk.replica.quarantines.all.values())
        yield self.tr("%Ln VM(s) in quarantine already", "", there)

    def _most(self, counted: Counter[str]) -> str:
        """The most frequent ones with how many there are of each."""
        told = [f"{visible(name, 60)} ({number(count)})" for name, count in counted.most_common(NAMED)]
        if len(counted) > NAMED:
            told.append(self.tr("and %Ln more", "", len(counted) - NAMED))
        return ", ".join(told)

    def accept_text(self, count: int) -> str:
        return self.tr("Quarantine %Ln VM(s)", "", count)

    def summary(self) -> tuple[str, str, Tone]:
        if (looking := self.looking_said()) is not None:
            return looking
        batch = self.batch
        items = batch.items if not self.started else [item for item in batch.items if item.outcome is not None]
        counted = items if self.started else batch.chosen
        whole = sum(item.stage in _WHOLE for item in counted)
        partly = sum(item.stage is not None and item.stage not in (*_WHOLE, Stage.FAILED) for item in counted)
        told = []
        if whole:
            told.append(f"{number(whole)} {_word(counted)}")
        if partly:
            told.append(f"{number(partly)} {STAGE[Stage.PARTLY].word}")
        if self.started:
            return self.progress_said(told, STAGE[Stage.PARTLY].icon, in_part=bool(partly))
        if impossible := batch.count(Phase.IMPOSSIBLE):
            told.append(self.tr("of %Ln it cannot be done", "", impossible))
        if left_out := batch.count(Phase.READY) - len(batch.chosen):
            told.append(self.tr("%Ln left out", "", left_out))
        said = self.tr("Afterwards: {0}.").format(", ".join(told))
        if partly:
            said += " " + self.tr("Where it is in part only, some way to the world stays open, or nobody can tell.")
            return STAGE[Stage.PARTLY].icon, said, STAGE[Stage.PARTLY].tone
        if not whole:
            return "state-unsupported", said, Tone.BAD
        return STAGE[Stage.ISOLATED].icon, said, STAGE[Stage.ISOLATED].tone

    def is_number(self, column: int) -> bool:
        return column in (2, 3, 4)

    def cell(self, item: Suspect, column: int) -> Cell:
        match column:
            case 1:
                return self._state(item)
            case 2 | 3 | 4:
                hold = (Hold.HELD, Hold.NOT_HELD, Hold.UNKNOWN)[column - 2]
                if item.plan is None and item.outcome is None:
                    return Cell("", number=True)
                count = item.ways(hold)
                return Cell(number(count), tone=HOLD[hold].tone if count else Tone.MUTED, number=True)
            case _:
                if item.why:
                    return Cell(visible(item.why, 300), tone=Tone.BAD if item.phase is Phase.FAILED else Tone.MUTED)
                if item.outcome is not None and item.outcome.because:
                    return Cell(visible(item.outcome.because, 300), tone=Tone.BAD)
                steps = item.plan.steps if item.plan is not None else ()
                shown = [visible(step, 300) for step in steps]
                return Cell(" · ".join(shown), "\n".join(shown), Tone.MUTED)

    def _state(self, item: Suspect) -> Cell:
        if (cell := self.phase_cell(item, Stage.ISOLATING)) is not None:
            return cell
        if item.phase is Phase.IMPOSSIBLE:
            return Cell(self.tr("cannot be done"), item.why, Tone.MUTED, "state-unsupported")
        if item.phase is Phase.FAILED and item.outcome is None:
            look = STAGE[Stage.FAILED]
            return Cell(look.word, item.why, look.tone, look.icon)
        look = STAGE[item.stage or Stage.PARTLY]
        return Cell(look.word, tone=look.tone, icon=look.icon)

    def about(self, item: Suspect) -> Sheet:
        plan, outcome = item.plan, item.outcome
        facts = []
        wrong = worst_first(self.desk.replica.verdicts.open_of(item.vm))[:1]
        for label, value, tone in (
            (self.tr("Cannot be done") if item.phase is Phase.IMPOSSIBLE else self.tr("Refused"), item.why, Tone.BAD),
            (self.tr("Because"), outcome.because if outcome is not None and not item.why else "", Tone.WARNING),
            (self.tr("What to do"), outcome.advice if outcome is not None else "", Tone.PLAIN),
            (self.tr("Changes"), " · ".join(plan.steps) if plan is not None else "", Tone.PLAIN),
            (self.tr("Look out"), " · ".join(plan.warnings) if plan is not None else "", Tone.WARNING),
            (self.tr("Stays open"), self._open(item), Tone.BAD),
            (self.tr("Evidence"), self._findings.evidence(wrong[0]) if wrong else "", Tone.PLAIN),
            (self.tr("Policy"), plan.policy if plan is not None else "", Tone.PLAIN),
        ):
            if value:
                facts.append(Fact(label, visible(value, 400), value, tone))
        channels = outcome.channels if outcome is not None else plan.channels if plan is not None else ()
        tables = (self._words.channels(channels),) if channels else ()
        return Sheet(sections=(Section(visible(item.name, 120), tuple(facts)),), tables=tables)

    def _open(self, item: Suspect) -> str:
        if item.stage is not Stage.PARTLY:
            return ""
        channels = item.outcome.channels if item.outcome is not None else item.plan.channels if item.plan else ()
        return open_ways(channels)


def _word(items: Iterable[Suspect]) -> str:
    """What those are that are held whole: isolated, or only observed."""
    stages = {item.stage for item in items}
    return STAGE[Stage.OBSERVED if Stage.OBSERVED in stages else Stage.ISOLATED].word
