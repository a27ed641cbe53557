"""The filter of system calls, on processors that are not at hand too, and what the kernel does with it."""

from __future__ import annotations

import errno
import os
import re
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vmi_console.introspection.parser import sandbox

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
MACHINES = sorted(HEADERS)
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000


def verdict(machine: str, number: int, *arguments: int, architecture: int | None = None) -> int:
    """What the filter says of a system call: the kernel's interpreter of these few instructions, in Python."""
    program = sandbox._filter(machine)
    code = [struct.unpack_from("HBBI", program, at) for at in range(0, len(program), 8)]
    asked = sandbox._ARCHITECTURES[machine] if architecture is None else architecture
    data = struct.pack("<IIQ6Q", number, asked, 0, *arguments, *(0,) * (6 - len(arguments)))
    accumulator = position = 0
    while True:
        kind, if_true, if_false, value = code[position]
        position += 1
        match kind:
            case 0x20:  # load a word
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x15:
                position += if_true if accumulator == value else if_false
            case 0x35:
                position += if_true if accumulator >= value else if_false
            case 0x45:
                position += if_true if accumulator & value else if_false
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"an instruction {kind:#x}")


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_the_kernels(machine: str) -> None:
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip(f"{header} is not here")
    defined = {
        name: int(number)
        for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text(encoding="utf-8"))
    }
    for table in (sandbox._ALLOWED, sandbox._DEADLY, sandbox._WITHOUT_CODE):
        assert table[machine] == {name: defined[name] for name in table[machine]}
    assert sandbox._OWN_LIMITS[machine] == defined["prlimit64"]
    assert sandbox._SECCOMP[machine] == defined["seccomp"]
    for name in ("openat", "socket", "connect", "clone", "clone3", "kill", "tgkill", "memfd_create", "io_uring_setup"):
        if name in defined:
            assert verdict(machine, defined[name]) == REFUSE, name


@pytest.mark.parametrize("machine", MACHINES)
def test_what_the_filter_says(machine: str) -> None:
    allowed, deadly = sandbox._ALLOWED[machine].values(), sandbox._DEADLY[machine].values()
    assert {verdict(machine, number) for number in allowed} == {ALLOW}
    assert {verdict(machine, number) for number in deadly} == {KILL}
    for number in sandbox._WITHOUT_CODE[machine].values():
        assert verdict(machine, number, 0, 4096, 1 | 2) == ALLOW
        assert verdict(machine, number, 0, 4096, 1 | 4) == REFUSE
    limits = sandbox._OWN_LIMITS[machine]
    assert (verdict(machine, limits, 0), verdict(machine, limits, 1)) == (ALLOW, REFUSE)
    judged = {*allowed, *deadly, *sandbox._WITHOUT_CODE[machine].values(), limits}
    assert {verdict(machine, number) for number in range(1024) if number not in judged} == {REFUSE}
    assert verdict(machine, 0, architecture=0x40000003) == KILL  # the 32-bit calls of i386
    if machine == "x86_64":
        assert verdict(machine, 0x40000000) == KILL  # the x32 ABI, whose numbers mean other calls


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends orphans")
def test_a_parser_does_not_outlive_whoever_started_it(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    source = f"""
import asyncio, sys
from pathlib import Path
from tests.unit.introspection.test_pool import ROGUE, disk
from vmi_console.introspection.parser.pool import ParserPool
async def main():
    async with ParserPool(1, program=ROGUE) as pool:
        Path({str(told)!r}).write_text((await pool.look([disk("pid")])).fingerprint)
        await pool.look([disk("hang")])
asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-c", source], env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    ) as parent:
        while not told.exists() or not told.read_text():
            time.sleep(0.02)
        pid = int(told.read_text())
        time.sleep(0.2)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 5
    while _runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
