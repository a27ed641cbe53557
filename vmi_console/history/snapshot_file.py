"""A snapshot file as bytes: its tables, how it is written whole or not at all, and how one of a stranger is read.

Everything in it twice would be too much, and in columns alone too slow: the records lie in *blocks*, each of one kind,
compressed; beside them plain tables say of each what any SQLite tool may want to ask for (docs/snapshots.md). What a
block holds is for `review.snapshots` to know.

A file may come from anybody. It is opened for reading alone, its schema must be exactly the one below before anything
is asked of it, no statement but ours runs, and everything has a bound: the file, its rows, each block packed and
unpacked, all of them together, and the time. Everything here blocks, and may be called on any thread.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import struct
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import msgspec

from vmi_console.errors import InputError, StorageError
from vmi_console.plain_text import visible
from vmi_console.settings import replacing

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SUFFIX = ".vmisnap"
APPLICATION_ID = 0x564D4973  # "VMIs": what file(1) and SQLite tools know it by
FORMAT = 1
"""Raised when an older console could no longer read a file rightly."""

META, BLOCKS, SIGNATURES = "meta", "blocks", "signatures"

SCHEMA: dict[str, str] = {
    META: "key TEXT NOT NULL, value TEXT NOT NULL",
    BLOCKS: (
        "part TEXT NOT NULL, kind TEXT NOT NULL, schema INTEGER NOT NULL, count INTEGER NOT NULL, "
        "size INTEGER NOT NULL, content BLOB NOT NULL"
    ),
    "records": (
        "block INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, endpoint TEXT NOT NULL, name TEXT NOT NULL, "
        "power TEXT, host TEXT, os TEXT, addresses TEXT"
    ),
    "findings": (
        "block INTEGER NOT NULL, id TEXT NOT NULL, vm TEXT NOT NULL, vm_name TEXT NOT NULL, policy TEXT NOT NULL, "
        "rule TEXT NOT NULL, severity TEXT NOT NULL, stage TEXT NOT NULL, title TEXT NOT NULL, "
        "evidence TEXT NOT NULL, opened_at TEXT NOT NULL, resolved_at TEXT"
    ),
    "decisions": (
        "block INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, by TEXT NOT NULL, at TEXT NOT NULL"
    ),
    "policies": "name TEXT NOT NULL, text TEXT NOT NULL",
    "quarantines": (
        "block INTEGER NOT NULL, id TEXT NOT NULL, vm TEXT NOT NULL, vm_name TEXT NOT NULL, mode TEXT NOT NULL, "
        "stage TEXT NOT NULL, since TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL"
    ),
    "changes": (
        "block INTEGER NOT NULL, change INTEGER NOT NULL, entity TEXT NOT NULL, name TEXT NOT NULL, "
        "action TEXT NOT NULL, path TEXT NOT NULL, observed_at TEXT NOT NULL, occurred_at TEXT, actor TEXT, "
        "seen TEXT NOT NULL"
    ),
    SIGNATURES: "key TEXT NOT NULL, signature BLOB NOT NULL",
}
"""The tables and their columns after `number`, which counts the rows of each from 1."""

_MOST_ROWS = {META: 100, BLOCKS: 65_536, SIGNATURES: 1, "policies": 10_000}
"""Of tables that are kept in memory as they are; of the others `Limits.rows`."""

_STATEMENTS = {name: f"CREATE TABLE {name} (number INTEGER PRIMARY KEY, {columns})" for name, columns in SCHEMA.items()}
_COLUMNS = {name: tuple(column.split()[0] for column in columns.split(", ")) for name, columns in SCHEMA.items()}

LEVEL = 3  # of compression
WINDOW_LOG = 25  # 32 MiB: what unpacking may take beside its result, whatever a frame asks for
PAGE_BYTES = 8192
ROWS_AT_ONCE = 2000

type Row = tuple[Any, ...]
type Sign = Callable[[bytes], tuple[str, bytes]]
"""Gives the name of a key, and its signature over a digest."""

type GivenUp = Callable[[], bool]
"""Asked now and then: whether nobody wants the result any more."""


class Limits(NamedTuple):
    """What a file may be at most. An estate of 45,000 VMs takes a hundredth of most of these."""

    file_bytes: int = 2 << 30
    block_bytes: int = 32 << 20  # packed and unpacked
    unpacked_bytes: int = 2 << 30  # all of them
    rows: int = 5_000_000  # of each table
    seconds: float = 180.0


LIMITS = Limits()


class Block(msgspec.Struct, frozen=True, gc=False):
    """Some items of one kind, one after the other; `schema` is that of the console that wrote them."""

    part: str
    kind: str
    schema: int
    count: int
    content: bytes


class Outline(msgspec.Struct, frozen=True, gc=False):
    """A block that was not looked into."""

    part: str
    kind: str
    schema: int
    count: int


class Signature(NamedTuple):
    """By whom the file says that it was signed; whether it is so, `digest` tells."""

    key: str
    signature: bytes


def never() -> bool:
    """For who does not give up."""
    return False


# --- writing ----------------------------------------------------------------------------------------------------------


class Writing:
    """A file that is being filled. Raises OSError and sqlite3.Error; `writing` turns them into `StorageError`."""

    def __init__(self, connection: sqlite3.Connection, given_up: GivenUp) -> None:
        self._connection = connection
        self._given_up = given_up
        self._numbers = dict.fromkeys(SCHEMA, 0)
        self._compressor = zstd.ZstdCompressor(LEVEL)

    def add_block(self, block: Block) -> int:
        """Gives the block's number, which its rows name. Raises `InputError` for one that no console would read."""
        if len(block.content) > LIMITS.block_bytes:
            raise InputError(
                f"one {block.kind} has {len(block.content):,} bytes, more than a snapshot can hold",
                "leave it out with --select",
            )
        packed = self._compressor.compress(block.content, zstd.ZstdCompressor.FLUSH_FRAME)
        self.add_rows(BLOCKS, [(block.part, block.kind, block.schema, block.count, len(block.content), packed)])
        return self._numbers[BLOCKS]

    def add_rows(self, table: str, rows: Sequence[Row]) -> None:
        """Adds rows of the columns after `number`. Raises `InputError` for more than a console would read."""
        if self._given_up():
            raise InputError("writing the snapshot was given up", "nothing was written")
        first = self._numbers[table] + 1
        self._numbers[table] += len(rows)
        if self._numbers[table] > (most := _MOST_ROWS.get(table, LIMITS.rows)):
            raise InputError(
                f"there are more than {most:,} {table}: no snapshot can hold them",
                "choose a part with --select, or a shorter span",
            )
        marks = ", ".join("?" * (1 + len(_COLUMNS[table])))
        numbered = ((number, *row) for number, row in enumerate(rows, first))
        self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", numbered)


