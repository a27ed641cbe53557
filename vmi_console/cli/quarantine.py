"""`vmi-console quarantine`, `release` and `audit`: what the window does, for terminals and scripts.

Unlike other commands they work with the workspace's own engine, since a quarantine must be known to the next one.
"""

from __future__ import annotations

import sys
from datetime import datetime

import msgspec

from vmi_console.cli.exits import DONE, FAILED, complain
from vmi_console.cli.person import Person
from vmi_console.cli.terminal import harmless_json, table, takes_colours
from vmi_console.cli.vms import address_of, engine_of, reached
from vmi_console.collectors.quarantine import Channel, Mode
from vmi_console.engine.client import Client
from vmi_console.engine.engines import Engines
from vmi_console.errors import CommandRefused, InputError
from vmi_console.plain_text import visible
from vmi_console.response.audit import Verified
from vmi_console.response.plan import Plan
from vmi_console.response.quarantine import Quarantine, Stage
from vmi_console.response.ward import Choice

LONGEST_LINE = 1_000
GOOD = (Stage.ISOLATED, Stage.OBSERVED, Stage.RELEASED, Stage.KEPT)


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    vm: str
    mode: Mode = Mode.ISOLATE
    network: str | None = None
    reason: str = ""
    dry_run: bool = False
    yes: bool = False
    reassert: bool = False


async def quarantine(engines: Engines, person: Person, wish: Wish, timeout_seconds: float, form: str) -> int:
    """Plans, asks unless told that it may, and isolates; gives the exit code. Raises `VmiError`."""
    async with engine_of(engines) as (client, follower):
        vm = await reached(client, follower, person, wish.vm, timeout_seconds)
        arguments = {"vm": vm.id, "mode": wish.mode.value, "network": wish.network}
        plan = msgspec.convert(await client.call("quarantine_plan", **arguments), Plan)
        if form == "table" or wish.dry_run:
            _print(plan, form, _plan_lines(plan))
        if plan.problems:
            raise CommandRefused(
                f"{plan.vm_name} cannot be put into quarantine: {'; '.join(plan.problems)}", "nothing was changed"
            )
        if wish.dry_run:
            return DONE
        if not wish.yes:
            await _confirmed(person)
        answer = await client.call("quarantine", token=plan.token, reason=wish.reason, reassert=wish.reassert)
        return _told(msgspec.convert(answer, Quarantine), form)


async def release(
    engines: Engines, person: Person, vm: str, reason: str, choice: Choice, timeout_seconds: float, form: str
) -> int:
    """Gives a VM back; gives the exit code. Raises `VmiError`."""
    async with engine_of(engines) as (client, follower):
        if choice is Choice.KEEP and (known := await _known(client, vm)) is not None:
            identity = known.vm  # it may be gone, and its connection too
        else:
            identity = (await reached(client, follower, person, vm, timeout_seconds)).id
        answer = await client.call("release", vm=identity, reason=reason, choice=choice.value)
        return _told(msgspec.convert(answer, Quarantine), form)


async def listing(engines: Engines, past: bool, form: str) -> int:
    """Prints who is in quarantine; gives the exit code. Raises `VmiError`."""
    async with engine_of(engines) as (client, _):
        found = msgspec.convert(await client.call("quarantines", past=past), list[Quarantine])
    header = ("VM", "STAGE", "SINCE", "MODE", "BY", "WHY", "BECAUSE")
    rows = [
        (each.vm_name, each.stage, _time(each.since), each.mode, each.by, each.reason, each.because) for each in found
    ]
    text = table(header, rows, colour=takes_colours(sys.stdout)) if rows else "nobody is in quarantine"
    _print(found, form, [text])
    return DONE


async def audit_verify(engines: Engines, head: str, form: str) -> int:
    """Prints what the audit proves; gives the exit code. Raises `VmiError`."""
    async with engine_of(engines) as (client, _):
        found = msgspec.convert(await client.call("audit_verify", head=head), Verified)
    since = f" from {_time(found.first_at)} to {_time(found.last_at)}" if found.first_at and found.last_at else ""
    lines = [f"{found.entries} entries{since}", f"head: {found.head or 'none'}"]
    for heading, said in (("broken", found.broken), ("proven", found.proven), ("not proven", found.not_proven)):
        lines += [f"{heading}: {visible(each, LONGEST_LINE)}" for each in said]
    _print(found, form, lines)
    return FAILED if found.broken else DONE


# --- how ------------------------------------------------------------------------------------------------------------


async def _known(client: Client, text: str) -> Quarantine | None:
    """The quarantine of a VM that may not be there any more, by its id or name."""
    _, wanted = address_of(text)
    found = msgspec.convert(await client.call("quarantines"), list[Quarantine])
    meant = [each for each in found if wanted in (each.vm, each.vm_name)]
    return meant[0] if len(meant) == 1 else None


async def _confirmed(person: Person) -> None:
    """Raises `InputError` unless a person says yes."""
    if not sys.stdin.isatty():
        raise InputError("nobody has confirmed it", "look at the plan (--dry-run), then say --yes")
    if await person.answer("Do that? Type yes or no: ") != "yes":
        raise InputError("it was not confirmed", "nothing was changed")


def _told(outcome: Quarantine, form: str) -> int:
    _print(outcome, form, _outcome_lines(outcome))
    if outcome.stage in GOOD:
        return DONE
    complain(f"{outcome.vm_name} is {outcome.stage}: {outcome.because}", outcome.advice)
    return FAILED


def _plan_lines(plan: Plan) -> list[str]:
    lines = [f"{plan.vm_name} would be {plan.outlook} ({plan.mode})"]
    lines += [f"  change  {visible(step, LONGEST_LINE)}" for step in plan.steps]
    lines += [f"  {_channel(channel)}" for channel in plan.channels]
    lines += [f"  warning  {visible(warning, LONGEST_LINE)}" for warning in plan.warnings]
    return lines


def _outcome_lines(outcome: Quarantine) -> list[str]:
    lines = [f"{visible(outcome.vm_name)} is {outcome.stage}"]
    lines += [f"  {_channel(channel)}" for channel in outcome.channels if outcome.stage is not Stage.RELEASED]
    lines += [f"  note  {visible(note, LONGEST_LINE)}" for note in outcome.notes]
    return lines


def _channel(channel: Channel) -> str:
    because = f": {channel.because}" if channel.because else ""
    return visible(f"{channel.hold}  {channel.title}{because}", LONGEST_LINE)


def _time(time: datetime) -> str:
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _print(value: object, form: str, lines: list[str]) -> None:
    if form == "json":
        print(harmless_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()))
    else:
        print("\n".join(lines))
