"""`vmi-console inspect`: what is inside one guest, from its files or through the engine."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from vmi_console.addresses import masked
from vmi_console.cli.images import opened
from vmi_console.cli.inspection import InspectionDocument, inspection
from vmi_console.cli.person import Person
from vmi_console.cli.terminal import paint, table
from vmi_console.cli.vms import engine_of, reached
from vmi_console.engine.client import Client
from vmi_console.engine.engines import Engines
from vmi_console.errors import InputError, IntrospectionError, Unreachable
from vmi_console.estate.facts import FACT_SETS, Guest, Look, Looked
from vmi_console.estate.identity import EntityId, entity_id
from vmi_console.estate.records import Grants, Source
from vmi_console.introspection.blocks.ledger import Account
from vmi_console.introspection.looking import Headway, Step
from vmi_console.introspection.merging import Said, merged
from vmi_console.introspection.parser.pool import ParserPool
from vmi_console.introspection.parser.protocol import Budget, Content
from vmi_console.plain_text import visible
from vmi_console.wire.tasks import Tasks

ASK_AGAIN_SECONDS = 0.25
PROGRESS_SECONDS = 0.25


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    subjects: tuple[str, ...]
    beside: tuple[Path, ...] = ()
    memory: bool = False
    raw: bool = False
    devices: bool = False
    backups: bool = False
    timeout_seconds: float = 120.0


def is_vm(subject: str) -> bool:
    """Whether a VM is meant, and no file; a file of such a name is `./#web`.

    >>> [is_vm(text) for text in ("qemu:///system#web", "disk#1.img", "#web-01")]
    [True, False, True]
    """
    return "://" in subject or subject.startswith("#")


# --- files ----------------------------------------------------------------------------------------------------------


async def inspect_files(wish: Wish) -> InspectionDocument:
    """Looks into the disks and the memory of one machine. Raises `VmiError`."""
    content = Content.MEMORY if wish.memory else Content.DISK if wish.raw else None
    paths = [Path(subject) for subject in wish.subjects]
    budget = Budget(seconds=wish.timeout_seconds, waiting_seconds=wish.timeout_seconds)
    async with (
        opened(paths, wish.beside, content, devices=wish.devices) as files,
        _shown(files.progress),
        ParserPool(1) as pool,
    ):
        found = await pool.look(files.subjects, budget=budget, opener=files.other)
    now = datetime.now(UTC)
    disk = Said(Source.DISK, found.disk, found.disk_failure, now)
    memory = Said(Source.MEMORY, found.memory, found.memory_failure, now)
    said = {each.source: each for each in (disk, memory)}
    if all(said[source].findings is None for source in files.accounts):
        raise IntrospectionError(
            "; ".join(f"unreadable: {said[source].failure}" for source in files.accounts),
            "is it a disk or a memory dump? --raw and --memory say which, where that is not recognized",
        )
    looks = tuple(_look(account, said[source], now) for source, account in files.accounts.items())
    guest = merged(entity_id("vm", "files", paths[0].name), paths[0].name, disk, memory, looks)
    return inspection(guest, None, now)


def _look(account: Account, said: Said, now: datetime) -> Look:
    return account.look(Looked.UNREADABLE if said.findings is None else Looked.READ, now, said.failure)


# --- through the engine ---------------------------------------------------------------------------------------------


async def inspect_vm(engines: Engines, person: Person, wish: Wish) -> InspectionDocument:
    """Has an engine look into a VM, and waits for what it finds. Raises `VmiError`.

    A connection that is made for this is allowed to read guests, since that is what was asked for, and to make backup
    jobs only where that was said; one that the engine knows keeps the grants that it has.
    """
    if len(wish.subjects) != 1:
        raise InputError("one VM at a time is looked into", "name one VM, or only files")
    text = wish.subjects[0]
    if "#" not in text:
        raise InputError(f"{masked(text)} is a whole estate", "say which VM of it: URI#NAME")
    grants = Grants(read_guests=True, temporary_snapshots=wish.backups)
    async with engine_of(engines) as (client, follower):
        vm = await reached(client, follower, person, text.removeprefix("#"), wish.timeout_seconds, grants)
        before = await _guest(client, vm.id)
        try:
            look = _Look(vm.name)
            async with asyncio.timeout(wish.timeout_seconds), _shown(look.progress):
                await client.follow(look.heard, "inspect", vm=vm.id)
                guest = await _newer(client, vm.id, before)
        except TimeoutError as error:
            raise Unreachable(
                f"{vm.name} was not looked into within {wish.timeout_seconds:g} s", "give it more time with --timeout"
            ) from error
    return inspection(_whole(guest), vm.id, datetime.now(UTC))


def is_in_vain(document: InspectionDocument) -> bool:
    """Whether nothing at all could be read; the document says why."""
    return bool(document.sources) and all(each.status == Looked.UNREADABLE for each in document.sources)


class _Look:
    """How far an engine's look into a VM is, in words."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._headway = Headway()

    def heard(self, value: Any) -> None:
        """What the engine tells of it."""
        with contextlib.suppress(msgspec.ValidationError):  # of a newer engine: what it has told before stays
            self._headway = msgspec.convert(value, Headway)

    def progress(self) -> str:
        headway = self._headway
        if headway.step is Step.WAITING:
            return f"{self._name}: waiting for its turn"
        what = "memory" if headway.step is Step.MEMORY else "disks"
        return f"{self._name}: reading its {what}, {headway.read_bytes / 1e6:,.1f} MB so far"


