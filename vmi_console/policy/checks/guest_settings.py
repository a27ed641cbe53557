"""What is set inside a guest: of sshd, firewalls, SELinux, AppArmor, and on the kernel's command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Annotated

import msgspec

from vmi_console.estate.inside import settings_are_whole
from vmi_console.estate.records import VM
from vmi_console.policy.check import Check, Estate, check
from vmi_console.policy.checks.inside import looked_into
from vmi_console.policy.checks.parameters import Names, Word, something
from vmi_console.policy.checks.settings import Absent, Setting, Value
from vmi_console.policy.checks.tally import Tally, named
from vmi_console.policy.judgement import Judgement, unknown

_ON = frozenset({"true", "yes", "on", "enabled", "1"})
_OFF = frozenset({"false", "no", "off", "disabled", "none", "0"})
_SOMETIMES = "sshd.Match"
_LONGEST = 4_096  # of what is told of sshd's Match blocks


class GuestSetting(Setting, frozen=True, kw_only=True):
    """What one setting must be. Texts are compared without regard to case; `true` means yes, on and enabled, too."""

    def is_same(self, value: str, wanted: Value) -> bool:
        """Whether a value is one that is wanted."""
        if isinstance(wanted, bool):
            return value.strip().casefold() in (_ON if wanted else _OFF)
        return super().is_same(value, wanted)


@check("guest_settings")
class GuestSettings(Check, dict=True):
    """Settings inside a guest."""

    title = "Guest settings"
    whole = "keys"
    help = (
        "Each setting inside the guest has a value that may be: of sshd (`sshd.PermitRootLogin`, …), firewalls "
        "(`firewall.enabled`, …), SELinux and AppArmor (`selinux.mode`, `apparmor.mode`), and others that the guest's "
        "pane shows. A setting that is not set fails, unless `absent: pass` says that its default will do, or `absent: "
        "required` that it must not be set. What sshd does otherwise for some connections (`Match`) fails as well. "
        "A pattern such as `firewall.*` speaks of every setting it matches."
    )
    examples = (
        "{sshd.PermitRootLogin: {one_of: ['no', prohibit-password]}, sshd.PasswordAuthentication: 'no'}",
        "{selinux.mode: enforcing, sshd.MaxAuthTries: {at_most: 4}, ld.so.preload: {absent: required}}",
    )
    remediation = "Change the setting in the guest, and restart or reload the service that it belongs to."

    keys: Annotated[
        dict[Word, GuestSetting | bool | int | float | str],
        msgspec.Meta(min_length=1, max_length=200, description="By setting, its value or what it must be."),
    ]

    def __post_init__(self) -> None:
        something(self.keys, field="sshd.PermitRootLogin: 'no'")

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({"settings", "services"})

    def judge(self, vm: VM, estate: Estate, now: datetime) -> Judgement:
        facts = looked_into(vm, estate, "settings")
        if isinstance(facts, str):
            return unknown(facts, "settings")
        known = {setting.name: setting.value for setting in facts}
        tally = Tally()
        for key, names, demand in self._demands:
            found = False
            for name, value in known.items():
                if names.match(name):
                    found = True
                    _judge(name, value, known.get(_SOMETIMES, ""), demand, tally)
            if found or demand.absent is Absent.PASS:
                continue
            path = f"settings[{key}]"
            if not settings_are_whole(vm, estate):
                tally.untold(f"{key} may be set: the guest's services decide some settings, and are not known", path)
            elif demand.absent is Absent.FAIL:
                tally.against(f"{key} is not set, {demand.demand}", path)
        return tally.judgement()

    @cached_property
    def _demands(self) -> tuple[tuple[str, Names, GuestSetting], ...]:
        return tuple(
            (key, Names((key,)), said if isinstance(said, GuestSetting) else GuestSetting(equals=said))
            for key, said in self.keys.items()
        )


def _judge(name: str, value: str, sometimes: str, demand: GuestSetting, tally: Tally) -> None:
    path = f"settings[{name}]"
    if not demand.admits(value):
        tally.against(f"{named(name)} is {named(value) or 'empty'}, {demand.demand}", path)
    if name == _SOMETIMES or not name.startswith("sshd."):
        return
    for match, other in _for_some(sometimes, name.removeprefix("sshd.")):
        if not demand.admits(other):
            tally.against(f"{named(name)} is {named(other)} for {named(match)}, {demand.demand}", path)
    if len(sometimes) >= _LONGEST:
        tally.untold(f"whether {named(name)} is otherwise for some connections is not known", path)


def _for_some(sometimes: str, keyword: str) -> Iterator[tuple[str, str]]:
    """Which connections sshd's keyword has another value for, and which: `Match User bob: X11Forwarding yes; …`.

    >>> list(_for_some("Match User bob: X11Forwarding yes, PermitTTY no", "X11Forwarding"))
    [('Match User bob', 'yes')]
    """
    for block in sometimes.split("; "):
        match, _, said = block.partition(": ")
        for value in re.findall(rf"(?:^|, ){re.escape(keyword)} ([^,]*)", said, re.IGNORECASE):
            yield match, value
