"""What must and must not be installed in a guest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.columns import Columns, Content, Rows, Steps
from vmi_console.estate.facts import Application
from vmi_console.estate.records import VM
from vmi_console.estate.software import FactView
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.inside import SOFTWARE, Demand, Looked, Verdicts, alternatives, demands, judged
from vmi_console.policy.checks.parameters import MOST_ITEMS, Word, something
from vmi_console.policy.checks.tally import Tally, named, shortened
from vmi_console.policy.judgement import Judgement

Demands = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_ITEMS)]


@check("applications")
class Applications(Check, dict=True):
    """Packages and applications that must, and that must not, be installed."""

    title = "Applications"
    help = (
        "Nothing that is denied is installed in the guest, and everything that is required is. Names may be patterns "
        "(* and ?). A version after the name says which versions are meant, compared as the guest's package manager "
        "compares them: `telnetd < 0.17-50`, `auditd >= 1:3.0`. Of alternatives (`auditd | audit`) one suffices."
    )
    examples = ("{denied: [telnetd, 'ncat*'], required: ['auditd >= 1:3.0 | audit']}", "{denied: ['openssl < 3.0.15']}")
    remediation = "Remove what is denied with the guest's package manager, and install what is required."

    denied: Annotated[
        Demands, msgspec.Meta(description="Must not be installed: names or patterns, with versions where some are.")
    ] = ()
    required: Annotated[
        Demands, msgspec.Meta(description="Must be installed: names or patterns, alternatives between bars (|).")
    ] = ()

    def __post_init__(self) -> None:
        something(self.denied, self.required, field="denied")
        demands(self.denied, "denied")
        alternatives(self.required, "required")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"applications"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        return judged(vm, estate, "applications", self._verdicts)

    @property
    def content(self) -> Content:
        return SOFTWARE["applications"]

    def of_all(self, content: Looked, estate: Estate, now: datetime) -> Judgement | None:
        return self._verdicts.of_all(content, "applications")

    def apart(self, columns: Columns) -> Steps[Rows]:
        return self._verdicts.apart(columns, "applications")

    def _judge(self, facts: FactView[Application]) -> Judgement:
        tally = Tally()
        for demand in self._denied:
            _deny(demand, facts, tally)
        for choice in self._required:
            _require(choice, facts, tally)
        return tally.judgement()

    @cached_property
    def _verdicts(self) -> Verdicts[Application]:
        wanted = (*self._denied, *(demand for choice in self._required for demand in choice))
        return Verdicts((demand.name for demand in wanted), self._judge)

    @cached_property
    def _denied(self) -> tuple[Demand, ...]:
        return demands(self.denied, "denied")

    @cached_property
    def _required(self) -> tuple[tuple[Demand, ...], ...]:
        return alternatives(self.required, "required")


def _deny(demand: Demand, facts: FactView[Application], tally: Tally) -> None:
    for item, meant in demand.held_by(facts):
        path = f"applications[{item.name}]"
        if meant:
            tally.against(f"{shown(item)} is installed; denied: {demand.text}", path)
        elif meant is None:
            tally.untold(f"the version of {named(item.name)} is not known", path)


def _require(choice: tuple[Demand, ...], facts: FactView[Application], tally: Tally) -> None:
    present: list[tuple[Application, bool | None]] = []
    for demand in choice:
        for item, meant in demand.held_by(facts):
            if meant:
                return
            present.append((item, meant))
    wanted = " | ".join(demand.text for demand in choice)
    vague = [item for item, meant in present if meant is None]
    if vague:
        tally.untold(f"the version of {named(vague[0].name)} is not known", *_paths(vague))
    elif present:
        had = shortened(shown(item) for item, _ in present)
        tally.against(f"{had} is installed; required: {wanted}", *_paths(item for item, _ in present))
    else:
        tally.against(f"not installed; required: {wanted}", *(f"applications[{demand.name}]" for demand in choice))


def _paths(items: Iterable[Application]) -> tuple[str, ...]:
    return tuple(f"applications[{item.name}]" for item in items)


def shown(item: Application) -> str:
    """An application as evidence names it."""
    return named(f"{item.name} {item.version}".strip())