@contextmanager
def writing(path: Path, sign: Sign | None = None, given_up: GivenUp = never) -> Generator[Writing]:
    """A file that takes its place at `path` when the block ends, signed; if anything fails, all is as before.

    Raises `StorageError` where it cannot be written, `InputError` where `path` is no place for a file.
    """
    place = _place(path)
    try:
        with (
            replacing(place) as temporary,
            closing(sqlite3.connect(temporary, isolation_level=None)) as connection,
        ):
            connection.executescript(_opening())
            yield Writing(connection, given_up)
            if sign is not None:
                key, signature = sign(_digest_of(connection, given_up))
                connection.execute(f"INSERT INTO {SIGNATURES} VALUES (1, ?, ?)", (key, signature))
            connection.execute("COMMIT")
    except (OSError, sqlite3.Error) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise StorageError(
            f"{visible(str(path), 300)} cannot be written ({why})", "whatever was there before is unharmed"
        ) from error


def check_place(path: Path) -> None:
    """Raises `InputError` where no file can be put, which is good to know before there is something to be put there."""
    folder = _place(path).parent
    if not folder.is_dir():
        raise InputError(f"there is no folder {visible(str(folder), 300)}", "make it, or give another one")


def _place(path: Path) -> Path:
    """Where the file goes: to what a link points at; never in place of a device, a folder or a pipe."""
    try:
        place = path.resolve()
        mode = place.stat().st_mode
    except FileNotFoundError:
        return place
    except (OSError, RuntimeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InputError(f"{visible(str(path), 300)} is no place for a file ({why})", "give another one") from error
    if not stat.S_ISREG(mode):
        raise InputError(f"{visible(str(path), 300)} is no file", "give the name of one, or of none that is there")
    return place


def _opening() -> str:
    # The file has another name until it is whole, and is written to the disk before it gets its own: no journal.
    settings = (
        *("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", f"page_size = {PAGE_BYTES}"),
        *("encoding = 'UTF-8'", f"application_id = {APPLICATION_ID}", f"user_version = {FORMAT}"),
    )
    return "".join(
        f"{statement}; " for statement in (*(f"PRAGMA {each}" for each in settings), "BEGIN", *_STATEMENTS.values())
    )


# --- reading ----------------------------------------------------------------------------------------------------------


class Reading:
    """An open file whose schema is ours. What it gives is checked for its form, and nothing else.

    Raises `InputError`.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, limits: Limits, given_up: GivenUp) -> None:
        self._connection = connection
        self._path = path
        self._limits = limits
        self._given_up = given_up

    def meta(self) -> dict[str, str]:
        """What is said of the whole."""
        said: dict[str, str] = {}
        for rows in self.rows(META, tuple[int, str, str]):
            said.update((key, value) for _, key, value in rows)
        return said

    def outlines(self) -> list[Outline]:
        """The blocks, without what they hold."""
        found: list[Outline] = []
        for rows in self._rows(BLOCKS, ("part", "kind", "schema", "count"), tuple[int, str, str, int, int]):
            found += [Outline(*row[1:]) for row in rows]
        return found

    def blocks(self) -> Iterator[Block]:
        """The blocks, unpacked."""
        left = self._limits.unpacked_bytes
        for rows in self._rows(BLOCKS, _COLUMNS[BLOCKS], tuple[int, str, str, int, int, int, bytes], at_once=1):
            for _, part, kind, schema, count, size, packed in rows:
                left -= max(size, 0)
                if not 0 <= size <= self._limits.block_bytes or left < 0:
                    self.refuse("what is packed in it is larger than any estate")
                yield Block(part, kind, schema, count, self._unpacked(packed, size))

    def rows[R](self, table: str, shape: type[R]) -> Iterator[list[R]]:
        """The rows of a table, some at a time, with their numbers; `shape` is the type of one."""
        return self._rows(table, _COLUMNS[table], shape)

    def signature(self) -> Signature | None:
        """The signature, if there is one."""
        found = [row for rows in self.rows(SIGNATURES, tuple[int, str, bytes]) for row in rows]
        return Signature(*found[0][1:]) if found else None

    def digest(self) -> bytes:
        """SHA-256 of all that it says, the signature excepted."""
        return _digest_of(self._connection, self._given_up)

    def refuse(self, why: str) -> NoReturn:
        """Raises `InputError`."""
        raise InputError(
            f"{visible(str(self._path), 300)} cannot be read as a snapshot: {why}",
            "get it again from whoever made it",
        )

    def _rows[R](
        self, table: str, columns: tuple[str, ...], shape: type[R], at_once: int = ROWS_AT_ONCE
    ) -> Iterator[list[R]]:
        count = 0
        for rows in _numbered(self._connection, table, columns, at_once):
            if self._given_up():
                raise InputError("reading the snapshot was given up")
            count += len(rows)
            if count > (most := min(self._limits.rows, _MOST_ROWS.get(table, self._limits.rows))):
                self.refuse(f"its table {table} has more than {most:,} rows")
            try:
                yield msgspec.convert(rows, list[shape], builtin_types=(bytes,))  # type: ignore[valid-type]
            except msgspec.ValidationError as error:
                self.refuse(f"a row of its table {table} is no such row ({error})")

    def _unpacked(self, packed: bytes, size: int) -> bytes:
        decompressor = zstd.ZstdDecompressor(options={int(zstd.DecompressionParameter.window_log_max): WINDOW_LOG})
        try:
            content = decompressor.decompress(packed, size + 1)
        except zstd.ZstdError as error:
            self.refuse(f"what is packed in it is damaged ({error})")
        if len(content) != size or not decompressor.eof or decompressor.unused_data:
            self.refuse("what is packed in it has another size than it says")
        return content


@contextmanager
def reading(path: Path, given_up: GivenUp = never, limits: Limits = LIMITS) -> Generator[Reading]:
    """The file at `path`, open for reading. Raises `InputError`, also from what is asked of it within the block."""
    _check_header(path, limits)
    deadline = time.monotonic() + limits.seconds
    try:
        with closing(_opened(path, limits, lambda: time.monotonic() > deadline or given_up())) as connection:
            file = Reading(connection, path, limits, given_up)
            _check_schema(connection, file)
            yield file
    except (sqlite3.Error, OverflowError, UnicodeError) as error:  # its messages quote the file
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
            why = "reading it was given up" if given_up() else f"it takes longer than {limits.seconds:g} s"
        else:
            why = f"it is damaged ({error})"
        raise InputError(
            f"{visible(str(path), 300)} cannot be read as a snapshot: {why}", "get it again from whoever made it"
        ) from error


class _Header(NamedTuple):
    """What is looked at of the first page (SQLite's file format, section 1.3)."""

    magic: bytes
    page_size: int
    write_version: int
    read_version: int
    pages: int
    encoding: int
    user_version: int
    application_id: int


_HEADER = struct.Struct(">16sHBB8xI24xII4xI")


def _check_header(path: Path, limits: Limits) -> None:
    """Refuses what is no file, none of SQLite, none of ours, or of a newer console. Raises `InputError`."""
    name = visible(str(path), 300)
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(descriptor)
            header = os.read(descriptor, _HEADER.size) if stat.S_ISREG(status.st_mode) else None
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror})", "give the name of a snapshot file") from error
    if header is None:
        raise InputError(f"{name} is no file", "give the name of a snapshot file")
    if len(header) < _HEADER.size or not header.startswith(b"SQLite format 3\0"):
        raise InputError(f"{name} is no snapshot file", f"give one that a console wrote, such as estate{SUFFIX}")
    said = _Header(*_HEADER.unpack(header))
    if said.application_id != APPLICATION_ID:
        raise InputError(f"{name} is a database of another program", f"give one that a console wrote (*{SUFFIX})")
    if said.user_version > FORMAT:
        raise InputError(
            f"a newer version of this console wrote {name} (its format is {said.user_version}, "
            f"this one knows {FORMAT})",
            "open it with that version",
        )
    if status.st_size > limits.file_bytes:
        raise InputError(
            f"{name} has {status.st_size:,} bytes, more than any snapshot", f"the most is {limits.file_bytes:,}"
        )
    page_bytes = 65536 if said.page_size == 1 else said.page_size
    as_written = (said.write_version, said.read_version, said.encoding) == (1, 1, 1)
    if said.user_version < 1 or not as_written or said.pages * page_bytes != status.st_size:
        raise InputError(f"{name} is damaged, or was changed by another program", "get it again from whoever made it")


