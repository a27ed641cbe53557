"""From the text of one file to the policy, group or baseline it says, and to everything that is wrong with it.

Strict: what would not be heeded is a problem, so that nobody relies on a misspelt word. Each problem has its place and
an advice. A document with problems says nothing: `said` is None then. The kinds of checks come with `policy.checks`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from vmi_console.errors import QueryError
from vmi_console.plain_text import visible
from vmi_console.policy import forms
from vmi_console.policy.check import CHECKS, Check
from vmi_console.policy.checks.parameters import Mistake
from vmi_console.policy.fitting import Sheet
from vmi_console.policy.groups import check_members
from vmi_console.policy.policies import Baseline, Group, Policy, Problem, Respond, Rule
from vmi_console.policy.reading import Branch, Mapping, Scalar, Sequence, Unreadable, Value, read, value_of
from vmi_console.policy.spelling import nearest

RULE_WORDS = tuple(field.name for field in msgspec.structs.fields(forms.RuleForm))
"""What may stand beside the kind in an item of `checks`."""

_BEGIN = "begin with: policy: NAME, group: NAME, or baseline: NAME"


@dataclass(frozen=True)
class Document:
    """One file. `digest` is the SHA-256 (hex) of its text."""

    file: str
    digest: str
    said: Policy | Group | Baseline | None
    problems: tuple[Problem, ...]
    root: Mapping | None

    def in_members(self, error: QueryError) -> Problem:
        """The problem that an error in the document's members is, at its place."""
        node = None if self.root is None else self.root.get("members") or self.root
        return Sheet(self.file).in_query(node, error)

    def in_name(self, message: str, advice: str) -> Problem:
        """A problem with the document's name."""
        sheet = Sheet(self.file)
        word = next((word for word in forms.FORMS if self.root is not None and self.root.key(word)), "")
        sheet.mark(None if self.root is None else self.root.get(word), message, advice)
        return sheet.problems[0]


def document(text: str, file: str) -> Document:
    """What the text of a file says; `file` is what problems call it."""
    sheet = Sheet(file)
    said: Policy | Group | Baseline | None = None
    root: Branch | None = None
    try:
        root = read(text, file)
    except Unreadable as error:
        sheet.problems.append(error.problem)
    else:
        sheet.mark_repeated(root)
        said = _said(root, sheet)
    return Document(
        file=file,
        digest=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        said=None if sheet.problems else said,
        problems=tuple(sorted(sheet.problems, key=lambda problem: (problem.line, problem.column))),
        root=root if isinstance(root, Mapping) else None,
    )


def unreadable(problem: Problem) -> Document:
    """The document of a file that could not even be read."""
    return Document(file=problem.file, digest="", said=None, problems=(problem,), root=None)


def _said(root: Branch, sheet: Sheet) -> Policy | Group | Baseline | None:
    if not isinstance(root, Mapping):
        sheet.mark(root, "this is no policy: it has no keys", _BEGIN)
        return None
    words = [key for key, _ in root.entries if key.text in forms.FORMS]
    if not words:
        likely = next((near for key, _ in root.entries if (near := nearest(key.text, forms.FORMS))), "")
        sheet.mark(
            root,
            "it is neither a policy nor a group nor a baseline",
            f"did you mean {likely}: NAME?" if likely else _BEGIN,
        )
        return None
    if len({word.text for word in words}) > 1:
        sheet.mark(words[1], f"it is a {words[0].text} already", f"put the {words[1].text} into a file of its own")
        return None
    word = words[0].text
    sheet.fits(root, forms.FORMS[word], f"a {word}", "see docs/policies.md for what can be written")
    _check_members(root, word, sheet)
    rules = _rules(root.get("checks"), sheet) if word == "policy" else ()
    if sheet.problems:
        return None
    form: forms.Form = msgspec.convert(value_of(root), forms.FORMS[word])
    return _made(form, rules, sheet.file)


def _check_members(root: Mapping, word: str, sheet: Sheet) -> None:
    members = root.get("members")
    if isinstance(members, Scalar) and isinstance(members.value, str) and members.text.strip():
        try:
            check_members(members.text)
        except QueryError as error:
            sheet.mark_query(members, error)
    elif not _picks_any(root.get("include")):
        sheet.mark(members or root, f"this {word} has no members", "say which VMs: members: QUERY, or include: [NAME]")


def _picks_any(include: Branch | None) -> bool:
    return isinstance(include, Sequence) and bool(include.items)


def _made(form: forms.Form, rules: tuple[Rule, ...], file: str) -> Policy | Group | Baseline:
    members = Group(name="", members=form.members, include=form.include, exclude=form.exclude)
    match form:
        case forms.PolicyForm():
            return Policy(
                name=form.policy,
                description=form.description,
                enabled=form.enabled,
                members=members,
                severity=form.severity,
                priority=form.priority,
                rules=rules,
                respond=Respond(
                    quarantine=form.respond.quarantine,
                    after_seconds=forms.seconds(form.respond.after),
                    mode=form.respond.mode,
                    limit=form.respond.limit,
                    reassert=form.respond.reassert,
                ),
                file=file,
            )
        case forms.GroupForm():
            return msgspec.structs.replace(members, name=form.group, description=form.description, file=file)
        case forms.BaselineForm():
            return Baseline(
                name=form.baseline,
                description=form.description,
                members=members,
                severity=form.severity,
                gold=form.gold,
                watch=form.watch,
                allow=form.allow,
                file=file,
            )


# --- checks -------------------------------------------------------------------------------------------------------


def _rules(node: Branch | None, sheet: Sheet) -> tuple[Rule, ...]:
    if not isinstance(node, Sequence):  # what else it may be has been told
        return ()
    written = [(item, rule) for item in node.items if (rule := _rule(item, sheet)) is not None]
    rules = _with_keys([rule for _, rule in written])
    seen: set[str] = set()
    for (item, _), rule in zip(written, rules, strict=True):
        if rule.key in seen:
            sheet.mark(item, f"a check called “{rule.key}” stands here already", "remove it, or give it another id")
        seen.add(rule.key)
    return tuple(rules)


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


def _judged(
    key: Scalar,
    parameters: Branch,
    about: tuple[tuple[Scalar, Branch], ...] | list[tuple[Scalar, Branch]],
    sheet: Sheet,
) -> Rule | None:
    """The rule of a kind, its parameters, and the words about it."""
    before = len(sheet.problems)
    kind = CHECKS[key.text]
    fields = {field.name: field.type for field in msgspec.structs.fields(forms.RuleForm)}
    for word, value in about:
        sheet.fits(value, fields[word.text], f"“{word.text}”", "see docs/policies.md for what can be written")
    said = _fitted(key, parameters, kind, sheet)
    if len(sheet.problems) > before:
        return None
    check = msgspec.convert(said, kind)
    form = msgspec.convert({word.text: value_of(value) for word, value in about}, forms.RuleForm)
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
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    what = f"the check {kind.kind}"
    if parameters is key or (isinstance(parameters, Scalar) and parameters.value is None):
        needed = [name for name, field in fields.items() if field.required]
        if needed:
            sheet.mark(key, f"{what} needs “{needed[0]}”", example)
        else:
            empty = Mapping(start=key.start, end=key.end, line=key.line, column=key.column, entries=(), flow=True)
            sheet.fits(empty, kind, what, example)
        return {}
    if kind.whole and not _names_fields(parameters, fields):
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
