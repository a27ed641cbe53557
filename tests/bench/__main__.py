"""`python -m tests.bench`: runs the benchmarks and prints their figures beside the goals.

Exit code 0 when all ran, 1 when one could not; a missed goal is a figure, not a failure.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from tests.bench import machine
from tests.bench.figures import Figure

HERE = Path(__file__).parent
PREFIX = "bench_"
LONGEST_S = 900.0  # one benchmark


class Outcome(msgspec.Struct, frozen=True):
    """What became of one benchmark; `failure` is empty if it ran to its end."""

    name: str
    seconds: float
    figures: list[Figure]
    failure: str = ""


class Report(msgspec.Struct, frozen=True):
    """What `--json` writes."""

    machine: dict[str, str]
    outcomes: list[Outcome]


def available() -> list[str]:
    """The names of the benchmarks that are there, sorted."""
    return sorted(path.stem.removeprefix(PREFIX) for path in HERE.glob(f"{PREFIX}*.py"))


def measure(name: str) -> None:
    """Runs one benchmark in this process: a line of JSON for each figure on what was standard output.

    Whatever the benchmark itself prints goes to standard error.
    """
    with os.fdopen(os.dup(1), "wb", buffering=0) as out:
        os.dup2(2, 1)
        for figure in importlib.import_module(f"tests.bench.{PREFIX}{name}").measure():
            out.write(msgspec.json.encode(figure) + b"\n")


def run(name: str) -> Outcome:
    """Runs one benchmark in a process group of its own, which is ended with it."""
    print(f"… {name}", file=sys.stderr, flush=True)
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench", "--measure", name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={"QT_QPA_PLATFORM": "offscreen", **os.environ},
        start_new_session=True,
    )
    failure = ""
    try:
        output, _ = process.communicate(timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        failure = f"did not end within {LONGEST_S:.0f} s"
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
    finally:
        _end_group(process.pid)
    if process.returncode and not failure:
        failure = f"ended with exit code {process.returncode}"
    figures = [msgspec.json.decode(line, type=Figure) for line in output.splitlines()]
    return Outcome(name, time.monotonic() - began, figures, failure)


def _end_group(group: int) -> None:
    """A benchmark's engine and collectors may outlive it where it failed."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def number(value: float) -> str:
    """Three significant digits, and no more than people read: `0.123`, `12.3`, `1,234`.

    >>> [number(value) for value in (0.01234, 9.876, 12.34, 1234.5, 0)]
    ['0.0123', '9.88', '12.3', '1,234', '0']
    """
    if value == 0:
        return "0"
    magnitude = abs(value)
    decimals = (
        0 if magnitude >= 100 else 1 if magnitude >= 10 else 2 if magnitude >= 1 else 3 if magnitude >= 0.1 else 4
    )
    return f"{value:,.{decimals}f}"


def verdict(figure: Figure) -> str:
    """`met`, `missed`, or nothing where there is no goal."""
    return {True: "met", False: "missed", None: ""}[figure.met]


def table(outcomes: Sequence[Outcome]) -> str:
    """All figures in aligned columns, the benchmarks under each other."""
    heading = ("", "goal", "measured", "", "beside")
    rows: list[tuple[str, ...] | str] = []
    for outcome in outcomes:
        rows.append(f"{outcome.name} ({outcome.seconds:.0f} s){': ' + outcome.failure if outcome.failure else ''}")
        for figure in outcome.figures:
            relation = "≥" if figure.more_is_better else "≤"
            goal = "" if figure.goal is None else f"{relation} {number(figure.goal)} {figure.unit}"
            rows.append(
                (f"  {figure.what}", goal, f"{number(figure.value)} {figure.unit}", verdict(figure), figure.beside)
            )
    cells = [heading, *(row for row in rows if not isinstance(row, str))]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heading))]

    def line(row: tuple[str, ...]) -> str:
        what, goal, measured, word, beside = row
        return (
            f"{what:<{widths[0]}}  {goal:>{widths[1]}}  {measured:>{widths[2]}}  {word:<{widths[3]}}  {beside}".rstrip()
        )

    return "\n".join([line(heading), *(row if isinstance(row, str) else line(row) for row in rows)])


def main(words: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measures the console against its goals."
    )
    parser.add_argument("--only", metavar="NAME", action="append", choices=available(), help="one of: %(choices)s")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there too")
    parser.add_argument("--measure", metavar="NAME", choices=available(), help=argparse.SUPPRESS)
    arguments = parser.parse_args(words)
    if arguments.measure:
        measure(arguments.measure)
        return 0
    described = machine.facts()
    outcomes = [run(name) for name in arguments.only or available()]
    print(" · ".join(f"{name}: {fact}" for name, fact in described.items()))
    print()
    print(table(outcomes))
    if arguments.json:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(Report(described, outcomes))))
    return any(outcome.failure for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main())
