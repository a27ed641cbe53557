"""From checked logic to Python code.

Three values need not be computed: what is asked of a VM is whether the logic *is true*, or whether it *is false*, and
by Kleene's tables each of the two is an ordinary condition over the same two questions asked of the parts. `a and b`
is true where both are true, and false where either is false; unknown is what is neither. Conditions have no effects
and never fail, so that cheap ones can go first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from math import prod
from typing import Any

from vmi_console.estate.attributes import Attribute, Context
from vmi_console.estate.identity import EntityId
from vmi_console.estate.query.check import Always, Both, Found, Logic, Negation, Operand, Test
from vmi_console.estate.records import VM

type Verdict = Callable[[VM, Context, datetime], bool]
type Selection = Callable[[Iterable[VM], Context, datetime], list[EntityId]]
type Marking = Callable[[Sequence[VM | None], Context, datetime], bytes]


class Memo(dict[Any, bool]):
    """The outcome of a test for each key that VMs share, worked out for the first of them."""

    __slots__ = ("_context", "_now", "_test")

    def __init__(self, test: Callable[[Any, Context, datetime], bool], context: Context, now: datetime) -> None:
        self._test = test
        self._context = context
        self._now = now

    def __missing__(self, key: Any) -> bool:
        outcome = self[key] = self._test(key, self._context, self._now)
        return outcome


def verdict(logic: Logic, want: bool) -> Verdict:
    """A function that says whether `logic` is `want` of one VM: whether it is true, or whether it is false."""
    code = _Code(in_bulk=False)
    condition = code.condition(logic, want)
    return code.function("verdict", "vm", f"    return bool({condition})")


def selection(logic: Logic) -> Selection:
    """A function that gives the ids of those VMs of which `logic` is true, in their order."""
    code = _Code(in_bulk=True)
    condition = code.condition(logic, True)
    return code.function("select", "vms", f"    return [vm.id for vm in vms if {condition}]")


def marking(logic: Logic, want: bool) -> Marking:
    """A function that gives for each of some VMs 1 where `logic` is `want` of it, and 0 where not, or for no VM."""
    code = _Code(in_bulk=True)
    condition = code.condition(logic, want)
    return code.function("mark", "vms", f"    return bytes([1 if vm is not None and {condition} else 0 for vm in vms])")


def of_key(test: Test, attribute: Attribute, want: bool) -> Callable[[Any, Context, datetime], bool]:
    """A function that says whether a test of one attribute is `want` where the attribute's key is the one given."""
    code = _Code(in_bulk=False)
    value = "key" if attribute.resolve is None else f"{code.named('r', attribute.resolve)}(key, context)"
    condition = code.direct(test, [value], want)
    return code.function("test", "key", f"    return bool({condition})")


