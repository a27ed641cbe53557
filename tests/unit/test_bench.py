"""The benchmarks' own arithmetic: a verdict that reads the goal the wrong way round would please everybody."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.bench import machine
from tests.bench.__main__ import Outcome, available, number, table, verdict
from tests.bench.figures import Figure


@pytest.mark.parametrize(
    ("figure", "word"),
    [
        (Figure("pause", 49.0, "ms", 50.0), "met"),
        (Figure("pause", 51.0, "ms", 50.0), "missed"),
        (Figure("changes applied", 49.0, "1/s", 50.0, more_is_better=True), "missed"),
        (Figure("changes applied", 51.0, "1/s", 50.0, more_is_better=True), "met"),
        (Figure("baseline", 51.0, "ms", None), ""),
    ],
)
def test_a_figure_is_held_against_its_goal(figure: Figure, word: str) -> None:
    assert verdict(figure) == word


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.01234, "0.0123"),
        (0.5, "0.500"),
        (9.876, "9.88"),
        (12.34, "12.3"),
        (123.4, "123"),
        (1234567, "1,234,567"),
    ],
)
def test_numbers_have_as_many_digits_as_people_read(value: float, text: str) -> None:
    assert number(value) == text


def test_the_table_is_aligned_and_names_what_failed() -> None:
    text = table(
        [
            Outcome("query", 3.2, [Figure("three clauses over 45,000 VMs", 12.0, "ms", 15.0, "p99 14 ms")]),
            Outcome("window", 61.0, [Figure("pause", 70.0, "ms", 50.0)], failure="ended with exit code 3"),
        ]
    )
    lines = text.splitlines()
    assert lines[1] == "query (3 s)"
    assert lines[3] == "window (61 s): ended with exit code 3"
    assert lines[2].split() == "three clauses over 45,000 VMs ≤ 15.0 ms 12.0 ms met p99 14 ms".split()  # noqa: SIM905
    assert lines[2].index(" ms  ") == lines[4].index(" ms  ")
    assert lines[4].endswith("missed")


def test_every_benchmark_can_be_told_apart() -> None:
    names = available()
    assert len(names) == len(set(names))
    assert all(name.isidentifier() for name in names)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is told by /proc")
def test_memory_and_children_of_a_process_are_found() -> None:
    hold = "block = bytearray(64 << 20); print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert hold in machine.children(os.getpid())[process.pid]
        assert 64 < machine.memory_mib(process.pid) <= machine.resident_mib(process.pid) + 1
        process.communicate("\n")
    assert process.pid not in machine.children(os.getpid())
