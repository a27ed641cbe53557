"""What a kind of check is: declared once, with its parameters, help and examples; the registry has them all.

A check is a msgspec struct whose fields are its parameters, so that the declaration is also the parser, the schema and
the form. It judges one VM at a time, says which properties it reads, and knows nothing of policies or findings.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar, dataclass_transform

import msgspec

from vmi_console.estate.attributes import Context
from vmi_console.estate.columns import NOBODY, Columns, Content, Rows, Steps
from vmi_console.estate.identity import EntityId
from vmi_console.estate.query import Query
from vmi_console.estate.records import VM, Alert, Filter, Record
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.judgement import Judgement, Verdict


class Estate(Context, Protocol):
    """What checks ask of the estate beside what queries do; the inventory answers through `policy.evaluation`."""

    @property
    def advisories(self) -> Advisories | None:
        """Known vulnerabilities; None where nobody loaded any."""

    def filter_named(self, vm: EntityId, name: str, /) -> Filter | None:
        """The filter (nwfilter, traffic rules) of this name at the VM's endpoint."""

    def alerts_of(self, vm: EntityId, /) -> tuple[Alert, ...] | None:
        """Intrusion alerts that were matched to this VM, newest first; None where no engine tells of any."""

    def get(self, entity: EntityId, /) -> Record | None:
        """The record of this id."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Check(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One demand. Subclasses add the parameters as fields, each with `msgspec.Meta(description=…)`.

    `reads` are names of attributes of the query language (or `applications`, `services`, `settings`, `guest`,
    `alerts`, `filters`): when none of them moved, neither did the verdict. `by_clock`: verdicts change as time passes.
    `whole` names the field that a document may give in place of all parameters: with `whole = "keys"`,
    `settings: {a: …}` means `keys = {a: …}`, and with `whole = "holds"`, `expression: "vcpus <= 8"` means
    `holds = "vcpus <= 8"`.
    """

    kind: ClassVar[str]  # the word in documents
    title: ClassVar[str]
    help: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]  # YAML of the parameters
    remediation: ClassVar[str]
    by_clock: ClassVar[bool] = False
    whole: ClassVar[str] = ""

    @property
    def reads(self) -> frozenset[str]:
        """What a verdict depends on."""
        raise NotImplementedError

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        """Whether the VM does as demanded. Never raises: what cannot be told is unknown, and says why."""
        raise NotImplementedError

    # What follows spares looking at each VM by itself where many are judged. Verdicts do not depend on it.

    @property
    def condition(self) -> Query | None:
        """A query that is true of exactly those VMs that pass."""
        return None

    @property
    def content(self) -> Content | None:
        """What VMs have in common that are judged alike, but for those that `apart` names."""
        return None

    def of_all(self, content: Any, estate: Estate, now: datetime) -> Judgement | Verdict | None:
        """What is said of every VM with this content: only the verdict where evidence differs from VM to VM; None
        where each has to be looked at."""
        return None

    def apart(self, columns: Columns) -> Steps[Rows]:
        """The rows of VMs that have to be looked at whatever they have in common with others."""
        yield from ()
        return NOBODY


C = TypeVar("C", bound=type[Check])

CHECKS: dict[str, type[Check]] = {}
"""Every kind of check by its word; filled by `policy.checks`."""


def check(kind: str) -> Callable[[C], C]:
    """Registers a kind of check under the word that documents use."""

    def register(cls: C) -> C:
        cls.kind = kind
        CHECKS[kind] = cls
        return cls

    return register