class _Code:
    """Conditions in the making, with the objects that they refer to by name."""

    def __init__(self, *, in_bulk: bool) -> None:
        self._in_bulk = in_bulk
        self._objects: dict[str, object] = {"Memo": Memo}
        self._prologue: list[str] = []
        self._variables = 0

    def function(self, name: str, argument: str, body: str) -> Callable[..., Any]:
        source = "\n".join((f"def {name}({argument}, context, now):", *self._prologue, body))
        exec(compile(source, f"<{name} of a query>", "exec"), self._objects)
        made: Callable[..., Any] = self._objects[name]  # type: ignore[assignment]
        return made

    def condition(self, logic: Logic, want: bool) -> str:
        match logic:
            case Always(truth=truth):
                return repr(truth is want)
            case Negation(term=term):
                return self.condition(term, not want)
            case Both(terms=terms, either=either):
                word = " or " if either is want else " and "
                ordered = sorted(terms, key=partial(_rank, want=want, either=either is want))
                return f"({word.join(self.condition(term, want) for term in ordered)})"
            case Found(groups=groups):
                return self._found(groups, want)
            case Test():
                return self._test(logic, want)

    def _found(self, groups: tuple[tuple[str, ...], ...], want: bool) -> str:
        if not groups:
            return repr(want)
        text = self._variable()
        found = " and ".join(
            "({})".format(" or ".join(f"{self.named('c', spelling)} in {text}" for spelling in group))
            for group in groups
        )
        return f"{'' if want else 'not '}(({text} := context.haystack(vm.id)) is not None and {found})"

    def _test(self, test: Test, want: bool) -> str:
        if self._in_bulk and len(test.operands) == 1:
            source = test.operands[0].source
            if isinstance(source, Attribute) and source.shared:
                return self._remembered(test, source, want)
        return self.direct(test, [self._value(operand, "vm") for operand in test.operands], want)

    def _remembered(self, test: Test, attribute: Attribute, want: bool) -> str:
        """The test of a key that many VMs share, asked once for each key."""
        memo = self._variable()
        asked = self.named("t", of_key(test, attribute, want))
        self._prologue.append(f"    {memo} = Memo({asked}, context, now)")
        return f"{memo}[{attribute.key}]"

    def direct(self, test: Test, values: list[str], want: bool) -> str:
        if want and test.code == "{0} is {c}":  # what is this very constant is known
            return f"{values[0]} is {self.named('c', test.constant)}"
        variables = [self._variable() for _ in values]
        constant = self.named("c", test.constant) if "{c}" in test.code else ""
        code = test.code.format(*variables, c=constant)
        conditions = []
        for variable, value, operand in zip(variables, values, test.operands, strict=True):
            conditions.append(f"({variable} := {value}) is not None")
            if isinstance(operand.source, Attribute) and operand.source.unknown is not None:
                conditions.append(f"{variable} is not {self.named('u', operand.source.unknown)}")
        if test.unsure:
            conditions.append(f"({code}) is {want}")
        else:
            conditions.append(f"({code})" if want else f"not ({code})")
        return f"({' and '.join(conditions)})"

    def _value(self, operand: Operand, vm: str) -> str:
        source = operand.source
        if not isinstance(source, Attribute):
            return f"{self.named('f', source)}({vm}, context, now)"
        if source.resolve is None:
            return source.key
        return f"{self.named('r', source.resolve)}({source.key}, context)"

    def named(self, prefix: str, value: object) -> str:
        name = f"{prefix}{len(self._objects)}"
        self._objects[name] = value
        return name

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"


def _rank(term: Logic, want: bool, either: bool) -> float:
    """What orders the terms of `and` and `or`: how long one takes, for how often it settles the whole."""
    likely = likelihood(term) if want else 1 - likelihood(term)
    return cost(term) / max(likely if either else 1 - likely, 0.01)


def likelihood(logic: Logic) -> float:
    """How many of the VMs of an estate logic is likely to be true of, going by what people ask for."""
    match logic:
        case Always(truth=truth):
            return float(truth)
        case Negation(term=term):
            return 1 - likelihood(term)
        case Both(terms=terms, either=True):
            return 1 - prod(1 - likelihood(term) for term in terms)
        case Both(terms=terms):
            return prod(map(likelihood, terms))
        case Test(code=code) if "!=" in code or " is not " in code:
            return 0.9
        case Test(code=code) if "<" in code or ">" in code:
            return 0.5
        case _:
            return 0.1


def cost(logic: Logic) -> int:
    """Roughly how long a condition takes, in tens of nanoseconds."""
    match logic:
        case Always():
            return 0
        case Found():
            return 20
        case Negation(term=term):
            return cost(term)
        case Both(terms=terms):
            return sum(map(cost, terms))
        case Test(operands=operands, code=code):
            extra = 4 * code.count("casefold") + 15 * code.startswith("{c}(") + 8 * code.startswith("now ")
            return sum(map(_operand_cost, operands)) + extra


def _operand_cost(operand: Operand) -> int:
    source = operand.source
    if not isinstance(source, Attribute):
        return 200  # software, subnets
    if " for " in source.key:
        return 40
    if source.resolve is None:
        return 8 if "+" in source.key else 3
    return 6 if source.shared else 30