async def _newer(client: Client, vm: EntityId, before: Guest | None) -> Guest:
    """What was found after the look that was known before."""
    while True:
        guest = await _guest(client, vm)
        if guest is not None and (before is None or _times(guest) != _times(before)):
            return guest
        await asyncio.sleep(ASK_AGAIN_SECONDS)


async def _guest(client: Client, vm: EntityId) -> Guest | None:
    answer = await client.call("guest", vm=vm)
    return None if answer is None else msgspec.convert(answer, Guest)


def _times(guest: Guest) -> tuple[datetime | None, ...]:
    """When each set, and each source, was looked at."""
    return (*(getattr(guest, field).read_at for field in FACT_SETS), *(look.at for look in guest.looks))


def _whole(guest: Guest) -> Guest:
    """The guest without the images that its software was based on: the engine has put them together."""
    return msgspec.structs.replace(
        guest,
        applications=msgspec.structs.replace(guest.applications, base=None),
        services=msgspec.structs.replace(guest.services, base=None),
    )


# --- how far it is --------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _shown(told: Callable[[], str]) -> AsyncIterator[None]:
    """Meanwhile a person at a terminal sees how far it is."""
    if not sys.stderr.isatty():
        yield
        return
    async with Tasks() as tasks:
        tasks.start(_show(told), "progress")
        try:
            yield
        finally:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


async def _show(told: Callable[[], str]) -> None:
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        print(f"\r\x1b[K{visible(told(), 78)}", end="", file=sys.stderr, flush=True)


# --- for a person ---------------------------------------------------------------------------------------------------

type _Sheet = tuple[str, tuple[str, ...], Sequence[tuple[str, ...]] | None]


def as_tables(document: InspectionDocument, *, colour: bool = False) -> str:
    """Each list under a heading; where one was not read, why."""
    parts = [paint(_headline(document), "bold", colour)]
    for name, header, rows in _sheets(document):
        facts = document.sets.get(name)
        if rows is None:
            if facts is not None and facts.status == Looked.UNREADABLE:
                parts.append(f"{paint(name.capitalize(), 'bold', colour)}: unreadable: {visible(facts.because, 300)}")
            continue
        doubt = f"\n  doubtful: {visible(facts.doubt, 300)}" if facts is not None and facts.doubt else ""
        heading = f"{paint(f'{name.capitalize()} ({len(rows)})', 'bold', colour)}{doubt}"
        parts.append(f"{heading}\n{table(header, rows, colour=colour)}" if rows else heading)
    return "\n\n".join(parts)


