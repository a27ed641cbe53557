"""The journal of ext4, replayed in a map: held against what e2fsck makes of the same disk."""

from __future__ import annotations

import io
import random
import shutil
from pathlib import Path

import pytest
from dissect.extfs import ExtFS
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.introspection.disk import disks
from vmi_console.introspection.disk import file_systems
from vmi_console.introspection.disk.ext4_journal import JournalError, Replay, Replayed

SIZE = 16 * disks.MIB

FORMATS = {
    "64 bit, checksums": ("-O", "64bit,metadata_csum"),
    "32 bit, no checksums": ("-O", "^64bit,^metadata_csum"),
    "blocks of 1 KiB": ("-O", "^64bit,metadata_csum", "-b", "1024"),
}
VERSIONS = {"plain": "", "checksums v2": "-c -v 2", "checksums v3": "-c -v 3"}


class Disk:
    """A file system whose journal holds transactions that were never written where they belong."""

    def __init__(self, folder: Path, options: tuple[str, ...], version: str, seed: int = 1) -> None:
        self.path = folder / "dirty.img"
        root = disks.root(folder / "root", {"etc/hello": b"hello\n", "etc/long": bytes(range(256)) * 4096})
        disks.ext4(self.path, root, "-J", "size=4", *options, mebibytes=16)
        with self.path.open("rb") as file:
            self.block_size: int = ExtFS(file).block_size
        self.blocks = self._write(folder, version, random.Random(seed))

    def _write(self, folder: Path, version: str, chance: random.Random) -> list[int]:
        """Six transactions; some blocks are written twice, some revoked, some look like the journal's own."""
        commands = [f"jo {version}"]
        last = SIZE // self.block_size - 10
        written: set[int] = set()
        before: list[int] = []
        for number in range(6):
            blocks = chance.sample(range(last // 2, last), 5)
            if number in (2, 3):
                blocks[0] = before[0]
            content = folder / f"transaction-{number}"
            content.write_bytes(b"".join(self._block(chance) for _ in blocks))
            revoked = f"-r {before[1]} " if number in (1, 4) else ""
            commands.append(f"jw {revoked}-b {','.join(map(str, blocks))} {content}")
            written.update(blocks)
            before = blocks
        disks.debugfs(self.path, [*commands, "jc"])
        return sorted(written)

    def _block(self, chance: random.Random) -> bytes:
        magic = b"\xc0\x3b\x39\x98" if chance.random() < 0.4 else chance.randbytes(4)
        return magic + chance.randbytes(self.block_size - 4)

    def recovered(self, folder: Path) -> Path:
        """A copy that e2fsck has replayed the journal of."""
        copy = folder / "recovered.img"
        shutil.copy(self.path, copy)
        disks.run("e2fsck", "-E", "journal_only", "-y", copy, may_fail=True)
        return copy


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Disk:
    return Disk(tmp_path_factory.mktemp("dirty"), FORMATS["64 bit, checksums"], VERSIONS["checksums v3"])


def replay(path: Path) -> Replay:
    file = io.BytesIO(path.read_bytes())
    plain = ExtFS(file)
    return Replay(plain.get_inode(plain.sb.s_journal_inum).open())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("form", FORMATS)
def test_a_dirty_disk_reads_as_it_will_once_recovered(tmp_path: Path, form: str, version: str) -> None:
    disk = Disk(tmp_path, FORMATS[form], VERSIONS[version])
    found = replay(disk.path)
    assert found.kept, "the journal holds something"
    raw, recovered = disk.path.read_bytes(), disk.recovered(tmp_path).read_bytes()
    overlay = Replayed(io.BytesIO(raw), SIZE, found)
    differed = 0
    for block in disk.blocks:
        at = block * disk.block_size
        expected = recovered[at : at + disk.block_size]
        overlay.seek(at)
        assert overlay.read(disk.block_size) == expected, f"block {block}"
        differed += raw[at : at + disk.block_size] != expected
    assert differed == len(found.kept)
    assert not overlay.overtaken


def test_a_transaction_that_was_not_committed_is_left_out(tmp_path: Path) -> None:
    disk = Disk(tmp_path, FORMATS["64 bit, checksums"], VERSIONS["checksums v3"])
    all_of_it = replay(disk.path)
    last = max(all_of_it.kept.values(), key=lambda kept: (kept.sequence, kept.at))
    with disk.path.open("r+b") as file:
        log = ExtFS(file).get_inode(8)
        runs = log.dataruns()
        commit = runs[0][0] + last.at + 1  # the journal is in one piece, and a commit follows its blocks
        file.seek(commit * disk.block_size + 40)
        file.write(b"torn")
    without = replay(disk.path)
    assert {kept.sequence for kept in all_of_it.kept.values()} > {kept.sequence for kept in without.kept.values()}
    recovered = disk.recovered(tmp_path).read_bytes()
    overlay = Replayed(io.BytesIO(disk.path.read_bytes()), SIZE, without)
    for block in disk.blocks:
        overlay.seek(block * disk.block_size)
        at = block * disk.block_size
        assert overlay.read(disk.block_size) == recovered[at : at + disk.block_size], f"block {block}"


def test_a_block_that_was_written_over_meanwhile_is_noticed(dirty: Disk) -> None:
    content = bytearray(dirty.path.read_bytes())
    found = replay(dirty.path)
    block, kept = next(iter(found.kept.items()))
    start = ExtFS(io.BytesIO(bytes(content))).get_inode(8).dataruns()[0][0]
    at = (start + kept.at) * dirty.block_size
    content[at + 100 : at + 110] = b"the guest!"
    late = io.BytesIO(bytes(content))
    plain = ExtFS(late)
    overlay = Replayed(late, SIZE, Replay(plain.get_inode(8).open()))
    overlay.seek(block * dirty.block_size)
    overlay.read(dirty.block_size)
    assert overlay.overtaken


def test_a_file_system_says_that_it_was_overtaken(dirty: Disk) -> None:
    found = file_systems.ext(io.BytesIO(dirty.path.read_bytes()), SIZE)
    assert found.doubt == ""
    found.overtaken = lambda: True
    assert "while it was read" in found.doubt


def test_a_clean_journal_changes_nothing(tmp_path: Path) -> None:
    root = disks.root(tmp_path / "root", {"etc/hello": b"hello\n"})
    path = disks.ext4(tmp_path / "clean.img", root, mebibytes=16)
    assert replay(path).kept == {}
    assert file_systems.ext(io.BytesIO(path.read_bytes()), SIZE).doubt == ""


@pytest.mark.parametrize(
    ("at", "content", "said"),
    [
        (0x00, b"nope", "no superblock"),
        (0x28, b"\x00\x00\x80\x00", "not known here"),
        (0x0C, b"\x00\x00\x00\x07", "makes no sense"),
        (0x1C, b"\x7f\xff\xff\xff", "makes no sense"),
    ],
)
def test_a_journal_that_makes_no_sense_is_said_so(dirty: Disk, at: int, content: bytes, said: str) -> None:
    file = io.BytesIO(dirty.path.read_bytes())
    log = bytearray(ExtFS(file).get_inode(8).open().read())
    log[at : at + len(content)] = content
    with pytest.raises(JournalError, match=said):
        Replay(io.BytesIO(bytes(log)))


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 4 * disks.MIB - 1), st.binary(min_size=1, max_size=16)), min_size=1))
def test_whatever_is_in_a_journal_ends_in_an_error_or_a_map(dirty: Disk, damage: list[tuple[int, bytes]]) -> None:
    log = bytearray(ExtFS(io.BytesIO(dirty.path.read_bytes())).get_inode(8).open().read())
    for at, content in damage:
        log[at % 0x400 if at % 3 == 0 else at % 0x20000] = content[0]
    try:
        found = Replay(io.BytesIO(bytes(log)))
    except JournalError:
        return
    for kept in found.kept.values():
        found.content(kept)
