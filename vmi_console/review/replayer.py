"""The replayer's main program: `vmi-console replayer`, started by an engine for one replay.

Leading an estate through a month takes minutes of Python, in which an engine's own threads would hardly get a turn: so
it has a process of its own, which is ended when nobody wants its answer any more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from vmi_console import logs
from vmi_console.errors import ChannelClosed, InputError, VmiError
from vmi_console.history.reader import Reader
from vmi_console.plain_text import visible
from vmi_console.policy import checks
from vmi_console.policy.advisories.index import Advisories
from vmi_console.policy.decisions import AdvisoryFiles
from vmi_console.policy.documents import document
from vmi_console.policy.policies import Baseline, Group, Policy, PolicySet
from vmi_console.review import snapshots
from vmi_console.review.firings import Firings, Lack, summed
from vmi_console.review.replay import Progress, Replayed, replay, replay_history
from vmi_console.review.rewinding import Past, past_of
from vmi_console.wire import stdio
from vmi_console.wire.calls import Message
from vmi_console.wire.channel import Channel, Hello

PROGRESS_SECONDS = 0.1
READING_SHARE = 0.3
"""Of the progress: reading a snapshot and leading it back."""

assert checks.__all__  # importing them is what registers the kinds of checks


class Wanted(Message):
    """A draft, with the groups in force, is to be led through a history or a snapshot; None: all that there is."""

    path: str
    text: str
    file: str
    is_snapshot: bool = False
    groups: tuple[Group, ...] = ()
    advisories: AdvisoryFiles | None = None
    since: datetime | None = None
    until: datetime | None = None


class Share(Message):
    """How far it is, from 0 to 1."""

    done: float


class Answer(Message):
    """The end of it."""

    firings: Firings


class Failure(Message):
    """The end of it: why there is no answer."""

    error: str
    advice: str = ""


type FromReplayer = Share | Answer | Failure


def main() -> int:
    """Carries out one replay, and ends."""
    logs.to_standard_error("replayer")
    asyncio.run(_serve())
    return 0


async def _serve() -> None:
    reader, writer = stdio.take_over()
    channel: Channel[Wanted] = Channel(reader, writer, Wanted)
    try:
        await channel.greet(Hello(identity="replayer"))
        wanted = await channel.receive()
        loop = asyncio.get_running_loop()

        def tell(done: float) -> None:
            loop.call_soon_threadsafe(channel.post, Share(done=done))

        try:
            await channel.send(Answer(firings=await asyncio.to_thread(firings, wanted, _paced(tell))))
        except VmiError as error:
            await channel.send(Failure(error=error.message, advice=error.advice))
    except ChannelClosed:
        pass  # nobody wants it any more
    finally:
        channel.close()


def _paced(tell: Progress) -> Progress:
    """Tells no more often than somebody sees."""
    last = 0.0

    def told(done: float) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= PROGRESS_SECONDS:
            last = now
            tell(done)

    return told


def firings(wanted: Wanted, progress: Progress = lambda share: None) -> Firings:
    """What a draft would have meant. Blocks. Raises `InputError`, `StorageError`."""
    policy = draft(wanted.text, wanted.file)
    lacks: list[Lack] = []
    advisories = _advisories(policy, wanted.advisories, lacks)
    policies = PolicySet(policies=(policy,), groups=wanted.groups)
    if wanted.is_snapshot:
        replayed, unclear = replayed_snapshot(
            Path(wanted.path), policies, wanted.since, wanted.until, advisories=advisories, progress=progress
        )
        lacks.append(Lack.FIRST_LOOKS)
        return summed(replayed, lacks=lacks, unclear=unclear)
    replayed = replayed_history(
        Path(wanted.path), policies, wanted.since, wanted.until, advisories=advisories, progress=progress
    )
    return summed(replayed, lacks=lacks)


def draft(text: str, file: str) -> Policy:
    """The policy that a text is, as if it were enabled. Raises `InputError` for anything else."""
    one = document(text, file)
    match one.said:
        case Policy() as policy:
            return replace(policy, enabled=True)
        case Group():
            raise InputError("a group demands nothing", "replay a policy whose members it names")
        case Baseline():
            raise InputError(
                "a baseline holds VMs against a state that was taken at one time, and has no past",
                "compare two moments instead",
            )
        case None:
            problem = visible(str(one.problems[0]), 300) if one.problems else "it says nothing"
            raise InputError(f"the draft is no sound policy: {problem}", "correct its problems first")


def _nothing_recorded() -> InputError:
    return InputError("nothing was recorded in that time", "choose another time")


def _advisories(policy: Policy, files: AdvisoryFiles | None, lacks: list[Lack]) -> Advisories | None:
    if all("advisories" not in rule.check.reads for rule in policy.rules):
        return None
    if files is None:
        lacks.append(Lack.ADVISORIES)
        return None
    lacks.append(Lack.ADVISORIES_OF_THEN)
    return Advisories.load(Path(files.path), Path(files.kev) if files.kev else None)


def replayed_history(
    path: Path,
    policies: PolicySet,
    since: datetime | None,
    until: datetime | None,
    *,
    advisories: Advisories | None = None,
    progress: Progress = lambda share: None,
) -> Replayed:
    """Leads policies through as much of a span as a history file has. Blocks. Raises `InputError`, `StorageError`."""
    with closing(Reader.open(path)) as reader:
        span = reader.span()
        end = until or (None if span is None else span.last)
        if span is None or end is None or end <= span.first or (since is not None and since >= end):
            raise _nothing_recorded()
        begin = span.first if since is None else max(since, span.first)
        return replay_history(reader, policies, begin, end, advisories=advisories, progress=progress)


def replayed_snapshot(
    path: Path,
    policies: PolicySet,
    since: datetime | None,
    until: datetime | None,
    *,
    advisories: Advisories | None = None,
    progress: Progress = lambda share: None,
    given_up: Callable[[], bool] = lambda: False,
) -> tuple[Replayed, int]:
    """The same of a snapshot's span of changes, and of how many entities a part of it cannot be told.

    Blocks. Raises `InputError`.
    """
    moment = snapshots.read(path, progress=lambda done: progress(READING_SHARE * done), given_up=given_up)
    if moment.changes_since is None:
        raise InputError(
            f"{visible(path.name, 200)} has no changes: it is of one moment alone",
            "have one made with the changes of a span",
        )
    past: Past = past_of(moment, given_up)
    end = moment.at if until is None else min(until, moment.at)
    begin = past.since if since is None else max(since, past.since)
    if begin >= end:
        raise _nothing_recorded()
    past = past.begun_at(begin)
    led = replay(
        past.records,
        past.steps,
        policies,
        begin,
        end,
        advisories=advisories,
        progress=lambda done: progress(READING_SHARE + (1 - READING_SHARE) * done),
        given_up=given_up,
    )
    return led, len(past.unclear)
