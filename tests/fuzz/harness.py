"""Looks into what was tampered with, and holds what must hold whatever it is."""

from __future__ import annotations

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec

from tests.fuzz.mutations import Original, Tampered
from tests.fuzz.seeds import Seed
from vmi_console.errors import SourceError
from vmi_console.introspection.parser.pool import ParserPool, Subject
from vmi_console.introspection.parser.protocol import Budget, Found

BUDGET = Budget(seconds=10.0, waiting_seconds=30.0, memory_bytes=512 << 20, read_bytes=256 << 20)
GRACE_SECONDS = 5.0
"""For a loaded machine: the budget is held by this process, which must get its turn."""

WATCHED = (
    "open",
    "socket.connect",
    "socket.bind",
    "socket.sendto",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.remove",
)
"""What Python tells before it is done (audit events); all but starting parsers is a failure."""


class Outcome(msgspec.Struct, frozen=True):
    """What a look into one tampered file came to."""

    seed: str
    number: int  # of the mutation: the same number makes the same one again
    failure: str
    seconds: float
    worn: bool


class Report(msgspec.Struct):
    """What all looks came to, and what must not be."""

    outcomes: list[Outcome] = []
    broken: list[str] = []

    def told(self) -> Iterator[str]:
        """Lines for a person."""
        kinds = Counter((outcome.seed, _kind(outcome)) for outcome in self.outcomes)
        for (seed, kind), count in sorted(kinds.items(), key=lambda each: (each[0][0], -each[1])):
            yield f"{count:6}  {seed:18} {kind}"
        slowest = max(self.outcomes, key=lambda outcome: outcome.seconds)
        yield f"slowest: {slowest.seconds:.2f} s ({slowest.seed} {slowest.number})"
        yield f"parsers replaced: {sum(outcome.worn for outcome in self.outcomes)}"
        yield from (f"BROKEN: {each}" for each in self.broken)


async def fuzz(
    seeds: Sequence[Seed], count: int, first: int = 0, tell: Callable[[int], None] = lambda done: None
) -> Report:
    """Looks into `count` tampered files, the seeds in turn."""
    report = Report()
    with ExitStack() as stack:
        originals = {seed.name: Original(seed.path) for seed in seeds}
        for original in originals.values():
            stack.callback(original.close)
        async with ParserPool(2) as pool:
            pool.warm_up()
            sound = {seed.name: await _looked(pool, seed, originals[seed.name]) for seed in seeds}
            opened = stack.enter_context(_watched(pool))
            for number in range(first, first + count):
                seed = seeds[number % len(seeds)]
                original = originals[seed.name]
                tampered = Tampered(original, random.Random(f"{seed.name} {number}"))
                began = time.monotonic()
                found = await _looked(pool, seed, tampered)
                outcome = Outcome(seed.name, number, _failure(found), time.monotonic() - began, found.worn)
                report.outcomes.append(outcome)
                report.broken += _broken(outcome)
                tell(number - first + 1)
                if number % 50 == 0 and _facts(await _looked(pool, seed, original)) != _facts(sound[seed.name]):
                    report.broken.append(f"after {number} the untampered {seed.name} is read otherwise than before")
            report.broken += [f"outside the parser: {each}" for each in opened]
    return report


async def _looked(pool: ParserPool, seed: Seed, content: Original | Tampered) -> Found:
    async def none(subject: Subject, name: str) -> Subject:
        raise SourceError(f"{name[:80]!r} is not to be had")

    return await pool.look([Subject(content, seed.content, seed.name)], budget=BUDGET, opener=none)


def _broken(outcome: Outcome) -> Iterator[str]:
    what = f"{outcome.seed} {outcome.number}"
    if outcome.seconds > BUDGET.seconds + BUDGET.waiting_seconds + GRACE_SECONDS:
        yield f"{what} took {outcome.seconds:.1f} s"
    if "signal 31" in outcome.failure:
        yield f"{what} made the parser try what its sandbox forbids: {outcome.failure}"
    if re.search(r"No module named|unknown encoding|Operation not permitted|Permission denied", outcome.failure):
        yield f"{what} made the parser look for something that was not loaded: {outcome.failure}"
    if "makes no sense" in outcome.failure or "there are none" in outcome.failure or "there is not" in outcome.failure:
        yield f"{what} made the parser say what makes no sense: {outcome.failure}"


def _failure(found: Found) -> str:
    return found.disk_failure or found.memory_failure


def _facts(found: Found) -> tuple[object, ...]:
    return (found.disk, found.memory, found.disk_failure, found.memory_failure, found.fingerprint)


def _kind(outcome: Outcome) -> str:
    """A failure without what differs from one to the next."""
    return re.sub(r"\d[\d,.]*|0x[0-9a-f]+|b?'[^']*'", "…", outcome.failure)[:100] or "read"


# --- what this process does meanwhile -------------------------------------------------------------------------------

_sinks: list[list[str]] = []


@contextmanager
def _watched(pool: ParserPool) -> Iterator[list[str]]:
    """What this process opens or starts meanwhile, but for parsers."""
    seen: list[str] = []
    if not _watching:
        sys.addaudithook(_heard)  # for good: there is no taking it back
        _watching.append(True)
    _sinks.append(seen)
    try:
        yield seen
    finally:
        _sinks.remove(seen)


_watching: list[bool] = []


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _sinks and event in WATCHED and not _is_harmless(event, arguments):
        _sinks[-1].append(f"{event} {arguments!r:.200}")


def _is_harmless(event: str, arguments: tuple[Any, ...]) -> bool:
    if event == "subprocess.Popen":
        return list(arguments[1])[-1:] == ["parser"]
    # Python's own: pipes to parsers are opened by descriptor, modules and their sources by path.
    return event == "open" and (isinstance(arguments[0], int) or str(arguments[0]).endswith((".py", ".pyc")))
