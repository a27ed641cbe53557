"""What must not run in a guest."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.facts import Process
from vmi_console.estate.inside import process_names
from vmi_console.estate.records import VM
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.inside import looked_into
from vmi_console.policy.checks.parameters import MOST_ITEMS, Names, Word, listed, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement, unknown

Patterns = Annotated[tuple[Word, ...], msgspec.Meta(max_length=MOST_ITEMS)]


@check("processes")
class Processes(Check, dict=True):
    """Processes that must not run."""

    title = "Processes"
    help = (
        "No process runs in the guest whose name, or program, is denied. Names may be patterns; one with a slash is "
        "held against the program's whole path, as in `/tmp/*`. What runs is read from the guest's memory: where "
        "nobody could look there, nobody can tell."
    )
    examples = ("{denied: ['xmrig*', ncat, socat]}", "{denied: ['/tmp/*', '/dev/shm/*', '/var/tmp/*']}")
    remediation = "Find out who started the process and how, end it, and remove what starts it."

    denied: Annotated[Patterns, msgspec.Meta(description="Names, or paths of programs, that no process may have.")] = ()

    def __post_init__(self) -> None:
        something(self.denied, field="denied")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"processes"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        facts = looked_into(vm, estate, "processes")
        if isinstance(facts, str):
            return unknown(facts, "processes")
        tally = Tally()
        for process in facts:
            if self._is_denied(process):
                tally.against(_shown(process), f"processes[{process.key}]")
        return tally.judgement(f"denied: {listed(self.denied)}")

    def _is_denied(self, process: Process) -> bool:
        names, paths = self._names
        if paths is not None and process.executable and paths.match(process.executable):
            return True
        return names is not None and any(map(names.match, process_names(process)))

    @cached_property
    def _names(self) -> tuple[Names | None, Names | None]:
        """Those of processes and programs, and those of paths."""
        paths = [pattern.strip() for pattern in self.denied if "/" in pattern]
        names = [pattern.strip() for pattern in self.denied if "/" not in pattern]
        return Names(names) if names else None, Names(paths) if paths else None


def _shown(process: Process) -> str:
    program = f" ({process.executable})" if process.executable else ""
    return f"{named(f'{process.name}{program}')} runs as process {process.pid}"
