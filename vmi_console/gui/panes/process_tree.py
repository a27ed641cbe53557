"""Processes below those that started them."""

from __future__ import annotations

from collections.abc import Iterable

from vmi_console.estate.facts import Process


def family(processes: Iterable[Process]) -> list[tuple[Process, int]]:
    """Each after the one that started it, by their numbers, with how many it hangs below.

    A guest may say anything of them: that some started each other in a circle, or that two have one number. Each is
    given once.

    >>> [(each.name, depth) for each, depth in family(Process(pid=pid, name=f"p{pid}", parent=parent)
    ...     for pid, parent in ((1, 0), (7, 2), (2, 1), (3, 1), (9, 8), (8, 9), (4, None)))]
    [('p1', 0), ('p2', 1), ('p7', 2), ('p3', 1), ('p4', 0), ('p8', 0), ('p9', 1)]
    """
    ordered = sorted(processes, key=lambda process: process.pid)
    numbers = {process.pid for process in ordered}
    started: dict[int, list[Process]] = {}
    first: list[Process] = []
    for process in ordered:
        if process.parent is None or process.parent not in numbers or process.parent == process.pid:
            first.append(process)
        else:
            started.setdefault(process.parent, []).append(process)
    found: list[tuple[Process, int]] = []
    _hang(first, started, found)
    for process in ordered:  # what is left goes in circles
        siblings = started.get(process.parent or 0, [])
        if process in siblings:
            siblings.remove(process)
            _hang([process], started, found)
    return found


def _hang(first: Iterable[Process], started: dict[int, list[Process]], found: list[tuple[Process, int]]) -> None:
    """Adds these and all below them, and takes them out of `started`."""
    waiting = [(process, 0) for process in reversed(list(first))]
    while waiting:
        process, depth = waiting.pop()
        found.append((process, depth))
        waiting += [(each, depth + 1) for each in reversed(started.pop(process.pid, []))]
