"""The reporter's main program: `vmi-console reporter`, started by an engine for one report.

A workbook of a large estate takes half a minute of Python, in which an engine that wrote it on a thread would answer
late. The engine sends the moment in parts, as it sends an estate to its clients; should it be gone, or nobody want the
report any more, nothing is left of it.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from vmi_console import logs
from vmi_console.errors import ChannelClosed, VmiError
from vmi_console.estate.catalog import AnyRecord
from vmi_console.estate.changes import MAX_BATCH, Change
from vmi_console.policy.decisions import KeptRecord
from vmi_console.policy.findings import Finding
from vmi_console.reports.progress import GivenUp, Progress
from vmi_console.reports.report import Kind, write_report
from vmi_console.reports.subject import Scope
from vmi_console.response.quarantine import Quarantine
from vmi_console.review.moment import Moment, PolicyFile
from vmi_console.wire import stdio
from vmi_console.wire.calls import Message
from vmi_console.wire.channel import Channel, Hello
from vmi_console.wire.tasks import Tasks


class Part(Message):
    """Some of what a moment holds."""

    records: tuple[AnyRecord, ...] = ()
    findings: tuple[Finding, ...] = ()
    decisions: tuple[KeptRecord, ...] = ()
    policies: tuple[PolicyFile, ...] = ()
    quarantines: tuple[Quarantine, ...] = ()
    changes: tuple[Change, ...] = ()


PARTS = Part.__struct_fields__


class Wanted(Message):
    """All parts are there: of them, and of what else the moment says, a report is to be written."""

    kind: Kind
    path: str
    scope: Scope
    table: str
    moment: Moment  # without the parts


class Share(Message):
    """How far it is, from 0 to 1."""

    done: float


class Written(Message):
    """The end of it: it is there, and about so many VMs."""

    vms: int


class Failure(Message):
    """The end of it: why there is none."""

    error: str
    advice: str = ""


type ToReporter = Part | Wanted
type FromReporter = Share | Written | Failure


def parts_of(moment: Moment) -> tuple[Iterator[Part], Moment]:
    """A moment in parts of which none holds a loop for long, and what is left of it without them."""
    parts = (Part(**{name: some}) for name in PARTS for some in itertools.batched(getattr(moment, name), MAX_BATCH))
    return parts, replace(moment, **dict.fromkeys(PARTS, ()))


def main() -> int:
    """Writes one report, and ends."""
    logs.to_standard_error("reporter")
    asyncio.run(_serve())
    return 0


async def _serve() -> None:
    reader, writer = stdio.take_over()
    channel: Channel[ToReporter] = Channel(reader, writer, ToReporter)
    try:
        await channel.greet(Hello(identity="reporter"))
        wanted = await _received(channel)
        async with Tasks() as tasks:
            given_up = threading.Event()
            tasks.start(_watch(channel, given_up), "watching who wants the report")
            await channel.send(await _written(channel, wanted, given_up))
    except (ChannelClosed, GivenUp):
        pass  # nobody wants it any more
    finally:
        channel.close()


async def _received(channel: Channel[ToReporter]) -> Wanted:
    """What is wanted, with the whole moment."""
    gc.disable()  # of what is read nothing is garbage
    held: dict[str, list[Any]] = {name: [] for name in PARTS}
    while True:
        match await channel.receive():
            case Part() as part:
                for name, some in held.items():
                    some += getattr(part, name)
            case Wanted() as wanted:
                gc.freeze()
                gc.enable()
                moment = replace(wanted.moment, **{name: tuple(some) for name, some in held.items()})
                return replace(wanted, moment=moment)


async def _watch(channel: Channel[ToReporter], given_up: threading.Event) -> None:
    try:
        await channel.receive()  # nothing more is said
    except ChannelClosed:
        given_up.set()


async def _written(channel: Channel[ToReporter], wanted: Wanted, given_up: threading.Event) -> Written | Failure:
    """Raises `GivenUp`."""
    loop = asyncio.get_running_loop()

    def told(share: float) -> None:
        loop.call_soon_threadsafe(channel.post, Share(done=share))

    def write() -> int:
        progress = Progress(told, given_up.is_set)
        return write_report(
            wanted.kind, wanted.moment, Path(wanted.path), scope=wanted.scope, table=wanted.table, progress=progress
        )

    try:
        return Written(vms=await asyncio.to_thread(write))
    except VmiError as error:
        return Failure(error=error.message, advice=error.advice)
