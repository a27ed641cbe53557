"""Parsers that crash, hang, hog, lie and pry cost a look, and nothing else."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console import aside
from tests.unit.introspection.rogue import ESCAPES
from vmi_console.errors import IntrospectionError, SourceError
from vmi_console.introspection.parser import sandbox
from vmi_console.introspection.parser.pool import ParserPool, Subject
from vmi_console.introspection.parser.process import WORN_BYTES
from vmi_console.introspection.parser.protocol import Budget, Content, Found

ROGUE = (sys.executable, "-m", "tests.unit.introspection.rogue")
MIB = 1 << 20

LIES = {
    "leave 3": "has ended with exit code 3",
    "garbage": "makes no sense",
    "endless_frame": "makes no sense",
    "outside": "where there are none",
    "before": "where there are none",
    "nowhere": "a file that there is not",
    "much": "where there are none",
    "answer_another": "makes no sense",
    "ready_again": "makes no sense",
    "name_nowhere": "a file that there is not",
    "flood": "more than one guest can have",
}
"""What the rogue says or does, and what is said of it."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is tried here is refused by Linux")


class Told:
    """A disk whose first line tells the rogue what to do."""

    def __init__(self, line: str, size: int = 4 * MIB) -> None:
        self.content = f"{line}\n".encode().ljust(size, b"\0")
        self.size = size

    async def read(self, offset: int, length: int) -> bytes:
        return self.content[offset : offset + length]


def disk(line: str) -> Subject:
    return Subject(Told(line), Content.DISK, "told.img")


@pytest.fixture
async def pool(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ParserPool]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    async with ParserPool(1, program=ROGUE) as pool:
        yield pool


async def pid(pool: ParserPool) -> str:
    return (await pool.look([disk("pid")])).fingerprint


async def test_a_parser_stays_warm(pool: ParserPool) -> None:
    assert await pid(pool) == await pid(pool)


