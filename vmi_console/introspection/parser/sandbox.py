"""What a parser gives up before it sees the first byte of a guest: everything but computing, and its channel.

A parser that was taken over by a hostile disk has no file, no network, no other process and no more than its share of
memory and processor time. On Linux the kernel holds that, by Landlock (`include/uapi/linux/landlock.h`) and by a filter
of system calls (seccomp; `include/uapi/linux/seccomp.h`), either of which would do for files; both are asked for from
here, and need no privilege and no other program. Elsewhere there are limits at most. `close` says what it came to, and
`tried` what was really seen to be refused.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import socket
import struct
import sys
from collections.abc import Callable, Iterator

from vmi_console.introspection.parser.protocol import Budget, Measure

if sys.platform != "win32":
    import resource

MOST_MEMORY_BYTES = 4 << 30
"""Of address space, beyond what a parser takes to begin with: no budget goes beyond it."""

MOST_PROCESSOR_SECONDS = 24 * 3600
"""Of a parser's whole life."""

CPU_GRACE_SECONDS = 5
"""Past its budget the parent ends a parser; where the parent is gone, the kernel does, so much later."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_SIGKILL = 9


OUT_OF_MEMORY_SCORE = 500


def stand_back() -> None:
    """Where memory is short, the system ends a parser first (on Linux): a look can be repeated."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
        file.write(str(OUT_OF_MEMORY_SCORE))


def close() -> tuple[Measure, ...]:
    """Closes the sandbox around this process, for good. It must have one thread and have loaded all it needs.

    A measure that the system does not have is left out and said so; nothing is raised.
    """
    measures = [_limits()]
    if sys.platform != "linux":
        measures.append(Measure(name="sandbox", holds=False, detail=f"none is known for {_system()}"))
        return tuple(measures)
    return (*measures, _no_new_privileges(), _landlock(), *_no_descriptors(), _seccomp())


def tried() -> tuple[Measure, ...]:
    """What happens here when a parser tries what it must not: opens a file, a socket, or starts a process."""
    return (
        _refused("no files", _open_a_file),
        _refused("no network", _open_a_socket),
        _refused("no other processes", _start_a_process),
    )


def limit(budget: Budget) -> None:
    """What the next look may use. Past it, memory is refused (`MemoryError`), and time ends the process."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(ValueError, OSError):  # a system that has no such limit: `close` has said so
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        soft = _base_bytes + min(budget.memory_bytes, MOST_MEMORY_BYTES)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    with contextlib.suppress(ValueError, OSError):
        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        soft = int(used.ru_utime + used.ru_stime + budget.seconds) + CPU_GRACE_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (min(soft, hard) if hard != resource.RLIM_INFINITY else soft, hard))


def most_memory_bytes() -> int:
    """The most that this process had in memory so far; 0 where nothing tells."""
    if sys.platform == "win32":
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


# --- limits ---------------------------------------------------------------------------------------------------------

_base_bytes = 0
"""Of address space that the process takes when all is loaded."""


def _limits() -> Measure:
    global _base_bytes
    name = "limits of memory and time"
    if sys.platform == "win32":
        return Measure(
            name=name, holds=False, detail="Windows would need a job object; only the time of a look is held"
        )
    _base_bytes = _address_space_bytes()
    lacking = [
        what
        for what, kind, most in (
            ("memory", resource.RLIMIT_AS, _base_bytes + MOST_MEMORY_BYTES),
            ("processor time", resource.RLIMIT_CPU, MOST_PROCESSOR_SECONDS),
            ("size of files", resource.RLIMIT_FSIZE, 0),
            ("core dumps", resource.RLIMIT_CORE, 0),
            ("processes", resource.RLIMIT_NPROC, 0),
        )
        if not _lowered(kind, most)
    ]
    if sys.platform == "darwin":
        lacking.append("memory (macOS does not hold it)")
    return Measure(name=name, holds=not lacking, detail=f"not of {', '.join(lacking)}" if lacking else "")


def _lowered(kind: int, most: int) -> bool:
    try:
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or hard > most:
            resource.setrlimit(kind, (most, most))
    except (ValueError, OSError):
        return False
    return True


def _address_space_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - plain, before everything is closed
            return int(file.read().split()[0]) * resource.getpagesize()
    except (OSError, ValueError):
        return 1 << 30  # more than it ever takes


def _no_descriptors() -> Iterator[Measure]:
    """No descriptor can be opened any more, whatever kind it is of; those that are open stay."""
    if not _lowered(resource.RLIMIT_NOFILE, 0):
        yield Measure(name="no new descriptors", holds=False)


# --- Linux ----------------------------------------------------------------------------------------------------------


def _call(number: int, *arguments: object) -> int:
    """A system call. Raises OSError."""
    ctypes.set_errno(0)
    result: int = _libc().syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _control(option: int, argument: int) -> None:
    """prctl(2). Raises OSError."""
    zero = ctypes.c_ulong(0)
    if _libc().prctl(ctypes.c_int(option), ctypes.c_ulong(argument), zero, zero, zero) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _no_new_privileges() -> Measure:
    name = "no new privileges"
    try:
        _control(_PR_SET_NO_NEW_PRIVS, 1)
        _control(_PR_SET_DUMPABLE, 0)  # nor may others of this user look inside
        parent = os.getppid()
        _control(_PR_SET_PDEATHSIG, _SIGKILL)
        if os.getppid() != parent:  # it ended just before
            os._exit(0)
    except OSError as error:
        return Measure(name=name, holds=False, detail=str(error))
    return Measure(name=name, holds=True)


_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same on every architecture
_RULESET_VERSION = 1
_FILE_ACCESS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}
"""Every access to files that a version of Landlock knows; a version without an entry has its predecessor's."""


