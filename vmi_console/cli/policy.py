"""`vmi-console policy`: what is wrong in a folder of policies, and why a VM belongs to what is in it."""

from __future__ import annotations

import contextlib
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vmi_console.cli import exits
from vmi_console.cli.collect import estate_of
from vmi_console.cli.person import Person
from vmi_console.cli.terminal import harmless_json, paint, takes_colours
from vmi_console.cli.vms import address_of, vm_meant
from vmi_console.engine.client import Client
from vmi_console.errors import CollectorError, InputError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import Batch, Seen
from vmi_console.estate.facts import Guest
from vmi_console.estate.identity import EntityId
from vmi_console.estate.inventory import Inventory
from vmi_console.estate.records import VM
from vmi_console.plain_text import visible
from vmi_console.policy.folder import PolicyFolder
from vmi_console.policy.groups import Clause, Explanation, Groups
from vmi_console.policy.policies import PolicySet, Problem

LONGEST_LINE = 1_000


class LintReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `policy lint --format json` prints."""

    policies: tuple[str, ...]
    groups: tuple[str, ...]
    baselines: tuple[str, ...]
    problems: tuple[Problem, ...]


class Belonging(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a VM belongs to one policy, group or baseline, and why; `checks` are what a policy demands."""

    kind: str
    name: str
    file: str
    checks: tuple[str, ...] = ()
    explanation: Explanation


class ExplainReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `policy explain --format json` prints."""

    vm: EntityId
    vm_name: str
    belongings: tuple[Belonging, ...]
    problems: tuple[Problem, ...]


def lint(folder: Path, form: str) -> int:
    """Prints every problem of the folder; the exit code says whether there is any."""
    policies = _policies(folder)
    if form == "json":
        _print_json(
            LintReport(
                policies=tuple(policy.name for policy in policies.policies),
                groups=tuple(group.name for group in policies.groups),
                baselines=tuple(baseline.name for baseline in policies.baselines),
                problems=policies.problems,
            )
        )
    else:
        _print(itertools.chain(_problem_lines(policies.problems), [_summary(policies)]))
    return exits.FAILED if policies.problems else exits.DONE


async def explain(
    folder: Path, wanted: str, uris: Sequence[str], timeout_seconds: float, person: Person, form: str
) -> None:
    """Prints which policies, groups and baselines of the folder the VM belongs to, and why. Raises `VmiError`."""
    policies = _policies(folder)
    uri, wanted = address_of(wanted)
    if uri:
        uris = [uri]
    if not uris:
        raise InputError("nothing says where the VM is", "add --demo, or an address such as qemu:///system")
    async with estate_of(uris, timeout_seconds, person) as (client, follower):
        inventory = Inventory(itertools.count(1).__next__)
        _take_in(inventory, follower.records.values())
        vm = vm_meant(inventory.vms(), wanted)
        guest = await _looked_into(client, vm)
    if guest is not None:
        _take_in(inventory, [_whole(guest)])
    report = ExplainReport(
        vm=vm.id,
        vm_name=vm.name,
        belongings=tuple(_belongings(policies, vm, inventory, datetime.now(UTC))),
        problems=policies.problems,
    )
    if form == "json":
        _print_json(report)
    else:
        _print(_report_lines(report))


def _policies(folder: Path) -> PolicySet:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder", "name the folder that holds the policies")
    found = PolicyFolder(folder).policies
    if not (found.policies or found.groups or found.baselines or found.problems):  # it would pass for one in order
        raise InputError(f"there is no policy in {folder}", "put YAML files there: see docs/policies.md")
    return found


async def _looked_into(client: Client, vm: VM) -> Guest | None:
    """What is inside the VM; None where nobody may look, which leaves clauses about it unknown and shown so."""
    answer = await client.call("guest", vm=vm.id)
    if answer is None:
        with contextlib.suppress(CollectorError):
            await client.call("inspect", vm=vm.id)
            answer = await client.call("guest", vm=vm.id)
    return None if answer is None else msgspec.convert(answer, Guest)


def _take_in(inventory: Inventory, records: Iterable[AnyRecord]) -> None:
    inventory.apply(Batch(records=tuple(records), seen=Seen.DISCOVERY), datetime.now(UTC))


def _whole(guest: Guest) -> Guest:
    """The guest without the images that its software was based on: the engine has put them together."""
    return msgspec.structs.replace(
        guest,
        applications=msgspec.structs.replace(guest.applications, base=None),
        services=msgspec.structs.replace(guest.services, base=None),
    )


def _belongings(policies: PolicySet, vm: VM, inventory: Inventory, now: datetime) -> Iterator[Belonging]:
    groups = Groups(policies.groups)
    for policy in policies.policies:
        yield Belonging(
            kind="policy",
            name=policy.name,
            file=policy.file,
            checks=tuple(rule.key for rule in policy.rules),
            explanation=groups.membership(policy.members).explain(vm, inventory, now),
        )
    for group in policies.groups:
        explanation = groups.named(group.name).explain(vm, inventory, now)
        yield Belonging(kind="group", name=group.name, file=group.file, explanation=explanation)
    for baseline in policies.baselines:
        explanation = groups.membership(baseline.members).explain(vm, inventory, now)
        yield Belonging(kind="baseline", name=baseline.name, file=baseline.file, explanation=explanation)


# --- lines --------------------------------------------------------------------------------------------------------


def _report_lines(report: ExplainReport) -> Iterator[str]:
    colour = takes_colours(sys.stdout)
    yield f"{paint(visible(report.vm_name), 'bold', colour)}  {visible(report.vm)}"
    for each in report.belongings:
        yield ""
        verdict = _verdict(each.explanation.verdict, colour)
        yield f"{verdict}  {each.kind} {paint(visible(each.name), 'bold', colour)}  ({visible(each.file)})"
        yield from _explanation_lines(each.explanation, "     ", colour)
        if each.checks and each.explanation.verdict:
            yield f"     checks: {visible(', '.join(each.checks), LONGEST_LINE)}"
    if report.problems:
        yield ""
        yield from _problem_lines(report.problems)


def _explanation_lines(explanation: Explanation, pad: str, colour: bool) -> Iterator[str]:
    if explanation.picked:
        yield f"{pad}picked by hand (include)"
    if explanation.excepted:
        yield f"{pad}excepted by hand (exclude)"
    for clause in explanation.clauses:
        yield pad + _clause_line(clause, colour)
        if clause.via is not None:
            yield from _explanation_lines(clause.via, pad + "     ", colour)


def _clause_line(clause: Clause, colour: bool) -> str:
    values = "; ".join(f"{name} is {value}" for name, value in clause.values)
    line = f"{_verdict(clause.verdict, colour)}  {visible(clause.text, LONGEST_LINE)}"
    return f"{line}   {paint(visible(values, LONGEST_LINE), 'grey', colour)}" if values else line


def _verdict(verdict: bool | None, colour: bool) -> str:
    match verdict:
        case None:
            return paint("?  ", "yellow", colour)
        case True:
            return paint("yes", "green", colour)
        case False:
            return paint("no ", "grey", colour)


def _problem_lines(problems: Iterable[Problem]) -> Iterator[str]:
    for problem in problems:
        yield visible(str(problem), LONGEST_LINE)


def _summary(policies: PolicySet) -> str:
    parts = (
        _counted(len(policies.policies), "policy", "policies"),
        _counted(len(policies.groups), "group", "groups"),
        _counted(len(policies.baselines), "baseline", "baselines"),
        _counted(len(policies.problems), "problem", "problems"),
    )
    return ", ".join(parts)


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _print(lines: Iterable[str]) -> None:
    with exits.writing():
        for line in lines:
            print(line)


def _print_json(report: msgspec.Struct) -> None:
    with exits.writing():
        print(harmless_json(msgspec.json.format(msgspec.json.encode(report), indent=2).decode()))
