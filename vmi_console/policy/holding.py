"""Many VMs held against one check at once.

What VMs have in common is judged once (`Check.content`), and only who is left is looked at by itself. The verdicts are
those of `Check.judge`, which a property test holds.
"""

from __future__ import annotations

from datetime import datetime
from itertools import batched

from vmi_console.estate.columns import Columns, Rows, Steps
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
    """Judges the VMs in some rows; gives those that fail and those of which nobody can tell, in their order."""
    failing: Verdicts = {}
    unknown: Verdicts = {}
    if (condition := check.condition) is not None:
        open_ = members ^ (yield from condition.sieve.rows(columns, now, members))
    else:
        open_ = yield from _hold_all(check, members, columns, estate, now, failing, unknown)
    vms = columns.vms
    for some in batched(columns.picked(open_), JUDGED_AT_ONCE):
        for row in some:
            if (vm := vms[row]) is not None:
                note(vm.id, check.judge(vm, estate, now), failing, unknown)
        yield
    return failing, unknown


def _hold_all(
    check: Check,
    members: Rows,
    columns: Columns,
    estate: Estate,
    now: datetime,
    failing: Verdicts,
    unknown: Verdicts,
) -> Steps[Rows]:
    """Judges by what VMs have in common; gives the rows of those that have to be looked at."""
    content = check.content
    column = None if content is None else (yield from columns.column(content))
    if column is None:
        return members
    alike = members ^ (members & (yield from check.apart(columns)))
    passing, told = bytearray(len(column.contents)), bytearray(len(column.contents))
    judgements: dict[int, Judgement] = {}
    for numbers in batched(column.used(columns.picked(members, again=True)), CONTENTS_AT_ONCE):
        for number in numbers:
            judgement = check.of_all(column.contents[number], estate, now)
            if judgement is None:
                continue
            if judgement.verdict is Verdict.PASS:
                passing[number] = 1
            else:
                told[number] = 1
                judgements[number] = judgement
        yield
    alike_told = alike & column.rows(told) if judgements else 0
    looked_at = members ^ alike_told ^ (alike & column.rows(passing))
    for rows in batched(columns.picked(alike_told), TOLD_AT_ONCE):
        for row in rows:
            vm, judgement = columns.vms[row], judgements.get(column.number(row))
            if vm is not None and judgement is not None:
                note(vm.id, judgement, failing, unknown)
        yield
    return looked_at


def note(vm: EntityId, judgement: Judgement, failing: Verdicts, unknown: Verdicts) -> None:
    """Puts a judgement down with those of its kind."""
    match judgement.verdict:
        case Verdict.FAIL:
            failing[vm] = judgement
        case Verdict.UNKNOWN:
            unknown[vm] = judgement
        case _:
            pass
