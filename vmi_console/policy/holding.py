"""Many VMs held against one check at once.

What VMs have in common is judged once (`Check.content`), and only who is left is looked at by itself. The verdicts are
those of `Check.judge`, which a property test holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched

from vmi_console.estate.columns import NOBODY, Column, Columns, Rows, Steps
from vmi_console.estate.identity import EntityId
from vmi_console.policy.check import Check, Estate
from vmi_console.policy.judgement import Judgement, Verdict

type Verdicts = dict[EntityId, Judgement]

JUDGED_AT_ONCE = 50
CONTENTS_AT_ONCE = 8
TOLD_AT_ONCE = 2_000


def hold(
    check: Check, members: Rows, columns: Columns, estate: Estate, now: datetime
) -> Steps[tuple[Verdicts, Verdicts]]:
    """Judges the VMs in some rows; gives those that fail and those of which nobody can tell."""
    alike = yield from _judge_alike(check, members, columns, estate, now)
    failing: Verdicts = {}
    unknown: Verdicts = {}
    judgements, column, vms = alike.judgements, alike.column, columns.vms
    if column is not None:
        for rows in batched(columns.picked(alike.told), TOLD_AT_ONCE):
            for row in rows:
                vm, judgement = vms[row], judgements.get(column.number(row))
                if vm is not None and judgement is not None:
                    note(vm.id, judgement, failing, unknown)
            yield
    for rows in batched(columns.picked(alike.told_apart), JUDGED_AT_ONCE):
        for row in rows:
            if (vm := vms[row]) is not None:
                note(vm.id, check.judge(vm, estate, now), failing, unknown)
        yield
    return failing, unknown


def weigh(check: Check, members: Rows, columns: Columns, estate: Estate, now: datetime) -> Steps[tuple[Rows, Rows]]:
    """The rows of those that fail, and of those of which nobody can tell, where nobody asks for the evidence."""
    if (condition := check.condition) is not None:
        left = members ^ (yield from condition.sieve.rows(columns, now, members))
        failing = yield from condition.denial.rows(columns, now, left)
        return failing, left ^ failing
    alike = yield from _judge_alike(check, members, columns, estate, now)
    failing, unknown = alike.failing, alike.unknown
    failed, untold = bytearray(len(columns)), bytearray(len(columns))
    for rows in batched(columns.picked(members ^ alike.passing ^ failing ^ unknown), JUDGED_AT_ONCE):
        for row in rows:
            if (vm := columns.vms[row]) is not None:
                verdict = check.judge(vm, estate, now).verdict
                failed[row] = verdict is Verdict.FAIL
                untold[row] = verdict is Verdict.UNKNOWN
        yield
    return failing | int.from_bytes(failed, "little"), unknown | int.from_bytes(untold, "little")


@dataclass(frozen=True, slots=True)
class _Alike:
    """What was judged by what VMs have in common.

    `passing`, `failing` and `unknown` are rows of whose verdict that leaves no doubt; `judgements` by the number of
    their content in `column` is what is said in the rows `told`. In the rows `told_apart` it is left open.
    """

    passing: Rows
    failing: Rows = NOBODY
    unknown: Rows = NOBODY
    told: Rows = NOBODY
    told_apart: Rows = NOBODY
    column: Column | None = None
    judgements: dict[int, Judgement] = field(default_factory=dict)


def _judge_alike(check: Check, members: Rows, columns: Columns, estate: Estate, now: datetime) -> Steps[_Alike]:
    if (condition := check.condition) is not None:
        passing = yield from condition.sieve.rows(columns, now, members)
        return _Alike(passing, told_apart=members ^ passing)
    content = check.content
    column = None if content is None else (yield from columns.column(content))
    if column is None:
        return _Alike(NOBODY, told_apart=members)
    alike = members ^ (members & (yield from check.apart(columns)))
    meant = {verdict: bytearray(len(column.contents)) for verdict in Verdict}
    told = bytearray(len(column.contents))
    judgements: dict[int, Judgement] = {}
    for numbers in batched(column.used(columns.picked(members, again=True)), CONTENTS_AT_ONCE):
        for number in numbers:
            judgement = check.of_all(column.contents[number], estate, now)
            if isinstance(judgement, Verdict):
                meant[judgement][number] = 1
            elif judgement is not None:
                meant[judgement.verdict][number] = 1
                if judgement.verdict is not Verdict.PASS:
                    told[number] = 1
                    judgements[number] = judgement
        yield
    passing = alike & column.rows(meant[Verdict.PASS])
    in_told = alike & column.rows(told)
    return _Alike(
        passing,
        failing=alike & column.rows(meant[Verdict.FAIL]),
        unknown=alike & column.rows(meant[Verdict.UNKNOWN]),
        told=in_told,
        told_apart=members ^ passing ^ in_told,
        column=column,
        judgements=judgements,
    )


def note(vm: EntityId, judgement: Judgement, failing: Verdicts, unknown: Verdicts) -> None:
    """Puts a judgement down with those of its kind."""
    match judgement.verdict:
        case Verdict.FAIL:
            failing[vm] = judgement
        case Verdict.UNKNOWN:
            unknown[vm] = judgement
        case _:
            pass
