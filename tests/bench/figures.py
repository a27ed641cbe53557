"""What a benchmark tells: figures, each beside its goal.

A benchmark is a module `tests/bench/bench_NAME.py` with `measure() -> Iterable[Figure]`. `python -m tests.bench` runs
each in a process of its own (so that one cannot warm up, slow down or bring down another) and prints all figures in
one table; a module that yields its figures one by one shows how far it has come.
"""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One measured figure.

    `what` says what was measured, at which size; `value` is in `unit` (ms, s, MiB, 1/s, ×, …). `goal` is the most the
    value may be, or the least where `more_is_better`; None where there is none. `beside` is what it has to be read
    beside: the baseline's own figure, an empty loop's pause under the same load, percentiles.
    """

    what: str
    value: float
    unit: str
    goal: float | None
    beside: str = ""
    more_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without a goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.more_is_better else self.value <= self.goal
