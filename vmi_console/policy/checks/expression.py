"""Whatever the query language can say, as a check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.attributes import ATTRIBUTES
from vmi_console.estate.facts import FACT_SETS
from vmi_console.estate.query import Query, Reason, parse
from vmi_console.estate.records import VM
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.tally import named, shortened
from vmi_console.policy.judgement import PASSED, Judgement, failed, unknown

_field = re.compile(r"\bvm\.(?!id\b)([\w.]+)")  # an id never changes


@check("expression")
class Expression(Check, dict=True):
    """A query that must be true of a VM."""

    title = "Expression"
    whole = "holds"
    help = (
        "The query is true of the VM. All that the search box understands can be said; where a clause that matters "
        "cannot be told, the verdict is open."
    )
    examples = ("'vcpus <= 8 and memory <= 64 * GiB'", "{holds: 'firmware == \"efi\" and secure_boot'}")
    remediation = "Change what the clause speaks of."

    holds: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000, description="The query that must be true.")]

    def __post_init__(self) -> None:
        parse(self.holds)

    @property
    def reads(self) -> frozenset[str]:
        return self._query.reads | self._query.via

    @property
    def by_clock(self) -> bool:  # type: ignore[override]  # some queries are, some are not
        """Whether the query speaks of ages."""
        return self._query.by_clock

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        verdict = self._query.evaluate(vm, estate, now)
        if verdict:
            return PASSED
        reasons = self._query.explain(vm, estate, now)
        if verdict is None:
            vague = [reason for reason in reasons if reason.verdict is None]
            return unknown(f"not known: {shortened(_values(vague) or [self._query.text])}", *self._paths)
        return failed(f"{shortened(_values(reasons)) or 'it never holds'}; required: {self._query.text}", *self._paths)

    @property
    def condition(self) -> Query:
        return self._query

    @cached_property
    def _query(self) -> Query:
        return parse(self.holds)

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        """The properties that the query speaks of, as changes name them."""
        return tuple(sorted({path for name in self._query.reads for path in _paths_of(name)}))


def _paths_of(name: str) -> Iterator[str]:
    attribute = ATTRIBUTES.get(name)
    if attribute is None:
        yield name  # applications, services, settings, attributes
        return
    yield from _field.findall(attribute.key)
    for kind in attribute.via:
        inside, _, facts = kind.partition(".")
        if inside == "guest" and facts in FACT_SETS:
            yield facts


def _values(reasons: list[Reason]) -> list[str]:
    return [named(f"{name} is {value}") for reason in reasons for name, value in reason.values]
