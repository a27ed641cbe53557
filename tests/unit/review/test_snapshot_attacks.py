"""Snapshot files that somebody made to do harm: each is refused, soon, and in little memory."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from tests.bench import bench_inventory
from tests.unit.review.chance import BEGIN, Maker
from vmi_console.errors import InputError
from vmi_console.estate.records import Network
from vmi_console.history import snapshot_file
from vmi_console.history.snapshot_file import APPLICATION_ID, FORMAT, LIMITS, SCHEMA, Block
from vmi_console.review import snapshots
from vmi_console.review.moment import Moment

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SECONDS, BYTES = 20.0, 256 << 20
"""Within which each must be refused; most take milliseconds."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sound file."""
    path = tmp_path / "a.vmisnap"
    snapshots.write(path, Maker(3).moment())
    return path


@contextmanager
def bounded() -> Iterator[None]:
    """What happens within must take little time and memory."""
    begin = time.monotonic()
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.monotonic() - begin < SECONDS
    assert peak < BYTES


def refused(path: Path, why: str) -> None:
    for look in (snapshots.read, snapshots.info):
        with bounded(), pytest.raises(InputError, match=why):
            look(path)


def edited(path: Path, *statements: str, unchecked: bool = False) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if unchecked:
            connection.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            connection.execute(statement)


# --- what is no snapshot at all ---------------------------------------------------------------------------------------


def test_what_is_no_snapshot(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.vmisnap", "cannot be read")
    refused(tmp_path, "is no file|cannot be read")
    refused(Path(os.devnull), "is no file")
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "is no file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused(tmp_path / "loop", "cannot be read")
    (tmp_path / "text").write_text("SQLite format 4")
    refused(tmp_path / "text", "is no snapshot file")
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE meta (number INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL)")
    refused(tmp_path / "other.db", "another program")


def test_a_newer_format_is_named(path: Path) -> None:
    edited(path, f"PRAGMA user_version = {FORMAT + 1}")
    refused(path, f"its format is {FORMAT + 1}, this one knows {FORMAT}")


def test_a_file_in_wal_mode(path: Path) -> None:
    edited(path, "PRAGMA journal_mode = WAL")
    refused(path, "changed by another program")


def test_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.vmisnap"
    statements = [f"CREATE TABLE {name} (number INTEGER PRIMARY KEY, {columns})" for name, columns in SCHEMA.items()]
    edited(path, "PRAGMA encoding = 'UTF-16le'", *statements)
    edited(path, f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 1")
    refused(path, "changed by another program")


def test_a_file_that_is_cut_off_or_endless(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1000])
    refused(path, "damaged")
    path.write_bytes(content)
    os.truncate(path, LIMITS.file_bytes + 1)  # takes no room on the disk
    refused(path, "more than any snapshot")


# --- SQL of theirs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW v AS SELECT * FROM records",
        "CREATE TRIGGER t AFTER INSERT ON meta BEGIN SELECT load_extension('x'); END",
        "CREATE VIRTUAL TABLE v USING fts5(content)",
        "CREATE TABLE more (x)",
        "CREATE INDEX i ON records (abs(number))",
        "CREATE INDEX i ON records (name)",
        "ALTER TABLE meta ADD COLUMN more TEXT GENERATED ALWAYS AS (hex(zeroblob(1000000000))) VIRTUAL",
        "ALTER TABLE records ADD COLUMN more TEXT DEFAULT 'x'",
    ],
)
def test_any_other_schema(path: Path, statement: str) -> None:
    edited(path, statement)
    refused(path, "tables are not those of a snapshot")


@pytest.mark.parametrize("table", ["meta", "blocks", "signatures"])
def test_a_view_in_place_of_a_table(path: Path, table: str) -> None:
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS number, 'at' AS key, i FROM n"
    )
    edited(path, f"DROP TABLE {table}", f"CREATE VIEW {table} AS {endless}")
    refused(path, "tables are not those of a snapshot")


def test_a_schema_that_says_one_thing_and_is_another(path: Path) -> None:
    """A view hidden behind the text of our table, as only who writes the schema by hand can make it."""
    edited(path, "UPDATE sqlite_master SET type = 'view', rootpage = 0 WHERE name = 'meta'", unchecked=True)
    refused(path, "tables are not those of a snapshot|damaged")


def test_a_generated_column_with_the_name_of_ours(path: Path) -> None:
    columns = SCHEMA["meta"].replace("value TEXT NOT NULL", "value TEXT NOT NULL AS (zeroblob(1000000000))")
    edited(path, f"UPDATE sqlite_master SET sql = 'CREATE TABLE meta (number INTEGER PRIMARY KEY, {columns})' "
                 "WHERE name = 'meta'", unchecked=True)  # fmt: skip
    refused(path, "tables are not those of a snapshot|damaged")


