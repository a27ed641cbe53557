"""From the text of one file to the policy, group or baseline it says, and to everything that is wrong with it.

Strict: what would not be heeded is a problem, so that nobody relies on a misspelt word. Each problem has its place and
an advice. A document with problems says nothing: `said` is None then.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec

from vmi_console.errors import QueryError
from vmi_console.policy import forms
from vmi_console.policy.fitting import WHERE_IT_SAYS, Sheet
from vmi_console.policy.groups import check_members
from vmi_console.policy.policies import Baseline, Group, Policy, Problem, Respond, Rule
from vmi_console.policy.reading import Branch, Mapping, Scalar, Sequence, Unreadable, read, value_of
from vmi_console.policy.rules import rules
from vmi_console.policy.spelling import nearest

_BEGIN = "begin with: policy: NAME, group: NAME, or baseline: NAME"


@dataclass(frozen=True)
class Document:
    """One file. `digest` is the SHA-256 (hex) of its text; empty where it could not be read."""

    file: str
    digest: str
    said: Policy | Group | Baseline | None
    problems: tuple[Problem, ...]
    root: Mapping | None

    @property
    def was_read(self) -> bool:
        """Whether the file had a text, whatever that says."""
        return self.digest != ""

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
    sheet.fits(root, forms.FORMS[word], f"a {word}", WHERE_IT_SAYS)
    _check_members(root, word, sheet)
    demanded = rules(root.get("checks"), sheet) if word == "policy" else ()
    if sheet.problems:
        return None
    form: forms.Form = msgspec.convert(value_of(root), forms.FORMS[word])
    return _made(form, demanded, sheet.file)


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


def _made(form: forms.Form, demanded: tuple[Rule, ...], file: str) -> Policy | Group | Baseline:
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
                rules=demanded,
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
