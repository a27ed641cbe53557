"""Signs that somebody hides something in a running kernel.

Two accounts of one thing are compared that a healthy kernel keeps in step, and nothing is said that does not still hold
when memory is read anew: a busy guest starts and ends processes between two reads of ours.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

from vmi_console.estate.facts import Sign
from vmi_console.introspection.memory import modules, tasks
from vmi_console.introspection.memory.kernel import Kernel
from vmi_console.introspection.memory.tasks import Tasks
from vmi_console.introspection.memory.unreadable import Absent, Torn, Unreadable

HIDDEN_PROCESS = "hidden process"
HIDDEN_MODULE = "hidden module"
SYSTEM_CALLS = "system call table"

_CONFIRMATIONS = 2
_TRIES = 4
_PAUSE_S = 0.02
"""Between looks that must agree: what begins or ends takes the kernel microseconds, unless it is not given its turn."""

_MOST_CALLS = 1024


def signs(kernel: Kernel, first: Tasks) -> tuple[Sign, ...]:
    """`first` are the tasks as they were read already. Raises `Unreadable` where a comparison cannot be made."""
    # The cheap look first, at what is there already; only what it suspects is confirmed.
    suspects = _hidden_processes(first)
    for look in (_hidden_modules, _diverted_calls):
        suspects |= _whole(kernel, look)
    looks: dict[str, Callable[[Kernel], set[Sign]]] = {
        HIDDEN_PROCESS: lambda kernel: _hidden_processes(tasks.tasks(kernel)),
        HIDDEN_MODULE: _hidden_modules,
        SYSTEM_CALLS: _diverted_calls,
    }
    for _ in range(_CONFIRMATIONS):
        if not suspects:
            break
        time.sleep(_PAUSE_S)
        kernel.forget()
        again: set[Sign] = set()
        for name in sorted({sign.name for sign in suspects}):
            again |= _whole(kernel, looks[name])
        suspects &= again
    return tuple(sorted(suspects, key=lambda sign: sign.key))


def _whole(kernel: Kernel, look: Callable[[Kernel], set[Sign]]) -> set[Sign]:
    """What a comparison finds when none of its lists changes under it."""
    reason = ""
    for _ in range(_TRIES):
        try:
            return look(kernel)
        except (Torn, Absent) as error:
            reason = error.message
            kernel.forget()
    raise Unreadable(f"the kernel's lists cannot be compared: {reason}")


def _hidden_processes(seen: Tasks) -> set[Sign]:
    """Processes that the table of process ids knows and the list of tasks does not, or the other way round."""
    if seen.numbered is None:
        return set()
    listed = {task.identity: task for task in seen.listed}
    numbered = {task.identity: task for task in seen.numbered}
    found = set()
    for identity, task in numbered.items():
        if identity not in listed and not task.dead:
            found.add(Sign(name=HIDDEN_PROCESS, detail=f"{task.pid} ({task.name}) is not in the list of tasks"))
    for identity, task in listed.items():
        if identity not in numbered and not task.dead:
            found.add(Sign(name=HIDDEN_PROCESS, detail=f"{task.pid} ({task.name}) is not in the table of process ids"))
    return found


def _hidden_modules(kernel: Kernel) -> set[Sign]:
    """Modules with a folder in /sys that are not in the kernel's list: the list is what lsmod shows."""
    shown = modules.shown(kernel)
    found = set()
    for address in shown - {module.address for module in modules.listed(kernel)}:
        module = modules.read(kernel, address)
        if module.state in modules.LOADED:
            found.add(
                Sign(name=HIDDEN_MODULE, detail=f"{module.name} is in /sys/module, and not in the list of modules")
            )
    return found


def _diverted_calls(kernel: Kernel) -> set[Sign]:
    """System calls whose entry in the table leads out of the kernel's own code."""
    if not kernel.has_symbol("sys_call_table"):
        return set()
    start, end = kernel.symbol("sys_call_table"), kernel.end_of("sys_call_table")
    first, last = kernel.symbol("_stext"), kernel.symbol("_etext")
    length = min(end - start, 8 * _MOST_CALLS) & ~7
    found = set()
    for number, (entry,) in enumerate(struct.iter_unpack("<Q", kernel.read(start, length))):
        if entry and not first <= entry < last:
            found.add(Sign(name=SYSTEM_CALLS, detail=f"call {number} leads to {entry:#x}, outside the kernel's code"))
    return found