def test_a_schema_as_long_as_a_book(path: Path) -> None:
    edited(path, f"CREATE TABLE more ({', '.join(f'c{number}' for number in range(1900))})")
    refused(path, "damaged|tables are not")


# --- more than any estate ---------------------------------------------------------------------------------------------


def block(path: Path, packed: bytes, size: int, *, part: str = "records", kind: str = "vm", count: int = 1) -> None:
    """Puts a block of theirs in place of all."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for table in ("blocks", *(part.name for part in snapshots.PARTS)):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("INSERT INTO blocks VALUES (1, ?, ?, 1, ?, ?, ?)", (part, kind, count, size, packed))


def unreadable(path: Path, why: str) -> None:
    with bounded(), pytest.raises(InputError, match=why):
        snapshots.read(path)


@pytest.mark.parametrize("says", [0, 100, 1 << 20, LIMITS.block_bytes, LIMITS.block_bytes + 1, 1 << 60, -1])
def test_a_block_that_unpacks_to_more_than_it_says(path: Path, says: int) -> None:
    block(path, zstd.compress(bytes(1 << 30)), says)
    unreadable(path, "another size|larger than any estate")


def test_a_block_that_wants_a_large_window(path: Path) -> None:
    large = {zstd.CompressionParameter.window_log: 30, zstd.CompressionParameter.content_size_flag: 0}
    compressor = zstd.ZstdCompressor(options={int(key): value for key, value in large.items()})
    block(path, compressor.compress(b"\x90" * 100) + compressor.flush(), 100)
    unreadable(path, "damaged")


def test_many_blocks_that_are_large_together(path: Path) -> None:
    packed = zstd.compress(bytes(LIMITS.block_bytes))
    block(path, packed, LIMITS.block_bytes)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for number in range(2, 200):
            values = (number, "unknown", "unknown", 1, 1, LIMITS.block_bytes, packed)
            connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        connection.execute("UPDATE blocks SET kind = 'unknown'")
    unreadable(path, "larger than any estate")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xc1",
        b"\x91" * 100_000,  # arrays in arrays
        b"\xdd\xff\xff\xff\xff",  # four billion records to come
        b"\xdf\xff\xff\xff\xff" + b"\xc0" * 1000,
        msgspec.msgpack.encode([{"kind": "vm", "id": "vm/a/b", "name": "\udcff".encode("utf-8", "surrogatepass")}]),
        msgspec.msgpack.encode([{"kind": "host", "id": "vm/a/b", "name": "x"}]),
        msgspec.msgpack.encode([{"kind": "vm", "id": "vm/a/b", "name": "x", "power": "sideways"}]),
        msgspec.msgpack.encode([{"kind": "vm", "id": "vm/a/b", "name": "x", "vcpus": "many"}]),
    ],
)
def test_a_block_that_makes_no_sense(path: Path, content: bytes) -> None:
    block(path, zstd.compress(content), len(content))
    unreadable(path, "makes no sense|has 0 items")


def test_small_values_that_become_large_objects(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MOST_OBJECTS", 200_000)  # its real limit takes longer to reach
    content = b"\x91" + msgspec.msgpack.encode(
        {"kind": "vm", "id": "vm/a/b", "name": "x", "alarms": [{"key": ""}] * 500_000}
    )
    block(path, zstd.compress(content), len(content))
    unreadable(path, "more than any estate")


@pytest.mark.parametrize("table", SCHEMA)
def test_more_rows_than_any_estate(path: Path, table: str) -> None:
    columns = [column.split()[1] for column in SCHEMA[table].split(", ")]
    values = ", ".join("1" if kind == "INTEGER" else "x'00'" if kind == "BLOB" else "'a'" for kind in columns)
    many = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT i, {values} FROM n"
    edited(path, f"DELETE FROM {table}", f"INSERT INTO {table} {many}")
    with bounded(), pytest.raises(InputError, match=r"more than|not what its block holds|larger than|no such row"):
        snapshots.read(path, limits=LIMITS._replace(rows=50_000))


def test_one_page_that_is_many(path: Path) -> None:
    """An inner page of a B-tree whose children are all the same leaf: few bytes, and rows without end."""
    edited(path, "DELETE FROM policies", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9000) "
           "INSERT INTO policies SELECT i, 'a name of some length', 'a text of some length' FROM n")  # fmt: skip
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'policies'").fetchone()
    content = bytearray(path.read_bytes())
    page = (root - 1) * snapshot_file.PAGE_BYTES
    assert content[page] == 5  # an inner page of a table
    cells = int.from_bytes(content[page + 3 : page + 5])
    pointers = [int.from_bytes(content[page + 12 + 2 * i : page + 14 + 2 * i]) for i in range(cells)]
    first = bytes(content[page + pointers[0] : page + pointers[0] + 4])
    for pointer in pointers:
        content[page + pointer : page + pointer + 4] = first
    path.write_bytes(content)
    unreadable(path, "numbered one after the other|damaged")


def test_a_value_of_another_type(path: Path) -> None:
    edited(path, "UPDATE blocks SET content = zeroblob(40000000) WHERE number = 1")
    unreadable(path, "damaged|too big")
    edited(path, "UPDATE blocks SET content = 'text'")
    unreadable(path, "no such row")


def test_text_that_is_no_unicode(path: Path) -> None:
    edited(path, "UPDATE meta SET value = CAST(x'ff' AS TEXT) WHERE key = 'title'")
    refused(path, "damaged|no such row")


def test_time_runs_out(path: Path) -> None:
    edited(path, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000) "
           "INSERT INTO policies SELECT i + 1, 'a', 'b' FROM n")  # fmt: skip
    with bounded(), pytest.raises(InputError, match=r"takes longer than|more than"):
        snapshots.read(path, limits=LIMITS._replace(seconds=0.01))


# --- what contradicts itself ------------------------------------------------------------------------------------------


def of_theirs(path: Path, records: list[msgspec.Struct]) -> None:
    """A file of ours with records that no console has."""
    snapshots.write(path, Moment(at=BEGIN, records=tuple(records)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("records", "why"),
    [
        (lambda: [bench_inventory.vm(1), bench_inventory.vm(1)], "the same id"),
        (lambda: [msgspec.structs.replace(bench_inventory.vm(1), id="host/a/b")], "is no id of a vm"),
        (lambda: [bench_inventory.vm(1, host="nowhere")], "is no id"),
        (lambda: [bench_inventory.vm(1, host="host//")], "is no id"),
        (lambda: [bench_inventory.vm(1, host="host/a/" + "b" * 5000)], "is no id"),
        (lambda: [msgspec.structs.replace(bench_inventory.guest(1), vm="host/a/b")], "in something that is no VM"),
    ],
)
def test_ids_that_are_none(tmp_path: Path, records: Callable[[], list[msgspec.Struct]], why: str) -> None:
    path = tmp_path / "a.vmisnap"
    try:
        of_theirs(path, records())
    except IndexError:
        pytest.fail("it cannot even be written")
    unreadable(path, why)


def test_networks_that_are_each_others_parents_are_read(tmp_path: Path) -> None:
    one, other = (bench_inventory.of("network", number) for number in (1, 2))
    path = tmp_path / "a.vmisnap"
    of_theirs(path, [Network(id=one, name="a", parent=other), Network(id=other, name="b", parent=one)])
    assert len(snapshots.read(path).records) == 2


@pytest.mark.parametrize("table", [part.name for part in snapshots.PARTS])
def test_tables_that_say_otherwise_than_the_blocks(path: Path, table: str) -> None:
    column = snapshot_file.SCHEMA[table].split(", ")[2].split()[0]
    content = path.read_bytes()
    for statement in (
        f"UPDATE {table} SET {column} = 'x' WHERE number = 1",
        f"DELETE FROM {table} WHERE number = (SELECT max(number) FROM {table})",
        f"INSERT INTO {table} SELECT * FROM {table} WHERE 0",
    ):
        path.write_bytes(content)
        edited(path, statement)
        if statement.startswith("INSERT"):
            snapshots.read(path)
        else:
            unreadable(path, "not what its block holds|lacks rows|no such row")


def test_what_only_a_newer_console_knows_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.vmisnap"
    known = bench_inventory.host(1)
    snapshots.write(path, Moment(at=BEGIN, records=(known,)))
    newer = msgspec.msgpack.encode([{"kind": "host", "id": "host/a/b", "name": "x", "colour": "blue"}])
    router = msgspec.msgpack.encode([{"kind": "router", "id": "router/a/b", "name": "x"}] * 2)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for number, kind, count, content in ((2, "host", 1, newer), (3, "router", 2, router)):
            values = (number, kind, count, len(content), zstd.compress(content))
            connection.execute("INSERT INTO blocks VALUES (?, 'records', ?, 99, ?, ?, ?)", values)
        connection.execute("INSERT INTO records VALUES (2, 2, 'host/a/b', 'host', 'a', 'x', NULL, NULL, NULL, NULL)")
        connection.execute(
            "INSERT INTO records VALUES (3, 3, 'router/a/b', 'router', 'a', 'x', NULL, NULL, NULL, NULL)"
        )
    moment = snapshots.read(path)
    assert [record.id for record in moment.records] == [known.id, "host/a/b"]
    assert moment.lacks == ("2 of a kind that this console does not know: router",)


@pytest.mark.slow
def test_what_no_console_could_read_is_not_written(tmp_path: Path) -> None:
    vm = bench_inventory.vm(1, annotation="x" * (LIMITS.block_bytes + 1))
    with pytest.raises(InputError, match="more than a snapshot can hold"):
        snapshots.write(tmp_path / "a.vmisnap", Moment(at=BEGIN, records=(vm,)))
    assert not list(tmp_path.iterdir())
    assert Block("a", "b", 1, 1, b"").count == 1