def _opened(path: Path, limits: Limits, is_over: Callable[[], bool]) -> sqlite3.Connection:
    # Immutable: no lock, no journal of its own, nothing beside it is looked at.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    try:
        for limit, most in {
            sqlite3.SQLITE_LIMIT_LENGTH: limits.block_bytes + (1 << 20),
            sqlite3.SQLITE_LIMIT_SQL_LENGTH: 4096,
            sqlite3.SQLITE_LIMIT_COLUMN: 32,
            sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 10,
            sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 2,
            sqlite3.SQLITE_LIMIT_VDBE_OP: 1000,
            sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 4,
            sqlite3.SQLITE_LIMIT_ATTACHED: 0,
            sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
            sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
        }.items():
            connection.setlimit(limit, most)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA, False)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW, False)
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_TRIGGER, False)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA mmap_size = 0")
        connection.set_progress_handler(lambda: is_over(), 100_000)
        connection.set_authorizer(_allowed)
    except BaseException:
        connection.close()
        raise
    return connection


def _allowed(action: int, table: str | None, column: str | None, database: str | None, source: str | None) -> int:
    """Looking into our tables, and nothing else."""
    reads = action == sqlite3.SQLITE_READ and (table in SCHEMA or table == "sqlite_master") and source is None
    return sqlite3.SQLITE_OK if reads or (action == sqlite3.SQLITE_SELECT and source is None) else sqlite3.SQLITE_DENY


