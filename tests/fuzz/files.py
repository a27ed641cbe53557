"""What reading one tampered file in this process came to, and the program that tampers with many of them."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable

import msgspec


class Outcome(msgspec.Struct, frozen=True):
    """What reading one of them came to; `broken` is empty if that is as it must be."""

    number: int  # the same number makes the same one again
    said: str
    seconds: float
    broken: str = ""


def run(program: str, about: str | None, fuzz: Callable[[int, int], list[Outcome]]) -> int:
    """Tampers with as many as the command line says, and prints what came of it. Gives 0 where nothing broke."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=about)
    parser.add_argument("--count", type=int, default=2000, metavar="N", help="how many (default: 2000)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the number of the first, to repeat some")
    options = parser.parse_args()
    outcomes = fuzz(options.count, options.first)
    for said, count in Counter(outcome.said.partition("(")[0][:80] for outcome in outcomes).most_common(25):
        print(f"{count:6}  {said}")
    slowest = max(outcomes, key=lambda outcome: outcome.seconds)
    print(f"slowest: {slowest.seconds:.2f} s ({slowest.number})")
    broken = [outcome for outcome in outcomes if outcome.broken]
    for outcome in broken:
        print(f"BROKEN: {outcome.number}: {outcome.broken}")
    return 1 if broken else 0