def _landlock() -> Measure:
    name = "Landlock"
    try:
        version = _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_RULESET_VERSION))
    except OSError as error:
        known = {errno.ENOSYS: "this kernel has none (Linux 5.13 and newer do)", errno.EOPNOTSUPP: "it is switched off"}
        return Measure(name=name, holds=False, detail=known.get(error.errno or 0, str(error)))
    rules = struct.pack("=Q", _FILE_ACCESS[max(each for each in _FILE_ACCESS if each <= version)])
    if version >= 4:
        rules += struct.pack("=Q", 0x3)  # TCP: bind, connect
    if version >= 6:
        rules += struct.pack("=Q", 0x3)  # abstract Unix sockets and signals to others
    try:
        ruleset = _call(_CREATE_RULESET, rules, ctypes.c_size_t(len(rules)), ctypes.c_uint32(0))
        try:
            _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
        finally:
            os.close(ruleset)
    except OSError as error:
        return Measure(name=name, holds=False, detail=str(error))
    if not _fails(_open_a_file):
        return Measure(name=name, holds=False, detail="a file could be opened all the same")
    return Measure(name=name, holds=True, detail=f"version {version}")


# --- seccomp --------------------------------------------------------------------------------------------------------

_ALLOWED = {
    "x86_64": {
        "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "munmap": 11, "brk": 12, "rt_sigaction": 13,
        "rt_sigprocmask": 14, "rt_sigreturn": 15, "readv": 19, "writev": 20, "sched_yield": 24, "mremap": 25,
        "madvise": 28, "nanosleep": 35, "getpid": 39, "exit": 60, "gettimeofday": 96, "getrlimit": 97,
        "getrusage": 98, "sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202, "restart_syscall": 219,
        "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "getrandom": 318,
    },
    "aarch64": {
        "read": 63, "write": 64, "close": 57, "fstat": 80, "lseek": 62, "munmap": 215, "brk": 214, "rt_sigaction": 134,
        "rt_sigprocmask": 135, "rt_sigreturn": 139, "readv": 65, "writev": 66, "sched_yield": 124, "mremap": 216,
        "madvise": 233, "nanosleep": 101, "getpid": 172, "exit": 93, "gettimeofday": 169, "getrlimit": 163,
        "getrusage": 165, "sigaltstack": 132, "gettid": 178, "futex": 98, "restart_syscall": 128,
        "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "exit_group": 94, "getrandom": 278,
    },
}  # fmt: skip
"""What a Python that only computes asks of the kernel, by the kernel's own names and numbers (asm/unistd.h)."""

