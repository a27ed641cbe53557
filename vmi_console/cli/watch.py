"""`vmi-console watch`: changes and the health of connections as they happen, without a window."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from vmi_console.addresses import masked
from vmi_console.cli import lines
from vmi_console.cli.exits import complain, writing
from vmi_console.cli.follower import Follower, linked
from vmi_console.cli.output import Output
from vmi_console.cli.person import Person
from vmi_console.cli.terminal import harmless_json, padded, paint, takes_colours
from vmi_console.collectors.provider import provider_of
from vmi_console.engine import protocol
from vmi_console.engine.client import Client, Link
from vmi_console.engine.engines import Engines
from vmi_console.errors import CredentialsNeeded, InputError, TrustNeeded, Unreachable, VmiError
from vmi_console.estate.changes import Seen
from vmi_console.estate.identity import EntityId, kind_of
from vmi_console.estate.records import Connection, Health, State
from vmi_console.plain_text import visible
from vmi_console.reports.values import in_words
from vmi_console.wire.tasks import Tasks

PARTS = {"nics": "NIC", "patches": "patch", "os": "system"}
"""What one of these is called, where that is not the field's name without its s."""

_part = re.compile(r"(?:.*\.)?(\w+)\[(.*)\]", re.DOTALL)

LONGEST_VALUE = 100

LIVING = (State.LIVE, State.DEGRADED)
WAITING = (State.CREDENTIALS, State.TRUST)


class Watcher(Follower):
    """Turns what it hears into lines, and what a person must help with into calls of `wanted`."""

    def __init__(self, show: Callable[[lines.Line], None], wanted: Callable[[Connection], None]) -> None:
        super().__init__()
        self._show = show
        self._wanted = wanted
        self.lived = False  # some connection was live

    def link_changed(self, link: Link) -> None:
        before = self.link  # where the first one fails, the command ends and says why
        if not link.up and before is not None and (before.up or before.reason != link.reason):
            complain(link.reason, link.advice)
        super().link_changed(link)

    def noticed(self, notice: protocol.Notice) -> None:
        super().noticed(notice)
        self._show(lines.notice_line(notice))

    def updated(self, update: protocol.Update) -> None:
        before = self.connections.copy()
        super().updated(update)
        for connection in self.connections.values():
            known = before.pop(connection.id, None)
            if known is None or known.health != connection.health:
                self._show(lines.health_line(connection))
                self.lived |= connection.health.state in LIVING
                if connection.health.state in WAITING:
                    self._wanted(connection)
        for gone in before.values():
            self._show(lines.health_line(gone, "removed"))
        for change in update.changes:
            if change.seen is not Seen.DISCOVERY and kind_of(change.entity) != "connection":  # health tells those
                self._show(lines.change_line(change, self.connection_name(change.entity)))
        for amendment in update.amendments:
            self._show(lines.amendment_line(amendment))

    def found(self, findings: protocol.Findings) -> None:
        before = {finding.id: self.findings.get(finding.id) for finding in findings.findings}
        super().found(findings)
        for finding in findings.findings:
            known = before[finding.id]
            was_open = known is not None and known.is_open
            if finding.is_open != was_open or (known is not None and finding.actor != known.actor):
                self._show(lines.finding_line(finding))

    def stood(self, posture: protocol.Posture) -> None:
        told = self.posture.problems if self.posture is not None else ()
        super().stood(posture)
        for problem in posture.problems:
            if problem not in told:
                complain(str(problem))


async def watch(
    engines: Engines, uris: Sequence[str], seconds: float | None, person: Person, form: str, *, findings: bool = False
) -> None:
    """Watches these addresses (or, without any, what the engine is connected to already) for so many seconds; with
    `findings` also what policies find.

    Raises `VmiError` if no connection was ever live, or if the output cannot be written.
    """
    for uri in uris:
        provider_of(uri)
    output = Output()
    helping = Tasks()
    put = _as_json if form == "json" else Table(takes_colours(sys.stdout), lambda entity: watcher.name(entity)).row
    watcher = Watcher(
        show=lambda line: output.line(put(line)),
        # What an engine was connected to before is for those to help who connected it.
        wanted=lambda connection: _start_help(helping, person, client, connection) if connection.uri in uris else None,
    )
    client: Client
    subscription = protocol.Subscribe(recent_changes=0, findings=findings)
    try:
        async with linked(engines, watcher, subscription) as client, helping:
            helping.start(_keep_connected(client, watcher, uris), "connecting")
            if not uris:
                helping.start(_tell_if_nothing_is_connected(watcher), "whether anything is connected")
            await _first(
                output.failed.wait(), asyncio.sleep(seconds) if seconds is not None else asyncio.Event().wait()
            )
    finally:
        output.close()
    with writing():
        if output.failure is not None:
            raise output.failure
    if not watcher.lived:
        raise _why_nothing_lived(tuple(watcher.connections.values()))


