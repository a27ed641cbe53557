"""From the items of a policy's `checks` to its rules: kinds of checks with their parameters, and words about them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

import msgspec

import vmi_console.policy.checks  # noqa: F401 - the kinds of checks
from vmi_console.errors import QueryError
from vmi_console.plain_text import visible
from vmi_console.policy.check import CHECKS, Check
from vmi_console.policy.checks.parameters import Mistake
from vmi_console.policy.fitting import WHERE_IT_SAYS, Sheet, fields_of
from vmi_console.policy.forms import RuleForm
from vmi_console.policy.policies import Rule
from vmi_console.policy.reading import Branch, Mapping, Scalar, Sequence, Value, value_of
from vmi_console.policy.spelling import nearest

RULE_WORDS = tuple(fields_of(RuleForm))
"""What may stand beside the kind in an item of `checks`."""


def rules(node: Branch | None, sheet: Sheet) -> tuple[Rule, ...]:
    """The rules of a policy's `checks`; what is wrong is noted, and left out."""
    if not isinstance(node, Sequence):  # what else it may be has been told
        return ()
    written = [(item, rule) for item in node.items if (rule := _rule(item, sheet)) is not None]
    keyed = _with_keys([rule for _, rule in written])
    seen: set[str] = set()
    for (item, _), rule in zip(written, keyed, strict=True):
        if rule.key in seen:
            sheet.mark(item, f"a check called “{rule.key}” stands here already", "remove it, or give it another id")
        seen.add(rule.key)
    return tuple(keyed)


def _with_keys(rules: list[Rule]) -> list[Rule]:
    """Rules that have no id are known by their kind, and where that is not enough by what they demand.

    Never by their place: a waiver of one check must not become one of another when somebody moves a line.
    """
    count = Counter(rule.check.kind for rule in rules if not rule.key)
    return [
        rule
        if rule.key
        else msgspec.structs.replace(
            rule, key=rule.check.kind if count[rule.check.kind] == 1 else f"{rule.check.kind}-{_digest(rule.check)}"
        )
        for rule in rules
    ]


def _digest(check: Check) -> str:
    return hashlib.sha256(msgspec.json.encode(check, enc_hook=str, order="sorted")).hexdigest()[:8]


def _rule(item: Branch, sheet: Sheet) -> Rule | None:
    """The rule of one item; its key is empty where it has no id."""
    before = len(sheet.problems)
    if isinstance(item, Scalar) and isinstance(item.value, str) and item.text in CHECKS:
        return _judged(item, item, (), sheet)  # `- tools` is short for `- tools: {}`
    if not isinstance(item, Mapping):
        likely = nearest(item.text, CHECKS) if isinstance(item, Scalar) else ""
        sheet.mark(
            item,
            "this is no check",
            f"did you mean {likely}?" if likely else f"write KIND: {{PARAMETER: VALUE}}; kinds are: {_kinds()}",
        )
        return None
    kinds = [(key, value) for key, value in item.entries if key.text in CHECKS]
    about = [(key, value) for key, value in item.entries if key.text in RULE_WORDS]
    for key, _ in item.entries:
        if key.text not in CHECKS and key.text not in RULE_WORDS:
            sheet.mark_unknown(key, (*CHECKS, *RULE_WORDS), "a check")
    if len(sheet.problems) == before and not kinds:
        sheet.mark(item, "this check is of no kind", f"add one of: {_kinds()}")
    for key, _ in kinds[1:]:
        sheet.mark(key, f"this check is of the kind {kinds[0][0].text} already", "begin another item with “- ”")
    if len(sheet.problems) > before:
        return None
    (key, parameters), *_ = kinds
    return _judged(key, parameters, about, sheet)


def _judged(key: Scalar, parameters: Branch, about: Iterable[tuple[Scalar, Branch]], sheet: Sheet) -> Rule | None:
    """The rule of a kind, its parameters, and the words about it."""
    before = len(sheet.problems)
    kind = CHECKS[key.text]
    about = list(about)
    for word, value in about:
        sheet.fits(value, fields_of(RuleForm)[word.text].type, f"“{word.text}”", WHERE_IT_SAYS)
    said = _fitted(key, parameters, kind, sheet)
    if len(sheet.problems) > before:
        return None
    check = msgspec.convert(said, kind)
    form = msgspec.convert({word.text: value_of(value) for word, value in about}, RuleForm)
    return Rule(
        key=form.id,
        check=check,
        title=form.title,
        rationale=form.rationale,
        remediation=form.remediation,
        references=form.references,
        severity=form.severity,
    )


def _fitted(key: Scalar, parameters: Branch, kind: type[Check], sheet: Sheet) -> Value:
    """The parameters as the kind declares them; notes what does not fit."""
    example = f"for example: {kind.kind}: {kind.examples[0]}" if kind.examples else kind.help
    fields = fields_of(kind)
    what = f"the check {kind.kind}"
    if parameters is key or (isinstance(parameters, Scalar) and parameters.value is None):
        parameters = Mapping(start=key.start, end=key.end, line=key.line, column=key.column, entries=(), flow=True)
    elif kind.whole and not _names_fields(parameters, fields):
        if sheet.fits(parameters, fields[kind.whole].type, what, example):
            _fits_as_a_whole(parameters, kind, what, example, sheet)
        return {kind.whole: value_of(parameters)}
    sheet.fits(parameters, kind, what, example)
    return value_of(parameters)


def _names_fields(parameters: Branch, fields: Iterable[str]) -> bool:
    if not isinstance(parameters, Mapping) or not parameters.entries:
        return False
    return all(key.text in fields for key, _ in parameters.entries)


def _fits_as_a_whole(parameters: Branch, kind: type[Check], what: str, example: str, sheet: Sheet) -> None:
    """What only the kind itself can find wrong, such as a query that does not parse."""
    try:
        msgspec.convert({kind.whole: value_of(parameters)}, kind)
    except QueryError as error:
        sheet.mark_query(parameters, error)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, Mistake):
            sheet.mark_mistake(parameters, error.__cause__, what, example, kind.whole)
        else:
            sheet.mark(parameters, f"{what}: {str(error).partition(' - at `$')[0]}", example)


def _kinds() -> str:
    return ", ".join(visible(kind, 40) for kind in sorted(CHECKS))