def _headline(document: InspectionDocument) -> str:
    system = document.os
    if system is None:
        return visible(document.name)
    words = (system.name, system.version or "", f"kernel {system.kernel}" if system.kernel else "")
    where = f" on {document.hostname}" if document.hostname else ""
    return visible(f"{document.name}: {' '.join(word for word in words if word)}{where}", 300)


def _sheets(document: InspectionDocument) -> list[_Sheet]:
    return [
        ("patches", ("NAME", "INSTALLED"), _rows(document.patches, lambda each: (each.name, _time(each.installed_at)))),
        ("packages", ("NAME", "VERSION", "ARCH", "SOURCE", "MANAGER"), _rows(
            document.packages, lambda each: (each.name, each.version or "?", each.arch or "", each.source, each.manager)
        )),
        ("services", ("NAME", "ENABLED", "RUNNING", "STATE"), _rows(
            document.services, lambda each: (each.name, _yes(each.enabled), _yes(each.running), each.state or "?")
        )),
        ("processes", ("PID", "PARENT", "NAME", "USER", "SERVICE", "COMMAND"), _rows(
            document.processes,
            lambda each: (
                str(each.pid), "?" if each.parent is None else str(each.parent), each.name, each.user or "?",
                each.service or "", each.command,
            ),
        )),
        ("sockets", ("PROTOCOL", "ADDRESS", "PORT", "PROCESS", "NETWORK"), _rows(
            document.sockets,
            lambda each: (each.protocol, each.address, str(each.port), each.process or "", each.network or ""),
        )),
        ("users", ("NAME", "UID", "ADMINISTRATOR", "LOCKED", "PASSWORD", "SHELL", "KEYS"), _rows(
            document.users,
            lambda each: (
                each.name, "?" if each.uid is None else str(each.uid), _yes(each.administrator), _yes(each.locked),
                each.password or "?", each.shell or "?", "?" if each.keys is None else ", ".join(each.keys),
            ),
        )),
        ("addresses", ("INTERFACE", "ADDRESS", "MAC"), _rows(
            document.addresses, lambda each: (each.interface, each.address, each.mac or "")
        )),
        ("settings", ("NAME", "VALUE"), _rows(document.settings, lambda each: (each.name, each.value))),
        ("autostart", ("NAME", "SCHEDULE", "USER", "COMMAND"), _rows(
            document.autostart, lambda each: (each.name, each.schedule, each.user or "", each.command)
        )),
        ("modules", ("NAME", "SIZE", "TAINTS"), _rows(
            document.modules,
            lambda each: (each.name, "?" if each.size_bytes is None else f"{each.size_bytes:,}", each.taints),
        )),
        ("signs", ("NAME", "DETAIL"), _rows(document.signs, lambda each: (each.name, each.detail))),
        ("contradictions", ("MATTER", "ONE", "OTHER"), _rows(
            document.contradictions or None, lambda each: (each.matter, each.one, each.other)
        )),
        ("sources", ("KIND", "WAY", "STATUS", "READ", "CALLS", "SECONDS", "BECAUSE"), _rows(
            document.sources,
            lambda each: (
                each.kind, each.way, each.status, f"{each.read_bytes:,}", str(each.calls), f"{each.seconds:.3f}",
                each.because,
            ),
        )),
    ]  # fmt: skip


def _rows[T](items: Sequence[T] | None, row: Callable[[T], tuple[str, ...]]) -> list[tuple[str, ...]] | None:
    return None if items is None else [row(each) for each in items]


def _yes(value: bool | None) -> str:
    return "?" if value is None else "yes" if value else "no"


def _time(time: datetime | None) -> str:
    return "" if time is None else time.astimezone().strftime("%Y-%m-%d")