async def _keep_connected(client: Client, watcher: Watcher, uris: Sequence[str]) -> None:
    """Adds the addresses to every engine that is found: another one does not know them."""
    while True:
        link = await watcher.until(lambda: watcher.link if watcher.link is not None and watcher.link.up else None)
        for uri in uris:
            try:
                await client.call("add_connection", uri=uri, saved=False)
            except VmiError as error:
                if uri not in {connection.uri for connection in watcher.connections.values()}:
                    complain(error.message, error.advice)  # else it is the same engine, silent for a while
        await watcher.until(lambda link=link: watcher.link is not link or None)  # type: ignore[misc]


async def _tell_if_nothing_is_connected(watcher: Watcher) -> None:
    """Or a person would wait for changes that never come."""
    await watcher.until(lambda: watcher.replays or None)
    if not watcher.connections:
        complain(
            "nothing is connected yet", "what gets connected in the window is watched; or give an address, or --demo"
        )


def _start_help(tasks: Tasks, person: Person, client: Client, connection: Connection) -> None:
    async def help() -> None:
        try:
            await person.help(client, connection)
        except VmiError as error:
            complain(error.message, error.advice)

    tasks.start(help(), f"asking for {connection.name}")


async def _first(*waits: Any) -> None:
    """Waits until one of them is over, and ends the others."""
    async with Tasks() as tasks:
        await asyncio.wait([tasks.start(wait, "waiting") for wait in waits], return_when=asyncio.FIRST_COMPLETED)


def _why_nothing_lived(connections: Sequence[Connection]) -> VmiError:
    if not connections:
        return InputError("nothing is connected", "give an address, or --demo, or connect to something in the window")
    worst = max(connections, key=lambda connection: connection.health.state in WAITING)
    health: Health = worst.health
    message = f"{masked(worst.uri)} was never live: {health.reason or health.state.value}"
    match health.state:
        case State.CREDENTIALS:
            return CredentialsNeeded(message, health.advice)
        case State.TRUST:
            return TrustNeeded(
                message, health.certificate.fingerprint if health.certificate else "", advice=health.advice
            )
        case _:
            return Unreachable(message, health.advice)


def _as_json(line: lines.Line) -> str:
    return harmless_json(msgspec.json.encode(line).decode())


def _what_came_or_went(line: lines.ChangeLine) -> str:
    """What a line tells to be added or removed: the entity as a whole, or a part of it by the name it goes by."""
    if (part := _part.fullmatch(line.path)) is None:
        return line.path or line.kind
    group, name = part.groups()
    value = line.after if line.action == "added" else line.before
    if isinstance(value, dict):
        name = value.get("label") or value.get("name") or name
    what = PARTS.get(group) or group.removesuffix("s").replace("_", " ")
    return f"{what} “{name}”" if " " in name else f"{what} {name}"


class Table:
    """Lines as rows of fixed widths: when, where, what, and the change."""

    def __init__(self, colour: bool, name_of: Callable[[EntityId], str | None]) -> None:
        self._colour = colour
        self._name_of = name_of

    def row(self, line: lines.Line) -> str:
        match line:
            case lines.ChangeLine():
                return self._change(line)
            case lines.AmendmentLine():
                return self._cells(line.occurred_at, "", "", f"change {line.number} was made by {line.actor}")
            case lines.HealthLine():
                told = ": ".join(part for part in (line.state, line.reason, line.advice) if part)
                colour = "green" if line.state in LIVING else "yellow"
                return self._cells(line.at, line.connection, "connection", told, colour)
            case lines.FindingLine():
                return self._finding(line)
            case lines.NoticeLine():
                return self._cells(line.at, "", "notice", f"{line.text} {line.advice}", "yellow")

    def _finding(self, line: lines.FindingLine) -> str:
        closed = line.resolved_at is not None
        told = f"{line.stage}: {line.title}: {line.evidence} ({line.policy}, {line.severity})"
        if line.actor:
            told += f", by {line.actor}"
        at = line.resolved_at if closed else line.opened_at
        return self._cells(at, "finding", line.vm_name, told, "green" if closed else "red")

    def _change(self, line: lines.ChangeLine) -> str:
        match line.action:
            case "added" | "removed":
                told = f"{_what_came_or_went(line)} {line.action}"
            case _:
                told = f"{line.path}: {self._value(line.before)} → {self._value(line.after)}"
        if line.actor:
            told += f", by {line.actor}"
        return self._cells(line.at, line.connection or "", line.name, told)

    def _cells(self, at: datetime | None, connection: str, name: str, told: str, colour: str = "") -> str:
        when = at.astimezone().strftime("%H:%M:%S") if at is not None else ""
        text = visible(told, 400)
        return "  ".join(
            (
                paint(f"{when:8}", "grey", self._colour),
                padded(connection, 16),
                padded(name, 24),
                paint(text, colour, self._colour) if colour else text,
            )
        ).rstrip()

    def _value(self, value: Any) -> str:
        """A value before or after, short enough for a line; what refers to an entity is told as its name."""
        text = in_words(value, self._name_of, _local)
        return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _local(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