@pytest.mark.slow
async def test_a_parser_stays_warm_however_large_whoever_started_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The most memory that a process had counts on in those that it starts (Linux: exec keeps ru_maxrss)."""
    ballast = bytearray(WORN_BYTES + (64 << 20))
    ballast[::4096] = b"x" * len(ballast[::4096])
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    async with ParserPool(1, program=ROGUE) as large:
        assert await pid(large) == await pid(large)
    assert ballast[0] == ord("x")


async def test_it_reads_what_the_source_holds(pool: ParserPool) -> None:
    told = disk("sum")
    assert isinstance(told.bytes, Told)
    assert (await pool.look([told])).fingerprint == str(sum(told.bytes.content))


async def test_a_parser_that_crashes_is_replaced(pool: ParserPool) -> None:
    first = await pid(pool)
    found = await pool.look([disk("crash")])
    assert found.disk is None
    assert found.disk_failure == "the parser was ended by signal 11 while it looked"
    assert not found.memory_failure
    assert await pid(pool) != first


@pytest.mark.slow
async def test_a_parser_that_ends_or_lies_costs_a_look_and_is_replaced(pool: ParserPool) -> None:
    last = await pid(pool)
    for line, because in LIES.items():
        found = await pool.look([disk(line)])
        assert found.disk is None, line
        assert because in found.disk_failure, line
        before, last = last, await pid(pool)
        assert last != before, line


@pytest.mark.parametrize("line", ["hang", "sleep"])
async def test_a_parser_that_takes_too_long_is_ended(pool: ParserPool, line: str) -> None:
    found = await pool.look([disk(line)], budget=Budget(seconds=0.5))
    assert found.disk_failure == "it takes longer than 0.5 s"
    assert await pid(pool)


async def test_a_parser_that_wants_more_memory_than_it_may_have_does_not_get_it(pool: ParserPool) -> None:
    first = await pid(pool)
    found = await pool.look([disk("hog")], budget=Budget(memory_bytes=200 * MIB))
    assert found.disk_failure == "it takes more memory than it may"
    assert found.worn
    assert await pid(pool) != first


async def test_a_parser_that_reads_more_than_it_may_is_ended(pool: ParserPool) -> None:
    found = await pool.look([disk("read_on")], budget=Budget(read_bytes=50 * MIB))
    assert found.disk_failure == "it takes more than 52,428,800 bytes to read"


async def test_an_image_that_names_files_without_end_is_given_up(pool: ParserPool) -> None:
    async def another(subject: Subject, name: str) -> Subject:
        return disk("another")

    found = await pool.look([disk("name_on")], budget=Budget(files=20), opener=another)
    assert found.disk_failure == "it names more than 20 files"


async def test_a_defect_in_a_parser_is_told_and_the_parser_replaced(pool: ParserPool) -> None:
    first = await pid(pool)
    found = await pool.look([disk("fail")])
    assert "KeyError: 'a defect' (line" in found.disk_failure
    assert await pid(pool) != first


async def test_what_cannot_be_read_says_why_and_costs_no_parser(pool: ParserPool) -> None:
    first = await pid(pool)
    assert (await pool.look([disk("unreadable")])).disk_failure == "it is encrypted"
    assert "nested" in (await pool.look([disk("recurse")])).disk_failure
    assert await pid(pool) == first


async def test_halves_of_characters_are_mended(pool: ParserPool) -> None:
    assert (await pool.look([disk("halves")])).fingerprint == "half ? of a character"


async def test_a_parser_is_replaced_after_so_many_guests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    async with ParserPool(1, program=ROGUE, guests_per_parser=2) as pool:
        pids = [await pid(pool) for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_one_that_ended_while_nobody_looked_costs_no_look(pool: ParserPool) -> None:
    first = await pid(pool)
    os.kill(int(first), 9)
    await asyncio.sleep(0.2)
    second = await pool.look([disk("pid")])
    assert second.fingerprint not in ("", first)


async def test_looks_wait_for_their_turn_and_all_come(pool: ParserPool) -> None:
    looks: list[Found] = await asyncio.gather(*(pool.look([disk(line)]) for line in ["pid", "crash", "pid", "pid"]))
    assert [bool(found.fingerprint) for found in looks] == [True, False, True, True]


async def test_a_pool_grows_for_those_who_wait_and_shrinks_after_their_looks(pool: ParserPool) -> None:
    first = await pid(pool)
    async with asyncio.TaskGroup() as tasks:
        hanging = tasks.create_task(pool.look([disk("hang")]))
        waiting = tasks.create_task(pid(pool))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        pool.resize(2)
        async with asyncio.timeout(20):
            second = await waiting
        assert second != first
        pool.resize(1)
        assert await pid(pool) == second, "it ends after this look: it is one too many"
        hanging.cancel()
    third = await pid(pool)
    assert third not in (first, second)
    assert await pid(pool) == third
    for each in (first, second):
        with pytest.raises(ProcessLookupError):
            os.kill(int(each), 0)


async def test_a_look_that_is_cancelled_ends_its_parser(pool: ParserPool) -> None:
    first = await pid(pool)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await pool.look([disk("hang")])
    assert await pid(pool) != first
    with pytest.raises(ProcessLookupError):
        os.kill(int(first), 0)


@pytest.mark.slow
async def test_many_looks_that_end_in_every_way_leave_whole_parsers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left behind either: every test is looked after for that."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    chance = random.Random(6)
    lines = ["pid"] * 12 + ["sum", "unreadable", "crash", "leave 1", "fail", "hang"]
    budget = Budget(seconds=5.0)

    async def one(pool: ParserPool) -> str:
        line = chance.choice(lines)
        try:
            async with asyncio.timeout(chance.choice((0.05, 0.3, 30.0, 30.0)) if line != "hang" else 0.3):
                found = await pool.look([disk(line)], budget=budget)
        except TimeoutError:
            return "given up"
        assert found.fingerprint or found.disk_failure
        return line if found.fingerprint else "failed"

    async with ParserPool(3, program=ROGUE, guests_per_parser=10) as pool:
        outcomes = await asyncio.gather(*(one(pool) for _ in range(150)))
        assert {"pid", "failed", "given up"} <= set(outcomes)
        assert len({await pid(pool) for _ in range(3)}) <= 3


async def test_bytes_that_cannot_be_had_are_told(pool: ParserPool) -> None:
    class Broken(Told):
        async def read(self, offset: int, length: int) -> bytes:
            raise SourceError("blockPeek failed: the disk is gone", "look for it")

    found = await pool.look([Subject(Broken("sum"), Content.DISK)])
    assert found.disk_failure == "blockPeek failed: the disk is gone (look for it)"


async def test_slow_bytes_are_not_the_parsers_fault(pool: ParserPool) -> None:
    class Slow(Told):
        async def read(self, offset: int, length: int) -> bytes:
            await asyncio.sleep(1.0)
            return await super().read(offset, length)

    slow = [Subject(Slow("pid"), Content.DISK)]
    await pid(pool)
    assert (await pool.look(slow, budget=Budget(seconds=0.9))).fingerprint
    assert "its bytes took longer" in (await pool.look(slow, budget=Budget(waiting_seconds=0.1))).disk_failure


async def test_files_that_an_image_names_are_for_another_to_decide(pool: ParserPool) -> None:
    async def opener(subject: Subject, name: str) -> Subject:
        assert subject.name == "told.img"
        if name != "base.img":
            raise SourceError(f"{name} is none of ours")
        return Subject(Told("the base", 8), Content.IMAGE, name)

    assert (await pool.look([disk("other base.img")], opener=opener)).fingerprint == "the base"
    assert (await pool.look([disk("other /etc/shadow")], opener=opener)).disk_failure == "/etc/shadow is none of ours"
    assert "not to be had" in (await pool.look([disk("other base.img")])).disk_failure


async def test_a_parser_that_cannot_be_started_is_told() -> None:
    async with ParserPool(2, program=(sys.executable, "-c", "raise SystemExit(5)")) as pool:
        looks = await asyncio.gather(*(pool.look([disk("pid")]) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(look, IntrospectionError) for look in looks)


# --- the sandbox ----------------------------------------------------------------------------------------------------


async def test_a_parser_that_was_taken_over_gets_nowhere(pool: ParserPool) -> None:
    got = {how: (await pool.look([disk(f"escape {how}")])).fingerprint for how in ESCAPES}
    assert {how: outcome for how, outcome in got.items() if not outcome.startswith("refused")} == {}


@pytest.mark.parametrize("what", ["execute", "trace"])
async def test_one_that_tries_what_no_parser_does_is_ended(pool: ParserPool, what: str) -> None:
    assert "was ended by signal 31" in (await pool.look([disk(what)])).disk_failure


async def test_a_parser_holds_its_channel_and_nothing_else(pool: ParserPool) -> None:
    descriptors = (await pool.look([disk("descriptors")])).fingerprint.split()
    assert len(descriptors) == 5  # nothing, three times, and the two ends of its pipes


async def test_a_parser_is_the_first_to_go_where_memory_is_short(pool: ParserPool) -> None:
    score = Path("/proc", await pid(pool), "oom_score_adj")
    assert int(await aside(score.read_text)) == sandbox.OUT_OF_MEMORY_SCORE


async def test_a_parser_does_not_get_our_environment(pool: ParserPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBVIRT_PASSWORD", "secret")
    async with ParserPool(1, program=ROGUE) as another:
        assert "LIBVIRT_PASSWORD" not in (await another.look([disk("environment")])).fingerprint.split()


async def test_what_was_tried_is_told(pool: ParserPool) -> None:
    measures = {measure.name: measure.holds for measure in (await pool.ready()).measures}
    assert all(measures.values())
    assert {"no files", "no network", "no other processes", "seccomp"} <= set(measures)
