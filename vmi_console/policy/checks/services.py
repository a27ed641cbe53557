"""What must and must not run in a guest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.columns import Columns, Content, Rows, Steps
from vmi_console.estate.facts import Service
from vmi_console.estate.functions import any_of
from vmi_console.estate.records import VM
from vmi_console.estate.software import FactView
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.inside import SOFTWARE, Looked, Named, Verdicts, judged
from vmi_console.policy.checks.parameters import MOST_ITEMS, Mistake, Word, something
from vmi_console.policy.checks.tally import Tally, named, shortened
from vmi_console.policy.judgement import Judgement

type _Holds = Callable[[Service], bool | None]

Patterns = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_ITEMS)]


@check("services")
class Services(Check, dict=True):
    """Services that must, and that must not, run."""

    title = "Services"
    help = (
        "What is required is installed, started with the guest, and runs. What is to be enabled is installed and "
        "started with the guest, whether it runs now or not: where only a disk is looked at, nobody can tell whether "
        "a service runs. What is denied neither runs nor is started with the guest. Names may be patterns; of "
        "alternatives (`auditd | auditd-ng`) one suffices."
    )
    examples = ("{required: [auditd], denied: ['telnet*', rsh]}", "{enabled: ['chrony | chronyd | W32Time']}")
    remediation = "Enable and start what is required with the guest's service manager; stop and disable what is denied."

    required: Annotated[
        Patterns, msgspec.Meta(description="Must be installed, be enabled and run; alternatives between bars (|).")
    ] = ()
    enabled: Annotated[
        Patterns, msgspec.Meta(description="Must be installed and enabled; alternatives between bars (|).")
    ] = ()
    denied: Annotated[Patterns, msgspec.Meta(description="Must neither run nor be enabled.")] = ()

    def __post_init__(self) -> None:
        something(self.required, self.enabled, self.denied, field="required")
        for field in ("required", "enabled"):
            for position, text in enumerate(getattr(self, field)):
                if not all(part.strip() for part in text.split("|")):
                    raise Mistake(f"“{text}” names nothing", field, position, advice="write the name of a service")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"services"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        return judged(vm, estate, "services", self._verdicts)

    @property
    def content(self) -> Content:
        return SOFTWARE["services"]

    def of_all(self, content: Looked, estate: Estate, now: datetime) -> Judgement | None:
        return self._verdicts.of_all(content, "services")

    def apart(self, columns: Columns) -> Steps[Rows]:
        return self._verdicts.apart(columns, "services")

    def _judge(self, facts: FactView[Service]) -> Judgement:
        tally = Tally()
        for wanted, choice in self._required:
            _require(wanted, choice, facts, tally, _at_work, "required to be enabled and run")
        for wanted, choice in self._enabled:
            _require(wanted, choice, facts, tally, lambda service: service.enabled, "required to be enabled")
        for pattern, items in self._denied:
            _deny(pattern, items, facts, tally)
        return tally.judgement()

    @cached_property
    def _verdicts(self) -> Verdicts[Service]:
        texts = (*self.required, *self.enabled, *self.denied)
        return Verdicts((_unit(part) for text in texts for part in text.split("|")), self._judge)

    @cached_property
    def _required(self) -> tuple[tuple[str, tuple[Named[Service], ...]], ...]:
        return _choices(self.required)

    @cached_property
    def _enabled(self) -> tuple[tuple[str, tuple[Named[Service], ...]], ...]:
        return _choices(self.enabled)

    @cached_property
    def _denied(self) -> tuple[tuple[str, Named[Service]], ...]:
        return tuple((pattern, Named(_unit(pattern))) for pattern in self.denied)


def _choices(texts: Iterable[str]) -> tuple[tuple[str, tuple[Named[Service], ...]], ...]:
    return tuple((text, tuple(Named(_unit(part)) for part in text.split("|"))) for text in texts)


def _unit(name: str) -> str:
    """A service's name without the suffix that systemd may show."""
    return name.strip().removesuffix(".service")


def _at_work(service: Service) -> bool | None:
    if service.enabled is False or service.running is False:
        return False
    return None if service.enabled is None or service.running is None else True


def _require(
    wanted: str,
    choice: tuple[Named[Service], ...],
    facts: FactView[Service],
    tally: Tally,
    holds: _Holds,
    demand: str,
) -> None:
    present = [service for items in choice for service in items(facts)]
    paths = tuple(f"services[{service.name}]" for service in present)
    match any_of(holds(service) for service in present):
        case True:
            return
        case None:
            tally.untold(f"nobody can tell whether {named(wanted)} runs and is enabled: {_states(present)}", *paths)
        case False if present:
            tally.against(f"{_states(present)}; {demand}: {named(wanted)}", *paths)
        case _:
            missing = tuple(f"services[{_unit(part)}]" for part in wanted.split("|"))
            tally.against(f"not installed; {demand}: {named(wanted)}", *missing)


def _deny(pattern: str, items: Named[Service], facts: FactView[Service], tally: Tally) -> None:
    for service in items(facts):
        path = f"services[{service.name}]"
        if service.enabled or service.running:
            tally.against(f"{_states([service])}; denied: {named(pattern)}", path)
        elif service.enabled is None or service.running is None:
            tally.untold(f"nobody can tell whether it is off: {_states([service])}", path)


def _states(services: Iterable[Service]) -> str:
    words = {True: ("is enabled", "runs"), False: ("is disabled", "does not run")}
    states = []
    for service in services:
        enabled = words[service.enabled][0] if service.enabled is not None else "may be enabled"
        running = words[service.running][1] if service.running is not None else "may run"
        states.append(f"{named(service.name)} {enabled} and {running}")
    return shortened(states, "; ")
