"""Moments made by chance: every kind of record, finding, decision, quarantine and change, with ids that are such."""

from __future__ import annotations

import random
import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import msgspec

from vmi_console.estate import facts
from vmi_console.estate.catalog import record_types
from vmi_console.estate.changes import Change
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import VM
from vmi_console.policy.baselines import KnownGood
from vmi_console.policy.decisions import Armed
from vmi_console.policy.findings import Acknowledgement, Finding
from vmi_console.policy.waivers import Waiver
from vmi_console.response.quarantine import Quarantine
from vmi_console.review.moment import Moment, PolicyFile

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)

ITEMS = {
    "os": facts.OperatingSystem,
    "applications": facts.Application,
    "services": facts.Service,
    "patches": facts.Patch,
    "users": facts.User,
    "processes": facts.Process,
    "sockets": facts.Socket,
    "addresses": facts.GuestAddress,
    "settings": facts.Setting,
    "autostart": facts.Autostart,
    "modules": facts.KernelModule,
    "signs": facts.Sign,
}

type Text = Callable[[type[Any], str], str]
"""Gives the text for a field of a type."""


class Maker:
    """Makes values of types; what it makes for one number is always the same."""

    def __init__(self, number: int, text: Text | None = None) -> None:
        self.chance = random.Random(number)
        self._text = text or self._any_text
        self._count = 0

    def moment(self, of_each: int = 3) -> Moment:
        """Some of everything."""
        records = [self.record(kind) for kind in record_types() for _ in range(of_each)]
        return Moment(
            at=BEGIN,
            records=tuple(records),
            findings=tuple(self.struct(Finding) for _ in range(of_each)),
            decisions=tuple(self.struct(each) for each in (Acknowledgement, Waiver, Armed, KnownGood)),
            policies=(PolicyFile(name=f"{self._any_text(VM, '')}.yaml", text=self._any_text(VM, "")),),
            quarantines=tuple(self.struct(Quarantine) for _ in range(of_each)),
            changes=tuple(self.struct(Change) for _ in range(of_each)),
            changes_since=BEGIN - timedelta(days=1),
            title=self._any_text(VM, "title"),
        )

    def record(self, kind: type[Any]) -> Any:
        """A record whose id is of its kind."""
        return msgspec.structs.replace(self.struct(kind), id=self.id(str(kind.__struct_config__.tag)))

    def id(self, kind: str) -> EntityId:
        """One that no other record has."""
        self._count += 1
        return entity_id(kind, f"endpoint{self.chance.randrange(3)}.qemu", f"{kind}-{self._count}/{self._count}")

    def struct(self, struct: type[Any], item: Any = None) -> Any:
        """A struct; of a set of facts, of this type of items."""
        values = {}
        for field, hint in typing.get_type_hints(struct).items():
            if field in struct.__struct_fields__:
                values[field] = self._value(struct, field, hint, item or ITEMS.get(field))
        if struct is Change:
            values |= {"path": "name", "before": self._text(VM, "name"), "after": self._text(VM, "name")}
            values["entity"] = self.id("vm")
        return struct(**values)

    def _value(self, struct: type[Any], field: str, hint: Any, item: Any) -> Any:
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            wanted = self.chance.choice([each for each in arguments])
            return None if wanted is type(None) else self._value(struct, field, wanted, item)
        if origin is tuple:
            if arguments[-1] is Ellipsis:
                count = self.chance.randrange(3)
                return tuple(self._value(struct, field, arguments[0], item) for _ in range(count))
            return tuple(sorted((self._value(struct, field, each, item) for each in arguments), key=str))
        if origin is dict:
            keys = [self._value(struct, field, arguments[0], item) for _ in range(self.chance.randrange(3))]
            return {key: self._value(struct, field, arguments[1], item) for key in keys}
        if isinstance(hint, typing.TypeVar):
            return self.struct(item)
        if hint is EntityId:
            return self.id("vm" if field == "vm" else "host")
        if hint is str:
            return self._text(struct, field)
        return self._plain(hint, origin, item)

    def _plain(self, hint: Any, origin: Any, item: Any) -> Any:
        kind = origin or hint
        if hint is typing.Any:
            return None
        if issubclass(kind, msgspec.Struct):
            return self.struct(kind, item)
        if issubclass(kind, Enum):
            return self.chance.choice(list(kind))
        if kind is datetime:
            return BEGIN + timedelta(microseconds=self.chance.randrange(10**15))
        if kind is bool:
            return self.chance.random() < 0.5
        if kind is float:
            return self.chance.random() * 100
        assert kind is int
        return self.chance.choice((0, 1, 4095, self.chance.randrange(1 << 60)))

    def _any_text(self, struct: type[Any], field: str) -> str:
        letters = "abcXYZ019 -_./:[]'\"\\\0\n\t\u202eäßшд東😀=@"
        return "".join(self.chance.choices(letters, k=self.chance.randrange(12)))
