"""Advanced settings that the hypervisor keeps for a VM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Annotated

import msgspec

from vmi_console.estate.columns import Content
from vmi_console.estate.hardening import is_kept
from vmi_console.estate.records import VM
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.parameters import Mistake, Names, Word, is_pattern, listed, something
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement, unknown

type Value = bool | int | float | str
type _Settings = tuple[tuple[str, str], ...]

_NOT_TOLD = unknown("nothing tells of its advanced settings", "settings")


def _settings(vm: VM) -> _Settings | None:
    return None if vm.settings is None else tuple(vm.settings.items())


_SETTINGS = Content("its advanced settings", lambda vm, _: _settings(vm))


class Absent(StrEnum):
    """What it means that a setting is not set."""

    PASS = "pass"
    FAIL = "fail"
    REQUIRED = "required"


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one setting must be. Texts and truths are compared without regard to case."""

    equals: Annotated[Value | None, msgspec.Meta(description="The value it must have.")] = None
    one_of: Annotated[
        tuple[Value, ...], msgspec.Meta(max_length=50, description="Values of which it must have one.")
    ] = ()
    at_least: Annotated[float | None, msgspec.Meta(description="The smallest number it may be.")] = None
    at_most: Annotated[float | None, msgspec.Meta(description="The largest number it may be.")] = None
    absent: Annotated[
        Absent, msgspec.Meta(description="Where it is not set: that passes, fails, or is what is required.")
    ] = Absent.FAIL

    def __post_init__(self) -> None:
        demanding = self.equals is not None or self.one_of or self.at_least is not None or self.at_most is not None
        if self.absent is Absent.PASS and not demanding:
            raise Mistake("this setting may be anything", advice="say what it must be, for example equals: true")

    def admits(self, value: str) -> bool:
        """Whether a value that is set is one that may be."""
        if self.absent is Absent.REQUIRED:
            return False
        values = self.one_of if self.equals is None else (self.equals, *self.one_of)
        if values and not any(self.is_same(value, each) for each in values):
            return False
        if self.at_least is None and self.at_most is None:
            return True
        number = _number(value)
        if number is None:
            return False
        return (self.at_least is None or number >= self.at_least) and (self.at_most is None or number <= self.at_most)

    def is_same(self, value: str, wanted: Value) -> bool:
        """Whether a value is one that is wanted."""
        if isinstance(wanted, str | bool):
            return value.strip().casefold() == _text(wanted).strip().casefold()
        return _number(value) == wanted

    @property
    def demand(self) -> str:
        """What is asked for, as evidence tells it."""
        if self.absent is Absent.REQUIRED:
            return "must not be set"
        values = self.one_of if self.equals is None else (self.equals, *self.one_of)
        parts = [f"must be {listed(_text(value) for value in values).replace(', ', ' or ')}"] if values else []
        parts += [f"must be at least {self.at_least:g}"] if self.at_least is not None else []
        parts += [f"must be at most {self.at_most:g}"] if self.at_most is not None else []
        return " and ".join(parts) or "must be set"


@check("settings")
class Settings(Check, dict=True):
    """Advanced settings of a VM."""

    title = "Settings"
    whole = "keys"
    help = (
        "Each advanced setting has a value that may be. A setting that is not set fails, unless `absent: pass` says "
        "that the hypervisor's default will do, or `absent: required` that it must not be set. A pattern such as "
        "`ethernet*.filter*.name` speaks of every setting it matches. Where the hypervisor has no such settings, "
        "nobody can tell."
    )
    examples = (
        "{isolation.tools.copy.disable: {equals: true, absent: pass}, RemoteDisplay.maxConnections: 1}",
        "{'ethernet*.filter*.name': {absent: required}}",
    )
    remediation = (
        "Set the value in the VM's advanced configuration parameters while it is off, or remove the setting there."
    )

    keys: Annotated[
        dict[Word, Setting | bool | int | float | str],
        msgspec.Meta(min_length=1, max_length=200, description="By setting, its value or what it must be."),
    ]

    def __post_init__(self) -> None:
        something(self.keys, field="isolation.tools.copy.disable: true")
        for key in self.keys:
            if not is_kept(key.replace("*", "0").replace("?", "0")) and not is_kept(key.replace("*", "x")):
                advice = "kept are those that hardening guides speak of, such as isolation.*, tools.* and log.*"
                raise Mistake(f"“{key}” is not among the advanced settings that are kept", "keys", key, advice=advice)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"settings"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        return self.of_all(_settings(vm), estate, now)

    @property
    def content(self) -> Content:
        return _SETTINGS

    def of_all(self, content: _Settings | None, estate: Estate, now: datetime) -> Judgement:
        return _NOT_TOLD if content is None else self._said(content)

    @cached_property
    def _said(self) -> Callable[[_Settings], Judgement]:
        """What is said of settings. Most VMs of an estate have the same ones."""

        def said(settings: _Settings) -> Judgement:
            known = dict(settings)
            tally = Tally()
            for key, names, setting in self._demands:
                found = False
                for name, value in _matching(known, key, names):
                    found = True
                    if not setting.admits(value):
                        tally.against(
                            f"{named(name)} is {named(value) or 'empty'}, {setting.demand}", f"settings[{name}]"
                        )
                if not found and setting.absent is Absent.FAIL:
                    tally.against(f"{key} is not set, {setting.demand}", f"settings[{key}]")
            return tally.judgement()

        return lru_cache(maxsize=1_000)(said)

    @cached_property
    def _demands(self) -> tuple[tuple[str, Names | None, Setting], ...]:
        return tuple(
            (
                key,
                Names((key,)) if is_pattern(key) else None,
                said if isinstance(said, Setting) else Setting(equals=said),
            )
            for key, said in self.keys.items()
        )


def _matching(settings: Mapping[str, str], key: str, names: Names | None) -> Iterator[tuple[str, str]]:
    """The settings that a key or pattern means. Case does not count, and hypervisors nearly always keep it."""
    if names is None and key in settings:
        yield key, settings[key]
        return
    wanted = key.casefold()
    for name, value in settings.items():
        if names.match(name) if names is not None else name.casefold() == wanted:
            yield name, value


def _text(value: Value) -> str:
    return str(value).upper() if isinstance(value, bool) else str(value)


def _number(text: str) -> float | None:
    try:
        return float(text[:50])
    except ValueError:
        return None
