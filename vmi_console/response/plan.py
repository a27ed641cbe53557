"""What quarantine would do to a VM, and whether it would hold: shown before anybody confirms it.

A plan is kept for a while under its token: what was confirmed is what is done, to the VM as it was looked at, or
nothing.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from vmi_console.collectors.quarantine import Channel, Image, Mode, Survey
from vmi_console.errors import CommandRefused
from vmi_console.estate.identity import EntityId
from vmi_console.response.quarantine import Stage, open_ways, stage_of

GOOD_FOR = timedelta(minutes=15)
MOST_PLANS = 1000


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps, ways to the world as they would be afterwards, and what speaks against it.

    With `problems` it cannot be carried out at all.
    """

    token: str
    vm: EntityId
    vm_name: str
    mode: Mode
    made_at: datetime
    power: str = ""
    network: str = ""
    outlook: Stage = Stage.PARTLY  # what the VM would be
    steps: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    policy: str = ""
    finding: str = ""
    evidence: str = ""
    in_quarantine: int = 0  # VMs that are already, by the same policy or (without one) at all
    allowed: int | None = None  # VMs at once by the limit of the policy; None without one


class Planned(NamedTuple):
    """A plan and the VM as it was looked at."""

    plan: Plan
    image: Image


def made(survey: Survey, mode: Mode, network: str, at: datetime) -> Planned:
    """The plan that follows from a survey."""
    outlook = stage_of(mode, survey.channels)
    warnings = []
    if outlook is Stage.PARTLY and not survey.problems:
        warnings.append(f"it would be isolated in part only: {open_ways(survey.channels)}")
    if mode is not Mode.PAUSE and survey.image.power not in ("on", "paused"):
        warnings.append(f"the VM is {survey.image.power}: the quarantine holds from its next start")
    if survey.image.record:
        warnings.append("a record of another quarantine is with the VM, and would be replaced")
    plan = Plan(
        token=secrets.token_hex(8),
        vm=survey.image.vm,
        vm_name=survey.image.name,
        mode=mode,
        made_at=at,
        power=survey.image.power,
        network=network,
        outlook=outlook,
        steps=survey.steps,
        channels=survey.channels,
        problems=survey.problems,
        warnings=tuple(warnings),
    )
    return Planned(plan, survey.image)


class Plans:
    """The plans that wait to be confirmed."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Planned] = OrderedDict()

    def keep(self, planned: Planned) -> None:
        """Until it is taken, or for long enough to be read."""
        self._waiting[planned.plan.token] = planned
        while len(self._waiting) > MOST_PLANS:
            self._waiting.popitem(last=False)

    def get(self, token: str, now: datetime) -> Plan:
        """The plan of a token. Raises `CommandRefused`."""
        planned = self._waiting.get(token)
        if planned is None or now - planned.plan.made_at > GOOD_FOR:
            raise CommandRefused("there is no such plan, or it is too old", "make a new one and confirm that")
        return planned.plan

    def take(self, token: str, now: datetime) -> Planned:
        """The plan of a token with the VM as it was, once. Raises `CommandRefused`."""
        self.get(token, now)
        return self._waiting.pop(token)