def _check_schema(connection: sqlite3.Connection, file: Reading) -> None:
    """Refuses every schema but ours, letter for letter: no view, trigger, index, virtual table or generated column."""
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchmany(len(SCHEMA) + 1)
    wanted = [("table", name, name, statement) for name, statement in _STATEMENTS.items()]
    if found != wanted:
        file.refuse("its tables are not those of a snapshot")


# --- the digest -------------------------------------------------------------------------------------------------------


def _digest_of(connection: sqlite3.Connection, given_up: GivenUp) -> bytes:
    """Over the rows, table by table: the name of the table, then each row's values, all of it as msgpack."""
    digest = hashlib.sha256(f"vmisnap {FORMAT}\n".encode())
    encoder = msgspec.msgpack.Encoder()
    for table, columns in _COLUMNS.items():
        if table == SIGNATURES:
            continue
        digest.update(encoder.encode(table))
        for rows in _numbered(connection, table, columns, 1 if table == BLOCKS else ROWS_AT_ONCE):
            if given_up():
                raise InputError("the digest of a snapshot was given up")
            digest.update(b"".join(map(encoder.encode, rows)))
    return digest.digest()


class _Misnumbered(sqlite3.DatabaseError):
    """The rows of a table are not 1, 2, 3, …: who reads on could read one page over and over again."""


def _numbered(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], at_once: int
) -> Iterator[list[Row]]:
    """The rows of a table, some at a time, each with its number. Raises sqlite3.Error."""
    cursor = connection.execute(f"SELECT number, {', '.join(columns)} FROM {table} ORDER BY number")
    next_number = 1
    while rows := cursor.fetchmany(at_once):
        for row in rows:
            if row[0] != next_number:
                raise _Misnumbered(f"the rows of its table {table} are not numbered one after the other")
            next_number += 1
        yield rows