_DEADLY = {
    "x86_64": {"ptrace": 101, "execve": 59, "process_vm_readv": 310, "process_vm_writev": 311, "execveat": 322},
    "aarch64": {"ptrace": 117, "execve": 221, "process_vm_readv": 270, "process_vm_writev": 271, "execveat": 281},
}
"""What only somebody asks for who has taken the process over: it ends there. All else is refused (EPERM)."""

_WITHOUT_CODE = {"x86_64": {"mmap": 9, "mprotect": 10}, "aarch64": {"mmap": 222, "mprotect": 226}}
"""Memory may be had, but none that could be run."""

_OWN_LIMITS = {"x86_64": 302, "aarch64": 261}
"""prlimit64, of this process alone."""

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP = {"x86_64": 317, "aarch64": 277}

_SET_MODE_FILTER = 1
_RET_KILL, _RET_ERRNO, _RET_ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AT_NUMBER, _AT_ARCHITECTURE, _AT_ARGUMENTS = 0, 4, 16  # in struct seccomp_data
_X32 = 0x40000000
_PROT_EXEC = 4


def _seccomp() -> Measure:
    name = "seccomp"
    machine = platform.machine()
    if machine not in _ARCHITECTURES or struct.calcsize("P") != 8:
        return Measure(name=name, holds=False, detail=f"no list of system calls is kept for {machine}")
    program = _filter(machine)
    code = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HL", len(program) // 8, ctypes.addressof(code))  # struct sock_fprog
    try:
        _call(_SECCOMP[machine], ctypes.c_uint(_SET_MODE_FILTER), ctypes.c_uint(0), described)
    except OSError as error:
        return Measure(name=name, holds=False, detail=str(error))
    if not _fails(_look_for_a_file):  # which nothing else here forbids
        return Measure(name=name, holds=False, detail="a file could be looked for all the same")
    return Measure(name=name, holds=True, detail=f"{len(_ALLOWED[machine])} system calls are left")


def _filter(machine: str) -> bytes:
    """The program that the kernel runs at each system call: classic BPF, `struct sock_filter` after another."""
    refuse = _instruction(_RETURN, _RET_ERRNO | errno.EPERM)
    allow = _instruction(_RETURN, _RET_ALLOW)
    kill = _instruction(_RETURN, _RET_KILL)
    lines = [
        _instruction(_LOAD, _AT_ARCHITECTURE),
        _instruction(_JUMP_EQUAL, _ARCHITECTURES[machine], 1, 0),
        kill,
        _instruction(_LOAD, _AT_NUMBER),
    ]
    if machine == "x86_64":
        lines += [_instruction(_JUMP_AT_LEAST, _X32, 0, 1), kill]
    for number in _DEADLY[machine].values():
        lines += [_instruction(_JUMP_EQUAL, number, 0, 1), kill]
    for number in _ALLOWED[machine].values():
        lines += [_instruction(_JUMP_EQUAL, number, 0, 1), allow]
    for number in _WITHOUT_CODE[machine].values():
        lines += [
            _instruction(_JUMP_EQUAL, number, 0, 4),
            _instruction(_LOAD, _AT_ARGUMENTS + 2 * 8),
            _instruction(_JUMP_SET, _PROT_EXEC, 0, 1),
            refuse,
            allow,
        ]
    lines += [
        _instruction(_JUMP_EQUAL, _OWN_LIMITS[machine], 0, 3),
        _instruction(_LOAD, _AT_ARGUMENTS),
        _instruction(_JUMP_EQUAL, 0, 0, 1),
        allow,
        refuse,
    ]
    return b"".join(lines)


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


# --- what is tried --------------------------------------------------------------------------------------------------


def _refused(name: str, attempt: Callable[[], None]) -> Measure:
    return Measure(name=name, holds=_fails(attempt))


def _fails(attempt: Callable[[], None]) -> bool:
    try:
        attempt()
    except OSError:
        return True
    return False


def _open_a_file() -> None:
    os.close(os.open(sys.executable, os.O_RDONLY))


def _look_for_a_file() -> None:
    os.stat("/")  # noqa: PTH116 - one system call and nothing else


def _open_a_socket() -> None:
    socket.socket().close()


def _start_a_process() -> None:
    if sys.platform == "win32":
        return  # nothing there forbids it
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _system() -> str:
    return {"win32": "Windows", "darwin": "macOS"}.get(sys.platform, sys.platform)
