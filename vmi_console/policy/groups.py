"""Who belongs to a group: its query, and groups it names, with what was picked by hand; and why.

A membership is one query. `group("web")` in a text stands for that group's own query, picks and exceptions included, so
that what belongs is found by the same compiled code as any search, with the same three-valued logic, and what it
reads is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import msgspec

from vmi_console.errors import QueryError
from vmi_console.estate.attributes import Context
from vmi_console.estate.identity import EntityId
from vmi_console.estate.query import Query, tree
from vmi_console.estate.query.parse import parse_tree
from vmi_console.estate.query.unparse import quoted, unparse
from vmi_console.estate.records import VM
from vmi_console.plain_text import visible
from vmi_console.policy.policies import Group
from vmi_console.policy.spelling import nearest

CALL = "group"
"""The function that stands for another group; the query language itself does not know it."""

MOST_CLAUSES = 2_000
MAX_DEPTH = 80
"""Of a query with all its groups written out: what Python compiles comfortably."""

MAX_LEVELS = 20
"""Of groups that name groups."""

NOBODY = tree.Truth(False)


class Clause(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One clause of a group's text held against one VM.

    `start` and `end` count characters of the text; `values` are what the VM has, by attribute or call; `via` explains
    the group that the clause names, where it names one.
    """

    text: str
    start: int
    end: int
    verdict: bool | None
    values: tuple[tuple[str, str], ...] = ()
    via: Explanation | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Why a VM belongs to a group or not; `verdict` is None where nobody can tell.

    `picked` says that it is among the hand-picked additions, `excepted` that it is among the exceptions, which count
    more. `group` is empty for the members of a policy.
    """

    group: str
    verdict: bool | None
    text: str = ""
    picked: bool = False
    excepted: bool = False
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True)
class Membership:
    """Who belongs to one group. `uses` are the groups it names, directly and through others, in alphabetical order."""

    group: Group
    query: Query
    uses: tuple[Group, ...]
    _own: tree.Node | None = field(repr=False)
    _direct: Mapping[str, Membership] = field(repr=False)

    @cached_property
    def levels(self) -> int:
        """How many groups stand above each other at most, this one included."""
        return 1 + max((member.levels for member in self._direct.values()), default=0)

    @property
    def reads(self) -> frozenset[str]:
        """The attributes whose change may change who belongs."""
        return self.query.reads

    @property
    def via(self) -> frozenset[str]:
        """The kinds of records other than the VM that are looked at."""
        return self.query.via

    @property
    def by_clock(self) -> bool:
        """Whether time alone changes who belongs."""
        return self.query.by_clock

    def evaluate(self, vm: VM, context: Context, now: datetime | None = None) -> bool | None:
        """Whether the VM belongs; None where that is not known."""
        return self.query.evaluate(vm, context, now)

    def matches(self, vm: VM, context: Context, now: datetime | None = None) -> bool:
        """Whether the VM is known to belong."""
        return self.query.matches(vm, context, now)

    def filter(self, vms: Iterable[VM], context: Context, now: datetime | None = None) -> list[EntityId]:
        """The ids of those VMs that are known to belong, in their order."""
        return self.query.filter(vms, context, now)

    def explain(self, vm: VM, context: Context, now: datetime | None = None) -> Explanation:
        """Why the VM belongs or not, clause by clause in the order they are written."""
        now = now or datetime.now(UTC)
        own = () if self._own is None else tuple(self._clauses(self._own, vm, context, now))
        return Explanation(
            group=self.group.name,
            verdict=self.evaluate(vm, context, now),
            text=self.group.members,
            picked=_is_among(vm, self.group.include),
            excepted=_is_among(vm, self.group.exclude),
            clauses=own,
        )

    def _clauses(self, node: tree.Node, vm: VM, context: Context, now: datetime) -> Iterator[Clause]:
        match node:
            case tree.And(terms=terms) | tree.Or(terms=terms):
                for term in terms:
                    yield from self._clauses(term, vm, context, now)
            case tree.Not(term=term):
                yield from self._clauses(term, vm, context, now)
            case tree.Call(function=function) if function == CALL:
                via = self._direct[_named(node)].explain(vm, context, now)
                yield Clause(
                    text=unparse(node), start=node.span[0], end=node.span[1], verdict=via.verdict, values=(), via=via
                )
            case _:
                for reason in Query(node).explain(vm, context, now):
                    yield Clause(
                        text=reason.clause,
                        start=reason.span[0],
                        end=reason.span[1],
                        verdict=reason.verdict,
                        values=reason.values,
                    )


class Groups:
    """Groups by their names, each resolved when it is first asked for.

    Whatever is wrong is a `QueryError` at the place in the text of the group that was asked for: a group that does
    not exist, groups that go round in a circle, a named group that is itself wrong, a query that grows too large.
    """

    def __init__(self, groups: Iterable[Group] = ()) -> None:
        self._groups = {group.name: group for group in groups}
        self._resolved: dict[str, Membership] = {}

    def names(self) -> list[str]:
        """All names, in alphabetical order."""
        return sorted(self._groups)

    def named(self, name: str) -> Membership:
        """Who belongs to the group of this name. Raises `QueryError`, `KeyError` if there is none."""
        return self._of_name(name, ())

    def membership(self, group: Group) -> Membership:
        """Who belongs to a group, which need not be among these: the members of a policy. Raises `QueryError`."""
        return self._resolve(group, ())

    def _of_name(self, name: str, path: tuple[str, ...]) -> Membership:
        if name not in self._resolved:
            self._resolved[name] = self._resolve(self._groups[name], (*path, name))
        return self._resolved[name]

    def _resolve(self, group: Group, path: tuple[str, ...]) -> Membership:
        own = parse_tree(group.members) if group.members.strip() else None
        direct: dict[str, Membership] = {}
        for call in [] if own is None else group_calls(own):
            name = _named(call)
            direct[name] = self._referred(call, name, path)
            if direct[name].levels >= MAX_LEVELS:
                raise _too_many_levels(call)
        whole = _picked(group, NOBODY if own is None else _written_out(own, direct))
        _check_size(group, whole)
        uses = {member.group.name: member.group for member in direct.values()}
        for member in direct.values():
            uses.update((used.name, used) for used in member.uses)
        return Membership(group, Query(whole), tuple(uses[name] for name in sorted(uses)), own, direct)

    def _referred(self, call: tree.Call, name: str, path: tuple[str, ...]) -> Membership:
        column, length = call.span[0], call.span[1] - call.span[0]
        if name in path:
            circle = " → ".join(visible(each, 60) for each in (*path[path.index(name) :], name))
            raise _WithinError(f"these groups go round in a circle: {circle}", column, length)
        if name not in self._groups:
            likely = nearest(name, self._groups)
            suggestion = f"{CALL}({quoted(likely)})" if likely else ""
            raise QueryError(f"there is no group “{visible(name, 60)}”", column, length, suggestion)
        if len(path) > MAX_LEVELS:
            raise _too_many_levels(call)
        try:
            return self._of_name(name, path)
        except _WithinError as error:
            raise _WithinError(error.message, column, length) from error
        except QueryError as error:
            message = f"the group “{visible(name, 60)}” cannot be used: {error.message}"
            raise _WithinError(message, column, length) from error


class _WithinError(QueryError):
    """Of several groups together: told in the same words at each place that leads there."""


def _too_many_levels(call: tree.Call) -> QueryError:
    return _WithinError(f"groups name groups over more than {MAX_LEVELS} levels", call.span[0], len(CALL))


def check_members(text: str) -> None:
    """Raises `QueryError` for a text that cannot be right whatever groups there are."""
    own = parse_tree(text)
    for call in group_calls(own):
        _named(call)
    Query(_written_out(own, None))


def references(text: str) -> list[str]:
    """The names of the groups that a text names, in their order. Raises `QueryError`."""
    return [_named(call) for call in group_calls(parse_tree(text))]


def group_calls(node: tree.Node) -> Iterator[tree.Call]:
    """Where a tree names groups. Raises `QueryError` for what names one in a place where a value is wanted."""
    match node:
        case tree.And(terms=terms) | tree.Or(terms=terms):
            for term in terms:
                yield from group_calls(term)
        case tree.Not(term=term):
            yield from group_calls(term)
        case tree.Call(function=function) if function == CALL:
            yield node
        case tree.Compare(first=first, rest=rest):
            for operand in (first, *(operand for _, operand in rest)):
                if isinstance(operand, tree.Call) and operand.function == CALL:
                    start, end = node.span
                    raise QueryError(
                        f"{unparse(operand)} is true or false and stands alone", start, end - start, unparse(operand)
                    )
        case _:
            pass


def _named(call: tree.Call) -> str:
    match call.arguments:
        case (tree.Text(value=name),):
            return name
        case _:
            start, end = call.span
            raise QueryError(f'{CALL}("name") takes the name of a group in quotes', start, end - start)


def _written_out(node: tree.Node, direct: Mapping[str, Membership] | None) -> tree.Node:
    """The tree with groups in place of their names; without any groups, each stands for nobody."""
    match node:
        case tree.And(terms=terms):
            return tree.And(tuple(_written_out(term, direct) for term in terms), node.span)
        case tree.Or(terms=terms):
            return tree.Or(tuple(_written_out(term, direct) for term in terms), node.span)
        case tree.Not(term=term):
            return tree.Not(_written_out(term, direct), node.span)
        case tree.Call(function=function) if function == CALL:
            return NOBODY if direct is None else direct[_named(node)].query.tree
        case _:
            return node


def _picked(group: Group, members: tree.Node) -> tree.Node:
    """The members with additions and without exceptions."""
    if group.include:
        members = tree.Or((members, *_these(group.include)))
    if group.exclude:
        members = tree.And((members, *(tree.Not(each) for each in _these(group.exclude))))
    return members


def _these(picks: tuple[str, ...]) -> tuple[tree.Node, ...]:
    several = tree.Several(tuple(map(tree.Text, picks)))
    ids = any(pick.startswith("vm/") for pick in picks)
    return tuple(tree.Compare(tree.Name(name), (("in", several),)) for name in (("name", "id") if ids else ("name",)))


def _is_among(vm: VM, picks: tuple[str, ...]) -> bool:
    folded = {pick.casefold() for pick in picks}
    return vm.name.casefold() in folded or vm.id.casefold() in folded


def _check_size(group: Group, node: tree.Node) -> None:
    """Groups that name groups twice over would double with each step."""
    clauses, deepest = 0, 0
    waiting = [(node, 1)]
    while waiting:
        one, depth = waiting.pop()
        clauses, deepest = clauses + 1, max(deepest, depth)
        if clauses > MOST_CLAUSES or deepest > MAX_DEPTH:
            what = f"has more than {MOST_CLAUSES:,} clauses" if clauses > MOST_CLAUSES else "is nested too deeply"
            raise QueryError(f"with all groups that it names, this {what}", 0, len(group.members))
        match one:
            case tree.And(terms=terms) | tree.Or(terms=terms):
                waiting.extend((term, depth + 1) for term in terms)
            case tree.Not(term=term):
                waiting.append((term, depth + 1))
            case _:
                pass
