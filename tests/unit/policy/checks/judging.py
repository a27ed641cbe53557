"""Short ways to hold one VM against one check, over a real inventory."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

import vmi_console.policy.checks  # noqa: F401  (fills the registry)
from tests.unit.estate.builders import NOON, Estate
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.columns import outcome
from vmi_console.estate.identity import EntityId
from vmi_console.estate.records import VM
from vmi_console.policy.check import CHECKS, Check
from vmi_console.policy.holding import hold, weigh
from vmi_console.policy.judgement import Judgement, Verdict
from vmi_console.policy.reading import read, value_of
from vmi_console.policy.surroundings import Surroundings

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


class Place(Surroundings):
    """The estate as checks see it; without an intrusion detection engine unless one is watching."""

    def __init__(self, *records: AnyRecord, watching: bool = True) -> None:
        estate = Estate()
        estate.tell(*records)
        super().__init__(estate.inventory)
        self.hears_alerts = watching


def made(text: str) -> Check:
    """The check that a YAML line such as `vlans: {allowed: [110]}` says."""
    said: Any = value_of(read(text, "test.yaml"))
    ((kind, parameters),) = said.items()
    return parsed(kind, parameters)


def parsed(kind: str, parameters: Any) -> Check:
    """A check from what its YAML says; a kind with a `whole` may be given that alone."""
    cls = CHECKS[kind]
    fields = {field.name for field in msgspec.structs.fields(cls)}
    if cls.whole and not (isinstance(parameters, dict) and set(parameters) <= fields):
        parameters = {cls.whole: parameters}
    return msgspec.convert(parameters, cls)


def held(check: Check, place: Surroundings, now: datetime = NOON) -> dict[EntityId, Judgement]:
    """What a check says of all VMs of a place at once, of those that do not pass; with evidence and without."""
    failing, unknown = outcome(hold(check, place.columns.everybody, place.columns, place, now))
    columns = place.columns
    fails, vague = outcome(weigh(check, columns.everybody, columns, place, now))
    assert (set(columns.ids(fails)), set(columns.ids(vague))) == (set(failing), set(unknown))
    return {**failing, **unknown}


def judged(text: str, vm: VM, *records: AnyRecord, now: datetime = NOON, watching: bool = True) -> Judgement:
    """What a check says of a VM in an estate of these records."""
    place = Place(*records, vm, watching=watching)
    seen = place.vm(vm.id)
    assert seen is not None
    return made(text).judge(seen, place, now)
