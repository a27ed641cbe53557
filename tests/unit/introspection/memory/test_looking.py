from __future__ import annotations

import io
import struct

import pytest

from tests.unit.introspection.memory import tables
from vmi_console.introspection.memory import finding, looking
from vmi_console.introspection.memory.dumps import Piece
from vmi_console.introspection.memory.physical import Physical
from vmi_console.introspection.memory.unreadable import Unreadable

SIZE = 32 << 20
CONSTANTS = tables.BASE + (2 << 20)


class Memory(io.BytesIO):
    """Memory as a look is given it, which counts how often a place was only glanced at."""

    probes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.probes += size == 4096 and self.tell() >= 2 << 20
        return super().read(size)

    @property
    def size(self) -> int:
        return SIZE


def kernel_without_types() -> bytearray:
    """A machine whose kernel has symbols, and no description of its types."""
    memory = bytearray(SIZE)
    tables.kernel_tables(memory, 4)
    banner = CONSTANTS + 0x200
    text = b"Linux version 3.10.0-1160.el7.x86_64 (mockbuild@example)"
    symbols = tables.many(("linux_banner", banner), ("__start_rodata", CONSTANTS))
    at = tables.IMAGE + (2 << 20)
    # The table of system calls, by which constants are known when nothing else says where they are.
    struct.pack_into("<512Q", memory, at, *(tables.BASE + 16 * number for number in range(512)))
    memory[at + 0x200 : at + 0x200 + len(text)] = text
    content = tables.kallsyms(symbols, "until 6.1")
    memory[at + 0x10_0000 : at + 0x10_0000 + len(content)] = content
    return memory


@pytest.mark.parametrize("low", [True, False], ids=["by the first MiB", "by searching"])
def test_a_kernel_without_types_is_unreadable_and_named(low: bool) -> None:
    memory = kernel_without_types()
    if not low:
        memory[: 1 << 20] = bytes(1 << 20)
    watched = Memory(memory)
    with pytest.raises(Unreadable, match=r"3\.10\.0-1160\.el7\.x86_64.*BTF"):
        looking.look(watched)
    assert bool(watched.probes) is not low  # once it is found, nobody searches for another


@pytest.mark.parametrize("content", [bytes(SIZE), b"\xff" * SIZE, bytes(range(256)) * (SIZE // 256)])
def test_memory_without_a_kernel_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable, match="no running Linux kernel for x86-64"):
        looking.look(Memory(content))


def test_windows_is_named_and_not_searched() -> None:
    memory = bytearray(SIZE)
    memory[0x1000:0x1008] = bytes.fromhex("e94d060001000000")
    watched = Memory(memory)
    with pytest.raises(Unreadable, match="Windows"):
        looking.look(watched)
    assert watched.tell() <= 1 << 20


def test_the_search_ends_when_its_time_is_over() -> None:
    physical = Physical(Memory(bytes(SIZE)), SIZE, (Piece(0, SIZE, 0),))
    with pytest.raises(Unreadable, match="no kernel was found in"):
        list(finding.probed(physical, deadline=0.0))


@pytest.mark.parametrize("levels", [4, 5])
def test_the_image_is_found_through_the_first_mib(levels: int) -> None:
    memory = bytearray(SIZE)
    tables.kernel_tables(memory, levels)
    (image,) = finding.low(Physical(Memory(memory), SIZE, (Piece(0, SIZE, 0),)))
    assert image.levels == levels
    assert image.physical(tables.BASE) == tables.IMAGE
    assert image.start == tables.BASE
    # With the rest of the constants, which are in small pages.
    assert image.constants == ((CONSTANTS, 4 << 20),)


def test_vmcoreinfo_is_taken_apart() -> None:
    note = finding.note(
        b"OSRELEASE=6.1.0-57-cloud-amd64\nBUILD-ID=01d2\nSYMBOL(swapper_pg_dir)=ffffffffa9c10000\n"
        b"NUMBER(phys_base)=-291504128\nLENGTH(x)=5\nSYMBOL(bad)=zz\n\x00\x00"
    )
    assert note is not None
    assert note.symbols == {"swapper_pg_dir": 0xFFFFFFFFA9C10000}
    assert note.numbers == {"phys_base": -291504128}
    assert finding.note(b"OSRELEASE=6.1.0\n") is None
