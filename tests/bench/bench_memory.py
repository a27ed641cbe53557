"""What a look into the memory of a running Linux guest takes, with a kernel not seen before and with one that was.

Run it with `python -m tests.bench.bench_memory`, as root and with the lab's packages. The guest of 512 MiB runs and is
read through the file that QEMU keeps its memory in: its processor time is ours alone. Beside it the lab's guest is read
through libvirt's memoryPeek, whose calls are most of that time.

Of a core of each kernel that is here `vmi-console inspect` and volatility3 both list the processes, in turn, and both
lists must be the same. volatility3 lists nothing without a symbol file for exactly that kernel; it is given one that is
made of what the kernel itself carries.
"""

from __future__ import annotations

import statistics
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import libvirt
import msgspec

from tests.bench import symbol_file, volatility
from tests.bench.figures import Figure
from tests.bench.volatility import Listed, Run
from tests.hypervisors.lab import packages
from tests.hypervisors.lab.laboratory import Laboratory
from tests.hypervisors.memory import guests
from tests.hypervisors.memory.guests import Guest
from tests.hypervisors.memory.mutations import MemoryFile
from vmi_console.estate.facts import Looked
from vmi_console.introspection.memory import kernel, looking
from vmi_console.introspection.memory.unreadable import Unreadable
from vmi_console.wire import program

ROUNDS = 9
TURNS = 3  # beside another program
COLD_S, WARM_MS, SPARSE_S = 1.0, 50.0, 10.0
_SPARSE = 64 << 30


class Peeked:
    """The memory of a domain as a file, through memoryPeek."""

    def __init__(self, domain: libvirt.virDomain) -> None:
        self.size = domain.maxMemory() << 10
        self.calls = 0
        self.read_bytes = 0
        self._domain = domain
        self._at = 0

    def seek(self, offset: int) -> int:
        self._at = offset
        return offset

    def read(self, length: int) -> bytes:
        length = max(0, min(length, self.size - self._at))
        parts = []
        for start in range(self._at, self._at + length, 4 << 20):
            part = min(4 << 20, self._at + length - start)
            parts.append(self._domain.memoryPeek(start, part, libvirt.VIR_MEMORY_PHYSICAL))
            self.calls += 1
        self.read_bytes += length
        self._at += length
        return b"".join(parts)


def measure() -> Iterator[Figure]:
    """Cold and warm looks into a running guest, and the search through memory that holds none."""
    packages.demand()
    with tempfile.TemporaryDirectory(prefix="vmi-bench-") as name:
        folder = Path(name)
        yield from _running(folder)
        yield from _sparse(folder)
        yield from _beside_volatility(folder)
    with tempfile.TemporaryDirectory(prefix="vmi-bench-") as name, Laboratory(Path(name)) as laboratory:
        yield from _peeked(laboratory.uri)


def _running(folder: Path) -> Iterator[Figure]:
    memory = folder / "ram"
    options = ("-object", f"memory-backend-file,id=ram,size=512M,share=on,mem-path={memory}")
    choice = guests.kernels()[0]
    with Guest(folder, choice.image, choice.initramfs(), options=(*options, "-machine", "pc,memory-backend=ram")):
        for what, before, goal, unit in (
            ("a kernel not seen before", _forget_all, COLD_S, 1.0),
            ("a guest seen before", _nothing, WARM_MS, 1000.0),
        ):
            seconds, file, processes = _looks(before, lambda: MemoryFile(memory))
            yield Figure(
                what=f"look into a running guest of 512 MiB, {what}: processor time",
                value=seconds * unit,
                unit="s" if unit == 1 else "ms",
                goal=goal,
                beside=f"{processes} processes; {file.read_bytes / 2**20:.1f} MiB in {file.calls} reads",
            )


def _peeked(uri: str) -> Iterator[Figure]:
    connection = libvirt.open(uri)
    try:
        domain = connection.lookupByName("web")
        for what, before in (("a kernel not seen before", _forget_all), ("a guest seen before", _nothing)):
            began = time.monotonic()
            seconds, file, processes = _looks(before, lambda: Peeked(domain))
            elapsed = (time.monotonic() - began) / ROUNDS
            yield Figure(
                what=f"the same through memoryPeek (a guest of 96 MiB), {what}: time on the clock",
                value=elapsed * 1000,
                unit="ms",
                goal=None,
                beside=f"{processes} processes; {file.read_bytes / 2**20:.1f} MiB in {file.calls} calls; "
                f"{seconds * 1000:.1f} ms of processor time here",
            )
    finally:
        connection.close()


def _sparse(folder: Path) -> Iterator[Figure]:
    """A core of 64 GiB without a kernel: all of it must be looked at."""
    path = folder / "sparse.core"
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 4, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    with path.open("wb") as file:
        file.write(head + struct.pack("<IIQQQQQQ", 1, 0, 4096, 0, 0, _SPARSE, _SPARSE, 0))
        file.truncate(4096 + _SPARSE)
    _forget_all()
    began = time.monotonic()
    with MemoryFile(path) as memory:
        try:
            looking.look(memory)
            beside = "something was found"
        except Unreadable as error:
            beside = error.message
    yield Figure(
        what="search through a sparse core of 64 GiB",
        value=time.monotonic() - began,
        unit="s",
        goal=SPARSE_S,
        beside=f"{beside}; {memory.read_bytes / 2**20:.0f} MiB in {memory.calls} reads",
    )


def _beside_volatility(folder: Path) -> Iterator[Figure]:
    vol = volatility.program()
    if vol is None:
        yield Figure("volatility3's list of processes", 0.0, "s", None, volatility.HOW_TO_GET)
        return
    for choice in guests.kernels():
        yield from _listed_by_both(folder / choice.name, choice, vol)


def _listed_by_both(place: Path, choice: guests.Kernel, vol: Path) -> Iterator[Figure]:
    symbols = place / "symbols"
    symbols.mkdir(parents=True)
    with Guest(place, choice.image, choice.initramfs()) as guest:
        core = guest.core()
    began = time.process_time()
    with core.open("rb") as file:
        symbol_file.write(file, core.stat().st_size, symbols / "kernel.json")
    made = time.process_time() - began
    first = volatility.list_processes(vol, core, symbols, place)
    theirs, ours = [], []
    for _ in range(TURNS):  # in turn, since machines drift
        theirs.append(volatility.list_processes(vol, core, symbols, place))
        ours.append(volatility.run(program.command("inspect", str(core), "--memory", "--format", "json")))
    core.unlink()
    listed = volatility.listed(theirs[-1].output)
    assert listed == _listed(ours[-1].output), listed ^ _listed(ours[-1].output)

    mine, others = _median(ours), _median(theirs)
    what = f"`inspect` a core of 512 MiB, kernel {choice.name}"
    yield Figure(
        what=f"{what}: processor time",
        value=mine.processor_seconds,
        unit="s",
        goal=others.processor_seconds,
        beside=f"volatility3 lists the same {len(listed)} processes in {others.processor_seconds:.2f} s "
        f"({first.processor_seconds:.2f} s the first time, {made:.2f} s for its symbol file); "
        f"on the clock {mine.seconds:.1f} s and {others.seconds:.1f} s",
    )
    yield Figure(
        what=f"{what}: memory of the largest process",
        value=mine.largest_mib,
        unit="MiB",
        goal=others.largest_mib,
        beside=f"volatility3's {others.largest_mib:.0f} MiB",
    )


def _median(runs: list[Run]) -> Run:
    """The one in the middle, by the processor's time."""
    return sorted(runs, key=lambda run: run.processor_seconds)[len(runs) // 2]


def _listed(output: bytes) -> set[Listed]:
    """The processes of a document of `inspect`."""
    processes = msgspec.json.decode(output)["processes"]
    return {msgspec.convert({**each, "parent": each["parent"] or 0}, Listed) for each in processes}


def _looks[T: (MemoryFile, Peeked)](before: Callable[[], None], opened: Callable[[], T]) -> tuple[float, T, int]:
    """Median of processor time in seconds, the file of the last look, and how many processes it found."""
    looking.look(cast(BinaryIO, opened()))
    took = []
    for _ in range(ROUNDS):
        before()
        file = opened()
        began = time.process_time()
        found = looking.look(cast(BinaryIO, file))
        took.append(time.process_time() - began)
        assert found.processes.status is Looked.READ, found.processes.because
    return statistics.median(took), file, len(found.processes.items)


def _forget_all() -> None:
    """As in a parser that was just started."""
    kernel.forget_all()


def _nothing() -> None:
    """What was found stays known."""


if __name__ == "__main__":
    for figure in measure():
        print(f"{figure.what}: {figure.value:.3f} {figure.unit} (goal {figure.goal}) {figure.beside}")
